"""Answers to adagrad, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("Rebinds the name s to a new tensor, so the states in the list are never updated.")
def adagrad(params: list[Tensor], states: list[Tensor], hyperparams: dict) -> None:
    for p, s in zip(params, states):
        with torch.no_grad():
            s = s + p.grad ** 2
            p -= hyperparams["lr"] * p.grad / (torch.sqrt(s) + 1e-6)
        p.grad.zero_()


@wrong("Changes the parameter with the old s and adds the squared gradient only afterwards.")
def adagrad(params: list[Tensor], states: list[Tensor], hyperparams: dict) -> None:
    with torch.no_grad():
        lr = hyperparams["lr"]
        for i in range(len(params)):
            g = params[i].grad
            params[i].sub_(lr * g / (states[i].sqrt() + 1e-6))
            states[i].add_(g.square())
            g.zero_()


@wrong("Adds the mean squared gradient of the whole tensor to s and so gives all its values the same rate, not one value by value.")
def adagrad(params: list[Tensor], states: list[Tensor], hyperparams: dict) -> None:
    for p, s in zip(params, states):
        g = p.grad.detach()
        s += (g * g).mean()
        p.data -= hyperparams["lr"] * g / (s.sqrt() + 1e-6)
        p.grad.data.zero_()


@wrong("Zeroes only the gradient of the last parameter, because the line is outside the loop.")
def adagrad(params: list[Tensor], states: list[Tensor], hyperparams: dict) -> None:
    eps = 1e-6
    for p, s in zip(params, states):
        with torch.no_grad():
            s[:] += torch.square(p.grad)
            p[:] -= hyperparams["lr"] * p.grad / (torch.sqrt(s) + eps)
    p.grad.data.zero_()


@wrong("Adds the 1e-6 under the root and not to it.")
def adagrad(params: list[Tensor], states: list[Tensor], hyperparams: dict) -> None:
    for p, s in zip(params, states):
        s.data.add_(p.grad.data.pow(2))
        p.data.sub_(hyperparams["lr"] * p.grad.data * torch.rsqrt(s + 1e-6))
        p.grad.data.zero_()


@right("uses addcmul_ and addcdiv_ on the data")
def adagrad(params: list[Tensor], states: list[Tensor], hyperparams: dict) -> None:
    for k, param in enumerate(params):
        g = param.grad
        states[k].addcmul_(g, g)
        param.data.addcdiv_(g, states[k].sqrt().add_(1e-6), value=-hyperparams["lr"])
        g.zero_()


@right("three passes over all tensors, one after the other, with copy_")
def adagrad(params: list[Tensor], states: list[Tensor], hyperparams: dict) -> None:
    with torch.no_grad():
        grads = [p.grad.clone() for p in params]
        for s, g in zip(states, grads):
            s.copy_(s + g.pow(2))
        for p, s, g in zip(params, states, grads):
            p.copy_(p - hyperparams["lr"] * (g / (s ** 0.5 + 1e-6)))
        for p in params:
            p.grad.fill_(0)
