"""The grade of one answer: checked alone in a folder, with words for its writer and the teacher."""

import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from .exercise import named
from .notebook_answers import Code, answer_in
from .submissions import File, Student
from .warm import load_torch, warm

RIGHT, WRONG, NOT_STARTED, NO_ANSWER = "right", "wrong", "not started", "no answer"
NOT_GRADED = "not graded"
VERDICTS = (RIGHT, WRONG, NOT_STARTED, NO_ANSWER, NOT_GRADED)

CAUSES = ("likely", "problem", "raised", "seen", "perhaps")  # labels of a message, the surest first


class Grade(NamedTuple):
    """verdict: of VERDICTS. diagnosis: the cause in a sentence, "" if unknown. message: for the writer."""

    verdict: str
    diagnosis: str
    message: str


def not_graded(name: str, why: str) -> Grade:
    return Grade(NOT_GRADED, why, f"{name}: not graded\n  problem   {why}")


def no_answer(student: Student, name: str) -> Grade:
    why = "; ".join(student.problems)
    return Grade(NO_ANSWER, why, f"{name}: no answer" + (f"\n  problem   {why}" if why else ""))


class Grader:
    """Grades answers one after the other, from a folder that has the files of one student only.

    An answer can so import others of its writer, and nobody else's, whichever way they were handed in.
    """

    def __init__(self, folder: Path) -> None:
        """folder: an empty one for the files."""
        load_torch()
        self.folder = folder
        self.student: Student | None = None

    def grade(self, student: Student, name: str) -> Grade:
        """Check the answer of a student to the exercise `name`. Nothing of it raises, but for a full disk."""
        from d2lcore.data.writing import CannotWrite

        from .judge import check

        file = student.answer(name)
        if file is None:
            return no_answer(student, name)
        try:
            warm(named(name))
            place, code = self._staged(student, file, name)
            verdict = check(name, place)
        except CannotWrite as error:
            return not_graded(name, str(error))
        except Exception as error:
            return not_graded(name, f"the checker failed on it ({type(error).__name__}: {error})"[:300])
        message = self._for_the_writer(verdict.message, place, file, code)
        diagnosis = self._for_the_writer(diagnosis_in(verdict.lines), place, file, None)
        return Grade(verdict.state, " ".join(diagnosis.split()), message)

    def _staged(self, student: Student, file: File, name: str) -> tuple[Path, Code | None]:
        """Where the answer is, beside the student's other files, and its code if it is from a notebook."""
        own = self.folder / "answers"
        if student is not self.student:
            shutil.rmtree(own, ignore_errors=True)
            own.mkdir()
            self.student = student
            for one in student.files:
                if not one.cells:
                    path = own / one.path
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(one.content)
        path = own / one_name(file, name)
        if not file.cells:
            return path, None
        code = answer_in(file.cells, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code.text, encoding="utf-8", errors="replace")
        return path, code

    def _for_the_writer(self, text: str, place: Path, file: File, code: Code | None) -> str:
        """`text` with the writer's own names of files and cells in it."""
        folder = r"\s*".join(map(re.escape, f"{self.folder / 'answers'}{os.sep}"))  # the lines are wrapped
        text = re.sub(folder, "", text)
        text = text.replace(place.name, PurePosixPath(file.path).name)
        return (
            re.sub(r"(?m)^  line (\d+) +(.*)$", lambda found: _in_cell(code, *found.groups()), text)
            if code
            else text
        )


def one_name(file: File, name: str) -> str:
    """The path of the file that is checked: of a notebook, one for each exercise."""
    path = PurePosixPath(file.path)
    return str(path.with_name(f"{name}_in_{path.stem}.py")) if file.cells else file.path


def _in_cell(code: Code, line: str, text: str) -> str:
    cell, within = code.place(int(line))
    return f"  {f'line {within}':9} {text}   (code cell {cell})"


def diagnosis_in(lines: Sequence[tuple[str, str]]) -> str:
    """The surest cause that a message names; "" if it only shows values."""
    for label in CAUSES:
        found = [text for one, text in lines if one == label]
        if found:
            return "; ".join(f"{label}: {text}" if label in ("raised", "perhaps") else text for text in found)
    came = [text for label, text in lines if label == "came"]
    compared = any(label == "expected" for label, _ in lines)
    return "" if compared or not came else came[0]
