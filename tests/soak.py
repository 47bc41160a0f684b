"""Kill, crowd and starve what writes files, and count what comes to harm: `make soak`, 15 minutes at most.

Each scene is one command, run in a fork of this process. It is killed with SIGKILL at a random moment, or run
by eight processes at once, or on a disk that gets full. Then its files are looked at. Half-written is a file
that cannot be read; mixed are files of two runs; lost is what was there before and is to stay. Not recovered,
and left behind, is what is wrong after the command has run once more undisturbed.
"""

import csv
import json
import multiprocessing
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
import torch
from bad_server import Server
from matplotlib.figure import Figure
from on_disk import BODY, CHECKSUM, files_in, write

import d2lcore as d2l
from d2lcore.command_line import invoke
from d2lcore.data import files
from d2lcourse.exercises.answers import Answers
from d2lcourse.exercises.commands import exercise
from d2lcourse.exercises.exercise import named

EXERCISE = named("relu")
RIGHT = "import torch\n\n\ndef relu(X):\n    return torch.where(X > 0, X, 0)\n"
MINE = "# mine\n" + RIGHT
FIGURE = Figure(figsize=(2, 1))
FIGURE.subplots().plot([0, 1])
PICTURE_END = b"IEND\xaeB`\x82"


@dataclass
class Scene:
    """One command, and what must hold of its folder.

    prepare: makes the folder as it is before. act: the command, in a process of its own, with a number that
    tells one of several at once from the others. look: the harm that can be seen at any moment, by kind.
    done: whether it did what it should, undisturbed. expected: the files that may be there then.
    largest: the bytes of the largest file that it writes.
    """

    name: str
    prepare: Callable[[Path], object]
    act: Callable[[Path, int], object]
    look: Callable[[Path], Counter[str]]
    done: Callable[[Path], bool]
    expected: Callable[[Path], set[str]]
    largest: int


def harm(**kinds: bool) -> Counter[str]:
    return Counter({name.replace("_", "-"): int(happened) for name, happened in kinds.items() if happened})


def text_of(file: Path) -> str | None:
    return file.read_text(encoding="utf-8") if file.exists() else None


# Fetching, from a server and from a folder.


def no_preparation(folder: Path) -> None:
    pass


def fill_mirror(folder: Path) -> None:
    write(folder / "mirror/some/file", BODY)


def fetch(folder: Path, url: str | None) -> None:
    """url: of the server; else from the folder that is the mirror."""
    os.environ["D2LCORE_MIRROR"] = "" if url else str(folder / "mirror")  # of this fork
    files.fetch("some/file", [f"{url}/file"] if url else [], CHECKSUM, folder / "data")


def fetched(folder: Path) -> bool:
    return (folder / "data/some/file").read_bytes() == BODY


def look_at_fetched(folder: Path) -> Counter[str]:
    target = folder / "data/some/file"
    return harm(half_written=target.exists() and not fetched(folder))


# A run that saves its numbers and figures, over those of an earlier one: what `run --out` does at its end.


def save(folder: Path, number: int) -> None:
    history = d2l.History()
    history.add(epoch=1, train_loss=number)
    d2l.Result(None, history, {"one": FIGURE, "two": FIGURE}).save(folder / "run", seed=number)


def look_at_run(folder: Path) -> Counter[str]:
    """Numbers of one run that can be read, and whole pictures."""
    saved = folder / "run"
    try:
        summary = json.loads((saved / "metrics.json").read_text())["metrics"]
    except FileNotFoundError:
        return harm(lost=True)  # those of the earlier run are there until others take their place
    except ValueError:
        return harm(half_written=True)
    half, mixed = False, False
    if (table := saved / "history.csv").exists():
        with table.open(newline="") as rows:
            last = list(csv.DictReader(rows))[-1:]
        half = not last
        mixed = bool(last) and float(last[0]["train_loss"]) != summary["train_loss"]
    half |= any(not picture.read_bytes().endswith(PICTURE_END) for picture in saved.glob("*.png"))
    return harm(half_written=half, mixed=mixed)


RUN_FILES = {f"run/{name}" for name in ("metrics.json", "history.csv", "one.png", "two.png")}


# The folder of answers.


def command(line: str) -> Callable[[Path, int], int]:
    return lambda folder, number: invoke(exercise, [*line.split(), "--folder", str(folder)], "d2lcore")


def note_something(folder: Path) -> None:
    Answers(folder).note(named("softmax"), "hints", 2)


def answer(folder: Path) -> None:
    note_something(folder)
    write(Answers(folder).file(EXERCISE), MINE.encode())


def look_at_answers(folder: Path) -> Counter[str]:
    """The notes can be read and hold the earlier one; the answer is a whole stub or whole, and not gone."""
    answers = Answers(folder)
    try:
        kept = json.loads(answers.notes.read_text())["softmax"] == {"hints": 2}
    except ValueError:
        return harm(half_written=True)
    except LookupError:
        kept = False
    found = [text_of(file) for file in folder.glob("relu.py*")]
    return harm(half_written=any(text not in (MINE, EXERCISE.start) for text in found), lost=not kept)


def look_for_mine(folder: Path) -> Counter[str]:
    found = [text_of(file) for file in folder.glob("relu.py*")]
    return look_at_answers(folder) + harm(lost=MINE not in found)


def has_stub(folder: Path) -> bool:
    return text_of(Answers(folder).file(EXERCISE)) == EXERCISE.start


def answer_files(folder: Path) -> set[str]:
    return {".progress.json", *(file.name for file in folder.glob("relu.py*"))}


def scenes(url: str) -> list[Scene]:
    """url: of a server that has BODY as `file`."""
    return [
        Scene("fetch, HTTP", no_preparation, lambda folder, _: fetch(folder, url),
              look_at_fetched, fetched, lambda _: {"data/some/file"}, len(BODY)),
        Scene("fetch, folder", fill_mirror, lambda folder, _: fetch(folder, None),
              look_at_fetched, fetched, lambda _: {"data/some/file", "mirror/some/file"}, len(BODY)),
        Scene("run --out", lambda folder: save(folder, 99), save, look_at_run,
              lambda folder: files_in(folder) == RUN_FILES, lambda _: RUN_FILES, 4_800),
        Scene("exercise start", note_something, command("start relu"), look_at_answers, has_stub,
              answer_files, len(EXERCISE.start)),
        Scene("exercise check", answer, command("check relu"), look_for_mine,
              lambda folder: Answers(folder).state(EXERCISE) == "done", answer_files, 120),
        Scene("exercise reset", answer, command("reset relu"), look_for_mine, has_stub, answer_files,
              len(EXERCISE.start)),
    ]  # fmt: skip


# Processes.


def forked(work: Callable[[], object], temporary: Path, size: int | None = None) -> int:
    """A fork that does the work, silently, in a group of its own; its number.

    temporary: its folder for temporary files. size: the most bytes that a file may have.
    """
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        os.setpgid(0, 0)
        silent = os.open(os.devnull, os.O_RDWR)
        os.dup2(silent, 1)
        os.dup2(silent, 2)
        tempfile.tempdir = str(temporary)
        if size is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        code = int(work() or 0)  # type: ignore[call-overload]
    except (OSError, RuntimeError, ValueError):
        code = 2  # refused, in words
    finally:
        os._exit(code)


def ended(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


class Trial:
    """A folder in which a scene is prepared, acted, and looked at."""

    def __init__(self, scene: Scene, temporary: Path) -> None:
        self.scene, self.temporary = scene, temporary
        self.folder = Path(tempfile.mkdtemp(prefix="d2lcore-soak-"))
        self.harm = Counter[str]()
        scene.prepare(self.folder)

    def start(self, number: int = 0, size: int | None = None) -> int:
        return forked(lambda: self.scene.act(self.folder, number), self.temporary, size)

    def look(self) -> None:
        self.harm += self.scene.look(self.folder)

    def close(self) -> Counter[str]:
        """What came to harm, after the command has run once more undisturbed."""
        if ended(self.start()) == 2:
            self.harm["not recovered"] += 1
        self.look()
        try:
            self.harm["not recovered"] += not self.scene.done(self.folder)
            left = files_in(self.folder) - self.scene.expected(self.folder)
            self.harm["left behind"] += len(left)
        except OSError:
            self.harm["not recovered"] += 1
        shutil.rmtree(self.folder, ignore_errors=True)
        return self.harm


def kill(scene: Scene, times: int, temporary: Path, chance: random.Random) -> Counter[str]:
    """Kill it, running, that many times at random moments."""
    durations, killed, total = [0.05], 0, Counter[str]()
    while killed < times:
        trial = Trial(scene, temporary)
        child = trial.start()
        time.sleep(chance.uniform(0, sorted(durations)[len(durations) // 2]))
        os.kill(child, signal.SIGKILL)
        if ended(child) == -signal.SIGKILL:
            killed += 1
            trial.look()
        before = time.perf_counter()
        total += trial.close()  # with the time of a whole one
        durations.append(time.perf_counter() - before)
    return total


def crowd(scene: Scene, times: int, temporary: Path) -> Counter[str]:
    """Eight processes at once."""
    total = Counter[str]()
    for _ in range(times):
        trial = Trial(scene, temporary)
        for child in [trial.start(number) for number in range(8)]:
            ended(child)
        trial.look()
        total += trial.close()
    return total


def starve(scene: Scene, sizes: Iterable[int], temporary: Path) -> tuple[int, Counter[str]]:
    """A disk that is full after so many bytes of a file; how often the command refused, and the harm."""
    refused, total = 0, Counter[str]()
    for size in sizes:
        trial = Trial(scene, temporary)
        refused += ended(trial.start(size=size)) == 2
        trial.look()
        total += trial.close()
    return refused, total


def left_in(scene: Scene, temporary: Path) -> int:
    """How many temporary folders are still there when the command has run once more."""
    time.sleep(1.1)  # a younger folder may be another process's
    trial = Trial(scene, temporary)
    ended(trial.start())
    trial.close()
    return len(list(temporary.iterdir()))


KINDS = ("half-written", "mixed", "lost", "not recovered", "left behind")


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--kills", default=1000, show_default=True, type=click.IntRange(0), help="In all scenes together."
)
@click.option(
    "--crowds", default=100, show_default=True, type=click.IntRange(0), help="Eight at once, a scene."
)
@click.option(
    "--full", default=30, show_default=True, type=click.IntRange(0), help="Places where the disk is full."
)
@click.option("--only", multiple=True, help="This scene alone; may be repeated.")
@click.option("--seed", default=0, show_default=True, help="Of the moments.")
def main(kills: int, crowds: int, full: int, only: tuple[str, ...], seed: int) -> None:
    """Kill, crowd and starve what writes files; exit code 1 if anything came to harm."""
    chance, began = random.Random(seed), time.perf_counter()
    torch.set_num_threads(1)  # a fork has the threads of its parent no longer
    total = Counter[str]()
    with serving() as url, tempfile.TemporaryDirectory(prefix="d2lcore-soak-") as place:
        chosen = [scene for scene in scenes(url) if not only or scene.name in only]
        for i, scene in enumerate(chosen):
            temporary = Path(place) / str(i)
            temporary.mkdir()
            for line, found in hardships(
                scene, -(-kills // len(chosen)), crowds, full // len(chosen), temporary, chance
            ):
                told = ", ".join(f"{found[kind]} {kind}" for kind in KINDS)
                click.echo(f"{scene.name:15} {line:42} {told}")
                total += found
    click.echo(f"{time.perf_counter() - began:.0f} s; {total.total() or 'nothing'} came to harm")
    sys.exit(1 if total.total() else 0)


def hardships(
    scene: Scene, kills: int, crowds: int, full: int, temporary: Path, chance: random.Random
) -> Iterator[tuple[str, Counter[str]]]:
    """Each hardship of a scene in words, and the harm it did."""
    if kills:
        found = kill(scene, kills, temporary, chance)
        found["left behind"] += left_in(scene, temporary)
        yield f"killed {kills} times:", found
    if crowds:
        yield f"eight at once, {crowds} times:", crowd(scene, crowds, temporary)
    if full:
        largest = scene.largest
        sizes = [int(largest * (i + chance.random()) / full) for i in range(full)]
        refused, found = starve(scene, sizes, temporary)
        yield f"disk full at {full} places, {refused} refused:", found


@contextmanager
def serving() -> Iterator[str]:
    """The address of a server, in a process of its own, so that this one may fork."""
    connection, theirs = multiprocessing.Pipe()
    child = os.fork()
    if not child:
        server = Server()
        server.files["file"] = BODY
        theirs.send(server.url)
        server.serve_forever()
    try:
        yield connection.recv()
    finally:
        os.kill(child, signal.SIGKILL)
        ended(child)


if __name__ == "__main__":
    main()
