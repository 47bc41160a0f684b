# %% [markdown]
# # Probability (概率)
# Draw often enough, and what you count comes close to what the probabilities say.
#
# Notes: 003 1.6. Run: `python -m chapters.probability [VARIANT]`.
# VARIANT is `sampling`, `medical_test`, `independence` or `moments`.
# One positive test: the disease has probability 0.131; two: 0.831.

# %%
import math

import torch
from jaxtyping import Float, Integer
from torch import Tensor

# %% [markdown]
# ## Sampling
# Lay the probabilities side by side on a line from 0 to 1. Throw a dart at the line, with `torch.rand`: the
# piece it hits is the sample. A piece of length 0.3 is hit in 30 of 100 throws, on average.


# %%
def sample(probabilities: Float[Tensor, " k"], n: int) -> Integer[Tensor, " n"]:
    """n independent draws from 0, ..., k-1 with these probabilities, which sum to 1 (003 1.6, 基本概率论)."""
    edges = probabilities.cumsum(dim=0)
    darts = edges[-1] * torch.rand(n, dtype=edges.dtype, device=edges.device)  # the sum may be 0.9999999
    return torch.searchsorted(edges, darts, right=True)


def frequencies(outcomes: Integer[Tensor, "*runs n"], k: int) -> Float[Tensor, "*runs n k"]:
    """The share of each of the k outcomes among the first 1, 2, ..., n draws of every run."""
    counts = torch.nn.functional.one_hot(outcomes, k).double().cumsum(dim=-2)
    return counts / torch.arange(1, outcomes.shape[-1] + 1, device=outcomes.device).unsqueeze(-1)


# %% [markdown]
# The law of large numbers: the shares come closer and closer to the probabilities. How fast? The share of an
# outcome of probability $p$ in $n$ draws has the standard deviation $\sqrt{p\,(1 - p) / n}$. For one more
# digit you need a hundred times the draws. (PyTorch's own sampler is `torch.multinomial`. One draw, though,
# has a *categorical* distribution; multinomial are the counts of many.)

# %%
import d2lcore as d2l
from chapters.figures.probability import draw_independence, draw_medical_test, draw_moments, draw_sampling


def sampling(*, num_draws: int = 10_000, num_runs: int = 100, seed: int = 0) -> d2l.Result:
    """Throw a die again and again: the shares of its faces, and their error in many runs.

    num_draws: throws a run
    num_runs: runs to take the error from
    """
    d2l.check_counts(num_draws=num_draws, num_runs=num_runs)
    d2l.seed_everything(seed)
    die = torch.full((6,), 1 / 6, dtype=torch.float64)
    shares = frequencies(sample(die, num_runs * num_draws).reshape(num_runs, num_draws), 6)
    errors = (shares - die).square().mean(dim=(0, 2)).sqrt()
    expected = (die[0] * (1 - die[0]) / torch.arange(1, num_draws + 1)).sqrt()
    metrics = {"error after all draws": float(errors[-1]), "expected": float(expected[-1])}
    return d2l.Result(
        figures={"sampling": draw_sampling(shares[0], die[0], errors, expected)}, metrics=metrics
    )


# %% [markdown]
# ## Tables
# Two random variables $A$ and $B$ have a joint distribution: a table with a row for each $a$, a column for
# each $b$, and the sum 1. Everything else follows from the table:
#
# | | | |
# |---|---|---|
# | marginal | $P(a) = \sum_b P(a, b)$ | sum over the other variable |
# | conditional | $P(b \mid a) = P(a, b) / P(a)$ | divide each row by its sum |
# | Bayes | $P(a \mid b) = P(b \mid a)\, P(a) / P(b)$ | make the table, divide each column by its sum |


# %%
def marginal(joint: Float[Tensor, "..."], dim: int) -> Float[Tensor, " k"]:
    """P of the variable of axis `dim`, the sum over all others (003 1.6, 求和法则)."""
    return joint.movedim(dim, 0).flatten(start_dim=1).sum(dim=1)


def conditional(joint: Float[Tensor, "..."], given: int) -> Float[Tensor, "..."]:
    """P(the others | the variable of axis `given`), of the shape of the table (003 1.6, 条件概率).

    NaN where the condition has probability 0: there it means nothing.
    """
    shape = [-1 if axis == given % joint.dim() else 1 for axis in range(joint.dim())]
    return joint / marginal(joint, given).reshape(shape)


def bayes(prior: Float[Tensor, " k"], likelihood: Float[Tensor, "k l"]) -> Float[Tensor, "k l"]:
    """P(a | b), a column for each b, from P(a) and the rows P(b | a) (003 1.6, 贝叶斯定理)."""
    joint = prior.unsqueeze(1) * likelihood
    return joint / joint.sum(dim=0)


# %% [markdown]
# A disease strikes 15 of 10,000 people. The test finds every sick person, and is wrong for 1 in 100 of the
# healthy. You are positive. Are you sick? Count: 15 sick people are positive, and about 100 healthy ones too.
# So with probability $15 / 115 = 0.13$. A second test, with other errors, starts from there: what was the
# posterior is now the prior.


# %%
def medical_test(*, prior: float = 0.0015) -> d2l.Result:
    """The probability of a disease after one positive test and after two (the book's numbers, 2.6).

    prior: share of the people who have it, in [0, 1]
    """
    if not 0 <= prior <= 1:
        raise ValueError(f"prior: a probability is in [0, 1], got {prior}")
    tests = torch.tensor([[[0.99, 0.01], [0.0, 1.0]], [[0.97, 0.03], [0.02, 0.98]]], dtype=torch.float64)
    priors = torch.cat([torch.logspace(-4, 0, 200), torch.tensor([prior])]).double()
    curves = []
    belief = priors  # P(sick)
    for likelihood in tests:  # rows: healthy, sick; columns: negative, positive
        belief = torch.stack([bayes(torch.stack([1 - p, p]), likelihood)[1, 1] for p in belief])
        curves.append(belief)
    people = 10_000 * torch.tensor([1 - prior, prior]).unsqueeze(1) * tests[0]
    figure = draw_medical_test(people.round().int().tolist(), priors, curves)
    metrics = {"after one positive test": float(curves[0][-1]), "after two": float(curves[1][-1])}
    return d2l.Result(figures={"medical_test": figure}, metrics=metrics)


# %% [markdown]
# ## Independence
# $A$ and $B$ are independent if their table is that of the products, $P(a, b) = P(a)\, P(b)$: knowing $b$
# says nothing about $a$. They are independent *given* $C$ if this holds in the table of every $c$. Neither
# implies the other:
#
# - Two coins are independent. Once you know whether they fell alike, one coin tells you the other.
# - Two tests of one person agree too often to be independent. Given that the person is sick, they are.


# %%
def products(joint: Float[Tensor, "k l"]) -> Float[Tensor, "k l"]:
    """P(a) P(b), from the table P(a, b)."""
    return torch.outer(marginal(joint, 0), marginal(joint, 1))


def dependence(joint: Float[Tensor, "k l"]) -> float:
    """The largest difference of P(a, b) from P(a) P(b): 0 if and only if A and B are independent."""
    return float((joint - products(joint)).abs().max())


def dependence_given(joint: Float[Tensor, "k l m"]) -> float:
    """The same for A and B given C, the last axis: the largest over all c that can occur."""
    possible = marginal(joint, 2) > 0
    return max(dependence(table) for table in conditional(joint, 2)[:, :, possible].unbind(dim=2))


def independence(*, prior: float = 0.1) -> d2l.Result:
    """Two coins, and two tests: the tables of each pair as they are, and given a third variable.

    prior: share of sick people among those who are tested, in [0, 1]
    """
    if not 0 <= prior <= 1:
        raise ValueError(f"prior: a probability is in [0, 1], got {prior}")
    alike = torch.eye(2, dtype=torch.float64)
    coins = torch.stack([1 - alike, alike], dim=2) / 4  # axes: one coin, the other, whether they are alike
    first = torch.tensor([[0.9, 0.1], [0.1, 0.9]], dtype=torch.float64)  # rows: healthy, sick
    second = torch.tensor([[0.8, 0.2], [0.1, 0.9]], dtype=torch.float64)
    people = torch.tensor([1 - prior, prior], dtype=torch.float64)
    tests = torch.einsum("c,ca,cb->abc", people, first, second)
    pairs = {"two coins": (coins, ("not alike", "alike")), "two tests": (tests, ("healthy", "sick"))}
    metrics: dict[str, float] = {}
    panels: dict[str, list[tuple[str, Tensor, Tensor]]] = {}
    for pair, (joint, values) in pairs.items():
        metrics[f"{pair}: dependence"] = dependence(joint.sum(dim=2))
        metrics[f"{pair}: dependence given the third"] = dependence_given(joint)
        shown = joint.sum(dim=2), *conditional(joint, 2).unbind(dim=2)
        names = "alone", *(f"given: {value}" for value in values)
        panels[pair] = [(name, P, products(P)) for name, P in zip(names, shown, strict=True)]
    return d2l.Result(figures={"independence": draw_independence(panels)}, metrics=metrics)


# %% [markdown]
# ## Expectation and variance
# $$E[f(X)] = \sum_x f(x)\, P(x) \qquad \mathrm{Var}[f(X)] = E\left[(f(X) - E[f(X)])^2\right]$$
#
# The standard deviation is the root of the variance, and says in the units of $f$ how far the values spread.
# The mean of a function is not the function of the mean: a die has $E[X^2] = 15.2$ and $E[X]^2 = 12.3$.
# Their difference is just the variance. But do not *compute* it so: where the mean is large, two huge numbers
# are subtracted, and the digits are lost.


# %%
def expectation(values: Float[Tensor, " k"], probabilities: Float[Tensor, " k"]) -> Float[Tensor, ""]:
    """E[f(X)], of the values f(x) and their probabilities; f may be the identity (003 1.6, 期望和方差)."""
    return (values * probabilities).sum()


def variance(values: Float[Tensor, " k"], probabilities: Float[Tensor, " k"]) -> Float[Tensor, ""]:
    """Var[f(X)], at least 0, of the values f(x) and their probabilities (003 1.6, 期望和方差)."""
    return expectation((values - expectation(values, probabilities)) ** 2, probabilities)


def variance_by_squares(values: Float[Tensor, " k"], probabilities: Float[Tensor, " k"]) -> Float[Tensor, ""]:
    """E[f(X)^2] - E[f(X)]^2: the same on paper."""
    return expectation(values**2, probabilities) - expectation(values, probabilities) ** 2


def moments(*, largest_shift: float = 1e9) -> d2l.Result:
    """The mean and spread of a die and of its square; the variance of a die that is shifted.

    largest_shift: what is added to the faces at most, at least 1
    """
    if not 1 <= largest_shift < math.inf:
        raise ValueError(f"largest_shift: at least 1, got {largest_shift}")
    x, P = torch.arange(1, 7).double(), torch.full((6,), 1 / 6, dtype=torch.float64)
    functions = {"x": x, "x^2": x**2}
    spread = {name: (f, expectation(f, P), variance(f, P).sqrt()) for name, f in functions.items()}
    shifts = torch.logspace(0, math.log10(largest_shift), 50, dtype=torch.float64)
    formulas = {"E[(X - E[X])^2]": variance, "E[X^2] - E[X]^2": variance_by_squares}
    exact = 35 / 12
    errors = {
        name: [float((formula(x + shift, P) - exact).abs() / exact) for shift in shifts]
        for name, formula in formulas.items()
    }
    metrics = {"E[X]": float(spread["x"][1]), "Var[X]": float(spread["x"][2] ** 2),
               "E[X^2]": float(spread["x^2"][1]), "Var[X^2]": float(spread["x^2"][2] ** 2)}  # fmt: skip
    return d2l.Result(figures={"moments": draw_moments(spread, P, shifts, errors)}, metrics=metrics)


# %%
if __name__ == "__main__":
    d2l.run_chapter("probability", sampling, medical_test, independence, moments)
