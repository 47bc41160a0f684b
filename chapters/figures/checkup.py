"""Figures of the chapter checkup."""

from collections.abc import Mapping, Sequence
from typing import Any

import d2lcore as d2l


def draw_failures(curves: Mapping[str, Sequence[float]]) -> Any:
    """The training loss of each training over the epochs, on a logarithmic axis."""
    figure, axes = d2l.plt.subplots(figsize=(6, 3.6), layout="constrained")
    for i, (name, losses) in enumerate(curves.items()):
        color, style = ("0.3", ":") if name == "repaired" else (f"C{i}", "-")
        axes.plot(range(1, len(losses) + 1), losses, style, color=color, label=name)
    d2l.set_axes(axes, "epoch", "training loss", yscale="log")
    axes.set_xticks(range(1, 1 + max(map(len, curves.values()))))
    axes.legend(fontsize="small")
    return figure


def draw_measurements(rows: Mapping[str, Mapping[str, float]]) -> Any:
    """A panel for each measurement, a bar for each training, and a line where the repaired one should be."""
    figure, panels = d2l.plt.subplots(1, 3, figsize=(10, 3), layout="constrained", sharey=True)
    names = list(rows)
    for axes, what, title, sound in zip(
        panels,
        ("first loss", "one batch, last", "mixing"),
        (
            "first loss / ln q: about 1",
            "loss of one batch, learned by heart: near 0",
            "share of other examples: 0",
        ),
        (1.0, 0.0, 0.0),
        strict=True,
    ):
        values = [rows[name][what] for name in names]
        axes.barh(names, values, color=["C0" if name != "repaired" else "0.6" for name in names])
        axes.axvline(sound, color="0.3", linestyle=":")
        if what == "first loss":
            axes.set_xscale("log")
        axes.set_title(title, fontsize="small")
    panels[0].invert_yaxis()
    return figure
