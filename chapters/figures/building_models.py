"""Figures of the chapter building_models."""

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor

import d2lcore as d2l


def draw_weights(weights: Sequence[Tensor]) -> Any:
    """A histogram of the weights of each of the four blocks."""
    names = ("default", "N(0, 0.01²)", "Xavier", "far from zero")
    figure, panels = d2l.plt.subplots(1, len(weights), figsize=(10, 2.8), layout="constrained")
    for axes, (name, values) in zip(panels, zip(names, weights, strict=True), strict=True):
        axes.hist(values.flatten().numpy(), bins=40, density=True)
        d2l.set_axes(axes, "weight", "density")
        axes.set_title(name, fontsize="medium")
        axes.xaxis.get_major_locator().set_params(nbins=3)
    return figure


def draw_gradients(gradients: Sequence[Tensor]) -> Any:
    """The gradients of the weight in its two places and of the tied one, as images of one colour scale."""
    largest = max(float(one.abs().max()) for one in gradients)
    figure, panels = d2l.plt.subplots(1, 3, figsize=(8, 2.9), layout="constrained")
    titles = ("first place", "+ second place", "= tied")
    for axes, one, title in zip(panels, gradients, titles, strict=True):
        image = axes.imshow(one.numpy(), cmap="RdBu", vmin=-largest, vmax=largest)
        d2l.set_axes(axes, "input unit", "output unit")
        axes.set_title(title)
        axes.grid(False)
    figure.colorbar(image, ax=panels, label="gradient")
    return figure


def draw_losses(histories: Mapping[str, d2l.History]) -> Any:
    """The training losses of several nets over the epochs."""
    figure, axes = d2l.plt.subplots(figsize=(5, 3.2), layout="constrained")
    curves = [history["train_loss"] for history in histories.values()]
    d2l.plot(range(1, len(curves[0]) + 1), curves, "epoch", "training loss", list(histories), axes=axes)
    return figure
