"""Wrong answers to prelu, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import again, mistake


@mistake("this is ReLU: below 0 the result is alpha x, not 0")
def prelu(X, alpha):
    return torch.relu(X)


@mistake("the larger of x and alpha x is the right one only if alpha <= 1: choose by the sign of x")
def prelu(X, alpha):
    return torch.maximum(X, alpha * X)


@mistake("alpha is on the wrong side: it multiplies x below 0, and what is above 0 stays")
def prelu(X, alpha):
    return torch.where(X > 0, alpha * X, X)


@mistake("the sign below 0 is wrong: *plus* alpha min(0, x), where min(0, x) is negative")
def prelu(X, alpha):
    return torch.where(X > 0, X, -alpha * X)


@mistake("below 0 the result is alpha itself: multiply it by x")
def prelu(X, alpha):
    return torch.where(X > 0, X, torch.ones_like(X) * alpha)


@mistake("alpha x is added everywhere: below 0 only, alpha min(0, x)")
def prelu(X, alpha):
    return torch.relu(X) + alpha * X


@mistake("the part above 0 is missing: max(0, x) + alpha min(0, x)")
def prelu(X, alpha):
    return torch.where(X > 0, 0, alpha * X)


@mistake("the slope is fixed: use the argument alpha, whatever it is")
def prelu(X, alpha):
    return torch.where(X > 0, X, 0.25 * X)


@again
def prelu(X, alpha):
    return torch.nn.functional.leaky_relu(X)


@mistake(
    "alpha is cut off from its gradient (float(), .item() or .detach()), so that it could not be learned"
)
def prelu(X, alpha):
    return torch.where(X > 0, X, torch.as_tensor(alpha).detach() * X)


@mistake(
    "`if` and Python's max need one True or False, and a tensor has many: use torch.where or X.clamp, "
    "element by element",
    needs=r"\bif\b|\bmax\(",
)
def prelu(X, alpha):
    return X if X > 0 else alpha * X


@mistake("x is compared with alpha: the slope changes at 0, torch.where(X > 0, X, alpha * X)")
def prelu(X, alpha):
    return torch.where(X >= alpha, X, alpha * X)


@again
def prelu(X, alpha):
    return torch.where(X > -alpha, X, alpha * X)


@mistake("x is compared with 1: the slope changes at 0, torch.where(X > 0, X, alpha * X)")
def prelu(X, alpha):
    return torch.where(X > 1, X, alpha * X)


@mistake("below 0 the result goes down exponentially, as with ELU: alpha x is a straight line")
def prelu(X, alpha):
    return torch.where(X > 0, X, alpha * (X.exp() - 1))


@mistake("below 0 alpha is subtracted, not multiplied: alpha * x")
def prelu(X, alpha):
    return torch.where(X > 0, X, X - alpha)


@mistake("below 0 x is divided by alpha: multiply, alpha * x")
def prelu(X, alpha):
    return torch.where(X > 0, X, X / alpha)


@mistake("large numbers are cut off: above 0 every number stays as it is")
def prelu(X, alpha):
    return torch.where(X > 0, X.clamp(max=6), alpha * X)
