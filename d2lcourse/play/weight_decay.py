"""The player of weight decay: a polynomial that is trained with it, and the minimum that it goes to."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

import d2lcore as d2l
from chapters import weight_decay as chapter
from chapters.least_squares import ridge
from chapters.logistic_regression import standardizer
from chapters.model_selection import cubic_data, mean_loss, polynomial_features

from .player import Choice, Knobs, Picture, Player, Slider, State, View

LR = 0.05  # below 2 / (degree + lambda), where steps would grow
NOISE, NUM_TEST = 1.0, 200
HIGHEST = 19  # degree
LAMBDAS = torch.logspace(-5, 1, 25).tolist()
PLACES = torch.linspace(-2, 2, 101, dtype=torch.float64)
HOWS = "decay_step", "l2_penalty in the loss"
RED, BLUE, ORANGE, GREEN = "#d62728", "#1f77b4", "#ff7f0e", "#2ca02c"


def first(knobs: Knobs) -> State:
    """Weights of N(0, 1), as in the chapter; and the losses of the minimum for every lambda."""
    degree = int(knobs["degree"])
    (x, y), (x_test, y_test) = (cubic_data(n, NOISE) for n in (int(knobs["num_examples"]), NUM_TEST))
    scale = standardizer(polynomial_features(x, degree))
    X, X_test, grid = (scale(polynomial_features(one, degree)) for one in (x, x_test, PLACES))
    w = torch.randn(HIGHEST, 1, dtype=torch.float64)[:degree]
    state = {"x": x, "X": X, "y": y, "X_test": X_test, "y_test": y_test, "grid": grid, "w": w}
    curves = torch.tensor([losses(state, *ridge(X, y, lambd)) for lambd in LAMBDAS]).T.tolist()
    return {**state, "b": torch.zeros(1, dtype=torch.float64), "curves": curves}


def losses(state: State, w: Tensor, b: Tensor) -> tuple[float, float]:
    """The mean loss on the training examples, and on the test examples."""
    train, test = ((state[f"X{which}"], state[f"y{which}"]) for which in ("", "_test"))
    return mean_loss(lambda X: d2l.linreg(X, w, b), *train), mean_loss(lambda X: d2l.linreg(X, w, b), *test)


def advance(state: State, knobs: Knobs) -> State:
    """One step on all training examples, in one of the two ways of the chapter."""
    w, b = (state[name].clone().requires_grad_() for name in "wb")
    lambd, l = 10.0 ** knobs["log_lambda"], d2l.squared_loss(d2l.linreg(state["X"], w, b), state["y"])
    if knobs["how"] == HOWS[1]:
        (l + lambd * chapter.l2_penalty(w)).sum().backward()
        d2l.sgd([w, b], LR, len(l))
        return {**state, "w": w.detach(), "b": b.detach()}
    grads = torch.autograd.grad(l.mean(), (w, b))
    w, b = (  # the bias is not penalised
        chapter.decay_step(param.detach(), grad, LR, strength)
        for param, grad, strength in zip((w, b), grads, (lambd, 0.0), strict=True)
    )
    return {**state, "w": w, "b": b}


def look(state: State, knobs: Knobs) -> View:
    lambd, trained = 10.0 ** knobs["log_lambda"], (state["w"], state["b"])
    lowest = ridge(state["X"], state["y"], lambd)
    train, test = losses(state, *trained)
    best_train, best_test = losses(state, *lowest)
    return {
        "points": {"x": state["x"].flatten().tolist(), "y": state["y"].flatten().tolist()},
        "fits": [d2l.linreg(state["grid"], *line).flatten().tolist() for line in (lowest, trained)],
        "weights": [w.flatten().tolist() for w, _ in (lowest, trained)],
        "curves": state["curves"],
        "now": [lambd, train, test],
        "numbers": {
            "lambda": lambd,
            "training loss": train,
            "test loss": test,
            "norm of w": float(trained[0].norm()),
            "at the minimum: training loss": best_train,
            "its test loss": best_test,
            "its norm of w": float(lowest[0].norm()),
        },
    }


def pictures() -> Sequence[Picture]:
    from bokeh.models import ColumnDataSource, Range1d, Span
    from bokeh.plotting import figure

    size: dict[str, Any] = {"width": 350, "height": 300, "toolbar_location": None, "tools": ""}
    fit = figure(title="fit: trained (red), minimum (dashed)", x_axis_label="x", y_axis_label="y", **size)
    fit.y_range = Range1d(-15, 12)
    points = ColumnDataSource({"x": [], "y": []})
    fit.scatter("x", "y", size=6, color=BLUE, source=points)
    curves = ColumnDataSource({"x": PLACES.tolist(), "lowest": PLACES.tolist(), "trained": PLACES.tolist()})
    fit.line("x", "trained", color=RED, line_width=2, source=curves)
    fit.line("x", "lowest", color=GREEN, line_width=2, line_dash="dashed", source=curves)

    weights = figure(
        title="weights: trained (bars), minimum (x)", x_axis_label="power of x, standardised",
        y_axis_label="weight", x_range=(0, HIGHEST + 1), **size,
    )  # fmt: skip
    bars = ColumnDataSource({"power": [], "lowest": [], "trained": []})
    weights.vbar("power", 0.8, "trained", color=RED, alpha=0.6, source=bars)
    weights.scatter("power", "lowest", marker="x", size=9, line_width=2, color=GREEN, source=bars)

    over = figure(
        title="minimum: training (blue), test loss (orange)", x_axis_label="lambda", y_axis_label="loss",
        x_axis_type="log", y_axis_type="log", **size,
    )  # fmt: skip
    lines = ColumnDataSource({"lambda": LAMBDAS, "train": LAMBDAS, "test": LAMBDAS})
    for name, color in (("train", BLUE), ("test", ORANGE)):
        over.line("lambda", name, color=color, line_width=2, source=lines)
    now = Span(location=1, dimension="height", line_dash="dotted", line_color="black")
    over.add_layout(now)
    here = ColumnDataSource({"x": [1.0, 1.0], "y": [1.0, 1.0], "color": [BLUE, ORANGE]})
    over.scatter("x", "y", color="color", size=10, source=here)

    def show_fit(view: View) -> None:
        points.data = view["points"]
        curves.data = {**curves.data, "lowest": view["fits"][0], "trained": view["fits"][1]}

    def show_weights(view: View) -> None:
        lowest, trained = view["weights"]
        bars.data = {"power": list(range(1, len(trained) + 1)), "lowest": lowest, "trained": trained}

    def show_over(view: View) -> None:
        lines.data = {**lines.data, "train": view["curves"][0], "test": view["curves"][1]}
        now.location = view["now"][0]
        here.data = {**here.data, "x": [view["now"][0]] * 2, "y": view["now"][1:]}

    return [Picture(fit, show_fit), Picture(weights, show_weights), Picture(over, show_over)]


PLAYER = Player(
    chapter="weight_decay",
    suggestion="Press Start, then raise lambda until the test loss (orange) is lowest: weights shrink.",
    knobs={
        "log_lambda": Slider("log10 of lambda", -5.0, 1.0, 0.25, -4.0),
        "num_examples": Slider("training examples", 8, 100, 1, 30, new=True),
        "degree": Slider("degree of the polynomial", 1, HIGHEST, 1, 15, new=True),
        "how": Choice("the step", HOWS, HOWS[0], new=False),
    },
    first=first,
    advance=advance,
    look=look,
    pictures=pictures,
    functions=("l2_penalty", "decay_step"),
)
