"""A folder of answers, and what is noted about them; no command loses an answer."""

import contextlib
import hashlib
import json
import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from d2lcore.data.writing import creating, link, locked, replacing

from .exercise import Exercise, exercises
from .lab.lab import Lab, labs

DONE, STARTED, NOT_STARTED = "done", "started", "not started"
FOLDER = Path("my_answers")


class Answers:
    """A folder of answers, and beside them, in `.progress.json`, which passed and which hints were shown."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.notes = folder / ".progress.json"

    def command(self, line: str) -> str:
        """The command line to type for this folder."""
        elsewhere = "" if self.folder == FOLDER else f" --folder {shlex.quote(str(self.folder))}"
        return f"d2lcore exercise {line}{elsewhere}"

    def file(self, exercise: Exercise | Lab) -> Path:
        return self.folder / f"{exercise.name}.py"

    def state(self, exercise: Exercise | Lab) -> str:
        """Done if the answer has passed and is what it was then."""
        if not self.file(exercise).exists():
            return NOT_STARTED
        return DONE if self.recall(exercise, "passed") == self.digest(exercise) else STARTED

    def in_state(self, *states: str) -> Iterator[Exercise | Lab]:
        """The exercises, then the broken trainings, that are in one of the states."""
        both: list[Exercise | Lab] = [*exercises().values(), *labs().values()]
        return (one for one in both if self.state(one) in states)

    def digest(self, exercise: Exercise | Lab) -> str:
        """What tells this version of the answer from others; "" if it cannot be read."""
        file = self.file(exercise)
        try:
            return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""
        except OSError:
            return ""

    def recall(self, exercise: Exercise | Lab, what: str) -> Any:
        """What was noted; None if nothing was, or the notes are gone or damaged."""
        with contextlib.suppress(OSError):
            about = self._noted().get(exercise.name)
            return about.get(what) if isinstance(about, dict) else None
        return None

    def failed(self, exercise: Exercise | Lab) -> list[str]:
        """The digests of the answers that were wrong, since the last that was right."""
        noted = self.recall(exercise, "failed")
        return [one for one in noted if isinstance(one, str)] if isinstance(noted, list) else []

    def note(self, exercise: Exercise | Lab, what: str, value: Any) -> None:
        self.make()
        with self._writing(self.notes), locked(self.folder / ".lock"):
            noted = self._noted()
            about = noted.get(exercise.name)
            noted[exercise.name] = {**(about if isinstance(about, dict) else {}), what: value}
            with replacing(self.notes) as part:
                part.write_text(json.dumps(noted, indent=1) + "\n", encoding="utf-8")

    def _noted(self) -> dict[str, Any]:
        """All notes; none if they are damaged. OSError if they are there and cannot be read."""
        try:
            noted = json.loads(self.notes.read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError, ValueError):
            return {}
        return noted if isinstance(noted, dict) else {}

    def make(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ValueError(f"--folder: {self.folder} cannot be made ({error.strerror})") from error

    @contextlib.contextmanager
    def _writing(self, file: Path) -> Iterator[None]:
        """Turn a failure to write `file` into one line that says what to do."""
        try:
            yield
        except FileExistsError:
            raise
        except OSError as error:
            raise ValueError(
                f"{file}: cannot be written ({error.strerror or error}); make room, or name another --folder"
            ) from error

    def require(self, exercise: Exercise | Lab) -> None:
        """Raise ValueError if there is no answer."""
        if not self.file(exercise).exists():
            start = self.command(f"start {exercise.name}")
            raise ValueError(f"{self.file(exercise)} is not there; {start} writes the stub")

    def write_stub(self, exercise: Exercise | Lab) -> bool:
        """Write the stub; False, and nothing changed, if there is a file."""
        self.make()
        file = self.file(exercise)
        if os.path.lexists(file):
            return False
        try:
            with self._writing(file), creating(file) as part:
                part.write_text(exercise.start, encoding="utf-8")
        except FileExistsError:  # another process was faster
            return False
        return True

    def reset(self, exercise: Exercise | Lab) -> Path:
        """Put the stub in the place of the answer, which becomes the first free of NAME.py.1, NAME.py.2, ...

        At every moment one of the two names holds the answer, and the file of the exercise is whole.
        """
        file = self.file(exercise)
        with self._writing(file), locked(self.folder / ".lock"), replacing(file) as part:
            part.write_text(exercise.start, encoding="utf-8")
            return self._back_up(file)

    def _back_up(self, file: Path) -> Path:
        number = 1
        while True:
            backup = file.with_name(f"{file.name}.{number}")
            try:
                if os.path.lexists(backup):
                    raise FileExistsError
                if file.is_symlink() or not file.is_file():  # of which there can be no second name
                    return file.rename(backup)
                link(file, backup)
                return backup
            except FileExistsError:
                number += 1
