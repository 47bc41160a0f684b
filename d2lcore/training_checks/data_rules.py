"""The data by themselves: values that are no numbers, inputs that say nothing, the order of the examples."""

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader

from .. import guards
from . import probes
from .finding import Finding
from .measurements import Measurements, Rule
from .setting import Data


def used_up(name: str, data_iter: Any) -> Finding | None:
    """Of what can be iterated over only once, found without taking anything from it."""
    if not isinstance(data_iter, Iterator) and (
        isinstance(data_iter, DataLoader) or iter(data_iter) is not iter(data_iter)
    ):
        return None
    kind = type(data_iter).__name__
    return Finding(
        "iterator_exhausted", "wrong",
        f"{name} is a {kind}: it can be gone through once only",
        "After the first epoch it is empty, so the later epochs train or measure on nothing, without an "
        "error.",
        f"Pass list({name}), a DataLoader, or what d2l.load_array gives: each starts anew for every epoch.",
        notes="003 5.4",
    )  # fmt: skip


def second_pass(m: Measurements) -> list[Finding]:
    """An iterable whose second pass gives nothing."""
    if not m.setting.train.whole:
        return []
    with m.setting.untouched():
        for _ in m.setting.train_iter:
            pass
        if next(iter(m.setting.train_iter), None) is not None:
            return []
    return [
        Finding(
            "iterator_exhausted", "wrong", "the second pass over train_iter gives no batch",
            "From the second epoch on nothing is trained, without an error.",
            "Make __iter__ start anew, or pass a DataLoader or what d2l.load_array gives.",
            notes="003 5.4",
        )
    ]  # fmt: skip


def nan_in_data(m: Measurements) -> list[Finding]:
    found = []
    for name, data_iter, data in _both(m):
        fault = guards.fault_in(data_iter) if _in_memory(data_iter) else None
        if fault is None:
            each = (guards.data_fault(i, X, y) for i, (X, y) in enumerate(data.batches, start=1))
            fault = next((one for one in each if one), None)
        if fault is not None:
            found.append(
                Finding(
                    "nan_in_data", "wrong", f"{name}: {fault}",
                    "One value that is no finite number makes the loss NaN, and the first step makes every "
                    "parameter "
                    "NaN. The learning rate is not to blame.",
                    "Replace it before training, by the mean of its column in the training data, or leave "
                    "the row out.",
                    notes="003 1.2",
                )
            )  # fmt: skip
    return found


def _both(m: Measurements) -> list[tuple[str, Any, Data]]:
    both = [("train_iter", m.setting.train_iter, m.setting.train)]
    if m.setting.test:
        both.append(("test_iter", m.setting.test_iter, m.setting.test))
    return both


def _in_memory(data_iter: Any) -> bool:
    dataset = getattr(data_iter, "dataset", None)
    return getattr(dataset, "tensors", None) is not None and getattr(dataset, "transform", None) is None


def constant_inputs(m: Measurements) -> list[Finding]:
    """Examples that do not differ."""
    X = m.setting.train.X
    rows = X.reshape(len(X), -1)
    if len(rows) < 20:
        return []
    same = _most_common(rows)
    if same < 0.5 or (rows.shape[1] < 3 and same < 1):
        return _constant_labels(m)
    zero = "zero" if not bool((rows != 0).any()) else "the same"
    return [
        Finding(
            "constant_inputs", "wrong",
            f"{same:.0%} of the examples are equal in every "
            "feature" + (" (all zero)" if zero == "zero" else ""),
            "Equal inputs get equal outputs: the net can only learn how frequent each label is. Often an "
            "integer "
            "division (X // 255) or a conversion to integers has removed all differences.",
            "Convert first, then divide: X.float() / 255. Look at X.min(), X.max() and X.std() of a batch.",
            notes="003 1.2",
        )
    ]  # fmt: skip


def _constant_labels(m: Measurements) -> list[Finding]:
    y = m.setting.train.y
    if len(y) < 20 or not m.setting.train.whole or not bool((y == y[:1]).all()):
        return []
    return [
        Finding(
            "constant_labels", "wrong", f"all {len(y)} training labels are {y[0].tolist()}",
            "There is nothing to learn: the best net gives this label for every input.",
            "Look at the labels before they are made into batches.", notes="003 1.2",
        )
    ]  # fmt: skip


def _most_common(rows: Tensor) -> float:
    _, counts = rows[:4096].contiguous().unique(dim=0, return_counts=True)
    return float(counts.max()) / min(4096, len(rows))


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
    if _alike_columns(rows[0]):
        return [_scrambled("suspect", " and every feature has the same distribution")]
    return [_shuffled("suspect", "")]


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


RULES: list[Rule] = [nan_in_data, constant_inputs]
RELATION_RULES: list[Rule] = [sorted_batches, labels_unrelated]
