"""What a broken training is made of, and small data."""

import dataclasses
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

import d2lcore as d2l


@dataclasses.dataclass
class Setup:
    """What `d2lcore.checkup` is given."""

    net: Any
    train_iter: Iterable
    loss: Callable[..., Tensor]
    updater: Any
    test_iter: Iterable | None = None
    step: Callable[[Tensor, Tensor], Any] | None = None
    evaluate: Callable[[Any, Any], Any] | None = None

    def checkup(self) -> Any:
        return d2l.checkup(
            self.net, self.train_iter, self.loss, self.updater, test_iter=self.test_iter, step=self.step,
            evaluate=self.evaluate,
        )  # fmt: skip


class Broken(NamedTuple):
    """rules: the findings that name the fault. build: makes the training, with the fault or without."""

    rules: tuple[str, ...]
    build: Callable[[bool], Setup]


BROKEN: dict[str, Broken] = {}


def broken(*rules: str) -> Callable[[Callable[[bool], Setup]], Callable[[bool], Setup]]:
    """Enter a training in the bank, under the name of the function that builds it."""

    def enter(build: Callable[[bool], Setup]) -> Callable[[bool], Setup]:
        def seeded(fault: bool) -> Setup:
            d2l.seed_everything(7)
            return build(fault)

        BROKEN[build.__name__] = Broken(rules, seeded)
        return build

    return enter


def clouds(num_classes: int = 4, num_inputs: int = 8, n: int = 480) -> tuple[Tensor, Tensor]:
    """Points around one centre a class, which overlap a little: X (n, num_inputs), y (n,)."""
    centres = 1.3 * torch.randn(num_classes, num_inputs)
    y = torch.randint(num_classes, (n,))
    return centres[y] + torch.randn(n, num_inputs), y


def split(X: Tensor, y: Tensor, batch_size: int = 32, *, shuffle: bool = True) -> tuple[Any, Any]:
    """Batches of the first four fifths, and of the rest."""
    n = 4 * len(X) // 5
    train_iter = d2l.load_array((X[:n], y[:n]), batch_size, is_train=shuffle)
    return train_iter, d2l.load_array((X[n:], y[n:]), batch_size, is_train=False)


def classes(**sizes: int) -> tuple[Any, Any]:
    return split(*clouds(**sizes))


def heights(n: int = 480) -> tuple[Tensor, Tensor]:
    """A regression of three features: X (n, 3), y (n, 1), negative for half of the examples."""
    X = torch.randn(n, 3)
    return X, X @ torch.tensor([[1.5], [-2.0], [0.7]]) + 0.2 * torch.randn(n, 1)


def mlp(num_inputs: int = 8, num_outputs: int = 4, num_hiddens: int = 24) -> nn.Sequential:
    return nn.Sequential(nn.Linear(num_inputs, num_hiddens), nn.ReLU(), nn.Linear(num_hiddens, num_outputs))


def sgd(net: nn.Module, lr: float = 0.1, **options: Any) -> torch.optim.SGD:
    return torch.optim.SGD(net.parameters(), lr, **options)


def usual(net: nn.Module, loss: Any, updater: Any) -> Callable[[Tensor, Tensor], Tensor]:
    """The body of a loop that is right."""

    def step(X: Tensor, y: Tensor) -> Tensor:
        l = loss(net(X), y)
        updater.zero_grad()
        l.backward()
        updater.step()
        return l.detach()

    return step


CE = F.cross_entropy
