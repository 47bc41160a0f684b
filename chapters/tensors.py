# %% [markdown]
# # Tensors (张量)
# Numbers in one row of memory, with a shape and strides that say how to read them.
#
# Notes: 002 (数据表示, 张量运算), 003 1.1. Run: `python -m chapters.tensors [VARIANT]`.
# VARIANT is `memory`, `broadcasting`, `loops` or `real_data`.
# Four videos of a minute, shape (4, 240, 144, 256, 3), take 425 MB as float32.

# %%
import math
import timeit
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import product, zip_longest
from typing import Any

import numpy as np
import pandas
import torch
from torch import Tensor

import d2lcore as d2l
from chapters.figures import tensors as figures

# %% [markdown]
# ## Rank, shape, dtype, and strides
# A tensor has a number of axes, its *rank*: a scalar 0, a vector 1, a matrix 2. Its *shape* has the size of
# each axis, and its *dtype* the type of its numbers. In memory they lie in one row, the last axis fastest.
# So each axis $k$, of size $n_k$, has a *stride* $s_k$: how far away the next element along it is.
#
# $$s_k = n_{k+1}\, n_{k+2} \cdots \qquad \text{place of element } (i_0, i_1, \dots) = \sum_k i_k\, s_k$$


# %%
def row_major_strides(shape: Sequence[int]) -> tuple[int, ...]:
    """The strides of a new tensor of this shape."""
    return tuple(math.prod(max(size, 1) for size in shape[k + 1 :]) for k in range(len(shape)))


# %% [markdown]
# Many operations move no number: they read the same row in another way. `X.T` swaps the strides, `X[1:]`
# starts later, `X[:, ::2]` doubles a stride. Such a tensor is a *view*: write to it, and X changes.


# %%
def indices(shape: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Every index of a tensor of this shape, the last axis fastest; of a scalar, ()."""
    return product(*map(range, shape))


def read(row: Tensor, shape: Sequence[int], strides: Sequence[int], start: int = 0) -> Tensor:
    """A copy of what shape and strides find in a row, from `start`. PyTorch's view: `row.as_strided(...)`."""
    found = row.new_empty(tuple(shape))
    for index in indices(shape):
        found[index] = row[start + sum(i * s for i, s in zip(index, strides, strict=True))]
    return found


# %% [markdown]
# Where no strides fit, the numbers are copied: `X.T.reshape(-1)` cannot walk down the columns with one step.
# `X.numpy()` and, the other way, `torch.from_numpy(A)` share memory; `torch.tensor(A)` copies. Lists and
# Python's numbers are always copies. Here is a table for X of shape (3, 4).


# %%
OPERATIONS: dict[str, Callable[[Tensor], Any]] = {
    "X[1:3]": lambda X: X[1:3], "X[:, 1]": lambda X: X[:, 1], "X[[0, 2]]": lambda X: X[[0, 2]],
    "X[X > 5]": lambda X: X[X > 5], "X.T": lambda X: X.T, "X.reshape(2, -1)": lambda X: X.reshape(2, -1),
    "X.T.reshape(-1)": lambda X: X.T.reshape(-1), "X[:1].expand(5, 4)": lambda X: X[:1].expand(5, 4),
    "torch.cat((X, X), dim=1)": lambda X: torch.cat((X, X), dim=1), "X == X[0]": lambda X: X == X[0],
    "X.clone()": lambda X: X.clone(), "X.float()": lambda X: X.float(), "X.double()": lambda X: X.double(),
    "X.numpy()": lambda X: X.numpy(), "torch.from_numpy(X.numpy())": lambda X: torch.from_numpy(X.numpy()),
    "torch.tensor(X.numpy())": lambda X: torch.tensor(X.numpy()), "X.tolist()": lambda X: X.tolist(),
    "X[1, 2].item()": lambda X: X[1, 2].item(),
}  # fmt: skip


def shares_memory(X: Tensor, Y: Any) -> bool:
    """Whether writing to one may change the other. Y: a tensor, an array, or Python's numbers and lists."""
    return np.shares_memory(X.numpy(), Y.numpy() if isinstance(Y, Tensor) else np.asarray(Y))


def memory() -> d2l.Result:
    """What each of the operations gives, and whether it shares the memory of X: 1 if it does, else 0."""
    X = torch.arange(12.0).reshape(3, 4)
    given = {code: operation(X) for code, operation in OPERATIONS.items()}
    shared = {code: float(shares_memory(X, Y)) for code, Y in given.items()}
    return d2l.Result(figures={"memory": figures.draw_operations(given, shared)}, metrics=shared)


# %% [markdown]
# ## Element by element
# `X + Y` and `relu(X)` treat every element by itself. In Python that is a loop over all indices, as in 002.


# %%
def naive_relu(X: Tensor) -> Tensor:
    """max(x, 0) of every element (002, 逐元素运算)."""
    Z = X.clone()  # the caller still needs X
    for index in indices(X.shape):
        Z[index] = X[index] if X[index] > 0 else 0
    return Z


def naive_add(X: Tensor, Y: Tensor) -> Tensor:
    """X + Y, shapes broadcast (002, 逐元素运算, 广播)."""
    shape = broadcast_shape(X.shape, Y.shape)
    X, Y = naive_broadcast(X, shape), naive_broadcast(Y, shape)
    Z = torch.empty(shape, dtype=torch.result_type(X, Y))
    for index in indices(shape):
        Z[index] = X[index] + Y[index]
    return Z


# %% [markdown]
# ## Broadcasting
# Shapes that differ are fitted to one another. Write them one below the other, aligned at the *last* axis:
#
# 1. The shorter one gets axes of size 1 in front.
# 2. An axis of size 1 is repeated to the size of the other one. This may happen in both tensors.
# 3. Any other two sizes must be equal.
#
# Nothing is copied: the repeated axis gets the stride 0. The trap is step 1: predictions of shape (n, 1) less
# labels of shape (n,) are n x n differences, and no error says so.


# %%
def broadcast_shape(one: Sequence[int], other: Sequence[int]) -> tuple[int, ...]:
    """The shape of the sum of tensors of two shapes (002, 广播). ValueError if they do not fit."""
    pairs = list(zip_longest(reversed(one), reversed(other), fillvalue=1))
    for m, n in pairs:
        if m != n and 1 not in (m, n):
            raise ValueError(
                f"shapes {tuple(one)} and {tuple(other)} do not broadcast: aligned at the last axis, {m} "
                f"meets {n}; sizes must be equal, or one of them 1"
            )
    return tuple(m if n == 1 else n for m, n in reversed(pairs))


def naive_broadcast(X: Tensor, shape: Sequence[int]) -> Tensor:
    """X repeated to `shape`, as a copy. As a view: `X.expand(shape)`. ValueError if X does not fit."""
    if broadcast_shape(X.shape, shape) != tuple(shape):
        raise ValueError(f"X: shape {tuple(X.shape)} cannot be repeated to {tuple(shape)}; it is no smaller")
    sizes = (1,) * (len(shape) - X.dim()) + tuple(X.shape)
    strides = [0 if n == 1 else s for n, s in zip(sizes, row_major_strides(sizes), strict=True)]
    return read(X.flatten(), shape, strides)


def broadcasting() -> d2l.Result:
    """Add a column and a row; predictions less labels, in shapes that fit and in shapes that broadcast."""
    y_hat, y = torch.ones(100, 1), torch.ones(100)
    differences = {"(n, 1)": y_hat - y.reshape(-1, 1), "(n,)": y_hat - y}
    metrics = {f"differences, labels {shape}": float(each.numel()) for shape, each in differences.items()}
    column, row = torch.tensor([[0.0], [10.0], [20.0]]), torch.arange(4.0)
    figure = figures.draw_broadcasting(column, row, naive_add(column, row))
    return d2l.Result(figures={"broadcasting": figure}, metrics=metrics)


# %% [markdown]
# ## Products
# A matrix times a vector has the products of its rows with the vector, $c_i = \sum_j A_{ij}\, b_j$, and a
# matrix times a matrix one such sum for each row and column, $C_{ik} = \sum_j A_{ij}\, B_{jk}$.


# %%
def naive_matvec(A: Tensor, b: Tensor) -> Tensor:
    """(n, m) times (m,): (n,) (002, 张量点积)."""
    return naive_matmul(A, b.reshape(-1, 1)).flatten()


def naive_matmul(A: Tensor, B: Tensor) -> Tensor:
    """(n, m) times (m, q): (n, q) (002, 张量点积). ValueError if the inner sizes differ."""
    if A.shape[1] != B.shape[0]:
        raise ValueError(f"A, B: shapes {tuple(A.shape)} and {tuple(B.shape)}; the inner sizes must be equal")
    C = A.new_zeros(A.shape[0], B.shape[1])
    for i, k in indices(C.shape):
        for j in range(len(B)):
            C[i, k] += A[i, j] * B[j, k]
    return C


# %% [markdown]
# `torch.relu`, `X + Y` and `A @ B` run such loops too, but compiled. Measure what that is worth.


# %%
def loops(*, size: int = 16) -> d2l.Result:
    """The milliseconds of each operation by loops, by NumPy and by torch: the least of nine runs.

    size: rows and columns of the matrices
    """
    d2l.check_counts(size=size)
    X, Y = torch.randn(size, size), torch.randn(size, size)
    operations: dict[str, tuple[Any, ...]] = {
        "relu(X)": (naive_relu, partial(np.maximum, 0), torch.relu, (X,)),
        "X + Y": (naive_add, np.add, torch.add, (X, Y)),
        "X @ y": (naive_matvec, np.matmul, torch.matmul, (X, Y[0])),
        "X @ Y": (naive_matmul, np.matmul, torch.matmul, (X, Y)),
    }
    table = pandas.DataFrame(index=["loops", "NumPy", "torch"])
    for name, (*ways, args) in operations.items():
        arrays = [arg.numpy() for arg in args]
        runs = [partial(way, *given) for way, given in zip(ways, (args, arrays, args), strict=True)]
        table[name] = [1000 * min(timeit.repeat(run, number=1, repeat=9)) for run in runs]
    metrics = {f"{name}, {way}: ms": float(table.loc[way, name]) for name in table for way in table.index}
    return d2l.Result(figures={"loops": figures.draw_timings(table)}, metrics=metrics)


# %% [markdown]
# ## Data
# The first axis counts the examples; training takes a minibatch of them at a time. The order of the others is
# a convention: PyTorch wants the channels of an image, its colours, before height and width, and a file has
# them last. `permute` reorders the axes, and each number keeps its meaning. `reshape` keeps the order of the
# numbers and cuts the row anew: the shape is right, and the picture is destroyed. For the same reason a
# transposed matrix is no reshaped one, though 002 (张量变形) calls it that.


# %%
DATA = {  # shapes of 002, 现实世界中的数据张量; there, 250 days of 240 minutes have the shape (250, 390, 3)
    "100,000 people, 3 features each": (100_000, 3),
    "250 days of 240 minutes, 3 prices each": (250, 240, 3),
    "128 colour images, channels last": (128, 256, 256, 3),
    "4 videos of 240 frames": (4, 240, 144, 256, 3),
}


def batch(X: Tensor, k: int, batch_size: int) -> Tensor:
    """Minibatch k, from 0 on, of the examples X; the last may be short (002, 数据批量的概念)."""
    return X[batch_size * k : batch_size * (k + 1)]


def channels_first(images: Tensor) -> Tensor:
    """(n, height, width, channels) to (n, channels, height, width), as a view."""
    return images.permute(0, 3, 1, 2)


def real_data() -> d2l.Result:
    """A photo, its channels by `permute`, and what `reshape` makes of them; how large such data are."""
    from sklearn.datasets import load_sample_image

    images = torch.tensor(load_sample_image("china.jpg")).unsqueeze(0)  # bytes, (1, 427, 640, 3)
    permuted = channels_first(images)
    figure = figures.draw_photo(images[0], permuted[0], images.reshape(permuted.shape)[0])
    sizes = {f"{name}: MB as float32": 4e-6 * math.prod(shape) for name, shape in DATA.items()}
    return d2l.Result(figures={"photo": figure}, metrics=sizes)


# %%
if __name__ == "__main__":
    d2l.run_chapter("tensors", memory, broadcasting, loops, real_data)
