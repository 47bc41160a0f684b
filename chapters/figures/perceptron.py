"""The figures of the chapter perceptron, and points and lines in the plane for other chapters."""

from collections.abc import Sequence
from math import inf
from typing import Any

from matplotlib.figure import Figure
from torch import Tensor

import d2lcore as d2l

Line = tuple[Tensor, Tensor]  # w (2, 1) and b (1,)


def draw_lines(lines: Sequence[Line], X: Tensor, y: Tensor, so_far: Sequence[float], bound: float) -> Figure:
    """Left: the line after every epoch. Right: the mistakes up to every epoch, and their bound as title."""
    figure, (left, right) = d2l.plt.subplots(1, 2, figsize=(8, 3.6), layout="constrained")
    draw_examples(left, X, y, s=12)
    for epoch, (w, b) in enumerate(lines, start=1):
        draw_line(left, w, b, color=d2l.plt.cm.Greys(0.15 + 0.85 * epoch / len(lines)))
    left.legend(loc="upper center", bbox_to_anchor=(0.5, -0.15), ncols=2, fontsize="small")
    left.set_title(f"the line after epoch 1 (light) to {len(lines)} (black)", fontsize="medium")
    epochs = range(1, len(so_far) + 1)
    d2l.plot(list(epochs), list(so_far), "epoch", "mistakes so far", fmts=["o-"], axes=right)
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
        axes.plot(margins, one, "C0o", alpha=0.4, label="" if i else "mistakes made")
    d2l.set_axes(axes, "distance of the examples from the line", "mistakes", xscale="log", yscale="log")
    axes.legend()
    return figure


def draw_xor(X: Tensor, y: Tensor, lines: Sequence[Line], by_hand: Tensor, trained: Tensor) -> Figure:
    """The four points: with the lines of one perceptron, and with the classes that two nets give the plane.

    by_hand, trained: the classes of the points of a square grid from -2 to 2, a column of them.
    """
    figure, places = d2l.plt.subplots(1, 3, figsize=(9, 3.4), layout="constrained")
    for i, line in enumerate(lines, start=1):
        draw_line(places[0], *line, color=f"{1 - i / len(lines):.2f}")
    for place, classes in zip(places[1:], (by_hand, trained), strict=True):
        grid = classes.detach().reshape(round(len(classes) ** 0.5), -1).T
        place.contourf(grid, levels=[-2, 0, 2], extent=(-2, 2, -2, 2), colors=["C0", "C3"], alpha=0.25)
    titles = ("one, after each example", "three, by hand", "a trained hidden layer")
    for place, title in zip(places, titles, strict=True):
        draw_examples(place, X, y)
        place.set(xlim=(-2, 2), ylim=(-2, 2))
        place.set_title(title, fontsize="medium")
    return figure
