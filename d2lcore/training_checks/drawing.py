"""The figure of a checkup: the loss, the updates, and values and gradients layer by layer."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .measurements import Measurements
from .start_rules import gradient_sizes
from .vectors import rms

if TYPE_CHECKING:
    import matplotlib.figure


def drawer(m: Measurements) -> Callable[["matplotlib.figure.Figure"], Any]:
    """What fills the figure, from the numbers that were measured; the set-up itself is not kept."""
    measured = m.__dict__
    run, first = measured.get("run"), measured.get("first")
    tried = measured.get("_experiments", {})
    losses = {name: one.losses for name, one in tried.items() if one is not None and one.losses}
    if run is not None:
        losses = {"as it is": run.losses, **losses}
    sizes = run.sizes if run is not None else []
    values = [rms(one.float()) for _, one in first.activations] if first is not None else []
    gradients = gradient_sizes(m) if first is not None and first.grads else []

    def draw(figure: "matplotlib.figure.Figure") -> None:
        (loss, update), (layer, gradient) = figure.subplots(2, 2)
        _lines(loss, losses)
        update.plot(range(1, len(sizes) + 1), sizes)
        layer.bar(range(1, len(values) + 1), values)
        gradient.bar(range(1, len(gradients) + 1), gradients)
        loss.set(xlabel="step", ylabel="loss")
        update.set(xlabel="step", ylabel="update / parameters")
        layer.set(xlabel="activation", ylabel="mean size")
        gradient.set(xlabel="layer", ylabel="mean gradient")
        if any(one > 0 for one in sizes):
            update.set_yscale("log")
        if any(one > 0 for one in gradients):
            gradient.set_yscale("log")

    return draw


def _lines(axes: Any, losses: dict[str, list[float]]) -> None:
    for name, values in losses.items():
        axes.plot(range(1, len(values) + 1), values, label=name)
    if losses:
        axes.set_yscale("symlog")
        axes.legend(fontsize="x-small")
