"""The commands `d2lcore exercise ...`: a folder of answers, one file an exercise."""

import functools
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from d2lcore.command_line import Folder, NearestGroup

from .answers import DONE, FOLDER, NOT_STARTED, STARTED, Answers
from .class_commands import grade
from .exercise import Exercise, exercises, named
from .lab.asking import LAB, chosen, foretell, print_repair, reveal
from .lab.lab import Lab


@click.group("exercise", cls=NearestGroup)
def exercise() -> None:
    """Write functions of the chapters yourself, repair trainings, and have them checked."""


def _folder(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--folder", type=Folder(), default=FOLDER, show_default=True,
        help="Where the answers are.",
    )(command)  # fmt: skip


@exercise.command("list")
@_folder
def list_exercises(folder: Path) -> None:
    """List the exercises by chapter, and which are done."""
    answers, chapter = Answers(folder), ""
    width = max(map(len, exercises()))
    for one in answers.in_state(DONE, STARTED, NOT_STARTED):
        heading = LAB if isinstance(one, Lab) else one.chapter
        if heading != chapter:
            chapter = heading
            click.echo(chapter)
        click.echo(f"  {one.name:{width}}  {answers.state(one):11}  {one.summary}")
    counts = {state: len(list(answers.in_state(state))) for state in (DONE, STARTED, NOT_STARTED)}
    click.echo(f"{', '.join(f'{count} {state}' for state, count in counts.items())}")


@exercise.command("start")
@click.argument("name", required=False)
@click.option(
    "--foresee", type=click.Choice(list("abcd")), help="Of a broken training: what will a look inside show?"
)
@_folder
def start(name: str | None, foresee: str | None, folder: Path) -> None:
    """Write the stub of NAME, or of the next exercise. You complete it.

    Of the lab it is a training with a fault: its curve is shown, and you are asked what is behind it.
    """
    answers = Answers(folder)
    one = chosen(name) if name else next(answers.in_state(NOT_STARTED), None)
    if one is None:
        click.echo(f"every exercise is started: {answers.command('list')}")
    elif answers.write_stub(one):
        click.echo(f"{one.name}: {one.summary}")
        click.echo(f"  write it in   {answers.file(one)}")
        click.echo(f"  then          {answers.command(f'check {one.name}')}")
        click.echo(f"  it is in      chapter {one.chapter}, notes {one.notes}")
        if isinstance(one, Lab):
            foretell(answers, one, foresee)
    elif isinstance(one, Lab) and foresee:
        foretell(answers, one, foresee)
    else:
        click.echo(f"{one.name}: {answers.file(one)} is there, and stays as it is (reset gives a new stub)")


@exercise.command("check")
@click.argument("name", required=False)
@click.option("--show-repair", is_flag=True, help="If one edit makes it right, print that, too.")
@_folder
def check_answer(name: str | None, show_repair: bool, folder: Path) -> int:
    """Check the answer NAME, or the first that is not done. The exit code is 1 if it is not right.

    Of a wrong answer the place that is off is looked for, for 5 seconds at most. After two failed tries the
    repaired line is printed as well.
    """
    from .judge import check
    from .repair import SECONDS

    answers = Answers(folder)
    one = chosen(name) if name else next(answers.in_state(STARTED), None)
    if one is None:
        click.echo("no answer waits to be checked" + _next(answers))
        return 0 if not list(answers.in_state(NOT_STARTED)) else 1
    answers.require(one)
    digest = answers.digest(one)  # now, in case it is edited while it runs
    failed = [other for other in answers.failed(one) if other != digest]
    show = show_repair or len(failed) >= 2
    verdict = check(one.name, answers.file(one), repair=SECONDS, show_repair=show)
    click.echo(verdict.message)
    answers.note(one, "failed", [*failed, digest] if verdict.state == "wrong" else [])
    if verdict.state != "right":
        return 1
    answers.note(one, "passed", digest)
    if isinstance(one, Lab):
        reveal(answers, one)
    click.echo(f"  compare   {answers.command(f'solution {one.name}')}{_next(answers)}")
    return 0


def _next(answers: Answers) -> str:
    """A line that names what to do next."""
    for state, command in ((STARTED, "check"), (NOT_STARTED, "start")):
        if one := next(answers.in_state(state), None):
            return f"\n  next      {answers.command(f'{command} {one.name}')}"
    return "\n  next      none: all exercises are done"


@exercise.command("hint")
@click.argument("name")
@click.option("--all", "every", is_flag=True, help="All hints at once.")
@_folder
def hint(name: str, every: bool, folder: Path) -> None:
    """Show the next hint for NAME. First comes a nudge, then the formula, then the pitfall."""
    _show_hint(Answers(folder), chosen(name), every)


def _show_hint(answers: Answers, one: Exercise | Lab, every: bool = False) -> None:
    answers.make()
    known = answers.recall(one, "hints")
    shown = known if isinstance(known, int) and not isinstance(known, bool) else 0
    last = len(one.hints) if every else min(max(shown, 0) + 1, len(one.hints))
    for i in range(0 if every or shown >= last else last - 1, last):
        text = f"{one.name}, hint {i + 1} of {len(one.hints)}: {one.hints[i]}"
        click.echo(textwrap.fill(text, 100, subsequent_indent="  "))
    if last == len(one.hints):
        click.echo(
            f"that was the last; to see the answer: {answers.command(f'solution {one.name} --give-up')}"
        )
    answers.note(one, "hints", last)


@exercise.command("solution")
@click.argument("name")
@click.option("--give-up", is_flag=True, help="Show it although the exercise is not done.")
@_folder
def solution(name: str, give_up: bool, folder: Path) -> None:
    """Show how the project itself writes NAME, once it is done."""
    answers, one = Answers(folder), chosen(name)
    if not give_up and answers.state(one) != DONE:
        raise ValueError(
            f"{one.name} is {answers.state(one)}, and the solution opens once it is right "
            f"({answers.command(f'check {one.name}')}); --give-up shows it now"
        )
    if isinstance(one, Lab):
        print_repair(one)
        return
    import inspect

    function = inspect.unwrap(one.solution())
    lines, first = inspect.getsourcelines(function)
    click.echo(f"# {inspect.getsourcefile(function)}, line {first}: {one.reference}\n")
    click.echo("".join(lines).rstrip())


@exercise.command("reset")
@click.argument("name")
@_folder
def reset(name: str, folder: Path) -> None:
    """Start NAME over: put its stub back. A backup of the answer is kept."""
    answers, one = Answers(folder), chosen(name)
    answers.require(one)
    backup = answers.reset(one)
    answers.note(one, "hints", 0)
    answers.note(one, "failed", [])
    click.echo(f"{one.name}: {answers.file(one)} is the stub again; the answer is in {backup}")


@exercise.command("watch")
@click.argument("name", required=False)
@_folder
def watch_answers(name: str | None, folder: Path) -> int:
    """Check the answer NAME, or the first that is not done, whenever it is saved; go on when it is right.

    h shows a hint, q ends.
    """
    from .watch import Watch

    answers = Answers(folder)
    return Watch(answers, sys.stdin, functools.partial(_show_hint, answers)).run(
        named(name) if name else None
    )


exercise.add_command(grade)
