"""Figures of the chapter adam."""

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor

import d2lcore as d2l
from chapters.figures.minibatch_and_momentum import LEAST_SQUARES, STYLES


def draw_valleys(curves: Mapping[str, Mapping[str, Sequence[float]]]) -> Any:
    """A panel for each valley: the height of every optimizer over the steps."""
    figure, panels = d2l.plt.subplots(1, len(curves), figsize=(9, 3.2), layout="constrained", sharey=True)
    for axes, (valley, by_name) in zip(panels, curves.items(), strict=True):
        d2l.plot(list(by_name.values()), None, "step", "height", list(by_name), ylim=(1e-12, 100),
                 yscale="log", axes=axes)  # fmt: skip
        axes.axhline(0.01, color="0.5", linewidth=1)
        axes.set_title(f"valley {valley}")
    return figure


def draw_first_steps(steps: Sequence[float], bare: Sequence[float]) -> Any:
    """The length of every step over the learning rate."""
    figure, axes = d2l.plt.subplots(figsize=(6, 3.4), layout="constrained")
    numbers = range(1, len(steps) + 1)
    d2l.plot(numbers, [steps, bare], "step t", "length / learning rate", ["corrected", "not corrected"],
             ylim=(0, 1.1 * max(bare)), xscale="log", axes=axes)  # fmt: skip
    return figure


def draw_rates(lrs: Tensor, means: Mapping[str, Tensor]) -> Any:
    """The loss of every optimizer over the learning rate."""
    figure, axes = d2l.plt.subplots(figsize=(6, 3.8), layout="constrained")
    for (name, losses), style in zip(means.items(), STYLES, strict=False):
        axes.plot(lrs, losses, style, marker=".", label=name)
    axes.axhline(LEAST_SQUARES, color="0.5", linewidth=1, label="least squares")
    d2l.set_axes(axes, "learning rate", "loss after two epochs", ylim=(0.235, 0.5), xscale="log")
    axes.legend(fontsize="small")
    return figure
