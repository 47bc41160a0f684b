"""`d2lcore exercise ...`: a folder of answers, from the stub to the solution."""

import json
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from d2lcore.command_line import invoke
from d2lcourse.exercises import judge, repair
from d2lcourse.exercises.commands import exercise
from d2lcourse.exercises.exercise import exercises
from d2lcourse.exercises.lab import asking
from d2lcourse.exercises.lab.lab import labs

ROOT = Path(__file__).parents[3]
NAMES = [*exercises(), *labs()]
RIGHT = "def softmax(O):\n    return O.softmax(1)\n"
WRONG = "def softmax(O):\n    return O.exp() / O.exp().sum(1, keepdim=True)\n"


class Ran(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[str], Ran]:
    """Run a command line in an empty folder: `run("check softmax")`."""
    monkeypatch.chdir(tmp_path)

    def command(line: str) -> Ran:
        code = invoke(exercise, line.split(), "d2lcore exercise")
        return Ran(code, *capsys.readouterr())

    return command


@pytest.fixture
def answer(tmp_path: Path) -> Callable[..., Path]:
    """Write an answer: `answer("softmax", text)`."""

    def write(name: str, text: str, folder: str = "my_answers") -> Path:
        file = tmp_path / folder / f"{name}.py"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        return file

    return write


def states(ran: Ran) -> dict[str, str]:
    rows = [line.split("  ") for line in ran.out.splitlines() if line.startswith("  ")]
    return {row[1].strip(): next(filter(None, (cell.strip() for cell in row[2:]))) for row in rows}


def in_one_line(text: str) -> str:
    return " ".join(text.split())


def assert_one_line(ran: Ran, *parts: str) -> None:
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("d2lcore exercise: error: ")
    assert ran.err.count("\n") == 1
    for part in parts:
        assert part in ran.err


def test_from_the_first_stub_to_the_solution(run: Callable[[str], Ran], tmp_path: Path) -> None:
    ran = run("start softmax")
    file = tmp_path / "my_answers/softmax.py"
    assert (ran.code, ran.err) == (0, "")
    assert f"write it in   {Path('my_answers/softmax.py')}\n" in ran.out
    assert "then          d2lcore exercise check softmax\n" in ran.out
    assert file.read_text() == exercises()["softmax"].start

    ran = run("check")
    assert (ran.code, ran.err) == (1, "")
    assert ran.out.startswith("softmax: not started\n")

    naive = "return O.exp() / O.exp().sum(1, keepdim=True)"
    file.write_text(file.read_text().replace("raise NotImplementedError", naive))
    ran = run("check softmax")
    assert ran.code == 1
    assert "likely    softmax overflows: subtract the row maximum first\n" in ran.out
    assert_one_line(run("solution softmax"), "softmax is started", "check softmax", "--give-up shows it now")

    file.write_text(RIGHT)
    ran = run("check")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "softmax: right, in 5 cases\n"
        "  compare   d2lcore exercise solution softmax\n"
        f"  next      d2lcore exercise start {NAMES[0]}\n"
    )
    ran = run("solution softmax")
    assert (ran.code, ran.err) == (0, "")
    assert "softmax_regression.py, line " in ran.out.splitlines()[0]
    assert "def softmax(O: " in ran.out
    assert states(run("list"))["softmax"] == "done"


def test_list(run: Callable[[str], Ran], answer: Callable[..., Path]) -> None:
    answer("softmax", RIGHT)
    ran = run("list")
    assert (ran.code, ran.err) == (0, "")
    assert states(ran) == {name: "started" if name == "softmax" else "not started" for name in NAMES}
    chapters = [line for line in ran.out.splitlines()[:-1] if not line.startswith(" ")]
    assert chapters == [*dict.fromkeys(one.chapter for one in exercises().values()), asking.LAB]
    assert ran.out.endswith(f"\n0 done, 1 started, {len(NAMES) - 1} not started\n")
    assert run("check softmax").code == 0
    assert run("list").out.endswith(f"\n1 done, 0 started, {len(NAMES) - 1} not started\n")


def test_an_answer_that_is_edited_is_no_longer_done(run: Callable, answer: Callable[..., Path]) -> None:
    answer("softmax", RIGHT)
    run("check")
    answer("softmax", RIGHT + "#")
    assert states(run("list"))["softmax"] == "started"
    answer("softmax", RIGHT).unlink()
    assert states(run("list"))["softmax"] == "not started"
    answer("softmax", RIGHT)
    assert states(run("list"))["softmax"] == "done"


def test_an_answer_that_is_edited_while_it_is_checked(
    run: Callable, answer: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    file, check = answer("softmax", RIGHT), judge.check

    def slowly(*args: object, **options: object) -> object:
        verdict = check(*args, **options)
        file.write_text(WRONG)
        return verdict

    monkeypatch.setattr(judge, "check", slowly)
    assert run("check").code == 0
    assert states(run("list"))["softmax"] == "started"


def test_start_never_overwrites(run: Callable[[str], Ran], answer: Callable[..., Path]) -> None:
    file = answer("softmax", RIGHT)
    ran = run("start softmax")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"softmax: {Path('my_answers/softmax.py')} is there, and stays as it is")
    assert file.read_text() == RIGHT


def test_start_without_a_name_takes_the_next(
    run: Callable[[str], Ran], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "broken_curve", lambda lab: "a curve")  # which takes a second each
    for name in NAMES:
        assert run("start").out.startswith(f"{name}: ")
    assert run("start").out == "every exercise is started: d2lcore exercise list\n"
    assert {path.name for path in (tmp_path / "my_answers").iterdir()} == {f"{name}.py" for name in NAMES}


def test_check_without_a_name_takes_the_first_that_is_not_done(
    run: Callable[[str], Ran], answer: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = run("check")
    assert (ran.code, ran.err) == (1, "")
    assert ran.out == f"no answer waits to be checked\n  next      d2lcore exercise start {NAMES[0]}\n"
    monkeypatch.setattr(judge, "check", lambda name, file, **how: judge.Verdict("right", f"{name}: right"))
    for name in NAMES[1:3]:
        answer(name, "")
    assert f"next      d2lcore exercise check {NAMES[2]}\n" in run("check").out
    assert f"next      d2lcore exercise start {NAMES[0]}\n" in run("check").out
    for name in NAMES:
        answer(name, "")
    while (ran := run("check")).out.startswith(tuple(NAMES)):
        assert ran.code == 0
    assert (ran.code, ran.out) == (
        0,
        "no answer waits to be checked\n  next      none: all exercises are done\n",
    )
    assert set(states(run("list")).values()) == {"done"}


def test_hints_come_one_by_one(run: Callable[[str], Ran]) -> None:
    hints = exercises()["softmax"].hints
    for i in range(3):
        ran = run("hint softmax")
        assert (ran.code, ran.err) == (0, "")
        assert in_one_line(ran.out).startswith(f"softmax, hint {i + 1} of 3: {hints[i]}")
        assert ("--give-up" in ran.out) == (i == 2)
        assert ran.out.count("softmax, hint ") == 1
    again = in_one_line(run("hint softmax").out)
    assert all(f"hint {i + 1} of 3: {hints[i]}" in again for i in range(3))
    assert run("hint accuracy").out.startswith("accuracy, hint 1 of 3")


def test_all_hints_at_once(run: Callable[[str], Ran]) -> None:
    shown = in_one_line(run("hint softmax --all").out)
    assert all(hint in shown for hint in exercises()["softmax"].hints)


def test_giving_up(run: Callable[[str], Ran]) -> None:
    assert_one_line(
        run("solution softmax"), "softmax is not started, and the solution opens once it is right"
    )
    ran = run("solution softmax --give-up")
    assert (ran.code, ran.err) == (0, "")
    assert "def softmax(" in ran.out


@pytest.mark.parametrize("name", list(exercises()))
def test_every_solution_can_be_shown(run: Callable[[str], Ran], name: str) -> None:
    one = exercises()[name]
    ran = run(f"solution {name} --give-up")
    head, blank, *source = ran.out.splitlines()
    assert head.endswith(f": {one.reference}")
    assert blank == ""
    file, line = head.removeprefix("# ").split(": ")[0].split(", line ")
    assert Path(file).read_text(encoding="utf-8").splitlines()[int(line) - 1] == source[0]
    assert f" {one.reference.rpartition('.')[2]}" in "\n".join(source[:3])


def test_reset_keeps_backups(run: Callable[[str], Ran], answer: Callable[..., Path], tmp_path: Path) -> None:
    file = answer("softmax", RIGHT)
    run("check softmax")
    run("hint softmax")
    ran = run("reset softmax")
    assert (ran.code, ran.err) == (0, "")
    assert "softmax.py is the stub again; the answer is in " in ran.out
    assert file.read_text() == exercises()["softmax"].start
    assert (tmp_path / "my_answers/softmax.py.1").read_text() == RIGHT
    assert states(run("list"))["softmax"] == "started"
    assert "hint 1 of 3" in run("hint softmax").out
    file.write_text(WRONG)
    run("reset softmax")
    assert (tmp_path / "my_answers/softmax.py.1").read_text() == RIGHT
    assert (tmp_path / "my_answers/softmax.py.2").read_text() == WRONG
    (tmp_path / "my_answers/softmax.py.1").rename(file)
    assert states(run("list"))["softmax"] == "done"


def test_another_folder(run: Callable[[str], Ran], tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "er"
    ran = run(f"start softmax --folder {folder}")
    assert f"d2lcore exercise check softmax --folder {folder}\n" in ran.out
    (folder / "softmax.py").write_text(RIGHT)
    ran = run(f"check --folder {folder}")
    assert f"d2lcore exercise solution softmax --folder {folder}\n" in ran.out
    assert f"d2lcore exercise start {NAMES[0]} --folder {folder}\n" in ran.out
    assert not (tmp_path / "my_answers").exists()
    assert states(run("list"))["softmax"] == "not started"


def test_one_answer_may_import_another(run: Callable[[str], Ran], answer: Callable[..., Path]) -> None:
    answer("softmax", RIGHT)
    text = (
        "from softmax import softmax\ndef cross_entropy(O, y): return -softmax(O).log()[range(len(y)), y]\n"
    )
    answer("cross_entropy", text)
    assert "rounded to 0 is infinite" in in_one_line(run("check cross_entropy").out)


@pytest.mark.parametrize(
    "noted", ["", "[]", "{", '{"softmax": 3}', '{"softmax": {"hints": "x", "passed": 7}}', "\udcff"]
)
def test_damaged_progress_counts_as_none(run: Callable[[str], Ran], answer: Callable, noted: str) -> None:
    answer("softmax", RIGHT)
    Path("my_answers/.progress.json").write_text(noted, errors="surrogateescape")
    assert states(run("list"))["softmax"] == "started"
    assert "hint 1 of 3" in run("hint softmax").out
    assert run("check softmax").code == 0
    assert states(run("list"))["softmax"] == "done"
    assert json.loads(Path("my_answers/.progress.json").read_text())["softmax"]["hints"] == 1


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("lst", "command: there is no 'lst'; did you mean 'list'?"),
        ("check softmx", "exercise: there is no 'softmx'; did you mean 'softmax'?"),
        ("start Softmax", "did you mean 'softmax'?"),
        ("hint qqqqqqqq", f"exercise: there is no 'qqqqqqqq'; choose {NAMES[0]}, "),
        ("solution acuracy", "did you mean 'accuracy'?"),
        ("reset softmx", "did you mean 'softmax'?"),
        ("hint", "NAME"),
        ("check softmax", "softmax.py is not there; d2lcore exercise start softmax writes the stub"),
        ("reset softmax", "softmax.py is not there; d2lcore exercise start softmax writes the stub"),
        ("check softmax accuracy", "unexpected extra argument (accuracy)"),
        ("solution softmax --give", "--give-up"),
    ],
)
def test_error_is_one_line_with_a_way_out(run: Callable[[str], Ran], line: str, hint: str) -> None:
    assert_one_line(run(line), hint)
    assert os.listdir() == []


@pytest.mark.parametrize("line", ["start softmax", "hint softmax"])
def test_a_folder_that_is_a_file(run: Callable[[str], Ran], tmp_path: Path, line: str) -> None:
    (tmp_path / "my_answers").write_text("")
    assert_one_line(run(line), "--folder: my_answers cannot be made", "exists")
    assert_one_line(run(f"{line} --folder my_answers/below"), "--folder: ", " cannot be made")


def test_an_answer_that_is_a_folder(run: Callable[[str], Ran], tmp_path: Path) -> None:
    (tmp_path / "my_answers/softmax.py").mkdir(parents=True)
    assert states(run("list"))["softmax"] == "started"
    assert "cannot be read: Is a directory" in in_one_line(run("check softmax").out)
    assert "is there, and stays as it is" in run("start softmax").out


def test_list_and_hints_are_quick_because_they_import_no_torch(tmp_path: Path) -> None:
    code = """
import sys
from d2lcourse.exercises.commands import exercise
from d2lcore.command_line import invoke
for line in (["list"], ["start"], ["hint", "softmax"], ["reset", "broadcast_shape"], ["--help"], ["lst"]):
    invoke(exercise, line, "d2lcore exercise")
print("loaded:", *{"torch", "numpy", "d2lcourse.exercises.judge", "chapters.mlp"} & set(sys.modules))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=tmp_path
    )
    assert done.stdout.splitlines()[-1] == "loaded:", done.stderr
    assert f"{NAMES[0]}: " in done.stdout


@pytest.mark.slow
def test_the_page_of_first_exercises_shows_what_is_printed(
    run: Callable[[str], Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repair, "SECONDS", 60.0)  # in case this machine has other work
    page = (ROOT / "docs" / "exercises.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```(\w+)\n(.*?)\n```$", page, flags=re.MULTILINE | re.DOTALL)
    assert len(blocks) > 20
    for language, text in blocks:
        if language == "diff":  # lines of a training that are to be replaced
            first, *lines = text.splitlines()
            old, new = ("".join(f"{one[1:]}\n" for one in lines if one[0] != drop) for drop in "+-")
            file = Path(first.split()[1])
            assert file.read_text().count(old) == 1
            file.write_text(file.read_text().replace(old, new))
            continue
        if language == "python":  # the body of an answer, after the docstring of its stub
            first, _, body = text.partition("\n")
            file = Path(first.split()[1].rstrip(","))
            stub = file.read_text()
            start = stub.index('    """\n', stub.index("def ")) + len('    """\n')
            file.write_text(stub[:start] + textwrap.indent(body, "    "))
            continue
        asked = re.findall(r"^\$ d2lcore exercise (.+)\n((?:(?!\$ ).*\n?)*)", text, flags=re.MULTILINE)
        for command, shown in asked:
            wanted = ".*".join(map(re.escape, shown.strip().split("...")))
            came = run(command).out.strip()
            assert re.fullmatch(wanted, came, re.DOTALL), command
