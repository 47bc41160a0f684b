"""The one edit of a wrong answer that makes it right: where it is off, and in what."""

import ast
import contextlib
import functools
import signal
import sys
import time
import types
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from .attempt import difference, fresh_cases, outcome_in, right
from .edits import applied, axes, edits
from .edits.tree import Edit, Tree
from .exercise import Exercise, named
from .find import new_module
from .isolate import isolated
from .observe import Outcome

SECONDS = 5.0  # that a reader waits for it at most
SLOWEST = 0.25  # seconds of computing after which a candidate is given up: references take 0.02 at most
FAR_FETCHED = 1.85  # the cost from which on an edit may mend in one place what is off in another
WIDTH = 86  # of the reader's line that is shown


class Repair(NamedTuple):
    """words: what is off. line: its number. place: the line, and a caret below it. code: the line repaired.

    tried: how many edits were, with this one. sure: it is no far-fetched one.
    """

    words: str
    line: int
    place: str
    code: str
    tried: int
    sure: bool

    def lines(self, show: bool) -> list[tuple[str, str]]:
        """What to tell the reader, as labels and texts. show: with the code."""
        said = [(f"line {self.line}", self.place), ("likely" if self.sure else "perhaps", self.words)]
        return said + [("repaired", self.code or "the line is left out")] * show


def search(
    exercise: Exercise,
    file: str,
    came: Sequence[Outcome],
    seconds: float = SECONDS,
    *,
    fork: bool | None = None,
) -> Repair | None:
    """The most natural edit of the answer in `file` with which every case is right; None if none is found.

    came: what the answer did, as far as it came. seconds: at most, the start of the process included. Ctrl-C
    ends the search, and nothing else. fork: see `isolated`.
    """
    if sys.stderr.isatty():
        print(f"looking for the place (up to {seconds:g} s; Ctrl-C ends that) ...", file=sys.stderr)
    deadline = time.time() + seconds
    work = functools.partial(repairs, exercise.name, file, _wrong(exercise, came), _line(came), deadline)
    with contextlib.suppress(KeyboardInterrupt, RuntimeError):
        found = isolated(work, limit=seconds, fork=fork).items
        return Repair(*found[0]) if found else None
    return None


def repairs(name: str, file: str, first: int, line: int, deadline: float) -> Iterator[tuple[Any, ...]]:
    """As a plain tuple, the first edit that makes every case right, if there is one.

    first: a case that is wrong, to be tried before the others. line: where the answer raised an error, or 0.
    deadline: of `time.time`. Runs the answer, edited: to be called in a process of its own only.
    """
    exercise = named(name)
    tree = _parsed(exercise, file)
    if tree is None:
        return
    sys.path.append(str(Path(file).parent))
    order = sorted(range(len(right(exercise))), key=lambda i: i != first)
    for tried, edit in enumerate(_ranked(edits(tree), line)):
        if time.time() > deadline:
            return
        with applied(edit):
            if _passes(exercise, tree.module, file, order):
                sure = edit.cost < FAR_FETCHED
                yield (edit.words, edit.line, _place(tree, edit), _code(edit), tried + 1, sure)
                return


def _parsed(exercise: Exercise, file: str) -> Tree | None:
    try:
        text = Path(file).read_text(encoding="utf-8-sig")
        return Tree(text, exercise.name, axes(ast.get_docstring(exercise.definition) or ""))
    except (OSError, SyntaxError, ValueError):
        return None


def _wrong(exercise: Exercise, came: Sequence[Outcome]) -> int:
    """The first case that is wrong: where the answer stopped, if none is before."""
    for i, (one, expected) in enumerate(zip(came, right(exercise), strict=False)):
        if one.changed or difference(one, expected, exercise.tolerance):
            return i
    return len(came)


def _line(came: Sequence[Outcome]) -> int:
    return next((one.raised.line for one in came if one.raised), 0)


def _ranked(found: list[Edit], line: int) -> list[Edit]:
    """The most natural first. What raises an error is off in its line or before, seldom after."""

    def rank(edit: Edit) -> float:
        return edit.cost + (0.0 if not line or edit.line == line else 0.4 if edit.line < line else 1.2)

    return sorted(found, key=rank)


def _passes(exercise: Exercise, module: ast.Module, file: str, order: Sequence[int]) -> bool:
    """Whether every case is right; the first that is not ends it."""
    try:
        with _at_most(SLOWEST):
            code = compile(module, file, "exec", dont_inherit=True)
            answer = _loaded(code, exercise.name, file)
            cases, expected = fresh_cases(exercise), right(exercise)
            return all(_is_right(exercise, outcome_in(cases, i, answer), expected[i]) for i in order)
    except BaseException:  # no edit is worth an error
        return False


def _is_right(exercise: Exercise, came: Outcome, expected: Outcome) -> bool:
    return not came.changed and not came.seeded and difference(came, expected, exercise.tolerance) is None


def _loaded(code: types.CodeType, name: str, file: str) -> Callable[..., Any]:
    module = new_module(file)
    exec(code, vars(module))
    return vars(module)[name]


class _TooSlow(BaseException):
    """A candidate computes for too long."""


@contextlib.contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Raise _TooSlow inside when so much has been computed, where the system has such a clock."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def stop(number: int, frame: Any) -> None:
        raise _TooSlow

    signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, 0.05)  # again, for code that catches everything
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _place(tree: Tree, edit: Edit) -> str:
    """The reader's line, and a caret below the place; of a long line what is around it."""
    raw = tree.lines[edit.line - 1]
    at, text = len(raw[: edit.column].decode()), raw.decode().rstrip()
    blanks = len(text) - len(text.lstrip())
    text, at = text[blanks:], max(at - blanks, 0)
    if len(text) > WIDTH:
        start = min(max(0, at - WIDTH // 2), len(text) - WIDTH)
        head, tail = "... " * (start > 0), " ..." * (start + WIDTH < len(text))
        text, at = head + text[start : start + WIDTH] + tail, at - start + len(head)
    return f"{text}\n{' ' * at}^"


def _code(edit: Edit) -> str:
    """What the place becomes; "" if it goes."""
    if isinstance(edit.code, ast.Pass):
        return ""
    text = ast.unparse(ast.fix_missing_locations(edit.code))
    return text.split("\n")[0] if edit.header else text
