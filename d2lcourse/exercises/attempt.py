"""Trying an answer on the cases: the same for a reader's, the reference, and every banked mistake."""

import functools
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch

from .compare import Difference, compare
from .exercise import Case, Exercise, named
from .find import Unusable, check_signature, load, source_file
from .forbidden import forbidden_in
from .observe import Outcome, outcome, raised_by

SEED = 20_000  # of the first case: a number that nobody happens to choose


def attempt(name: str, answer: Callable[..., Any] | str) -> Iterator[Any]:
    """First None, or why the answer cannot be tried; then, as plain tuples, what it does in each case."""
    exercise = named(name)
    cases = fresh_cases(exercise)  # before the reader's file can change what they are made of
    file = answer if isinstance(answer, str) else source_file(answer)
    try:
        function = load(name, answer) if isinstance(answer, str) else answer
        check_signature(exercise, function)
        if used := forbidden_in(file, getattr(function, "__name__", name), exercise.forbidden):
            raise Unusable(used)
    except Unusable as error:
        yield str(error)
    except BaseException as error:
        yield tuple(raised_by(error, file))
    else:
        yield None
        for one in outcomes(function, cases, file):
            yield (one.value, one.raised and tuple(one.raised), one.changed, one.seeded)


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
    for i in range(len(cases)):
        yield outcome_in(cases, i, answer, file)


def outcome_in(cases: Sequence[Case], i: int, answer: Callable[..., Any], file: str = "") -> Outcome:
    """What `answer` does in the case i."""
    case = cases[i]
    call = functools.partial(case.observe or _value, answer, *case.args)
    with usual_torch():
        return outcome(call, () if case.mutates else case.args, SEED + i, file)


def _value(answer: Callable[..., Any], *args: Any) -> Any:
    return answer(*args)


def difference(came: Outcome, expected: Outcome, tolerance: float) -> Difference | None:
    """How an outcome differs from another, or None."""
    if came.raised and expected.raised and came.raised[:2] == expected.raised[:2]:
        return None
    if came.raised or expected.raised:
        return Difference("", came.value, expected.value)
    return compare(came.value, expected.value, tolerance)


@functools.cache
def right(exercise: Exercise) -> list[Outcome]:
    """What the reference does in each case."""
    return list(outcomes(exercise.solved(), fresh_cases(exercise)))
