"""Two processes train as one does: gradients, losses, weights; over the ring and with DDP."""

import contextlib
import inspect
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import mutants
import pytest
import torch
import torch.distributed as dist
from mutants import Mutant
from ranks_at_work import compared
from threads import Threads

from chapters import mlp
from chapters.data_parallel import ring, training
from chapters.mlp import MLP
from d2lcore.ranks import in_processes

CPU = torch.device("cpu")
VARIANTS = [training.scratch, training.concise]
DIGITS = {"num_processes": 1, "num_hiddens": 16, "batch_size": 32, "data": "digits", "device": "cpu"}


@contextlib.contextmanager
def group_of_one() -> Iterator[None]:
    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    try:
        yield
    finally:
        dist.destroy_process_group()


def with_monkeypatch(test: Callable[[pytest.MonkeyPatch], None]) -> Callable[[], None]:
    """The test without its argument, for a mutant."""

    def call() -> None:
        with pytest.MonkeyPatch.context() as monkeypatch:
            test(monkeypatch)

    return call


@contextlib.contextmanager
def ranks(k: int) -> Iterator[Threads]:
    """Inside, `k` threads stand for the processes of the ring."""
    threads, real = Threads(k), dist
    ring.dist = training.dist = threads
    try:
        yield threads
    finally:
        ring.dist = training.dist = real


@pytest.mark.parametrize("n", [7, 1])  # of one example two of the three ranks have none
def test_steps_by_ring_are_those_of_the_whole_batch(n: int) -> None:
    X, y, k = torch.randn(n, 5, dtype=torch.float64), torch.arange(n) % 3, 3
    alone = MLP(5, 4, 3).double()
    nets = [MLP(5, 4, 3).double() for _ in range(k)]
    for net in nets:
        net.load_state_dict(alone.state_dict())
    shares = list(zip(X.tensor_split(k), y.tensor_split(k), strict=True))

    def live(rank: int) -> list[float]:
        step = training.by_ring(nets[rank], 0.3)
        return [step(*shares[rank]).tolist() for _ in range(3)][-1]

    with ranks(k) as threads:
        numbers = threads.run(live)
    updater = torch.optim.SGD(alone.parameters(), 0.3)
    for _ in range(3):
        l = torch.nn.functional.cross_entropy(alone(X), y)
        updater.zero_grad()
        l.backward()
        updater.step()
    for net, (loss, count) in zip(nets, numbers, strict=True):
        assert (loss / count, count) == (pytest.approx(float(l.detach()), rel=1e-12), n)
        for mine, theirs in zip(net.parameters(), alone.parameters(), strict=True):
            torch.testing.assert_close(mine, theirs, rtol=1e-12, atol=1e-14)


def test_a_step_by_ddp_is_a_step_by_ring() -> None:
    X, y = torch.randn(7, 5), torch.arange(7) % 3
    nets = [MLP(5, 4, 3) for _ in range(2)]
    nets[1].load_state_dict(nets[0].state_dict())
    with group_of_one():
        steps = [training.by_ring(nets[0], 0.3), training.by_ddp(nets[1], 0.3)]
        numbers = [[step(X, y) for _ in range(3)][-1] for step in steps]
    torch.testing.assert_close(*numbers)
    torch.testing.assert_close(*(list(net.parameters()) for net in nets), rtol=1e-5, atol=1e-6)


def seen_by(rank: int, world: int, monkeypatch: pytest.MonkeyPatch) -> tuple[list, torch.Tensor]:
    """The shares that a process trains on, and its first weights."""
    monkeypatch.setattr(
        training, "dist", SimpleNamespace(get_rank=lambda: rank, get_world_size=lambda: world)
    )
    shares, weights = [], []

    def how(net: torch.nn.Module, lr: float) -> training.Step:
        weights.append(torch.nn.utils.parameters_to_vector(net.parameters()).detach().clone())
        return lambda X, y: (shares.append((X, y)), torch.tensor([1.0, 2.0]))[1]

    rows = list(training.train_share(CPU, how, 4, 0.1, 2, 1436, "digits", 3))
    assert rows[0]["train_loss"] == 0.5
    assert rows[-1]["losses"] == [0.5] * 4
    return shares, weights[0]


def test_processes_start_alike_and_together_see_the_batches_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, weights = seen_by(0, 1, monkeypatch)
    both = [seen_by(rank, 2, monkeypatch) for rank in (0, 1)]
    assert [len(y) for _, y in whole] == [1436, 1, 1436, 1]
    assert [len(y) for _, y in both[1][0]] == [718, 0, 718, 0]
    for (X, y), *parts in zip(whole, both[0][0], both[1][0], strict=True):
        assert torch.equal(torch.cat([part[0] for part in parts]), X)
        assert torch.equal(torch.cat([part[1] for part in parts]), y)
    assert all(torch.equal(one, weights) for _, one in both)
    assert not torch.equal(whole[0][1], whole[2][1])


@pytest.mark.parametrize("variant", VARIANTS)
def test_one_process_trains_as_the_mlp_does(variant: Callable) -> None:
    """On digits, with the numbers of `mlp.scratch`, which goes by torch.optim and d2l.train_ch3."""
    result = variant(**DIGITS, num_epochs=3)
    knobs = {name: value for name, value in DIGITS.items() if name != "num_processes"}
    expected = mlp.scratch(**knobs, num_epochs=3)
    assert result.history["train_loss"] == pytest.approx(expected.history["train_loss"], abs=1e-5)
    assert result.history["test_acc"] == pytest.approx(expected.history["test_acc"], abs=0.003)  # one of 360
    for name, weight in expected.net.state_dict().items():
        torch.testing.assert_close(result.weights[name].float(), weight, rtol=1e-4, atol=1e-5)
    assert result.metrics["largest difference from one process"] == 0
    assert result.metrics["train_loss"] == result.history["train_loss"][-1]
    left, right = result.figure.axes
    assert [len(line.get_ydata()) for line in (*left.lines, *right.lines)] == [3 * 45] * 3


def test_the_difference_reported_is_that_of_the_two_trainings(monkeypatch: pytest.MonkeyPatch) -> None:
    def fake(work: object, num_processes: int, *args: object) -> Iterator[dict]:
        shift = 0.25 if num_processes == 2 else 0.0
        yield from ({"train_loss": 1.0 + shift * i, "test_acc": 0.5} for i in range(2))
        yield {"losses": [1.0, 1.0], "weights": {}}

    monkeypatch.setattr(training, "in_processes", fake)
    metrics = training.scratch(num_epochs=2).metrics
    assert metrics["largest difference from one process"] == 0.25


def test_scratch_and_concise_take_the_same_knobs() -> None:
    assert inspect.signature(training.scratch) == inspect.signature(training.concise)


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"num_processes": 0}, "num_processes: must be at least 1"),
        ({"num_epochs": 0}, "num_epochs: must be at least 1"),
        ({"data": "digts"}, "data: there is no 'digts'"),
        ({"device": "gpu"}, "device: 'gpu' is not a device"),
        ({"lr": 1e9}, "training diverged"),
        ({"lr": -1.0}, "lr: a learning rate cannot be negative"),
    ],
)
@pytest.mark.parametrize("variant", VARIANTS)
def test_bad_knobs(variant: Callable, knobs: dict, message: str) -> None:
    with pytest.raises((ValueError, ArithmeticError), match=message):
        variant(**{**DIGITS, "num_epochs": 2, **knobs})


@pytest.mark.cuda
@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
@pytest.mark.parametrize("variant", VARIANTS)
def test_cuda_without_a_gpu_is_refused(variant: Callable) -> None:
    with pytest.raises(ValueError, match=r"^device: 'cuda' asked for"):
        variant(**{**DIGITS, "num_processes": 2, "device": "cuda"})


@pytest.mark.slow
def test_two_processes_have_the_gradients_and_losses_of_one(fashion_mnist: str) -> None:
    """At each step of two epochs; on digits one rank has nothing of a last batch of one example."""
    on_images, on_digits = (256, 0.1, 2, 256, fashion_mnist), (16, 0.1, 3, 1436, "digits")
    runs = [("by_ring", *on_images), ("by_ring", *on_digits), ("by_ddp", *on_digits)]
    results = list(in_processes(compared, 2, "cpu", runs))
    for run, (rows, apart) in zip(runs, results, strict=True):
        alone = list(in_processes(training.train_share, 1, "cpu", training.by_ring, *run[1:], 0))
        assert len(apart) == len(rows[-1]["losses"]) == (470 if run[-1] == fashion_mnist else 6)
        assert max(apart) < 1e-12  # float64; 1e-15 and less measured
        for row, expected in zip(rows[:-1], alone[:-1], strict=True):
            assert row["train_loss"] == pytest.approx(expected["train_loss"], abs=1e-9)
        assert rows[-1]["losses"] == pytest.approx(alone[-1]["losses"], abs=1e-9)
    assert results[0][0][1]["train_loss"] < 0.65  # 0.60; 2.3 untrained


@pytest.mark.slow
def test_torchrun_starts_the_processes_and_the_first_one_reports(tmp_path: Path) -> None:
    words = "-m torch.distributed.run --nproc-per-node 2 -m chapters.data_parallel concise --data digits"
    more = ["--num-epochs", "2", "--num-hiddens", "16", "--batch-size", "32", "--device", "cpu"]
    run = subprocess.run(
        [sys.executable, *words.split(), *more, "--out", str(tmp_path)],
        capture_output=True, text=True, timeout=300, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert run.stdout.count("epoch  2") == 1
    metrics = json.loads((tmp_path / "data_parallel/concise/metrics.json").read_text())["metrics"]
    expected = training.concise(**DIGITS, num_epochs=2).metrics
    assert metrics["train_loss"] == pytest.approx(expected["train_loss"], abs=1e-5)
    assert metrics["largest difference from one process"] < 1e-5


MUTANTS = [
    Mutant("by_ring", "        ring_allreduce(summed)\n", "",
           partial(test_steps_by_ring_are_those_of_the_whole_batch, 7)),
    Mutant("by_ddp", 'reduction="sum"', 'reduction="mean"', test_a_step_by_ddp_is_a_step_by_ring),
    Mutant("by_ddp", "updater.zero_grad()", "pass", test_a_step_by_ddp_is_a_step_by_ring),
    Mutant("by_ddp", " / numbers[1]", "", test_a_step_by_ddp_is_a_step_by_ring),
    Mutant("train_share", "share=share", "share=(0, 1)",
           with_monkeypatch(test_processes_start_alike_and_together_see_the_batches_of_one)),
    Mutant("train_share", "seed_everything(seed)", "seed_everything(seed + dist.get_rank())",
           with_monkeypatch(test_processes_start_alike_and_together_see_the_batches_of_one)),
    Mutant("train_share", "l / n", "l", partial(test_one_process_trains_as_the_mlp_does, training.scratch)),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(training, MUTANTS)
