"""Faults of what the optimizer holds."""

import torch
from torch import Tensor, nn

import d2lcore as d2l

from .setups import CE, Setup, broken, classes, heights, mlp, sgd, split


@broken("optimizer_other_net")
def optimizer_before_the_copy(fault: bool) -> Setup:
    import copy

    train_iter, test_iter = classes()
    net = mlp()
    updater = torch.optim.Adam(net.parameters(), 0.01)
    if fault:
        net = copy.deepcopy(net)
    return Setup(net, train_iter, CE, updater, test_iter)


@broken("optimizer_misses_layer")
def only_the_head_is_trained(fault: bool) -> Setup:
    (train_iter, test_iter), net = classes(), mlp()
    params = net[2].parameters() if fault else net.parameters()
    return Setup(net, train_iter, CE, torch.optim.SGD(params, 0.1), test_iter)


@broken("optimizer_misses_layer")
def layer_added_after_the_optimizer(fault: bool) -> Setup:
    train_iter, test_iter = classes()
    net = nn.Sequential(nn.Linear(8, 24), nn.ReLU())
    updater = sgd(net)
    net.append(nn.Linear(24, 4))
    if not fault:
        updater = sgd(net)
    return Setup(net, train_iter, CE, updater, test_iter)


@broken("optimizer_misses_layer")
def own_updater_forgets_the_bias(fault: bool) -> Setup:
    X, y = heights()
    train_iter, test_iter = split(X, y + 6)
    w, b = torch.zeros(3, 1, requires_grad=True), torch.zeros(1, requires_grad=True)

    def net(X: Tensor) -> Tensor:
        return X @ w + b

    def updater(batch_size: int) -> None:
        d2l.sgd([w] if fault else [w, b], 0.1, batch_size)

    return Setup(net, train_iter, d2l.squared_loss, updater, test_iter)


class ListNet(nn.Module):
    """Hidden layers in a list, which hides them, or in a ModuleList."""

    def __init__(self, hidden: bool) -> None:
        super().__init__()
        layers = [nn.Linear(8, 24), nn.Linear(24, 24)]
        self.layers = layers if hidden else nn.ModuleList(layers)
        self.out = nn.Linear(24, 4)

    def forward(self, X: Tensor) -> Tensor:
        for layer in self.layers:
            X = torch.relu(layer(X))
        return self.out(X)


@broken("layers_in_list", "optimizer_misses_layer")
def layers_in_a_python_list(fault: bool) -> Setup:
    (train_iter, test_iter), net = classes(), ListNet(hidden=fault)
    return Setup(net, train_iter, CE, sgd(net), test_iter)


class DictNet(nn.Module):
    def __init__(self, hidden: bool) -> None:
        super().__init__()
        layers = {"in": nn.Linear(8, 24), "out": nn.Linear(24, 4)}
        self.layers = layers if hidden else nn.ModuleDict(layers)
        self.scale = nn.Parameter(torch.ones(4))

    def forward(self, X: Tensor) -> Tensor:
        return self.scale * self.layers["out"](torch.tanh(self.layers["in"](X)))


@broken("layers_in_list", "optimizer_misses_layer")
def layers_in_a_dict(fault: bool) -> Setup:
    (train_iter, test_iter), net = classes(), DictNet(hidden=fault)
    return Setup(net, train_iter, CE, sgd(net), test_iter)


class ForwardNet(nn.Module):
    """The last layer is made anew in every forward, or once."""

    def __init__(self, anew: bool) -> None:
        super().__init__()
        self.anew = anew
        self.hidden = nn.Linear(8, 24)
        self.out = nn.Linear(24, 4)

    def forward(self, X: Tensor) -> Tensor:
        out = nn.Linear(24, 4) if self.anew else self.out
        return out(torch.relu(self.hidden(X)))


@broken("layer_made_in_forward")
def layer_is_made_in_forward(fault: bool) -> Setup:
    (train_iter, test_iter), net = classes(), ForwardNet(fault)
    return Setup(net, train_iter, CE, sgd(net), test_iter)


@broken("frozen_layer", "graph_cut")
def everything_is_frozen_but_the_bias(fault: bool) -> Setup:
    (train_iter, test_iter), net = classes(), mlp()
    if fault:
        for name, param in net.named_parameters():
            param.requires_grad_(name == "2.bias")
    return Setup(net, train_iter, CE, sgd(net), test_iter)
