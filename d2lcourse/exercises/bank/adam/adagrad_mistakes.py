"""Wrong answers to adagrad, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import mistake


@mistake("the sums in states stay zero: `s = ...` makes a new tensor; write into the old one, s.copy_(...)")
def adagrad(params, states, hyperparams):
    with torch.no_grad():
        for param, s in zip(params, states, strict=True):
            s = s + param.grad**2
            param -= hyperparams["lr"] * param.grad / (s.sqrt() + 1e-6)
            param.grad.zero_()


@mistake("the root is missing: divide by sqrt(s), which has the unit of a gradient")
def adagrad(params, states, hyperparams):
    with torch.no_grad():
        for param, s in zip(params, states, strict=True):
            s.copy_(s + param.grad**2)
            param -= hyperparams["lr"] * param.grad / (s + 1e-6)
            param.grad.zero_()


@mistake("the 1e-6 is inside the root: there it counts as 0.001 beside a gradient; add it to the root")
def adagrad(params, states, hyperparams):
    with torch.no_grad():
        for param, s in zip(params, states, strict=True):
            s.copy_(s + param.grad**2)
            param -= hyperparams["lr"] * param.grad / (s + 1e-6).sqrt()
            param.grad.zero_()


@mistake("the 1e-6 is missing: a weight whose gradients are all zero would become NaN")
def adagrad(params, states, hyperparams):
    with torch.no_grad():
        for param, s in zip(params, states, strict=True):
            s.copy_(s + param.grad**2)
            param -= hyperparams["lr"] * param.grad / s.sqrt()
            param.grad.zero_()


@mistake("the gradients are added up as they are: square them, so that no sign cancels another")
def adagrad(params, states, hyperparams):
    with torch.no_grad():
        for param, s in zip(params, states, strict=True):
            s.copy_(s + param.grad)
            param -= hyperparams["lr"] * param.grad / (s.abs().sqrt() + 1e-6)
            param.grad.zero_()


@mistake("one sum serves the whole tensor: s has an entry for each value, without .sum() or .norm()")
def adagrad(params, states, hyperparams):
    with torch.no_grad():
        for param, s in zip(params, states, strict=True):
            s.copy_(s + (param.grad**2).sum())
            param -= hyperparams["lr"] * param.grad / (s.sqrt() + 1e-6)
            param.grad.zero_()


@mistake("the step uses s of the step before: change s first, then param")
def adagrad(params, states, hyperparams):
    with torch.no_grad():
        for param, s in zip(params, states, strict=True):
            param -= hyperparams["lr"] * param.grad / (s.sqrt() + 1e-6)
            s.copy_(s + param.grad**2)
            param.grad.zero_()


@mistake("s forgets, as in RMSProp: in AdaGrad it is the plain sum of all squares")
def adagrad(params, states, hyperparams):
    with torch.no_grad():
        for param, s in zip(params, states, strict=True):
            s.copy_(0.9 * s + 0.1 * param.grad**2)
            param -= hyperparams["lr"] * param.grad / (s.sqrt() + 1e-6)
            param.grad.zero_()


@mistake("gradients accumulate: set each to zero after its step, param.grad.zero_()")
def adagrad(params, states, hyperparams):
    with torch.no_grad():
        for param, s in zip(params, states, strict=True):
            s.copy_(s + param.grad**2)
            param -= hyperparams["lr"] * param.grad / (s.sqrt() + 1e-6)


@mistake("the step goes uphill: subtract it")
def adagrad(params, states, hyperparams):
    with torch.no_grad():
        for param, s in zip(params, states, strict=True):
            s.copy_(s + param.grad**2)
            param += hyperparams["lr"] * param.grad / (s.sqrt() + 1e-6)
            param.grad.zero_()
