"""The folder of results: a file a run, under a name that says what decides its numbers."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from d2lcore.data.writing import explained, replacing

from .job import Job


class Results:
    """Results of runs, kept in a folder and found again.

    `numbers/` has a file a run with all that decides its numbers and the numbers, the same bytes however many
    run at once; `seconds/` has how long each took. Both have a subfolder for each two first digits of a key.
    """

    def __init__(self, folder: str | os.PathLike) -> None:
        self.folder = Path(folder)

    def prepare(self) -> None:
        """Make the folder. Raises CannotWrite if nothing can be written there."""
        with explained(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            if not os.access(self.folder, os.W_OK):
                raise PermissionError(13, "no permission")

    def file(self, key: str) -> Path:
        return self.folder / "numbers" / key[:2] / f"{key}.json"

    def _clock(self, key: str) -> Path:
        return self.folder / "seconds" / key[:2] / f"{key}.json"

    def find(self, job: Job) -> dict[str, float] | None:
        """The metrics of a run that was done before; None if it was not, or if its file is damaged."""
        found = _read(self.file(job.key))
        return (
            found["metrics"] if isinstance(found, dict) and isinstance(found.get("metrics"), dict) else None
        )

    def seconds(self, job: Job) -> float:
        """How long the run took; NaN if nobody knows."""
        found = _read(self._clock(job.key))
        return float(found) if isinstance(found, (int, float)) else float("nan")

    def keep(self, job: Job, metrics: dict[str, float], seconds: float) -> None:
        """Write both files whole, the numbers last: who finds them finds the time too."""
        text = json.dumps({**job.about, "metrics": metrics}, indent=1) + "\n"
        for file, content in ((self._clock(job.key), f"{seconds:.3f}\n"), (self.file(job.key), text)):
            with explained(file):
                file.parent.mkdir(parents=True, exist_ok=True)
                with replacing(file) as part:
                    part.write_text(content, encoding="utf-8")

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Every result that can be read: what decided it, and its metrics."""
        for file in sorted((self.folder / "numbers").glob("*/*.json")):
            found = _read(file)
            if isinstance(found, dict):
                yield found


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
