"""What each edition of the book exports, read from `exports.tsv`.

A row is one name of one edition: the section that defines it, the title of its chapter, its signature, and
status with where:
    here        it is in d2lcore, under its name or as `where`, a "module:name"
    alias       `where` is a function of torch, "torch:cos", or a method of tensors, "Tensor.reshape"
    module      a library that the book's package imports for its pages: `d2l.np`, `d2l.plt`
    elsewhere   it belongs to a chapter that this project does not have
    renamed     a name of pages before edition 2.0; `where` is what to write today
No torch is imported here, so that a wrong name costs nothing but its answer.
"""

import difflib
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import NamedTuple


class Export(NamedTuple):
    edition: str
    section: str
    chapter: str
    name: str
    signature: str
    status: str
    where: str


@cache
def exports() -> tuple[Export, ...]:
    """Every row of the table."""
    text = resources.files(__package__).joinpath("exports.tsv").read_text(encoding="utf-8")
    width = len(Export._fields)
    rows = [line.split("\t") for line in text.splitlines()[1:]]
    return tuple(Export(*row, *[""] * (width - len(row))) for row in rows)


@cache
def named() -> dict[str, tuple[Export, ...]]:
    """The rows of each name."""
    rows: dict[str, tuple[Export, ...]] = {}
    for row in exports():
        rows[row.name] = (*rows.get(row.name, ()), row)
    return rows


def places(rows: Iterable[Export]) -> str:
    """'chapter 9 of edition 2.0 (9.7, modern recurrent networks) and chapter 10 of edition 1.0 (...)'."""
    return " and ".join(
        f"chapter {row.section.split('.')[0]} of edition {row.edition} ({row.section}, {row.chapter})"
        for row in rows
    )


def explain(name: str, known: Iterable[str], owner: str = "d2lcore") -> str:
    """Why `owner` has no `name`, and what to do: the message of an AttributeError.

    known: the names that it has; the nearest is proposed, if it is a slip of the pen and no other task.
    """
    rows = named().get(name, ())
    status = {row.status: row for row in rows}
    if "elsewhere" in status:
        hint = f"the book has it in {places(rows)}; that chapter is not here"
    elif "renamed" in status:
        hint = f"here it is {status['renamed'].where}"
    elif "alias" in status:
        hint = f"it is {status['alias'].where.replace(':', '.')}, or write `from d2lcore import torch as d2l`"
    elif rows and (rows[0].where or rows[0].status == "module"):
        hint = "write `from d2lcore import torch as d2l`, as the book does"
    elif rows:
        hint = f"the book has it in {places(rows)}; it is not here yet"
    elif nearest := _slip_of(name, known):
        hint = f"did you mean {nearest}?"
    else:
        hint = f"no edition of the book exports it; dir({owner}) lists the names"
    return f"{owner} has no name {name!r}; {hint}"


def _slip_of(name: str, known: Iterable[str]) -> str | None:
    """The nearest known name; its digits must be the same, since train_ch8 is not train_ch3 mistyped."""

    def digits(text: str) -> str:
        return "".join(filter(str.isdigit, text))

    alike = [one for one in known if digits(one) == digits(name)]
    near = difflib.get_close_matches(name, alike, n=1, cutoff=0.75)
    return near[0] if near else None
