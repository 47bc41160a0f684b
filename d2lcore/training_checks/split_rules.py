"""Training data beside test data, and features beside labels: what makes a reported number false."""

import math

import torch
from torch import Tensor

from . import probes
from .finding import Finding
from .measurements import Measurements, Rule


def _tables(m: Measurements) -> tuple[Tensor, Tensor] | None:
    if not m.setting.test:
        return None
    X, A = probes.table(m.setting.train.X), probes.table(m.setting.test.X)
    return None if X is None or A is None or X.shape[1] != A.shape[1] else (X, A)


def test_in_train(m: Measurements) -> list[Finding]:
    """Rows that both have."""
    both = _tables(m)
    if both is None or _possible_rows(both[0]) < 2 * math.log10(max(len(both[0]), len(both[1]))) + 3:
        return []
    known = {row.tobytes() for row in both[0].float().numpy()}
    count = sum(row.tobytes() in known for row in both[1].float().numpy())
    share = count / len(both[1])
    if count < 3 or share < 0.01:
        return []
    every = " (those seen of a larger training set)" if not m.setting.train.whole else ""
    return [
        Finding(
            "test_in_train", "wrong" if share > 0.05 else "suspect",
            f"{count} of {len(both[1])} test examples ({share:.0%}) are also among the training "
            f"examples{every}",
            "The net has seen these answers: the test accuracy is too high. Examples were doubled before "
            "the split, or "
            "the split overlaps.",
            "Remove doubles first, X.unique(dim=0), then split; and never test on train_iter.",
            notes="004 3.4.1",
        )
    ]  # fmt: skip


def _possible_rows(X: Tensor) -> float:
    """log10 of how many different rows the columns' values allow."""
    kinds = [len(column.unique()) for column in X[:1000, :64].T]
    return sum(math.log10(count) for count in kinds)


def label_in_features(m: Measurements) -> list[Finding]:
    """A feature that is the label, in other numbers."""
    rows = probes.rows_of(m.setting.train)
    if rows is None or rows[0].shape[1] < 2 or len(rows[0]) < 30:
        return []
    X, y = rows
    labels, number = probes.classes(y), probes.targets(y)
    wanted = []
    if labels is not None and 1 < len(kinds := labels.unique()) <= 20:
        wanted = [(labels == kind).double() for kind in kinds]
    if number is not None:
        wanted.append(number)
    for one in wanted:
        r = _correlations(X, one).abs()
        j = int(r.argmax())
        exact = float(r[j]) > 1 - 1e-5
        if exact and not _explains_itself(m, X, one):
            return [_leak(j, float(r[j]), "wrong")]
        if labels is not None and float(r[j]) > 0.99 and _others(X, j, one) < 0.9:
            return [_leak(j, float(r[j]), "suspect")]
    return []


def _explains_itself(m: Measurements, X: Tensor, wanted: Tensor) -> bool:
    """Whether only this column varies: then it is the input."""
    return int((X.std(0) > 0).sum()) < 2


def _correlations(X: Tensor, y: Tensor) -> Tensor:
    X, y = X - X.mean(0), y - y.mean()
    return (X.T @ y) / (X.norm(dim=0) * y.norm()).clamp(min=1e-12)


def _others(X: Tensor, j: int, y: Tensor) -> float:
    """The correlation of y with a straight fit from the other columns."""
    rest = torch.cat([X[:, :j], X[:, j + 1 :]], 1)[: probes.MOST_ROWS]
    guess = probes.predicted(
        probes.scaled(rest), y[: len(rest)], probes.scaled(rest), leave_out=True, number=True
    )
    return max(probes.correlation(one, y[: len(rest)]) for one in guess)


def _leak(column: int, r: float, level: str) -> Finding:
    return Finding(
        "label_in_features", level,
        f"column {column} of X (X[:, {column}]) has a correlation of {r:.5f} with the label",
        "The label, or something made from it, is among the features. The reported accuracy will be near 1, "
        "and of "
        "new data, where this column is not known, it will not." + (
            " A feature may rightly be so good." if level == "suspect" else ""),
        f"Leave column {column} out of X, and look how it was made.",
        notes="004 3.4.2",
    )  # fmt: skip


def test_prepared_differently(m: Measurements) -> list[Finding]:
    """The same columns with another mean or spread."""
    both = _tables(m)
    if both is None or min(map(len, both)) < 20 or not all(bool(one.isfinite().all()) for one in both):
        return []
    (mean, spread), (other, its) = (_moments(one) for one in both)
    varies = spread > 1e-6 * float(spread.max())
    if not bool(varies.any()):
        return []
    shifts = ((other - mean) / spread)[varies].abs()
    few = len(shifts) <= 50  # of many pixels some are nearly constant, and shift by chance
    shift = float(shifts.square().mean().sqrt() if few else shifts.quantile(0.75))
    ratio = float((its / spread)[varies].median())
    noise = math.sqrt(sum(1 / len(one) for one in both))
    if shift < max(0.5, 4 * noise) and 0.6 < ratio < 1.7:
        return []
    return [
        Finding(
            "test_prepared_differently", "wrong" if shift > 1 or not 0.5 < ratio < 2 else "suspect",
            f"the test features differ from the training features: their means by {shift:.2g} deviations, "
            "their "
            f"deviations by a factor of {ratio:.2g} (train {_range(both[0])}, test {_range(both[1])})",
            "The test data were prepared in another way, for instance scaled or standardised only once. The "
            "net is "
            "tested on inputs such as it has never seen." + (
                " It may be on purpose, where a shift is what is studied." if shift < 3 else ""),
            "Compute mean and deviation on the training data, and apply the same numbers to both.",
            notes="003 1.2",
        )
    ]  # fmt: skip


def _moments(X: Tensor) -> tuple[Tensor, Tensor]:
    return X.mean(0), X.std(0, correction=0)


def _range(X: Tensor) -> str:
    return f"{float(X.min()):.3g} to {float(X.max()):.3g}"


def labels_numbered_differently(m: Measurements) -> list[Finding]:
    """What the training data call k is called otherwise in the test data."""
    both = _tables(m)
    if both is None:
        return []
    train, test = probes.rows_of(m.setting.train), probes.rows_of(m.setting.test)
    if train is None or test is None or min(len(train[0]), len(test[0])) < 30:
        return []
    y, b = probes.classes(train[1]), probes.classes(test[1])
    if y is None or b is None:
        return _targets_differ(train, test)
    guess = probes.predicted(
        probes.scaled(train[0]), y, probes.scaled(test[0], train[0]), leave_out=False, number=False
    )
    best = max(guess, key=lambda one: float((_renumbered(one, b) == b).double().mean()))
    direct = float((best == b).double().mean())
    renamed = float((_renumbered(best, b) == b).double().mean())
    changed = [(int(k), int(_majority(best[b == k]))) for k in b.unique()]
    changed = [(k, other) for k, other in changed if k != other]
    if not changed or renamed < direct + 0.15 or renamed < 0.6 or len({o for _, o in changed}) < len(changed):
        return []
    pairs = ", ".join(f"{other} is called {k}" for k, other in changed[:3])
    return [
        Finding(
            "labels_numbered_differently", "wrong",
            f"neighbours in the training data get {direct:.0%} of the test labels right, and {renamed:.0%} "
            "if the classes "
            f"are renumbered (training class {pairs}{', ...' if len(changed) > 3 else ''})",
            "Training and test labels are numbered differently, for instance from 1 and from 0, or in the "
            "order in which "
            "each file first has them.",
            "Make one table of classes, sorted(set(names)), and use it for both.",
            notes="003 3.1",
        )
    ]  # fmt: skip


def _majority(values: Tensor) -> Tensor:
    return values.mode().values


def _renumbered(guess: Tensor, truth: Tensor) -> Tensor:
    """Each guessed class as the true class that it most often stands for."""
    out = guess.clone()
    for kind in guess.unique():
        out[guess == kind] = _majority(truth[guess == kind])
    return out


def _targets_differ(train: tuple[Tensor, Tensor], test: tuple[Tensor, Tensor]) -> list[Finding]:
    """Targets of a regression in other units."""
    y, b = (probes.targets(one[1]) for one in (train, test))
    if y is None or b is None:
        return []
    quantiles = torch.tensor([0.1, 0.5, 0.9], dtype=torch.float64)  # outliers do not count
    (low, middle, high), (its_low, its_middle, its_high) = (
        one.quantile(quantiles).tolist() for one in (y, b)
    )
    if high == low or its_high == its_low:
        return []
    ratio, shift = (its_high - its_low) / (high - low), 2.5 * abs(its_middle - middle) / (high - low)
    if 0.4 < ratio < 2.5 and shift < 1.5:
        return []
    return [
        Finding(
            "test_prepared_differently", "wrong" if not 0.1 < ratio < 10 or shift > 5 else "suspect",
            f"the test targets have {ratio:.2g} times the spread of the training targets, and their mean is "
            f"{shift:.2g} "
            "deviations away",
            "The targets were prepared in another way: in other units, or standardised only once.",
            "Compute mean and deviation of y on the training data, and apply the same numbers to both.",
            notes="003 1.2",
        )
    ]  # fmt: skip


RULES: list[Rule] = [test_prepared_differently, test_in_train, label_in_features, labels_numbered_differently]
