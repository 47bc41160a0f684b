"""Right answers to numerical_gradient, each by another way than the chapter's."""

import torch


def numerical_gradient(f, W, eps):
    slopes = torch.zeros_like(W)
    for i in range(W.numel()):
        step = torch.zeros_like(W)
        step.view(-1)[i] = eps
        slopes.view(-1)[i] = (f(W + step) - f(W - step)) / (2 * eps)
    return slopes


def numerical_gradient(f, W, eps):
    V = W.clone()
    flat, slopes = V.view(-1), []
    for i in range(len(flat)):
        here = flat[i].item()
        flat[i] = here + eps
        up = float(f(V))
        flat[i] = here - eps
        slopes.append((up - float(f(V))) / eps / 2)
        flat[i] = here
    return torch.tensor(slopes, dtype=W.dtype).view_as(W)


def numerical_gradient(function, weights, h):
    steps = (torch.eye(weights.numel(), dtype=weights.dtype) * h).split(1)
    ups = [function(weights + step.reshape(weights.shape)) for step in steps]
    downs = [function(weights - step.reshape(weights.shape)) for step in steps]
    return (torch.stack(ups) - torch.stack(downs)).reshape(weights.shape) * (0.5 / h)
