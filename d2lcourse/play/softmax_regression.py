"""The player of softmax regression: points of three classes, probabilities over the plane, gradients."""

from collections.abc import Sequence
from typing import Any

import torch

import d2lcore as d2l
from chapters import softmax_regression as chapter
from d2lcore import accuracy

from .player import Choice, Knobs, Picture, Player, Points, Slider, State, View, put

CLASSES = {"blue": "#1f77b4", "orange": "#ff7f0e", "green": "#2ca02c"}
CENTRES = torch.tensor([[-1.2, -0.8], [1.2, -0.8], [0.0, 1.3]])
EACH = 10  # points of a class
EDGE, SIDE = 4.0, 41  # how far the plane goes, and the places on a side


def first(knobs: Knobs) -> State:
    y = torch.arange(len(CLASSES)).repeat_interleave(EACH)
    X = (CENTRES[y] + 0.9 * torch.randn(len(y), 2)).double()
    return {"X": X, "y": y, "net": dict(_net().state_dict()), "losses": []}


def _net(weights: dict[str, Any] | None = None) -> chapter.SoftmaxRegression:
    net = chapter.SoftmaxRegression(2, len(CLASSES)).double()
    if weights:
        net.load_state_dict(weights)
    return net


def advance(state: State, knobs: Knobs) -> State:
    """One step of SGD, on all points."""
    net, y = _net(state["net"]), state["y"]
    epoch = chapter.train_epoch(net, d2l.load_array((state["X"], y), len(y)), knobs["lr"])
    return {**state, "net": dict(net.state_dict()), "losses": [*state["losses"], epoch["train_loss"]][-400:]}


def dragged(state: State, knobs: Knobs, points: Points) -> State:
    if not points["x"]:
        return state  # the last ones stay
    X = torch.tensor([points["x"], points["y"]], dtype=torch.float64).T.contiguous()
    y = torch.tensor([list(CLASSES).index(name or knobs["new"]) for name in points["name"]])
    return {**state, "X": X, "y": y}


def look(state: State, knobs: Knobs) -> View:
    net, X, y = _net(state["net"]), state["X"], state["y"]
    places = torch.linspace(-EDGE, EDGE, SIDE, dtype=X.dtype)
    up, across = torch.meshgrid(places, places, indexing="ij")
    plane = torch.stack([across.flatten(), up.flatten()], dim=1)
    with torch.no_grad():  # of the scores alone: a function of the reader's may need gradients
        raw, far = net(X), net(plane) / knobs["temperature"]
    O = raw / knobs["temperature"]
    gradient = chapter.cross_entropy_gradient(O, y)
    return {
        "points": {"x": X[:, 0].tolist(), "y": X[:, 1].tolist(), "name": [list(CLASSES)[i] for i in y]},
        "plane": chapter.softmax(far).tolist(),
        "gradient": gradient[y.argsort(stable=True)].T.flatten().tolist(),
        "sizes": gradient.norm(dim=1).tolist(),
        "losses": [*state["losses"], float(chapter.cross_entropy(raw, y).mean())],
        "step": state["step"],
        "numbers": {
            "mean loss": float(chapter.cross_entropy(O, y).mean()),
            "accuracy": float(accuracy(O, y)) / len(y),
            "largest gradient": float(gradient.norm(dim=1).max()),
        },
    }


def pictures() -> Sequence[Picture]:
    import numpy as np
    from bokeh.models import ColorBar, ColumnDataSource, LinearColorMapper
    from bokeh.plotting import figure
    from bokeh.transform import factor_cmap

    size: dict[str, Any] = {"width": 350, "height": 300, "toolbar_location": None, "tools": ""}
    colors, names, ends = list(CLASSES.values()), list(CLASSES), (-EDGE, EDGE)
    mixed = np.array([[int(color[i : i + 2], 16) for i in (1, 3, 5)] for color in colors])  # red, green, blue

    plane = figure(
        title="probabilities: drag a point, click to add one", x_axis_label="x1", y_axis_label="x2",
        x_range=ends, y_range=ends, **size,
    )  # fmt: skip
    image = ColumnDataSource({"image": [np.zeros((SIDE, SIDE), np.uint32)]})
    half = EDGE / (SIDE - 1)  # a place is the middle of its square
    plane.image_rgba("image", x=-EDGE - half, y=-EDGE - half, dw=2 * (EDGE + half), dh=2 * (EDGE + half),
                     alpha=0.5, source=image)  # fmt: skip
    rings = ColumnDataSource({"x": [], "y": [], "size": []})
    plane.scatter("x", "y", size="size", fill_color=None, line_color="black", source=rings)
    points = ColumnDataSource({"x": [], "y": [], "name": []})
    fill = factor_cmap("name", colors, names)
    dots = plane.scatter("x", "y", size=10, fill_color=fill, line_color="white", source=points)

    table = figure(
        title="gradient of each point", x_axis_label="points, class by class",
        y_axis_label="score of the class", y_range=names, **size,
    )  # fmt: skip
    cells = ColumnDataSource({"x": [], "class": [], "value": []})
    diverging = LinearColorMapper(palette="RdBu11", low=-1, high=1)
    table.rect("x", "class", 1, 0.95, source=cells, line_color=None,
               fill_color={"field": "value", "transform": diverging})  # fmt: skip
    table.add_layout(ColorBar(color_mapper=diverging, width=8, padding=2), "right")

    curve = figure(title="mean loss at temperature 1", x_axis_label="step", y_axis_label="loss", **size)
    losses = ColumnDataSource({"x": [], "y": []})
    curve.line("x", "y", source=losses)

    def show_plane(view: View) -> None:
        rgba = np.full((SIDE * SIDE, 4), 255, np.uint8)
        rgba[:, :3] = np.nan_to_num(view["plane"]) @ mixed
        image.data = {"image": [rgba.view(np.uint32).reshape(SIDE, SIDE)]}
        put(points, view["points"])
        xy = {name: view["points"][name] for name in "xy"}
        rings.data = {**xy, "size": [11 + 14 * length for length in view["sizes"]]}

    def show_table(view: View) -> None:
        count = len(view["points"]["x"])
        rows = [name for name in names for _ in range(count)]
        cells.data = {"x": [*range(1, count + 1)] * len(names), "class": rows, "value": view["gradient"]}

    def show_curve(view: View) -> None:
        steps = range(view["step"] + 1 - len(view["losses"]), view["step"] + 1)
        losses.data = {"x": list(steps), "y": view["losses"]}

    return [Picture(plane, show_plane, dots), Picture(table, show_table), Picture(curve, show_curve)]


PLAYER = Player(
    chapter="softmax_regression",
    suggestion="Press Start, then drag a point into another class: its ring, the gradient, grows.",
    knobs={
        "lr": Slider("learning rate", 0.05, 5.0, 0.05, 0.5),
        "temperature": Slider("temperature: scores are divided by it", 0.1, 5.0, 0.1, 1.0),
        "new": Choice("class of a new point", list(CLASSES), "blue", new=False),
    },
    first=first,
    advance=advance,
    look=look,
    pictures=pictures,
    functions=("softmax", "cross_entropy", "cross_entropy_gradient", "one_hot"),
    dragged=dragged,
    adds=True,
)
