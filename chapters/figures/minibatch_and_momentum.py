"""Figures of the chapter minibatch_and_momentum."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import Tensor

import d2lcore as d2l

STYLES = ("C0-", "C1--", "C2-.", "C3:", "C4-", "C5--")
LEAST_SQUARES = 0.2417  # the lowest loss on the airfoil data


def draw_spread(
    clouds: Sequence[Tensor],
    full: Tensor,
    sizes: Sequence[int],
    measured: Mapping[str, Sequence[float]],
    predicted: Mapping[str, Sequence[float]],
) -> Any:
    """Gradients of batches of 1, 8 and 64 around the full one; their distance from it over the batch size."""
    figure, (left, right) = d2l.plt.subplots(1, 2, figsize=(9, 3.8), layout="constrained")
    for size, color in ((1, "0.8"), (8, "C0"), (64, "C1")):
        if size in sizes:
            cloud = clouds[sizes.index(size)][:1000]
            left.plot(*cloud.T, ".", color=color, markersize=3, label=f"batches of {size}")
    left.plot(*full, "k*", markersize=12, label="all examples")
    d2l.set_axes(left, "gradient in w1", "gradient in w2")
    left.legend()
    for (name, values), style in zip(measured.items(), ("C0", "C1"), strict=True):
        shown = [i for i, value in enumerate(predicted[name]) if value]
        right.plot(
            [sizes[i] for i in shown], [values[i] for i in shown], f"{style}o", label=f"measured, {name}"
        )
        right.plot([sizes[i] for i in shown], [predicted[name][i] for i in shown], style, label="predicted")
    d2l.set_axes(right, "batch size |B|", "distance from the full gradient", xscale="log", yscale="log")
    right.legend()
    return figure


def draw_batch_sizes(curves: Mapping[int, tuple[Sequence[float], Sequence[float], float]]) -> Any:
    """The loss over the seconds for each batch size, and the seconds that an epoch takes."""
    figure, (left, right) = d2l.plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for (size, (seconds, losses, _)), style in zip(curves.items(), STYLES, strict=False):
        left.plot(seconds, losses, f"{style}", marker=".", label=f"batches of {size}")
    left.axhline(LEAST_SQUARES, color="0.5", linewidth=1, label="least squares")
    d2l.set_axes(left, "seconds of training", "loss", ylim=(0.235, 0.35), xscale="log")
    left.legend()
    sizes = sorted(curves)
    d2l.plot(sizes, [curves[size][2] for size in sizes], "batch size", "seconds an epoch",
             xscale="log", yscale="log", fmts=["o-"], axes=right)  # fmt: skip
    return figure


def draw_valley(
    f: Callable[..., Any],
    traces: Mapping[str, Sequence[tuple[float, float]]],
    heights: Mapping[str, Sequence[float]],
) -> Any:
    """The way of each optimizer on the contours of f, and its height over the steps."""
    figure, panels = d2l.plt.subplots(1, len(traces) + 1, figsize=(12, 3), layout="constrained")
    for axes, (name, trace) in zip(panels, traces.items(), strict=False):
        d2l.show_trace_2d(f, trace, axes=axes)
        axes.set_title(name)
    d2l.plot(list(heights.values()), None, "step", "height", list(heights), yscale="log", axes=panels[-1])
    return figure


def draw_losses(losses: Mapping[str, Sequence[float]], num_epochs: int) -> Any:
    """The loss of each optimizer over the epochs, and where least squares ends."""
    figure, axes = d2l.plt.subplots(figsize=(6, 3.8), layout="constrained")
    for (name, curve), style in zip(losses.items(), STYLES, strict=False):
        epochs = [num_epochs * (i + 1) / len(curve) for i in range(len(curve))]
        axes.plot(epochs, curve, style, label=name)
    axes.axhline(LEAST_SQUARES, color="0.5", linewidth=1, label="least squares")
    d2l.set_axes(axes, "epoch", "loss", ylim=(0.235, 0.35))
    axes.legend()
    return figure
