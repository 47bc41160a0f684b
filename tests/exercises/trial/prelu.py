"""Answers to prelu, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("The negative part is subtracted and not added.")
def prelu(X, alpha):
    return torch.clamp(X, min=0) - alpha * torch.clamp(X, max=0)


@wrong("max(x, alpha x) is only right for alpha up to 1.")
def prelu(X, alpha):
    return torch.maximum(X, alpha * X)


@wrong("Below 0 it gives alpha itself and not alpha x.")
def prelu(X: Tensor, alpha: float | Tensor) -> Tensor:
    slope = torch.as_tensor(alpha, dtype=X.dtype).reshape(())
    return torch.where(X > 0, X, slope)


@wrong("alpha is made a plain number, so no gradient reaches it.")
def prelu(X, alpha):
    return torch.nn.functional.leaky_relu(X, negative_slope=float(alpha))


@wrong("A copy is not made, so the caller's X is changed in place.")
def prelu(X, alpha):
    X[X < 0] *= alpha
    return X


@wrong("The factor 1/2 is missing for the negative part.")
def prelu(X, alpha):
    size = X.abs()
    positive = (X + size) / 2
    negative = X - size
    return positive + alpha * negative


@wrong("Python's max and min compare a whole tensor, which raises an error.")
def prelu(X, alpha):
    return max(0, X) + alpha * min(0, X)


@right("A slope for each element: 1 above 0, alpha below.")
def prelu(X, alpha):
    if isinstance(alpha, Tensor):
        alpha = alpha.reshape(()).to(X.dtype)
    slope = torch.where(X > 0, torch.ones_like(X), torch.ones_like(X) * alpha)
    return X * slope


@right("relu twice: relu(x) - alpha relu(-x), with alpha brought to the type of X.")
def prelu(X, alpha):
    a = alpha.reshape([]).to(X.dtype) if torch.is_tensor(alpha) else alpha
    return torch.relu(X) - a * torch.relu(-X)
