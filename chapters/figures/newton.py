"""Figures of the chapter newton."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

import d2lcore as d2l


def draw_gaps(gaps: Mapping[str, Sequence[float]]) -> Figure:
    """How far above the minimum each optimizer is, at every point that cost a pass over the data."""
    figure, axes = d2l.plt.subplots(figsize=(6, 3.5), layout="constrained")
    points = [range(1, len(gap) + 1) for gap in gaps.values()]
    d2l.plot(points, list(gaps.values()), "passes over the data (1: the start)",
             "objective minus its minimum", list(gaps), ylim=(1e-12, 1), xscale="log", yscale="log",
             fmts=["ko-", "-", "m--", "g-."], axes=axes)  # fmt: skip
    return figure


def draw_growth(steps: Sequence[int], curves: Mapping[str, Mapping[float, Sequence[float]]]) -> Figure:
    """A panel for each quantity: its value after so many steps, a curve for each lambda."""
    figure, places = d2l.plt.subplots(1, len(curves), figsize=(8, 3.2), layout="constrained")
    for axes, (name, by_lambda) in zip(places, curves.items(), strict=True):
        for lambd, values in by_lambda.items():
            axes.plot(steps, values, "o-", label=f"lambda = {lambd:g}")
        d2l.set_axes(axes, "steps of L-BFGS", name, xscale="log", yscale="log")
    places[0].legend()
    return figure
