"""Running jobs side by side: each once, the same numbers for any number of workers, and nothing lost."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from d2lcourse.jobs.engine import run_jobs
from d2lcourse.jobs.job import Job
from d2lcourse.jobs.results import Results


def jobs(module: str, run: str, seeds: int, **knobs: object) -> list[Job]:
    return [Job(module, run, {**knobs, "seed": seed}) for seed in range(seeds)]


def numbers(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in (folder / "numbers").glob("*/*")}


def test_what_has_been_run_is_found_and_the_order_is_that_of_the_jobs(runs: str, tmp_path: Path) -> None:
    three, results = jobs(runs, "add", 3), Results(tmp_path / "results")
    first = list(run_jobs(three[1:], results))
    assert [(one.metrics["total"], one.found) for one in first] == [(1.5, False), (2.5, False)]
    twice = list(run_jobs([*three, three[0]], results))
    assert [one.metrics["total"] for one in twice] == [0.5, 1.5, 2.5, 0.5]
    assert [one.found for one in twice] == [False, True, True, False]
    assert twice[1].seconds == pytest.approx(first[0].seconds, abs=1e-3)
    assert not any(one.found for one in run_jobs(three, results, again=True))
    assert len(list(results)) == 3


def test_a_damaged_result_is_run_anew(runs: str, tmp_path: Path) -> None:
    (job,), results = jobs(runs, "add", 1), Results(tmp_path / "results")
    list(run_jobs([job], results))
    whole = results.file(job.key).read_bytes()
    for left in (whole[:20], b"", b"[1]", b'{"metrics": 3}'):
        results.file(job.key).write_bytes(left)
        (done,) = run_jobs([job], results)
        assert not done.found
        assert results.file(job.key).read_bytes() == whole


def test_times_stand_beside_and_a_torn_line_is_none(runs: str, tmp_path: Path) -> None:
    two, results = jobs(runs, "add", 2), Results(tmp_path)
    list(run_jobs(two, results))
    with (tmp_path / "seconds.txt").open("a") as file:
        file.write(f"{two[0].key} 7.5\n{two[1].key} x\n\n{two[1].key} 9")
    first, second = run_jobs(two, results)
    assert first.seconds == 7.5
    assert second.seconds < 5


def test_a_run_that_fails_is_a_row_that_says_so_and_leaves_no_result(runs: str, tmp_path: Path) -> None:
    results = Results(tmp_path / "results")
    done = list(run_jobs(jobs(runs, "fail", 3), results))
    assert [one.error for one in done] == ["", "ZeroDivisionError: no way", ""]
    assert (done[1].metrics, len(list(results))) == ({}, 2)
    diverged = Job("chapters.linear_regression", "scratch", {"lr": 1e30, "seed": 0})
    (one,) = run_jobs([diverged], results)
    assert one.error.startswith("training diverged in epoch 1")


def test_a_run_has_one_thread_and_the_caller_gets_his_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    set_to = []
    monkeypatch.setattr(torch, "set_num_threads", set_to.append)
    list(run_jobs([Job("chapters.linear_regression", "scratch", {"seed": 0})], Results(tmp_path)))
    assert set_to == [1, torch.get_num_threads()]


@pytest.mark.parametrize("workers", [0, -1, 1.5])
def test_workers_are_counted_from_one(workers: int, tmp_path: Path) -> None:
    with pytest.raises((ValueError, TypeError), match="workers: "):
        next(run_jobs([], Results(tmp_path), workers))


@pytest.mark.slow
def test_the_same_files_for_any_number_of_workers(tmp_path: Path) -> None:
    some = jobs("chapters.linear_regression", "scratch", 5)
    for workers in (1, 3):
        done = list(run_jobs(some, Results(tmp_path / str(workers)), workers))
        assert [one.job for one in done] == some
    assert numbers(tmp_path / "1") == numbers(tmp_path / "3") != {}


@pytest.mark.slow
def test_a_worker_that_is_killed_costs_its_own_job_only(runs: str, tmp_path: Path) -> None:
    done = {one.job.knobs["seed"]: one for one in run_jobs(jobs(runs, "die", 8), Results(tmp_path / "r"), 2)}
    assert [seed for seed, one in done.items() if one.error] == [2]
    assert "was killed" in done[2].error
    assert [done[seed].metrics["total"] for seed in (0, 1, 3, 7)] == [0, 1, 3, 7]


@pytest.mark.slow
def test_after_kill_9_only_what_was_running_is_run_anew(runs: str, tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    program = (
        "from d2lcourse.jobs.engine import run_jobs; from d2lcourse.jobs.job import Job; "
        "from d2lcourse.jobs.results import Results\n"
        "if __name__ == '__main__':\n"
        f"    jobs = [Job({runs!r}, 'log', {{'seed': s, 'folder': {str(logs)!r}}}) for s in range(200)]\n"
        f"    print(len(list(run_jobs(jobs, Results({str(tmp_path / 'results')!r}), 2))))\n"
    )
    script = tmp_path / "many.py"
    script.write_text(program, encoding="utf-8")
    path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    call = {"args": [sys.executable, str(script)], "env": {**os.environ, "PYTHONPATH": path}}
    first = subprocess.Popen(**call, start_new_session=True)
    while len(list(logs.iterdir())) < 20:
        time.sleep(0.02)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    assert subprocess.run(**call, capture_output=True, text=True, check=True).stdout.strip() == "200"
    ran = [len(file.read_text().splitlines()) for file in logs.iterdir()]
    assert len(ran) == 200
    assert max(ran) <= 2
    assert sum(ran) <= 202  # two were running
