"""The bank of exercises, a folder a chapter and up to four kinds of file an exercise.

NAME.py              the exercise: stub, hints, and the cases that an answer is tried on
NAME_mistakes.py     wrong answers, each under `@mistake` with the sentence that its writer is to read
NAME_accepted.py     right answers by another way than the chapter's
NAME_forbidden.py    answers whose values are right, but which use what the exercise forbids

Answers are real code, all under the exercise's own name, so that editor, formatter and linter see them. They
are never imported: this module reads their source, and each is run alone, with the imports and helpers at the
head of its file. A file that grows past 200 lines goes on in NAME_mistakes_2.py.

A diagnosis that speaks of something in the source names it as its ground, so that nobody is told of an
`argmin` who has written none:

    @mistake("argmin finds the smallest score", needs="argmin")
    @mistake("the loop returns in its first round", needs=return_in_loop)
    @mistake("the sums are a row, not a column", needs=("sum", r"\bdim="), lacks="keepdim")

needs: all of it must be there. lacks: none of it may. Each is a regular expression or a function of
`d2lcourse/exercises/grounds.py` (import it there), or a tuple of such. The expression is searched, as
`re.search` does, in the bodies of the answer and of what it uses of its file, as `ast.unparse` writes them:
no comments or docstrings, single quotes, `dim=1` without blanks, a blank on both sides of an operator.
`@again` has the ground of the mistake above it.
"""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from d2lcourse.exercises import grounds
from d2lcourse.exercises.grounds import Ground
from d2lcourse.exercises.written import is_docstring

Marked = Callable[..., Any]


def mistake(
    diagnosis: str, *, needs: Ground | tuple[Ground, ...] = (), lacks: Ground | tuple[Ground, ...] = ()
) -> Callable[[Marked], Marked]:
    """Marks a wrong answer.

    diagnosis: what is wrong, and the remedy, in one sentence. needs, lacks: its ground, see above.
    """
    return lambda function: function


def again(function: Marked) -> Marked:
    """Marks a wrong answer with the mistake of the one above it, written in another way."""
    return function


class Source(NamedTuple):
    """The diagnosis of a wrong answer ("" of a right one), the answer with what it needs, and the grounds."""

    diagnosis: str
    code: str
    needs: tuple[Ground, ...] = ()
    lacks: tuple[Ground, ...] = ()


def answers(chapter: str, name: str, kind: str) -> list[Source]:
    """The answers of one kind, 'mistakes', 'accepted' or 'forbidden', to the exercise `name`.

    Raises ValueError for a file in which an answer has no mark, or has not the exercise's name.
    """
    folders = [Path(folder) / chapter for folder in __path__]
    files = [file for folder in folders for file in sorted(folder.glob(f"{name}_{kind}*.py"))]
    return [one for file in files for one in _read(file, name, marked=kind == "mistakes")]


def _read(file: Path, name: str, *, marked: bool) -> Iterator[Source]:
    text = file.read_text(encoding="utf-8")
    lines = text.splitlines()
    found: list[Source] = []
    head: list[str] = []
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
            found.append(_marked(marks, source, found, f"{file}, line {node.lineno}"))
        elif not (isinstance(node, ast.ImportFrom) and node.module in _MARKING) and not is_docstring(node):
            head.append(source)
    for one in found:
        yield one._replace(code="\n".join([*head, one.code]))


_MARKING = (__name__, grounds.__name__)  # what is imported from there is no part of an answer


def _marked(marks: list[ast.expr], source: str, above: list[Source], where: str) -> Source:
    """The answer with what its mark says; `@again` says what the mark above does."""
    if marks and isinstance(marks[0], ast.Call):
        keywords = {str(one.arg): _grounds(one.value, where) for one in marks[0].keywords}
        return Source(str(ast.literal_eval(marks[0].args[0])), source, **keywords)
    return above[-1]._replace(code=source) if marks and above else Source("", source)


def _grounds(value: ast.expr, where: str) -> tuple[Ground, ...]:
    """Raises ValueError for a ground that is neither a text nor a function of `grounds`."""
    if isinstance(value, ast.Tuple):
        return tuple(ground for one in value.elts for ground in _grounds(one, where))
    if isinstance(value, ast.Name) and callable(getattr(grounds, value.id, None)):
        return (getattr(grounds, value.id),)
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return (value.value,)
    raise ValueError(
        f"{where}: {ast.unparse(value)} is no ground: a text, or a function of {grounds.__name__}"
    )


def _is_mark(decorator: ast.expr) -> bool:
    name = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(name, ast.Name) and name.id in (mistake.__name__, again.__name__)
