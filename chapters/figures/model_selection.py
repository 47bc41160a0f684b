"""Figures of the chapter model_selection."""

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor

import d2lcore as d2l


def draw_choice(
    examples: tuple[Tensor, Tensor],
    x: Tensor,
    curves: Mapping[int, Tensor],
    train_losses: Sequence[float],
    valid_losses: Sequence[float],
    chosen: int,
) -> Any:
    """Curves through the training examples; the losses of degrees 1, 2, ..., with the chosen one marked."""
    figure, (left, right) = d2l.plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
    left.plot(*examples, "k.", label="training examples")
    for (degree, y), style in zip(curves.items(), ("g-.", "C0-", "r-"), strict=True):
        left.plot(x, y, style, label=f"degree {degree}")
    low, high = float(examples[1].min()), float(examples[1].max())
    d2l.set_axes(left, "x", "y", ylim=(low - 0.3 * (high - low), high + 0.3 * (high - low)))
    left.legend()
    degrees = list(range(1, len(train_losses) + 1))
    d2l.plot(degrees, [train_losses, valid_losses], "degree", "loss", ["train", "validation"], yscale="log",
             fmts=["C0o-", "ms--"], axes=right)  # fmt: skip
    right.axvline(chosen, color="k", linestyle=":")
    right.set_xticks(degrees[::2])
    right.set_title(f"validation chooses degree {chosen}", fontsize="medium")
    return figure


def draw_training(histories: Mapping[int, d2l.History]) -> Any:
    """Training and test loss over the epochs, a panel for each degree."""
    figure, places = d2l.plt.subplots(1, 3, figsize=(9, 3.2), sharey=True, layout="constrained")
    verdicts = ("underfits", "fits", "overfits")
    for (degree, history), verdict, place in zip(histories.items(), verdicts, places, strict=True):
        d2l.plot(history["epoch"], [history["train_loss"], history["test_loss"]], "epoch", "loss",
                 ["train", "test"], yscale="log", axes=place)  # fmt: skip
        place.set_title(f"degree {degree} {verdict}", fontsize="medium")
        place.label_outer()
    return figure


def draw_leakage(losses: Mapping[str, float]) -> Any:
    """Bars: validation and fresh loss of the leaked and of the honest choice; a line: the mean of y."""
    figure, axes = d2l.plt.subplots(figsize=(5.5, 3.4), layout="constrained")
    leaked, leaked_fresh, honest, honest_fresh, of_mean = losses.values()
    axes.bar([0, 1.2], [leaked, honest], 0.5, color="C0", label="validation")
    axes.bar([0.5, 1.7], [leaked_fresh, honest_fresh], 0.5, color="0.6", label="fresh examples")
    axes.axhline(of_mean, color="k", linestyle=":", label="predicting the mean of y")
    axes.set_xticks(
        [0.25, 1.45], ["features chosen by\nall examples", "features chosen by\ntraining examples"]
    )
    axes.set_ylim(0, 1.5 * max(losses.values()))
    axes.set_ylabel("loss")
    axes.legend()
    return figure
