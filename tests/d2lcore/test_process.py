"""How torch's threads wait."""

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch

import d2lcore
from d2lcore import process


@pytest.mark.slow  # five programs
@pytest.mark.parametrize(
    ("code", "before", "expected"),
    [
        ("import d2lcore", None, "passive True"),
        ("import chapters, d2lcore", None, "passive True"),
        ("import torch, d2lcore", None, "passive False"),  # too late for this process
        ("import torch, d2lcore", "passive", "passive True"),
        ("import d2lcore", "active", "active True"),  # the reader's own choice
    ],
)
def test_torchs_threads_sleep_while_they_wait(code: str, before: str | None, expected: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    environment |= {"OMP_WAIT_POLICY": before} if before else {}
    code += "; import os; print(os.environ['OMP_WAIT_POLICY'], d2lcore._threads_sleep)"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.stdout.split() == expected.split(), done.stderr


@pytest.mark.parametrize(
    "change",
    [{}, {"sleep": True}, {"threads": 1}, {"seconds": 4.9}, {"load": 11.9}, {"load": None}],
    ids=lambda change: "".join(change) or "all of it",
)
def test_the_hint_needs_spinning_threads_a_long_epoch_and_a_busy_machine(
    change: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = SimpleNamespace(**{"sleep": False, "threads": 2, "seconds": 5.0, "load": 12.0, **change})
    monkeypatch.setattr(d2lcore, "_threads_sleep", found.sleep)
    monkeypatch.setattr(torch, "get_num_threads", lambda: found.threads)
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    if found.load is None:  # Windows
        monkeypatch.delattr(os, "getloadavg", raising=False)
    else:
        monkeypatch.setattr(os, "getloadavg", lambda: (found.load, 0.0, 0.0), raising=False)
    hint = process.waiting_threads(found.seconds)
    if change:
        assert hint is None
    else:
        assert "(load 12.0 on 8 cores)" in (hint or "")


def test_training_tells_the_hint_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    monkeypatch.setattr("d2lcore.training.waiting_threads", lambda seconds: f"waited {seconds >= 0}")
    d2lcore.train_epochs(3, lambda epoch: {"train_loss": 1.0})
    assert capsys.readouterr().err.splitlines() == ["waited True"]
