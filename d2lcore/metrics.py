"""Counting, timing, and evaluating a model on data."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from .devices import device_of


def accuracy(y_hat: Tensor, y: Tensor) -> float:
    """The *number* of correct predictions (book 3.6).

    y_hat: scores of shape (n, q), of which the largest is the prediction, or predicted classes, shape (n,)
        or (n, 1).
    y: classes, shape (n,) or (n, 1). Raises ValueError if the two differ in length.
    """
    return float(count_correct(y_hat, y))


def count_correct(y_hat: Tensor, y: Tensor) -> Tensor:
    """`accuracy` as a tensor that stays on its device."""
    if y_hat.dim() > 1:
        y_hat = y_hat.argmax(dim=1) if y_hat.shape[1] > 1 else y_hat.squeeze(1)
    if y.dim() == 2:
        y = y.squeeze(1)
    if y_hat.shape != y.shape:
        raise ValueError(
            f"y_hat, y: {tuple(y_hat.shape)} predictions cannot be compared with {tuple(y.shape)} labels"
        )
    return (y_hat.to(y.dtype) == y).sum()


def batch_loss(loss: Callable[..., Tensor], y_hat: Tensor, y: Tensor) -> Tensor:
    """The mean loss of an example of the batch, whichever `reduction` the loss was made with.

    'none' gives one value an example (or several: their mean is taken); 'mean' is used as it is, and so is
    the scalar of a function that does not say; 'sum' is divided by the number of examples. Real-valued `y`
    of shape (n,) is read as (n, 1) where `y_hat` is (n, 1): it must not broadcast to (n, n).
    """
    if y.is_floating_point() and y.numel() == y_hat.numel():
        y = y.reshape(y_hat.shape)
    l = loss(y_hat, y)
    if l.dim() > 0:
        return l.mean()
    owner = loss if hasattr(loss, "reduction") else getattr(loss, "keywords", {})
    reduction = owner.get("reduction") if isinstance(owner, dict) else owner.reduction
    return l / len(y) if reduction == "sum" else l


@contextmanager
def evaluating(net: Any) -> Iterator[None]:
    """Evaluation mode and no gradients inside; afterwards every layer is in the mode it was in."""
    modes = [(m, m.training) for m in net.modules()] if isinstance(net, nn.Module) else []
    if isinstance(net, nn.Module):
        net.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module, mode in modes:
            module.training = mode


def move(batch: Any, device: torch.device | None) -> Any:
    """A tensor, or each tensor of a list, on `device` (None: where it is)."""
    if device is None:
        return batch
    if isinstance(batch, (list, tuple)):
        return [part.to(device) for part in batch]
    return batch.to(device)


def evaluate_accuracy(net: Callable[..., Tensor], data_iter: Iterable) -> float:
    """The share of examples that `net` classifies correctly, in [0, 1] (book 3.6).

    net: a module or any callable from X to scores. data_iter: batches (X, y), which are moved to the net.
    Raises ValueError if there are no examples.
    """
    return evaluate_accuracy_gpu(net, data_iter)


def evaluate_accuracy_gpu(
    net: Callable[..., Tensor], data_iter: Iterable, device: torch.device | str | None = None
) -> float:
    """`evaluate_accuracy` on `device`, by default that of the net's parameters (book 6.6)."""
    where = device_of(net) if device is None else torch.device(device)
    correct, examples = None, 0
    with evaluating(net):
        for X, y in data_iter:
            X, y = move(X, where), move(y, where)
            right = count_correct(net(X), y)
            correct = right if correct is None else correct + right
            examples += y.numel()
    if correct is None or not examples:
        raise ValueError("data_iter: it gave no examples to evaluate on")
    return correct.item() / examples


def evaluate_loss(net: Callable[..., Tensor], data_iter: Iterable, loss: Callable[..., Tensor]) -> float:
    """The mean loss of an example over all of `data_iter`, batches weighed by their size (004 3.5.2).

    loss: with reduction 'none', 'mean' or 'sum' (see `batch_loss`). Raises ValueError without examples.
    """
    where = device_of(net)
    total: float | Tensor = 0.0
    examples = 0
    with evaluating(net):
        for X, y in data_iter:
            X, y = move(X, where), move(y, where)
            total = total + batch_loss(loss, net(X), y) * len(y)
            examples += len(y)
    if not examples:
        raise ValueError("data_iter: it gave no examples to evaluate on")
    return float(total) / examples


class Accumulator:
    """Sums over `n` quantities: `metric.add(a, b)`, then `metric[0]`, `metric[1]` (book 3.6)."""

    def __init__(self, n: int) -> None:
        self.data = [0.0] * n

    def add(self, *args: float | Tensor) -> None:
        """Add one number to each sum. Raises ValueError unless there are exactly `n`."""
        if len(args) != len(self.data):
            raise ValueError(f"add: {len(args)} numbers for an Accumulator of {len(self.data)}")
        self.data = [total + float(value) for total, value in zip(self.data, args, strict=True)]

    def reset(self) -> None:
        self.data = [0.0] * len(self.data)

    def __getitem__(self, i: int) -> float:
        return self.data[i]


class Timer:
    """Wall-clock times in seconds of several runs (book 3.1). It starts when made."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.start()

    def start(self) -> None:
        self._started = time.perf_counter()

    def stop(self) -> float:
        """Record the time since `start` and return it."""
        self.times.append(time.perf_counter() - self._started)
        return self.times[-1]

    def avg(self) -> float:
        """The mean time of a run. Raises ValueError before the first `stop`."""
        if not self.times:
            raise ValueError("Timer: no time recorded yet; call stop() first")
        return sum(self.times) / len(self.times)

    def sum(self) -> float:
        return sum(self.times)

    def cumsum(self) -> list[float]:
        """The times added up: after run 1, after run 2, ..."""
        return np.cumsum(self.times).tolist()
