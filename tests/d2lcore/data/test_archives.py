"""Packed files and the data hub: what they hold arrives whole, or not at all, and only where it belongs."""

import gzip
import hashlib
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from on_disk import BODY, files_in, part_of, python, size_of, wait_for, write

import d2lcore as d2l
from d2lcore.data import archives, files
from d2lcore.data.archives import gunzip
from d2lcore.data.files import DataUnavailable

# ---- gunzip


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return write(tmp_path / "sets/numbers.gz", gzip.compress(BODY))


def test_gunzip_once(archive: Path) -> None:
    target = gunzip(archive)
    assert target == archive.with_suffix("")
    assert target.read_bytes() == BODY
    first = target.stat()
    assert gunzip(archive) == target
    assert (target.stat().st_ino, target.stat().st_mtime_ns) == (first.st_ino, first.st_mtime_ns)
    assert files_in(archive.parent) == {"numbers", "numbers.gz"}


@pytest.mark.parametrize("damage", [b"", BODY[:-1], BODY + b"!", b"\xff" + BODY[1:]], ids=len)
def test_altered_copy_is_unpacked_again(archive: Path, damage: bytes) -> None:
    write(archive.with_suffix(""), damage)
    assert gunzip(archive).read_bytes() == BODY


def test_altered_copy_with_the_same_crc_is_unpacked_again(tmp_path: Path) -> None:
    archive = write(tmp_path / "nothing.gz", gzip.compress(b""))
    altered = write(tmp_path / "nothing", b"\x9d\x0a\xd9\x6d")
    assert zlib.crc32(altered.read_bytes()) == zlib.crc32(b"")
    assert gunzip(archive).read_bytes() == b""


def test_full_disk_while_unpacking_keeps_the_old_copy(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any) -> None:
        raise OSError(28, "No space left on device")

    write(archive.with_suffix(""), b"old")
    monkeypatch.setattr(archives, "copyfileobj", fail)
    with pytest.raises(DataUnavailable, match=r"No space left on device.*D2LCORE_DATA"):
        gunzip(archive)
    assert archive.with_suffix("").read_bytes() == b"old"
    assert files_in(archive.parent) == {"numbers", "numbers.gz"}


SLOW_GUNZIP = """
import sys, time
from pathlib import Path
from d2lcore.data import archives, files

def half(packed, out, size):
    out.write(packed.read(100_000))
    out.flush()
    time.sleep(600)

archives.copyfileobj = half
archives.gunzip(Path(sys.argv[1]))
"""


@pytest.mark.parametrize("existing", [None, b"damaged"], ids=["new", "damaged"])
def test_killed_while_unpacking(archive: Path, existing: bytes | None) -> None:
    target = archive.with_suffix("")
    if existing is not None:
        write(target, existing)
    with python(SLOW_GUNZIP, str(archive)) as process:
        wait_for(lambda: size_of(part_of(target)) > 0)
        process.kill()
    assert target.read_bytes() == existing if existing else not target.exists()
    assert gunzip(archive).read_bytes() == BODY
    assert files_in(archive.parent) == {"numbers", "numbers.gz"}


# ---- The hub


def test_download_of_an_entry_of_ones_own(folder: Path, server: Any, add_to_hub: Callable) -> None:
    add_to_hub("mine", "mine.csv", b"1,2\n")
    assert d2l.download("mine") == d2l.download("mine") == str(folder / "hub/mine.csv")
    assert (folder / "hub/mine.csv").read_bytes() == b"1,2\n"
    assert server.requests == ["mine.csv"]


def test_download_to_a_folder_of_ones_own(folder: Path, tmp_path: Path, add_to_hub: Callable) -> None:
    add_to_hub("mine", "mine.csv", b"1,2\n")
    assert d2l.download("mine", tmp_path / "cache") == str(tmp_path / "cache/mine.csv")
    assert files_in(tmp_path / "cache") - {".lock"} == {"mine.csv"}
    assert (tmp_path / "cache/mine.csv").read_bytes() == b"1,2\n"
    assert not folder.exists()


def test_download_to_a_folder_of_ones_own_looks_where_a_mirror_has_the_hub(
    mirror: Any, tmp_path: Path, add_to_hub: Callable
) -> None:
    add_to_hub("mine", "mine.csv", b"1,2\n")
    mirror.files["hub/mine.csv"] = b"1,2\n"
    assert Path(d2l.download("mine", tmp_path)) == tmp_path / "mine.csv"
    assert mirror.requests == ["hub/mine.csv"]


def test_download_refuses_another_file(folder: Path, server: Any, add_to_hub: Callable) -> None:
    add_to_hub("mine", "mine.csv", b"1,2\n")
    server.files["mine.csv"] = b"1,3\n"
    digest = hashlib.sha1(b"1,3\n").hexdigest()
    with pytest.raises(DataUnavailable, match=f"sent another file: sha1 {digest}"):
        d2l.download("mine")
    assert files_in(folder) == set()


@pytest.mark.parametrize("function", [d2l.download, d2l.download_extract])
def test_unknown_name_gets_the_nearest(folder: Path, function: Callable) -> None:
    with pytest.raises(ValueError, match="there is no 'airfol'; did you mean 'airfoil'"):
        function("airfol")


def test_download_all(
    folder: Path, add_to_hub: Callable, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in list(files.DATA_HUB):
        monkeypatch.delitem(files.DATA_HUB, name)
    add_to_hub("a", "a.csv", b"a")
    add_to_hub("b", "b.csv", b"b")
    assert d2l.download_all() == [str(folder / "hub/a.csv"), str(folder / "hub/b.csv")]
    assert files_in(folder) == {"hub/a.csv", "hub/b.csv"}


def test_the_books_addresses_and_hashes_are_well_formed() -> None:
    for url, digest in d2l.DATA_HUB.values():
        assert url.startswith(d2l.DATA_URL)
        assert len(bytes.fromhex(digest)) == 20


DIGEST = "0" * 40


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (None, "must be a pair of texts, (address, SHA-1), got None"),
        (f"http://127.0.0.1/x {DIGEST}", "must be a pair of texts"),
        (("http://127.0.0.1/x",), "must be a pair of texts"),
        (("http://127.0.0.1/x", None), "must be a pair of texts"),
        ((1, DIGEST), "must be a pair of texts"),
        (("http://127.0.0.1/x", DIGEST, "more"), "must be a pair of texts"),
        (("http://127.0.0.1/x", ""), "a SHA-1 has 40 digits 0-9 a-f, got ''"),
        (("http://127.0.0.1/x", DIGEST[1:]), "a SHA-1 has 40 digits"),
        (("http://127.0.0.1/x", DIGEST + "0"), "a SHA-1 has 40 digits"),
        (("http://127.0.0.1/x", "g" + DIGEST[1:]), "a SHA-1 has 40 digits"),
        (("http://127.0.0.1/x/", DIGEST), "the address must end in the name of a file"),
        (("http://127.0.0.1/..", DIGEST), "the address must end in the name of a file"),
        (("http://127.0.0.1/.#x", DIGEST), "the address must end in the name of a file"),
    ],
)
@pytest.mark.parametrize("function", [d2l.download, d2l.download_extract])
def test_wrong_entry_of_the_hub(
    folder: Path, monkeypatch: pytest.MonkeyPatch, function: Callable, entry: Any, message: str
) -> None:
    monkeypatch.setitem(files.DATA_HUB, "mine", entry)
    with pytest.raises(ValueError, match=r"^name: DATA_HUB\['mine'\]") as error:
        function("mine")
    assert message in str(error.value)
    assert not folder.exists()


@pytest.mark.parametrize("address", ["a.csv", "a.csv?raw=1/2", "a.csv#/b"])
def test_file_of_an_address(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    url = f"http://127.0.0.1/{address}"
    monkeypatch.setitem(files.DATA_HUB, "mine", [url, DIGEST.replace("0", "aB")[:40]])
    assert files.hub_entry("mine") == ("hub/a.csv", [url], "sha1:" + "aB" * 20)


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("function", [d2l.download, d2l.download_extract])
@pytest.mark.parametrize("wrong", [None, 3, Path("airfoil"), ["airfoil"], b"airfoil"])
def test_a_name_is_a_text(folder: Path, function: Callable, wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"name: expected a name, got .*; choose .*airfoil"):
        function(wrong)


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("wrong", "kind", "message"),
    [
        (3, TypeError, "cache_dir: expected the path of a folder, got 3"),
        (b"data", TypeError, "cache_dir: expected the path of a folder, got a bytes"),
        (["data"], TypeError, "cache_dir: expected the path of a folder, got a list"),
        ("", ValueError, "cache_dir: '' is no path; leave it out for the usual data folder"),
        (" ", ValueError, "cache_dir: ' ' is no path"),
        ("a\0b", ValueError, "cache_dir: "),
        ("~no-such-user/data", ValueError, "cache_dir: cannot use '~no-such-user/data'"),
        (__file__, ValueError, f"cache_dir: {__file__} is a file; name a folder"),
        (Path(__file__), ValueError, f"cache_dir: {__file__} is a file; name a folder"),
    ],
)
def test_wrong_folder(folder: Path, wrong: Any, kind: type, message: str) -> None:
    with pytest.raises(kind) as error:
        d2l.download("airfoil", wrong)
    assert str(error.value).startswith(message)
    with pytest.raises(kind) as error:
        d2l.load_data("digits", 8, root=wrong)
    assert str(error.value).startswith(message.replace("cache_dir", "root"))
    assert not folder.exists()


def test_download_all_takes_nothing() -> None:
    with pytest.raises(TypeError, match="argument"):
        d2l.download_all("airfoil")
