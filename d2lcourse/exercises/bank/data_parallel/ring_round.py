"""The exercise ring_round: its stub, its hints, and what it is tried on."""

from collections.abc import Callable
from typing import Any

from d2lcourse.exercises.exercise import Case, Exercise, doubles


def _chunks_after(answer: Callable[..., Any], chunks: list[list[Any]], i: int) -> dict[str, Any]:
    answer(chunks, i)
    return {f"chunk {c} of process {r}": one for r, row in enumerate(chunks) for c, one in enumerate(row)}


def _cases() -> list[Case]:
    def case(k: int, i: int, about: str) -> Case:
        chunks = [[doubles(10.0**r, c + 1) for c in range(k)] for r in range(k)]
        return Case(f"{k} processes, round {i}: {about}", (chunks, i), _chunks_after, mutates=True)

    return [
        case(2, 0, "add"),
        case(2, 1, "take"),
        case(3, 0, "add"),
        case(3, 1, "add"),
        case(3, 2, "take"),
        case(3, 3, "take"),
        case(4, 1, "add"),
        case(4, 2, "add"),
        case(4, 5, "take"),
    ]


EXERCISE = Exercise(
    name="ring_round",
    notes="book 12.5",
    stub='''
    def ring_round(chunks: list[list[Tensor]], i: int) -> None:
        """Round i of a ring all-reduce among k = len(chunks) processes, in place.

        chunks[r][c]: chunk c of process r; each has k of them. In every round each process sends one chunk
        to the next process, the last process to the first. In round i process r sends chunk r - i, modulo k.
        In rounds 0 to k - 2 the next process adds it to its own chunk of that number; in rounds k - 1 to
        2 k - 3 it replaces its own by it. Returns nothing: the lists and tensors in `chunks` change.
        """
        raise NotImplementedError
    ''',
    hints=(
        "A loop over the processes r. Which chunk leaves r, and whose chunk of that number does it change?",
        "With c = (r - i) % k and s = (r + 1) % k: chunks[s][c].add_(chunks[r][c]), or copy_ in its place.",
        "Rounds are counted from 0: the last one that adds is k - 2, so the test is i < k - 1.",
    ),
    reference="chapters.data_parallel.ring.ring_round",
    cases=_cases,
)
