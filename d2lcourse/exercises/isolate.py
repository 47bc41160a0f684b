"""Running code that may loop for ever, exit or crash, in a process of its own."""

import builtins
import contextlib
import faulthandler
import io
import os
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import torch

from d2lcore.errors import require

FORKS = sys.platform == "linux"  # elsewhere a process with threads cannot be forked, or not safely
FORK_START, FRESH_START = 10.0, 120.0  # seconds within which a child must be ready
KEPT = 2000  # bytes of what is printed
EXTENSIONS = 5  # times the limit
MEMORY = 2 << 30  # bytes, beyond what the process has when the work begins
WRITTEN = 256 << 20  # bytes a file


class Ended(NamedTuple):
    """What became of the work.

    items: what it gave. how: 'finished', 'time' (it was stopped), 'signal' or 'exit' (it ended its process).
    number: of the signal, or the exit status. printed: the beginning of it. trace: where it was stopped.
    """

    items: list[Any]
    how: str
    number: int
    printed: str
    trace: str


def isolated(work: Callable[[], Iterable[Any]], *, limit: float, fork: bool | None = None) -> Ended:
    """Run `work` in another process and collect what it gives, for at most `limit` seconds.

    Its items are plain data and tensors. The process has one thread, no keyboard, and a folder of its own to
    write in; what it prints is kept, not shown. Whatever it does, it is gone afterwards, with its children.
    fork: by default where that is safe. A fork that cannot compute is replaced by a new Python.
    Raises RuntimeError if the process does not start, or if `work` itself raises.
    """
    fork = FORKS if fork is None else fork
    ended = _attempt(_Forked, work, limit, FORK_START) if fork else None
    ended = ended or _attempt(_fresh, work, limit, FRESH_START)
    if ended is None:
        raise RuntimeError(f"a new Python ({sys.executable}) did not start within {FRESH_START:.0f} s")
    return ended


def _attempt(
    start: Callable[..., Any], work: Callable[[], Iterable[Any]], limit: float, patience: float
) -> Ended | None:
    """Start a process, wait for its end, or end it; None if it was never ready to work."""
    with tempfile.TemporaryDirectory(prefix="d2lcore-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        child = start(work, folder, limit)
        try:
            in_time = _wait(child, folder, patience, limit)
        finally:
            _kill(child)
        if not (folder / "ready").exists():
            return None
        return _ended(folder, in_time, child.returncode)


def _wait(child: Any, folder: Path, patience: float, limit: float) -> bool:
    """Wait until the child has ended; False if it does not in time.

    At the limit, a child that is importing a module gets as much time again: torch takes seconds for some.
    """
    ready, deadline, pause, extensions = False, time.monotonic() + patience, 0.001, EXTENSIONS
    while child.poll() is None:
        if not ready and (folder / "ready").exists():
            ready, deadline = True, time.monotonic() + limit
        if time.monotonic() > deadline:
            if not (ready and extensions and _importing(folder / "trace")):
                return False
            deadline, extensions = deadline + limit, extensions - 1
        time.sleep(pause)
        pause = min(1.2 * pause, 0.02)
    return True


def _importing(trace: Path) -> bool:
    """Whether the last stack that was written ends in an import."""
    last = trace.read_text(errors="replace").rpartition("most recent call first")[2]
    return "<frozen importlib._bootstrap>" in last


def _kill(child: Any) -> None:
    """End the child and what it has started, and wait until it is gone."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)  # the child leads a group of its own
    child.kill()
    child.wait()


def _ended(folder: Path, in_time: bool, returncode: int) -> Ended:
    def text(name: str) -> str:
        path = folder / name
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    if text("error"):
        raise RuntimeError(f"the checker failed: {text('error')}")
    items: list[Any] = []
    while (file := folder / f"{len(items)}.item").exists():
        items.append(torch.load(file, map_location="cpu", weights_only=True))  # plain data only
    how = "time" if not in_time else "signal" if returncode < 0 else "exit"
    how = "finished" if (folder / "done").exists() else how
    return Ended(items, how, abs(returncode), text("printed"), text("trace"))


class _Forked:
    """A copy of this process that does the work; used like `subprocess.Popen`."""

    def __init__(self, work: Callable[[], Iterable[Any]], folder: Path, limit: float) -> None:
        self.returncode: int | None = None
        sys.stdout.flush()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # this process may have threads: see _serve
            self.pid = os.fork()
        if not self.pid:
            try:
                _serve(lambda: work, folder, limit)
            finally:
                os._exit(1)

    def poll(self) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.returncode = os.waitstatus_to_exitcode(status) if pid else None
        return self.returncode

    def kill(self) -> None:
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> None:
        if self.returncode is None:
            self.returncode = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


_BOOT = """
import json, sys
from pathlib import Path
folder = Path(sys.argv[1])
sys.path[:] = json.loads((folder / "path").read_text(encoding="utf-8"))
from d2lcourse.exercises.isolate import _serve, _unpacked
_serve(lambda: _unpacked(folder), folder, float(sys.argv[2]))
"""


def _fresh(work: Callable[[], Iterable[Any]], folder: Path, limit: float) -> subprocess.Popen:
    """A new Python that does the work, which is sent to it."""
    import json

    cloudpickle = require("cloudpickle", "running an answer in a new Python")
    try:
        (folder / "work").write_bytes(cloudpickle.dumps(work))
    except Exception as error:
        raise ValueError(
            f"answer: it cannot be sent to another process ({error}); write it to a file and check that"
        ) from error
    (folder / "path").write_text(json.dumps([os.path.abspath(one) for one in sys.path]), encoding="utf-8")
    return subprocess.Popen(
        [sys.executable, "-c", _BOOT, str(folder), str(limit)],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip


def _unpacked(folder: Path) -> Callable[[], Iterable[Any]]:
    import pickle

    return pickle.loads((folder / "work").read_bytes())


# In the child


def _serve(get: Callable[[], Callable[[], Iterable[Any]]], folder: Path, limit: float) -> None:
    """Do the work, write its items to `folder`, and end the process."""
    leave = os._exit
    try:
        _shield(folder)
        _prove_fit()
        _limit_resources()
        (folder / "ready").touch()
        _watch(folder / "trace", limit)
        for i, item in enumerate(get()()):
            torch.save(item, folder / "part")
            os.replace(folder / "part", folder / f"{i}.item")
        (folder / "done").touch()
    except BaseException:
        if (folder / "ready").exists():
            (folder / "error").write_text(traceback.format_exc(), encoding="utf-8")
    finally:
        leave(0)


def _watch(path: Path, limit: float) -> None:
    """Write to `path` what runs: shortly before each end of the limit, and at a crash."""
    trace = open(path, "w")  # noqa: SIM115 - it is needed until the end
    faulthandler.enable(trace)
    if not hasattr(signal, "setitimer"):
        faulthandler.dump_traceback_later(0.9 * limit, repeat=True, file=trace)
        return
    # By a signal, for which a thread looks at its own stack: from another thread, one that changes can crash.
    faulthandler.register(signal.SIGALRM, trace, all_threads=False)
    signal.setitimer(signal.ITIMER_REAL, 0.9 * limit, limit)
    # And for the case that the parent is killed:
    faulthandler.dump_traceback_later((2 + EXTENSIONS) * limit, exit=True, file=trace)


def _prove_fit() -> None:
    """Raise, or hang, where a fork cannot compute: after a backward pass of the parent if there is a GPU."""
    torch.set_num_threads(1)  # the threads of the parent are not here, and would be waited for
    with torch.inference_mode(False), torch.enable_grad():
        X = torch.ones(2, 2, device="cpu", requires_grad=True)
        (X @ X).sum().backward()


def _shield(folder: Path) -> None:
    """Cut the process off from the keyboard, the screen, the folder and the signals of its parent."""
    if hasattr(os, "setsid"):
        with contextlib.suppress(PermissionError):  # a new Python has been put in a session of its own
            os.setsid()
    faulthandler.disable()
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    sys.stdin = open(os.devnull)  # noqa: SIM115
    sys.stdout = sys.stderr = io.TextIOWrapper(
        _Beginning(folder / "printed"), encoding="utf-8", errors="backslashreplace", write_through=True
    )
    builtins.input = _no_keyboard  # that of a notebook would ask the browser
    warnings.resetwarnings()
    warnings.simplefilter("ignore")
    sys.dont_write_bytecode = True
    (folder / "here").mkdir()
    os.chdir(folder / "here")


class _Beginning(io.RawIOBase):
    """A file that keeps the first KEPT bytes written to it."""

    def __init__(self, path: Path) -> None:
        self.fd, self.room = os.open(path, os.O_WRONLY | os.O_CREAT), KEPT

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        kept = bytes(data)[: self.room]
        self.room -= os.write(self.fd, kept) if kept else 0
        return len(data)


def _no_keyboard(prompt: object = "") -> str:
    raise EOFError("input() has no keyboard here: take what is needed from the arguments")


def _limit_resources() -> None:
    """Bounds on memory and on files."""
    with contextlib.suppress(ImportError, OSError, ValueError, AttributeError):
        import resource

        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        bounds = {
            resource.RLIMIT_CORE: 0,
            resource.RLIMIT_FSIZE: WRITTEN,
            resource.RLIMIT_AS: used + MEMORY,
        }
        for which, bound in bounds.items():
            _, most = resource.getrlimit(which)
            bound = bound if most == resource.RLIM_INFINITY else min(bound, most)
            resource.setrlimit(which, (bound, most))
