"""The book's way: one image decoded at a time by a `DataLoader`, a metric read every batch, a replot a point.

Written from the book's description, to be timed; the helpers of `d2lcore` do not use it.
"""

import itertools
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FMTS = ("-", "m--", "g-.", "r:")


def fashion_loaders(
    folder: str, batch_size: int, workers: int, share: float = 1.0
) -> tuple[DataLoader, DataLoader]:
    """Training and test loaders over the first `share` of the Fashion-MNIST that torchvision reads."""
    from torchvision import datasets, transforms

    loaders = []
    for train in (True, False):
        images = datasets.FashionMNIST(folder, train=train, transform=transforms.ToTensor())
        count = int(len(images) * share)
        images.data, images.targets = images.data[:count], images.targets[:count]
        loaders.append(DataLoader(images, batch_size, shuffle=train, num_workers=workers))
    return loaders[0], loaders[1]


def num_correct(y_hat: Tensor, y: Tensor) -> float:
    return float((y_hat.argmax(dim=1) == y).sum())


def train_epoch(
    net: nn.Module, train_iter: Iterable, loss: nn.Module, optimizer: torch.optim.Optimizer
) -> tuple[float, float]:
    """Mean loss and accuracy over one pass; `loss` gives one value an example."""
    net.train()
    sums = [0.0, 0.0, 0.0]  # loss, correct predictions, examples
    for X, y in train_iter:
        y_hat = net(X)
        l = loss(y_hat, y)
        optimizer.zero_grad()
        l.mean().backward()
        optimizer.step()
        batch = (float(l.detach().sum()), num_correct(y_hat, y), y.numel())
        sums = [total + value for total, value in zip(sums, batch, strict=True)]
    return sums[0] / sums[2], sums[1] / sums[2]


def evaluate(net: nn.Module, test_iter: Iterable) -> float:
    net.eval()
    sums = [0.0, 0.0]  # correct predictions, examples
    with torch.no_grad():
        for X, y in test_iter:
            batch = (num_correct(net(X), y), y.numel())
            sums = [total + value for total, value in zip(sums, batch, strict=True)]
    return sums[0] / sums[1]


class Replotter:
    """Curves that are cleared and plotted anew, decoration and all, at every point."""

    def __init__(
        self,
        xlabel: str,
        legend: Sequence[str],
        xlim: tuple[float, float],
        ylim: tuple[float, float],
        show: Callable[["Figure"], None] | None = None,  # what makes a point visible; None: nothing does
    ) -> None:
        from matplotlib import pyplot as plt

        self.xlabel, self.legend, self.xlim, self.ylim, self.show = xlabel, legend, xlim, ylim, show
        self.fig, self.axes = plt.subplots(figsize=(3.5, 2.5))
        self.X: list[list[float]] = [[] for _ in legend]
        self.Y: list[list[float]] = [[] for _ in legend]

    def add(self, x: float, ys: Sequence[float]) -> None:
        for xs, column, y in zip(self.X, self.Y, ys, strict=True):
            xs.append(x)
            column.append(y)
        self.axes.cla()
        for xs, column, fmt in zip(self.X, self.Y, itertools.cycle(FMTS)):
            self.axes.plot(xs, column, fmt)
        self.axes.set_xlabel(self.xlabel)
        self.axes.set_ylabel("")
        self.axes.set_xscale("linear")
        self.axes.set_yscale("linear")
        self.axes.set_xlim(self.xlim)
        self.axes.set_ylim(self.ylim)
        self.axes.legend(self.legend)
        self.axes.grid()
        if self.show is not None:
            self.show(self.fig)

    def save(self, path: Path) -> None:
        self.fig.savefig(path, dpi=150)
        sys.modules["matplotlib.pyplot"].close(self.fig)
