"""Answers to tanh, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("exp(-2x) becomes infinite for very negative x, and the quotient NaN.")
def tanh(X):
    e = torch.exp(-2 * X)
    return (1 - e) / (1 + e)


@wrong("The factor 2 is missing in the exponent.")
def tanh(X):
    return 2 * torch.sigmoid(X) - 1


@wrong("The sign is the wrong way round.")
def tanh(X: Tensor) -> Tensor:
    s = torch.sigmoid(-2 * X)
    return s - (1 - s)


@wrong("sinh and cosh both overflow for large numbers, and their quotient is NaN.")
def tanh(X):
    return torch.sinh(X) / torch.cosh(X)


@wrong("The NaN of very negative numbers is replaced by 0, where -1 is right.")
def tanh(X):
    t = torch.exp(-2 * X)
    return torch.nan_to_num((1 - t) / (1 + t))


@edge("With sign(x) and |x| the gradient at x = 0 is 0 and not 1.")
def tanh(X):
    decay = torch.exp(-2 * X.abs())
    return torch.sign(X) * (1 - decay) / (1 + decay)


@wrong("Each branch of where is computed everywhere, and the one not taken makes the gradient NaN.")
def tanh(X):
    down, up = torch.exp(-2 * X), torch.exp(2 * X)
    return torch.where(X > 0, (1 - down) / (1 + down), (up - 1) / (up + 1))


@wrong("X is cut off at -1 and 1, a straight line in between.")
def tanh(X):
    return X.clamp(-1, 1)


@wrong("A new tensor is made from Python floats, so no gradient reaches X.")
def tanh(X):
    import math

    flat = [math.tanh(x) for x in X.flatten().tolist()]
    return torch.tensor(flat, dtype=X.dtype).reshape(X.shape)


@right("By the sigmoid: 2 sigmoid(2x) - 1.")
def tanh(X):
    return 2 * torch.sigmoid(2 * X) - 1


@right("Two branches, each with a harmless argument of 0 where the other is used.")
def tanh(X):
    zero = torch.zeros_like(X)
    pos = torch.exp(-2 * torch.where(X >= 0, X, zero))
    neg = torch.exp(2 * torch.where(X < 0, X, zero))
    return torch.where(X >= 0, (1 - pos) / (1 + pos), (neg - 1) / (neg + 1))
