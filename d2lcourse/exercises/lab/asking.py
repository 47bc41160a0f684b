"""What the commands say of a broken training: its curve, the question, the answer to it, the repair."""

import difflib
import functools
import sys

import click

from d2lcore.errors import unknown

from ..answers import Answers
from ..exercise import Exercise, exercises
from .lab import LETTERS, Lab, labs

LAB = "lab of broken trainings"  # the heading in `d2lcore exercise list`


def chosen(name: str) -> Exercise | Lab:
    """The exercise or broken training `name`. Raises ValueError with the nearest name if there is none."""
    both: dict[str, Exercise | Lab] = {**exercises(), **labs()}
    if not isinstance(name, str) or name not in both:
        raise ValueError(unknown("exercise", name, both))
    return both[name]


def foretell(answers: Answers, lab: Lab, letter: str | None) -> None:
    """Show the curve of the broken script, ask what is behind it, and note the answer.

    letter: the answer, given already; else it is asked for where somebody sits at a terminal.
    """
    click.echo(f"  its curve     {broken_curve(lab)}")
    click.echo("  read it, and foresee: what does a look inside show?")
    for mark, text in zip(LETTERS, lab.foresee, strict=True):
        click.echo(f"    {mark}  {text}")
    if letter is None and sys.stdin is not None and sys.stdin.isatty():
        letter = click.prompt("  your answer", type=click.Choice([*LETTERS]), show_choices=True)
    if letter is None:
        click.echo(f"  then say so   {answers.command(f'start {lab.name} --foresee LETTER')}")
        return
    answers.note(lab, "foreseen", letter)
    click.echo("  noted; the check tells you whether it is so")


def broken_curve(lab: Lab) -> str:
    """The curve of the script as it is given, trained in a process of its own."""
    from ..isolate import isolated
    from .curve import told
    from .judging import LIMIT
    from .trying import Facts, banked

    ended = isolated(functools.partial(banked, lab.name, [lab.script]), limit=LIMIT)
    if not ended.items or ended.items[0] is None:
        return f"not to be had here (the training ended by {ended.how}); run the script"
    came = Facts(*ended.items[0])
    return told(came.curve, came.reported, lab.measure)


def reveal(answers: Answers, lab: Lab) -> None:
    """Say what a look inside showed, beside what was foreseen."""
    right, foreseen = LETTERS[lab.shows], answers.recall(lab, "foreseen")
    text = f"{right}  {lab.foresee[lab.shows]}"
    if foreseen == right:
        click.echo(f"  foreseen  {text}: as you said")
    elif foreseen in [*LETTERS]:
        said = lab.foresee[LETTERS.index(foreseen)]
        click.echo(f"  foreseen  {text}; you said {foreseen}  {said}")
    else:
        click.echo(f"  inside    {text}")


def print_repair(lab: Lab) -> None:
    """The fault, and the lines of the script that a repair changes."""
    click.echo(f"# {lab.fault}\n")
    old, new = lab.script.splitlines(), lab.edited(lab.repair).splitlines()
    lines = difflib.unified_diff(
        old, new, f"{lab.name}.py, broken", f"{lab.name}.py, repaired", "", "", 1, ""
    )
    click.echo("\n".join(lines))
