"""A class's submissions: a subfolder, a file or a notebook a student, and which file has an answer.

Nothing here parses or runs what students wrote: a file that would crash a parser must not stop a class.
"""

import dataclasses
import difflib
import functools
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from .exercise import exercises
from .find import LARGEST
from .notebook_answers import code_cells

PYTHON, NOTEBOOK = ".py", ".ipynb"
LARGEST_NOTEBOOK = 50_000_000  # bytes, most of them images
MOST_FILES = 500  # of one student

_DEFINED = re.compile(r"^(?:async +def|def|class) +(\w+)|^(\w+) *(?::[^=\n]*)?=(?!=)", re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class File:
    """A file of a student: its path below the student's folder, and its bytes or the code of its cells."""

    path: str
    content: bytes = b""
    cells: tuple[str, ...] = ()

    @functools.cached_property
    def names(self) -> frozenset[str]:
        """What it defines at the left margin, as far as a regular expression can tell."""
        text = "\n".join(self.cells) or _text(self.content)
        return frozenset(first or second for first, second in _DEFINED.findall(text))


@dataclasses.dataclass(frozen=True)
class Student:
    """name: of the subfolder or the file. problems: what of it cannot be read, in words."""

    name: str
    files: tuple[File, ...] = ()
    problems: tuple[str, ...] = ()

    def answer(self, name: str) -> File | None:
        """The file with the answer to the exercise `name`, or named after it, or with nearly that name."""

        def rank(file: File) -> tuple[bool, int, bool, str]:
            path = PurePosixPath(file.path)
            return path.stem != name, len(path.parts), path.suffix != PYTHON, file.path

        files = sorted(self.files, key=rank)
        ways = (
            lambda file: name in file.names,
            lambda file: _stem(file) == name,
            lambda file: _near(name, file),
        )
        return next((file for way in ways for file in files if way(file)), None)


def _stem(file: File) -> str:
    return PurePosixPath(file.path).stem


def _near(name: str, file: File) -> bool:
    return bool(difflib.get_close_matches(name, file.names - exercises().keys(), cutoff=0.8))


def _text(content: bytes) -> str:
    """Enough of it to see names, which are ASCII in every encoding but UTF-16."""
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    return content.removeprefix(b"\xef\xbb\xbf").decode("utf-16" if wide else "latin-1", "replace")


def in_class(students: Iterable[Student]) -> list[str]:
    """The exercises that somebody handed in, in the order of the bank."""
    handed_in = {name for one in students for file in one.files for name in {_stem(file), *file.names}}
    return [name for name in exercises() if name in handed_in]


def read_class(folder: Path) -> tuple[list[Student], list[str]]:
    """The students by name, and the names of what in the folder is no submission.

    Raises ValueError if there is no student, or if the folder looks like that of a single one.
    """
    try:
        entries = sorted(folder.iterdir(), key=lambda one: one.name)
    except OSError as error:
        raise ValueError(f"FOLDER: {folder} cannot be read ({error.strerror})") from error
    shown = [one for one in entries if not one.name.startswith((".", "__"))]
    found = [one for one in shown if one.is_dir() or _is_answer(one)]
    if not found:
        raise ValueError(
            f"FOLDER: {folder} has no submissions: a subfolder, a .py or a .ipynb for each student"
        )
    if all(one.is_file() and one.stem in exercises() for one in found):
        some = ", ".join(one.name for one in found[:3])
        raise ValueError(
            f"FOLDER: {folder} looks like the answers of one student ({some}); "
            "name the folder above it, with a subfolder for each student"
        )
    stems = [_name(one) for one in found]
    students = [
        _student(one, name if stems.count(name) == 1 else one.name)
        for one, name in zip(found, stems, strict=True)
    ]
    return students, [one.name for one in shown if one not in found]


def _name(place: Path) -> str:
    return place.name if place.is_dir() else place.stem


def _is_answer(path: Path) -> bool:
    return path.suffix in (PYTHON, NOTEBOOK) and path.is_file()


def _student(place: Path, name: str) -> Student:
    files, problems = [], []
    for path in _below(place) if place.is_dir() else [place]:
        below = path.relative_to(place).as_posix() if place.is_dir() else path.name
        try:
            files.append(_file(path, below))
        except OSError as error:
            problems.append(f"{below} cannot be read ({error.strerror or error})")
        except ValueError as error:
            problems.append(f"{below} {error}")
    return Student(name, tuple(files), tuple(problems))


def _below(folder: Path) -> Iterator[Path]:
    """The answers in a student's folder and the folders in it; no links, which may lead to another's."""
    count = 0
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(one for one in folders if not one.startswith((".", "__")))
        for name in sorted(names):
            path = Path(place, name)
            if not name.startswith(".") and _is_answer(path) and not path.is_symlink() and count < MOST_FILES:
                count += 1
                yield path


def _file(path: Path, below: str) -> File:
    most = LARGEST_NOTEBOOK if path.suffix == NOTEBOOK else LARGEST
    with path.open("rb") as source:
        content = source.read(most + 1)
    if len(content) > most:
        raise ValueError(f"has more than {most:,} bytes")
    return File(below, cells=code_cells(content)) if path.suffix == NOTEBOOK else File(below, content)
