"""A class is graded: each answer alone, every student's row, and what teacher and students get of it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from classroom import CELLS, SOFTMAX, file, notebook, put

from d2lcore.command_line import invoke
from d2lcore.data.writing import CannotWrite
from d2lcourse.exercises import grade, isolate, kept
from d2lcourse.exercises.commands import exercise
from d2lcourse.exercises.exercise import HEADER, exercises
from d2lcourse.exercises.grade import grade_class
from d2lcourse.exercises.grade_one import Grade, Grader, diagnosis_in
from d2lcourse.exercises.kept import Kept, fingerprint, key
from d2lcourse.exercises.submissions import File, Student

NO_KEEPDIM = "def softmax(O):\n    E = O.exp()\n    return E / E.sum(1)\n"
ROW_OF_SUMS = "without keepdim=True the sums are a row, not a column: they do not fit the rows they belong to"
forked = pytest.mark.skipif(not isolate.FORKS, reason="a new Python for every answer takes too long")

# One answer


@pytest.fixture
def graded(tmp_path: Path) -> Callable[..., Grade]:
    """Grade the exercise of a student with these files."""
    grader = Grader(tmp_path / "own")
    (tmp_path / "own").mkdir()
    return lambda name, *files: grader.grade(Student("ann", files), name)


@forked
def test_an_answer_gets_verdict_diagnosis_and_the_message_of_check(graded: Callable[..., Grade]) -> None:
    assert graded("softmax", file("hw.py", SOFTMAX)) == ("right", "", "softmax: right, in 5 cases")
    wrong = graded("softmax", file("hw.py", NO_KEEPDIM))
    assert wrong[:2] == ("wrong", ROW_OF_SUMS)
    assert wrong.message.startswith("softmax: not yet\n  called    softmax(O): as many examples as classes\n")
    stub = graded("softmax", file("softmax.py", exercises()["softmax"].start))
    assert stub[:2] == ("not started", "")
    assert graded("softmax", file("relu.py", "def relu(X): pass")).verdict == "no answer"


@forked
def test_the_line_of_an_error_in_a_notebook_is_that_of_its_cell(graded: Callable[..., Grade]) -> None:
    cells = (*CELLS[:3], "def softmax(O):\n    return total(O.exp()) / missing")
    found = graded("softmax", File("week 1/hw.ipynb", cells=cells))
    assert "line 2    return total(O.exp()) / missing   (code cell 4)\n" in found.message
    assert found.diagnosis.startswith("raised: NameError: name 'missing' is not defined")
    assert graded("softmax", File("hw.ipynb", cells=CELLS)).diagnosis.startswith("softmax overflows")
    near = graded("softmax", File("hw.ipynb", cells=("def soft_max(O):\n    return O",)))
    assert near.diagnosis == "hw.ipynb has no function softmax; it defines none"


@forked
def test_a_student_can_import_own_files_and_nobody_elses(graded: Callable[..., Grade]) -> None:
    uses = file("hw.py", "from more.one import softmax\nsoftmax = softmax\n")
    assert graded("softmax", uses, file("more/one.py", SOFTMAX)).verdict == "right"
    found = graded("softmax", uses)
    assert found.diagnosis == "raised: ModuleNotFoundError: No module named 'more'"
    peek = "import os\ndef softmax(O):\n    open(os.path.dirname(__file__) + '/' + 'x' * 60 + '/bob.py')\n"
    found = graded("softmax", file("hw.py", peek))
    assert "No such file or directory: 'xxx" in found.message  # the folder's name, which is another each time
    assert f"'{'x' * 60}/bob.py'" in found.diagnosis


def test_the_surest_cause_is_the_diagnosis() -> None:
    came = [("called", "f(x)"), ("came", "1")]
    assert diagnosis_in([*came, ("expected", "2")]) == ""
    assert diagnosis_in([("came", "nothing within 5 seconds")]) == "nothing within 5 seconds"
    assert diagnosis_in([*came, ("expected", "2"), ("seen", "every value is 0")]) == "every value is 0"
    assert diagnosis_in([("raised", "ValueError: x"), ("likely", "a"), ("likely", "b")]) == "a; b"
    assert diagnosis_in([("perhaps", "a"), ("raised", "ValueError")]) == "raised: ValueError"
    assert diagnosis_in([]) == ""


# What is kept


def test_grades_are_kept_and_a_line_that_was_cut_off_is_not(tmp_path: Path) -> None:
    place, one, two = tmp_path / "kept", Grade("right", "", "é"), Grade("wrong", 'a "b"\n', "c")
    with Kept(place).adding() as store:
        store.add("k1", one)
        store.add("k2", two)
    whole = place.read_bytes()
    for size in range(len(whole.split(b"\n")[0]) + 1, len(whole) - 1):
        place.write_bytes(whole[:size])
        store = Kept(place)
        assert store.grades == {"k1": one}
        with store.adding():
            store.add("k3", two)
        assert Kept(place).grades == {"k1": one, "k3": two}
    place.write_bytes(b'[1, 2]\n\n["k", 1, 2, 3]\nnull\n\xff\n' + whole)
    assert Kept(place).grades == {"k1": one, "k2": two}


def test_whatever_counts_for_a_grade_is_in_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    students = [
        Student("ann", (file("a.py", "x = 1"),)),
        Student("ann", (file("a.py", "x = 2"),)),
        Student("ann", (file("b.py", "x = 1"),)),
        Student("ann", (file("a.py", "x = 1"), file("b.py"))),
        Student("ann", (File("a.py", cells=("x = 1",)),)),
        Student("ann", (File("a.py", cells=("x =", "1")),)),
    ]
    keys = {key(fingerprint(one), name) for one in students for name in ("softmax", "relu")}
    assert len(keys) == 12
    assert fingerprint(Student("bob", students[0].files)) == fingerprint(students[0])
    monkeypatch.setattr(kept, "checker", lambda: "another")
    assert not keys & {key(fingerprint(one), "relu") for one in students}


def test_a_place_that_cannot_be_written_is_said_before_anything_is_checked(tmp_path: Path) -> None:
    put(tmp_path, {"class/ann.py": SOFTMAX})
    with pytest.raises(CannotWrite, match="cannot be written"):
        grade_class(tmp_path / "class", kept=tmp_path / "no/kept")


# A class


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def command(*words: object) -> tuple[int, str, str]:
        code = invoke(exercise, ["grade", *map(str, words)], "d2lcore exercise")
        return code, *capfd.readouterr()

    return command


def test_a_wrong_command_line_is_one_line(run: Callable[..., tuple[int, str, str]], tmp_path: Path) -> None:
    put(tmp_path, {"class/ann.py": "x = 1"})
    for words, part in {
        (tmp_path / "no",): "does not exist",
        (tmp_path / "class",): "no file in",
        (tmp_path / "class", "--only", "sofmax"): "did you mean 'softmax'?",
        (tmp_path / "class", "--html", tmp_path / "no/x.html"): "there is no folder",
        (tmp_path / "class", "-j", "0"): "0 is not in the range",
    }.items():
        code, out, err = run(*words)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert part in err


@forked
@pytest.mark.slow
def test_one_submission_stops_no_other(
    run: Callable[..., tuple[int, str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = put(
        tmp_path / "class",
        {
            "ann/softmax.py": HEADER + SOFTMAX,
            "bob.py": HEADER + NO_KEEPDIM + "def relu(X):\n    while True: pass\n",
            "cleo.py": "import os\nos.kill(os.getppid(), 9)\n" + SOFTMAX,  # its checker
            "dan.py": "def softmax(O)\n",
            "eve.py": "import sys\nsys.exit()\n" + SOFTMAX,
            "fay.py": "from bob import softmax\nsoftmax = softmax\n",
            "gus.ipynb": notebook("import torch", NO_KEEPDIM),
            "hal.ipynb": "no json",
            "notes.txt": "",
        },
    )
    start = time.monotonic()
    code, out, err = run(folder, "-j", 2, "--json", "--feedback", tmp_path / "feedback")
    assert code == 1
    assert time.monotonic() - start < 300
    found = json.loads(out)
    table = {(row["student"], row["exercise"]): (row["verdict"], row["diagnosis"]) for row in found["rows"]}
    assert len(table) == 16
    assert {at: one for at, one in table.items() if one[0] != "no answer"} == {
        ("ann", "softmax"): ("right", ""),
        ("bob", "softmax"): ("wrong", ROW_OF_SUMS),
        ("bob", "relu"): ("wrong", "nothing within 5 seconds: is there a loop without an end?"),
        ("cleo", "softmax"): ("not graded", "the checker itself crashed on it"),
        ("dan", "softmax"): ("wrong", "raised: SyntaxError: expected ':'"),
        ("eve", "softmax"): ("wrong", "raised: sys.exit(), which ends the program: return a value instead"),
        ("fay", "softmax"): ("wrong", "raised: ModuleNotFoundError: No module named 'bob'"),
        ("gus", "softmax"): ("wrong", ROW_OF_SUMS),
    }
    assert "left out, as neither a folder nor .py nor .ipynb: notes.txt" in err
    assert "hal: hal.ipynb is not a notebook" in err
    assert (tmp_path / "feedback/gus.txt").read_text().startswith("gus: 0 of 2 right\n\nsoftmax: not yet\n")

    asked = []
    monkeypatch.setattr(grade, "grade_all", lambda tasks, count: asked.extend(tasks) or iter_nothing())
    (folder / "cleo.py").write_text(SOFTMAX)
    (folder / "ann").rename(folder / "anna")
    with pytest.raises(KeyError):  # it is asked for cleo's alone, and gets nothing
        grade_class(folder)
    assert [(task.student.name, task.names) for task in asked] == [("cleo", ("softmax",))]


def iter_nothing() -> object:
    yield from ()


GRADE = """
import sys
from d2lcourse.cli import main
sys.argv = ["d2lcore", "exercise", "grade", *sys.argv[1:]]
main()
"""


def banked(folder: Path, names: list[str], students: int) -> dict[tuple[str, str], str]:
    """A class in which student i makes mistake i of each exercise; the diagnosis that each must get."""
    known = {}
    for i in range(students):
        for name in names:
            wrong = exercises()[name].mistakes[i % len(exercises()[name].mistakes)]
            put(folder, {f"s{i:02}/{name}.py": HEADER + wrong.code + "\n"})
            known[f"s{i:02}", name] = wrong.diagnosis
    return known


def killed_in_the_middle(folder: Path, table: Path, number: int) -> None:
    command = [sys.executable, "-c", GRADE, str(folder), "-j", "2", "--csv", str(table)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 240
        while process.poll() is None and time.monotonic() < deadline:
            if (folder / grade.KEPT).exists() and len((folder / grade.KEPT).read_bytes().splitlines()) >= 10:
                os.kill(process.pid, number)
                break
            time.sleep(0.02)
        assert process.wait(30) in (-number, 130)


@forked
@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_run_goes_on_and_every_known_mistake_gets_its_diagnosis(tmp_path: Path, number: int) -> None:
    names = ["softmax", "relu", "accuracy", "output_size"]
    known = banked(tmp_path / "class", names, 12)
    killed_in_the_middle(tmp_path / "class", tmp_path / "killed.csv", number)
    assert not (tmp_path / "killed.csv").exists()
    before = set(Kept(tmp_path / "class" / grade.KEPT).grades)
    assert 9 <= len(before) < len(known)
    resumed = grade_class(tmp_path / "class", processes=2)
    assert {(row.student, row.exercise): row.diagnosis for row in resumed.rows} == known
    fresh = grade_class(tmp_path / "class", processes=2, kept=tmp_path / "anew")
    assert resumed == fresh
    assert before <= set(Kept(tmp_path / "anew").grades)
