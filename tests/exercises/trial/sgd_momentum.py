"""Answers to sgd_momentum, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("v = ... makes a new tensor, so the velocity is not kept in states.")
def sgd_momentum(params, states, hyperparams):
    for p, v in zip(params, states):
        with torch.no_grad():
            v = hyperparams["momentum"] * v + p.grad
            p -= hyperparams["lr"] * v
            p.grad.zero_()


@wrong("The gradient is weighted with 1 - momentum.")
def sgd_momentum(params, states, hyperparams):
    m, lr = hyperparams["momentum"], hyperparams["lr"]
    with torch.no_grad():
        for p, v in zip(params, states):
            v[...] = m * v + (1 - m) * p.grad
            p[...] -= lr * v
            p.grad.zero_()


@wrong("The gradient is added before the multiplication, so it is multiplied by the momentum too.")
def sgd_momentum(params: list[Tensor], states: list[Tensor], hyperparams: dict) -> None:
    with torch.no_grad():
        for param, v in zip(params, states):
            v.add_(param.grad)
            v.mul_(hyperparams["momentum"])
            param.sub_(hyperparams["lr"] * v)
            param.grad.zero_()


@wrong("The gradient itself becomes the velocity and is then zeroed, so the velocity is lost.")
def sgd_momentum(params, states, hyperparams):
    for i, p in enumerate(params):
        g = p.grad
        g.add_(states[i], alpha=hyperparams["momentum"])
        states[i] = g
        p.data.sub_(hyperparams["lr"] * g)
        g.zero_()


@wrong("pop takes the numbers out of hyperparams, so that the next step fails.")
def sgd_momentum(params, states, hyperparams):
    lr = hyperparams.pop("lr")
    momentum = hyperparams.pop("momentum")
    for p, v in zip(params, states):
        v.mul_(momentum).add_(p.grad)
        p.data.add_(v, alpha=-lr)
        p.grad.zero_()


@wrong("The learning rate is put into the velocity in place of the step, so the states are wrong.")
def sgd_momentum(params, states, hyperparams):
    with torch.no_grad():
        for p, v in zip(params, states):
            v *= hyperparams["momentum"]
            v += hyperparams["lr"] * p.grad
            p -= v
            p.grad.zero_()


@wrong("The step is that of Nesterov: the gradient plus momentum times the new velocity.")
def sgd_momentum(params, states, hyperparams):
    mu, eta = hyperparams["momentum"], hyperparams["lr"]
    with torch.no_grad():
        for theta, vel in zip(params, states):
            vel.copy_(mu * vel + theta.grad)
            theta.copy_(theta - eta * (theta.grad + mu * vel))
            theta.grad.zero_()


@wrong("The parameter moves with the old velocity, before it is updated.")
def sgd_momentum(params, states, hyperparams):
    for p, v in zip(params, states):
        p.data -= hyperparams["lr"] * v
        v[...] = hyperparams["momentum"] * v + p.grad
        p.grad.zero_()


@wrong("Gradients are not put to zero.")
def sgd_momentum(params, states, hyperparams):
    for index in range(len(params)):
        velocity = states[index]
        velocity.copy_(hyperparams["momentum"] * velocity + params[index].grad)
        params[index].data -= hyperparams["lr"] * velocity


@right("The change is written through detached views of the parameters.")
def sgd_momentum(params, states, hyperparams):
    lr, momentum = hyperparams["lr"], hyperparams["momentum"]
    for param, velocity in zip(params, states):
        velocity.mul_(momentum)
        velocity.add_(param.grad)
        param.detach().sub_(velocity, alpha=lr)
        param.grad.zero_()


@right("Three passes: velocities, parameters, gradients.")
def sgd_momentum(params, states, hyperparams):
    with torch.no_grad():
        for v, p in zip(states, params):
            v[...] = hyperparams["momentum"] * v + p.grad
        for v, p in zip(states, params):
            p[...] = p - hyperparams["lr"] * v
        for p in params:
            p.grad[...] = 0
