"""Figures of the chapter preprocessing."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas
from matplotlib.figure import Figure
from torch import Tensor

import d2lcore as d2l


def draw_tiny(table: pandas.DataFrame, y: Tensor, X: Tensor) -> Figure:
    """The table as it is in the file, and the tensors X and y made of it; what was a gap is red in both."""
    figure, (left, right) = d2l.plt.subplots(1, 2, figsize=(8, 1.9), layout="constrained")
    gaps = table.isna().to_numpy()
    words = [["NA" if gap else f"{value}" for gap, value in zip(*row, strict=True)]
             for row in zip(gaps, table.to_numpy(), strict=True)]  # fmt: skip
    _draw_cells(left, "house_tiny.csv", list(table), words, gaps)
    named = [f"{name}_{kind}" for name in table.select_dtypes(exclude="number")
             for kind in [*sorted(table[name].dropna().unique()), "nan"]]  # fmt: skip
    names = [*table.select_dtypes("number"), *named, "y"]
    numbers = [[f"{value:g}" for value in row] for row in np.hstack([X.numpy(), y.numpy()])]
    filled = np.zeros((len(X), len(names)), bool)
    filled[:, : gaps.shape[1]] = gaps
    filled[:, 1:] = False
    _draw_cells(right, f"X {tuple(X.shape)} and y {tuple(y.shape)}", names, numbers, filled)
    return figure


def _draw_cells(axes: Any, title: str, names: Sequence[str], cells: list[list[str]], red: np.ndarray) -> None:
    axes.set_axis_off()
    axes.set_title(title, fontsize="medium")
    colors = [["#f4b6b0" if one else "white" for one in row] for row in red]
    table = axes.table(cells, colLabels=names, cellColours=colors, cellLoc="center", loc="center")
    table.auto_set_font_size(False)
    table.set_fontsize(8)
    table.scale(1, 1.5)


def draw_missing(table: pandas.DataFrame) -> Figure:
    """Left: rows by columns, black where an entry is missing. Right: the share missing, by column."""
    missing = table.isna().to_numpy()
    order = np.argsort(-missing.mean(axis=0), kind="stable")
    gaps = order[missing[:, order].any(axis=0)]
    figure, (left, right) = d2l.plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
    left.imshow(missing[:, order], aspect="auto", cmap="Greys", interpolation="nearest")
    left.set(xlabel=f"{missing.shape[1]} columns, the emptiest first", ylabel="rows", title="missing entries")
    names = [str(table.columns[i]) for i in gaps]
    right.barh(names, missing[:, gaps].mean(axis=0), color="0.3")
    right.tick_params(axis="y", labelsize=7)
    right.invert_yaxis()
    right.set(xlabel="share missing", title=f"{len(gaps)} columns have gaps")
    return figure


def draw_leak(losses: Mapping[str, list[list[float]]]) -> Figure:
    """A panel for each way: the test loss of every split, honest (x) and with the leak (y)."""
    figure, places = d2l.plt.subplots(1, len(losses), figsize=(8, 3.8), layout="constrained")
    for axes, (name, pairs) in zip(places, losses.items(), strict=True):
        honest, leaking = np.array(pairs).T
        ends = [0.9 * min(honest.min(), leaking.min()), 1.05 * max(honest.max(), leaking.max())]
        axes.plot(ends, ends, color="0.6", linewidth=1)
        axes.plot(honest, leaking, "o", alpha=0.7)
        d2l.set_axes(axes, "test loss, learned from training rows", "learned from all rows", ends, ends)
        axes.set(title=name, aspect="equal")
    return figure
