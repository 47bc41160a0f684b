# %% [markdown]
# # Distribution shift (分布偏移)
# A model meets other data than it was trained on: notice it, correct it, and know when not to.
#
# Notes: 004 3.9. Run: `python -m chapters.distribution_shift [VARIANT]`; `--help` names the variants.
# On MNIST under label shift: accuracy about 0.82 after the predicted probabilities, the posteriors, are
# corrected (`label_scratch`).
#
# The model is trained on data of the *source*, with the distribution $q$. It is used on data of the *target*,
# with $p$. Read the modules in this order:
#
# - `risk`, `weighting`: a mean loss estimates a risk. With importance weights $p/q$ it is the target's.
# - `covariate`: covariate shift. $q(x) \ne p(x)$, but $p(y \mid x)$ is the same. The weights $p(x)/q(x)$ come
#   from a classifier that tells target from source.
# - `label`: label shift. $q(y) \ne p(y)$, but $p(x \mid y)$ is the same. The predictions on the target tell
#   $p(y)$.
# - `detection`, `power`: is there a shift? Three tests, and which of them sees what.
# - `diagnosis`, `cases`, `failures`: what to look at before a correction is used, and four that fail.
# - `concept`, `concept_stream`: concept shift. $p(y \mid x)$ changes: train on, or start anew?
#
# `arguments` turns what the functions take into tensors.

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
