"""Minibatches of data held whole in memory: a DataLoader without workers, which takes whole batches."""

from collections.abc import Callable, Iterator, Sequence
from numbers import Integral
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from ..errors import blaming, brief, check_counts, check_flags


class ArrayDataset(Dataset):
    """Examples whose features, labels, ... are the rows of tensors: `dataset[i]` is `(X[i], y[i])`.

    tensors: each of shape (n, ...), on one device.
    transform: applied to the first tensor of every batch of shape (b, ...), e.g. uint8 images to float32.
    classes: the names of the classes, if the last tensor holds class numbers.
    Raises ValueError if there are no tensors, no examples, or tensors of unequal length.
    """

    def __init__(
        self,
        *tensors: Tensor,
        transform: Callable[[Tensor], Tensor] | None = None,
        classes: Sequence[str] | None = None,
    ) -> None:
        for tensor in tensors:
            if not isinstance(tensor, Tensor):
                raise TypeError(
                    f"tensors: expected tensors, got {brief(tensor)}; load_array takes arrays too"
                )
        _check_rows("tensors", tensors)
        if transform is not None and not callable(transform):
            raise TypeError(f"transform: expected a function of a batch, got {brief(transform)}")
        if classes is not None and (isinstance(classes, (str, dict)) or not isinstance(classes, Sequence)):
            raise TypeError(f"classes: expected a list of names, got {brief(classes)}")
        self.tensors = tensors
        self.transform = transform
        self.classes = None if classes is None else list(classes)

    def __len__(self) -> int:
        return len(self.tensors[0])

    def __getitem__(self, i: int) -> tuple[Tensor, ...]:
        if not -len(self) <= i < len(self):
            raise IndexError(f"example {i} of a data set of {len(self)}")
        i %= len(self)
        return tuple(rows[0] for rows in self.batch(slice(i, i + 1)))

    def batch(self, rows: slice | Tensor) -> tuple[Tensor, ...]:
        """Copies of the chosen rows of every tensor, so that a caller may change them in place."""
        if isinstance(rows, slice):
            picked = [tensor[rows].clone() for tensor in self.tensors]
        else:
            picked = [tensor.index_select(0, rows) for tensor in self.tensors]
        if self.transform is not None:
            picked[0] = self.transform(picked[0])
        return tuple(picked)


def _check_rows(name: str, tensors: Sequence[Tensor]) -> None:
    """Raise ValueError unless there are tensors, of one row an example and as many rows each."""
    if not tensors:
        raise ValueError(f"{name}: got no array; pass a tuple such as (X, y)")
    if any(tensor.dim() == 0 for tensor in tensors):
        raise ValueError(f"{name}: an array has no rows (it is a single number)")
    lengths = [len(tensor) for tensor in tensors]
    if len(set(lengths)) > 1:
        raise ValueError(f"{name}: arrays of unequal length {lengths}; give every array one row an example")
    if lengths[0] == 0:
        raise ValueError(f"{name}: the arrays are empty; at least one example is needed")


class Batches(DataLoader[tuple[Tensor, ...]]):
    """Iterate over `dataset` in batches `(X, y)`: `len(it)` batches a pass, the last one maybe short.

    It is a `torch.utils.data.DataLoader`, with the `sampler`, `collate_fn`, `num_workers`, ... of one, which
    takes a batch from the tensors at once and not example by example.
    dataset: an `ArrayDataset`.
    batch_size: examples in a batch, at least 1.
    shuffle: a new order each pass, drawn from torch's global generator or from `generator` exactly as a plain
        DataLoader draws it, so one seed gives the same batches.
    drop_last: leave out a last batch of fewer examples, on which BatchNorm may fail.
    share: (rank, world), of process `rank` out of `world` that train together: of each batch it gets part
        number `rank`. The parts, one after the other, are the batch that one process alone would get from the
        same seed. Their sizes differ by at most 1, and one may have no rows where the last batch is very
        short. `batch_size` and `len` are those of whole batches, so all processes take as many steps;
        `sampler` and `batch_sampler` know of no shares.
    Raises ValueError or TypeError for a batch size that is not a positive integer, or a share there is not.
    """

    dataset: ArrayDataset
    batch_size: int

    def __init__(
        self,
        dataset: ArrayDataset,
        batch_size: int,
        shuffle: bool = False,
        *,
        generator: torch.Generator | None = None,
        drop_last: bool = False,
        share: tuple[int, int] = (0, 1),
    ) -> None:
        if not isinstance(dataset, ArrayDataset):
            raise TypeError(
                f"dataset: expected an ArrayDataset, got {brief(dataset)}; load_array((X, y), ...) makes both"
            )
        check_counts(batch_size=batch_size)
        check_flags(shuffle=shuffle, drop_last=drop_last)
        if generator is not None and not isinstance(generator, torch.Generator):
            raise TypeError(f"generator: expected a torch.Generator, got {brief(generator)}")
        _check_share(share)
        super().__init__(dataset, int(batch_size), shuffle, generator=generator, drop_last=drop_last)
        self.shuffle = shuffle
        self.share = share

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:  # type: ignore[override]
        # A DataLoader draws a seed for its workers whenever it is iterated over, shuffled or not.
        torch.empty((), dtype=torch.int64).random_(generator=self.generator)
        return self._passage()

    def _passage(self) -> Iterator[tuple[Tensor, ...]]:
        if not self.shuffle:
            for start in range(0, len(self) * self.batch_size, self.batch_size):
                first, last = self._part(min(self.batch_size, len(self.dataset) - start))
                yield self.dataset.batch(slice(start + first, start + last))
            return
        order = self._order().to(self.dataset.tensors[0].device)
        for rows in order.split(self.batch_size)[: len(self)]:
            yield self.dataset.batch(rows[slice(*self._part(len(rows)))])
        if self.generator is not None:
            self._order()  # a DataLoader's sampler draws once more when it has ended

    def _part(self, size: int) -> tuple[int, int]:
        """Where the share of a batch of `size` rows begins and ends; the first shares have one more each."""
        rank, world = self.share
        each, left_over = divmod(size, world)
        return rank * each + min(rank, left_over), (rank + 1) * each + min(rank + 1, left_over)

    def _order(self) -> Tensor:
        """A permutation of the examples, drawn as the `RandomSampler` of a DataLoader draws it."""
        generator = self.generator
        if generator is None:
            generator = torch.Generator()
            generator.manual_seed(int(torch.empty((), dtype=torch.int64).random_()))
        return torch.randperm(len(self.dataset), generator=generator)

    def __repr__(self) -> str:
        order = "shuffled" if self.shuffle else "in order"
        share = "" if self.share == (0, 1) else ", share {} of {}".format(*self.share)
        return (
            f"Batches({len(self.dataset)} examples, {len(self)} batches of {self.batch_size}, {order}{share})"
        )


def _check_share(share: Any) -> None:
    """Raise TypeError or ValueError unless these are the number of a process and how many there are."""
    if not isinstance(share, tuple) or len(share) != 2:
        raise TypeError(
            f"share: expected (rank, world), such as (0, 2) for the first of two, got {brief(share)}"
        )
    rank, world = share
    if any(isinstance(one, bool) or not isinstance(one, Integral) for one in share):
        raise TypeError(f"share: expected two whole numbers, (rank, world), got {share}")
    if not 0 <= rank < world:
        raise ValueError(f"share: of (rank, world) the rank is 0 to world - 1, got {share}")


def load_array(
    data_arrays: Sequence[Any],
    batch_size: int,
    is_train: bool = True,
    *,
    dtype: torch.dtype | None = None,
    device: str | torch.device | None = None,
    generator: torch.Generator | None = None,
    drop_last: bool = False,
    share: tuple[int, int] = (0, 1),
) -> Batches:
    """Minibatches of the rows of `data_arrays`, shuffled if `is_train` (004 3.5.2; book 3.3).

    data_arrays: a tuple such as (X, y) of tensors or arrays of equal length n, n >= 1.
    batch_size: examples in a batch, at least 1; the last batch of a pass may be short.
    dtype: the type of the floating-point arrays; by default tensors keep theirs and NumPy float64 becomes
        float32.
    device: where the batches are; by default the arrays stay where they are.
    drop_last: leave out a last batch of fewer examples, on which BatchNorm may fail.
    share: (rank, world), of process `rank` out of `world`: its part of each batch, as `Batches` says.
    Raises TypeError if `data_arrays` is one array instead of a tuple, ValueError as `ArrayDataset` does.
    """
    if hasattr(data_arrays, "shape") or not isinstance(data_arrays, (tuple, list)):
        raise TypeError(
            f"data_arrays: expected a tuple of arrays such as (X, y), got {type(data_arrays).__name__}; "
            "for one array write (X,)"
        )
    if dtype is not None and not (isinstance(dtype, torch.dtype) and dtype.is_floating_point):
        raise TypeError(f"dtype: expected a floating-point type such as torch.float64, got {brief(dtype)}")
    check_flags(is_train=is_train)
    tensors = [_as_tensor(array, dtype, device) for array in data_arrays]
    _check_rows("data_arrays", tensors)
    return Batches(
        ArrayDataset(*tensors), batch_size, is_train, generator=generator, drop_last=drop_last, share=share
    )


def _as_tensor(array: Any, dtype: torch.dtype | None, device: str | torch.device | None) -> Tensor:
    if isinstance(array, Tensor):
        tensor = array.detach()
    else:
        try:
            values = np.asarray(array)
        except ValueError as error:
            raise ValueError("data_arrays: an array has rows of unequal length") from error
        if values.dtype == object or values.dtype.kind in "USOMm":
            raise TypeError(f"data_arrays: cannot make a tensor of values of type {values.dtype}")
        tensor = torch.from_numpy(values.astype(values.dtype.newbyteorder("="), order="C"))  # a copy
        if tensor.dtype == torch.float64:
            tensor = tensor.to(dtype or torch.float32)
    if dtype is not None and tensor.is_floating_point():
        tensor = tensor.to(dtype)
    return tensor if device is None else to_device(tensor, device)


def to_device(tensor: Tensor, device: str | torch.device | int) -> Tensor:
    """The tensor on `device`. Raises TypeError or ValueError, naming it, if there is no such device."""
    with blaming("device", device):
        if isinstance(device, bool) or not isinstance(device, (str, torch.device, int)):
            raise TypeError("a device is a text such as 'cpu', or a torch.device")
        return tensor.to(device)


def get_dataloader_workers() -> int:
    """The number of worker processes to give a `DataLoader` of your own: 0.

    The loaders here need none. Workers cost more than they save on data that fits in memory, and under the
    spawn and forkserver start methods they cannot load a class that a notebook defines.
    """
    return 0
