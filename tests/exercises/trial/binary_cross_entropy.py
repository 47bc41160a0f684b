"""Answers to binary_cross_entropy, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("Computes the logarithms of the sigmoid directly, which is infinite or NaN for large logits.")
def binary_cross_entropy(O: Tensor, y: Tensor) -> Tensor:
    s = torch.sigmoid(O)
    return -y * torch.log(s) - (1 - y) * torch.log(1 - s)


@wrong("Writes max(o, 0) and |o| with clamp and abs, whose derivatives at o = 0 sum up to 1 - y and not 1/2 - y.")
def binary_cross_entropy(O: Tensor, y: Tensor) -> Tensor:
    return O.clamp(min=0) - O * y + torch.log1p(torch.exp(-O.abs()))


@wrong("Clamps the sigmoid away from 0 and 1, so the loss is cut off for large logits and no gradient reaches them.")
def binary_cross_entropy(O: Tensor, y: Tensor) -> Tensor:
    eps = 1e-7
    s = (1 / (1 + torch.exp(-O))).clamp(eps, 1 - eps)
    return torch.where(y == 1, -torch.log(s), -torch.log(1 - s))


@wrong("Builds the result with torch.tensor from Python numbers, so no gradient reaches O.")
def binary_cross_entropy(O: Tensor, y: Tensor) -> Tensor:
    import math

    losses = []
    for o, label in zip(O.tolist(), y.tolist()):
        losses.append(max(o, 0) - o * label + math.log(1 + math.exp(-abs(o))))
    return torch.tensor(losses, dtype=O.dtype)


@wrong("Returns the mean over the examples, the default reduction of torch's function.")
def binary_cross_entropy(O: Tensor, y: Tensor) -> Tensor:
    return torch.nn.functional.binary_cross_entropy_with_logits(O, y)


@wrong("Multiplies the logit with the label in -1, 1 and gives it to softplus with the wrong sign, so right predictions cost most.")
def binary_cross_entropy(O: Tensor, y: Tensor) -> Tensor:
    sign = 2 * y - 1
    return torch.nn.functional.softplus(sign * O)


@right("logsigmoid of o and of -o")
def binary_cross_entropy(O: Tensor, y: Tensor) -> Tensor:
    log_s = torch.nn.functional.logsigmoid
    return -(y * log_s(O) + (1 - y) * log_s(-O))


@right("log(exp(o) + exp(0)) with logaddexp, minus o y")
def binary_cross_entropy(O: Tensor, y: Tensor) -> Tensor:
    return torch.logaddexp(O, torch.zeros_like(O)) - y * O
