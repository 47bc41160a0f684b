"""Minibatches in memory, in the order of torch's DataLoader."""

import copy
import itertools
import pickle
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.data import DataLoader, TensorDataset

import d2lcore as d2l


def passes(loader: object, count: int = 3) -> list[list[list[torch.Tensor]]]:
    return [[list(batch) for batch in loader] for _ in range(count)]


def assert_same(mine: list, theirs: list) -> None:
    assert [len(one) for one in mine] == [len(one) for one in theirs]
    flat_mine, flat_theirs = (list(itertools.chain.from_iterable(ones)) for ones in (mine, theirs))
    for batch, expected in zip(flat_mine, flat_theirs, strict=True):
        for part, other in zip(batch, expected, strict=True):
            assert torch.equal(part, other)


@given(
    n=st.integers(1, 40),
    batch_size=st.integers(1, 45),
    shuffle=st.booleans(),
    drop_last=st.booleans(),
    seed=st.integers(0, 2**31),
)
def test_batches_and_generator_state_equal_dataloader(
    n: int, batch_size: int, shuffle: bool, drop_last: bool, seed: int
) -> None:
    X, y = torch.arange(n * 2.0).reshape(n, 2), torch.arange(n)
    torch.manual_seed(seed)
    theirs = passes(DataLoader(TensorDataset(X, y), batch_size, shuffle=shuffle, drop_last=drop_last))
    state = torch.get_rng_state()
    torch.manual_seed(seed)
    train_iter = d2l.load_array((X, y), batch_size, is_train=shuffle, drop_last=drop_last)
    assert_same(passes(train_iter), theirs)
    assert torch.equal(torch.get_rng_state(), state)  # so masks drawn between batches agree too
    assert len(train_iter) == len(theirs[0])


@pytest.mark.parametrize("drop_last", [False, True])
def test_own_generator_equals_dataloader_with_that_generator(drop_last: bool) -> None:
    X = torch.arange(10.0)
    options = {"generator": torch.Generator().manual_seed(3), "drop_last": drop_last}
    mine = d2l.load_array((X,), 4, **options)
    options["generator"] = torch.Generator().manual_seed(3)
    theirs = DataLoader(TensorDataset(X), 4, shuffle=True, **options)
    before = torch.get_rng_state()
    assert_same(passes(mine), passes(theirs))
    assert torch.equal(torch.get_rng_state(), before)


def test_stopping_early_leaves_the_same_next_pass_as_dataloader() -> None:
    X = torch.arange(10.0)
    loaders = [
        d2l.load_array((X,), 4, generator=torch.Generator().manual_seed(3)),
        DataLoader(TensorDataset(X), 4, shuffle=True, generator=torch.Generator().manual_seed(3)),
    ]
    for loader in loaders:
        next(iter(loader))
    assert_same(passes(loaders[0], 1), passes(loaders[1], 1))


@given(
    n=st.integers(1, 30),
    batch_size=st.integers(1, 32),
    world=st.integers(1, 5),
    shuffle=st.booleans(),
    drop_last=st.booleans(),
    own=st.booleans(),
    seed=st.integers(0, 2**31),
)
def test_the_shares_of_all_ranks_are_the_batches_of_one(
    n: int, batch_size: int, world: int, shuffle: bool, drop_last: bool, own: bool, seed: int
) -> None:
    """In two passes, in their order, with the generator left in the same state; sizes differ by at most 1."""
    data, states = (torch.arange(n * 2.0).reshape(n, 2), torch.arange(n)), []

    def batches(share: tuple[int, int]) -> list:
        torch.manual_seed(seed)
        generator = torch.Generator().manual_seed(seed) if own else None
        options = {"generator": generator, "drop_last": drop_last, "share": share}
        train_iter = d2l.load_array(data, batch_size, shuffle, **options)
        drawn = [batch for _ in range(2) for batch in train_iter]
        states.append((torch.rand(1).item(), torch.rand(1, generator=generator).item()))
        assert 2 * len(train_iter) == len(drawn)
        return drawn

    whole, shares = batches((0, 1)), [batches((rank, world)) for rank in range(world)]
    for batch, *parts in zip(whole, *shares, strict=True):
        for tensor, *pieces in zip(batch, *parts, strict=True):
            assert torch.equal(torch.cat(pieces), tensor)
            sizes = [len(piece) for piece in pieces]
            assert sizes == sorted(sizes, reverse=True)
            assert sizes[0] - sizes[-1] <= 1
    assert len({*states}) == 1


def test_a_share_of_images_is_one_of_the_training_batches_alone() -> None:
    for rank, size in ((0, 1), (1, 0)):  # 1,437 images in batches of 1,436, resized
        train_iter, test_iter = d2l.load_data("digits", 1436, 4, share=(rank, 2))
        assert [X.shape for X, _ in train_iter] == [(718, 1, 4, 4), (size, 1, 4, 4)]
        assert [len(y) for _, y in test_iter] == [360]
    assert repr(train_iter) == "Batches(1437 examples, 2 batches of 1436, shuffled, share 1 of 2)"


@pytest.mark.parametrize(
    ("share", "error", "message"),
    [
        (1, TypeError, r"share: expected \(rank, world\), such as \(0, 2\) for the first of two, got 1"),
        ((0, 1, 2), TypeError, r"share: expected \(rank, world\)"),
        ((0.0, 2), TypeError, r"share: expected two whole numbers, \(rank, world\), got \(0.0, 2\)"),
        ((2, 2), ValueError, r"share: of \(rank, world\) the rank is 0 to world - 1, got \(2, 2\)"),
        ((-1, 2), ValueError, "share: "),
        ((0, 0), ValueError, "share: "),
    ],
)
@pytest.mark.usefixtures("unchecked")
def test_bad_shares(share: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        d2l.load_array((torch.ones(3),), 2, share=share)


@pytest.mark.parametrize("shuffle", [False, True])
def test_batches_have_what_code_reads_from_a_dataloader(shuffle: bool) -> None:
    X, y = torch.arange(20.0).reshape(10, 2), torch.arange(10)
    generator = torch.Generator().manual_seed(3)
    mine = d2l.load_array((X, y), 4, shuffle, generator=generator, drop_last=True)
    theirs = DataLoader(TensorDataset(X, y), 4, shuffle, generator=generator, drop_last=True)
    assert isinstance(mine, DataLoader)
    names = "batch_size num_workers drop_last collate_fn pin_memory timeout worker_init_fn generator"
    names += " prefetch_factor persistent_workers multiprocessing_context"
    assert {name: getattr(mine, name) for name in names.split()} == {
        name: getattr(theirs, name) for name in names.split()
    }
    assert type(mine.sampler) is type(theirs.sampler)
    assert (len(mine), len(mine.sampler), len(mine.batch_sampler), len(mine.dataset)) == (2, 10, 2, 10)
    with pytest.raises(ValueError, match="batch_size attribute should not be set"):
        mine.batch_size = 5


@pytest.mark.parametrize("shuffle", [False, True])
def test_sampler_and_collate_fn_of_batches_give_the_batches_they_give(shuffle: bool) -> None:
    """Code that builds a loader of its own from these parts, as accelerate does, gets the same batches."""
    mine = d2l.load_array((torch.randn(10, 2), torch.arange(10)), 4, shuffle)
    built = DataLoader(mine.dataset, batch_sampler=mine.batch_sampler, collate_fn=mine.collate_fn)
    torch.manual_seed(1)
    expected = passes(mine)
    torch.manual_seed(1)
    assert_same(passes(built), expected)


def test_batches_are_pickled_and_copied_with_their_order() -> None:
    mine = d2l.load_array((torch.arange(10.0),), 4, drop_last=True)
    for other in (pickle.loads(pickle.dumps(mine)), copy.deepcopy(mine)):
        torch.manual_seed(1)
        first = passes(mine, 1)
        torch.manual_seed(1)
        assert_same(passes(other, 1), first)


@pytest.mark.parametrize("is_train", [True, False])
def test_changing_a_batch_in_place_does_not_change_the_data(is_train: bool) -> None:
    X = torch.ones(6, 2)
    for (batch,) in d2l.load_array((X,), 4, is_train):
        batch.zero_()
    assert X.min() == 1


def test_changing_one_batch_in_place_leaves_the_graph_of_another_alone() -> None:
    w = torch.ones(2, requires_grad=True)
    losses = []
    for (batch,) in d2l.load_array((torch.ones(6, 2),), 2):
        batch.add_(1)
        losses.append((batch @ w).sum())
    sum(losses).backward()
    assert w.grad.tolist() == [12.0, 12.0]


def test_numpy_float64_becomes_float32_and_the_rest_keeps_its_type() -> None:
    X, y = np.arange(6.0).reshape(3, 2), np.arange(3)
    (first,) = d2l.load_array((X, y), 3, is_train=False)
    assert [part.dtype for part in first] == [torch.float32, torch.int64]
    ((batch,),) = d2l.load_array((X,), 3, dtype=torch.float64)
    assert batch.dtype == torch.float64
    ((batch,),) = d2l.load_array((torch.ones(3, dtype=torch.float64),), 3)
    assert batch.dtype == torch.float64


@pytest.mark.parametrize(
    "array",
    [np.arange(12.0).reshape(3, 4)[:, ::-2], np.arange(3, dtype=">f4"), torch.arange(12.0).reshape(4, 3).T],
    ids=["reversed view", "big-endian", "transposed tensor"],
)
def test_unusual_memory_layouts(array: np.ndarray | torch.Tensor) -> None:
    ((batch,),) = d2l.load_array((array,), 3, is_train=False)
    assert batch.tolist() == array.tolist()


def test_later_changes_of_a_numpy_array_do_not_reach_the_batches() -> None:
    X = np.ones(3, dtype=np.float32)
    train_iter = d2l.load_array((X,), 3)
    X[:] = 0
    ((batch,),) = train_iter
    assert batch.tolist() == [1, 1, 1]


def test_dataset_gives_single_examples() -> None:
    dataset = d2l.load_array((torch.arange(6.0).reshape(3, 2), torch.arange(3)), 2).dataset
    assert len(dataset) == 3
    assert [part.tolist() for part in dataset[-1]] == [[4.0, 5.0], 2]
    with pytest.raises(IndexError, match="example 3 of a data set of 3"):
        dataset[3]


def test_a_transform_is_for_the_first_tensor_of_every_batch_and_no_other() -> None:
    X, y, beta = (torch.arange(start, start + 5) for start in (0, 10, 20))
    shapes = []

    def transform(batch: torch.Tensor) -> torch.Tensor:
        shapes.append(batch.shape)
        return batch / 2

    dataset = d2l.ArrayDataset(X, y, beta, transform=transform)
    assert [part.tolist() for part in dataset[3]] == [1.5, 13, 23]
    for rows in (slice(1, 3), torch.tensor([1, 2])):
        assert [part.tolist() for part in dataset.batch(rows)] == [[0.5, 1.0], [11, 12], [21, 22]]
    assert shapes == [(1,), (2,), (2,)]
    assert X.tolist() == [0, 1, 2, 3, 4]


def test_batches_are_made_on_the_chosen_device() -> None:
    (first,) = d2l.load_array((torch.ones(3, 2), np.ones(3)), 3, device="meta", is_train=False)
    assert {part.device.type for part in first} == {"meta"}


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_cuda_batches_are_those_of_the_cpu() -> None:
    X = torch.arange(10.0)
    on_cpu = passes(d2l.load_array((X,), 4, generator=torch.Generator().manual_seed(3)))
    on_gpu = passes(d2l.load_array((X,), 4, device="cuda", generator=torch.Generator().manual_seed(3)))
    assert_same([[[part.cpu() for part in batch] for batch in one] for one in on_gpu], on_cpu)


@pytest.mark.parametrize(
    ("arrays", "error", "message"),
    [
        ((torch.ones(3), torch.ones(2)), ValueError, r"unequal length \[3, 2\]"),
        ((torch.ones(0, 2), torch.ones(0)), ValueError, "the arrays are empty"),
        ((), ValueError, "got no array"),
        ((torch.tensor(1.0),), ValueError, "single number"),
        (torch.ones(3, 2), TypeError, r"expected a tuple of arrays .* got Tensor"),
        ("Xy", TypeError, "expected a tuple of arrays"),
        ((np.array(["a", "b"]),), TypeError, "cannot make a tensor"),
        (([[1, 2], [3]],), ValueError, "data_arrays: .*rows of unequal length"),
    ],
    ids=["unequal", "empty", "none", "0-d", "no tuple", "text", "strings", "ragged"],
)
@pytest.mark.usefixtures("unchecked")
def test_bad_arrays(arrays: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        d2l.load_array(arrays, 2)


@pytest.mark.parametrize(
    ("size", "error"), [(0, ValueError), (-1, ValueError), (2.0, TypeError), (True, TypeError)]
)
@pytest.mark.usefixtures("unchecked")
def test_bad_batch_size(size: object, error: type[Exception]) -> None:
    with pytest.raises(error, match=f"batch_size: .*{size}"):
        d2l.load_array((torch.ones(3),), size)


def test_drop_last_leaves_the_short_batch_out() -> None:
    X = torch.arange(7.0)
    for is_train in (True, False):
        loader = d2l.load_array((X,), 3, is_train, drop_last=True)
        assert [len(batch) for (batch,) in loader] == [3, 3]
        assert len(loader) == 2
    with pytest.raises(TypeError):
        d2l.load_array((X,), 3, False, True)  # by its name only


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: d2l.ArrayDataset([1, 2]), "tensors: expected tensors, got a list"),
        (lambda: d2l.ArrayDataset(torch.ones(2), transform=3), "transform: expected a function"),
        (
            lambda: d2l.ArrayDataset(torch.ones(2), classes="ab"),
            "classes: expected a list of names",
        ),
        (lambda: d2l.Batches(torch.ones(2), 1), "dataset: expected an ArrayDataset, got a Tensor"),
        (
            lambda: d2l.load_array((torch.ones(2),), 1, drop_last=2),
            "drop_last: expected True or False, got 2",
        ),
        (lambda: d2l.load_array((torch.ones(2),), 1, generator=3), "generator: expected a torch.Generator"),
        (lambda: d2l.load_array((torch.ones(2),), 1, dtype="f"), "dtype: expected a floating-point type"),
        (lambda: d2l.load_array((torch.ones(2),), 1, device="gpu"), "device: cannot use 'gpu'"),
    ],
)
@pytest.mark.usefixtures("unchecked")
def test_wrong_arguments_are_named(call: Callable, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        call()


def test_no_workers_are_needed() -> None:
    assert d2l.get_dataloader_workers() == 0
