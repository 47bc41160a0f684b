"""What values that came may have to do with those expected: the sentences, and what would have come."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor


class Pair(NamedTuple):
    """One part of what came in a case, what is expected there, and what the arguments are.

    before: of an argument that is to be changed, what it was.
    """

    came: Tensor
    expected: Tensor
    numbers: dict[str, float]
    tensors: dict[str, Tensor]
    before: Tensor | None


Given = Callable[[Pair], Tensor | None]  # what would have come; None where that cannot be said


class Candidate(NamedTuple):
    """A sentence, and what would have come if it is true. flat: it makes one number of many."""

    words: str
    given: Given
    flat: bool = False


def candidates(pairs: Sequence[Pair]) -> Iterator[Candidate]:
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
    yield Candidate("it has not changed", lambda pair: _stepped(pair, 0.0))
    yield Candidate("the step goes in the opposite direction", lambda pair: _stepped(pair, -1.0))
    ratio = next(filter(None, map(_step_ratio, pairs)), 0.0)
    if ratio:
        yield Candidate(f"the step is {ratio:.4g} times the one expected", lambda pair: _stepped(pair, ratio))
    for name in pairs[0].numbers:
        if all(pair.numbers.get(name, 0) > 0 for pair in pairs):
            yield Candidate(
                f"the step is the one expected times {name}", _by(name, 1, lambda pair, k: _stepped(pair, k))
            )
            yield Candidate(
                f"the step is the one expected divided by {name}",
                _by(name, -1, lambda pair, k: _stepped(pair, k)),
            )


def _step_ratio(pair: Pair) -> float:
    """How long the step is, measured by the one expected; 0 if that cannot be said."""
    if pair.before is None or pair.came.shape != pair.expected.shape:
        return 0.0
    mine, due = pair.came - pair.before, pair.expected - pair.before
    ratio = float((mine * due).sum() / (due * due).sum().clamp(min=1e-300))
    return ratio if math.isfinite(ratio) else 0.0


def _by(name: str, power: float, together: Callable[[Pair, float], Tensor | None]) -> Given:
    """With a power of a number of the case."""
    return lambda pair: together(pair, pair.numbers[name] ** power)


def _stepped(pair: Pair, ratio: float) -> Tensor | None:
    return None if pair.before is None else pair.before + ratio * (pair.expected - pair.before)


def _unchanged(pairs: Sequence[Pair]) -> Iterator[Candidate]:
    for name in pairs[0].tensors:
        yield Candidate(f"it is {name}, unchanged", _argument(name, lambda value: value))
        for words, function in FUNCTIONS.items():
            yield Candidate(f"it is {words.format(name)}, and no more", _argument(name, function))


def _argument(name: str, function: Callable[[Tensor], Tensor]) -> Given:
    return lambda pair: function(pair.tensors[name]) if name in pair.tensors else None


def _by_a_constant(pairs: Sequence[Pair]) -> Iterator[Candidate]:
    """Times or plus one number, the same in all cases."""
    first = next((pair for pair in pairs if pair.came.shape == pair.expected.shape), None)
    if first is None:
        return
    a, b = first.came, first.expected
    ratio, shift = float((a * b).sum() / (b * b).sum().clamp(min=1e-300)), float((a - b).mean())
    if abs(ratio) > 1e-3 and abs(ratio - 1) > 1e-6:
        subject = "every value" if a.numel() > 1 else "it"
        yield Candidate(f"{subject} is {ratio:.6g} times the expected", lambda pair: ratio * pair.expected)
    if abs(shift) > 1e-9:
        size = "large" if shift > 0 else "small"
        subject = "every value" if a.numel() > 1 else "it"
        yield Candidate(f"{subject} is {abs(shift):.4g} too {size}", lambda pair: pair.expected + shift)


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
        said = f"it is {words.format('what is expected')}"
        yield Candidate(said, _expected(function), flat="cut off" in said)


def _expected(function: Callable[[Tensor], Tensor]) -> Given:
    return lambda pair: function(pair.expected)


def _by_a_number(pairs: Sequence[Pair]) -> Iterator[Candidate]:
    """Times or divided by a number of the arguments, which is not the same in all cases."""
    for name in pairs[0].numbers:
        values = {pair.numbers.get(name, math.nan) for pair in pairs}
        if len(values) < 2 or not all(value > 0 for value in values):
            continue
        for words, power in {name: 1.0, f"sqrt({name})": 0.5, f"{name} squared": 2.0}.items():
            for verb, sign in (("times", 1), ("divided by", -1)):
                given = _by(name, sign * power, lambda pair, k: pair.expected * k)
                yield Candidate(f"it is what is expected {verb} {words}", given)


def _with_an_argument(pairs: Sequence[Pair]) -> Iterator[Candidate]:
    """Plus, less, times or divided by an argument, or plus a number of them times a tensor of them."""
    for name in pairs[0].tensors:
        yield Candidate(f"it is what is expected times {name}", _with(name, lambda b, x: b * x))
        yield Candidate(f"it is what is expected divided by {name}", _with(name, lambda b, x: b / x))
        plain = [number for number in pairs[0].numbers if "." not in number]
        for number in ["", *plain]:
            words = f"{number} * {name}" if number else name
            yield Candidate(f"it is what is expected plus {words}", _with(name, torch.add, number))
            yield Candidate(f"it is what is expected less {words}", _with(name, torch.sub, number))
            if number:
                half = f"half of {words}"
                yield Candidate(f"it is what is expected plus {half}", _with(name, _plus_half, number))
                yield Candidate(f"it is what is expected less {half}", _with(name, _less_half, number))


def _plus_half(b: Tensor, x: Tensor) -> Tensor:
    return b + x / 2


def _less_half(b: Tensor, x: Tensor) -> Tensor:
    return b - x / 2


def _with(name: str, together: Callable[[Tensor, Tensor], Tensor], number: str = "") -> Given:
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


def _only_matrices(function: Callable[[Tensor], Tensor]) -> Given:
    return lambda pair: function(pair.expected) if pair.expected.dim() == 2 else None
