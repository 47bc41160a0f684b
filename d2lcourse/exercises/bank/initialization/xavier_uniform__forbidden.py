"""Answers to xavier_uniform_ whose values are right, but which use what the exercise forbids."""

import torch
from torch import nn
from torch.nn import init
from torch.nn import init as draws

fill_ = init.xavier_uniform_


def xavier_uniform_(W, gain):
    return torch.nn.init.xavier_uniform_(W, gain)


def xavier_uniform_(W, gain):
    draws.xavier_uniform_(W, gain=gain)
    return W


def xavier_uniform_(W, gain):
    return nn.init.uniform_(W, -((6 / sum(W.shape)) ** 0.5) * gain, (6 / sum(W.shape)) ** 0.5 * gain)


def xavier_uniform_(W, gain):
    return fill_(W, gain)


def filled(W, gain):
    return init.xavier_uniform_(W, gain)


def xavier_uniform_(W, gain):
    return filled(W, gain)
