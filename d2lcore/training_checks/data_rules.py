"""The data by themselves: an iterator used up, values that are no numbers, inputs that say nothing."""

from collections.abc import Iterator
from typing import Any

from torch import Tensor
from torch.utils.data import DataLoader

from .. import guards
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


RULES: list[Rule] = [nan_in_data, constant_inputs]
