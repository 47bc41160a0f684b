"""The ledger in Markdown, from the outcomes of sections."""

import dataclasses
import re
from collections.abc import Iterable, Sequence
from statistics import median

from .published import Outcome, Section, cause

CUDA = re.compile("CUDA|NVIDIA", re.IGNORECASE)


@dataclasses.dataclass
class Line:
    """A section, run here and with the book's package, each as often as wished."""

    section: Section
    here: list[Outcome]
    book: list[Outcome]

    def failed(self, side: str) -> list[str]:
        """The error of every cell, '' if it ran, of the first run."""
        runs: list[Outcome] = getattr(self, side)
        return runs[0].errors if runs else []

    def needs_cuda(self, cell: int) -> bool:
        """Whether a cell fails here for want of a GPU, or of what such a cell would have made."""
        errors = self.failed("here")
        return bool(errors[cell] and CUDA.search(errors[cause(errors, self.section.sources, cell)]))

    def ran(self, side: str) -> int:
        return sum(not error for error in self.failed(side))

    def cpu(self, side: str) -> float | None:
        times = [one.cpu for one in getattr(self, side) if one.cpu is not None]
        return median(times) if times else None


def ledger(edition: str, label: str, lines: Sequence[Line]) -> Iterable[str]:
    """What an edition adds up to; a row a section; and every cell that does not run, with the reason.

    label: the book's package; '' if there is none, and then it has no columns.
    """
    books = [label] if label else []
    yield f"\n## Edition {edition}\n"
    yield from _sums(label, lines)
    ratio = ["ratio"] if label else []
    yield "\n" + _row("section", "notebook", "cells", "here", *books, "CPU s here", *books, *ratio)
    yield _row(*["---"] * (5 + 3 * len(books)))
    for line in lines:
        yield _section_row(line, bool(label))
    failures = [row for line in lines for row in _failures(line, bool(label))]
    if failures:
        yield f"\nCells that do not run:\n\n{_row('section', 'cell', 'begins', 'here', *books)}"
        yield _row(*["---"] * (4 + len(books)))
        yield from failures


def _section_row(line: Line, with_book: bool) -> str:
    sides = ("here", "book") if with_book else ("here",)
    counts = [str(line.ran(side)) for side in sides]
    for i, side in enumerate(sides):
        if stopped := len(getattr(line, side)[0].stopped):
            counts[i] += f", {stopped} stopped"
    times = [line.cpu(side) for side in sides]
    seconds = [f"{time:.1f}" if time else "" for time in times]
    if with_book:
        seconds.append(f"{times[0] / times[1]:.2f}" if times[0] and times[1] else "")
    section = line.section
    return _row(
        section.number, f"{section.chapter}/{section.name}", str(len(section.sources)), *counts, *seconds
    )


def _sums(label: str, lines: Sequence[Line]) -> Iterable[str]:
    cells = sum(len(line.section.sources) for line in lines)
    here, book = (sum(line.ran(side) for line in lines) for side in ("here", "book"))
    cuda = sum(line.needs_cuda(i) for line in lines for i in range(len(line.section.sources)))
    lost = [
        f"{line.section.number} cell {i + 1}"
        for line in lines
        for i, (a, b) in enumerate(zip(line.failed("here"), line.failed("book"), strict=False))
        if a and not b
    ]
    share = f"{here} run here ({100 * here / max(1, cells - cuda):.1f} %)"
    beside = f" and {book} with {label}" if label else ""
    yield f"{cells} cells. {cuda} need a GPU; of the other {cells - cuda}, {share}{beside}."
    if label:
        yield f"Cells that run with {label} and not here: {', '.join(lost) or 'none'}."


def _failures(line: Line, with_book: bool) -> Iterable[str]:
    """A row for every cell that fails on a side."""
    sides = [line.failed(side) for side in (("here", "book") if with_book else ("here",))]
    for cell, source in enumerate(line.section.sources):
        if any(errors[cell] for errors in sides):
            texts = [_reason(line, errors, cell) for errors in sides]
            yield _row(line.section.number, str(cell + 1), f"`{_short(source, 40)}`", *texts)


def _reason(line: Line, errors: list[str], cell: int) -> str:
    if not errors[cell]:
        return "runs"
    root = cause(errors, line.section.sources, cell)
    if root != cell:
        return f"follows from cell {root + 1}"
    return f"`{_short(errors[cell], 110)}`"


def _short(text: str, length: int) -> str:
    """The first line of a text, fit for a cell of a table between backquotes."""
    first = next((one for one in text.splitlines() if one.strip() and one[0] not in "%#"), text)
    first = first.strip().replace("`", "'").replace("|", "\\|")
    return first if len(first) <= length else first[: length - 3] + "..."


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
