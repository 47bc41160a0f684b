# %% [markdown]
# # Label shift (标签偏移)
# How often each class occurs changes, what its members look like does not: unlabelled data tell by how much.
#
# Notes: 004 3.9.1 and 3.9.2, part 3. With $q(y) \ne p(y)$ and one $p(x \mid y)$, module by module:
#
# - `images`: real images whose labels have other frequencies, and a network for them;
# - `confusion`: how the network errs, and the frequencies $p$ that $C p = \mu$ gives;
# - `correction`: its use, in the loss or after the training;
# - `weak_predictor`: an ill-conditioned $C$, and what rescues the estimate;
# - `calibration`: probabilities that are as often right as they say;
# - `posteriors`: $p$ from them by EM.

# %%
from chapters.distribution_shift.label.calibration import fit_temperature
from chapters.distribution_shift.label.confusion import (
    bootstrap_interval,
    confusion_matrix,
    estimate_label_distribution,
    mean_prediction,
    solve_label_shift,
)
from chapters.distribution_shift.label.correction import correct_posteriors, label_shift_weights
from chapters.distribution_shift.label.posteriors import em_label_distribution
from chapters.distribution_shift.label.weak_predictor import rlls, rlls_strength

__all__ = [
    "bootstrap_interval",
    "confusion_matrix",
    "correct_posteriors",
    "em_label_distribution",
    "estimate_label_distribution",
    "fit_temperature",
    "label_shift_weights",
    "mean_prediction",
    "rlls",
    "rlls_strength",
    "solve_label_shift",
]
