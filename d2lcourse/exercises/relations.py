"""What the values that came have to do with those expected, said where numbers enough agree.

A candidate is a sentence and a way to compute what would then have come, from what is expected and from the
arguments of the case. It is true of an answer if it gives what came in every case where that is finite, and
if the values that are wrong are different ones and enough of them: not one element, no constant, no accident.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from .compare import parts
from .exercise import Case, Exercise
from .observe import Outcome, Packed

FEW = 3  # different wrong values that must agree
WHOLE = 5  # of whole numbers, of which many are small, so many


class Pair(NamedTuple):
    """One part of what came in a case, what is expected there, and what the arguments are.

    before: of an argument that is to be changed, what it was.
    """

    came: Tensor
    expected: Tensor
    numbers: dict[str, float]
    tensors: dict[str, Tensor]
    before: Tensor | None


class Candidate(NamedTuple):
    """words: what is said if it is true. given: computes what would then have come; None where it cannot."""

    words: str
    given: Callable[[Pair], Tensor | None]


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
    for candidate in _candidates(pairs):
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
    seen: set[float] = set()
    for pair in pairs:
        given = candidate.given(pair)
        if given is None or given.shape != pair.came.shape or not _close(given, pair.came):
            return False
        same = pair.came.shape == pair.expected.shape
        wrong = ~torch.isclose(pair.came, pair.expected, rtol=1e-4, atol=1e-9) if same else None
        values = pair.came[wrong] if wrong is not None else pair.came
        seen |= {float(f"{value:.4g}") for value in values.flatten()[:100].tolist()}
    whole = all(value == round(value) for value in seen)
    return len(seen) >= (WHOLE if whole else FEW)


def _close(a: Tensor, b: Tensor) -> bool:
    scale = float(b.abs().max())
    return torch.allclose(a, b, rtol=2e-5, atol=2e-6 * min(scale, 1.0) + 2e-7 * scale)


# The candidates, the simplest first


def _candidates(pairs: Sequence[Pair]) -> Iterator[Candidate]:
    if not pairs:
        return
    yield Candidate("the values are right", _in_shape_of_came)
    yield Candidate("every sign is the opposite", lambda pair: -pair.expected)
    yield from _steps(pairs)
    yield from _unchanged(pairs)
    yield from _by_a_constant(pairs)
    yield from _reshaped()
    yield from _functions()
    yield from _by_a_number(pairs)
    yield from _with_an_argument(pairs)


def _in_shape_of_came(pair: Pair) -> Tensor | None:
    same = pair.expected.numel() == pair.came.numel() and pair.expected.shape != pair.came.shape
    return pair.expected.reshape(pair.came.shape) if same else None


def _steps(pairs: Sequence[Pair]) -> Iterator[Candidate]:
    """Of what is to be changed: how the change is off."""
    if any(pair.before is None for pair in pairs):
        return
    yield Candidate("it has not changed", lambda pair: pair.before)
    changes = [
        pair._replace(came=pair.came - pair.before, expected=pair.expected - pair.before) for pair in pairs
    ]
    yield Candidate("the step goes in the opposite direction", lambda pair: _stepped(pair, -1.0))
    ratios = [
        float((one.came / one.expected)[one.expected != 0].mean()) for one in changes if one.expected.any()
    ]
    if ratios and math.isfinite(ratios[0]):
        words = f"the step is {ratios[0]:.4g} times the one expected"
        yield Candidate(words, lambda pair, ratio=ratios[0]: _stepped(pair, ratio))
    for name, power in ((name, power) for name in pairs[0].numbers for power in (1, -1)):
        verb = "times" if power == 1 else "divided by"
        if all(pair.numbers.get(name, 0) > 0 for pair in pairs):
            yield Candidate(
                f"the step is the one expected {verb} {name}",
                lambda pair, name=name, power=power: _stepped(pair, pair.numbers[name] ** power),
            )


def _stepped(pair: Pair, ratio: float) -> Tensor | None:
    return None if pair.before is None else pair.before + ratio * (pair.expected - pair.before)


def _unchanged(pairs: Sequence[Pair]) -> Iterator[Candidate]:
    for name in pairs[0].tensors:
        yield Candidate(f"it is {name}, unchanged", lambda pair, name=name: pair.tensors.get(name))
        for words, function in FUNCTIONS.items():
            yield Candidate(
                f"it is {words.format(name)}, and no more",
                lambda pair, name=name, function=function: _of(function, pair.tensors.get(name)),
            )


def _by_a_constant(pairs: Sequence[Pair]) -> Iterator[Candidate]:
    """Times or plus one number, the same in all cases."""
    first = next((pair for pair in pairs if pair.came.shape == pair.expected.shape), None)
    if first is None:
        return
    a, b = first.came, first.expected
    ratio, shift = float((a * b).sum() / (b * b).sum().clamp(min=1e-300)), float((a - b).mean())
    if abs(ratio) > 1e-3 and abs(ratio - 1) > 1e-6:
        yield Candidate(f"every value is {ratio:.6g} times the expected", lambda pair: ratio * pair.expected)
    if abs(shift) > 1e-9:
        size = "large" if shift > 0 else "small"
        yield Candidate(f"every value is {abs(shift):.4g} too {size}", lambda pair: pair.expected + shift)


def _reshaped() -> Iterator[Candidate]:
    """Turned, added up or averaged."""
    matrix = _only_matrices
    yield Candidate("it is transposed", matrix(lambda b: b.T))
    yield Candidate("the rows come in the opposite order", matrix(lambda b: b.flip(0)))
    yield Candidate("the columns come in the opposite order", matrix(lambda b: b.flip(1)))
    yield Candidate("it is the sum of the values expected", lambda pair: pair.expected.sum())
    yield Candidate("it is the mean of the values expected", lambda pair: pair.expected.mean())
    yield Candidate("it is the sum of the rows expected", matrix(lambda b: b.sum(0)))
    yield Candidate("it is the mean of the rows expected", matrix(lambda b: b.mean(0)))
    yield Candidate("it is the sum of each row expected", matrix(lambda b: b.sum(1)))
    yield Candidate("it is the mean of each row expected", matrix(lambda b: b.mean(1)))


FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "the square root of {}": torch.sqrt,
    "the square of {}": torch.square,
    "the logarithm of {}": torch.log,
    "the exponential of {}": torch.exp,
    "1 divided by {}": torch.reciprocal,
    "1 less {}": lambda value: 1 - value,
    "the absolute value of {}": torch.abs,
    "the sigmoid of {}": torch.sigmoid,
    "the tanh of {}": torch.tanh,
    "the softmax of {}, over its last axis": lambda value: value.softmax(-1),
    "the softmax of {}, over its first axis": lambda value: value.softmax(0),
    "the log-softmax of {}, over its last axis": lambda value: value.log_softmax(-1),
    "{}, cut off below 0": lambda value: value.clamp(min=0),
    "{}, cut off above 1": lambda value: value.clamp(max=1),
    "{}, rounded": torch.round,
    "{}, rounded down": torch.floor,
}


def _functions() -> Iterator[Candidate]:
    for words, function in FUNCTIONS.items():
        yield Candidate(
            f"it is {words.format('what is expected')}",
            lambda pair, function=function: _of(function, pair.expected),
        )


def _by_a_number(pairs: Sequence[Pair]) -> Iterator[Candidate]:
    """Times or divided by a number of the arguments, which is not the same in all cases."""
    for name in pairs[0].numbers:
        values = {pair.numbers.get(name, math.nan) for pair in pairs}
        if len(values) < 2 or not all(value > 0 for value in values):
            continue
        powers = {name: 1.0, f"sqrt({name})": 0.5, f"{name} squared": 2.0}
        for words, power in powers.items():
            for verb, sign in (("times", 1), ("divided by", -1)):
                yield Candidate(
                    f"it is what is expected {verb} {words}",
                    lambda pair, name=name, power=sign * power: pair.expected * pair.numbers[name] ** power,
                )


def _with_an_argument(pairs: Sequence[Pair]) -> Iterator[Candidate]:
    """Plus, less, times or divided by an argument, or a number of them times a tensor of them."""
    for name in pairs[0].tensors:
        yield Candidate(f"it is what is expected times {name}", _with(name, lambda b, x: b * x))
        yield Candidate(f"it is what is expected divided by {name}", _with(name, lambda b, x: b / x))
        plain = [number for number in pairs[0].numbers if "." not in number]
        for number in ["", *plain]:
            words = f"{number} * {name}" if number else name
            for verb, sign in (("plus", 1), ("less", -1)):
                yield Candidate(
                    f"it is what is expected {verb} {words}",
                    _with(name, lambda b, x, sign=sign: b + sign * x, number),
                )


def _with(
    name: str, together: Callable[[Tensor, Tensor], Tensor], number: str = ""
) -> Callable[[Pair], Tensor | None]:
    def given(pair: Pair) -> Tensor | None:
        tensor = pair.tensors.get(name)
        if tensor is None or (number and number not in pair.numbers):
            return None
        if len(set(tensor.flatten().tolist())) == 1 < tensor.numel() and not number:
            return None  # a constant
        try:
            return together(pair.expected, tensor * pair.numbers[number] if number else tensor)
        except RuntimeError:  # of the shapes
            return None

    return given


def _of(function: Callable[[Tensor], Tensor], value: Tensor | None) -> Tensor | None:
    return None if value is None else function(value)


def _only_matrices(function: Callable[[Tensor], Tensor]) -> Callable[[Pair], Any]:
    return lambda pair: function(pair.expected) if pair.expected.dim() == 2 else None
