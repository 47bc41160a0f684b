"""Figures of the chapter tensors."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox
from torch import Tensor

import d2lcore as d2l

SHARED, COPIED = "#fde0b2", "#d6e4f0"


def draw_operations(given: Mapping[str, Any], shared: Mapping[str, float]) -> Figure:
    """A table: what each operation gives, its shape, type and strides; coloured by whether it is a view."""
    figure, axes = d2l.plt.subplots(figsize=(8, 0.24 * len(given) + 0.6), layout="constrained")
    axes.set_axis_off()
    rows = []
    for code, Y in given.items():
        kind = str(Y.dtype).removeprefix("torch.") if hasattr(Y, "dtype") else type(Y).__name__
        strides = str(Y.stride()) if isinstance(Y, Tensor) else ""
        rows.append([code, str(tuple(np.shape(Y))), kind, strides, "shared" if shared[code] else "copied"])
    table = axes.table(
        rows,
        colLabels=["operation", "shape", "type", "strides", "memory"],
        colWidths=[0.4, 0.15, 0.15, 0.15, 0.15],
        cellColours=[[SHARED if shared[code] else COPIED] * 5 for code in given],
        cellLoc="left",
        bbox=Bbox.unit(),
    )
    table.auto_set_font_size(False)
    table.set_fontsize(8)
    for (_, column), cell in table.get_celld().items():
        cell.set_edgecolor("white")
        if column == 0:
            cell.get_text().set_fontfamily("monospace")
    return figure


def draw_broadcasting(X: Tensor, y: Tensor, Z: Tensor) -> Figure:
    """X (n, 1) plus y (m,) is Z (n, m): what is there in dark cells, what is only repeated in pale ones."""
    figure, places = d2l.plt.subplots(1, 3, figsize=(8, 2.4), layout="constrained")
    there = np.zeros(Z.shape, bool)
    first_column, first_row = there.copy(), there.copy()
    first_column[:, 0], first_row[0] = True, True
    panels = [
        (f"X, shape {tuple(X.shape)}", X.expand_as(Z), first_column),
        (f"+ y, shape {tuple(y.shape)}", y.expand_as(Z), first_row),
        (f"= shape {tuple(Z.shape)}", Z, ~there),
    ]
    for axes, (title, values, kept) in zip(places, panels, strict=True):
        axes.imshow(np.where(kept, 0.5, 0.12), cmap="Blues", vmin=0, vmax=1)
        for (i, k), value in np.ndenumerate(values.numpy()):
            axes.text(k, i, f"{value:g}", ha="center", va="center", color="k" if kept[i, k] else "0.6")
        axes.set_title(title, fontsize="medium")
        axes.set_xticks(np.arange(-0.5, Z.shape[1]), [])
        axes.set_yticks(np.arange(-0.5, Z.shape[0]), [])
        axes.tick_params(length=0)
        axes.grid(color="white", linewidth=2)
    return figure


def draw_timings(table: pandas.DataFrame) -> Figure:
    """Bars, on a logarithmic scale: milliseconds of each way (rows) for each operation (columns)."""
    figure, axes = d2l.plt.subplots(figsize=(7, 3.2), layout="constrained")
    places = np.arange(table.shape[1])
    for i, (way, color) in enumerate(zip(table.index, ("0.55", "C0", "C1"), strict=True)):
        bars = axes.bar(places + 0.27 * (i - 1), table.loc[way], 0.25, label=way, color=color)
        axes.bar_label(
            bars, [f"{ms:.2g}" if ms < 100 else f"{ms:.0f}" for ms in table.loc[way]], fontsize="x-small"
        )
    d2l.set_axes(axes, None, "milliseconds", yscale="log")
    axes.set_xticks(places, list(table))
    axes.grid(False, axis="x")
    axes.margins(y=0.2)
    axes.legend(loc="upper left")
    return figure


def draw_photo(photo: Tensor, permuted: Tensor, reshaped: Tensor) -> Figure:
    """A photo (h, w, 3), its channels in the order of `permute`, and below what `reshape` calls channels."""
    figure, places = d2l.plt.subplots(2, 4, figsize=(9, 3.4), layout="constrained")
    for axes in places.flat:
        axes.set_axis_off()
    places[0, 0].imshow(photo.numpy())
    places[0, 0].set_title(f"photo, {tuple(photo.shape)}", fontsize="small")
    for k, color in enumerate(("red", "green", "blue")):
        for row, name, channels in ((0, "permute", permuted), (1, "reshape", reshaped)):
            places[row, k + 1].imshow(channels[k].numpy(), cmap="gray", vmin=0, vmax=255)
            title = f"{name}, channel {k}" + (f": {color}" if row == 0 else "")
            places[row, k + 1].set_title(title, fontsize="small")
    return figure
