"""Judging a repair: whether the fault is gone, whether another came in, and what the curve is now."""

import functools
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from d2lcore.errors import brief

from ..find import find
from ..isolate import Ended, isolated
from ..judge import Line, Verdict, message_of, raised_lines, stopped_lines
from ..observe import Raised
from .curve import told
from .lab import Lab, labs
from .trying import Facts, alike, attempt, banked

LIMIT = 30.0  # seconds for a training and its checkup
Found = Sequence[tuple[str, ...]]
Known = Callable[[], Sequence[Facts | None]]


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
        return Verdict("wrong", message_of(lab, "not yet", [("problem", problem)], ended))
    if problem is not None:
        return Verdict("wrong", message_of(lab, "not yet", raised_lines(Raised(*problem)), ended))
    if len(rest) < 2:
        lines = [_curve(lab, Facts(*rest[0]))] if rest else []
        return Verdict(
            "wrong", message_of(lab, "not yet", [*lines, *stopped_lines(ended, file, limit)], ended)
        )
    return judged(lab, Facts(*rest[0]), rest[1], functools.partial(known_facts, name, fork=fork), ended)


def known_facts(name: str, fork: bool | None = None) -> list[Facts | None]:
    """What the broken script does, and each wrong repair, in a process of its own."""
    ended = isolated(functools.partial(banked, name), limit=10 * LIMIT, fork=fork)
    return [None if one is None else Facts(*one) for one in ended.items]


def judged(lab: Lab, came: Facts, found: Found | str, known: Known, ended: Ended) -> Verdict:
    """The verdict on what a script did. found: what a checkup finds in it, or why it cannot say.

    known: gives what the broken script does, and each wrong repair; called if the script is not right.
    """
    lines = _lacks(lab, came) + _finds(lab, found)
    if not lines:
        text = f"{lab.name}: right, the fault is gone and no other came in"
        return Verdict("right", f"{text}\n  curve     {_curve(lab, came)[1]}\n  it was    {lab.fault}")
    broken, *mistakes = known() or [None]
    if broken is not None and alike(came, broken):
        lines = [("fault", "still there: it trains as it did at first")]
    else:
        lines += [("likely", sentence) for sentence in diagnoses(lab, came, mistakes)]
    return Verdict("wrong", message_of(lab, "not yet", [_curve(lab, came), *lines], ended))


def diagnoses(lab: Lab, came: Facts, mistakes: Sequence[Facts | None]) -> list[str]:
    """The diagnoses of the wrong repairs that do the same; mostly one, or none."""
    pairs = zip(lab.mistakes, mistakes, strict=False)
    same = [one.diagnosis for one, did in pairs if did is not None and alike(came, did)]
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
        what = (
            f"evaluate(net, test_iter) says {came.reported:.3g}, but the {lab.measure} is {came.measured:.3g}"
        )
        lines.append(("reported", what))
    if came.num_test != lab.num_test:
        lines.append(("test set", f"it has {came.num_test} examples, and had {lab.num_test}: leave it whole"))
    return lines


def _finds(lab: Lab, found: Found | str) -> list[Line]:
    if isinstance(found, str):
        return [("checkup", f"it cannot be looked at: {found}")]
    lines = []
    for rule, level, title, seen, means, change in found:
        if rule in lab.rules:
            lines.append(("fault", f"still there: {seen}"))
        elif level == "wrong":
            lines.append(("another", f"{title}: {seen.rstrip('.')}. {means} {change}"))
    return lines
