"""The page of a graded class: one file that any browser opens without network and without scripts."""

from collections.abc import Iterator
from html import escape

from d2lcore.printable import printable

from .class_report import UNKNOWN, outcome
from .exercise import exercises
from .grade import Class, Common, Row, Share
from .grade_one import NO_ANSWER, NOT_GRADED, NOT_STARTED, RIGHT, VERDICTS, WRONG

SIGNS = {RIGHT: "✓", WRONG: "✗", NOT_STARTED: "○", NO_ANSWER: "", NOT_GRADED: "?"}
SHADES = {state: state.replace(" ", "-") for state in VERDICTS}  # their classes in the style

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
    head = HEAD.format(title=_text(f"{title}: exercises"), style=STYLE)
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
        f'<div class="wide" tabindex="0"><table><thead><tr><th scope="col">student</th><th scope="col">right</th>{heads}</tr></thead>\n'
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


STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1c2430; --soft: #5b6675; --line: #dde2e8; --card: #f6f8fa;
  --right: #2e9e6b; --wrong: #d1495b; --stub: #e0a93b; --none: #c3cad3; --odd: #7a5cc4; --link: #1d5fa8; }
@media (prefers-color-scheme: dark) { :root { --paper: #14181e; --ink: #e4e8ee; --soft: #9aa5b3; --line: #2c343f;
  --card: #1b2129; --none: #3a434f; --link: #7db4f0; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 1200px; margin: 0 auto; padding: 1rem clamp(.75rem, 3vw, 2.5rem) 4rem; overflow-wrap: anywhere; }
h1 { margin: .5rem 0 1rem; line-height: 1.2; }
h2 { margin: 2.5rem 0 .75rem; }
h3 { margin: 0 0 .4rem; font: 600 1.05rem/1.4 ui-monospace, monospace; }
h3 small { font: 400 .9rem system-ui, sans-serif; color: var(--soft); }
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; }
.totals { display: flex; flex-wrap: wrap; gap: .6rem; margin: 0; }
.totals div { flex: 1 1 7rem; padding: .5rem .8rem; background: var(--card); border-top: 4px solid var(--line); }
.totals dt { color: var(--soft); font-size: .9rem; }
.totals dd { margin: 0; font-size: 1.6rem; font-variant-numeric: tabular-nums; }
.totals .right { border-color: var(--right); } .totals .wrong { border-color: var(--wrong); }
.totals .not-started { border-color: var(--stub); } .totals .not-graded { border-color: var(--odd); }
.exercise { padding: .9rem 0; border-top: 1px solid var(--line); }
.bar { display: flex; gap: 2px; height: .7rem; margin: 0; max-width: 40rem; }
.bar i { flex-basis: 0; min-width: 3px; border-radius: 2px; }
i.right, .key .right { background: var(--right); } i.wrong, .key .wrong { background: var(--wrong); }
i.not-started, .key .not-started { background: var(--stub); } i.no-answer, .key .no-answer { background: var(--none); }
i.not-graded, .key .not-graded { background: var(--odd); }
.share, .key { margin: .3rem 0 .5rem; color: var(--soft); font-size: .9rem; }
.key span { display: inline-block; width: 1.5em; color: #fff; text-align: center; border-radius: 2px; }
summary { padding: .15rem 0; cursor: pointer; }
summary b { font-variant-numeric: tabular-nums; white-space: nowrap; }
details p { margin: .3rem 0 0 1.1rem; color: var(--soft); font-size: .9rem; }
pre { margin: .3rem 0 .8rem 1.1rem; padding: .7rem .9rem; overflow-x: auto; background: var(--card); border-left: 3px solid var(--line);
  font: .82rem/1.45 ui-monospace, monospace; overflow-wrap: normal; }
.wide { max-height: 80vh; overflow: auto; border: 1px solid var(--line); }
table { border-collapse: separate; border-spacing: 1px; font-size: .82rem; overflow-wrap: normal; }
thead th { position: sticky; top: 0; z-index: 1; padding: .4rem .1rem; background: var(--paper); vertical-align: bottom; }
thead th:nth-child(n+3) { writing-mode: vertical-rl; transform: rotate(180deg); text-align: left; font-weight: 400; white-space: nowrap; }
tbody th, thead th:first-child { position: sticky; left: 0; max-width: 12rem; padding: 0 .6rem 0 .3rem; background: var(--paper);
  text-align: left; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
thead th:first-child { z-index: 2; }
td { min-width: 1.5rem; padding: 0 .2rem; text-align: center; font-variant-numeric: tabular-nums; }
td.right { background: color-mix(in srgb, var(--right) 28%, var(--paper)); }
td.wrong { background: color-mix(in srgb, var(--wrong) 45%, var(--paper)); }
td.not-started { background: color-mix(in srgb, var(--stub) 40%, var(--paper)); }
td.no-answer { background: var(--card); }
td.not-graded { background: color-mix(in srgb, var(--odd) 45%, var(--paper)); }
@media (max-width: 40rem) { tbody th, thead th:first-child { max-width: 6.5rem; } }
@media print { .wide { max-height: none; overflow: visible; } }
"""
