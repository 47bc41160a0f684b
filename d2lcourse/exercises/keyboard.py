"""Single keys of a terminal, without Enter; nothing where there is no terminal."""

import contextlib
import os
import select
import signal
import sys
import time
from collections.abc import Iterator
from typing import Any

try:
    import termios
    import tty
except ImportError:  # Windows
    termios = tty = None  # type: ignore[assignment]


class Keyboard:
    """`read` waits for a key. works: there is one."""

    works = False

    def read(self, seconds: float) -> str:
        """The key that is pressed within so many seconds, or ""."""
        time.sleep(seconds)
        return ""


class _Terminal(Keyboard):
    works = True

    def __init__(self, number: int) -> None:
        self.number = number

    def read(self, seconds: float) -> str:
        if not self.works:
            return super().read(seconds)
        if not select.select([self.number], [], [], seconds)[0]:
            return ""
        with contextlib.suppress(OSError):
            if key := os.read(self.number, 1):
                return key.decode("latin-1")
        self.works = False  # the terminal has gone
        return ""


class _Windows(Keyboard):
    works = True

    def read(self, seconds: float) -> str:
        import msvcrt

        end = time.monotonic() + seconds
        while not msvcrt.kbhit():  # type: ignore[attr-defined]
            if time.monotonic() > end:
                return ""
            time.sleep(0.01)
        return str(msvcrt.getwch())  # type: ignore[attr-defined]


@contextlib.contextmanager
def keyboard(stream: Any) -> Iterator[Keyboard]:
    """The keys typed in `stream`, if it is a terminal and ours; at the end the terminal is as it was."""
    try:
        number = stream.fileno()
        terminal = os.isatty(number)
    except (OSError, ValueError, AttributeError):
        number, terminal = -1, False
    if terminal and sys.platform == "win32":
        yield _Windows()
    elif terminal and termios is not None and os.tcgetpgrp(number) == os.getpgrp():  # not in the background
        before = termios.tcgetattr(number)
        with _again_after_a_stop(number):
            try:
                yield _Terminal(number)
            finally:
                termios.tcsetattr(number, termios.TCSANOW, before)
    else:
        yield Keyboard()


@contextlib.contextmanager
def _again_after_a_stop(number: int) -> Iterator[None]:
    """Inside, keys come at once and are not shown, also after Ctrl-Z and fg; Ctrl-C stays Ctrl-C."""

    def take(*_: Any) -> None:
        with contextlib.suppress(termios.error):
            tty.setcbreak(number, termios.TCSANOW)

    before = signal.signal(signal.SIGCONT, take)
    take()
    try:
        yield
    finally:
        signal.signal(signal.SIGCONT, before)
