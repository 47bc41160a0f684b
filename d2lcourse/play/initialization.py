"""The player of initialization: activations and gradients by layer, from the first step on."""

import functools
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

import d2lcore as d2l
from chapters import backpropagation, initialization, numerical_stability, softmax_regression

from .drawing import COLOURS, curves
from .player import Choice, Knobs, Picture, Player, Slider, State, View

WIDTH = 64  # units in a hidden layer, as many as a digit has pixels
LR = 0.1
SHOWN = (1e-10, 1e2)  # the same axis for all, so that what vanishes is seen to leave it
INITS: dict[str, Callable[[Tensor, float], Tensor]] = {
    "Xavier, uniform": lambda W, scale: initialization.xavier_uniform_(W, scale),
    "Xavier, normal": lambda W, scale: initialization.xavier_normal_(W, scale),
    "small, N(0, 0.01²)": lambda W, scale: scale * initialization.INITS["small"](W),
}


@functools.cache
def digits() -> d2l.Batches:
    return d2l.load_data("digits", 64)[0]


def functions(knobs: Knobs, num_layers: int) -> tuple[list, list]:
    """The activation of each layer, and its derivative; the last layer has none."""
    phi, derivative, _ = numerical_stability.activation_named(knobs["activation"])
    hidden = num_layers - 1
    return [phi] * hidden + [lambda Z: Z], [derivative] * hidden + [torch.ones_like]


def gradients(Ws: Sequence[Tensor], X: Tensor, y: Tensor, knobs: Knobs) -> tuple[Tensor, Any, Any]:
    """The scores, and the gradients of the mean loss: in each layer's weights, and in its inputs."""
    phis, derivatives = functions(knobs, len(Ws))
    Xs, Zs = backpropagation.forward_layers(X.flatten(start_dim=1), Ws, phis)
    top = softmax_regression.cross_entropy_gradient(Xs[-1], y) / len(y)
    return Xs[-1], *backpropagation.backward_layers(Xs, Zs, Ws, derivatives, top)


def by_layer(Ws: Sequence[Tensor], X: Tensor, y: Tensor, knobs: Knobs) -> tuple[list, list, float]:
    """The spread of the activations and the size of the gradients, input and hidden layers; the loss."""
    phi, derivative, _ = numerical_stability.activation_named(knobs["activation"])
    O, _, dXs = gradients(Ws, X, y, knobs)
    signals, sizes = numerical_stability.signal_and_gradient(
        X.flatten(start_dim=1), Ws[:-1], phi, derivative, dXs[-2]
    )
    return signals, sizes, float(softmax_regression.cross_entropy(O, y).mean())


def first(knobs: Knobs) -> State:
    widths = [WIDTH] * (int(knobs["depth"]) + 1) + [10]
    init = INITS[knobs["init"]]
    Ws = [init(torch.empty(n_out, n_in), knobs["scale"]) for n_in, n_out in pairwise(widths)]
    X, y = next(iter(digits()))
    signals, sizes, _ = by_layer(Ws, X, y, knobs)
    return {"Ws": Ws, "shown": [X, y], "first": [signals, sizes], "losses": []}


def advance(state: State, knobs: Knobs) -> State:
    """One step of SGD on a batch of digits."""
    X, y = next(iter(digits()))
    Ws = [W.clone() for W in state["Ws"]]
    O, dWs, _ = gradients(Ws, X, y, knobs)
    for W, dW in zip(Ws, dWs, strict=True):
        W.grad = dW
    d2l.sgd(Ws, LR, batch_size=1)  # the mean's gradient is not to be divided again
    l = float(softmax_regression.cross_entropy(O, y).mean())
    return {**state, "Ws": [W.detach() for W in Ws], "losses": [*state["losses"], l][-400:]}


def look(state: State, knobs: Knobs) -> View:
    X, y = state["shown"]  # the same batch all the time
    signals, sizes, l = by_layer(state["Ws"], X, y, knobs)
    return {
        "signals": [state["first"][0], signals],
        "gradients": [state["first"][1], sizes],
        "losses": state["losses"],
        "from": state["step"] - len(state["losses"]) + 1,
        "numbers": {
            "loss": l,
            "activations, last layer over input": float(torch.tensor(signals[-1]) / signals[0]),
            "gradients, input over last layer": float(torch.tensor(sizes[0]) / sizes[-1]),
            "standard deviation of W1": float(state["Ws"][0].std()),
        },
    }


def pictures() -> Sequence[Picture]:
    def of(name: str) -> Callable[[View], tuple[list, list]]:
        return lambda view: ([range(len(ys)) for ys in view[name]], view[name])

    def losses(view: View) -> tuple[list, list]:
        return [range(view["from"], view["from"] + len(view["losses"]))], [view["losses"]]

    def sizes(title: str, y: str, name: str) -> Picture:
        drawn = {"y_axis_type": "log", "y_range": SHOWN}
        names = ["before the first step", "now"]
        return curves(title, names, "layer (0: the input)", y, of(name), ("#999999", COLOURS[1]), **drawn)

    return [
        sizes("spread of the activations", "standard deviation", "signals"),
        sizes("size of the gradients", "root mean square", "gradients"),
        curves("training loss, a batch of digits", ["loss"], "step", "loss", losses),
    ]


PLAYER = Player(
    chapter="initialization",
    suggestion="Take the small weights and press Start: nothing is learned; from Xavier's the loss falls.",
    knobs={
        "init": Choice("first weights", list(INITS), "Xavier, uniform"),
        "activation": Choice("activation", list(numerical_stability.ACTIVATIONS), "tanh"),
        "scale": Slider("first weights, times", 0.1, 5.0, 0.1, 1.0, new=True),
        "depth": Slider("hidden layers", 1, 20, 1, 10, new=True),
    },
    first=first,
    advance=advance,
    look=look,
    pictures=pictures,
    functions=("xavier_uniform_", "xavier_normal_", "cross_entropy_gradient"),
)
