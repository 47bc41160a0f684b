"""Processes that check answers side by side: each imports torch once, and forks for every answer."""

import contextlib
import multiprocessing
import shutil
import signal
import tempfile
from collections.abc import Generator, Sequence
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, NamedTuple

from .grade_one import Grade, Grader, not_graded
from .submissions import Student

PIECE = 12  # exercises of a student that a worker gets at once


Graded = tuple[Student, str, Grade]


class Task(NamedTuple):
    """Exercises of one student that are to be checked. tried: of the first, how often a worker died of it."""

    student: Student
    names: tuple[str, ...]
    tried: int = 0

    def rest(self) -> list["Task"]:
        """What is left without the first exercise: a task, or none."""
        return [Task(self.student, self.names[1:])] if self.names[1:] else []


def split(student: Student, names: Sequence[str]) -> list[Task]:
    """Tasks for these exercises, of which several workers can each take some."""
    return [Task(student, tuple(names[i : i + PIECE])) for i in range(0, len(names), PIECE)]


def grade_all(tasks: Sequence[Task], count: int) -> Generator[Graded, None, None]:
    """Check everything, in at most `count` processes; each grade as soon as it is there.

    A worker that dies is replaced, and an answer of which two have died is not graded.
    """
    waiting = list(reversed(tasks))
    with contextlib.ExitStack() as stack:
        workers: list[Worker] = []
        while waiting or workers:
            while waiting and len(workers) < count:
                worker = stack.enter_context(contextlib.closing(Worker()))
                worker.give(waiting.pop())
                workers.append(worker)
            ready = wait([one.pipe for one in workers])
            for worker in [one for one in workers if one.pipe in ready]:
                if graded := worker.receive():
                    yield graded
                elif worker.task.tried:  # it has died, and one before it
                    why = "the checker itself crashed on it"
                    name = worker.task.names[0]
                    yield worker.task.student, name, not_graded(name, why)
                    waiting += worker.task.rest()
                else:
                    waiting.append(worker.task._replace(tried=1))
                if graded and not worker.task.names and waiting:
                    worker.give(waiting.pop())
                elif not (graded and worker.task.names):
                    workers.remove(worker)
                    worker.close()


class Worker:
    """A process, the pipe to it, and what it still has to do."""

    def __init__(self) -> None:
        fresh = multiprocessing.get_context("spawn")  # a fork would have the caller's torch and its threads
        self.pipe, theirs = fresh.Pipe()
        self.folder = tempfile.mkdtemp(prefix="d2lcore-grade-")
        self.process = fresh.Process(target=_work, args=(theirs, self.folder), daemon=True)
        self.process.start()
        theirs.close()
        self.task: Any = None

    def give(self, task: Task) -> None:
        self.task = task
        with contextlib.suppress(OSError):  # it has died: `receive` says so
            self.pipe.send(task)

    def receive(self) -> Graded | None:
        """The next grade; None if the process has died."""
        try:
            name, grade = self.pipe.recv()
        except (EOFError, OSError):
            return None
        student = self.task.student
        self.task = Task(student, self.task.names[1:])
        return student, name, grade

    def close(self) -> None:
        self.pipe.close()
        if self.process.is_alive():
            self.process.terminate()
        self.process.join(5)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        shutil.rmtree(self.folder, ignore_errors=True)


def _work(pipe: Connection, folder: str) -> None:
    """Check what comes, until the other end is closed, as it is when its process is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks
    signal.signal(signal.SIGTERM, _leave)  # so that an answer that runs is stopped, and its folder removed
    try:
        grader = Grader(Path(folder).resolve())
        while True:
            student, names, _ = pipe.recv()
            for name in names:
                pipe.send((name, grader.grade(student, name)))
    except (EOFError, OSError, SystemExit):
        shutil.rmtree(folder, ignore_errors=True)


def _leave(number: int, frame: Any) -> None:
    raise SystemExit(0)
