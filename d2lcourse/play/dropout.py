"""The player of dropout: the mask now, what it does to the mean, and a training with and without it."""

import functools
from collections.abc import Sequence

import torch
from torch import nn

import d2lcore as d2l
from chapters import dropout
from chapters.softmax_regression import inputs_and_classes

from .drawing import curves, empty
from .player import Knobs, Picture, Player, Slider, State, View

SIDE = 16  # units in a row of the picture of the mask
CALLS = 300  # from which the spread of a prediction comes


@functools.cache
def _digits() -> tuple[d2l.Batches, d2l.Batches]:
    return d2l.load_data("digits", 64)


def _nets(knobs: Knobs) -> list[nn.Module]:
    """The chapter's network, with dropout and without; both hidden layers have the same p."""
    numbers, width = inputs_and_classes(_digits()[0]), int(knobs["width"])
    return [dropout.DropoutMLP(*numbers, (width, width), (p, p)) for p in (knobs["p"], 0.0)]


def first(knobs: Knobs) -> State:
    weights = dict(_nets(knobs)[0].state_dict())
    return {"nets": [weights, weights], "losses": [[], []]}  # the same start


def advance(state: State, knobs: Knobs) -> State:
    """One step of SGD of both networks on the same batch of digits."""
    X, y = next(iter(_digits()[0]))
    nets, losses = _nets(knobs), []
    for net, weights, before in zip(nets, state["nets"], state["losses"], strict=True):
        net.load_state_dict(weights)
        l = nn.functional.cross_entropy(net(X), y)
        d2l.step(l, torch.optim.SGD(net.parameters(), 0.1), len(y))
        losses.append([*before, float(l.detach())][-400:])
    return {"nets": [dict(net.state_dict()) for net in nets], "losses": losses}


def look(state: State, knobs: Knobs) -> View:
    p = float(knobs["p"])
    mask = dropout.dropout_layer(torch.ones(SIDE, SIDE), p)
    net, (image, label) = _nets(knobs)[0], _digits()[1].dataset[0]
    net.load_state_dict(state["nets"][0])
    with torch.no_grad():
        scores = net.train()(image.repeat(CALLS, 1, 1, 1)).softmax(dim=1)[:, int(label)]
        whole = float(net.eval()(image[None]).softmax(dim=1)[0, int(label)])
    counts = torch.histc(scores, 25, 0, 1)
    return {
        "mask": mask.flatten().tolist(),
        "spread": counts.tolist(),
        "whole": whole,
        "losses": state["losses"],
        "numbers": {
            "share dropped": float((mask == 0).float().mean()),
            "mean of 10,000 activations of 1": float(dropout.dropout_layer(torch.ones(10_000), p).mean()),
            "predicted with dropout (mean)": float(scores.mean()),
            "without": whole,
        },
    }


def pictures() -> Sequence[Picture]:
    from bokeh.models import ColumnDataSource, Span
    from bokeh.transform import linear_cmap

    places = {"x": [i % SIDE for i in range(SIDE**2)], "y": [i // SIDE for i in range(SIDE**2)]}
    units = ColumnDataSource({**places, "value": [0.0] * SIDE**2})
    mask = empty("256 activations of 1, after dropout", width=300)
    colours = linear_cmap("value", "Blues256", 4, 0)
    mask.rect("x", "y", 0.9, 0.9, source=units, fill_color=colours, line_color="#cccccc")
    mask.axis.visible = mask.grid.visible = False

    bars = ColumnDataSource({"x": [(i + 0.5) / 25 for i in range(25)], "top": [0.0] * 25})
    spread = empty("one test image, 300 masks", "probability of its class", "masks", 320, x_range=(0, 1))
    spread.vbar("x", 0.036, "top", source=bars)
    whole = Span(location=0, dimension="height", line_color="darkorange", line_width=2)
    spread.add_layout(whole)

    def show_mask(view: View) -> None:
        units.data = {**places, "value": view["mask"]}

    def show_spread(view: View) -> None:
        bars.data = {**bars.data, "top": view["spread"]}
        whole.location = view["whole"]

    losses = curves(
        "training loss, a batch of digits", ["with dropout", "without"], "step", "loss",
        lambda view: ([range(len(one)) for one in view["losses"]], view["losses"]),
        ("#1f77b4", "#999999"), width=360,
    )  # fmt: skip
    return [Picture(mask, show_mask), Picture(spread, show_spread), losses]


PLAYER = Player(
    chapter="dropout",
    suggestion="Press Start, then raise p: the mean of the activations stays, and the predictions spread.",
    knobs={
        "p": Slider("p, the share dropped", 0.0, 0.95, 0.05, 0.5),
        "width": Slider("units in a hidden layer", 8, 256, 8, 64, new=True),
    },
    first=first,
    advance=advance,
    look=look,
    pictures=pictures,
    functions=("dropout_layer",),
)
