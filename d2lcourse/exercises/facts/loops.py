"""Facts of loops."""

import ast
import re
from collections.abc import Iterator

from ..grounds import nodes
from ..written import Written
from .tree import Fact, assigned, called, end, loaded, reads, walk


def left_out(answer: Written) -> Iterator[Fact]:
    """A loop that does not reach the last, or begins with the second."""
    for node in nodes(answer):
        over = getattr(node, "iter", None)
        if over is None:
            continue
        while isinstance(over, ast.Call) and called(over) in ("enumerate", "reversed", "zip") and over.args:
            over = over.args[0]
        if isinstance(over, ast.Call) and called(over) == "range" and len(over.args) <= 2:
            stop = over.args[-1]
            if re.fullmatch(r"(len\(.+\)|.+\.shape\[-?\d\]|.+\.size\(-?\d\)) - 1", ast.unparse(stop)):
                yield over.lineno, f"{ast.unparse(over)} ends before the last one"
        elif isinstance(over, ast.Subscript) and isinstance(over.slice, ast.Slice) and not over.slice.step:
            lower, upper = (part and ast.unparse(part) for part in (over.slice.lower, over.slice.upper))
            if upper == "-1":
                yield over.lineno, f"{ast.unparse(over)} leaves out the last one"
            if lower == "1" and upper is None:
                yield over.lineno, f"{ast.unparse(over)} leaves out the first one"


def return_in_first_round(answer: Written) -> Iterator[Fact]:
    for node in nodes(answer):
        if isinstance(node, ast.For):
            for statement in node.body:
                if isinstance(statement, ast.Return):
                    yield statement.lineno, "this `return` stands in the loop, and ends it in its first round"
                if any(isinstance(one, ast.Continue) for one in walk(statement)):
                    break


def while_loops(answer: Written) -> Iterator[Fact]:
    """A `while` in whose rounds nothing is counted, and nothing that it asks is set anew."""
    for node in nodes(answer):
        if isinstance(node, ast.While):
            asked = loaded(node.test)
            inside = walk(*node.body)
            counts = any(
                isinstance(one, ast.AugAssign) and isinstance(one.value, ast.Constant) for one in inside
            )
            changed = {assigned(one) for one in inside} | {_owner(one) for one in inside}
            if asked and not counts and not asked & changed:
                yield node.lineno, "`while` repeats for as long as its condition holds; `if` asks once"


def _owner(node: ast.AST) -> str | None:
    """`points` of `points.append(...)`, which may change it."""
    method = node.func if isinstance(node, ast.Call) else None
    return (
        method.value.id if isinstance(method, ast.Attribute) and isinstance(method.value, ast.Name) else None
    )


def only_the_last_round(answer: Written) -> Iterator[Fact]:
    """`total = ...` in a loop that nothing in the loop reads, and something after it does.

    What is made of something else that changes from round to round may be meant.
    """
    for function in answer.parts:
        for loop in (node for node in walk(function) if isinstance(node, ast.For)):
            inside = walk(*loop.body)
            after = {one.id for one in walk(function) if reads(one) and one.lineno > end(loop)}
            grown = _grown(loop)
            states = {assigned(one) for one in inside} & {one.id for one in inside if reads(one)}
            for name, statement in ((assigned(one), one) for one in loop.body):
                kept = any(reads(one, str(name)) or isinstance(one, ast.Break) for one in inside)
                if name in after - grown and not kept and not states & loaded(statement):
                    yield statement.lineno, f"each round overwrites {name}: only that of the last is left"


def reset_in_each_round(answer: Written) -> Iterator[Fact]:
    """`total = 0` at the head of the loop in which `total += ...` stands."""
    for function in answer.parts:
        for loop in (node for node in walk(function) if isinstance(node, ast.For)):
            grown = _grown(loop)
            read = {one.id for one in walk(*loop.body) if reads(one)}
            for name, statement in ((assigned(one), one) for one in loop.body):
                if (
                    name in grown - read
                    and isinstance(statement, ast.Assign)
                    and isinstance(statement.value, ast.Constant)
                ):
                    yield statement.lineno, f"{name} begins anew in each round: set it before the loop"


def _grown(loop: ast.For) -> set[str]:
    """The names of `total += ...` in a loop."""
    steps = [one for one in walk(*loop.body) if isinstance(one, ast.AugAssign)]
    return {one.target.id for one in steps if isinstance(one.target, ast.Name)}


def unused_targets(answer: Written) -> Iterator[Fact]:
    """`for x in X:` without x."""
    for node in nodes(answer):
        if isinstance(node, ast.For) and isinstance(node.target, ast.Name):
            name, over = node.target.id, ast.unparse(node.iter)
            counted = over.startswith("range(") and "len(" not in over and "shape" not in over
            if not counted and not name.startswith("_") and name not in loaded(*node.body):
                yield node.lineno, f"the loop does not use {name}: every round does the same"
