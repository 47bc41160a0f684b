# %% [markdown]
# # Which test sees which shift (检验的功效)
# Try three tests on shifts of several kinds and sizes: how often does each raise the alarm?
#
# Notes: 004 3.9.1. Run: `python -m chapters.distribution_shift power`.
# On digits, where a class has grown from 10% to 30%: the label shift test sees it in about 0.95 of the runs.

# %%
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

import d2lcore as d2l
from chapters.distribution_shift.detection import label_shift_test, mmd_test, two_sample_test
from chapters.distribution_shift.label.images import predict, train_classifier, tweak_one
from chapters.figures.distribution_shift import draw_power
from chapters.logistic_regression import standardizer
from d2lcore.errors import unknown

# %% [markdown]
# ## Shifts of digits
# The images are digits. Train a small network on 300 of them. A third of the others belongs to the source,
# two thirds to the target. Draw 200 images of each, none of them twice, under three kinds of shift:
#
# - *label*: class 3 has a larger share than its 0.1 in the source;
# - *noise* on every pixel; its standard deviation is given as a share of the pixel's range;
# - *ink*: an image of brightness $z$ (standardised) is drawn in proportion to $e^{az}$.
#
# A test raises the alarm if its p-value is at most 0.05. The share of runs with an alarm is the *power* of
# the test. Without a shift it is the rate of *false alarms*.

# %%
SIZES = {"label": (0.15, 0.2, 0.3), "noise": (0.1, 0.2, 0.4), "ink": (0.25, 0.5, 1.0)}
TESTS = ("classifier", "MMD", "label shift")


class Pool(NamedTuple):
    """A network, and images (n, 1, 8, 8) with labels that it has not been trained on."""

    net: nn.Module
    X: Tensor
    y: Tensor


def digits_pool(num_train: int, num_epochs: int, seed: int) -> Pool:
    """Train a network on `num_train` random digits; all others are the pool."""
    sets = [one.dataset.batch(slice(None)) for one in d2l.load_data("digits", 1)]
    X, y = (torch.cat(parts) for parts in zip(*sets, strict=True))
    if not 0 < num_train < len(X):
        raise ValueError(f"num_train: must be from 1 to {len(X) - 1}, got {num_train}")
    d2l.seed_everything(seed)
    train, rest = torch.randperm(len(X)).tensor_split([num_train])
    loss = nn.CrossEntropyLoss(reduction="none")
    net, _ = train_classifier(X[train], y[train], 10, loss, lr=0.1, num_epochs=num_epochs, batch_size=32)
    return Pool(net, X[rest], y[rest])


def with_labels(y: Int[Tensor, " n"], labels: Int[Tensor, " m"]) -> Int[Tensor, " m"]:
    """Indices of random examples, none twice, whose classes in y are those of `labels`, in any order.

    Raises ValueError if y has too few of a class.
    """
    order, num_classes = torch.randperm(len(y)), int(max(y.max(), labels.max())) + 1
    so_far = nn.functional.one_hot(y[order], num_classes).cumsum(dim=0)  # members of each class up to here
    wanted = torch.bincount(labels, minlength=num_classes)
    if (wanted > so_far[-1]).any():
        raise ValueError(
            f"n: too large; it wants {wanted.tolist()} by class, and there are {so_far[-1].tolist()}"
        )
    number = so_far.gather(1, y[order].unsqueeze(1))[:, 0]  # this is the number-th member of its class
    return order[number <= wanted[y[order]]]


def sample_pair(
    X: Float[Tensor, "n ..."], y: Int[Tensor, " n"], kind: str, size: float, n: int
) -> tuple[Tensor, Tensor]:
    """n images of the source and n of the target, none twice, under a shift of that kind and size.

    kind: none, label (size is the share of class 3), noise (standard deviation) or ink (the factor a).
    Raises ValueError for another.
    """
    if kind not in ("none", *SIZES):
        raise ValueError(unknown("kind", kind, ("none", *SIZES)))
    source, target = torch.randperm(len(y)).tensor_split([len(y) // 3])
    if kind == "label":
        labels = torch.multinomial(tweak_one(int(y.max()) + 1, size), n, replacement=True)
        target = target[with_labels(y[target], labels)]
    elif kind == "ink":
        brightness = X[target].flatten(1).mean(dim=1, keepdim=True)
        target = target[torch.multinomial((size * standardizer(brightness)(brightness)[:, 0]).exp(), n)]
    X_source, X_target = X[source[:n]], X[target[:n]]
    if kind == "noise":
        X_target = X_target + size * torch.randn_like(X_target)
    return X_source, X_target


def p_values(pool: Pool, kind: str, size: float, n: int, num_permutations: int) -> list[float]:
    """The p-value of each of TESTS on one draw."""
    source, target = sample_pair(pool.X, pool.y, kind, size, n)
    y_hat, y_hat_target = (predict(pool.net, X).argmax(dim=1) for X in (source, target))
    return [
        two_sample_test(source, target).p_value,
        mmd_test(source, target, num_permutations=num_permutations).p_value,
        label_shift_test(y_hat, y_hat_target, 10).p_value,
    ]


# %% [markdown]
# ## What each test sees
# The label shift test sees what changes the predicted classes, and hardly anything else. The classifier is
# linear and spends half of the examples on training. So it sees brighter images, but noise of mean 0 only
# where it is strong. MMD sees all three kinds. In 1,000 runs without a shift (`--num-null-runs 1000`) the
# shares of false alarms were 0.036 (classifier), 0.058 (MMD) and 0.042 (label shift test).


# %%
def power(
    *,
    n: int = 200,
    num_runs: int = 30,
    num_null_runs: int = 100,
    level: float = 0.05,
    num_permutations: int = 199,
    num_train: int = 300,
    num_epochs: int = 10,
    seed: int = 0,
) -> d2l.Result:
    """Three tests on shifts of several kinds and sizes: how often does each raise the alarm?

    n: images of the source, and of the target
    num_runs: draws of each shift
    num_null_runs: draws without a shift
    level: largest p-value that raises the alarm, in (0, 1)
    num_permutations: permutations of the MMD test
    num_train: images on which the classifier of digits is trained
    num_epochs: passes over the training examples
    """
    d2l.check_counts(n=n, num_runs=num_runs, num_null_runs=num_null_runs, num_epochs=num_epochs)
    if not 0 < level < 1:
        raise ValueError(f"level: must be between 0 and 1, got {level}")
    pool = digits_pool(num_train, num_epochs, seed)
    if n > len(pool.y) // 3:
        raise ValueError(f"n: at most {len(pool.y) // 3} images for each sample, got {n}")
    cases = [("none", 0.0, num_null_runs), *((kind, s, num_runs) for kind in SIZES for s in SIZES[kind])]
    rates = {}  # by kind and size: the share of alarms of each test
    for kind, size, runs in cases:
        table = torch.tensor([p_values(pool, kind, size, n, num_permutations) for _ in range(runs)])
        rates[kind, size] = (table <= level).double().mean(dim=0).tolist()
    metrics = {"acc": d2l.accuracy(predict(pool.net, pool.X), pool.y) / len(pool.y)}
    for (kind, size), row in rates.items():
        case = kind if kind == "none" else f"{kind} {size:g}"
        metrics |= {f"{case}, {test}": rate for test, rate in zip(TESTS, row, strict=True)}
    curves = {}
    for kind, sizes in SIZES.items():
        rows = [rates["none", 0.0], *(rates[kind, size] for size in sizes)]
        none = 0.1 if kind == "label" else 0.0  # the size that is no shift
        curves[kind] = [none, *sizes], dict(zip(TESTS, zip(*rows, strict=True), strict=True))
    return d2l.Result(pool.net, figures={"power": draw_power(curves, level)}, metrics=metrics)


# %%
if __name__ == "__main__":
    d2l.run_chapter("distribution_shift", power)
