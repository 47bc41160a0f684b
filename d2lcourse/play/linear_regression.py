"""The player of linear regression: points to drag, and how SGD finds the line, on the surface of the loss."""

from collections.abc import Sequence
from typing import Any

import torch

import d2lcore as d2l
from chapters.least_squares import least_squares
from chapters.linear_regression import TRUE_B, TRUE_W, synthetic_data
from d2lcore import linreg, sgd, squared_loss  # under these names the reader's; as d2l.linreg always ours

from .player import Knobs, Picture, Player, Points, Slider, State, View, put

NUM_EXAMPLES, ENDS = 30, [-3.0, 3.0]  # and one more example, which asks to be dragged; ends of the lines
SIDE = 41  # places on a side of the surface
W, B = (torch.linspace(*ends, SIDE, dtype=torch.float64) for ends in ((-1.5, 5.5), (-1.0, 8.0)))
KEPT, LEVELS = 400, [0.0, *(0.1 * 1.7**i for i in range(13)), 1e9]  # steps of the path; of the loss


def first(knobs: Knobs) -> State:
    X, y = synthetic_data(TRUE_W[:1], TRUE_B, NUM_EXAMPLES, knobs["noise"])
    X = torch.cat([X, torch.tensor([[2.5]])])
    y = torch.cat([y, d2l.linreg(X[-1:], TRUE_W[:1], TRUE_B)])
    params = [torch.zeros(1, 1, dtype=torch.float64), torch.zeros(1, dtype=torch.float64)]  # w and b
    return {"X": X.double(), "y": y.double(), "params": params, "grads": params, "path": [[0.0, 0.0]]}


def advance(state: State, knobs: Knobs) -> State:
    """One step of SGD, on a batch that is drawn at random."""
    w, b = (param.clone().requires_grad_() for param in state["params"])
    w.grad, b.grad = (grad if grad is None else grad.clone() for grad in state["grads"])
    rows = torch.randperm(len(state["X"]))[: int(knobs["batch_size"])]
    squared_loss(linreg(state["X"][rows], w, b), state["y"][rows]).sum().backward()
    sgd([w, b], knobs["lr"], len(rows))
    path = [*state["path"], [float(w.detach()), float(b.detach())]][-KEPT:]
    return {**state, "params": [w.detach(), b.detach()], "grads": [w.grad, b.grad], "path": path}


def dragged(state: State, knobs: Knobs, points: Points) -> State:
    if len(points["x"]) != len(state["X"]):
        return state  # none is deleted
    X, y = (torch.tensor(points[name], dtype=torch.float64)[:, None] for name in "xy")
    return {**state, "X": X, "y": y}


def look(state: State, knobs: Knobs) -> View:
    X, y, (w, b) = state["X"], state["y"], state["params"]
    best = least_squares(X, y)
    ws, bs = torch.tensor(state["path"], dtype=torch.float64).T
    ends = torch.tensor(ENDS, dtype=torch.float64)[:, None]
    lowest = float(d2l.squared_loss(d2l.linreg(X, *best), y).mean())
    return {
        "points": {"x": X.flatten().tolist(), "y": y.flatten().tolist()},
        "lines": [one.flatten().tolist() for one in (d2l.linreg(ends, *best), linreg(ends, w, b))],
        "surface": surface(X, y),
        "path": {"x": ws.tolist(), "y": bs.tolist()}, "step": state["step"],
        "best": [float(param) for param in best],
        "losses": mean_losses(X, y, ws, bs), "lowest": lowest,
        "numbers": {
            "w": float(w), "b": float(b), "mean loss": float(squared_loss(linreg(X, w, b), y).mean()),
            "closed form: w": float(best[0]), "closed form: b": float(best[1]), "lowest mean loss": lowest,
        },
    }  # fmt: skip


def mean_losses(X: torch.Tensor, y: torch.Tensor, w: torch.Tensor, b: torch.Tensor) -> list[float]:
    """The mean loss of every line; w and b: (lines,). Never with the reader's functions."""
    y_hat = d2l.linreg(X, w.reshape(1, -1), b)
    return d2l.squared_loss(y_hat, y.expand_as(y_hat)).mean(dim=0).tolist()


def surface(X: torch.Tensor, y: torch.Tensor) -> list[list[float]]:
    """The mean loss at each w (across) and b (upwards)."""
    b, w = torch.meshgrid(B, W, indexing="ij")
    losses = mean_losses(X, y, w.flatten(), b.flatten())
    return [losses[i : i + SIDE] for i in range(0, len(losses), SIDE)]


def pictures() -> Sequence[Picture]:
    from bokeh.models import ColumnDataSource, Range1d, Span
    from bokeh.palettes import Blues256, linear_palette
    from bokeh.plotting import figure
    from bokeh.plotting.contour import contour_data

    size: dict[str, Any] = {"width": 350, "height": 300, "toolbar_location": None, "tools": ""}
    fit = figure(title="drag the points", x_axis_label="x", y_axis_label="y", **size)
    fit.x_range, fit.y_range = Range1d(*ENDS), Range1d(-6, 14)
    points = ColumnDataSource({"x": [], "y": [], "color": []})
    dots = fit.scatter("x", "y", size=11, color="color", line_color="white", source=points)
    lines = ColumnDataSource({"xs": [ENDS, ENDS], "ys": [ENDS, ENDS], "color": ["#2ca02c", "#d62728"],
                              "dash": ["dashed", "solid"], "name": ["closed form", "SGD"]})  # fmt: skip
    named = {"legend_field": "name", "source": lines}
    fit.multi_line("xs", "ys", color="color", line_dash="dash", line_width=2, **named)
    fit.legend.location = "top_left"  # where no point of the rule is
    places = W.tolist(), B.tolist()
    valley = figure(title="mean loss of each line", x_axis_label="w", y_axis_label="b", **size)
    valley.x_range, valley.y_range = (Range1d(place[0], place[-1]) for place in places)
    blues = linear_palette(Blues256, len(LEVELS) - 1)
    levels = valley.contour(*places, [[0.0] * SIDE] * SIDE, LEVELS, fill_color=blues, line_color="white")
    trail = ColumnDataSource({"x": [], "y": []})
    valley.line("x", "y", color="#d62728", source=trail)
    here = ColumnDataSource({"x": [0.0, 0.0], "y": [0.0, 0.0], "marker": ["circle", "x"],
                             "color": ["#d62728", "#2ca02c"]})  # fmt: skip
    valley.scatter("x", "y", marker="marker", color="color", line_width=3, size=9, source=here)

    size["y_axis_type"] = "log"
    curve = figure(title="mean loss along the path", x_axis_label="step", y_axis_label="loss", **size)
    losses = ColumnDataSource({"x": [], "y": []})
    curve.line("x", "y", color="#d62728", source=losses)
    floor = Span(dimension="width", line_color="#2ca02c", line_dash="dashed", line_width=2)
    curve.add_layout(floor)

    def show_fit(view: View) -> None:
        put(points, {**view["points"], "color": ["#1f77b4"] * NUM_EXAMPLES + ["darkorange"]})
        put(lines, {**lines.data, "ys": view["lines"]})

    seen: dict[str, object] = {}  # sent

    def show_valley(view: View) -> None:
        if view["surface"] != seen.get("surface"):
            seen["surface"] = view["surface"]
            levels.set_data(contour_data(*places, view["surface"], LEVELS))
        trail.data = view["path"]
        x, y = ([path[-1], best] for path, best in zip(view["path"].values(), view["best"], strict=True))
        here.data = {**here.data, "x": x, "y": y}

    def show_curve(view: View) -> None:
        steps = range(view["step"] + 1 - len(view["losses"]), view["step"] + 1)
        losses.data = {"x": list(steps), "y": view["losses"]}
        floor.location = view["lowest"]

    return [Picture(fit, show_fit, dots), Picture(valley, show_valley), Picture(curve, show_curve)]


PLAYER = Player(
    chapter="linear_regression",
    suggestion="Press Start, then drag the orange point far down: one point of 31 can turn the line.",
    knobs={
        "noise": Slider("noise in y", 0.0, 3.0, 0.1, 0.5, new=True),
        "lr": Slider("learning rate", 0.01, 1.5, 0.01, 0.1),
        "batch_size": Slider("batch size", 1, NUM_EXAMPLES + 1, 1, 4),
    },
    first=first,
    advance=advance,
    look=look,
    pictures=pictures,
    functions=("linreg", "squared_loss", "sgd"),
    dragged=dragged,
)
