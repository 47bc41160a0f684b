"""The figures of the chapter vc_dimension."""

from collections.abc import Sequence

from matplotlib.figure import Figure
from torch import Tensor

import d2lcore as d2l
from chapters.figures.perceptron import Line, draw_examples, draw_line


def draw_labellings(X: Tensor, labellings: Tensor, lines: Sequence[Line | None]) -> Figure:
    """A panel for each labelling of the points X, with a line that separates it, if there is one."""
    num_rows, num_cols = len(labellings) // 4, 4
    size = (1.6 * num_cols, 1.7 * num_rows)
    figure, grid = d2l.plt.subplots(num_rows, num_cols, figsize=size, layout="constrained")
    for place, y, line in zip(grid.flat, labellings, lines, strict=True):
        draw_examples(place, X, y, s=50)
        if line is not None:
            draw_line(place, *line, color="k")
        place.set(xlim=(-0.4, 1.4), ylim=(-0.4, 1.4), xticks=[], yticks=[], xlabel="", ylabel="")
        place.set_title("separable" if line is not None else "no line", fontsize="small")
        place.set_facecolor("white" if line is not None else "mistyrose")
    return figure
