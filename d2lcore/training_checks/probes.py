"""Simple predictors, to see whether the inputs say anything about the labels at all."""

import math
from typing import Any

import torch
from torch import Tensor

from .setting import Data

MOST_ROWS = 1500


def table(X: Tensor) -> Tensor | None:
    """(n, d) float64 of any inputs of numbers; None of class numbers, such as words."""
    return X.reshape(len(X), -1).double() if X.is_floating_point() or X.dtype == torch.uint8 else None


def classes(y: Tensor) -> Tensor | None:
    """Class numbers (n,) of labels in any of their forms; None of a regression's targets."""
    if y.dim() == 2 and y.shape[1] > 1:
        rows = y.double()
        one_hot = bool(((rows == 0) | (rows == 1)).all() and (rows.sum(1) == 1).all())
        return rows.argmax(1) if one_hot else None
    flat = y.reshape(-1)
    if len(flat) != len(y) or (flat.is_floating_point() and not bool((flat == flat.round()).all())):
        return None
    kinds = len(flat.unique())
    return flat.round().long() if kinds <= 2 or (kinds <= 100 and len(flat) >= 5 * kinds) else None


def targets(y: Tensor) -> Tensor | None:
    """One target (n,) an example; None if there are several."""
    return y.reshape(-1).double() if y[0].numel() == 1 else None


def rows_of(data: Data, most: int = MOST_ROWS) -> tuple[Tensor, Tensor] | None:
    """At most `most` rows of X, spread over the data, and their labels; None if they are no numbers."""
    i = torch.linspace(0, len(data) - 1, min(most, len(data))).long()
    X = table(data.X[i])
    return None if X is None or not bool(X.isfinite().all()) else (X, data.y[i])


def scaled(X: Tensor, like: Tensor | None = None) -> Tensor:
    """Each column with mean 0 and deviation 1, by the numbers of `like`."""
    of = X if like is None else like
    deviation = of.std(0, correction=0)
    return (X - of.mean(0)) / torch.where(deviation > 0, deviation, 1.0)


def neighbours(X: Tensor, A: Tensor, k: int, *, leave_out: bool) -> Tensor:
    """For each row of A the numbers of the k nearest rows of X; leave_out: A is X, and no row is its own."""
    distance = torch.cdist(A.float(), X.float())
    if leave_out:
        distance.fill_diagonal_(math.inf)
    return distance.topk(min(k, len(X) - leave_out), largest=False).indices


def predicted(X: Tensor, y: Tensor, A: Tensor, *, leave_out: bool, number: bool) -> list[Tensor]:
    """Predictions for A by the nearest neighbours, and by a straight fit with a little ridge."""
    by_neighbours = y[neighbours(X, A, 7, leave_out=leave_out)]
    near = by_neighbours.double().mean(1) if number else by_neighbours.mode(1).values
    if not leave_out:
        return [near, _straight(X, y, A, number)]
    half = torch.arange(len(X)) % 2 == 0  # a straight fit is judged on the other half
    straight = torch.empty(len(A), dtype=torch.float64)
    straight[half] = _straight(X[~half], y[~half], A[half], number).double()
    straight[~half] = _straight(X[half], y[half], A[~half], number).double()
    return [near, straight]


def _straight(X: Tensor, y: Tensor, A: Tensor, number: bool) -> Tensor:
    wanted = y.double().reshape(-1, 1) if number else torch.nn.functional.one_hot(y - y.min()).double()
    mean = wanted.mean(0)
    ridge = 0.1 * len(X) * torch.eye(X.shape[1], dtype=X.dtype)
    center = X.mean(0)
    weights: Any = torch.linalg.solve((X - center).T @ (X - center) + ridge, (X - center).T @ (wanted - mean))
    out = (A - center) @ weights + mean
    return out.reshape(-1) if number else out.argmax(1) + y.min()


def relation(X: Tensor, y: Tensor) -> float:
    """How far the better of two simple predictors is above chance, in standard deviations of chance."""
    if X.shape[1] > 1000:
        X = X[:, X.std(0).topk(1000).indices]
    labels = classes(y)
    X = scaled(X)
    if labels is not None:
        chance = float(torch.bincount(labels - labels.min()).max()) / len(labels)
        shares = torch.bincount(labels - labels.min()).double() / len(labels)
        same = float(shares.square().sum())
        if chance == 1:
            return math.nan
        guesses = predicted(X, labels, X, leave_out=True, number=False)
        return max(_above(float((g == labels).double().mean()), same, len(labels)) for g in guesses)
    number = targets(y)
    if number is None or float(number.std()) == 0:
        return math.nan
    number = number.argsort().argsort().double()  # ranks: outliers do not count
    guesses = predicted(X, number, X, leave_out=True, number=True)
    return max(correlation(g, number) * math.sqrt(len(number)) for g in guesses)


def _above(share: float, chance: float, n: int) -> float:
    return (share - chance) / math.sqrt(max(chance * (1 - chance), 1e-9) / n)


def correlation(a: Tensor, b: Tensor) -> float:
    a, b = a.double() - a.double().mean(), b.double() - b.double().mean()
    size = float(a.norm() * b.norm())
    return float(a @ b) / size if size > 0 else 0.0
