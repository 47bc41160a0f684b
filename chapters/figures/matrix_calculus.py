"""The figures of the chapter matrix_calculus."""

from collections.abc import Mapping

from matplotlib.figure import Figure
from torch import Tensor

import d2lcore as d2l


def draw_linearization(
    bent: Tensor, straight: Tensor, at: Tensor, sides: Tensor, steps: Tensor, errors: Tensor
) -> Figure:
    """Left: two grids, (2, points, lines) each, and the columns of `sides` as arrows. Right: errors."""
    figure, (left, right) = d2l.plt.subplots(1, 2, figsize=(8, 3.8), layout="constrained")
    for lines, style in ((bent, {"color": "C0"}), (straight, {"color": "C1", "linestyle": "--"})):
        left.plot(*lines, linewidth=0.9, **style)
    left.plot([], [], "C0", label="f(x + v)")
    left.plot([], [], "C1--", label="f(x) + J v")
    for side, color in zip(sides.T, ("C2", "C3"), strict=True):
        left.annotate("", (at + side).tolist(), at.tolist(),
                      arrowprops={"arrowstyle": "-|>", "color": color, "linewidth": 2.5})  # fmt: skip
    left.plot(*at, "ko")
    left.set(aspect="equal", title="green, red: the columns of J")
    left.legend(fontsize="small")
    d2l.plot(steps, [errors, errors[0] * (steps / steps[0]) ** 2], "length of v", "error of f(x) + J v",
             ["measured", "slope 2"], xscale="log", yscale="log", fmts=["o", "-"], axes=right)  # fmt: skip
    return figure


def draw_steepest(
    plane: Tensor, heights: Tensor, points: Tensor, arrows: Tensor, at: Tensor, gradient: Tensor,
    angles: Tensor, slopes: Tensor,
) -> Figure:  # fmt: skip
    """Left: contours of the heights, and gradients. Right: the slope at one point in each direction."""
    figure, (left, right) = d2l.plt.subplots(1, 2, figsize=(8, 3.6), layout="constrained")
    left.contourf(*plane, heights, levels=18, cmap="Greens", alpha=0.7)
    left.contour(*plane, heights, levels=18, colors="0.4", linewidths=0.5, linestyles="solid")
    left.quiver(*points.T, *arrows.T, angles="xy", width=0.004)
    left.quiver(*at, *gradient, angles="xy", scale_units="xy", scale=1.2, color="C3", width=0.015)
    left.plot(*at, "ko")
    d2l.set_axes(left, "$x_1$", "$x_2$")
    left.set_aspect("equal")
    left.grid(False)
    right.plot(angles.rad2deg(), slopes)
    right.axhline(0, color="0.6", linewidth=1)
    uphill = float(gradient[1].atan2(gradient[0]).rad2deg())
    for direction, color, name in ((0, "C3", "gradient"), (90, "0.5", "contour"), (180, "C0", "way down")):
        turned = (uphill + direction + 180) % 360 - 180
        right.axvline(turned, color=color, linestyle="--", label=name)
    d2l.set_axes(right, "direction of the step, degrees", "slope")
    right.legend(fontsize="small", loc="upper right")
    return figure


def draw_errors(errors: Mapping[str, float]) -> Figure:
    """A dot for each rule: how far it is from the differences."""
    figure, axes = d2l.plt.subplots(figsize=(7, 0.22 * len(errors) + 1), layout="constrained")
    places = range(len(errors))
    floor = 1e-17  # an error of 0 has no place on a logarithmic axis
    axes.plot([max(error, floor) for error in errors.values()], places, "o")
    d2l.set_axes(axes, "largest error of the differences (0 is drawn at 1e-17)", xscale="log")
    axes.set_xlim(floor / 3, 1e-6)
    axes.set_yticks(places, list(errors), fontsize="small")
    axes.invert_yaxis()
    return figure


def draw_matrices(matrices: Mapping[str, Tensor]) -> Figure:
    """A panel for each matrix: red entries are above 0, blue ones below, white ones are 0."""
    size = (1.5 * len(matrices), 1.9)
    figure, panels = d2l.plt.subplots(1, len(matrices), figsize=size, layout="constrained")
    limit = max(float(matrix.abs().max()) for matrix in matrices.values())
    for axes, (name, matrix) in zip(panels, matrices.items(), strict=True):
        axes.imshow(matrix.tolist(), cmap="RdBu_r", vmin=-limit, vmax=limit)
        axes.set(title=name, xticks=[], yticks=[])
    return figure
