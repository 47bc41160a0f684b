"""What a loss function does, found by trying it on predictions whose loss is known."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

Value = Callable[[Tensor], float]  # predictions -> mean loss, NaN where the loss cannot be computed


@dataclass(frozen=True)
class LossFacts:
    """kind: "softmax" (of logits, several columns), "logistic" (of logits, one column), "log probabilities",
    "probabilities", "by value", "constant" (the predictions do not matter) or "unknown".

    prefers_wrong: predictions that are right have the larger loss. swapped: it is the loss of (y, y_hat).
    broadcasts: which label belongs to which prediction does not matter.
    """

    kind: str = "unknown"
    prefers_wrong: bool = False
    swapped: bool = False
    broadcasts: bool = False


def loss_facts(loss: Any, y_hat: Tensor, y: Tensor) -> LossFacts:
    """Try `loss` on predictions in the shape of `y_hat` and these labels."""
    generator = torch.Generator().manual_seed(0)
    z = torch.randn(y_hat.shape, generator=generator).to(y_hat)
    if y.is_floating_point() and y.numel():
        z = z * max(1.0, float(y.abs().max()))
    kind, prefers_wrong = _kind(_valued(loss, y), z, y)
    swapped = False
    if kind == "unknown" and y.is_floating_point() and y.shape == y_hat.shape:
        turned, _ = _kind(_valued(lambda a, b: loss(b, a), y), z, y)
        swapped = turned in ("softmax", "logistic", "probabilities")
    return LossFacts(kind, prefers_wrong, swapped, _broadcasts(loss, z, y))


def _valued(loss: Any, y: Tensor) -> Value:
    def value(z: Tensor) -> float:
        try:
            with torch.no_grad():
                return float(loss(z, y.clone()).mean())
        except Exception:  # of a reader's function, on predictions that it was not made for
            return math.nan

    return value


def _kind(value: Value, z: Tensor, y: Tensor) -> tuple[str, bool]:
    if _close(value(z), value(2 * z)) and _close(value(z), value(-z)):
        return "constant", False
    right = right_rows(z, y)
    if right is not None and z.dim() > 1 and z.shape[1] > 1:
        return _kind_of_classes(value, z, right)
    return _kind_of_column(value, z, y)


def right_rows(z: Tensor, y: Tensor) -> Tensor | None:
    """One-hot rows in the shape of `z`, of class numbers, one-hot rows or probabilities; None of others."""
    if z.dim() < 2:
        return None
    if y.shape == z.shape and z.shape[1] > 1:
        rows = y.to(z.dtype)
        return rows if bool((rows >= 0).all() and (rows.sum(1) - 1).abs().max() < 1e-3) else None
    if (
        y.dim() != 1
        or y.is_floating_point()
        or z.dim() != 2
        or int(y.min()) < 0
        or int(y.max()) >= z.shape[1]
    ):
        return None
    return F.one_hot(y.long(), z.shape[1]).to(z.dtype)


def _kind_of_classes(value: Value, z: Tensor, right: Tensor) -> tuple[str, bool]:
    wrong = right.roll(1, dims=1)
    here = value(z)
    if _close(here, value(z + 3 * z[:, :1])):  # another number added to every row
        return "softmax", value(4 * right) > value(4 * wrong)
    rise = value(z + 1) - here
    if _close(abs(rise), 1.0):
        return "log probabilities", rise > 0
    p, q = 0.1 + 0.8 * right, 0.1 + 0.8 * wrong
    fall = value(p / 2) - value(p)
    if _close(abs(fall), math.log(2)):
        return "probabilities", value(p) > value(q)
    if _close(value(right), 0.0) and value(right) < value(wrong):
        return "by value", False
    return "unknown", value(right) > value(wrong) > value(wrong * 2) and _close(value(right), 0.0)


def _kind_of_column(value: Value, z: Tensor, y: Tensor) -> tuple[str, bool]:
    if y.numel() != z.numel():
        return "unknown", False
    target = y.reshape(z.shape).to(z.dtype)
    if bool(((target == 0) | (target == 1)).all()):
        sure, half = 40 * (2 * target - 1), torch.full_like(z, 0.5)
        if _close(value(0 * z), math.log(2)) and value(sure) < 1e-3:
            return "logistic", False
        if _close(value(0 * z), -math.log(2)) and value(-sure) < value(sure):
            return "logistic", True
        if _close(abs(value(half)), math.log(2)) and not _close(value(half), value(half + 0.3)):
            good, bad = 0.1 + 0.8 * target, 0.9 - 0.8 * target
            if abs(value(good)) < abs(value(bad)):
                return "probabilities", value(half) < 0
    exact, up, down = value(target), value(target + 1), value(target - 1)
    if _close(exact, 0.0) and (max(up, down) < -1e-6 or min(up, down) > 1e-6):
        return "by value", max(up, down) < 0
    return "unknown", False


def _broadcasts(loss: Any, z: Tensor, y: Tensor) -> bool:
    """Whether labels in another order have the same loss, although predictions and labels differ."""
    if y.shape == z.shape or len(y) < 3 or y.shape[:1] != z.shape[:1] or bool((y == y[0]).all()):
        return False
    values = [_valued(loss, other)(z) for other in (y, y.roll(1, dims=0), y.roll(len(y) // 2, dims=0))]
    return all(_close(values[0], one) for one in values[1:])


def _close(a: float, b: float) -> bool:
    return abs(a - b) <= 2e-4 * (1 + abs(b))
