"""Wrong answers to linreg, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import again, mistake


@mistake("the bias is missing: X w + b")
def linreg(X, w, b):
    return X @ w


@mistake(
    "`*` multiplies element by element: the matrix product, X @ w, also sums over the features", needs=r" \* "
)
def linreg(X, w, b):
    return X * w.T + b


@mistake("`*` needs equal shapes, and sums nothing: the matrix product is X @ w", needs=r" \* ")
def linreg(X, w, b):
    return X * w + b


@mistake("the factors are in the wrong order: X @ w, for the d columns of X meet the d rows of w")
def linreg(X, w, b):
    return w @ X + b


@again
def linreg(X, w, b):
    return w.T @ X + b


@mistake("w^T x is for one example, as a column: those in X are rows, so transpose nothing, X @ w")
def linreg(X, w, b):
    return w.T @ X.T + b


@mistake("X is transposed, which makes rows of its features: its examples are rows already, X @ w")
def linreg(X, w, b):
    return X.T @ w + b


@mistake("w is transposed, which makes it a row: it is a column already, as X @ w needs it")
def linreg(X, w, b):
    return X @ w.T + b


@mistake("the bias is added to every weight: add it to the product, after it")
def linreg(X, w, b):
    return X @ (w + b)


@mistake("the bias is subtracted: X w + b")
def linreg(X, w, b):
    return X @ w - b


@mistake("the predictions are of shape (n,): keep the column, (n, 1), or they broadcast beside y")
def linreg(X, w, b):
    return (X @ w).squeeze(1) + b


@mistake("all predictions are summed up: one is wanted for each example")
def linreg(X, w, b):
    return (X @ w).sum() + b


@mistake(
    "the result is cut off from w and b (.detach(), .data or torch.no_grad), so that they cannot be trained"
)
def linreg(X, w, b):
    return X @ w.detach() + b.detach()


@mistake(
    "b is cut off (.item(), float(), .data or .detach()), so that it cannot be trained: add the tensor b "
    "itself"
)
def linreg(X, w, b):
    return X @ w + b.item()


@mistake("w is cut off (.data, .detach() or .tolist()), so that it cannot be trained: multiply by w itself")
def linreg(X, w, b):
    return X @ w.detach() + b


@mistake("torch.dot takes two vectors, and X is a matrix: X @ w, or torch.matmul(X, w)")
def linreg(X, w, b):
    return torch.dot(X, w) + b


@mistake("torch.nn.functional.linear takes the weights as rows: give it w.T, or write X @ w + b")
def linreg(X, w, b):
    return torch.nn.functional.linear(X, w, b)


@mistake("the sum is over the examples: sum over the features, dim=1, with keepdim=True, or use X @ w")
def linreg(X, w, b):
    return (X * w.T).sum(dim=0) + b


@again
def linreg(X, w, b):
    return (X * w.T).sum(dim=0, keepdim=True) + b
