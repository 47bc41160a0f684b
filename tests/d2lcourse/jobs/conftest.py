"""A module of small runs, on disk, so that other processes find it."""

import importlib
import sys
from pathlib import Path

import pytest

RUNS = """
import os, signal, time
from pathlib import Path
from d2lcore.result import Result


def add(*, seed: int, step: float = 0.5) -> Result:
    print("epoch 1")
    return Result(metrics={"total": seed + step, "twice": 2.0 * seed, "epoch": 1})


def fail(*, seed: int) -> Result:
    if seed == 1:
        raise ZeroDivisionError("no\\nway")
    return Result(metrics={"total": float(seed)})


def die(*, seed: int) -> Result:
    if seed == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return Result(metrics={"total": float(seed)})


def log(*, seed: int, folder: str) -> Result:
    with open(os.path.join(folder, f"{seed}.log"), "a") as file:
        file.write("ran\\n")
    time.sleep(0.05)
    return Result(metrics={"total": float(seed)})
"""


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The module's name."""
    name = "runs_of_the_tests"
    (tmp_path / f"{name}.py").write_text(RUNS, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    sys.modules.pop(name, None)
    return name
