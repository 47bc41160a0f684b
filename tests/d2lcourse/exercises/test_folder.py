"""The folder of answers: no answer is lost, none is half written, no note is forgotten."""

import json
from pathlib import Path

import pytest
from on_disk import at_once, files_in, full_after, python

from d2lcore.command_line import invoke
from d2lcourse.exercises.answers import Answers
from d2lcourse.exercises.commands import exercise
from d2lcourse.exercises.exercise import exercises, named

NAMES = list(exercises())
SOFTMAX = named("softmax")


@pytest.fixture
def answers(tmp_path: Path) -> Answers:
    return Answers(tmp_path / "answers")


def test_eight_writers_lose_no_note(answers: Answers) -> None:
    for what in ("hints", "passed"):
        at_once(lambda i, what=what: answers.note(named(NAMES[i]), what, i), 8)
    noted = json.loads(answers.notes.read_text())
    assert noted == {name: {"hints": i, "passed": i} for i, name in enumerate(NAMES[:8])}


@pytest.mark.slow
def test_resets_at_once_keep_the_answer(answers: Answers) -> None:
    file = answers.file(SOFTMAX)
    for _ in range(10):
        answers.write_stub(SOFTMAX)
        file.write_text("mine")
        at_once(lambda _: answers.reset(SOFTMAX), 4)
        backups = sorted(one for one in answers.folder.glob("softmax.py.*"))
        assert [one.read_text() for one in backups].count("mine") == 1
        assert file.read_text() == SOFTMAX.start
        assert len(backups) == 4
        for one in backups:
            one.unlink()


def test_a_backup_is_never_replaced(answers: Answers) -> None:
    for i in range(3):
        answers.write_stub(SOFTMAX)
        answers.file(SOFTMAX).write_text(f"mine {i}")
        assert answers.reset(SOFTMAX).name == f"softmax.py.{i + 1}"
    assert [answers.folder.joinpath(f"softmax.py.{i + 1}").read_text() for i in range(3)] == [
        f"mine {i}" for i in range(3)
    ]


def test_of_starts_at_once_one_writes_the_stub(answers: Answers) -> None:
    wrote: list[bool] = []
    at_once(lambda _: wrote.append(answers.write_stub(SOFTMAX)), 8)
    assert sorted(wrote) == [False] * 7 + [True]
    assert answers.file(SOFTMAX).read_text() == SOFTMAX.start
    assert files_in(answers.folder) == {"softmax.py"}


@pytest.mark.parametrize("line", ["start softmax", "reset softmax", "hint softmax"])
def test_a_full_disk_loses_nothing_and_is_told(
    answers: Answers, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answers.make()
    if line.startswith("reset"):
        answers.file(SOFTMAX).write_text("mine")
    before = files_in(answers.folder)
    with full_after(10):
        code = invoke(exercise, [*line.split(), "--folder", str(answers.folder)], "d2lcore exercise")
    file = answers.notes if line.startswith("hint") else answers.file(SOFTMAX)
    assert (code, capsys.readouterr().err) == (
        2,
        f"d2lcore exercise: error: {file}: cannot be written (File too large); make room, "
        "or name another --folder\n",
    )
    assert files_in(answers.folder) == before
    assert not before or answers.file(SOFTMAX).read_text() == "mine"
    assert invoke(exercise, [*line.split(), "--folder", str(answers.folder)], "d2lcore exercise") == 0


KILLED = """
import os, signal, sys
from pathlib import Path
from d2lcourse.exercises.answers import Answers
from d2lcourse.exercises.exercise import named

moment, calls = int(sys.argv[2]), 0
def watch(event, args):
    global calls
    if event in ("open", "os.link", "os.rename", "os.remove", "os.mkdir") and "answers" in str(args[0]):
        calls += 1
        if calls == moment:
            os.kill(os.getpid(), signal.SIGKILL)

answers, softmax = Answers(Path(sys.argv[1])), named("softmax")
sys.addaudithook(watch)
if answers.file(softmax).exists():
    answers.reset(softmax)
else:
    answers.write_stub(softmax)
print("done")
"""


@pytest.mark.slow
@pytest.mark.parametrize("before", [None, "mine"])
def test_killed_at_every_step_of_start_and_reset(answers: Answers, before: str | None) -> None:
    for moment in range(1, 30):
        if before:
            answers.make()
            for old in answers.folder.glob("softmax.py*"):
                old.unlink()
            answers.file(SOFTMAX).write_text(before)
        with python(KILLED, str(answers.folder), str(moment)) as process:
            done = process.stdout.read() == "done\n"
        texts = [one.read_text() for one in answers.folder.glob("softmax.py*")]
        assert set(texts) <= {before, SOFTMAX.start}, "an answer is half written"
        assert before is None or before in texts, "the answer is lost"
        if done:
            break
    assert done
    assert 3 <= moment < 20
    assert len(list(answers.folder.glob(".*.part"))) == 0, "what was left has been swept"


def test_damaged_notes_are_replaced_and_unreadable_ones_kept(answers: Answers) -> None:
    answers.make()
    answers.notes.mkdir()
    with pytest.raises(
        ValueError, match=r"\.progress\.json: cannot be written \(Is a directory\); make room"
    ):
        answers.note(SOFTMAX, "hints", 1)
    assert answers.recall(SOFTMAX, "hints") is None
    answers.notes.rmdir()
    answers.notes.write_text("{")
    answers.note(SOFTMAX, "hints", 1)
    assert answers.recall(SOFTMAX, "hints") == 1


def test_an_empty_folder_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(exercise, ["list", "--folder", ""], "d2lcore exercise") == 2
    assert "'--folder': it is empty; name a folder" in capsys.readouterr().err
