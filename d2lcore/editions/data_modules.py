"""The data of edition 1.0: an object that gives training and validation batches (3.2.3)."""

from collections.abc import Iterable, Sequence
from typing import Any

from torch import Tensor

from ..data.batches import Batches, load_array
from ..data.datasets import get_fashion_mnist_labels, load_data_fashion_mnist, synthetic_data
from ..errors import check_counts
from ..plotting import show_images
from .hyperparameters import HyperParameters, restorable


@restorable
class DataModule(HyperParameters):
    """Data: define `get_dataloader(train)`, or `train_dataloader()` and `val_dataloader()`.

    root: a folder for files, where a class of one's own needs one. num_workers: for a `DataLoader` of one's
    own. The batches made here are held in memory; they need neither.
    """

    meant_for = "`trainer.fit(model, data)`; a function takes its batches, `data.train_dataloader()`"
    root: str
    num_workers: int
    batch_size: int

    def __init__(self, root: str = "../data", num_workers: int = 4) -> None:
        self.save_hyperparameters()

    def get_dataloader(self, train: bool) -> Any:
        name = type(self).__name__
        raise NotImplementedError(
            f"data: {name} gives no batches; define get_dataloader(self, train) in it, for example with "
            "`return self.get_tensorloader((self.X, self.y), train)`"
        )

    def train_dataloader(self) -> Any:
        """The batches to train on."""
        return self.get_dataloader(train=True)

    def val_dataloader(self) -> Any:
        """The batches to validate on; None if there are none."""
        return self.get_dataloader(train=False)

    def get_tensorloader(
        self, tensors: Sequence[Any], train: bool, indices: Any = slice(0, None)
    ) -> Batches | None:
        """Batches of `self.batch_size` of the chosen rows of the tensors, shuffled if `train` (3.3.3).

        None if there is not one row to validate on. Raises ValueError without rows to train on, and for
        tensors of unequal length.
        """
        rows = [array[indices] for array in tensors]
        if not train and rows and all(len(part) == 0 for part in rows):
            return None
        return load_array(rows, self.batch_size, train)


@restorable
class SyntheticRegressionData(DataModule):
    """Random linear data, `y = X w + b + N(0, noise^2)` with X ~ N(0, 1): see `synthetic_data` (3.3).

    w: shape (d,). `X` of shape (n, d) and `y` of shape (n, 1) hold `num_train` examples to train on, and then
    `num_val` to validate on.
    """

    num_train: int
    X: Tensor
    y: Tensor

    def __init__(
        self,
        w: Tensor,
        b: float | Tensor,
        noise: float = 0.01,
        num_train: int = 1000,
        num_val: int = 1000,
        batch_size: int = 32,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        check_counts(num_train=num_train, batch_size=batch_size)
        self.X, self.y = synthetic_data(w.reshape(-1, 1), b, num_train + num_val, noise=noise)

    def get_dataloader(self, train: bool) -> Any:
        rows = slice(0, self.num_train) if train else slice(self.num_train, None)
        return self.get_tensorloader((self.X, self.y), train, rows)


@restorable
class FashionMNIST(DataModule):
    """Fashion-MNIST: `train` of 60,000 and `val` of 10,000 images, 10 kinds of clothing (4.2).

    An example is an image of shape (1, height, width), float32 in [0, 1], and its class. resize: height and
    width. The files are in d2lcore's data folder, and are fetched if they are not there.
    """

    resize: tuple[int, int]

    def __init__(self, batch_size: int = 64, resize: int | tuple[int, int] = (28, 28)) -> None:
        super().__init__()
        self.save_hyperparameters()
        size = None if resize in (28, (28, 28)) else resize  # the size they have
        train, val = load_data_fashion_mnist(batch_size, size)
        self.train, self.val = train.dataset, val.dataset

    def text_labels(self, indices: Iterable[int | Tensor]) -> list[str]:
        """The names of classes 0 to 9. Raises ValueError for another number."""
        return get_fashion_mnist_labels(indices)

    def get_dataloader(self, train: bool) -> Any:
        return Batches(self.train if train else self.val, self.batch_size, shuffle=train)

    def visualize(
        self, batch: Sequence[Tensor], nrows: int = 1, ncols: int = 8, labels: Sequence[str] = ()
    ) -> None:
        """Draw the first nrows x ncols images of a batch (X, y), each below its class, or below `labels`."""
        X, y = (part[: nrows * ncols] for part in batch)
        show_images(X.squeeze(1), nrows, ncols, titles=labels or self.text_labels(y))
