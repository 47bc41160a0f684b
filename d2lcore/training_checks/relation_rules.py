"""Inputs beside labels: the order of the examples, and whether the ones say anything about the others."""

import math

import torch
from torch import Tensor

from . import probes
from .finding import Finding
from .measurements import Measurements, Rule


def sorted_batches(m: Measurements) -> list[Finding]:
    """Examples of one class one after the other."""
    data = m.setting.train
    batches = data.total or len(data.batches)
    if batches < 2 or len(data) < 50:
        return []
    labels = probes.classes(_all_labels(m))
    seen = probes.classes(data.y)
    if labels is not None and seen is not None and len(labels.unique()) > 1:
        shares = torch.bincount(labels - labels.min()).double() / len(labels)
        expected = float(shares.square().sum())
        equal = float((seen[1:] == seen[:-1]).double().mean())
        if equal < 0.85 or expected > 0.75 or equal - expected < 0.2:
            return []
        return [
            _sorted(
                f"{equal:.0%} of the examples have the label of the one before (shuffled: {expected:.0%})",
                "wrong",
                "label",
            )
        ]
    number = probes.targets(data.y)
    if labels is not None or number is None or probes.correlation(number[1:], number[:-1]) < 0.97:
        return []
    steps = number.diff()
    level = (
        "wrong"
        if max(float((steps >= 0).double().mean()), float((steps <= 0).double().mean())) > 0.99
        else "note"
    )
    return [_sorted("the targets come in the order of their size", level, "target")]


def _all_labels(m: Measurements) -> Tensor:
    tensors = getattr(getattr(m.setting.train_iter, "dataset", None), "tensors", None)
    every = tensors[-1] if isinstance(tensors, (tuple, list)) and tensors else None
    return every if isinstance(every, Tensor) and every.dim() <= 2 else m.setting.train.y


def _sorted(seen: str, level: str, by: str) -> Finding:
    return Finding(
        "sorted_batches", level, seen,
        f"The batches are sorted by {by}. The net learns the last one it saw and forgets the others: a "
        "batch must "
        "be a random sample.",
        "Shuffle the training data: DataLoader(..., shuffle=True), or d2l.load_array((X, y), batch_size, "
        "True).",
        notes="003 5.3",
    )  # fmt: skip


def labels_unrelated(m: Measurements) -> list[Finding]:
    """Neither neighbours nor a straight fit predict the labels better than chance."""
    rows = probes.rows_of(m.setting.train)
    if rows is None or len(rows[0]) < 100 or not bool(rows[1].double().isfinite().all()):
        return []
    strength = probes.relation(*rows)
    if not strength < 4:
        return []
    test = probes.rows_of(m.setting.test) if m.setting.test else None
    of_test = probes.relation(*test) if test is not None and len(test[0]) >= 100 else math.nan
    if of_test > 8:
        return [_shuffled("wrong", f"; in the test data it can (by {of_test:.0f})")]
    if (repaired := _turned(m)) > 8:
        return [_scrambled("wrong", f"; read as X.reshape(d, n).T they can (by {repaired:.0f})")]
    if not _enough(rows[0]):
        return []
    if _alike_columns(rows[0]):
        return [_scrambled("suspect", " and every feature has the same distribution")]
    return [_shuffled("suspect", "")]


def _enough(X: Tensor) -> bool:
    """Whether there are so many rows that a weak relation would be seen: of few, chance is as strong."""
    return len(X) >= max(200, min(5 * X.shape[1], 1000))


_CHANCE = "nearest neighbours and a straight fit predict the labels no better than chance"


def _shuffled(level: str, more: str) -> Finding:
    return Finding(
        "labels_unrelated", level, _CHANCE + more,
        "Inputs and labels do not belong together: one of them was shuffled, sorted or filtered without the "
        "other. "
        "A net can then only learn them by heart." + (
            " It may be that these inputs say nothing about the labels." if level == "suspect" else ""),
        "Shuffle both by one permutation: i = torch.randperm(len(X)); X, y = X[i], y[i].",
        otherwise="The inputs may be scrambled instead, by a reshape in place of a transpose: draw five of "
        "them beside "
        "their labels, and see which of the two is wrong.",
        notes="003 1.2",
    )  # fmt: skip


def _scrambled(level: str, more: str) -> Finding:
    return Finding(
        "inputs_scrambled", level, _CHANCE + more,
        "Each row mixes the values of many examples: an array was reshaped where it should have been "
        "transposed.",
        "Use X.T (or permute) to exchange dimensions; reshape only cuts the values, in their order, anew.",
        otherwise="The labels may have been shuffled without the inputs: draw five inputs beside their "
        "labels.",
        notes="002 张量变形",
    )  # fmt: skip


def _turned(m: Measurements) -> float:
    """The relation to the labels if the inputs were reshaped where they should have been transposed."""
    tensors = getattr(getattr(m.setting.train_iter, "dataset", None), "tensors", None)
    if not isinstance(tensors, (tuple, list)) or len(tensors) != 2:
        return math.nan
    X = probes.table(tensors[0])
    if X is None:
        return math.nan
    turned = X.reshape(X.shape[1], len(X)).T
    i = torch.linspace(0, len(X) - 1, min(probes.MOST_ROWS, len(X))).long()
    return probes.relation(turned[i], tensors[1][i])


def _alike_columns(X: Tensor) -> bool:
    """Whether the columns' means differ no more than those of one distribution would."""
    if X.shape[1] < 16:
        return False
    expected = X.var(0).mean() / len(X)
    return bool(X.mean(0).var() < 4 * expected)


RULES: list[Rule] = [sorted_batches, labels_unrelated]
