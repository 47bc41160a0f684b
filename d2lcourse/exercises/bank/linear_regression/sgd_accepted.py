"""Right answers to sgd, each by another way than the chapter's."""

import torch


def sgd(params, lr, batch_size):
    for param in params:
        param.data = param.data - lr * param.grad / batch_size
        param.grad = None


@torch.no_grad()
def sgd(weights, rate, n):
    for weight in weights:
        weight.sub_(weight.grad, alpha=rate / n)
        weight.grad.zero_()


def sgd(params, lr, batch_size):
    for i in range(len(params)):
        params[i].requires_grad_(False)
        params[i] -= lr / batch_size * params[i].grad
        params[i].requires_grad_()
        params[i].grad *= 0
