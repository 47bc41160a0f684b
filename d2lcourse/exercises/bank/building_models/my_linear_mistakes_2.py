"""Wrong answers to my_linear, each under what its writer is to read."""

import torch
from torch import nn

from d2lcourse.exercises.bank import mistake


@mistake("the bias starts at 0: draw it from N(0, 1) too, torch.randn(units)")
def my_linear(in_units, units):
    class Layer(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.randn(in_units, units))
            self.bias = nn.Parameter(torch.zeros(units))

        def forward(self, X):
            return torch.relu(X @ self.weight + self.bias)

    return Layer()


@mistake("rand is uniform on [0, 1): N(0, 1) is the normal distribution, torch.randn")
def my_linear(in_units, units):
    class Layer(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.rand(in_units, units))
            self.bias = nn.Parameter(torch.rand(units))

        def forward(self, X):
            return torch.relu(X @ self.weight + self.bias)

    return Layer()


@mistake("the weight is multiplied by 0.01: N(0, 1) has standard deviation 1, as torch.randn draws")
def my_linear(in_units, units):
    class Layer(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(0.01 * torch.randn(in_units, units))
            self.bias = nn.Parameter(torch.randn(units))

        def forward(self, X):
            return torch.relu(X @ self.weight + self.bias)

    return Layer()


@mistake("the parameters have standard deviation 1, but are uniform: torch.randn draws from N(0, 1)")
def my_linear(in_units, units):
    class Layer(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter((2 * torch.rand(in_units, units) - 1) * 3**0.5)
            self.bias = nn.Parameter((2 * torch.rand(units) - 1) * 3**0.5)

        def forward(self, X):
            return torch.relu(X @ self.weight + self.bias)

    return Layer()
