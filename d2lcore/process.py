"""The process a command runs in: its streams, its end on request, its memory."""

import contextlib
import io
import os
import re
import signal
import sys
import threading
from collections.abc import Iterator
from typing import Any


def mend_streams() -> None:
    """Let no output end a command: closed streams lead nowhere, and a letter they lack becomes '?'."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:  # closed: the next file that is opened would get its number, and what is printed
            os.open(os.devnull, os.O_RDWR)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif isinstance(stream, io.TextIOWrapper) and stream.errors in ("strict", "surrogateescape"):
            stream.reconfigure(errors="replace")


@contextlib.contextmanager
def terminated_like_interrupted() -> Iterator[None]:
    """Inside, SIGTERM is Ctrl-C, so that a run saves what it has; not in the processes that it forks."""
    owner, main = os.getpid(), threading.current_thread() is threading.main_thread()

    def stop(number: int, frame: Any) -> None:
        if os.getpid() == owner:
            raise KeyboardInterrupt
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    if not main or signal.getsignal(signal.SIGTERM) != signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def memory_wanted(error: BaseException) -> str | None:
    """What an error of too little memory asked for: "313.6 GB"; "more" if unknown; None if it is another."""
    text = str(error)
    short = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
    if not short and not re.search(r"not enough memory|allocate memory|out of memory|size calculation", text):
        return None
    if found := re.search(r"allocate (\d+) bytes", text):
        return f"{int(found[1]) / 1e9:,.1f} GB"
    if found := re.search(r"allocate ([\d.]+ [KMGTPE]i?B)", text):
        return found[1]
    return "more"
