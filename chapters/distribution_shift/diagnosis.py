# %% [markdown]
# # Knowing when not to (何时不该校正)
# Every correction gives numbers, also where it must not be applied; what to look at first, and four failures.
#
# Notes: 004 3.9.1 and 3.9.2. Run: `python -m chapters.distribution_shift` with `absent_class`,
# `broken_assumption`, `disjoint_supports` or `huge_weights`; 8, 8, 4 and 2 s on one core.
# Absent class and moved images: shares off by 0.18 and 0.20-0.29, residual 0, C well-conditioned. At distance
# 2, hardly any overlap, a weighted line errs 33-37 times as much as the best one. With a true ratio at m = 3
# the relative error of the risk is 0.8-3.4 for nine seeds of ten, and 29 for seed 0.

# %%
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

import d2lcore as d2l
from chapters.distribution_shift.confusion import (
    as_system,
    bootstrap_interval,
    confusion_matrix,
    is_singular,
    listed,
    mean_prediction,
    solve_label_shift,
)
from chapters.distribution_shift.covariate import as_samples, density_ratio_weights
from chapters.distribution_shift.detection import mmd_test, two_sample_test
from chapters.distribution_shift.images import (
    Array,
    Sets,
    geometric,
    image_pools,
    predict,
    shifted_sets,
    train_classifier,
    tweak_one,
)
from chapters.distribution_shift.label import correct_posteriors, estimate_by_hand, label_shift_weights
from chapters.distribution_shift.risk import as_weights, effective_sample_size, weighted_loss
from chapters.distribution_shift.weighting import weighted_least_squares
from d2lcore.plotting import as_array

# %% [markdown]
# ## The diagnosis
# What can be known of a correction before it is used, and without labels of the target:
#
# - of weights: the effective sample size, the largest one, and their mean, which estimates
#   $\mathbb E_q[p/q] = 1$;
# - of $C p = \mu$: the condition number, by which errors can grow, and the residual
#   $\lVert C \hat p - \mu \rVert$ of the best distribution $\hat p$. With $n$ examples of each, chance
#   makes it about $\sqrt{2 (1 - \lVert\mu\rVert^2) / n}$; more than three times that means that no $p$
#   explains $\mu$. The converse does not hold: $k$ equations for $k$ unknowns, so 0 is no evidence;
# - of the samples: how well a classifier tells them apart. If always, they have nothing in common to weigh;
# - of both: keep each source example with the chance $\beta_i / \max \beta$. If $\beta$ is the ratio, those
#   kept are a sample of the target, and a test can say whether they are.


# %%
@dataclass(frozen=True)
class Diagnosis:
    """What `diagnose` found; None for what it was not given.

    effective_sample_size, largest_weight, mean_weight: of beta. condition: of C, infinite if it is singular.
    residual: |C p - mu| for the best distribution p; None if C is singular. accuracy, p_value: of the
    classifier two-sample test. weighted_p_value: of the MMD test of the source, drawn by beta, against the
    target; None also if beta leaves fewer than 20 examples for it.
    sentences: one on each. concerns: those that say not to trust the correction.
    """

    sentences: tuple[str, ...]
    concerns: tuple[str, ...]
    effective_sample_size: float | None = None
    largest_weight: float | None = None
    mean_weight: float | None = None
    condition: float | None = None
    residual: float | None = None
    accuracy: float | None = None
    p_value: float | None = None
    weighted_p_value: float | None = None


Found = tuple[dict[str, float | None], list[tuple[str, bool]]]  # fields; sentences, and whether they worry


def about_weights(beta: Float[Tensor, " n"]) -> Found:
    """Effective sample size, largest weight and mean."""
    n, beta = len(beta), beta.double().cpu()
    ess, largest, mean = float(effective_sample_size(beta)), float(beta.max()), float(beta.mean())
    share, slack = largest / (n * mean), max(0.2, 3 * float(beta.std(correction=0)) / math.sqrt(n))
    few, heavy, off = ess < max(30, n / 10), share > max(0.05, 10 / n), abs(mean - 1) > slack
    notes = [
        (
            f"The weights leave an effective sample of {ess:.3g} of {n} examples"
            + (", too few to rely on." if few else "."),
            few,
        ),
        (
            f"The largest weight is {largest:.3g}, {share:.1%} of their sum"
            + ("; one example decides much of the result." if heavy else "."),
            heavy,
        ),
        (
            f"Their mean is {mean:.3g}"
            + (
                ", where a ratio p/q has 1: much of the target lies where the source has no examples, or the "
                "ratio is wrong."
                if off
                else ", near the 1 that it has for a ratio p/q."
            ),
            off,
        ),
    ]
    return {"effective_sample_size": ess, "largest_weight": largest, "mean_weight": mean}, notes


def about_system(C: Array, mu: Array, num_examples: int | None) -> Found:
    """Condition number of C, and the residual of C p = mu."""
    system, mean = as_system(C, mu)
    if is_singular(C):
        never = system.amax(dim=1) == 0
        why = f": class {listed(never)} is never predicted" if never.any() else ""
        return {"condition": math.inf}, [(f"C is singular{why}. More than one p fits mu.", True)]
    estimate = solve_label_shift(C, mu)
    bound = 0.1
    if num_examples is not None:
        bound = 3 * math.sqrt(2 * float(1 - mean @ mean) / num_examples)
    ill, misfit = estimate.condition > 30, estimate.residual > bound
    notes = [
        (
            f"C has the condition number {estimate.condition:.3g}"
            + (
                ": errors of mu can grow as much in p. Regularise, or train a better classifier."
                if ill
                else "."
            ),
            ill,
        ),
        (
            f"The best distribution p misses C p = mu by {estimate.residual:.2g}"
            + (
                ", more than chance explains: it is not label shift alone."
                if misfit
                else ". That is no evidence for label shift: so many unknowns fit almost any mu."
            ),
            misfit,
        ),
    ]
    return {"condition": estimate.condition, "residual": estimate.residual}, notes


def about_samples(X_source: Tensor, X_target: Tensor, generator: torch.Generator | None) -> Found:
    """Accuracy and p-value of the classifier two-sample test."""
    accuracy, p_value = two_sample_test(X_source, X_target, generator=generator)
    apart = accuracy >= 0.95 and p_value <= 0.05
    if apart:
        verdict = "The two hardly overlap, and weights cannot carry one to the other."
    elif p_value <= 0.05:
        verdict = "There is a shift."
    else:
        verdict = "It sees no shift, which does not prove that there is none."
    text = f"A classifier tells target from source with accuracy {accuracy:.2f} (p-value {p_value:.2g}). "
    return {"accuracy": accuracy, "p_value": p_value}, [(text + verdict, apart)]


def about_weighted_samples(
    X_source: Tensor, X_target: Tensor, beta: Tensor, generator: torch.Generator | None
) -> Found:
    """The MMD test of source examples, each kept with the chance beta / max beta, against the target."""
    chances = beta.double().cpu() / beta.double().max().cpu()
    rows = (torch.rand(len(beta), generator=generator, dtype=torch.float64) < chances).nonzero()[:500, 0]
    if len(rows) < 20 or len(X_target) < 20:
        return {"weighted_p_value": None}, [("Too few examples to test the weighted source.", False)]
    others = torch.randperm(len(X_target), generator=generator)[:500]
    p_value = mmd_test(X_source[rows], X_target[others], generator=generator).p_value
    differs = p_value <= 0.01
    text = f"Weighted, the source differs from the target with p-value {p_value:.2g}" + (
        ": the weights do not make it the target, so their assumption does not hold." if differs else "."
    )
    return {"weighted_p_value": p_value}, [(text, differs)]


def diagnose(
    beta: Array | None = None,
    *,
    C: Array | None = None,
    mu: Array | None = None,
    num_examples: int | None = None,
    X_source: Array | None = None,
    X_target: Array | None = None,
    generator: torch.Generator | None = None,
) -> Diagnosis:
    """What to look at before a correction is used, from whichever of its parts there are.

    beta: weights of the source examples, (n,). C, mu: confusion matrix (k, k) and mean prediction (k,), from
    num_examples validation and as many target examples (the smaller number; by default a residual above 0.1
    counts as too large). X_source, X_target: samples (n, ...) and (m, ...). generator: of the tests.
    Raises ValueError if there is nothing to look at, C comes without mu or X_source without X_target, beta
    and X_source differ in length, and for weights, C, mu or samples that the chapter's functions refuse.
    """
    for one, other, names in ((C, mu, "C, mu"), (X_source, X_target, "X_source, X_target")):
        if (one is None) != (other is None):
            raise ValueError(f"{names}: give both or neither")
    found: list[Found] = []
    if num_examples is not None:
        d2l.check_counts(num_examples=num_examples)
    if beta is not None:
        beta = as_weights(beta)
        found.append(about_weights(beta))
    if C is not None and mu is not None:
        found.append(about_system(C, mu, num_examples))
    if X_source is not None and X_target is not None:
        X_source, X_target = as_samples(X_source, X_target)
        found.append(about_samples(X_source, X_target, generator))
        if beta is not None:
            if len(beta) != len(X_source):
                raise ValueError(f"beta: {len(beta)} weights for {len(X_source)} examples in X_source")
            found.append(about_weighted_samples(X_source, X_target, beta, generator))
    if not found:
        raise ValueError("diagnose: nothing to look at; give beta, C and mu, or X_source and X_target")
    fields = {name: value for values, _ in found for name, value in values.items()}
    notes = [note for _, some in found for note in some]
    return Diagnosis(tuple(text for text, _ in notes), tuple(text for text, bad in notes if bad), **fields)


# %% [markdown]
# ## Label shift that is none
# A network learns digits from a source of uneven frequencies. Two targets have other ones: in the first label
# shift holds, in the second it does not. Of both $p$ is estimated, with a bootstrap interval, and used.


# %%
class Case(NamedTuple):
    """A target's true shares, their estimate with its interval, and what came of it."""

    truth: Tensor
    p: Tensor
    low: Tensor
    high: Tensor
    diagnosis: Diagnosis
    acc: float
    corrected_acc: float


def estimate_case(net: nn.Module, sets: Sets, num_classes: int, generator: torch.Generator) -> Case:
    """Estimate p by the confusion matrix on the classes that the net knows, correct, and diagnose."""
    soft, soft_target = (predict(net, X).double().softmax(dim=1) for X in (sets.X_val, sets.X_target))
    C, mu = confusion_matrix(sets.y_val, soft, num_classes), mean_prediction(soft_target, num_classes)
    estimate = partial(estimate_by_hand, num_classes=num_classes)
    p, q = solve_label_shift(C, mu).p, mean_prediction(sets.y_val, num_classes)
    low, high = bootstrap_interval(
        estimate, sets.y_val, soft, soft_target, num_resamples=100, generator=generator
    )
    beta, n = label_shift_weights(p, q)[sets.y_val], len(sets.y_target)
    diagnosis = diagnose(
        beta,
        C=C,
        mu=mu,
        num_examples=n,
        X_source=sets.X_val,
        X_target=sets.X_target,
        generator=generator,
    )
    truth = torch.bincount(sets.y_target, minlength=num_classes).double() / n
    corrected = correct_posteriors(soft_target, p, q)
    acc, corrected_acc = (d2l.accuracy(probs, sets.y_target) / n for probs in (soft_target, corrected))
    return Case(truth, p, low, high, diagnosis, acc, corrected_acc)


def drawn_sets(
    pools: Sets, p: Tensor, num_classes: int, num_train: int, n: int, generator: torch.Generator
) -> Sets:
    """Source and target sets, the source without the classes from `num_classes` on, the target by p."""
    q = torch.zeros_like(p)
    q[:num_classes] = geometric(num_classes, 0.8)
    return shifted_sets(pools, q, p, num_train, n, generator)


def compare_cases(
    name: str, changed: Callable[[Sets], Sets], num_classes: int, p: Tensor, *, data: str, num_train: int,
    n: int, num_epochs: int, seed: int,
) -> d2l.Result:  # fmt: skip
    """A target under label shift by p, and one that `changed` makes of the pools: figure and metrics."""
    pools, generator = image_pools(data), torch.Generator().manual_seed(seed)
    d2l.seed_everything(seed)
    known = p.clone()
    known[num_classes:] = 0
    sets = drawn_sets(pools, known / known.sum(), num_classes, num_train, n, generator)
    net, history = train_classifier(
        sets.X, sets.y, num_classes, nn.CrossEntropyLoss(reduction="none"), num_epochs=num_epochs, lr=0.05
    )
    other = changed(drawn_sets(pools, p, num_classes, num_train, n, generator))
    cases = {
        "label shift": estimate_case(net, sets, num_classes, generator),
        name: estimate_case(
            net, sets._replace(X_target=other.X_target, y_target=other.y_target), num_classes, generator
        ),
    }
    metrics: dict[str, float] = {}
    for key, case in cases.items():
        known = case.truth[:num_classes]
        inside = (case.low <= known) & (known <= case.high)
        metrics |= {
            f"acc, {key}": case.acc,
            f"corrected_acc, {key}": case.corrected_acc,
            f"largest_error, {key}": float((case.p - known).abs().max()),
            f"in_interval, {key}": float(inside.double().mean()),
            f"condition, {key}": float(case.diagnosis.condition or math.nan),
            f"residual, {key}": float(case.diagnosis.residual or 0.0),
            f"ess, {key}": float(case.diagnosis.effective_sample_size or math.nan),
            f"weighted_p_value, {key}": float(case.diagnosis.weighted_p_value or math.nan),
            f"concerns, {key}": float(len(case.diagnosis.concerns)),
        }
    return d2l.Result(net, history, {"cases": draw_cases(cases, sets.X_target, other.X_target)}, metrics)


def draw_cases(cases: dict[str, Case], *images: Tensor) -> Any:
    """Images of both targets, and their true and estimated shares."""
    figure, grid = d2l.plt.subplots(
        2, 2, figsize=(9, 4.6), height_ratios=(1, 3), sharex="row", sharey="row", layout="constrained"
    )
    for (name, case), X, sheet, axes in zip(cases.items(), images, *grid, strict=True):
        sheet.imshow(as_array(torch.cat(list(X[:10, 0]), dim=1)), cmap="gray")
        sheet.set_axis_off()
        sheet.set_title(
            f"{name}: accuracy {case.acc:.2f}, corrected {case.corrected_acc:.2f}", fontsize="medium"
        )
        classes = np.arange(len(case.p))
        axes.bar(
            np.arange(len(case.truth)),
            as_array(case.truth),
            color="0.85",
            label="share of the labels, not used",
        )
        axes.errorbar(
            classes, as_array(case.p),
            as_array(torch.stack([case.p - case.low, case.high - case.p]).clamp(min=0)),
            fmt="C0o", ms=4, capsize=2, label="estimate, 90% interval",
        )  # fmt: skip
        d2l.set_axes(axes, "class", "share of the target" if axes is grid[1, 0] else "")
        axes.set_xticks(range(len(case.truth)))
    grid[1, 0].legend(fontsize="small")
    return figure


# %% [markdown]
# ### A class that the source does not have
# Nines in the target, none in the source. $C$ is 9 by 9, well-conditioned, and every nine is distributed over
# the other classes: those it looks like grow. No $\beta$ can help: the weight of a nine is $p/0$.


# %%
def absent_class(
    *,
    data: str = "mnist",
    rho: float = 0.3,
    num_train: int = 5000,
    n: int = 1000,
    num_epochs: int = 5,
    seed: int = 0,
) -> d2l.Result:
    """Correct for label shift although the target has a class that the source has not.

    data: mnist, fashion_mnist or digits
    rho: share of the absent class, the last one, in the target
    num_train: training examples
    n: validation examples, and target examples
    num_epochs: passes over the training examples
    seed: of the draws and the network
    """
    return compare_cases(
        "absent class", lambda sets: sets, 9, tweak_one(10, rho, 9),
        data=data, num_train=num_train, n=n, num_epochs=num_epochs, seed=seed,
    )  # fmt: skip


# %% [markdown]
# ### Inputs of a class that have changed
# The target's images are moved sideways: $p(x \mid y) \ne q(x \mid y)$. $C$ describes other images than $\mu$
# does, the equation does not know it, and the interval, which is about sampling only, is as narrow as ever.


# %%
def broken_assumption(
    *,
    data: str = "mnist",
    pixels: int = 4,
    num_train: int = 5000,
    n: int = 1000,
    num_epochs: int = 5,
    seed: int = 0,
) -> d2l.Result:
    """Correct for label shift although it is the images that have changed.

    data: mnist, fashion_mnist or digits
    pixels: how far the target's images are moved
    num_train: training examples
    n: validation examples, and target examples
    num_epochs: passes over the training examples
    seed: of the draws and the network
    """
    return compare_cases(
        "moved", lambda sets: sets._replace(X_target=sets.X_target.roll(pixels, dims=-1)),
        10, geometric(10, 0.8).flip(0),
        data=data, num_train=num_train, n=n, num_epochs=num_epochs, seed=seed,
    )  # fmt: skip


# %% [markdown]
# ## Covariate shift without overlap
# $x$ is uniform on [-1, 1] in the source and on [d-1, d+1] in the target, $y = \sin 2x$ with noise, and the
# model is a line. From $d = 2$ on the two have no point in common. There is no ratio, and the function is not
# to be seen where it is wanted. Weights come out all the same, and the further the target the *larger* is
# their effective sample: the classifier is as sure with a flatter slope. Its accuracy gives the warning.


# %%
def fit_lines(d: float, n: int) -> tuple[dict[str, Float[Tensor, " 2"]], Tensor, Diagnosis, list[Tensor]]:
    """Slope and intercept of three lines, their squared errors on the target, the diagnosis, the data."""
    X, X_target = 2 * torch.rand(n, 1).double() - 1, 2 * torch.rand(n, 1).double() - 1 + d
    y, y_target = ((2 * x).sin() + 0.1 * torch.randn(n, 1) for x in (X, X_target))
    beta = density_ratio_weights(X, X_target)
    ones = torch.ones_like(beta)
    fits = {"no weights": (X, y, ones), "weighted": (X, y, beta), "target": (X_target, y_target, ones)}
    lines = {
        name: torch.cat([part.flatten() for part in weighted_least_squares(*fit)])
        for name, fit in fits.items()
    }
    errors = torch.stack([((X_target * w + b - y_target) ** 2).mean() for w, b in lines.values()])
    return lines, errors, diagnose(beta, X_source=X, X_target=X_target), [X, y, X_target, y_target]


def disjoint_supports(
    *,
    distances: tuple[float, ...] = (0, 0.5, 1, 1.5, 2, 2.5, 3, 4),
    n: int = 200,
    num_runs: int = 20,
    seed: int = 0,
) -> d2l.Result:
    """Fit a weighted line while source and target move apart.

    distances: of the two middles; from 2 on they do not overlap
    n: examples of the source, and of the target
    num_runs: draws at each distance
    seed: of the draws
    """
    d2l.check_counts(n=n, num_runs=num_runs)
    d2l.seed_everything(seed)
    metrics: dict[str, float] = {}
    rows = []
    for d in distances:
        runs = [fit_lines(d, n) for _ in range(num_runs)]
        errors = torch.stack([run[1] for run in runs]).median(dim=0).values
        found = [run[2] for run in runs]
        columns = {
            "ess": [one.effective_sample_size or math.nan for one in found],
            "accuracy": [one.accuracy or 0.0 for one in found],
            "concerns": [float(len(one.concerns)) for one in found],
        }
        medians = {name: float(torch.tensor(values).median()) for name, values in columns.items()}
        rows.append([*errors.tolist(), medians["ess"] / n, medians["accuracy"]])
        mse = {f"mse {name}": float(error) for name, error in zip(runs[0][0], errors, strict=True)}
        metrics |= {f"{name}, {d:g}": value for name, value in {**mse, **medians}.items()}
    figure = draw_supports(distances, rows, *fit_lines(2.5, n)[::3])
    return d2l.Result(figures={"supports": figure}, metrics=metrics)


def draw_supports(
    distances: tuple[float, ...], rows: list[list[float]], lines: Any, data: list[Tensor]
) -> Any:
    figure, (left, middle, right) = d2l.plt.subplots(1, 3, figsize=(10, 3.4), layout="constrained")
    X, y, X_target, y_target = map(as_array, data)
    left.plot(X, y, "C7.", ms=3, label="source")
    left.plot(X_target, y_target, "C1.", ms=3, label="target")
    ends = np.array([-1, 3.5])
    for (name, (w, b)), fmt in zip(lines.items(), ("k--", "C0", "C1"), strict=True):
        left.plot(
            ends, float(w) * ends + float(b), fmt, label=name if name != "target" else "best for the target"
        )
    d2l.set_axes(left, "x", "y", ylim=(-3, 5))
    columns = list(zip(*rows, strict=True))
    for name, values, fmt in zip(
        ("no weights", "weighted", "best line"), columns, ("k--", "C0o-", "C1s-"), strict=False
    ):
        middle.plot(distances, values, fmt, ms=4, label=name)
    d2l.set_axes(middle, "distance d", "squared error on the target", yscale="log")
    right.plot(distances, columns[3], "C2o-", ms=4, label="effective sample / n")
    right.plot(distances, columns[4], "C3s-", ms=4, label="classifier's accuracy")
    d2l.set_axes(right, "distance d", "share", ylim=(0, 1.05))
    for axes in (left, middle, right):
        axes.legend(fontsize="x-small")
    for axes in (middle, right):
        axes.axvspan(2, max(*distances, 2), color="0.92")
    return figure


# %% [markdown]
# ## Huge weights
# Source $N(0, 1)$, target $N(m, 1)$, the loss is $x^2/2$, and the ratio $\beta = e^{mx - m^2/2}$ is *known*.
# The weighted mean is unbiased for every $m$. But of $n$ examples about $n e^{-m^2}$ count, and for large $m$
# those that would matter are not drawn: the estimate is mostly far too small, and now and then enormous.
# Normalised it cannot be larger than the largest loss. The *measured* effective sample does not show how bad
# it is, for it knows only the weights that were drawn; a mean of $\beta$ well below 1 is another warning.


# %%
def risk_estimates(m: float, n: int, num_runs: int) -> dict[str, Float[Tensor, " runs"]]:
    """Of each run the four estimates of the target's risk, the effective sample size, and the mean weight."""
    X = torch.randn(num_runs, n, dtype=torch.float64)
    beta, losses = (m * X - m**2 / 2).exp(), X**2 / 2
    return {
        "no weights": losses.mean(dim=1),
        "weighted": torch.stack([weighted_loss(l, weights) for l, weights in zip(losses, beta, strict=True)]),
        "normalised": (beta * losses).sum(dim=1) / beta.sum(dim=1),
        "clipped at 10": (beta.clamp(max=10) * losses).mean(dim=1),
        "ess": torch.stack([effective_sample_size(weights) for weights in beta]),
        "mean_weight": beta.mean(dim=1),
    }


def huge_weights(
    *,
    shifts: tuple[float, ...] = (0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5),
    n: int = 1000,
    num_runs: int = 200,
    seed: int = 0,
) -> d2l.Result:
    """Estimate the target's risk by the true weights while the target moves away.

    shifts: means m of the target
    n: source examples
    num_runs: draws for each
    seed: of the draws
    """
    d2l.check_counts(n=n, num_runs=num_runs)
    d2l.seed_everything(seed)
    metrics: dict[str, float] = {}
    rows = []
    for m in shifts:
        runs, truth = risk_estimates(m, n, num_runs), (1 + m**2) / 2
        row = {
            f"rmse {name}": float(((runs[name] / truth - 1) ** 2).mean().sqrt()) for name in list(runs)[:4]
        }
        row["too_small"] = float((runs["weighted"] < truth).double().mean())
        row["ess_share"] = float(runs["ess"].median()) / n
        row["ess_share_theory"] = math.exp(-(m**2))
        row["mean_weight"] = float(runs["mean_weight"].median())
        rows.append(row)
        metrics |= {f"{name}, {m:g}": value for name, value in row.items()}
    return d2l.Result(figures={"weights": draw_weights(shifts, rows)}, metrics=metrics)


def draw_weights(shifts: tuple[float, ...], rows: list[dict[str, float]]) -> Any:
    figure, (left, right) = d2l.plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for name, fmt in zip(list(rows[0])[:4], ("k--", "C0o-", "C2s-", "C1^-"), strict=True):
        left.plot(shifts, [row[name] for row in rows], fmt, ms=4, label=name.removeprefix("rmse "))
    d2l.set_axes(left, "shift m", "relative error of the risk (rms)", yscale="log")
    labels = {
        "ess_share": ("C3o-", "effective sample / n, measured (median)"),
        "ess_share_theory": ("C3:", r"theory, $e^{-m^2}$"),
        "mean_weight": ("C4s-", "mean weight (median)"),
    }
    for name, (fmt, label) in labels.items():
        right.plot(shifts, [row[name] for row in rows], fmt, ms=4, label=label)
    d2l.set_axes(right, "shift m", "share, mean weight", yscale="log", ylim=(1e-4, 2))
    for axes in (left, right):
        axes.legend(fontsize="small")
    return figure


# %%
if __name__ == "__main__":
    d2l.run_chapter(absent_class, broken_assumption, disjoint_supports, huge_weights)
