"""Right answers to decay_step, each by another way than the chapter's."""

import torch


def decay_step(w, grad, lr, lambd):
    return w - lr * (grad + lambd * w)


def decay_step(weights, gradient, lr, lambd):
    new = [(1 - lr * lambd) * w - lr * g for w, g in zip(weights.flatten(), gradient.flatten(), strict=False)]
    return torch.stack(new).reshape(weights.shape)


def decay_step(w, grad, lr, lambd):
    new = w.clone()
    new *= 1 - lr * lambd
    new -= lr * grad
    return new


def decay_step(w, grad, lr, lambd):
    w = w.detach().clone().requires_grad_()
    penalty = lambd / 2 * (w**2).sum()
    penalty.backward()
    return w.detach() - lr * (grad + w.grad)
