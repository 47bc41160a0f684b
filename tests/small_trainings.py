"""Small trainings that are healthy, to be broken in one place, and the measurements of one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

import d2lcore as d2l
from d2lcore.training_checks.examining import _gathered
from d2lcore.training_checks.measurements import Measurements
from d2lcore.training_checks.saved_state import SavedState


def blobs(n: int = 240, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Three classes around three points, four features."""
    generator = torch.Generator().manual_seed(seed)
    y = torch.randint(0, 3, (n,), generator=generator)
    centers = torch.tensor([[2.0, 0, -1, 0], [0, 2.0, 0, -1], [-2.0, -2, 1, 1]])
    return centers[y] + 0.7 * torch.randn(n, 4, generator=generator), y


def line(n: int = 240, b: float = 3.0) -> tuple[Tensor, Tensor]:
    """y = X w + b with a little noise, y of shape (n, 1)."""
    generator = torch.Generator().manual_seed(0)
    X = torch.randn(n, 3, generator=generator)
    y = X @ torch.tensor([[1.0], [-2.0], [0.5]]) + b + 0.1 * torch.randn(n, 1, generator=generator)
    return X, y


def net_of(*sizes: int, act: Callable[[], nn.Module] = nn.ReLU) -> nn.Sequential:
    torch.manual_seed(0)
    layers: list[nn.Module] = []
    for a, b in pairwise(sizes):
        layers += [nn.Linear(a, b), act()]
    return nn.Sequential(*layers[:-1])


def classifier(**changes: Any) -> dict[str, Any]:
    """The arguments of a checkup of a healthy classifier, with these in the place of its own."""
    X, y = blobs()
    A, b = blobs(120, seed=1)
    net = changes.pop("net", None) or net_of(4, 16, 3)
    given = {
        "net": net,
        "train_iter": d2l.load_array((X, y), 24),
        "test_iter": d2l.load_array((A, b), 60, False),
        "loss": nn.CrossEntropyLoss(),
        "updater": torch.optim.SGD([p for p in net.parameters() if p.requires_grad], lr=0.2),
    }
    return given | changes


def regression(**changes: Any) -> dict[str, Any]:
    """The same of a healthy linear regression."""
    net = changes.pop("net", None) or net_of(3, 1)
    given = {"net": net, "train_iter": d2l.load_array(line(), 24), "loss": nn.MSELoss(),
             "updater": torch.optim.SGD(net.parameters(), lr=0.1)}  # fmt: skip
    return given | changes


def loop(given: dict[str, Any], body: str) -> dict[str, Any]:
    """The set-up with its own step, whose lines after the loss are `body`; n counts the steps."""
    net, loss, updater, count = given["net"], given["loss"], given["updater"], [0]
    code = compile(body, "<step>", "exec")

    def step(X: Tensor, y: Tensor) -> Tensor:
        count[0] += 1
        l = loss(net(X), y)
        exec(code, {"l": l, "net": net, "updater": updater, "n": count[0], "y": y, "nn": nn, "torch": torch})
        return l.detach()

    return given | {"step": step}


@contextmanager
def measured(given: dict[str, Any]) -> Iterator[Measurements]:
    """The measurements of a set-up; afterwards it is as it was."""
    given = {"test_iter": None, "step": None, "evaluate": None} | given
    state = SavedState(list(given.values()))
    order = ("net", "train_iter", "loss", "updater", "test_iter", "step", "evaluate")
    try:
        yield Measurements(_gathered(*(given[name] for name in order), state), 60.0)
    finally:
        state.restore()
