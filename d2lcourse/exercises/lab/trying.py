"""Running a script of the lab: its curve, its figure beside the true one, and what a checkup finds."""

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import torch

from ..attempt import usual_torch
from ..find import Unusable, load
from ..observe import raised_by
from .lab import labs

NEEDED = ("net", "train_iter", "test_iter", "loss", "updater", "train")
MOST_EPOCHS = 100


class Facts(NamedTuple):
    """What a training did.

    curve: the training loss of each epoch. reported: the last figure of the script's own evaluation.
    measured: the same figure, measured by the checker. num_test: examples in the test set.
    setup: the optimizer with its settings, and the loss. sums: over the net's parameters, and over the data.
    The last two tell apart what is flat, or NaN, in the same way for different reasons.
    """

    curve: list[float]
    reported: float
    measured: float
    num_test: int
    setup: str
    sums: list[float]


def facts(names: dict[str, Any]) -> Facts:
    """Train, and measure. names: the globals of a script that has been run. Raises Unusable."""
    if missing := [name for name in NEEDED if name not in names]:
        raise Unusable(f"it has no {missing[0]} any more: keep the names of the script")
    curve, reported = [], math.nan
    for numbers in names["train"]():
        try:
            l, reported = map(float, numbers)
        except (TypeError, ValueError):
            raise Unusable(
                "train() has to yield two numbers an epoch, the loss and the test figure"
            ) from None
        curve.append(l)
        if len(curve) == MOST_EPOCHS:
            break
    if not curve:
        raise Unusable("train() yields nothing: it has to yield the loss and the test figure of each epoch")
    updater, net = names["updater"], names["net"]
    settings = updater.defaults if isinstance(updater, torch.optim.Optimizer) else {}
    setup = f"{type(updater).__name__} {settings}, {type(names['loss']).__name__}"
    sums = [float(sum(param.detach().double().square().sum() for param in net.parameters()))]
    for data_iter in (names["train_iter"], names["test_iter"]):
        sums += _sums(data_iter)
    return Facts(curve, reported, *measured(net, names["test_iter"]), setup, sums)


def _sums(data_iter: Any) -> list[float]:
    """Sums that a change of the data changes, and another order of the examples does not."""
    found = [0.0, 0.0]
    for X, y in data_iter:
        values = X.flatten(start_dim=1).double()
        found[0] += float((values * torch.arange(1, values.shape[1] + 1)).sum())
        found[1] += float(y.double().square().sum())
    return found


@torch.no_grad()
def measured(net: Any, test_iter: Any) -> tuple[float, int]:
    """The accuracy of class scores, else the mean squared error, and the number of examples."""
    net.eval()
    total, count = 0.0, 0
    for X, y in test_iter:
        O = net(X)
        if O.dim() == 2 and O.shape[1] > 1:
            total += float((O.argmax(dim=1) == y).sum())
        elif set(y.unique().tolist()) <= {0.0, 1.0}:
            total += float(((O > 0).flatten() == y.flatten()).sum())
        else:
            total += float((O.flatten() - y.flatten()).square().sum())
        count += len(y)
    return total / max(count, 1), count


def findings(names: dict[str, Any]) -> list[tuple[str, ...]]:
    """Of all that a checkup finds wrong or suspect: rule, level, title, what was seen, what it means and
    what to change.
    """
    import d2lcore as d2l

    found = d2l.checkup(
        names["net"], names["train_iter"], names["loss"], names["updater"], test_iter=names["test_iter"],
        step=names.get("step"), evaluate=names.get("evaluate"),
    )  # fmt: skip
    worst = [*found.wrong, *found.suspect]
    return [(one.rule, one.level, one.title, one.seen, one.means, one.change) for one in worst]


def attempt(file: str) -> Iterator[Any]:
    """For a process of its own: None or why the script cannot be tried, then its facts and findings."""
    problem: Any = None
    try:
        with usual_torch():
            yield_now = tuple(facts(_run(file)))
    except Unusable as error:
        problem = str(error)
    except BaseException as error:
        problem = tuple(raised_by(error, file))
    yield problem
    if problem is None:
        yield yield_now
        try:
            with usual_torch():
                yield findings(_run(file))
        except Exception as error:
            yield f"{type(error).__name__}: {error}"


def _run(file: str) -> dict[str, Any]:
    return load("train", file).__globals__


def run_text(text: str) -> dict[str, Any]:
    """The globals of a banked script."""
    names: dict[str, Any] = {"__name__": "banked"}
    exec(compile(text, "<lab>", "exec", dont_inherit=True), names)
    return names


def banked(name: str, texts: Sequence[str] = ()) -> Iterator[Any]:
    """For a process of its own: the facts of the broken script, then those of each wrong repair."""
    lab = labs()[name]
    for text in texts or [lab.script, *(lab.edited(one.edits) for one in lab.mistakes)]:
        with usual_torch():
            try:
                yield tuple(facts(run_text(text)))
            except Exception:  # a repair that raises is compared with nothing
                yield None


def alike(one: Facts, other: Facts) -> bool:
    """Whether two scripts trained in the same way, but for rounding, and report the same."""
    if len(one.curve) != len(other.curve) or (one.num_test, one.setup) != (other.num_test, other.setup):
        return False
    mine, theirs = ([*each.curve, *each.sums, each.reported, each.measured] for each in (one, other))
    return all(_close(a, b, 1e-3) for a, b in zip(mine, theirs, strict=True))


def _close(a: float, b: float, tolerance: float) -> bool:
    return a == b or (math.isnan(a) and math.isnan(b)) or abs(a - b) <= tolerance * max(1.0, abs(a), abs(b))
