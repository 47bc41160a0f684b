"""The command `d2lcore`: chapters, data sets, and the state of the installation."""

import itertools
import sys
from pathlib import Path
from typing import Any

import click

from d2lcore import __version__
from d2lcore.command_line import DEBUG, NearestGroup, invoke

from .exercises.commands import exercise
from .jobs.commands import running, sweep
from .play.commands import play


@click.group(cls=NearestGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="d2lcore")
def cli() -> None:
    """Run the chapters of the notes, do their exercises, get their data, check the installation."""


cli.params.append(DEBUG)
cli.add_command(exercise)
cli.add_command(sweep)
cli.add_command(play)


@cli.command("list")
def list_chapters() -> None:
    """List the chapters in reading order."""
    from .catalog import chapters

    part, width = None, max(len(chapter.name) for chapter in chapters())
    for chapter in chapters():
        if chapter.part != part:
            part = chapter.part
            click.echo(part)
        click.echo(f"  {chapter.name:{width}}  {chapter.title}: {chapter.summary}")


class ChapterGroup(NearestGroup):
    """One command a chapter: whatever follows its name goes to the chapter's own command line."""

    noun = "chapter"

    def list_commands(self, ctx: click.Context) -> list[str]:
        from .catalog import chapters

        return [chapter.name for chapter in chapters()]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        from .catalog import chapters

        found = [chapter for chapter in chapters() if chapter.name == name]
        if not found:
            return None

        def run(args: tuple[str, ...]) -> None:
            import runpy

            from .moved import VARIANTS

            for word in args:
                if (name, word) in VARIANTS:
                    raise click.UsageError(f"{word} is now {VARIANTS[name, word]}")
            debug = {"--debug"} & set(sys.argv) - set(args)  # given before the name of the chapter
            sys.argv = [f"d2lcore run {name}", *args, *debug]
            runpy.run_module(f"chapters.{name}", run_name="__main__", alter_sys=True)

        return click.Command(
            name,
            callback=run,
            params=[click.Argument(["args"], nargs=-1, type=click.UNPROCESSED)],
            short_help=found[0].title,
            add_help_option=False,
            context_settings={"ignore_unknown_options": True},
        )


@cli.group("run", cls=ChapterGroup)
def run_chapter() -> None:
    """Run a chapter: `d2lcore run mlp concise --num-epochs 3`. See `d2lcore run CHAPTER --help`."""


@cli.command("reproduce")
@click.argument("chapters", nargs=-1)
@click.option("--seeds", type=int, help="At most so many seeds for each run; by default mostly 5.")
@click.option("--full", is_flag=True, help="Published experiments at full size; takes minutes more.")
@click.option("--here", is_flag=True, help="Why a number differs on this machine: threads, device, versions.")
@running
def reproduce_numbers(
    chapters: tuple[str, ...], seeds: int | None, full: bool, here: bool, results: Path, **options: Any
) -> int:
    """Run what the notes report; print their numbers beside ours.

    The notes have no numbers on distribution shift; there a paper's stand in. With CHAPTERS, only their
    numbers. The table is in Markdown, and stderr says what has been run. The exit code is 1 if a number is
    not in its band.
    """
    from .jobs.commands import how, watched
    from .jobs.results import Results
    from .reported import reported
    from .reproduce import VERDICT, heading, line, reproduce

    if here:
        return _compare_here(chapters, results)
    rows, verdicts = reported(chapters), []
    lines = reproduce(rows, Results(results), seeds=seeds, full=full, watch=watched, **how(**options))
    first = next(lines)  # an option that is wrong is said before a table is begun
    click.echo(heading([*chapters, *["--full"] * full]))
    for cells in itertools.chain([first], lines):
        verdicts.append(cells[VERDICT])
        click.echo(line(cells))
    passed, judged = sum(one.startswith("pass") for one in verdicts), len(rows) - verdicts.count("told")
    click.echo(f"\n{passed} of {judged} pass.")
    return 0 if passed == judged else 1


def _compare_here(chapters: tuple[str, ...], results: Path) -> int:
    from .here import heading, here
    from .jobs.results import Results
    from .reported import reported
    from .reproduce import line

    click.echo(heading())
    for cells in here(reported(chapters), Results(results)):
        click.echo(line(cells))
    return 0


@cli.group("data", cls=NearestGroup)
def data() -> None:
    """List, fetch and verify the data sets."""


@data.command("list")
def list_data() -> None:
    """List the data sets, and which are in the data folder."""
    from d2lcore.data.datasets import data_sets, state
    from d2lcore.data.files import data_folder

    click.echo(f"data folder: {data_folder()}")
    for name, about in data_sets().items():
        click.echo(f"  {name:18}  {state(name):9}  {about}")


@data.command("fetch")
@click.argument("names", nargs=-1, required=True)
def fetch_data(names: tuple[str, ...]) -> None:
    """Fetch data sets by name, or `all`, into the data folder. What is there is checked and kept."""
    from d2lcore.data.datasets import fetch_set, named

    for name in named(names):
        click.echo(f"{name}: {fetch_set(name)}")


@data.command("verify")
@click.argument("names", nargs=-1)
def verify_data(names: tuple[str, ...]) -> int:
    """Check files against their published hashes.

    The exit code is 1 if one is damaged, or named and missing.
    """
    from d2lcore.data.datasets import named, state

    states = {name: state(name) for name in named(names or ("all",))}
    for name, found in states.items():
        remedy = f"  (d2lcore data fetch {name})" if found in ("damaged", "partial") else ""
        click.echo(f"{name:18}  {found}{remedy}")
    bad = [
        name
        for name, found in states.items()
        if found == "damaged" or (names and found in ("missing", "partial"))
    ]
    return 1 if bad else 0


@cli.command()
def doctor() -> int:
    """Check the installation: Python, torch, devices, data. Says what to do about each problem."""
    from .doctor import findings

    problems = 0
    for finding in findings():
        problems += not finding.good
        click.echo(f"{'ok ' if finding.good else 'BAD'}  {finding.what}: {finding.found}")
        if finding.remedy:
            click.echo(f"     {finding.remedy}")
    click.echo("all is well" if not problems else f"{problems} problem(s)")
    return 1 if problems else 0


def main() -> None:
    sys.exit(invoke(cli, sys.argv[1:], prog="d2lcore"))
