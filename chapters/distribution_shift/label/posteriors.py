# %% [markdown]
# # Label shift by maximum likelihood (EM)
# Find the label frequencies under which the classifier's predictions on the target are likeliest.
#
# Notes: 004 3.9.2 part 3 poses the problem; this is another solution (Saerens 2002, Alexandari 2020).
# Run: `python -m chapters.distribution_shift [em_scratch|em_concise]`.
# On MNIST, where nothing has shifted: error of the weights about 0.005 for EM after calibration (BCTS).

# %%
import warnings
from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

import d2lcore as d2l
from chapters.distribution_shift.arguments import Array, as_distributions, as_prior, in_double, listed
from chapters.distribution_shift.label import confusion, images
from chapters.distribution_shift.label.calibration import Calibration, calibrate_concise, fit_temperature
from chapters.distribution_shift.label.confusion import mean_prediction
from chapters.figures.distribution_shift import draw_medians, draw_priors

# %% [markdown]
# ## EM
# The confusion matrix uses only the mean of the predictions. If the probabilities can be trusted, each one
# says more. As in `correction`, $q$ is the source and $p$ the target. If $p_j$ are the label frequencies, an
# input has the density $\sum_j p_j\, p(x \mid y = j)$. By Bayes' rule $p(x \mid y = j)$ is proportional to
# $q(y = j \mid x) / q_j$. So the inputs of the target have the likelihood
#
# $$L(p) = \prod_i \sum_j p_j\, \frac{q(y = j \mid x_i)}{q_j}$$
#
# up to a factor without $p$. Its logarithm is concave. EM (expectation maximisation) climbs it in two steps,
# again and again: correct the posteriors from $q$ to the present $p$, then take their mean as the next $p$.
#
# $$p_j \leftarrow \frac1n \sum_i \frac{q(y=j \mid x_i)\, p_j / q_j}{\sum_l q(y=l \mid x_i)\, p_l / q_l}$$
#
# Each $p$ is a distribution, because it is a mean of distributions. $q$, the *prior* of the classifier, is
# the same in each step: each starts from the classifier's own probabilities, and never from corrected ones.


# %%
def em_step(
    probs: Float[Tensor, "n k"], p: Float[Tensor, " k"], q: Float[Tensor, " k"]
) -> Float[Tensor, " k"]:
    """The mean of the posteriors corrected from q to p."""
    joint = probs * (p / q)
    return (joint / joint.sum(dim=1, keepdim=True)).mean(dim=0)


def em_label_distribution(
    probs: Array, q: Array, *, max_iterations: int = 10_000, tolerance: float = 1e-8
) -> Float[Tensor, " k"]:
    """p(y) of the target by EM, from the classifier's probabilities (n, k) on it.

    q: the prior (k,) that belongs to the probabilities: their mean on the source. The loop ends when no entry
    moves by more than `tolerance`. Warns if `max_iterations` come first, and of a weight p/q above 1000.
    Raises ValueError for rows that are no distribution, no rows, and a prior that lacks a class.
    """
    d2l.check_counts(max_iterations=max_iterations)
    probs = as_distributions(probs, "probs")
    if probs.dim() != 2 or not len(probs):
        raise ValueError(
            f"probs: expected probabilities of shape (n, k), n at least 1, got {tuple(probs.shape)}"
        )
    q = as_prior(q, probs.shape[1]).to(probs.device)
    p = q
    for _ in range(max_iterations):
        before, p = p, em_step(probs, p, q)
        moved = float((p - before).abs().max())
        if moved <= tolerance:
            break
    else:
        warnings.warn(f"EM moved p by {moved:.1g} in step {max_iterations}, its last", stacklevel=2)
    huge = p > 1000 * q
    if huge.any():
        text = f"EM gives class {listed(huge)} a weight above 1000: the source hardly has it, if at all"
        warnings.warn(text, stacklevel=2)
    return p


# %% [markdown]
# ## Which prior?
# $q$ is the label distribution of the source, so the label frequencies seem right. They are right for
# calibrated probabilities (`calibration`). For others they can go badly wrong. Say that a class has the
# frequency 2%, and the network gives it 5% on average. Divide by 0.02 and not by 0.05: the ratio is 2.5 times
# too large on every example. To EM the class has become common: it finds a shift where there is none.
#
# Take the *mean predicted* probability on the source as the prior instead. EM starts from $p = q$, where the
# correction changes nothing. So on the source itself it stays where it starts. Its answer $p$ belongs to this
# prior: use it only in the weights $p / q$, with the same $q$. To get the label frequencies of the target,
# multiply those of the source by the weights.
#
# Calibration with a bias for each class (BCTS) repairs the cause: after it, both priors are the same.
# Calibration with a temperature alone (TS) does not.
#
# Such networks are common. A usual remedy for rare classes is to weigh the loss by one over the frequency of
# the class. The network then predicts as if all classes were equally frequent, and they are not.


# %%
PRIORS = ("label frequencies", "mean prediction")


def em_estimates(
    logits: Tensor,
    y: Tensor,
    target: Tensor,
    calibrate: Callable[..., Calibration],
    em: Callable[..., Tensor],
) -> dict[str, tuple[Tensor, Tensor]]:
    """The estimate p and its prior q, for EM without calibration, with TS and with BCTS, and both priors.

    logits, y: of the validation examples. target: logits on the target.
    """
    k = logits.shape[1]
    calibrations = {
        "EM": Calibration(1.0, torch.zeros(k).to(logits)),
        "EM+TS": calibrate(logits, y),
        "EM+BCTS": calibrate(logits, y, bias=True),
    }
    estimates = {}
    for name, calibration in calibrations.items():
        for prior, q in zip(PRIORS, (mean_prediction(y, k), calibration(logits).mean(dim=0)), strict=True):
            estimates[f"{name}, {prior}"] = (em(calibration(target), q), q)
    return estimates


# %% [markdown]
# ## From scratch
# Train a network on MNIST with the loss balanced in this way. Then draw targets with no, some and much shift,
# and compare the estimates with the labels drawn. BBSE (black box shift estimation) is the estimate by the
# confusion matrix. The metric `bias` is half the sum of |mean prediction - frequency| over the classes.


# %%
def balanced_net(
    sets: images.Sets, k: int, lr: float, num_epochs: int, seed: int
) -> tuple[nn.Module, d2l.History]:
    """A network trained with each class weighed by one over its frequency."""
    beta = (1 / (k * mean_prediction(sets.y, k))).to(sets.X.device)
    d2l.seed_everything(seed)
    loss = nn.CrossEntropyLoss(weight=beta.float(), reduction="none")
    return images.train_classifier(sets.X, sets.y, k, loss, lr=lr, num_epochs=num_epochs)


def compare_em(
    calibrate: Callable[..., Calibration], em: Callable[..., Tensor], *,
    data: str, ratio: float, num_train: int, n: int, num_draws: int, lr: float, num_epochs: int,
    device: str, seed: int,
) -> d2l.Result:  # fmt: skip
    """EM on a network that was trained with balanced classes, for three targets: no, some and much shift."""
    d2l.check_counts(num_draws=num_draws)
    where, generator = d2l.get_device(device), torch.Generator().manual_seed(seed)
    pools = images.image_pools(data, where)
    k = int(pools.y.max()) + 1
    q = images.geometric(k, ratio)
    sets = images.shifted_sets(pools, q, q, num_train, n, generator)
    net, history = balanced_net(sets, k, lr, num_epochs, seed)
    logits, pool = (in_double(images.predict(net, X)) for X in (sets.X_val, pools.X_target))
    C = confusion.confusion_matrix(sets.y_val, logits.softmax(dim=1), k)
    frequencies = mean_prediction(sets.y_val, k)

    targets = {"no shift": q, "even classes": torch.full_like(q, 1 / k), "reversed": q.flip(0)}
    errors: dict[tuple[str, str], list[float]] = {}
    shares = {}  # by shift: of the last draw the true shares, and the estimated ones
    for shift, p in targets.items():
        for _ in range(num_draws):
            labels = torch.multinomial(p, n, replacement=True, generator=generator)
            rows = images.draw(pools.y_target, labels, generator=generator)
            truth, target = mean_prediction(pools.y_target[rows], k), pool[rows]
            estimates = em_estimates(logits, sets.y_val, target, calibrate, em)
            mu = target.softmax(dim=1).mean(dim=0)
            estimates["BBSE"] = (confusion.estimate_label_distribution(C, mu), frequencies)
            for name, (p_hat, prior) in estimates.items():
                error = float(((p_hat / prior - truth / frequencies) ** 2).mean())
                errors.setdefault((shift, name), []).append(error)
        shares[shift] = (
            truth,
            {name: frequencies * p_hat / prior for name, (p_hat, prior) in estimates.items()},
        )

    medians = {key: float(np.median(values)) for key, values in errors.items()}
    bias = float((logits.softmax(dim=1).mean(dim=0) - frequencies).abs().sum() / 2)
    metrics = {"source_acc": d2l.accuracy(logits, sets.y_val) / n, "bias": bias}
    metrics |= {metric_name(*key): value for key, value in medians.items()}
    chosen = ("EM, label frequencies", "EM, mean prediction", "EM+BCTS, mean prediction")
    panels = {
        shift: (shares[shift][0], {name: shares[shift][1][name] for name in chosen})
        for shift in ("no shift", "even classes")
    }
    return d2l.Result(net, history, {"priors": draw_priors(panels), "errors": draw_medians(medians)}, metrics)


def metric_name(shift: str, estimate: str) -> str:
    """Of "no shift" and "EM+TS, mean prediction": no_shift_em_ts_mean."""
    words = f"{shift} {estimate}".replace(", label", "").replace(" prediction", "").replace(",", "")
    return words.replace("+", "_").replace(" ", "_").lower()


def em_scratch(
    *,
    data: str = "mnist",
    ratio: float = 0.75,
    num_train: int = 10_000,
    n: int = 2000,
    num_draws: int = 5,
    lr: float = 0.01,
    num_epochs: int = 10,
    device: str = "auto",
    seed: int = 0,
) -> d2l.Result:
    """EM by its steps, calibration by Newton's method.

    ratio: frequency of a class in the source over that of the class before it
    num_train: training examples of the source
    n: validation examples, and target examples
    num_draws: draws of target examples for each shift
    """
    return compare_em(
        fit_temperature, em_label_distribution, data=data, ratio=ratio, num_train=num_train, n=n,
        num_draws=num_draws, lr=lr, num_epochs=num_epochs, device=device, seed=seed,
    )  # fmt: skip


# %% [markdown]
# ## Concise
# `scipy.optimize.minimize` finds both maxima directly, given the gradients. Two of its methods serve: SLSQP
# maximises the likelihood and keeps $p \ge 0$ and the sum 1; BFGS finds the calibration.


# %%
def em_concise_estimate(probs: Array, q: Array) -> Float[Tensor, " k"]:
    """`em_label_distribution` by maximising the log-likelihood over all distributions p."""
    from scipy.optimize import minimize

    ratio = (in_double(probs) / in_double(q)).cpu().numpy()

    def loss(p: np.ndarray) -> tuple[float, np.ndarray]:
        mixed = ratio @ p
        return -np.log(mixed).mean(), -(ratio / mixed[:, None]).mean(axis=0)

    k = ratio.shape[1]
    sums_to_1 = {"type": "eq", "fun": lambda p: p.sum() - 1, "jac": np.ones_like}
    options = {"ftol": 1e-14, "maxiter": 500}
    start, bounds = np.full(k, 1 / k), [(0, 1)] * k
    best = minimize(loss, start, jac=True, bounds=bounds, constraints=sums_to_1, options=options)
    return torch.from_numpy(best.x).to(in_double(probs))


def em_concise(
    *,
    data: str = "mnist",
    ratio: float = 0.75,
    num_train: int = 10_000,
    n: int = 2000,
    num_draws: int = 5,
    lr: float = 0.01,
    num_epochs: int = 10,
    device: str = "auto",
    seed: int = 0,
) -> d2l.Result:
    """The same with SciPy's optimisers."""
    return compare_em(
        calibrate_concise, em_concise_estimate, data=data, ratio=ratio, num_train=num_train, n=n,
        num_draws=num_draws, lr=lr, num_epochs=num_epochs, device=device, seed=seed,
    )  # fmt: skip


# %%
if __name__ == "__main__":
    d2l.run_chapter("distribution_shift", em_scratch, em_concise)
