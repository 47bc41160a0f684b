# %% [markdown]
# # Risk and importance weights (经验风险与真实风险)
# The mean loss of a sample estimates the risk on its distribution; with weights, on another distribution.
#
# Notes: 004 3.9.2, parts 1 and 2. Run: `python -m chapters.distribution_shift risk`, 1 s on one core.
# For the line $x/2$ the weighted mean loss on the source converges to the risk on the target, 0.0489.

# %%
import math

import torch
from jaxtyping import Float
from torch import Tensor

import d2lcore as d2l
from chapters.distribution_shift.arguments import Array, as_tensor, as_weights
from chapters.figures.covariate_shift import draw_risk
from d2lcore.errors import check_flags

# %% [markdown]
# ## True risk: an integral
# The risk of a model $f$ is its expected loss,
#
# $$R = \mathbb E_{p(x, y)}[l(f(x), y)] = \iint l(f(x), y)\, p(x, y)\, dx\, dy$$
#
# on the target with the density $p$; on the source with $q$ in place of $p$. It is seldom known, for $p$ is
# not. Here both are. Let $y = x^2 + \epsilon$ with $\epsilon \sim N(0, \sigma^2)$. The model is a line,
# $f(x) = wx + b$, and the loss is $l = (f(x) - y)^2 / 2$. Multiply the square out. With
# $m_k = \mathbb E[x^k]$ the integral is
#
# $$R = \tfrac12 \left( m_4 - 2w\,m_3 + (w^2 - 2b)\,m_2 + 2wb\,m_1 + b^2 + \sigma^2 \right)$$
#
# The source has $q(x) = 1$ on [0, 1], so $m_k = 1/(k+1)$. The target has $p(x) = 4x^3$ there, so
# $m_k = 4/(k+4)$. Given $x$, both have the same $y$.


# %%
def true_risk(w: float, b: float, *, target: bool = False, noise: float = 0.05) -> float:
    """The expected loss of the line w x + b under the source or the target (004 3.9.2, part 1)."""
    m1, m2, m3, m4 = (4 / (k + 4) if target else 1 / (k + 1) for k in range(1, 5))
    return (m4 - 2 * w * m3 + (w**2 - 2 * b) * m2 + 2 * w * b * m1 + b**2 + noise**2) / 2


def true_weights(X: Float[Tensor, "n 1"]) -> Float[Tensor, " n"]:
    """beta = p(x) / q(x) = 4 x^3."""
    return 4 * X[:, 0] ** 3


def sample(
    n: int, *, target: bool = False, noise: float = 0.05
) -> tuple[Float[Tensor, "n 1"], Float[Tensor, "n 1"]]:
    """n examples X, y of the source or the target."""
    d2l.check_counts(n=n)
    X = torch.rand(n, 1)
    if target:
        X = X**0.25  # the share of the target below x is x^4; its inverse turns uniform numbers into draws
    return X, X**2 + noise * torch.randn(n, 1)


# %% [markdown]
# ## Weighted empirical risk
# Give each example of the source the weight $\beta_i = p(x_i)/q(x_i)$, a ratio of densities, and take
#
# $$\hat R = \frac{1}{n} \sum_i \beta_i\, l(f(x_i), y_i)$$
#
# The examples come from $q$, so in the expectation $q \cdot p/q$ stands before the loss. The $q$ cancels, and
# what is left is the risk on the *target*. *Normalised*, divided by $\sum_i \beta_i$ in place of $n$, the
# estimate varies less, and a constant factor in $\beta$ drops out. Its expectation is off by about $1/n$. A
# weight that is negative, infinite or NaN is no ratio of densities, and would spoil the mean without a word.


# %%
def weighted_loss(losses: Array, beta: Array, *, normalize: bool = False) -> Float[Tensor, ""]:
    """The weighted mean of the losses of n examples (004 3.9.2, part 2).

    losses: one for each example, shape (n,) or (n, 1), made with reduction='none'. beta: weights, (n,).
    normalize: divide by the sum of the weights in place of n.
    Raises ValueError if the numbers of losses and weights differ, for weights that are negative or not
    finite, and, when normalising, if all are 0.
    """
    check_flags(normalize=normalize)
    losses = as_tensor(losses)
    beta = as_weights(beta, like=losses if losses.is_floating_point() else None)
    if losses.shape not in (beta.shape, (len(beta), 1)):
        raise ValueError(
            f"losses: {len(beta)} weights need one loss an example, shape ({len(beta)},), got "
            f"{tuple(losses.shape)}; use a loss with reduction='none' and y of the shape of y_hat"
        )
    losses = losses.reshape(-1).to(beta.dtype)
    if not normalize:
        return beta @ losses / len(beta)
    if not beta.any():
        raise ValueError("beta: the weights are all 0, so they cannot be normalised")
    return (beta / beta.sum()) @ losses


# %% [markdown]
# ## Effective sample size
# How many examples do the weights leave? $n_\text{eff} = (\sum_i \beta_i)^2 / \sum_i \beta_i^2$. Equal
# weights count as $n$ examples, one weight that dwarfs the others as one. If losses and weights are
# unrelated, the weighted mean is about as accurate as a plain mean over $n_\text{eff}$ examples.


# %%
def effective_sample_size(beta: Array) -> Float[Tensor, ""]:
    """(sum beta)^2 / sum beta^2 of weights of shape (n,), in [1, n].

    Raises ValueError if all weights are 0, or one is negative or not finite.
    """
    beta = as_weights(beta)
    if not beta.any():
        raise ValueError("beta: the weights are all 0, so no example counts")
    beta = beta / beta.max()  # the ratio stays; the square of a huge weight would overflow
    return beta.sum() ** 2 / (beta**2).sum()


# %% [markdown]
# ## An estimate that converges
# The mean loss of $n$ independent examples is off by about $\mathrm{sd}(l)/\sqrt n$, whatever the model;
# $\mathrm{sd}$ is the standard deviation. A third of the error costs nine times the examples. The band
# $\pm 1.96\, \mathrm{sd}(l)/\sqrt n$ holds 95% of the means. On logarithmic scales the error falls with the
# slope $-1/2$: the number `rate` below.
#
# The weighted mean over the *source* has the same rate, and goes to the risk on the *target*. The mean
# without weights does not: its error stays.


# %%
def running_means(w: float, b: float, num_examples: int, num_runs: int) -> tuple[Tensor, ...]:
    """Means of the loss of the line w x + b over the first n examples of each run, for several n.

    Returns the n, shape (k,); the plain, the weighted and the normalised weighted means, each (runs, k); and
    the standard deviation of the loss.
    """
    X, y = sample(num_runs * num_examples)
    y_hat = d2l.linreg(X, torch.tensor([[w]]), torch.tensor([b]))
    losses, beta = (
        values.reshape(num_runs, num_examples).double()
        for values in (d2l.squared_loss(y_hat, y), true_weights(X))
    )
    n = torch.logspace(1, math.log10(num_examples), 61).round().long().unique()
    plain, weighted, total = (v.cumsum(dim=1)[:, n - 1] for v in (losses, beta * losses, beta))
    return n, plain / n, weighted / n, weighted / total, losses.std()


def risk(
    *, w: float = 0.5, b: float = 0.0, num_examples: int = 10_000, num_runs: int = 200, seed: int = 0
) -> d2l.Result:
    """Estimate the risk of one line from more and more examples, again and again.

    w: slope of the line
    b: value of the line at x = 0
    num_examples: examples of a run, at least 100
    num_runs: independent runs
    """
    d2l.check_counts(num_examples=num_examples, num_runs=num_runs)
    if num_examples < 100:
        raise ValueError(f"num_examples: the curves start at 10 and need at least 100, got {num_examples}")
    d2l.seed_everything(seed)
    n, plain, weighted, normalized, sd = running_means(w, b, num_examples, num_runs)
    source, target = true_risk(w, b), true_risk(w, b, target=True)
    errors = {
        "source": (plain - source, "mean loss as the source's risk"),
        "weighted": (weighted - target, "weighted, as the target's"),
        "normalized": (normalized - target, "weighted and normalised, as the target's"),
        "unweighted": (plain - target, "mean loss as the target's"),
    }
    rmse = {name: (error**2).mean(dim=0).sqrt() for name, (error, _) in errors.items()}
    band = 1.96 * sd / n.sqrt()
    figure = draw_risk(n, plain, source, band, {label: rmse[name] for name, (_, label) in errors.items()})
    metrics = {"source_risk": source, "target_risk": target}
    metrics["inside_band"] = float(((plain - source).abs() < band).double().mean())
    metrics["rate"] = float((rmse["source"][-1] / rmse["source"][0]).log() / (n[-1] / n[0]).log())  # -1/2
    metrics |= {f"rmse_{name}": float(values[-1]) for name, values in rmse.items()}
    return d2l.Result(figures={"risk": figure}, metrics=metrics)


# %%
if __name__ == "__main__":
    d2l.run_chapter("distribution_shift", risk)
