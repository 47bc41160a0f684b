"""Judging an answer: what became of it, beside the reference, in words for its writer."""

import functools
import inspect
import linecache
import os
import re
import signal
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from d2lcore.errors import brief

from . import repair as repairs
from .attempt import attempt, difference, fresh_cases, right
from .compare import Difference, parts
from .diagnose import Diagnoses, diagnoses, fitting
from .exercise import GRADIENT, Case, Exercise, named, weights
from .facts import facts
from .find import find, source_file
from .isolate import Ended, isolated
from .lab.lab import Lab, labs
from .observe import Outcome, Raised, pack
from .relations import before
from .seen import seen
from .show import SHOWN, show, show_both
from .translate import translated
from .written import Written, written_in

Answer = Callable[..., Any] | str | os.PathLike


Line = tuple[str, str]  # a label and what follows it


class Verdict(NamedTuple):
    """state: 'right', 'wrong' or 'not started'. message: for the reader. lines: its labels and texts."""

    state: str
    message: str
    lines: tuple[Line, ...] = ()


def check(
    name: str,
    answer: Answer,
    *,
    limit: float | None = None,
    fork: bool | None = None,
    repair: float = 0.0,
    show_repair: bool = False,
) -> Verdict:
    """The verdict on an answer: a function, or a file or folder that has it.

    limit, fork: see `isolated`; the limit is by default that of the exercise. repair: for so many seconds at
    most, look in a wrong answer's file for the place that is off; show_repair: print it repaired, too.
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
    verdict = judge(exercise, ended, file, limit)
    if repair and isinstance(answer, str) and verdict.state == "wrong":
        found = _repair(exercise, ended, file, repair, fork)
        return judge(exercise, ended, file, limit, found.lines(show_repair)) if found else verdict
    return verdict


def _repair(
    exercise: Exercise, ended: Ended, file: str, seconds: float, fork: bool | None
) -> repairs.Repair | None:
    """The edit that makes the answer right, if there is one; none is looked for where a diagnosis fits."""
    problem, came = _outcomes(ended)
    source = written_in(file, exercise.name)
    if problem is not None or (ended.how == "finished" and fitting(exercise, came, source)):
        return None
    return repairs.search(exercise, file, came, seconds, fork=fork)


def _outcomes(ended: Ended) -> tuple[Any, list[Outcome]]:
    """Why the answer could not be tried, or None; and what it did in each case."""
    problem, *rest = ended.items or [None]
    return problem, [Outcome(value, raised and Raised(*raised), *more) for value, raised, *more in rest]


def judge(
    exercise: Exercise, ended: Ended, file: str, limit: float | None = None, repaired: Sequence[Line] = ()
) -> Verdict:
    """The verdict on what became of an answer that `attempt` tried.

    file: that of the answer. repaired: what to say of the place that is off, instead of a guess at the cause.
    """
    problem, came = _outcomes(ended)
    if came and all(one.raised and one.raised[:2] == ("NotImplementedError", "") for one in came):
        return Verdict("not started", message_of(exercise, "not started", [_UNWRITTEN], ended))
    limit = exercise.limit if limit is None else limit
    lines = _faults(exercise, problem, came, ended, file, limit, guess=not repaired)
    if lines:
        lines = [*(one for one in lines if one[:1] != repaired[0][:1]), *repaired] if repaired else lines
        return Verdict("wrong", message_of(exercise, "not yet", lines, ended), tuple(lines))
    seeded = _SEEDED if any(one.seeded for one in came) else ""
    return Verdict("right", f"{exercise.name}: right, in {len(came)} cases{seeded}")


_UNWRITTEN = ("problem", "it still raises NotImplementedError: the body of the function goes in its place")
_SEEDED = "\n  note      it seeds torch's generator, which should be left to the caller"


def _faults(
    exercise: Exercise,
    problem: str | tuple[Any, ...] | None,
    came: Sequence[Outcome],
    ended: Ended,
    file: str,
    limit: float,
    *,
    guess: bool,
) -> list[Line]:
    """What to say of the first thing that is wrong; empty if nothing is. guess: at the cause, too."""
    if isinstance(problem, str):
        return [("problem", problem)]
    if problem is not None:
        return raised_lines(Raised(*problem)) + _means(Raised(*problem))
    cases = fresh_cases(exercise)
    for case, one, expected in zip(cases, came, right(exercise), strict=False):
        differs = difference(one, expected, exercise.tolerance)
        if differs or one.changed:
            lines = [*_called(exercise, case), *_wrong(exercise, one, expected, differs)]
            lines += _measure(exercise, case, expected, differs)
            tried = came if ended.how == "finished" else []
            causes = _causes(exercise, tried, one, differs, written_in(file, exercise.name))
            return lines + [cause for cause in causes if guess or cause[0] != "perhaps"]
    if len(came) < len(cases):
        called = _called(exercise, cases[len(came)]) if ended.items else []
        stopped = stopped_lines(ended, file, limit)
        return [*called, *(stopped if guess else stopped[:1])]  # the line that is off is told instead
    return []


def _called(exercise: Exercise, case: Case) -> list[Line]:
    lines = [("called", f"{exercise.call}: {case.about}")]
    for name, value in _arguments(exercise, case):
        packed = pack(value)
        if packed[0] in ("tensor", "shape", "number", "list"):
            lines.append(("", f"{name} = {show(packed)}"))
    return lines


def _arguments(exercise: Exercise, case: Case) -> list[tuple[str, Any]]:
    """The arguments of the case that the answer is given under these names, as far as its `observe` says."""
    names: Sequence[str] = exercise.parameters
    if case.observe is not None:
        taken = list(inspect.signature(case.observe).parameters.values())[1:]
        if taken[0].kind is not inspect.Parameter.VAR_POSITIONAL:
            names = [one.name for one in taken]
    return [one for one in zip(names, case.args, strict=False) if one[0] in exercise.parameters]


def raised_lines(raised: Raised) -> list[Line]:
    """What to say of an error: itself, and the line of the reader's file that led to it."""
    what = f"{raised.type}: {raised.message}" if raised.message else raised.type
    if raised.type == "SystemExit":
        what = "sys.exit(), which ends the program: return a value instead"
    if raised.type == "Unexpected":
        return [("came", raised.message)]
    where = [(f"line {raised.line}", raised.text)] if raised.line else []
    return [("raised", what), *where]


def _means(raised: Raised) -> list[Line]:
    meaning = translated(raised.type, raised.message, raised.text)
    return [("means", meaning)] if meaning else []


def _wrong(exercise: Exercise, came: Outcome, expected: Outcome, differs: Difference | None) -> list[Line]:
    lines: list[Line] = []
    if differs:
        where = f"{exercise.place(differs.where)}: " if differs.where else ""
        one, other = show_both(differs)
        lines += raised_lines(came.raised) if came.raised else [("came", where + one)]
        if not (came.raised and expected.value[0] == "dict"):
            lines.append(("expected", expected.raised.type if expected.raised else where + other))
    for i in came.changed:
        why = f"it changes its argument {exercise.parameters[i]}: compute in a new tensor, or in a .clone()"
        lines.append(("seen", why))
    return lines


def _measure(exercise: Exercise, case: Case, expected: Outcome, differs: Difference | None) -> list[Line]:
    """What the values are of: the change, of what is to be changed; the weighted sum, of a gradient."""
    if differs is None or {differs.came[0], differs.expected[0]} != {"tensor"}:
        return []
    came, due, start = differs.came[1], differs.expected[1], before(exercise, case, differs.where)
    if start is not None and came.shape == due.shape == start.shape and due.numel() <= SHOWN:
        steps = [show(("tensor", one.double() - start)).split("  (")[0] for one in (came, due)]
        return [("", f"so the step was {steps[0]}, and should be {steps[1]}")] if steps[0] != steps[1] else []
    value = parts(expected.value).get("")
    if differs.where.startswith(GRADIENT) and value and value[0] == "tensor":
        return [("", of)] if (of := weights(value[1].numel())) else []
    return []


def _causes(
    exercise: Exercise,
    came: Sequence[Outcome],
    first: Outcome,
    differs: Difference | None,
    answer: Written | None,
) -> list[Line]:
    """A known mistake; or else what is seen, in source and values, and a mistake that it may be.

    came: what came in all cases, empty if the answer did not come to its end. first: that in the first case
    that is wrong. differs: how.
    """
    known = diagnoses(exercise, came, answer) if came else Diagnoses([], [])
    if known.certain:
        named = [("seen", one) for one in facts(exercise, answer) if "is only named" in one]
        return [("likely", sentence) for sentence in known.certain] + named
    told = facts(exercise, answer)
    if differs and not first.raised:
        told.append(seen(exercise, fresh_cases(exercise), came, right(exercise), differs, answer))
    if first.seeded:
        told.append("it seeds torch's generator, so that every call draws the same numbers")
    lines = _means(first.raised) if first.raised else []
    lines += [("seen", one) for one in told if one]
    return lines + [("perhaps", sentence) for sentence in known.possible]


def stopped_lines(ended: Ended, file: str, limit: float) -> list[Line]:
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


def message_of(exercise: Exercise | Lab, state: str, lines: Sequence[Line], ended: Ended) -> str:
    """The message to the reader: these lines, what the answer printed, and where it is explained."""
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
