"""A thread that waits for what takes long, so that the page need not."""

import queue
import threading
from collections.abc import Callable


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
