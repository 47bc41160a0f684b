# %% [markdown]
# # Two targets and one correction (两个目标分布)
# One target is under label shift, one is not: estimate both in the same way, correct both, diagnose both.
#
# Notes: 004 3.9.2, part 3. A module of functions, which `failures` runs.
# With a classifier that is always right, the estimate of the first target is exact.

# %%
import math
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor, nn

import d2lcore as d2l
from chapters.distribution_shift.diagnosis import Diagnosis, diagnose
from chapters.distribution_shift.label.confusion import (
    bootstrap_interval,
    confusion_matrix,
    mean_prediction,
    solve_label_shift,
)
from chapters.distribution_shift.label.correction import (
    correct_posteriors,
    estimate_by_hand,
    label_shift_weights,
)
from chapters.distribution_shift.label.images import (
    Sets,
    geometric,
    image_pools,
    predict,
    shifted_sets,
    train_classifier,
)
from chapters.figures.distribution_shift import draw_cases

# %% [markdown]
# ## A case
# `estimate_case` does with one target what `correction` does: estimate $p$ by $C p = \mu$, take a bootstrap
# interval, and correct the posteriors. Then it asks `diagnose` whether this was right. It uses only the
# classes that the network knows.


# %%
class Case(NamedTuple):
    """A target's true shares, their estimate p with an interval, its diagnosis, and both accuracies."""

    truth: Tensor
    p: Tensor
    low: Tensor
    high: Tensor
    diagnosis: Diagnosis
    acc: float
    corrected_acc: float


def estimate_case(net: nn.Module, sets: Sets, num_classes: int, generator: torch.Generator) -> Case:
    """Estimate p over the first `num_classes` classes, correct the posteriors, and diagnose."""
    soft, soft_target = (predict(net, X).double().softmax(dim=1) for X in (sets.X_val, sets.X_target))
    C, mu = confusion_matrix(sets.y_val, soft, num_classes), mean_prediction(soft_target, num_classes)
    estimate = partial(estimate_by_hand, num_classes=num_classes)
    p, q = solve_label_shift(C, mu).p, mean_prediction(sets.y_val, num_classes)
    low, high = bootstrap_interval(
        estimate, sets.y_val, soft, soft_target, num_resamples=100, generator=generator
    )
    beta, n = label_shift_weights(p, q)[sets.y_val], len(sets.y_target)
    samples = {"X_source": sets.X_val, "X_target": sets.X_target}
    diagnosis = diagnose(beta, C=C, mu=mu, num_examples=n, generator=generator, **samples)
    truth = torch.bincount(sets.y_target, minlength=num_classes).double() / n
    corrected = correct_posteriors(soft_target, p, q)
    # Not d2l.accuracy, which refuses the labels of a class that the net does not know.
    acc, corrected_acc = (
        float((probs.argmax(dim=1) == sets.y_target).double().mean()) for probs in (soft_target, corrected)
    )
    return Case(truth, p, low, high, diagnosis, acc, corrected_acc)


# %% [markdown]
# ## The two targets
# Both are drawn from the same images. `make_other` then changes the second one so that label shift no longer
# holds.


# %%
def drawn_sets(
    pools: Sets, p: Tensor, num_classes: int, num_train: int, n: int, generator: torch.Generator
) -> Sets:
    """Source and target sets, the source without the classes from `num_classes` on, the target by p."""
    q = torch.zeros_like(p)
    q[:num_classes] = geometric(num_classes, 0.8)
    return shifted_sets(pools, q, p, num_train, n, generator)


def compare_cases(
    name: str, make_other: Callable[[Sets], Sets], num_classes: int, p: Tensor, *, data: str, num_train: int,
    n: int, num_epochs: int, seed: int,
) -> d2l.Result:  # fmt: skip
    """A target under label shift by p beside the one that `make_other` makes of such a draw."""
    pools, generator = image_pools(data), torch.Generator().manual_seed(seed)
    d2l.seed_everything(seed)
    known = p.clone()
    known[num_classes:] = 0
    sets = drawn_sets(pools, known / known.sum(), num_classes, num_train, n, generator)
    net, history = train_classifier(
        sets.X, sets.y, num_classes, nn.CrossEntropyLoss(reduction="none"), num_epochs=num_epochs, lr=0.05
    )
    other = make_other(drawn_sets(pools, p, num_classes, num_train, n, generator))
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
    titles = {
        f"{key}: accuracy {case.acc:.2f}, corrected {case.corrected_acc:.2f}": (
            case.truth,
            case.p,
            case.low,
            case.high,
        )
        for key, case in cases.items()
    }
    figure = draw_cases(titles, sets.X_target[:10, 0], other.X_target[:10, 0])
    return d2l.Result(net, history, {"cases": figure}, metrics)
