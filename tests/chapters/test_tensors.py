"""Tensors: strides, views and loops against torch and NumPy on random shapes; what shares memory."""

import math
from functools import partial

import mutants
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from mutants import Mutant
from properties import quick

from chapters import tensors

F64 = torch.float64
sizes = st.integers(0, 3)
shapes = st.lists(sizes, max_size=3).map(tuple)


def array(Y: object) -> np.ndarray:
    """As NumPy has it; of a tensor, without a copy."""
    return Y.numpy() if isinstance(Y, torch.Tensor) else np.asarray(Y)


def drawn(shape: tuple[int, ...], seed: int = 0) -> torch.Tensor:
    """Numbers of both signs, float64."""
    return torch.randn(shape, dtype=F64, generator=torch.Generator().manual_seed(seed))


# Strides and views


@quick
@given(shapes)
def test_strides_of_a_new_tensor_are_torchs(shape: tuple[int, ...]) -> None:
    assert tensors.row_major_strides(shape) == torch.empty(shape).stride()


@quick
@given(shapes)
def test_indices_are_numpys_in_the_order_of_memory(shape: tuple[int, ...]) -> None:
    assert list(tensors.indices(shape)) == list(np.ndindex(*shape))


VIEWS = [
    lambda X: X,
    lambda X: X.T,
    lambda X: X[1:, ::2],
    lambda X: X[2],
    lambda X: X[:, 1:2].expand(4, 5),
    lambda X: X[1, 3],
    lambda X: X.reshape(2, 2, 5).permute(2, 0, 1),
    lambda X: X[:0],
]


@pytest.mark.parametrize("view", VIEWS)
def test_shape_strides_and_start_say_all_about_a_view(view: object) -> None:
    X = drawn((4, 5))
    Y = view(X)
    mine = tensors.read(X.flatten(), Y.shape, Y.stride(), Y.storage_offset())
    assert torch.equal(mine, Y)
    assert torch.equal(X.flatten().as_strided(Y.shape, Y.stride(), Y.storage_offset()), Y)


@pytest.mark.parametrize("code", tensors.OPERATIONS)
def test_operation_is_what_its_name_says_and_shares_memory_if_writing_shows(code: str) -> None:
    X = torch.arange(12.0).reshape(3, 4)
    Y, written = tensors.OPERATIONS[code](X), eval(code, {"torch": torch}, {"X": X})
    assert type(Y) is type(written)
    np.testing.assert_array_equal(array(Y), array(written))
    before = array(Y).copy()
    X.mul_(-1).sub_(1)
    assert tensors.shares_memory(X, Y) == (not np.array_equal(before, array(Y)))


def test_reshape_walks_rows_and_a_copy_is_made_where_no_strides_fit() -> None:
    X = torch.arange(12.0).reshape(3, 4)
    shared = tensors.memory().metrics
    assert (shared["X.reshape(2, -1)"], shared["X.T.reshape(-1)"], shared["X.T"]) == (1, 0, 1)
    with pytest.raises(RuntimeError, match="view size is not compatible"):
        X.T.view(-1)


def test_other_ways_to_share_with_numpy_or_not() -> None:
    A = np.zeros(3)
    assert np.shares_memory(A, torch.as_tensor(A).numpy())
    assert not np.shares_memory(A, torch.tensor(A).numpy())
    assert not np.shares_memory(A, torch.as_tensor(A, dtype=torch.float32).numpy())
    number = torch.tensor([3.7], dtype=F64)
    assert (number.item(), float(number), int(number)) == (3.7, 3.7, 3)  # int cuts off
    assert (torch.tensor(200, dtype=torch.uint8) + 100).item() == 44  # bytes start again at 256


def test_a_slice_has_its_left_end_and_not_its_right_one() -> None:
    assert torch.arange(10)[1:3].tolist() == [1, 2]  # closed left, open right; 003 1.1 says the opposite


def test_a_transposed_matrix_is_no_reshaped_one() -> None:
    X = torch.arange(6.0).reshape(2, 3)
    assert X.T.shape == X.reshape(3, 2).shape
    assert not torch.equal(X.T, X.reshape(3, 2))
    assert X.T.tolist() == [[0, 3], [1, 4], [2, 5]]
    assert torch.equal(X.T.reshape(2, 3).T, X.T.reshape(2, 3).T.contiguous())


# Loops


@quick
@given(shapes)
def test_relu_is_torchs(shape: tuple[int, ...]) -> None:
    X = drawn(shape)
    before = X.clone()
    assert torch.equal(tensors.naive_relu(X), X.relu())
    assert torch.equal(X, before)


@st.composite
def two_shapes(draw: st.DrawFn) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Shapes that broadcast: each keeps an axis of the common one, or has 1 there, or starts later."""
    common = draw(shapes)
    cut = [
        tuple(draw(st.sampled_from((1, size))) for size in common)[draw(st.integers(0, len(common))) :]
        for _ in range(2)
    ]
    return cut[0], cut[1]


@quick
@given(two_shapes())
def test_sum_broadcasts_as_torchs_and_numpys_does(pair: tuple[tuple[int, ...], tuple[int, ...]]) -> None:
    X, Y = drawn(pair[0], 1), drawn(pair[1], 2)
    shape = tensors.broadcast_shape(*pair)
    assert shape == tuple(torch.broadcast_shapes(*pair)) == np.broadcast_shapes(*pair)
    assert torch.equal(tensors.naive_broadcast(X, shape), X.expand(shape))
    assert torch.equal(tensors.naive_add(X, Y), X + Y)
    np.testing.assert_array_equal(tensors.naive_add(X, Y).numpy(), X.numpy() + Y.numpy())


@quick
@given(st.lists(st.integers(0, 3), max_size=3), st.lists(st.integers(0, 3), max_size=3))
def test_shapes_are_refused_when_torch_refuses_them(one: list[int], other: list[int]) -> None:
    try:
        expected = tuple(torch.broadcast_shapes(one, other))
    except RuntimeError:
        with pytest.raises(ValueError, match="do not broadcast"):
            tensors.broadcast_shape(one, other)
    else:
        assert tensors.broadcast_shape(one, other) == expected


def test_a_vector_is_added_to_every_row() -> None:
    X, y = torch.tensor([[0.0, 0.0], [10.0, 20.0]]), torch.tensor([1.0, 2.0])
    assert tensors.naive_add(X, y).tolist() == tensors.naive_add(y, X).tolist() == [[1, 2], [11, 22]]


def test_sum_of_numbers_of_two_types() -> None:
    X, y = torch.arange(3), torch.tensor([0.5])
    Z = tensors.naive_add(X, y)
    assert (Z.dtype, Z.tolist()) == (torch.float32, [0.5, 1.5, 2.5])


def test_shapes_that_do_not_broadcast_are_both_named() -> None:
    message = r"shapes \(3, 4\) and \(3,\) do not broadcast: aligned at the last axis, 4 meets 3"
    with pytest.raises(ValueError, match=message):
        tensors.naive_add(torch.ones(3, 4), torch.ones(3))
    with pytest.raises(ValueError, match=r"X: shape \(5, 4\) cannot be repeated to \(1, 4\)"):
        tensors.naive_broadcast(torch.ones(5, 4), (1, 4))


def test_axes_of_size_1_are_repeated_in_both_tensors() -> None:
    # 002 (广播) only adds axes to the smaller tensor and repeats it along those
    column, row = torch.tensor([[0.0], [10.0]]), torch.tensor([[1.0, 2.0, 3.0]])
    assert tensors.naive_add(column, row).tolist() == [[1, 2, 3], [11, 12, 13]]
    assert column.expand(2, 3).stride() == (1, 0)


def test_a_row_for_each_example_comes_before_the_weights() -> None:
    # relu(dot(W, input) + b) of 002 is meant for one example; of a batch, rows are examples
    X, W, b = drawn((128, 784), 1), drawn((784, 512), 2), drawn((512,), 3)
    assert (X @ W + b).shape == (128, 512)
    with pytest.raises(ValueError, match=r"shapes \(512, 128\) and \(512,\) do not broadcast"):
        tensors.broadcast_shape((W.T @ X.T).shape, b.shape)


@quick
@given(sizes, sizes, sizes)
def test_products_are_torchs(n: int, m: int, q: int) -> None:
    A, B, b = drawn((n, m), 1), drawn((m, q), 2), drawn((m,), 3)
    torch.testing.assert_close(tensors.naive_matmul(A, B), A @ B, rtol=1e-13, atol=1e-13)
    torch.testing.assert_close(tensors.naive_matvec(A, b), A @ b, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("width", [2, 5])
def test_inner_sizes_that_differ_are_named(width: int) -> None:
    with pytest.raises(ValueError, match=rf"shapes \(2, 3\) and \({width}, 4\); the inner sizes"):
        tensors.naive_matmul(torch.ones(2, 3), torch.ones(width, 4))


def test_dot_product_of_tensors_is_not_the_tensor_product() -> None:
    x, y = drawn((3,), 1).numpy(), drawn((3,), 2).numpy()
    assert np.tensordot(x, y, axes=1).shape == ()  # what 002 (张量点积) means, and calls the tensor product
    np.testing.assert_allclose(np.tensordot(x, y, axes=0), np.outer(x, y))  # the tensor product: (3, 3)
    X, W, w = drawn((2, 3, 4, 5), 3), drawn((5, 6), 4), drawn((5,), 5)
    assert (np.dot(X.numpy(), w.numpy()).shape, np.dot(X.numpy(), W.numpy()).shape) == (
        (2, 3, 4),
        (2, 3, 4, 6),
    )
    assert (torch.matmul(X, w).shape, torch.matmul(X, W).shape) == ((2, 3, 4), (2, 3, 4, 6))


# Variants


def test_labels_without_a_column_give_all_pairs_of_differences() -> None:
    result = tensors.broadcasting()
    assert result.metrics == {"differences, labels (n, 1)": 100, "differences, labels (n,)": 10_000}
    assert [len(axes.texts) for axes in result.figure.axes] == [12, 12, 12]


def test_loops_are_timed_and_far_slower() -> None:
    result = tensors.loops(size=8)
    times = {name.removesuffix(": ms"): ms for name, ms in result.metrics.items()}
    assert len(times) == 12
    for operation in ("relu(X)", "X + Y", "X @ y", "X @ Y"):
        for way in ("NumPy", "torch"):  # 100 to 1000 times, here at least 3 on the busiest machine
            assert times[f"{operation}, loops"] > 3 * times[f"{operation}, {way}"] > 0
    heights = {bar.get_height() for bar in result.figure.axes[0].patches}
    assert heights == set(times.values())


def test_bad_size() -> None:
    with pytest.raises(ValueError, match="size: must be at least 1, got 0"):
        tensors.loops(size=0)


# Data


@quick
@given(st.integers(1, 20), st.integers(1, 8))
def test_batches_hold_every_example_once_in_order(n: int, batch_size: int) -> None:
    X = torch.arange(n * 2).reshape(n, 2)
    batches = [tensors.batch(X, k, batch_size) for k in range(math.ceil(n / batch_size))]
    assert torch.equal(torch.cat(batches), X)
    assert {len(one) for one in batches[:-1]} <= {batch_size}
    assert [len(one) for one in batches] == [len(one) for one in X.split(batch_size)]


def test_channels_keep_their_meaning() -> None:
    images = drawn((2, 3, 4, 5))
    first = tensors.channels_first(images)
    assert first.shape == (2, 5, 3, 4)
    assert all(first[n, c, i, j] == images[n, i, j, c] for n, i, j, c in tensors.indices(images.shape))
    assert tensors.shares_memory(images, first)


def test_photo_and_the_sizes_of_the_notes_data() -> None:
    result = tensors.real_data()
    assert result.metrics["4 videos of 240 frames: MB as float32"] == pytest.approx(424.67, abs=0.01)
    assert result.metrics["100,000 people, 3 features each: MB as float32"] == pytest.approx(1.2)
    for name, shape in tensors.DATA.items():
        megabytes = torch.empty(shape, device="meta").nbytes / 1e6
        assert result.metrics[f"{name}: MB as float32"] == pytest.approx(megabytes)
    photo, red = (result.figure.axes[i].images[0].get_array() for i in (0, 1))
    assert photo.shape == (427, 640, 3)
    np.testing.assert_array_equal(red, photo[:, :, 0])


def test_the_notes_year_of_trading_has_two_lengths_of_a_day() -> None:
    days = [torch.zeros(240, 3)] * 250
    assert torch.stack(days).shape == (250, 240, 3) == tensors.DATA["250 days of 240 minutes, 3 prices each"]
    with pytest.raises(RuntimeError, match="invalid for input of size"):
        torch.stack(days).reshape(250, 390, 3)


reads_a_view = test_shape_strides_and_start_say_all_about_a_view
MUTANTS = [
    Mutant("row_major_strides", "shape[k + 1 :]", "shape[:k]", test_strides_of_a_new_tensor_are_torchs),
    Mutant("row_major_strides", "max(size, 1)", "size", test_strides_of_a_new_tensor_are_torchs),
    Mutant("indices", "product(*map(range, shape))", "product(*map(range, shape[::-1]))",
           test_indices_are_numpys_in_the_order_of_memory),
    Mutant("read", "start + sum", "sum", partial(reads_a_view, VIEWS[3])),
    Mutant("read", "i * s for", "i for", partial(reads_a_view, VIEWS[1])),
    Mutant("shares_memory", "Y.numpy() if", "Y.numpy().copy() if",
           partial(test_operation_is_what_its_name_says_and_shares_memory_if_writing_shows, "X.T")),
    Mutant("naive_relu", "X.clone()", "X", test_relu_is_torchs),
    Mutant("naive_relu", "> 0 else 0", "> 0 else X[index]", test_relu_is_torchs),
    Mutant("naive_add", "X[index] + Y[index]", "X[index] - Y[index]",
           test_sum_broadcasts_as_torchs_and_numpys_does),
    Mutant("naive_add", "torch.result_type(X, Y)", "X.dtype", test_sum_of_numbers_of_two_types),
    Mutant("broadcast_shape", "reversed(one), reversed(other)", "one, other",
           test_shapes_are_refused_when_torch_refuses_them, dies_of=(AssertionError, ValueError)),
    Mutant("broadcast_shape", "m if n == 1 else n for", "max(m, n) for",
           test_shapes_are_refused_when_torch_refuses_them),
    Mutant("broadcast_shape", "and 1 not in (m, n)", "and 1 not in (n,)",
           test_shapes_are_refused_when_torch_refuses_them, dies_of=(ValueError,)),
    Mutant("naive_broadcast", "(1,) * (len(shape) - X.dim()) + tuple(X.shape)",
           "tuple(X.shape) + (1,) * (len(shape) - X.dim())", test_a_vector_is_added_to_every_row),
    Mutant("naive_broadcast", "!= tuple(shape)", "is None", test_shapes_that_do_not_broadcast_are_both_named),
    Mutant("naive_matvec", "naive_matmul(A,", "naive_matmul(A.T,", test_products_are_torchs,
           dies_of=(AssertionError, ValueError)),
    Mutant("naive_matmul", "B[j, k]", "B[k, j]", test_products_are_torchs,
           dies_of=(AssertionError, IndexError)),
    Mutant("naive_matmul", "C[i, k] +=", "C[i, k] =", test_products_are_torchs),
    Mutant("naive_matmul", "A.shape[1] != B.shape[0]", "False",
           partial(test_inner_sizes_that_differ_are_named, 2)),
    Mutant("batch", "(k + 1)]", "(k + 1) - 1]", test_batches_hold_every_example_once_in_order,
           dies_of=(AssertionError,)),
    Mutant("channels_first", "images.permute(0, 3, 1, 2)",
           "images.reshape(images.shape[0], images.shape[3], *images.shape[1:3])",
           test_channels_keep_their_meaning),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(tensors, MUTANTS)
