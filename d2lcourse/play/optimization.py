"""The player of optimization: the ways of several optimizers down one surface."""

import copy
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from chapters import adam, minibatch_and_momentum, optimization
from chapters.minibatch_and_momentum import narrow_valley

from .drawing import COLOURS, coloured, curves, empty
from .planar import plane
from .player import Choice, Knobs, Picture, Player, Slider, State, View

SIDE = 50  # points of the surface that are coloured, on each axis
KEPT = 200  # points of a way


class Surface(NamedTuple):
    """f: heights of points (..., 2). reach: how far the picture shows it, from 0."""

    f: Callable[[Tensor], Tensor]
    start: tuple[float, float]
    reach: float


def turned(x: Tensor) -> Tensor:
    """The narrow valley, turned by 45 degrees."""
    along, across = (x[..., 0] + x[..., 1]) / 2**0.5, (x[..., 1] - x[..., 0]) / 2**0.5
    return narrow_valley(along, across)


SURFACES = {
    "narrow valley": Surface(lambda x: narrow_valley(*x.unbind(-1)), (-5.0, -2.0), 5.5),
    "the same, turned": Surface(turned, (-5.0, -2.0), 5.5),
    "bowl": Surface(lambda x: optimization.bowl(*x.unbind(-1)), (-5.0, -2.0), 5.5),
    "saddle": Surface(optimization.saddle_and_minima, (1.5, 0.001), 2.0),
}
TRAINERS: dict[str, Callable[[], Callable[..., None]]] = {  # looked up when called: the reader's may be there
    "momentum": lambda: minibatch_and_momentum.sgd_momentum,
    "look-ahead": lambda: minibatch_and_momentum.nesterov,
    "AdaGrad": lambda: adam.adagrad,
    "RMSProp": lambda: adam.rmsprop,
    "Adam": lambda: adam.adam,
}
NAMES = ("descent", *TRAINERS)


def first(knobs: Knobs) -> State:
    start = torch.tensor(SURFACES[knobs["surface"]].start, dtype=torch.float64)
    remembered = {name: adam.first_states(trainer(), [start]) for name, trainer in TRAINERS.items()}
    return {"paths": dict.fromkeys(NAMES, start[None]), "remembered": remembered}


def advance(state: State, knobs: Knobs) -> State:
    """One step of each optimizer."""
    f = SURFACES[knobs["surface"]].f
    remembered, x = {}, state["paths"]["descent"][-1]
    after = {"descent": optimization.gradient_descent(optimization.gradient_of(f), x, knobs["lr"], 1)[-1]}
    for name, trainer in TRAINERS.items():
        x = state["paths"][name][-1].clone().requires_grad_()
        f(x).backward()
        remembered[name] = copy.deepcopy(state["remembered"][name])
        trainer()([x], remembered[name], hyperparams(name, state["step"] + 1, knobs))
        after[name] = x.detach()
    paths = {name: torch.cat([state["paths"][name], x[None]])[-KEPT:] for name, x in after.items()}
    return {"paths": paths, "remembered": remembered}


def hyperparams(name: str, t: int, knobs: Knobs) -> dict[str, Any]:
    """Those of the chapter, but for the learning rate and the momentum. t: number of the step, from 1."""
    of_chapter = adam.RUNS[name][1] if name in adam.RUNS else {}
    return {**of_chapter, "lr": knobs["lr"], "momentum": knobs["momentum"], "t": t}


def look(state: State, knobs: Knobs) -> View:
    surface = SURFACES[knobs["surface"]]
    paths = [state["paths"][name] for name in NAMES]
    heights = [surface.f(path) for path in paths]
    lengths = [path.diff(dim=0).norm(dim=1) for path in paths]
    grid = surface.f(plane(SIDE, surface.reach))

    def chosen(tensors: Sequence[Tensor]) -> list[Any]:
        shown = [knobs["optimizer"] in (name, "all") for name in NAMES]
        return [each.tolist() if one else [] for each, one in zip(tensors, shown, strict=True)]

    return {
        "surface": (grid - grid.min() + 1e-2).log10().tolist(),
        "reach": surface.reach,
        "paths": chosen(paths),
        "heights": chosen(heights),
        "lengths": chosen(lengths),
        "from": state["step"] - len(paths[0]) + 1,
        "numbers": {f"height, {name}": float(each[-1]) for name, each in zip(NAMES, heights, strict=True)},
    }


def pictures() -> Sequence[Picture]:
    from bokeh.models import ColumnDataSource
    from bokeh.palettes import Greys256

    way = empty("the ways from the start, on the heights", "x1", "x2", reach=1)
    fill = coloured(way, Greys256[110:], -2, 2)
    lines = [ColumnDataSource({"x": [], "y": []}) for _ in NAMES]
    ends = ColumnDataSource({"x": [], "y": [], "color": []})
    for line, colour in zip(lines, COLOURS, strict=True):
        way.line("x", "y", source=line, color=colour, line_width=2)
    way.scatter("x", "y", source=ends, color="color", size=9)

    def show_way(view: View) -> None:
        reach = view["reach"]
        fill(view["surface"], reach)
        for axis in (way.x_range, way.y_range):
            axis.start, axis.end = -reach, reach
        for line, path in zip(lines, view["paths"], strict=True):
            line.data = dict(zip("xy", np.asarray(path, float).reshape(-1, 2).T, strict=True))
        last = [(*path[-1], colour) for path, colour in zip(view["paths"], COLOURS, strict=True) if path]
        ends.data = dict(zip(("x", "y", "color"), map(list, zip(*last, strict=True)), strict=True))

    def over_steps(name: str, later: int = 0) -> Callable[[View], tuple[list, list]]:
        return lambda view: ([np.arange(len(ys)) + view["from"] + later for ys in view[name]], view[name])

    def on_steps(title: str, y: str, shown: Any, low: float) -> Picture:
        return curves(title, NAMES, "step", y, shown, y_axis_type="log", y_range=(low, 1e3))

    return [
        Picture(way, show_way),
        on_steps("height", "height", over_steps("heights"), 1e-6),
        on_steps("how long each step is", "length", over_steps("lengths", 1), 1e-4),
    ]


PLAYER = Player(
    chapter="optimization",
    suggestion="Press Start, then take the turned valley: Adam and AdaGrad lose time, and momentum does not.",
    knobs={
        "surface": Choice("surface", list(SURFACES), "narrow valley"),
        "optimizer": Choice("optimizer", ["all", *NAMES], "all", new=False),
        "lr": Slider("learning rate", 0.01, 1.0, 0.01, 0.3),
        "momentum": Slider("momentum", 0.0, 0.99, 0.01, 0.7),
    },
    first=first,
    advance=advance,
    look=look,
    pictures=pictures,
    functions=("gradient_descent", "sgd_momentum", "adagrad", "adam"),
)
