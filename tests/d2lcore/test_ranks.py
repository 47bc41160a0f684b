"""Processes that train together: what the first yields, and what is said when one of them ends too soon."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
from ranks_at_work import doomed

from d2lcore.ranks import RankFailed, in_processes, rank_devices

CPU = torch.device("cpu")


def squares(device: torch.device, n: int) -> Iterator[tuple]:
    assert device == CPU
    for i in range(n):
        yield i * i, dist.get_rank(), dist.get_world_size()


def fails(device: torch.device) -> Iterator[int]:
    yield 1
    raise ValueError("no labels")


def test_one_process_is_this_one_and_leaves_no_group() -> None:
    for _ in range(2):
        assert list(in_processes(squares, 1, "cpu", 3)) == [(0, 0, 1), (1, 0, 1), (4, 0, 1)]
        assert not dist.is_initialized()
    values = in_processes(fails, 1, "cpu")
    assert next(values) == 1
    with pytest.raises(ValueError, match=r"^no labels$"):
        next(values)
    assert not dist.is_initialized()


def test_a_training_that_is_given_up_leaves_no_group() -> None:
    values = in_processes(squares, 1, "cpu", 3)
    next(values)
    values.close()
    assert not dist.is_initialized()


@pytest.mark.parametrize(
    ("gpus", "device", "num_processes", "expected"),
    [
        (0, "auto", 2, ["cpu", "cpu"]),
        (1, "auto", 2, ["cpu", "cpu"]),
        (2, "auto", 2, ["cuda:0", "cuda:1"]),
        (2, "cpu", 2, ["cpu", "cpu"]),
        (3, "cuda", 2, ["cuda:0", "cuda:1"]),
        (3, "cuda:2", 1, ["cuda:2"]),
    ],
)
def test_where_each_process_computes(
    monkeypatch: pytest.MonkeyPatch, gpus: int, device: str, num_processes: int, expected: list[str]
) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpus > 0)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert [str(one) for one in rank_devices(device, num_processes)] == expected


@pytest.mark.parametrize(("gpus", "device"), [(1, "cuda"), (3, "cuda:1")])
def test_a_gpu_for_each_is_needed(monkeypatch: pytest.MonkeyPatch, gpus: int, device: str) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    with pytest.raises(
        ValueError, match=f"^device: '{device}' asked for, but 2 processes need .* there are {gpus}"
    ):
        rank_devices(device, 2)


def test_bad_arguments_start_nothing() -> None:
    with pytest.raises(ValueError, match=r"^num_processes: must be at least 1, got 0"):
        list(in_processes(squares, 0, "cpu", 3))
    with pytest.raises(ValueError, match=r"^device: 'gpu' is not a device"):
        list(in_processes(squares, 2, "gpu", 3))


def test_what_a_new_process_cannot_import_is_refused() -> None:
    def work(device: torch.device) -> Iterator[int]:
        yield 1

    work.__module__ = "__main__"
    with pytest.raises(
        ValueError, match=r"^work: a new process cannot import work from a script or notebook"
    ):
        list(in_processes(work, 2, "cpu"))
    assert list(in_processes(work, 1, "cpu")) == [1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("end", "message"),
    [
        ("killed", "^process 1 of 2 was killed by SIGKILL; the others were ended$"),
        ("raises", "^process 1 of 2 failed with ValueError: the labels are missing; the others were ended$"),
        ("exits", "^process 1 of 2 ended with exit code 0 before its work was done; the others were ended$"),
    ],
)
def test_one_that_ends_too_soon_ends_all_with_one_line(
    end: str, message: str, capfd: pytest.CaptureFixture
) -> None:
    values = in_processes(doomed, 2, "cpu", end)
    assert next(values) == 0  # only now: torch is imported
    start = time.monotonic()
    with pytest.raises(RankFailed, match=message):
        list(values)
    assert time.monotonic() - start < 30
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL")
def test_processes_end_with_the_one_that_started_them() -> None:
    program = Path(__file__).parents[1] / "ranks_at_work.py"
    with subprocess.Popen([sys.executable, str(program)], stdout=subprocess.PIPE, text=True) as parent:
        pids = [int(word) for word in parent.stdout.readline().split()]
        parent.kill()
    assert len(pids) == 2
    deadline = time.monotonic() + 30
    while any(alive(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(alive(pid) for pid in pids)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not (stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z")
