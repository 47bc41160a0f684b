"""Judging an answer: what became of it, beside the reference, in words for its writer."""

import functools
import linecache
import os
import re
import signal
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from d2lcore.errors import brief

from .attempt import attempt, difference, fresh_cases, right
from .diagnose import diagnoses
from .exercise import Case, Exercise, named
from .find import find, source_file
from .isolate import Ended, isolated
from .lab.lab import Lab, labs
from .observe import Difference, Outcome, Raised, fact, pack, show, show_both

Answer = Callable[..., Any] | str | os.PathLike


class Verdict(NamedTuple):
    """state: 'right', 'wrong' or 'not started'. message: what to tell the reader."""

    state: str
    message: str


def check(name: str, answer: Answer, *, limit: float | None = None, fork: bool | None = None) -> Verdict:
    """The verdict on an answer: a function, or a file or folder that has it.

    limit, fork: see `isolated`; the limit is by default that of the exercise.
    Raises ValueError for an exercise that does not exist, TypeError for an answer that is none of these.
    """
    if name in labs():
        from .lab.judging import check_lab

        return check_lab(name, answer, limit=limit, fork=fork)
    exercise = named(name)
    if not callable(answer) and not isinstance(answer, (str, os.PathLike)):
        raise TypeError(f"answer: expected a function, or a file or folder that has it, got {brief(answer)}")
    limit = exercise.limit if limit is None else limit
    answer = answer if callable(answer) else os.path.abspath(find(name, Path(answer)) or answer)
    file = answer if isinstance(answer, str) else source_file(answer)
    ended = isolated(functools.partial(attempt, name, answer), limit=limit, fork=fork)
    return judge(exercise, ended, file, limit)


def judge(exercise: Exercise, ended: Ended, file: str, limit: float | None = None) -> Verdict:
    """The verdict on what became of an answer that `attempt` tried. file: that of the answer."""
    problem, *rest = ended.items or [None]
    came = [Outcome(value, raised and Raised(*raised), *more) for value, raised, *more in rest]
    if came and all(one.raised and one.raised[:2] == ("NotImplementedError", "") for one in came):
        return Verdict("not started", _message(exercise, "not started", [_UNWRITTEN], ended))
    lines = _faults(exercise, problem, came, ended, file, exercise.limit if limit is None else limit)
    if lines:
        return Verdict("wrong", _message(exercise, "not yet", lines, ended))
    seeded = _SEEDED if any(one.seeded for one in came) else ""
    return Verdict("right", f"{exercise.name}: right, in {len(came)} cases{seeded}")


Line = tuple[str, str]  # a label and what follows it
_UNWRITTEN = ("problem", "it still raises NotImplementedError: the body of the function goes in its place")
_SEEDED = "\n  note      it seeds torch's generator, which should be left to the caller"


def _faults(
    exercise: Exercise,
    problem: str | tuple[Any, ...] | None,
    came: Sequence[Outcome],
    ended: Ended,
    file: str,
    limit: float,
) -> list[Line]:
    """What to say of the first thing that is wrong; empty if nothing is."""
    if isinstance(problem, str):
        return [("problem", problem)]
    if problem is not None:
        return _raised(Raised(*problem))
    cases = fresh_cases(exercise)
    for case, one, expected in zip(cases, came, right(exercise), strict=False):
        differs = difference(one, expected, exercise.tolerance)
        if differs or one.changed:
            likely = diagnoses(exercise, came) if ended.how == "finished" else []
            return [*_called(exercise, case), *_wrong(exercise, one, expected, differs, likely)]
    if len(came) < len(cases):
        called = _called(exercise, cases[len(came)]) if ended.items else []
        return [*called, *_stopped(ended, file, limit)]
    return []


def _called(exercise: Exercise, case: Case) -> list[Line]:
    lines = [("called", f"{exercise.call}: {case.about}")]
    for name, value in zip(exercise.parameters, case.args, strict=False):
        packed = pack(value)
        if packed[0] in ("tensor", "shape", "number", "list"):
            lines.append(("", f"{name} = {show(packed)}"))
    return lines


def _raised(raised: Raised) -> list[Line]:
    what = f"{raised.type}: {raised.message}" if raised.message else raised.type
    if raised.type == "SystemExit":
        what = "sys.exit(), which ends the program: return a value instead"
    if raised.type == "Unexpected":
        return [("came", raised.message)]
    where = [(f"line {raised.line}", raised.text)] if raised.line else []
    return [("raised", what), *where]


def _wrong(
    exercise: Exercise, came: Outcome, expected: Outcome, differs: Difference | None, likely: Sequence[str]
) -> list[Line]:
    lines: list[Line] = []
    if differs:
        where = f"{differs.where}: " if differs.where else ""
        one, other = show_both(differs)
        lines += _raised(came.raised) if came.raised else [("came", where + one)]
        if not (came.raised and expected.value[0] == "dict"):
            lines.append(("expected", expected.raised.type if expected.raised else where + other))
    for i in came.changed:
        why = f"it changes its argument {exercise.parameters[i]}: compute in a new tensor, or in a .clone()"
        lines.append(("seen", why))
    if likely:
        return lines + [("likely", sentence) for sentence in likely]
    if differs and not came.raised and fact(differs):
        lines.append(("seen", fact(differs)))
    if came.seeded:
        lines.append(("seen", "it seeds torch's generator, so that every call draws the same numbers"))
    return lines


def _stopped(ended: Ended, file: str, limit: float) -> list[Line]:
    """What to say of an answer that did not come to its end."""
    places = re.findall(r'File "(.*)", line (\d+)', ended.trace)
    lines = [int(line) for where, line in places if where == file]
    linecache.checkcache(file)
    where = [(f"line {lines[0]}", linecache.getline(file, lines[0]).strip())] if lines else []
    if ended.how == "time":
        what = f"nothing within {limit:g} seconds: is there a loop without an end?"
    elif ended.how == "unreadable":
        what = "nothing that can be read: the answer wrote over the files of the checker"
    elif ended.how == "signal":
        what = f"nothing: Python crashed ({signal.strsignal(ended.number)}, signal {ended.number})"
    else:
        what = f"nothing: the answer ended its own process (exit status {ended.number})"
    return [("came", what), *where]


def _message(exercise: Exercise | Lab, state: str, lines: Sequence[Line], ended: Ended) -> str:
    said = ended.printed.strip().splitlines()
    if said:
        more = f" (and {len(said) - 1} more lines)" if len(said) > 1 else ""
        lines = [*lines, ("printed", textwrap.shorten(said[0], 80, placeholder=" ...") + more)]
    lines = [*lines, ("notes", f"{exercise.notes}; a hint: d2lcore exercise hint {exercise.name}")]
    return "\n".join([f"{exercise.name}: {state}", *(_line(*one) for one in lines)])


def _line(label: str, text: str) -> str:
    """`text` beside its label, in at most three lines of 98 characters for each of its own."""
    parts = []
    for part in text.split("\n"):
        wrapped = textwrap.wrap(part, 98, max_lines=3, placeholder=" ...", subsequent_indent="  ")
        parts += wrapped if len(part) > 98 else [part]
    return f"  {label:9} " + f"\n{'':12}".join(parts)
