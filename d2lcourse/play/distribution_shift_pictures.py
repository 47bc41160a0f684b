"""The pictures of distribution_shift: the samples, the weights, the estimates and a diagnosis."""

import html
from collections.abc import Sequence

from .player import Picture, View

BLUE, ORANGE, GREY = "#1f77b4", "darkorange", "#999999"
ESTIMATES = ("mean over the source", "weighted mean", "truth on the target")
TITLES = {
    "covariate": "source (blue), target; fit, weighted (black)",
    "label": "share of each class: source (blue), target",
    "concept": "share of each class that is recognised",
}


def pictures() -> Sequence[Picture]:
    return [_samples(), _weights(), _estimates()]


def _samples() -> Picture:
    from bokeh.models import ColumnDataSource
    from bokeh.plotting import figure

    plot = figure(title=" ", width=360, height=300, toolbar_location=None)
    clouds = {name: ColumnDataSource({"x": [], "y": []}) for name in ("_target", "")}
    lines = {color: ColumnDataSource({"x": [], "y": []}) for color in (GREY, "black")}
    bars = ColumnDataSource({"left": [], "right": [], "top": [], "color": []})
    for source, color in zip(clouds.values(), (ORANGE, BLUE), strict=True):
        plot.scatter("x", "y", source=source, color=color, size=4, alpha=0.5)
    for color, source in lines.items():
        plot.line("x", "y", source=source, color=color, line_width=2)
    plot.quad("left", "right", "top", 0, source=bars, color="color")

    def show(view: View) -> None:
        covariate = view["kind"] == "covariate"
        plot.title.text = TITLES[view["kind"]]
        plot.xaxis.axis_label, plot.yaxis.axis_label = ("x", "y") if covariate else ("class", "share")
        xs, ys = view.get("lines", ([], [[], []]))
        for name, source in clouds.items():
            source.data = dict(zip("xy", view["points"][name] if covariate else ([], []), strict=True))
        for source, y in zip(lines.values(), ys, strict=True):
            source.data = {"x": xs, "y": y}
        rows = view.get("bars", ([], []))
        left = [c + shift for shift, row in zip((-0.4, 0.0), rows, strict=True) for c in range(len(row))]
        colors = [color for color, row in zip((BLUE, ORANGE), rows, strict=True) for _ in row]
        bars.data = {"left": left, "right": [x + 0.4 for x in left], "top": [*rows[0], *rows[1]],
                     "color": colors}  # fmt: skip

    return Picture(plot, show)


def _weights() -> Picture:
    from bokeh.models import ColumnDataSource
    from bokeh.plotting import figure

    plot = figure(
        title="weights of the source: true (grey), estimated", width=330, height=300, toolbar_location=None,
        y_axis_label="weight",
    )  # fmt: skip
    clouds = [ColumnDataSource({"x": [], "y": []}) for _ in range(2)]
    for source, color, size in zip(clouds, (GREY, BLUE), (9, 5), strict=True):
        plot.scatter("x", "y", source=source, color=color, size=size)

    def show(view: View) -> None:
        plot.xaxis.axis_label = "x" if view["kind"] == "covariate" else "class"
        for source, weights in zip(clouds, view["weights"], strict=True):
            source.data = {"x": view["at"], "y": weights}

    return Picture(plot, show)


def _estimates() -> Picture:
    from bokeh.layouts import column
    from bokeh.models import ColumnDataSource, Div
    from bokeh.plotting import figure

    bars = ColumnDataSource({"name": ESTIMATES, "right": [0.0] * 3, "color": [GREY, BLUE, ORANGE]})
    plot = figure(
        title="estimate against truth", width=360, height=160, toolbar_location=None, y_range=ESTIMATES[::-1],
    )  # fmt: skip
    plot.hbar("name", right="right", height=0.7, color="color", source=bars)
    plot.x_range.start = 0
    said = Div(name="diagnosis", width=360, text="")

    def show(view: View) -> None:
        loss = "squared error" if view["kind"] == "covariate" else "share of errors"
        plot.xaxis.axis_label = f"{loss} of the model of the source"
        bars.data = {**bars.data, "right": view["estimates"]}
        rows = (f"<li{' style=color:#b00' if one in view['concerns'] else ''}>{html.escape(one)}</li>"
                for one in view["sentences"])  # fmt: skip
        said.text = f"<b>Diagnosis</b><ul style='margin:0;padding-left:18px'>{''.join(rows)}</ul>"

    return Picture(column(plot, said), show)
