"""Answers to numerical_gradient, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("The difference is divided by eps and not by 2 eps.")
def numerical_gradient(f, W, eps):
    grad = torch.zeros_like(W)
    for idx in range(W.numel()):
        plus, minus = W.clone(), W.clone()
        plus.view(-1)[idx] += eps
        minus.view(-1)[idx] -= eps
        grad.view(-1)[idx] = (f(plus) - f(minus)) / eps
    return grad


@wrong("All elements are changed at once, so each gets the sum of the derivatives.")
def numerical_gradient(f, W, eps):
    slope = (f(W + eps) - f(W - eps)) / (2 * eps)
    return torch.ones_like(W) * slope


@wrong("W itself is changed and not put back.")
def numerical_gradient(f, W, eps):
    import itertools

    G = torch.zeros_like(W)
    for pos in itertools.product(*(range(s) for s in W.shape)):
        W[pos] += eps
        up = f(W)
        W[pos] -= 2 * eps
        down = f(W)
        G[pos] = (up - down) / (2 * eps)
    return G


@wrong("Two loops over rows and columns, so only a matrix W works.")
def numerical_gradient(f, W: Tensor, eps: float) -> Tensor:
    G = torch.zeros_like(W)
    for i in range(W.shape[0]):
        for j in range(W.shape[1]):
            E = torch.zeros_like(W)
            E[i, j] = eps
            G[i, j] = (f(W + E) - f(W - E)) / (2 * eps)
    return G


@wrong("f gets the flattened W, not one of the shape of W.")
def numerical_gradient(f, W, eps):
    flat = W.reshape(-1).clone()
    steps = eps * torch.eye(flat.numel(), dtype=W.dtype)
    slopes = [float(f(flat + s) - f(flat - s)) / (2 * eps) for s in steps]
    return torch.tensor(slopes, dtype=W.dtype).reshape(W.shape)


@wrong("The step is eps times the element in place of eps, so it is of the wrong size, and nothing for an element of 0.")
def numerical_gradient(f, W, eps):
    grad = torch.zeros(W.numel(), dtype=W.dtype)
    for k in range(W.numel()):
        factor = torch.zeros(W.numel(), dtype=W.dtype)
        factor[k] = eps
        factor = factor.reshape(W.shape)
        grad[k] = (f(W * (1 + factor)) - f(W * (1 - factor))) / (2 * eps)
    return grad.reshape(W.shape)


@wrong("The steps of the earlier elements are never taken out of the copies, so each derivative is that of many steps.")
def numerical_gradient(f, W, eps):
    high = W.clone().contiguous()
    low = W.clone().contiguous()
    grad = torch.empty(W.shape, dtype=W.dtype)
    for k in range(W.numel()):
        high.view(-1)[k] += eps
        low.view(-1)[k] -= eps
        grad.view(-1)[k] = (f(high) - f(low)) / (2 * eps)
    return grad


@right("Steps are the rows of a scaled unit matrix, brought to the shape of W.")
def numerical_gradient(f, W, eps):
    basis = torch.eye(W.numel(), dtype=W.dtype).reshape(W.numel(), *W.shape)
    slopes = [(float(f(W + eps * e)) - float(f(W - eps * e))) / (2 * eps) for e in basis]
    return torch.tensor(slopes, dtype=W.dtype).reshape(W.shape)


@right("Indices from itertools.product, with a helper for the one-sided value.")
def numerical_gradient(f, W, eps):
    from itertools import product

    def value_at(index, delta):
        moved = W.detach().clone()
        moved[index] += delta
        return float(f(moved))

    G = torch.zeros(W.shape, dtype=W.dtype)
    for index in product(*map(range, W.shape)):
        G[index] = (value_at(index, eps) - value_at(index, -eps)) / (2 * eps)
    return G
