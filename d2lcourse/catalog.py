"""The chapters: their reading order, titles and files, found without importing any."""

import importlib
import importlib.util
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).resolve().parents[1] / "chapters"  # the one installed with this package


class Chapter(NamedTuple):
    name: str
    part: str
    title: str  # the heading of its first cell
    summary: str  # the lines below, as one


def chapters() -> list[Chapter]:
    """Every chapter in reading order. Raises ImportError if another package `chapters` hides them."""
    _check_not_hidden()
    order: dict[str, tuple[str, ...]] = importlib.import_module("chapters").READING_ORDER
    return [Chapter(name, part, *_heading(name)) for part, names in order.items() for name in names]


def chapter_file(name: str) -> Path:
    """The file whose first cell is the heading of chapter `name`, which may be dotted for a module of one."""
    spec = importlib.util.find_spec(f"chapters.{name}")
    if spec is None or spec.origin is None:
        raise ImportError(f"chapters.{name} is listed in READING_ORDER but cannot be found")
    return Path(spec.origin)


def _check_not_hidden() -> None:
    """A folder `chapters` of the reader's own, in the current directory say, comes first on Python's path."""
    spec = importlib.util.find_spec("chapters")
    if spec is None:
        raise ImportError(f"there are no chapters in {FOLDER}: install d2lcore again")
    found = Path(spec.origin) if spec.origin else None
    if found is None or found.resolve() != FOLDER / "__init__.py":
        where = found.parent if found and found.name == "__init__.py" else found
        raise ImportError(
            f"{where} hides the chapters of d2lcore, which are in {FOLDER}: "
            "rename it, or start Python in another folder"
        )


def _heading(name: str) -> tuple[str, str]:
    with chapter_file(name).open(encoding="utf-8") as file:
        cell = [line.removeprefix("#").strip() for line in takewhile(lambda line: line.rstrip() != "#", file)]
    return cell[1].removeprefix("#").strip(), " ".join(cell[2:])
