"""Facts of an answer's source that are true whatever its writer meant, and seldom meant.

Each kind is a function from the source to sentences. A kind that says something of a right answer to the
exercise, the reference or one that the bank accepts, is not asked for that exercise: there one writes so.
"""

import ast
import functools
import inspect
import re
from collections.abc import Callable, Iterator

from ..exercise import HEADER, Exercise
from ..grounds import nodes
from ..written import Written, written
from . import calls, loops, names
from .tree import Fact, called

KINDS = (
    names.unused_arguments, names.overwritten_arguments, names.names_only, names.never_read,
    loops.left_out, loops.return_in_first_round, loops.while_loops, loops.only_the_last_round,
    loops.reset_in_each_round, loops.unused_targets, calls.whole_division, calls.bits, calls.not_called,
    calls.thrown_away, calls.one_argument, calls.printed,
)  # fmt: skip
MOST = 2  # facts that are told


def facts(exercise: Exercise, answer: Written | None) -> list[str]:
    """What is said of the source, in the order of its lines; at most two sentences."""
    if answer is None:
        return []
    found = {fact for kind in KINDS if kind not in _usual(exercise) for fact in kind(answer)}
    found |= set(_other_draws(exercise, answer))
    return [f"line {line}: {said}" if line else said for line, said in sorted(found)][:MOST]


@functools.cache
def _usual(exercise: Exercise) -> frozenset[Callable[[Written], Iterator[Fact]]]:
    """The kinds that fire on right answers, and `printed` where nothing is to be returned."""
    sources = right_sources(exercise)
    found = {kind for kind in KINDS if any(list(kind(one)) for one in sources)}
    return frozenset(found if any(map(calls.returns, sources)) else found | {calls.printed})


@functools.cache
def right_sources(exercise: Exercise) -> list[Written]:
    """The reference and what the bank accepts."""
    texts = [(HEADER + code, exercise.name) for code in exercise.accepted]
    solution = inspect.unwrap(exercise.solution())
    texts.append((inspect.getsource(solution), solution.__name__))
    return [one for text, name in texts if (one := written(text, name))]


DRAWS = {  # how they are written, and what one draws of
    "normal numbers": r"\b(randn|randn_like|normal|normal_)\(",
    "numbers spread evenly": r"\b(rand|rand_like|uniform_)\(",
}


def _other_draws(exercise: Exercise, answer: Written) -> Iterator[Fact]:
    """Draws of a distribution of which no right answer draws."""
    texts = [one.text for one in right_sources(exercise)]
    normal, even = DRAWS
    for kind, other in ((normal, even), (even, normal)):
        foreign = not any(re.search(DRAWS[kind], text) for text in texts)
        if foreign and all(re.search(DRAWS[other], text) for text in texts):
            for node in nodes(answer):
                if isinstance(node, ast.Call) and re.search(DRAWS[kind], f"{called(node)}("):
                    yield node.lineno, f"{called(node)} draws {kind}, where {other} are due"
