"""Figure of the chapter cross_validation."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import d2lcore as d2l

if TYPE_CHECKING:
    import pandas


def draw_choice(tables: Mapping[float, "pandas.DataFrame"], best: float, test_loss: float) -> Any:
    """The losses over lambda, means of the folds with standard errors; the loss of each fold at the best."""
    figure, (left, right) = d2l.plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
    train_losses = [table["train_loss"].mean() for table in tables.values()]
    valid_losses = [table["valid_loss"].mean() for table in tables.values()]
    errors = [table["valid_loss"].sem() for table in tables.values()]
    left.plot(list(tables), train_losses, "C0o-", label="train")
    left.errorbar(list(tables), valid_losses, errors, fmt="ms--", capsize=3, label="validation")
    left.plot(best, test_loss, "k*", markersize=11, label="test, fitted to all", zorder=3)
    d2l.set_axes(left, "lambda", "loss (of folds: the mean)", xscale="log")
    left.set_title(f"lambda = {best:.3g} is chosen", fontsize="medium")
    folds = tables[best]
    for name, label, style in (("train_loss", "train", "C0o"), ("valid_loss", "validation", "ms")):
        right.plot(folds.index, folds[name], style, label=label)
        right.axhline(folds[name].mean(), color=style[:-1], linestyle=":", label=f"{label}, mean")
    d2l.set_axes(right, "fold", f"loss at lambda = {best:.3g}")
    right.set_xticks(folds.index)
    for place in (left, right):
        place.set_ylim(bottom=0)
        place.legend()
    return figure
