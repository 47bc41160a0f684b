# %% [markdown]
# # Logistic regression (逻辑回归)
# A linear model whose output, through a sigmoid, is its confidence that an example is positive.
#
# Notes: 000 1.1.2, 003 3.3. Run: `python -m chapters.logistic_regression [VARIANT]`.
# VARIANT is `cross_entropy`, `scratch`, `concise`, `optimizers` or `separable`. Malignant or benign, from 30
# measurements: test accuracy 0.96-0.98, area under the ROC curve 0.994-0.996, trained in less than a second.

# %%
import math
from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

import d2lcore as d2l
from chapters.least_squares import check_lambd

# %% [markdown]
# ## Confidence
# The linear model gives a logit $o = x^\top w + b$, any number. The sigmoid makes of it the confidence
# $\hat y$ in [0, 1] that the example is positive, $y = 1$:
#
# $$\hat y = \mathrm{sigmoid}(o) \qquad
# \mathrm{sigmoid}(x) = \frac{1}{1 + e^{-x}} = \frac{e^x}{1 + e^x}$$
#
# Of the two forms, take the one whose exponent is not positive: $e^{10^4}$ overflows, and its gradient would
# be inf/inf.


# %%
def sigmoid(X: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """1 / (1 + exp(-x)), in [0, 1], for x of any size (000 1.1.2, 003 4.2.2)."""
    z = torch.exp(torch.where(X >= 0, -X, X))
    return torch.where(X >= 0, 1, z) / (1 + z)


# %% [markdown]
# ## Cross-entropy
# How badly does a distribution $q$ describe what is drawn from $p$? With $0 \ln q = 0$,
#
# $$H(p, q) = -\sum_j p_j \ln q_j \;\ge\; H(p, p)$$
#
# and only $q = p$ gives equality: the closer the two, the *smaller* their cross-entropy. It is infinite where
# $q$ rules out what $p$ allows.


# %%
def cross_entropy_of(p: Float[Tensor, "*batch m"], q: Float[Tensor, "*batch m"]) -> Float[Tensor, "*batch"]:
    """H(p, q) of distributions over m outcomes, never below H(p, p) (000 1.1.2, 003 3.3)."""
    return -torch.xlogy(p, q).sum(dim=-1)


def cross_entropy() -> d2l.Result:
    """Draw H(p, q) over q, for three p: it is lowest at q = p."""
    q = torch.arange(1, 1000) / 1000
    figure, axes = d2l.plt.subplots(figsize=(5, 3.2), layout="constrained")
    metrics = {}
    for p in (0.5, 0.8, 0.95):
        given = torch.tensor([p, 1 - p]).expand(len(q), 2)
        H = cross_entropy_of(given, torch.stack([q, 1 - q], dim=-1))
        (line,) = axes.plot(q, H, label=f"p = ({p:g}, {1 - p:.2g})")
        axes.plot(q[H.argmin()], H.min(), "o", color=line.get_color())
        metrics[f"p1 = {p:g}: q1 of the lowest H(p, q)"] = round(float(q[H.argmin()]), 3)
    d2l.set_axes(axes, "q1, where q = (q1, 1 - q1)", "H(p, q)", ylim=(0, 3))
    axes.legend()
    return d2l.Result(figures={"cross_entropy": figure}, metrics=metrics)


# %% [markdown]
# A label is the distribution $(y, 1 - y)$, and the classifier's is $(\hat y, 1 - \hat y)$. Take their
# cross-entropy from the logit, because a confidence that was rounded to 0 has no logarithm:
#
# $$-y \ln \hat y - (1 - y) \ln (1 - \hat y) = \max(o, 0) - o\,y + \ln(1 + e^{-|o|})$$
#
# At $o = 0$, where zero weights start, its derivative is $1/2 - y$. Autograd takes 0 for that of $|o|$, so
# the maximum must give 1/2: `torch.maximum` shares a tie, `relu` would give 0.


# %%
def binary_cross_entropy(O: Float[Tensor, "..."], y: Tensor) -> Float[Tensor, "..."]:
    """The loss of every example, in the shape of the logits O, which may be of any size (000 1.1.2).

    y: as many labels, 0 or 1; (n,) is read as (n, 1) and the other way round. Raises ValueError for others.
    """
    y = labels_like(O, y)
    return torch.maximum(O, torch.zeros_like(O)) - O * y + torch.log1p(torch.exp(-O.abs()))


def labels_like(O: Float[Tensor, "..."], y: Tensor) -> Float[Tensor, "..."]:
    """The labels in the shape and type of the logits; ValueError if they do not fit, or are not 0 or 1."""
    if y.numel() != O.numel():
        raise ValueError(f"y: labels of shape {tuple(y.shape)} for logits of shape {tuple(O.shape)}")
    if not y.is_meta and not ((y == 0) | (y == 1)).all():
        raise ValueError(
            f"y: the labels must be 0 (negative) or 1 (positive), but go from {float(y.min()):g} to "
            f"{float(y.max()):g}; write (y == positive).float()"
        )
    return y.reshape(O.shape).to(O.dtype)


def check_two_classes(y: Tensor) -> None:
    """Raise ValueError if all labels are equal: one class alone is best fitted by a bias without end."""
    if (y == y.flatten()[:1]).all():
        raise ValueError(f"y: its {y.numel()} labels are of one class; positives and negatives are needed")


# %% [markdown]
# ## The data
# For the notes' blood test stands a real set: `breast_cancer`, 569 tumours, 30 measurements of the cells of
# each. It codes malignant as 0. Positive means malignant here, so the labels are turned round.
#
# Features of unequal scale make descent slow and the penalty unfair: each becomes $(x - \mu) / \sigma$, with
# the mean and standard deviation of the *training* examples, for the test examples must have no say in the
# model. A constant feature would be 0/0.


# %%
def standardize(
    X_train: Float[Tensor, "n d"], X_test: Float[Tensor, "m d"]
) -> tuple[Float[Tensor, "n d"], Float[Tensor, "m d"]]:
    """Both, so scaled that every feature of X_train has mean 0 and standard deviation 1.

    Raises ValueError, with the numbers of the features, if some are constant in X_train.
    """
    mean, std = X_train.mean(dim=0), X_train.std(dim=0, correction=0)
    constant = (X_train == X_train[:1]).all(dim=0) | (std == 0)  # rounding may leave std a little above 0
    if constant.any():
        raise ValueError(
            f"X_train: features {constant.nonzero().flatten().tolist()} are constant, and have no standard "
            "deviation to divide by; drop them, the bias does their work"
        )
    return (X_train - mean) / std, (X_test - mean) / std


Parts = tuple[Tensor, Tensor, Tensor, Tensor]


def load_tumours(device: torch.device | str = "cpu", dtype: torch.dtype = torch.float32) -> Parts:
    """X_train (455, 30), y_train (455,), X_test (114, 30), y_test (114,); 1, in 37% of each, is malignant."""
    from sklearn.datasets import load_breast_cancer
    from sklearn.model_selection import train_test_split

    X, benign = load_breast_cancer(return_X_y=True)
    parts = train_test_split(X, 1 - benign, test_size=114, random_state=0, stratify=benign)
    X_train, X_test, y_train, y_test = (torch.from_numpy(part) for part in parts)
    X_train, X_test = (X.to(device, dtype) for X in standardize(X_train, X_test))
    return X_train, y_train.to(device, dtype), X_test, y_test.to(device, dtype)


# %% [markdown]
# ## From scratch
# The objective is the mean loss plus $R(w) = \lambda \lVert w \rVert_2^2$; the bias goes free. The derivative
# of the loss by the logit is $\mathrm{sigmoid}(o) - y$, and that of the logit by $w$ is $x$:
#
# $$\nabla_w = \frac1n \sum_i (\mathrm{sigmoid}(o_i) - y_i)\, x_i + 2 \lambda w \qquad
# \nabla_b = \frac1n \sum_i (\mathrm{sigmoid}(o_i) - y_i)$$


# %%
class SigmoidClassifier(nn.Module):
    """(n, d) -> (n,) logits x'w + b, from w = 0 and b = 0 (000 1.1.2)."""

    def __init__(self, num_inputs: int) -> None:
        super().__init__()
        d2l.check_counts(num_inputs=num_inputs)
        self.w = nn.Parameter(torch.zeros(num_inputs))
        self.b = nn.Parameter(torch.zeros(()))

    def forward(self, X: Float[Tensor, "n d"]) -> Float[Tensor, " n"]:
        return d2l.linreg(X, self.w, self.b)


def objective(net: SigmoidClassifier, X: Float[Tensor, "n d"], y: Tensor, lambd: float) -> Tensor:
    """The mean cross-entropy plus lambd ||w||^2, a scalar."""
    return binary_cross_entropy(net(X), y).mean() + lambd * (net.w**2).sum()


def gradient(
    net: SigmoidClassifier, X: Float[Tensor, "n d"], y: Tensor, lambd: float
) -> tuple[Float[Tensor, " d"], Float[Tensor, ""]]:
    """The gradient of `objective` by w and by b, without autograd."""
    O = net(X)
    error = sigmoid(O) - labels_like(O, y)  # (n,)
    return X.T @ error / len(X) + 2 * lambd * net.w, error.mean()


# %% [markdown]
# The objective is convex, so zero is as good a start as any. A step goes against the gradient. With all
# examples in one batch this is gradient descent, with fewer minibatch SGD.


# %%
def descend(net: SigmoidClassifier, train_iter: d2l.Batches, lr: float, lambd: float) -> None:
    """One pass over the batches, with a step of `lr` times the gradient after each."""
    with torch.no_grad():
        for X, y in train_iter:
            grad_w, grad_b = gradient(net, X, y, lambd)
            net.w.sub_(lr * grad_w)
            net.b.sub_(lr * grad_b)


def fit(
    net: nn.Module,
    one_pass: Callable[[d2l.Batches], None],
    parts: Parts,
    batch_size: int,
    num_epochs: int,
    lr: float,
) -> d2l.Result:
    """Call `one_pass` on shuffled batches once an epoch, then look at the confidence in the test examples."""
    X, y, X_test, y_test = parts
    check_two_classes(y)
    train_iter = d2l.load_array((X, y), batch_size)
    test_iter = d2l.load_array((X_test, y_test), len(y_test), is_train=False)

    def run_epoch(epoch: int) -> dict[str, float]:
        one_pass(train_iter)
        return {
            "train_loss": d2l.evaluate_loss(net, train_iter, binary_cross_entropy),
            "test_loss": d2l.evaluate_loss(net, test_iter, binary_cross_entropy),
        }

    history = d2l.train_epochs(num_epochs, run_epoch)
    with torch.no_grad():
        confidence = sigmoid(net(X_test))
    fpr, tpr, _ = roc_curve(confidence, y_test)
    metrics = {
        **history[-1],
        "test_acc": d2l.accuracy(confidence > 0.5, y_test) / len(y_test),
        "test_auc": auc(fpr, tpr),
        "missed": (confidence[y_test == 1] <= 0.5).float().mean(),  # of the malignant, the share held benign
    }
    figures = {"training": history.plot(), "confidence": draw_confidence(confidence, y_test)}
    return d2l.Result(net, history, figures, {name: float(value) for name, value in metrics.items()})


def scratch(
    *,
    lr: float = 0.3,  # about 1 over the largest curvature of the objective
    num_epochs: int = 20,
    batch_size: int = 32,
    lambd: float = 0.001,
    device: str = "auto",
    seed: int = 0,
) -> d2l.Result:
    """Minibatch SGD with the gradient written out.

    lr: learning rate
    num_epochs: passes over the training data
    batch_size: examples in a minibatch
    lambd: strength of the L2 penalty, at least 0
    device: auto, cpu, cuda, cuda:N or mps
    seed: of the order of the examples
    """
    check_lr(lr)
    check_lambd(lambd)
    where = d2l.get_device(device)
    parts = load_tumours(where)
    d2l.seed_everything(seed)
    net = SigmoidClassifier(parts[0].shape[1]).to(where)
    return fit(net, lambda train_iter: descend(net, train_iter, lr, lambd), parts, batch_size, num_epochs, lr)


def check_lr(lr: float) -> None:
    """Raise ValueError unless `lr` is positive and finite."""
    if not 0 < lr < math.inf:
        raise ValueError(f"lr: a learning rate must be positive and finite, got {lr}")


# %% [markdown]
# ## Confidence, accuracy, ROC curve
# "Positive above a confidence of 1/2" is one choice of many. A lower threshold misses fewer tumours and
# raises more false alarms. The ROC curve shows both for every threshold: go through the examples from the
# most to the least confident, a step up for each positive, a step right for each negative. Equal confidences
# share a threshold, so they take their steps at once.
#
# The area under it, by trapezoids, is the probability that a random positive ranks above a random negative, a
# tie counted half: 1 at best, 1/2 for guessing.


# %%
def roc_curve(
    confidence: Float[Tensor, "..."], y: Tensor
) -> tuple[Float[Tensor, " k"], Float[Tensor, " k"], Float[Tensor, " k"]]:
    """False and true positive rates of "positive if confidence >= threshold", and the falling thresholds.

    From (0, 0) at threshold infinity to (1, 1). Logits, which rank alike, give the same rates.
    Raises ValueError for NaN, for labels that do not fit or are not 0 or 1, or for one class only.
    """
    y = labels_like(confidence, y).flatten()
    check_two_classes(y)
    if confidence.isnan().any():
        raise ValueError("confidence: has NaN, which ranks nowhere")
    values, order = confidence.flatten().sort(descending=True)
    ends = torch.cat([values[1:] != values[:-1], torch.ones_like(y[:1], dtype=torch.bool)])  # of ties
    fpr, tpr = ((y[order] == kind).cumsum(dim=0)[ends].to(y) / (y == kind).sum() for kind in (0, 1))
    start = values.new_zeros(1)
    return torch.cat([start, fpr]), torch.cat([start, tpr]), torch.cat([start + math.inf, values[ends]])


def auc(fpr: Float[Tensor, " k"], tpr: Float[Tensor, " k"]) -> float:
    """The area under a ROC curve, in [0, 1]."""
    return float(((fpr[1:] - fpr[:-1]) * (tpr[1:] + tpr[:-1])).sum() / 2)


def draw_confidence(confidence: Float[Tensor, " n"], y: Float[Tensor, " n"]) -> Any:
    """A figure with a histogram of the confidence in either class, and the ROC curve."""
    figure, (left, right) = d2l.plt.subplots(1, 2, figsize=(8, 3.2), layout="constrained")
    for kind, name, colour in ((1, "malignant", "C3"), (0, "benign", "C0")):
        values = confidence[y == kind].cpu()
        left.hist(values, torch.linspace(0, 1, 21), alpha=0.6, color=colour, label=name)
    left.axvline(0.5, color="k", linestyle=":", label="threshold 1/2")
    d2l.set_axes(left, "confidence that it is malignant", "test examples")
    fpr, tpr, thresholds = (column.cpu() for column in roc_curve(confidence, y))
    at_half = (thresholds > 0.5).sum() - 1
    right.plot(fpr, tpr, label=f"area {auc(fpr, tpr):.4f}")
    right.plot(fpr[at_half], tpr[at_half], "ko", label="threshold 1/2")
    right.plot([0, 1], [0, 1], "k:", label="guessing")
    d2l.set_axes(right, "false positive rate", "true positive rate")
    left.legend()
    right.legend()
    return figure


# %% [markdown]
# ## Concise
# `nn.Linear`, `nn.BCEWithLogitsLoss`, `torch.optim.SGD`. The optimizer's `weight_decay` adds that multiple of
# a parameter to its gradient: $2 \lambda$ in the group of the weight, none in that of the bias.
# `nn.Flatten(0)` makes the logits (n,), like the labels; (n, 1) beside (n,) is refused by this loss, but not
# by every one.


# %%
def concise(
    *,
    lr: float = 0.3,
    num_epochs: int = 20,
    batch_size: int = 32,
    lambd: float = 0.001,
    device: str = "auto",
    seed: int = 0,
) -> d2l.Result:
    """The same with a layer, a loss and an optimizer of torch."""
    check_lr(lr)
    check_lambd(lambd)
    where = d2l.get_device(device)
    parts = load_tumours(where)
    linear = nn.Linear(parts[0].shape[1], 1)
    nn.init.zeros_(linear.weight)
    nn.init.zeros_(linear.bias)
    net = nn.Sequential(linear, nn.Flatten(0)).to(where)
    loss = nn.BCEWithLogitsLoss()
    groups: list[dict] = [{"params": [linear.weight], "weight_decay": 2 * lambd}, {"params": [linear.bias]}]
    updater = torch.optim.SGD(groups, lr=lr)
    d2l.seed_everything(seed)  # only now: the layer has drawn weights of its own

    def one_pass(train_iter: d2l.Batches) -> None:
        for X, y in train_iter:
            updater.zero_grad()
            loss(net(X), y).backward()
            updater.step()

    return fit(net, one_pass, parts, batch_size, num_epochs, lr)


# %% [markdown]
# ## Gradient descent, SGD, L-BFGS
# A pass over the data buys gradient descent one step, and SGD many rough ones, which at a constant learning
# rate end up wandering about the minimum. L-BFGS estimates the curvature from the last changes of the
# parameters and of the gradient, and searches along the direction this suggests for a step that meets the
# strong Wolfe conditions: the objective falls enough, and its slope flattens enough.
#
# scikit-learn's `LogisticRegression` minimises $\frac12 \lVert w \rVert_2^2 + C \sum_i l_i$. Divided by $nC$
# this is our objective with $\lambda = 1 / (2nC)$. Its default, $C = 1$, is $\lambda = 0.0011$ here.


# %%
def lbfgs(
    net: SigmoidClassifier, X: Float[Tensor, "n d"], y: Tensor, lambd: float, num_steps: int
) -> list[float]:
    """Minimise `objective` in place, in at most `num_steps` steps; its value after each pass over the data.

    A step takes a pass for every point that its line search tries. Raises ValueError for one class only.
    """
    check_two_classes(y)
    updater = torch.optim.LBFGS(
        net.parameters(), max_iter=num_steps, max_eval=25 * num_steps, tolerance_grad=1e-10,
        tolerance_change=0, line_search_fn="strong_wolfe",
    )  # fmt: skip
    values = []

    def closure() -> Tensor:
        updater.zero_grad()
        l = objective(net, X, y, lambd)
        l.backward()
        values.append(l.item())
        return l

    updater.step(closure)
    return values


def optimizers(
    *, lr: float = 0.3, num_epochs: int = 200, batch_size: int = 32, lambd: float = 0.01, seed: int = 0
) -> d2l.Result:
    """How far above the minimum each of the three is, pass by pass; scikit-learn's weights beside ours."""
    from sklearn.linear_model import LogisticRegression

    check_lr(lr)
    check_lambd(lambd)
    d2l.check_counts(num_epochs=num_epochs)
    if lambd == 0:
        raise ValueError("lambd: must be above 0 here, for without a penalty these data have no minimum")
    X, y, *_ = load_tumours(dtype=torch.float64)
    n, d = X.shape
    net = SigmoidClassifier(d).double()
    paths = {"L-BFGS": lbfgs(net, X, y, lambd, num_steps=10_000)}
    library = LogisticRegression(C=1 / (2 * n * lambd), tol=1e-10, max_iter=10_000).fit(X, y)
    apart = (net.w.detach() - torch.from_numpy(library.coef_[0])).abs().max()

    d2l.seed_everything(seed)
    for name, size in (("SGD", batch_size), ("gradient descent", n)):
        net, train_iter = SigmoidClassifier(d).double(), d2l.load_array((X, y), size)
        paths[name] = [objective(net, X, y, lambd).item()]
        for _ in range(num_epochs):
            descend(net, train_iter, lr, lambd)
            paths[name].append(objective(net, X, y, lambd).item())

    gaps = {name: [value - min(paths["L-BFGS"]) for value in path] for name, path in paths.items()}
    figure, axes = d2l.plt.subplots(figsize=(6, 3.5), layout="constrained")
    d2l.plot([range(len(gap)) for gap in gaps.values()], list(gaps.values()), "passes over the data",
             "objective above its minimum", list(gaps), ylim=(1e-12, 1), yscale="log", axes=axes)  # fmt: skip
    metrics = {f"{name}: above the minimum": gap[-1] for name, gap in gaps.items()}
    metrics["L-BFGS: passes"] = float(len(gaps["L-BFGS"]))
    metrics["largest difference of a weight from scikit-learn"] = float(apart)
    return d2l.Result(figures={"optimizers": figure}, metrics=metrics)


# %% [markdown]
# ## Separable data
# If a hyperplane has all positives on one side, as one has for these 455 tumours in 30 dimensions, then
# without a penalty there is no minimum: doubling $w$ and $b$ makes the right answers surer, and the loss
# smaller. The weights grow for as long as the optimizer runs, and the wrong answers in the test set get surer
# too. What to do: penalise, for any $\lambda > 0$ gives one minimum, or stop early.


# %%
def separable(*, lambdas: tuple[float, ...] = (0.0, 0.001, 0.01), num_steps: int = 64) -> d2l.Result:
    """The norm of w and the test loss after 1, 2, 4, ... steps of L-BFGS, with and without a penalty.

    lambdas: strengths of the penalty
    num_steps: steps at most
    """
    d2l.check_counts(num_steps=num_steps)
    X, y, X_test, y_test = load_tumours(dtype=torch.float64)
    steps = [2**k for k in range(num_steps.bit_length())]
    figure, axes = d2l.plt.subplots(1, 2, figsize=(8, 3.2), layout="constrained")
    metrics = {}
    for lambd in lambdas:
        check_lambd(lambd)
        curves: dict[str, list[float]] = {"norm of w": [], "test loss": []}
        for num in steps:
            net = SigmoidClassifier(X.shape[1]).double()
            lbfgs(net, X, y, lambd, num)
            curves["norm of w"].append(net.w.norm().item())
            curves["test loss"].append(binary_cross_entropy(net(X_test), y_test).mean().item())
        for place, (name, values) in zip(axes, curves.items(), strict=True):
            place.plot(steps, values, "o-", label=f"lambda = {lambd:g}")
            d2l.set_axes(place, "steps of L-BFGS", name, xscale="log", yscale="log")
            metrics[f"{name}, lambda {lambd:g}"] = values[-1]
    axes[0].legend()
    return d2l.Result(figures={"separable": figure}, metrics=metrics)


# %%
if __name__ == "__main__":
    d2l.run_chapter("logistic_regression", cross_entropy, scratch, concise, optimizers, separable)
