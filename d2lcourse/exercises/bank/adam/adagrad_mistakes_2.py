"""Wrong answers to adagrad, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import mistake


@mistake("the last parameter is left out: go over all of params and states, zip(params, states)")
def adagrad(params, states, hyperparams):
    with torch.no_grad():
        for param, s in zip(params[:-1], states, strict=False):
            s += param.grad**2
            param -= hyperparams["lr"] * param.grad / (s.sqrt() + 1e-6)
            param.grad.zero_()


@mistake("the mean of the squares is added to s: every value has its own, s += param.grad ** 2")
def adagrad(params, states, hyperparams):
    with torch.no_grad():
        for param, s in zip(params, states, strict=True):
            s += (param.grad**2).mean()
            param -= hyperparams["lr"] * param.grad / (s.sqrt() + 1e-6)
            param.grad.zero_()


@mistake("only the last square counts: s adds them up, s += param.grad ** 2")
def adagrad(params, states, hyperparams):
    with torch.no_grad():
        for param, s in zip(params, states, strict=True):
            s.copy_(param.grad**2)
            param -= hyperparams["lr"] * param.grad / (s.sqrt() + 1e-6)
            param.grad.zero_()


@mistake("the learning rate is not used: lr * grad / (sqrt(s) + 1e-6)")
def adagrad(params, states, hyperparams):
    with torch.no_grad():
        for param, s in zip(params, states, strict=True):
            s += param.grad**2
            param -= param.grad / (s.sqrt() + 1e-6)
            param.grad.zero_()


@mistake("only the last gradient is zeroed: indent the line so that it is part of the loop")
def adagrad(params, states, hyperparams):
    with torch.no_grad():
        for param, s in zip(params, states, strict=True):
            s += param.grad**2
            param -= hyperparams["lr"] * param.grad / (s.sqrt() + 1e-6)
        param.grad.zero_()


@mistake("the gradient is multiplied by the root: divide by it, so that steep directions take small steps")
def adagrad(params, states, hyperparams):
    with torch.no_grad():
        for param, s in zip(params, states, strict=True):
            s += param.grad**2
            param -= hyperparams["lr"] * param.grad * (s.sqrt() + 1e-6)
            param.grad.zero_()
