"""Words and arrows on the figures of the optimization pages."""

from collections.abc import Sequence

from ..errors import blaming, brief
from ..plotting import plt


def annotate(text: str, xy: Sequence[float], xytext: Sequence[float]) -> None:
    """Write `text` at the point `xytext` of the current axes, with an arrow to the point `xy` (book 11.1).

    Raises TypeError or ValueError for what is no text, and for a point that is no pair of numbers.
    """
    if not isinstance(text, str):
        raise TypeError(f"text: expected a text, got {brief(text)}")
    points = []
    for name, point in {"xy": xy, "xytext": xytext}.items():
        with blaming(name, point):
            x, y = point
            points.append((float(x), float(y)))
    plt.gca().annotate(text, xy=points[0], xytext=points[1], arrowprops={"arrowstyle": "->"})
