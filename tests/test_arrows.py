"""Imports point one way: chapters to d2lcore, later chapters to earlier ones, and down the layers below."""

import ast
from pathlib import Path

import pytest

from d2lcourse.catalog import chapter_file, chapters

ROOT = Path(__file__).parents[1]
CHAPTERS = [chapter.name for chapter in chapters()]
# What a module of d2lcore may import from d2lcore, by layers: only from lines above its own.
LAYERS = [
    {"errors", "files", "devices"},
    {"batches", "data_files", "linear", "metrics", "plotting", "catalog", "command"}
    | {"exercises", "isolation"},
    {"datasets", "observation"},
    {"holdings", "training", "checking"},
    {"runner", "doctor", "reproduce", "exercise_cli"},
    {"cli"},
]


def imported(file: Path) -> set[str]:
    """Every module that a file imports, inside functions too, with d2lcore's own as 'd2lcore.x'."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = f"d2lcore.{node.module}" if node.level and node.module else node.module or "d2lcore"
            found |= {module} | {f"{module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_imports_only_earlier_chapters(name: str) -> None:
    later = {f"chapters.{other}" for other in CHAPTERS[CHAPTERS.index(name) :]}
    assert not imported(chapter_file(name)) & later


@pytest.mark.parametrize("file", sorted((ROOT / "d2lcore").glob("*.py")), ids=lambda file: file.stem)
def test_d2lcore_imports_no_chapter(file: Path) -> None:
    assert not [module for module in imported(file) if module.split(".")[0] == "chapters"]


def test_modules_of_d2lcore_import_only_from_layers_below() -> None:
    level = {module: i for i, layer in enumerate(LAYERS) for module in layer}
    files = {file.stem: file for file in (ROOT / "d2lcore").glob("*.py") if file.stem != "__init__"}
    assert set(files) == set(level), "a module is missing from LAYERS, or gone"
    for module, file in files.items():
        for other in imported(file):
            name = other.removeprefix("d2lcore.").split(".")[0]
            if other.startswith("d2lcore.") and name in level and name != module:
                assert level[name] < level[module], f"{module} imports {name}"


def test_every_chapter_is_in_the_reading_order() -> None:
    files = {file.stem for file in (ROOT / "chapters").glob("*.py")} - {"__init__", "reported"}
    packages = {folder.parent.name for folder in (ROOT / "chapters").glob("*/__init__.py")}
    assert files | packages == set(CHAPTERS)
