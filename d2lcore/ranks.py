"""Processes that train together, each with a rank: started, watched, and ended together."""

import multiprocessing
import os
import pickle
import re
import signal
import socket
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing.connection import Connection, wait
from types import ModuleType
from typing import Any, NamedTuple

import torch
import torch.distributed as dist

from .devices import get_device
from .errors import check_counts
from .process import torchrun_rank

Work = Callable[..., Iterator[Any]]
PATIENCE = timedelta(seconds=60)  # how long a process waits for another that is alive, and sends nothing
GRACE = 2.0  # seconds in which others may be heard after one that failed: it may not be the first


class RankFailed(RuntimeError):
    """One of several processes failed or was killed, and the others have been ended."""


class _Failure(NamedTuple):
    """How a process failed. lost: for want of another one, which is then the one to name."""

    text: str
    lost: bool
    trace: str = ""


class _Done:
    """Sent last, by a process that has done its work."""


def in_processes(work: Work, num_processes: int, device: str, *args: Any) -> Iterator[Any]:
    """What the first of several processes yields, while each of them does `work(device, *args)`.

    work: a generator function at the top of a module, from where a new process can import it; one in a cell
        of a notebook cannot be. The processes are a group of `torch.distributed`, which knows their ranks,
        over NCCL on GPUs and over Gloo elsewhere. What is yielded is pickled; tensors belong on the CPU.
    num_processes: 1 is this process alone, and starts none. Nor does a process that torchrun has started: it
        is one of torchrun's, however many those are.
    device: auto, cpu or cuda, where each process has a GPU of its own.
    Raises RankFailed, within seconds, if a process ends before its work does; ValueError for a device that
    is not there for each.
    """
    check_counts(num_processes=num_processes)
    if num_processes == 1:
        (mine,) = rank_devices(device, 1)
        with _group(mine, store=dist.HashStore(), rank=0, world_size=1):
            yield from work(mine, *args)
    elif torchrun_rank() is not None:
        mine = rank_devices(device, int(os.environ["LOCAL_WORLD_SIZE"]))[int(os.environ["LOCAL_RANK"])]
        with _group(mine):
            yield from work(mine, *args)
    elif work.__module__ == "__main__":
        raise ValueError(
            f"work: a new process cannot import {work.__name__} from a script or notebook; put it in a module"
        )
    else:
        yield from _from_started(work, rank_devices(device, num_processes), args)


def rank_devices(device: str, num_processes: int) -> list[torch.device]:
    """Where each process computes: on a GPU of its own, or all on the CPU.

    `auto` is the GPUs if there are enough. Raises ValueError if there are fewer than `cuda` asks for.
    """
    where, gpus = get_device(device), torch.cuda.device_count()
    if where.type == "cuda" and num_processes == 1:
        return [where]
    if where.type == "cuda" and not where.index and gpus >= num_processes:
        return [torch.device("cuda", i) for i in range(num_processes)]
    if where.type == "cpu" or device == "auto":
        return [torch.device("cpu")] * num_processes
    raise ValueError(
        f"device: {device!r} asked for, but {num_processes} processes need a CUDA device each and there are "
        f"{gpus}; use cpu, or fewer processes"
    )


@contextmanager
def _group(device: torch.device, **how: Any) -> Iterator[None]:
    """Inside, this process is one of a group. how: where it meets the others; by default torchrun says."""
    if device.type == "cuda":
        torch.cuda.set_device(device)
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=PATIENCE, **how)
    try:
        yield
    finally:
        dist.destroy_process_group()


def _from_started(work: Work, devices: Sequence[torch.device], args: tuple) -> Iterator[Any]:
    """`in_processes`, with a process started for each device, of which none is left behind."""
    context = multiprocessing.get_context("spawn")
    processes: list[Any] = []
    receivers: dict[Connection, int] = {}
    with tempfile.TemporaryDirectory(prefix="d2lcore-", ignore_cleanup_errors=True) as folder:
        try:
            for rank in range(len(devices)):
                receiver, sender = context.Pipe(duplex=False)
                given = (rank, devices, os.path.join(folder, "store"), sender, work, args)
                process = context.Process(target=_run_rank, args=given, daemon=True)
                with _without_main():
                    process.start()
                processes.append(process)
                sender.close()  # ours: theirs alone is open now, and closes when the process ends
                receivers[receiver] = rank
            yield from _heard(processes, receivers)
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.join(GRACE)
                process.kill()  # if it would not end
                process.join()


@contextmanager
def _without_main() -> Iterator[None]:
    """Inside, a process that is started does not first run the script or notebook of this one again."""
    real = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = real


def _heard(processes: Sequence[Any], receivers: Mapping[Connection, int]) -> Iterator[Any]:
    """What the processes send, until all have ended. Raises RankFailed."""
    failures: dict[int, _Failure] = {}
    done: set[int] = set()
    still, deadline = dict(receivers), float("inf")
    while still and time.monotonic() < deadline:
        for receiver in wait(list(still), GRACE):
            rank = still[receiver]  # type: ignore[index]
            try:
                message = pickle.loads(receiver.recv_bytes())  # type: ignore[union-attr]
            except (EOFError, OSError):  # it has ended; what it sent before has been read
                del still[receiver]  # type: ignore[arg-type]
                if rank not in failures | dict.fromkeys(done):
                    processes[rank].join()
                    failures[rank] = _Failure(_end(processes[rank].exitcode), lost=False)
                continue
            if isinstance(message, _Failure):
                failures[rank] = message
            elif isinstance(message, _Done):
                done.add(rank)
            else:
                yield message
        if failures:
            deadline = min(deadline, time.monotonic() + GRACE)
    if failures:
        rank = min(failures, key=lambda one: failures[one].lost)
        line = f"process {rank} of {len(processes)} {failures[rank].text}; the others were ended"
        raise RankFailed(line) from (RuntimeError(failures[rank].trace) if failures[rank].trace else None)


def _end(code: int) -> str:
    if code >= 0:
        return f"ended with exit code {code} before its work was done"
    name = next((one.name for one in signal.Signals if one == -code), f"signal {-code}")
    return f"was killed by {name}"


def _run_rank(
    rank: int, devices: Sequence[torch.device], store: str, sender: Connection, work: Work, args: tuple
) -> None:
    """The life of a started process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all; the process that started us ends us
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if loopback := [name for _, name in socket.if_nameindex() if name in ("lo", "lo0")]:
        os.environ.setdefault("GLOO_SOCKET_IFNAME", loopback[0])  # needs no network, nor a name of this host
    if devices[rank].type == "cpu":  # all of them together have the cores that there are
        torch.set_num_threads(max(1, min(torch.get_num_threads(), (os.cpu_count() or 1) // len(devices))))
    meeting = {"store": dist.FileStore(store, len(devices)), "rank": rank, "world_size": len(devices)}
    with _reporting(sender), _group(devices[rank], **meeting), _reporting(sender):
        for value in work(devices[rank], *args):
            if rank == 0:
                sender.send_bytes(pickle.dumps(value))
        sender.send_bytes(pickle.dumps(_Done()))


@contextmanager
def _reporting(sender: Connection) -> Iterator[None]:
    """An error inside is sent, and ends the process at once."""
    try:
        yield
    except BaseException as error:
        text = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        lost = re.search(r"by peer|[Bb]roken pipe|[Tt]imed out|remote process|recvBytes", text) is not None
        said = f"lost touch with another ({text[:80]}...)" if lost else f"failed with {text}"
        failure = _Failure(said, lost, traceback.format_exc())
        sender.send_bytes(pickle.dumps(failure))
        os._exit(1)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
