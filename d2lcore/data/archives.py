"""Unpacking archives of data: all of one or nothing, and nothing outside its folder."""

import os
import tarfile
import zipfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from shutil import copyfileobj, rmtree

from .files import CHUNK, download
from .writing import locked, replacing, writing


def download_extract(name: str, folder: str | None = None) -> str:
    """`download` a zip or tar archive and unpack it beside itself; the path of what it held.

    folder: the folder inside the archive to return, by default the archive's name without its extension.
    Nothing of an archive appears before all of it is unpacked. Raises ValueError if the file is no zip or tar
    archive, or has a member that would land outside the target folder.
    """
    archive = Path(download(name))
    base, stem = archive.parent, archive.name.removesuffix(".gz").rsplit(".", 1)[0]
    result = base / (folder or stem)
    with writing(archive), locked(base.parent / ".lock"):
        if result == archive or not result.exists():
            part = base / f".{archive.name}.part"
            rmtree(part, ignore_errors=True)  # what a killed process left
            try:
                _unpack(archive, part)
                for entry in part.iterdir():
                    if not (base / entry.name).exists():
                        entry.rename(base / entry.name)
            finally:
                rmtree(part, ignore_errors=True)
    return str(result if result.exists() else base)


def _unpack(archive: Path, target: Path) -> None:
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as zipped:
            _refuse_outside(archive, zipped.namelist())
            zipped.extractall(target)
    elif tarfile.is_tarfile(archive):
        with tarfile.open(archive) as tar:
            _refuse_outside(archive, tar.getnames())
            links = [member for member in tar.getmembers() if not (member.isfile() or member.isdir())]
            if links:
                raise ValueError(f"{archive}: member {links[0].name!r} is a link or device; refused")
            if hasattr(tarfile, "data_filter"):  # every supported Python but the first patch releases
                tar.extraction_filter = tarfile.data_filter
            tar.extractall(target)
    else:
        raise ValueError(f"{archive}: only zip and tar archives can be unpacked")


def _refuse_outside(archive: Path, members: Iterable[str]) -> None:
    for member in members:
        path = PurePosixPath(member.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in "".join(path.parts[:1]):
            raise ValueError(f"{archive}: member {member!r} would land outside the target folder; refused")


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
