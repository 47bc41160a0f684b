"""The page of a graded class: one file that any browser opens without network and without scripts."""

from html import escape
from pathlib import Path

from d2lcore.printable import printable

from .class_report import UNKNOWN, outcome
from .exercise import exercises
from .grade import Class, Common, Row, Share
from .grade_one import NO_ANSWER, NOT_GRADED, NOT_STARTED, RIGHT, VERDICTS, WRONG

SIGNS = {RIGHT: "✓", WRONG: "✗", NOT_STARTED: "○", NO_ANSWER: "", NOT_GRADED: "?"}
STYLE = Path(__file__).with_suffix(".css")
SHADES = {state: state.replace(" ", "-") for state in VERDICTS}  # their classes in it

# Nothing of what students wrote can run or be fetched, should an escape ever be forgotten.
HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
"""


def page(graded: Class, title: str) -> str:
    """The whole page, as HTML. title: of the class."""
    head = HEAD.format(title=_text(f"{title}: exercises"), style=STYLE.read_text(encoding="utf-8"))
    parts = [
        _totals(graded, title),
        _exercises(graded),
        _table(graded),
        _students(graded),
        _problems(graded),
    ]
    return head + "\n".join(part for part in parts if part) + "\n</main>\n</body>\n</html>\n"


def _text(text: object) -> str:
    """What somebody wrote, as nothing but text."""
    return escape(printable(str(text)), quote=True)


def _totals(graded: Class, title: str) -> str:
    counts = {state: sum(row.verdict == state for row in graded.rows) for state in VERDICTS}
    figures = {"students": len(graded.students), "exercises": len(graded.exercises)}
    figures |= {state: count for state, count in counts.items() if count}
    cells = "".join(
        f'<div class="{SHADES.get(what, "")}"><dt>{what}</dt><dd>{count:,}</dd></div>'
        for what, count in figures.items()
    )
    return f'<h1>{_text(title)}</h1>\n<dl class="totals">{cells}</dl>'


def _exercises(graded: Class) -> str:
    blocks = "\n".join(_exercise(share, len(graded.students)) for share in graded.shares())
    return f"<h2>Exercises, the hardest first</h2>\n{blocks}"


def _exercise(share: Share, students: int) -> str:
    about = exercises()[share.exercise]
    bar = "".join(
        f'<i class="{SHADES[state]}" style="flex-grow:{count}" title="{count} {state}"></i>'
        for state, count in share.counts.items()
        if count
    )
    mistakes = "\n".join(_mistake(one, students) for one in share.mistakes)
    return (
        f'<section class="exercise" id="exercise-{share.exercise}">\n'
        f"<h3>{share.exercise} <small>{_text(about.summary)}</small></h3>\n"
        f'<p class="bar">{bar}</p><p class="share">{_text(outcome(share))}'
        f" &middot; notes {_text(about.notes)}</p>\n"
        f"{mistakes}\n</section>"
    )


def _mistake(one: Common, students: int) -> str:
    """How many made it, what it is, and below, when it is clicked, what one of them got to read."""
    return (
        f"<details><summary><b>{one.students} of {students}</b> {_text(one.diagnosis or UNKNOWN)}</summary>\n"
        f"<p>For example {_text(one.example.student)}:</p>\n<pre>{_text(one.example.message)}</pre></details>"
    )


def _table(graded: Class) -> str:
    """Students down, exercises across."""
    by_student = _by_student(graded)
    heads = "".join(
        f'<th scope="col"><a href="#exercise-{name}">{name}</a></th>' for name in graded.exercises
    )
    lines = "\n".join(
        f'<tr><th scope="row"><a href="#student-{i}">{_text(student)}</a></th>'
        f"<td>{sum(row.verdict == RIGHT for row in by_student[student])}</td>"
        f"{''.join(map(_cell, by_student[student]))}</tr>"
        for i, student in enumerate(graded.students)
    )
    key = ", ".join(
        f'<span class="{SHADES[state]}">{SIGNS[state] or "&nbsp;"}</span> {state}' for state in VERDICTS
    )
    return (
        f'<h2>Students and exercises</h2>\n<p class="key">{key}</p>\n'
        '<div class="wide" tabindex="0"><table><thead>'
        f'<tr><th scope="col">student</th><th scope="col">right</th>{heads}</tr></thead>\n'
        f"<tbody>\n{lines}\n</tbody></table></div>"
    )


def _cell(row: Row) -> str:
    said = row.verdict + (f": {row.diagnosis}" if row.diagnosis else "")
    return (
        f'<td class="{SHADES[row.verdict]}" title="{_text(f"{row.student}, {row.exercise}: {said}")}">'
        f"{SIGNS[row.verdict]}</td>"
    )


def _by_student(graded: Class) -> dict[str, list[Row]]:
    rows: dict[str, list[Row]] = {student: [] for student in graded.students}
    for row in graded.rows:
        rows[row.student].append(row)
    return rows


def _students(graded: Class) -> str:
    by_student = _by_student(graded)
    blocks = "\n".join(_student(i, one, by_student[one]) for i, one in enumerate(graded.students))
    return f"<h2>Student by student</h2>\n{blocks}"


def _student(i: int, student: str, rows: list[Row]) -> str:
    lines = (
        "\n".join(_line(row) for row in rows if row.verdict not in (RIGHT, NO_ANSWER))
        or "<li>nothing wrong</li>"
    )
    right = sum(row.verdict == RIGHT for row in rows)
    return (
        f'<details id="student-{i}"><summary><b>{_text(student)}</b> {right} of {len(rows)} right</summary>\n'
        f"<ul>\n{lines}\n</ul></details>"
    )


def _line(row: Row) -> str:
    words = row.diagnosis or (UNKNOWN if row.verdict == WRONG else row.verdict)
    return f"<li><code>{row.exercise}</code> {_text(words)}</li>"


def _problems(graded: Class) -> str:
    lines = [f"<li><b>{_text(student)}</b>: {_text(problem)}</li>" for student, problem in graded.problems]
    lines += [f"<li>{_text(name)}: neither a folder nor .py nor .ipynb</li>" for name in graded.left_out]
    return f"<h2>Not read</h2>\n<ul>{''.join(lines)}</ul>" if lines else ""
