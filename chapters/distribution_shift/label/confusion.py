# %% [markdown]
# # The confusion matrix and the target's labels (混淆矩阵)
# Know how a classifier errs, and its predictions tell how often each class occurs, without labels.
#
# Notes: 004 3.9.2 part 3. A module of functions: `correction` and `weak_predictor` run them.
# Where $\mu = C p$ holds exactly, the error of $p$ is below 1e-10.

# %%
from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

import d2lcore as d2l
from chapters.distribution_shift.arguments import (
    Array,
    as_classes,
    as_shares,
    as_system,
    as_tensor,
    in_double,
    listed,
)
from chapters.distribution_shift.label.images import draw

# %% [markdown]
# ## The confusion matrix and the mean prediction
# Take validation examples of the source, whose labels are known. Of those of true class $j$, the share
# $c_{ij}$ is predicted as class $i$. So a *column* of $C$ is a true class, and it sums to 1.
#
# Of the target only the predictions are known. The share $\mu_i$ is predicted as $i$. Under label shift the
# members of a class look the same in both places, so they are confused in the same way. The share $p_j$ of
# the target is of class $j$, and $c_{ij}$ of these are predicted as $i$. Add up over the $k$ classes:
#
# $$\mu_i = \sum_j c_{ij}\, p_j \qquad\text{or}\qquad \mu = C\,p$$
#
# A prediction may be a class ("hard", shape (n,)) or a row of k probabilities ("soft", shape (n, k)). Write a
# class as a row with 1 in its place and 0 elsewhere. Then a share is a mean of such rows, and the same means
# serve soft predictions.


# %%
def mean_prediction(y_hat: Array, num_classes: int) -> Float[Tensor, " k"]:
    """mu: the mean of predicted classes (n,) or probabilities (n, k), in float64 (004 3.9.2, part 3).

    Given labels, it returns their frequencies. Raises ValueError without examples, and as `confusion_matrix`.
    """
    return as_shares(y_hat, num_classes).mean(dim=0)


def confusion_matrix(y: Array, y_hat: Array, num_classes: int) -> Float[Tensor, "k k"]:
    """C: the share of the true class j (column) that is predicted as i (row), in float64 (004 3.9.2, part 3).

    y: labels of validation examples of the source, shape (n,). y_hat: classes (n,) or probabilities (n, k).
    Raises ValueError if a class has no example, for labels or classes outside 0..num_classes-1, for rows that
    are no distribution (logits, NaN), and if the lengths differ.
    """
    y, y_hat = as_classes(y, num_classes), as_shares(y_hat, num_classes)
    if len(y) != len(y_hat):
        raise ValueError(f"y, y_hat: {len(y)} labels for {len(y_hat)} predictions")
    members = F.one_hot(y, num_classes).to(y_hat)  # (n, k)
    counts = members.sum(dim=0)
    if not counts.all():
        raise ValueError(
            f"y: no example of class {listed(counts == 0)}, so how it is predicted, a column of C, is "
            "unknown; get some, or leave the class out"
        )
    return y_hat.T @ members / counts  # column j: the mean of y_hat over the members of class j


# %% [markdown]
# Some inputs give numbers, but wrong ones: logits in place of probabilities, labels counted from 1, counts in
# place of shares. `as_classes` and `as_shares` refuse them. They also convert to float64, because the inverse
# of $C$ magnifies rounding errors.
#
# ## Solving for p
# The notes take $p = C^{-1}\mu$. Its entries sum to 1, because those of $\mu$ and of each column of $C$ do.
# But they need not be positive. $\mu$ comes from a sample, and $C^{-1}$ magnifies its error: a rare class is
# estimated at -0.01 as easily as at 0.03. Cutting off the negative entries breaks the sum. So ask for the
# *distribution* that explains $\mu$ best:
#
# $$\min_p \lVert C p - \mu \rVert_2 \quad\text{with}\quad p_j \ge 0,\ \textstyle\sum_j p_j = 1$$
#
# The condition on the sum alone is easy: write the last entry as one minus the others, and ordinary least
# squares is left. The signs take a search, called an active-set method. An entry is either *held* at 0 or
# *free*:
#
# 1. Find the best point, the `goal`: held entries 0, free ones of either sign. At first all are free.
# 2. If the goal has a negative entry, move $p$ towards the goal only until an entry of $p$ reaches 0. Hold
#    this entry, and go back to 1.
# 3. Else $p$ is the goal. Here the error has the same slope along all free entries. A held entry of smaller
#    slope is worth a share of theirs: free the one of the smallest slope, and go back to 1. If there is none,
#    this is the minimum.
#
# Each round lowers the error, so no set of held entries comes twice, and the search ends.


# %%
def affine_least_squares(A: Float[Tensor, "m k"], b: Float[Tensor, " m"]) -> Float[Tensor, " k"]:
    """The p with sum 1, of either sign, that minimises |A p - b|."""
    if A.shape[1] == 1:
        return torch.ones_like(A[0])
    last = A[:, -1:]
    others = torch.linalg.lstsq(A[:, :-1] - last, b[:, None] - last).solution[:, 0]
    return torch.cat([others, 1 - others.sum(dim=0, keepdim=True)])


def simplex_least_squares(A: Float[Tensor, "m k"], b: Float[Tensor, " m"]) -> Float[Tensor, " k"]:
    """The p with p >= 0 and sum 1 that minimises |A p - b|, for A of rank k (an active-set method)."""
    k = A.shape[1]
    p, free = torch.full_like(A[0], 1 / k), torch.ones(k, dtype=torch.bool)
    for _ in range(100 * k):
        goal = torch.zeros_like(p)
        goal[free] = affine_least_squares(A[:, free], b)
        if (goal < 0).any():
            steps = torch.where(goal < 0, p / (p - goal), torch.inf)  # how far each can go before it is 0
            p = p + steps.min() * (goal - p)
            free[steps.argmin()] = False
            p[~free] = 0
            continue
        p = goal
        slope = A.T @ (A @ p - b)
        gain = torch.where(free, -torch.inf, slope[free].mean() - slope)
        if gain.max() <= 1e-13 * A.abs().max() ** 2:
            break
        free[gain.argmax()] = True
    return p.clamp(min=0) / p.clamp(min=0).sum()


# %% [markdown]
# ## The estimate, and what to know about it
# `solve_label_shift` returns $p$ and answers three questions. Was the constraint needed? How far is $C p$
# from $\mu$? And is there only one $p$?
#
# If a class is never predicted, its row of $C$ is 0, and $C$ is singular: along some direction $p$ can change
# while $C p$ stays the same. The condition number, the largest singular value of $C$ over the smallest, is
# then infinite. But a large one alone does not mean that. A row of soft predictions near $10^{-12}$ makes it
# huge and does no harm, for each equation may be multiplied by any number. So divide each row by its largest
# entry first, and then look whether one row follows from the others.


# %%
class LabelEstimate(NamedTuple):
    """An estimate p (k,) of the target's label distribution.

    raw: C^-1 mu, shape (k,), with entries of either sign; NaN if C is singular.
    constrained: whether `raw` has a negative entry, so that the constraint was needed.
    condition: the condition number of C, infinite if C is singular.
    residual: |C p - mu|; 0 without constraint and regularisation.
    """

    p: Tensor
    raw: Tensor
    constrained: bool
    condition: float
    residual: float


def is_singular(C: Array) -> bool:
    """Whether the rows of C, each divided by its largest entry, are dependent up to rounding."""
    C = as_tensor(C)
    eps = torch.finfo(C.dtype if C.is_floating_point() else torch.float64).eps
    C = in_double(C)
    values = torch.linalg.svdvals(C / C.amax(dim=1, keepdim=True).clamp(min=1e-300))
    return bool(values[-1] <= len(C) * eps * values[0])


def solve_label_shift(C: Array, mu: Array) -> LabelEstimate:
    """The distribution p that solves C p = mu best, with facts about it (004 3.9.2, part 3).

    C: confusion matrix (k, k), a column a true class. mu: mean prediction on the target, (k,).
    Raises ValueError for shapes that do not fit, a `mu` or columns of `C` that are no distributions (C
    transposed, say), and a singular C.
    """
    given, device = C, in_double(mu).device
    C, mu = as_system(C, mu)
    rows = C.amax(dim=1)
    if is_singular(given):
        never = "" if rows.all() else f" (class {listed(rows == 0)} is never predicted)"
        raise ValueError(
            f"C: singular{never}, so more than one p fits mu; use probabilities in place of predicted "
            "classes, merge classes that look alike, or regularise (`rlls`)"
        )
    raw = torch.linalg.solve(C / rows[:, None], mu / rows)
    constrained = bool((raw < -1e-12).any())
    p = simplex_least_squares(C, mu) if constrained else raw.clamp(min=0) / raw.clamp(min=0).sum()
    residual = float((C @ p - mu).norm())
    return LabelEstimate(p.to(device), raw.to(device), constrained, float(torch.linalg.cond(C)), residual)


def estimate_label_distribution(C: Array, mu: Array) -> Float[Tensor, " k"]:
    """p(y) of the target from C p = mu: never negative, with sum 1. See `solve_label_shift`."""
    return solve_label_shift(C, mu).p


# %% [markdown]
# ## How sure is it?
# The bootstrap: draw a new sample from the one at hand, with replacement, and estimate again; repeat this
# many times. The middle 90% of the estimates of $p_j$, from their 5% to their 95% quantile, is an interval
# for it. $C$ is about examples *given* their class, so draw the validation examples class by class. Then no
# class can be missing.


# %%
def bootstrap_interval(
    estimate: Callable[[Tensor, Tensor, Tensor], Tensor],
    y: Array,
    y_hat: Array,
    y_hat_target: Array,
    *,
    level: float = 0.9,
    num_resamples: int = 200,
    generator: torch.Generator | None = None,
) -> tuple[Float[Tensor, " k"], Float[Tensor, " k"]]:
    """The lower and the upper ends of intervals for `estimate(y, y_hat, y_hat_target)`, both of shape (k,).

    y, y_hat: labels and predictions of the validation examples. y_hat_target: predictions on the target.
    level: the share of the resamples within an interval, in (0, 1).
    """
    d2l.check_counts(num_resamples=num_resamples)
    if not 0 < level < 1:
        raise ValueError(f"level: must be between 0 and 1, got {level}")
    y, y_hat, target = as_tensor(y).reshape(-1), as_tensor(y_hat), as_tensor(y_hat_target)
    if len(y) != len(y_hat):
        raise ValueError(f"y, y_hat: {len(y)} labels for {len(y_hat)} predictions")
    estimates = []
    for _ in range(num_resamples):
        rows = draw(y, y, generator=generator)  # for each example, one of the same class
        others = torch.randint(len(target), (len(target),), generator=generator).to(target.device)
        estimates.append(estimate(y[rows], y_hat[rows.to(y_hat.device)], target[others]))
    ends = torch.tensor([1 - level, 1 + level]).to(estimates[0]) / 2
    low, high = torch.quantile(torch.stack(estimates), ends, dim=0)
    return low, high
