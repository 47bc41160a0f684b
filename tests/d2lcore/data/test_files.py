"""Files arrive verified and whole, or not at all, whatever the source and the disk do."""

import contextlib
import hashlib
import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import platformdirs
import pytest
from on_disk import BODY, CHECKSUM, files_in, part_of, python, size_of, wait_for, write

from d2lcore.data import files, writing
from d2lcore.data.files import DataUnavailable, data_folder, fetch, matches

PATH = "hub/numbers.bin"


def get(*urls: str) -> Path:
    return fetch(PATH, urls, CHECKSUM)


# ---- Where the data folder is


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current directory that looks like a checkout, and must not be taken for one."""
    write(tmp_path / "elsewhere/pyproject.toml", b"")
    write(tmp_path / "elsewhere/data/README.md", b"")
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda name: tmp_path / "cache" / name)
    monkeypatch.setattr(files, "__file__", str(tmp_path / "checkout/d2lcore/data/files.py"))
    monkeypatch.delenv("D2LCORE_DATA", raising=False)
    return tmp_path


def test_data_folder_precedence(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert data_folder() == elsewhere / "cache/d2lcore"
    write(elsewhere / "checkout/pyproject.toml", b"")
    assert data_folder() == elsewhere / "cache/d2lcore"  # somebody else's pyproject.toml
    write(elsewhere / "checkout/data/README.md", b"")
    assert data_folder() == elsewhere / "checkout/data"
    (elsewhere / "checkout/pyproject.toml").unlink()
    assert data_folder() == elsewhere / "cache/d2lcore"  # somebody else's data
    write(elsewhere / "checkout/pyproject.toml", b"")
    monkeypatch.setenv("D2LCORE_DATA", str(elsewhere / "chosen"))
    assert data_folder() == elsewhere / "chosen"
    assert data_folder(elsewhere / "root") == data_folder(str(elsewhere / "root")) == elsewhere / "root"


def test_empty_d2lcore_data_is_as_good_as_none(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("D2LCORE_DATA", "")
    assert data_folder() == elsewhere / "cache/d2lcore"


def test_data_folder_knows_the_home_directory(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(elsewhere))
    monkeypatch.setenv("USERPROFILE", str(elsewhere))
    monkeypatch.setenv("D2LCORE_DATA", "~/sets")
    assert data_folder() == elsewhere / "sets"


# ---- Checksums


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256"])
def test_matches(tmp_path: Path, algorithm: str) -> None:
    path, digest = write(tmp_path / "x", BODY), hashlib.new(algorithm, BODY).hexdigest()
    assert matches(path, f"{algorithm}:{digest}")
    assert matches(path, f"{algorithm}:{digest.upper()}")
    assert not matches(write(path, BODY[:-1]), f"{algorithm}:{digest}")
    assert not matches(tmp_path / "missing", f"{algorithm}:{digest}")
    assert not matches(path / "below a file", f"{algorithm}:{digest}")


def test_a_file_that_cannot_be_read_is_not_called_missing(folder: Path) -> None:
    (folder / PATH).mkdir(parents=True)
    with pytest.raises(DataUnavailable, match=r"numbers\.bin: present but cannot be read"):
        get()


# ---- Sources


@pytest.mark.parametrize("slash", ["", "/"])
def test_from_a_mirror_folder(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slash: str
) -> None:
    source = write(tmp_path / "mirror" / PATH, BODY)
    monkeypatch.setenv("D2LCORE_MIRROR", str(tmp_path / "mirror") + slash)
    assert get() == folder / PATH
    assert (folder / PATH).read_bytes() == source.read_bytes() == BODY
    assert files_in(folder) == {PATH}


@pytest.mark.parametrize("slash", ["", "/"])
def test_from_an_http_mirror_once(mirror: Any, monkeypatch: pytest.MonkeyPatch, slash: str) -> None:
    monkeypatch.setenv("D2LCORE_MIRROR", mirror.url + slash)
    mirror.files[PATH] = BODY
    assert get().read_bytes() == get().read_bytes() == BODY
    assert mirror.requests == [PATH]  # the second time it was there


def test_mirror_first_then_the_official_addresses_in_turn(mirror: Any, server: Any) -> None:
    addresses = [f"{server.url}/first.bin", f"{server.url}/second.bin", f"{server.url}/third.bin"]
    server.files = {"second.bin": BODY, "third.bin": BODY}
    assert get(*addresses).read_bytes() == BODY
    assert mirror.requests == [PATH]
    assert server.requests == ["first.bin", "second.bin"]


def test_the_official_address_is_not_asked_for_what_the_mirror_has(mirror: Any, server: Any) -> None:
    mirror.files[PATH] = server.files["numbers.bin"] = BODY
    get(f"{server.url}/numbers.bin")
    assert server.requests == []


def test_root_overrides_the_data_folder(folder: Path, mirror: Any, tmp_path: Path) -> None:
    mirror.files[PATH] = BODY
    assert fetch(PATH, [], CHECKSUM, tmp_path / "root") == tmp_path / "root" / PATH
    assert not folder.exists()


@pytest.mark.parametrize("damage", [b"", BODY[:-1], BODY + b"!", b"\xff" + BODY[1:]], ids=len)
def test_damaged_file_is_found_and_replaced(
    folder: Path, mirror: Any, capsys: pytest.CaptureFixture[str], damage: bytes
) -> None:
    write(folder / PATH, damage)
    mirror.files[PATH] = BODY
    assert get().read_bytes() == BODY
    assert mirror.requests == [PATH]
    assert "is damaged: fetching it again" in capsys.readouterr().err


def test_whole_file_is_used_from_a_folder_that_cannot_be_written(
    folder: Path, mirror: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any, **options: Any) -> None:
        raise PermissionError(13, "Permission denied")

    write(folder / PATH, BODY)
    for name in ("mkdir", "touch", "unlink", "write_bytes"):
        monkeypatch.setattr(Path, name, refuse)
    monkeypatch.setattr(writing, "FileLock", refuse)
    assert get() == folder / PATH


# ---- Folders that cannot be written


def refuse_lock(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **options: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(writing, "FileLock", refuse)


def full_at_rename(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)


def full_while_writing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    monkeypatch.setattr(files, "replacing", lambda target: contextlib.nullcontext(Path("/dev/full")))


def a_file_in_its_place(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder, b"")


def below_a_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder, b"")
    monkeypatch.setenv("D2LCORE_DATA", str(folder / "deeper/still"))


def read_only(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.name != "posix" or os.geteuid() == 0:
        pytest.skip("root may write anywhere")
    folder.mkdir(mode=0o500)


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (refuse_lock, "Permission denied"),
        (full_at_rename, "No space left"),
        (full_while_writing, "No space left"),
        (a_file_in_its_place, ""),
        (below_a_file, ""),
        (read_only, "Permission denied"),
    ],
)
@pytest.mark.parametrize("size", [10, len(BODY)])  # the small one is written only when the file is closed
def test_folder_that_cannot_be_written(
    folder: Path,
    mirror: Any,
    monkeypatch: pytest.MonkeyPatch,
    trouble: Callable[[Path, pytest.MonkeyPatch], None],
    reason: str,
    size: int,
) -> None:
    trouble(folder, monkeypatch)
    mirror.files[PATH] = BODY[:size]
    with pytest.raises(DataUnavailable, match="cannot write there") as error:
        fetch(PATH, [], "sha256:" + hashlib.sha256(BODY[:size]).hexdigest())
    assert reason in str(error.value)
    assert "D2LCORE_DATA" in str(error.value)
    assert files_in(folder) == set()


# ---- Two processes, and processes that are killed

FETCH = """
import json, sys
from d2lcore.data import files, writing
from d2lcore.data.files import fetch

print("asks", flush=True)
print(fetch(*json.loads(sys.argv[1])))
"""


def test_two_processes_fetch_a_file_once(folder: Path, mirror: Any) -> None:
    mirror.files[PATH], mirror.manner = BODY, "gated"
    request = json.dumps([PATH, [], CHECKSUM])
    with python(FETCH, request) as first, python(FETCH, request) as second:
        for process in (first, second):
            assert process.stdout.readline() == "asks\n"
        wait_for(lambda: mirror.requests != [])
        time.sleep(0.5)  # time enough for the other one to ask as well, if it were going to
        mirror.gate.set()
        assert [process.communicate(timeout=60)[0].strip() for process in (first, second)] == [
            str(folder / PATH)
        ] * 2
        assert first.returncode == second.returncode == 0
    assert (folder / PATH).read_bytes() == BODY
    assert mirror.requests == [PATH]
    assert files_in(folder) == {PATH}


@pytest.mark.parametrize("existing", [None, b"damaged"], ids=["new", "damaged"])
def test_killed_while_downloading(folder: Path, mirror: Any, existing: bytes | None) -> None:
    if existing is not None:
        write(folder / PATH, existing)
    mirror.files[PATH], mirror.manner = BODY, "gated"
    with python(FETCH, json.dumps([PATH, [], CHECKSUM])) as process:
        wait_for(lambda: size_of(part_of(folder / PATH)) > 0)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    assert (folder / PATH).read_bytes() == existing if existing else not (folder / PATH).exists()
    mirror.gate.set()
    assert get().read_bytes() == BODY
    assert files_in(folder) == {PATH}
