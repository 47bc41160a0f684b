"""Wrong answers to l2_penalty, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import again, mistake


@mistake("the factor 1/2 is missing: with it, the gradient is w and not 2w")
def l2_penalty(w):
    return (w**2).sum()


@mistake("this is half the norm: square it, or take no square root at all")
def l2_penalty(w):
    return torch.linalg.norm(w) / 2


@mistake("this is the norm, not half its square: (w**2).sum() / 2")
def l2_penalty(w):
    return torch.linalg.norm(w)


@mistake("absolute values are summed, which is an L1 penalty: square the weights")
def l2_penalty(w):
    return w.abs().sum()


@again
def l2_penalty(w):
    return w.abs().sum() / 2


@mistake("the mean is taken: the norm is a sum, .sum() and not .mean()")
def l2_penalty(w):
    return (w**2).mean() / 2


@mistake("the sum is squared, so that weights of opposite sign cancel: first square, then sum")
def l2_penalty(w):
    return w.sum() ** 2 / 2


@mistake("the half is inside the square, which makes it a quarter: (...).sum() / 2")
def l2_penalty(w):
    return ((w / 2) ** 2).sum()


@mistake("the squares are not summed: .sum() makes one number of them")
def l2_penalty(w):
    return w**2 / 2


@mistake("there is a sum for each column: sum over all elements, .sum() without dim")
def l2_penalty(w):
    return (w**2).sum(dim=0) / 2


@mistake("w.T @ w is a matrix of products of columns: the squares of all elements, (w**2).sum(), are wanted")
def l2_penalty(w):
    return w.T @ w / 2


@mistake(
    "the square root has no finite derivative at w = 0, so the gradient is nan: leave it out, and the square"
)
def l2_penalty(w):
    return torch.sqrt((w**2).sum()) ** 2 / 2


@mistake(
    "the result is cut off from w (.detach(), .data, .item() or torch.tensor): it could shrink no weight"
)
def l2_penalty(w):
    return (w.detach() ** 2).sum() / 2


@mistake("torch.trace takes a matrix only, and w may have any shape: (w**2).sum() / 2")
def l2_penalty(w):
    return torch.trace(w.T @ w) / 2


@mistake("of a matrix, norm(w, 2) is the largest singular value: leave out the 2, or take (w**2).sum()")
def l2_penalty(w):
    return torch.linalg.norm(w, 2) ** 2 / 2


@mistake(
    "norm(w, 2) is not squared, and of a matrix it is the largest singular value: (w**2).sum() / 2",
    needs="norm",
)
def l2_penalty(w):
    return torch.linalg.norm(w, 2)


@again
def l2_penalty(w):
    return torch.linalg.norm(w, 2) / 2
