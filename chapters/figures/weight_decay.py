"""Figures of the chapter weight_decay."""

from collections.abc import Mapping, Sequence
from typing import Any

import d2lcore as d2l


def draw_losses(histories: Mapping[float, d2l.History]) -> Any:
    """Training and test loss over the epochs, a panel for each lambda, on one log axis."""
    size = (5 if len(histories) == 1 else 4.5 * len(histories), 3.4)
    figure, places = d2l.plt.subplots(
        1, len(histories), figsize=size, sharey=True, squeeze=False, layout="constrained"
    )
    for place, (lambd, history) in zip(places[0], histories.items(), strict=True):
        d2l.plot(history["epoch"], [history["train_loss"], history["test_loss"]], "epoch", "loss",
                 ["train", "test"], yscale="log", axes=place)  # fmt: skip
        place.set_title(f"lambda = {lambd:g}", fontsize="medium")
        place.label_outer()
    return figure


def draw_constraint(lambdas: Sequence[float], thetas: Sequence[float], read_off: Sequence[float]) -> Any:
    """theta over lambda, and the lambda read off at the constrained minimum."""
    figure, (left, right) = d2l.plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
    d2l.plot(lambdas, thetas, "lambda", "theta = squared norm of w", xscale="log", yscale="log", fmts=["o-"],
             axes=left)  # fmt: skip
    d2l.plot(lambdas, [lambdas, read_off], "lambda of the penalty", "lambda read off", ["equal", "read off"],
             xscale="log", yscale="log", fmts=["k:", "C1o"], axes=right)  # fmt: skip
    return figure
