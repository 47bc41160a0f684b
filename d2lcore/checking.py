"""Checking an answer: try it beside the reference, and name the mistake."""

import ast
import difflib
import functools
import inspect
import linecache
import os
import re
import signal
import sys
import textwrap
import types
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import torch

from .exercises import Case, Exercise, exercises, named
from .isolation import Ended, isolated
from .observation import (
    Difference,
    Outcome,
    Raised,
    compare,
    fact,
    outcome,
    pack,
    raised_by,
    show,
    show_both,
)

SEED = 20_000  # of the first case: a number that nobody happens to choose
Answer = Callable[..., Any] | str | os.PathLike


class Verdict(NamedTuple):
    """state: 'right', 'wrong' or 'not started'. message: what to tell the reader."""

    state: str
    message: str


def check_exercise(name: str, answer: Answer) -> None:
    """Print whether `answer` solves the exercise `name`, or what is wrong with it.

    answer: the function, as in `d2l.check_exercise("softmax", softmax)`, or its file or folder. It is run in
    a process of its own, for as long as the exercise allows, mostly 5 seconds. `d2lcore exercise list` names
    the exercises.
    Raises ValueError for an exercise that does not exist.
    """
    print(check(name, answer).message)


def check(name: str, answer: Answer, *, limit: float | None = None, fork: bool | None = None) -> Verdict:
    """The verdict on an answer: a function, or a file or folder that has it.

    limit, fork: see `isolated`; the limit is by default that of the exercise.
    """
    exercise = named(name)
    limit = exercise.limit if limit is None else limit
    answer = answer if callable(answer) else os.path.abspath(find(name, Path(answer)) or answer)
    file = answer if isinstance(answer, str) else source_file(answer)
    ended = isolated(functools.partial(attempt, name, answer), limit=limit, fork=fork)
    return judge(exercise, ended, file, limit)


# Trying: the same for the reader's answer, the reference, and every banked mistake


def fresh_cases(exercise: Exercise) -> list[Case]:
    """The cases, with the same arguments each time, that nobody has touched."""
    with usual_torch():
        torch.default_generator.manual_seed(0)  # torch.manual_seed seeds GPUs too, which takes longer
        return exercise.cases()


@contextmanager
def usual_torch() -> Iterator[None]:
    """Inside, torch is as after its import, whatever a notebook or an answer has set."""
    dtype = torch.get_default_dtype()
    torch.set_default_dtype(torch.float32)
    try:
        with (
            warnings.catch_warnings(),
            torch.random.fork_rng(devices=[]),
            torch.device("cpu"),
            torch.inference_mode(False),
            torch.enable_grad(),
        ):
            warnings.simplefilter("ignore")  # a mistake may warn, and it is not the reader's
            yield
    finally:
        torch.set_default_dtype(dtype)


def outcomes(answer: Callable[..., Any], cases: Sequence[Case], file: str = "") -> Iterator[Outcome]:
    """What `answer` does in each case. file: that of the answer, to name its lines."""
    for i, case in enumerate(cases):
        call = functools.partial(case.observe or _value, answer, *case.args)
        with usual_torch():
            one = outcome(call, () if case.mutates else case.args, SEED + i, file)
        yield one


def _value(answer: Callable[..., Any], *args: Any) -> Any:
    return answer(*args)


def difference(came: Outcome, expected: Outcome, tolerance: float) -> Difference | None:
    """How an outcome differs from another, or None."""
    if came.raised and expected.raised and came.raised[:2] == expected.raised[:2]:
        return None
    if came.raised or expected.raised:
        return Difference("", came.value, expected.value)
    return compare(came.value, expected.value, tolerance)


def diagnoses(exercise: Exercise, came: Sequence[Outcome]) -> list[str]:
    """The diagnoses of the banked mistakes that do in every case what the answer did.

    If there is none, the answer may have other faults too: then that of the mistake which best explains the
    first case that is wrong, if one does.
    """
    found = [
        diagnosis
        for diagnosis, wrong in _mistaken(exercise)
        if all(_same(*pair, exercise.tolerance) for pair in zip(came, wrong, strict=True))
    ]
    return list(dict.fromkeys(found)) or _first_diagnosis(exercise, came)


def _same(came: Outcome, wrong: Outcome, tolerance: float) -> bool:
    """Whether the answer did what the mistake did, and has changed what that changed."""
    return difference(came, wrong, tolerance) is None and set(wrong.changed) <= set(came.changed)


def _first_diagnosis(exercise: Exercise, came: Sequence[Outcome]) -> list[str]:
    """That of the mistake with the most cases that are wrong in the same way, the first among them.

    The mistake must not be wrong where the answer is right. A single number may agree by accident, so two of
    them are asked for.
    """
    expected, tolerance = right(exercise), exercise.tolerance

    def faults(tried: Sequence[Outcome]) -> list[int]:
        return [i for i, one in enumerate(tried) if difference(one, expected[i], tolerance)]

    points: dict[str, int] = {}
    mine = faults(came)
    for diagnosis, wrong in _mistaken(exercise):
        theirs = faults(wrong)
        if mine and mine[0] in theirs and set(theirs) <= set(mine):
            agreed = [_agreement(came[i], wrong[i], expected[i], tolerance) for i in theirs]
            if agreed[0] is not None:
                points[diagnosis] = max(points.get(diagnosis, 0), sum(point or 0 for point in agreed))
    most = max(points.values(), default=0)
    best = [diagnosis for diagnosis, count in points.items() if count == most]
    single = bool(mine) and expected[mine[0]].value[0] == "number"
    return best if len(best) == 1 and most > single else []


def _agreement(came: Outcome, wrong: Outcome, expected: Outcome, tolerance: float) -> int | None:
    """1 if the same is wrong first in both outcomes; 0 if only the type of an error is; None if nothing."""
    if came.raised and wrong.raised:
        if came.raised.type != wrong.raised.type:
            return None
        return int(came.raised.message == wrong.raised.message)
    if came.raised or wrong.raised or {came.value[0], wrong.value[0], expected.value[0]} != {"dict"}:
        return None if difference(came, wrong, tolerance) else 1
    for key, part in expected.value[1].items():  # what follows from the first part that is wrong may differ
        mine, theirs = came.value[1].get(key), wrong.value[1].get(key)
        if mine is None or theirs is None or compare(mine, theirs, tolerance):
            return None
        if compare(theirs, part, tolerance):
            return 1
    return None


@functools.cache
def right(exercise: Exercise) -> list[Outcome]:
    """What the reference does in each case."""
    return list(outcomes(exercise.solved(), fresh_cases(exercise)))


@functools.cache
def _mistaken(exercise: Exercise) -> list[tuple[str, list[Outcome]]]:
    """The diagnosis of each banked mistake, and what it does in each case."""
    return [
        (one.diagnosis, list(outcomes(exercise.banked(one.code), fresh_cases(exercise))))
        for one in exercise.mistakes
    ]


# Finding and loading the reader's answer


def find(name: str, place: Path) -> Path | None:
    """The file in `place`, a file or a folder, that is named after the exercise, or has it, or nearly so."""
    files = [place] if place.is_file() else sorted(place.glob("*.py"))
    for file in files:
        if file.stem == name:
            return file
    defined = {file: _names(file) for file in files}
    for file, names in defined.items():
        if name in names:
            return file
    for file, names in defined.items():
        if difflib.get_close_matches(name, names - exercises().keys(), cutoff=0.8):
            return file
    return None


def _names(file: Path) -> set[str]:
    """What a file defines, found without running it; every exercise if it is no Python."""
    try:
        body = ast.parse(file.read_bytes()).body
    except (OSError, SyntaxError, ValueError):
        return set(exercises())
    targets = [target for node in body if isinstance(node, ast.Assign) for target in node.targets]
    named = {target.id for target in targets if isinstance(target, ast.Name)}
    return named | {node.name for node in body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}


class Unusable(Exception):
    """There is no answer to try; the message says why."""


def attempt(name: str, answer: Callable[..., Any] | str) -> Iterator[Any]:
    """First None, or why the answer cannot be tried; then, as plain tuples, what it does in each case."""
    exercise = named(name)
    cases = fresh_cases(exercise)  # before the reader's file can change what they are made of
    file = answer if isinstance(answer, str) else source_file(answer)
    try:
        function = load(name, answer) if isinstance(answer, str) else answer
        check_signature(exercise, function)
    except Unusable as error:
        yield str(error)
    except BaseException as error:
        yield tuple(raised_by(error, file))
    else:
        yield None
        for one in outcomes(function, cases, file):
            yield (one.value, one.raised and tuple(one.raised), one.changed, one.seeded)


def load(name: str, file: str) -> Any:
    """What a reader's file calls `name`. Nothing else runs such a file."""
    path = Path(file)
    try:
        code = path.read_bytes()
    except OSError as error:
        raise Unusable(f"{path} cannot be read: {error.strerror}") from None
    module = types.ModuleType(f"answer_{path.stem}")
    module.__file__ = file
    sys.modules[module.__name__] = module
    sys.path.append(str(path.parent))  # one answer may import another, but hides no module
    exec(compile(code, file, "exec", dont_inherit=True), vars(module))
    if name not in vars(module):
        raise Unusable(f"{path.name} has no function {name}; {_nearest(name, module)}")
    return vars(module)[name]


def _nearest(name: str, module: types.ModuleType) -> str:
    own = [
        key for key, value in vars(module).items() if getattr(value, "__module__", None) == module.__name__
    ]
    nearest = difflib.get_close_matches(name, own, n=1, cutoff=0.5) or own[:1]
    return f"it has {nearest[0]}: rename that" if nearest else "it defines none"


def check_signature(exercise: Exercise, function: Any) -> None:
    """Raise Unusable unless `function` can be called with the arguments of the stub, in their order."""
    if not callable(function):
        raise Unusable(f"{exercise.name} is not a function but of type {type(function).__name__}")
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # a function written in C may have none to show
        return
    try:
        signature.bind(*exercise.parameters)
    except TypeError:
        raise Unusable(
            f"it is called as {exercise.call}, but defined as {exercise.name}{signature}: "
            "keep the arguments of the stub, in their order"
        ) from None


def source_file(function: Any) -> str:
    """The file of a function, as a traceback names it; "" if it has none."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return code.co_filename if code else ""


# Judging


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
    elif ended.how == "signal":
        what = f"nothing: Python crashed ({signal.strsignal(ended.number)}, signal {ended.number})"
    else:
        what = f"nothing: the answer ended its own process (exit status {ended.number})"
    return [("came", what), *where]


def _message(exercise: Exercise, state: str, lines: Sequence[Line], ended: Ended) -> str:
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
