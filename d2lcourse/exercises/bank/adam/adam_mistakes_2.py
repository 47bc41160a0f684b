"""Wrong answers to adam, each under what its writer is to read, continued."""

import torch

from d2lcourse.exercises.bank import mistake


@mistake("v and s in states stay zero: `v = ...` makes a new tensor; write into the old one, v.copy_(...)")
def adam(params, states, hyperparams):
    lr, beta1, beta2, t = (hyperparams[name] for name in ("lr", "beta1", "beta2", "t"))
    with torch.no_grad():
        for param, (v, s) in zip(params, states, strict=True):
            v = beta1 * v + (1 - beta1) * param.grad
            s = beta2 * s + (1 - beta2) * param.grad**2
            v_hat, s_hat = v / (1 - beta1**t), s / (1 - beta2**t)
            param -= lr * v_hat / (s_hat.sqrt() + 1e-6)
            param.grad.zero_()
    hyperparams["t"] += 1


@mistake(
    "the corrected values are kept in states, and corrected again in the next step: v_hat and s_hat are new"
)
def adam(params, states, hyperparams):
    lr, beta1, beta2, t = (hyperparams[name] for name in ("lr", "beta1", "beta2", "t"))
    with torch.no_grad():
        for param, (v, s) in zip(params, states, strict=True):
            v.copy_(beta1 * v + (1 - beta1) * param.grad)
            s.copy_(beta2 * s + (1 - beta2) * param.grad**2)
            v /= 1 - beta1**t
            s /= 1 - beta2**t
            param -= lr * v / (s.sqrt() + 1e-6)
            param.grad.zero_()
    hyperparams["t"] += 1


@mistake("the two betas are exchanged: beta1 belongs to v, beta2 to s")
def adam(params, states, hyperparams):
    lr, beta2, beta1, t = (hyperparams[name] for name in ("lr", "beta1", "beta2", "t"))
    with torch.no_grad():
        for param, (v, s) in zip(params, states, strict=True):
            v.copy_(beta1 * v + (1 - beta1) * param.grad)
            s.copy_(beta2 * s + (1 - beta2) * param.grad**2)
            v_hat, s_hat = v / (1 - beta1**t), s / (1 - beta2**t)
            param -= lr * v_hat / (s_hat.sqrt() + 1e-6)
            param.grad.zero_()
    hyperparams["t"] += 1


@mistake("gradients accumulate: set each to zero after its step, param.grad.zero_()")
def adam(params, states, hyperparams):
    lr, beta1, beta2, t = (hyperparams[name] for name in ("lr", "beta1", "beta2", "t"))
    with torch.no_grad():
        for param, (v, s) in zip(params, states, strict=True):
            v.copy_(beta1 * v + (1 - beta1) * param.grad)
            s.copy_(beta2 * s + (1 - beta2) * param.grad**2)
            v_hat, s_hat = v / (1 - beta1**t), s / (1 - beta2**t)
            param -= lr * v_hat / (s_hat.sqrt() + 1e-6)
    hyperparams["t"] += 1


@mistake("the step follows the gradient: it must follow v_hat, the smoothed one")
def adam(params, states, hyperparams):
    lr, beta1, beta2, t = (hyperparams[name] for name in ("lr", "beta1", "beta2", "t"))
    with torch.no_grad():
        for param, (v, s) in zip(params, states, strict=True):
            v.copy_(beta1 * v + (1 - beta1) * param.grad)
            s.copy_(beta2 * s + (1 - beta2) * param.grad**2)
            v_hat, s_hat = v / (1 - beta1**t), s / (1 - beta2**t)
            param -= lr * param.grad / (s_hat.sqrt() + 1e-6)
            param.grad.zero_()
    hyperparams["t"] += 1


@mistake("the step goes uphill: subtract it")
def adam(params, states, hyperparams):
    lr, beta1, beta2, t = (hyperparams[name] for name in ("lr", "beta1", "beta2", "t"))
    with torch.no_grad():
        for param, (v, s) in zip(params, states, strict=True):
            v.copy_(beta1 * v + (1 - beta1) * param.grad)
            s.copy_(beta2 * s + (1 - beta2) * param.grad**2)
            v_hat, s_hat = v / (1 - beta1**t), s / (1 - beta2**t)
            param += lr * v_hat / (s_hat.sqrt() + 1e-6)
            param.grad.zero_()
    hyperparams["t"] += 1


@mistake("the last parameter is left out: go over all of params and states, zip(params, states)")
def adam(params, states, hyperparams):
    lr, beta1, beta2, t = (hyperparams[key] for key in ("lr", "beta1", "beta2", "t"))
    with torch.no_grad():
        for i in range(len(params) - 1):
            param, (v, s) = params[i], states[i]
            v.mul_(beta1).add_((1 - beta1) * param.grad)
            s.mul_(beta2).add_((1 - beta2) * param.grad**2)
            param -= lr * (v / (1 - beta1**t)) / ((s / (1 - beta2**t)).sqrt() + 1e-6)
            param.grad.zero_()
    hyperparams["t"] += 1


@mistake("the learning rate is fixed inside: use that of hyperparams, whatever it is")
def adam(params, states, hyperparams):
    beta1, beta2, t = (hyperparams[key] for key in ("beta1", "beta2", "t"))
    with torch.no_grad():
        for param, (v, s) in zip(params, states, strict=True):
            v.mul_(beta1).add_((1 - beta1) * param.grad)
            s.mul_(beta2).add_((1 - beta2) * param.grad**2)
            param -= 0.1 * (v / (1 - beta1**t)) / ((s / (1 - beta2**t)).sqrt() + 1e-6)
            param.grad.zero_()
    hyperparams["t"] += 1


@mistake("the betas are fixed inside: use those of hyperparams, whatever they are")
def adam(params, states, hyperparams):
    lr, t, beta1, beta2 = hyperparams["lr"], hyperparams["t"], 0.9, 0.999
    with torch.no_grad():
        for param, (v, s) in zip(params, states, strict=True):
            v.mul_(beta1).add_((1 - beta1) * param.grad)
            s.mul_(beta2).add_((1 - beta2) * param.grad**2)
            param -= lr * (v / (1 - beta1**t)) / ((s / (1 - beta2**t)).sqrt() + 1e-6)
            param.grad.zero_()
    hyperparams["t"] += 1
