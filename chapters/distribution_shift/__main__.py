"""Every experiment of the chapter as one command line."""

import d2lcore as d2l
from chapters.distribution_shift.concept import concept, new_labels
from chapters.distribution_shift.detection import power
from chapters.distribution_shift.diagnosis import (
    absent_class,
    broken_assumption,
    disjoint_supports,
    huge_weights,
)
from chapters.distribution_shift.images import shifted_images
from chapters.distribution_shift.known_ratio import classifiers, known_truth
from chapters.distribution_shift.label import label_concise, label_scratch
from chapters.distribution_shift.paper import paper_table
from chapters.distribution_shift.posteriors import em_concise, em_scratch
from chapters.distribution_shift.regression import sinc, straight_line
from chapters.distribution_shift.risk import risk
from chapters.distribution_shift.selection import biased_selection
from chapters.distribution_shift.weak_predictor import weak_predictor
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
    paper_table,
    power,
    absent_class,
    broken_assumption,
    disjoint_supports,
    huge_weights,
    new_labels,
    concept,
)

if __name__ == "__main__":
    d2l.run_chapter(*VARIANTS)
