# %% [markdown]
# # Concept shift in a stream (数据流中的概念偏移)
# The rule changes while labelled images keep coming: how many errors until it is learned again?
#
# Notes: 004 3.9.2 part 4. Run: `python -m chapters.distribution_shift concept`. On MNIST, over 1,500 images
# and two changes: fine-tuning makes 111 to 145 errors more than an oracle (seeds 0-4).

# %%
import copy
import math
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

import d2lcore as d2l
from chapters.distribution_shift.concept import (
    STARTS,
    Data,
    concept_data,
    hits,
    last_layer_only,
    redrawn,
    rule_after,
    source_net,
    update,
)
from chapters.distribution_shift.label.images import predict
from chapters.figures.distribution_shift import draw_stream
from chapters.mlp import MLP
from d2lcore.errors import unknown

# %% [markdown]
# ## The stream
# Labelled images come in small batches, and the rule changes twice, each time by one step along the cycle.
# Every batch is predicted first; then its labels arrive, and the network may learn from them.
#
# Fine-tuning and last layer train on the one batch that has just come. They keep no data, and nobody tells
# them of the change. Anew has every advantage. It is told of the change, keeps all labels since, and trains a
# new network on all of them after each batch. (Until the first change it keeps the old network.)
#
# Training all the time costs something while nothing changes. Before the first change fine-tuning makes 5 to
# 11 errors more in 500 images than the old network (MNIST, seeds 0-4).


# %%
class Batch(NamedTuple):
    """Images, their labels by the rule in force, and that rule."""

    X: Tensor
    y: Tensor
    rule: Tensor


def make_stream(
    data: Data, cycle: tuple[int, ...], num_batches: int, batch_size: int, change_every: int
) -> list[Batch]:
    """Batches of images, each image in one of them; after every `change_every` batches the rule takes a step.

    Raises ValueError if there are not enough images.
    """
    d2l.check_counts(num_batches=num_batches, batch_size=batch_size, change_every=change_every)
    if num_batches * batch_size > len(data.y_new):
        raise ValueError(
            f"num_batches, batch_size: {num_batches} x {batch_size} images asked for, "
            f"{len(data.y_new)} are there"
        )
    num_classes, batches = int(data.y.max()) + 1, []
    for t in range(num_batches):
        rule = rule_after(t // change_every, cycle, num_classes).to(data.y.device)
        rows = slice(t * batch_size, (t + 1) * batch_size)
        batches.append(Batch(data.X_new[rows], rule[data.y_new[rows]], rule))
    return batches


# %%
def after_batch(strategy: str, net: MLP, since: list[Batch], changed: bool, lr: float) -> MLP:
    """The network that `strategy` has once the labels of the batch `since[-1]` have come.

    since: the batches since the last change. changed: whether there has been one.
    Raises ValueError for another strategy than those of `concept`.
    """
    if strategy not in ("fixed", *STARTS):
        raise ValueError(unknown("strategy", strategy, ("fixed", *STARTS)))
    if strategy == "anew" and changed:
        net = redrawn(net)
        update(net, torch.cat([batch.X for batch in since]), torch.cat([batch.y for batch in since]), lr=lr)
    elif strategy in ("fine-tuning", "last layer"):
        update(net, since[-1].X, since[-1].y, lr=lr)
    return net


def errors_and_accs(
    strategy: str, net: MLP, stream: list[Batch], X_test: Tensor, y_test: Tensor, lr: float = 0.2
) -> tuple[Int[Tensor, " t"], Float[Tensor, " t"]]:
    """Errors on each batch, and test accuracy by the rule in force, both before its labels are learned.

    strategy: fixed, fine-tuning, last layer or anew. y_test: classes, by the first rule.
    """
    net = last_layer_only(net) if strategy == "last layer" else copy.deepcopy(net)
    since: list[Batch] = []
    errors, accs, changed = [], [], False
    for t, batch in enumerate(stream):
        if t and not torch.equal(batch.rule, stream[t - 1].rule):
            since, changed = [], True
        errors.append(int((~hits(net, batch.X, batch.y)).sum()))
        accs.append(float(hits(net, X_test, batch.rule[y_test]).float().mean()))
        since.append(batch)
        net = after_batch(strategy, net, since, changed, lr)
    return torch.tensor(errors), torch.tensor(accs)


# %% [markdown]
# ## Regret and recovery
# Compare with an **oracle**. It is the old network with somebody beside it who knows the rule: its answer is
# `rule[argmax O]`. A strategy makes $e_t$ errors in batch $t$ (`errors`), the oracle $e_t^*$ (`best`). The
# **regret** counts the errors above the oracle's:
#
# $$R_T = \sum_{t \le T} (e_t - e_t^*)$$
#
# The regret can fall, because a network that learns all the time may become better than the old one.
#
# The **recovery time** of a change is the number of batches until the test accuracy is within some points of
# the oracle's, which no change touches. On MNIST, seeds 0-4, this takes so many batches of 50 (mean of the
# two changes, which are 10 batches apart):
#
# | within | last layer | fine-tuning | anew |
# |---|---|---|---|
# | 10 points | 1.5 to 2.5 | 2.5 to 3.5 | 6 to 9 |
# | 5 points (`--within 5`) | 3 to 5 | seldom before the next change | never |


# %%
def oracle(net: MLP, stream: list[Batch]) -> Int[Tensor, " t"]:
    """Errors on each batch of the old network when it is told the rule."""
    return torch.tensor([int((b.rule[predict(net, b.X).argmax(dim=1)] != b.y).sum()) for b in stream])


def regret(errors: Int[Tensor, " t"], best: Int[Tensor, " t"]) -> Int[Tensor, " t"]:
    """Errors so far above those of the `best` strategy."""
    return (errors - best).cumsum(dim=0)


def recovery_time(acc: Float[Tensor, " t"], level: float, start: int, end: int) -> float:
    """The first k with acc[start + k] >= level before `end`; infinite if there is none.

    acc[start] is the accuracy right after a change, when k = 0 batches have been learned from.
    """
    back = (acc[start:end] >= level).nonzero()
    return float(back[0]) if len(back) else math.inf


def concept(
    *,
    num_batches: int = 30,
    batch_size: int = 50,
    change_every: int = 10,
    within: float = 10.0,
    lr: float = 0.2,
    num_epochs: int = 2,
    num_test: int = 2000,
    cycle: tuple[int, ...] = (2, 5, 7),
    data: str = "mnist",
    device: str = "auto",
    seed: int = 0,
) -> d2l.Result:
    """A stream whose labelling rule changes: accuracy, regret and recovery time of four strategies.

    num_batches: length of the stream
    batch_size: examples in a minibatch; for concept, in a batch of the stream
    change_every: batches between two changes of the rule, below num_batches
    within: a network has recovered if it is at most so many points below the oracle's accuracy
    lr: learning rate of the updates
    num_test: test images
    cycle: classes that trade names, each taking that of the next
    """
    d2l.seed_everything(seed)
    sets = concept_data(data, num_test, d2l.get_device(device))
    stream = make_stream(sets, cycle, num_batches, batch_size, change_every)
    if change_every >= num_batches:
        raise ValueError(f"change_every: must be below num_batches, {num_batches}, got {change_every}")
    net = source_net(sets, num_epochs)
    best, changes = oracle(net, stream), range(change_every, num_batches, change_every)
    before = float(hits(net, sets.X_test, sets.y_test).float().mean())
    metrics, accs, regrets = {"before": before}, {}, {}
    for name in ("fixed", *STARTS):
        errors, accs[name] = errors_and_accs(name, net, stream, sets.X_test, sets.y_test, lr)
        regrets[name] = regret(errors, best)
        times = [recovery_time(accs[name], before - within / 100, t, t + change_every) for t in changes]
        metrics |= {
            f"accuracy, {name}": float(accs[name].mean()),
            f"regret, {name}": float(regrets[name][-1]),
            f"regret before the first change, {name}": float(regrets[name][change_every - 1]),
            # If it does not recover before the next change, all the batches until then count.
            f"recovery, {name}": sum(min(t, change_every) for t in times) / len(times),
        }
    figure = draw_stream(accs, regrets, changes, before)
    return d2l.Result(net, figures={"concept": figure}, metrics=metrics)


# %%
if __name__ == "__main__":
    d2l.run_chapter("distribution_shift", concept)
