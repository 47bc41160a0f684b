"""The pieces of work that are compared: for each, our way and another, at any size."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import d2lcore as d2l
from d2lcore.data.datasets import fetch_images

from . import bare, book
from .timing import Work

BATCH_SIZE = 256  # of the epochs: 60,000 images make 235 batches
LR = 0.1
ARRAY_BATCH_SIZE = 10
LEGEND = ("train loss", "train acc", "test acc")

MakeNet = Callable[[], nn.Module]


def softmax_regression() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 10))


def mlp() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))


@cache
def fashion_folder() -> str:
    """What torchvision calls the root of Fashion-MNIST, fetched first if need be."""
    return fetch_images("fashion_mnist")


def _start(make_net: MakeNet) -> tuple[nn.Module, torch.optim.Optimizer]:
    torch.manual_seed(0)
    net = make_net()
    return net, torch.optim.SGD(net.parameters(), lr=LR)


def our_epoch(make_net: MakeNet, share: float = 1.0) -> Work:
    """Training on the first `share` of the training images, evaluation on that of the test images."""
    net, optimizer = _start(make_net)
    loss = nn.CrossEntropyLoss(reduction="none")
    train_iter, test_iter = d2l.load_data_fashion_mnist(BATCH_SIZE)
    if share < 1:
        train_iter, test_iter = _first(train_iter, share, shuffle=True), _first(test_iter, share)

    def work() -> None:
        d2l.train_epoch_ch3(net, train_iter, loss, optimizer)
        d2l.evaluate_accuracy(net, test_iter)

    return work


def _first(batches: d2l.Batches, share: float, shuffle: bool = False) -> d2l.Batches:
    tensors = [tensor[: int(len(tensor) * share)] for tensor in batches.dataset.tensors]
    return d2l.Batches(
        d2l.ArrayDataset(*tensors, transform=batches.dataset.transform), batches.batch_size, shuffle
    )


def book_epoch(make_net: MakeNet, share: float = 1.0, workers: int = 0) -> Work:
    net, optimizer = _start(make_net)
    loss = nn.CrossEntropyLoss(reduction="none")
    train_iter, test_iter = book.fashion_loaders(fashion_folder(), BATCH_SIZE, workers, share)

    def work() -> None:
        book.train_epoch(net, train_iter, loss, optimizer)
        book.evaluate(net, test_iter)

    return work


def bare_epoch(make_net: MakeNet) -> Work:
    net, optimizer = _start(make_net)
    train_images, train_labels, test_images, test_labels = bare.fashion(fashion_folder())

    def work() -> None:
        bare.train_epoch(net, train_images, train_labels, BATCH_SIZE, optimizer)
        bare.evaluate(net, test_images, test_labels, BATCH_SIZE)

    return work


def array_passes(num_rows: int) -> tuple[Work, Work]:
    """One shuffled pass over two features and a label a row, with `load_array` and with a `DataLoader`."""
    X, y = torch.randn(num_rows, 2), torch.randn(num_rows, 1)
    ours = d2l.load_array((X, y), ARRAY_BATCH_SIZE)
    theirs = DataLoader(TensorDataset(X, y), ARRAY_BATCH_SIZE, shuffle=True)
    return lambda: sum(1 for _ in ours), lambda: sum(1 for _ in theirs)


def curves(points: int) -> tuple[Work, Work]:
    """`points` points on each of three curves and one saved figure, without a display."""
    import matplotlib

    matplotlib.use("agg")
    return lambda: _saved(our_animator(points), points), lambda: _saved(book_animator(points), points)


def our_animator(points: int) -> d2l.Animator:
    return d2l.Animator("epoch", legend=LEGEND, xlim=(1, points), ylim=(0, 1))


def book_animator(points: int, show: Callable | None = None) -> book.Replotter:
    return book.Replotter("epoch", legend=LEGEND, xlim=(1, points), ylim=(0, 1), show=show)


def draw(animator: d2l.Animator | book.Replotter, points: int) -> None:
    for epoch in range(1, points + 1):
        animator.add(epoch, (1 / epoch, 1 - 0.6 / epoch, 1 - 0.7 / epoch))


def _saved(animator: d2l.Animator | book.Replotter, points: int) -> None:
    draw(animator, points)
    with TemporaryDirectory() as folder:
        animator.save(Path(folder) / "curves.png")
