"""Right answers to adagrad, each by another way than the chapter's."""

import torch


@torch.no_grad()
def adagrad(params, states, hyperparams):
    for param, s in zip(params, states, strict=True):
        s.addcmul_(param.grad, param.grad)
        param.addcdiv_(param.grad, torch.sqrt(s) + 1e-6, value=-hyperparams["lr"])
        param.grad = None


def adagrad(params, states, hyperparams):
    for i in range(len(params)):
        g = params[i].grad.clone()
        params[i].grad.zero_()
        states[i] += g * g
        params[i].data = params[i].data - hyperparams["lr"] / (states[i] ** 0.5 + 1e-6) * g
