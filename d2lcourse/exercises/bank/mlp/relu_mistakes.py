"""Wrong answers to relu, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import again, mistake


@mistake(
    "at x = 0 the gradient is 1/2: torch.max and (x + |x|) / 2 share a tie; torch.where(X > 0, X, 0) gives 0"
)
def relu(X):
    return torch.max(X, torch.zeros_like(X))


@again
def relu(X):
    return (X + X.abs()) / 2


@mistake("at x = 0 the gradient is 1: `>= 0` lets it through there; torch.where(X > 0, X, 0) does not")
def relu(X):
    return torch.where(X >= 0, X, 0)


@mistake("the negative half is kept: what is above 0 should stay")
def relu(X):
    return torch.where(X < 0, X, 0)


@again
def relu(X):
    return X.clamp(max=0)


@mistake("negative numbers lose their sign: they should become 0, this is the absolute value")
def relu(X):
    return X.abs()


@mistake("this is the mask of 0 and 1, the derivative: multiply X by it")
def relu(X):
    return (X > 0).to(X.dtype)


@mistake("this says where x > 0, true or false: multiply X by it")
def relu(X):
    return X > 0


@mistake("this takes one maximum of the whole tensor: every element is compared with 0 by itself")
def relu(X):
    return torch.relu(X.max())


@mistake("the negative elements are left out, and the shape with them: they should become 0")
def relu(X):
    return X[X > 0]


@mistake("X itself is changed: the caller still needs it, so compute in a new tensor, or in X.clone()")
def relu(X):
    X[X < 0] = 0
    return X


@mistake(
    "`if` and Python's max need one True or False, and a tensor has many: use torch.where or X.clamp, "
    "element by element",
    needs=r"\bif\b|\bmax\(",
)
def relu(X):
    return max(X, 0)


@mistake(
    "the result is cut off from X (.detach(), .data or torch.no_grad), so that no layer before it could learn"
)
def relu(X):
    return torch.relu(X.detach())


@mistake(
    "in torch.max(X, 0) the 0 is a dimension: it gives the maxima along it and their places; "
    "torch.where(X > 0, X, 0)",
    needs=r"\bmax\(\w+, ",
)
def relu(X):
    return torch.max(X, 0)


@mistake("torch.maximum compares two tensors, and 0 is a number: torch.where(X > 0, X, 0)", needs="maximum")
def relu(X):
    return torch.maximum(X, 0)


@again
def relu(X):
    return torch.maximum(X, 0.0)


@mistake(
    "in torch.max(X, 0) the 0 is a dimension, along which it takes the maxima: torch.where(X > 0, X, 0)",
    needs=r"\bmax\(\w+, ",
)
def relu(X):
    return torch.max(X, 0).values


@mistake(
    "large numbers are cut off at 6, as relu6 does: above 0 every number stays, torch.relu or X.clamp(min=0)"
)
def relu(X):
    return torch.nn.functional.relu6(X)


@mistake(
    "numbers above 1 are cut off: above 0 every number stays, so give clamp no max, X.clamp(min=0)",
    needs="clamp|clip|hardtanh|min",
)
def relu(X):
    return X.clamp(0, 1)


@mistake("below 0 a small slope is left, as in a leaky ReLU: there the result is 0")
def relu(X):
    return torch.nn.functional.leaky_relu(X)


@again
def relu(X):
    return torch.maximum(X, 0.01 * X)


@mistake("numbers from 0 to 1 are lost: compare with 0, torch.where(X > 0, X, 0)")
def relu(X):
    return torch.where(X > 1, X, 0)


@mistake("this is smooth around 0, as GELU, SiLU and softplus are: ReLU is x itself above 0, and 0 below")
def relu(X):
    return torch.nn.functional.gelu(X)


@again
def relu(X):
    return torch.nn.functional.silu(X)


@again
def relu(X):
    return torch.nn.functional.softplus(X)


@again
def relu(X):
    return torch.nn.functional.elu(X)


@mistake("numbers below 0 are moved up to a small number above 0: they become 0")
def relu(X):
    return X.clamp(min=1e-2)


@mistake("numbers below 0 become 1: put 0 there, torch.where(X > 0, X, 0)")
def relu(X):
    return torch.where(X > 0, X, 1)
