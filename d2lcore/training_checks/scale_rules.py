"""The scale of inputs and targets: whether the same training works on standardised ones."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from .finding import Finding
from .measurements import Measurements, Rule
from .runs import Run


def _end(run: Run) -> str:
    return f"{run.train_loss:.3g}" if run.finite else "not finite"


def inputs_unscaled(m: Measurements) -> list[Finding]:
    """Large inputs, or columns of very different size, where standardised ones are learned far better."""
    X = m.setting.train.X
    if not X.is_floating_point() or not bool(X.isfinite().all()) or len(X) < 10:
        return []
    rows = X.reshape(len(X), -1).double()
    size, spreads = float(rows.square().mean().sqrt()), rows.std(0, correction=0)
    spreads = spreads[spreads > 0]
    uneven = float(spreads.max() / spreads.median()) if len(spreads) else 1.0
    image = X.dim() > 2 or (rows.shape[1] > 50 and float(rows.min()) >= 0)
    if (size < 5 and not (uneven > 30 and not image)) or not _poor(m):
        return []
    better = m.experiment("standardised inputs", change_X=_standardiser(X, by_column=not image))
    if (
        better is None
        or not better.better_than(m.run, 1.3)
        or not m.progress_of(better) > max(0.1, m.progress_made)
    ):
        return []
    bytes_ = float(rows.min()) >= 0 and 100 < float(rows.max()) <= 255
    rule = "inputs_unscaled" if bytes_ or image else "features_unscaled"
    spread = (
        "" if image else f", with deviations from {float(spreads.min()):.2g} to {float(spreads.max()):.2g}"
    )
    return [
        Finding(
            rule, "wrong",
            f"the inputs go from {float(rows.min()):.3g} to {float(rows.max()):.3g}{spread}; the same "
            "training on "
            f"standardised inputs ends at a loss of {better.train_loss:.3g} instead of {_end(m.run)}",
            "The inputs are not scaled. Gradients are as large as the inputs, so one learning rate is too "
            "large for "
            "some weights and too small for others.",
            "Divide pixels by 255: X.float() / 255." if bytes_ else
            "Standardise each column with the numbers of the training data: (X - X.mean(0)) / X.std(0), for "
            "the test "
            "data too.",
            otherwise="A much smaller learning rate can also stop it from diverging, but learns slowly: try "
            "both.",
            notes="003 1.2",
        )
    ]  # fmt: skip


def _poor(m: Measurements) -> bool:
    """Whether the training has got rid of less than half of what a constant output leaves."""
    return not m.progress_made > 0.5


def _standardiser(X: Tensor, by_column: bool) -> Callable[[Tensor], Tensor]:
    known = X.float()
    mean = known.mean(0) if by_column else known.mean()
    deviation = known.std(0, correction=0) if by_column else known.std()
    deviation = torch.where(deviation > 0, deviation, torch.ones_like(deviation))

    def standardise(batch: Tensor) -> Tensor:
        return ((batch - mean.to(batch)) / deviation.to(batch)).to(batch.dtype)

    return standardise


def targets_unscaled(m: Measurements) -> list[Finding]:
    """Targets far from what the net gives, where standardised ones are learned far better."""
    y = m.setting.train.y
    if not y.is_floating_point() or m.loss.kind != "by value" or not bool(y.isfinite().all()):
        return []
    values = y.double()
    size, deviation = float(values.abs().max()), float(values.std())
    if size < 20 or deviation == 0 or not _poor(m):
        return []
    mean = float(values.mean())
    better = m.experiment("standardised targets", change_y=lambda t: (t - mean) / deviation)
    if better is None or not better.finite:
        return []
    constant = _constant_loss(m, (values - mean) / deviation)
    progress = 1 - better.train_loss / constant if constant else -math.inf
    mine = m.progress_made
    if progress < 0.15 or (math.isfinite(mine) and progress < mine + 0.15):
        return []
    return [
        Finding(
            "targets_unscaled", "wrong",
            f"the targets go from {float(values.min()):.3g} to {float(values.max()):.3g}; after "
            f"{len(better.losses)} steps the "
            f"loss is {_end(m.run)}, where a constant output has {m.trivial:.3g}; with standardised targets "
            "the same "
            f"training explains {progress:.0%} of what a constant leaves",
            "The net starts near 0, and the targets are far away: with steps of the usual size it never "
            "gets there, and "
            "larger ones diverge.",
            "Train on (y - y.mean()) / y.std(), and undo it on the predictions.",
            otherwise="A far larger learning rate or a first bias at the mean of y can also bring it there: "
            "try both.",
            notes="003 1.2",
        )
    ]  # fmt: skip


def _constant_loss(m: Measurements, values: Tensor) -> float:
    """The loss of the best constant for these targets, about: that of 0."""
    y = values[:2048].to(m.first.y.dtype)
    try:
        with torch.no_grad():
            l = m.setting.loss(torch.zeros_like(y), y)
            return float(m.setting.mean_of(l, len(y)))
    except Exception:  # a loss for other shapes
        return 0.0


RULES: list[Rule] = [inputs_unscaled, targets_unscaled]
