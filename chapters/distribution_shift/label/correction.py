# %% [markdown]
# # Correcting label shift (纠正标签偏移)
# Some classes become more frequent: estimate by how much, without labels, and correct the classifier.
#
# Notes: 004 3.9.1, 3.9.2 part 3. Run: `python -m chapters.distribution_shift [label_scratch|label_concise]`.
# On MNIST: accuracy on the target about 0.82 after the posteriors are corrected.
#
# A clinic learns to tell diseases by their symptoms in a quiet year. Then an epidemic comes. What influenza
# does to a patient stays the same: the same share of the sick coughs. But more people are sick, so the same
# symptoms now point to influenza more often, and the old classifier misses it too often.
#
# Call the quiet year the source, with distribution $q$, and the epidemic the target, with $p$. Label shift
# means $p(y) \neq q(y)$ while $p(x \mid y) = q(x \mid y)$. Write $p_j$ for $p(y = j)$, and $q_j$ likewise.

# %%
from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

import d2lcore as d2l
from chapters.distribution_shift.arguments import Array, as_distributions, as_tensor, in_double, listed
from chapters.distribution_shift.label import confusion, images
from chapters.distribution_shift.label.confusion import mean_prediction
from chapters.distribution_shift.risk import effective_sample_size, weighted_loss
from chapters.figures.distribution_shift import draw_label_estimates, draw_recall

# %% [markdown]
# ## Weights
# Suppose that $p$ is known. A class that is three times as frequent in the target counts three times:
#
# $$\beta_j = p_j / q_j$$
#
# Multiply the loss of each source example of class $j$ by $\beta_j$. The mean over the source then estimates
# the risk of the target, which is its expected loss. If the source has no example of a class, no weight
# helps: the function refuses it.


# %%
def label_shift_weights(p: Array, q: Array) -> Float[Tensor, " k"]:
    """beta = p/q of the target's p and the source's q, both (k,); 0 for a class that neither has.

    Raises ValueError unless both are distributions over the same classes, and for a class with q = 0 < p.
    """
    p = as_distributions(p, "p")
    q = as_distributions(q, "q").to(p.device)
    beta = torch.where(q > 0, p / q, 0)
    lost = (q == 0) & (p > 0)
    if p.dim() != 1 or p.shape != q.shape:  # they would be stretched to one shape
        raise ValueError(f"p, q: expected the same shape (k,), got {tuple(p.shape)} and {tuple(q.shape)}")
    if lost.any():
        raise ValueError(
            f"q: class {listed(lost)} does not occur in the source, but p has it; the source cannot teach "
            "it: get examples, or leave the class out"
        )
    return beta


# %% [markdown]
# ## Corrected posteriors
# A trained classifier need not be trained again: correct its posteriors, the $q(y \mid x)$. By Bayes' rule
# they are proportional to $q(x \mid y)\,q(y)$. Only the factor $q(y)$ is out of date. Multiply by $\beta$ to
# replace it by $p(y)$, and let the probabilities sum to 1 again:
#
# $$p(y = j \mid x) = \frac{q(y = j \mid x)\, \beta_j}{\sum_i q(y = i \mid x)\, \beta_i}$$


# %%
def correct_posteriors(probs: Array, p: Array, q: Array) -> Float[Tensor, "n k"]:
    """The probabilities (n, k) of a classifier trained under q, for a target with the label distribution p.

    Type and device are those of `probs`; n may be 0. Raises ValueError as `label_shift_weights` does, for
    rows that are no distribution, and for a row that gives everything to classes with p = 0.
    """
    probs, beta = as_tensor(probs), label_shift_weights(p, q)
    shares = as_distributions(probs, "probs")
    joint = shares * beta.to(shares.device)
    total = joint.sum(dim=1, keepdim=True)
    if probs.shape[1] != len(beta):  # one column would be stretched over all classes
        raise ValueError(f"probs: expected shape (n, {len(beta)}), as p has, got {tuple(probs.shape)}")
    if not total.all():
        raise ValueError(
            f"probs, p: row {int((total[:, 0] == 0).nonzero()[0])} is certain of a class for which p is 0; "
            "one of them is wrong: give each class in p a small share"
        )
    return (joint / total).to(probs)


# %% [markdown]
# ## From scratch
# But $p$ is not known. Nobody has to label patients to find it: what the classifier *predicts* on the target
# shows how the frequencies have moved. Column $j$ of the confusion matrix $C$ says how it predicts class $j$,
# and $\mu$ is its mean prediction on the target. Then $\mu = C p$: `confusion` derives and solves this.


# %%
def estimate_by_hand(y: Array, y_hat: Array, y_hat_target: Array, num_classes: int) -> Float[Tensor, " k"]:
    """p(y) of the target from validation labels y, their predictions, and the predictions on the target."""
    C, mu = confusion.confusion_matrix(y, y_hat, num_classes), mean_prediction(y_hat_target, num_classes)
    return confusion.estimate_label_distribution(C, mu)


Loss = Callable[[Tensor, Tensor], Tensor]


def loss_by_hand(beta: Tensor) -> Loss:
    """The cross-entropy, each example weighed by the beta of its class: a loss for `train_classifier`."""
    return lambda y_hat, y: weighted_loss(F.cross_entropy(y_hat, y, reduction="none"), beta[y])


# %% [markdown]
# Try it on digits. In the source each class is 3/4 as frequent as the one before it: 26% zeros, 2% nines. In
# the target the order is reversed. With equal classes in the source, $C$ and its transpose would look alike,
# and the worst mistake, to take one for the other, would not show.
#
# The labels of the target only judge the result, in two ways: by the mean squared error of the weights and by
# the accuracy. The accuracy forgives much. Take $\mu$ itself for $p$, without any $C$: the weights are far
# off, and the accuracy still rises. A "hard" estimate uses predicted classes, a "soft" one probabilities.


# %%
def weight_error(p: Tensor, truth: Tensor, q: Tensor) -> float:
    """The mean over the classes of the squared error of the weights p/q."""
    return float((((p - truth) / q) ** 2).mean())


def recall_by_class(y_hat: Float[Tensor, "n k"], y: Tensor) -> Float[Tensor, " k"]:
    """Of the examples of each class, the share that is recognised."""
    members = F.one_hot(y, y_hat.shape[1])
    right = (y_hat.argmax(dim=1) == y)[:, None] * members
    return right.sum(dim=0) / members.sum(dim=0)


def correct_digits(
    estimate: Callable[..., Tensor],  # (y, y_hat, y_hat_target, num_classes) to p
    correct: Callable[[Array, Array, Array], Tensor],  # (probs, p, q) to probabilities
    loss_for: Callable[[Tensor], Loss],  # beta to a loss
    *, data: str, ratio: float, num_train: int, n: int, lr: float, num_epochs: int, num_resamples: int,
    device: str, seed: int,
) -> d2l.Result:  # fmt: skip
    """Estimate the shift between two samples, correct the classifier, and train one with weights.

    In the metrics, condition: of C. in_interval: share of the classes whose p is in its bootstrap interval.
    ess_share: how many equally weighted examples the weighted ones are worth, over num_train.
    """
    d2l.check_counts(num_resamples=num_resamples)
    where, generator = d2l.get_device(device), torch.Generator().manual_seed(seed)
    pools = images.image_pools(data, where)
    k = int(pools.y.max()) + 1
    p = images.geometric(k, ratio).flip(0)
    sets = images.shifted_sets(pools, p.flip(0), p, num_train, n, generator)
    train_on_source = partial(images.train_classifier, sets.X, sets.y, k, lr=lr, num_epochs=num_epochs)
    d2l.seed_everything(seed)
    net, _ = train_on_source(nn.CrossEntropyLoss(reduction="none"))

    soft, soft_target = (
        in_double(images.predict(net, X)).softmax(dim=1) for X in (sets.X_val, sets.X_target)
    )
    estimate = partial(estimate, num_classes=k)
    q, truth = mean_prediction(sets.y, k), mean_prediction(sets.y_target, k)
    estimates = {
        "mean prediction": mean_prediction(soft_target, k),
        "hard": estimate(sets.y_val, soft.argmax(dim=1), soft_target.argmax(dim=1)),
        "soft": estimate(sets.y_val, soft, soft_target),
    }
    low, high = confusion.bootstrap_interval(
        estimate, sets.y_val, soft, soft_target, num_resamples=num_resamples, generator=generator
    )

    beta = label_shift_weights(estimates["soft"], q)
    d2l.seed_everything(seed)  # the same first weights and batches as before: only the loss differs
    weighted_net, history = train_on_source(loss_for(beta))
    predictions = {
        "as trained": soft_target,
        "posteriors corrected": correct(soft_target, estimates["soft"], q),
        "trained with weights": images.predict(weighted_net, sets.X_target),
        "corrected by the mean prediction": correct(soft_target, estimates["mean prediction"], q),
        "corrected by the true p": correct(soft_target, truth, q),
    }

    accs = {name: d2l.accuracy(y_hat, sets.y_target) / n for name, y_hat in predictions.items()}
    errors = {
        name: weight_error(p_hat, truth, q) for name, p_hat in {"no correction": q, **estimates}.items()
    }
    metrics = {"source_acc": d2l.accuracy(soft, sets.y_val) / n}
    metrics |= {f"acc_{name.replace(' ', '_')}": acc for name, acc in accs.items()}
    metrics |= {f"mse_{name.replace(' ', '_')}": error for name, error in errors.items()}
    metrics["condition"] = float(torch.linalg.cond(confusion.confusion_matrix(sets.y_val, soft, k)))
    metrics["in_interval"] = float(((low.cpu() <= p) & (p <= high.cpu())).double().mean())
    metrics["ess_share"] = float(effective_sample_size(beta[sets.y])) / num_train
    recalls = {f"{name}: accuracy {accs[name]:.3f}": recall_by_class(predictions[name], sets.y_target)
               for name in list(predictions)[:3]}  # fmt: skip
    figures = {
        "estimate": draw_label_estimates(q, truth, estimates, low, high),
        "recall": draw_recall(recalls),
    }
    return d2l.Result(weighted_net, history, figures, metrics)


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

    ratio: frequency of a class in the source over that of the class before it; the target's order is reversed
    num_train: training examples of the source
    n: validation examples, and target examples
    num_resamples: resamples of the bootstrap
    """
    return correct_digits(
        estimate_by_hand, correct_posteriors, loss_by_hand,
        data=data, ratio=ratio, num_train=num_train, n=n, lr=lr, num_epochs=num_epochs,
        num_resamples=num_resamples, device=device, seed=seed,
    )  # fmt: skip


# %% [markdown]
# ## Concise
# scikit-learn's confusion matrix has a *row* for each true class: make each row sum to 1, then transpose. For
# soft predictions, column $j$ of $C$ is the mean prediction of class $j$. `scipy.optimize.nnls` is least
# squares with $p \ge 0$; one more equation with a large factor keeps the sum at 1.
#
# `CrossEntropyLoss` takes one weight for each class. Its default `reduction="mean"` divides by the sum of the
# weights in the batch. The notes divide by the number of examples: `reduction="none"` leaves that to us.


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
    heavy = 1e4  # the factor of the equation sum(p) = 1
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
    return correct_digits(
        estimate_concise, correct_concise, loss_concise,
        data=data, ratio=ratio, num_train=num_train, n=n, lr=lr, num_epochs=num_epochs,
        num_resamples=num_resamples, device=device, seed=seed,
    )  # fmt: skip


# %%
if __name__ == "__main__":
    d2l.run_chapter("distribution_shift", label_scratch, label_concise)
