"""The figures of the chapter perceptron, and points and lines in the plane for other chapters."""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from math import inf
from typing import Any

import torch
from matplotlib.figure import Figure
from torch import Tensor

import d2lcore as d2l

Line = tuple[Tensor, Tensor]  # w (2, 1) and b (1,)


def draw_lines(lines: Sequence[Line], X: Tensor, y: Tensor, history: d2l.History, bound: float) -> Figure:
    """Left: the line after every epoch. Right: the mistakes up to every epoch, and their bound as title."""
    figure, (left, right) = d2l.plt.subplots(1, 2, figsize=(8, 3.6), layout="constrained")
    draw_examples(left, X, y, s=12)
    for epoch, (w, b) in enumerate(lines, start=1):
        draw_line(left, w, b, color=d2l.plt.cm.Greys(0.15 + 0.85 * epoch / len(lines)))
    left.legend(loc="upper center", bbox_to_anchor=(0.5, -0.15), ncols=2, fontsize="small")
    left.set_title(f"the line after epoch 1 (light) to {len(lines)} (black)", fontsize="medium")
    so_far = list(accumulate(history["mistakes"]))
    d2l.plot(history["epoch"], so_far, "epoch", "mistakes so far", fmts=["o-"], axes=right)
    right.xaxis.get_major_locator().set_params(integer=True)
    right.set_ylim(bottom=0)
    title = (
        f"{so_far[-1]:.0f} mistakes; at most {bound:.0f}"
        if bound < inf
        else "no bound: the line does not divide them"
    )
    right.set_title(title, fontsize="medium")
    return figure


def draw_examples(axes: Any, X: Tensor, y: Tensor, **style: Any) -> None:
    """Points in the plane, of class +1 and -1."""
    X, y = X.cpu(), y.cpu().flatten()
    for label, marker, colour in ((1, "o", "C3"), (-1, "s", "C0")):
        axes.scatter(
            *X[y == label].T, marker=marker, color=colour, zorder=3, label=f"y = {label:+d}", **style
        )
    side = 1.1 * float(X.abs().max())
    d2l.set_axes(axes, "x1", "x2", xlim=(-side, side), ylim=(-side, side))
    axes.set_aspect("equal")


def draw_line(axes: Any, w: Tensor, b: Tensor, **style: Any) -> None:
    """The line x'w + b = 0, if there is one (for w = 0 there is not)."""
    w1, w2, c = *w.cpu().flatten().tolist(), b.item()
    if (length := w1**2 + w2**2) > 0:
        x1, x2 = -c * w1 / length, -c * w2 / length
        axes.axline((x1, x2), (x1 - w2, x2 + w1), **style)


def draw_margins(margins: Sequence[float], made: Tensor, allowed: Tensor) -> Figure:
    """The mistakes made and those that the bound allows, a row a margin, a column a run."""
    figure, axes = d2l.plt.subplots(figsize=(6, 3.6), layout="constrained")
    for i, (one, most) in enumerate(zip(made.T, allowed.T, strict=True)):
        axes.plot(margins, most, "k_", label="" if i else "bound (R / gamma)²")
        axes.plot(margins, one, "C0o", alpha=0.4, label="" if i else "mistakes made, one data set each")
    margin = "margin: least distance of an example from the line"
    d2l.set_axes(axes, margin, "mistakes", xscale="log", yscale="log")
    axes.legend()
    return figure


def draw_xor(X: Tensor, y: Tensor, answers: Mapping[str, Any]) -> Figure:
    """The four points of XOR, on the classes that each of two nets gives the plane.

    answers: two functions from points (n, 2) to classes (n, 1), by name.
    """
    grid = torch.linspace(-2, 2, 201)
    plane = torch.cartesian_prod(grid, grid)
    figure, places = d2l.plt.subplots(1, 2, figsize=(6.5, 3.4), layout="constrained")
    for place, (name, answer) in zip(places, answers.items(), strict=True):
        classes = answer(plane).detach().reshape(len(grid), -1).T
        place.contourf(grid, grid, classes, levels=[-2, 0, 2], colors=["C0", "C3"], alpha=0.25)
        draw_examples(place, X, y)
        place.set(xlim=(-2, 2), ylim=(-2, 2))
        place.set_title(name, fontsize="medium")
    places[0].legend(loc="upper right", fontsize="small")
    return figure
