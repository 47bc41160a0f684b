"""Words and arrows on the figures of the optimization pages."""

from collections.abc import Sequence
from typing import Any

from ..errors import blaming, brief
from ..plotting import plt


def annotate(text: str, xy: Sequence[Any], xytext: Sequence[Any]) -> None:
    """Write `text` at the point `xytext` of the current axes, with an arrow to the point `xy` (book 11.1).

    xy, xytext: pairs of numbers, in the units of the axes. Raises TypeError or ValueError for anything else.
    """
    if not isinstance(text, str):
        raise TypeError(f"text: expected a text, got {brief(text)}")
    points = []
    for name, point in {"xy": xy, "xytext": xytext}.items():
        with blaming(name, point):
            x, y = point
            points.append((float(x), float(y)))
    plt.gca().annotate(text, xy=points[0], xytext=points[1], arrowprops={"arrowstyle": "->"})
