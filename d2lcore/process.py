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


def torchrun_rank() -> int | None:
    """The number of this process among those that torchrun has started; None if it was not."""
    return int(os.environ["RANK"]) if "TORCHELASTIC_RUN_ID" in os.environ else None


def waiting_threads(seconds: float) -> str | None:
    """A hint for training that took `seconds` and may have spent them waiting; None where there is no sign.

    Torch's threads spin while they wait for one another, unless d2lcore was imported first. Beside other work
    that makes an epoch several times slower; with the system's load at 1.5 a core or more it is said.
    """
    import torch

    import d2lcore

    threads, cores = torch.get_num_threads(), os.cpu_count() or 1
    if d2lcore._threads_sleep or threads == 1 or seconds < 5 or not hasattr(os, "getloadavg"):
        return None
    load = os.getloadavg()[0]
    if load < 1.5 * cores:
        return None
    return (
        f"hint: other work keeps the machine busy (load {load:.1f} on {cores} cores), and torch's {threads} "
        "threads wait for one another: call torch.set_num_threads(1), or import d2lcore before torch"
    )


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
