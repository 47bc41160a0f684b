"""What processes of the tests do: a new process imports it by its name."""

import os
import signal
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import torch
import torch.distributed as dist

from chapters.data_parallel import parts, ring, training


def compared(device: torch.device, runs: tuple[tuple, ...]) -> Iterator[Any]:
    """For each run, (how, then what `train_share` takes), the rows it yields, and at every step the largest
    difference between the gradient that the step follows and that of one process: of the whole batch, at the
    same weights, by torch's own functions.
    """
    for how, *knobs in runs:
        apart: list[float] = []
        rows = list(training.train_share(device, partial(watched, how, apart), *knobs, 0))
        yield rows, apart


def watched(how: str, apart: list[float], net: torch.nn.Module, lr: float) -> training.Step:
    """The step called `how`, which puts into `apart` how far its gradient is from that of one process."""
    start, params, followed = getattr(training, how), list(net.parameters()), []
    step = start(net, lr)

    def follow(params: Any, summed: torch.Tensor, lr: float) -> torch.Tensor:
        followed.append(summed[:-2] / summed[-1])
        return parts.follow(params, summed, lr)

    def watch(X: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        shares: list[Any] = [None] * dist.get_world_size()
        dist.all_gather_object(shares, (X, y))
        if dist.get_rank() == 0:
            whole, labels = (torch.cat(column) for column in zip(*shares, strict=True))
            alone = torch.autograd.grad(torch.nn.functional.cross_entropy(net(whole), labels), params)
            expected = torch.cat([grad.flatten() for grad in alone])
        training.follow = follow
        numbers = step(X, y)
        taken = followed.pop() if how == "by_ring" else torch.cat([param.grad.flatten() for param in params])
        if dist.get_rank() == 0:
            apart.append(float((taken - expected).abs().max()))
        return numbers

    return watch


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
    import ranks_at_work

    from d2lcore.ranks import in_processes

    for value in in_processes(ranks_at_work.pids, 2, "cpu"):
        print(*value, flush=True)
