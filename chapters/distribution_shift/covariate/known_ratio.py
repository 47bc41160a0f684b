# %% [markdown]
# # Density ratios with a known truth (已知真值的密度比)
# Between normal distributions the ratio is a formula: compare it with what the classifiers find.
#
# Notes: 004 3.9.2, part 2. Run: `python -m chapters.distribution_shift known_truth` (or `classifiers`), 6 s
# each on one core. The slope of fitted over true log-ratios is between 0.98 and 1, in the mean of 200
# samples.

# %%
import math
from functools import partial

import torch
from torch import Tensor

import d2lcore as d2l
from chapters.distribution_shift.arguments import check_repeats
from chapters.distribution_shift.covariate.density_ratio import (
    Fit,
    density_ratio_weights,
    fit_logistic,
    fit_net,
    fit_sklearn,
)
from chapters.distribution_shift.risk import effective_sample_size, weighted_loss
from chapters.figures.covariate_shift import draw_known_truth
from chapters.least_squares import least_squares

# %% [markdown]
# ## Where the truth is known
# Between $N(0, I)$ and $N(m, I)$ the log-ratio is $m^\top x - \lVert m \rVert^2 / 2$. As $n$ grows, the share
# of the effective sample size, $n_\text{eff}/n$, goes to $e^{-\lVert m \rVert^2}$. Plot fitted log-ratios
# over true ones: the line through them should have slope 1 and intercept 0. With four target examples for
# each of the source, the factor $n_q/n_p$ is 1/4. If it were forgotten, every log-ratio would be too large by
# $\log 4$.
#
# From 200 examples $n_\text{eff}/n$ comes out too large, 0.34 in place of 0.287. The true ratio gives the
# same: the heaviest examples are rare, and most samples have none.
#
# The weighted mean of $x_1^2 / 2$ over the source estimates its mean on the target, 1: the number `risk`
# below. The true ratio has no bias, but the mean of 200 samples still varies by 0.03. On the same samples the
# fitted ratio gives less than the true one: 3% to 4% less from 200 examples, 1% or less from 1,000.


# %%
MEAN = (1.0, 0.5)  # of the target; the source has mean 0, both have covariance I


def gaussians(n: int, n_target: int, num_features: int = 2) -> tuple[Tensor, Tensor, Tensor]:
    """Samples of source and target, float64, and the true log-ratio of the source examples."""
    mean = torch.zeros(num_features, dtype=torch.float64)
    mean[:2] = torch.tensor(MEAN)
    X_source, X_target = (torch.randn(k, num_features, dtype=torch.float64) for k in (n, n_target))
    return X_source, X_target + mean, X_source @ mean - mean @ mean / 2


def known_truth(
    *,
    sizes: tuple[int, ...] = (200, 1000, 5000),
    target_factor: int = 4,
    num_runs: int = 200,
    seed: int = 0,
) -> d2l.Result:
    """Fit the ratio of two normal distributions many times and compare it with the truth.

    sizes: numbers of source examples
    target_factor: target examples for each of the source, in the second series of runs
    num_runs: independent samples of each size, at least 2
    """
    d2l.check_counts(target_factor=target_factor)
    check_repeats(num_runs=num_runs)
    d2l.seed_everything(seed)
    rows_by_sizes = {}  # by the numbers of source and target examples: a row a run, the columns below
    for n in sizes:
        for n_target in (n, target_factor * n):
            runs = []
            for _ in range(num_runs):
                X_source, X_target, truth = gaussians(n, n_target)
                beta = density_ratio_weights(X_source, X_target)
                slope, intercept = least_squares(truth.unsqueeze(1), beta.log())
                shares = [effective_sample_size(weights) / n for weights in (beta, truth.exp())]
                risks = [weighted_loss(X_source[:, 0] ** 2 / 2, weights) for weights in (beta, truth.exp())]
                runs.append(torch.stack([slope[0, 0], intercept[0], *shares, *risks]))
            rows_by_sizes[n, n_target] = torch.stack(runs)
    columns = ("slope", "intercept", "ess_share", "ess_share_true", "risk", "risk_true")
    theory = math.exp(-sum(m**2 for m in MEAN))
    metrics = {"ess_share_theory": theory}
    for (n, n_target), rows in rows_by_sizes.items():
        for column, value in zip(columns, rows.mean(dim=0), strict=True):
            metrics[f"{column}, {n} and {n_target}"] = float(value)
    X_source, X_target, truth = gaussians(500, 2000)
    h = fit_logistic(X_source, X_target)(X_source)
    figure = draw_known_truth(rows_by_sizes, theory, truth, h, 500 / 2000)
    return d2l.Result(figures={"known_truth": figure}, metrics=metrics)


# %% [markdown]
# ## Flexible classifiers
# Take ten features, of which two shift. Logistic regression has the right form. A network has to find it
# among many. It gives the examples that it was trained on weights that are too small: the weighted mean of
# $x_1^2 / 2$ should be 1, and is between 0.71 and 0.81 (seeds 0 to 4). Cross-fitted, with weights from a
# network that has not seen the example, it is between 0.95 and 1.04.
#
# The long-trained net has learned noise. Cross-fitting does not mend this, but it shows it: the mean of
# $\beta$ is about 0.5 on the training examples, and 300 and more on others. The remedy is to fit less, by
# weight decay or fewer steps.


# %%
FITS: dict[str, tuple[Fit, int]] = {  # how to fit, and the number of folds
    "logistic": (fit_logistic, 1),
    "scikit-learn": (fit_sklearn, 1),
    "net": (fit_net, 1),
    "net, 5 folds": (fit_net, 5),
    "long-trained net": (partial(fit_net, num_steps=300, weight_decay=0.0), 1),
    "long-trained net, 5 folds": (partial(fit_net, num_steps=300, weight_decay=0.0), 5),
}


def classifiers(*, n: int = 500, num_features: int = 10, num_runs: int = 5, seed: int = 0) -> d2l.Result:
    """Weights by logistic regression and by networks, on the training examples and cross-fitted.

    The numbers are medians over the samples.

    n: examples of the source, and of the target
    num_features: features, of which two shift
    num_runs: independent samples
    """
    d2l.check_counts(num_runs=num_runs)
    d2l.seed_everything(seed)
    rows: dict[str, list[Tensor]] = {name: [] for name in ("truth", *FITS)}
    figure, axes = d2l.plt.subplots(1, 3, figsize=(10, 3.5), sharex=True, sharey=True, layout="constrained")
    for run in range(num_runs):
        X_source, X_target, truth = gaussians(n, n, num_features)
        betas = {"truth": truth.exp()}
        for name, (fit, num_folds) in FITS.items():
            betas[name] = density_ratio_weights(X_source, X_target, fit=fit, num_folds=num_folds)
        losses = X_source[:, 0] ** 2 / 2  # their mean over the target is (1 + 1)/2 = 1, over the source 1/2
        for name, beta in betas.items():
            risks = [weighted_loss(losses, beta), weighted_loss(losses, beta, normalize=True)]
            error = ((beta.log() - truth) ** 2).mean().sqrt()
            rows[name].append(torch.stack([beta.mean(), effective_sample_size(beta) / n, error, *risks]))
        if run == 0:
            for i, name in enumerate(FITS):
                axes[i // 2].plot(truth, betas[name].log(), "o+"[i % 2], ms=4, mfc="none", label=name)
    for place in axes:
        place.axline((0, 0), slope=1, color="k", lw=1)
        d2l.set_axes(place, "true log-ratio", "fitted log-ratio" if place is axes[0] else "", ylim=(-9, 9))
        place.legend(fontsize="small", loc="upper left")
    columns = ("mean_beta", "ess_share", "rmse_log_ratio", "risk", "risk_normalized")
    metrics = {
        f"{column}, {name}": float(value)
        for name, runs in rows.items()
        for column, value in zip(columns, torch.stack(runs).median(dim=0).values, strict=True)
    }
    return d2l.Result(figures={"classifiers": figure}, metrics=metrics)


# %%
if __name__ == "__main__":
    d2l.run_chapter("distribution_shift", known_truth, classifiers)
