"""What a page of the site has beside its chapter: how it was run, where to go on, and its numbers."""

import importlib.util
import re
from collections.abc import Iterator, Sequence
from typing import Any

from d2lcore.errors import require

from ..catalog import FOLDER
from ..exercises.exercise import exercises
from ..jobs.job import in_words, versions
from ..notebooks import FIRST_LINE
from .execute import Page
from .numbers import expected, measured

NOTES = re.compile(r"Notes: (.*?)\. ")


def names() -> list[str]:
    """Every page, dotted as below `chapters`; a package, whose page is its `__init__`, before its modules."""
    found = []
    for file in FOLDER.rglob("*.py"):
        with file.open(encoding="utf-8") as lines:
            if lines.readline() == FIRST_LINE:
                path = file.parent if file.stem == "__init__" else file.with_suffix("")
                found.append(".".join(path.relative_to(FOLDER).parts))
    return sorted(found)


def address(name: str) -> str:
    """Where in the site the page is, below its root."""
    base = "chapters/" + name.replace(".", "/")
    return f"{base}/index.ipynb" if FOLDER.joinpath(*name.split(".")).is_dir() else f"{base}.ipynb"


def finish(page: Page, built: Sequence[str]) -> Any:
    """The page's notebook with all that the site says about it; built: the pages that the site has."""
    notebook, cell = page.notebook, require("nbformat", "the site").v4.new_markdown_cell
    for one in notebook.cells:
        one.metadata.pop("execution", None)
    notebook.cells.insert(1, cell("\n".join(_about(page))))
    modules = [name for name in built if name.rpartition(".")[0] == page.name]
    if modules:
        files = [address(name).removeprefix(f"chapters/{page.name.replace('.', '/')}/") for name in modules]
        notebook.cells.append(cell("\n".join(["```{toctree}", *sorted(files), "```"])))
    for title, text in (("The numbers of this run", measured(page)), ("What to expect", expected(page))):
        if text:
            notebook.cells.append(cell(f"## {title}\n\n{text}"))
    for number, one in enumerate(notebook.cells):
        one["id"] = f"cell-{number}"  # jupytext draws them: the same page would be another file each time
    return notebook


def _about(page: Page) -> Iterator[str]:
    """The box below the title, and above it why the page is not whole."""
    if page.failed:
        yield from (":::{error}", f"This page could not be run to its end. {_plain(page.failed)}", ":::", "")
    lines = [*_run(page), *_further(page)]
    if lines:
        yield from (":::{admonition} This page", ":class: tip", *(f"- {line}" for line in lines), ":::")


def _run(page: Page) -> Iterator[str]:
    if page.seconds:
        size = f"`{in_words(page.knobs)}`" if page.knobs else "the default knobs"
        by = versions()
        yield (
            f"Run with {size} in {page.seconds:.0f} s (Python {by['python']}, torch {by['torch']}). "
            "The figures, and the numbers at the end, are of this run."
        )


def _further(page: Page) -> Iterator[str]:
    up = "../" * (address(page.name).count("/"))
    if cited := NOTES.search(" ".join(page.notebook.cells[0].source.split()) + " "):
        linked = re.sub(r"\b(00[0-4])\b", rf"[\1]({up}docs/sections.md#note-\1)", cited[1])
        yield f"In the notes: {linked}"
    chapter = page.name.split(".")[0]
    own = [name for name, one in exercises().items() if one.chapter == chapter]
    if own:
        commands = ", ".join(f"`d2lcore exercise start {name}`" for name in own)
        yield f"[Exercises]({up}docs/exercises.md): {commands}"
    if importlib.util.find_spec("d2lcourse.play") and importlib.util.find_spec(f"d2lcourse.play.{page.name}"):
        yield f"Move its knobs yourself: `d2lcore play {page.name}`"


def _plain(text: str) -> str:
    """Text of others, in which Markdown is to see nothing."""
    return re.sub(r"([\\`*_{}\[\]<>$|#:])", r"\\\1", text)
