"""`d2lcore reproduce --here`: why a number on this machine differs from the one in the documents."""

import itertools
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from .jobs.engine import run_as_usual, run_jobs
from .jobs.job import Job
from .jobs.results import Results
from .reported import Reported
from .reproduce import band_of, head, jobs_of, run_of

HEAD = ("chapter", "run", "number", "seed 0 here", "one thread, CPU", "documents", "band", "what explains it")
DOCUMENT = Path(__file__).parents[1] / "docs" / "results.md"
INSTALLED = Path(__file__).with_name("results.md")  # a copy, in a wheel


@dataclass(frozen=True)
class Recorded:
    """The table of results in the documents: the torch that made it, and the cell of ours of each number."""

    torch: str
    ours: dict[tuple[str, str, str, str], str]


def recorded() -> Recorded:
    text = (DOCUMENT if DOCUMENT.exists() else INSTALLED).read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    made = re.search(r"torch ([\d.]+)", text)
    ours = {(row[0], row[1], row[2], row[3]): row[4] for row in rows if len(row) >= 5}
    return Recorded(made[1] if made else "", ours)


def here(rows: Sequence[Reported], results: Results) -> Iterator[list[str]]:
    """Cells as in HEAD for each row: seed 0 as this machine runs it, and with one thread on the CPU."""
    document = recorded()
    for _, group in itertools.groupby(rows, lambda row: (row.runs_in, row.run, row.knobs)):
        numbers = list(group)
        job = jobs_of(numbers[0], 1)[0]
        usual = run_as_usual(job)
        (plain,) = run_jobs([_on_cpu(job)], results)
        for row in numbers:
            error = usual.error or plain.error
            ours = (math.nan, math.nan) if error else (usual.metrics[row.metric], plain.metrics[row.metric])
            theirs = document.ours.get((row.chapter, run_of(row), row.number, row.notes), "")
            why = error or explain(row, *ours, theirs, document.torch)
            shown = ["" if error else f"{value:.6g}" for value in ours]
            yield [row.chapter, run_of(row), row.number, *shown, theirs, band_of(row), why]


def _on_cpu(job: Job) -> Job:
    takes = "device" in job.parameters()
    return Job(job.module, job.run, {**job.knobs, **({"device": "cpu"} if takes else {})})


def explain(row: Reported, usual: float, plain: float, theirs: str, their_torch: str) -> str:
    """In words: inside the band or not, and what the difference comes from.

    usual: with this machine's threads and device. plain: with one thread on the CPU. theirs: mean, and range
    over the seeds if there are several, in the documents, which torch `their_torch` made.
    """
    inside = "inside" if row.low <= usual <= row.high else "OUTSIDE"
    said = [f"{inside} the band" if band_of(row) else "no band"]
    if not _same(usual, plain):
        said.append(f"{_conditions()}: off by {abs(usual - plain):.2g}")
    low, high = _range(theirs)
    if math.isnan(low):
        said.append("the documents have no number yet")
    elif low <= plain <= high:
        said.append("with one thread it lies where the documents' seeds do")
    elif (mine := _release(version("torch"))) != their_torch:
        said.append(f"torch {mine} here and {their_torch} there: other versions round otherwise")
    else:
        said.append("not explained by threads, device or torch: another processor, or a changed file")
    return "; ".join(said)


def _same(one: float, other: float) -> bool:
    return one == other or (math.isnan(one) and math.isnan(other))


def _conditions() -> str:
    import torch

    from d2lcore.devices import try_gpu

    device = try_gpu().type
    threads = torch.get_num_threads()
    return f"{threads} thread{'s' * (threads != 1)}" if device == "cpu" else f"the device {device}"


def _range(theirs: str) -> tuple[float, float]:
    """The ends of "0.3 (0.1 to 0.5)", widened by half a unit of their last digit, or of a single number."""
    numbers = re.findall(r"-?\d[\d.]*(?:e[-+]?\d+)?", theirs)
    ends = numbers[1:3] or numbers[:1] * 2
    if not ends:
        return math.nan, math.nan
    slack = max(_half_unit(end) for end in ends)
    return float(ends[0]) - slack, float(ends[1]) + slack


def _half_unit(number: str) -> float:
    """Half a unit of the last of five significant digits."""
    value = abs(float(number))
    return 0.5 * 10.0 ** (math.floor(math.log10(value)) - 4) if value else 0.0


def _release(torch_version: str) -> str:
    return torch_version.partition("+")[0]


def heading() -> str:
    """What was compared, and the head of the table."""
    return "\n".join(
        [
            f"Seed 0 as this machine runs it ({_conditions()}, torch {_release(version('torch'))}), with one "
            "thread on the CPU,",
            f"and in the documents (mean and range over the seeds, torch {recorded().torch}).",
            "The band is for the mean.",
            "",
            head(HEAD),
        ]
    )
