"""What a run gives, and how it is saved."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .data.files import replacing
from .plotting import release
from .training import History

if TYPE_CHECKING:
    import matplotlib.figure


@dataclass
class Result:
    """What a chapter run gives: the trained net, its history, figures by name, and metrics.

    metrics: plain floats; by default the last row of the history.
    """

    net: Any = None
    history: History = field(default_factory=History)
    figures: dict[str, "matplotlib.figure.Figure"] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.metrics and len(self.history):
            self.metrics = {name: float(value) for name, value in self.history[-1].items()}
        for figure in self.figures.values():
            release(figure)

    @property
    def figure(self) -> "matplotlib.figure.Figure | None":
        """The first figure."""
        return next(iter(self.figures.values()), None)

    def save(self, folder: str | os.PathLike, **about: Any) -> list[Path]:
        """Write `<name>.png` a figure, history.csv and metrics.json (with `about`) to `folder`; their paths.

        Each file is replaced whole. What an earlier `save` wrote there and this one does not is removed.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        written = []
        for name, figure in self.figures.items():
            with replacing(folder / f"{name}.png") as part:
                figure.savefig(part, format="png", dpi=150)
            written.append(folder / f"{name}.png")
        if len(self.history):
            with replacing(folder / "history.csv") as part:
                self.history.to_frame().to_csv(part, index=False)
            written.append(folder / "history.csv")
        summary = folder / "metrics.json"
        files = [path.name for path in written]
        for stale in set(_files_listed_in(summary)) - set(files):
            (folder / stale).unlink(missing_ok=True)
        with replacing(summary) as part:
            report = {"metrics": self.metrics, **about, "files": files}
            part.write_text(json.dumps(report, indent=2, default=str) + "\n")
        return [*written, summary]


def _files_listed_in(summary: Path) -> list[str]:
    try:
        names = json.loads(summary.read_text())["files"]
    except (OSError, ValueError, LookupError, TypeError):
        return []
    return [name for name in names if isinstance(name, str) and Path(name).name == name]
