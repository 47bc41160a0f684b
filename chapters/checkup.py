# %% [markdown]
# # What is wrong with my training? (训练诊断)
# A training can run without any error and learn nothing. Three measurements, each of a few lines, tell the
# reasons apart.
#
# Notes: 004 3.2.4, 004 3.8, 003 5.3. Run: `python -m chapters.checkup [failures|scratch|concise]`.
# On the digits, after 8 epochs: test accuracies from 0.07 to 0.89; of the repaired training, about 0.96.

# %%
import math
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

import d2lcore as d2l
from chapters.figures import checkup as figures

# %% [markdown]
# ## Five trainings that fail
# They are one small network for the digits, with one fault each. Nothing raises an error.
#
# | fault | the line | the repair |
# |---|---|---|
# | `large start` | weights from N(0, 5²) | weights of the size that `nn.Linear` draws |
# | `softmax twice` | `nn.Softmax` before `nn.CrossEntropyLoss`, which applies it too | leave it out |
# | `no gradient` | `zero_grad()` between `backward()` and `step()` | put it before `backward()` |
# | `mixed examples` | `X.T.reshape(n, -1)`: pieces of many images in a row | keep a row an image |
# | `shuffled labels` | the labels are shuffled, the images are not | shuffle both in the same way |
#
# In the figure four of the five curves stay near $\ln 10 = 2.3$, what guessing gives. The curve alone does
# not name the fault.


# %%
class Training(NamedTuple):
    """All that a training needs. step: takes a batch, changes the net, returns the loss before."""

    net: nn.Module
    train_iter: Iterable
    test_iter: Iterable
    loss: Callable[..., Tensor]
    updater: torch.optim.Optimizer
    step: Callable[[Tensor, Tensor], Tensor]


class CutUp(nn.Module):
    """(n, ...) -> (n, d) as `nn.Flatten`, but with pieces of many examples in each row."""

    def forward(self, X: Float[Tensor, "n ..."]) -> Float[Tensor, "n d"]:
        return X.flatten(start_dim=1).T.reshape(len(X), -1)


FAULTS = ("large start", "softmax twice", "no gradient", "mixed examples", "shuffled labels")


def training(fault: str | None, *, num_hiddens: int = 64, lr: float = 0.3, batch_size: int = 64) -> Training:
    """The training with one of the `FAULTS`, or with None, the repaired one; its weights are drawn anew."""
    flatten = CutUp() if fault == "mixed examples" else nn.Flatten()
    net = nn.Sequential(flatten, nn.Linear(64, num_hiddens), nn.ReLU(), nn.Linear(num_hiddens, 10))
    if fault == "large start":
        for name, param in net.named_parameters():
            if name.endswith("weight"):
                nn.init.normal_(param, std=5)
    if fault == "softmax twice":
        net.append(nn.Softmax(dim=1))
    train_iter, test_iter = d2l.load_data("digits", batch_size)
    if fault == "shuffled labels":
        (X, y), *_ = d2l.load_data("digits", 2000)[0]  # all 1437 training images
        train_iter = d2l.load_array((X, y[torch.randperm(len(y))]), batch_size)
    loss = nn.CrossEntropyLoss()
    updater = torch.optim.SGD(net.parameters(), lr)

    def step(X: Tensor, y: Tensor) -> Tensor:
        l = loss(net(X), y)
        if fault != "no gradient":
            updater.zero_grad()
        l.backward()
        if fault == "no gradient":
            updater.zero_grad()
        updater.step()
        return l.detach()

    return Training(net, train_iter, test_iter, loss, updater, step)


def failures(*, num_hiddens: int = 64, lr: float = 0.3, num_epochs: int = 8, seed: int = 0) -> d2l.Result:
    """Train with each fault, and without; the loss curves, and the test accuracies."""
    curves, metrics = {}, {}
    for fault in (*FAULTS, None):
        d2l.seed_everything(seed)
        one = training(fault, num_hiddens=num_hiddens, lr=lr)
        epochs = [[float(one.step(X, y)) for X, y in one.train_iter] for _ in range(num_epochs)]
        name = fault or "repaired"
        curves[name] = [sum(losses) / len(losses) for losses in epochs]
        metrics[f"test accuracy, {name}"] = d2l.evaluate_accuracy(one.net, one.test_iter)
    return d2l.Result(figures={"failures": figures.draw_failures(curves)}, metrics=metrics)


# %% [markdown]
# ## The first loss
# A network that knows nothing should give each of $q$ classes about the probability $1/q$. The cross-entropy
# of that is
#
# $$-\ln \frac{1}{q} = \ln q$$
#
# So before the first step the loss divided by $\ln q$ should be about 1. If it is far above, the network is
# sure of itself and mostly wrong: its first weights, or its inputs, are too large.


# %%
@torch.no_grad()
def first_loss(
    net: Callable[..., Tensor], loss: Callable[..., Tensor], X: Float[Tensor, "n ..."], y: Int[Tensor, " n"]
) -> float:
    """The mean loss of the batch, in units of ln q, for a net of q scores (004 3.8)."""
    O = net(X)  # (n, q)
    return float(loss(O, y).mean()) / math.log(O.shape[1])


# %% [markdown]
# ## One batch
# Take one batch, and train on it alone. The network has more weights than the batch has examples, so it can
# learn the batch by heart: the loss must come near 0. Labels that mean nothing do no harm here. If the loss
# does not fall, the data is not to blame: look at the step, the outputs, or the way of the gradient.


# %%
def one_batch(
    step: Callable[[Tensor, Tensor], Any], X: Float[Tensor, "n ..."], y: Int[Tensor, " n"], num_steps: int
) -> list[float]:
    """The losses of `num_steps` steps, all on the same batch."""
    return [float(step(X, y)) for _ in range(num_steps)]


# %% [markdown]
# ## One example and the others
# The scores $o_i$ of example $i$ should depend on its own input $x_i$ only:
#
# $$\frac{\partial o_i}{\partial x_j} = 0 \qquad \text{for } j \ne i$$
#
# Autograd gives the left side. We add up the scores of the first example, and ask for the gradient in the
# whole batch. Its first row may be anything; the others must be zero. BatchNorm in training mode mixes the
# examples on purpose, so we measure in evaluation mode.


# %%
def mixing(net: nn.Module, X: Float[Tensor, "n ..."]) -> float:
    """The share of the gradient of the first example's scores that is in the other examples, in [0, 1]."""
    training_mode = net.training
    X = X.detach().clone().requires_grad_()
    (dX,) = torch.autograd.grad(net.eval()(X)[0].sum(), X)  # the shape of X
    net.train(training_mode)
    sizes = dX.abs().flatten(start_dim=1).sum(dim=1)  # (n,)
    return float(sizes[1:].sum() / sizes.sum()) if sizes.any() else 0.0


# %% [markdown]
# ## From scratch
# The three measurements, for each of the five. Read a row from the left: the first cell that is off tells the
# reason.
#
# | fault | first loss / ln q | one batch | mixing |
# |---|---|---|---|
# | `large start` | **hundreds** | falls | 0 |
# | `softmax twice` | 1 | **stays above 1.46** | 0 |
# | `no gradient` | 1 | **does not change** | 0 |
# | `mixed examples` | 1 | falls | **near 1** |
# | `shuffled labels` | 1 | falls | 0 |
#
# 1.46 is what the second softmax leaves: of scores in [0, 1] the best are a one and nine zeros, and
# $-\ln (e / (e + 9)) = 1.46$. In the last row all is as it should be, and still the network learns nothing
# from 1437 images. Then the net and the step are right. What is left is the data: do the labels belong to the
# images?


# %%
def measure(one: Training, num_steps: int) -> dict[str, float]:
    """The three measurements on the first batch. The net is trained on it."""
    X, y = next(iter(one.train_iter))
    found = {"first loss": first_loss(one.net, one.loss, X, y), "mixing": mixing(one.net, X)}
    losses = one_batch(one.step, X, y, num_steps)
    return found | {"one batch, first": losses[0], "one batch, last": losses[-1]}


def scratch(*, num_hiddens: int = 64, lr: float = 0.3, num_steps: int = 1000, seed: int = 0) -> d2l.Result:
    """Measure the five trainings and the repaired one.

    num_steps: steps on one batch
    """
    rows = {}
    for fault in (*FAULTS, None):
        d2l.seed_everything(seed)
        rows[fault or "repaired"] = measure(training(fault, num_hiddens=num_hiddens, lr=lr), num_steps)
    metrics = {f"{what}, {name}": value for name, row in rows.items() for what, value in row.items()}
    return d2l.Result(figures={"measurements": figures.draw_measurements(rows)}, metrics=metrics)


# %% [markdown]
# ## Concise
# `d2l.checkup` takes these measurements and some dozens more, before anything is trained, and leaves the net,
# the optimizer and the random numbers as they were. Give it your own loop's body as `step`. It says what it
# saw, what that means, and what to change. To see that an empty list means something, try the repaired one:
# `--fault none`.


# %%
def concise(*, fault: str = "all", seed: int = 0) -> d2l.Result:
    """Let `d2l.checkup` look at the five trainings.

    fault: one of the five, "none" for the repaired one, or "all"
    """
    names: list[str | None] = [*FAULTS] if fault == "all" else [None if fault == "none" else fault]
    if unknown := [name for name in names if name not in (*FAULTS, None)]:
        raise ValueError(f"fault: expected one of {', '.join(FAULTS)}, none or all, got {unknown[0]!r}")
    metrics = {}
    for name in names:
        d2l.seed_everything(seed)
        one = training(name)
        found = d2l.checkup(
            one.net, one.train_iter, one.loss, one.updater, test_iter=one.test_iter, step=one.step
        )
        print(f"--- {name or 'repaired'} ---\n{found}\n")
        metrics[f"wrong, {name or 'repaired'}"] = float(len(found.wrong))
    return d2l.Result(figures={"checkup": found.figure}, metrics=metrics)


# %%
if __name__ == "__main__":
    d2l.run_chapter("checkup", failures, scratch, concise)
