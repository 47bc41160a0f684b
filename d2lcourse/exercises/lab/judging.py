"""Judging a repair: whether the fault is gone, whether another came in, and what the curve is now."""

import functools
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from d2lcore.errors import brief

from ..find import find
from ..isolate import Ended, isolated
from ..judge import Line, Verdict, _message, _raised, _stopped
from ..observe import Raised
from .curve import told
from .lab import Lab, labs
from .trying import Facts, alike, attempt, banked

LIMIT = 30.0  # seconds for a training and its checkup
Found = Sequence[tuple[str, str, str, str, str]]


def check_lab(name: str, answer: Any, *, limit: float | None = None, fork: bool | None = None) -> Verdict:
    """The verdict on a repaired script: a file, or a folder that has it. limit, fork: see `isolated`."""
    lab = labs()[name]
    if not isinstance(answer, (str, os.PathLike)):
        raise TypeError(f"answer: the repaired script is needed, a file or its folder, got {brief(answer)}")
    file = os.path.abspath(find(name, Path(answer)) or answer)
    limit = LIMIT if limit is None else limit
    ended = isolated(functools.partial(attempt, file), limit=limit, fork=fork)
    problem, *rest = ended.items or [None]
    if isinstance(problem, str):
        return Verdict("wrong", _message(lab, "not yet", [("problem", problem)], ended))
    if problem is not None:
        return Verdict("wrong", _message(lab, "not yet", _raised(Raised(*problem)), ended))
    if len(rest) < 2:
        lines = [_curve(lab, Facts(*rest[0]))] if rest else []
        return Verdict("wrong", _message(lab, "not yet", [*lines, *_stopped(ended, file, limit)], ended))
    return judged(lab, Facts(*rest[0]), rest[1], functools.partial(known, name, fork=fork), ended)


def known(name: str, fork: bool | None = None) -> list[Facts | None]:
    """What the broken script does, and each wrong repair, in a process of its own."""
    ended = isolated(functools.partial(banked, name), limit=10 * LIMIT, fork=fork)
    return [None if one is None else Facts(*one) for one in ended.items]


def judged(lab: Lab, came: Facts, found: Found | str, wrong: Any, ended: Ended) -> Verdict:
    """The verdict on what a script did. found: what a checkup finds wrong with it, or why it cannot say.

    wrong: a function that gives what the broken script does, and each wrong repair; called if need be.
    """
    lines = _lacks(lab, came) + _finds(lab, found)
    if not lines:
        text = f"{lab.name}: right, the fault is gone and no other came in"
        return Verdict("right", f"{text}\n  curve     {_curve(lab, came)[1]}\n  it was    {lab.fault}")
    likely = [("likely", sentence) for sentence in diagnoses(lab, came, wrong())]
    return Verdict("wrong", _message(lab, "not yet", [_curve(lab, came), *lines, *likely], ended))


def diagnoses(lab: Lab, came: Facts, wrong: Sequence[Facts | None]) -> list[str]:
    """What to say of a script that does as the broken one does, or as a wrong repair does; mostly one."""
    sentences = ["it does what it did at first: the fault is still there", *(m.diagnosis for m in lab.mistakes)]
    same = [
        sentence
        for sentence, one in zip(sentences, wrong, strict=False)
        if one is not None and alike(came, one)
    ]
    return list(dict.fromkeys(same))


def _curve(lab: Lab, came: Facts) -> Line:
    return "curve", told(came.curve, came.reported, lab.measure)


def _lacks(lab: Lab, came: Facts) -> list[Line]:
    """What the training should reach, and does not."""
    lines = []
    if not lab.reached(came.measured):
        what = f"{lab.measure} is {came.measured:.3g}; without the fault it is {lab.wanted}"
        lines.append(("measured", what))
    if not abs(came.reported - came.measured) <= 0.005 + 0.02 * abs(came.measured):
        what = f"evaluate(net, test_iter) says {came.reported:.3g}, but the {lab.measure} is {came.measured:.3g}"
        lines.append(("reported", what))
    if came.num_test != lab.num_test:
        lines.append(("test set", f"it has {came.num_test} examples, and had {lab.num_test}: leave it whole"))
    return lines


def _finds(lab: Lab, found: Found | str) -> list[Line]:
    if isinstance(found, str):
        return [("checkup", f"it cannot be looked at: {found}")]
    lines = []
    for rule, title, seen, means, change in found:
        label = "fault" if rule in lab.rules else "another"
        text = f"still there: {seen}. {means}" if rule in lab.rules else f"{title}: {seen}. {means} {change}"
        lines.append((label, text.replace("..", ".")))
    return lines
