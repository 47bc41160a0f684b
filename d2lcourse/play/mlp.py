"""The player of the multilayer perceptron: the surface that it learns, and what each hidden unit does."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

import d2lcore as d2l
from chapters import minibatch_and_momentum, mlp, softmax_regression

from .drawing import COLOURS, coloured, curves, empty, tiles
from .planar import DATA, REACH, plane, points
from .player import Choice, Knobs, Picture, Player, Slider, State, View

SIDE = 40  # points of the plane on each axis; a unit's small picture has every second one
STEPS = 2  # of SGD between two pictures
KNOWN = 100  # of 200 points are trained on
PHIS: dict[str, Callable[[Tensor], Tensor]] = {  # looked up when they are called: the reader's may be there
    "ReLU": lambda X: mlp.relu(X),
    "pReLU": lambda X: mlp.prelu(X, 0.25),
    "sigmoid": lambda X: mlp.sigmoid(X),
    "tanh": lambda X: mlp.tanh(X),
}


def layers(params: Sequence[Tensor], X: Tensor, activation: str) -> list[Tensor]:
    """The values of each hidden layer for the rows of X, and the scores."""
    Hs = [X]
    for W, b in zip(params[:-2:2], params[1:-2:2], strict=True):
        Hs.append(PHIS[activation](d2l.linreg(Hs[-1], W, b)))
    return [*Hs[1:], d2l.linreg(Hs[-1], *params[-2:])]


def first(knobs: Knobs) -> State:
    widths = [2, *[int(knobs["width"])] * int(knobs["depth"]), 2]
    params: list[Tensor] = []
    for n_in, n_out in pairwise(widths):
        layer = nn.Linear(n_in, n_out)  # for its first weights
        params += [layer.weight.detach().T.contiguous(), layer.bias.detach()]
    return {"params": params, "velocities": [torch.zeros_like(param) for param in params], "losses": [[], []]}


def advance(state: State, knobs: Knobs) -> State:
    """A few steps of SGD with momentum, on half of the points."""
    X, y = points(knobs["data"])
    params = [param.clone().requires_grad_() for param in state["params"]]
    velocities = [v.clone() for v in state["velocities"]]
    for _ in range(STEPS):
        O = layers(params, X[:KNOWN], knobs["activation"])[-1]
        softmax_regression.cross_entropy(O, y[:KNOWN]).mean().backward()
        minibatch_and_momentum.sgd_momentum(params, velocities, {"lr": knobs["lr"], "momentum": 0.9})
    params = [param.detach() for param in params]
    now = losses(params, knobs)
    kept = [[*before, l][-400:] for before, l in zip(state["losses"], now, strict=True)]
    return {"params": params, "velocities": velocities, "losses": kept}


def losses(params: Sequence[Tensor], knobs: Knobs) -> list[float]:
    """On the points that are trained on, and on the others."""
    X, y = points(knobs["data"])
    l = softmax_regression.cross_entropy(layers(params, X, knobs["activation"])[-1], y)
    return [float(l[:KNOWN].mean()), float(l[KNOWN:].mean())]


def look(state: State, knobs: Knobs) -> View:
    params, (X, y) = state["params"], points(knobs["data"])
    *Hs, O = layers(params, plane(SIDE), knobs["activation"])
    now = losses(params, knobs)
    fresh = layers(params, X[KNOWN:], knobs["activation"])[-1]
    return {
        "surface": softmax_regression.softmax(O)[:, 1].tolist(),
        "points": [*X.T.tolist(), y.tolist()],
        "units": [H.T.reshape(-1, SIDE, SIDE)[:, ::2, ::2].tolist() for H in Hs],
        "losses": state["losses"],
        "first": state["step"] - len(state["losses"][0]) + 1,
        "numbers": {
            "loss": now[0],
            "loss on fresh points": now[1],
            "accuracy on fresh points": d2l.accuracy(fresh, y[KNOWN:]) / len(fresh),
            "weights and biases": sum(param.numel() for param in params),
        },
    }


def pictures() -> Sequence[Picture]:
    from bokeh.models import ColumnDataSource
    from bokeh.palettes import Blues256, Oranges256, diverging_palette
    from bokeh.transform import linear_cmap

    surface = empty("probability of orange; rings: fresh points", "x1", "x2", reach=REACH)
    fill = coloured(surface, diverging_palette(Blues256[130:], Oranges256[130:], 240), 0, 1)
    dots = ColumnDataSource({name: [] for name in ("x", "y", "class", "alpha")})
    colour = linear_cmap("class", COLOURS[:2], 0, 1)
    surface.scatter("x", "y", source=dots, size=6, line_color=colour, fill_color=colour, fill_alpha="alpha")

    def show_surface(view: View) -> None:
        fill(view["surface"], REACH)
        x, y, classes = view["points"]
        alpha = [1.0] * KNOWN + [0.0] * (len(x) - KNOWN)
        dots.data = {"x": x, "y": y, "class": classes, "alpha": alpha}

    def loss(view: View) -> tuple[list, list]:
        ys = view["losses"]
        return [range(view["first"], view["first"] + len(one)) for one in ys], ys

    units, fill_units = tiles("the plane as each hidden unit sees it")
    return [
        Picture(surface, show_surface),
        Picture(units, lambda view: fill_units(view["units"])),
        curves("loss", ["100 points", "100 fresh points"], "step", "loss", loss, COLOURS[2:]),
    ]


PLAYER = Player(
    chapter="mlp",
    suggestion="Press Start: each ReLU bends the plane once; then try the spiral, with one layer and two.",
    knobs={
        "data": Choice("data", DATA, "moons"),
        "activation": Choice("activation", list(PHIS), "ReLU"),
        "width": Slider("units in a hidden layer", 1, 8, 1, 6, new=True),
        "depth": Slider("hidden layers", 1, 3, 1, 1, new=True),
        "lr": Slider("learning rate", 0.01, 1.0, 0.01, 0.1),
    },
    first=first,
    advance=advance,
    look=look,
    pictures=pictures,
    functions=("relu", "prelu", "tanh", "cross_entropy"),
)
