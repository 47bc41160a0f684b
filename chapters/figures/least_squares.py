"""Figures of the chapter least_squares."""

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor

import d2lcore as d2l

Curves = Mapping[str, Sequence[float]]


def draw_solvers(conditions: Sequence[float], errors: Curves, paths: Curves) -> Any:
    """The error of each solver over the condition number, and that of each iteration over its steps."""
    figure, (left, right) = d2l.plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
    d2l.plot(conditions, list(errors.values()), "condition number of X", "distance from the true w",
             list(errors), xscale="log", yscale="log", fmts=["rv:", "o-", "m--"], axes=left)  # fmt: skip
    steps = list(range(1, 1 + max(map(len, paths.values()))))
    d2l.plot(steps, list(paths.values()), "step, at condition number 10", "distance from the true w",
             list(paths), yscale="log", fmts=["o-", "rv:"], axes=right)  # fmt: skip
    right.xaxis.get_major_locator().set_params(integer=True)
    return figure


def draw_weights(lambdas: Curves, weights: Mapping[str, Tensor], names: Sequence[str]) -> Any:
    """A panel for each penalty: its weights (d, number of lambdas), one curve a feature."""
    figure, places = d2l.plt.subplots(1, 2, figsize=(9, 3.5), sharey=True, layout="constrained")
    for i, (penalty, place) in enumerate(zip(weights, places, strict=True)):
        d2l.plot(lambdas[penalty], list(weights[penalty]), "lambda", "" if i else "weight", xscale="log",
                 fmts=[f"C{j}-" for j in range(len(names))], axes=place)  # fmt: skip
        place.set_title(penalty)
    figure.legend(places[1].lines, names, loc="outside right center", fontsize="small")
    return figure
