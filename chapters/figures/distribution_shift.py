"""The figures of the chapter distribution_shift: label shift, tests of shift, failures, concept shift."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from torch import Tensor

import d2lcore as d2l
from d2lcore.plotting import as_array


def draw_label_estimates(
    q: Tensor, truth: Tensor, estimates: Mapping[str, Tensor], low: Tensor, high: Tensor
) -> Figure:
    """Shares of the classes: the target's as bars, the source's as steps, and three estimates."""
    figure, axes = d2l.plt.subplots(figsize=(7.5, 3.8), layout="constrained")
    classes = np.arange(len(q))
    axes.bar(classes, as_array(truth), color="0.85", label="target: share of the labels, not used")
    axes.stairs(as_array(q), np.arange(len(q) + 1) - 0.5, color="k", ls="--", label="source q")
    for i, (name, p) in enumerate(estimates.items()):
        axes.plot(classes + 0.25 * (i - 1), as_array(p), f"C{i}{'xso'[i]}", ms=5, label=f"estimate: {name}")
    axes.vlines(classes + 0.25, as_array(low), as_array(high), "C2", label="soft: 90% interval")
    axes.legend(fontsize="small")
    d2l.set_axes(axes, "class", "share of the class", xlim=(-0.6, len(q) - 0.4))
    axes.set_xticks(classes)
    return figure


def draw_recall(recalls: Mapping[str, Tensor]) -> Figure:
    """For three classifiers, the share of each class that is recognised."""
    figure, axes = d2l.plt.subplots(figsize=(7.5, 3.4), layout="constrained")
    for (label, recall), fmt in zip(recalls.items(), ("ks--", "C2o-", "C1^:"), strict=True):
        axes.plot(as_array(recall), fmt, label=label)
    axes.legend()
    d2l.set_axes(axes, "class, from common to rare in the source", "share that is recognised", ylim=(0, 1.05))
    axes.set_xticks(range(len(recall)))
    return figure


def draw_priors(panels: Mapping[str, tuple[Tensor, Mapping[str, Tensor]]]) -> Figure:
    """One panel for each shift: the true shares as bars, and three estimates of them."""
    figure, places = d2l.plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained", sharey=True)
    for axes, (shift, (truth, estimates)) in zip(places, panels.items(), strict=True):
        axes.bar(np.arange(len(truth)), as_array(truth), color="0.85", label="share of the labels, not used")
        for (name, shares), fmt in zip(estimates.items(), ("C3x", "C1s", "C2o"), strict=True):
            axes.plot(as_array(shares), fmt, ms=5, label=name)
        d2l.set_axes(axes, "class", "estimated share: q times the weight")
        axes.set_title(shift)
        axes.set_xticks(range(len(truth)))
    places[0].legend(fontsize="small")
    return figure


def draw_medians(medians: Mapping[tuple[str, str], float]) -> Figure:
    """The error by (shift, method): a row for each method, a sign for each shift."""
    shifts, names = (list(dict.fromkeys(key[i] for key in medians)) for i in (0, 1))
    figure, axes = d2l.plt.subplots(figsize=(8, 3.6), layout="constrained")
    for shift, fmt in zip(shifts, ("o", "s", "^"), strict=True):
        axes.plot([medians[shift, name] for name in names], range(len(names)), fmt, label=shift)
    axes.legend()
    d2l.set_axes(axes, "mean squared error of the weights, median over the draws", xscale="log")
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    return figure
