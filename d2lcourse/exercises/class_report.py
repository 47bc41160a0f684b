"""What comes of a graded class: a summary, CSV and JSON for the teacher, and a text for each student."""

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from d2lcore.data.writing import explained, replacing
from d2lcore.printable import printable

from .grade import Class, Share
from .grade_one import NO_ANSWER, NOT_GRADED, NOT_STARTED, RIGHT, VERDICTS, WRONG

UNKNOWN = "no known mistake: the values differ"
COLUMNS = ("student", "exercise", "verdict", "diagnosis")
SHOWN = 3  # mistakes of an exercise in the terminal


def outcome(share: Share) -> str:
    """How an exercise went, in words: "12 of 48 right, 12 without an answer"."""
    counts = share.counts
    others = {
        NOT_STARTED: "left as the stub",
        NO_ANSWER: "without an answer",
        NOT_GRADED: "not graded",
    }
    parts = [f"{counts[RIGHT]} of {share.tried} right"]
    parts += [f"{counts[state]} {words}" for state, words in others.items() if counts[state]]
    return ", ".join(parts)


def summary(graded: Class) -> Iterator[str]:
    """Lines for the terminal, the hardest exercise first."""
    counts = {state: sum(row.verdict == state for row in graded.rows) for state in VERDICTS}
    words = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
    yield f"{_many(len(graded.students), 'student')}, {_many(len(graded.exercises), 'exercise')}: {words}"
    width, digits = max(map(len, graded.exercises)), len(str(len(graded.students)))
    for share in graded.shares():
        yield f"{share.exercise:{width}}  {outcome(share)}"
        for one in share.mistakes[:SHOWN]:
            sentence = printable(one.diagnosis or UNKNOWN)
            yield f"  {one.students:{digits}} of {len(graded.students)}  {sentence}"
        if len(share.mistakes) > SHOWN:
            yield f"  {'':{digits}}  and {_many(len(share.mistakes) - SHOWN, 'other mistake')}"


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count != 1)}"


def write_csv(graded: Class, file: Path) -> None:
    """A row per student and exercise, as a spreadsheet reads it: no cell is a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in graded.rows:
        writer.writerow([_inert(printable(str(getattr(row, name)))) for name in COLUMNS])
    write(file, "\ufeff" + out.getvalue())  # the mark by which Excel knows UTF-8


def _inert(cell: str) -> str:
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t")) else cell


def as_json(graded: Class) -> str:
    """All of it: students, exercises, rows with their messages, and the summary by exercise."""
    shares: list[dict[str, Any]] = [
        {
            "exercise": one.exercise,
            "share_right": round(one.right, 4),
            "counts": one.counts,
            "mistakes": [
                {
                    "diagnosis": mistake.diagnosis,
                    "students": mistake.students,
                    "example": mistake.example.student,
                }
                for mistake in one.mistakes
            ],
        }
        for one in graded.shares()
    ]
    return json.dumps(
        {
            "students": graded.students,
            "exercises": graded.exercises,
            "rows": [row._asdict() for row in graded.rows],
            "summary": shares,
            "problems": graded.problems,
        },
        ensure_ascii=True,
        indent=1,
    )


def write_feedback(graded: Class, folder: Path) -> list[Path]:
    """A text for each student with the messages of that student alone: `check` would print the same."""
    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
    problems, written = dict[str, list[str]](), []
    for student, problem in graded.problems:
        problems.setdefault(student, []).append(f"not read: {problem}\n")
    names = {student: _file_name(student, i) for i, student in enumerate(graded.students)}
    for student, name in names.items():
        rows = [row for row in graded.rows if row.student == student]
        right = sum(row.verdict == RIGHT for row in rows)
        missing = [row.exercise for row in rows if row.verdict == NO_ANSWER]
        text = [f"{student}: {right} of {len(rows)} right\n", *problems.get(student, [])]
        text += [f"{row.message}\n" for verdict in (WRONG, NOT_STARTED, NOT_GRADED, RIGHT)
                 for row in rows if row.verdict == verdict]  # fmt: skip
        text += [f"no answer to {', '.join(missing)}\n"] if missing else []
        write(folder / name, printable("\n".join(text)))
        written.append(folder / name)
    return written


def _file_name(student: str, i: int) -> str:
    """The student's own name, or what of it every file system can have."""
    plain = re.sub(r'[<>:"/\\|?*\x00-\x1f\x7f]', "_", student)
    return f"{plain}.txt" if plain == student else f"{plain}-{i + 1}.txt"


def write(file: Path, text: str) -> None:
    """Write a file whole or not at all. Raises CannotWrite, which says what to do."""
    with explained(file), replacing(file) as part:
        part.write_text(text, encoding="utf-8", errors="replace", newline="")
