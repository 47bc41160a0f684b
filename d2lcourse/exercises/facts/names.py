"""Facts of arguments and variables."""

import ast
import re
from collections.abc import Iterator

from ..grounds import nodes
from ..written import Written
from .tree import Fact, assigned, end, loaded, nests, reads, targets, walk, with_loops


def unused_arguments(answer: Written) -> Iterator[Fact]:
    if isinstance(answer.function, ast.ClassDef) or re.search(r"\b(locals|vars|eval)\(", answer.text):
        return
    used = {node.id for node in nodes(answer) if isinstance(node, ast.Name)}
    given = [arg.arg for arg in (*answer.function.args.posonlyargs, *answer.function.args.args)]
    unused = [name for name in given if name not in used]
    if unused and len(unused) < len(given):
        yield 0, f"{' and '.join(unused)} {'is' if len(unused) == 1 else 'are'} not used"


def overwritten_arguments(answer: Written) -> Iterator[Fact]:
    """X = ... in the first use of X."""
    if isinstance(answer.function, ast.ClassDef):
        return
    fresh = {arg.arg for arg in answer.function.args.args}
    for statement in answer.function.body:
        read = loaded(statement)
        name = assigned(statement)
        if name in fresh - read:
            yield statement.lineno, f"{name}, an argument, is overwritten before it is used"
        fresh -= read | ({name} if name else set())


def names_only(answer: Written) -> Iterator[Fact]:
    """`p = p - ...` for an argument, or in a loop over them, when nothing reads p afterwards."""
    function = answer.function
    if isinstance(function, ast.ClassDef) or nests(function):
        return
    given = {arg.arg for arg in function.args.args}
    for node, loops in with_loops(function):
        name = assigned(node)
        own = [loop for loop in loops if isinstance(loop, ast.For) and name in targets(loop)]
        if name is None or (name not in given and not own) or name not in loaded(node):
            continue
        if own:  # a round gives the name anew: what comes before it in the loop is not read again
            later = any(reads(one, name) and one.lineno > end(node) for one in walk(function))
        else:
            later = any(
                reads(one, name) and (one.lineno > end(node) or loops) and one not in walk(node)
                for one in list(walk(function))
            )
        if not later:
            yield (
                node.lineno,
                f"`{name} = ...` gives the name {name} to a new value: what the caller has stays as it was",
            )


def never_read(answer: Written) -> Iterator[Fact]:
    """A variable that is computed for nothing."""
    function = answer.function
    if isinstance(function, ast.ClassDef) or nests(function) or "locals(" in answer.text:
        return
    given = {arg.arg for arg in function.args.args}
    read = loaded(function)
    for node in walk(function):
        name = assigned(node)
        if name and name not in read | given and not name.startswith("_"):
            yield node.lineno, f"{name} is computed, and never used"
