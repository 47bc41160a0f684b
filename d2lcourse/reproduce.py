"""The numbers that the notes report, run again: theirs beside ours over several seeds."""

import itertools
import platform
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from math import isfinite
from typing import Any

import torch

from d2lcore.errors import check_counts

from .jobs.engine import Done, run_jobs
from .jobs.job import Job, in_words
from .jobs.results import Results
from .reported import Reported

HEAD = ("chapter", "run", "number", "reported", "ours: mean (range)", "band", "verdict", "seconds a run")
VERDICT = HEAD.index("verdict")


def jobs_of(row: Reported, seeds: int | None = None) -> list[Job]:
    """The runs that a number is the mean of. seeds: at most so many."""
    count = min(row.seeds, seeds or row.seeds)
    choices = [{"seed": seed} for seed in range(count)] or [{}]
    return [Job(row.runs_in, row.run, {**row.knobs, **choice}) for choice in choices]


def reproduce(
    rows: Sequence[Reported],
    results: Results,
    *,
    seeds: int | None = None,
    full: bool = False,
    watch: Callable[[Iterator[Done], int], Iterator[Done]] = lambda done, count: done,
    **how: Any,
) -> Iterator[list[str]]:
    """Run what `rows` need, each run once for all its numbers; a line of cells, as in HEAD, for each row.

    seeds: at most so many for each row. full: at the size of the original. how: keywords of `run_jobs`.
    watch: is given what becomes of the runs, and how many they are, and hands it on.
    """
    if seeds is not None:
        check_counts(seeds=seeds)
    if full:
        rows = [replace(row, knobs={**row.knobs, **row.full}) for row in rows]
    groups = [
        list(group) for _, group in itertools.groupby(rows, lambda row: (row.runs_in, row.run, row.knobs))
    ]
    jobs = [jobs_of(numbers[0], seeds) for numbers in groups]
    every = list(itertools.chain.from_iterable(jobs))
    done = watch(run_jobs(every, results, **how), len(every))
    for numbers, wanted in zip(groups, jobs, strict=True):
        came = list(itertools.islice(done, len(wanted)))
        for row in numbers:
            yield _cells(row, came)


def run_of(row: Reported) -> str:
    """The run and its knobs, as on the command line."""
    return f"{row.run} {in_words(row.knobs)}".strip()


def _cells(row: Reported, came: Sequence[Done]) -> list[str]:
    run, band = run_of(row), band_of(row)
    ours, verdict = "", next((one.error for one in came if one.error), "")
    if verdict:
        verdict = "no data" if any(one.data_missing for one in came) else f"FAIL: {verdict}"
    else:
        values = [one.metrics[row.metric] for one in came]
        mean = sum(values) / len(values)
        ours = f"{mean:.5g}" + (f" ({min(values):.5g} to {max(values):.5g})" if len(values) > 1 else "")
        verdict = _verdict(row, mean, values) if band else "told"
    seconds = sum(one.seconds for one in came) / len(came)
    return [row.chapter, run, row.number, row.notes, ours, band, verdict, f"{seconds:.1f}"]


def _verdict(row: Reported, mean: float, values: Sequence[float]) -> str:
    if not row.low <= mean <= row.high:
        return "FAIL"
    inside = sum(row.low <= value <= row.high for value in values)
    return "pass" if inside == len(values) else f"pass, {inside} of {len(values)} seeds"


def band_of(row: Reported) -> str:
    """The band in words; empty if there is none."""
    low, high = row.low, row.high
    if isfinite(low) and isfinite(high):
        return f"{low:g} to {high:g}"
    bounds = [f"at least {low:g}"] * isfinite(low) + [f"at most {high:g}"] * isfinite(high)
    return "".join(bounds)


def heading(words: Sequence[str]) -> str:
    """The head of the report in Markdown, down to that of the table. words: those after the command."""
    return "\n".join(
        [
            "# The notes' numbers, run again",
            "",
            f"The output of `{' '.join(['d2lcore reproduce', *words])}` with Python "
            f"{platform.python_version()}, torch {torch.__version__}, "
            f"one thread a run, on {platform.machine()}.",
            "A number passes if its mean over the seeds, from 0, is in its band; if single seeds are not,",
            "the verdict says how many are. Without a band it is only told. Times are those of a run.",
            "",
            head(HEAD),
        ]
    )


def head(cells: Sequence[str]) -> str:
    """The first two lines of a Markdown table."""
    return f"{line(cells)}\n{line(['---'] * len(cells))}"


def line(cells: Sequence[str]) -> str:
    """A line of a Markdown table."""
    return f"| {' | '.join(cells)} |"
