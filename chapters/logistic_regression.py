# %% [markdown]
# # Logistic regression (逻辑回归)
# Two classes. A linear model and a sigmoid say how sure it is that an example is of the second, positive.
#
# Notes: 000 1.1.2, 003 3.3. Run: `python -m chapters.logistic_regression [scratch|concise|cross_entropy]`.
# Tumours, malignant or benign, from 30 measurements: test accuracy 0.97.

# %%
import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor, nn

import d2lcore as d2l
from chapters.figures.logistic_regression import draw_confidence, draw_cross_entropy, draw_losses
from chapters.least_squares import check_lambd

# %% [markdown]
# ## Confidence
# The linear model gives a score $o = x^\top w + b$, any number, called the logit. The sigmoid turns it into
# the confidence $\hat y$, between 0 and 1, that the example is positive, $y = 1$:
#
# $$\hat y = \mathrm{sigmoid}(o) \qquad \mathrm{sigmoid}(x) = \frac{1}{1 + e^{-x}} = \frac{e^x}{1 + e^x}$$
#
# Take the form whose exponent is not positive: $e^{10^4}$ would be inf, and the gradient inf/inf, no number.


# %%
def sigmoid(X: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """1 / (1 + exp(-x)), in [0, 1], for x of any size (000 1.1.2, 003 4.2.2)."""
    z = torch.exp(torch.where(X >= 0, -X, X))  # exp(-|x|), of either form
    return torch.where(X >= 0, 1, z) / (1 + z)


# %% [markdown]
# ## The loss
# The cross-entropy is $-\ln \hat y$ if the example is positive, and $-\ln (1 - \hat y)$ if it is not: the
# less confidence the truth gets, the larger it is. A confidence that has rounded to 0 has no logarithm, so
# compute the loss from the logit. $-\ln (1 - \hat y) = \ln(1 + e^o)$, and $-\ln \hat y$ is less by $o$:
#
# $$-y \ln \hat y - (1 - y) \ln (1 - \hat y) = \ln(1 + e^o) - o\,y = \max(o, 0) - o\,y + \ln(1 + e^{-|o|})$$
#
# Training often starts at $o = 0$, where the derivative is $1/2 - y$. There autograd takes 0 as derivative of
# $|o|$, so that of the maximum must be 1/2. `torch.maximum` gives 1/2 where both are equal; `relu` gives 0.


# %%
def binary_cross_entropy(O: Float[Tensor, "..."], y: Tensor) -> Float[Tensor, "..."]:
    """The loss of every example, for logits O of any size and as many labels y, 0 or 1 (000 1.1.2)."""
    y = y.reshape(O.shape).to(O.dtype)
    return torch.maximum(O, torch.zeros_like(O)) - O * y + torch.log1p(torch.exp(-O.abs()))


# %% [markdown]
# ## The gradient
# The objective $J$ is the mean loss plus a penalty, $\frac{\lambda}{2} \lVert w \rVert^2$. With respect to
# $o$ the loss has the derivative $\mathrm{sigmoid}(o) - y$, and for $w$, $o$ has the gradient $x$. So
#
# $$\nabla_w J = \frac1n \sum_i (\mathrm{sigmoid}(o_i) - y_i)\, x_i + \lambda w \qquad
# \nabla_b J = \frac1n \sum_i (\mathrm{sigmoid}(o_i) - y_i)$$


# %%
def objective(X: Float[Tensor, "n d"], y: Tensor, w: Tensor, b: Tensor, lambd: float) -> Float[Tensor, ""]:
    """The mean cross-entropy plus lambd ||w||^2 / 2. On this page w is (d,), b () and y (n,)."""
    return binary_cross_entropy(X @ w + b, y).mean() + lambd * (w**2).sum() / 2


def gradient(X: Tensor, y: Tensor, w: Tensor, b: Tensor, lambd: float) -> tuple[Tensor, Tensor]:
    """The gradient of `objective` with respect to w, (d,), and to b, (), without autograd."""
    error = sigmoid(X @ w + b) - y
    return X.T @ error / len(X) + lambd * w, error.mean()


# %% [markdown]
# ## The data
# The notes speak of blood tests. Here is a real set: `breast_cancer`, 569 tumours with 30 measurements of
# their cells. It codes malignant as 0. For us malignant is positive, 1, so we swap the labels.
# Features of very different size make descent slow. And a small feature needs a large weight, which the
# penalty would punish. So each becomes $(x - \mu) / \sigma$, with the mean $\mu$ and the standard deviation
# $\sigma$ of the *training* examples: the model may not know the test examples.


# %%
def standardizer(X: Float[Tensor, "n d"]) -> Callable[[Tensor], Tensor]:
    """A function that scales features to mean 0 and standard deviation 1 on X; constant ones become 0."""
    mean, std = X.mean(dim=0), X.std(dim=0, correction=0)
    varies = (X.amax(dim=0) > X.amin(dim=0)) & (std > 0)  # of a constant, rounding may leave a std of 1e-17
    return lambda X: torch.where(varies, (X - mean) / std, 0)


def load_tumours(device: torch.device | str = "cpu", dtype: torch.dtype = torch.float32) -> list[Tensor]:
    """X_train (455, 30), y_train (455,), X_test (114, 30), y_test (114,); y = 1, malignant: 37% in both."""
    from sklearn.datasets import load_breast_cancer
    from sklearn.model_selection import train_test_split

    X, benign = load_breast_cancer(return_X_y=True)
    parts = train_test_split(X, 1 - benign, test_size=114, random_state=0, stratify=benign)
    X_train, X_test, y_train, y_test = (torch.from_numpy(part) for part in parts)
    scale = standardizer(X_train)
    return [part.to(device, dtype) for part in (scale(X_train), y_train, scale(X_test), y_test)]


# %% [markdown]
# ## From scratch
# The objective is convex, a single valley, so 0 is as good a start as any. A step follows each batch. Its
# learning rate, 0.3, is 1 over the steepest curvature at the start, 3.3: larger steps may overshoot.


# %%
def train_epoch(train_iter: d2l.Batches, w: Tensor, b: Tensor, lr: float, lambd: float) -> None:
    """One pass of SGD on the objective, which changes w and b in place."""
    for X, y in train_iter:
        grad_w, grad_b = gradient(X, y, w, b, lambd)
        w -= lr * grad_w
        b -= lr * grad_b


def scratch(
    *, lr: float = 0.3, num_epochs: int = 20, batch_size: int = 32, lambd: float = 0.002,
    device: str = "auto", seed: int = 0,
) -> d2l.Result:  # fmt: skip
    """Minibatch SGD with the gradient written out.

    lambd: strength of the L2 penalty, at least 0
    seed: of the random order of the examples
    """
    check_lambd(lambd)
    X, y, *test = load_tumours(d2l.get_device(device))
    d2l.seed_everything(seed)
    train_iter = d2l.load_array((X, y), batch_size)
    w, b = X.new_zeros(30), X.new_zeros(())
    one_pass = partial(train_epoch, train_iter, w, b, lr, lambd)
    result = train_and_judge(lambda X: X @ w + b, one_pass, train_iter, test, num_epochs)  # see below
    return replace(result, weights={"w": w, "b": b})


# %% [markdown]
# ## Concise
# `nn.BCEWithLogitsLoss` is the mean binary cross-entropy, from logits. `weight_decay` adds $\lambda w$ to the
# gradient; the bias is in a group without it. `nn.Flatten(0)` makes the logits (n,), like the labels.


# %%
def concise(
    *, lr: float = 0.3, num_epochs: int = 20, batch_size: int = 32, lambd: float = 0.002,
    device: str = "auto", seed: int = 0,
) -> d2l.Result:  # fmt: skip
    """The same with a layer, a loss and an optimizer of torch."""
    check_lambd(lambd)  # torch does not check the weight_decay of a group
    X, y, *test = load_tumours(d2l.get_device(device))
    linear = nn.Linear(30, 1, device=X.device)
    nn.init.zeros_(linear.weight)
    nn.init.zeros_(linear.bias)
    net, loss = nn.Sequential(linear, nn.Flatten(0)), nn.BCEWithLogitsLoss()
    groups: list[dict] = [{"params": [linear.weight], "weight_decay": lambd}, {"params": [linear.bias]}]
    updater = torch.optim.SGD(groups, lr=lr)
    d2l.seed_everything(seed)  # after the layer is made: making it draws random numbers
    train_iter = d2l.load_array((X, y), batch_size)
    one_pass = partial(d2l.train_epoch_ch3, net, train_iter, loss, updater)
    return train_and_judge(net, one_pass, train_iter, test, num_epochs)


# %% [markdown]
# ## How good is the confidence?
# "Positive above a confidence of 1/2" is one choice of many. A lower threshold misses fewer tumours and
# raises more false alarms. The ROC curve (receiver operating characteristic) has a point for each threshold.
# Its height is the true positive rate: so many of the positives are found. To the right goes the false
# positive rate: so many of the negatives are alarms. Go through the examples from the most to the least
# confident: a step up for each positive, right for each negative. Examples of equal confidence step together.
# The area under the curve (AUC) is the probability that a random positive ranks above a random negative,
# where equal confidence counts half: 1 at best, 1/2 for guessing.


# %%
def roc_curve(confidence: Float[Tensor, " n"], y: Float[Tensor, " n"]) -> tuple[Tensor, Tensor, Tensor]:
    """False and true positive rates of "positive if confidence >= threshold", and the falling thresholds.

    From (0, 0) at threshold infinity to (1, 1). ValueError unless y holds 0 and 1, and nothing else.
    """
    values, order = confidence.sort(descending=True)
    ends = torch.cat([values[1:] != values[:-1], torch.ones_like(y[:1], dtype=torch.bool)])  # last of equals
    fpr, tpr = ((y[order] == label).cumsum(dim=0)[ends].to(values) / (y == label).sum() for label in (0, 1))
    if sorted(y.unique().tolist()) != [0, 1]:
        raise ValueError("y: expected labels 0 (negative) and 1 (positive), some of each")
    start = values.new_zeros(1)
    return torch.cat([start, fpr]), torch.cat([start, tpr]), torch.cat([start + math.inf, values[ends]])


def auc(fpr: Float[Tensor, " k"], tpr: Float[Tensor, " k"]) -> float:
    """The area under a ROC curve by trapezoids, in [0, 1]."""
    return float(((fpr[1:] - fpr[:-1]) * (tpr[1:] + tpr[:-1])).sum() / 2)


def train_and_judge(
    net: Callable[[Tensor], Tensor], one_pass: Callable, train_iter: d2l.Batches, test: list, num_epochs: int
) -> d2l.Result:
    """Call `one_pass` once an epoch; then accuracy, ROC curve and missed tumours of the test examples."""
    (X, y), test_iter = test, d2l.load_array(test, len(test[0]), is_train=False)

    def run_epoch(epoch: int) -> dict[str, float]:
        one_pass()
        return {"train_loss": d2l.evaluate_loss(net, train_iter, binary_cross_entropy),
                "test_loss": d2l.evaluate_loss(net, test_iter, binary_cross_entropy)}  # fmt: skip

    history = d2l.train_epochs(num_epochs, run_epoch)
    confidence = sigmoid(net(X).detach())
    fpr, tpr, thresholds = roc_curve(confidence, y)
    at_half = int((thresholds > 0.5).sum()) - 1  # the curve's point for "above 1/2"
    metrics = {name: float(value) for name, value in history[-1].items()} | {
        "test_acc": d2l.accuracy(confidence > 0.5, y) / len(y),
        "test_auc": auc(fpr, tpr),
        "missed": 1 - float(tpr[at_half]),  # of the malignant tumours, the share held benign
    }
    figure = draw_confidence(confidence.cpu(), y.cpu(), fpr.cpu(), tpr.cpu(), at_half)
    return d2l.Result(net, history, {"training": draw_losses(history), "confidence": figure}, metrics)


# %% [markdown]
# ## Why "cross-entropy"?
# Outcome $j$ has the probability $p_j$; we believe that it has $q_j$. The cross-entropy says how badly $q$
# describes what $p$ draws:
#
# $$H(p, q) = -\sum_j p_j \ln q_j \;\ge\; H(p, p)$$
#
# It is lowest for $q = p$ only, and infinite if $q$ rules out what $p$ allows. The loss above is the case of
# two outcomes, $p = (y, 1 - y)$ and $q = (\hat y, 1 - \hat y)$.


# %%
def cross_entropy_of(p: Float[Tensor, "*batch m"], q: Float[Tensor, "*batch m"]) -> Float[Tensor, "*batch"]:
    """H(p, q) of distributions over m outcomes (000 1.1.2, 003 3.3)."""
    return -torch.xlogy(p, q).sum(dim=-1)  # p ln q, and 0 where p is 0


def cross_entropy() -> d2l.Result:
    """Draw H(p, q) over q, for three p: it is lowest at q = p."""
    q1 = torch.arange(1, 1000) / 1000
    q = torch.stack([q1, 1 - q1], dim=1)
    curves = {p1: cross_entropy_of(torch.tensor([p1, 1 - p1]).expand_as(q), q) for p1 in (0.5, 0.8, 0.95)}
    lowest = {p1: round(float(q1[H.argmin()]), 3) for p1, H in curves.items()}
    metrics = {f"p1 = {p1:g}: q1 of the lowest H(p, q)": best for p1, best in lowest.items()}
    return d2l.Result(figures={"cross_entropy": draw_cross_entropy(q1, curves, lowest)}, metrics=metrics)


# %%
if __name__ == "__main__":
    d2l.run_chapter("logistic_regression", scratch, concise, cross_entropy)
