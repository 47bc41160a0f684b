"""The figures of the chapter mlp."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from torch import Tensor

import d2lcore as d2l


def draw_approximation(
    x: Tensor,
    y: Tensor,
    curves: Mapping[str, Sequence[Tensor]],
    widths: Sequence[int],
    errors: Mapping[str, Sequence[float]],
) -> Figure:
    """Left: the curve y, and those of the narrowest networks of each kind. Right: errors over the width."""
    figure, (left, right) = d2l.plt.subplots(1, 2, figsize=(8, 3.2), layout="constrained")
    left.plot(x, y, color="0.6", linewidth=4, label="sin(x)")
    left.plot(x, curves["by hand"][0], "-", label=f"by hand, {widths[0]} units")
    left.plot(x, curves["trained"][0], "m--", label=f"trained, {widths[0]} units")
    d2l.set_axes(left, "x", "output")
    left.legend(fontsize="small")
    d2l.plot(widths, list(errors.values()), "hidden units", "largest error", list(errors),
             xscale="log", yscale="log", fmts=("o-", "ms--"), axes=right)  # fmt: skip
    right.set_xticks(widths, [str(width) for width in widths])
    right.set_xticks([], minor=True)
    return figure
