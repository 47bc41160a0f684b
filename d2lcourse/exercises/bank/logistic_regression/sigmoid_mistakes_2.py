"""Wrong answers to sigmoid, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import mistake


@mistake(
    "numbers below -15 or so are cut off, and with them small confidences: take care of overflow by |x|",
    needs="clamp|clip|min|max",
)
def sigmoid(X):
    return 1 / (1 + torch.exp(-X.clamp(-15, 15)))


@mistake("it is made of straight lines, as hardsigmoid is: 1 / (1 + exp(-x)) bends everywhere")
def sigmoid(X):
    return torch.nn.functional.hardsigmoid(X)


@mistake("the half in the argument is missing: the sigmoid of x is (tanh(x / 2) + 1) / 2")
def sigmoid(X):
    return (torch.tanh(X) + 1) / 2


@mistake("this is the derivative of the sigmoid: return s itself, not s (1 - s)")
def sigmoid(X):
    return torch.sigmoid(X) * (1 - torch.sigmoid(X))
