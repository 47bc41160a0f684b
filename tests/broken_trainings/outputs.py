"""Faults between the net's outputs and the loss."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .setups import CE, Setup, broken, classes, clouds, heights, mlp, sgd, split


@broken("softmax_before_loss")
def softmax_in_forward(fault: bool) -> Setup:
    (train_iter, test_iter), net = classes(), mlp()
    if fault:
        net.append(nn.Softmax(dim=-1))
    return Setup(net, train_iter, CE, sgd(net), test_iter)


@broken("sigmoid_before_loss")
def sigmoid_under_cross_entropy(fault: bool) -> Setup:
    (train_iter, test_iter), net = classes(num_classes=6), mlp(num_outputs=6)
    if fault:
        net.append(nn.Sigmoid())
    return Setup(net, train_iter, CE, sgd(net, 0.2), test_iter)


@broken("sigmoid_before_loss")
def sigmoid_twice(fault: bool) -> Setup:
    X, y = clouds(num_classes=2)
    train_iter, test_iter = split(X, y[:, None].float())
    net = mlp(num_outputs=1)
    if fault:
        net.append(nn.Sigmoid())
    return Setup(net, train_iter, nn.BCEWithLogitsLoss(), sgd(net, 0.2), test_iter)


@broken("relu_on_output", "output_out_of_range")
def relu_before_negative_targets(fault: bool) -> Setup:
    train_iter, test_iter = split(*heights())
    net = mlp(3, 1)
    if fault:
        net.append(nn.ReLU())
    return Setup(net, train_iter, nn.MSELoss(), sgd(net, 0.05), test_iter)


@broken("relu_on_output")
def relu_on_scores(fault: bool) -> Setup:
    train_iter, test_iter = classes()
    net = mlp()
    if fault:
        with torch.no_grad():
            net[2].bias.sub_(1.5)
        net.append(nn.ReLU())
    return Setup(net, train_iter, CE, sgd(net), test_iter)


@broken("output_out_of_range")
def tanh_before_large_targets(fault: bool) -> Setup:
    X, y = heights()
    train_iter, test_iter = split(X, y + 4)
    net = mlp(3, 1)
    if fault:
        net.append(nn.Tanh())
    return Setup(net, train_iter, nn.MSELoss(), sgd(net, 0.05), test_iter)


@broken("output_out_of_range", "sigmoid_before_loss")
def sigmoid_before_targets_of_hundreds(fault: bool) -> Setup:
    X, y = heights()
    train_iter, test_iter = split(X, 2 * y)
    net = mlp(3, 1)
    if fault:
        net.append(nn.Sigmoid())
    return Setup(net, train_iter, nn.MSELoss(), sgd(net, 0.02), test_iter)


@broken("single_output_softmax")
def softmax_of_one_output(fault: bool) -> Setup:
    X, y = clouds(num_classes=2)
    train_iter, test_iter = split(X, y[:, None].float())
    net = mlp(num_outputs=1)
    net.append(nn.Softmax(dim=1) if fault else nn.Sigmoid())
    return Setup(net, train_iter, nn.BCELoss(), sgd(net, 0.2), test_iter)


@broken("not_log_probabilities")
def nll_of_scores(fault: bool) -> Setup:
    (train_iter, test_iter), net = classes(), mlp()
    if not fault:
        net.append(nn.LogSoftmax(dim=1))
    return Setup(net, train_iter, nn.NLLLoss(), sgd(net), test_iter)


@broken("not_log_probabilities")
def nll_of_probabilities(fault: bool) -> Setup:
    (train_iter, test_iter), net = classes(), mlp()
    net.append(nn.Softmax(dim=1) if fault else nn.LogSoftmax(dim=1))
    return Setup(net, train_iter, F.nll_loss, sgd(net), test_iter)


@broken("regression_on_class_numbers")
def squared_error_of_class_numbers(fault: bool) -> Setup:
    X, y = clouds(num_classes=5)
    if not fault:
        train_iter, test_iter = split(X, y)
        net = mlp(num_outputs=5)
        return Setup(net, train_iter, CE, sgd(net), test_iter)
    train_iter, test_iter = split(X, y[:, None].float())
    net = mlp(num_outputs=1)
    return Setup(net, train_iter, nn.MSELoss(), sgd(net, 0.02), test_iter)


@broken("loss_arguments_swapped")
def target_before_input(fault: bool) -> Setup:
    X, y = clouds()
    train_iter, test_iter = split(X, F.one_hot(y, 4).float())
    net = mlp()

    def loss(O: Tensor, y: Tensor) -> Tensor:
        return CE(y, O.softmax(dim=1)) if fault else CE(O, y)

    return Setup(net, train_iter, loss, sgd(net), test_iter)


@broken("broadcast")
def column_beside_row(fault: bool) -> Setup:
    X, y = heights()
    train_iter, test_iter = split(X, y.flatten() if fault else y)
    net = mlp(3, 1)

    def loss(y_hat: Tensor, y: Tensor) -> Tensor:
        return (y_hat - y).square().mean()

    return Setup(net, train_iter, loss, sgd(net, 0.05), test_iter)


@broken("broadcast")
def row_beside_column(fault: bool) -> Setup:
    train_iter, test_iter = split(*heights())
    net = nn.Sequential(nn.Linear(3, 1), *[nn.Flatten(0)] * fault)

    def loss(y_hat: Tensor, y: Tensor) -> Tensor:
        return (y_hat - y).abs().mean()

    return Setup(net, train_iter, loss, sgd(net, 0.05), test_iter)
