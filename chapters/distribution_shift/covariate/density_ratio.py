# %% [markdown]
# # Density ratios (密度比)
# A classifier that tells target from source knows the ratio of their densities, and so the weights.
#
# Notes: 004 3.9.1 and 3.9.2, part 2. Nothing to run: `known_ratio`, `regression` and `selection` use what is
# defined here.

# %%
import math
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor, nn

import d2lcore as d2l
from chapters.distribution_shift.arguments import Array, as_samples, as_tensor, as_weights, flat
from chapters.least_squares import check_lambd
from chapters.logistic_regression import standardizer
from chapters.newton import logistic_problem, newton

# %% [markdown]
# ## A classifier knows the ratio
# You want $\beta(x) = p(x)/q(x)$, and you need neither density. Label the target's examples $z = 1$ and the
# source's $z = -1$, and train a classifier on all of them. Let $h(x)$ be its logit, the logarithm of the
# odds. With $n_q$ examples of the source and $n_p$ of the target,
#
# $$P(z = 1 \mid x) = \frac{n_p\, p(x)}{n_p\, p(x) + n_q\, q(x)}, \qquad
# \frac{P(z = 1 \mid x)}{P(z = -1 \mid x)} = e^{h(x)} = \frac{n_p}{n_q} \beta(x), \qquad
# \beta(x) = \frac{n_q}{n_p}\, e^{h(x)}$$
#
# The notes leave the factor $n_q / n_p$ out, which is right where both samples are of one size. And never
# compute $P / (1 - P)$: a logit of 40 rounds $P$ to 1, and the weight is infinite.

# %%
LogRatio = Callable[[Tensor], Tensor]  # from X (n, ...) to log-odds or log-ratios (n,)
Fit = Callable[[Tensor, Tensor], LogRatio]  # from X_source and X_target to the log-odds of being target


def pooled(X_source: Array, X_target: Array) -> tuple[Float[Tensor, "n d"], Float[Tensor, " n"]]:
    """The examples of both samples and their labels z: -1 for the source, 1 for the target."""
    X_source, X_target = as_samples(X_source, X_target)
    X = torch.cat([X_source, X_target])
    z = torch.ones_like(X[:, 0])
    z[: len(X_source)] = -1
    return X, z


# %% [markdown]
# ## The classifier
# Take logistic regression, $h(x) = w^\top x + b$. It minimises
#
# $$L(w, b) = \frac1n \sum_i \log(1 + e^{-z_i h(x_i)}) + \frac{\lambda}{2} \lVert w \rVert^2$$
#
# over all $n = n_q + n_p$ examples. $\log(1 + e^{-z h})$ is the cross-entropy of the logit $h$ and the label
# $(z + 1)/2$. So Newton's method finds the minimum, as in the chapter `newton`. Without the penalty there may
# be no minimum: if a plane separates the samples, $w$ grows for ever.


# %%
def fit_plane(
    X: Float[Tensor, "n d"], z: Float[Tensor, " n"], lambd: float
) -> tuple[Float[Tensor, " d"], Float[Tensor, ""]]:
    """The w and b that minimise L, for z = 1 or -1. ValueError unless `lambd` is above 0 and finite."""
    check_lambd(lambd)
    if lambd == 0:
        raise ValueError("lambd: 0 gives samples that a plane separates no finite fit; try 1e-8")
    theta = newton(*logistic_problem(X, (z + 1) / 2, lambd), X.new_zeros(X.shape[1] + 1))
    return theta[:-1], theta[-1]


# %% [markdown]
# Features are standardised first, so that $\lambda$ means the same for pixels and for metres. A feature that
# never varies cannot tell target from source; it becomes 0.
#
# Between normal distributions with the same covariance the log-ratio is linear in $x$. If the covariances
# differ it is quadratic: `degree=2` adds the products of two features. Standardise before you multiply. From
# 100 to 101, $x^2$ is nearly a straight line. It differs from $x$ only with large coefficients, and these are
# what the penalty holds down.


# %%
def polynomial(X: Float[Tensor, "n d"], degree: int) -> Float[Tensor, "n k"]:
    """All products of 1 to `degree` features."""
    d2l.check_counts(degree=degree)
    columns = torch.arange(X.shape[1], device=X.device)
    factors = [torch.combinations(columns, k, with_replacement=True) for k in range(1, degree + 1)]
    return torch.cat([X[:, index].prod(dim=2) for index in factors], dim=1)


def fit_logistic(
    X_source: Array, X_target: Array, *, degree: int = 1, lambd: float | None = None
) -> LogRatio:
    """Log-odds of target against source, h(x) = w.x + b, by `fit_plane` on standardised features.

    lambd: above 0, by default 1 / n for n examples in all.
    """
    X, z = pooled(X_source, X_target)
    scale = standardizer(X)
    w, b = fit_plane(polynomial(scale(X), degree), z, 1 / len(X) if lambd is None else lambd)
    return lambda X: polynomial(scale(flat(X)), degree) @ w + b


# %% [markdown]
# ## The weights
# $\beta_i = \exp(h(x_i) + \log(n_q / n_p))$ for the examples of the source. The mean of $p/q$ over the source
# is $\int q \cdot p/q = 1$. If the mean of the $\beta_i$ is far from 1, the classifier is wrong, or the
# target lies where the source does not.
#
# *Clipping*, $\min(\beta_i, c)$, lowers the variance and brings in a bias. *Cross-fitting* is against another
# fault. A flexible classifier learns its examples by heart: it is sure that those of the source are no
# target, and their weights come out too small. So divide the source into parts, the *folds*. Each fold gets
# its weights from a classifier that has seen only the other folds.


# %%
def clip_weights(beta: Array, largest: float) -> Float[Tensor, " n"]:
    """min(beta, largest), for weights of shape (n,). Raises ValueError unless `largest` is above 0."""
    if not largest > 0:
        raise ValueError(f"largest: a bound on weights must be above 0, got {largest}")
    return as_weights(as_tensor(beta).clamp(max=largest))


def log_ratio(X_source: Tensor, X_target: Tensor, fit: Fit) -> LogRatio:
    """The estimate of log p(x) / q(x): the log-odds of the classifier and the factor of the sample sizes."""
    h = fit(X_source, X_target)
    return lambda X: h(X) + math.log(len(X_source) / len(X_target))


def density_ratio_weights(
    X_source: Array,
    X_target: Array,
    *,
    fit: Fit = fit_logistic,
    num_folds: int = 1,
    largest: float = math.inf,
) -> Float[Tensor, " n"]:
    """beta = p(x) / q(x) of every source example, from a classifier of target against source.

    004 3.9.2, part 2. X_source, X_target: samples of q and p, shapes (n, ...) and (m, ...).
    fit: makes the classifier; its knobs as in `partial(fit_logistic, degree=2)`. num_folds: 1 weighs the
    examples the classifier was trained on, 2 or more cross-fit. largest: weights are clipped there.
    Raises ValueError for samples that are empty, not finite or unlike in features, for more folds than
    source examples, and if a weight is infinite.
    """
    X_source, X_target = as_samples(X_source, X_target)
    d2l.check_counts(num_folds=num_folds)
    if num_folds > len(X_source):
        raise ValueError(f"num_folds: at most {len(X_source)}, one for each source example, got {num_folds}")
    if num_folds == 1:
        log_beta = log_ratio(X_source, X_target, fit)(X_source)
    else:
        log_beta = torch.empty_like(X_source[:, 0])
        fold = torch.randperm(len(X_source)).to(X_source.device) % num_folds
        for k in range(num_folds):
            unseen = fold == k
            log_beta[unseen] = log_ratio(X_source[~unseen], X_target, fit)(X_source[unseen])
    if largest == math.inf and log_beta.exp().isinf().any():
        raise ValueError(
            f"X_source, X_target: a log-ratio of {float(log_beta.max()):.0f} makes a weight infinite; the "
            "classifier is too sure of itself: regularise it more, or clip with `largest`"
        )
    return clip_weights(log_beta.exp(), largest)


# %% [markdown]
# ## Concise
# scikit-learn minimises the same $L$. Its knob is $C = 1 / (n \lambda)$; the default $C = 1$ is our default
# $\lambda = 1/n$. For a ratio of any shape a small network takes the place of $w^\top x + b$, and
# `nn.SoftMarginLoss` is the mean of $\log(1 + e^{-z h})$. Without weight decay its log-ratios grow and grow:
# `known_ratio` shows it.


# %%
def fit_sklearn(X_source: Array, X_target: Array, *, degree: int = 1, lambd: float | None = None) -> LogRatio:
    """`fit_logistic` by scikit-learn."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PolynomialFeatures, StandardScaler

    X, z = (tensor.double().cpu().numpy() for tensor in pooled(X_source, X_target))
    C = 1.0 if lambd is None else 1 / (len(X) * lambd)
    classifier = make_pipeline(
        StandardScaler(),
        PolynomialFeatures(degree, include_bias=False),
        LogisticRegression(C=C, solver="newton-cholesky", tol=1e-10),
    ).fit(X, z)
    return lambda X: torch.from_numpy(classifier.decision_function(flat(X).double().cpu().numpy())).to(X)


def fit_net(
    X_source: Array,
    X_target: Array,
    *,
    num_hiddens: int = 32,
    num_steps: int = 100,
    lr: float = 0.01,
    weight_decay: float = 0.01,
) -> LogRatio:
    """Log-odds by a network of one hidden layer, trained by full-batch Adam on standardised features."""
    d2l.check_counts(num_hiddens=num_hiddens, num_steps=num_steps)
    X, z = pooled(X_source, X_target)
    scale = standardizer(X)
    net = nn.Sequential(nn.Linear(X.shape[1], num_hiddens), nn.ReLU(), nn.Linear(num_hiddens, 1)).to(X)
    updater = torch.optim.Adam(net.parameters(), lr=lr, weight_decay=weight_decay)
    loss = nn.SoftMarginLoss()
    with torch.enable_grad():  # whoever asks for weights may have switched gradients off
        for _ in range(num_steps):
            updater.zero_grad()
            loss(net(scale(X))[:, 0], z).backward()
            updater.step()
    net.requires_grad_(False)
    return lambda X: net(scale(flat(X)))[:, 0]
