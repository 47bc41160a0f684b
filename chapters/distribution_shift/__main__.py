"""Every experiment of the chapter as one command line."""

import d2lcore as d2l
from chapters.distribution_shift.concept import new_labels
from chapters.distribution_shift.concept_stream import concept
from chapters.distribution_shift.covariate.known_ratio import classifiers, known_truth
from chapters.distribution_shift.covariate.regression import sinc, straight_line
from chapters.distribution_shift.covariate.selection import biased_selection
from chapters.distribution_shift.failures import (
    absent_class,
    broken_assumption,
    disjoint_supports,
    huge_weights,
)
from chapters.distribution_shift.label.correction import label_concise, label_scratch
from chapters.distribution_shift.label.images import shifted_images
from chapters.distribution_shift.label.posteriors import em_concise, em_scratch
from chapters.distribution_shift.label.weak_predictor import weak_predictor
from chapters.distribution_shift.power import power
from chapters.distribution_shift.risk import risk
from chapters.distribution_shift.weighting import weighted_concise, weighted_scratch

VARIANTS = (
    risk,
    weighted_scratch,
    weighted_concise,
    known_truth,
    classifiers,
    straight_line,
    sinc,
    biased_selection,
    shifted_images,
    label_scratch,
    label_concise,
    weak_predictor,
    em_scratch,
    em_concise,
    power,
    absent_class,
    broken_assumption,
    disjoint_supports,
    huge_weights,
    new_labels,
    concept,
)

if __name__ == "__main__":
    d2l.run_chapter("distribution_shift", *VARIANTS)
