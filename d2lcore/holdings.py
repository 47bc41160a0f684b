"""Which data sets there are, and which of their files are in the data folder."""

from collections.abc import Iterable

from .data_files import DATA_HUB, DataUnavailable, data_folder, fetch, hub_entry, matches
from .datasets import IMAGE_DATA, fetch_images, image_files
from .errors import unknown

_EMBEDDED = {
    "breast_cancer": "569 biopsies, 30 features, benign or malignant; inside scikit-learn, no download",
    "diabetes": "442 patients, 10 features, progress of the disease; inside scikit-learn, no download",
}
_TABULAR = {
    "airfoil": "NASA airfoil self-noise, 1,503 rows of 5 features",
    "kaggle_house": "Ames house prices, 1,460 + 1,459 rows of 79 features",
}
_PARTS = {"kaggle_house": ("kaggle_house_train", "kaggle_house_test")}


def data_sets() -> dict[str, str]:
    """Every data set by name, with a line about it. Entries added to `DATA_HUB` are among them."""
    known = {**IMAGE_DATA, **_EMBEDDED, **_TABULAR}
    parts = {part for parts in _PARTS.values() for part in parts}
    return known | {name: DATA_HUB[name][0] for name in DATA_HUB if name not in known and name not in parts}


def named(names: Iterable[str]) -> list[str]:
    """The names, `all` standing for every set. Raises ValueError naming the nearest to an unknown one."""
    known = data_sets()
    for name in names:
        if name != "all" and name not in known:
            raise ValueError(unknown("data set", name, [*known, "all"]))
    return list(known) if "all" in names else list(names)


def _is_embedded(name: str) -> bool:
    return name == "digits" or name in _EMBEDDED


def _files(name: str) -> list[tuple[str, list[str], str]]:
    if name in IMAGE_DATA:
        return image_files(name)
    return [hub_entry(part) for part in _PARTS.get(name, (name,))]


def state(name: str) -> str:
    """'embedded', 'present', 'partial', 'damaged', 'missing' or (without torchvision) 'unknown'."""
    if _is_embedded(name):
        return "embedded"
    try:
        there = [(data_folder() / path, checksum) for path, _, checksum in _files(name)]
        whole = [matches(path, checksum) for path, checksum in there]
    except ImportError:  # torchvision knows the hashes of its files
        return "unknown"
    except DataUnavailable:  # there, but unreadable
        return "damaged"
    if all(whole):
        return "present"
    if any(path.exists() and not good for (path, _), good in zip(there, whole, strict=True)):
        return "damaged"
    return "partial" if any(whole) else "missing"


def fetch_set(name: str) -> str:
    """Fetch what is missing or damaged of a data set; a line saying where it is."""
    if _is_embedded(name):
        return "inside scikit-learn, nothing to fetch"
    if name in IMAGE_DATA:
        fetch_images(name)
    for path, urls, checksum in _files(name):
        where = fetch(path, urls, checksum)
    return f"verified, in {where.parent}"
