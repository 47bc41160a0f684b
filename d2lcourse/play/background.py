"""What takes long, beside the page: a thread that waits for it, and a Python of its own."""

import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any


class Background:
    """Does one work after the other. It holds up nobody who ends the program: it is a daemon."""

    def __init__(self, name: str) -> None:
        self.closed = False
        self._works: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, daemon=True, name=name)
        self._thread.start()

    def submit(self, work: Callable[[], object]) -> None:
        """After what was submitted before; never once it is closed."""
        self._works.put(work)

    def close(self) -> None:
        """What has begun goes on to its end; what has not is left."""
        self.closed = True
        self._works.put(lambda: None)  # it may be waiting

    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def _run(self) -> None:
        while not self.closed:
            work = self._works.get()
            if not self.closed:
                work()


def python(code: str, *words: str, output: int) -> subprocess.Popen[str]:
    """A new Python that runs `code` with these arguments, and imports what this one can.

    It has its own generators: what is drawn there changes nothing here. output: of both its streams, as
    `subprocess.PIPE`.
    """
    path = os.pathsep.join(one for one in sys.path if one)
    streams: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": output}
    return subprocess.Popen(
        [sys.executable, "-c", code, *words], env={**os.environ, "PYTHONPATH": path}, text=True, **streams
    )
