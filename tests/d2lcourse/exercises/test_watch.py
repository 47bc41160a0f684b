"""`d2lcore exercise watch`: a save is answered at once, whatever the editor; the terminal stays as it was."""

import contextlib
import os
import re
import select
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from d2lcourse.exercises import isolate
from d2lcourse.exercises.exercise import HEADER, exercises
from d2lcourse.exercises.keyboard import keyboard
from d2lcourse.exercises.watch import NO_FILE, settled, stamp

pty = pytest.importorskip("pty")
termios = pytest.importorskip("termios")

WATCH = "import sys; from d2lcourse.cli import main; sys.argv[1:1] = ['exercise', 'watch']; main()"
COMMAND = [sys.executable, "-c", WATCH]
ROOT = Path(__file__).parents[3]
slow = pytest.mark.slow
forked = pytest.mark.skipif(not isolate.FORKS, reason="a new Python for every save takes seconds")


def later(seconds: float, work: object) -> None:
    timer = threading.Timer(seconds, work)
    timer.daemon = True
    timer.start()


def test_a_file_is_looked_at_when_nobody_writes_any_more(tmp_path: Path) -> None:
    file = tmp_path / "softmax.py"
    file.write_text("old")
    seen = stamp(file)
    assert settled(file, seen) == seen
    file.write_text("")  # as an editor that then takes its time
    later(0.1, lambda: file.write_text("new text"))
    assert settled(file, seen) == stamp(file)
    assert file.read_text() == "new text"


def test_an_editor_may_move_the_file_away_before_it_writes(tmp_path: Path) -> None:
    file = tmp_path / "softmax.py"
    file.write_text("same")
    seen = stamp(file)
    file.rename(tmp_path / "softmax.py~")
    later(0.1, lambda: file.write_text("same"))
    assert settled(file, seen)[2] == file.stat().st_ino
    assert settled(tmp_path / "none.py", NO_FILE) == NO_FILE


def test_where_there_is_no_terminal_there_are_no_keys(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("q")
    with (tmp_path / "text").open() as text, keyboard(text) as keys:
        assert not keys.works
        assert keys.read(0) == ""
    with keyboard(None) as keys:
        assert not keys.works


class Terminal:
    """The command in a terminal of its own, in a folder."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.main, self.side = pty.openpty()
        self.before = termios.tcgetattr(self.side)
        self.process = subprocess.Popen(
            [*COMMAND, *words],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"},
            stdin=self.side,
            stdout=self.side,
            stderr=self.side,
            start_new_session=True,
            preexec_fn=lambda: __import__("fcntl").ioctl(0, termios.TIOCSCTTY, 0),
        )
        self.text = ""

    def until(self, pattern: str, seconds: float = 120) -> re.Match[str]:
        """Read until the pattern is found; what is read up to it is then gone."""
        deadline = time.monotonic() + seconds
        while not (found := re.search(pattern, self.text)):
            assert time.monotonic() < deadline, f"no {pattern} in: {self.text}"
            if select.select([self.main], [], [], 0.01)[0]:
                self.text += os.read(self.main, 1 << 16).decode()
        self.text = self.text[found.end() :]
        return found

    def press(self, key: str) -> None:
        os.write(self.main, key.encode())

    def ended(self, code: int) -> None:
        assert self.process.wait(30) == code
        assert termios.tcgetattr(self.side) == self.before


@pytest.fixture
def watching(tmp_path: Path) -> Iterator[object]:
    with contextlib.ExitStack() as stack:

        def start(*words: str) -> Terminal:
            terminal = Terminal(tmp_path, *words)
            stack.callback(os.close, terminal.main)
            stack.callback(os.close, terminal.side)
            stack.callback(terminal.process.wait)
            stack.callback(terminal.process.kill)
            return terminal

        yield start


def right(name: str) -> str:
    return HEADER + exercises()[name].accepted[0]


@slow
@forked
def test_a_right_answer_is_answered_at_once_and_the_next_follows(watching: object, tmp_path: Path) -> None:
    terminal, names, seconds = watching(), list(exercises())[:20], []
    terminal.until("every save is checked; h shows a hint, q ends")
    for i, name in enumerate(names):
        terminal.until(rf"\n{name}: .*\s+write it in   my_answers/{name}\.py")
        terminal.until("waiting for a save")
        file, part = tmp_path / f"my_answers/{name}.py", tmp_path / "my_answers/.part"
        if i % 2:
            part.write_text(right(name))
            saved = time.monotonic()
            part.replace(file)
        else:
            saved = time.monotonic()
            file.write_text(right(name))
        terminal.until(rf"\d\d:\d\d:\d\d  {name}: right, in \d+ cases")
        seconds.append(time.monotonic() - saved)
    terminal.until("waiting for a save")
    terminal.press("q")
    terminal.ended(0)
    busy = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1)) if hasattr(os, "getloadavg") else 1.0
    assert statistics.median(seconds) < 0.3 * busy  # on a machine of its own: well below 0.3


@slow
@forked
def test_wrong_answers_hints_and_the_end(watching: object, tmp_path: Path) -> None:
    terminal = watching("softmax")
    file = tmp_path / "my_answers/softmax.py"
    terminal.until("waiting for a save")
    assert file.read_text() == exercises()["softmax"].start
    terminal.press("h")
    terminal.until("softmax, hint 1 of 3: ")
    terminal.press("H")
    terminal.until("softmax, hint 2 of 3: ")
    file.write_text("def softmax(O):\n    while True:\n        pass\n")
    terminal.until("softmax: not yet")
    terminal.until("came      nothing within 5 seconds: is there a loop without an end\\?")
    file.unlink()
    terminal.until("softmax.py is gone; it is checked when it is there again")
    file.write_text("def softmax(O)\n")
    terminal.until("raised    SyntaxError: expected ':'")
    terminal.press("\x03")
    terminal.until("interrupted")
    terminal.ended(130)


@slow
@forked
def test_an_answer_that_waits_is_checked_at_once_and_the_last_ends_it(
    watching: object, tmp_path: Path
) -> None:
    from d2lcourse.exercises.answers import Answers

    answers = Answers(tmp_path / "my_answers")
    for one in exercises().values():
        answers.write_stub(one)
        if one.name != "relu":
            answers.note(one, "passed", answers.digest(one))
    answers.file(exercises()["relu"]).write_text(right("relu"))
    terminal = watching()
    terminal.until("relu: right")
    terminal.until("every exercise is done")
    terminal.ended(0)


@slow
@forked
def test_without_a_terminal_it_works_without_keys(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "relu"], cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
        stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:  # fmt: skip
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        assert any(
            "no terminal here, so no keys: use `d2lcore exercise hint NAME`, and Ctrl-C" in one
            for one in lines
        )
        assert any("waiting for a save" in one for one in lines)
        (tmp_path / "my_answers/relu.py").write_text(right("relu"))
        assert any("relu: right" in one for one in lines)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        assert process.stderr is not None
        assert process.stderr.read().strip() == "d2lcore: interrupted"
