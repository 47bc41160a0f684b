"""Print `docs/editions.md`: which cells of the book's notebooks run here, and which with its package.

    python -m benchmarks.editions --edition 2.0 NOTEBOOKS PYTHON --edition 1.0 NOTEBOOKS PYTHON

NOTEBOOKS is a folder of published notebooks, with `chapter_preliminaries` and so on in it, such as a copy of
github.com/d2l-ai/d2l-zh-pytorch-colab (2.0) or github.com/d2l-ai/d2l-pytorch-colab (1.0). PYTHON is that of
an environment that has the book's package, or "-" for none.
"""

import dataclasses
import datetime
import functools
import itertools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import click

from .ledger import Line, ledger
from .published import CHAPTERS, DIED, Outcome, run, sections, workplace

HERE = "%load_ext d2lcore"
LIBRARIES = ("torch", "numpy", "pandas", "matplotlib", "ipykernel", "requests")
VERSIONS = """
import importlib.metadata as m, platform, sys
print(platform.python_version(), *(m.version(name) for name in sys.argv[1:]))
"""


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
            there = list(sections(edition, notebooks))
            lines = [Line(section, [], []) for section in there if not only or section.name in only]
            left_out = [section.number for section in there if only and section.name not in only]
            for line, _ in itertools.product(lines, range(repeats)):
                for kernel, first, runs in (("here", HERE, line.here), (book, "pass", line.book)):
                    if kernel in pythons:
                        work = functools.partial(run, line.section, kernel, first, place / kernel, limit)
                        name = f"{edition} {line.section.number} {line.section.name} {kernel} {len(runs)}"
                        runs.append(kept.of(name, work))
            label = f"d2l {packages[book]}" if book in packages else ""
            click.echo("\n".join(ledger(edition, label, lines)))
            if left_out:
                click.echo(f"\nNot run: {', '.join(left_out)}.")


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
            if self.file and DIED not in outcome.errors:  # for want of memory, it may be
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

Made by `python -m benchmarks.editions` on {datetime.date.today()}, from the book's published notebooks.

- A cell runs if it raises no error. One still going after {limit} seconds is stopped, and counts too.
- The cells after an error are run as well. Cells that install the book's package are not counted.
- Both sides have Python {versions[0]} with {libraries}.
- There is no GPU, and torch has {threads} thread(s).
- Seconds are CPU time of the kernel and its workers from start to end, imports included.

What to change in a cell that does not run is in [migrating.md](migrating.md)."""


if __name__ == "__main__":
    main()
