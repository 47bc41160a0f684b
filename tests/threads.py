"""Several ranks in one process, each a thread: what the ring needs of torch.distributed, for quick tests."""

import queue
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

from torch import Tensor


class Transfer(NamedTuple):
    """A P2POp, and what waits for it."""

    op: str
    tensor: Tensor
    peer: int
    line: Any = None

    def wait(self) -> None:
        if self.op == "irecv":
            try:
                self.tensor.copy_(self.line.get(timeout=2))
            except (queue.Empty, RuntimeError) as error:
                raise AssertionError(f"nothing that fits came from {self.peer}") from error


class Threads:
    """Stands in for the module torch.distributed where `k` threads are the ranks. sent: elements, by rank."""

    isend, irecv, P2POp = "isend", "irecv", Transfer

    def __init__(self, k: int) -> None:
        self.k, self.local = k, threading.local()
        self.lines = {(a, b): queue.Queue() for a in range(k) for b in range(k)}
        self.sent = [0] * k

    def get_rank(self) -> int:
        return self.local.rank

    def get_world_size(self) -> int:
        return self.k

    def batch_isend_irecv(self, ops: list[Transfer]) -> list[Transfer]:
        rank, begun = self.get_rank(), []
        for one in ops:
            if one.op == "isend":
                self.lines[rank, one.peer].put(one.tensor.clone())
                self.sent[rank] += one.tensor.numel()
                begun.append(one)
            else:
                begun.append(one._replace(line=self.lines[one.peer, rank]))
        return begun

    def run(self, work: Callable[[int], Any]) -> list[Any]:
        """What `work(rank)` gives in each thread; the error of one is raised."""
        results: list[Any] = [None] * self.k
        errors: list[BaseException] = []

        def live(rank: int) -> None:
            self.local.rank = rank
            try:
                results[rank] = work(rank)
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=live, args=(rank,)) for rank in range(self.k)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        if errors:
            raise errors[0]
        return results
