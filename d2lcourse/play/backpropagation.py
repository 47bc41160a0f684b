"""The player of backpropagation: the graph with values and gradients, and both kinds of gradient compared."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor

import d2lcore as d2l
from chapters import backpropagation
from chapters.figures.backpropagation import VARIABLES, rounded
from chapters.matrix_calculus import numerical_jacobian
from chapters.mlp import ACTIVATIONS

from .backpropagation_graph import RED, graph
from .player import Choice, Knobs, Picture, Player, Slider, State, View

WEIGHTS = [f"{W}[{i}, {j}]" for W in ("W1", "W2") for i in range(2) for j in range(2)]
STEPS = torch.linspace(-1.5, 1.5, 31, dtype=torch.float64)[:, None, None] * torch.eye(2, 1) * torch.eye(1, 2)


def first(knobs: Knobs) -> State:
    """The weights of the chapter's picture; the first of each matrix is a knob."""
    W1 = torch.tensor([[knobs["W1"], 0.5], [1.0, -1.0]], dtype=torch.float64)
    W2 = torch.tensor([[knobs["W2"], -0.5], [-1.0, 2.0]], dtype=torch.float64)
    return {"W1": W1, "W2": W2}


def _example(knobs: Knobs) -> tuple[Tensor, Tensor]:
    return torch.tensor([[knobs["x"], 2.0]], dtype=torch.float64), torch.tensor([1])


def _passes(state: State, knobs: Knobs) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The values, and the gradients."""
    given = *_example(knobs), state["W1"], state["W2"]
    phi, phi_derivative = ACTIVATIONS[knobs["activation"]]
    kept = backpropagation.forward(*given, knobs["lambd"], phi)
    gradients = backpropagation.backward(*given, kept, knobs["lambd"], phi_derivative)
    return kept, {name: torch.as_tensor(one) for name, one in gradients.items()}  # a reader's may be numbers


def advance(state: State, knobs: Knobs) -> State:
    """One step of gradient descent."""
    _, gradients = _passes(state, knobs)
    W1, W2 = (state[name].clone() for name in ("W1", "W2"))
    W1.grad, W2.grad = gradients["W1"], gradients["W2"]
    d2l.sgd([W1, W2], knobs["lr"], 1)
    return {"W1": W1, "W2": W2}


def _objective(state: State, knobs: Knobs, name: str) -> Callable[[Tensor], Tensor]:
    """J as a function of the matrix `name`."""
    phi = ACTIVATIONS[knobs["activation"]][0]
    forward = partial(backpropagation.forward, *_example(knobs), lambd=knobs["lambd"], phi=phi)
    return lambda W: forward(**{"W1": state["W1"], "W2": state["W2"], name: W})["J"]


def look(state: State, knobs: Knobs) -> View:
    kept, gradients = _passes(state, knobs)
    values = dict(zip("Xy", _example(knobs), strict=True)) | state | kept
    functions = {name: _objective(state, knobs, name) for name in ("W1", "W2")}
    found = (
        [gradients[name] for name in functions],
        [numerical_jacobian(J, state[name], 1e-5) for name, J in functions.items()],
    )
    bars = [torch.cat([matrix.flatten() for matrix in matrices]).tolist() for matrices in found]
    weight, name = knobs["weight"], knobs["weight"][:2]
    by_hand, numerical = (one[WEIGHTS.index(weight)] for one in bars)
    moves = [functions[name](state[name] + step) for step in STEPS]
    w, scalars = float(state[name][0, 0]), {one: float(kept[one]) for one in "LsJ"}
    return {
        "values": {one: rounded(values[one]) for one in VARIABLES},
        "gradients": {one: rounded(g) for one, g in {**gradients, "J": torch.ones(())}.items()},
        "curve": ((w + STEPS[:, 0, 0]).tolist(), [float(J) for J in moves]),
        "weight": (weight, w, scalars["J"], by_hand),
        "bars": bars,
        "numbers": {**scalars, f"gradient of {weight}, by hand": by_hand, "by differences": numerical},
    }


def _slope() -> Picture:
    from bokeh.models import ColumnDataSource, Slope
    from bokeh.plotting import figure

    curve, here = ColumnDataSource({"x": [], "y": []}), ColumnDataSource({"x": [], "y": []})
    plot = figure(title=" ", width=340, height=300, toolbar_location=None, y_axis_label="J")
    plot.line("x", "y", source=curve, line_width=2)
    tangent = Slope(gradient=0, y_intercept=0, line_color=RED, line_width=2)
    plot.add_layout(tangent)
    plot.scatter("x", "y", source=here, size=9, color="black")

    def show(view: View) -> None:
        name, w, J, gradient = view["weight"]
        plot.title.text = f"J over {name}; its gradient is the slope (red)"
        plot.xaxis.axis_label = name
        curve.data, here.data = dict(zip("xy", view["curve"], strict=True)), {"x": [w], "y": [J]}
        tangent.update(gradient=gradient, y_intercept=J - gradient * w)

    return Picture(plot, show)


def pictures() -> Sequence[Picture]:
    from bokeh.models import ColumnDataSource
    from bokeh.plotting import figure
    from bokeh.transform import dodge

    rows = ColumnDataSource({"name": WEIGHTS, "by hand": [0.0] * 8, "differences": [0.0] * 8})
    bars = figure(
        title="gradients by hand (red), by differences (grey)", width=360, height=300, toolbar_location=None,
        y_range=WEIGHTS[::-1], x_axis_label="gradient of J",
    )  # fmt: skip
    for name, color, shift in (("by hand", RED, 0.2), ("differences", "#555555", -0.2)):
        bars.hbar(dodge("name", shift, bars.y_range), height=0.38, right=name, color=color, source=rows)

    def show_bars(view: View) -> None:
        rows.data = {"name": WEIGHTS, **dict(zip(("by hand", "differences"), view["bars"], strict=True))}

    return [graph(), _slope(), Picture(bars, show_bars)]


PLAYER = Player(
    chapter="backpropagation",
    suggestion="Move the input and see what turns yellow; then Start: both ReLUs die, where tanh learns.",
    knobs={
        "x": Slider("input, first entry of X", -3.0, 3.0, 0.1, 1.0),
        "W1": Slider("W1[0, 0] at the start", -2.0, 2.0, 0.1, 0.5, new=True),
        "W2": Slider("W2[0, 0] at the start", -2.0, 2.0, 0.1, 1.0, new=True),
        "lambd": Slider("lambda of the penalty", 0.0, 1.0, 0.05, 0.1),
        "lr": Slider("learning rate of a step", 0.01, 0.5, 0.01, 0.05),
        "activation": Choice("activation φ", tuple(ACTIVATIONS), "ReLU", new=False),
        "weight": Choice("the weight in the second picture", ("W1[0, 0]", "W2[0, 0]"), "W1[0, 0]", new=False),
    },
    first=first,
    advance=advance,
    look=look,
    pictures=pictures,
    functions=("backward", "numerical_gradient"),
)
