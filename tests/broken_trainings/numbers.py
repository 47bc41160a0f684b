"""Faults of a number: rates, momentum, decay, precision, logarithms."""

import torch
from torch import Tensor, nn

from .setups import CE, Setup, broken, classes, clouds, heights, mlp, sgd, split


@broken("learning_rate_high")
def rate_of_a_hundred(fault: bool) -> Setup:
    (train_iter, test_iter), net = classes(), mlp()
    return Setup(net, train_iter, CE, sgd(net, 100.0 if fault else 0.1), test_iter)


@broken("learning_rate_high")
def regression_oscillates(fault: bool) -> Setup:
    train_iter, test_iter = split(*heights())
    net = nn.Linear(3, 1)
    return Setup(net, train_iter, nn.MSELoss(), sgd(net, 1.5 if fault else 0.1), test_iter)


@broken("learning_rate_high")
def adam_at_ten(fault: bool) -> Setup:
    (train_iter, test_iter), net = classes(), mlp()
    return Setup(net, train_iter, CE, torch.optim.Adam(net.parameters(), 10.0 if fault else 0.01), test_iter)


@broken("learning_rate_low")
def rate_of_a_millionth(fault: bool) -> Setup:
    (train_iter, test_iter), net = classes(), mlp()
    return Setup(net, train_iter, CE, sgd(net, 1e-6 if fault else 0.1), test_iter)


@broken("momentum_high", "learning_rate_high")
def momentum_above_one(fault: bool) -> Setup:
    (train_iter, test_iter), net = classes(), mlp()
    return Setup(net, train_iter, CE, sgd(net, 0.05, momentum=1.2 if fault else 0.9), test_iter)


@broken("weight_decay_high")
def decay_of_ten(fault: bool) -> Setup:
    (train_iter, test_iter), net = classes(), mlp()
    return Setup(net, train_iter, CE, sgd(net, 0.1, weight_decay=10.0 if fault else 1e-3), test_iter)


@broken("weight_decay_high")
def penalty_beats_the_loss(fault: bool) -> Setup:
    train_iter, test_iter = split(*heights())
    net = nn.Linear(3, 1)
    updater = sgd(net, 0.05)

    def step(X: Tensor, y: Tensor) -> float:
        penalty = sum(param.square().sum() for param in net.parameters())
        l = (net(X) - y).square().mean() + (8.0 if fault else 1e-3) * penalty
        updater.zero_grad()
        l.backward()
        updater.step()
        return l.item()

    return Setup(net, train_iter, nn.MSELoss(), updater, test_iter, step)


@broken("half_precision")
def steps_too_small_for_half(fault: bool) -> Setup:
    X, y = clouds()
    train_iter, test_iter = split(X.to(torch.float16) if fault else X, y)
    net = mlp()
    if fault:
        net.half()

    def loss(O: Tensor, y: Tensor) -> Tensor:
        return CE(O.float(), y)

    return Setup(net, train_iter, loss, torch.optim.Adam(net.parameters(), 0.005), test_iter)


@broken("unstable_loss")
def logarithm_of_a_softmax(fault: bool) -> Setup:
    X, y = clouds()
    train_iter, test_iter = split(30 * X, y)
    net = mlp()

    def loss(O: Tensor, y: Tensor) -> Tensor:
        if not fault:
            return CE(O, y)
        return -torch.log(O.softmax(dim=1))[torch.arange(len(y)), y].mean()

    with torch.no_grad():
        net[2].weight.mul_(6)
    return Setup(net, train_iter, loss, sgd(net, 1e-4), test_iter)


@broken("unstable_loss")
def root_of_zero(fault: bool) -> Setup:
    X, y = heights()
    train_iter, test_iter = split(X, y)
    net = nn.Linear(3, 1)

    def loss(y_hat: Tensor, y: Tensor) -> Tensor:
        same = (y_hat - y_hat.detach()) ** 2  # zero, of which the root has no derivative
        extra = same.sum().sqrt() if fault else same.sum()
        return (y_hat - y).square().mean() + 0.1 * extra

    return Setup(net, train_iter, loss, sgd(net, 0.05), test_iter)
