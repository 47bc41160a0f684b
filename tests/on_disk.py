"""Files, processes and waiting, for the tests of what is written to disk."""

import hashlib
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

BODY = bytes(range(256)) * 3000  # 768 kB: more than one read
CHECKSUM = "sha256:" + hashlib.sha256(BODY).hexdigest()


def write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def files_in(folder: Path) -> set[str]:
    """Every file and unfinished folder below `folder`, locks aside."""
    found = [path for path in folder.rglob("*") if not path.is_dir() or path.suffix == ".part"]
    return {path.relative_to(folder).as_posix() for path in found if path.name != ".lock"}


@contextmanager
def python(code: str, *args: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen([sys.executable, "-c", code, *args], stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def size_of(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def part_of(path: Path) -> Path:
    """What is being written for `path`, or a name that is not there."""
    return next(path.parent.glob(f".{path.name}.*.part"), path.with_name("nothing yet"))


@contextmanager
def full_after(size: int) -> Iterator[None]:
    """Inside, no file can grow beyond `size` bytes: the system itself refuses, as on a full disk."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def at_once(act: Callable[[int], object], count: int) -> None:
    """Call `act` with 0, 1, ... in as many threads, all at the same time; raise what one of them raises."""
    start = threading.Barrier(count)

    def wait_and_act(i: int) -> None:
        start.wait()
        act(i)

    with ThreadPoolExecutor(count) as pool:
        list(pool.map(wait_and_act, range(count)))
