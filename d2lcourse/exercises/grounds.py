"""What must stand in an answer's source before a mistake is named: the ground of a diagnosis."""

import ast
import re
from collections.abc import Callable, Iterator
from typing import Any

from .written import Written

Ground = str | Callable[[Written], bool]  # a regular expression, searched in the text, or a function below


def has(written: Written, ground: Ground) -> bool:
    """Whether the source has it."""
    if isinstance(ground, str):
        return re.search(ground, written.text) is not None
    return ground(written)


def return_in_loop(written: Written) -> bool:
    """It returns from within a loop."""
    return any(isinstance(node, ast.Return) for node in _in_loops(written))


def exit_in_loop(written: Written) -> bool:
    """It leaves a loop early, by `return` or `break`."""
    return any(isinstance(node, (ast.Return, ast.Break)) for node in _in_loops(written))


def loop(written: Written) -> bool:
    """It has a loop, or a comprehension."""
    loops = ast.For, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp
    return any(isinstance(node, loops) for node in nodes(written))


def while_loop(written: Written) -> bool:
    """It has a `while`."""
    return any(isinstance(node, ast.While) for node in nodes(written))


def branch(written: Written) -> bool:
    """It has an `if`, of either kind."""
    return any(isinstance(node, (ast.If, ast.IfExp)) for node in nodes(written))


def in_place(written: Written) -> bool:
    """It has `x += ...`, `x[i] = ...` or a method that ends in an underscore, such as `x.add_()`."""
    return any(
        isinstance(node, ast.AugAssign)
        or (isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store))
        or (isinstance(node, ast.Attribute) and re.fullmatch(r"[a-z]\w*_", node.attr) is not None)
        for node in nodes(written)
    )


def nodes(written: Written) -> Iterator[Any]:
    """Every node of the syntax trees of the answer and what it uses."""
    for part in written.parts:
        yield from ast.walk(part)


def _in_loops(written: Written) -> Iterator[Any]:
    for node in nodes(written):
        if isinstance(node, (ast.For, ast.While)):
            for statement in node.body:
                yield from ast.walk(statement)
