# %% [markdown]
# # Distribution shift (分布偏移)
# The data a model meets are not those it was trained on: notice it, correct it, and know when not to.
#
# Notes: 004 3.9. Run: `python -m chapters.distribution_shift [VARIANT]`, `--help` names the variants.
#
# With $q$ the distribution of the source (training) and $p$ that of the target (use), module by module:
#
# - `risk`, `weighting`: the mean loss as the estimate of a risk, importance weights, training with them;
# - `covariate`: covariate shift, $q(x) \ne p(x)$ with one $p(y \mid x)$: density ratios from a classifier;
# - `label`: label shift, $q(y) \ne p(y)$ with one $p(x \mid y)$: from the confusion matrix or by EM;
# - `detection`, `power`: tests of whether there is a shift, and which of them sees which;
# - `diagnosis`, `cases`, `failures`: what to look at before a correction is used, and four not to use;
# - `concept`, `concept_stream`: concept shift, another $p(y \mid x)$: training on against training anew, with
#   a few new labels and over a stream.
#
# `arguments` makes tensors of what they take.

# %%
from chapters.distribution_shift.concept_stream import recovery_time, regret
from chapters.distribution_shift.covariate import density_ratio_weights
from chapters.distribution_shift.detection import two_sample_test
from chapters.distribution_shift.diagnosis import diagnose
from chapters.distribution_shift.label import (
    confusion_matrix,
    correct_posteriors,
    estimate_label_distribution,
    label_shift_weights,
)
from chapters.distribution_shift.risk import effective_sample_size, weighted_loss

__all__ = [
    "confusion_matrix",
    "correct_posteriors",
    "density_ratio_weights",
    "diagnose",
    "effective_sample_size",
    "estimate_label_distribution",
    "label_shift_weights",
    "recovery_time",
    "regret",
    "two_sample_test",
    "weighted_loss",
]
