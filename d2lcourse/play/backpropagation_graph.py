"""The computational graph of the chapter backpropagation, as a picture whose numbers change."""

import math
from typing import Any

from chapters.figures.backpropagation import FLOW, OPERATORS, VARIABLES

from .player import Picture, View

SIGNS = {"times": "×", "phi": "φ", "times2": "×", "loss": "l", "norms": "λ/2 ‖·‖²", "plus": "+"}
PLACES = {  # those of the chapter's picture, upright
    **{name: (y, -x) for name, (x, y) in VARIABLES.items()},
    **{name: (y, -x) for name, (x, y, _) in OPERATORS.items()},
}
UNIT = 80, 58  # pixels of a unit of these places
RED = "#c00000"


def _arrow(plot: Any, start: str, end: str, color: str) -> None:
    """A line between two places, a little to its right, with a head where the boxes leave it free."""
    (x, y), (x_end, y_end) = PLACES[start], PLACES[end]
    dx, dy = (x_end - x) * UNIT[0], (y_end - y) * UNIT[1]
    length = math.hypot(dx, dy)
    aside = 5 * dy / length / UNIT[0], -5 * dx / length / UNIT[1]
    plot.segment(x + aside[0], y + aside[1], x_end + aside[0], y_end + aside[1], color=color)
    part = 0.68 if start in VARIABLES else 0.42
    plot.scatter(
        [x + aside[0] + part * (x_end - x)], [y + aside[1] + part * (y_end - y)], color=color, size=8,
        marker="triangle", angle=math.atan2(dy, dx) - math.pi / 2,
    )  # fmt: skip


def graph() -> Picture:
    from bokeh.models import ColumnDataSource
    from bokeh.plotting import figure

    plot = figure(
        title="values (black) down, gradients (red) up", width=360, height=620, toolbar_location=None,
        x_range=(-0.35, 4.2), y_range=(-10, 0), tools="",
    )  # fmt: skip
    plot.axis.visible = plot.grid.visible = False
    for start, end in (arrow.split("-") for arrow in FLOW.split()):
        _arrow(plot, start, end, "black")
        if start not in ("X", "y"):  # the data are not trained
            _arrow(plot, end, start, RED)
    for name, sign in SIGNS.items():
        x, y = PLACES[name]
        plot.ellipse([x], [y], 0.36 if len(sign) == 1 else 1, 0.5, fill_color="white", line_color="black")
        plot.text([x], [y], [sign], text_align="center", text_baseline="middle", text_font_size="13px")
    names = list(VARIABLES)
    xs, ys = zip(*(PLACES[name] for name in names), strict=True)
    heights = [1.35 if name[0] == "W" else 0.95 for name in names]
    boxes = ColumnDataSource({"x": xs, "y": ys, "height": heights,
                              **{column: [""] * 10 for column in ("value", "gradient", "fill")}})  # fmt: skip
    plot.rect("x", "y", 1.08, "height", source=boxes, fill_color="fill", line_color="black")
    style = {"text_align": "center", "text_font_size": "12px", "source": boxes}
    plot.text("x", "y", "value", text_baseline="bottom", y_offset=-1, **style)
    plot.text("x", "y", "gradient", text_baseline="top", y_offset=4, text_color=RED, **style)
    corners = [x - 0.57 for x in xs], [y + height / 2 for y, height in zip(ys, heights, strict=True)]
    plot.text(*corners, names, text_align="right", text_baseline="top", text_font_style="bold",
              text_font_size="12px")  # fmt: skip

    def show(view: View) -> None:
        """What has changed since the last view is marked; at first nothing has."""
        new = {"value": [view["values"][name] for name in names],
               "gradient": [view["gradients"].get(name, "") for name in names]}  # fmt: skip
        same = [[a == b for a, b in zip(boxes.data[key], new[key], strict=True)] for key in new]
        first = not any(boxes.data["value"])
        fill = ["white" if first or both else "#fff1b8" for both in map(all, zip(*same, strict=True))]
        boxes.data = {**boxes.data, **new, "fill": fill}

    return Picture(plot, show)
