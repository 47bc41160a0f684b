"""Answers to cross_entropy_gradient, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("Divides by n, as if the loss were the mean of the batch.")
def cross_entropy_gradient(O: Tensor, y: Tensor) -> Tensor:
    P = torch.softmax(O, dim=1)
    P[torch.arange(O.shape[0]), y] -= 1
    return P / O.shape[0]


@wrong("Normalises over the examples (axis 0) and not over the classes.")
def cross_entropy_gradient(O: Tensor, y: Tensor) -> Tensor:
    q = O.size(1)
    target = torch.stack([(y == c).to(O.dtype) for c in range(q)], 1)
    return torch.softmax(O, 0) - target


@wrong("Indexes P[:, y], which subtracts 1 from every row in all classes that occur in the batch.")
def cross_entropy_gradient(O: Tensor, y: Tensor) -> Tensor:
    P = O.softmax(-1)
    P[:, y] -= 1
    return P


@wrong("Subtracts the class number itself from the probabilities where the one-hot vector is meant.")
def cross_entropy_gradient(O: Tensor, y: Tensor) -> Tensor:
    return torch.softmax(O, dim=1) - y.reshape(-1, 1)


@right("one-hot vectors with scatter_, softmax through log_softmax")
def cross_entropy_gradient(O: Tensor, y: Tensor) -> Tensor:
    one_hot = torch.zeros_like(O).scatter_(1, y.long().unsqueeze(1), 1)
    return torch.exp(torch.log_softmax(O, dim=1)) - one_hot


@right("autograd of the summed cross-entropy on a detached copy")
def cross_entropy_gradient(O: Tensor, y: Tensor) -> Tensor:
    scores = O.detach().clone().requires_grad_(True)
    with torch.enable_grad():
        torch.nn.functional.cross_entropy(scores, y, reduction="sum").backward()
    return scores.grad
