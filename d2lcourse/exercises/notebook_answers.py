"""An answer in a notebook: of all its code the function, and what that needs; no training, no plots."""

import ast
import json
import re
from collections.abc import Iterator
from typing import NamedTuple

_KEPT_MAGICS = ("%%time", "%%capture", "%%timeit")  # whose cell is Python all the same
_BINDS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom,
          ast.Assign, ast.AnnAssign, ast.AugAssign, ast.If, ast.Try)  # fmt: skip


def code_cells(content: bytes) -> tuple[str, ...]:
    """The source of each code cell. Raises ValueError, a sentence without its subject, if there is none."""
    try:
        cells = json.loads(content)["cells"]
        sources = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
        return tuple(one if isinstance(one, str) else "".join(one) for one in sources)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ValueError("is not a notebook that can be read: save it again in Jupyter") from None


class Statement(NamedTuple):
    """A statement at the left margin of a cell. first, last: its lines, counted from 0 over all cells."""

    node: ast.stmt
    first: int
    last: int


class Code(NamedTuple):
    """text: all cells, blank but for an answer and what it needs. starts: of the cells in it."""

    text: str
    starts: tuple[int, ...]

    def place(self, line: int) -> tuple[int, int]:
        """The code cell and the line in it, both counted from 1, of a line of `text`."""
        cell = sum(start < line for start in self.starts)
        return cell, line - self.starts[cell - 1]


def answer_in(cells: tuple[str, ...], name: str) -> Code:
    """The answer `name`: its last definition, the functions, imports and constants that it uses, and theirs.

    If no cell that is Python defines it, the last cell that seems to is kept as it is, with its error.
    """
    starts: list[int] = []
    lines: list[str] = []
    statements: list[Statement] = []
    broken: range | None = None
    for cell in cells:
        start = len(lines)
        starts.append(start)
        source, body = _parsed(cell)
        lines += source.split("\n")
        if body is None and re.search(rf"^(?:def|class) +{name}\b", cell, re.MULTILINE):
            broken = range(start, len(lines))
        statements += [_statement(node, start) for node in body or ()]
    needed = _needed(statements, name)
    kept = {line for one in needed for line in range(one.first, one.last + 1)}
    if not needed and broken:
        kept = set(broken)
    return Code("\n".join(line if i in kept else "" for i, line in enumerate(lines)), tuple(starts))


def _parsed(cell: str) -> tuple[str, list[ast.stmt] | None]:
    """The cell without the notebook's commands, in as many lines; its statements, None if it is no Python."""
    magic = cell.lstrip().startswith("%%")
    if magic and not cell.lstrip().startswith(_KEPT_MAGICS):
        return "\n" * cell.count("\n"), []
    plain = re.sub(r"^([ \t]*)[%!?].*$", r"\1pass", cell, flags=re.MULTILINE)
    for source in [plain] if magic else [cell, plain]:
        try:
            return source, ast.parse(source).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return plain, None


def _statement(node: ast.stmt, start: int) -> Statement:
    first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))])
    return Statement(node, start + first - 1, start + (node.end_lineno or first) - 1)


def _needed(statements: list[Statement], name: str) -> list[Statement]:
    """The statements that define `name`, and what they use, in their order; none if nothing does."""
    binding: dict[str, list[int]] = {}
    for i, one in enumerate(statements):
        for bound in _bound(one.node):
            replaces = isinstance(one.node, (ast.FunctionDef, ast.ClassDef))
            binding[bound] = [i] if replaces else [*binding.get(bound, []), i]
    waiting, seen, kept = [name], {name}, set(binding.get("*", []) if name in binding else ())
    while waiting:
        for i in set(binding.get(waiting.pop(), ())) - kept:
            kept.add(i)
            used = {node.id for node in ast.walk(statements[i].node) if isinstance(node, ast.Name)} - seen
            seen |= used
            waiting += used
    return [statements[i] for i in sorted(kept)]


def _bound(node: ast.stmt) -> Iterator[str]:
    """The names that a statement gives a meaning: none of a loop, which may be a training."""
    if not isinstance(node, _BINDS):
        return
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
        return
    for part in ast.walk(node):
        if isinstance(part, ast.alias):
            yield (part.asname or part.name).split(".")[0]
        elif isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            yield part.id
        elif isinstance(part, (ast.FunctionDef, ast.ClassDef)):
            yield part.name
