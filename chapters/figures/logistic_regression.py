"""Figures of the chapter logistic_regression."""

from collections.abc import Mapping

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from torch import Tensor, linspace

import d2lcore as d2l


def draw_losses(history: d2l.History) -> Figure:
    """Training and test loss over whole epochs."""
    figure, axes = d2l.plt.subplots(figsize=(5, 3.2), layout="constrained")
    d2l.plt.close(figure)  # in a notebook the curves have been seen growing
    fmts = ("o-", "ms--") if len(history) <= 20 else ("-", "m--")
    d2l.plot(history["epoch"], [history["train_loss"], history["test_loss"]], "epoch", "mean cross-entropy",
             ["training", "test"], fmts=fmts, axes=axes)  # fmt: skip
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    return figure


def draw_confidence(confidence: Tensor, y: Tensor, fpr: Tensor, tpr: Tensor, at_half: int) -> Figure:
    """Left: a histogram of the confidence in either class. Right: the ROC curve, its point for 1/2 marked."""
    figure, (left, right) = d2l.plt.subplots(1, 2, figsize=(8, 3.2), layout="constrained")
    for label, name, colour in ((1, "malignant", "C3"), (0, "benign", "C0")):
        left.hist(confidence[y == label], linspace(0, 1, 21), alpha=0.6, color=colour, label=name)
    left.axvline(0.5, color="k", linestyle=":", label="threshold 1/2")
    d2l.set_axes(left, "confidence that it is malignant", "test examples")
    right.plot(fpr, tpr)
    right.plot(fpr[at_half], tpr[at_half], "ko", label="threshold 1/2")
    right.plot([0, 1], [0, 1], "k:", label="guessing")
    d2l.set_axes(right, "false positive rate (false alarms)", "true positive rate (found)")
    left.legend()
    right.legend()
    return figure


def draw_cross_entropy(q1: Tensor, curves: Mapping[float, Tensor], lowest: Mapping[float, float]) -> Figure:
    """H(p, q) over q1, a curve for each p1, with its lowest point marked."""
    figure, axes = d2l.plt.subplots(figsize=(5, 3.2), layout="constrained")
    for p1, H in curves.items():
        (line,) = axes.plot(q1, H, label=f"p = ({p1:g}, {1 - p1:.2g})")
        axes.plot(lowest[p1], H.min(), "o", color=line.get_color())
    d2l.set_axes(axes, "q1, where q = (q1, 1 - q1)", "H(p, q)", ylim=(0, 3))
    axes.legend()
    return figure
