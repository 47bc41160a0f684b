# %% [markdown]
# # Which test sees which shift (检验的功效)
# Three tests of `detection` on shifts of several kinds and sizes: how often each raises the alarm.
#
# Notes: 004 3.9.1. Run: `python -m chapters.distribution_shift power`, 15 s on one core.
# Of 200 digits each, a class at 30% is seen by the label test (0.95 of the runs) and MMD (0.88), hardly by
# the linear classifier (0.2-0.3); noise by MMD (1.0 at sd 0.2, the classifier 0.2-0.4); brighter images by
# MMD (0.95) and the classifier (0.8-0.9). Without a shift: alarms in 0.036 (classifier), 0.058 (MMD), 0.042
# (label test) of 1,000.

# %%
from typing import Any, NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

import d2lcore as d2l
from chapters.distribution_shift.covariate.density_ratio import standardizer
from chapters.distribution_shift.detection import label_shift_test, mmd_test, two_sample_test
from chapters.distribution_shift.label.images import predict, train_classifier, tweak_one

# %% [markdown]
# ## Shifts of digits
# Digits. A small network is trained on 300 images. A third of the others is the source's, the rest the
# target's, and 200 images of each are drawn, none of them twice. Three kinds of shift:
#
# - *label*: class 3 has a larger share than the 0.1 of the source;
# - *noise* on every pixel, of a standard deviation in units of the range of a pixel;
# - *ink*: images of mean brightness $z$, standardised, are drawn in proportion to $e^{az}$.
#
# A linear classifier sees noise of mean 0 late, and spends half of the examples on training; the predicted
# labels see what moves labels, and nothing else. The share of runs with an alarm at 0.05 is the *power* of a
# test; without a shift it is the rate of *false alarms*.

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
    """Indices into y of one example for each of `labels`, random, none twice; ordered by class.

    Raises ValueError if y has too few of a class.
    """
    order, num_classes = torch.randperm(len(y)), int(max(y.max(), labels.max())) + 1
    members = nn.functional.one_hot(y[order], num_classes).cumsum(dim=0)  # so many of each so far
    wanted = torch.bincount(labels, minlength=num_classes)
    if (wanted > members[-1]).any():
        raise ValueError(
            f"n: wants {wanted.tolist()} images of the classes, there are {members[-1].tolist()}"
        )
    return order[members.gather(1, y[order].unsqueeze(1))[:, 0] <= wanted[y[order]]]


def sample_pair(
    X: Float[Tensor, "n ..."], y: Int[Tensor, " n"], kind: str, size: float, n: int
) -> tuple[Tensor, Tensor]:
    """n images of the source and n of the target, none twice, under a shift of that kind and size.

    kind: none, label (size is the share of class 3), noise (standard deviation) or ink (the factor a).
    """
    source, target = torch.randperm(len(y)).tensor_split([len(y) // 3])
    if kind == "label":
        labels = torch.multinomial(tweak_one(int(y.max()) + 1, size), n, replacement=True)
        target = target[with_labels(y[target], labels)]
    elif kind == "ink":
        brightness = X[target].flatten(1).mean(dim=1, keepdim=True)
        target = target[torch.multinomial((size * standardizer(brightness)(brightness)[:, 0]).exp(), n)]
    X_source, X_target = X[source[:n]], X[target[:n]]
    return X_source, X_target + size * torch.randn_like(X_target) if kind == "noise" else X_target


def p_values(pool: Pool, kind: str, size: float, n: int, num_permutations: int) -> list[float]:
    """The p-value of each of TESTS on one draw."""
    source, target = sample_pair(pool.X, pool.y, kind, size, n)
    y_hat, y_hat_target = (predict(pool.net, X).argmax(dim=1) for X in (source, target))
    return [
        two_sample_test(source, target).p_value,
        mmd_test(source, target, num_permutations=num_permutations).p_value,
        label_shift_test(y_hat, y_hat_target, 10).p_value,
    ]


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
    level: p-value from which on there is no alarm, in (0, 1)
    num_permutations: permutations of the MMD test
    num_train: images on which the classifier of digits is trained
    num_epochs: passes over them
    seed: of the network and the draws
    """
    d2l.check_counts(n=n, num_runs=num_runs, num_null_runs=num_null_runs, num_epochs=num_epochs)
    if not 0 < level < 1:
        raise ValueError(f"level: must be between 0 and 1, got {level}")
    pool = digits_pool(num_train, num_epochs, seed)
    if n > len(pool.y) // 3:
        raise ValueError(f"n: at most {len(pool.y) // 3} images for each sample, got {n}")
    cases = [("none", 0.0, num_null_runs), *((kind, s, num_runs) for kind in SIZES for s in SIZES[kind])]
    rates = {}  # by kind and size, of each test
    for kind, size, runs in cases:
        found = torch.tensor([p_values(pool, kind, size, n, num_permutations) for _ in range(runs)])
        rates[kind, size] = (found <= level).double().mean(dim=0).tolist()
    metrics = {"acc": d2l.accuracy(predict(pool.net, pool.X), pool.y) / len(pool.y)}
    for (kind, size), row in rates.items():
        case = kind if kind == "none" else f"{kind} {size:g}"
        metrics |= {f"{case}, {test}": rate for test, rate in zip(TESTS, row, strict=True)}
    return d2l.Result(pool.net, figures={"power": draw_power(rates, level)}, metrics=metrics)


def draw_power(rates: dict[tuple[str, float], list[float]], level: float) -> Any:
    figure, places = d2l.plt.subplots(1, 3, figsize=(9, 3.4), sharey=True, layout="constrained")
    meaning = {"label": "share of class 3", "noise": "sd of the noise", "ink": "factor a of the ink"}
    for axes, (kind, sizes) in zip(places, SIZES.items(), strict=True):
        x = [0.1 if kind == "label" else 0.0, *sizes]
        rows = [rates["none", 0.0], *(rates[kind, size] for size in sizes)]
        for i, test in enumerate(TESTS):
            axes.plot(x, [row[i] for row in rows], f"C{i}{'os^'[i]}-", label=test, clip_on=False)
        axes.axhline(level, color="k", ls=":", label=f"level {level:g}")
        axes.set_title(kind, fontsize="medium")
        d2l.set_axes(axes, meaning[kind], "share of alarms" if axes is places[0] else "", ylim=(0, 1))
        axes.set_xticks(x)
    places[0].legend(fontsize="small", loc="upper left")
    return figure


# %%
if __name__ == "__main__":
    d2l.run_chapter("distribution_shift", power)
