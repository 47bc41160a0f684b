"""Figures of the chapter linear_algebra."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from torch import Tensor

import d2lcore as d2l

ANGLES = np.linspace(0, 2 * np.pi, 241)
CIRCLE = np.stack([np.cos(ANGLES), np.sin(ANGLES)])  # (2, 241)


def draw_norms(dimensions: Sequence[int], ratios: Sequence[Tensor]) -> Figure:
    """Left: where each norm is 1. Right: L1 over L2 of random vectors, between its two bounds."""
    figure, (left, right) = d2l.plt.subplots(1, 2, figsize=(8, 3.6), layout="constrained")
    left.plot(*CIRCLE, label="L2 norm = 1")
    left.plot([1, 0, -1, 0, 1], [0, 1, 0, -1, 0], "m--", label="L1 norm = 1")
    d2l.set_axes(left, "x1", "x2", (-1.7, 1.7), (-1.7, 1.7))
    left.set_aspect("equal")
    left.legend(fontsize="small", loc="upper right")
    for size, ratio in zip(dimensions, ratios, strict=True):
        right.plot([size] * len(ratio), ratio, "o", color="C0", alpha=0.1, markersize=4)
    n = np.array(dimensions, float)
    right.plot(n, np.sqrt(n), "k-", label="bounds: 1 and sqrt(n)")
    right.plot(n, np.ones_like(n), "k-")
    right.plot(n, np.sqrt(2 * n / np.pi), "r:", label="0.8 sqrt(n)")
    d2l.set_axes(right, "elements n", "L1 norm / L2 norm", xscale="log", yscale="log")
    right.legend(fontsize="small")
    return figure


def draw_special(matrices: Mapping[str, Tensor], held: Mapping[str, list[str]]) -> Figure:
    """A panel for each 2 x 2 matrix: the circle, what becomes of it, and of the two axes on it."""
    figure, places = d2l.plt.subplots(1, len(matrices), figsize=(10, 3), layout="constrained")
    for axes, (name, A) in zip(places, matrices.items(), strict=True):
        axes.plot(*CIRCLE, color="0.7")
        axes.plot(*(A.numpy() @ CIRCLE), color="C0")
        for column, color in zip(A.T.tolist(), ("C1", "C2"), strict=True):  # of (1, 0) and (0, 1)
            axes.annotate("", column, (0, 0), arrowprops={"color": color, "arrowstyle": "->", "lw": 2})
        axes.set(xlim=(-2.3, 2.3), ylim=(-2.3, 2.3), aspect="equal", xticks=[-2, 0, 2], yticks=[-2, 0, 2])
        axes.grid(True, alpha=0.4)
        axes.set_title(name)
        axes.set_xlabel("\n".join(held[name]) or "none of the properties", fontsize="small")
    return figure


def draw_power(
    A: Tensor, path: Sequence[Tensor], apart: Sequence[float], off: Sequence[float], eigenvalues: list[float]
) -> Figure:
    """Left: the first iterates x on the circle, and the image of the circle. Right: the errors by step."""
    figure, (left, right) = d2l.plt.subplots(1, 2, figsize=(9, 3.8), layout="constrained")
    left.plot(*CIRCLE, color="0.7", label="vectors of length 1")
    left.plot(*(A.numpy() @ CIRCLE), color="C0", label="A times them")
    for k, x in enumerate(path[:5]):
        shade = 0.25 + 0.75 * k / 4
        left.annotate("", x.tolist(), (0, 0), arrowprops={"color": "C3", "alpha": shade, "arrowstyle": "->"})
    d2l.set_axes(left, "x1", "x2")
    left.set(aspect="equal", title="the first five steps")
    left.legend(fontsize="small", loc="lower right")
    steps = np.arange(1, len(apart) + 1)
    rate = abs(eigenvalues[0] / eigenvalues[1])
    d2l.plot(steps, [apart, apart[0] * rate ** (steps - 1.0), off, off[0] * rate ** (2 * (steps - 1.0))],
             "step", "error", ["eigenvector", "(1/3)^k", "eigenvalue", "(1/9)^k"],
             yscale="log", ylim=(1e-17, 10), fmts=["o", "-", "s", "--"], axes=right)  # fmt: skip
    return figure
