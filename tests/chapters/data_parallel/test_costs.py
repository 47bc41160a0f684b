"""What a step costs: the bytes exactly, and the seconds as they are timed."""

from types import SimpleNamespace

import mutants
import pytest
import torch
from mutants import Mutant

from chapters.data_parallel import costs

CPU = torch.device("cpu")
BYTES = 4 * (784 * 256 + 256 + 256 * 10 + 10 + 2)  # float32: the parameters, a loss and a number


def timed(rank: int, world: int) -> tuple[list[dict], list[int]]:
    """What `time_steps` yields for batches of 5 and 8, and the sizes of the shares it computes with."""
    sizes: list[int] = []
    with pytest.MonkeyPatch.context() as patch:
        dist = SimpleNamespace(get_rank=lambda: rank, get_world_size=lambda: world)
        real = costs.sums
        patch.setattr(costs, "dist", dist)
        patch.setattr(costs, "sums", lambda params, X, y: (sizes.append(len(X)), real(params, X, y))[1])
        patch.setattr(costs, "ring_allreduce", lambda summed: summed.numel() * summed.element_size())
        return list(costs.time_steps(CPU, (5, 8), 3)), sizes


def test_each_process_times_its_share() -> None:
    rows, sizes = timed(1, 2)
    assert sizes == [2] * 3 + [4] * 3
    assert timed(0, 2)[1] == [3] * 3 + [4] * 3
    for row in rows:
        assert row["bytes"] == BYTES
        assert 0 <= row["all-reduce"] < row["seconds"] < 60
    assert torch.get_num_threads() == 1


def test_costs_compares_one_process_with_several(monkeypatch: pytest.MonkeyPatch) -> None:
    def fake(work: object, k: int, device: str, sizes: tuple, num_steps: int) -> list[dict]:
        assert (device, num_steps) == ("cpu", 2)
        return [
            {"seconds": 0.1 * size / k + 1.0 * (k > 1), "all-reduce": 1.0, "bytes": 7 * (k - 1)}
            for size in sizes
        ]

    monkeypatch.setattr(costs, "in_processes", fake)
    result = costs.costs(batch_sizes=(10, 100), num_steps=2, device="cpu")
    assert result.metrics == pytest.approx(
        {"bytes sent by each": 7, "times faster, 10 examples": 1 / 1.5, "times faster, 100 examples": 10 / 6}
    )
    left, right = result.figure.axes
    assert len(left.lines) == 3
    assert list(right.lines[0].get_ydata()) == pytest.approx([1 / 1.5, 10 / 6])


def test_one_process_sends_nothing() -> None:
    metrics = costs.costs(batch_sizes=(4,), num_steps=2, num_processes=1, device="cpu").metrics
    assert metrics["bytes sent by each"] == 0


MUTANTS = [
    Mutant("time_steps", ".tensor_split(k)[rank]", "", test_each_process_times_its_share),
    Mutant("time_steps", 'min(sending.times)', 'sum(whole.times)', test_each_process_times_its_share),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(costs, MUTANTS)
