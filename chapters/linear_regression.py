# %% [markdown]
# # Linear regression (线性回归)
# A weighted sum of the features plus a bias, fitted by least squares: step by step, or at once.
#
# Notes: 003 2, 000 1.1.1, 004 3.5.2.
# Run: `python -m chapters.linear_regression [scratch|concise|solvers|shrinkage]`.
# From 1,000 examples of y = 2 x1 - 3.4 x2 + 4.2 + noise: w and b to within 0.002 after three epochs.

# %%
import math
from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

import d2lcore as d2l

# %% [markdown]
# ## From scratch
# The model is $\hat y = X w + b$ and the loss of an example $l = (\hat y - y)^2 / 2$: `d2l.linreg` and
# `d2l.squared_loss`, one line each. Minibatch stochastic gradient descent repeats
#
# $$(w, b) \leftarrow (w, b) - \frac{\eta}{|B|} \sum_{i \in B} \nabla_{(w, b)}\, l^{(i)}(w, b)$$
#
# over batches $B$ in random order. An updater that is a function, such as `d2l.sgd`, divides by $|B|$ itself
# and so takes the gradient of the *sum*; an optimizer of torch takes that of the mean. A penalty on the
# weights belongs to the mean loss, once, however many examples the batch has.


# %%
def train(
    net: Callable[[Tensor], Tensor],
    train_iter: d2l.Batches,
    loss: Callable[[Tensor, Tensor], Tensor],
    num_epochs: int,
    updater: torch.optim.Optimizer | Callable[[int], object],
    *,
    lr: float | None = None,
    test_iter: d2l.Batches | None = None,
    penalty: Callable[[], Tensor] = lambda: torch.zeros(()),
) -> d2l.History:
    """Minimise the mean loss plus `penalty()` by minibatch SGD (003 2, 004 3.5.2).

    net: from X to predictions (b, 1). loss: (y_hat, y) to one value an example. updater: an optimizer, or a
    `callable(batch_size)` as in the notes. lr: named if training diverges. penalty: a scalar.
    Returns the mean loss after each epoch, without the penalty: `train_loss`, and `test_loss` of `test_iter`.
    Raises ValueError if y has not the shape of the predictions, TrainingDiverged.
    """

    def run_epoch(epoch: int) -> dict[str, float]:
        for X, y in train_iter:
            y_hat = net(X)
            check_column(y, y_hat)
            l = loss(y_hat, y).mean() + penalty().to(X.device)
            if isinstance(updater, torch.optim.Optimizer):
                updater.zero_grad()
                l.backward()
                updater.step()
            else:
                (l * len(y)).backward()
                updater(len(y))
        losses = {"train_loss": d2l.evaluate_loss(net, train_iter, loss)}
        if test_iter is not None:
            losses["test_loss"] = d2l.evaluate_loss(net, test_iter, loss)
        return losses

    return d2l.train_epochs(num_epochs, run_epoch)


# %% [markdown]
# The trap in this loop is a $y$ of shape (n,): beside predictions of shape (n, 1), broadcasting makes an
# (n, n) matrix of differences, whose mean is a number that descends and teaches nothing.


# %%
def check_column(y: Tensor, y_hat: Tensor) -> None:
    """Raise ValueError unless `y` has the shape of the predictions `y_hat`."""
    if y.shape != y_hat.shape:
        raise ValueError(
            f"y: shape {tuple(y.shape)} beside predictions of shape {tuple(y_hat.shape)} would broadcast; "
            "give one row an example, y.reshape(-1, 1)"
        )


# %%
TRUE_W, TRUE_B = (2.0, -3.4), 4.2


def data(num_examples: int, noise: float, batch_size: int, device: torch.device) -> d2l.Batches:
    """Batches of examples of y = X w + b + noise, for the true w and b of 004 3.5.2 in two dimensions."""
    X, y = d2l.synthetic_data(torch.tensor(TRUE_W, device=device), TRUE_B, num_examples, noise=noise)
    return d2l.load_array((X, y), batch_size)


def result(
    net: Callable[[Tensor], Tensor], w: Tensor, b: Tensor, train_iter: d2l.Batches, history: d2l.History
) -> d2l.Result:
    """The parameters found, how far the worst is from the truth, the line and the curve of the loss."""
    w, b = w.detach().cpu().flatten(), b.detach().cpu().flatten()
    largest_error = (torch.cat([w, b]) - torch.tensor([*TRUE_W, TRUE_B])).abs().max()
    figure, axes = d2l.plt.subplots(1, 3, figsize=(9, 3), layout="constrained")
    X, y = (tensor[:200].cpu() for tensor in train_iter.dataset.tensors)
    for j, place in enumerate(axes[:2]):
        x = torch.linspace(-3, 3, 2)
        place.scatter(X[:, j], y, s=6, c=X[:, 1 - j], cmap="coolwarm")
        place.plot(x, w[j] * x + b, "k-")
        d2l.set_axes(place, f"x{j + 1}", "y")
        place.set_title(f"line at x{2 - j} = 0: slope {w[j]:.3f}\ncolour: x{2 - j}", fontsize="medium")
    d2l.plot(history["epoch"], history["train_loss"], "epoch", "training loss", yscale="log",
             fmts=["o-"], axes=axes[2])  # fmt: skip
    axes[2].xaxis.get_major_locator().set_params(integer=True)
    metrics = {"w1": w[0], "w2": w[1], "b": b[0], "largest_error": largest_error, **history[-1]}
    return d2l.Result(net, history, {"fit": figure}, {name: float(value) for name, value in metrics.items()})


def scratch(
    *,
    lr: float = 0.03,
    num_epochs: int = 3,
    batch_size: int = 10,
    num_examples: int = 1000,
    noise: float = 0.01,
    device: str = "auto",
    seed: int = 0,
) -> d2l.Result:
    """w and b as two tensors, and a step of `d2l.sgd` after every batch.

    lr: learning rate of SGD
    num_epochs: passes over the examples
    batch_size: examples in a minibatch
    num_examples: examples drawn from the true model
    noise: standard deviation of the noise in y
    device: auto, cpu, cuda, cuda:N or mps
    seed: of the data, the first weights and the order of the examples
    """
    where = d2l.get_device(device)
    d2l.seed_everything(seed)
    train_iter = data(num_examples, noise, batch_size, where)
    w = torch.normal(0, 0.01, (2, 1), device=where, requires_grad=True)
    b = torch.zeros(1, device=where, requires_grad=True)

    def net(X: Tensor) -> Tensor:
        return d2l.linreg(X, w, b)

    def updater(batch_size: int) -> None:
        d2l.sgd([w, b], lr, batch_size)

    history = train(net, train_iter, d2l.squared_loss, num_epochs, updater, lr=lr)
    return result(net, w, b, train_iter, history)


# %% [markdown]
# ## Concise
# The same with `nn.Linear` and `torch.optim.SGD`. `nn.MSELoss` has no factor 1/2: its gradients, and so the
# steps, are twice as long as those of 003 2.2. Halved, it is `d2l.squared_loss`, and both variants agree.


# %%
def half_mse(y_hat: Float[Tensor, "n 1"], y: Float[Tensor, "n 1"]) -> Float[Tensor, "n 1"]:
    """(y_hat - y)^2 / 2 of every example, from the loss of torch."""
    return nn.functional.mse_loss(y_hat, y, reduction="none") / 2


def concise(
    *,
    lr: float = 0.03,
    num_epochs: int = 3,
    batch_size: int = 10,
    num_examples: int = 1000,
    noise: float = 0.01,
    device: str = "auto",
    seed: int = 0,
) -> d2l.Result:
    """The same model of one `nn.Linear`, from the same first weights."""
    where = d2l.get_device(device)
    net = nn.Linear(2, 1).to(where)
    d2l.seed_everything(seed)  # only now: the layer has drawn weights of its own
    train_iter = data(num_examples, noise, batch_size, where)
    nn.init.normal_(net.weight, std=0.01)
    nn.init.zeros_(net.bias)
    updater = torch.optim.SGD(net.parameters(), lr=lr)
    history = train(net, train_iter, half_mse, num_epochs, updater, lr=lr)
    return result(net, net.weight, net.bias, train_iter, history)


# %% [markdown]
# ## The analytic solution
# The loss is convex, and its minimum solves $X^\top X w = X^\top y$. The formula
# $w^* = (X^\top X)^{-1} X^\top y$ of 003 3.3 (解析解) is for paper: $X^\top X$ squares the condition
# number of $X$, and its inverse loses twice the digits. With the singular value decomposition
# $X = U S V^\top$ nothing is squared:
#
# $$w^* = V S^{-1} U^\top y$$
#
# The bias is no column of ones here. Centred features and labels need none, and $b = \bar y - \bar x^\top w$.


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
# Too many features for a decomposition? Products with $X$ and $X^\top$ suffice. Each step goes along a
# direction $p$ that is conjugate to those before, $p^\top X^\top X p' = 0$, and so never undoes their work:
# exact arithmetic needs at most d steps. $X^\top X$ is never formed.


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
# $\min_{w, b} \frac12 \lVert y - Xw - b \rVert^2 + R(w)$; the bias is not penalised. With
# $R(w) = \lambda \lVert w \rVert_2^2$ (ridge) small singular values are damped, and none divides by zero:
#
# $$w^* = V \,\mathrm{diag}\!\left(\frac{s}{s^2 + 2\lambda}\right) U^\top y$$


# %%
def ridge(
    X: Float[Tensor, "n d"], y: Float[Tensor, "..."], lambd: float
) -> tuple[Float[Tensor, "d 1"], Float[Tensor, "1"]]:
    """The w (d, 1) and b (1,) that minimise ||y - X w - b||^2 / 2 + lambd ||w||^2 (000 1.1.1).

    lambd: at least 0; scikit-learn's Ridge calls 2 lambd alpha. Raises ValueError for a negative one, and as
    `least_squares` does, but not for dependent columns unless lambd is 0.
    """
    check_lambd(lambd)
    if lambd == 0:
        return least_squares(X, y)
    X, y, x_mean, y_mean = centred(X, y)
    U, S, Vh = torch.linalg.svd(X, full_matrices=False)
    w = Vh.T @ (U.T @ y * (S / (S**2 + 2 * lambd)).unsqueeze(1))
    return w, y_mean - x_mean @ w


def check_lambd(lambd: float) -> None:
    """Raise ValueError unless `lambd` is a finite number of at least 0."""
    if not 0 <= lambd < float("inf"):
        raise ValueError(f"lambd: a regularisation constant must be finite and at least 0, got {lambd}")


# %% [markdown]
# With $R(w) = \lambda \lVert w \rVert_1$ (lasso) there is no formula for all of $w$, but there is one for a
# single weight while the others stay: with $r$ the residual without feature $j$,
#
# $$w_j = \frac{\mathrm{sign}(x_j^\top r)\, \max(|x_j^\top r| - \lambda, 0)}{x_j^\top x_j}$$
#
# The maximum sets weak weights to exactly 0. Sweeping over the weights until none moves finds the minimum.


# %%
def lasso(
    X: Float[Tensor, "n d"], y: Float[Tensor, "..."], lambd: float, *, num_sweeps: int = 10_000
) -> tuple[Float[Tensor, "d 1"], Float[Tensor, "1"]]:
    """The w (d, 1) and b (1,) that minimise ||y - X w - b||^2 / 2 + lambd ||w||_1 (000 1.1.1).

    lambd: at least 0; scikit-learn's Lasso calls lambd / n alpha. The weight of a constant feature is 0.
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
            new = push.sign() * (push.abs() - lambd).clamp(min=0) / scale[j]
            residual = residual + x * (w[j] - new)
            largest = max(largest, float((new - w[j]).abs() * scale[j].sqrt()))
            w[j] = new
        if largest <= 4 * torch.finfo(X.dtype).eps * float(y.norm()):
            return w, y_mean - x_mean @ w
    raise ValueError(f"num_sweeps: {num_sweeps} did not settle the weights; allow more, or raise lambd")


# %% [markdown]
# ## What the solvers are worth
# As the condition number of the data grows, the error of the written-out inverse grows with its square, that
# of the decomposition with the number itself. And conjugate gradients are through after about a step a
# feature, where gradient descent at its best constant rate is still off by a fifth or more.


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

    figure, (left, right) = d2l.plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
    d2l.plot(conditions, list(errors.values()), "condition number of X", "relative error of w", list(errors),
             xscale="log", yscale="log", fmts=["rv:", "o-", "m--"], axes=left)  # fmt: skip
    d2l.plot(list(steps), list(paths.values()), "step, at condition number 10", "relative error of w",
             list(paths), yscale="log", fmts=["o-", "rv:"], axes=right)  # fmt: skip
    metrics = {f"{name}, condition 1e6": values[5] for name, values in errors.items()}
    metrics |= {f"{name}, {num_features} steps": values[num_features - 1] for name, values in paths.items()}
    return d2l.Result(figures={"solvers": figure}, metrics=metrics)


# %% [markdown]
# ## What the penalties do
# The diabetes data (442 patients, ten standardised measurements): as $\lambda$ grows, ridge shrinks all
# weights and zeroes none, lasso drops one after the other. scikit-learn's `Ridge` and `Lasso` find the same.


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
    n = len(X)
    ranges = {
        "ridge": torch.logspace(0, 5, num_lambdas).tolist(),
        "lasso": torch.logspace(2, 4.4, num_lambdas).tolist(),
    }
    mine = {
        "ridge": torch.cat([ridge(X, y, lambd)[0] for lambd in ranges["ridge"]], dim=1),
        "lasso": torch.cat([lasso(X, y, lambd)[0] for lambd in ranges["lasso"]], dim=1),
    }
    library = {
        "ridge": np.stack([Ridge(2 * lambd).fit(X, y).coef_ for lambd in ranges["ridge"]]),
        "lasso": np.stack([Lasso(lambd / n, tol=1e-10).fit(X, y).coef_ for lambd in ranges["lasso"]]),
    }
    figure, places = d2l.plt.subplots(1, 2, figsize=(9, 3.5), sharey=True, layout="constrained")
    for (name, weights), place in zip(mine.items(), places, strict=True):
        d2l.plot(ranges[name], list(weights), "lambda", "weight" if name == "ridge" else "", xscale="log",
                 fmts=[f"C{i}-" for i in range(10)], axes=place)  # fmt: skip
        place.set_title(name)
    figure.legend(places[1].lines, table.feature_names, loc="outside right center", fontsize="small")
    apart = {name: (mine[name].T - torch.from_numpy(library[name])).abs().max() for name in mine}
    metrics = {f"{name}: largest difference from scikit-learn": float(apart[name]) for name in apart}
    middle = num_lambdas // 2
    for name, weights in mine.items():
        zeros = (weights[:, middle] == 0).sum()
        metrics[f"{name}: weights at 0, lambda {ranges[name][middle]:.0f}"] = float(zeros)
    return d2l.Result(figures={"weights": figure}, metrics=metrics)


# %%
if __name__ == "__main__":
    d2l.run_chapter("linear_regression", scratch, concise, solvers, shrinkage)
