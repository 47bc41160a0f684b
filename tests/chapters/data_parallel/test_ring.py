"""The ring: every round on lists, and the whole of it between threads that stand for processes."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import mutants
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from mutants import Mutant
from properties import quick
from threads import Threads

from chapters.data_parallel import ring


@contextmanager
def ranks(k: int) -> Iterator[Threads]:
    """Inside, the module's torch.distributed is `k` threads."""
    real, ring.dist = ring.dist, Threads(k)
    try:
        yield ring.dist
    finally:
        ring.dist = real


@pytest.mark.parametrize("k", [2, 3, 4])
def test_after_all_rounds_every_process_has_every_sum(k: int) -> None:
    chunks = [[torch.tensor([10.0**r, c]) for c in range(k)] for r in range(k)]
    for i in range(2 * (k - 1)):
        if i == k - 1:  # half way, process r has one whole chunk: r + 1
            assert all(float(chunks[r][(r + 1) % k][0]) == (10**k - 1) // 9 for r in range(k))
        ring_before = [[one.clone() for one in row] for row in chunks]
        ring.ring_round(chunks, i)
        changed = [[not torch.equal(*both) for both in zip(*rows, strict=True)]
                   for rows in zip(ring_before, chunks, strict=True)]  # fmt: skip
        assert all(sum(row) <= 1 for row in changed)  # each process gets one chunk in a round
    assert all(
        float(one[0]) == (10**k - 1) // 9 and one[1] == k * c for row in chunks for c, one in enumerate(row)
    )


def test_rounds_of_three_by_hand() -> None:
    chunks = [[torch.tensor(100.0 * r + c) for c in range(3)] for r in (1, 2, 4)]
    ring.ring_round(chunks, 0)  # 0 sends chunk 0 to 1, 1 sends chunk 1 to 2, 2 sends chunk 2 to 0
    assert [[int(one) for one in row] for row in chunks] == [
        [100, 101, 504],
        [300, 201, 202],
        [400, 602, 402],
    ]
    ring.ring_round(chunks, 1)  # and now what came is sent on
    assert [[int(one) for one in row] for row in chunks] == [
        [100, 703, 504],
        [300, 201, 706],
        [700, 602, 402],
    ]
    ring.ring_round(chunks, 2)  # the sums: 2 sends chunk 0, 0 sends chunk 1, 1 sends chunk 2
    assert [[int(one) for one in row] for row in chunks] == [
        [700, 703, 504],
        [300, 703, 706],
        [700, 602, 706],
    ]


@quick
@given(k=st.integers(1, 5), n=st.integers(1, 12), seed=st.integers(0, 99))
def test_the_ring_gives_every_process_the_same_sum(k: int, n: int, seed: int) -> None:
    torch.manual_seed(seed)
    data = torch.randn(k, n, dtype=torch.float64)
    mine = [row.clone() for row in data]
    with ranks(k) as threads:
        sent = threads.run(lambda rank: ring.ring_allreduce(mine[rank]))
    for row in mine:
        torch.testing.assert_close(row, data.sum(dim=0), rtol=1e-12, atol=1e-12)
        assert torch.equal(row, mine[0])  # to the last bit, or the weights would part
    assert sent == [8 * count for count in threads.sent]
    assert max(threads.sent) <= 2 * (k - 1) * -(-n // k)  # never more than 2 (k - 1) chunks
    assert sum(threads.sent) == 2 * (k - 1) * n


def test_ring_reports_what_the_rounds_are_worth() -> None:
    result = ring.ring(num_processes=4)
    assert result.metrics == {"rounds": 6, "tensors sent by each": 1.5}
    last = result.figure.axes[6]
    assert {text.get_text() for text in last.texts} == {"4"}
    first = [text.get_text() for text in result.figure.axes[1].texts]
    assert first == list("1112211112111121")  # process 1 has got chunk 0 of process 0
    assert ring.ring(num_processes=1).metrics["rounds"] == 0
    with pytest.raises(ValueError, match="num_processes: must be at least 1"):
        ring.ring(num_processes=0)


THREE = partial(test_after_all_rounds_every_process_has_every_sum, 3)
MUTANTS = [
    Mutant("ring_round", "(r - i) % k", "(r + i) % k", THREE),
    Mutant("ring_round", "(r + 1) % k", "(r - 1) % k", THREE),
    Mutant("ring_round", "i < k - 1", "i < k", THREE),
    Mutant("ring_round", "i < k - 1", "i < k - 2", THREE),
    Mutant("ring_allreduce", "(rank - i) % k]", "rank]", test_the_ring_gives_every_process_the_same_sum),
    Mutant("ring_allreduce", "i < k - 1", "True", test_the_ring_gives_every_process_the_same_sum),
    Mutant("ring_allreduce", "2 * (k - 1)", "k", test_the_ring_gives_every_process_the_same_sum),
    Mutant("ring_allreduce", " * out.element_size()", "", test_the_ring_gives_every_process_the_same_sum),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(ring, MUTANTS)
