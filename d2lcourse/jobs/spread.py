"""Drawing a sweep: every run a point, and mean and spread over the seeds."""

import statistics
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .engine import Done
from .job import in_words
from .sweep import groups

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw(done: Sequence[Done], metrics: Sequence[str]) -> "Figure":
    """A panel for each of at most four metrics: over the one knob that varies, or over the combinations."""
    from matplotlib.figure import Figure

    shown = metrics[:4]
    figure = Figure(figsize=(4.5 * len(shown), 3.4), layout="constrained")
    kinds = [(knobs, [one for one in same if not one.error]) for knobs, same in groups(done)]
    places, labels, name = _axis([knobs for knobs, _ in kinds])
    for axes, metric in zip(figure.subplots(1, len(shown), squeeze=False)[0], shown, strict=True):
        for place, (_, same) in zip(places, kinds, strict=True):
            values = [one.metrics[metric] for one in same]
            axes.plot([place] * len(values), values, ".", color="C0", alpha=0.35)
            if values:
                error = statistics.stdev(values) if len(values) > 1 else 0.0
                axes.errorbar([place], [statistics.fmean(values)], [error], fmt="o", color="C1", capsize=4)
        if labels:
            axes.set_xticks(places, labels, rotation=30, ha="right")
            axes.set_xlim(-0.5, len(places) - 0.5)
        elif min(places) > 0 and max(places) >= 20 * min(places):
            axes.set_xscale("log")
        axes.set_xlabel(name)
        axes.set_ylabel(metric)
        axes.grid(alpha=0.3)
    figure.suptitle("a point a seed; mean and standard deviation", fontsize="medium")
    return figure


def _axis(combinations: Sequence[dict[str, Any]]) -> tuple[list[float], list[str], str]:
    """Where each combination stands, what is written there, and the name of the axis."""
    names = list(combinations[0])
    values = [next(iter(one.values()), "") for one in combinations]
    numbers = [float(value) for value in values if type(value) in (int, float)]
    if len(names) == 1 and len(numbers) == len(values):
        return numbers, [], names[0]
    return [float(i) for i in range(len(values))], [in_words(one) or "defaults" for one in combinations], ""
