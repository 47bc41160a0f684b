# %% [markdown]
# # Least squares (最小二乘)
# The best weights of a linear model from a formula, without training; then with a penalty on large weights.
#
# Notes: 000 1.1.1, 003 3.3 (解析解). Run: `python -m chapters.least_squares [solvers|shrinkage]`.
# On ill-conditioned data (condition number a million) the stable way is off by 1e-11, the textbook's by 1e-4.

# %%
import math

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, dist

import d2lcore as d2l
from chapters.figures.least_squares import draw_solvers, draw_weights

# %% [markdown]
# ## The analytic solution
# The squared loss $\lVert y - X w \rVert^2$ is convex, a single valley: where its gradient is 0, it is
# lowest. That gives the normal equations $X^\top X w = X^\top y$, and 003 3.3 (解析解) solves them:
# $w^* = (X^\top X)^{-1} X^\top y$. This is right on paper. On a computer, take another way.
#
# The singular value decomposition is $X = U S V^\top$. The columns of $U$ and of $V$ are orthonormal; $S$ is
# diagonal and holds the singular values, how much $X$ stretches in each direction. The largest over the
# smallest is the *condition number* of $X$: so much can rounding errors grow. That of $X^\top X$ is its
# square, so twice as many digits are lost. Put $U S V^\top$ into the equations, and nothing is squared:
#
# $$w^* = V S^{-1} U^\top y$$
#
# The bias needs no column of ones. Subtract the means from features and labels, fit $w$, and then
# $b = \bar y - \bar x^\top w$. In the code `Vh` is $V^\top$.

# %%
Fit = tuple[Float[Tensor, "d 1"], Float[Tensor, "1"]]  # w and b


def least_squares(X: Float[Tensor, "n d"], y: Float[Tensor, "..."]) -> Fit:
    """The w (d, 1) and b (1,) that minimise ||y - X w - b||^2 (003 3.3, 解析解).

    y: (n, 1) or (n,). Raises ValueError where many w fit alike: a column of X is constant, or follows from
    others, or n <= d. Also if X or y is empty, not finite, or of another length than the other.
    """
    X, y, x_mean, y_mean = centred(X, y)
    U, S, Vh = torch.linalg.svd(X, full_matrices=False)
    rank = int((S > S.max() * max(X.shape) * torch.finfo(S.dtype).eps).sum())
    if rank < X.shape[1]:
        raise ValueError(
            f"X: its {X.shape[1]} columns vary in {rank} independent ways only: one is constant, or follows "
            "from others, or there are too few rows. Many w fit alike; drop columns, or use ridge"
        )
    w = Vh.T @ (U.T @ y / S.unsqueeze(1))
    return w, y_mean - x_mean @ w


def centred(X: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """X and y (n, 1) less their means, and the means; raises ValueError as `least_squares` says."""
    if X.dim() != 2 or 0 in X.shape or y.shape not in ((len(X),), (len(X), 1)):
        raise ValueError(f"X, y: expected shapes (n, d), (n, 1), got {tuple(X.shape)} and {tuple(y.shape)}")
    for name, values in (("X", X), ("y", y)):
        if broken := int((~values.isfinite()).sum()):
            raise ValueError(f"{name}: {broken} of its values are NaN or infinite; repair or drop those rows")
    y = y.reshape(-1, 1).to(X.dtype)
    constant = (X == X[0]).all(dim=0)  # exactly 0 when centred, not a rounding error
    return torch.where(constant, 0, X - X.mean(dim=0)), y - y.mean(dim=0), X.mean(dim=0), y.mean(dim=0)


# %% [markdown]
# ## Conjugate gradients
# With very many features a decomposition takes too long. Conjugate gradients need only products with $X$ and
# $X^\top$. Let $r = y - X w$ be the residual. Down is $g = X^\top r$. Each step goes along a direction $p$,
# at first $g$, as far as the loss falls, and then makes the next direction of the new $g_+$ and the old $p$:
#
# $$w \leftarrow w + \alpha p \quad \alpha = \frac{\lVert g \rVert^2}{\lVert X p \rVert^2} \qquad
# p \leftarrow g_+ + \beta p \quad \beta = \frac{\lVert g_+ \rVert^2}{\lVert g \rVert^2}$$
#
# So $X p$ is orthogonal to all earlier ones, and no step undoes another. One for each feature is enough.


# %%
def conjugate_gradient(X: Float[Tensor, "n d"], y: Float[Tensor, "..."], num_steps: int | None = None) -> Fit:
    """`least_squares` in num_steps (by default d) steps from w = 0; of many w the shortest (000 1.1.1)."""
    X, y, x_mean, y_mean = centred(X, y)
    d2l.check_counts(num_steps=X.shape[1] if num_steps is None else num_steps)
    w, r, p = torch.zeros_like(X[:1].T), y, X.T @ y
    size = (p**2).sum()  # |g|^2
    tiny = torch.finfo(X.dtype).eps ** 2 * size
    for _ in range(num_steps or X.shape[1]):
        if size <= tiny:  # nothing is left but rounding
            break
        Xp = X @ p
        alpha = size / (Xp**2).sum()
        w, r = w + alpha * p, r - alpha * Xp
        g = X.T @ r
        size, before = (g**2).sum(), size
        p = g + size / before * p  # beta times p
    return w, y_mean - x_mean @ w


# %% [markdown]
# ## Regularised least squares
# Add a penalty on the weights, but not on the bias, to the *mean* loss. With
# $\frac{\lambda}{2} \lVert w \rVert_2^2$ this is ridge regression:
#
# $$\min_{w, b} \frac{1}{2n} \lVert y - Xw - b \rVert^2 + \frac{\lambda}{2} \lVert w \rVert_2^2
# \qquad w^* = V \,\mathrm{diag}\!\left(\frac{s}{s^2 + n\lambda}\right) U^\top y$$
#
# The diagonal has one entry for each singular value $s$. Without the penalty it would be $1 / s$; now a small
# $s$, even 0, does no harm. (Note 000 adds the squared norm, without the 1/2, to the *sum* of the losses: its
# $\lambda$ is $n/2$ times ours, and $n$ times for the lasso, below.)


# %%
def ridge(X: Float[Tensor, "n d"], y: Float[Tensor, "..."], lambd: float) -> Fit:
    """The w (d, 1) and b (1,) that minimise ||y - X w - b||^2 / 2n + lambd / 2 ||w||^2 (000 1.1.1).

    lambd: >= 0; n lambd is scikit-learn's alpha. Raises as `least_squares`; if > 0 not for dependent columns.
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
# With the penalty $\lambda \sum_j |w_j|$, or $\lambda \lVert w \rVert_1$, it is the lasso. No formula gives
# all of $w$, but there is one for a single weight while the others stay. Let $x_j$ be column $j$ of $X$, and
# $a$ its product with what the other features leave of $y$: $a = x_j^\top (r + x_j w_j)$. The best $w_j$ is
#
# $$w_j = \frac{\mathrm{sign}(a)\, \max(|a| - n\lambda, 0)}{x_j^\top x_j}$$
#
# Where $|a|$ is at most $n\lambda$, that is exactly 0. Go over the weights again and again, until none moves.


# %%
def lasso(X: Float[Tensor, "n d"], y: Float[Tensor, "..."], lambd: float, *, num_sweeps: int = 10_000) -> Fit:
    """The w (d, 1) and b (1,) that minimise ||y - X w - b||^2 / 2n + lambd ||w||_1 (000 1.1.1).

    lambd: at least 0; scikit-learn's Lasso calls it alpha. The weight of a constant feature is 0.
    Raises ValueError for a negative lambd, if `num_sweeps` are not enough, and as `ridge` does.
    """
    check_lambd(lambd)
    d2l.check_counts(num_sweeps=num_sweeps)
    X, y, x_mean, y_mean = centred(X, y)
    scale, w, r = (X**2).sum(dim=0), torch.zeros_like(X[:1].T), y  # scale: x_j'x_j of each column
    for _ in range(num_sweeps):
        largest = 0.0
        for j in (scale > 0).nonzero().flatten().tolist():
            x = X[:, j : j + 1]
            a = (x * r).sum() + scale[j] * w[j]
            new = a.sign() * (a.abs() - len(X) * lambd).clamp(min=0) / scale[j]
            r = r + x * (w[j] - new)
            largest = max(largest, float((new - w[j]).abs() * scale[j].sqrt()))
            w[j] = new
        if largest <= 4 * torch.finfo(X.dtype).eps * float(y.norm()):
            return w, y_mean - x_mean @ w
    raise ValueError(f"num_sweeps: {num_sweeps} did not settle the weights; allow more, or raise lambd")


# %% [markdown]
# ## What the solvers are worth
# The error of the written-out inverse grows with the square of the condition number, that of the
# decomposition with the number itself. The figure shows how far they end from the true $w$, of length 1.
# After a step for each of the 20 features, conjugate gradients are off by about 1e-4; because of rounding the
# last digits take almost 30 steps. Gradient descent, at its best constant rate, is then off by 0.3.


# %%
def ill_conditioned(num_examples: int, num_features: int, condition: float) -> tuple[Tensor, Tensor, Tensor]:
    """X (n, d) of mean 0, singular values 1 to 1 / condition; y = X w; w (d, 1) of length 1. float64."""
    X = torch.randn(num_examples, num_features, dtype=torch.float64)
    U, _ = torch.linalg.qr(X - X.mean(dim=0))
    V, _ = torch.linalg.qr(torch.randn(num_features, num_features, dtype=torch.float64))
    S = torch.logspace(0, -math.log10(condition), num_features, dtype=torch.float64)
    X, w = U * S @ V.T, torch.randn(num_features, 1, dtype=torch.float64)
    w = w / w.norm()
    return X, X @ w, w


def solvers(*, num_examples: int = 200, num_features: int = 20, seed: int = 0) -> d2l.Result:
    """The error of each solver, for better and worse conditioned data, and after more and more steps.

    num_examples: examples of each problem
    num_features: features of an example
    """
    d2l.seed_everything(seed)
    conditions = [10.0**k for k in range(1, 13)]
    problems = [ill_conditioned(num_examples, num_features, condition) for condition in conditions]
    errors = {  # dist(a, b) is the length of a - b
        "written-out inverse": [dist(torch.linalg.inv(X.T @ X) @ X.T @ y, w).item() for X, y, w in problems],
        "least_squares": [dist(least_squares(X, y)[0], w).item() for X, y, w in problems],
        "torch.linalg.lstsq": [dist(torch.linalg.lstsq(X, y).solution, w).item() for X, y, w in problems],
    }
    X, y, w = problems[0]
    found = torch.zeros_like(w)
    paths: dict[str, list[float]] = {"conjugate gradients": [], "gradient descent": []}
    for step in range(1, 2 * num_features + 1):
        found = found + 2 / (1 + 0.1**2) * X.T @ (y - X @ found)  # the best rate: 2 / (s_max^2 + s_min^2)
        paths["gradient descent"].append(dist(found, w).item())
        paths["conjugate gradients"].append(dist(conjugate_gradient(X, y, step)[0], w).item())
    metrics = {f"{name}, condition 1e6": values[5] for name, values in errors.items()}
    metrics |= {f"{name}, {num_features} steps": values[num_features - 1] for name, values in paths.items()}
    return d2l.Result(figures={"solvers": draw_solvers(conditions, errors, paths)}, metrics=metrics)


# %% [markdown]
# ## What the penalties do
# The diabetes data: ten measurements of 442 patients (s1 to s6 are blood values), standardised, and how far
# the disease went in a year. Let $\lambda$ grow. Ridge shrinks all weights and zeroes none. The lasso drops
# one after the other. scikit-learn's `Ridge` and `Lasso` find the same weights.


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
    lambdas = {"ridge": torch.logspace(-2.5, 2.5, num_lambdas).tolist(),
               "lasso": torch.logspace(-0.5, 1.75, num_lambdas).tolist()}  # fmt: skip
    mine, metrics, middle = {}, {}, num_lambdas // 2
    for name, solve, library, factor in (("ridge", ridge, Ridge, len(X)), ("lasso", lasso, Lasso, 1)):
        mine[name] = torch.cat([solve(X, y, lambd)[0] for lambd in lambdas[name]], dim=1)
        theirs = [library(factor * lambd, tol=1e-10).fit(X, y).coef_ for lambd in lambdas[name]]
        apart = (mine[name].T - torch.from_numpy(np.stack(theirs))).abs().max()
        metrics[f"{name}: largest difference from scikit-learn"] = float(apart)
        zeros = (mine[name][:, middle] == 0).sum()
        metrics[f"{name}: weights at 0, lambda {lambdas[name][middle]:.3g}"] = float(zeros)
    return d2l.Result(figures={"weights": draw_weights(lambdas, mine, table.feature_names)}, metrics=metrics)


# %%
if __name__ == "__main__":
    d2l.run_chapter("least_squares", solvers, shrinkage)
