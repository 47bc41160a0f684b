"""Archives are unpacked whole, or not at all, only where they belong, and only as far as is allowed."""

import errno
import gzip
import inspect
import os
import shutil
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from on_disk import BODY, files_in, python, write
from packed import ARCHIVES, GOOD, MEMBERS, tar_of, zip_of

import d2lcore as d2l
from d2lcore.data import archives, files
from d2lcore.data.files import DataUnavailable


@pytest.mark.parametrize("file", ARCHIVES)
def test_archive_is_unpacked_once(folder: Path, add_to_hub: Callable, file: str) -> None:
    add_to_hub("toys", file, ARCHIVES[file])
    assert d2l.download_extract("toys") == str(folder / "hub/toys")
    assert (folder / "hub/toys/a.txt").read_bytes() == b"a"
    assert (folder / "hub/toys/deep/b.bin").read_bytes() == BODY
    assert files_in(folder) == {f"hub/{file}", "hub/toys/a.txt", "hub/toys/deep/b.bin"}
    write(folder / "hub/toys/a.txt", b"notes of the reader")
    d2l.download_extract("toys")
    assert (folder / "hub/toys/a.txt").read_bytes() == b"notes of the reader"


def test_folder_inside_the_archive(folder: Path, add_to_hub: Callable) -> None:
    add_to_hub("set", "set-v2.zip", zip_of(MEMBERS))
    assert d2l.download_extract("set", folder="toys") == str(folder / "hub/toys")
    assert d2l.download_extract("set", "toys/deep") == str(folder / "hub/toys/deep")


def test_archive_made_of_the_current_folder(folder: Path, add_to_hub: Callable) -> None:
    add_to_hub("toys", "toys.tar.gz", tar_of({".": None, "./toys": None, "./toys/a.txt": b"a"}))
    assert d2l.download_extract("toys") == str(folder / "hub/toys")
    assert files_in(folder) == {"hub/toys.tar.gz", "hub/toys/a.txt"}


@pytest.mark.parametrize("file", ["toybox", ".zip"])
def test_archive_whose_name_has_no_stem_or_no_extension(
    folder: Path, add_to_hub: Callable, file: str
) -> None:
    add_to_hub("toys", file, zip_of(MEMBERS))
    d2l.download_extract("toys")
    assert (folder / "hub/toys/a.txt").read_bytes() == b"a"


def test_a_tar_archive_that_ends_in_a_zip_archive_is_a_tar_archive(
    folder: Path, add_to_hub: Callable
) -> None:
    add_to_hub("toys", "toys.tar", tar_of({"toys/inner.zip": zip_of(MEMBERS)}, "w"))
    d2l.download_extract("toys")
    assert zipfile.is_zipfile(folder / "hub/toys.tar")  # so it would be taken for one
    assert files_in(folder) == {"hub/toys.tar", "hub/toys/inner.zip"}


def test_zip_archive_with_the_modes_of_unix(folder: Path, add_to_hub: Callable) -> None:
    box, file = zipfile.ZipInfo("toys/"), zipfile.ZipInfo("toys/a.txt")
    box.external_attr, file.external_attr = (stat.S_IFDIR | 0o755) << 16, (stat.S_IFREG | 0o644) << 16
    add_to_hub("toys", "toys.zip", zip_of({box: b"", file: b"a"}))
    assert d2l.download_extract("toys") == str(folder / "hub/toys")
    assert files_in(folder) == {"hub/toys.zip", "hub/toys/a.txt"}


def test_what_is_there_stays_and_the_rest_is_added(folder: Path, add_to_hub: Callable) -> None:
    write(folder / "hub/a.txt", b"of the reader")
    add_to_hub("toys", "toys.zip", zip_of({"a.txt": b"a", "b.txt": b"b"}))
    assert d2l.download_extract("toys") == str(folder / "hub")
    assert (folder / "hub/a.txt").read_bytes() == b"of the reader"
    assert (folder / "hub/b.txt").read_bytes() == b"b"


# ---- Limits


def test_a_hundred_folders_in_one_another_are_allowed(folder: Path, add_to_hub: Callable) -> None:
    deep = "a/" * 99 + "b.txt"
    add_to_hub("toys", "toys.zip", zip_of({deep: b"b"}))
    d2l.download_extract("toys")
    assert (folder / "hub" / deep).read_bytes() == b"b"


@pytest.mark.parametrize("file", ["toys.zip", "toys.tar.gz"])
@pytest.mark.parametrize(
    ("limit", "most", "refusal"),
    [
        ("max_bytes", 1 + len(BODY), r"more than max_bytes=768,000 bytes"),
        ("max_files", 2, r"max_files=1 files"),
    ],
)
def test_as_much_as_is_allowed_is_unpacked_and_no_more(
    folder: Path, add_to_hub: Callable, file: str, limit: str, most: int, refusal: str
) -> None:
    add_to_hub("toys", file, ARCHIVES[file])
    with pytest.raises(ValueError, match=refusal) as error:
        d2l.download_extract("toys", **{limit: most - 1})
    assert "allow more in download_extract" in str(error.value)
    assert files_in(folder) == {f"hub/{file}"}
    d2l.download_extract("toys", **{limit: most})
    assert (folder / "hub/toys/deep/b.bin").read_bytes() == BODY


def test_a_bomb_is_refused_at_its_header(folder: Path, add_to_hub: Callable) -> None:
    member = tarfile.TarInfo("bomb")
    member.size = 8 * 2**30  # tarfile stores no more in this format
    add_to_hub("bomb", "bomb.tar.gz", gzip.compress(member.tobuf() + bytes(10**6)))
    with pytest.raises(ValueError, match="more than max_bytes=1,000,000 bytes"):
        d2l.download_extract("bomb", max_bytes=10**6)
    assert files_in(folder) == {"hub/bomb.tar.gz"}


def test_a_bomb_after_the_end_of_an_archive_is_refused(folder: Path, add_to_hub: Callable) -> None:
    tar = tar_of(GOOD, "w") + bytes(10**6)
    more = len(tar) - 3 * tarfile.BLOCKSIZE  # than a header, a file and the end
    add_to_hub("bomb", "bomb.tar.gz", gzip.compress(tar))
    with pytest.raises(ValueError, match=f"more than max_bytes={more - 1:,} bytes follow its end"):
        d2l.download_extract("bomb", max_bytes=more - 1)
    assert files_in(folder) == {"hub/bomb.tar.gz"}
    d2l.download_extract("bomb", max_bytes=more)
    assert (folder / "hub/toys/a.txt").read_bytes() == b"a"


@pytest.mark.parametrize("limit", ["max_bytes", "max_files"])
def test_a_limit_is_a_count(folder: Path, add_to_hub: Callable, limit: str) -> None:
    add_to_hub("toys", "toys.zip", ARCHIVES["toys.zip"])
    with pytest.raises(ValueError, match=f"{limit}: must be at least 1, got 0"):
        d2l.download_extract("toys", **{limit: 0})


def test_the_limits_by_default() -> None:
    assert (archives.MAX_BYTES, archives.MAX_FILES) == (20_000_000_000, 1_000_000)
    limits = [inspect.signature(d2l.download_extract).parameters[name] for name in ("max_bytes", "max_files")]
    assert [limit.default for limit in limits] == [archives.MAX_BYTES, archives.MAX_FILES]


# ---- Disks


@pytest.mark.parametrize("file", ["toys.zip", "toys.tar"])
def test_want_of_disk_is_noticed_before_anything_is_written(
    folder: Path, add_to_hub: Callable, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    size = 1 + len(BODY)
    add_to_hub("toys", file, ARCHIVES[file])
    monkeypatch.setattr(archives, "disk_usage", lambda path: shutil._ntuple_diskusage(10**9, 10**9, size - 1))
    monkeypatch.setattr(tarfile.TarFile, "extractall", None)
    monkeypatch.setattr(zipfile.ZipFile, "extractall", None)
    with pytest.raises(
        DataUnavailable, match=r"768,001 bytes, 768,000 are free.*Make room or set D2LCORE_DATA"
    ):
        d2l.download_extract("toys")
    monkeypatch.undo()
    assert files_in(folder) == {f"hub/{file}"}


def test_as_much_as_the_disk_has_is_unpacked(
    folder: Path, add_to_hub: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_to_hub("toys", "toys.zip", ARCHIVES["toys.zip"])
    free = shutil._ntuple_diskusage(10**9, 10**9, 1 + len(BODY))
    monkeypatch.setattr(archives, "disk_usage", lambda path: free)
    assert d2l.download_extract("toys") == str(folder / "hub/toys")


def test_a_disk_that_is_full_after_all(
    folder: Path, add_to_hub: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(packed: zipfile.ZipFile, target: Path) -> None:
        packed.extract("toys/a.txt", target)
        raise OSError(errno.ENOSPC, "No space left on device")

    add_to_hub("toys", "toys.zip", ARCHIVES["toys.zip"])
    monkeypatch.setattr(zipfile.ZipFile, "extractall", fail)
    with pytest.raises(DataUnavailable, match="No space left on device"):
        d2l.download_extract("toys")
    assert files_in(folder) == {"hub/toys.zip"}


def test_what_cannot_be_moved_takes_back_what_was(
    folder: Path, add_to_hub: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    moves, rename = [], Path.rename

    def second_fails(path: Path, target: Path) -> None:
        moves.append(target.name)
        if len(moves) == 2:
            raise PermissionError(errno.EACCES, "Permission denied")
        rename(path, target)

    write(folder / "hub/b", b"of the reader")
    add_to_hub("toys", "toys.zip", zip_of({"toys/x": b"", "a": b"", "b": b"", "z": b""}))
    monkeypatch.setattr(Path, "rename", second_fails)
    with pytest.raises(DataUnavailable, match="Permission denied"):
        d2l.download_extract("toys")
    assert files_in(folder) == {"hub/toys.zip", "hub/b"}
    monkeypatch.undo()
    assert (folder / "hub/b").read_bytes() == b"of the reader"


def test_the_folder_asked_for_is_moved_last(
    folder: Path, add_to_hub: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that after a kill between two moves the next call unpacks again."""
    moves, rename = [], Path.rename

    def noted(path: Path, target: Path) -> None:
        moves.append(target.name)
        rename(path, target)

    monkeypatch.setattr(Path, "rename", noted)
    for name in "abc":
        file = f"{name}-set.zip"
        add_to_hub(name, file, zip_of({f"{name}{other}/x/y": b"" for other in "xyz"}))
        for last in "xyz":
            moves.clear()
            d2l.download_extract(name, f"{name}{last}/x")
            assert moves[-1:] == [f"{name}{last}"]
            for other in "xyz":
                shutil.rmtree(folder / f"hub/{name}{other}")


# ---- Which folder


@pytest.mark.parametrize(
    ("wrong", "kind", "message"),
    [
        (3, TypeError, "folder: expected the name of a folder inside the archive, got 3"),
        (
            Path("toys"),
            TypeError,
            "folder: expected the name of a folder inside the archive, got a PosixPath",
        ),
        ("", ValueError, "folder: expected the name of a folder"),
        (".", ValueError, "folder: expected the name of a folder"),
        ("..", ValueError, "folder: expected the name of a folder"),
        ("toys/../..", ValueError, "folder: expected the name of a folder"),
        ("/etc", ValueError, "folder: expected the name of a folder"),
        ("toy", ValueError, "folder: there is no 'toy'; did you mean 'toys'"),
        ("toys/a.txt", ValueError, "folder: there is no 'toys/a.txt'"),
    ],
)
@pytest.mark.usefixtures("unchecked")
@pytest.mark.skipif(os.name == "nt", reason="names a PosixPath")
def test_wrong_folder(folder: Path, add_to_hub: Callable, wrong: Any, kind: type, message: str) -> None:
    add_to_hub("toys", "toys.zip", ARCHIVES["toys.zip"])
    with pytest.raises(kind, match=message):
        d2l.download_extract("toys", wrong)
    assert files_in(folder) <= {"hub/toys.zip"}


# ---- Killed

SLOW_EXTRACT = """
import sys, time, zipfile
from d2lcore.data import archives, files

def half(self, target):
    self.extract(self.namelist()[0], target)
    print("half", flush=True)
    time.sleep(600)

zipfile.ZipFile.extractall = half
files.DATA_HUB["toys"] = sys.argv[1:]
archives.download_extract("toys")
"""


def test_killed_while_unpacking_an_archive(folder: Path, add_to_hub: Callable) -> None:
    add_to_hub("toys", "toys.zip", zip_of(MEMBERS))
    with python(SLOW_EXTRACT, *files.DATA_HUB["toys"]) as process:
        assert process.stdout.readline() == "half\n"
        process.kill()
    assert not (folder / "hub/toys").exists()
    d2l.download_extract("toys")
    assert files_in(folder) == {"hub/toys.zip", "hub/toys/a.txt", "hub/toys/deep/b.bin"}
