"""The syntax tree of a reader's answer, and what an edit of it is."""

import ast
import functools
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

Changes = tuple[tuple[ast.AST, str, Any], ...]  # (node, field, what it becomes), all of them at once
FUNCTIONS = (ast.FunctionDef, ast.Lambda)
COMPUTES = (ast.BinOp, ast.UnaryOp, ast.Compare, ast.Call, ast.AugAssign, ast.BoolOp)
# x + 0, x * 1: nobody means that
NEUTRAL: dict[type[ast.AST], int] = {ast.Add: 0, ast.Sub: 0, ast.Mult: 1, ast.Div: 1, ast.Pow: 1}


class Edit(NamedTuple):
    """words: what is off. cost: how far-fetched that is, 1 for a usual slip. line, column: where, in bytes.

    code: what shows what it becomes: a statement, of which the first line does if `header`.
    """

    words: str
    cost: float
    line: int
    column: int
    changes: Changes
    code: ast.AST
    header: bool = False


class Tree:
    """A reader's file, parsed, and the part of it that the function `name` is made of.

    axes: what the first and the second dimension of the arguments count, such as ("examples", "classes").
    Raises SyntaxError if the text is no Python.
    """

    def __init__(self, text: str, name: str, axes: tuple[str, str] | None = None) -> None:
        self.module, self.name, self.axes = ast.parse(text), name, axes
        self.lines = [line.encode() for line in text.split("\n")]
        self.parts = list(_reachable(self.module, name))
        self.parents = {
            child: node
            for part in self.parts
            for node in ast.walk(part)
            for child in ast.iter_child_nodes(node)
        }

    def nodes(self) -> list[ast.AST]:
        """Every node that an edit may touch: no signature, annotation or docstring."""
        pending: list[ast.AST] = [*self.parts]
        found = []
        while pending:
            node = pending.pop()
            found.append(node)
            if isinstance(node, FUNCTIONS):
                pending += node.body if isinstance(node.body, list) else [node.body]
            elif not _is_text(node):
                pending += ast.iter_child_nodes(node)
        return found

    @functools.cached_property
    def computes(self) -> int:
        """How many operations the reader wrote."""
        return sum(isinstance(node, COMPUTES) for node in self.nodes())

    @functools.cached_property
    def unused(self) -> set[str]:
        """The arguments, variables and own attributes that nothing reads: one of them is often missing."""
        read = {
            ast.unparse(node)
            for part in self.parts
            for node in ast.walk(part)
            if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load)
        }
        names = [node for part in self.parts for node in ast.walk(part) if isinstance(node, ast.Name)]
        stored = {one.id for one in names if isinstance(one.ctx, ast.Store) and not one.id.startswith("_")}
        return {*self.arguments(), *self._attributes(), *stored} - read

    def _attributes(self) -> list[str]:
        """`self.weight`, ... of a class that the reader wrote."""
        nodes = [node for part in self.parts if isinstance(part, ast.ClassDef) for node in ast.walk(part)]
        stored = [one for one in nodes if isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Store)]
        return list(dict.fromkeys(ast.unparse(one) for one in stored if ast.unparse(one.value) == "self"))

    def statement(self, node: ast.AST) -> ast.AST:
        while not isinstance(node, ast.stmt):
            node = self.parents[node]
        return node

    def names(self, node: ast.AST) -> list[str]:
        """The names that the function around `node` has of its own: its arguments, then its variables."""
        while node in self.parents and not isinstance(node, FUNCTIONS):
            node = self.parents[node]
        if not isinstance(node, FUNCTIONS):
            return []
        found = [arg.arg for arg in node.args.args]
        found += [
            one.id
            for one in ast.walk(node)
            if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store) and not one.id.startswith("__")
        ]
        own = self._attributes() if "self" in found else []
        return [*dict.fromkeys(one for one in found if one != "self"), *own]

    def arguments(self) -> list[str]:
        """Those of the exercise's function."""
        found = [part for part in self.parts if getattr(part, "name", "") == self.name]
        return (
            [arg.arg for arg in found[0].args.args] if found and isinstance(found[0], ast.FunctionDef) else []
        )

    def put(self, old: ast.AST, new: ast.AST) -> Changes:
        """The change that puts an expression or a statement in the place of another."""
        owner = self.parents[old]
        for field, value in ast.iter_fields(owner):
            if value is old:
                return ((owner, field, new),)
            if isinstance(value, list) and any(one is old for one in value):
                return ((owner, field, [new if one is old else one for one in value]),)
        raise ValueError("the node has no place")

    def edit(
        self,
        words: str,
        cost: float,
        at: ast.AST | tuple[int, int],
        changes: Changes,
        code: ast.AST | None = None,
    ) -> Edit:
        """at: the node, or the line and column, where it is off."""
        line, column = at if isinstance(at, tuple) else (at.lineno, at.col_offset)  # type: ignore[attr-defined]
        shown = code or self.statement(changes[0][0])
        return Edit(words, cost, line, column, changes, shown, header=code is None)

    def find(self, symbol: str, after: ast.AST) -> tuple[int, int]:
        """Where an operator stands after its left side."""
        line, column = after.end_lineno, after.end_col_offset  # type: ignore[attr-defined]
        for number in range(line, min(line + 3, len(self.lines) + 1)):
            found = self.lines[number - 1].find(symbol.encode(), column if number == line else 0)
            if found >= 0:
                return number, found
        return after.lineno, after.col_offset  # type: ignore[attr-defined]


Family = Callable[[Tree, Any], Iterable[Edit]]


def expression(text: str, **parts: ast.AST) -> Any:
    """An expression from its text, in which `_x` stands for the node of that name."""

    class Fill(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.AST:
            return parts.get(node.id.removeprefix("_"), node) if node.id.startswith("_") else node

    return Fill().visit(ast.parse(text, mode="eval").body)


def is_neutral(operator: ast.AST, right: ast.AST) -> bool:
    """Whether `x operator right` is x."""
    value = right.value if isinstance(right, ast.Constant) else None
    return not isinstance(value, bool) and value is not None and NEUTRAL.get(type(operator)) == value


def called_name(node: ast.AST) -> str:
    """The name that a call calls: `sum` of x.sum() and torch.sum(x)."""
    func = node.func if isinstance(node, ast.Call) else node
    return getattr(func, "attr", getattr(func, "id", ""))


def is_method(node: ast.Call) -> bool:
    func = node.func
    module = (
        isinstance(func, ast.Attribute)
        and isinstance(func.value, ast.Name)
        and func.value.id in ("torch", "F", "d2l")
    )
    return isinstance(func, ast.Attribute) and not module


def name_place(node: ast.expr) -> tuple[int, int]:
    """Where the call's own name stands: for a chain of calls its start would be that of the whole chain."""
    func = node.func if isinstance(node, ast.Call) else node
    if isinstance(func, ast.Attribute):
        return func.end_lineno or func.lineno, (func.end_col_offset or 0) - len(func.attr.encode())
    if isinstance(func, ast.Subscript):
        return func.slice.lineno, func.slice.col_offset
    return func.lineno, func.col_offset


def is_value(tree: Tree, node: ast.AST) -> bool:
    """Whether `node` is computed, or something is of it: it is no function, target, index or option."""
    owner = tree.parents.get(node)
    if isinstance(node, (ast.Slice, ast.Starred, ast.Lambda, ast.JoinedStr)) or owner is None:
        return False
    if isinstance(getattr(node, "ctx", None), (ast.Store, ast.Del)) or isinstance(owner, ast.keyword):
        return False
    if isinstance(node, ast.Constant) and not isinstance(node.value, float):
        return False
    if isinstance(node, ast.Name) and node.id not in tree.names(node):
        return False
    called = isinstance(owner, ast.Call) and owner.func is node
    counts = isinstance(node, ast.Call) and _is_range(node)
    return not (called or counts or isinstance(owner, ast.Expr))


def _is_range(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Name) and node.func.id in ("range", "zip", "enumerate", "super")


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _reachable(module: ast.Module, name: str) -> Iterator[ast.stmt]:
    """The definition of `name` in a file, and those that it uses, themselves or through others."""
    defined: dict[str, ast.stmt] = {}
    for node in module.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        for key in [getattr(node, "name", ""), *(getattr(target, "id", "") for target in targets)]:
            if key and not isinstance(node, (ast.Import, ast.ImportFrom)):
                defined[key] = node
    pending, seen = [name], set()
    while pending:
        key = pending.pop()
        if key in defined and key not in seen:
            seen.add(key)
            yield defined[key]
            pending += [one.id for one in ast.walk(defined[key]) if isinstance(one, ast.Name)]
