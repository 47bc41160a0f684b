"""Figures of the chapter numerical_stability."""

from collections.abc import Mapping, Sequence
from typing import Any

import d2lcore as d2l

Curve = Sequence[float]


def draw_depth(curves: Mapping[str, Mapping[str, tuple[Curve, Curve]]], stds: Mapping[str, float]) -> Any:
    """Signals above, gradients below, over the layers; a column for each size of the weights."""
    figure, panels = d2l.plt.subplots(2, 3, figsize=(9, 5), layout="constrained", sharex=True, sharey=True)
    for (size, of_size), upper, lower in zip(curves.items(), *panels, strict=True):
        signals, gradients = zip(*of_size.values(), strict=True)
        for axes, drawn in ((upper, signals), (lower, gradients)):
            d2l.plot(range(len(drawn[0])), list(drawn), yscale="log", ylim=(1e-16, 1e16), axes=axes)
        upper.set_title(f"{size}: weights N(0, {stds[size]:.2g}²)")
        lower.set_xlabel("layer")
    panels[0, 0].set_ylabel("signal, std over examples")
    panels[1, 0].set_ylabel("gradient, root mean square")
    panels[1, 0].legend(list(curves["small"]))
    return figure


def draw_half_precision(
    gradients: Mapping[str, Curve], values: Mapping[str, Curve], limits: Mapping[str, float]
) -> Any:
    """Gradients on the left, values on the right, in float32 and float16, and the limits of float16."""
    figure, panels = d2l.plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    titles = ("sigmoids: the gradient underflows", "ReLUs, weights x 4: the values overflow")
    for axes, curves, title in zip(panels, (gradients, values), titles, strict=True):
        for (name, curve), fmt in zip(curves.items(), ("-", "ms"), strict=True):
            axes.plot(range(len(curve)), curve, fmt, label=name)
        axes.set_title(title)
    for (name, limit), axes, style in zip(limits.items(), panels[[0, 0, 1]], (":", "--", "--"), strict=True):
        axes.axhline(limit, color="C3", linestyle=style, label=f"{name.replace('_', ' ')} float16")
    for axes, label in zip(panels, ("largest entry of the gradient", "largest value"), strict=True):
        d2l.set_axes(axes, "layer", label, yscale="log")
        axes.locator_params(axis="x", integer=True)
        axes.legend(fontsize="small")
    return figure


def draw_losses(losses: Mapping[str, Curve]) -> Any:
    """The training loss over the steps; nothing where it is NaN or above 10,000."""
    figure, axes = d2l.plt.subplots(figsize=(5, 3.4), layout="constrained")
    for (name, curve), fmt in zip(losses.items(), ("m--", "-"), strict=True):
        axes.plot(range(1, len(curve) + 1), curve, fmt, label=name)
    d2l.set_axes(axes, "step", "training loss", ylim=(0.05, 1e4), yscale="log")
    axes.legend()
    return figure


def draw_gradients(curves: Mapping[str, Curve]) -> Any:
    """The root mean square of the gradient over the layer, plain curves dashed."""
    figure, axes = d2l.plt.subplots(figsize=(5.5, 3.4), layout="constrained")
    for i, (name, curve) in enumerate(curves.items()):
        axes.plot(range(len(curve)), curve, f"C{i // 2}{'-' if i % 2 else '--'}", label=name)
    d2l.set_axes(axes, "layer", "gradient, root mean square", yscale="log")
    axes.legend()
    return figure
