"""Serving a page: what is missing or taken is told in a line, a closed page stops, Ctrl-C ends it."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from d2lcore.command_line import invoke
from d2lcourse.cli import cli
from d2lcourse.play import server

ENDLESS = "def dropout_layer(X, p):\n    while True:\n        pass\n"
# As `d2lcore play`, but a page that is opened starts at once, and the reader's function has much time.
TRAINING = """
import sys
from d2lcourse.cli import main
from d2lcourse.play import page, run
run.LIMIT = 300
class Started(page.Window):
    def __init__(self, *args):
        super().__init__(*args)
        self.toggle()
        print("training", flush=True)
page.Window = Started
main()
"""


def told(capsys: pytest.CaptureFixture, *args: str) -> str:
    """The one line in which `d2lcore play` refuses."""
    assert invoke(cli, ["play", *args], prog="d2lcore") == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    return lines[0]


def test_without_bokeh_one_line_names_the_extra(
    without_module: Callable, capsys: pytest.CaptureFixture
) -> None:
    without_module("bokeh")
    assert 'a player needs bokeh, which is not installed; `pip install "d2lcore[play]"`' in told(
        capsys, "dropout", "--no-browser"
    )


def test_an_unknown_player_is_told_the_nearest(capsys: pytest.CaptureFixture) -> None:
    assert "there is no 'dropuot'; did you mean 'dropout'" in told(capsys, "dropuot", "--no-browser")


def test_an_answer_that_is_not_there_is_told_before_a_page_is(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    pytest.importorskip("bokeh", reason="the extra `play` is not installed")
    line = told(capsys, "dropout", "--mine", "--folder", str(tmp_path), "--no-browser")
    assert "has no answer that this player calls (dropout_layer)" in line


def test_two_windows_go_each_its_own_way() -> None:
    pytest.importorskip("bokeh", reason="the extra `play` is not installed")
    from bokeh.document import Document

    from d2lcourse.play.page import Window

    player = server.player_of("dropout")
    one, other = (Window(player, Document(), None) for _ in range(2))
    before = other.numbers.text
    one.turn("p", 0.9)
    one.step()
    assert (one.state["step"], other.state["step"]) == (1, 0)
    assert (one.knobs["p"], other.knobs["p"], other.numbers.text) == (0.9, 0.5, before)
    other.step()
    assert other.state["losses"] != one.state["losses"]  # with its own p


@pytest.mark.slow
def test_a_page_beside_a_notebook_is_a_process_that_ends_with_it() -> None:
    pytest.importorskip("bokeh", reason="the extra `play` is not installed")
    code = (
        "import torch, d2lcore as d2l; torch.manual_seed(3); before = torch.get_rng_state(); "
        "d2l.play('dropout'); print(torch.equal(before, torch.get_rng_state()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    told, same = done.stdout.split("\n")[:2]
    assert (told.split(": ")[0], same) == ("dropout", "True")
    port = int(told.rstrip("/").rpartition(":")[2])

    def is_gone() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) != 0

    wait_until(is_gone)


def wait_until(holds: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.05)


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that another program has."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def started(code: str, *args: str, env: dict[str, str] | None = None) -> subprocess.Popen:
    """`d2lcore play dropout` in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", code, "play", "dropout", *args],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **(env or {})},
    )  # fmt: skip


def interrupted(program: subprocess.Popen) -> tuple[str, str]:
    """What it has printed on both streams, after Ctrl-C. It ends soon, with 130."""
    program.send_signal(signal.SIGINT)
    out, err = program.communicate(timeout=60)
    assert program.returncode == 130
    return out, err


@pytest.mark.slow
def test_a_taken_port_and_no_display_are_told_and_ctrl_c_ends_it(taken: int) -> None:
    pytest.importorskip("bokeh", reason="the extra `play` is not installed")
    nothing = {"PATH": "", "DISPLAY": "", "WAYLAND_DISPLAY": "", "BROWSER": ""}
    with started("from d2lcourse.cli import main; main()", "--port", str(taken), env=nothing) as program:
        lines = [program.stdout.readline() for _ in range(3)]
        assert interrupted(program) == ("", "\nd2lcore: interrupted\n")
    free = re.fullmatch(rf"port {taken} is taken; this one is free: (\d+)\n", lines[0])
    assert free
    assert lines[1] == f"dropout: http://localhost:{free[1]}/  (Ctrl-C ends it)\n"
    assert lines[2] == "no browser opened: open the address above in one\n"


@pytest.mark.slow
def test_ctrl_c_ends_it_while_it_trains_and_the_readers_function_loops(tmp_path: Path) -> None:
    pytest.importorskip("bokeh", reason="the extra `play` is not installed")
    from bokeh.client import pull_session

    (tmp_path / "dropout_layer.py").write_text(ENDLESS, encoding="utf-8")
    with started(TRAINING, "--no-browser", "--mine", "--folder", str(tmp_path)) as program:
        url = re.search(r"http://\S+", program.stdout.readline())[0]
        session = pull_session(url=url)
        assert program.stdout.readline() == "training\n"
        time.sleep(1)
        assert interrupted(program) == ("", "\nd2lcore: interrupted\n")  # without waiting for the function
        session.close()
