"""The figures of the chapter softmax_regression."""

from collections.abc import Sequence

from matplotlib.figure import Figure

import d2lcore as d2l


def draw_training(history: d2l.History) -> Figure:
    """The training loss on the left, the accuracies on the right, over whole epochs."""
    figure, (left, right) = d2l.plt.subplots(1, 2, figsize=(8, 3.2), layout="constrained")
    d2l.plt.close(figure)  # in a notebook the curves have been seen growing
    epochs, accuracies = history["epoch"], [history["train_acc"], history["test_acc"]]
    fmts = ("o-", "ms--") if len(epochs) <= 20 else ("-", "m--")
    d2l.plot(epochs, history["train_loss"], "epoch", "training loss", fmts=fmts, axes=left)
    d2l.plot(epochs, accuracies, "epoch", "accuracy", ["training", "test"], fmts=fmts, axes=right)
    for axes in (left, right):
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.set_xlim(0.5, len(epochs) + 0.5)
    return figure


def draw_confusion(counts: Sequence[Sequence[int]], classes: Sequence[str]) -> Figure:
    """The counts, a row a predicted class, as numbers on shades between the names of the classes."""
    figure, axes = d2l.plt.subplots(figsize=(6.5, 6), layout="constrained")
    axes.imshow(counts, cmap="Blues")
    dark = max(map(max, counts)) / 2
    for i, row in enumerate(counts):
        for j, count in enumerate(row):
            shade = "white" if count > dark else "black"
            axes.text(j, i, str(count or ""), ha="center", va="center", fontsize="small", color=shade)
    axes.set(xlabel="true class", ylabel="predicted class")
    axes.set_xticks(range(len(classes)), classes, rotation=45, ha="right")
    axes.set_yticks(range(len(classes)), classes)
    return figure
