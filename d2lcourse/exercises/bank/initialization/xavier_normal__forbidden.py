"""Answers to xavier_normal_ whose values are right, but which use what the exercise forbids."""

import torch
from torch import nn
from torch.nn import init
from torch.nn import init as draws

fill_ = init.xavier_normal_


def xavier_normal_(W, gain):
    return torch.nn.init.xavier_normal_(W, gain)


def xavier_normal_(W, gain):
    draws.xavier_normal_(W, gain=gain)
    return W


def xavier_normal_(W, gain):
    return nn.init.normal_(W, 0.0, (2 / sum(W.shape)) ** 0.5 * gain)


def xavier_normal_(W, gain):
    return fill_(W, gain)


def filled(W, gain):
    return init.xavier_normal_(W, gain)


def xavier_normal_(W, gain):
    return filled(W, gain)
