"""Wrong answers to least_squares, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import again, mistake


@mistake("only y is centred: subtract its mean from each feature as well, X - X.mean(dim=0)")
def least_squares(X, y):
    w = torch.linalg.lstsq(X, y - y.mean(dim=0)).solution
    return w, y.mean(dim=0) - X.mean(dim=0) @ w


@again
def least_squares(X, y):
    w = torch.linalg.lstsq(X, y - y.mean(dim=0)).solution
    return w, y.mean(dim=0)


@mistake("w is right, but there is no bias: b = mean(y) - mean(x) w")
def least_squares(X, y):
    w = torch.linalg.lstsq(X - X.mean(dim=0), y - y.mean(dim=0)).solution
    return w, torch.zeros(1, dtype=X.dtype)


@mistake("b is the mean of x times w, with the wrong sign and without mean(y): b = mean(y) - mean(x) w")
def least_squares(X, y):
    w = torch.linalg.lstsq(X - X.mean(dim=0), y - y.mean(dim=0)).solution
    return w, -X.mean(dim=0) @ w


@mistake("the means are added: b = mean(y) - mean(x) w")
def least_squares(X, y):
    w = torch.linalg.lstsq(X - X.mean(dim=0), y - y.mean(dim=0)).solution
    return w, y.mean(dim=0) + X.mean(dim=0) @ w


@mistake(
    "the mean of each example is subtracted, dim=1: each *feature* has its own, X.mean(dim=0)",
    needs=r"dim=1|\(1",
)
def least_squares(X, y):
    w = torch.linalg.lstsq(X - X.mean(dim=1, keepdim=True), y - y.mean(dim=0)).solution
    return w, y.mean(dim=0) - X.mean(dim=0) @ w


@mistake(
    "the features are divided by their standard deviations, and w is that of the scaled ones: leave it out",
    needs="std|var",
)
def least_squares(X, y):
    w = torch.linalg.lstsq((X - X.mean(dim=0)) / X.std(dim=0), y - y.mean(dim=0)).solution
    return w, y.mean(dim=0) - X.mean(dim=0) @ w


@mistake(
    "only X is centred: w is the same on paper, but where features are almost the same, the mean of y costs "
    "digits; subtract it too, y - y.mean(dim=0)"
)
def least_squares(X, y):
    w = torch.linalg.lstsq(X - X.mean(dim=0), y).solution
    return w, y.mean(dim=0) - X.mean(dim=0) @ w
