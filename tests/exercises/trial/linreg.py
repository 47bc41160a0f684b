"""Answers to linreg, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("The bias is left out.")
def linreg(X: Tensor, w: Tensor, b: Tensor) -> Tensor:
    y_hat = torch.matmul(X, w)
    return y_hat


@wrong("The sum over the features drops the axis, so the result has shape (n,) and not (n, 1).")
def linreg(X, w, b):
    weighted = X * w.reshape(-1)
    return weighted.sum(dim=1) + b


@wrong("The predictions are rebuilt from Python floats, so no gradient reaches w and b.")
def linreg(X, w, b):
    rows = []
    for x in X:
        total = b.item()
        for x_j, w_j in zip(x, w):
            total += x_j.item() * w_j.item()
        rows.append([total])
    return torch.tensor(rows, dtype=X.dtype)


@wrong("The bias is added inside the loop over the features, so d times.")
def linreg(X, w, b):
    out = torch.zeros(X.shape[0], 1, dtype=X.dtype)
    for j in range(X.shape[1]):
        out = out + X[:, j : j + 1] * w[j] + b
    return out


@wrong("X is multiplied by the weights in place, so the caller's features are destroyed.")
def linreg(X, w, b):
    X *= w.T
    return X.sum(1, keepdim=True) + b


@right("The bias is a weight of an added column of ones.")
def linreg(X, w, b):
    ones = torch.ones(X.shape[0], 1, dtype=X.dtype, device=X.device)
    design = torch.cat([X, ones], dim=1)
    theta = torch.cat([w, b.reshape(1, 1)], dim=0)
    return design @ theta


@right("einsum, with the bias added by broadcasting.")
def linreg(X, w, b):
    return torch.einsum("nd,do->no", X, w) + b
