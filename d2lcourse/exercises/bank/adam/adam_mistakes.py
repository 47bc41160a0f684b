"""Wrong answers to adam, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import again, mistake


@mistake("v and s are not corrected: both start at zero; divide them by 1 - beta1^t and 1 - beta2^t")
def adam(params, states, hyperparams):
    lr, beta1, beta2, t = (hyperparams[name] for name in ("lr", "beta1", "beta2", "t"))
    with torch.no_grad():
        for param, (v, s) in zip(params, states, strict=True):
            v.copy_(beta1 * v + (1 - beta1) * param.grad)
            s.copy_(beta2 * s + (1 - beta2) * param.grad**2)
            param -= lr * v / (s.sqrt() + 1e-6)
            param.grad.zero_()
    hyperparams["t"] += 1


@mistake("only v is corrected: s starts at zero too, divide it by 1 - beta2^t")
def adam(params, states, hyperparams):
    lr, beta1, beta2, t = (hyperparams[name] for name in ("lr", "beta1", "beta2", "t"))
    with torch.no_grad():
        for param, (v, s) in zip(params, states, strict=True):
            v.copy_(beta1 * v + (1 - beta1) * param.grad)
            s.copy_(beta2 * s + (1 - beta2) * param.grad**2)
            v_hat, s_hat = v / (1 - beta1**t), s
            param -= lr * v_hat / (s_hat.sqrt() + 1e-6)
            param.grad.zero_()
    hyperparams["t"] += 1


@mistake("only s is corrected: v starts at zero too, divide it by 1 - beta1^t")
def adam(params, states, hyperparams):
    lr, beta1, beta2, t = (hyperparams[name] for name in ("lr", "beta1", "beta2", "t"))
    with torch.no_grad():
        for param, (v, s) in zip(params, states, strict=True):
            v.copy_(beta1 * v + (1 - beta1) * param.grad)
            s.copy_(beta2 * s + (1 - beta2) * param.grad**2)
            v_hat, s_hat = v, s / (1 - beta2**t)
            param -= lr * v_hat / (s_hat.sqrt() + 1e-6)
            param.grad.zero_()
    hyperparams["t"] += 1


@mistake("the correction has the power t + 1: the first step has t = 1, and the geometric sum ends at t - 1")
def adam(params, states, hyperparams):
    lr, beta1, beta2, t = (hyperparams[name] for name in ("lr", "beta1", "beta2", "t"))
    with torch.no_grad():
        for param, (v, s) in zip(params, states, strict=True):
            v.copy_(beta1 * v + (1 - beta1) * param.grad)
            s.copy_(beta2 * s + (1 - beta2) * param.grad**2)
            v_hat, s_hat = v / (1 - beta1 ** (t + 1)), s / (1 - beta2 ** (t + 1))
            param -= lr * v_hat / (s_hat.sqrt() + 1e-6)
            param.grad.zero_()
    hyperparams["t"] += 1


@again
def adam(params, states, hyperparams):
    lr, beta1, beta2, t = (hyperparams[name] for name in ("lr", "beta1", "beta2", "t"))
    t += 1
    hyperparams["t"] = t
    with torch.no_grad():
        for param, (v, s) in zip(params, states, strict=True):
            v.copy_(beta1 * v + (1 - beta1) * param.grad)
            s.copy_(beta2 * s + (1 - beta2) * param.grad**2)
            v_hat, s_hat = v / (1 - beta1**t), s / (1 - beta2**t)
            param -= lr * v_hat / (s_hat.sqrt() + 1e-6)
            param.grad.zero_()


@mistake("the correction is that of step 1 at every step: raise beta to the power t")
def adam(params, states, hyperparams):
    lr, beta1, beta2, t = (hyperparams[name] for name in ("lr", "beta1", "beta2", "t"))
    with torch.no_grad():
        for param, (v, s) in zip(params, states, strict=True):
            v.copy_(beta1 * v + (1 - beta1) * param.grad)
            s.copy_(beta2 * s + (1 - beta2) * param.grad**2)
            v_hat, s_hat = v / (1 - beta1), s / (1 - beta2)
            param -= lr * v_hat / (s_hat.sqrt() + 1e-6)
            param.grad.zero_()
    hyperparams["t"] += 1


@mistake("the learning rate is used twice, as 003 5.6 writes it: once is enough")
def adam(params, states, hyperparams):
    lr, beta1, beta2, t = (hyperparams[name] for name in ("lr", "beta1", "beta2", "t"))
    with torch.no_grad():
        for param, (v, s) in zip(params, states, strict=True):
            v.copy_(beta1 * v + (1 - beta1) * param.grad)
            s.copy_(beta2 * s + (1 - beta2) * param.grad**2)
            v_hat, s_hat = v / (1 - beta1**t), s / (1 - beta2**t)
            param -= lr * lr * v_hat / (s_hat.sqrt() + 1e-6)
            param.grad.zero_()
    hyperparams["t"] += 1


@mistake("the gradient is not squared in s: s is the mean of grad²")
def adam(params, states, hyperparams):
    lr, beta1, beta2, t = (hyperparams[name] for name in ("lr", "beta1", "beta2", "t"))
    with torch.no_grad():
        for param, (v, s) in zip(params, states, strict=True):
            v.copy_(beta1 * v + (1 - beta1) * param.grad)
            s.copy_(beta2 * s + (1 - beta2) * param.grad.abs())
            v_hat, s_hat = v / (1 - beta1**t), s / (1 - beta2**t)
            param -= lr * v_hat / (s_hat.sqrt() + 1e-6)
            param.grad.zero_()
    hyperparams["t"] += 1


@mistake('t stays what it is: add 1 to hyperparams["t"] at the end')
def adam(params, states, hyperparams):
    lr, beta1, beta2, t = (hyperparams[name] for name in ("lr", "beta1", "beta2", "t"))
    with torch.no_grad():
        for param, (v, s) in zip(params, states, strict=True):
            v.copy_(beta1 * v + (1 - beta1) * param.grad)
            s.copy_(beta2 * s + (1 - beta2) * param.grad**2)
            v_hat, s_hat = v / (1 - beta1**t), s / (1 - beta2**t)
            param -= lr * v_hat / (s_hat.sqrt() + 1e-6)
            param.grad.zero_()


@mistake("t grows once a parameter: it counts calls, so add 1 after the loop")
def adam(params, states, hyperparams):
    lr, beta1, beta2, t = (hyperparams[name] for name in ("lr", "beta1", "beta2", "t"))
    with torch.no_grad():
        for param, (v, s) in zip(params, states, strict=True):
            v.copy_(beta1 * v + (1 - beta1) * param.grad)
            s.copy_(beta2 * s + (1 - beta2) * param.grad**2)
            v_hat, s_hat = v / (1 - beta1**t), s / (1 - beta2**t)
            param -= lr * v_hat / (s_hat.sqrt() + 1e-6)
            param.grad.zero_()
            hyperparams["t"] += 1


@mistake("the 1e-6 is inside the root: there it counts as 0.001 beside a gradient; add it to the root")
def adam(params, states, hyperparams):
    lr, beta1, beta2, t = (hyperparams[name] for name in ("lr", "beta1", "beta2", "t"))
    with torch.no_grad():
        for param, (v, s) in zip(params, states, strict=True):
            v.copy_(beta1 * v + (1 - beta1) * param.grad)
            s.copy_(beta2 * s + (1 - beta2) * param.grad**2)
            v_hat, s_hat = v / (1 - beta1**t), s / (1 - beta2**t)
            param -= lr * v_hat / (s_hat + 1e-6).sqrt()
            param.grad.zero_()
    hyperparams["t"] += 1
