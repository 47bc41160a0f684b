"""Training a classifier, epoch by epoch."""

import contextlib
import math
import random
import sys
from collections.abc import Callable, Iterable, Sequence
from numbers import Integral
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from . import guards
from .animator import Animator
from .data.datasets import get_fashion_mnist_labels
from .devices import device_of
from .errors import brief, check_counts, check_tensors
from .figures import in_notebook
from .history import FIGSIZE, History, curve_style, format_row
from .metrics import (
    Timer,
    accuracy_under,
    batch_loss,
    count_correct,
    evaluate_loss,
    evaluating,
    move,
    num_labels,
)
from .plotting import show_images
from .process import waiting_threads
from .training_checks.asked import look_first, stop_if_unseen
from .training_checks.first_loss import first_fault

COLUMN = 6.5  # inches that fit the column of a notebook
MOST_IN_A_ROW = 6  # images, each under two names

Updater = torch.optim.Optimizer | Callable[[int], Any]


def seed_everything(seed: int) -> None:
    """Seed the global generators of Python, NumPy and torch, those of every device included.

    Raises ValueError unless 0 <= seed < 2^32 (NumPy's range).
    """
    if isinstance(seed, bool) or not isinstance(seed, Integral):
        raise TypeError(f"seed: expected a whole number, got {brief(seed)}")
    if not 0 <= seed < 2**32:
        raise ValueError(f"seed: must be in 0..{2**32 - 1}, got {seed}")
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


class TrainingDiverged(ArithmeticError):
    """The loss became NaN, infinite, or a million times what it was. `history` holds the epochs before.

    fault: what is wrong with the data, if they are to blame and not the learning rate. cause: what it is,
    and the remedy, if it is neither.
    """

    def __init__(
        self,
        epoch: int,
        batch: int | None,
        loss: float,
        last_finite: float | None,
        lr: float | None,
        fault: str | None = None,
        cause: str | None = None,
    ) -> None:
        self.epoch, self.batch, self.loss, self.last_finite, self.lr = epoch, batch, loss, last_finite, lr
        self.fault = fault
        self.history = History()
        course = f"is {loss:.4g}" if last_finite is None else f"went from {last_finite:.4g} to {loss:.4g}"
        remedy = (
            f"the learning rate was {lr:g}: try {min(0.1, lr / 10):g}"
            if lr
            else "try a smaller learning rate"
        )
        if fault:
            remedy = f"{fault}: remove or replace it before training"
        elif cause:
            remedy = cause
        place = f"epoch {epoch}" if batch is None else f"epoch {epoch}, batch {batch}"
        super().__init__(f"training diverged in {place}: the loss {course}; {remedy}")


class TrainingInterrupted(KeyboardInterrupt):
    """Ctrl-C during training. `history` holds the epochs finished before."""

    def __init__(self, history: History) -> None:
        super().__init__(f"interrupted after {len(history)} finished epochs")
        self.history = history


def step(l: Tensor, updater: Updater, batch_size: int) -> None:
    """One update of the parameters: gradients of the loss, then a step (003 5.4; book 3.2).

    l: the *mean* loss of the batch, a scalar. updater: an optimizer, which follows the gradient of the mean,
    or a `callable(batch_size)`, such as one that calls `sgd`, which divides that of the sum by `batch_size`
    itself and sets the gradients to zero.
    Raises ValueError if the loss depends on no parameter that the optimizer changes.
    """
    check_tensors(l=l)
    check_counts(batch_size=batch_size)
    guards.check_updater(updater)
    if l.numel() != 1 or not l.requires_grad:
        raise ValueError(f"l: a scalar with a gradient is needed, such as the mean loss, got {brief(l)}")
    if not isinstance(updater, torch.optim.Optimizer):
        (l * batch_size).backward()
        updater(batch_size)
        return
    updater.zero_grad()
    l.backward()
    changed = (parameter for group in updater.param_groups for parameter in group["params"])
    if all(parameter.grad is None for parameter in changed):
        raise ValueError(
            "updater: the loss depends on none of the parameters that it changes; make the optimizer of "
            "those of this net, net.parameters()"
        )
    updater.step()


def train_epoch_ch3(
    net: Callable[..., Tensor],
    train_iter: Iterable,
    loss: Callable[..., Tensor],
    updater: Updater,
    *,
    epoch: int = 1,
    progress: Any = None,
) -> tuple[float, float]:
    """Train for one pass over `train_iter`; the mean training loss and accuracy of an example (book 3.6).

    net: a module or any callable from X to scores (n, q). Batches go to where its parameters are.
    loss: with reduction 'none', 'mean' or 'sum'; all three train alike and report the mean of an example.
    updater: an optimizer, or a `callable(batch_size)` that divides the gradients of the batch's summed loss.
    epoch: its number, for error messages. progress: a tqdm bar to move forward by one a batch.
    Of one column of scores the class is 1 above the threshold of binary cross-entropy; the accuracy of a
    regression is NaN.
    Raises TrainingDiverged if a loss is not finite or has exploded, TypeError or ValueError if an argument
    cannot be trained with, or the batches do not fit the net or loss.
    """
    guards.check_training(net, train_iter, loss, updater)
    look_first(net, train_iter, loss, updater)
    correct: Any = 0
    count = 0

    def keep(y_hat: Tensor, y: Tensor) -> None:
        nonlocal correct, count
        correct = correct + count_correct(y_hat.detach(), y, guards.threshold_of(loss))
        count += num_labels(y_hat)
        if progress is not None:
            progress.update()

    train_loss = _one_pass(net, train_iter, loss, updater, epoch, after=keep)
    return train_loss, float(correct) / count


def _one_pass(
    net: Callable[..., Tensor],
    train_iter: Iterable,
    loss: Callable[..., Tensor],
    updater: Updater,
    epoch: int,
    *,
    penalty: Callable[[], Tensor] | None = None,
    after: Callable[[Tensor, Tensor], None] | None = None,
    regression: bool = False,
) -> float:
    """Update the net on every batch; the mean loss of an example, without the penalty.

    after: called with the predictions and labels of every batch. regression: labels must have the shape of
    the predictions, and a large loss of one batch is no sign that training has diverged.
    """
    if isinstance(net, nn.Module):
        net.train()
    device = device_of(net, updater)
    labels = guards.Labels(train_iter, loss)
    losses: list[Tensor] = []
    sizes: list[int] = []
    fault = cause = None
    for X, source in guards.pairs("train_iter", train_iter):
        X, y = move(X, device), move(source, device)
        y_hat = guards.scores(net, X)
        if regression and y.shape != y_hat.shape:
            raise guards.would_broadcast(y, y_hat)
        y = labels(y_hat, y, source)
        l = batch_loss(loss, y_hat, y)
        if not losses:
            guards.check_trainable(l, net, y_hat)
            first_batch = (X, y)
        losses.append(l.detach())
        sizes.append(len(y))
        if l.device.type == "cpu" and not math.isfinite(losses[-1]):  # elsewhere reading it would wait
            fault = guards.data_fault(len(losses), X, y)
            if not fault and len(losses) == 1:
                cause = first_fault(net, y_hat)
            break
        step(l + penalty() if penalty else l, updater, len(y))
        if after is not None:
            after(y_hat, y)
    if not losses:
        raise ValueError("train_iter: it gave no batches to train on")
    # The numbers above stay on the device; reading them here is the one wait of the epoch.
    per_batch = torch.stack(losses).cpu().double()
    highest = math.inf if regression else _highest(float(per_batch[0]))
    sound = per_batch.isfinite() & (per_batch <= highest)
    if not sound.all():
        first = int((~sound).nonzero()[0])
        before, now = (float(per_batch[first - 1]) if first else None), float(per_batch[first])
        if not fault and device is not None and device.type != "cpu" and not math.isfinite(now):
            fault = (first == 0 and guards.data_fault(1, *first_batch)) or guards.fault_in(train_iter)
        raise TrainingDiverged(epoch, first + 1, now, before, _learning_rate(updater), fault, cause)
    labels.finish()
    return float(per_batch @ torch.tensor(sizes, dtype=torch.float64)) / sum(sizes)


def _learning_rate(updater: Updater | None) -> float | None:
    return updater.param_groups[0]["lr"] if isinstance(updater, torch.optim.Optimizer) else None


def train_ch3(
    net: Callable[..., Tensor],
    train_iter: Iterable,
    test_iter: Iterable,
    loss: Callable[..., Tensor],
    num_epochs: int,
    updater: Updater,
) -> History:
    """Train a classifier and evaluate it after every epoch (004 3.2.5; book 3.6).

    net, train_iter, loss, updater: as for `train_epoch_ch3`. test_iter: the batches of `test_acc`.
    Returns a `History` with the columns epoch, train_loss, train_acc and test_acc. In a notebook the curves
    grow in a figure; elsewhere a line is printed an epoch, below a progress bar where one can be seen, and at
    the end the figure is there for `plt.show()` and `plt.savefig()`.
    Raises ValueError for fewer than one epoch, TrainingDiverged, and TrainingInterrupted (a
    KeyboardInterrupt) at Ctrl-C; both carry the `history` so far. Arguments that cannot be trained with are
    refused before the first epoch, such as a class instead of a loss, or a generator for two epochs.
    """
    check_counts(num_epochs=num_epochs)
    guards.check_training(net, train_iter, loss, updater, num_epochs=num_epochs)
    guards.check_batches("test_iter", test_iter, num_epochs)
    look_first(net, train_iter, loss, updater, test_iter)
    total = None
    with contextlib.suppress(TypeError):  # how many batches a stream has nobody knows
        total = num_epochs * len(train_iter)  # type: ignore[arg-type]
    with tqdm(total=total, unit="batch", delay=1, leave=False, disable=None) as progress:

        def run_epoch(epoch: int) -> dict[str, float]:
            train_loss, train_acc = train_epoch_ch3(
                net, train_iter, loss, updater, epoch=epoch, progress=progress
            )
            test_acc, _ = accuracy_under(loss, net, test_iter, name="test_iter")
            return {"train_loss": train_loss, "train_acc": train_acc, "test_acc": test_acc}

        return train_epochs(num_epochs, run_epoch)


def train_regression(
    net: Callable[..., Tensor],
    train_iter: Iterable,
    loss: Callable[..., Tensor],
    num_epochs: int,
    updater: Updater,
    *,
    test_iter: Iterable | None = None,
    penalty: Callable[[], Tensor] | None = None,
) -> History:
    """Minimise the mean loss, plus a penalty, and evaluate the loss after every epoch (003 2, 004 3.5.2).

    net: a module or any callable from X to predictions in the shape of y. loss, updater: as for
    `train_epoch_ch3`. penalty: what is added to the mean loss of a batch, once, however many examples it has.
    Returns a `History` with the columns epoch, train_loss and, of `test_iter`, test_loss: no penalty in it.
    Raises ValueError if y has not the shape of the predictions; otherwise as `train_ch3` does.
    """
    check_counts(num_epochs=num_epochs)
    guards.check_training(net, train_iter, loss, updater, num_epochs=2)  # it evaluates on train_iter too
    if test_iter is not None:
        guards.check_batches("test_iter", test_iter, num_epochs)
    if penalty is not None:
        guards.check_function("penalty", penalty, "a function without arguments", "{}()")
    look_first(net, train_iter, loss, updater, test_iter)

    def run_epoch(epoch: int) -> dict[str, float]:
        _one_pass(net, train_iter, loss, updater, epoch, penalty=penalty, regression=True)
        losses = {"train_loss": evaluate_loss(net, train_iter, loss)}
        if test_iter is not None:
            losses["test_loss"] = evaluate_loss(net, test_iter, loss)
            if not math.isfinite(losses["test_loss"]) and (fault := guards.fault_in(test_iter)):
                lr = _learning_rate(updater)
                raise TrainingDiverged(epoch, None, losses["test_loss"], None, lr, f"test_iter: {fault}")
        return losses

    return train_epochs(num_epochs, run_epoch, updater=updater)


def train_epochs(
    num_epochs: int,
    run_epoch: Callable[[int], dict[str, float]],
    *,
    updater: Updater | None = None,
    curves: bool = True,
    lines: bool = True,
) -> History:
    """Call `run_epoch(epoch)` for epochs 1 to `num_epochs`; keep and show the numbers it gives.

    run_epoch: trains for one epoch; its dict, such as {"train_loss": 0.5}, becomes a row of the history.
    updater: the optimizer, if there is one, whose learning rate is named when training diverges.
    In a notebook the curves grow in a figure; elsewhere about twenty lines are printed, or one an epoch, and
    the figure is left to pyplot, which draws it for `plt.show()` or `plt.savefig()`.
    curves, lines: False leaves them out, for a training that shows its numbers itself.
    Raises ValueError for fewer than one epoch; TrainingDiverged if a loss is not finite, or a million times
    that of the first epoch; TrainingInterrupted (a KeyboardInterrupt) at Ctrl-C. The last two carry the
    `history` so far.
    """
    check_counts(num_epochs=num_epochs)
    if updater is not None:
        guards.check_updater(updater)
    guards.check_function("run_epoch", run_epoch, "a function of the epoch's number", "{}(...)")
    history = History()
    animator: Animator | None = None
    every = -(-num_epochs // 20)
    timer = Timer()
    try:
        for epoch in range(1, num_epochs + 1):
            numbers = run_epoch(epoch)
            stop_if_unseen()
            if not isinstance(numbers, dict):
                raise TypeError(
                    f"run_epoch: expected a dict such as {{'train_loss': 0.5}}, got {brief(numbers)}"
                )
            _check_losses(numbers, history, epoch, _learning_rate(updater))
            history.add(epoch=epoch, **numbers)
            history.seconds = timer.stop()
            if epoch == 1 and (hint := waiting_threads(history.seconds)):
                tqdm.write(hint, file=sys.stderr)
            if curves and in_notebook():
                animator = animator or Animator(**curve_style(num_epochs, list(numbers)), figsize=FIGSIZE)
                animator.add(epoch, list(numbers.values()))
            elif lines and (epoch % every == 0 or epoch == num_epochs):
                tqdm.write(format_row(history[-1]))
                sys.stdout.flush()  # a pipe or log file shows it now
    except TrainingDiverged as diverged:
        diverged.history = history
        raise
    except KeyboardInterrupt:
        raise TrainingInterrupted(history) from None
    finally:
        if curves and len(history) and not in_notebook():
            history.leave_figure()
    return history


def _check_losses(numbers: dict[str, float], history: History, epoch: int, lr: float | None) -> None:
    for name in (name for name in numbers if "loss" in name):
        earlier = [history[0][name], history[-1][name]] if len(history) else []
        check_loss(numbers[name], earlier, epoch, lr)


def check_loss(
    loss: float, earlier: Sequence[float], epoch: int, lr: float | None, *, highest: float = math.inf
) -> None:
    """Raise TrainingDiverged if `loss` is not finite, or a million times the first of the `earlier` ones.

    earlier: the first and the last are looked at. highest: the limit while there is none.
    """
    if earlier:
        highest = _highest(earlier[0])
    if not math.isfinite(loss) or loss > highest:
        raise TrainingDiverged(epoch, None, loss, earlier[-1] if earlier else None, lr)


def _highest(first: float) -> float:
    """What a loss may be in a training that has not exploded, if it was `first` at first."""
    return 1e6 * max(1.0, first)


def predict_ch3(net: Callable[..., Tensor], test_iter: Iterable, n: int = 6) -> np.ndarray:
    """Draw the first `n` test images, each with its true label above the predicted one (004 3.2.5; book 3.6).

    Wrong predictions are red. The figure is no wider than a notebook's column: six images a row at most.
    Returns the array of axes. The names are `test_iter.dataset.classes`, else those of Fashion-MNIST.
    Raises ValueError for `n` below 1 or an empty `test_iter`.
    """
    check_counts(n=n)
    guards.check_function("net", net, "a module or function from X to scores", "net = {}(...)")
    guards.check_batches("test_iter", test_iter)
    X, y = next(guards.pairs("test_iter", test_iter), (None, None))
    if X is None or y is None:
        raise ValueError("test_iter: it gave no examples to predict")
    X, y = X[:n], y[:n]
    with evaluating(net):
        predicted = net(move(X, device_of(net))).argmax(dim=1)
    classes = getattr(getattr(test_iter, "dataset", None), "classes", None)
    name = get_fashion_mnist_labels if classes is None else lambda numbers: [classes[int(i)] for i in numbers]
    titles = [f"{true}\n{guess}" for true, guess in zip(name(y), name(predicted), strict=True)]
    num_rows = math.ceil(len(X) / MOST_IN_A_ROW)
    num_cols = math.ceil(len(X) / num_rows)
    axes = show_images(X, num_rows, num_cols, titles=titles, scale=min(1.5, COLUMN / num_cols))[: len(X)]
    for place, right in zip(axes, predicted.cpu() == y.cpu(), strict=True):
        place.title.set_color("black" if right else "red")
    for first in axes[::num_cols]:  # beside the titles of each row
        first.annotate("true\npredicted", (-0.1, 1), (0, 6), textcoords="offset points",
                       xycoords="axes fraction", ha="right", fontsize="small")  # fmt: skip
    return axes
