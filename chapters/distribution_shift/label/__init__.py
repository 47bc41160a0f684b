# %% [markdown]
# # Label shift (标签偏移)
# Some classes become more frequent, but each looks the same as before. Unlabelled data show by how much.
#
# Notes: 004 3.9.1 and 3.9.2, part 3. $q(y) \ne p(y)$, but $p(x \mid y)$ is the same. Read the modules in this
# order:
#
# - `images`: real images whose labels have other frequencies, and a network for them.
# - `confusion`: how the network errs, the confusion matrix $C$, and how often it predicts each class of the
#   target, $\mu$. The label frequencies $p$ of the target follow from $C p = \mu$.
# - `correction`: what to do with $p$, in the loss or after the training.
# - `weak_predictor`: where $C$ almost has no inverse, small errors of $\mu$ are large in $p$. What helps?
# - `calibration`: probabilities that are as often right as they say.
# - `posteriors`: $p$ from these probabilities, by EM (expectation maximisation).

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
