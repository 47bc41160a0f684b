"""Figures of the chapter optimization."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

import d2lcore as d2l

Function = Callable[..., Tensor]


def draw_rates(f: Function, paths: Mapping[float, Tensor]) -> Any:
    """The way of each learning rate on the curve of f, a panel each."""
    figure, panels = d2l.plt.subplots(
        1, len(paths), figsize=(2.6 * len(paths), 2.8), layout="constrained", squeeze=False
    )
    for axes, (lr, path) in zip(panels[0], paths.items(), strict=True):
        far = max(11.0, float(path.abs().max()))
        x = torch.linspace(-far, far, 201)
        d2l.plot([x, path], [f(x), f(path)], "x", fmts=["C0-", "C1o-"], axes=axes)
        axes.plot(path[0], f(path[0]), "ks", label="start")
        axes.set_title(f"learning rate {lr:g}")
    panels[0, 0].set_ylabel("f(x)")
    panels[0, 0].legend(loc="upper center")
    return figure


def draw_minima(f: Function, starts: Tensor, ends: Tensor) -> Any:
    """The curve of f; starts in the colour of the valley where they end, and the ends."""
    figure, axes = d2l.plt.subplots(figsize=(6, 3.4), layout="constrained")
    x = torch.linspace(-2, 2, 401)
    axes.plot(x, f(x), "0.6")
    for color, name, chosen in (("C0", "global", ends < 0), ("C3", "local", ends >= 0)):
        axes.plot(starts[chosen], f(starts[chosen]), "o", color=color, label=f"starts for the {name} minimum")
        axes.plot(ends[chosen][:1], f(ends[chosen][:1]), "*", color=color, markersize=16)
    d2l.set_axes(axes, "x", "f(x)", ylim=(-0.3, 1.6))
    axes.legend(loc="upper center")
    return figure


def draw_saddle(f: Function, paths: Tensor, distances: Tensor, steps: Tensor, lr: float) -> Any:
    """The ways past the saddle on contours, and the steps that each start needs to get away."""
    figure, (left, right) = d2l.plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    x1, x2 = torch.meshgrid(torch.linspace(-1, 2, 121), torch.linspace(-0.5, 1.5, 81), indexing="ij")
    left.contour(x1, x2, f(torch.stack([x1, x2], dim=-1)), levels=25, colors="0.75")
    for i in (11, 8, 0):
        label = f"from x2 = {float(distances[i]):.0e}"
        left.plot(paths[:, i, 0], paths[:, i, 1], ".-", label=label)
    left.plot(0, 0, "kX", markersize=10, label="saddle")
    left.plot(0, 1, "k*", markersize=12, label="minimum")
    d2l.set_axes(left, "x1", "x2")
    left.legend(fontsize="small")
    slope = steps[-1] + torch.log(distances[-1] / distances) / torch.log(torch.tensor(1 + lr))
    d2l.plot(distances, [steps, slope], "distance of the start from the line x2 = 0", "steps to get away",
             ["measured", "predicted slope: log(distance) / log(1 + lr)"], xscale="log", fmts=["o", "-"],
             axes=right)  # fmt: skip
    right.get_legend().set_loc("lower left")
    return figure


def draw_sets(segments: Mapping[str, tuple[Tensor, Tensor, Tensor]], most: int = 40) -> Any:
    """Points of each set, and segments between them: those with a point outside in red."""
    figure, panels = d2l.plt.subplots(1, len(segments), figsize=(10, 2.8), layout="constrained")
    for axes, (name, (a, b, out)) in zip(panels, segments.items(), strict=True):
        axes.plot(*a[:3000].T, ".", color="0.85", markersize=2)
        for i in range(most):
            color, order = ("C3", 3) if out[i] else ("C0", 2)
            axes.plot(*torch.stack([a[i], b[i]]).T, "-", color=color, linewidth=1, zorder=order)
        axes.set(title=f"{name}: {float(out.float().mean()):.1%} leave", aspect="equal")
        axes.set_axis_off()
    return figure


def draw_chords(f: Function) -> Any:
    """Chords of a parabola and of a function with two valleys."""
    figure, panels = d2l.plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
    x = torch.linspace(-1.6, 1.6, 201)
    for axes, (name, curve) in zip(
        panels, {"convex": lambda x: x**2 / 2, "not convex": f}.items(), strict=True
    ):
        ends = torch.tensor([-1.1, 1.3])
        d2l.plot(
            [x, ends], [curve(x), curve(ends)], "x", "f(x)", ["f", "chord"], fmts=["-", "C1o-"], axes=axes
        )
        axes.set_title(name)
    return figure


def draw_contours(f: Function, traces: Mapping[float, list[tuple[float, float]]]) -> Any:
    """The trace of each learning rate on the contours of f."""
    figure, panels = d2l.plt.subplots(
        1, len(traces), figsize=(3.4 * len(traces), 3), layout="constrained", squeeze=False
    )
    for axes, (lr, trace) in zip(panels[0], traces.items(), strict=True):
        d2l.show_trace_2d(f, trace, axes=axes)
        axes.set_title(f"learning rate {lr:g}")
    return figure
