"""Right answers to my_linear, each by another way than the chapter's."""

import torch
from torch import nn


def my_linear(in_units, units):
    class Layer(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.empty(in_units, units))
            self.bias = nn.Parameter(torch.empty(units))
            for one in self.parameters():
                nn.init.normal_(one)

        def forward(self, X):
            return nn.functional.relu(nn.functional.linear(X, self.weight.T, self.bias))

    return Layer()


def my_linear(in_units, units):
    layer = nn.Module()
    layer.weight = nn.Parameter(torch.randn(in_units, units))
    layer.register_parameter("bias", nn.Parameter(torch.randn(units)))
    layer.forward = lambda X: (X @ layer.weight + layer.bias).clamp(min=0)
    return layer
