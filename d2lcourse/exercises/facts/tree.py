"""Reading a syntax tree."""

import ast
from collections.abc import Iterator
from typing import Any

Fact = tuple[int, str]  # a line of the file and what is to be said of it; line 0: of the whole


def walk(*trees: ast.AST) -> list[Any]:
    """Every node of the trees."""
    return [node for tree in trees for node in ast.walk(tree)]


def reads(node: Any, name: str = "") -> bool:
    """Whether it is a name that is read (`name`, if given); `x += 1` counts in `loaded` alone."""
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and (not name or node.id == name)


def loaded(*trees: ast.AST) -> set[str]:
    """The names that are read, or changed by `+=`."""
    all_nodes = walk(*trees)
    grown = {
        node.target.id
        for node in all_nodes
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name)
    }
    return grown | {node.id for node in all_nodes if reads(node)}


def assigned(node: Any) -> str | None:
    """x of the statement `x = ...`."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id
    return None


def targets(loop: ast.For) -> set[str]:
    return {node.id for node in walk(loop.target) if isinstance(node, ast.Name)}


def with_loops(tree: Any, loops: tuple[Any, ...] = ()) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """Every node with the loops around it."""
    for node in ast.iter_child_nodes(tree):
        yield node, loops
        inner = (*loops, node) if isinstance(node, (ast.For, ast.While)) else loops
        yield from with_loops(node, inner)


def nests(function: ast.AST) -> bool:
    """Whether there are functions in it, or names from outside: then one cannot see what is read when."""
    inner = ast.FunctionDef, ast.ClassDef, ast.Global, ast.Nonlocal
    return any(isinstance(node, inner) for node in walk(function) if node is not function)


def called(call: ast.Call) -> str:
    """The last part of the name of what is called."""
    return ast.unparse(call.func).rpartition(".")[2]


def end(node: Any) -> int:
    return int(node.end_lineno or node.lineno)


def short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}..."
