"""Files, processes and waiting, for the tests of what is written to disk."""

import hashlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

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
    return path.with_name(f".{path.name}.part")
