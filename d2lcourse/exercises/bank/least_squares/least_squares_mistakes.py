"""Wrong answers to least_squares, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import again, mistake


@mistake("there is no bias in the fit: append a column of ones, or subtract the means first")
def least_squares(X, y):
    return torch.linalg.lstsq(X, y).solution, torch.zeros(1, dtype=X.dtype)


@mistake(
    "X^T X has the square of X's condition number, and the digits are lost: use torch.linalg.lstsq on X "
    "itself",
    needs=r"\.T @|mT @|(?<!p)inv|solve",
)
def least_squares(X, y):
    Xc, yc = X - X.mean(dim=0), y - y.mean(dim=0)
    w = torch.linalg.inv(Xc.T @ Xc) @ Xc.T @ yc
    return w, y.mean(dim=0) - X.mean(dim=0) @ w


@again
def least_squares(X, y):
    A = torch.cat([X, torch.ones(len(X), 1, dtype=X.dtype)], dim=1)
    solution = torch.linalg.solve(A.T @ A, A.T @ y)
    return solution[:-1], solution[-1]


@mistake("b is a plain number: a tensor of shape (1,) is wanted; without .item(), y.mean(dim=0) gives one")
def least_squares(X, y):
    w = torch.linalg.lstsq(X - X.mean(dim=0), y - y.mean(dim=0)).solution
    return w, (y - X @ w).mean().item()


@mistake("b has no dimension: shape (1,) is wanted, as .mean(dim=0) or .reshape(1) gives it")
def least_squares(X, y):
    w = torch.linalg.lstsq(X - X.mean(dim=0), y - y.mean(dim=0)).solution
    return w, (y - X @ w).mean()


@mistake("b is the mean of y: subtract from it the mean of x times w")
def least_squares(X, y):
    w = torch.linalg.lstsq(X - X.mean(dim=0), y - y.mean(dim=0)).solution
    return w, y.mean(dim=0)


@again
def least_squares(X, y):
    centred = X - X.mean(dim=0)
    w = torch.linalg.lstsq(centred, y).solution
    return w, (y - centred @ w).mean(dim=0)


@mistake("b has the wrong sign: mean(y) - mean(x) w")
def least_squares(X, y):
    w = torch.linalg.lstsq(X - X.mean(dim=0), y - y.mean(dim=0)).solution
    return w, X.mean(dim=0) @ w - y.mean(dim=0)


@mistake("w and b are returned in the wrong order: w first")
def least_squares(X, y):
    w = torch.linalg.lstsq(X - X.mean(dim=0), y - y.mean(dim=0)).solution
    return y.mean(dim=0) - X.mean(dim=0) @ w, w


@mistake("the bias is still the last of the weights: return w without it, and b")
def least_squares(X, y):
    ones = torch.ones(len(X), 1, dtype=X.dtype)
    return torch.linalg.lstsq(torch.cat([X, ones], dim=1), y).solution


@mistake("one mean is taken of all of X: each feature has its own, X.mean(dim=0)")
def least_squares(X, y):
    w = torch.linalg.lstsq(X - X.mean(), y - y.mean()).solution
    return w, y.mean(dim=0) - X.mean(dim=0) @ w


@mistake("with the column of ones first, the bias is the first of the weights, not the last")
def least_squares(X, y):
    ones = torch.ones(len(X), 1, dtype=X.dtype)
    solution = torch.linalg.lstsq(torch.cat([ones, X], dim=1), y).solution
    return solution[:-1], solution[-1]


@mistake("b is of shape (1, 1): solution[-1], or a mean over dim=0 without keepdim, is of shape (1,)")
def least_squares(X, y):
    ones = torch.ones(len(X), 1, dtype=X.dtype)
    solution = torch.linalg.lstsq(torch.cat([X, ones], dim=1), y).solution
    return solution[:-1], solution[-1:]


@mistake(
    "w is fitted as if b were 0, and b follows: fit both, with a column of ones, or subtract the means first"
)
def least_squares(X, y):
    w = torch.linalg.lstsq(X, y).solution
    return w, (y - X @ w).mean(dim=0)
