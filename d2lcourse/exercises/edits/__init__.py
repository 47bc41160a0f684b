"""Small edits of a reader's answer, on its syntax tree, each with the words that say what is off.

An edit is one place and what may be wrong there. It is applied in place and taken back, so that hundreds can
be tried on one tree. The families of edits are in `operators`, `calls`, `dimensions` and `statements`.
"""

import ast
import contextlib
import re
from collections.abc import Iterator
from typing import Any

from . import calls, dimensions, operators, statements
from .tree import Edit, Tree


def edits(tree: Tree) -> list[Edit]:
    """All edits, the most natural first; of equals, that in the earliest line."""
    modules = (operators, calls, dimensions, statements)
    families = {family: kinds for module in modules for family, kinds in module.FAMILIES.items()}
    found = [
        edit
        for node in tree.nodes()
        for family, kinds in families.items()
        if isinstance(node, kinds)
        for edit in family(tree, node)
    ]
    return sorted([*found, *_together(found)], key=lambda edit: (edit.cost, edit.line, edit.column))


def _together(found: list[Edit]) -> Iterator[Edit]:
    """The same slip in two or three lines, as one edit: `-=` for `+=` in that of w and in that of b."""
    kinds: dict[str, list[Edit]] = {}
    for edit in found:
        kinds.setdefault(edit.words, []).append(edit)
    for words, alike in kinds.items():
        alike, count = sorted(alike, key=lambda edit: edit.line), len(alike)
        touched = {(id(node), field) for edit in alike for node, field, _ in edit.changes}
        changes = tuple(change for edit in alike for change in edit.changes)
        if 1 < count <= 3 and len(touched) == len(changes) and len({edit.line for edit in alike}) == count:
            words = f"{words} (lines {' and '.join(str(edit.line) for edit in alike)})"
            code: Any = ast.Module([edit.code for edit in alike], [])  # type: ignore[misc]
            cost = max(edit.cost for edit in alike) + 0.3
            yield alike[0]._replace(words=words, cost=cost, changes=changes, code=code, header=False)


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


def axes(docstring: str) -> tuple[str, str] | None:
    """What the two dimensions of the arguments count, by the shapes in a docstring; None if that is not sure.

    n, m: examples; d: features; q, k beside n: classes.
    """
    counts = {"n": "examples", "m": "examples", "d": "features", "q": "classes", "k": "classes"}
    shapes = {
        (counts.get(one), counts.get(other)) for one, other in re.findall(r"\((\w+), (\w+)\)", docstring)
    }
    if len(shapes) != 1:
        return None
    ((one, other),) = shapes
    return (one, other) if one == "examples" and other in ("features", "classes") else None
