"""Answers to rmsprop_step, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("eps is added under the root.")
def rmsprop_step(params, grads, squares, lr, rho, eps):
    for p, g, s in zip(params, grads, squares):
        s[...] = rho * s + (1 - rho) * g**2
        p[...] = p - lr * g / torch.sqrt(s + eps)


@wrong("s = ... makes a new tensor, so the mean squares are not kept for the next step.")
def rmsprop_step(params, grads, squares, lr, rho, eps):
    for p, g, s in zip(params, grads, squares):
        s = rho * s + (1 - rho) * g * g
        p -= lr * g / (s.sqrt() + eps)


@wrong("rho and 1 - rho are swapped.")
def rmsprop_step(params, grads, squares, lr, rho, eps):
    for i in range(len(params)):
        g = grads[i]
        squares[i].mul_(1 - rho).addcmul_(g, g, value=rho)
        params[i].addcdiv_(g, squares[i].sqrt().add(eps), value=-lr)


@wrong("The parentheses are missing, so eps is added to the step and not to the root.")
def rmsprop_step(
    params: list[Tensor], grads: list[Tensor], squares: list[Tensor], lr: float, rho: float, eps: float
) -> None:
    for param, grad, s in zip(params, grads, squares):
        s *= rho
        s += (1 - rho) * grad.square()
        param -= lr * grad / s.sqrt() + eps


@wrong("The gradients are squared in place, so they are not left as they are.")
def rmsprop_step(params, grads, squares, lr, rho, eps):
    for p, g, s in zip(params, grads, squares):
        old = g.clone()
        s.mul_(rho).add_(g.pow_(2), alpha=1 - rho)
        p.sub_(lr * old / (s.sqrt() + eps))


@wrong("One mean square for the whole tensor and not value by value.")
def rmsprop_step(params, grads, squares, lr, rho, eps):
    for p, g, s in zip(params, grads, squares):
        mean_square = (g * g).mean()
        s.copy_(rho * s + (1 - rho) * mean_square)
        p.copy_(p - lr * g / (s.sqrt() + eps))


@wrong("The parameters are changed with the old mean square, before it is updated.")
def rmsprop_step(params, grads, squares, lr, rho, eps):
    for p, g, s in zip(params, grads, squares):
        p -= lr * g / (torch.sqrt(s) + eps)
    for g, s in zip(grads, squares):
        s.lerp_(g * g, 1 - rho)


@wrong("return stands in the loop, so only the first parameter is changed.")
def rmsprop_step(params, grads, squares, lr, rho, eps):
    for p, g, s in zip(params, grads, squares):
        s.mul_(rho).add_((1 - rho) * g * g)
        p.add_(-lr * g / (s.sqrt() + eps))
        return


@right("lerp_ for the mean square and addcdiv_ for the step.")
def rmsprop_step(params, grads, squares, lr, rho, eps):
    for k, grad in enumerate(grads):
        squares[k].lerp_(grad.square(), 1 - rho)
        params[k].addcdiv_(grad, squares[k].sqrt() + eps, value=-lr)


@right("First all the mean squares, then all the parameters, by slices.")
def rmsprop_step(params, grads, squares, lr, rho, eps):
    for s, g in zip(squares, grads):
        s[...] = rho * s + (1 - rho) * g**2
    for p, s, g in zip(params, squares, grads):
        p[...] = p - lr * g / (s**0.5 + eps)
