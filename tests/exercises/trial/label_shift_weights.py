"""Answers to label_shift_weights, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("Only divides, so a class that is 0 in both gives NaN.")
def label_shift_weights(p: Tensor, q: Tensor) -> Tensor:
    return p / q


@wrong("Builds the tensor from a list without a type, so it is float32.")
def label_shift_weights(p: Tensor, q: Tensor) -> Tensor:
    weights = []
    for a, b in zip(p.tolist(), q.tolist()):
        weights.append(a / b if b > 0 else 0.0)
    return torch.tensor(weights)


@wrong("Adds 1e-3 to the denominator against the division by 0, so all weights are too small.")
def label_shift_weights(p: Tensor, q: Tensor) -> Tensor:
    epsilon = 1e-3
    return torch.div(p, torch.add(q, epsilon))


@wrong("Drops the classes that are 0 in both, so the result is shorter than k.")
def label_shift_weights(p: Tensor, q: Tensor) -> Tensor:
    positive = q > 0
    return p[positive] / q[positive]


@wrong("Scales the weights so that they sum to 1.")
def label_shift_weights(p: Tensor, q: Tensor) -> Tensor:
    beta = torch.nan_to_num(p / q, nan=0.0)
    return beta / beta.sum()


@right("divides only where the source is positive, into zeros")
def label_shift_weights(p: Tensor, q: Tensor) -> Tensor:
    beta = torch.zeros_like(p)
    for j in range(len(p)):
        if q[j] != 0:
            beta[j] = p[j] / q[j]
    return beta


@right("replaces the zeros of q by 1 in a new tensor and divides")
def label_shift_weights(p: Tensor, q: Tensor) -> Tensor:
    return p / torch.where(q > 0, q, torch.ones_like(q))
