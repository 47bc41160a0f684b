"""Work that loops, exits, crashes or leaves things behind: what is said of it, and what is left of it."""

import contextlib
import ctypes
import errno
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch

from d2lcore.data.writing import CannotWrite
from d2lcourse.exercises import isolate as isolation
from d2lcourse.exercises import serve
from d2lcourse.exercises.isolate import Ended, isolated

pytestmark = pytest.mark.skipif(not isolation.FORKS, reason="here every process is a new Python")


def descendants() -> list[psutil.Process]:
    return psutil.Process().children(recursive=True)


@pytest.fixture(autouse=True)
def _clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test that leaves a process or a file behind, or that changes this process."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before, folder, out = descendants(), os.getcwd(), sys.stdout
    handlers = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGALRM)]
    yield
    assert descendants() == before
    assert list(tmp_path.glob("d2lcore-*")) == []
    assert (os.getcwd(), sys.stdout) == (folder, out)
    assert [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGALRM)] == handlers


def run(work: Callable[[], Iterator[Any]], limit: float = 20.0) -> Ended:
    return isolated(work, limit=limit, fork=True)


def test_items_come_back_in_order_with_what_was_printed() -> None:
    def work() -> Iterator[Any]:
        for i in range(12):
            print("item", i)
            yield ("tensor", torch.full((2,), i, dtype=torch.float64))

    ended = run(work)
    assert (ended.how, ended.printed.split("\n")[:2]) == ("finished", ["item 0", "item 1"])
    assert [item[1].tolist() for item in ended.items] == [[i, i] for i in range(12)]


def test_work_of_many_numbers_is_not_cut() -> None:
    (item,) = run(lambda: iter([torch.arange(300_000)])).items
    assert torch.equal(item, torch.arange(300_000))


def loop_in_python() -> Iterator[Any]:
    yield "before"
    while True:
        pass


def loop_in_c() -> Iterator[Any]:
    yield "before"
    sum(iter(int, 1))


def sleep_through_signals() -> Iterator[Any]:
    yield "before"
    for one in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM, signal.SIGHUP):
        signal.signal(one, signal.SIG_IGN)
    while True:
        with contextlib.suppress(BaseException):
            time.sleep(100)


def stop_itself() -> Iterator[Any]:
    yield "before"
    os.kill(os.getpid(), signal.SIGSTOP)


@pytest.mark.parametrize("work", [loop_in_python, loop_in_c, sleep_through_signals, stop_itself])
def test_what_does_not_end_is_ended(work: Callable[[], Iterator[Any]]) -> None:
    start = time.monotonic()
    ended = run(work, limit=0.4)
    assert (ended.items, ended.how) == (["before"], "time")
    assert time.monotonic() - start < 8


@pytest.mark.parametrize("work", [loop_in_python, loop_in_c])
def test_the_place_of_a_loop_is_known(work: Callable[[], Iterator[Any]]) -> None:
    assert f'File "{__file__}", line' in run(work, limit=0.4).trace


def write_to_nowhere() -> None:
    ctypes.string_at(0)


def kill_itself() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize(
    ("act", "how", "number"),
    [
        (write_to_nowhere, "signal", signal.SIGSEGV),
        (os.abort, "signal", signal.SIGABRT),
        (kill_itself, "signal", signal.SIGKILL),
        (lambda: os._exit(0), "exit", 0),
        (lambda: os._exit(3), "exit", 3),
    ],
)
def test_what_ends_its_process_is_told(
    act: Callable[[], object], how: str, number: int, capfd: pytest.CaptureFixture[str]
) -> None:
    def work() -> Iterator[Any]:
        yield 1
        yield act()

    ended = run(work)
    assert (ended.items, ended.how, ended.number) == ([1], how, number)
    assert ("line" in ended.trace) == (number in (signal.SIGSEGV, signal.SIGABRT))
    assert capfd.readouterr() == ("", "")  # no report of a fatal error on the screen, no word of pytest's


def test_processes_and_threads_that_it_started_end_with_it() -> None:
    def work() -> Iterator[Any]:
        yield subprocess.Popen(["sleep", "1000"]).pid
        threading.Thread(target=time.sleep, args=(1000,)).start()
        yield from ()

    start = time.monotonic()
    ended = run(work)
    assert ended.how == "finished"
    assert time.monotonic() - start < 10
    deadline = time.monotonic() + 10
    while _alive(ended.items[0]) and time.monotonic() < deadline:  # whoever adopted it has to bury it
        time.sleep(0.01)
    assert not _alive(ended.items[0])


def _alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_what_is_printed_stays_off_the_screen_and_within_bounds(capfd: pytest.CaptureFixture[str]) -> None:
    def work() -> Iterator[Any]:
        for stream in (sys.stdout, sys.stderr, sys.stdout.buffer):
            for _ in range(3000):
                stream.write(b"many words " if stream is sys.stdout.buffer else "many words ")
        print("ü\udc00", file=sys.stderr)
        os.write(1, b"words past Python")
        subprocess.run(["echo", "words of another program"], check=True)
        yield "end"

    ended = run(work)
    assert ended.items == ["end"]
    assert ended.printed == ("many words " * 200)[: serve.KEPT]
    assert capfd.readouterr() == ("", "")


def test_there_is_no_keyboard() -> None:
    def work() -> Iterator[Any]:
        try:
            yield input("? ")
        except EOFError as error:
            yield str(error)
        yield sys.stdin.read() + os.read(0, 10).decode()

    words, rest = run(work).items
    assert "no keyboard" in words
    assert rest == ""


def test_files_it_writes_are_gone_and_cannot_fill_the_disk(tmp_path: Path) -> None:
    def work() -> Iterator[Any]:
        Path("notes.txt").write_text("here")
        yield os.listdir()
        for path in Path().iterdir():
            path.unlink()
        try:
            with open("large", "wb") as file:
                file.seek(serve.WRITTEN + 1)
                file.write(b"x")
        except OSError as error:
            yield type(error).__name__

    assert run(work).items == [["notes.txt"], "OSError"]


def test_memory_is_bounded() -> None:
    def work() -> Iterator[Any]:
        for size in (1000, 16 << 30):
            try:
                yield len(bytes(size))
            except MemoryError:
                yield "MemoryError"

    assert run(work).items == [1000, "MemoryError"]


def test_no_core_file_and_no_warning_turned_into_an_error() -> None:
    def work() -> Iterator[Any]:
        import resource
        import warnings

        warnings.warn("an error in this suite", UserWarning, stacklevel=1)
        yield list(resource.getrlimit(resource.RLIMIT_CORE))[:1]

    assert run(work).items == [[0]]


def test_linear_algebra_and_gradients_after_the_parent_has_used_threads() -> None:
    def work() -> Iterator[Any]:
        A = torch.randn(100, 100, requires_grad=True)
        torch.linalg.svdvals(A @ A).sum().backward()
        yield bool(A.grad.isfinite().all())

    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        large = torch.randn(400, 400, requires_grad=True)
        torch.linalg.inv(large @ large).sum().backward()
        assert run(work) == Ended([True], "finished", 0, "", "")
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(threads)


@pytest.mark.slow
@pytest.mark.parametrize("library", [True, False])
def test_time_for_the_import_of_a_library_is_not_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: bool
) -> None:
    (tmp_path / "slow_module_of_this_test.py").write_text("import time\ntime.sleep(1.2)\n")
    if library:
        monkeypatch.setattr(isolation, "LIBRARIES", [*isolation.LIBRARIES, str(tmp_path)])

    def work() -> Iterator[Any]:
        sys.path.append(str(tmp_path))
        import slow_module_of_this_test  # type: ignore[import-not-found]

        yield slow_module_of_this_test.__name__
        time.sleep(100)

    start = time.monotonic()
    ended = run(work, limit=0.4)
    assert (ended.items, ended.how) == (["slow_module_of_this_test"] if library else [], "time")
    assert library or time.monotonic() - start < 1.2


def test_an_error_of_the_work_itself_is_raised() -> None:
    def work() -> Iterator[Any]:
        yield 1
        raise KeyError("a bug")

    with pytest.raises(RuntimeError, match=r"(?s)the checker failed: .*KeyError: 'a bug'"):
        run(work)


class Trap:
    def __reduce__(self) -> tuple:
        return (print, ("unpickled",))


def test_nothing_but_plain_data_is_unpickled(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(lambda: iter([1, Trap()]))[:2] == ([1], "unreadable")
    assert capsys.readouterr().out == ""


@pytest.mark.slow
def test_a_fork_that_cannot_compute_is_replaced_by_a_new_python(monkeypatch: pytest.MonkeyPatch) -> None:
    # As where the parent has used a GPU. A new Python finds `dict` as well.
    monkeypatch.setattr(serve, "_prove_fit", lambda: 1 / 0)
    started = []
    monkeypatch.setattr(isolation, "_fresh", lambda work, *rest: started.append(work) or FRESH(work, *rest))
    assert isolated(dict, limit=20, fork=True).how == "finished"
    assert started == [dict]


FRESH = isolation._fresh


def test_a_fork_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "_prove_fit", lambda: time.sleep(100))
    monkeypatch.setattr(isolation, "FORK_START", 0.3)
    monkeypatch.setattr(isolation, "_fresh", isolation._Forked)
    monkeypatch.setattr(isolation, "FRESH_START", 0.3)
    with pytest.raises(RuntimeError, match="did not start within 0 s"):
        run(lambda: iter([1]))


def test_what_cannot_be_sent_to_a_new_python() -> None:
    lock = threading.Lock()

    def work() -> Iterator[Any]:
        yield lock.locked()

    with pytest.raises(
        ValueError, match=r"answer: it cannot be sent to another process .*write it to a file"
    ):
        isolated(work, limit=5, fork=False)


def test_ctrl_c_ends_the_work_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(loop_in_python)


@pytest.mark.slow
@pytest.mark.parametrize("limit", [600.0])  # its own end would be at 70 minutes
def test_a_killed_parent_takes_its_child_along_and_the_next_sweeps(tmp_path: Path, limit: float) -> None:
    code = """
import os, sys
from d2lcourse.exercises.isolate import isolated
def work():
    os.write(parents_out, f"{os.getpid()}\\n".encode())
    while True:
        pass
    yield
parents_out = os.dup(1)
isolated(work, limit=float(sys.argv[1]), fork=True)
"""
    command = [sys.executable, "-c", code, str(limit)]
    elsewhere = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=elsewhere) as parent:
        child = int(parent.stdout.readline())
        time.sleep(1)
        assert run(lambda: iter([1])).items == [1]
        (left,) = tmp_path.glob("d2lcore-*")  # of the living one: not swept
        parent.kill()
    deadline = time.monotonic() + 5
    while _alive(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _alive(child)
    other = tmp_path / "d2lcore-check-of-somebody"
    other.mkdir()
    deadline = time.monotonic() + 5
    while left.exists() and time.monotonic() < deadline:  # the system may free its lock a little later
        assert run(lambda: iter([1])).items == [1]
    assert not left.exists()
    assert other.exists(), "it is none of ours"
    other.rmdir()


def test_no_room_for_the_folder_of_a_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    told = rf"{tmp_path}/gone: cannot write there \(No such file or directory\); make room, or set TMPDIR"
    with pytest.raises(CannotWrite, match=told):
        run(lambda: iter([1]))


def full() -> Iterator[Any]:
    yield 1
    raise OSError(errno.ENOSPC, "No space left on device")


def test_no_room_for_what_the_work_gives() -> None:
    with pytest.raises(CannotWrite, match="no room for what the answer gave"):
        run(full)
