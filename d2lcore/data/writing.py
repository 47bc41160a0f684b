"""Writing files so that neither a kill, nor a full disk, nor another process leaves half of one."""

import contextlib
import os
import secrets
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

PATIENCE = 2.0  # seconds that a lock is waited for in silence
ABANDONED = 3600.0  # seconds after which a part counts as left behind, where no lock can tell


class DataUnavailable(RuntimeError):
    """A data set cannot be had; the message says what was tried and what to do."""


class CannotWrite(OSError):
    """A file cannot be written; the message names it and says what to do."""


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A path beside `target` to write to: renamed to `target` at the end, removed after an error.

    No two processes get the same path. What a killed one left for this target is removed.
    """
    with _part(target) as part:
        yield part
        os.replace(part, target)


@contextmanager
def explained(path: Path, written: Sequence[Path] = ()) -> Iterator[None]:
    """Turn a failure to write `path` into one that says what to do, and what has been `written`."""
    try:
        yield
    except CannotWrite:
        raise
    except OSError as error:
        saved = f"; saved are {', '.join(one.name for one in written)}" if written else ""
        raise CannotWrite(
            f"{path}: cannot be written ({error.strerror or error}){saved}. Make room, or name another folder"
        ) from error


@contextmanager
def creating(target: Path) -> Iterator[Path]:
    """As `replacing`, but what is there stays: FileExistsError at the end if `target` exists by then."""
    with _part(target) as part:
        yield part
        link(part, target)


def link(source: Path, target: Path) -> None:
    """Make `target` the file `source`, whole from its first moment. FileExistsError if there is a file."""
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        out = target.open("xb")
        try:
            with out:
                out.write(source.read_bytes())
        except BaseException:
            target.unlink()
            raise


@contextmanager
def locked(lock: Path) -> Iterator[None]:
    """Hold the lock file `lock`, which the end of a process frees. A wait is said after PATIENCE seconds."""
    held = FileLock(lock)
    try:
        held.acquire(timeout=PATIENCE)
    except Timeout:
        print(f"waiting for {lock}, which another process holds", file=sys.stderr, flush=True)
        held.acquire()
    try:
        yield
    finally:
        held.release()


@contextmanager
def writing(target: Path) -> Iterator[None]:
    """Make the folder of `target`; turn every failure to write there into one DataUnavailable."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise DataUnavailable(
            f"{target.parent}: cannot write there ({error.strerror or error}). Make room or set D2LCORE_DATA "
            "to a folder you can write; a read-only copy of the data belongs in D2LCORE_MIRROR"
        ) from error


@contextmanager
def _part(target: Path) -> Iterator[Path]:
    _sweep(target)
    part, handle = _new_part(target)
    try:
        yield part
    finally:
        part.unlink(missing_ok=True)
        if handle is not None:
            os.close(handle)


def _new_part(target: Path) -> tuple[Path, int | None]:
    """A file of its own beside `target`, and a handle that is locked for as long as this process lives."""
    while True:
        part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
        handle = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        if fcntl is None:
            os.close(handle)  # Windows renames no file that is open
            return part, None
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        if part.exists():
            return part, handle
        os.close(handle)  # another process swept it before it was locked


def _sweep(target: Path) -> None:
    """Remove the parts of `target` whose writers are gone."""
    for part in target.parent.glob(f".{_literal(target.name)}.*.part"):
        with contextlib.suppress(OSError), abandoned(part) as left:  # another process sweeps too
            if left:
                part.unlink()


def _literal(name: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


@contextmanager
def abandoned(file: Path) -> Iterator[bool]:
    """Whether the process that held `file` is gone: its lock is free, or, without locks, the file is old.

    Inside, no other process can take it.
    """
    if fcntl is None:
        yield time.time() - file.lstat().st_mtime > ABANDONED
        return
    handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        yield _lock(handle)
    finally:
        os.close(handle)


def _lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
