"""Answers to my_linear whose values are right, but which use what the exercise forbids."""

import torch
from torch import nn
from torch.nn import Linear


def my_linear(in_units, units):
    class Layer(Linear):
        def __init__(self):
            super().__init__(in_units, units)
            self.weight = nn.Parameter(torch.randn(in_units, units))
            self.bias = nn.Parameter(torch.randn(units))

        def forward(self, X):
            return torch.relu(X @ self.weight + self.bias)

    return Layer()


class Rectified(torch.nn.Linear):
    def forward(self, X):
        return torch.relu(X @ self.weight + self.bias)


def my_linear(in_units, units):
    layer = Rectified(in_units, units)
    layer.weight, layer.bias = nn.Parameter(torch.randn(in_units, units)), nn.Parameter(torch.randn(units))
    return layer
