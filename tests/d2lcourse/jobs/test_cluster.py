"""`--on slurm`, against a stand-in for SLURM on this machine (slurm_stand_in.py): no cluster was at hand."""

import os
import stat
import sys
import threading
from pathlib import Path

import pytest

from d2lcourse.jobs import job as jobs_module
from d2lcourse.jobs.cluster import on_slurm, run_share
from d2lcourse.jobs.engine import run_jobs
from d2lcourse.jobs.job import Job
from d2lcourse.jobs.results import Results

pytest.importorskip("submitit", reason="the extra `cluster` is not installed")
STAND_IN = Path(__file__).with_name("slurm_stand_in.py")


@pytest.fixture
def slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the stand-in, whose commands come first on the path."""
    folder, commands = tmp_path / "slurm", tmp_path / "bin"
    folder.mkdir()
    commands.mkdir()
    for name in ("sbatch", "srun", "sacct"):
        script = commands / name
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{STAND_IN}" {name} "$@"\n', encoding="utf-8")
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{commands}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("STAND_IN", str(folder))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *filter(None, sys.path)]))
    return folder


def jobs(module: str, run: str, seeds: int, **knobs: object) -> list[Job]:
    return [Job(module, run, {**knobs, "seed": seed}) for seed in range(seeds)]


ENGINE = on_slurm({"time": "5"}, poll=0.1, ask=1.0)


@pytest.mark.slow
def test_submission_collection_and_a_run_that_fails(slurm: Path, runs: str, tmp_path: Path) -> None:
    results = Results(tmp_path / "results")
    done = list(run_jobs(jobs(runs, "fail", 4), results, 2, engine=ENGINE))
    assert [one.metrics.get("total") for one in done] == [0, None, 2, 3]
    assert done[1].error == "ZeroDivisionError: no way"
    (script,) = slurm.glob("*.job")
    assert "--time=5" in script.read_text()
    assert "--array=0-1" in script.read_text()  # two tasks for four runs
    again = list(run_jobs(jobs(runs, "fail", 1), results, 2, engine=ENGINE))
    assert again[0].found
    assert not list((tmp_path / "results/slurm").glob("*.waiting.json"))


@pytest.mark.slow
def test_a_task_that_times_out_costs_what_it_had_not_run_and_is_resumed(
    slurm: Path, runs: str, tmp_path: Path
) -> None:
    (slurm / "seconds").write_text("0.2")
    results, two = Results(tmp_path / "results"), jobs(runs, "add", 2)
    done = list(run_jobs(two, results, 1, engine=ENGINE))
    assert all("ended before it: TIMEOUT; see " in one.error for one in done)
    (slurm / "seconds").unlink()
    assert [one.metrics["total"] for one in run_jobs(two, results, 1, engine=ENGINE)] == [0.5, 1.5]


@pytest.mark.slow
def test_what_was_submitted_before_is_waited_for_and_not_submitted_again(
    slurm: Path, runs: str, tmp_path: Path
) -> None:
    results, two = Results(tmp_path / "results"), jobs(runs, "add", 2)
    left = threading.Event()

    class Stop(Exception):
        pass

    def stop(seconds: float) -> None:
        left.set()
        raise Stop

    with pytest.MonkeyPatch.context() as patch:  # the terminal is closed at once
        patch.setattr("d2lcourse.jobs.cluster.time.sleep", stop)
        with pytest.raises(Stop):
            list(run_jobs(two, results, 1, engine=ENGINE))
    assert left.is_set()
    assert [one.metrics["total"] for one in run_jobs(two, results, 1, engine=ENGINE)] == [0.5, 1.5]
    assert len(list(slurm.glob("*.job"))) == 1


def test_a_node_that_is_another_machine_says_so(
    runs: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (job,), results = jobs(runs, "add", 1), Results(tmp_path / "results")
    results.prepare()
    assert run_share([Job(job.module, job.run, job.knobs)], results.folder)[job.key].error == ""
    results.forget(job)
    monkeypatch.setattr(jobs_module, "_device", lambda name: "NVIDIA X")
    error = run_share([job], results.folder)[job.key].error
    assert error == "this node has device NVIDIA X and not cpu: submit from a machine like it"
    assert results.find(job) is None


def test_no_slurm_and_no_submitit(runs: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ValueError, match=r"--on slurm: .*srun"):
        list(run_jobs(jobs(runs, "add", 1), Results(tmp_path), engine=ENGINE))
    monkeypatch.setitem(sys.modules, "submitit", None)
    with pytest.raises(ImportError, match=r"pip install 'd2lcore\[cluster\]'"):
        list(run_jobs(jobs(runs, "add", 1), Results(tmp_path), engine=ENGINE))


def test_an_option_that_sbatch_does_not_have(slurm: Path, runs: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"--on slurm: .*tiem"):
        list(run_jobs(jobs(runs, "add", 1), Results(tmp_path), engine=on_slurm({"tiem": "5"})))
