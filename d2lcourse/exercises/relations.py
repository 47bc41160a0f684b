"""What the values that came have to do with those expected, said where numbers enough agree.

A candidate is a sentence and a way to compute what would then have come, from what is expected and from the
arguments of the case. It is true of an answer if it gives what came in every case where that is finite, and
if the values that are wrong are different ones and enough of them: not one element, no constant, no accident.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from .candidates import Candidate, Pair, candidates
from .compare import parts
from .exercise import Case, Exercise
from .observe import Outcome, Packed

FEW = 3  # different wrong values that must agree
WHOLE = 5  # of whole numbers, of which many are small, so many


def relation(
    exercise: Exercise,
    cases: Sequence[Case],
    came: Sequence[Outcome],
    expected: Sequence[Outcome],
    where: str,
) -> str:
    """What is true of the part `where` in every case, or ""."""
    triples = zip(cases, came, expected, strict=False)
    pairs = [pair for triple in triples if (pair := _pair(exercise, *triple, where))]
    for candidate in candidates(pairs):
        if _holds(candidate, pairs):
            return candidate.words
    return ""


def before(exercise: Exercise, case: Case, where: str) -> Tensor | None:
    """What `where`, such as "w after the step", was at first, if it is an argument."""
    name, after, step = where.partition(" after ")
    return arguments(exercise, case)[1].get(name) if after and step in ("the step", "step 1") else None


def arguments(exercise: Exercise, case: Case) -> tuple[dict[str, float], dict[str, Tensor]]:
    """The numbers among the arguments of a case, with the sizes of the tensors, and the tensors."""
    numbers: dict[str, float] = {}
    tensors: dict[str, Tensor] = {}
    for name, value in zip(exercise.parameters, case.args, strict=False):
        several = enumerate(value) if isinstance(value, (list, tuple)) else ()
        for place, one in [(name, value), *((f"{name}[{i}]", part) for i, part in several)]:
            if isinstance(one, Tensor) and one.numel() and not one.is_complex():
                tensors[place] = one.detach().double()
                numbers |= {f"{place}.shape[{axis}]": size for axis, size in enumerate(one.shape)}
                numbers[f"{place}.numel()"] = one.numel()
            elif isinstance(one, (int, float)) and not isinstance(one, bool) and math.isfinite(one):
                numbers[place] = one
    return numbers, tensors


def _pair(exercise: Exercise, case: Case, came: Outcome, expected: Outcome, where: str) -> Pair | None:
    a, b = (_tensor(parts(one.value).get(where)) for one in (came, expected))
    if a is None or b is None or came.raised or not (a.isfinite().all() and b.isfinite().all()):
        return None
    return Pair(a, b, *arguments(exercise, case), before(exercise, case, where))


def _tensor(packed: Packed | None) -> Tensor | None:
    if packed is None or packed[0] not in ("tensor", "number") or isinstance(packed[1], bool):
        return None
    value = torch.as_tensor(packed[1])
    return None if value.is_complex() or value.dtype == torch.bool or not value.numel() else value.double()


def _holds(candidate: Candidate, pairs: Sequence[Pair]) -> bool:
    """Whether it is true wherever something came, and of enough wrong values that it is no accident."""
    values: set[float] = set()
    changes: set[tuple[float, float]] = set()
    for pair in pairs:
        given = candidate.given(pair)
        if candidate.flat and pair.came.numel() == 1:  # a number that is compared with a bound says nothing
            return False
        if given is None or given.shape != pair.came.shape or not _close(given, pair.came):
            return False
        came, due = pair.came.flatten(), pair.expected.flatten()
        if came.shape == due.shape and pair.came.shape == pair.expected.shape:
            wrong = ~torch.isclose(came, due, rtol=1e-4, atol=1e-9)
            came, due = came[wrong], due[wrong]
            changes |= set(zip(_digits(came), _digits(due), strict=True))
        values |= set(_digits(came))
    found = changes if candidate.flat else values
    whole = all(value == round(value) for value in values)
    return len(found) >= (WHOLE if whole and not candidate.flat else FEW)


def _digits(values: Tensor) -> list[float]:
    return [float(f"{value:.4g}") for value in values[:100].tolist()]


def _close(a: Tensor, b: Tensor) -> bool:
    scale = float(b.abs().max())
    return torch.allclose(a, b, rtol=2e-5, atol=2e-6 * min(scale, 1.0) + 2e-7 * scale)
