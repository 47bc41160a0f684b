# %% [markdown]
# # What it costs, and when it pays (代价与收益)
# The gradients are sent at every step, however small the batch: large batches pay, small ones do not.
#
# Book 12.5. Run: `python -m chapters.data_parallel costs`.
# Each of two processes sends 814,128 bytes a step.

# %%
from collections.abc import Iterator, Sequence

import torch
import torch.distributed as dist

import d2lcore as d2l
from chapters.data_parallel.parts import follow, sums
from chapters.data_parallel.ring import ring_allreduce
from chapters.figures.data_parallel import draw_costs
from chapters.mlp import MLP
from d2lcore.ranks import in_processes

# %% [markdown]
# ## A step, taken apart
# Say one process takes $t(n)$ seconds for the gradients of $n$ examples, and an all-reduce takes $c$. Then
# $k$ processes take $t(n/k) + c$. It pays if that is less than $t(n)$: if the seconds that are saved are more
# than those spent on sending. $t$ grows with the batch. $c$ does not, since the gradients are as large for
# any batch: they have one number for each parameter.
#
# So time both: one process with one thread, and $k$ of them. Each of the $k$ has its part of the examples.


# %%
def time_steps(
    device: torch.device, batch_sizes: Sequence[int], num_steps: int
) -> Iterator[dict[str, float]]:
    """What each process does: yields, for each size of batch, what the fastest step took and sent."""
    rank, k = dist.get_rank(), dist.get_world_size()
    params = list(MLP(784, 256, 10).to(device).parameters())
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    for batch_size in batch_sizes:
        X = torch.rand(batch_size, 784, device=device).tensor_split(k)[rank]
        y = torch.zeros(len(X), dtype=torch.long, device=device)
        whole, sending = d2l.Timer(), d2l.Timer()
        for _ in range(num_steps):
            whole.start()
            summed = sums(params, X, y)
            float(summed[-1])  # to read a number is to wait for a GPU
            sending.start()
            sent = ring_allreduce(summed)
            sending.stop()
            float(follow(params, summed, 0.1)[0])
            whole.stop()
        yield {"seconds": min(whole.times), "all-reduce": min(sending.times), "bytes": sent}
    torch.set_num_threads(threads)


# %% [markdown]
# A gradient in float32 has 814,128 bytes here, and each of two processes sends half of it in each of two
# rounds. With 16 images in the batch it sends 100,000 bytes for each of its own 8, over thirty times those
# of the image. With 4,096 in the batch it sends 400 for each.
#
# Measured on two cores, beside other work: a step of one process takes 0.7 ms for 16 images, 3.3 ms for 256
# and 49 ms for 4,096. The all-reduce takes about 1.2 ms for each of them. By the formula it does not pay for
# 16 images (at most 0.35 ms are saved), and does for 1,024. The figure shows what your machine makes of it;
# where another program takes one of the cores, two processes are no faster at all. And on one machine
# threads are an easier way to use two cores. Processes are for several GPUs, and for several machines: there
# the line is slower, and the batch must be larger.


# %%
def costs(
    *, batch_sizes: tuple[int, ...] = (16, 64, 256, 1024, 4096), num_steps: int = 40, num_processes: int = 2,
    device: str = "auto",
) -> d2l.Result:  # fmt: skip
    """Time a step of one process and of several, over the size of the batch.

    batch_sizes: examples of all processes together
    num_steps: of which the fastest counts
    num_processes: that share a batch
    """
    from chapters.data_parallel import costs as page

    alone, together = (
        list(in_processes(page.time_steps, k, device, batch_sizes, num_steps)) for k in (1, num_processes)
    )
    speedups = [one["seconds"] / several["seconds"] for one, several in zip(alone, together, strict=True)]
    metrics = {"bytes sent by each": together[0]["bytes"]}
    metrics |= {f"times faster, {size} examples": x for size, x in zip(batch_sizes, speedups, strict=True)}
    return d2l.Result(figures={"costs": draw_costs(batch_sizes, alone, together, speedups)}, metrics=metrics)


# %%
if __name__ == "__main__":
    d2l.run_chapter("data_parallel", costs)
