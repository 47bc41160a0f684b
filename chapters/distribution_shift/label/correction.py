# %% [markdown]
# # Correcting label shift (纠正标签偏移)
# What a classifier predicts on unlabelled data, and how it errs, tell how often each class occurs there.
#
# Notes: 004 3.9.1, 3.9.2 part 3. Run: `python -m chapters.distribution_shift [label_scratch|label_concise]`.
# The target's accuracy rises from 0.64-0.70 to 0.81-0.85 by correcting the posteriors and to 0.87-0.89 by
# training with weights (seeds 0-7); the 90% intervals hold 89% of the shares. About 5 s on one core for each.
#
# A clinic learns to tell diseases by their symptoms in a quiet year, in which influenza is rare, and still
# does so in the winter of an epidemic. The epidemic does not change what influenza does to a patient: cough
# and fever are as common among those who have it as they were. It changes how many have it. So
# $p(y) \neq q(y)$ while $p(x \mid y) = q(x \mid y)$: that is label shift. $q$ is the source, where the labels
# were seen, $p$ the target, where there are only symptoms. The very same symptoms now point to influenza
# more often, and a classifier that goes on as in the quiet year misses it too often.
#
# Nobody has to label patients to repair that: its *predictions* on the target show how the frequencies moved.
# With $C$ the confusion matrix and $\mu$ the mean prediction on the target, $\mu = C p$; `confusion.py`
# derives and solves that. Here it is used.

# %%
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

import d2lcore as d2l
from chapters.distribution_shift.arguments import Array, as_distributions, as_tensor, in_double, listed
from chapters.distribution_shift.label.confusion import (
    bootstrap_interval,
    confusion_matrix,
    estimate_label_distribution,
    mean_prediction,
)
from chapters.distribution_shift.label.images import (
    geometric,
    image_pools,
    predict,
    shifted_sets,
    train_classifier,
)
from chapters.distribution_shift.risk import effective_sample_size, weighted_loss
from d2lcore.plotting import as_array

# %% [markdown]
# ## Using the estimate
# $\beta_j = p_j / q_j$ weighs the loss of a source example of class $j$, and the weighted empirical risk is
# that of the target. A class that the target has and the source has not cannot be weighed: no factor makes
# an example out of none.
#
# A trained classifier need not be trained again. Its $q(y \mid x) \propto q(x \mid y)\,q(y)$ contains the
# source's $q(y)$, and only that is out of date:
#
# $$p(y = j \mid x) = \frac{q(y = j \mid x)\, \beta_j}{\sum_i q(y = i \mid x)\, \beta_i} .$$


# %%
def label_shift_weights(p: Array, q: Array) -> Float[Tensor, " k"]:
    """beta = p/q of the target's p and the source's q, both (k,); 0 for a class that neither has.

    Raises ValueError unless both are distributions over the same classes, and for a class with q = 0 < p.
    """
    p = as_distributions(p, "p")
    q = as_distributions(q, "q").to(p.device)
    if p.dim() != 1 or p.shape != q.shape:
        raise ValueError(f"p, q: expected the same shape (k,), got {tuple(p.shape)} and {tuple(q.shape)}")
    lost = (q == 0) & (p > 0)
    if lost.any():
        raise ValueError(
            f"q: class {listed(lost)} does not occur in the source, but p has it; the source cannot teach "
            "it: get examples, or leave the class out"
        )
    return torch.where(q > 0, p / q, 0)


def correct_posteriors(probs: Array, p: Array, q: Array) -> Float[Tensor, "n k"]:
    """The probabilities (n, k) of a classifier trained under q, for a target with the label distribution p.

    Type and device are those of `probs`; n may be 0. Raises ValueError as `label_shift_weights` does, for
    rows that are no distribution, and for a row that gives everything to classes with p = 0.
    """
    probs, beta = as_tensor(probs), label_shift_weights(p, q)
    if probs.dim() != 2 or probs.shape[1] != len(beta):
        raise ValueError(f"probs: expected shape (n, {len(beta)}), as p has, got {tuple(probs.shape)}")
    shares = as_distributions(probs, "probs")
    joint = shares * beta.to(shares.device)
    total = joint.sum(dim=1, keepdim=True)
    if not total.all():
        raise ValueError(
            f"probs, p: row {int((total[:, 0] == 0).nonzero()[0])} is certain of a class for which p is 0; "
            "one of them is wrong: give each class in p a small share"
        )
    return (joint / total).to(probs)


# %% [markdown]
# ## From scratch
# Digits: in the source each class is 3/4 as frequent as the one before it, 26% zeros and 2% nines, in the
# target the order is reversed. A *balanced* source would hide the worst mistake: with equal classes, $C$
# and its transpose look alike.
#
# The network is trained on the source and predicts the target, whose labels serve only to judge the result.
# Two judges: the mean squared error of the estimated weights, and the accuracy. The second is lenient:
# taking $\mu$ itself for $p$, without any $C$, gains accuracy too, with weights that are far off.


# %%
Estimate = Callable[..., Tensor]  # (y, y_hat, y_hat_target, num_classes) to p
Correct = Callable[[Array, Array, Array], Tensor]  # (probs, p, q) to probabilities
Loss = Callable[[Tensor, Tensor], Tensor]


def estimate_by_hand(y: Array, y_hat: Array, y_hat_target: Array, num_classes: int) -> Float[Tensor, " k"]:
    """p(y) of the target from validation labels y, their predictions, and the predictions on the target."""
    C, mu = confusion_matrix(y, y_hat, num_classes), mean_prediction(y_hat_target, num_classes)
    return estimate_label_distribution(C, mu)


def loss_by_hand(beta: Tensor) -> Loss:
    """The cross-entropy, an example weighed by the beta of its class: a loss for `train_classifier`."""
    return lambda y_hat, y: weighted_loss(F.cross_entropy(y_hat, y, reduction="none"), beta[y])


def weight_error(p: Tensor, truth: Tensor, q: Tensor) -> float:
    """The mean over the classes of the squared error of the weights p/q."""
    return float((((p - truth) / q) ** 2).mean())


def correct_digits(
    estimate: Estimate, correct: Correct, weighted: Callable[[Tensor], Loss], *, data: str, ratio: float,
    num_train: int, n: int, lr: float, num_epochs: int, num_resamples: int, device: str, seed: int,
) -> d2l.Result:  # fmt: skip
    """Estimate the shift between two samples, correct the classifier, and train one with weights."""
    d2l.check_counts(num_resamples=num_resamples)
    where, generator = d2l.get_device(device), torch.Generator().manual_seed(seed)
    pools = image_pools(data, where)
    k = int(pools.y.max()) + 1
    p = geometric(k, ratio).flip(0)
    sets = shifted_sets(pools, geometric(k, ratio), p, num_train, n, generator)
    fit = partial(train_classifier, sets.X, sets.y, k, lr=lr, num_epochs=num_epochs)
    d2l.seed_everything(seed)
    net, _ = fit(nn.CrossEntropyLoss(reduction="none"))

    soft, soft_target = (in_double(predict(net, X)).softmax(dim=1) for X in (sets.X_val, sets.X_target))
    estimate = partial(estimate, num_classes=k)
    q, truth = mean_prediction(sets.y, k), mean_prediction(sets.y_target, k)
    found = {
        "mean prediction": mean_prediction(soft_target, k),
        "hard": estimate(sets.y_val, soft.argmax(dim=1), soft_target.argmax(dim=1)),
        "soft": estimate(sets.y_val, soft, soft_target),
    }
    low, high = bootstrap_interval(
        estimate, sets.y_val, soft, soft_target, num_resamples=num_resamples, generator=generator
    )

    beta = label_shift_weights(found["soft"], q)
    d2l.seed_everything(seed)  # the first weights and the batches of the other: only the loss differs
    weighted_net, history = fit(weighted(beta))
    answers = {
        "as trained": soft_target,
        "posteriors corrected": correct(soft_target, found["soft"], q),
        "trained with weights": predict(weighted_net, sets.X_target),
        "corrected by the mean prediction": correct(soft_target, found["mean prediction"], q),
        "corrected by the true p": correct(soft_target, truth, q),
    }
    metrics = {"source_acc": d2l.accuracy(soft, sets.y_val) / n}
    metrics |= {f"acc {name}": d2l.accuracy(y_hat, sets.y_target) / n for name, y_hat in answers.items()}
    metrics |= {
        f"mse {name}": weight_error(p_hat, truth, q) for name, p_hat in {"no correction": q, **found}.items()
    }
    metrics["condition"] = float(torch.linalg.cond(confusion_matrix(sets.y_val, soft, k)))
    metrics["in_interval"] = float(((low.cpu() <= p) & (p <= high.cpu())).double().mean())
    metrics["ess_share"] = float(effective_sample_size(beta[sets.y])) / num_train
    figures = {
        "estimate": draw_estimates(q, truth, found, low, high),
        "recall": draw_recall(dict(list(answers.items())[:3]), sets.y_target),
    }
    metrics = {name.replace(" ", "_"): value for name, value in metrics.items()}
    return d2l.Result(weighted_net, history, figures, metrics)


def draw_estimates(q: Tensor, truth: Tensor, found: dict[str, Tensor], low: Tensor, high: Tensor) -> Any:
    figure, axes = d2l.plt.subplots(figsize=(7.5, 3.8), layout="constrained")
    classes = np.arange(len(q))
    axes.bar(classes, as_array(truth), color="0.85", label="target: share of the labels, not used")
    axes.stairs(as_array(q), np.arange(len(q) + 1) - 0.5, color="k", ls="--", label="source q")
    for i, (name, p) in enumerate(found.items()):
        axes.plot(classes + 0.25 * (i - 1), as_array(p), f"C{i}{'xso'[i]}", ms=5, label=f"estimate: {name}")
    axes.vlines(classes + 0.25, as_array(low), as_array(high), "C2", label="soft: 90% interval")
    axes.legend(fontsize="small")
    d2l.set_axes(axes, "class", "share of the class", xlim=(-0.6, len(q) - 0.4))
    axes.set_xticks(classes)
    return figure


def draw_recall(answers: dict[str, Tensor], y: Tensor) -> Any:
    figure, axes = d2l.plt.subplots(figsize=(7.5, 3.4), layout="constrained")
    for (name, y_hat), fmt in zip(answers.items(), ("ks--", "C2o-", "C1^:"), strict=True):
        members = F.one_hot(y, y_hat.shape[1])
        right = (y_hat.argmax(dim=1) == y)[:, None] * members
        recall = as_array(right.sum(dim=0) / members.sum(dim=0))
        axes.plot(recall, fmt, label=f"{name}: accuracy {d2l.accuracy(y_hat, y) / len(y):.3f}")
    axes.legend()
    d2l.set_axes(axes, "class, from common to rare in the source", "share that is recognised", ylim=(0, 1.05))
    axes.set_xticks(range(members.shape[1]))
    return figure


def label_scratch(
    *,
    data: str = "mnist",
    ratio: float = 0.75,
    num_train: int = 10_000,
    n: int = 2000,
    lr: float = 0.01,
    num_epochs: int = 10,
    num_resamples: int = 200,
    device: str = "auto",
    seed: int = 0,
) -> d2l.Result:
    """Estimate p(y) of the target and use it, by hand.

    data: mnist, fashion_mnist or digits
    ratio: frequency of a class in the source over that of the class before it; the target's order is reversed
    num_train: training examples of the source
    n: validation examples, and target examples
    lr: learning rate of SGD
    num_epochs: passes over the training examples
    num_resamples: resamples of the bootstrap
    device: auto, cpu, cuda, cuda:N or mps
    seed: of the draws, of the weights, and of the order of the examples
    """
    return correct_digits(estimate_by_hand, correct_posteriors, loss_by_hand, **locals())


# %% [markdown]
# ## Concise
# scikit-learn's confusion matrix has a *row* for each true class: normalise over "true", then transpose.
# For soft predictions its columns are means by group. `scipy.optimize.nnls` keeps $p \ge 0$; one more
# equation, weighed heavily, keeps the sum. `CrossEntropyLoss` takes a weight a class. With its default
# `reduction="mean"` it would divide by the sum of the weights in each batch; one value an example leaves
# the mean as the notes have it.


# %%
def estimate_concise(y: Array, y_hat: Array, y_hat_target: Array, num_classes: int) -> Float[Tensor, " k"]:
    """`estimate_by_hand` by scikit-learn, pandas and SciPy."""
    import pandas
    import sklearn.metrics
    from scipy.optimize import nnls

    y, y_hat, target = (in_double(one).cpu().numpy() for one in (y, y_hat, y_hat_target))
    if y_hat.ndim == 1:
        C = sklearn.metrics.confusion_matrix(y, y_hat, labels=range(num_classes), normalize="true").T
        mu = np.bincount(target.astype(int), minlength=num_classes) / len(target)
    else:
        C, mu = pandas.DataFrame(y_hat).groupby(y).mean().to_numpy().T, target.mean(axis=0)
    heavy = 1e4
    p, _ = nnls(np.vstack([C, np.full(num_classes, heavy)]), np.append(mu, heavy))
    return torch.from_numpy(p / p.sum()).to(as_tensor(y_hat_target).device)


def correct_concise(probs: Array, p: Array, q: Array) -> Float[Tensor, "n k"]:
    """`correct_posteriors` by scikit-learn: weigh the columns, normalise the rows."""
    from sklearn.preprocessing import normalize

    probs = as_tensor(probs)
    weighed = (in_double(probs) * in_double(p) / in_double(q)).cpu().numpy()
    return torch.from_numpy(normalize(weighed, norm="l1")).to(probs)


def loss_concise(beta: Tensor) -> Loss:
    """`loss_by_hand` by the framework, one value an example."""
    return nn.CrossEntropyLoss(weight=beta.float(), reduction="none")


def label_concise(
    *,
    data: str = "mnist",
    ratio: float = 0.75,
    num_train: int = 10_000,
    n: int = 2000,
    lr: float = 0.01,
    num_epochs: int = 10,
    num_resamples: int = 200,
    device: str = "auto",
    seed: int = 0,
) -> d2l.Result:
    """The same by scikit-learn, pandas, SciPy and `nn`."""
    return correct_digits(estimate_concise, correct_concise, loss_concise, **locals())


# %%
if __name__ == "__main__":
    d2l.run_chapter("distribution_shift", label_scratch, label_concise)
