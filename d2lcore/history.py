"""The numbers of a training, epoch by epoch: as rows, as a table and as curves."""

import math
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from .errors import brief
from .figures import lazy_figure, leave_open, pyplot
from .plotting import plot

if TYPE_CHECKING:
    import matplotlib.figure
    import pandas

FIGSIZE = (5, 3.2)


class History:
    """One row of numbers an epoch: `history[-1]["test_acc"]`, `history["train_loss"]` for a whole column.

    seconds: wall-clock time of the epochs so far, evaluation included.
    """

    def __init__(self) -> None:
        self.rows: list[dict[str, float]] = []
        self.seconds = 0.0

    def add(self, **row: float) -> None:
        self.rows.append(row)

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[dict[str, float]]:
        return iter(self.rows)

    def __getitem__(self, key: Any) -> Any:
        """The row number `key`, or the list of values of the column named `key`."""
        return [row[key] for row in self.rows] if isinstance(key, str) else self.rows[key]

    def __str__(self) -> str:
        return "\n".join(format_row(row) for row in self.rows) or "no epochs yet"

    def __repr__(self) -> str:
        """One line, for the end of a notebook's cell, below the curves; `print` gives every row."""
        count = f"{len(self)} epoch{'s' * (len(self) != 1)}"
        last = {name: value for name, value in self.rows[-1].items() if name != "epoch"} if self.rows else {}
        return f"History({count}; the last: {format_row(last)})" if last else f"History({count})"

    def to_frame(self) -> "pandas.DataFrame":
        """The rows as a pandas data frame."""
        import pandas

        return pandas.DataFrame(self.rows)

    def plot(self, yscale: str = "linear") -> "matplotlib.figure.Figure":
        """A figure with one curve a column, over the epochs; yscale: 'linear' or 'log'."""
        figure = lazy_figure(FIGSIZE)
        pyplot().close(figure)  # it is given back, and pyplot is not to show it too
        self._draw(figure, yscale)
        return figure

    def _draw(self, figure: "matplotlib.figure.Figure", yscale: str = "linear") -> None:
        axes = figure.subplots()
        if columns := [name for name in (self.rows[0] if self.rows else {}) if name != "epoch"]:
            curves = [[row.get(name, math.nan) for row in self.rows] for name in columns]
            plot(self["epoch"], curves, **curve_style(len(self), columns), yscale=yscale, axes=axes)

    def leave_figure(self) -> None:
        """Leave the curves to pyplot, which draws them for `plt.show()` or `plt.savefig()`."""
        try:
            leave_open(FIGSIZE, self._draw)
        except Exception as error:  # a window that cannot be opened is no reason to lose a training
            tqdm.write(f"no figure of the training: {brief(error)}", file=sys.stderr)


def curve_style(num_epochs: int, columns: list[str]) -> dict[str, Any]:
    """How one curve a column is drawn: points are marked where they are few."""
    return {
        "xlabel": "epoch",
        "legend": [name.replace("_", " ") for name in columns],
        "xlim": (0.5, num_epochs + 0.5),
        "fmts": ("o-", "ms--", "g^-.", "rv:") if num_epochs <= 20 else ("-", "m--", "g-.", "r:"),
    }


def format_row(row: dict[str, float]) -> str:
    """'epoch  3  train_loss 0.5167  test_loss 2.31e-05'."""
    return "  ".join(f"{name} {_number(value)}" for name, value in row.items())


def _number(value: float) -> str:
    if isinstance(value, int):
        return f"{value:2d}"
    return f"{value:.4f}" if value == 0 or abs(value) >= 1e-3 else f"{value:.2e}"
