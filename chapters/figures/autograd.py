"""The figures of the chapter autograd."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from torch import Tensor

import d2lcore as d2l


def draw_graph(
    names: Sequence[str],
    values: Sequence[Tensor],
    gradients: Sequence[Tensor],
    edges: Sequence[tuple[int, int]],
) -> Figure:
    """Boxes from left to right, each right of its operands, with the value and, in red, the gradient."""
    columns = [0] * len(names)
    for operand, result in edges:  # in the order of the results
        columns[result] = max(columns[result], columns[operand] + 1)
    places = [(column, -columns[:i].count(column)) for i, column in enumerate(columns)]
    height = 1 + max(columns.count(column) for column in columns)
    figure, axes = d2l.plt.subplots(figsize=(1.6 * (max(columns) + 1), 1.1 * height), layout="constrained")
    axes.set(xlim=(-0.5, max(columns) + 0.5), ylim=(1.4 - height, 0.6))
    axes.axis("off")
    for (x, y), name, value, gradient in zip(places, names, values, gradients, strict=True):
        axes.add_patch(
            d2l.plt.Rectangle((x - 0.33, y - 0.38), 0.66, 0.76, facecolor="white", edgecolor="black")
        )
        axes.text(x, y + 0.2, name, ha="center", va="center", weight="bold")
        axes.text(x, y, written(value), ha="center", va="center", fontsize=9)
        axes.text(x, y - 0.2, written(gradient), ha="center", va="center", fontsize=9, color="C3")
    for operand, result in edges:
        (x, y), (to_x, to_y) = places[operand], places[result]
        axes.annotate("", (to_x - 0.33, to_y), (x + 0.33, y), arrowprops={"arrowstyle": "-|>"})
    return figure


def written(tensor: Tensor) -> str:
    """The numbers of a tensor, with at most two decimals."""
    return "  ".join(f"{round(number, 2):g}" for number in tensor.flatten().tolist())


def draw_gradients(x: Tensor, gradients: Mapping[str, Tensor]) -> Figure:
    """The gradient of each function, entry by entry, over x."""
    figure, axes = d2l.plt.subplots(figsize=(5, 3.2), layout="constrained")
    d2l.plot(
        x, list(gradients.values()), "x", "gradient", list(gradients), fmts=["o-", "ms--", "g^-."], axes=axes
    )
    axes.set_xticks(x.tolist())
    return figure
