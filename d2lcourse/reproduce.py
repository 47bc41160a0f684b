"""The numbers that the notes report, run again: theirs beside ours over several seeds."""

import contextlib
import importlib
import io
import itertools
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from math import isfinite
from typing import Any

import torch

from d2lcore.data.files import DataUnavailable
from d2lcore.errors import check_counts
from d2lcore.metrics import Timer

from .reported import Reported

HEAD = ("chapter", "run", "number", "reported", "ours: mean (range)", "band", "verdict", "seconds a run")
VERDICT = HEAD.index("verdict")


def reproduce(
    rows: Sequence[Reported], *, seeds: int | None = None, full: bool = False, note: Any = print
) -> Iterator[list[str]]:
    """Run what `rows` need, each run once for all its numbers; a line of cells, as in HEAD, for each row.

    seeds: replaces the number of seeds of every row that has more. full: at the size of the original. note:
    told, in words, what runs next.
    """
    if seeds is not None:
        check_counts(seeds=seeds)
    if full:
        rows = [replace(row, knobs={**row.knobs, **row.full}) for row in rows]
    for (module, run, knobs), group in itertools.groupby(rows, lambda row: (row.runs_in, row.run, row.knobs)):
        numbers = list(group)
        count = min(numbers[0].seeds, seeds or numbers[0].seeds)
        try:
            results, seconds = _run(module, run, knobs, count, note)
        except DataUnavailable as error:
            note(f"{module} {run}: {error}")
            results, seconds = [], 0.0
        for row in numbers:
            yield _cells(row, [result[row.metric] for result in results], seconds)


def _run(
    module: str, run: str, knobs: Mapping[str, Any], seeds: int, note: Callable[[str], object]
) -> tuple[list[dict[str, float]], float]:
    """The metrics of every seed, and the mean time of a run in seconds."""
    variant = getattr(importlib.import_module(module), run)
    results, timer = [], Timer()
    for choice in [{"seed": seed} for seed in range(seeds)] or [{}]:
        note(f"{module.removeprefix('chapters.')} {run} {_words({**knobs, **choice})}")
        timer.start()
        with contextlib.redirect_stdout(io.StringIO()):
            results.append(variant(**knobs, **choice).metrics)
        timer.stop()
    return results, timer.avg()


def _cells(row: Reported, values: Sequence[float], seconds: float) -> list[str]:
    ours, verdict, band = "", "no data", _band(row.low, row.high)
    if values:
        low, high = min(values), max(values)
        mean = sum(values) / len(values)
        ours = f"{mean:.5g}" + (f" ({low:.5g} to {high:.5g})" if len(values) > 1 else "")
        verdict = _verdict(row, mean, values) if band else "told"
    run = f"{row.run} {_words(row.knobs)}".strip()
    return [row.chapter, run, row.number, row.notes, ours, band, verdict, f"{seconds:.1f}"]


def _verdict(row: Reported, mean: float, values: Sequence[float]) -> str:
    if not row.low <= mean <= row.high:
        return "FAIL"
    inside = sum(row.low <= value <= row.high for value in values)
    return "pass" if inside == len(values) else f"pass, {inside} of {len(values)} seeds"


def _band(low: float, high: float) -> str:
    if isfinite(low) and isfinite(high):
        return f"{low:g} to {high:g}"
    bounds = [f"at least {low:g}"] * isfinite(low) + [f"at most {high:g}"] * isfinite(high)
    return "".join(bounds)


def _words(knobs: Mapping[str, Any]) -> str:
    return " ".join(f"--{name.replace('_', '-')} {value}" for name, value in knobs.items())


def heading(words: Sequence[str]) -> str:
    """The head of the report in Markdown, down to that of the table. words: those after the command."""
    return "\n".join(
        [
            "# The notes' numbers, run again",
            "",
            f"The output of `{' '.join(['d2lcore reproduce', *words])}` with Python "
            f"{platform.python_version()}, torch {torch.__version__}, "
            f"{torch.get_num_threads()} threads on {platform.machine()}.",
            "A number passes if its mean over the seeds, from 0, is in its band; if single seeds are not,",
            "the verdict says how many are. Without a band it is only told. Times are those of a run.",
            "",
            line(HEAD),
            line(["---"] * len(HEAD)),
        ]
    )


def line(cells: Sequence[str]) -> str:
    """A line of a Markdown table."""
    return f"| {' | '.join(cells)} |"
