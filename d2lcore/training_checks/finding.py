"""What a checkup gives: findings, the worst first, as a text, a table and a figure."""

import html
import textwrap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..figures import lazy_figure, pyplot

if TYPE_CHECKING:
    import matplotlib.figure

LEVELS = ("wrong", "suspect", "note")
PARTS = {"seen": "seen", "means": "means", "change": "change", "otherwise": "or", "notes": "notes"}
HEALTHY = "Nothing wrong was found. That is no proof: a checkup knows only the mistakes that it looks for."


@dataclass(frozen=True)
class Finding:
    """One mistake, or what may be one.

    rule: its name, such as "no_zero_grad". level: "wrong": it will not learn, or a reported number is false;
    "suspect": it looks like a mistake, and `means` says why it may be on purpose; "note": worth knowing.
    seen: what was measured. means: what that means. change: what to write instead.
    otherwise: a second explanation, less likely, and how to decide; often empty.
    notes: the file and section of the notes, such as "004 3.8.2".
    """

    rule: str
    level: str
    seen: str
    means: str
    change: str
    otherwise: str = ""
    notes: str = ""

    def __post_init__(self) -> None:
        if self.level not in LEVELS:
            raise ValueError(f"level: expected one of {', '.join(LEVELS)}, got {self.level!r}")

    @property
    def title(self) -> str:
        """The rule in words: "no zero grad"."""
        return self.rule.replace("_", " ")

    def __str__(self) -> str:
        lines = [f"{self.level.upper()}: {self.title}"]
        for part, label in PARTS.items():
            if text := getattr(self, part):
                indent = " " * 10
                lines.append(textwrap.fill(text, 98, initial_indent=f"  {label:8}", subsequent_indent=indent))
        return "\n".join(lines)


@dataclass
class Checkup:
    """What `d2lcore.checkup` found. `print` shows it; `findings` is for programs, the worst first.

    draw: fills a figure with what was measured. seconds: how long the checkup took.
    """

    findings: list[Finding] = field(default_factory=list)
    draw: Callable[["matplotlib.figure.Figure"], Any] | None = field(default=None, repr=False)
    seconds: float = 0.0

    def __post_init__(self) -> None:
        self.findings = sorted(self.findings, key=lambda one: LEVELS.index(one.level))

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    @property
    def wrong(self) -> list[Finding]:
        return [one for one in self.findings if one.level == "wrong"]

    @property
    def suspect(self) -> list[Finding]:
        return [one for one in self.findings if one.level == "suspect"]

    @property
    def rules(self) -> list[str]:
        """The names of what is wrong or suspect, the worst first."""
        return [one.rule for one in self.findings if one.level != "note"]

    @property
    def figure(self) -> "matplotlib.figure.Figure":
        """What was measured: the loss, activations and gradients by layer, sizes of the updates."""
        figure = lazy_figure((9, 5.5))
        pyplot().close(figure)  # it is given back, and pyplot is not to show it too
        if self.draw is not None:
            self.draw(figure)
        return figure

    def __str__(self) -> str:
        return "\n\n".join([self._headline(), *map(str, self.findings)])

    def _headline(self) -> str:
        counts = [sum(one.level == level for one in self.findings) for level in LEVELS]
        if not any(counts[:2]):
            return HEALTHY
        return "Checkup: " + ", ".join(
            f"{count} {level}" for count, level in zip(counts, LEVELS, strict=True) if count
        )

    def __repr__(self) -> str:
        return f"Checkup({', '.join(self.rules) or 'nothing wrong found'})"

    def _repr_html_(self) -> str:
        head = _cells("th", ["", "finding", "seen", "means", "change", "notes"])
        rows = [
            _cells("td", [one.level, one.title, one.seen, _both(one), one.change, one.notes])
            for one in self.findings
        ]
        return f"<p>{html.escape(self._headline())}</p>" + (
            f"<table>{head}{''.join(rows)}</table>" if rows else ""
        )


def _both(finding: Finding) -> str:
    return f"{finding.means} Or: {finding.otherwise}" if finding.otherwise else finding.means


def _cells(tag: str, texts: Iterable[str]) -> str:
    style = ' style="text-align: left; vertical-align: top"'
    return f"<tr>{''.join(f'<{tag}{style}>{html.escape(text)}</{tag}>' for text in texts)}</tr>"
