"""Right answers to sgd_momentum, each by another way than the chapter's."""

import torch


def sgd_momentum(params, states, hyperparams):
    for param, v in zip(params, states, strict=True):
        v.mul_(hyperparams["momentum"]).add_(param.grad)
        param.data -= hyperparams["lr"] * v
        param.grad = None


@torch.no_grad()
def sgd_momentum(params, states, hyperparams):
    lr, beta = hyperparams["lr"], hyperparams["momentum"]
    for i in range(len(params)):
        states[i][:] = beta * states[i] + params[i].grad
        params[i].sub_(states[i], alpha=lr)
        params[i].grad *= 0
