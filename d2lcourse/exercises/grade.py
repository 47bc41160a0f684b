"""Grading a class: every student's answer to every exercise, and what that says of the exercises."""

import contextlib
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from .exercise import named
from .grade_one import NO_ANSWER, NOT_GRADED, NOT_STARTED, RIGHT, VERDICTS, Grade, no_answer
from .kept import Kept, fingerprint, key
from .submissions import Student, in_class, read_class
from .workers import grade_all, split

KEPT = ".grades.jsonl"  # in the class's folder


class Row(NamedTuple):
    """One student's answer to one exercise; see `Grade`."""

    student: str
    exercise: str
    verdict: str
    diagnosis: str
    message: str


class Common(NamedTuple):
    """What students have in common: a diagnosis, how many they are, and the row of the first."""

    diagnosis: str
    students: int
    example: Row


class Share(NamedTuple):
    """How an exercise went. counts: students by verdict. mistakes: the most frequent first."""

    exercise: str
    counts: dict[str, int]
    mistakes: list[Common]

    @property
    def tried(self) -> int:
        return sum(self.counts.values()) - self.counts[NO_ANSWER] - self.counts[NOT_STARTED]

    @property
    def right(self) -> float:
        """The share of those who tried; 0 if nobody has."""
        return self.counts[RIGHT] / self.tried if self.tried else 0.0


class Class(NamedTuple):
    """students and exercises: their names. rows: those of each student in turn, one an exercise.

    problems: what of a submission cannot be read, as (student, sentence). left_out: files that are none.
    """

    students: list[str]
    exercises: list[str]
    rows: list[Row]
    problems: list[tuple[str, str]]
    left_out: list[str]

    def shares(self) -> list[Share]:
        """How each exercise went, the hardest first; those that nobody tried come last."""
        found = [_share(name, [row for row in self.rows if row.exercise == name]) for name in self.exercises]
        return sorted(found, key=lambda one: (not one.tried, one.right))


def _share(name: str, rows: Sequence[Row]) -> Share:
    verdicts = Counter(row.verdict for row in rows)
    wrong = [row for row in rows if row.verdict not in (RIGHT, NOT_STARTED, NO_ANSWER)]
    mistakes = [
        Common(diagnosis, count, next(row for row in wrong if row.diagnosis == diagnosis))
        for diagnosis, count in Counter(row.diagnosis for row in wrong).most_common()
    ]
    mistakes.sort(key=lambda one: (not one.diagnosis, -one.students))  # without a known cause: at the end
    return Share(name, {verdict: verdicts[verdict] for verdict in VERDICTS}, mistakes)


def grade_class(
    folder: Path,
    *,
    only: Sequence[str] = (),
    processes: int = 1,
    kept: Path | None = None,
    note: Callable[[int, int], None] = lambda done, of: None,
) -> Class:
    """Grade the submissions in a folder: a subfolder, a `.py` or a `.ipynb` a student.

    only: the exercises, by default those that somebody has handed in. kept: the file of the grades, by
    default `.grades.jsonl` in the folder; what is in it, and has not changed since, is not checked again.
    note: is told how many answers have been graded, and of how many.
    Raises ValueError for a folder without submissions or an exercise that does not exist, and CannotWrite.
    """
    students, left_out = read_class(folder)
    names = [named(name).name for name in dict.fromkeys(only)] or in_class(students)
    if not names:
        raise ValueError(
            f"FOLDER: no file in {folder} defines a function of an exercise (d2lcore exercise list)"
        )
    store = Kept(kept or folder / KEPT)
    keys: Keys = {}
    for student in students:
        files = fingerprint(student)
        keys |= {(student.name, name): key(files, name) for name in names if student.answer(name)}
    failed = _grade_the_rest(students, keys, store, processes, note)
    rows = []
    for student in students:
        for name in names:
            at = student.name, name
            grade = no_answer(student, name) if at not in keys else failed.get(at) or store.grades[keys[at]]
            rows.append(Row(*at, *grade))
    problems = [(one.name, problem) for one in students for problem in one.problems]
    return Class([one.name for one in students], names, rows, problems, left_out)


Keys = dict[tuple[str, str], str]  # under which a student's grade for an exercise is kept


def _grade_the_rest(
    students: Sequence[Student], keys: Keys, store: Kept, processes: int, note: Callable[[int, int], None]
) -> dict[tuple[str, str], Grade]:
    """Check what is not kept yet, and keep it; what could not be graded is returned, to be tried again."""
    failed, tasks = {}, []
    missing = {at: name for at, name in keys.items() if name not in store.grades}
    for student in students:
        tasks += split(student, [name for who, name in missing if who == student.name])
    with store.adding(), contextlib.closing(grade_all(tasks, processes)) as grades:
        for done, (student, name, grade) in enumerate(grades, len(keys) - len(missing) + 1):
            if grade.verdict == NOT_GRADED:
                failed[student.name, name] = grade
            else:
                store.add(keys[student.name, name], grade)
            note(done, len(keys))
    return failed
