"""One variant of a chapter over seeds and values of its knobs: the jobs, and what came out, as a table."""

import importlib
import inspect
import itertools
import math
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from d2lcore.command_line import chapter_command
from d2lcore.errors import unknown
from d2lcore.result import Result
from d2lcourse.catalog import chapter_file, chapters

from .engine import Done
from .job import Job, in_words

if TYPE_CHECKING:
    import pandas

MOST = 100_000  # runs of a sweep


def plan(chapter: str, variant: str, seeds: str, vary: Iterable[str]) -> list[Job]:
    """A job for each combination of values, and each seed.

    seeds: "0-19" or "1,4,7". vary: texts such as "lr=0.01,0.1". Raises ValueError that names what is wrong.
    """
    function = _variant(chapter, variant)
    numbers = numbers_of(seeds)
    knobs = dict(_values(function, text) for text in vary)
    if "seed" in knobs:
        raise ValueError("--vary seed: the seeds go into --seeds")
    if "seed" not in inspect.signature(function).parameters:
        raise ValueError(f"{chapter} {variant} takes no seed, so that every run gives the same numbers")
    count = math.prod(map(len, knobs.values())) * len(numbers)
    if count > MOST:
        raise ValueError(f"--vary, --seeds: {count:,} runs; a sweep has at most {MOST:,}")
    return [
        Job(function.__module__, variant, {**dict(zip(knobs, values, strict=True)), "seed": seed})
        for values in itertools.product(*knobs.values())
        for seed in numbers
    ]


def numbers_of(seeds: str) -> list[int]:
    """The numbers of "0-4" or "0,2,7-9", each once, in their order."""
    found: list[int] = []
    for part in seeds.split(","):
        ends = part.strip().split("-")
        if len(ends) > 2 or not all(end.isdecimal() for end in ends):
            raise ValueError(f"--seeds {seeds}: expected numbers from 0 such as 0-19 or 1,4,7")
        first, last = int(ends[0]), int(ends[-1])
        if first > last:
            raise ValueError(f"--seeds {seeds}: {part} ends before it begins; did you mean {last}-{first}?")
        if last - first >= MOST:
            raise ValueError(f"--seeds {seeds}: a sweep has at most {MOST:,} runs")
        found += range(first, last + 1)
    return list(dict.fromkeys(found))


def _variant(chapter: str, variant: str) -> Any:
    names = [one.name for one in chapters()]
    if chapter not in names:
        raise ValueError(unknown("chapter", chapter, names))
    package = chapter_file(chapter).name == "__init__.py"
    module = importlib.import_module(f"chapters.{chapter}" + ".__main__" * package)
    variants = {
        name: value
        for name, value in vars(module).items()
        if inspect.isfunction(value) and inspect.signature(value).return_annotation in (Result, "d2l.Result")
    }
    if variant not in variants:
        raise ValueError(unknown("variant", variant, variants))
    return variants[variant]


def _values(function: Any, text: str) -> tuple[str, list[Any]]:
    """The knob and its values in a text such as "lr=0.01,0.1", each as the command line reads it."""
    name, equals, values = text.partition("=")
    name = name.strip().lstrip("-").replace("-", "_")
    if not equals or not all(part.strip() for part in values.split(",")):
        raise ValueError(f"--vary {text}: expected a knob and its values, such as lr=0.01,0.1")
    options = {
        one.name: one for one in chapter_command("", (function,)).params if isinstance(one, click.Option)
    }
    known = [one for one in inspect.signature(function).parameters if options[one].nargs == 1]
    if name not in known:
        raise ValueError(unknown("knob", name, known))
    try:
        found = [options[name].type.convert(part.strip(), None, None) for part in values.split(",")]
    except click.ClickException as error:
        raise ValueError(f"--vary {text}: {error.format_message()}") from None
    return name, list(dict.fromkeys(found))


# What came out


def knobs_of(job: Job) -> dict[str, Any]:
    return {name: value for name, value in job.knobs.items() if name != "seed"}


def groups(done: Iterable[Done]) -> Iterator[tuple[dict[str, Any], list[Done]]]:
    """The runs of each combination of values, in their order."""
    for knobs, same in itertools.groupby(done, lambda one: knobs_of(one.job)):
        yield knobs, list(same)


def chosen(done: Sequence[Done], wanted: Sequence[str], most: int = 6) -> list[str]:
    """The metrics `wanted`, or the first `most` that the runs have. Raises ValueError for one they lack."""
    known = list(dict.fromkeys(name for one in done for name in one.metrics if name != "epoch"))
    for name in wanted if known else ():
        if name not in known:
            raise ValueError(unknown("metric", name, known))
    return list(wanted) or known[:most]


def summary(done: Sequence[Done], metrics: Sequence[str]) -> Iterator[list[str]]:
    """Lines of cells, heads first: a combination, its runs, and mean, spread and range of each metric.

    The spread is the standard deviation over the seeds (divided by n - 1).
    """
    yield ["knobs", "runs", *(f"{name}: mean ± sd (range)" for name in metrics)]
    for knobs, same in groups(done):
        well = [one for one in same if not one.error]
        runs = str(len(well)) + (f", {len(same) - len(well)} failed" if len(well) < len(same) else "")
        yield [
            in_words(knobs) or "defaults",
            runs,
            *(_spread([one.metrics[name] for one in well]) for name in metrics),
        ]


def _spread(values: Sequence[float]) -> str:
    if not values:
        return ""
    text = f"{statistics.fmean(values):.5g}"
    if len(values) > 1:
        text += f" ± {statistics.stdev(values):.2g} ({min(values):.5g} to {max(values):.5g})"
    return text


def frame(done: Sequence[Done]) -> "pandas.DataFrame":
    """A row a run: its knobs, seed, metrics, and the error of one that failed."""
    import pandas

    rows: list[Mapping[str, Any]] = [{**one.job.knobs, **one.metrics, "error": one.error} for one in done]
    return pandas.DataFrame(rows)
