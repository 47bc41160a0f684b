"""Running jobs side by side, each once, and going on when one fails."""

import contextlib
import io
import itertools
import math
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any, NamedTuple

from d2lcore.data.files import DataUnavailable
from d2lcore.errors import check_counts
from d2lcore.metrics import Timer

from .job import Job
from .results import Results

AHEAD = 2  # jobs a worker has: one it runs, and one that waits, so that it never does


class Done(NamedTuple):
    """What became of a job.

    metrics: empty if it failed. error: why, in a line. found: it had been run before. data_missing: it
    failed for want of a data set.
    """

    job: Job
    metrics: dict[str, float]
    seconds: float
    error: str = ""
    found: bool = False
    data_missing: bool = False


Engine = Callable[[Sequence[Job], Results, int], Generator[Done, None, None]]


def run_jobs(
    jobs: Sequence[Job],
    results: Results,
    workers: int = 1,
    *,
    again: bool = False,
    engine: Engine | None = None,
) -> Iterator[Done]:
    """Run what has no result yet; what became of each job, in the order of `jobs`.

    workers: how many run at once, at least 1, each with one thread of torch, so that the numbers are the same
    for any number of workers. again: run also what has a result. A job that fails leaves none. A worker that
    is killed costs the job that it ran, and no other. engine: who runs them; by default this machine.
    """
    check_counts(workers=workers)
    results.prepare()
    for job in jobs if again else ():
        results.forget(job)
    known = {job.key: found for job in jobs if (found := results.find(job)) is not None}
    todo = list({job.key: job for job in jobs if job.key not in known}.values())
    engine = engine or (_inline if min(workers, len(todo)) <= 1 else _beside)
    running = engine(todo, results, workers)
    seconds = results.seconds() if known else {}
    done: dict[str, Done] = {}
    with contextlib.closing(running):
        for job in jobs:
            if job.key in known:
                yield Done(job, known[job.key], seconds.get(job.key, math.nan), found=True)
                continue
            while job.key not in done:
                one = next(running)
                done[one.job.key] = one
            yield done[job.key]


def run_one(job: Job, results: Results) -> Done:
    """Run a job with one thread, and keep its result."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        done = run_as_usual(job)
        if not done.error:
            results.keep(job, done.metrics, done.seconds)
        return done
    finally:
        torch.set_num_threads(threads)


def run_as_usual(job: Job) -> Done:
    """Run a job with the threads that there are; keep nothing."""
    from d2lcore.figures import leaving_none

    timer = Timer()
    try:
        with contextlib.redirect_stdout(io.StringIO()), leaving_none():
            return Done(job, job.function()(**job.knobs).metrics, timer.stop())
    except Exception as error:
        text = " ".join(str(error).split())
        ours = type(error).__module__.startswith("d2lcore") and text
        missing = isinstance(error, DataUnavailable)
        said = text if ours else f"{type(error).__name__}: {text}"
        return Done(job, {}, timer.stop(), said, data_missing=missing)


def _inline(jobs: Sequence[Job], results: Results, workers: int) -> Generator[Done, None, None]:
    for job in jobs:
        yield run_one(job, results)


def _beside(jobs: Sequence[Job], results: Results, workers: int) -> Generator[Done, None, None]:
    """In the order in which they are done."""
    left = {job.key: job for job in jobs}
    while left:
        suspects: list[Job] = []
        for one in _until_broken(list(left.values()), results, workers, suspects):
            del left[one.job.key]
            yield one
        for job in suspects:  # one of them killed its worker, and which cannot be told: each alone
            yield _alone(left.pop(job.key), results)


def _until_broken(jobs: Sequence[Job], results: Results, workers: int, suspects: list[Job]) -> Iterator[Done]:
    """Run until all is done, or a worker is killed: then `suspects` are the jobs that were given out."""
    todo, futures = iter(jobs), dict[Future, Job]()
    with _pool(min(workers, len(jobs))) as pool:
        try:
            while True:
                for job in itertools.islice(todo, AHEAD * workers - len(futures)):
                    futures[pool.submit(run_one, job, results)] = job
                if not futures:
                    return
                for future in wait(futures, return_when=FIRST_COMPLETED).done:
                    one = future.result()
                    del futures[future]
                    yield one
        except BrokenProcessPool:
            suspects += futures.values()


def _alone(job: Job, results: Results) -> Done:
    if (metrics := results.find(job)) is not None:  # done, when another killed the pool
        return Done(job, metrics, results.seconds().get(job.key, math.nan))
    with _pool(1) as pool:
        try:
            return pool.submit(run_one, job, results).result()
        except BrokenProcessPool:
            return Done(job, {}, math.nan, "the process that ran it was killed (too little memory?)")


@contextlib.contextmanager
def _pool(workers: int) -> Iterator[Any]:
    """Processes that import torch once, with one thread each; killed if the caller gives up."""
    from joblib.externals.loky import ProcessPoolExecutor

    pool = ProcessPoolExecutor(max_workers=workers, env={"OMP_NUM_THREADS": "1"}, initializer=_start)
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=True, kill_workers=True)
        raise
    pool.shutdown()


def _start() -> None:
    """In a new process: a lock for tqdm that is its own. The usual one, shared, outlives a loky process."""
    from tqdm import tqdm

    tqdm.set_lock(threading.RLock())
