"""docs/sections.md: each heading of the notes has a chapter that is there, with its functions and tests."""

import ast
import importlib
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

import d2lcore as d2l
from d2lcourse.catalog import chapters

ROOT = Path(__file__).parents[1]


class Row(NamedTuple):
    note: str
    section: str
    heading: str
    chapters: str
    functions: str
    shown: str  # by these tests, or why by none


def rows() -> list[Row]:
    found, note = [], ""
    for line in (ROOT / "docs/sections.md").read_text("utf-8").splitlines():
        if line.startswith("## Note "):
            note = line.removeprefix("## Note ")
        if line.startswith("| ") and not line.startswith("| section"):
            found.append(Row(note, *(cell.strip() for cell in line.split("|")[1:-1])))
    return found


def names_in(cell: str) -> list[str]:
    """The names of a cell: "-" is none, and nothing may stand there that is no name."""
    assert re.fullmatch(r"-|`[^`]+`(, `[^`]+`)*", cell), cell
    return re.findall("`([^`]+)`", cell)


ROWS = rows()
IDS = [f"{row.note} {row.section} {row.heading}" for row in ROWS]


@cache
def functions_of(file: str) -> set[str]:
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_the_right_side_of_a_row_is_there(row: Row) -> None:
    assert row.heading
    listed = [chapter.name for chapter in chapters()]
    modules = []
    for name in names_in(row.chapters):
        assert name.split(".")[0] in listed
        modules.append(importlib.import_module(f"chapters.{name}"))
    for name in names_in(row.functions):
        if name.startswith("d2l."):
            assert name.removeprefix("d2l.") in d2l.__all__
        else:
            first, *rest = name.split(".")
            owners = [vars(module)[first] for module in modules if first in vars(module)]
            assert owners, f"{name} is in none of {row.chapters}"
            assert all(hasattr(owners[0], part) for part in rest), name
    tests = re.findall("`(tests/[^`]*)`", row.shown)
    assert tests or len(row.shown) > 5, "a test, or the reason why there is none"
    assert "test_" not in re.sub("`tests/[^`]*`", "", row.shown), "tests are `tests/FILE.py::NAME`"
    for test in tests:
        file, _, name = test.partition("::")
        assert name in functions_of(file), test


def headings_of(note: str, text: str) -> list[tuple[str, str]]:
    """Section and name of each heading, in order; one without a number is of the section above it."""
    if note == "000":
        return re.findall(r"^(第一章|\d(?:\.\d)+) (\S.*)", text, re.MULTILINE)
    if note == "002":
        return [("", name) for name in re.findall(r"^#{2,3} (.*)", text, re.MULTILINE)]
    if note == "003":  # "2.1 ...", but neither formulas nor the parts of a paper, "1. Title"
        return re.findall(r"^(\d(?:\.[\dA]+)*) ([^\W\d].*)", text, re.MULTILINE)
    found, section = [], ""  # comments in the code of 004 have no blank behind the mark
    for line in re.findall(r"^#{1,3} (.*)", text, re.MULTILINE):
        number, name = re.fullmatch(r"(\d(?:\.\d+)+(?= ))?(.*)", line).groups()
        section = number or section
        found.append((section, name))
    return found


# Counted by hand, so that a pattern that finds too little is noticed.
HEADINGS = {"000": 11, "002": 21, "003": 43, "004": 44}


@pytest.mark.parametrize("note", HEADINGS)
def test_every_heading_of_the_notes_has_a_row_in_its_place(note: str) -> None:
    folder = ROOT.parent / "shared/notes"
    if not folder.is_dir():
        pytest.skip("the notes are not beside this checkout")
    (file,) = folder.glob(f"{note}_*.txt")
    headings = headings_of(note, file.read_text("utf-8"))
    assert len(headings) == HEADINGS[note]
    typed = [(row.section, plain(row.heading)) for row in ROWS if row.note == note]
    places = []
    for section, name in headings:
        of_it = [i for i, (at, heading) in enumerate(typed) if at == section and is_of(plain(name), heading)]
        assert of_it, f"{section} {name} has no row"
        places.append(of_it[0])
    assert places == sorted(places), "the rows are in the order of the note"
    assert {section for section, _ in typed} == {section for section, _ in headings}


def is_of(name: str, heading: str) -> bool:
    """Whether a row's heading is that of the note, or a part of it: "name (part)"."""
    return heading == name or heading.startswith(f"{name}(")


def plain(text: str) -> str:
    """Without blanks and the marks of headings."""
    return re.sub(r"[\s*`]", "", text)
