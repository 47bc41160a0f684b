"""The data sets of the notes: as minibatches, and which of their files are there."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from numbers import Integral
from typing import Any

import torch
from torch import Tensor

from ..errors import brief, check_counts, check_numbers, check_tensors, require, unknown
from .archives import gunzip
from .batches import ArrayDataset, Batches, load_array, to_device
from .files import DATA_HUB, DataUnavailable, check_folders, data_folder, download, fetch, hub_entry, matches

# Image data sets by the name a chapter's `--data` takes; the first two are torchvision classes.
IMAGE_DATA = {
    "fashion_mnist": "Fashion-MNIST, 70,000 images of 28x28, 10 kinds of clothing",
    "mnist": "MNIST, 70,000 images of 28x28, 10 handwritten digits",
    "digits": "1,797 images of 8x8, 10 handwritten digits; inside scikit-learn, no download",
}
_TORCHVISION = {"fashion_mnist": "FashionMNIST", "mnist": "MNIST"}
_FASHION_LABELS = (
    "t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"
)  # fmt: skip


def synthetic_data(
    w: Tensor, b: float | Tensor, num_examples: int, *, noise: float = 0.01
) -> tuple[Tensor, Tensor]:
    """Random linear data `y = X w + b + N(0, noise^2)` with X ~ N(0, 1) (004 3.5.2; book 3.2).

    w: weights, shape (d,) or (d, 1); the data are made on its device and in its type. noise: standard
    deviation, at least 0. Returns X of shape (n, d) and y of shape (n, 1).
    Raises ValueError for fewer than one example, negative noise, or a `w` of another shape.
    """
    check_counts(num_examples=num_examples)
    check_tensors(w=w)
    check_numbers(noise=noise)
    if noise < 0:
        raise ValueError(f"noise: a standard deviation cannot be negative, got {noise}")
    if not w.numel() or w.dim() not in (1, 2) or (w.dim() == 2 and w.shape[1] != 1):
        raise ValueError(f"w: expected shape (d,) or (d, 1), got {tuple(w.shape)}")
    if isinstance(b, Tensor) and b.numel() != 1:
        raise ValueError(f"b: expected one number, got shape {tuple(b.shape)}")
    check_numbers(b=b)
    b = b.detach() if isinstance(b, Tensor) else b
    w = w.detach() if w.is_floating_point() else w.float()
    X = torch.normal(0.0, 1.0, (num_examples, len(w)), dtype=w.dtype, device=w.device)
    y = X @ w + b
    y = y + torch.normal(0.0, noise, y.shape, dtype=w.dtype, device=w.device)
    return X, y.reshape(-1, 1)


def get_fashion_mnist_labels(labels: Iterable[int | Tensor]) -> list[str]:
    """The names of Fashion-MNIST classes 0 to 9 (book 3.5). Raises ValueError for another number."""
    if isinstance(labels, (str, dict, type)) or not hasattr(labels, "__iter__"):
        raise TypeError(f"labels: expected a list of class numbers, got {brief(labels)}")
    if isinstance(labels, Tensor) and labels.dim() != 1:
        raise ValueError(f"labels: expected shape (n,), got {tuple(labels.shape)}")
    names = dict(enumerate(_FASHION_LABELS))
    for label in (numbers := [getattr(label, "item", lambda label=label: label)() for label in labels]):
        if label not in names:
            raise ValueError(f"labels: Fashion-MNIST has classes 0 to 9, got {label}")
    return [names[number] for number in numbers]


def load_data_fashion_mnist(
    batch_size: int, resize: int | tuple[int, int] | None = None, **options: Any
) -> tuple[Batches, Batches]:
    """`load_data("fashion_mnist", ...)`: training and test batches of Fashion-MNIST (004 3.6.1; book 3.5)."""
    return load_data("fashion_mnist", batch_size, resize, **options)


def load_data_mnist(
    batch_size: int, resize: int | tuple[int, int] | None = None, **options: Any
) -> tuple[Batches, Batches]:
    """`load_data("mnist", ...)`: training and test batches of MNIST (000 1.2.1)."""
    return load_data("mnist", batch_size, resize, **options)


def load_data(
    name: str,
    batch_size: int,
    resize: int | tuple[int, int] | None = None,
    *,
    device: str | torch.device = "cpu",
    root: str | None = None,
    generator: torch.Generator | None = None,
    share: tuple[int, int] = (0, 1),
) -> tuple[Batches, Batches]:
    """Training batches in random order and test batches in order, of the image data set `name`.

    name: fashion_mnist, mnist or digits. resize: height and width to scale the images to (bilinear,
    antialiased), a batch at a time. device: where the images are kept, as uint8. root: the data folder.
    share: (rank, world), of process `rank` out of `world`: its part of each training batch, as for `Batches`.
    A batch is X of shape (b, 1, height, width), float32 in [0, 1], and y of shape (b,), int64 classes;
    `train_iter.dataset.classes` names them.
    Raises ValueError for an unknown name, bad size or folder, DataUnavailable if the files cannot be had,
    ImportError without torchvision (or, for digits, scikit-learn).
    """
    if not isinstance(name, str) or name not in IMAGE_DATA:
        raise ValueError(unknown("data", name, IMAGE_DATA))
    check_counts(batch_size=batch_size)
    check_folders(root=root)
    size = _size(resize)
    splits, largest, classes = _digits() if name == "digits" else _torchvision_images(name, root)
    to_float = partial(_to_float, largest=largest, size=size)
    train, test = (
        ArrayDataset(
            to_device(images, device), to_device(labels, device), transform=to_float, classes=classes
        )
        for images, labels in splits
    )
    train_iter = Batches(train, batch_size, shuffle=True, generator=generator, share=share)
    return train_iter, Batches(test, batch_size)


def _size(resize: Any) -> tuple[int, int] | None:
    if resize is None:
        return None
    sides = list(resize) if isinstance(resize, (tuple, list)) else [resize, resize]
    whole = all(isinstance(side, Integral) and not isinstance(side, bool) for side in sides)
    if len(sides) != 2 or not whole or min(sides) < 1:
        got = resize if isinstance(resize, (tuple, list)) else brief(resize)
        raise ValueError(f"resize: expected a positive size or (height, width), got {got}")
    return sides[0], sides[1]


def _to_float(images: Tensor, largest: int, size: tuple[int, int] | None) -> Tensor:
    """uint8 (b, h, w) -> float32 (b, 1, h, w) in [0, 1], of another size if asked."""
    X = images.unsqueeze(1).to(torch.float32).div_(largest)
    if size is None:
        return X
    return torch.nn.functional.interpolate(X, size=size, mode="bilinear", antialias=True)


Split = tuple[Tensor, Tensor]


def _digits() -> tuple[list[Split], int, Sequence[str]]:
    require("sklearn", "the data set digits")
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    images, labels = load_digits().images.astype("uint8"), load_digits().target
    parts = train_test_split(images, labels, test_size=360, random_state=0, stratify=labels)
    X_train, X_test, y_train, y_test = (torch.from_numpy(part.copy()) for part in parts)
    return [(X_train, y_train.long()), (X_test, y_test.long())], 16, [str(i) for i in range(10)]


def _torchvision_images(name: str, root: str | None) -> tuple[list[Split], int, Sequence[str]]:
    try:
        folder = fetch_images(name, root)
    except DataUnavailable as error:
        raise DataUnavailable(
            f"{name}: {error}. Or use the embedded data set digits (--data digits)"
        ) from error
    dataset = _torchvision_class(name)
    sets = [dataset(folder, train=train, download=False) for train in (True, False)]
    classes = _FASHION_LABELS if name == "fashion_mnist" else [str(i) for i in range(10)]
    return [(part.data, part.targets) for part in sets], 255, classes


def _torchvision_class(name: str) -> Callable:
    return getattr(require("torchvision.datasets", f"the data set {name}"), _TORCHVISION[name])


def image_files(name: str) -> list[tuple[str, list[str], str]]:
    """Path in the data folder, addresses and checksum of each file of a torchvision data set."""
    dataset: Any = _torchvision_class(name)
    return [
        (f"{_TORCHVISION[name]}/raw/{file}", [mirror + file for mirror in dataset.mirrors], f"md5:{md5}")
        for file, md5 in dataset.resources
    ]


def fetch_images(name: str, root: str | None = None) -> str:
    """Fetch, verify and unpack the files of `name`; the folder that torchvision calls `root`."""
    archives = [fetch(path, urls, checksum, root) for path, urls, checksum in image_files(name)]
    for archive in archives:
        gunzip(archive)
    return str(archives[0].parents[2])


def get_data_ch11(batch_size: int = 10, n: int = 1500) -> tuple[Batches, int]:
    """Training batches of the first `n` rows of the standardised airfoil data, and its number of features, 5.

    A batch is X of shape (b, 5) and y of shape (b,), float32. Book 11.5.
    Raises DataUnavailable as `download` does, ValueError if `n` is not in 1..1503.
    """
    import numpy as np

    check_counts(batch_size=batch_size)
    if isinstance(n, bool) or not isinstance(n, Integral):
        raise TypeError(f"n: expected a whole number, got {brief(n)}")
    rows = np.genfromtxt(download("airfoil"), dtype=np.float32, delimiter="\t")
    if not 1 <= n <= len(rows):
        raise ValueError(f"n: the airfoil data has {len(rows)} rows, got {n}")
    data = torch.from_numpy((rows - rows.mean(axis=0)) / rows.std(axis=0))
    return load_array((data[:n, :-1], data[:n, -1]), batch_size, is_train=True), data.shape[1] - 1


# Which data sets there are, and which of their files are in the data folder

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
