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
    run at once, in a subfolder for the two first digits of its key. `seconds.txt` says how long each took.
    """

    def __init__(self, folder: str | os.PathLike) -> None:
        self.folder = Path(folder)

    def prepare(self) -> None:
        """Make the folder. Raises CannotWrite if nothing can be written there."""
        with explained(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / "seconds.txt").open("a"):
                pass

    def file(self, key: str) -> Path:
        return self.folder / "numbers" / key[:2] / f"{key}.json"

    def find(self, job: Job) -> dict[str, float] | None:
        """The metrics of a run that was done before; None if it was not, or if its file is damaged."""
        found = _read(self.file(job.key))
        return (
            found["metrics"] if isinstance(found, dict) and isinstance(found.get("metrics"), dict) else None
        )

    def forget(self, job: Job) -> None:
        """Remove the result of a run, if there is one."""
        with explained(self.file(job.key)):
            self.file(job.key).unlink(missing_ok=True)

    def seconds(self) -> dict[str, float]:
        """How long each run took, by the key of its job."""
        with (self.folder / "seconds.txt").open(encoding="utf-8", errors="replace") as file:
            lines = [line.split() for line in file if line.endswith("\n")]
        return {words[0]: float(words[1]) for words in lines if len(words) == 2 and _is_number(words[1])}

    def keep(self, job: Job, metrics: dict[str, float], seconds: float) -> None:
        """Write the numbers whole, after the time: who finds them finds it too."""
        text = json.dumps({**job.about, "metrics": metrics}, indent=1) + "\n"
        file = self.file(job.key)
        with explained(file):
            with (self.folder / "seconds.txt").open("a", encoding="utf-8") as times:
                times.write(f"{job.key} {seconds:.3f}\n")
            file.parent.mkdir(parents=True, exist_ok=True)
            with replacing(file) as part:
                part.write_text(text, encoding="utf-8")

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


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdecimal()
