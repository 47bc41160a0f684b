"""Small edits of a reader's answer, on its syntax tree, each with the words that say what is off.

An edit is one place and what may be wrong there. It is applied in place and taken back, so that hundreds can be
tried on one tree. What families there are: `edit_operators`, `edit_calls`, `edit_statements`.
"""

import ast
import contextlib
import functools
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

Changes = tuple[tuple[ast.AST, str, Any], ...]  # (node, field, what it becomes), all of them at once
FUNCTIONS = (ast.FunctionDef, ast.Lambda)
COMPUTES = (ast.BinOp, ast.UnaryOp, ast.Compare, ast.Call, ast.AugAssign, ast.BoolOp)
NEUTRAL = {ast.Add: 0, ast.Sub: 0, ast.Mult: 1, ast.Div: 1, ast.Pow: 1}  # x + 0, x * 1: nobody means that


class Edit(NamedTuple):
    """words: what is off. cost: how far-fetched it is; the usual slips cost 1. line, column: where (in bytes).

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
        pending, found = list(self.parts), []
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
        """The arguments and own attributes that nothing reads: what is missing is often one of them."""
        read = {
            ast.unparse(node)
            for part in self.parts
            for node in ast.walk(part)
            if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load)
        }
        return {*self.arguments(), *self._attributes()} - read

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
            [arg.arg for arg in found[0].args.args]
            if found and isinstance(found[0], ast.FunctionDef)
            else []
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


def edits(tree: Tree) -> list[Edit]:
    """All edits, the most natural first; of equals, that in the earliest line."""
    from . import edit_calls, edit_operators, edit_statements

    families = {**edit_operators.FAMILIES, **edit_calls.FAMILIES, **edit_statements.FAMILIES}
    found = [
        edit
        for node in tree.nodes()
        for family, kinds in families.items()
        if isinstance(node, kinds)
        for edit in family(tree, node)
    ]
    return sorted([*found, *_together(found)], key=lambda edit: (edit.cost, edit.line, edit.column))


def _together(found: list[Edit]) -> Iterator[Edit]:
    """The same slip made in two or three places, as one edit: `+=` for `-=` in the line of w and in that of b."""
    kinds: dict[str, list[Edit]] = {}
    for edit in found:
        kinds.setdefault(edit.words, []).append(edit)
    for words, alike in kinds.items():
        first, count = alike[0], len(alike)
        touched = {(id(node), field) for edit in alike for node, field, _ in edit.changes}
        changes = tuple(change for edit in alike for change in edit.changes)
        if 1 < count <= 3 and len(touched) == len(changes) and len({edit.line for edit in alike}) == count:
            place = min(alike, key=lambda edit: edit.line)
            lines = " and ".join(str(line) for line in sorted(edit.line for edit in alike))
            yield first._replace(
                words=f"{words} (lines {lines})", cost=first.cost + 0.3, line=place.line, column=place.column,
                changes=changes, code=ast.Module([edit.code for edit in alike], []), header=False,
            )  # fmt: skip


@contextlib.contextmanager
def applied(edit: Edit) -> Iterator[None]:
    """Inside, the tree is the edited one."""
    before = [(node, field, getattr(node, field)) for node, field, _ in edit.changes]
    try:
        for node, field, value in edit.changes:
            for part in value if isinstance(value, list) else [value]:
                _locate(part, edit)
            setattr(node, field, value)
        yield
    finally:
        for node, field, value in reversed(before):
            setattr(node, field, value)


def _locate(part: Any, edit: Edit) -> None:
    """Give what is new a place in the file, without which it does not compile."""
    if isinstance(part, ast.AST):
        if "lineno" in part._attributes and not hasattr(part, "lineno"):
            part.lineno = part.end_lineno = edit.line  # type: ignore[attr-defined]
            part.col_offset = part.end_col_offset = edit.column  # type: ignore[attr-defined]
        ast.fix_missing_locations(part)


def expression(text: str, **parts: ast.AST) -> Any:
    """An expression from its text, in which `_x` stands for the node of that name."""

    class Fill(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.AST:
            return parts.get(node.id.removeprefix("_"), node) if node.id.startswith("_") else node

    return Fill().visit(ast.parse(text, mode="eval").body)


def axes(docstring: str) -> tuple[str, str] | None:
    """What the two dimensions of the arguments count, by the letters of the shapes in a docstring; None if unsure.

    n, m: examples; d: features; q, k beside n: classes.
    """
    counts = {"n": "examples", "m": "examples", "d": "features", "q": "classes", "k": "classes"}
    shapes = {(counts.get(one), counts.get(other)) for one, other in re.findall(r"\((\w+), (\w+)\)", docstring)}
    if len(shapes) != 1:
        return None
    ((one, other),) = shapes
    return (one, other) if one == "examples" and other in ("features", "classes") else None


def is_neutral(operator: ast.AST, right: ast.AST) -> bool:
    """Whether `x operator right` is x."""
    value = right.value if isinstance(right, ast.Constant) else None
    return not isinstance(value, bool) and value is not None and NEUTRAL.get(type(operator)) == value


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
