"""Answers to dropout_layer, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("Keeps each element with probability p and drops it with 1 - p.")
def dropout_layer(X: Tensor, p: float) -> Tensor:
    if p == 1:
        return torch.zeros_like(X) * X
    if p == 0:
        return X
    mask = torch.rand(X.shape) < p
    return mask * X / (1 - p)


@wrong("Does not treat p = 1 by itself, so all is 0 / 0 = NaN there.")
def dropout_layer(X: Tensor, p: float) -> Tensor:
    keep = torch.bernoulli(torch.full_like(X, 1 - p))
    return X * keep / torch.tensor(1.0 - p, dtype=X.dtype)


@wrong("Draws the mask only for the last axis, so all rows lose the same columns.")
def dropout_layer(X: Tensor, p: float) -> Tensor:
    if p == 1.0:
        return X * 0
    mask = (torch.rand(X.shape[-1:]) >= p).to(X.dtype)
    return X * mask / (1 - p)


@wrong("Drops exactly the share p of the elements, a random choice of fixed size, and not each on its own.")
def dropout_layer(X: Tensor, p: float) -> Tensor:
    if p >= 1:
        return 0 * X
    n_drop = int(round(p * X.numel()))
    mask = torch.ones(X.numel(), dtype=X.dtype)
    mask[torch.randperm(X.numel())[:n_drop]] = 0
    return X * mask.view(X.shape) / (1 - p)


@wrong("Draws from the normal distribution (randn) where the uniform one is meant, so the share dropped is not p.")
def dropout_layer(X: Tensor, p: float) -> Tensor:
    if p == 0:
        return X
    if p == 1:
        return X * torch.zeros_like(X)
    keep = torch.randn(X.shape) > p
    return torch.where(keep, X / (1 - p), torch.zeros_like(X))


@wrong("Sets the dropped elements to 0 in X itself, which changes the argument (and fails for a leaf that requires gradients).")
def dropout_layer(X: Tensor, p: float) -> Tensor:
    dropped = torch.rand(X.shape) < p
    X[dropped] = 0
    return X / (1 - p) if p < 1 else X


@right("torch.nn.functional.dropout with training switched on")
def dropout_layer(X: Tensor, p: float) -> Tensor:
    return torch.nn.functional.dropout(X, p=p, training=True)


@right("masked_fill of dropped elements, with the scale made harmless at p = 1")
def dropout_layer(X: Tensor, p: float) -> Tensor:
    drop = torch.rand(X.shape, dtype=torch.float64) < p
    scale = 1.0 / (1.0 - p) if p < 1 else 1.0
    return (X * scale).masked_fill(drop, 0.0)
