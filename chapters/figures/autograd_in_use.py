"""The figures of the chapter autograd_in_use."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from torch import Tensor

import d2lcore as d2l


def draw_control_flow(a: Tensor, values: Tensor, slopes: Tensor) -> Figure:
    """The function and its slope, both in size, over a."""
    figure, (left, right) = d2l.plt.subplots(1, 2, figsize=(8, 3.2), layout="constrained")
    d2l.plot(a, values.abs(), "a", "|f(a)|", yscale="log", fmts=["."], axes=left)
    d2l.plot(a, slopes, "a", "gradient", yscale="log", fmts=["."], axes=right)
    for axes in (left, right):
        axes.axvline(0, color="0.6", linewidth=1)
    return figure


def draw_counts(inputs: Sequence[int], counts: Mapping[str, Sequence[int]], num_outputs: int) -> Figure:
    """The multiplications of each mode over the number of inputs."""
    figure, axes = d2l.plt.subplots(figsize=(5, 3.6), layout="constrained")
    d2l.plot(inputs, list(counts.values()), "inputs", "multiplications", list(counts),
             xscale="log", yscale="log", fmts=["o-", "ms--"], axes=axes)  # fmt: skip
    axes.axvline(num_outputs, color="0.6", linestyle=":")
    axes.text(
        num_outputs, axes.get_ylim()[0], f" as many as outputs: {num_outputs}", va="bottom", fontsize="small"
    )
    return figure


def draw_losses(history: d2l.History) -> Figure:
    """The training loss and the test accuracy over whole epochs."""
    figure, (left, right) = d2l.plt.subplots(1, 2, figsize=(8, 3.2), layout="constrained")
    d2l.plt.close(figure)  # in a notebook the curves have been seen growing
    d2l.plot(history["epoch"], history["train_loss"], "epoch", "training loss", fmts=["o-"], axes=left)
    d2l.plot(history["epoch"], history["test_acc"], "epoch", "test accuracy", fmts=["ms--"], axes=right)
    return figure
