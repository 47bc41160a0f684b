"""Figures of the chapter training_memory."""

from collections.abc import Mapping, Sequence
from typing import Any

import d2lcore as d2l

Rows = Sequence[Mapping[str, int]]


def draw_memory(
    depths: Sequence[int], batch_sizes: Sequence[int], counted: Sequence[Rows], measured: Sequence[Rows]
) -> Any:
    """Bytes over the depth on the left, over the batch size on the right: lines counted, marks measured."""
    figure, panels = d2l.plt.subplots(1, 2, figsize=(8.5, 3.4), layout="constrained")
    for axes, x, label, lines, marks in zip(
        panels, (depths, batch_sizes), ("hidden layers", "batch size"), counted, measured, strict=True
    ):
        for name, marker in zip(marks[0], "os^", strict=True):
            axes.plot(x, [row[name] / 2**20 for row in lines], "0.6")
            axes.plot(x, [row[name] / 2**20 for row in marks], marker, label=name)
        d2l.set_axes(axes, label, "MiB of layer outputs")
        axes.locator_params(axis="x", integer=True)
    panels[0].plot([], [], "0.6", label="counted by hand")
    panels[0].legend()
    return figure
