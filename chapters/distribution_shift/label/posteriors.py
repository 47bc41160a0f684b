# %% [markdown]
# # Label shift by maximum likelihood (EM)
# Expectation-maximisation finds the label frequencies that make the target's predictions likeliest.
#
# Notes: 004 3.9.2 part 3 poses the problem; this is its other solution (Saerens 2002, Alexandari 2020).
# Run: `python -m chapters.distribution_shift [em_scratch|em_concise]`.
# Without any shift, the error of the weights is 1.7-7.3 for EM with label frequencies as prior, 0.005-0.011
# with the mean prediction, 0.002-0.009 after BCTS (seeds 0-4). About 3 s on one core for each variant.

# %%
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

import d2lcore as d2l
from chapters.distribution_shift.arguments import Array, as_distributions, as_prior, in_double, listed
from chapters.distribution_shift.label.calibration import Calibration, calibrate_concise, fit_temperature
from chapters.distribution_shift.label.confusion import (
    confusion_matrix,
    estimate_label_distribution,
    mean_prediction,
)
from chapters.distribution_shift.label.images import (
    draw,
    geometric,
    image_pools,
    predict,
    shifted_sets,
    train_classifier,
)
from d2lcore.plotting import as_array

# %% [markdown]
# ## EM
# The confusion matrix keeps of each prediction only how it enters a mean. If the probabilities can be
# trusted, they say more: by Bayes' rule $q(y = j \mid x) / q_j$ is proportional to $p(x \mid y = j)$, so
# the likelihood of the target's examples under label frequencies $p$ is
#
# $$L(p) = \prod_i \sum_j p_j\, \frac{q(y = j \mid x_i)}{q_j} .$$
#
# Its logarithm is concave in $p$. EM climbs it by a loop one would have invented anyway: correct the
# posteriors with the present $p$, take their mean for the next $p$.
#
# $$p_j \leftarrow \frac1n \sum_i \frac{q(y=j \mid x_i)\, p_j / q_j}{\sum_l q(y=l \mid x_i)\, p_l / q_l}$$
#
# No step leaves the simplex. The *prior* $q$ stays what it was: dividing by the $p$ of the step before would
# multiply the correction onto itself.


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
# $q$ in the formulas is the source's label distribution, so one puts in the label frequencies. That is
# right for calibrated probabilities and can go badly wrong for others. EM divides each class's
# probabilities by its $q_j$. If the network gives a class 5% on average where its frequency is 2%, they
# come out 2.5 times too large, on every example, and EM reads that as evidence that the class has become
# common: it finds a shift where there is none. The *mean predicted* probability on the source as prior
# repairs this much: applied to the source itself, EM then stays where it starts. What it finds is then
# relative to that prior: the weights are $p / q$ with the same $q$. BCTS repairs the cause, and after it
# the two priors are one.
#
# Such a network is no rarity. The usual remedy for rare classes is to weigh the loss by one over the
# frequency of the class: the network then predicts as if classes were equally frequent, while the labels
# are not.


# %%
PRIORS = ("label frequencies", "mean prediction")


def em_estimates(
    logits: Tensor,
    y: Tensor,
    target: Tensor,
    calibrate: Callable[..., Calibration],
    em: Callable[..., Tensor],
) -> dict[str, tuple[Tensor, Tensor]]:
    """The estimate p and its prior q, for EM without calibration, with TS and with BCTS, and both priors."""
    k = logits.shape[1]
    calibrations = {
        "EM": Calibration(1.0, torch.zeros(k).to(logits)),
        "EM+TS": calibrate(logits, y),
        "EM+BCTS": calibrate(logits, y, bias=True),
    }
    found = {}
    for name, calibration in calibrations.items():
        for prior, q in zip(PRIORS, (mean_prediction(y, k), calibration(logits).mean(dim=0)), strict=True):
            found[f"{name}, {prior}"] = (em(calibration(target), q), q)
    return found


def compare_em(
    calibrate: Callable[..., Calibration], em: Callable[..., Tensor], *,
    data: str, ratio: float, num_train: int, n: int, num_draws: int, lr: float, num_epochs: int,
    device: str, seed: int,
) -> d2l.Result:  # fmt: skip
    """EM on a network that was trained with balanced classes, for three targets: no, some and much shift."""
    d2l.check_counts(num_draws=num_draws)
    where, generator = d2l.get_device(device), torch.Generator().manual_seed(seed)
    pools = image_pools(data, where)
    k = int(pools.y.max()) + 1
    q = geometric(k, ratio)
    targets = {"no shift": q, "even classes": torch.full_like(q, 1 / k), "reversed": q.flip(0)}
    sets = shifted_sets(pools, q, q, num_train, n, generator)
    balance = (1 / (k * mean_prediction(sets.y, k))).to(where)
    d2l.seed_everything(seed)
    net, history = train_classifier(
        sets.X,
        sets.y,
        k,
        nn.CrossEntropyLoss(weight=balance.float(), reduction="none"),
        lr=lr,
        num_epochs=num_epochs,
    )
    logits, pool = (in_double(predict(net, X)) for X in (sets.X_val, pools.X_target))
    C, frequencies = confusion_matrix(sets.y_val, logits.softmax(dim=1), k), mean_prediction(sets.y_val, k)
    errors: dict[tuple[str, str], list[float]] = {}
    shown = {}
    for shift, p in targets.items():
        for _ in range(num_draws):
            rows = draw(
                pools.y_target,
                torch.multinomial(p, n, replacement=True, generator=generator),
                generator=generator,
            )
            truth = mean_prediction(pools.y_target[rows], k)
            found = em_estimates(logits, sets.y_val, pool[rows], calibrate, em)
            found["BBSE"] = (
                estimate_label_distribution(C, pool[rows].softmax(dim=1).mean(dim=0)),
                frequencies,
            )
            for name, (p_hat, prior) in found.items():
                error = float(((p_hat / prior - truth / frequencies) ** 2).mean())
                errors.setdefault((shift, name), []).append(error)
        shown[shift] = (truth, {name: frequencies * p_hat / prior for name, (p_hat, prior) in found.items()})
    medians = {key: float(np.median(values)) for key, values in errors.items()}
    metrics = {
        "source_acc": d2l.accuracy(logits, sets.y_val) / n,
        "bias": float((logits.softmax(dim=1).mean(dim=0) - frequencies).abs().sum() / 2),
    }
    for (shift, name), value in medians.items():  # "no shift", "EM+TS, mean prediction": no_shift_em_ts_mean
        words = f"{shift} {name}".replace(", label", "").replace(" prediction", "").replace(",", "")
        metrics[words.replace("+", "_").replace(" ", "_").lower()] = value
    figures = {"priors": draw_priors(shown), "errors": draw_medians(medians)}
    return d2l.Result(net, history, figures, metrics)


def draw_priors(shown: dict[str, tuple[Tensor, dict[str, Tensor]]]) -> Any:
    figure, panels = d2l.plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained", sharey=True)
    for axes, shift in zip(panels, ("no shift", "even classes"), strict=True):
        truth, found = shown[shift]
        axes.bar(np.arange(len(truth)), as_array(truth), color="0.85", label="share of the labels, not used")
        for name, fmt in zip(("EM, label frequencies", "EM, mean prediction", "EM+BCTS, mean prediction"),
                             ("C3x", "C1s", "C2o"), strict=True):  # fmt: skip
            axes.plot(as_array(found[name]), fmt, ms=5, label=name)
        d2l.set_axes(axes, "class", "estimated share: q times the weight")
        axes.set_title(shift)
        axes.set_xticks(range(len(truth)))
    panels[0].legend(fontsize="small")
    return figure


def draw_medians(medians: dict[tuple[str, str], float]) -> Any:
    shifts, names = (list(dict.fromkeys(key[i] for key in medians)) for i in (0, 1))
    figure, axes = d2l.plt.subplots(figsize=(8, 3.6), layout="constrained")
    for shift, fmt in zip(shifts, ("o", "s", "^"), strict=True):
        axes.plot([medians[shift, name] for name in names], range(len(names)), fmt, label=shift)
    axes.legend()
    d2l.set_axes(axes, "mean squared error of the weights, median over the draws", xscale="log")
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    return figure


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

    data: mnist, fashion_mnist or digits
    ratio: frequency of a class in the source over that of the class before it
    num_train: training examples of the source
    n: validation examples, and target examples
    num_draws: draws of target examples for each shift
    lr: learning rate of SGD
    num_epochs: passes over the training examples
    device: auto, cpu, cuda, cuda:N or mps
    seed: of the draws, of the weights, and of the order of the examples
    """
    return compare_em(fit_temperature, em_label_distribution, **locals())


# %% [markdown]
# ## Concise
# `scipy.optimize.minimize` finds the same maxima directly: of the likelihood over the simplex (SLSQP keeps
# bounds and a sum), and of the calibration (BFGS), each with its gradient.


# %%
def em_concise_estimate(probs: Array, q: Array) -> Float[Tensor, " k"]:
    """`em_label_distribution` by maximising the log-likelihood over the simplex."""
    from scipy.optimize import minimize

    ratio = (in_double(probs) / in_double(q)).cpu().numpy()

    def loss(p: np.ndarray) -> tuple[float, np.ndarray]:
        mixed = ratio @ p
        return -np.log(mixed).mean(), -(ratio / mixed[:, None]).mean(axis=0)

    k = ratio.shape[1]
    sums_to_1 = {"type": "eq", "fun": lambda p: p.sum() - 1, "jac": np.ones_like}
    options = {"ftol": 1e-14, "maxiter": 500}
    start, bounds = np.full(k, 1 / k), [(0, 1)] * k
    found = minimize(loss, start, jac=True, bounds=bounds, constraints=sums_to_1, options=options)
    return torch.from_numpy(found.x).to(in_double(probs))


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
    return compare_em(calibrate_concise, em_concise_estimate, **locals())


# %%
if __name__ == "__main__":
    d2l.run_chapter("distribution_shift", em_scratch, em_concise)
