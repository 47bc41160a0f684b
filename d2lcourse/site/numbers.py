"""The numbers of a page's run as a table, from scratch and concise side by side, and those expected."""

import importlib
import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from ..jobs.job import in_words
from ..reported import REPORTED, Reported
from ..reproduce import band_of, head, line, run_of
from .execute import Page

MOST = 40  # rows; a variant may report hundreds


def measured(page: Page) -> str:
    """A column a variant, a row a number: of more than `MOST` the first, and how many are left."""
    names = list(dict.fromkeys(name for metrics in page.metrics.values() for name in metrics))
    if not names:
        return ""
    rows = [["number", *(f"`{variant}`" for variant in page.metrics)]]
    for name in names[:MOST]:
        rows.append([name, *(number(metrics.get(name)) for metrics in page.metrics.values())])
    left = f"\nAnd {len(names) - MOST} more.\n" if len(names) > MOST else ""
    return table(rows) + left


def expected(page: Page) -> str:
    """What is expected of the chapter, beside what this page has run where it ran with the same knobs."""
    rows = [["number", "run", "the notes", "expected", "on this page"]]
    for row in REPORTED:
        if row.chapter == page.name and not row.module:
            band = band_of(row) or "only told"
            rows.append([row.number, f"`{run_of(row)}`", row.notes, band, _on(page, row)])
    return table(rows) if len(rows) > 1 else ""


def number(value: float | None) -> str:
    """Four digits, as a run prints them; nothing where a variant has no such number."""
    return "" if value is None else f"{value:.4g}"


def table(rows: list[list[str]]) -> str:
    """Rows as a Markdown table, the first as its head."""
    first, *others = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    return "\n".join([head(first), *map(line, others)]) + "\n"


def _on(page: Page, row: Reported) -> str:
    if row.run not in page.metrics:
        return "not run"
    if other := list(_other_knobs(page, row)):
        return f"this page ran with {', '.join(other)}"
    value = page.metrics[row.run][row.metric]
    inside = row.low <= value <= row.high
    return f"**{number(value)}**" + ("" if inside else ", outside: the band is for a mean over seeds")


def _other_knobs(page: Page, row: Reported) -> Iterator[str]:
    """The knobs of the page that are not those the number is for, as on a command line."""
    run = getattr(importlib.import_module(row.runs_in), row.run)
    defaults = {name: knob.default for name, knob in inspect.signature(run).parameters.items()}
    theirs: Mapping[str, Any] = {**defaults, **row.knobs}
    ours = {**defaults, **{name: value for name, value in page.knobs.items() if name in defaults}}
    for name, value in ours.items():
        if value != theirs[name]:
            yield f"`{in_words({name: value})}`"
