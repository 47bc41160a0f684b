"""A broken training: the script that a reader repairs, what to foresee, and the repairs that are known."""

import dataclasses
import functools
import importlib
from pathlib import Path
from typing import NamedTuple

from . import bank

LETTERS = "abcd"
FILES = Path(bank.__file__).parent

Edit = tuple[str, str]  # a piece of the script that is there once, and what to write instead


class WrongRepair(NamedTuple):
    """A plausible repair that does not do, and the sentence that its writer is to read."""

    diagnosis: str
    edits: tuple[Edit, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Lab:
    """A training with one fault.

    name, summary: after what its reader sees, not after the fault. chapter, notes: where it belongs.
    fault: in one sentence. rules: the findings of `d2lcore.checkup` that name it, one of which is raised.
    foresee: what a look inside may show, four of them; shows: the index of the one that it does show.
    hints: where to look, what is wrong there, the line. least: the test accuracy of a training that is
    right; most: instead, for a regression, its test error. num_test: examples in its test set.
    repair: the edits that remove the fault. accepted: other repairs. mistakes: wrong ones.
    """

    name: str
    summary: str
    chapter: str
    notes: str
    fault: str
    rules: tuple[str, ...]
    foresee: tuple[str, str, str, str]
    shows: int
    hints: tuple[str, str, str]
    repair: tuple[Edit, ...]
    mistakes: tuple[WrongRepair, ...]
    accepted: tuple[tuple[Edit, ...], ...]
    least: float | None = None
    most: float | None = None
    num_test: int = 360

    @property
    def file(self) -> Path:
        return FILES / f"{self.name}.py"

    @property
    def script(self) -> str:
        """The broken script."""
        return self.file.read_text(encoding="utf-8")

    @property
    def start(self) -> str:
        """The file that a reader starts from."""
        return (
            f'"""A training with one fault, of the chapter {self.chapter}. It runs, and is wrong.\n\n'
            "Run it as it is, find the fault, repair it here. Keep the names that are there: the check uses\n"
            "net, train_iter, test_iter, loss, updater, step, evaluate and train.\n\n"
            f'Check it with: d2lcore exercise check {self.name}\n"""\n\n{self.script}'
        )

    def edited(self, edits: tuple[Edit, ...]) -> str:
        """The script after the edits. Raises ValueError for one whose old piece is not there exactly once."""
        text = self.script
        for old, new in edits:
            if text.count(old) != 1:
                raise ValueError(f"{self.name}: {old!r} is there {text.count(old)} times")
            text = text.replace(old, new)
        return text

    @property
    def wanted(self) -> str:
        return f"at least {self.least:g}" if self.least is not None else f"at most {self.most:g}"

    @property
    def measure(self) -> str:
        return "test error" if self.least is None else "test accuracy"

    def reached(self, value: float) -> bool:
        """Whether a test accuracy, or error, is that of a training without the fault; NaN is not."""
        return value >= self.least if self.least is not None else value <= (self.most or 0.0)


@functools.cache
def labs() -> dict[str, Lab]:
    """Every broken training by name, in the order of `bank.ORDER`."""
    return {name: importlib.import_module(f"{bank.__name__}.about_{name}").LAB for name in bank.ORDER}
