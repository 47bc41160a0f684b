"""The likely cause of a wrong answer: the banked mistake that does the same."""

import functools
from collections.abc import Sequence

from .attempt import difference, fresh_cases, outcomes, right
from .exercise import Exercise
from .observe import Outcome, compare


def diagnoses(exercise: Exercise, came: Sequence[Outcome]) -> list[str]:
    """The diagnoses of the banked mistakes that do in every case what the answer did.

    If there is none, the answer may have other faults too: then that of the mistake which best explains the
    first case that is wrong, if one does.
    """
    return fitting(exercise, came) or _first_diagnosis(exercise, came)


def fitting(exercise: Exercise, came: Sequence[Outcome]) -> list[str]:
    """The diagnoses of the banked mistakes that do in every case what the answer did."""
    found = [
        diagnosis
        for diagnosis, wrong in _mistaken(exercise)
        if all(_same(*pair, exercise.tolerance) for pair in zip(came, wrong, strict=True))
    ]
    return list(dict.fromkeys(found))


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
def _mistaken(exercise: Exercise) -> list[tuple[str, list[Outcome]]]:
    """The diagnosis of each banked mistake, and what it does in each case."""
    return [
        (one.diagnosis, list(outcomes(exercise.banked(one.code), fresh_cases(exercise))))
        for one in exercise.mistakes
    ]
