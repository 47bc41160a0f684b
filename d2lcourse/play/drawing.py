"""What several players draw: curves that grow, and numbers over the plane as colours."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .player import Picture, View

COLOURS = ("#1f77b4", "#d95f02", "#4d9221", "#8e44ad", "#b8860b", "#e7298a")


def empty(title: str, x: str = "", y: str = "", width: int = 340, reach: float = 0, **options: Any) -> Any:
    """A figure of the players' size, without tools; options: of Bokeh's `figure`.

    reach: if given, the figure is square and shows -reach to reach on both axes.
    """
    from bokeh.plotting import figure

    if reach:
        options |= {"x_range": (-reach, reach), "y_range": (-reach, reach)}
        width = 310
    return figure(
        title=title, width=width, height=300, toolbar_location=None, x_axis_label=x, y_axis_label=y,
        frame_align=False, **options,
    )  # fmt: skip


def legend_below(picture: Any) -> None:
    """Move the legend out of the data's way."""
    legend = picture.legend[0]
    legend.orientation, legend.location, legend.label_text_font_size = "horizontal", "center", "11px"
    legend.margin, legend.padding, legend.ncols = 2, 2, 3
    picture.add_layout(legend, "below")


def curves(
    title: str, names: Sequence[str], x: str, y: str, points: Callable[[View], tuple[Any, Any]],
    colours: Sequence[str] = COLOURS, **options: Any,
) -> Picture:  # fmt: skip
    """A curve for each name; points: from the view, the xs and the ys of each."""
    from bokeh.models import ColumnDataSource

    drawn = empty(title, x, y, **options)
    sources = [ColumnDataSource({"x": [], "y": []}) for _ in names]
    for name, source, colour in zip(names, sources, colours, strict=False):
        drawn.line("x", "y", source=source, color=colour, line_width=2, legend_label=name)
    if len(names) > 1:
        legend_below(drawn)
    else:
        drawn.legend.visible = False

    def show(view: View) -> None:
        for source, one_x, one_y in zip(sources, *points(view), strict=True):
            source.data = {"x": np.asarray(one_x, float), "y": np.asarray(one_y, float)}  # not as text

    return Picture(drawn, show)


def coloured(picture: Any, palette: Sequence[str], low: float, high: float) -> Callable[[Any, float], None]:
    """What colours the square from -reach to reach: takes the numbers, row by row from below, and reach."""
    from bokeh.models import ColumnDataSource, LinearColorMapper

    colours = LinearColorMapper(palette=palette, low=low, high=high, nan_color="#eeeeee")
    source = ColumnDataSource({"image": [], "low": [], "side": []})
    picture.image("image", "low", "low", "side", "side", source=source, color_mapper=colours)

    drawn: list[Any] = [None]

    def fill(values: Any, reach: float) -> None:
        if values == drawn[0]:
            return
        drawn[0] = values
        array = np.asarray(values, np.float32)
        side = round(array.size**0.5)
        source.data = {"image": [array.reshape(side, side)], "low": [-reach], "side": [2 * reach]}

    return fill


def tiles(title: str, columns: int = 4) -> tuple[Any, Callable[[Any], None]]:
    """A figure of small square images, and what fills it: a list of layers, each a list of images.

    Each image is coloured from its own least number, dark, to its largest, bright.
    """
    from bokeh.models import ColumnDataSource

    drawn = empty(title, width=280, x_range=(0, columns), y_range=(-columns, 0))
    drawn.axis.visible = drawn.grid.visible = False
    source = ColumnDataSource({"image": [], "x": [], "y": []})
    drawn.image("image", "x", "y", 0.94, 0.94, source=source, palette="Viridis256")
    names = ColumnDataSource({"x": [], "y": [], "text": []})
    drawn.text("x", "y", "text", source=names, text_font_size="11px", text_baseline="bottom")

    def fill(layers: Any) -> None:
        images, xs, ys, heads, down = [], [], [], [], 0.0
        for layer in layers:
            heads.append(-down - 0.32)
            down += 0.35
            for i, image in enumerate(layer):
                xs.append(i % columns)
                ys.append(-down - i // columns - 0.97)
                images.append(_from_0_to_1(np.asarray(image, np.float32)))
            down += -(-len(layer) // columns)
        side = max(down, columns)
        drawn.x_range.end, drawn.y_range.start = side, -side
        source.data = {"image": images, "x": xs, "y": ys}
        texts = [f"layer {i}" for i in range(1, len(heads) + 1)]
        names.data = {"x": [0.03] * len(heads), "y": heads, "text": texts}

    return drawn, fill


def _from_0_to_1(image: np.ndarray) -> np.ndarray:
    low, high = float(image.min()), float(image.max())
    return (image - low) / (high - low) if high > low else np.zeros_like(image)
