"""Figures of the chapter initialization."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from torch import Tensor

import d2lcore as d2l

Curves = Sequence[Sequence[float]] | Tensor


def draw_variances(
    widths: Sequence[int], measured: Mapping[str, Curves], predicted: Mapping[str, Curves]
) -> Any:
    """Factors of the variance, forward and backward, over the layers: marks measured, lines predicted."""
    figure, panels = d2l.plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained", sharey=True)
    for axes, name in zip(panels, measured, strict=True):
        for points, line, marker, way in zip(
            measured[name], predicted[name], "os", ("forward", "backward"), strict=True
        ):
            drawn = axes.plot(points, marker, label=f"{way}, measured")
            axes.plot(line, color=drawn[0].get_color(), label=f"{way}, predicted")
        d2l.set_axes(axes, "layer: inputs→outputs", None, yscale="log")
        ticks = [f"{n_in}→{n_out}" for n_in, n_out in pairwise(widths)]
        axes.set_xticks(range(len(ticks)), ticks, fontsize="small")
        axes.axhline(1, color="0.3", linestyle=":", label="1: the variance stays")
        axes.set_title({"small": "small weights, N(0, 0.01²)", "xavier": "Xavier's weights"}[name])
    panels[0].set_ylabel("factor of the variance")
    panels[1].legend(fontsize="small")
    return figure


def draw_training(history: d2l.History) -> Any:
    """Training losses on the left, test accuracies on the right, from small and from Xavier's weights."""
    figure, panels = d2l.plt.subplots(1, 2, figsize=(8, 3.2), layout="constrained")
    d2l.plt.close(figure)  # in a notebook the curves have been seen growing
    names, fmts = ["small", "xavier"], ("ms--", "o-") if len(history) <= 20 else ("m--", "-")
    for axes, column, label in zip(
        panels, ("loss", "test_acc"), ("training loss", "test accuracy"), strict=True
    ):
        curves = [history[f"{name}_{column}"] for name in names]
        d2l.plot(history["epoch"], curves, "epoch", label, names, fmts=fmts, axes=axes)
        axes.set_xlim(0.5, len(history) + 0.5)
        axes.xaxis.get_major_locator().set_params(integer=True)
    return figure


def draw_symmetry(runs: Mapping[str, Sequence[Sequence[float]]]) -> Any:
    """The spread of the units on the left, the training loss on the right, over the steps."""
    figure, panels = d2l.plt.subplots(1, 2, figsize=(8.5, 3.4), layout="constrained")
    labels = ("spread of the units in W1", "training loss")
    for axes, label, curves in zip(panels, labels, zip(*runs.values(), strict=True), strict=True):
        d2l.plot(range(len(curves[0])), list(curves), "step", label, axes=axes)
    panels[1].legend(list(runs))
    return figure
