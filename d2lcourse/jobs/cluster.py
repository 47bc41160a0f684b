"""Running jobs on a SLURM cluster, by submitit: an array of tasks, each with its share of the jobs."""

import json
import math
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import Any

from d2lcore.data.writing import explained, replacing

from .engine import Done, run_one
from .job import Job
from .results import Results

POLL = 1.0  # seconds between two looks at the files of the tasks
ASK = 30.0  # seconds between two questions to SLURM, which answers for the tasks that left no file


def on_slurm(options: Mapping[str, str], poll: float = POLL, ask: float = ASK) -> Callable[..., Any]:
    """An engine for `run_jobs`: so many tasks as there are workers, on the cluster.

    options: of sbatch, such as {"partition": "gpu", "time": "60"} (minutes). What an earlier call submitted
    and SLURM has not ended yet is waited for, not submitted again. Raises ImportError without submitit, and
    ValueError where there is no SLURM or an option is unknown to it.
    """

    def run(jobs: Sequence[Job], results: Results, workers: int) -> Generator[Done, None, None]:
        folder = results.folder.resolve() / "slurm"
        tasks = _submitted(folder)
        waited_for = {key for keys in tasks.values() for key in keys}
        new = [job for job in jobs if job.key not in waited_for]
        if new:
            tasks |= _submit([new[i::workers] for i in range(min(workers, len(new)))], folder, options)
        left = {job.key: job for job in jobs}
        asked = time.monotonic()
        while left:
            force = time.monotonic() - asked > ask
            asked = time.monotonic() if force else asked
            for task in [task for task in tasks if task.done(force_check=force)]:
                ended = _outcomes(task, [left.pop(key) for key in tasks.pop(task) if key in left], results)
                _note(folder, task).unlink(missing_ok=True)
                yield from ended
            if left:
                time.sleep(poll)

    return run


def run_share(jobs: Sequence[Job], folder: Path) -> dict[str, Done]:
    """On a node: run the jobs, one after another; what became of each, by key."""
    results = Results(folder)
    return {job.key: _run_here(job, results) for job in jobs if results.find(job) is None}


def _run_here(job: Job, results: Results) -> Done:
    here = Job(job.module, job.run, job.knobs)
    if here.key == job.key:
        return run_one(job, results)
    there, differ = job.about, [name for name in job.about if job.about[name] != here.about[name]]
    words = ", ".join(f"{name} {here.about[name]} and not {there[name]}" for name in differ)
    return Done(job, {}, math.nan, f"this node has {words}: submit from a machine like it")


def _submit(
    shares: Sequence[Sequence[Job]], folder: Path, options: Mapping[str, str]
) -> dict[Any, list[str]]:
    """The tasks that run the shares, with the keys of their jobs, noted down for the next call."""
    submitit = _submitit()
    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
    try:
        executor = submitit.AutoExecutor(folder=folder / "%A", cluster="slurm")
        executor.update_parameters(
            name="d2lcore", cpus_per_task=1, **{f"slurm_{name}": value for name, value in options.items()}
        )
    except (RuntimeError, NameError, TypeError) as error:
        raise ValueError(f"--on slurm: {error}") from None
    tasks = executor.map_array(run_share, shares, [folder.parent] * len(shares))
    submitted = {task: [job.key for job in share] for task, share in zip(tasks, shares, strict=True)}
    for task, keys in submitted.items():
        with explained(folder), replacing(_note(folder, task)) as part:
            part.write_text(json.dumps(keys), encoding="utf-8")
    return submitted


def _submitted(folder: Path) -> dict[Any, list[str]]:
    """The tasks of earlier calls that nobody has seen the end of."""
    notes = sorted(folder.glob("*.waiting.json"))
    found = {}
    for note in notes:
        task_id = note.name.partition(".")[0]
        task = _submitit().SlurmJob(folder=folder / task_id.partition("_")[0], job_id=task_id)
        found[task] = json.loads(note.read_text(encoding="utf-8"))
    return found


def _note(folder: Path, task: Any) -> Path:
    return folder / f"{task.job_id}.waiting.json"


def _outcomes(task: Any, jobs: Sequence[Job], results: Results) -> list[Done]:
    failed: dict[str, Done] = {}
    if task.exception() is None:
        failed = {key: one for key, one in task.result().items() if one.error}
    seconds = results.seconds()
    return [failed.get(job.key) or _one(task, job, results, seconds.get(job.key, math.nan)) for job in jobs]


def _one(task: Any, job: Job, results: Results, seconds: float) -> Done:
    metrics = results.find(job)
    if metrics is not None:
        return Done(job, metrics, seconds)
    return Done(
        job, {}, math.nan, f"SLURM task {task.job_id} ended before it: {task.state}; see {task.paths.stderr}"
    )


def _submitit() -> Any:
    try:
        import submitit
    except ImportError:
        raise ImportError("--on slurm needs submitit: pip install 'd2lcore[cluster]'") from None
    return submitit
