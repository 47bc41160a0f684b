"""Wrong answers to sigmoid, each under what its writer is to read."""

import math

import torch

from d2lcourse.exercises.bank import again, mistake


@mistake(
    "exp(-x) overflows at x = -1e4: the value is still right, the gradient 0 * inf = nan; use exp(x) / (1"
    " + exp(x)) where x < 0"
)
def sigmoid(X):
    return 1 / (1 + torch.exp(-X))


@mistake(
    "exp overflows in float32 above 88 already, and the gradient is nan: instead of a clamp, give exp "
    "only -X.abs()",
    needs="clamp|clip",
)
def sigmoid(X):
    return 1 / (1 + torch.exp(-X.clamp(-500, 500)))


@again
def sigmoid(X):
    return 1 / (1 + torch.exp(-X.clamp(-100, 100)))


@mistake("exp(x) overflows at x = 1e4, and inf / inf is nan: use 1 / (1 + exp(-x)) where x >= 0")
def sigmoid(X):
    return torch.exp(X) / (1 + torch.exp(X))


@mistake(
    "torch.where computes both forms, and the one not chosen overflows: its gradient is nan; give exp "
    "only exponents up to 0, -X.abs()"
)
def sigmoid(X):
    return torch.where(X >= 0, 1 / (1 + torch.exp(-X)), torch.exp(X) / (1 + torch.exp(X)))


@mistake("the sign of the exponent is wrong: exp(-x), so that large x give a confidence near 1")
def sigmoid(X):
    return 1 / (1 + torch.exp(X))


@again
def sigmoid(X):
    return torch.sigmoid(-X)


@mistake("1 / 1 + exp(-x) is 1 + exp(-x): put the sum in parentheses, 1 / (1 + exp(-x))")
def sigmoid(X):
    return 1 / 1 + torch.exp(-X)


@mistake("this is softmax, which shares 1 out among the elements: sigmoid looks at each x alone")
def sigmoid(X):
    return torch.softmax(X, dim=-1)


@again
def sigmoid(X):
    return torch.exp(X) / torch.exp(X).sum()


@mistake("this is tanh, from -1 to 1: a confidence is from 0 to 1")
def sigmoid(X):
    return torch.tanh(X)


@mistake("this is the logarithm of the sigmoid: take the exponential")
def sigmoid(X):
    return torch.nn.functional.logsigmoid(X)


@mistake("math.exp takes a single number: torch.exp works on all elements of a tensor")
def sigmoid(X):
    return 1 / (1 + math.exp(-X.detach()))  # math.exp(-X) stops in the same way, and warns


@mistake(
    "the result is cut off from X (.detach(), .data, torch.no_grad or torch.tensor), so that nothing "
    "could be trained through it"
)
def sigmoid(X):
    return torch.sigmoid(X.detach())
