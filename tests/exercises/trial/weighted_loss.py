"""Answers to weighted_loss, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("Losses of shape (n, 1) times weights of shape (n,) give an (n, n) table.")
def weighted_loss(losses, beta, normalize):
    total = (losses * beta).sum()
    return (total / (beta.sum() if normalize else len(losses))).to(losses.dtype)


@wrong("The two cases of normalize are swapped.")
def weighted_loss(losses: Tensor, beta: Tensor, normalize: bool) -> Tensor:
    l = losses.reshape(-1)
    weighted = (l * beta.to(l.dtype)).sum()
    if normalize:
        return weighted / l.numel()
    return weighted / beta.to(l.dtype).sum()


@wrong("n is taken from the last axis, which is 1 for losses of shape (n, 1).")
def weighted_loss(losses, beta, normalize):
    n = losses.shape[-1]
    s = torch.dot(losses.flatten(), beta.to(losses.dtype))
    return s / beta.sum().to(losses.dtype) if normalize else s / n


@wrong("The weights are divided by their sum in place, so the caller's beta is changed.")
def weighted_loss(losses, beta, normalize):
    flat = losses.squeeze(-1) if losses.dim() == 2 else losses
    if normalize:
        beta /= beta.sum()
        return (beta * flat).sum().to(losses.dtype)
    return (beta * flat).mean().to(losses.dtype)


@wrong("To normalize, the weights go through a softmax.")
def weighted_loss(losses, beta, normalize):
    flat = losses.reshape(beta.shape)
    weights = beta.to(losses.dtype)
    if normalize:
        return (torch.softmax(weights, dim=0) * flat).sum()
    return (weights * flat).sum() / len(flat)


@wrong("With normalize it divides by the number of weights that are not 0, not by their sum.")
def weighted_loss(losses, beta, normalize):
    flat = losses.reshape(-1)
    denominator = torch.count_nonzero(beta) if normalize else flat.numel()
    return torch.sum(flat * beta.to(flat.dtype)) / denominator


@wrong("The sum is made a Python number, so no gradient reaches the losses.")
def weighted_loss(losses, beta, normalize):
    total = 0.0
    for l, b in zip(losses.flatten(), beta):
        total += l.item() * b.item()
    scale = beta.sum().item() if normalize else len(beta)
    return torch.tensor(total / scale, dtype=losses.dtype)


@wrong("With normalize the mean is taken first, so it is divided by n and by the sum of the weights.")
def weighted_loss(losses, beta, normalize):
    beta = beta.to(losses.dtype)
    risk = torch.mean(losses.view(-1) * beta)
    if normalize:
        risk = risk / beta.sum()
    return risk


@edge("Weights of float64 make the result float64 for float32 losses.")
def weighted_loss(losses, beta, normalize):
    column = beta.reshape(-1, 1)
    product = losses.reshape(-1, 1) * column
    return product.sum() / column.sum() if normalize else product.mean()


@right("The weights are scaled first and then multiplied with the losses as a matrix product.")
def weighted_loss(losses, beta, normalize):
    weights = beta.to(losses.dtype)
    weights = weights / (weights.sum() if normalize else weights.shape[0])
    return (weights.reshape(1, -1) @ losses.reshape(-1, 1)).squeeze()


@right("A loop over the examples.")
def weighted_loss(losses, beta, normalize):
    total, mass = losses.new_zeros(()), losses.new_zeros(())
    for loss, weight in zip(losses.flatten(), beta.to(losses.dtype)):
        total = total + weight * loss
        mass = mass + (weight if normalize else 1)
    return total / mass
