"""Running code that may loop for ever, exit or crash, in a process of its own."""

import contextlib
import io
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import torch

from d2lcore.data.writing import CannotWrite, abandoned, fcntl
from d2lcore.errors import require
from d2lcore.printable import printable

from .serve import DONE, ERROR, EXTENSIONS, ITEM, KEPT, NO_ROOM, serve, split

FORKS = sys.platform == "linux"  # elsewhere a process with threads cannot be forked, or not safely
FORK_START, FRESH_START = 10.0, 120.0  # seconds within which a child must be ready
LARGEST = 64 << 20  # bytes of all items
TRACED = 64 << 10  # bytes of the stacks that are looked at
PREFIX = "d2lcore-check-"  # of the folder of a child
FILES = ("results", "printed", "trace")  # in that folder

_PROJECT = Path(__file__).parents[2]
LIBRARIES = [  # whose imports may take longer than an answer
    *{sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")},
    str(Path(torch.__file__).parents[1]),
    *(str(_PROJECT / name) for name in ("d2lcore", "d2lcourse", "chapters")),
]


class Ended(NamedTuple):
    """What became of the work.

    items: what it gave. how: 'finished', 'time' (it was stopped), 'signal' or 'exit' (it ended its process),
    'unreadable' (something else was written where its items belong).
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
    write in; what it prints is kept, not shown. At the end it is killed with the processes of its group. That
    protects from mistakes, not from malice: what leaves the group, or writes elsewhere by an absolute path,
    is not stopped.
    fork: by default where that is safe. A fork that cannot compute is replaced by a new Python.
    Raises RuntimeError if the process does not start, or if `work` itself raises, and CannotWrite if there is
    no room for its folder.
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
    with _own_folder() as (folder, files):
        child = start(work, folder, limit)
        try:
            in_time = _wait(child, files, patience, limit)
        finally:
            _kill(child)
        return _ended(files, in_time, child.returncode) if _is_ready(files) else None


Files = dict[str, io.FileIO]  # by name; open, so that they can be read whatever becomes of their names


@contextlib.contextmanager
def _own_folder() -> Iterator[tuple[Path, Files]]:
    """A folder for a child, with its files; removed at the end, or swept later if this process is killed."""
    with contextlib.ExitStack() as stack:
        try:
            _sweep(Path(tempfile.gettempdir()))
            folder = Path(tempfile.mkdtemp(prefix=PREFIX))
            stack.callback(_remove, folder)
            files = {name: stack.enter_context(io.FileIO(folder / name, "w+")) for name in FILES}
        except OSError as error:
            raise _no_room(error.strerror or str(error)) from error
        if fcntl is not None:
            with contextlib.suppress(OSError):
                fcntl.flock(files["results"], fcntl.LOCK_EX)  # until this process and its fork are gone
        yield folder, files


def _remove(folder: Path) -> None:
    if folder.is_dir() and not folder.is_symlink():
        shutil.rmtree(folder, ignore_errors=True)
    else:  # the answer has put something else there: a pipe would not let `rmtree` go
        with contextlib.suppress(OSError):
            folder.unlink()


def _no_room(reason: str) -> CannotWrite:
    place = tempfile.tempdir or "the folder for temporary files"
    return CannotWrite(f"{place}: cannot write there ({reason}); make room, or set TMPDIR to another folder")


def _sweep(place: Path) -> None:
    """Remove the folders of processes that were killed before they could do so."""
    for marker in place.glob(f"{PREFIX}*/results"):
        folder = marker.parent
        with contextlib.suppress(OSError), abandoned(marker) as left:
            ours = not hasattr(os, "getuid") or folder.lstat().st_uid == os.getuid()
            new = time.time() - folder.lstat().st_mtime < 1  # its owner may not have locked it yet
            if left and ours and not new and not folder.is_symlink():
                _remove(folder)


def _is_ready(files: Files) -> bool:
    return os.fstat(files["results"].fileno()).st_size > 0  # the first record says so


def _wait(child: Any, files: Files, patience: float, limit: float) -> bool:
    """Wait until the child has ended; False if it does not in time.

    At the limit, a child that is importing a library gets as much time again: torch takes seconds for some.
    """
    ready, deadline, pause, extensions = False, time.monotonic() + patience, 0.001, EXTENSIONS
    while child.poll() is None:
        if not ready and _is_ready(files):
            ready, deadline = True, time.monotonic() + limit
        if time.monotonic() > deadline:
            if not (ready and extensions and _importing(_read(files["trace"], TRACED))):
                return False
            deadline, extensions = deadline + limit, extensions - 1
        time.sleep(pause)
        pause = min(1.2 * pause, 0.02)
    return True


def _importing(trace: str) -> bool:
    """Whether the last stack that was written is inside an import of a library."""
    last = trace.rpartition("most recent call first")[2]
    running, imports, _ = last.partition('File "<frozen importlib._bootstrap')
    files = re.findall(r'File "(.*)", line', running)  # what the import runs at the moment
    return bool(imports) and all(one.startswith(("<frozen", *LIBRARIES)) for one in files)


def _kill(child: Any) -> None:
    """End the child and what is still in its group, and wait until it is gone."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)  # the child leads a group of its own
    child.kill()
    child.wait()


def _read(file: io.FileIO, most: int) -> str:
    """The end of it."""
    file.seek(max(0, os.fstat(file.fileno()).st_size - most))
    return (file.read(most) or b"").decode("utf-8", "replace")


def _ended(files: Files, in_time: bool, returncode: int) -> Ended:
    results = files["results"]
    results.seek(0)
    readable = os.fstat(results.fileno()).st_size <= LARGEST
    records, whole = split(results.read(LARGEST) if readable else b"")
    kinds, items = [kind for kind, _ in records], []
    for kind, content in records:
        if kind == ERROR:
            raise RuntimeError(f"the checker failed: {content.decode('utf-8', 'replace')}")
        if kind == ITEM:
            try:  # plain data only
                items.append(torch.load(io.BytesIO(content), map_location="cpu", weights_only=True))
            except Exception:
                whole = False
                break
    how = "time" if not in_time else "signal" if returncode < 0 else "exit"
    if how == "exit" and returncode == NO_ROOM:
        raise _no_room("no room for what the answer gave")
    how = "unreadable" if not (readable and whole) else "finished" if DONE in kinds else how
    printed = printable(_read(files["printed"], KEPT))
    return Ended(items, how, abs(returncode), printed, _read(files["trace"], TRACED))


class _Forked:
    """A copy of this process that does the work; used like `subprocess.Popen`."""

    def __init__(self, work: Callable[[], Iterable[Any]], folder: Path, limit: float) -> None:
        self.returncode: int | None = None
        sys.stdout.flush()
        parent = os.getpid()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # this process may have threads: see _serve
            self.pid = os.fork()
        if not self.pid:
            try:
                serve(lambda: work, folder, limit, parent)
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
from d2lcourse.exercises.serve import serve, unpacked
serve(lambda: unpacked(folder), folder, float(sys.argv[2]), int(sys.argv[3]))
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
        [sys.executable, "-c", _BOOT, str(folder), str(limit), str(os.getpid())],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
