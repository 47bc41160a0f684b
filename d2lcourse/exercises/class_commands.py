"""The command `d2lcore exercise grade`: the answers of a class."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from d2lcore.command_line import Folder

if TYPE_CHECKING:
    from .grade import Class

OUTPUT = click.Path(dir_okay=False, path_type=Path)


@click.command("grade")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--only", multiple=True, metavar="NAME", help="An exercise; once for each. [those handed in]")
@click.option("--csv", "table", type=OUTPUT, help="Write a row per student and exercise.")
@click.option("--html", "page", type=OUTPUT, help="Write a page for the teacher; it needs no network.")
@click.option("--feedback", type=Folder(), help="Write each student's own messages there, a text each.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print JSON, with every message, instead of the summary."
)
@click.option(
    "-j", "processes", type=click.IntRange(1, 64), default=os.cpu_count() or 1, show_default="all cores",
    help="Answers that are checked side by side.",
)  # fmt: skip
@click.option(
    "--kept", type=OUTPUT, help="Where grades are kept, for the next run. [.grades.jsonl in FOLDER]"
)
def grade(
    folder: Path,
    only: tuple[str, ...],
    table: Path | None,
    page: Path | None,
    feedback: Path | None,
    as_json: bool,
    processes: int,
    kept: Path | None,
) -> int:
    """Check the answers of a class. In FOLDER each student has a folder, a .py or a notebook.

    Prints each exercise, the hardest first, with its most frequent mistakes. A run that is stopped goes on
    when it is started again. The exit code is 1 if an answer could not be graded.
    """
    from . import class_page, class_report
    from .grade import grade_class
    from .grade_one import NOT_GRADED

    for file in filter(None, (table, page)):
        if not file.absolute().parent.is_dir():
            raise ValueError(f"{file}: there is no folder {file.absolute().parent}; make it first")
    try:
        graded = grade_class(folder, only=only, processes=processes, kept=kept, note=_progress())
    except KeyboardInterrupt:
        click.echo("stopped: what is graded is kept, and the same command goes on from there", err=True)
        raise
    _warn(graded)
    if table:
        class_report.write_csv(graded, table)
    if page:
        class_report.write(page, class_page.page(graded, folder.resolve().name))
    if feedback:
        class_report.write_feedback(graded, feedback)
    click.echo(class_report.as_json(graded) if as_json else "\n".join(class_report.summary(graded)))
    for place in filter(None, (table, page, feedback)):
        click.echo(f"wrote {place}", err=True)
    return int(any(row.verdict == NOT_GRADED for row in graded.rows))


def _progress(every: float = 5.0) -> Callable[[int, int], None]:
    """A line on stderr every few seconds: how many are graded."""
    last = time.monotonic()

    def note(done: int, of: int) -> None:
        nonlocal last
        if time.monotonic() - last > every:
            last = time.monotonic()
            click.echo(f"{done:,} of {of:,} answers graded", err=True)

    return note


def _warn(graded: "Class") -> None:
    """Say on stderr what was not read."""
    for student, problem in graded.problems:
        click.echo(f"{student}: {problem}", err=True)
    if graded.left_out:
        names = ", ".join(graded.left_out[:5]) + ", ..." * (len(graded.left_out) > 5)
        click.echo(f"left out, as neither a folder nor .py nor .ipynb: {names}", err=True)
