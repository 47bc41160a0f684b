"""What processes of the tests do: a new process imports it by its name."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from typing import Any

import torch
import torch.distributed as dist

from chapters.data_parallel import ring, training


def seen_gradients(device: torch.device, runs: tuple[tuple, ...]) -> Iterator[Any]:
    """For each run, (how, what `train_share` takes): the mean gradient at every step, and the rows.

    Here `how` is the name of the step, and the gradients are those that its parameters are moved by.
    """
    for how, num_hiddens, lr, num_epochs, batch_size, data in runs:
        seen: list[torch.Tensor] = []
        knobs = (num_hiddens, lr, num_epochs, batch_size, data, 0)
        rows = list(training.train_share(device, watched(how, lr, seen), *knobs))
        yield torch.stack(seen), rows


def watched(how: str, lr: float, seen: list[torch.Tensor]) -> Any:
    """The step called `how`, which puts into `seen` what it moves the parameters by, over -lr."""

    def start(net: torch.nn.Module, lr: float) -> Any:
        step = getattr(training, how)(net, lr)

        def watch(X: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
            before = torch.nn.utils.parameters_to_vector(net.parameters()).double()
            numbers = step(X, y)
            after = torch.nn.utils.parameters_to_vector(net.parameters()).double()
            seen.append(((before - after) / lr).detach().float())
            return numbers

        return watch

    return start


def doomed(device: torch.device, end: str) -> Iterator[int]:
    """All-reduce for ever; in the fourth round process 1 comes to its end."""
    for i in range(10**9):
        ring.ring_allreduce(torch.ones(1000))
        yield i
        if i == 3 and dist.get_rank() == 1:
            if end == "killed":
                os.kill(os.getpid(), signal.SIGKILL)
            if end == "raises":
                raise ValueError("the labels\nare missing")
            if end == "exits":
                os._exit(0)


def pids(device: torch.device) -> Iterator[int]:
    """The number of the first process, and then work without an end."""
    mine = torch.tensor(
        [os.getpid() if rank == dist.get_rank() else 0 for rank in range(dist.get_world_size())]
    )
    dist.all_reduce(mine)
    yield mine.tolist()
    while True:
        time.sleep(1)


if __name__ == "__main__":  # started by a test, which kills it
    from d2lcore.ranks import in_processes

    for value in in_processes(pids, 2, "cpu"):
        print(*value, flush=True)
        sys.stdout.flush()
