# %% [markdown]
# # Covariate shift (协变量偏移)
# The inputs change, the label given the input does not: weigh the source by the ratio of the two densities.
#
# Notes: 004 3.9.1 and 3.9.2, part 2. Source and target differ in the inputs, $q(x) \ne p(x)$, and have the
# same $p(y \mid x)$. Read the modules in this order:
#
# - `density_ratio`: the ratio $p(x)/q(x)$ from a classifier of target against source;
# - `known_ratio`: what such classifiers find between normal distributions, where the ratio is a formula;
# - `regression`: a straight line through a curve, for inputs that lie elsewhere;
# - `selection`: real images with a known ratio, and what weights do not repair.

# %%
from chapters.distribution_shift.covariate.density_ratio import (
    clip_weights,
    density_ratio_weights,
    fit_logistic,
    fit_net,
    fit_sklearn,
)

__all__ = ["clip_weights", "density_ratio_weights", "fit_logistic", "fit_net", "fit_sklearn"]
