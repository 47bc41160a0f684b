# %% [markdown]
# # L1 and L2 (L1 与 L2 正则化)
# A penalty on the sizes of the weights sets many of them to 0. A penalty on their squares shrinks them all.
#
# Notes: 004 3.5.1, 003 4.4, 000 1.1.1. Run: `python -m chapters.sparsity [sparsity|path]`, about 5 s each.
# Of 40 weights only 4 matter. Lasso (L1), with the lambda of the best test loss, sets 26 weights to 0 (23 to
# 31 over 20 seeds), ridge (L2) none.

# %%
from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor

import d2lcore as d2l
from chapters.figures import sparsity as figures
from chapters.least_squares import lasso, ridge
from chapters.model_selection import mean_loss

# %% [markdown]
# ## Two penalties
# A penalty is added to the mean loss. The slope of the penalty in $w_j$ pulls this weight towards 0. The L2
# penalty of weight decay, $\frac\lambda2 \lVert w \rVert^2$, pulls with $\lambda w_j$: less and less as the
# weight gets small. The L1 penalty is
#
# $$\lambda \lVert w \rVert_1 = \lambda \sum_j |w_j|$$
#
# It pulls with $\lambda$, however small the weight. A weight that the loss hardly needs goes all the way to
# 0. So L2 keeps many small weights, and L1 keeps few. L1 is better where few weights matter, L2 where all do.


# %%
def l1_penalty(w: Float[Tensor, "..."]) -> Float[Tensor, ""]:
    """||w||_1, over all elements of w; autograd takes 0 for the slope at 0 (004 3.5.1)."""
    return w.abs().sum()


# %% [markdown]
# `lasso`, of the chapter `least_squares`, minimises the mean loss with the L1 penalty. It solves for one
# weight at a time, and so it finds the zeros. SGD does not: the pull stays $\pm\lambda$ right up to 0. With
# the learning rate $\eta$ a step is $\eta\lambda$ long, and a smaller weight jumps across 0.


# %%
def l1_by_sgd(X: Float[Tensor, "n d"], y: Float[Tensor, "n 1"], lambd: float) -> Float[Tensor, "d 1"]:
    """w after 200 epochs of SGD on the mean loss + lambd ||w||_1, from w = 0."""
    w, b = X.new_zeros(X.shape[1], 1).requires_grad_(), X.new_zeros(1).requires_grad_()
    train_iter, updater = d2l.load_array((X, y), 10), torch.optim.SGD([w, b], lr=0.02)
    d2l.train_regression(lambda X: X @ w + b, train_iter, d2l.squared_loss, 200, updater,
                         penalty=lambda: lambd * l1_penalty(w))  # fmt: skip
    return w.detach()


# %% [markdown]
# Compare `lasso` with `ridge`, which has the L2 penalty, on two problems with 40 weights. In one, all the
# true weights are 0.1. In the other, four are larger and the rest are 0. $\lVert w \rVert$ is the same in
# both. There are only 30 training examples. Where the lasso's curve in the figure is flat, all its weights
# are 0.


# %%
def losses_on(solutions: list[tuple[Tensor, Tensor]], X: Tensor, y: Tensor) -> list[float]:
    """The mean loss on X and y of each (w, b)."""
    return [mean_loss(partial(d2l.linreg, w=w, b=b), X, y) for w, b in solutions]


def sparsity(
    *, num_examples: int = 30, noise: float = 0.2, num_lambdas: int = 10, seed: int = 0
) -> d2l.Result:
    """Ridge and lasso where all of 40 weights matter, and where 4 do.

    num_examples: training examples
    noise: standard deviation of the noise in y
    num_lambdas: points on each curve
    """
    d2l.seed_everything(seed)
    dense = torch.full((40, 1), 0.1, dtype=torch.float64)
    sparse = torch.cat([10**0.5 * dense[:4], 0 * dense[4:]])  # 4 (sqrt(10) 0.1)^2 = 40 0.1^2: the same norm
    lambdas, losses, zeros, metrics = torch.logspace(-1.75, 0.5, num_lambdas).tolist(), {}, {}, {}
    for name, true_w in {"all 40": dense, "4 of 40": sparse}.items():
        train, test = (d2l.synthetic_data(true_w, 0.05, n, noise=noise) for n in (num_examples, 1000))
        for kind, solve in {"ridge (L2)": ridge, "lasso (L1)": lasso}.items():
            solutions = [solve(*train, lambd) for lambd in lambdas]
            losses[name, kind] = losses_on(solutions, *test)
            zeros[name, kind] = [int((w == 0).sum()) for w, _ in solutions]
            best = losses[name, kind].index(min(losses[name, kind]))
            metrics[f"{kind}, {name}: best test_loss"] = losses[name, kind][best]
            metrics[f"{kind}, {name}: zeros there"] = float(zeros[name, kind][best])
    w = l1_by_sgd(*train, lambdas[best])  # the best of lasso, where 4 matter
    metrics["SGD on L1, 4 of 40: zeros"] = float((w == 0).sum())
    metrics["SGD on L1, 4 of 40: below 0.01"] = float((w.abs() < 0.01).sum())
    figure = figures.draw_sparsity(lambdas, losses, zeros)
    return d2l.Result(figures={"sparsity": figure}, metrics=metrics)


# %% [markdown]
# ## The path of ridge
# `ridge` solves for the minimum at once, for any $\lambda$. For a small $\lambda$ the solution is that of
# least squares, for a large one $w = 0$. Follow it between them, for 200 weights.
#
# With 20 examples many $w$ fit perfectly. Least squares takes the shortest, and $\lambda$ hardly matters.
# With 180 examples, nearly as many as weights, a perfect fit takes large weights that follow the noise. There
# the right $\lambda$ makes the test loss several times lower.


# %%
def path(*, noise: float = 0.1, num_lambdas: int = 19, seed: int = 0) -> d2l.Result:
    """Test loss and norm of the ridge solution over lambda: 200 weights, and 20, 100 or 180 examples.

    noise: standard deviation of the noise in y
    num_lambdas: points on each curve
    """
    d2l.seed_everything(seed)
    true_w = torch.full((200, 1), 0.01, dtype=torch.float64)
    test = d2l.synthetic_data(true_w, 0.05, 1000, noise=noise)
    lambdas, losses, norms, metrics = torch.logspace(-4, 2, num_lambdas).tolist(), {}, {}, {}
    for n in (20, 100, 180):
        train = d2l.synthetic_data(true_w, 0.05, n, noise=noise)
        solutions = [ridge(*train, lambd) for lambd in lambdas]
        losses[n], norms[n] = losses_on(solutions, *test), [float(w.norm()) for w, _ in solutions]
        metrics[f"best lambda, n = {n}"] = lambdas[losses[n].index(min(losses[n]))]
        metrics[f"test_loss there, n = {n}"] = min(losses[n])
        metrics[f"test_loss at lambda {lambdas[0]:g}, n = {n}"] = losses[n][0]
    figure = figures.draw_path(lambdas, losses, norms, float(true_w.norm()))
    return d2l.Result(figures={"path": figure}, metrics=metrics)


# %%
if __name__ == "__main__":
    d2l.run_chapter("sparsity", sparsity, path)
