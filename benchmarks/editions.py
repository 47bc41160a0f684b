"""Print the ledger of `docs/editions.md`: which cells of the book's notebooks run here, and with its own package.

    python -m benchmarks.editions --edition 2.0 NOTEBOOKS PYTHON --edition 1.0 NOTEBOOKS PYTHON

NOTEBOOKS is a folder of published notebooks, with `chapter_preliminaries` and so on in it, such as a copy of
github.com/d2l-ai/d2l-zh-pytorch-colab (2.0) or github.com/d2l-ai/d2l-pytorch-colab (1.0). PYTHON is that of an
environment that has the book's package, or "-" for none.
"""

import dataclasses
import datetime
import functools
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import median

import click

from .published import CHAPTERS, Outcome, Section, cause, run, sections, workplace

HERE = "%load_ext d2lcore"
CUDA = re.compile("CUDA|NVIDIA", re.IGNORECASE)
LIBRARIES = ("torch", "numpy", "pandas", "matplotlib", "ipykernel", "requests")
VERSIONS = """
import importlib.metadata as m, platform, sys
print(platform.python_version(), *(m.version(name) for name in sys.argv[1:]))
"""


@dataclasses.dataclass
class Line:
    """A section, run here and with the book's package, each as often as wished."""

    section: Section
    here: list[Outcome]
    book: list[Outcome]

    def failed(self, side: str) -> list[str]:
        """The error of every cell, '' if it ran, of the first run."""
        runs: list[Outcome] = getattr(self, side)
        return runs[0].errors if runs else []

    def needs_cuda(self, cell: int) -> bool:
        """Whether a cell fails here for want of a GPU, or of what such a cell would have made."""
        errors = self.failed("here")
        return bool(errors[cell] and CUDA.search(errors[cause(errors, self.section.sources, cell)]))

    def ran(self, side: str) -> int:
        return sum(not error for error in self.failed(side))

    def cpu(self, side: str) -> float | None:
        times = [one.cpu for one in getattr(self, side) if one.cpu is not None]
        return median(times) if times else None


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--edition",
    "editions",
    type=(click.Choice([*CHAPTERS]), click.Path(exists=True, file_okay=False, path_type=Path), str),
    multiple=True,
    required=True,
    metavar="EDITION NOTEBOOKS PYTHON",
    help="An edition, the folder of its notebooks, and a Python with the book's package or -.",
)
@click.option("--only", multiple=True, help="Only the notebook of this name, such as mlp-scratch.")
@click.option(
    "--repeats", default=1, show_default=True, type=click.IntRange(1), help="Runs of each notebook."
)
@click.option("--limit", default=900, show_default=True, help="Seconds after which a cell is stopped.")
@click.option(
    "--keep", type=click.Path(dir_okay=False, path_type=Path), help="Remember runs here; go on from it."
)
def main(
    editions: tuple[tuple[str, Path, str], ...],
    only: tuple[str, ...],
    repeats: int,
    limit: int,
    keep: Path | None,
) -> None:
    """Run the book's notebooks with d2lcore and with the book's package, and print the ledger in Markdown."""
    pythons = {"here": sys.executable}
    pythons |= {f"book-{edition}": python for edition, _, python in editions if python != "-"}
    packages = {name: versions_of(python, "d2l")[1] for name, python in pythons.items() if name != "here"}
    libraries = {name: versions_of(python, *LIBRARIES) for name, python in pythons.items()}
    if len(set(map(tuple, libraries.values()))) > 1:
        raise click.UsageError(f"PYTHON: the two sides need the same libraries, but have {libraries}")
    click.echo(introduction(libraries["here"], limit))
    kept = Kept(keep)
    with workplace(pythons) as place:
        for edition, notebooks, _ in editions:
            book = f"book-{edition}"
            lines = []
            for section in sections(edition, notebooks):
                if only and section.name not in only:
                    continue
                line = Line(section, [], [])
                for turn in range(repeats):  # in turn, so that a busy machine slows both alike
                    for side, kernel, runs in (("here", "here", line.here), ("book", book, line.book)):
                        if kernel in pythons:
                            first, home = (HERE, place / "here") if side == "here" else ("pass", place / book)
                            work = functools.partial(run, section, kernel, first, home, limit)
                            runs.append(
                                kept.of(f"{edition} {section.number} {section.name} {side} {turn}", work)
                            )
                lines.append(line)
            label = f"d2l {packages[book]}" if book in packages else ""
            click.echo("\n".join(ledger(edition, label, lines)))


class Kept:
    """Outcomes in a file, a line of JSON each, so that a run that was stopped goes on where it was."""

    def __init__(self, file: Path | None) -> None:
        self.file = file
        lines = file.read_text(encoding="utf-8").splitlines() if file and file.exists() else []
        self.outcomes = {name: Outcome(**fields) for name, fields in map(json.loads, lines)}

    def of(self, name: str, work: Callable[[], Outcome]) -> Outcome:
        """The outcome kept under this name, or else of `work`, which is kept."""
        if name not in self.outcomes:
            click.echo(name, err=True)
            outcome = self.outcomes[name] = work()
            if self.file:
                with self.file.open("a", encoding="utf-8") as file:
                    file.write(json.dumps([name, dataclasses.asdict(outcome)]) + "\n")
        return self.outcomes[name]


def versions_of(python: str, *packages: str) -> list[str]:
    """The versions of a Python and of packages that it has."""
    command = [python, "-c", VERSIONS, *packages]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tempfile.gettempdir())
    except OSError as error:
        raise click.UsageError(f"PYTHON: no such Python: {error}") from None
    if done.returncode:
        raise click.UsageError(f"PYTHON: {python} lacks a package: {done.stderr.strip().splitlines()[-1]}")
    return done.stdout.split()


def introduction(versions: list[str], limit: int) -> str:
    libraries = ", ".join(f"{name} {version}" for name, version in zip(LIBRARIES, versions[1:], strict=True))
    threads = os.environ.get("OMP_NUM_THREADS", str(os.cpu_count()))
    return f"""# The book's notebooks, cell by cell

Made by `python -m benchmarks.editions` on {datetime.date.today()}, from the notebooks that the book publishes.

- A cell runs if it raises no error. One that still trains after {limit} seconds is stopped, and counts too.
- The cells after an error are run as well. Cells that install the book's package are not counted.
- Both sides have Python {versions[0]} with {libraries}.
- There is no GPU, and torch has {threads} thread(s).
- The seconds are CPU time of the kernel and its workers from start to end, imports included.

What to change in a cell that does not run is in [migrating.md](migrating.md)."""


def ledger(edition: str, label: str, lines: Sequence[Line]) -> Iterable[str]:
    """What an edition adds up to; a row a section; and every cell that does not run, with the reason.

    label: the book's package; '' if there is none, and then it has no columns.
    """
    books = [label] if label else []
    yield f"\n## Edition {edition}\n"
    yield from _sums(label, lines)
    yield "\n" + _row(
        "section", "notebook", "cells", "here", *books, "CPU s here", *books, *["ratio"] * len(books)
    )
    yield _row(*["---"] * (5 + 3 * len(books)))
    for line in lines:
        yield _section_row(line, bool(label))
    failures = [row for line in lines for row in _failures(line, bool(label))]
    if failures:
        yield f"\nCells that do not run:\n\n{_row('section', 'cell', 'begins', 'here', *books)}"
        yield _row(*["---"] * (4 + len(books)))
        yield from failures


def _section_row(line: Line, with_book: bool) -> str:
    sides = ("here", "book") if with_book else ("here",)
    counts = [str(line.ran(side)) for side in sides]
    for i, side in enumerate(sides):
        if stopped := len(getattr(line, side)[0].stopped):
            counts[i] += f", {stopped} stopped"
    times = [line.cpu(side) for side in sides]
    seconds = [f"{time:.1f}" if time else "" for time in times]
    if with_book:
        seconds.append(f"{times[0] / times[1]:.2f}" if times[0] and times[1] else "")
    section = line.section
    return _row(
        section.number, f"{section.chapter}/{section.name}", str(len(section.sources)), *counts, *seconds
    )


def _sums(label: str, lines: Sequence[Line]) -> Iterable[str]:
    cells = sum(len(line.section.sources) for line in lines)
    here, book = (sum(line.ran(side) for line in lines) for side in ("here", "book"))
    cuda = sum(line.needs_cuda(i) for line in lines for i in range(len(line.section.sources)))
    lost = [
        f"{line.section.number} cell {i + 1}"
        for line in lines
        for i, (a, b) in enumerate(zip(line.failed("here"), line.failed("book"), strict=False))
        if a and not b
    ]
    share = f"{here} run here ({100 * here / max(1, cells - cuda):.1f} %)"
    beside = f" and {book} with {label}" if label else ""
    yield f"{cells} cells. {cuda} need a GPU; of the other {cells - cuda}, {share}{beside}."
    if label:
        yield f"Cells that run with {label} and not here: {', '.join(lost) or 'none'}."


def _failures(line: Line, with_book: bool) -> Iterable[str]:
    """A row for every cell that fails on a side."""
    sides = [line.failed(side) for side in (("here", "book") if with_book else ("here",))]
    for cell, source in enumerate(line.section.sources):
        if any(errors[cell] for errors in sides):
            texts = [_reason(line, errors, cell) for errors in sides]
            yield _row(line.section.number, str(cell + 1), f"`{_short(source, 40)}`", *texts)


def _reason(line: Line, errors: list[str], cell: int) -> str:
    if not errors[cell]:
        return "runs"
    root = cause(errors, line.section.sources, cell)
    if root != cell:
        return f"follows from cell {root + 1}"
    return f"`{_short(errors[cell], 110)}`"


def _short(text: str, length: int) -> str:
    """The first line of a text, fit for a cell of a table between backquotes."""
    first = next((one for one in text.splitlines() if one.strip() and one[0] not in "%#"), text)
    first = first.strip().replace("`", "'").replace("|", "\\|")
    return first if len(first) <= length else first[: length - 3] + "..."


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
