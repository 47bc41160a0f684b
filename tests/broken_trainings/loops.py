"""Faults of the loop."""

import torch
from torch import Tensor, nn

import d2lcore as d2l

from .setups import CE, Setup, broken, classes, heights, mlp, sgd, split


@broken("no_zero_grad")
def gradients_add_up_under_adam(fault: bool) -> Setup:
    (train_iter, test_iter), net = classes(), mlp()
    updater = torch.optim.Adam(net.parameters(), 0.01)

    def step(X: Tensor, y: Tensor) -> float:
        l = CE(net(X), y)
        l.backward()
        updater.step()
        if not fault:
            updater.zero_grad()
        return l.item()

    return Setup(net, train_iter, CE, updater, test_iter, step)


@broken("no_zero_grad")
def own_sgd_forgets_to_clear(fault: bool) -> Setup:
    train_iter, test_iter = split(*heights())
    w, b = torch.zeros(3, 1, requires_grad=True), torch.zeros(1, requires_grad=True)

    def net(X: Tensor) -> Tensor:
        return X @ w + b

    def updater(batch_size: int) -> None:
        with torch.no_grad():
            for param in (w, b):
                param -= 0.1 * param.grad / batch_size
                if not fault:
                    param.grad.zero_()

    return Setup(net, train_iter, d2l.squared_loss, updater, test_iter)


@broken("zero_grad_misplaced", "no_step")
def cleared_after_backward(fault: bool) -> Setup:
    (train_iter, test_iter), net = classes(), mlp()
    updater = sgd(net)

    def step(X: Tensor, y: Tensor) -> float:
        l = CE(net(X), y)
        if not fault:
            net.zero_grad()
        l.backward()
        if fault:
            net.zero_grad()
        updater.step()
        return l.item()

    return Setup(net, train_iter, CE, updater, test_iter, step)


@broken("no_step")
def forgets_the_step(fault: bool) -> Setup:
    (train_iter, test_iter), net = classes(), mlp()
    updater = sgd(net)

    def step(X: Tensor, y: Tensor) -> float:
        updater.zero_grad()
        l = CE(net(X), y)
        l.backward()
        if not fault:
            updater.step()
        return l.item()

    return Setup(net, train_iter, CE, updater, test_iter, step)


@broken("no_backward", "no_step")
def forgets_backward(fault: bool) -> Setup:
    (train_iter, test_iter), net = classes(), mlp()
    updater = sgd(net)

    def step(X: Tensor, y: Tensor) -> float:
        updater.zero_grad()
        l = CE(net(X), y)
        if not fault:
            l.backward()
        updater.step()
        return l.item()

    return Setup(net, train_iter, CE, updater, test_iter, step)


@broken("wrong_sign")
def maximizes(fault: bool) -> Setup:
    (train_iter, test_iter), net = classes(), mlp()
    return Setup(net, train_iter, CE, sgd(net, 0.05, maximize=fault), test_iter)


@broken("wrong_sign", "negative_loss")
def loss_with_a_minus(fault: bool) -> Setup:
    (train_iter, test_iter), net = classes(), mlp()
    loss = (lambda O, y: -CE(O, y)) if fault else CE
    return Setup(net, train_iter, loss, sgd(net, 0.02), test_iter)


@broken("divided_twice", "learning_rate_low")
def mean_and_batch_size(fault: bool) -> Setup:
    (train_iter, test_iter), net = classes(), mlp()

    def updater(batch_size: int) -> None:
        d2l.sgd(net.parameters(), 0.2, batch_size if fault else 1)

    def step(X: Tensor, y: Tensor) -> float:
        l = CE(net(X), y)
        l.backward()
        updater(len(y))
        return l.item()

    return Setup(net, train_iter, CE, updater, test_iter, step)


@broken("summed_loss", "learning_rate_high")
def sum_without_division(fault: bool) -> Setup:
    train_iter, test_iter = split(*heights(), batch_size=64)
    net = nn.Linear(3, 1)
    updater = sgd(net, 0.1)

    def step(X: Tensor, y: Tensor) -> float:
        l = (net(X) - y).square()
        l = l.sum() if fault else l.mean()
        updater.zero_grad()
        l.backward()
        updater.step()
        return l.item()

    return Setup(net, train_iter, nn.MSELoss(), updater, test_iter, step)


@broken("clipped_to_nothing")
def clipped_far_too_much(fault: bool) -> Setup:
    (train_iter, test_iter), net = classes(), mlp()
    updater = sgd(net)

    def step(X: Tensor, y: Tensor) -> float:
        updater.zero_grad()
        l = CE(net(X), y)
        l.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1e-5 if fault else 5.0)
        updater.step()
        return l.item()

    return Setup(net, train_iter, CE, updater, test_iter, step)


@broken("clipped_to_nothing")
def gradients_clipped_by_value(fault: bool) -> Setup:
    train_iter, test_iter = split(*heights())
    net = nn.Linear(3, 1)
    updater = sgd(net, 0.05)

    def step(X: Tensor, y: Tensor) -> float:
        updater.zero_grad()
        l = (net(X) - y).square().mean()
        l.backward()
        nn.utils.clip_grad_value_(net.parameters(), 1e-4 if fault else 10.0)
        updater.step()
        return l.item()

    return Setup(net, train_iter, nn.MSELoss(), updater, test_iter, step)


@broken("schedule_at_zero")
def warms_up_from_zero_and_stays(fault: bool) -> Setup:
    (train_iter, test_iter), net = classes(), mlp()
    updater = sgd(net)
    schedule = torch.optim.lr_scheduler.LambdaLR(updater, lambda k: k // 10**6 if fault else 1.0)

    def step(X: Tensor, y: Tensor) -> float:
        updater.zero_grad()
        l = CE(net(X), y)
        l.backward()
        updater.step()
        schedule.step()
        return l.item()

    return Setup(net, train_iter, CE, updater, test_iter, step)


@broken("schedule_at_zero")
def schedule_decays_each_batch(fault: bool) -> Setup:
    (train_iter, test_iter), net = classes(), mlp()
    updater = sgd(net)
    schedule = torch.optim.lr_scheduler.StepLR(updater, 1, 0.1 if fault else 0.9999)

    def step(X: Tensor, y: Tensor) -> float:
        updater.zero_grad()
        l = CE(net(X), y)
        l.backward()
        updater.step()
        schedule.step()
        return l.item()

    return Setup(net, train_iter, CE, updater, test_iter, step)
