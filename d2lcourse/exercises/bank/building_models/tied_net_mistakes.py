"""Wrong answers to tied_net, each under what its writer is to read."""

import copy

from torch import nn

from d2lcourse.exercises.bank import again, mistake


@mistake("the second place has a copy, which has a gradient of its own: put the layer itself in both places")
def tied_net(first, shared, last):
    return nn.Sequential(first, nn.ReLU(), shared, nn.ReLU(), copy.deepcopy(shared), nn.ReLU(), last)


@again
def tied_net(first, shared, last):
    second = nn.Linear(*shared.weight.shape).double()
    second.load_state_dict(shared.state_dict())
    return nn.Sequential(first, nn.ReLU(), shared, nn.ReLU(), second, nn.ReLU(), last)


@mistake("only the weight is tied: the bias of the second place is another parameter")
def tied_net(first, shared, last):
    second = copy.deepcopy(shared)
    second.weight = shared.weight
    return nn.Sequential(first, nn.ReLU(), shared, nn.ReLU(), second, nn.ReLU(), last)


@mistake("the layer stands in one place only: it comes twice, with a ReLU after each")
def tied_net(first, shared, last):
    return nn.Sequential(first, nn.ReLU(), shared, nn.ReLU(), last)


@mistake("the ReLU between the two places is missing: without it they are one linear layer")
def tied_net(first, shared, last):
    return nn.Sequential(first, nn.ReLU(), shared, shared, nn.ReLU(), last)


@mistake("there is no ReLU before the last layer: one follows each layer but the last")
def tied_net(first, shared, last):
    return nn.Sequential(first, nn.ReLU(), shared, nn.ReLU(), shared, last)


@mistake("there is no ReLU after the first layer: one follows each layer but the last")
def tied_net(first, shared, last):
    return nn.Sequential(first, shared, nn.ReLU(), shared, nn.ReLU(), last)


@mistake("the scores go through ReLU as well: they may be negative, the last layer has none")
def tied_net(first, shared, last):
    return nn.Sequential(first, nn.ReLU(), shared, nn.ReLU(), shared, nn.ReLU(), last, nn.ReLU())


@mistake("large values are cut off at 6, as nn.ReLU6 does: nn.ReLU leaves them")
def tied_net(first, shared, last):
    ReLU = nn.ReLU6
    return nn.Sequential(first, ReLU(), shared, ReLU(), shared, ReLU(), last)


@mistake("below 0 a small slope is left, as in a leaky ReLU: nn.ReLU gives 0 there")
def tied_net(first, shared, last):
    ReLU = nn.LeakyReLU
    return nn.Sequential(first, ReLU(), shared, ReLU(), shared, ReLU(), last)
