"""Archives that are broken, hostile or none: one clear error each, and nothing written."""

import gzip
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from on_disk import BODY, files_in, write
from packed import GOOD, MEMBERS, tar_of, zip_of

import d2lcore as d2l

OUTSIDE = ["../x", "toys/../../x", "/tmp/x", "..\\x", "C:\\x", "C:/x"]
DAMAGED = tar_of({"toys/a.txt": b"a", "toys/b.txt": b"b"}, "w")
DAMAGED = DAMAGED[:1030] + b"?" + DAMAGED[1031:]  # in the second header
LAST = tar_of({"toys/a.txt": b"a", "toys/b.txt": b""}, "w")
LAST = LAST[:1030] + b"?" + LAST[1031:]  # after this header there are only zeros
SYMLINK = zipfile.ZipInfo("toys/x")
SYMLINK.external_attr = (stat.S_IFLNK | 0o777) << 16


def zip_with(change: int, value: int) -> bytes:
    """A zip archive with another number at a place of its local header, and of the central one, 2 further."""
    content = bytearray(zip_of(GOOD))
    content[change] = content[content.index(b"PK\1\2") + change + 2] = value
    return bytes(content)


NOWHERE = bytearray(zip_of(GOOD))
NOWHERE[-6] += 1  # the place of the table, from which zipfile computes a place before the file begins
NOWHERE = bytes(NOWHERE)


class Case(NamedTuple):
    file: str
    content: bytes
    message: str


WHOLE_TAR, WHOLE_ZIP = tar_of(MEMBERS, "w"), zip_of(MEMBERS)
REFUSED = {
    **{
        f"zip {name}": Case("toys.zip", zip_of(GOOD | {name: b"x"}), "would land outside") for name in OUTSIDE
    },
    **{
        f"tar {name}": Case("toys.tgz", tar_of(GOOD | {name: b"x"}), "would land outside") for name in OUTSIDE
    },
    "link": Case("toys.tgz", tar_of(GOOD | {"toys/x": (tarfile.SYMTYPE, "/etc")}), "is a link or device"),
    "link up": Case("toys.tgz", tar_of(GOOD | {"toys/x": (tarfile.SYMTYPE, "../..")}), "is a link or device"),
    "link in": Case("toys.tgz", tar_of(GOOD | {"toys/x": (tarfile.SYMTYPE, "a.txt")}), "is a link or device"),
    "hard link": Case(
        "toys.tgz", tar_of(GOOD | {"x": (tarfile.LNKTYPE, "toys/a.txt")}), "is a link or device"
    ),
    "hard link out": Case("toys.tgz", tar_of(GOOD | {"x": (tarfile.LNKTYPE, "/etc/passwd")}), "is a link"),
    "device": Case("toys.tgz", tar_of(GOOD | {"toys/x": (tarfile.FIFOTYPE, "")}), "is a link or device"),
    "link in a zip": Case("toys.zip", zip_of(GOOD | {SYMLINK: b"/etc"}), "is a link or device"),
    "encrypted": Case(
        "toys.zip", zip_with(6, 1), "is encrypted .*unpack it yourself, with its password, in "
    ),
    "new compression": Case("toys.zip", zip_with(8, 97), "cannot be unpacked here"),
    "half a zip": Case("toys.zip", WHOLE_ZIP[: len(WHOLE_ZIP) // 2], "broken or cut short .*like a zip file"),
    "nowhere": Case("toys.zip", NOWHERE, "broken or cut short"),
    "half a tar": Case("toys.tar", WHOLE_TAR[: len(WHOLE_TAR) // 2], "broken or cut short"),
    "half a tar.gz": Case("toys.tgz", tar_of(MEMBERS)[:2000], "broken or cut short"),
    "half a tar.bz2": Case("toys.tar.bz2", tar_of(MEMBERS, "w:bz2")[:200], "broken or cut short"),
    "half a tar.xz": Case("toys.tar.xz", tar_of(MEMBERS, "w:xz")[:200], "broken or cut short"),
    "half a header": Case("toys.tar", tar_of(GOOD, "w")[:1024] + DAMAGED[1024:1300], "after 1 members"),
    "no end": Case("toys.tar", tar_of(GOOD, "w")[:1024], "broken or cut short .*after 1 members"),
    "damaged last header": Case("toys.tar", LAST, "broken or cut short .*after 1 members"),
    "damaged header": Case("toys.tar", DAMAGED, "broken or cut short .*after 1 members"),
    "flipped bit": Case("toys.zip", WHOLE_ZIP.replace(BODY, BODY[:-1] + b"?"), "broken or cut short .*CRC"),
    "wrong CRC": Case("toys.tgz", tar_of(GOOD)[:-8] + bytes(8), "broken or cut short .*CRC"),
    "empty zip": Case("toys.zip", zip_of({}), "the archive is empty"),
    "empty tar": Case("toys.tgz", tar_of({}), "the archive is empty"),
    "only a folder": Case("toys.tgz", tar_of({"toys": None}), "the archive is empty"),
    "file and folder": Case(
        "toys.zip", zip_of({"toys": b"", "toys/a": b""}), "'toys' is a file and a folder"
    ),
    "deep": Case("toys.tgz", tar_of({"a/" * 100 + "a": b""}), "101 folders deep, more than 100"),
    "very deep": Case("toys.zip", zip_of({"a/" * 3000 + "a": b""}), "3001 folders deep, more than 100"),
    "long name": Case(
        "toys.tgz", tar_of(GOOD | {"toys/" + "x" * 300: b""}), "too long a path .*D2LCORE_DATA"
    ),
    "no archive": Case("toys.csv", b"1,2\n", "only zip and tar .*d2l.download"),
    "empty file": Case("toys.zip", b"", "only zip and tar"),
    "gzip of no tar": Case("toys.csv.gz", gzip.compress(b"1,2\n"), "begins like a gzip file"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_archive_writes_nothing(
    folder: Path, tmp_path: Path, add_to_hub: Callable, case: str
) -> None:
    file, content, message = REFUSED[case]
    write(folder / "hub/toys-too/a.txt", b"of the reader")
    add_to_hub("toys", file, content)
    with pytest.raises(ValueError, match=message) as error:
        d2l.download_extract("toys")
    assert str(error.value).startswith(str(folder / "hub" / file))
    assert "\n" not in str(error.value)
    assert files_in(tmp_path) == {f"data/hub/{file}", "data/hub/toys-too/a.txt"}
