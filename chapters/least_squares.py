# %% [markdown]
# # Least squares (最小二乘)
# The best weights of a linear model at once, by a formula that keeps its digits; and with a penalty.
#
# Notes: 000 1.1.1, 003 3.3 (解析解). Run: `python -m chapters.least_squares [solvers|shrinkage]`.
# At a condition number of a million, the decomposition is off by 1e-11, the written-out inverse by 1e-4.

# %%
import math

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

import d2lcore as d2l
from chapters.figures.least_squares import draw_solvers, draw_weights

# %% [markdown]
# ## The analytic solution
# The squared loss is convex. At its minimum, $X^\top X w = X^\top y$, and 003 3.3 (解析解) solves for
# $w^* = (X^\top X)^{-1} X^\top y$. That is right on paper. On a computer $X^\top X$ squares the condition
# number of $X$, which costs twice the digits. The singular value decomposition $X = U S V^\top$ squares
# nothing:
#
# $$w^* = V S^{-1} U^\top y$$
#
# The bias needs no column of ones. Subtract the means from features and labels, fit $w$, and then
# $b = \bar y - \bar x^\top w$.


# %%
def least_squares(
    X: Float[Tensor, "n d"], y: Float[Tensor, "..."]
) -> tuple[Float[Tensor, "d 1"], Float[Tensor, "1"]]:
    """The w (d, 1) and b (1,) that minimise ||y - X w - b||^2 (003 3.3, 解析解).

    y: (n, 1) or (n,). Raises ValueError if the columns of X, with a constant one, are linearly dependent (as
    they are whenever n <= d), or if X or y is empty, not finite, or of another length than the other.
    """
    X, y, x_mean, y_mean = centred(X, y)
    U, S, Vh = torch.linalg.svd(X, full_matrices=False)
    rank = int((S > S.max() * max(X.shape) * torch.finfo(S.dtype).eps).sum())
    if rank < X.shape[1]:
        raise ValueError(
            f"X: its {X.shape[1]} columns vary in {rank} independent ways only (one is constant, or follows "
            "from others, or there are too few rows), so many w fit alike; drop columns, or use ridge"
        )
    w = Vh.T @ (U.T @ y / S.unsqueeze(1))
    return w, y_mean - x_mean @ w


def centred(X: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """X and y (n, 1) less their means, and the means; raises ValueError as `least_squares` says."""
    if X.dim() != 2 or 0 in X.shape or y.shape not in ((len(X),), (len(X), 1)):
        raise ValueError(
            f"X, y: expected shapes (n, d) and (n, 1), got {tuple(X.shape)} and {tuple(y.shape)}"
        )
    for name, values in (("X", X), ("y", y)):
        if broken := int((~values.isfinite()).sum()):
            raise ValueError(f"{name}: {broken} of its values are NaN or infinite; repair or drop those rows")
    y = y.reshape(-1, 1).to(X.dtype)
    constant = (X == X[0]).all(dim=0)  # exactly 0 when centred, not a rounding error
    return torch.where(constant, 0, X - X.mean(dim=0)), y - y.mean(dim=0), X.mean(dim=0), y.mean(dim=0)


# %% [markdown]
# ## Conjugate gradients
# With very many features a decomposition takes too long. Conjugate gradients need only products with $X$ and
# $X^\top$. Each step goes along a direction $p$ with $p^\top X^\top X p' = 0$ for every direction $p'$ before
# it, so that no step undoes another. Without rounding, d steps are enough.


# %%
def conjugate_gradient(
    X: Float[Tensor, "n d"], y: Float[Tensor, "..."], num_steps: int | None = None
) -> tuple[Float[Tensor, "d 1"], Float[Tensor, "1"]]:
    """`least_squares` by conjugate gradients on the normal equations, from w = 0 (000 1.1.1).

    num_steps: at most, by default d. Of the solutions for dependent columns it finds the shortest w.
    Raises ValueError as `least_squares` does, but not for dependent columns.
    """
    X, y, x_mean, y_mean = centred(X, y)
    d2l.check_counts(num_steps=X.shape[1] if num_steps is None else num_steps)
    w = torch.zeros_like(X[:1].T)
    residual, descent = y, X.T @ y
    p, size = descent, (descent**2).sum()
    tiny = torch.finfo(X.dtype).eps ** 2 * size
    for _ in range(num_steps or X.shape[1]):
        if size <= tiny:  # nothing is left but rounding
            break
        Xp = X @ p
        step = size / (Xp**2).sum()
        w, residual = w + step * p, residual - step * Xp
        descent = X.T @ residual
        size, before = (descent**2).sum(), size
        p = descent + size / before * p
    return w, y_mean - x_mean @ w


# %% [markdown]
# ## Regularised least squares
# Add a penalty on the weights to the *mean* loss; the bias is free. With
# $\frac{\lambda}{2} \lVert w \rVert_2^2$ this is ridge regression:
#
# $$\min_{w, b} \frac{1}{2n} \lVert y - Xw - b \rVert^2 + \frac{\lambda}{2} \lVert w \rVert_2^2
# \qquad w^* = V \,\mathrm{diag}\!\left(\frac{s}{s^2 + n\lambda}\right) U^\top y$$
#
# Small singular values $s$ are damped, and none divides by zero. Note 000 adds its penalties to the *sum* of
# the losses, without the 1/2: its $\lambda$ is $n/2$ times this one for ridge, $n$ times for lasso.


# %%
def ridge(
    X: Float[Tensor, "n d"], y: Float[Tensor, "..."], lambd: float
) -> tuple[Float[Tensor, "d 1"], Float[Tensor, "1"]]:
    """The w (d, 1) and b (1,) that minimise ||y - X w - b||^2 / 2n + lambd / 2 ||w||^2 (000 1.1.1).

    lambd: at least 0; scikit-learn's Ridge calls n lambd alpha. Raises ValueError for a negative one, and as
    `least_squares` does, but not for dependent columns unless lambd is 0.
    """
    check_lambd(lambd)
    if lambd == 0:
        return least_squares(X, y)
    X, y, x_mean, y_mean = centred(X, y)
    U, S, Vh = torch.linalg.svd(X, full_matrices=False)
    w = Vh.T @ (U.T @ y * (S / (S**2 + len(X) * lambd)).unsqueeze(1))
    return w, y_mean - x_mean @ w


def check_lambd(lambd: float) -> None:
    """Raise ValueError unless `lambd` is a finite number of at least 0."""
    if not 0 <= lambd < float("inf"):
        raise ValueError(f"lambd: a regularisation constant must be finite and at least 0, got {lambd}")


# %% [markdown]
# With the penalty $\lambda \lVert w \rVert_1$ it is the lasso. No formula gives all of $w$, but there is one
# for a single weight while the others stay. With $r$ the residual without feature $j$,
#
# $$w_j = \frac{\mathrm{sign}(x_j^\top r)\, \max(|x_j^\top r| - n\lambda, 0)}{x_j^\top x_j}$$
#
# The maximum sets weak weights to exactly 0. Go over the weights again and again, until none moves.


# %%
def lasso(
    X: Float[Tensor, "n d"], y: Float[Tensor, "..."], lambd: float, *, num_sweeps: int = 10_000
) -> tuple[Float[Tensor, "d 1"], Float[Tensor, "1"]]:
    """The w (d, 1) and b (1,) that minimise ||y - X w - b||^2 / 2n + lambd ||w||_1 (000 1.1.1).

    lambd: at least 0; scikit-learn's Lasso calls it alpha. The weight of a constant feature is 0.
    Raises ValueError for a negative lambd, if `num_sweeps` are not enough, and as `ridge` does.
    """
    check_lambd(lambd)
    d2l.check_counts(num_sweeps=num_sweeps)
    X, y, x_mean, y_mean = centred(X, y)
    scale = (X**2).sum(dim=0)
    w = torch.zeros_like(X[:1].T)
    residual = y
    for _ in range(num_sweeps):
        largest = 0.0
        for j in (scale > 0).nonzero().flatten().tolist():
            x = X[:, j : j + 1]
            push = (x * residual).sum() + scale[j] * w[j]  # x'r with feature j taken out of the fit
            new = push.sign() * (push.abs() - len(X) * lambd).clamp(min=0) / scale[j]
            residual = residual + x * (w[j] - new)
            largest = max(largest, float((new - w[j]).abs() * scale[j].sqrt()))
            w[j] = new
        if largest <= 4 * torch.finfo(X.dtype).eps * float(y.norm()):
            return w, y_mean - x_mean @ w
    raise ValueError(f"num_sweeps: {num_sweeps} did not settle the weights; allow more, or raise lambd")


# %% [markdown]
# ## What the solvers are worth
# The error of the written-out inverse grows with the square of the condition number, that of the
# decomposition with the number itself. Conjugate gradients arrive after about one step for each feature.
# Gradient descent at its best constant rate is then still off by a fifth or more.


# %%
def ill_conditioned(num_examples: int, num_features: int, condition: float) -> tuple[Tensor, Tensor, Tensor]:
    """X (n, d) of zero mean with singular values from 1 to 1 / condition, y = X w, and w (d, 1); float64."""
    X = torch.randn(num_examples, num_features, dtype=torch.float64)
    U, _ = torch.linalg.qr(X - X.mean(dim=0))
    V, _ = torch.linalg.qr(torch.randn(num_features, num_features, dtype=torch.float64))
    S = torch.logspace(0, -math.log10(condition), num_features, dtype=torch.float64)
    X, w = U * S @ V.T, torch.randn(num_features, 1, dtype=torch.float64)
    return X, X @ w, w


def solvers(*, num_examples: int = 200, num_features: int = 20, seed: int = 0) -> d2l.Result:
    """The formula, the decomposition and conjugate gradients on ill-conditioned data.

    num_features: features of an example
    """
    d2l.seed_everything(seed)

    def error(found: Tensor, w: Tensor) -> float:
        return float((found - w).norm() / w.norm())

    conditions = [10.0**k for k in range(1, 13)]
    problems = [ill_conditioned(num_examples, num_features, condition) for condition in conditions]
    errors = {
        "written-out inverse": [error(torch.linalg.inv(X.T @ X) @ X.T @ y, w) for X, y, w in problems],
        "least_squares": [error(least_squares(X, y)[0], w) for X, y, w in problems],
        "torch.linalg.lstsq": [error(torch.linalg.lstsq(X, y).solution, w) for X, y, w in problems],
    }
    X, y, w = problems[0]
    steps = range(1, 2 * num_features + 1)
    descended = torch.zeros_like(w)
    paths: dict[str, list[float]] = {"conjugate gradients": [], "gradient descent": []}
    for step in steps:
        descended = descended + 2 / (1 + 0.1**2) * X.T @ (y - X @ descended)  # 2 / (s_max^2 + s_min^2)
        paths["gradient descent"].append(error(descended, w))
        paths["conjugate gradients"].append(error(conjugate_gradient(X, y, step)[0], w))

    metrics = {f"{name}, condition 1e6": values[5] for name, values in errors.items()}
    metrics |= {f"{name}, {num_features} steps": values[num_features - 1] for name, values in paths.items()}
    return d2l.Result(figures={"solvers": draw_solvers(conditions, errors, paths)}, metrics=metrics)


# %% [markdown]
# ## What the penalties do
# On the diabetes data (442 patients, ten standardised measurements), let $\lambda$ grow. Ridge shrinks all
# weights and zeroes none. The lasso drops one after the other. scikit-learn's `Ridge` and `Lasso` find the
# same weights.


# %%
def shrinkage(*, num_lambdas: int = 20) -> d2l.Result:
    """The weights of ridge and lasso over lambda, on the diabetes data, and scikit-learn's beside them.

    num_lambdas: points on each curve
    """
    from sklearn.datasets import load_diabetes
    from sklearn.linear_model import Lasso, Ridge

    table = load_diabetes(scaled=False)
    X, y = torch.from_numpy(table.data), torch.from_numpy(table.target)
    X = (X - X.mean(dim=0)) / X.std(dim=0)
    ranges = {
        "ridge": torch.logspace(-2.5, 2.5, num_lambdas).tolist(),
        "lasso": torch.logspace(-0.5, 1.75, num_lambdas).tolist(),
    }
    mine = {
        "ridge": torch.cat([ridge(X, y, lambd)[0] for lambd in ranges["ridge"]], dim=1),
        "lasso": torch.cat([lasso(X, y, lambd)[0] for lambd in ranges["lasso"]], dim=1),
    }
    library = {
        "ridge": np.stack([Ridge(len(X) * lambd).fit(X, y).coef_ for lambd in ranges["ridge"]]),
        "lasso": np.stack([Lasso(lambd, tol=1e-10).fit(X, y).coef_ for lambd in ranges["lasso"]]),
    }
    apart = {name: (mine[name].T - torch.from_numpy(library[name])).abs().max() for name in mine}
    metrics = {f"{name}: largest difference from scikit-learn": float(apart[name]) for name in apart}
    middle = num_lambdas // 2
    for name, weights in mine.items():
        zeros = (weights[:, middle] == 0).sum()
        metrics[f"{name}: weights at 0, lambda {ranges[name][middle]:.3g}"] = float(zeros)
    return d2l.Result(figures={"weights": draw_weights(ranges, mine, table.feature_names)}, metrics=metrics)


# %%
if __name__ == "__main__":
    d2l.run_chapter("least_squares", solvers, shrinkage)
