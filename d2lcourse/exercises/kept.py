"""Grades that are kept: a killed run is gone on with, and what has not changed is not checked again."""

import contextlib
import functools
import hashlib
import importlib.metadata
import json
import platform
from collections.abc import Iterator
from pathlib import Path

from d2lcore.data.writing import explained
from d2lcourse.jobs.job import digest_of

from .grade_one import Grade
from .submissions import Student

_ROOT = Path(__file__).parents[2]


@functools.cache
def checker() -> str:
    """What tells this checker from others: the sources, Python and torch."""
    packages = [_ROOT / name for name in ("d2lcore", "chapters", "d2lcourse")]
    files = {str(file.relative_to(_ROOT)): file for package in packages for file in package.rglob("*.py")}
    return f"{platform.python_version()} {importlib.metadata.version('torch')} {digest_of(files)}"


def fingerprint(student: Student) -> str:
    """What tells a student's files from others. Names count: one file may import another."""
    digest = hashlib.sha256()
    for file in student.files:
        content = json.dumps(file.cells).encode() if file.cells else file.content
        digest.update(f"{file.path!r} {bool(file.cells)} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def key(files: str, name: str) -> str:
    """Of the grade for the exercise `name`. files: the student's `fingerprint`."""
    return hashlib.sha256(f"{checker()} {files} {name}".encode()).hexdigest()


class Kept:
    """A file of grades, one in a line, that only grows: a kill can cut off no more than the last line."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.grades = dict(self._read())

    def _read(self) -> Iterator[tuple[str, Grade]]:
        """What is there; lines that are damaged are graded again."""
        for line in self.file.read_bytes().splitlines() if self.file.exists() else ():
            with contextlib.suppress(ValueError, TypeError):
                name, *parts = json.loads(line)
                if len(parts) == 3 and all(isinstance(one, str) for one in (name, *parts)):
                    yield name, Grade(*parts)

    @contextlib.contextmanager
    def adding(self) -> Iterator["Kept"]:
        """Inside, `add` keeps grades. Raises CannotWrite at once, before anything is checked."""
        with explained(self.file):
            self._out = self.file.open("ab", buffering=0)
        with self._out:
            if not (self.file.read_bytes() or b"\n").endswith(b"\n"):
                self._write(b"\n")  # after a line that was cut off
            yield self

    def add(self, name: str, grade: Grade) -> None:
        self.grades[name] = grade
        self._write(json.dumps([name, *grade]).encode() + b"\n")

    def _write(self, line: bytes) -> None:
        with explained(self.file):
            if self._out.write(line) != len(line):
                raise OSError("the disk is full")
