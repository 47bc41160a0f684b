"""The set-up under test: a net, its batches, loss and updater, and how one step of it is taken."""

import time
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from ..devices import device_of
from ..guards import pairs
from ..metrics import evaluating, move
from .saved_state import SavedState

MOST_EXAMPLES = 8192  # of an epoch, looked at


@dataclass
class Data:
    """The batches of one pass, or of its beginning; X and y hold the same, in one piece."""

    batches: list[tuple[Tensor, Tensor]] = field(default_factory=list)
    whole: bool = True
    total: int | None = None  # batches in an epoch, if known
    seconds: float = 0.0  # for an epoch's batches

    @property
    def X(self) -> Tensor:
        return torch.cat([X for X, _ in self.batches])

    @property
    def y(self) -> Tensor:
        return torch.cat([y for _, y in self.batches])

    def __len__(self) -> int:
        return sum(len(y) for _, y in self.batches)

    def __bool__(self) -> bool:
        return bool(self.batches)


def gather(name: str, data_iter: Iterable, most: int = MOST_EXAMPLES) -> Data:
    """One pass over `data_iter`, at most `most` examples. Raises as `pairs` does."""
    data, begun, count = Data(), time.perf_counter(), 0
    stream = pairs(name, data_iter)
    for X, y in stream:
        if not len(y):
            continue
        data.batches.append((_kept(X), _kept(y)))
        count += len(y)
        if count >= most:
            data.whole = False
            break
    data.total = len(data_iter) if isinstance(data_iter, Sized) else len(data.batches)
    data.seconds = time.perf_counter() - begun
    return data


def _kept(value: Any) -> Any:
    """A list may hand out the tensor that it keeps, which a step may then change in place."""
    return value.detach().clone() if isinstance(value, Tensor) else value


@dataclass
class Setting:
    """What the reader gave, and one pass over the batches."""

    net: Any
    loss: Any
    updater: Any
    train: Data
    test: Data
    step: Callable[[Tensor, Tensor], Any] | None
    evaluate: Callable[..., Any] | None
    train_iter: Any
    test_iter: Any
    state: SavedState

    @property
    def is_module(self) -> bool:
        return isinstance(self.net, nn.Module)

    @property
    def optimizer(self) -> torch.optim.Optimizer | None:
        return self.updater if isinstance(self.updater, torch.optim.Optimizer) else None

    @property
    def device(self) -> torch.device | None:
        return device_of(self.net, self.updater)

    def batch(self, i: int) -> tuple[Tensor, Tensor]:
        """Copies of batch number `i` of the pass, counted round, where the net is."""
        X, y = self.train.batches[i % len(self.train.batches)]
        return move(X.clone(), self.device), move(y.clone(), self.device)

    def mean_loss(self, X: Tensor, y: Tensor) -> Tensor:
        """The loss of an example, in the mean over the batch, as the loss function given computes it."""
        return self.mean_of(self.loss(self.net(X), y), len(y))

    def mean_of(self, l: Tensor, n: int) -> Tensor:
        return l.mean() if l.dim() else l / n if self.sums else l

    @property
    def sums(self) -> bool:
        """Whether the loss is a sum over the batch by its own account."""
        keywords = getattr(self.loss, "keywords", None)
        said = keywords.get("reduction") if keywords else getattr(self.loss, "reduction", None)
        return bool(said == "sum")

    def take_step(self, X: Tensor, y: Tensor) -> Any:
        """The reader's own step, or the book's."""
        return self.step(X, y) if self.step is not None else self.book_step(X, y)

    def book_step(self, X: Tensor, y: Tensor) -> Tensor:
        """The body of the book's loop (book 3.6)."""
        l = self.loss(self.net(X), y)
        if self.optimizer is not None:
            self.optimizer.zero_grad()
            l.mean().backward()
            self.optimizer.step()
        else:
            (l.sum() if l.dim() or self.sums else l * len(y)).backward()
            self.updater(len(y))
        return l.detach().mean()

    def begin_epoch(self) -> None:
        """Training mode, as the book's loop sets it; a reader's own step has to see to that itself."""
        if self.step is None and self.is_module:
            self.net.train()

    @contextmanager
    def untouched(self) -> Iterator[None]:
        """Everything is as it was found, at the beginning and afterwards."""
        self.state.restore(all_data=False)
        try:
            yield
        finally:
            self.state.restore(all_data=False)

    def outputs(self, X: Tensor) -> Tensor:
        """The net's outputs in evaluation mode."""
        with evaluating(self.net):
            return self.net(move(X.clone(), self.device)).detach()
