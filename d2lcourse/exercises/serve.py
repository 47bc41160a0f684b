"""The process of its own: what happens on that side of `isolate`."""

import builtins
import contextlib
import errno
import faulthandler
import io
import os
import signal
import struct
import sys
import traceback
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch

KEPT = 2000  # bytes of what is printed
EXTENSIONS = 5  # times the limit
MEMORY = 2 << 30  # bytes, beyond what the process has when the work begins
WRITTEN = 256 << 20  # bytes a file
NO_ROOM = 74  # exit status: the disk is full

HEADER = struct.Struct(">cQ")  # of a record in the file of results: its kind and length
KINDS = READY, ITEM, DONE, ERROR = b"R", b"I", b"D", b"E"


def serve(get: Callable[[], Callable[[], Iterable[Any]]], folder: Path, limit: float, parent: int) -> None:
    """Do the work, write its items to `folder`, and end the process, at the latest when `parent` ends."""
    leave, save, status = os._exit, torch.save, 0  # as they are before the work can change them
    results = os.open(folder / "results", os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0))

    def write(kind: bytes, content: bytes = b"") -> None:
        record = memoryview(HEADER.pack(kind, len(content)) + content)
        while record:
            record = record[os.write(results, record) :]

    ready = False
    try:
        _die_with(parent)
        _shield(folder)
        _prove_fit()
        _watch(folder / "trace", limit)
        _limit_resources()
        write(READY)
        ready = True
        for item in get()():
            content = io.BytesIO()
            save(item, content)
            write(ITEM, content.getvalue())
        write(DONE)
    except BaseException as error:
        status = NO_ROOM if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT) else 0
        if ready and not status:
            write(ERROR, traceback.format_exc().encode("utf-8", "replace"))
    finally:
        leave(status)


def split(content: bytes) -> tuple[list[tuple[bytes, bytes]], bool]:
    """The records in `content`, each its kind and what it holds, and whether there is nothing else.

    The last may be cut off: its process was ended.
    """
    records: list[tuple[bytes, bytes]] = []
    at = 0
    while at + HEADER.size <= len(content):
        kind, length = HEADER.unpack_from(content, at)
        at += HEADER.size
        if kind not in KINDS:
            return records, False
        if at + length <= len(content):
            records.append((kind, content[at : at + length]))
        at += length
    return records, True


def _die_with(parent: int) -> None:
    """Be killed when the parent is, where the system offers that; elsewhere `_watch` has an end."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:  # it was faster
            os._exit(1)


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


def unpacked(folder: Path) -> Callable[[], Iterable[Any]]:
    import pickle

    return pickle.loads((folder / "work").read_bytes())
