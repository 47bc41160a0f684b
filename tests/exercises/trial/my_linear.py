"""Answers to my_linear, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("The weights are plain tensors and no parameters, so an optimizer gets nothing to train.")
def my_linear(in_units, units):
    class MyLinear(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = torch.randn(in_units, units, requires_grad=True)
            self.bias = torch.randn(units, requires_grad=True)

        def forward(self, X):
            return torch.relu(X @ self.weight + self.bias)

    return MyLinear()


@wrong("The forward pass uses .data, so no gradient reaches the parameters.")
def my_linear(in_units, units):
    class MyLinear(torch.nn.Module):
        def __init__(self, in_units, units):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.randn(in_units, units))
            self.bias = torch.nn.Parameter(torch.randn(units,))

        def forward(self, X):
            linear = torch.matmul(X, self.weight.data) + self.bias.data
            return torch.nn.functional.relu(linear)

    return MyLinear(in_units, units)


@wrong("The ReLU is missing.")
def my_linear(in_units: int, units: int) -> torch.nn.Module:
    from torch import nn

    class Layer(nn.Module):
        def __init__(self, n_in, n_out):
            super().__init__()
            self.weight = nn.Parameter(torch.normal(0.0, 1.0, (n_in, n_out)))
            self.bias = nn.Parameter(torch.normal(0.0, 1.0, (n_out,)))

        def forward(self, inputs):
            return inputs @ self.weight + self.bias

    return Layer(in_units, units)


@wrong("The weight is stored as (units, in_units), as torch.nn.Linear does it.")
def my_linear(in_units, units):
    class Dense(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.randn(units, in_units))
            self.bias = torch.nn.Parameter(torch.randn(units))

        def forward(self, x):
            return torch.relu(torch.nn.functional.linear(x, self.weight, self.bias))

    return Dense()


@wrong("It returns a Sequential of the layer and a ReLU, so the parameters are called 0.weight and 0.bias and the layer has no weight of its own.")
def my_linear(in_units, units):
    nn = torch.nn

    class Affine(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.randn((in_units, units)))
            self.bias = nn.Parameter(torch.randn((units,)))

        def forward(self, X):
            return X.matmul(self.weight) + self.bias

    return nn.Sequential(Affine(), nn.ReLU())


@wrong("The parameters are drawn with torch.rand, from U(0, 1) and not N(0, 1).")
def my_linear(in_units, units):
    class MyLinear(torch.nn.Module):
        def __init__(self):
            super().__init__()
            for name, shape in (("weight", (in_units, units)), ("bias", (units,))):
                setattr(self, name, torch.nn.Parameter(torch.rand(shape)))

        def forward(self, X):
            return (X @ self.weight + self.bias).relu()

    return MyLinear()


@wrong("The bias is registered before the weight, so the parameters come in the wrong order.")
def my_linear(in_units, units):
    class MyLinear(torch.nn.Module):
        def __init__(self):
            super().__init__()
            bias = torch.randn(units)
            self.bias = torch.nn.Parameter(bias)
            weight = torch.randn(in_units, units)
            self.weight = torch.nn.Parameter(weight)

        def forward(self, X):
            out = torch.mm(X, self.weight)
            out += self.bias
            return torch.relu(out)

    return MyLinear()


@wrong("The class is returned and not a layer of it.")
def my_linear(in_units, units):
    class MyLinear(torch.nn.Module):
        def __init__(self, i=in_units, u=units):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.randn(i, u))
            self.bias = torch.nn.Parameter(torch.randn(u))

        def forward(self, X):
            return torch.relu(X @ self.weight + self.bias)

    return MyLinear


@right("register_parameter, filled by normal_ afterwards.")
def my_linear(in_units, units):
    class Rectified(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.register_parameter("weight", torch.nn.Parameter(torch.empty(in_units, units)))
            self.register_parameter("bias", torch.nn.Parameter(torch.empty(units)))
            with torch.no_grad():
                for p in self.parameters():
                    p.normal_()

        def forward(self, X):
            return torch.addmm(self.bias, X, self.weight).clamp(min=0)

    return Rectified()


@right("Takes its sizes as arguments of the class and uses einsum.")
def my_linear(in_units, units):
    from torch import nn

    class Layer(nn.Module):
        def __init__(self, fan_in, fan_out):
            super(Layer, self).__init__()
            self.weight = nn.Parameter(torch.normal(mean=0.0, std=1.0, size=(fan_in, fan_out)))
            self.bias = nn.Parameter(torch.normal(mean=0.0, std=1.0, size=(fan_out,)))

        def forward(self, batch):
            z = torch.einsum("ni,iu->nu", batch, self.weight) + self.bias
            return torch.where(z > 0, z, torch.zeros_like(z))

    return Layer(in_units, units)
