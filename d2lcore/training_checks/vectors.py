"""Comparing lists of gradients or updates."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

MaybeTensors = Sequence[Tensor | None]


def flat(a: MaybeTensors, b: MaybeTensors) -> tuple[Tensor, Tensor]:
    """Both in one vector each, of float64, leaving out what either has not."""
    both = [(x, y) for x, y in zip(a, b, strict=True) if x is not None and y is not None]
    if not both:
        return torch.zeros(0, dtype=torch.float64), torch.zeros(0, dtype=torch.float64)
    left, right = zip(*both, strict=True)
    return _one(left), _one(right)


def _one(tensors: Sequence[Tensor]) -> Tensor:
    return torch.cat([t.detach().reshape(-1).double().cpu() for t in tensors])


def cosine(a: MaybeTensors, b: MaybeTensors) -> float:
    """Of the angle between them, in [-1, 1]; 0 if either is zero or not finite."""
    x, y = flat(a, b)
    size = float(x.norm() * y.norm())
    return float(x @ y) / size if size and math.isfinite(size) else 0.0


def norm(a: MaybeTensors) -> float:
    return float(flat(a, a)[0].norm())


def differences(after: Sequence[Tensor], before: Sequence[Tensor]) -> list[Tensor]:
    return [a - b for a, b in zip(after, before, strict=True)]


def rms(tensor: Tensor) -> float:
    return float(tensor.detach().double().square().mean().sqrt())
