# %% [markdown]
# # Detecting a shift (检测分布偏移)
# Three tests of whether two samples come from the same distribution.
#
# Notes: 004 3.9.1. A module of functions, which `power` and `diagnosis` run.
# Raise the alarm at p-values up to 0.05: where nothing has shifted, 5% of the tests then raise a false one.
#
# There are inputs of the source, and inputs of the target without labels. So the question is whether
# $q(x) = p(x)$. A test computes a number that a shift makes larger, the *statistic*. Its *p-value* says how
# often equal distributions give one at least as large. No such test sees concept shift, where $p(y \mid x)$
# changes and $q(x) = p(x)$ may hold exactly. That takes new labels.

# %%
import math
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

import d2lcore as d2l
from chapters.distribution_shift.arguments import Array, as_classes, as_samples, as_tensor, in_double
from chapters.distribution_shift.covariate.density_ratio import Fit, fit_logistic, fit_sklearn, log_ratio

# %% [markdown]
# ## Can a classifier tell them apart?
# Train a classifier of target against source on one half of each sample. Use it on the other halves. (On the
# examples it was trained on, a flexible classifier is always right.) Let $a_q$ and $a_p$ be the shares of the
# source and of the target that it takes for target. The statistic is the accuracy, with both samples counting
# the same: $(a_p + 1 - a_q)/2$. Without a shift $a_p = a_q$, and it is 1/2.


# %%
class Outcome(NamedTuple):
    """The statistic of a test, and how often equal distributions give one at least as large."""

    statistic: float
    p_value: float


def two_sample_test(
    X_source: Array, X_target: Array, *, fit: Fit = fit_logistic, generator: torch.Generator | None = None
) -> Outcome:
    """The classifier two-sample test. Its statistic is the accuracy on the halves not trained on.

    X_source, X_target: shapes (n, ...) and (m, ...), two examples or more each. fit: makes the classifier,
    as for `density_ratio_weights`. generator: of the random halves.
    Raises ValueError for samples that are too small, not finite or unlike in features.
    """
    X_source, X_target = two_or_more(X_source, X_target)
    (train_source, source), (train_target, target) = (halves(X, generator) for X in (X_source, X_target))
    h = log_ratio(train_source, train_target, fit)  # log p/q: above 0 where the target is denser
    hits, false = (int((h(X) > 0).sum()) for X in (target, source))  # taken for target, rightly and wrongly
    a_p, a_q = hits / len(target), false / len(source)
    chances = hypergeometric(len(source), len(target), hits + false)
    p_value = float(chances[hits + 1 :].sum() + chances[hits] / 2)
    return Outcome((a_p + 1 - a_q) / 2, p_value)


def halves(X: Tensor, generator: torch.Generator | None) -> tuple[Tensor, Tensor]:
    """The examples in two random parts, the second one larger if their number is odd."""
    order = torch.randperm(len(X), generator=generator).to(X.device)
    return X[order[: len(X) // 2]], X[order[len(X) // 2 :]]


def two_or_more(X_source: Array, X_target: Array) -> tuple[Float[Tensor, "n d"], Float[Tensor, "m d"]]:
    """Both samples in float64. Raises ValueError for fewer than two examples, and as `as_samples` does."""
    source, target = (in_double(X) for X in as_samples(X_source, X_target))
    for name, X in (("X_source", source), ("X_target", target)):
        if len(X) < 2:
            raise ValueError(f"{name}: {len(X)} example, and the test needs two or more")
    return source, target


# %% [markdown]
# How often does chance give so many hits? Without a shift, the labels "source" and "target" are as good as
# dealt at random. Of $n_q$ examples of the source and $n_p$ of the target, $K$ are taken for target (`hits` +
# `false`), and $k$ of these are the target's (`hits`). By chance $k$ is hypergeometric:
#
# $$P(k) = \binom{n_p}{k} \binom{n_q}{K - k} \bigg/ \binom{n_q + n_p}{K},
# \qquad \text{p-value} = P(>k) + \tfrac12 P(k)$$
#
# Only half of $P(k)$, because $k$ moves in steps: with all of it the test gives too few alarms.


# %%
def hypergeometric(n_source: int, n_target: int, num_chosen: int) -> Float[Tensor, " k"]:
    """P(k) for k = 0, 1, ... K: the chance that of K = num_chosen examples k are of the target, float64."""
    k = torch.arange(num_chosen + 1, dtype=torch.float64)

    def log_choose(n: int, k: Tensor) -> Tensor:
        inside = (k >= 0) & (k <= n)
        k = k.clamp(0, n)
        log = math.lgamma(n + 1) - torch.lgamma(k + 1) - torch.lgamma(n - k + 1)  # lgamma(n + 1) = log n!
        return log.where(inside, -torch.inf)

    log = log_choose(n_target, k) + log_choose(n_source, num_chosen - k)
    return log.softmax(dim=0)  # the denominator is the sum of the numerators


# %% [markdown]
# ## Are points nearer to their own sample?
# The kernel $k(x, x') = \exp(-\lVert x - x' \rVert^2 / 2\sigma^2)$ is 1 for equal points and 0 for distant
# ones. Let $x_i$ be the $n$ points of the source, $x'_j$ the $m$ of the target. The squared *maximum mean
# discrepancy* compares the mean kernel within each sample with the mean across the two:
#
# $$\mathrm{MMD}^2 = \frac{1}{n(n-1)} \sum_{i \ne j} k(x_i, x_j)
# + \frac{1}{m(m-1)} \sum_{i \ne j} k(x'_i, x'_j) - \frac{2}{nm} \sum_{i, j} k(x_i, x'_j)$$
#
# With expectations in place of the means it is 0 only if the distributions are equal. The sums leave out the
# pairs of a point with itself, whose kernel is 1. So the estimate is *unbiased*: without a shift its mean is
# 0, and it is often negative. For $\sigma$ take the median distance of all pairs, both samples together. With
# a much smaller one every point is alone, with a much larger one all points are alike.


# %%
def kernel_matrix(X: Float[Tensor, "n d"], bandwidth: float | None = None) -> Float[Tensor, "n n"]:
    """exp(-|x - x'|^2 / 2 sigma^2) of all pairs of rows; by default sigma is their median distance.

    Where more than half of the pairs are copies, it is the median of the distances that are not 0.
    Raises ValueError unless the bandwidth is above 0 and finite.
    """
    distance = torch.cdist(X, X).fill_diagonal_(0)
    if bandwidth is None:
        pairs = distance[tuple(torch.triu_indices(len(X), len(X), 1, device=X.device))]
        copies = pairs <= 1e-6 * X.abs().max()  # up to the rounding of the distances
        pairs = pairs[~copies] if 2 * copies.sum() > len(pairs) else pairs
        bandwidth = float(pairs.median()) if len(pairs) else 1.0
    if not 0 < bandwidth < math.inf:
        raise ValueError(f"bandwidth: a distance above 0, got {bandwidth}")
    return torch.exp(-((distance / bandwidth) ** 2) / 2)


# %% [markdown]
# What would chance give? Deal the labels "source" and "target" out again, at random, many times. The kernel
# matrix $K$ of all $n + m$ points stays the same. Put 0 on its diagonal, and let $s$ have a 1 in the places
# of the target, else 0. Then each sum is a product such as $s^\top K s$, and one matrix product computes all
# deals. If $b$ of $B$ deals give at least the true value, the p-value is $(1 + b)/(1 + B)$; the 1 is the true
# deal.


# %%
def mmd2(K: Float[Tensor, "n n"], is_target: Bool[Tensor, "b n"]) -> Float[Tensor, " b"]:
    """The unbiased squared MMD of b ways to deal n examples out to source and target."""
    K = K - K.diag().diag()
    s = is_target.to(K)
    m = s.sum(dim=1)
    n = len(K) - m
    to_target = s @ K  # of each example, the sum over the target
    within_target, across = (to_target * s).sum(dim=1), (to_target * (1 - s)).sum(dim=1)
    within_source = K.sum() - within_target - 2 * across
    return within_target / (m * (m - 1)) + within_source / (n * (n - 1)) - 2 * across / (n * m)


def mmd_test(
    X_source: Array,
    X_target: Array,
    *,
    bandwidth: float | None = None,
    num_permutations: int = 199,
    generator: torch.Generator | None = None,
) -> Outcome:
    """The kernel two-sample test: the unbiased squared MMD and its permutation p-value.

    X_source, X_target: shapes (n, ...) and (m, ...), two examples or more each; memory grows as (n + m)^2.
    bandwidth: sigma of the kernel, by default the median distance. generator: of the permutations.
    Raises ValueError for samples that are too small, not finite or unlike in features.
    """
    d2l.check_counts(num_permutations=num_permutations)
    X_source, X_target = two_or_more(X_source, X_target)
    K = kernel_matrix(torch.cat([X_source, X_target]), bandwidth)
    deals = torch.rand(num_permutations, len(K), generator=generator).argsort(dim=1) >= len(X_source)
    deals = torch.cat([torch.arange(len(K)).unsqueeze(0) >= len(X_source), deals]).to(K.device)
    values = mmd2(K, deals)  # the first is the deal at hand
    as_large = values >= values[0] - 1e-12  # the same deal again, summed in another order
    return Outcome(float(values[0]), float(as_large.double().mean()))


# %% [markdown]
# ## Does a classifier predict other classes than before?
# There is a classifier for the *task* anyway. Under label shift the frequencies of its predictions change:
# they are $\mu = C p$, with the shares $p$ of the classes and the confusion matrix $C$ of `label`. Count the
# predicted classes: a row $r$ for each sample, a column $j$ for each class. Of all $N$ predictions let
# $O_{rj}$ be observed there. Compare them with those expected without a shift:
#
# $$\chi^2 = \sum_{r, j} \frac{(O_{rj} - E_{rj})^2}{E_{rj}}, \qquad
# E_{rj} = \frac{\text{(sum of row r) (sum of column j)}}{N}$$
#
# Without a shift $\chi^2$ follows the chi-square distribution with $k - 1$ degrees of freedom, for $k$
# classes that occur. For the source use *validation* examples: those of the training are classified too well.


# %%
def label_shift_test(y_hat_source: Array, y_hat_target: Array, num_classes: int) -> Outcome:
    """The black-box test of label shift: chi-square on the counts of predicted classes.

    y_hat_source, y_hat_target: predicted classes, shapes (n,) and (m,). The p-value is for large samples:
    where a class is expected less than five times, it has the right order of magnitude only.
    Raises ValueError for empty samples and classes outside 0..num_classes-1.
    """
    named = (("y_hat_source", y_hat_source), ("y_hat_target", y_hat_target))
    y_hats = (as_classes(y, num_classes, name).cpu() for name, y in named)
    observed = torch.stack([torch.bincount(y, minlength=num_classes) for y in y_hats]).double()
    observed = observed[:, observed.sum(dim=0) > 0]
    expected = observed.sum(dim=1, keepdim=True) * observed.sum(dim=0) / observed.sum()
    statistic = ((observed - expected) ** 2 / expected).sum()
    freedom = observed.shape[1] - 1
    if freedom == 0:  # one class for all
        return Outcome(0.0, 1.0)
    half = torch.tensor(freedom / 2, dtype=torch.float64)  # below, the chance that chi-square is larger
    return Outcome(float(statistic), float(torch.special.gammaincc(half, statistic / 2)))


# %% [markdown]
# ## Concise
# SciPy has the two distributions, scikit-learn the classifier (`fit=fit_sklearn`) and the kernel.


# %%
def two_sample_concise(
    X_source: Array, X_target: Array, *, generator: torch.Generator | None = None
) -> Outcome:
    """`two_sample_test` by scikit-learn and SciPy's Fisher test, whose p-value has the whole P(k)."""
    from scipy.stats import fisher_exact

    X_source, X_target = as_samples(X_source, X_target)
    (train_source, source), (train_target, target) = (halves(X, generator) for X in (X_source, X_target))
    h = log_ratio(train_source, train_target, fit_sklearn)
    hits, false = int((h(target) > 0).sum()), int((h(source) > 0).sum())
    table = [[hits, len(target) - hits], [false, len(source) - false]]
    accuracy = (hits / len(target) + 1 - false / len(source)) / 2
    return Outcome(accuracy, float(fisher_exact(table, alternative="greater").pvalue))


def kernel_concise(X: Float[Tensor, "n d"], bandwidth: float) -> Float[Tensor, "n n"]:
    """`kernel_matrix` by scikit-learn."""
    from sklearn.metrics.pairwise import rbf_kernel

    return torch.from_numpy(rbf_kernel(X.cpu().numpy(), gamma=1 / (2 * bandwidth**2))).to(X)


def label_shift_concise(y_hat_source: Array, y_hat_target: Array) -> Outcome:
    """`label_shift_test` by pandas and SciPy."""
    import pandas
    from scipy.stats import chi2_contingency

    source, target = (as_tensor(y).cpu().numpy() for y in (y_hat_source, y_hat_target))
    counts = pandas.DataFrame([pandas.Series(y).value_counts() for y in (source, target)]).fillna(0)
    test = chi2_contingency(counts, correction=False)
    return Outcome(float(test.statistic), float(test.pvalue))
