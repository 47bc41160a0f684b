"""The chapters: their reading order, titles and files, found without importing any."""

import importlib
import importlib.util
from pathlib import Path
from typing import NamedTuple


class Chapter(NamedTuple):
    name: str
    part: str
    title: str  # the heading of its first cell
    summary: str  # the line below


def chapters() -> list[Chapter]:
    """Every chapter in reading order. Raises ImportError if the package `chapters` is not installed."""
    order: dict[str, tuple[str, ...]] = importlib.import_module("chapters").READING_ORDER
    return [Chapter(name, part, *_heading(name)) for part, names in order.items() for name in names]


def chapter_file(name: str) -> Path:
    """The file whose first cell is the heading of chapter `name`."""
    spec = importlib.util.find_spec(f"chapters.{name}")
    if spec is None or spec.origin is None:
        raise ImportError(f"chapters.{name} is listed in READING_ORDER but cannot be found")
    return Path(spec.origin)


def _heading(name: str) -> tuple[str, str]:
    with chapter_file(name).open(encoding="utf-8") as file:
        cell = [line.removeprefix("#").strip() for _, line in zip(range(3), file, strict=False)]
    return cell[1].removeprefix("#").strip(), cell[2]
