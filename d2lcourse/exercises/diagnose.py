"""The likely cause of a wrong answer: the banked mistake that does the same."""

import functools
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from .attempt import difference, fresh_cases, outcomes, right
from .compare import compare, parts
from .exercise import Exercise, Mistake
from .observe import Outcome, Packed
from .relations import arguments
from .written import Written

ENOUGH = 6  # different wrong values that agree, before a mistake is thought possible


class Diagnoses(NamedTuple):
    """certain: of the mistakes that do in every case what the answer did. possible: one that may be it."""

    certain: list[str]
    possible: list[str]


def diagnoses(exercise: Exercise, came: Sequence[Outcome], answer: Written | None = None) -> Diagnoses:
    """What the bank has to say of an answer.

    answer: its source. A mistake with a ground in the source is not named if that is not there, and is only
    possible if the source is not known.
    """
    sure = fitting(exercise, came, answer)
    if sure:
        return Diagnoses(sure, [])
    same = _same_everywhere(exercise, came, answer)
    unsure = list(dict.fromkeys(one.diagnosis for one in same)) or _possible(exercise, came, answer)
    return Diagnoses([], unsure if len(unsure) == 1 else [])


def fitting(exercise: Exercise, came: Sequence[Outcome], answer: Written | None = None) -> list[str]:
    """Those of the banked mistakes that do in every case what the answer did, and have their ground."""
    same = _same_everywhere(exercise, came, answer)
    return list(dict.fromkeys(one.diagnosis for one in same if answer or not (one.needs or one.lacks)))


def _same_everywhere(exercise: Exercise, came: Sequence[Outcome], answer: Written | None) -> list[Mistake]:
    return [
        mistake
        for mistake, wrong in _mistaken(exercise)
        if _fits(mistake, answer)
        and all(_same(*pair, exercise.tolerance) for pair in zip(came, wrong, strict=True))
    ]


def _fits(mistake: Mistake, answer: Written | None) -> bool:
    return answer is None or mistake.fits(answer)


def _same(came: Outcome, wrong: Outcome, tolerance: float) -> bool:
    """Whether the answer did what the mistake did, and has changed what that changed."""
    return difference(came, wrong, tolerance) is None and set(wrong.changed) <= set(came.changed)


def _possible(exercise: Exercise, came: Sequence[Outcome], answer: Written | None) -> list[str]:
    """Of the mistakes that explain the first case that is wrong, the one that explains most.

    A mistake must not be wrong where the answer is right. If the source has its ground, it is enough that it
    does the same in that case. Without one it must agree in two cases, in more than half of those in which
    it is wrong, and in enough different values: one case, a spread, a constant or an error may agree by
    accident.
    """
    expected, tolerance = right(exercise), exercise.tolerance
    given = [arguments(exercise, case)[1].values() for case in fresh_cases(exercise)]

    def faults(tried: Sequence[Outcome]) -> list[int]:
        return [i for i, one in enumerate(tried) if difference(one, expected[i], tolerance)]

    points: dict[str, int] = {}
    mine = faults(came)
    for mistake, wrong in _mistaken(exercise):
        theirs = faults(wrong)
        if not (mine and mine[0] in theirs and set(theirs) <= set(mine) and _fits(mistake, answer)):
            continue
        agreed = [_agreed(came[i], wrong[i], expected[i], tolerance, given[i]) for i in theirs]
        values = set().union(*filter(None, agreed))
        count = sum(map(bool, agreed))
        enough = count >= 2 and 2 * count > len(theirs) and len(values) >= ENOUGH and agreed[0]
        grounded = answer and (mistake.needs or mistake.lacks) and agreed[0] is not None
        if enough or grounded:
            points[mistake.diagnosis] = max(points.get(mistake.diagnosis, 0), 1 + len(values))
    most = max(points.values(), default=0)
    return [diagnosis for diagnosis, count in points.items() if count == most]


def _agreed(
    came: Outcome, wrong: Outcome, expected: Outcome, tolerance: float, given: Iterable[Tensor]
) -> set[float] | None:
    """The different wrong values of the first part that is wrong, if it is the same in both; else None.

    Of an error, and of an argument that is left as it was, there are none: they have many causes.
    """
    if came.raised or wrong.raised:
        return set() if came.raised and wrong.raised and came.raised.type == wrong.raised.type else None
    for mine, theirs, due in _parts(came.value, wrong.value, expected.value):
        if compare(mine, theirs, tolerance):
            return None
        if compare(theirs, due, tolerance):
            left = theirs[0] == "tensor" and any(torch.equal(one, theirs[1].double()) for one in given)
            return set() if left else _wrong_values(theirs, due)
    return None


def _parts(came: Packed, wrong: Packed, expected: Packed) -> Iterator[tuple[Packed, Packed, Packed]]:
    """What follows from the first part that is wrong may differ, so dicts are compared part by part."""
    if {came[0], wrong[0], expected[0]} != {"dict"}:
        yield came, wrong, expected
        return
    for key, part in expected[1].items():
        if key not in came[1] or key not in wrong[1]:
            return
        yield came[1][key], wrong[1][key], part


def _wrong_values(wrong: Packed, expected: Packed) -> set[float]:
    """No constant: of a tensor at least two."""
    due = parts(expected)
    found: set[float] = set()
    for where, packed in parts(wrong).items():
        if packed[0] in ("tensor", "number"):
            a = torch.as_tensor(packed[1]).to(torch.complex128).real
            b = due.get(where, ("none",))
            if b[0] == "tensor" and b[1].shape == a.shape:
                a = a[~torch.isclose(a, b[1].to(torch.complex128).real, rtol=1e-4, atol=1e-9)]
            values = {float(f"{value:.4g}") for value in a[a.isfinite()].flatten()[:100].tolist()}
            found |= values if len(values) > 1 or packed[0] == "number" else set()
    return found


@functools.cache
def _mistaken(exercise: Exercise) -> list[tuple[Mistake, list[Outcome]]]:
    """Each banked mistake, and what it does in each case."""
    return [
        (one, list(outcomes(exercise.banked(one.code), fresh_cases(exercise)))) for one in exercise.mistakes
    ]
