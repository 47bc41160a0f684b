"""Wrong answers to tanh, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import again, mistake


@mistake("exp(-2x) overflows where x is far below 0: 2 sigmoid(2x) - 1, or exp(-2|x|) and the sign of x")
def tanh(X):
    E = torch.exp(-2 * X)
    return (1 - E) / (1 + E)


@mistake("exp(x) overflows on both sides: 2 sigmoid(2x) - 1, or exp(-2|x|) and the sign of x")
def tanh(X):
    return (X.exp() - (-X).exp()) / (X.exp() + (-X).exp())


@mistake("exp(2x) overflows where x is far above 0: 2 sigmoid(2x) - 1, or exp(-2|x|) and the sign of x")
def tanh(X):
    E = torch.exp(2 * X)
    return (E - 1) / (E + 1)


@mistake("the factor 2 in the exponent is missing: this is tanh(x / 2)")
def tanh(X):
    return 2 * torch.sigmoid(X) - 1


@mistake("this is the sigmoid of 2x, from 0 to 1: tanh goes from -1 to 1, so twice that, less 1")
def tanh(X):
    return torch.sigmoid(2 * X)


@mistake("the sign is the opposite: exp(-2x) has the minus above the line and the plus below it")
def tanh(X):
    return 1 - 2 * torch.sigmoid(2 * X)


@mistake("the sign of x is lost with |x|: multiply by torch.sign(X) at the end")
def tanh(X):
    E = torch.exp(-2 * X.abs())
    return (1 - E) / (1 + E)


@mistake(
    "clamped, it is a straight line between -1 and 1: tanh bends, and its slope is 1 only at 0",
    needs="clamp|clip|hardtanh|minimum",
)
def tanh(X):
    return X.clamp(-1, 1)


@mistake("the gradient is lost: stay in torch, without .detach(), .data, .item() or math")
def tanh(X):
    return torch.tanh(X.detach())


@mistake("brackets are missing: / goes before + and -, so (1 - exp(-2x)) / (1 + exp(-2x)) needs both pairs")
def tanh(X):
    E = torch.exp(-2 * X)
    return 1 - E / 1 + E


@again
def tanh(X):
    E = torch.exp(-2 * X)
    return 1 - E / (1 + E)


@mistake("the brackets end too late: the 1 is subtracted from the sigmoid, 2 sigmoid(2x) - 1, not from 2x")
def tanh(X):
    return 2 * torch.sigmoid(2 * X - 1)


@mistake(
    "the value is right, but exp(-2x) still overflows and the gradient at -1000 is nan: use 2 sigmoid(2x) - 1"
)
def tanh(X):
    E = torch.exp(-2 * X)
    return ((1 - E) / (1 + E)).nan_to_num(-1)


@again
def tanh(X):
    return 2 / (1 + torch.exp(-2 * X)) - 1


@mistake(
    "torch.where differentiates the half it leaves out too, where exp is infinite: nan; use exp(-2|x|) or"
    " sigmoid"
)
def tanh(X):
    E, F = torch.exp(-2 * X), torch.exp(2 * X)
    return torch.where(X > 0, (1 - E) / (1 + E), (F - 1) / (F + 1))


@mistake("this is x / (1 + |x|), softsign: it has the same ends, but tanh reaches them much sooner")
def tanh(X):
    return X / (1 + X.abs())
