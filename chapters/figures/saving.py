"""Figures of the chapter saving."""

from collections.abc import Mapping, Sequence
from typing import Any

import d2lcore as d2l


def draw_resumed(stop: int, apart: Mapping[str, Sequence[float]]) -> Any:
    """How far the weights are from those of the unbroken training, over the steps after the stop."""
    figure, axes = d2l.plt.subplots(figsize=(6, 3.4), layout="constrained")
    steps = range(stop + 1, stop + 1 + max(map(len, apart.values())))
    for (name, values), fmt in zip(apart.items(), ("-", "m--", "g-."), strict=True):
        axes.plot(steps[: len(values)], values, fmt, label=f"went on with {name}")
    d2l.set_axes(axes, "step", "relative distance to the weights\nof the unbroken training")
    axes.legend(fontsize="small")
    return figure
