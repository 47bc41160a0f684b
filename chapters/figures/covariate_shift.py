"""Figures of the pages on risk, weights and covariate shift."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

import d2lcore as d2l


def draw_risk(n: Tensor, plain: Tensor, risk: float, band: Tensor, rmse: dict[str, Tensor]) -> Any:
    """Twenty runs inside the band of 1/sqrt(n), and the errors of all runs on two logarithmic scales."""
    figure, (left, right) = d2l.plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    left.plot(n, plain[:20].T, color="C0", lw=0.6, alpha=0.6)
    left.axhline(risk, color="k", label=f"the integral, {risk:.4f}")
    left.fill_between(n, risk - band, risk + band, color="C1", alpha=0.3, label=r"$\pm 1.96\,sd/\sqrt{n}$")
    left.legend()
    d2l.set_axes(left, "examples n", "mean loss, 20 runs", xscale="log")
    d2l.plot(n, list(rmse.values()), axes=right)
    d2l.set_axes(right, "examples n", "error of the estimate (rms)", xscale="log", yscale="log")
    right.legend(list(rmse), fontsize="x-small")
    return figure


def draw_weighted_lines(
    X: Tensor, y: Tensor, shares: Tensor, fits: Mapping[str, Sequence[float]], risks: Mapping[str, float]
) -> Any:
    """Examples, as areas in proportion to their weights, and lines (slope, intercept) with their risks."""
    figure, axes = d2l.plt.subplots(figsize=(6, 4), layout="constrained")
    axes.scatter(X, y, s=20 * shares + 1, color="0.6", label="source, area: weight")
    x = torch.linspace(0, 1, 2)
    for (name, (slope, intercept)), fmt in zip(fits.items(), ("C0:", "C3-", "k--"), strict=True):
        axes.plot(x, slope * x + intercept, fmt, label=f"{name}: target risk {risks[name]:.5f}")
    axes.legend()
    d2l.set_axes(axes, "x", "y")
    return figure


def draw_known_truth(
    found: Mapping[tuple[int, int], Tensor], theory: float, truth: Tensor, h: Tensor, factor: float
) -> Any:
    """One fit with and without the factor of the sizes; slope, intercept and effective sample size over n."""
    figure, (left, middle, right) = d2l.plt.subplots(1, 3, figsize=(10, 3.4), layout="constrained")
    left.plot(truth, h, "C1.", ms=3, label="$h$ alone")
    left.plot(truth, h + math.log(factor), "C0.", ms=3, label=r"$h + \log(n_q / n_p)$")
    left.axline((0, 0), slope=1, color="k", lw=1)
    left.set_title(f"{1 / factor:g} of the target for each of the source", fontsize="medium")
    d2l.set_axes(left, "true log-ratio", "fitted log-ratio")
    series = ((middle, "slope - 1"), (middle, "intercept"), (right, "fitted"), (right, "true ratio"))
    for i, (axes, name) in enumerate(series):
        for k, (larger, fmt) in enumerate(((False, "o-"), (True, "s--"))):
            runs = {n: rows[:, i] - float(i == 0) for (n, m), rows in found.items() if (m > n) == larger}
            mean, sd = ([float(f(values)) for values in runs.values()] for f in (torch.mean, torch.std))
            x = [n * 1.12 ** (2 * (i % 2) + k) for n in runs]  # side by side
            label = f"{name}, $n_p {'>' if larger else '='} n_q$"
            axes.errorbar(x, mean, sd, fmt=fmt, color=f"C{i}", ms=4, lw=1, capsize=2, label=label)
    right.axhline(theory, color="k", lw=1, label=f"theory, {theory:.3f}")
    d2l.set_axes(middle, "source examples $n_q$", "mean and standard deviation", xscale="log")
    d2l.set_axes(right, "source examples $n_q$", "effective sample size / $n_q$", xscale="log")
    for axes in (left, middle, right):
        axes.legend(fontsize="x-small")
    for axes in (middle, right):
        axes.minorticks_off()
        axes.set_xticks(sorted({n for n, _ in found}), sorted({n for n, _ in found}))
    return figure


def draw_lines_and_errors(
    x: Tensor,
    truth: tuple[Tensor, Tensor],
    source: tuple[Tensor, Tensor],
    target: tuple[Tensor, Tensor],
    beta: Tensor,
    ess: float,
    curves: Mapping[str, Tensor],
    errors: Mapping[str, Tensor],
    best: float,
) -> Any:
    """One sample with the lines fitted to it; its weights; and the target errors of many samples.

    truth: the curve and the ratio at x (m, 1). source, target: X and y of the sample.
    """
    figure, (left, middle, right) = d2l.plt.subplots(1, 3, figsize=(11, 3.6), layout="constrained")
    left.plot(*source, "C0.", ms=4, alpha=0.5, label="source")
    left.plot(*target, "C1.", ms=4, alpha=0.5, label="target (labels unseen)")
    left.plot(x, truth[0], "0.5", lw=1, label="f(x)")
    for (name, curve), fmt in zip(curves.items(), ("C0-", "C3-", "k--"), strict=True):
        left.plot(x, curve, fmt, label=name)
    low, high = torch.cat([source[1], target[1]]).aminmax()
    d2l.set_axes(left, "x", "y", ylim=(float(low) - 0.1, float(high) + 0.1))
    middle.plot(x, truth[1], "k-", lw=1, label="true p(x)/q(x)")
    middle.plot(source[0], beta, "C3.", label="fitted, at the source's x")
    middle.set_title(f"effective sample size {ess:.0f} of {len(beta)}", fontsize="medium")
    d2l.set_axes(middle, "x", "weight")
    right.boxplot(list(errors.values()))
    right.set_xticks(range(1, len(errors) + 1), [name.replace(" ", "\n", 1) for name in errors])
    right.axhline(best, color="k", ls="--", label=f"best line, {best:.3f}")
    runs = len(next(iter(errors.values())))
    right.set(xlabel=f"weights, {runs} samples each", ylabel="target error of the line")
    for axes in (left, middle, right):
        axes.legend(fontsize="x-small")
    return figure


def draw_selection(found: Mapping[str, Tensor]) -> Any:
    """Every draw, with the mean: the biases of the estimates, and the gain by weighted training."""
    figure, (left, right) = d2l.plt.subplots(
        1, 2, figsize=(9, 3.6), width_ratios=(3, 2), layout="constrained"
    )
    for i, (name, rows) in enumerate(found.items()):
        for axes, columns in ((left, rows[:, 2:]), (right, rows[:, 1:2])):
            place = torch.arange(columns.shape[1]) + 0.3 * i - 0.15
            heights = columns.mean(dim=0).tolist()
            axes.bar(place.tolist(), heights, 0.26, color=f"C{i}", alpha=0.4, label=name)
            axes.plot(place.expand(columns.shape), columns, f"C{i}.", ms=5)
    for axes in (left, right):
        axes.axhline(0, color="k", lw=1)
        axes.grid(axis="y")
        axes.legend()
    left.set_xticks(range(3), ["no weights", "true ratio", "fitted ratio"])
    left.set(xlabel="weights of the validation images", ylabel="estimated minus actual accuracy, points")
    right.set_xticks([])
    right.set(xlabel="model", ylabel="gain of weighted training, points")
    return figure


def draw_images(images: Tensor, beta: Tensor) -> Any:
    """Images from the smallest weight to the largest."""
    order = beta.argsort()[torch.linspace(0, len(beta) - 1, 10).long()]
    axes = d2l.show_images(images[order], 1, 10, [f"{float(weight):.2g}" for weight in beta[order]])
    axes[0].figure.suptitle("weight p(x)/q(x)", fontsize="medium")
    return axes[0].figure
