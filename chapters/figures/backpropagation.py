"""Figures of the chapter backpropagation."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

import d2lcore as d2l

# Squares, with the places of their centres; circles, with what is written in them; the arrows.
VARIABLES = {
    "X": (0.5, 0.6), "Z": (2.5, 0.6), "H": (4.5, 0.6), "O": (6.5, 0.6), "L": (8.5, 0.6),
    "W1": (1.5, 2.1), "W2": (5.5, 2.1), "y": (7.5, 2.1), "s": (7, 3.6), "J": (9.5, 3.6),
}  # fmt: skip
OPERATORS = {
    "times": (1.5, 0.6, r"$\times$"), "phi": (3.5, 0.6, r"$\phi$"), "times2": (5.5, 0.6, r"$\times$"),
    "loss": (7.5, 0.6, "$l$"), "norms": (5.5, 3.6, r"$\frac{\lambda}{2}\Vert\cdot\Vert^2$"),
    "plus": (8.5, 3.6, "$+$"),
}  # fmt: skip
FLOW = (
    "X-times W1-times times-Z Z-phi phi-H H-times2 W2-times2 times2-O O-loss y-loss loss-L L-plus "
    "W1-norms W2-norms norms-s s-plus plus-J"
)


def draw_graph(values: Mapping[str, Tensor], gradients: Mapping[str, Tensor]) -> Any:
    """The figure of `VARIABLES`, `OPERATORS` and `FLOW`, values and gradients written into the squares."""
    figure, axes = d2l.plt.subplots(figsize=(9, 4), layout="constrained")
    axes.set(xlim=(0, 10), ylim=(0, 4.2), aspect="equal")
    axes.axis("off")
    axes.text(0, 3.9, "forward: values", fontsize=10)
    axes.text(0, 3.6, "backward: gradients of $J$", fontsize=10, color="C3")
    shapes: dict[str, Any] = {}
    for name, (x, y) in VARIABLES.items():
        shapes[name] = d2l.plt.Rectangle((x - 0.44, y - 0.5), 0.88, 1)
        middle, edge = (y - 0.1, "bottom") if name in gradients else (y, "center")
        title = "$" + "_".join(name) + "$\n"
        axes.text(x, middle, title + rounded(values[name]), ha="center", va=edge, fontsize=9)
        if name in gradients:
            axes.text(x, middle, rounded(gradients[name]), ha="center", va="top", fontsize=9, color="C3")
    for name, (x, y, sign) in OPERATORS.items():
        shapes[name] = d2l.plt.Circle((x, y), 0.42 if name == "norms" else 0.2)
        axes.text(x, y, sign, ha="center", va="center")
    for shape in shapes.values():
        axes.add_patch(shape).set(facecolor="white", edgecolor="black")
    for arrow in FLOW.split():
        start, end = arrow.split("-")
        draw_arrow(axes, shapes[start], shapes[end], "black")
        if start not in ("X", "y"):  # the data are not trained
            draw_arrow(axes, shapes[end], shapes[start], "C3")
    return figure


def draw_arrow(axes: Any, start: Any, end: Any, color: str) -> None:
    """From shape to shape, a little to the left of the line between their centres."""
    here, there = (complex(*shape.get_center()) for shape in (start, end))
    aside = 0.07j * (there - here) / abs(there - here)
    tail, tip = ((point.real, point.imag) for point in (here + aside, there + aside))
    style = {"arrowstyle": "-|>", "color": color, "shrinkA": 0, "shrinkB": 0, "patchA": start, "patchB": end}
    axes.annotate("", tip, tail, arrowprops=style)


def rounded(tensor: Tensor) -> str:
    """At most two decimals each, a line for each row of a matrix."""
    rows = torch.atleast_2d(tensor).tolist()
    return "\n".join("  ".join(f"{round(value, 2) + 0:g}" for value in row) for row in rows)  # + 0: no -0


def draw_errors(steps: Sequence[float], errors: Mapping[str, Sequence[float]]) -> Any:
    """The error of the gradient by differences over the step, a curve a precision."""
    figure, axes = d2l.plt.subplots(figsize=(6, 3.6), layout="constrained")
    d2l.plot(steps, list(errors.values()), "step ε", "largest relative difference", list(errors),
             xscale="log", yscale="log", axes=axes)  # fmt: skip
    return figure
