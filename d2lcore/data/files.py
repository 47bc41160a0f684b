"""Files, fetched into one folder and verified against published hashes."""

import hashlib
import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..errors import blaming, brief, unknown
from ..printable import printable
from .addresses import mirror
from .sources import CHUNK, SourceFailed, opened
from .writing import DataUnavailable, locked, replacing, writing

DATA_URL = "https://d2l-data.s3-accelerate.amazonaws.com/"

# name -> (address, SHA-1), as the book publishes them. Add entries of your own.
DATA_HUB: dict[str, tuple[str, str]] = {
    "airfoil": (DATA_URL + "airfoil_self_noise.dat", "76e5be1548fd8222e5074cf0faae75edff8cf93f"),
    "kaggle_house_train": (
        DATA_URL + "kaggle_house_pred_train.csv",
        "585e9cc93e70b39160e7921475f9bcd7d31219ce",
    ),
    "kaggle_house_test": (
        DATA_URL + "kaggle_house_pred_test.csv",
        "fa19780a7b011d9b009e8bff8e99922a8ee2eb90",
    ),
}


def data_folder(root: str | os.PathLike | None = None) -> Path:
    """Where data sets are: `root`, else D2LCORE_DATA, else `data/` of the checkout, else the user's cache."""
    if chosen := root or os.environ.get("D2LCORE_DATA"):
        return Path(chosen).expanduser().absolute()
    checkout = Path(__file__).resolve().parents[2]
    if (checkout / "pyproject.toml").is_file() and (checkout / "data" / "README.md").is_file():
        return checkout / "data"
    import platformdirs

    return platformdirs.user_cache_path("d2lcore")


def matches(path: Path, checksum: str) -> bool:
    """Whether the file is there and has this checksum, written 'md5:...', 'sha1:...' or 'sha256:...'."""
    algorithm, _, digest = checksum.partition(":")
    try:
        with path.open("rb") as file:
            found = hashlib.new(algorithm, usedforsecurity=False)
            while chunk := file.read(CHUNK):
                found.update(chunk)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise DataUnavailable(f"{path}: present but cannot be read ({error.strerror})") from error
    return found.hexdigest() == digest.lower()


def fetch(
    path: str, urls: Iterable[str], checksum: str, root: str | os.PathLike | None = None, *, name: str = ""
) -> Path:
    """The verified file `path` of the data folder, fetched first if it is missing or damaged.

    path: relative to the data folder, and to the mirror that D2LCORE_MIRROR names (a folder or http(s) URL).
    root: a data folder of one's own. name: where in the data folder, by default `path` there too.
    urls: the official addresses, tried after the mirror.
    checksum: as for `matches`.
    Raises DataUnavailable if no source has it, D2LCORE_MIRROR cannot be one, or the folder cannot be written.
    """
    target = data_folder(root) / (name or path)
    if matches(target, checksum):
        return target
    sources = _sources(path, urls)
    with writing(target), locked(data_folder(root) / ".lock"):
        if matches(target, checksum):  # another process was faster
            return target
        if target.exists():
            print(f"{target} is damaged: fetching it again", file=sys.stderr)
        tried: list[str] = []
        for source, is_mirror in sources:
            try:
                with replacing(target) as part:
                    _copy(source, part, checksum)
                return target
            except SourceFailed as failure:
                tried.append(f"{source} ({' '.join(printable(str(failure)).split())})")
                if is_mirror and len(sources) > 1:
                    print(f"not in D2LCORE_MIRROR: {tried[0]}; asking {sources[1][0]}", file=sys.stderr)
    raise DataUnavailable(
        f"{path}: could not be had. Tried {'; '.join(tried)}. Connect to the network, or set D2LCORE_MIRROR "
        f"to a folder or URL that holds {path}"
    )


def _sources(path: str, urls: Iterable[str]) -> list[tuple[str, bool]]:
    """Where to look, in turn, and whether that is the mirror."""
    official = [(url, False) for url in urls]
    folder = mirror()
    return official if folder is None else [(f"{folder.rstrip('/')}/{path}", True), *official]


def _copy(source: str, part: Path, checksum: str) -> None:
    from tqdm import tqdm

    algorithm, _, digest = checksum.partition(":")
    found = hashlib.new(algorithm, usedforsecurity=False)
    head = b""
    with part.open("wb") as out, opened(source) as (chunks, size):
        bar = tqdm(
            total=size, unit="B", unit_scale=True, desc=Path(source).name, delay=1, leave=False, disable=None
        )
        with bar:
            for chunk in chunks:
                head = head or chunk[:64]
                found.update(chunk)
                out.write(chunk)
                bar.update(len(chunk))
            written = out.tell()
        if found.hexdigest() == digest.lower():
            return
        if size and written < size:
            raise SourceFailed(f"broke off after {written:,} of {size:,} bytes")
        is_page = head.lstrip().lower().startswith((b"<!doctype", b"<html"))
        what = "an HTML page" if is_page else "another file"
        raise SourceFailed(f"sent {what}: {algorithm} {found.hexdigest()}, published {digest}")


def hub_entry(name: str) -> tuple[str, list[str], str]:
    """Path in the data folder, addresses and checksum of a `DATA_HUB` entry.

    Raises ValueError for an unknown name, and for an entry that is no pair of address and SHA-1.
    """
    if not isinstance(name, str) or name not in DATA_HUB:
        raise ValueError(unknown("name", name, DATA_HUB))
    entry: Any = DATA_HUB[name]
    place = f"name: DATA_HUB[{name!r}]"
    if not (isinstance(entry, (tuple, list)) and len(entry) == 2 and all(isinstance(x, str) for x in entry)):
        raise ValueError(f"{place} must be a pair of texts, (address, SHA-1), got {brief(entry)}")
    url, sha1 = entry
    if not re.fullmatch("[0-9a-fA-F]{40}", sha1):
        raise ValueError(
            f"{place}: a SHA-1 has 40 digits 0-9 a-f, got {brief(sha1)}; `sha1sum FILE` prints it"
        )
    file = re.split("[?#]", url)[0].rsplit("/", 1)[-1]
    if file in ("", ".", ".."):
        raise ValueError(f"{place}: the address must end in the name of a file, got {brief(url)}")
    return f"hub/{file}", [url], f"sha1:{sha1}"


def check_folders(**folders: Any) -> None:
    """Raise TypeError or ValueError, naming the argument, unless each is None or the path of a folder.

    The folder need not be there; a file must not be in its place.
    """
    for name, value in folders.items():
        if value is None:
            continue
        if not isinstance(value, (str, os.PathLike)):
            raise TypeError(f"{name}: expected the path of a folder, got {brief(value)}")
        with blaming(name, value):
            is_file = Path(value).expanduser().is_file()
        if is_file:
            raise ValueError(f"{name}: {os.fspath(value)} is a file; name a folder")
        if not str(value).strip() or "\0" in str(value):
            raise ValueError(f"{name}: {brief(value)} is no path; leave it out for the usual data folder")


def download(name: str, cache_dir: str | os.PathLike | None = None) -> str:
    """Path of the verified local copy of the `DATA_HUB` entry `name`, fetched if need be (book 4.10).

    cache_dir: the folder of the file, by default `hub` in the data folder. Raises ValueError naming the
    nearest entry for an unknown name, TypeError or ValueError for what can be no folder, DataUnavailable as
    `fetch` does.
    """
    check_folders(cache_dir=cache_dir)
    path, urls, checksum = hub_entry(name)
    name = Path(path).name if cache_dir else ""  # directly in a folder of one's own
    return str(fetch(path, urls, checksum, cache_dir, name=name))


def download_all() -> list[str]:
    """`download` every entry of `DATA_HUB`; their paths."""
    return [download(name) for name in DATA_HUB]
