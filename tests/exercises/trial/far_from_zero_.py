"""Answers to far_from_zero_, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("Changes W in place without no_grad, which torch refuses for a leaf that requires gradients.")
def far_from_zero_(W: Tensor) -> Tensor:
    W.uniform_(-10, 10)
    W *= W.abs() >= 5
    return W


@wrong("Makes a new tensor and returns that, so W itself is not filled.")
def far_from_zero_(W: Tensor) -> Tensor:
    with torch.no_grad():
        U = torch.empty_like(W).uniform_(-10, 10)
        W = torch.where(U.abs() >= 5, U, torch.zeros_like(U))
    return W


@wrong("Draws one number for each row to decide between positive, negative and 0, so the elements of a row are not drawn by themselves.")
def far_from_zero_(W: Tensor) -> Tensor:
    import random

    with torch.no_grad():
        for i in range(W.shape[0]):
            u = random.random()
            if u < 0.25:
                W[i].uniform_(5, 10)
            elif u < 0.5:
                W[i].uniform_(-10, -5)
            else:
                W[i].zero_()
    return W


@wrong("Tests the second case with a number drawn anew, so the negative range has the probability 3/4 * 1/4 only.")
def far_from_zero_(W: Tensor) -> Tensor:
    with torch.no_grad():
        positive = torch.rand_like(W) < 0.25
        negative = ~positive & (torch.rand_like(W) < 0.25)
        size = torch.rand_like(W) * 5 + 5
        W.copy_(size * positive.to(W.dtype) - size * negative.to(W.dtype))
        return W


@wrong("Keeps the elements nearer to 0 than 5 and sets the far ones to 0, since the comparison is the wrong way round.")
def far_from_zero_(W: Tensor) -> Tensor:
    torch.nn.init.uniform_(W, -10, 10)
    W.data[W.data.abs() >= 5] = 0
    return W


@right("size times a sign drawn from -1, 0, 0, 1")
def far_from_zero_(W: Tensor) -> Tensor:
    signs = torch.tensor([-1, 0, 0, 1], dtype=W.dtype)[torch.randint(0, 4, W.shape)]
    sizes = 5 + 5 * torch.rand(W.shape, dtype=W.dtype)
    W.data.copy_(signs * sizes)
    return W


@right("U(-10, 10) by torch.nn.init, and the middle half set to 0 by a mask")
def far_from_zero_(W: Tensor) -> Tensor:
    torch.nn.init.uniform_(W, -10, 10)
    with torch.no_grad():
        near = (W > -5) & (W < 5)
        W.masked_fill_(near, 0)
    return W
