"""What the tests of concept shift share: images that show their class, a net that reads it."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import nn

from chapters.distribution_shift.concept import Data
from chapters.mlp import MLP

Recorded = list[tuple[torch.Tensor, torch.Tensor]]


def numbered(n: int = 40) -> Data:
    """Five classes; an image is two pixels, its number and its class: (i, y_i)."""
    y = torch.arange(3 * n) % 5
    X = torch.stack([torch.arange(3 * n), y], dim=1).float().reshape(3 * n, 1, 1, 2)
    return Data(X[:n], y[:n], X[n : 2 * n], y[n : 2 * n], X[2 * n :], y[2 * n :])


def reader(num_classes: int = 5) -> MLP:
    """A network that is always right on `numbered`: its scores 2 k y - k^2 are largest at k = y."""
    net, k = MLP(2, 1, num_classes), torch.arange(num_classes).float()
    with torch.no_grad():
        net.W1.copy_(torch.tensor([[0.0], [1.0]]))
        net.W2.copy_(2 * k.unsqueeze(0))
        net.b2.copy_(-(k**2))
    return net


def state(net: nn.Module) -> list[torch.Tensor]:
    return [param.detach().clone() for param in net.parameters()]


def without_learning(module: ModuleType, calls: Recorded, run: Callable[[], Any]) -> Any:
    """`run()` with an `update` in `module` that changes nothing and adds what it is given to `calls`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "update", lambda net, X, y, *, lr: calls.append((X, y)))
        return run()
