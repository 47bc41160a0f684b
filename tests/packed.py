"""Zip and tar archives, made in memory."""

import io
import tarfile
import zipfile
from typing import Any

from on_disk import BODY


def zip_of(members: dict[Any, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def tar_of(members: dict[str, Any], mode: str = "w:gz") -> bytes:
    """Bytes make a file, None a folder, a pair (type, target) a link or device."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            if isinstance(content, bytes):
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
            else:
                member.type, member.linkname = content or (tarfile.DIRTYPE, "")
                archive.addfile(member)
    return buffer.getvalue()


MEMBERS = {"toys/a.txt": b"a", "toys/deep/b.bin": BODY}
ARCHIVES = {
    "toys.zip": zip_of(MEMBERS),
    "toys.tar": tar_of(MEMBERS, "w"),
    "toys.tar.gz": tar_of(MEMBERS),
    "toys.tgz": tar_of(MEMBERS),
    "toys.tar.bz2": tar_of(MEMBERS, "w:bz2"),
    "toys.tar.xz": tar_of(MEMBERS, "w:xz"),
}
GOOD = {"toys/a.txt": b"a"}
