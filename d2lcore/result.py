"""What a run gives, and how it is saved."""

import json
import os
from dataclasses import dataclass, field
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

from .data.writing import explained, locked, replacing
from .errors import blaming, brief
from .figures import release, release_left
from .history import History
from .saved import write_weights

if TYPE_CHECKING:
    import matplotlib.figure


@dataclass
class Result:
    """What a chapter run gives: the trained net, its history, figures by name, metrics, and weights.

    figures: their names are those of the files. metrics: plain numbers, NaN and infinity too; by default the
    last row of the history.
    weights: the trained tensors by name, of a net that is a function; those of a module are its state.
    Pyplot forgets the figures, where it shows none, and those that trainings have left open.
    Raises TypeError or ValueError, naming the field, for others.
    """

    net: Any = None
    history: History = field(default_factory=History)
    figures: dict[str, "matplotlib.figure.Figure"] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
    weights: dict[str, Tensor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not isinstance(self.history, History):
            raise TypeError(f"history: expected a History, got {brief(self.history)}")
        _check_named("figures", self.figures)
        _check_named("metrics", self.metrics)
        for name, figure in self.figures.items():
            if not hasattr(figure, "savefig") or isinstance(figure, type):
                raise TypeError(f"figures: expected a matplotlib figure for {name!r}, got {brief(figure)}")
            if Path(name).name != name or name in ("", ".."):
                raise ValueError(f"figures: {name!r} cannot be the name of a file")
        for name, value in self.metrics.items():
            if isinstance(value, bool) or not isinstance(value, Real):
                raise TypeError(
                    f"metrics: expected a number for {name!r}, got {brief(value)}; float() makes one"
                )
        plain = (int, float)  # what json knows; NumPy's numbers are none
        self.metrics = {n: x if type(x) in plain else float(x) for n, x in self.metrics.items()}
        if not self.metrics and len(self.history):
            self.metrics = {name: float(value) for name, value in self.history[-1].items()}
        for figure in self.figures.values():
            release(figure)
        release_left()

    @property
    def figure(self) -> "matplotlib.figure.Figure | None":
        """The first figure."""
        return next(iter(self.figures.values()), None)

    def save(self, folder: str | os.PathLike, **about: Any) -> list[Path]:
        """Write metrics.json (with `about`), history.csv, weights.safetensors and `<name>.png` a figure.

        Returns their paths in `folder`. `net.load_state_dict(safetensors.torch.load_file(path))` reads the
        weights back; a run without trained weights writes none.
        Numbers first: a disk that gets full costs the figures only. Each file is replaced whole; what an
        earlier `save` wrote is removed, and while one writes, another waits: never files of two runs.
        Raises CannotWrite, naming the file, if one cannot be written.
        """
        with blaming("folder", folder):
            folder = Path(folder)
        with explained(folder):
            folder.mkdir(parents=True, exist_ok=True)
        with explained(folder / ".lock"), locked(folder / ".lock"):
            return self._save(folder, about)

    def _save(self, folder: Path, about: dict[str, Any]) -> list[Path]:
        summary, table = folder / "metrics.json", folder / "history.csv"
        state = self.net.state_dict() if isinstance(self.net, nn.Module) else self.weights
        figures = {folder / f"{name}.png": figure for name, figure in self.figures.items()}
        history = [table] if len(self.history) else []
        weights = [folder / "weights.safetensors"] if state else []
        files = [path.name for path in (*figures, *history, *weights)]
        report = {"metrics": self.metrics, **about, "files": files}
        written: list[Path] = []
        with explained(summary, written), replacing(summary) as part:
            part.write_text(json.dumps(report, indent=2, default=str) + "\n", encoding="utf-8")
            for stale in {*_files_listed_in(summary), *files}:  # of an earlier run
                (folder / stale).unlink(missing_ok=True)
        written.append(summary)
        for path in history:
            with explained(path, written), replacing(path) as part:
                self.history.to_frame().to_csv(part, index=False)
            written.append(path)
        for path in weights:
            with explained(path, written):
                write_weights(state, path)
            written.append(path)
        for path, figure in figures.items():
            with explained(path, written), replacing(path) as part:
                figure.savefig(part, format="png", dpi=150)
            written.append(path)
        return [*figures, *history, *weights, summary]


def _check_named(field_name: str, things: Any) -> None:
    if not isinstance(things, dict):
        raise TypeError(f"{field_name}: expected a dict from names to {field_name}, got {brief(things)}")
    for name in things:
        if not isinstance(name, str):
            raise TypeError(f"{field_name}: a name is a text, got {brief(name)}")


def _files_listed_in(summary: Path) -> list[str]:
    try:
        names = json.loads(summary.read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, LookupError, TypeError):
        return []
    return [name for name in names if isinstance(name, str) and Path(name).name == name]
