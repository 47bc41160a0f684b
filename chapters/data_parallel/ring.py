# %% [markdown]
# # All-reduce in a ring (环形全归约)
# Every process gets the sum over all of them, and none sends more than two tensors for it.
#
# Book 12.5 and 12.7. Run: `python -m chapters.data_parallel ring`, 1 s on one core.
# Of 4 processes each sends 1.5 tensors, in 6 rounds.

# %%
from collections.abc import Sequence

import torch
import torch.distributed as dist
from jaxtyping import Float
from torch import Tensor

import d2lcore as d2l
from chapters.figures.data_parallel import draw_ring

# %% [markdown]
# ## Around the ring
# In the book's `allreduce` everything goes through device 0: of $k$ devices it receives $k - 1$ tensors, and
# sends $k - 1$. In a ring each process sends to the next one only, the last to the first, and all lines are
# busy at once. Cut the tensor into $k$ chunks. In round $i$ process $r$ sends chunk $r - i$ (modulo $k$), the
# one that came last.
#
# - **Reduce-scatter**, rounds 0 to $k - 2$: the next process *adds* what comes to its own chunk. At the end
#   each process has one chunk that is the sum of all.
# - **All-gather**, $k - 1$ rounds more: the sums go around, and the next process *takes* what comes.
#
# Each process sends $2 (k - 1)$ chunks of $1/k$ of the tensor: less than two tensors, for any $k$.


# %%
def ring_round(chunks: Sequence[Sequence[Tensor]], i: int) -> None:
    """Round i of the ring, from 0 to 2 k - 3, in place; chunks[r][c] is chunk c of process r."""
    k = len(chunks)
    for r in range(k):
        c, following = (r - i) % k, (r + 1) % k
        if i < k - 1:
            chunks[following][c].add_(chunks[r][c])
        else:
            chunks[following][c].copy_(chunks[r][c])


def ring(*, num_processes: int = 4) -> d2l.Result:
    """Follow the chunks around the ring; each counts how many processes are in its sum."""
    d2l.check_counts(num_processes=num_processes)
    counts = [torch.ones(num_processes, num_processes)]  # a row for each process
    for i in range(2 * (num_processes - 1)):
        counts.append(counts[-1].clone())
        ring_round([list(row) for row in counts[-1]], i)  # views: the table changes with them
    metrics = {"rounds": len(counts) - 1, "tensors sent by each": (len(counts) - 1) / num_processes}
    return d2l.Result(figures={"ring": draw_ring(counts)}, metrics=metrics)


# %% [markdown]
# ## Between processes
# Now each process runs the same program, and has its own chunks. `torch.distributed` knows its number, the
# rank, and how many there are, the world size. Each sends and receives at once: if all sent first, nobody
# would receive.


# %%
def ring_allreduce(x: Float[Tensor, " m"]) -> int:
    """x becomes the sum of the x of all processes, in place; gives the bytes that this one has sent."""
    rank, k, sent = dist.get_rank(), dist.get_world_size(), 0
    chunks = x.tensor_split(k)
    for i in range(2 * (k - 1)):
        out, into = chunks[(rank - i) % k], chunks[(rank - i - 1) % k]
        came = torch.empty_like(into)
        both = [dist.P2POp(dist.isend, out, (rank + 1) % k), dist.P2POp(dist.irecv, came, (rank - 1) % k)]
        for transfer in dist.batch_isend_irecv(both):
            transfer.wait()
        into.copy_(into + came if i < k - 1 else came)
        sent += out.numel() * out.element_size()
    return sent


# %%
if __name__ == "__main__":
    d2l.run_chapter("data_parallel", ring)
