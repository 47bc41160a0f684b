"""Answers to sigmoid, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("The minus sign is missing: 1 / (1 + exp(x)).")
def sigmoid(X):
    return 1 / (1 + torch.exp(X))


@wrong("exp(-x) becomes infinite for very negative x, where the gradient is NaN.")
def sigmoid(X: Tensor) -> Tensor:
    return 1 / (1 + torch.exp(-X))


@wrong("exp(x) / (1 + exp(x)) is NaN for large x.")
def sigmoid(X):
    e = X.exp()
    return e / (1 + e)


@wrong("where computes both branches, and the one not taken makes the gradient NaN.")
def sigmoid(X):
    e = torch.exp(X)
    return torch.where(X >= 0, 1 / (1 + torch.exp(-X)), e / (1 + e))


@wrong("tanh of x in place of x / 2.")
def sigmoid(X):
    return (torch.tanh(X) + 1) / 2


@wrong("x is limited to 10 in size, so beyond this the values are wrong and the gradient is 0.")
def sigmoid(X):
    X = torch.clamp(X, -10, 10)
    return torch.reciprocal(1 + torch.exp(-X))


@edge("By exp(-|x|) the gradient at x = 0 is 0 and not 1/4.")
def sigmoid(X):
    z = torch.exp(-torch.abs(X))
    return torch.where(X >= 0, 1 / (1 + z), z / (1 + z))


@wrong("softmax over the last axis in place of each number for itself.")
def sigmoid(X):
    return torch.softmax(X, dim=-1)


@right("Half of tanh(x / 2) plus a half.")
def sigmoid(X):
    return 0.5 + 0.5 * torch.tanh(0.5 * X)


@right("exp of the logarithm of the sigmoid, -softplus(-x).")
def sigmoid(X):
    return torch.exp(-torch.nn.functional.softplus(-X))


@right("softmax of the pair (x, 0).")
def sigmoid(X):
    pair = torch.stack([X, torch.zeros_like(X)], dim=-1)
    return pair.softmax(dim=-1)[..., 0]
