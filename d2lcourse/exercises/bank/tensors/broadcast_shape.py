"""The exercise broadcast_shape: its stub, its hints, and what it is tried on."""

from collections.abc import Callable
from typing import Any

from d2lcourse.exercises.exercise import Case, Exercise


def _shape_or_refusal(answer: Callable[..., Any], one: tuple[int, ...], other: tuple[int, ...]) -> Any:
    try:
        return answer(one, other)
    except ValueError:
        return "ValueError"


def _shape_cases() -> list[Case]:
    def case(about: str, one: tuple[int, ...], other: tuple[int, ...]) -> Case:
        return Case(about, (one, other), _shape_or_refusal)

    return [
        case("a column and a row", (3, 1), (1, 4)),
        case("a matrix and a vector", (32, 10), (10,)),
        case("a vector and three axes", (4,), (2, 3, 4)),
        case("three axes and a vector", (2, 3, 4), (4,)),
        case("two equal shapes", (2, 3), (2, 3)),
        case("a matrix and four axes", (5, 1), (2, 3, 1, 4)),
        case("a scalar", (), (5, 2)),
        case("1 beside no elements", (1, 3), (0, 3)),
        case("shapes that do not fit", (2, 3), (2,)),
        case("no elements beside 1", (0, 3), (1, 1)),
        case("two equal sizes of 300", (int("300"), 2), (int("300"), 1)),  # two objects
        case("sizes 6 and 3, which do not fit", (6,), (4, 3)),
        case("sizes 0 and 5, which do not fit", (0,), (5,)),
    ]


EXERCISE = Exercise(
    name="broadcast_shape",
    notes="002 (广播)",
    stub='''
    def broadcast_shape(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
        """The shape of X + Y, where X has the shape `one` and Y the shape `other`.

        Aligned at the last axis, two sizes must be equal, or one of them 1, which becomes the other.
        Where the shorter shape has no axis, it counts as 1.

        one, other: tuples of any length; a size may be 0.
        Returns a tuple as long as the longer shape. Raises ValueError if the shapes do not fit.
        """
        raise NotImplementedError
    ''',
    hints=(
        "First make both equally long, with 1s in front of the shorter one. Then compare axis by axis.",
        "For sizes m and n of one axis: if m == n or n == 1 it is m, if m == 1 it is n, else ValueError.",
        "zip stops at the shorter shape and starts at the first axis: broadcasting starts at the last. And "
        "max(m, n) is 1 for 0 and 1, where 0 is right.",
    ),
    reference="chapters.tensors.broadcast_shape",
    cases=_shape_cases,
)
