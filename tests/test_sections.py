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
    chapters: list[str]
    functions: list[str]
    shown: str  # by these tests, or why by none


def rows() -> list[Row]:
    found, note = [], ""
    for line in (ROOT / "docs/sections.md").read_text("utf-8").splitlines():
        if line.startswith("## Note "):
            note = line.removeprefix("## Note ")
        if line.startswith("| ") and not line.startswith("| section"):
            section, heading, names, functions, shown = (cell.strip() for cell in line.split("|")[1:-1])
            in_code = (re.findall("`([^`]*)`", cell) for cell in (names, functions))
            found.append(Row(note, section, heading, *in_code, shown))
    return found


ROWS = rows()
IDS = [f"{row.note} {row.section} {row.heading}" for row in ROWS]


@cache
def functions_of(file: str) -> set[str]:
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_the_right_side_of_a_row_is_there(row: Row) -> None:
    listed = [chapter.name for chapter in chapters()]
    modules = []
    for name in row.chapters:
        assert name.split(".")[0] in listed
        modules.append(importlib.import_module(f"chapters.{name}"))
    for name in row.functions:
        if name.startswith("d2l."):
            assert name.removeprefix("d2l.") in d2l.__all__
        else:
            first, *rest = name.split(".")
            (owner, *_) = [vars(module)[first] for module in modules if first in vars(module)]
            assert all(hasattr(owner, part) for part in rest)
    tests = re.findall("`(tests/[^`]*)`", row.shown)
    assert tests or len(row.shown) > 5, "a test, or the reason why there is none"
    for test in tests:
        file, _, name = test.partition("::")
        assert name in functions_of(file), test


@pytest.mark.parametrize("note", ["002", "003", "004"])
def test_every_heading_of_the_notes_has_a_row(note: str) -> None:
    folder = ROOT.parent / "shared/notes"
    if not folder.is_dir():
        pytest.skip("the notes are not beside this checkout")
    (file,) = folder.glob(f"{note}_*.txt")
    text = file.read_text("utf-8")
    if note == "002":
        headings = re.findall(r"^#{2,3} (.*)", text, re.MULTILINE)
    elif note == "003":  # "2.1 ...", but neither formulas nor the parts of a paper, "1. Title"
        headings = re.findall(r"^\d(?:\.[\dA]+)* ([^\W\d].*|n阶张量)", text, re.MULTILINE)
    else:  # comments of its code have no blank behind the mark
        headings = re.findall(r"^#{1,3} (.*)", text, re.MULTILINE)
    assert len(headings) > 15
    typed = [f"{row.section} {row.heading}" for row in ROWS if row.note == note]
    missing = [one for one in headings if not any(plain(one) in plain(row) for row in typed)]
    assert not missing


def plain(text: str) -> str:
    """Without blanks and the marks of headings."""
    return re.sub(r"[\s*`]", "", text)
