"""Two ways to do one piece of work, timed in turn."""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

Work = Callable[[], object]


def seconds(work: Work) -> float:
    """How long one call takes."""
    gc.collect()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def alternate(ours: Work, theirs: Work, repeats: int) -> tuple[list[float], list[float]]:
    """The times of `ours` and of `theirs`, called in turn so that a busy machine slows both alike.

    The first call of each is not counted.
    """
    ours(), theirs()
    runs = [(seconds(ours), seconds(theirs)) for _ in range(repeats)]
    return [a for a, _ in runs], [b for _, b in runs]


@dataclass
class Row:
    """The seconds of every run of one comparison, and the ratio of the medians that is hoped for.

    limit: the least that theirs/ours should be; with `at_most`, the most that ours/theirs should be.
    """

    name: str
    ours: list[float]
    theirs: list[float]
    limit: float | None = None
    at_most: bool = False

    HEADER = ("what: beside what", "ours (s)", "theirs (s)", "ratio", "over the runs", "target", "met")

    def cells(self) -> list[str]:
        a, b = (self.ours, self.theirs) if self.at_most else (self.theirs, self.ours)
        runs = [x / y for x, y in zip(a, b, strict=True)]
        ratio = median(a) / median(b)
        met = self.limit is not None and (ratio <= self.limit if self.at_most else ratio >= self.limit)
        return [
            self.name,
            f"{median(self.ours):.4f}",
            f"{median(self.theirs):.4f}",
            f"{'ours/theirs' if self.at_most else 'theirs/ours'} {ratio:.3g}x",
            f"{min(runs):.3g} to {max(runs):.3g}",
            "" if self.limit is None else f"{'<=' if self.at_most else '>='} {self.limit:g}x",
            "" if self.limit is None else "yes" if met else "NO",
        ]
