# %% [markdown]
# # The confusion matrix and the target's labels (混淆矩阵)
# How a classifier errs where labels are known, and what it predicts where not: how often each class occurs.
#
# Notes: 004 3.9.2 part 3. A module of functions, which `correction.py` and `weak_predictor.py` run.

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
# ## Classes and probabilities
# A prediction is a class ("hard", shape (n,)) or k probabilities ("soft", a row of (n, k)). A class is the
# row with a 1 in its place, so one formula serves both. Logits, labels counted from 1, counts where shares
# are meant: all fit the formulas and give wrong numbers, so they are refused here. Everything is computed
# in float64, since the inverse of $C$ magnifies rounding too.
#
# ## The confusion matrix and the mean prediction
# $c_{ij}$ is the share of the validation examples of true class $j$ that are predicted as $i$: a column is a
# true class and sums to 1. With soft predictions it is the mean probability of $i$ among them. $\mu_i$ is the
# share of *target* examples predicted as $i$. Under label shift the members of a class look the same in both
# places, so they are confused in the same way, and adding up over the classes gives
#
# $$\mu = C\,p .$$


# %%
def mean_prediction(y_hat: Array, num_classes: int) -> Float[Tensor, " k"]:
    """mu: the mean of predicted classes (n,) or probabilities (n, k), in float64 (004 3.9.2, part 3).

    Of labels it gives their frequencies. Raises ValueError without examples, and as `confusion_matrix` does.
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
    return y_hat.T @ members / counts


# %% [markdown]
# ## Solving for p
# The notes' $p = C^{-1}\mu$ has the sum 1, because $\mu$ and the columns of $C$ have. Its entries need not be
# positive: $\mu$ comes from a sample, $C^{-1}$ magnifies its error, and a rare class is estimated at -0.01 as
# easily as at 0.03. Cutting negative entries off breaks the sum; their absolute value invents members of a
# class. Ask for the *distribution* that explains $\mu$ best:
#
# $$\min_p \lVert C p - \mu \rVert_2 \quad\text{with}\quad p_j \ge 0,\ \textstyle\sum_j p_j = 1 .$$
#
# With the sum alone to keep, write the last entry as one minus the others: ordinary least squares. If an
# entry of the solution is negative, go towards it only until the first entry is 0, hold that one, and solve
# for the rest. Once no free entry is negative, let go of the held entry along which the error would fall
# fastest. Each round lowers the error and no set of held entries returns, so it ends at the minimum,
# exactly.


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
            steps = torch.where(goal < 0, p / (p - goal), torch.inf)  # at which an entry becomes 0
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
# One call gives $p$ and what a careful reader asks next: was the constraint needed, by how much is
# $C p = \mu$ then missed, and is $p$ determined at all? A class that is never predicted leaves a row of 0 in
# $C$; then any $p$ can move along a direction that $C$ does not see, and $C$ is singular. A large condition
# number is not yet that: a row of soft predictions of $10^{-12}$ makes it huge and the solution no worse,
# since $C p = \mu$ may be multiplied by anything row by row. So each row is divided by its largest entry
# before the rank is judged.


# %%
class LabelEstimate(NamedTuple):
    """An estimate p (k,) of the target's label distribution.

    raw: C^-1 mu, shape (k,), which may have negative entries; NaN where C is singular.
    constrained: whether `raw` has negative entries, so that the constraint was needed.
    condition: the condition number of C, infinite where C is singular.
    residual: |C p - mu|, 0 unless the constraint or a regularisation stood in the way.
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
    """Solve C p = mu for a distribution p, and say what there is to know about it (004 3.9.2, part 3).

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
# Repeat the estimate on samples drawn with replacement from those at hand. The middle 90% of the results is
# an interval for $p_j$ (the bootstrap). $C$ is about examples *given* their class, so the validation
# examples are drawn class by class, and no column can go missing.


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
    """The lower and the upper ends of intervals for `estimate(y, y_hat, y_hat_target)`, each of shape (k,).

    y, y_hat: labels and predictions of the validation examples. y_hat_target: predictions on the target.
    level: the share of the resamples within an interval, in (0, 1).
    """
    d2l.check_counts(num_resamples=num_resamples)
    if not 0 < level < 1:
        raise ValueError(f"level: must be between 0 and 1, got {level}")
    y, y_hat, target = as_tensor(y).reshape(-1), as_tensor(y_hat), as_tensor(y_hat_target)
    if len(y) != len(y_hat):
        raise ValueError(f"y, y_hat: {len(y)} labels for {len(y_hat)} predictions")
    results = []
    for _ in range(num_resamples):
        rows = draw(y, y, generator=generator)
        others = torch.randint(len(target), (len(target),), generator=generator).to(target.device)
        results.append(estimate(y[rows], y_hat[rows.to(y_hat.device)], target[others]))
    ends = torch.tensor([1 - level, 1 + level]).to(results[0]) / 2
    low, high = torch.quantile(torch.stack(results), ends, dim=0)
    return low, high
