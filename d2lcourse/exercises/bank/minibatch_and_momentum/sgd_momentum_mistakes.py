"""Wrong answers to sgd_momentum, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import again, mistake


@mistake(
    "the velocities in states stay zero: `v = ...` makes a new tensor; write into the old one, v.copy_(...) "
    "or v[:] = ..."
)
def sgd_momentum(params, states, hyperparams):
    with torch.no_grad():
        for param, v in zip(params, states, strict=True):
            v = hyperparams["momentum"] * v + param.grad
            param -= hyperparams["lr"] * v
            param.grad.zero_()


@again
def sgd_momentum(params, states, hyperparams):
    with torch.no_grad():
        for i, param in enumerate(params):
            states[i] = hyperparams["momentum"] * states[i] + param.grad
            param -= hyperparams["lr"] * states[i]
            param.grad.zero_()


@mistake("the gradient is weighted by 1 - momentum: v adds the whole gradient (Adam's v is the mean)")
def sgd_momentum(params, states, hyperparams):
    beta = hyperparams["momentum"]
    with torch.no_grad():
        for param, v in zip(params, states, strict=True):
            v.copy_(beta * v + (1 - beta) * param.grad)
            param -= hyperparams["lr"] * v
            param.grad.zero_()


@mistake("the step follows the gradient: it must follow the velocity, param -= lr * v")
def sgd_momentum(params, states, hyperparams):
    with torch.no_grad():
        for param, v in zip(params, states, strict=True):
            v.copy_(hyperparams["momentum"] * v + param.grad)
            param -= hyperparams["lr"] * param.grad
            param.grad.zero_()


@mistake("gradients accumulate: set each to zero after its step, param.grad.zero_()")
def sgd_momentum(params, states, hyperparams):
    with torch.no_grad():
        for param, v in zip(params, states, strict=True):
            v.copy_(hyperparams["momentum"] * v + param.grad)
            param -= hyperparams["lr"] * v


@mistake("the step goes uphill: subtract lr * v")
def sgd_momentum(params, states, hyperparams):
    with torch.no_grad():
        for param, v in zip(params, states, strict=True):
            v.copy_(hyperparams["momentum"] * v + param.grad)
            param += hyperparams["lr"] * v
            param.grad.zero_()


@mistake("the learning rate is used twice, in v and in the step: v holds gradients only")
def sgd_momentum(params, states, hyperparams):
    lr = hyperparams["lr"]
    with torch.no_grad():
        for param, v in zip(params, states, strict=True):
            v.copy_(hyperparams["momentum"] * v + lr * param.grad)
            param -= lr * v
            param.grad.zero_()


@mistake("the states hold lr times the velocity: put the learning rate into the step, not into v")
def sgd_momentum(params, states, hyperparams):
    with torch.no_grad():
        for param, v in zip(params, states, strict=True):
            v.copy_(hyperparams["momentum"] * v + hyperparams["lr"] * param.grad)
            param -= v
            param.grad.zero_()


@mistake("this is the look-ahead variant: the step here is lr * v, without the gradient beside it")
def sgd_momentum(params, states, hyperparams):
    beta = hyperparams["momentum"]
    with torch.no_grad():
        for param, v in zip(params, states, strict=True):
            v.copy_(beta * v + param.grad)
            param -= hyperparams["lr"] * (param.grad + beta * v)
            param.grad.zero_()


@mistake("the step uses the velocity of the step before: change v first, then param")
def sgd_momentum(params, states, hyperparams):
    with torch.no_grad():
        for param, v in zip(params, states, strict=True):
            param -= hyperparams["lr"] * v
            v.copy_(hyperparams["momentum"] * v + param.grad)
            param.grad.zero_()


@mistake("the old velocity is kept whole: multiply it by the momentum, or it never forgets")
def sgd_momentum(params, states, hyperparams):
    with torch.no_grad():
        for param, v in zip(params, states, strict=True):
            v += param.grad
            param -= hyperparams["lr"] * v
            param.grad.zero_()


@mistake(
    "`param = param - ...` makes a new tensor and leaves the caller's as it was: use `param -= ...`",
    needs=r"\b(\w+) = \1 - ",
)
def sgd_momentum(params, states, hyperparams):
    with torch.no_grad():
        for param, v in zip(params, states, strict=True):
            v.copy_(hyperparams["momentum"] * v + param.grad)
            param.grad.zero_()
            param = param - hyperparams["lr"] * v


@mistake(
    "a tensor that requires gradients cannot be changed in place while they are recorded: wrap the loop in "
    "`with torch.no_grad():`"
)
def sgd_momentum(params, states, hyperparams):
    for param, v in zip(params, states, strict=True):
        v.copy_(hyperparams["momentum"] * v + param.grad)
        param -= hyperparams["lr"] * v
        param.grad.zero_()
