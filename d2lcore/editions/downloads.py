"""`download` as both editions call it: by a name of `DATA_HUB`, or by an address."""

import os

from ..data import files
from .table import named, places


def download(
    name: str,
    cache_dir: str | os.PathLike | None = None,
    sha1_hash: str | None = None,
    *,
    folder: str | os.PathLike | None = None,
) -> str:
    """Path of the verified local copy of a file, fetched if need be (book 4.10; edition 1.0, 23.7).

    name: an entry of `DATA_HUB` or, in edition 1.0, an address. cache_dir: the data folder, which edition
    1.0 calls folder. sha1_hash: the checksum of a file that is not in `DATA_HUB`; from then on it is.
    Raises ValueError for an address without a checksum and a name that belongs to a chapter that is not here,
    and as `d2lcore.download` does.
    """
    where = cache_dir if folder is None else folder
    if isinstance(name, str) and "://" in name:
        entry = next((entry for entry, (url, _) in files.DATA_HUB.items() if url == name), name)
        if sha1_hash is not None:
            files.DATA_HUB[entry] = (name, sha1_hash)
        elif entry == name and name not in files.DATA_HUB:
            raise ValueError(
                f"sha1_hash: {name} is not in DATA_HUB; pass the SHA-1 of the file, which is then checked"
            )
        return files.download(entry, where)
    rows = named().get(f"DATA_HUB[{name!r}]", ())
    if rows and name not in files.DATA_HUB:
        raise ValueError(f"name: the book has {name!r} in {places(rows)}; that chapter is not here")
    return files.download(name, where)
