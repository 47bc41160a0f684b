"""Answers to l2_penalty, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("Forgets the half.")
def l2_penalty(w: Tensor) -> Tensor:
    return torch.sum(w ** 2)


@wrong("Halves the norm and not its square.")
def l2_penalty(w: Tensor) -> Tensor:
    flat = w.flatten()
    return flat.dot(flat).sqrt() / 2


@wrong("Uses Python's sum, which adds up only the first axis, so a matrix gives a vector.")
def l2_penalty(w: Tensor) -> Tensor:
    return sum(w * w) / 2


@wrong("Takes the L1 norm, so it is half the square of the sum of the absolute values.")
def l2_penalty(w: Tensor) -> Tensor:
    return w.abs().sum().pow(2) / 2


@wrong("Takes the mean of the squares over all elements, not the sum.")
def l2_penalty(w: Tensor) -> Tensor:
    return torch.nn.functional.mse_loss(w, torch.zeros_like(w)) / 2


@right("half the squared error against zeros, reduced by a sum")
def l2_penalty(w: Tensor) -> Tensor:
    return 0.5 * torch.nn.functional.mse_loss(w, torch.zeros_like(w), reduction="sum")


@right("inner product of the flattened weights with half of themselves")
def l2_penalty(w: Tensor) -> Tensor:
    v = w.reshape(-1)
    return torch.einsum("i,i->", v, v / 2)
