"""What a reader has written: the function of an answer as source text, never run here."""

import ast
import linecache
from pathlib import Path
from typing import NamedTuple

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class Written(NamedTuple):
    """The source of an answer.

    function: the answer, a `def` or a `class`. parts: it, and what it uses of the same file.
    text: their bodies as one text, without comments, docstrings, headings and the writer's way to set blanks.
    """

    function: Function
    parts: tuple[Function, ...]
    text: str


def written_in(file: str, name: str) -> Written | None:
    """The answer `name` in a file, or in the cell of a notebook that goes by the name of a file.

    None if it is not there, or no Python.
    """
    return written(source_in(file), name)


def source_in(file: str) -> str:
    """The text of a file, or of the cell of a notebook that goes by its name; "" if there is none."""
    if Path(file).exists() and not Path(file).is_file():  # a pipe or a device would keep us waiting
        return ""
    linecache.checkcache(file)
    return "".join(linecache.getlines(file))


def written(source: str, name: str) -> Written | None:
    """The answer `name` in the text of a file; None if it is not there, or no Python."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    own = {node.name: node for node in body if isinstance(node, Function)}
    if name not in own:
        return None
    parts = {name: own[name]}
    for part in (waiting := [own[name]]):
        for used in _names(part) & own.keys() - parts.keys():
            parts[used] = own[used]
            waiting.append(own[used])
    return Written(own[name], tuple(parts.values()), "\n".join(map(_text, parts.values())))


def _names(part: Function) -> set[str]:
    return {node.id for node in ast.walk(part) if isinstance(node, ast.Name)}


def _text(part: Function) -> str:
    body = [node for node in part.body if not is_docstring(node)]
    return "\n".join(ast.unparse(node) for node in body)


def is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
