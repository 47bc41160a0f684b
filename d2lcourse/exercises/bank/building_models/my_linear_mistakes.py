"""Wrong answers to my_linear, each under what its writer is to read."""

import torch
from torch import nn

from d2lcourse.exercises.bank import mistake


@mistake(
    "`.data` is cut off from the graph: no gradient reaches the layer; use self.weight and self.bias",
    needs=r"\.data|detach",
)
def my_linear(in_units, units):
    class Layer(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.randn(in_units, units))
            self.bias = nn.Parameter(torch.randn(units))

        def forward(self, X):
            return torch.relu(X @ self.weight.data + self.bias.data)

    return Layer()


@mistake("plain tensors are no parameters, and no optimizer finds them: wrap them in torch.nn.Parameter")
def my_linear(in_units, units):
    class Layer(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = torch.ones(in_units, units).double()
            self.bias = torch.ones(units).double()

        def forward(self, X):
            return torch.relu(X @ self.weight + self.bias)

    return Layer()


@mistake("there is no ReLU: the layer gives relu(X weight + bias)")
def my_linear(in_units, units):
    class Layer(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.randn(in_units, units))
            self.bias = nn.Parameter(torch.randn(units))

        def forward(self, X):
            return X @ self.weight + self.bias

    return Layer()


@mistake("the bias is not added: relu(X weight + bias)")
def my_linear(in_units, units):
    class Layer(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.randn(in_units, units))
            self.bias = nn.Parameter(torch.randn(units))

        def forward(self, X):
            return torch.relu(X @ self.weight)

    return Layer()


@mistake("the bias is added after the ReLU: it belongs inside, relu(X weight + bias)")
def my_linear(in_units, units):
    class Layer(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.randn(in_units, units))
            self.bias = nn.Parameter(torch.randn(units))

        def forward(self, X):
            return torch.relu(X @ self.weight) + self.bias

    return Layer()


@mistake("the weight is transposed, (units, in_units), as nn.Linear keeps it: here it is (in_units, units)")
def my_linear(in_units, units):
    class Layer(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.randn(units, in_units))
            self.bias = nn.Parameter(torch.randn(units))

        def forward(self, X):
            return torch.relu(X @ self.weight.T + self.bias)

    return Layer()


@mistake("all units start equal, get equal gradients, and stay equal: draw the weight at random")
def my_linear(in_units, units):
    class Layer(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(in_units, units))
            self.bias = nn.Parameter(torch.zeros(units))

        def forward(self, X):
            return torch.relu(X @ self.weight + self.bias)

    return Layer()


@mistake("the bias is a plain tensor: wrap it in torch.nn.Parameter, as the weight")
def my_linear(in_units, units):
    class Layer(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.randn(in_units, units))
            self.bias = torch.ones(units).double()

        def forward(self, X):
            return torch.relu(X @ self.weight + self.bias)

    return Layer()
