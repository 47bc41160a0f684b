"""The bank of exercises, a folder a chapter and three kinds of file an exercise.

NAME.py              the exercise: stub, hints, and the cases that an answer is tried on
NAME_mistakes.py     wrong answers, each under `@mistake` with the sentence that its writer is to read
NAME_accepted.py     right answers by another way than the chapter's

Answers are real code, all under the exercise's own name, so that editor, formatter and linter see them. They
are never imported: this module reads their source, and each is run alone, with the imports and helpers at the
head of its file. A file that grows past 200 lines goes on in NAME_mistakes_2.py.
"""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

Marked = Callable[..., Any]


def mistake(diagnosis: str) -> Callable[[Marked], Marked]:
    """Marks a wrong answer. diagnosis: what is wrong, and the remedy, in one sentence."""
    return lambda function: function


def again(function: Marked) -> Marked:
    """Marks a wrong answer with the mistake of the one above it, written in another way."""
    return function


class Source(NamedTuple):
    """The diagnosis of a wrong answer ("" of a right one), and the answer with what it needs."""

    diagnosis: str
    code: str


def answers(chapter: str, name: str, kind: str) -> list[Source]:
    """The answers of one kind, 'mistakes' or 'accepted', to the exercise `name`.

    Raises ValueError for a file in which an answer has no mark, or has not the exercise's name.
    """
    folders = [Path(folder) / chapter for folder in __path__]
    files = [file for folder in folders for file in sorted(folder.glob(f"{name}_{kind}*.py"))]
    return [one for file in files for one in _read(file, name, marked=kind == "mistakes")]


def _read(file: Path, name: str, *, marked: bool) -> Iterator[Source]:
    text = file.read_text(encoding="utf-8")
    lines = text.splitlines()
    found, head, diagnosis = [], [], ""
    for node in ast.parse(text, str(file)).body:
        above = node.decorator_list if isinstance(node, (ast.FunctionDef, ast.ClassDef)) else []
        marks = [one for one in above if _is_mark(one)]
        kept = [one.lineno for one in above if one not in marks]  # decorators of the answer itself
        source = "\n".join(lines[min([*kept, node.lineno]) - 1 : node.end_lineno])
        is_named = getattr(node, "name", "") == name
        if marks or is_named:
            if not is_named or marked != bool(marks):
                raise ValueError(
                    f"{file}, line {node.lineno}: an answer is called {name}, and only a wrong one is marked"
                )
            diagnosis = _diagnosis(marks, diagnosis)
            found.append((source, diagnosis))
        elif not (isinstance(node, ast.ImportFrom) and node.module == __name__) and not _is_text(node):
            head.append(source)
    for source, said in found:
        yield Source(said, "\n".join([*head, source]))


def _diagnosis(marks: list[ast.expr], above: str) -> str:
    if marks and isinstance(marks[0], ast.Call):
        return str(ast.literal_eval(marks[0].args[0]))
    return above


def _is_mark(decorator: ast.expr) -> bool:
    name = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(name, ast.Name) and name.id in (mistake.__name__, again.__name__)


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
