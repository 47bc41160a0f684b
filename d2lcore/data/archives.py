"""Unpacking archives of data: all of one or nothing, and nothing outside its folder."""

import errno
import os
import re
import stat
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from shutil import copyfileobj, disk_usage, rmtree
from typing import Any, NamedTuple

from ..errors import brief, check_counts, unknown
from .files import CHUNK, download
from .writing import locked, replacing, writing

MAX_BYTES = 20 * 10**9  # of all that an archive holds, unpacked
MAX_FILES = 1_000_000
DEEPEST = 100  # folders in one another
MORE = "if you trust it, allow more in download_extract(...)"
BEGINNINGS = {b"PK": "zip", b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ": "xz"}


class Refused(ValueError):
    """An archive cannot or must not be unpacked; the message names it and says what to do."""


class Member(NamedTuple):
    """A file, a folder or something else in an archive, and its size in bytes when unpacked."""

    name: str
    size: int
    kind: str


def download_extract(
    name: str, folder: str | None = None, *, max_bytes: int = MAX_BYTES, max_files: int = MAX_FILES
) -> str:
    """`download` a zip or tar archive and unpack it beside itself; the path of what it held.

    A tar archive may be compressed: .tar.gz, .tar.bz2, .tar.xz.

    folder: the folder inside the archive to return, by default the archive's name without its extension.
    max_bytes, max_files: the most that it may hold, unpacked.
    Nothing of an archive appears before all of it is unpacked; what is there already stays. Raises ValueError
    if the file is no such archive, or is broken, empty, encrypted or larger than allowed, or has a link or a
    member that would land outside the target folder; DataUnavailable as `download`, or for want of disk.
    """
    check_counts(max_bytes=max_bytes, max_files=max_files)
    inside = None if folder is None else _inside(folder)
    archive = Path(download(name))
    base = archive.parent
    stem = re.sub(r"(\.tar)?\.[^.]+$", "", archive.name) or archive.name
    result = base / (inside or stem)
    with writing(archive), locked(base.parent / ".lock"):
        if result == archive or not result.exists():
            part = base / f".{archive.name}.part"
            rmtree(part, ignore_errors=True)  # what a killed process left
            try:
                with _reading(archive):
                    _unpack(archive, part, inside, max_bytes, max_files)
                _move(part, base, last=result.relative_to(base).parts[0])
            finally:
                rmtree(part, ignore_errors=True)
    return str(result if result.exists() else base)


def _inside(folder: Any) -> PurePosixPath:
    if not isinstance(folder, str):
        raise TypeError(f"folder: expected the name of a folder inside the archive, got {brief(folder)}")
    path = PurePosixPath(folder.replace("\\", "/"))
    if not path.parts or _leads_outside(path):
        raise ValueError(f"folder: expected the name of a folder inside the archive, got {folder!r}")
    return path


@contextmanager
def _reading(archive: Path) -> Iterator[None]:
    """Turn what goes wrong with the content of an archive into one `Refused`."""
    try:
        yield
    except (Refused, MemoryError):
        raise
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            path = brief(Path(error.filename or "").name)
            raise Refused(
                f"{archive}: a member has too long a path for this system (...{path}). Let D2LCORE_DATA name "
                "a folder with a shorter path, or unpack the archive yourself"
            ) from error
        if error.errno not in (None, errno.EINVAL):  # the system's, not that of a place that cannot be
            raise
        raise Refused(_broken(archive, error)) from error
    except NotImplementedError as error:
        raise Refused(f"{archive}: cannot be unpacked here ({error}); unpack it yourself") from error
    except Exception as error:  # zipfile, tarfile and the decompressors raise many kinds
        raise Refused(_broken(archive, error)) from error


def _broken(archive: Path, reason: object) -> str:
    return (
        f"{archive}: the archive is broken or cut short ({reason}), and was published so: it has the SHA-1 "
        "of DATA_HUB. Get a whole one from its publisher, and write its SHA-1 there"
    )


def _unpack(
    archive: Path, target: Path, folder: PurePosixPath | None, max_bytes: int, max_files: int
) -> None:
    """Look at every member first; then unpack all of them into the new folder `target`."""
    with _open(archive) as packed:
        size = _check(archive, _members(packed), folder, max_bytes, max_files)
        if isinstance(packed, tarfile.TarFile):
            _check_end(archive, packed, max_bytes)
            if hasattr(tarfile, "data_filter"):  # every supported Python but the first patch releases
                packed.extraction_filter = tarfile.data_filter
        free = disk_usage(archive.parent).free
        if size > free:
            raise OSError(errno.ENOSPC, f"{archive.name} unpacked has {size:,} bytes, {free:,} are free")
        packed.extractall(target)


def _open(archive: Path) -> tarfile.TarFile | zipfile.ZipFile:
    if tarfile.is_tarfile(archive):  # first: a tar archive may hold a zip archive, and end in one
        return tarfile.open(archive)
    if zipfile.is_zipfile(archive):
        return zipfile.ZipFile(archive)
    raise Refused(_no_archive(archive))


def _members(packed: tarfile.TarFile | zipfile.ZipFile) -> Iterator[Member]:
    if isinstance(packed, zipfile.ZipFile):
        for one in packed.infolist():
            yield Member(one.filename, one.file_size, _kind_in_zip(one))
    else:
        for member in packed:  # each before what follows it is decompressed
            yield Member(member.name, member.size, _kind_in_tar(member))


def _no_archive(archive: Path) -> str:
    with archive.open("rb") as file:
        head = file.read(8)
    for beginning, kind in BEGINNINGS.items():
        if head.startswith(beginning):
            return _broken(archive, f"it begins like a {kind} file, but no archive can be read from it")
    return (
        f"{archive}: only zip and tar archives (also .tar.gz, .tar.bz2, .tar.xz) can be unpacked; "
        "`d2l.download` gives you the file as it is"
    )


def _kind_in_tar(member: tarfile.TarInfo) -> str:
    return "file" if member.isfile() else "folder" if member.isdir() else "link or device"


def _kind_in_zip(member: zipfile.ZipInfo) -> str:
    if member.flag_bits & 1:
        return "encrypted"
    mode = member.external_attr >> 16  # of Unix; 0 from elsewhere
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "link or device"
    return "folder" if member.is_dir() else "file"


def _check(
    archive: Path, members: Iterable[Member], folder: PurePosixPath | None, max_bytes: int, max_files: int
) -> int:
    """The bytes of all members together. Raises Refused for the first that must not be unpacked."""
    size, files, folders = 0, set[PurePosixPath](), {PurePosixPath()}
    for count, member in enumerate(members, 1):
        path = PurePosixPath(member.name.replace("\\", "/"))
        size += member.size
        _check_member(archive, member, path)
        if size > max_bytes:
            raise Refused(f"{archive}: holds more than max_bytes={max_bytes:,} bytes; {MORE}")
        if count > max_files:
            raise Refused(f"{archive}: holds more than max_files={max_files:,} files; {MORE}")
        (files if member.kind == "file" else folders).add(path)
        folders.update(path.parents)
    if not files:
        raise Refused(f"{archive}: the archive is empty; is it the right one?")
    if both := files & folders:
        raise Refused(f"{archive}: {str(min(both))!r} is a file and a folder in it; unpack it yourself")
    if folder and folder not in folders:
        names = sorted(str(one) for one in folders - {PurePosixPath()})[:100]
        raise Refused(f"{unknown('folder', str(folder), names)} (in {archive})")
    return size


def _check_member(archive: Path, member: Member, path: PurePosixPath) -> None:
    if _leads_outside(path):
        raise Refused(f"{archive}: member {member.name!r} would land outside the target folder; refused")
    if member.kind == "encrypted":
        raise Refused(
            f"{archive}: is encrypted (member {member.name!r}); unpack it yourself, with its password, "
            f"in {archive.parent}"
        )
    if member.kind not in ("file", "folder"):
        raise Refused(f"{archive}: member {member.name!r} is a {member.kind}; refused")
    if len(path.parts) > DEEPEST:
        deep = f"{archive}: a member lies {len(path.parts)} folders deep, more than {DEEPEST}"
        raise Refused(f"{deep} ({brief(member.name)}); refused")


def _leads_outside(path: PurePosixPath) -> bool:
    return path.is_absolute() or ".." in path.parts or ":" in "".join(path.parts[:1])


def _check_end(archive: Path, tar: Any, max_bytes: int) -> None:
    """A tar archive ends in a block of zeros; tarfile takes a damaged or missing header for its end too."""
    tar.fileobj.seek(tar.offset)
    end = tar.fileobj.read(tarfile.BLOCKSIZE)
    if len(end) < tarfile.BLOCKSIZE or end.strip(b"\0"):
        raise Refused(_broken(archive, f"it breaks off after {len(tar.getmembers())} members"))
    rest = 0
    while chunk := tar.fileobj.read(CHUNK):  # to where a compressed file has its checksum
        rest += len(chunk)
        if rest > max_bytes:
            raise Refused(f"{archive}: more than max_bytes={max_bytes:,} bytes follow its end; refused")


def _move(part: Path, base: Path, last: str) -> None:
    """Move what is in `part` to `base`, what is there already aside; all of it or nothing."""
    moved: list[Path] = []
    try:
        for entry in sorted(part.iterdir(), key=lambda one: one.name == last):
            if not os.path.lexists(base / entry.name):
                entry.rename(base / entry.name)
                moved.append(entry)
    except BaseException:
        for entry in moved:
            (base / entry.name).rename(entry)
        raise


def gunzip(archive: Path) -> Path:
    """The unpacked copy of `x.gz` beside it, `x`: made, or made again if it is not what the archive holds."""
    import gzip
    import zlib

    target = archive.with_suffix("")
    with archive.open("rb") as file:
        file.seek(-8, os.SEEK_END)  # a gzip file ends in the CRC and size of what it holds
        crc, size = (int.from_bytes(file.read(4), "little") for _ in range(2))

    def is_whole() -> bool:
        return target.is_file() and target.stat().st_size == size and zlib.crc32(target.read_bytes()) == crc

    if not is_whole():
        with writing(target), locked(target.with_name(".lock")):
            if not is_whole():
                with replacing(target) as part, gzip.open(archive) as packed, part.open("wb") as out:
                    copyfileobj(packed, out, CHUNK)
    return target
