"""Answers to fill_missing, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("Takes the means from X itself and not from train.")
def fill_missing(X: Tensor, train: Tensor) -> Tensor:
    means = torch.nanmean(X, dim=0)
    means[torch.isnan(means)] = 0
    return torch.where(torch.isnan(X), means, X)


@wrong("Counts the gaps of train as zeros, since the sum is divided by all rows.")
def fill_missing(X: Tensor, train: Tensor) -> Tensor:
    known = torch.nan_to_num(train, nan=0.0)
    mean = known.sum(0) / train.shape[0]
    gap = X != X
    filled = X.clone()
    for j in range(X.shape[1]):
        filled[gap[:, j], j] = mean[j]
    return filled


@wrong("A column of which train knows nothing is filled with 0 everywhere, the numbers that X knows there as well.")
def fill_missing(X: Tensor, train: Tensor) -> Tensor:
    out = X.clone()
    for j in range(X.shape[1]):
        column = train[:, j]
        column = column[~column.isnan()]
        if len(column) == 0:
            out[:, j] = 0
        else:
            out[:, j] = torch.nan_to_num(X[:, j], nan=column.mean().item())
    return out


@wrong("Writes the means into X itself.")
def fill_missing(X: Tensor, train: Tensor) -> Tensor:
    means = train.nanmean(0).nan_to_num(0.0)
    rows, cols = torch.where(torch.isnan(X))
    X[rows, cols] = means[cols].to(X.dtype)
    return X


@wrong("Looks for gaps with == float('nan'), which is never true, so nothing is filled.")
def fill_missing(X: Tensor, train: Tensor) -> Tensor:
    means = torch.nan_to_num(torch.nanmean(train, dim=0), nan=0.0)
    result = torch.where(X == float("nan"), means.expand_as(X).to(X.dtype), X)
    return result


@right("sum and count of the known numbers, at least 1 counted, and a mask")
def fill_missing(X: Tensor, train: Tensor) -> Tensor:
    known = ~train.isnan()
    total = train.masked_fill(~known, 0).sum(0)
    mean = total / known.sum(0).clamp(min=1)
    return torch.where(X.isnan(), mean.to(X.dtype).expand_as(X), X)


@right("column by column in Python lists")
def fill_missing(X: Tensor, train: Tensor) -> Tensor:
    import math

    columns = []
    for have, learn in zip(X.T.tolist(), train.T.tolist()):
        numbers = [v for v in learn if not math.isnan(v)]
        mean = math.fsum(numbers) / len(numbers) if numbers else 0.0
        columns.append([mean if math.isnan(v) else v for v in have])
    return torch.tensor(columns, dtype=X.dtype).reshape(X.shape[1], X.shape[0]).T
