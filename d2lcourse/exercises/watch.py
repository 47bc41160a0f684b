"""`d2lcore exercise watch`: each save of an answer is checked at once, and the next exercise follows."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from .answers import NOT_STARTED, STARTED, Answers
from .exercise import Exercise, exercises
from .keyboard import Keyboard, keyboard

PAUSE = 0.02  # seconds between two looks at the file
SETTLED = 0.02  # seconds for which a file that has changed must stay as it is: it may be half written
EMPTY = 0.3  # the same for an empty file, with which many editors begin to write
GONE = 2.0  # seconds without a file, before that is said: some editors move it away, and write a new one

Stamp = tuple[int, int, int]  # of a file: when it was written, its size, its number on the disk
NO_FILE: Stamp = (0, 0, 0)


def stamp(file: Path) -> Stamp:
    try:
        found = file.stat()
    except OSError:
        return NO_FILE
    return found.st_mtime_ns, found.st_size, found.st_ino


def settled(file: Path, seen: Stamp | None) -> Stamp | None:
    """The stamp of the file if it is another than `seen`, once nobody writes any more; else `seen`."""
    now, since = stamp(file), time.monotonic()
    while now != seen:
        patience = GONE if now == NO_FILE else SETTLED if now[1] else EMPTY
        if time.monotonic() - since > patience:
            return now
        time.sleep(0.005)
        if (later := stamp(file)) != now:
            now, since = later, time.monotonic()
    return seen


class Watch:
    """Watches one answer after the other.

    stream: where keys may come from. show_hint: prints the next hint of an exercise.
    """

    def __init__(self, answers: Answers, stream: Any, show_hint: Callable[[Exercise], None]) -> None:
        self.answers, self.stream, self.show_hint = answers, stream, show_hint

    def run(self, one: Exercise | None) -> int:
        """Until all exercises are done, or q. one: the first, or None for the first that is not done."""
        from .warm import load_torch

        one = one or self._after(None)
        if one is None:
            click.echo("every exercise is done")
            return 0
        click.echo("loading torch, once ...")
        load_torch()
        with keyboard(self.stream) as keys:
            click.echo(_about_keys(keys))
            while one is not None:
                if not self._until_right(one, keys):
                    return 0
                one = self._after(one)
        click.echo("every exercise is done")
        return 0

    def _after(self, one: Exercise | None) -> Exercise | None:
        """The next that is not done, in the order of the book; from its end on to its beginning."""
        names = list(exercises())
        at = names.index(one.name) + 1 if one else 0
        order = [exercises()[name] for name in names[at:] + names[:at]]
        return next((other for other in order if self.answers.state(other) in (STARTED, NOT_STARTED)), None)

    def _until_right(self, one: Exercise, keys: Keyboard) -> bool:
        """Whether the answer is right, or else q was pressed."""
        from .warm import warm

        fresh = self.answers.write_stub(one)
        file = self.answers.file(one)
        click.echo(f"\n{one.name}: {one.summary}")
        click.echo(f"  write it in   {file}   (chapter {one.chapter}, notes {one.notes})")
        seen = stamp(file) if fresh or _is_stub(file, one) else None
        warm(one)
        click.echo("  waiting for a save ...")
        while True:
            if (now := settled(file, seen)) != seen:
                seen = now
                if self._check(one):
                    return True
            key = keys.read(PAUSE).lower()
            if key == "h":
                self.show_hint(one)
            if key in ("q", "\x04"):
                click.echo(f"{self.answers.command('watch')} goes on from here")
                return False

    def _check(self, one: Exercise) -> bool:
        from .judge import check

        file = self.answers.file(one)
        digest = self.answers.digest(one)  # now, in case it is edited while it runs
        if not file.exists():
            click.echo(f"{file} is gone; it is checked when it is there again")
            return False
        verdict = check(one.name, file)
        click.echo(f"\n{time.strftime('%H:%M:%S')}  {verdict.message}")
        if verdict.state != "right":
            return False
        self.answers.note(one, "passed", digest)
        click.echo(f"  compare   {self.answers.command(f'solution {one.name}')}")
        return True


def _is_stub(file: Path, one: Exercise) -> bool:
    try:
        return file.read_text(encoding="utf-8") == one.start
    except (OSError, ValueError):
        return False


def _about_keys(keys: Keyboard) -> str:
    from .isolate import FORKS

    slow = "" if FORKS else "; on this system a check takes seconds: it imports torch again"
    if keys.works:
        return f"every save is checked; h shows a hint, q ends{slow}"
    hint = "d2lcore exercise hint NAME"
    return f"every save is checked; no terminal here, so no keys: use `{hint}`, and Ctrl-C{slow}"
