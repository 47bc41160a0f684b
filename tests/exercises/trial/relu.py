"""Answers to relu, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("torch.maximum shares the gradient at 0, where it is 1/2 in place of 0.")
def relu(X):
    return torch.maximum(X, torch.zeros_like(X))


@wrong("The mask is x >= 0, so the gradient at x = 0 is 1 in place of 0.")
def relu(X: Tensor) -> Tensor:
    return X * (X >= 0)


@wrong("Python's max compares a whole tensor with 0, which raises an error.")
def relu(X):
    return max(X, 0)


@wrong("It gives the slope, 1 or 0, in place of the value.")
def relu(X):
    mask = X > 0
    return mask.type(X.dtype)


@wrong("A zero of shape (1,) and float32 turns a half-precision X into float32.")
def relu(X):
    zero = torch.zeros(1)
    return torch.where(X > 0, X, zero)


@wrong("The negative numbers are put to zero in X itself, which changes the argument.")
def relu(X):
    out = X.detach()
    out[out < 0] = 0
    return X * (X > 0)


@wrong("X is rebuilt from a list of its flattened elements, so the shape is lost.")
def relu(X):
    values = []
    for v in X.flatten():
        values.append(v if v > 0 else 0 * v)
    return torch.stack(values)


@wrong("(x + |x|) / 2 has the gradient 1/2 at x = 0.")
def relu(X):
    return (X + torch.abs(X)) / 2


@right("masked_fill of everything that is not above 0.")
def relu(X):
    return X.masked_fill(X <= 0, 0)


@right("A copy whose non-positive elements are overwritten.")
def relu(X):
    out = X.clone()
    out[X <= 0] = 0
    return out


@right("where with zeros like X.")
def relu(X):
    return torch.where(torch.gt(X, 0), X, torch.zeros_like(X))
