"""Counting, timing, and evaluating a model on data."""

import math
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from .devices import device_of, get_device
from .errors import blaming, brief, check_counts, check_tensors
from .guards import Labels, check_batches, check_classes, check_function, pairs, threshold_of


def accuracy(y_hat: Tensor, y: Tensor) -> float:
    """The *number* of correct predictions (book 3.6).

    y_hat: scores of shape (n, q), of which the largest is the prediction, or predicted classes, shape (n,)
        or (n, 1). A row of scores with a NaN predicts nothing, and is never correct.
    y: classes, shape (n,) or (n, 1), or in the shape of the scores one-hot rows or probabilities.
    Raises ValueError if the two differ in length, for scores of one column (compare them first, as in
    `(y_hat > 0)`), and for labels that are no class of the scores.
    """
    check_tensors(y_hat=y_hat, y=y)
    correct = float(count_correct(y_hat, y))
    if y_hat.dim() > 1 and y_hat.shape[1] > 1 and y.shape != y_hat.shape:
        check_classes(y, y_hat.shape[1])
    if math.isnan(correct):
        raise no_classes(y_hat)
    return correct


def count_correct(y_hat: Tensor, y: Tensor, threshold: float | None = None) -> Tensor:
    """`accuracy` as a tensor that stays on its device; NaN if these are no classes and no scores of classes.

    threshold: the score above which one column of scores predicts class 1.
    """
    sound = None  # whether every value is a class; the largest of scores always is
    if y_hat.dim() > 1 and y_hat.shape[1] > 1:
        best, predicted = y_hat.max(dim=1)
        if y.shape == y_hat.shape:  # one-hot rows or probabilities: they add up to 1
            sound = (y >= 0).all() & ((y.sum(dim=1) - 1).abs() < 0.01).all()
            y = y.argmax(dim=1)
    else:
        best = predicted = y_hat.squeeze(1) if y_hat.dim() > 1 else y_hat
        if threshold is not None:
            predicted = best > threshold
        elif best.is_floating_point():
            sound = (best == best.round()).all()
    if y.dim() > 1 and y.shape[1] == 1:
        y = y.squeeze(1)
    if predicted.shape != y.shape:
        raise ValueError(
            f"y_hat, y: {tuple(predicted.shape)} predictions cannot be compared with {tuple(y.shape)} labels"
        )
    if y.is_floating_point():
        whole = (y == y.round()).all()
        sound = whole if sound is None else sound & whole
    correct = ((predicted == y) & (best == best)).sum()  # NaN is not equal to itself
    return correct if sound is None else torch.where(sound, correct, torch.nan)


def no_classes(y_hat: Tensor) -> ValueError:
    """What to raise if `count_correct` is NaN."""
    if y_hat.dim() > 1 and y_hat.shape[1] > 1:
        return ValueError("y: neither classes, shape (n,), nor one-hot rows or probabilities")
    fractions = y_hat[y_hat != y_hat.round()].flatten()
    example = f", such as {float(fractions[0]):.4g}," if len(fractions) else ""
    return ValueError(
        f"y_hat: scores of one column{example} are no classes; compare them first: (y_hat > 0) of logits, "
        "(y_hat > 0.5) of probabilities"
    )


def num_labels(y_hat: Tensor) -> int:
    """How many predictions `count_correct` compares: n of scores (n, q)."""
    return y_hat.numel() // max(1, y_hat.shape[1]) if y_hat.dim() > 1 else y_hat.numel()


def batch_loss(loss: Callable[..., Tensor], y_hat: Tensor, y: Tensor) -> Tensor:
    """The mean loss of an example of the batch, whichever `reduction` the loss was made with.

    'none' gives one value an example (or several: their mean is taken); 'mean' is used as it is, and so is
    the scalar of a function that does not say; 'sum' is divided by the number of examples.
    y: as the guard `Labels` gives it. Raises TypeError unless the loss is a tensor.
    """
    l = loss(y_hat, y)
    if not isinstance(l, Tensor):
        raise TypeError(f"loss: gave {brief(l)}; return the tensor itself, without .item() or float()")
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
    Raises ValueError if there are no examples, for labels that are no class of the scores, and for a net of
    one output: its scores are no classes, see `accuracy`.
    """
    return evaluate_accuracy_gpu(net, data_iter)


def evaluate_accuracy_gpu(
    net: Callable[..., Tensor], data_iter: Iterable, device: torch.device | str | None = None
) -> float:
    """`evaluate_accuracy` on `device`, by default that of the net's parameters (book 6.6).

    Raises ValueError if `device` is not here, or the net's parameters are elsewhere.
    """
    share, y_hat = accuracy_under(None, net, data_iter, device)
    if math.isnan(share):
        raise no_classes(y_hat)
    return share


def accuracy_under(
    loss: Any,
    net: Callable[..., Tensor],
    data_iter: Iterable,
    device: torch.device | str | None = None,
    name: str = "data_iter",
) -> tuple[float, Tensor]:
    """`evaluate_accuracy` of a net trained by `loss`, and the last scores.

    Binary cross-entropy has a threshold for one column of scores; of a regression the accuracy is NaN.
    name: what errors call `data_iter`.
    """
    check_function("net", net, "a module or function from X to scores", "net = {}(...)")
    check_batches(name, data_iter)
    where = its = device_of(net)
    if device is not None:
        where = get_device(device)
        if its is not None and (its.type, its.index or 0) != (where.type, where.index or 0):
            raise ValueError(f"device: the net is on {its}, not on {where}; net.to({str(where)!r}) first")
    correct, examples = None, 0
    labels = Labels(data_iter, loss)
    with evaluating(net):
        for X, source in pairs(name, data_iter):
            X, y = move(X, where), move(source, where)
            y_hat = net(X)
            right = count_correct(y_hat, labels(y_hat, y, source), threshold_of(loss))
            correct = right if correct is None else correct + right
            examples += num_labels(y_hat)
    if correct is None or not examples:
        raise ValueError(f"{name}: it gave no examples to evaluate on")
    labels.finish()
    return correct.item() / examples, y_hat


def evaluate_loss(net: Callable[..., Tensor], data_iter: Iterable, loss: Callable[..., Tensor]) -> float:
    """The mean loss of an example over all of `data_iter`, batches weighed by their size (004 3.5.2).

    loss: with reduction 'none', 'mean' or 'sum' (see `batch_loss`). Raises ValueError without examples, and
    for labels that the loss cannot take or would broadcast.
    """
    check_function("net", net, "a module or function from X to scores", "net = {}(...)")
    check_batches("data_iter", data_iter)
    check_function("loss", loss, "a function of (y_hat, y)", "{}()")
    where = device_of(net)
    total: float | Tensor = 0.0
    examples = 0
    labels = Labels(data_iter, loss)
    with evaluating(net):
        for X, source in pairs("data_iter", data_iter):
            X, y = move(X, where), move(source, where)
            y_hat = net(X)
            total = total + batch_loss(loss, y_hat, labels(y_hat, y, source)) * len(y)
            examples += len(y)
    if not examples:
        raise ValueError("data_iter: it gave no examples to evaluate on")
    labels.finish()
    return float(total) / examples


class Accumulator:
    """Sums over `n` quantities: `metric.add(a, b)`, then `metric[0]`, `metric[1]` (book 3.6)."""

    def __init__(self, n: int) -> None:
        check_counts(n=n)
        self.data = [0.0] * n

    def add(self, *args: float | Tensor) -> None:
        """Add one number to each sum. Raises ValueError unless there are `n`, TypeError for other values."""
        if len(args) != len(self.data):
            raise ValueError(f"add: {len(args)} numbers for an Accumulator of {len(self.data)}")
        numbers = []
        for i, value in enumerate(args):
            with blaming(f"add: number {i}", value):
                numbers.append(float(value.detach() if isinstance(value, Tensor) else value))
        self.data = [total + number for total, number in zip(self.data, numbers, strict=True)]

    def reset(self) -> None:
        self.data = [0.0] * len(self.data)

    def __getitem__(self, i: int) -> float:
        return self.data[i]


class Timer:
    """Wall-clock times in seconds of several runs (book 3.1). It starts when made.

    tik: when it was started last, in the seconds of `time.time()`.
    """

    def __init__(self) -> None:
        self.times: list[float] = []
        self.start()

    def start(self) -> None:
        self.tik = time.time()
        self._started = time.perf_counter()  # a clock that nobody sets

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
