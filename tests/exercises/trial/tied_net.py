"""Answers to tied_net, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("The second place gets a deep copy of shared, which is trained for itself.")
def tied_net(first, shared, last):
    import copy

    nn = torch.nn
    return nn.Sequential(first, nn.ReLU(), shared, nn.ReLU(), copy.deepcopy(shared), nn.ReLU(), last)


@wrong("The ReLU between the two uses of shared is missing.")
def tied_net(first, shared, last):
    return torch.nn.Sequential(
        first, torch.nn.ReLU(), shared, shared, torch.nn.ReLU(), last
    )


@wrong("A ReLU follows the last layer too.")
def tied_net(first: torch.nn.Linear, shared: torch.nn.Linear, last: torch.nn.Linear) -> torch.nn.Module:
    net = torch.nn.Sequential()
    for layer in (first, shared, shared, last):
        net.append(layer)
        net.append(torch.nn.ReLU())
    return net


@wrong("The dictionary has the same key for both uses, so shared is used only once.")
def tied_net(first, shared, last):
    from collections import OrderedDict

    layers = OrderedDict()
    layers["first"] = first
    layers["relu1"] = torch.nn.ReLU()
    layers["shared"] = shared
    layers["relu2"] = torch.nn.ReLU()
    layers["shared"] = shared
    layers["relu3"] = torch.nn.ReLU()
    layers["last"] = last
    return torch.nn.Sequential(layers)


@wrong("A second layer takes over the weight of shared, but has a bias of its own.")
def tied_net(first, shared, last):
    h = shared.out_features
    again = torch.nn.Linear(h, h)
    again.weight = shared.weight
    with torch.no_grad():
        again.bias.copy_(shared.bias)
    relu = torch.nn.ReLU()
    return torch.nn.Sequential(first, relu, shared, relu, again, relu, last)


@wrong("Only .data is shared: the second layer has parameters and gradients of its own.")
def tied_net(first, shared, last):
    from torch import nn

    twin = nn.Linear(shared.in_features, shared.out_features)
    twin.weight.data = shared.weight.data
    twin.bias.data = shared.bias.data
    return nn.Sequential(first, nn.ReLU(), shared, nn.ReLU(), twin, nn.ReLU(), last)


@wrong("shared is used three times.")
def tied_net(first, shared, last):
    act = torch.nn.ReLU()
    layers = [first, act]
    layers += [shared, act] * 3
    return torch.nn.Sequential(*layers, last)


@wrong("A ModuleList, which cannot be called, in place of a Sequential.")
def tied_net(first, shared, last):
    relu = torch.nn.ReLU
    return torch.nn.ModuleList([first, relu(), shared, relu(), shared, relu(), last])


@right("A list in which every layer but the last is followed by a ReLU.")
def tied_net(first, shared, last):
    modules = []
    for linear in (first, shared, shared):
        modules.extend((linear, torch.nn.ReLU()))
    return torch.nn.Sequential(*modules, last)


@right("Named layers with add_module.")
def tied_net(first, shared, last):
    net = torch.nn.Sequential()
    order = [first, shared, shared, last]
    for number, layer in enumerate(order):
        if number > 0:
            net.add_module(f"relu{number}", torch.nn.ReLU())
        net.add_module(f"linear{number}", layer)
    return net
