"""Wrong answers to sgd_momentum, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import mistake
from d2lcourse.exercises.grounds import return_in_loop


@mistake("the last parameter is left out: go over all of params and states, zip(params, states)")
def sgd_momentum(params, states, hyperparams):
    with torch.no_grad():
        for i in range(len(params) - 1):
            states[i].copy_(hyperparams["momentum"] * states[i] + params[i].grad)
            params[i] -= hyperparams["lr"] * states[i]
            params[i].grad.zero_()


@mistake(
    "only the first parameter is changed: a `return` inside the loop ends it; leave it out",
    needs=return_in_loop,
)
def sgd_momentum(params, states, hyperparams):
    with torch.no_grad():
        for param, v in zip(params, states, strict=True):
            v.copy_(hyperparams["momentum"] * v + param.grad)
            param -= hyperparams["lr"] * v
            param.grad.zero_()
            return


@mistake("only the last gradient is zeroed: indent the line so that it is part of the loop")
def sgd_momentum(params, states, hyperparams):
    with torch.no_grad():
        for param, v in zip(params, states, strict=True):
            v.copy_(hyperparams["momentum"] * v + param.grad)
            param -= hyperparams["lr"] * v
        param.grad.zero_()


@mistake("the learning rate is not used: param -= lr * v")
def sgd_momentum(params, states, hyperparams):
    with torch.no_grad():
        for param, v in zip(params, states, strict=True):
            v.copy_(hyperparams["momentum"] * v + param.grad)
            param -= v
            param.grad.zero_()


@mistake("the gradient is weighted by the momentum as well: v <- momentum * v + grad")
def sgd_momentum(params, states, hyperparams):
    with torch.no_grad():
        for param, v in zip(params, states, strict=True):
            v.copy_(hyperparams["momentum"] * (v + param.grad))
            param -= hyperparams["lr"] * v
            param.grad.zero_()


@mistake("the two knobs are exchanged: momentum belongs to v, lr to the step")
def sgd_momentum(params, states, hyperparams):
    with torch.no_grad():
        for param, v in zip(params, states, strict=True):
            v.copy_(hyperparams["lr"] * v + param.grad)
            param -= hyperparams["momentum"] * v
            param.grad.zero_()


@mistake("the gradient is taken from the old velocity: v <- momentum * v *plus* grad")
def sgd_momentum(params, states, hyperparams):
    with torch.no_grad():
        for param, v in zip(params, states, strict=True):
            v.copy_(hyperparams["momentum"] * v - param.grad)
            param -= hyperparams["lr"] * v
            param.grad.zero_()


@mistake("the velocity follows the parameter: it is momentum * v + param.grad")
def sgd_momentum(params, states, hyperparams):
    with torch.no_grad():
        for param, v in zip(params, states, strict=True):
            v.copy_(hyperparams["momentum"] * v + param)
            param -= hyperparams["lr"] * v
            param.grad.zero_()
