# %% [markdown]
# # Training in several processes (多进程训练)
# Each process trains on its share of every batch; they stay alike, because all take the same steps.
#
# Book 12.5. Run: `python -m chapters.data_parallel [scratch|concise]`, or for PyTorch's own launcher
# `torchrun --nproc-per-node 2 -m chapters.data_parallel concise`.
# On Fashion-MNIST, 2 epochs, two processes have the losses of one: they differ by less than 0.00001.

# %%
from collections.abc import Callable, Iterator
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

import d2lcore as d2l
from chapters.data_parallel.parts import follow, sums
from chapters.data_parallel.ring import ring_allreduce
from chapters.figures.data_parallel import draw_training
from chapters.mlp import MLP
from chapters.softmax_regression import inputs_and_classes
from d2lcore.errors import check_learning_rate
from d2lcore.ranks import in_processes
from d2lcore.training import check_loss

# %% [markdown]
# ## From scratch
# The step of one process is that of `train_batch`, but the other parts are elsewhere. So the sums are added
# up over the ring. It gives back the summed loss of the whole batch, and its number of examples.


# %%
Step = Callable[[Tensor, Tensor], Tensor]


def by_ring(net: nn.Module, lr: float) -> Step:
    """The step of SGD that a process takes from its share (X, y) of a batch; it gives (loss, n) of all."""
    params = list(net.parameters())

    def step(X: Tensor, y: Tensor) -> Tensor:
        summed = sums(params, X, y)
        ring_allreduce(summed)
        return follow(params, summed, lr)

    return step


# %% [markdown]
# One seed gives all processes the same first weights and the same order of the examples. Of each batch,
# `share` gives process `rank` its part: together the parts are the batch of one process alone. All add the
# same sums to the same weights. So the weights stay the same, and nobody has to send any.


# %%
def train_share(
    device: torch.device, how: Callable[[nn.Module, float], Step], num_hiddens: int, lr: float,
    num_epochs: int, batch_size: int, data: str, seed: int,
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """What each process does: yields the numbers of each epoch, then each step's loss and the weights."""
    share = (dist.get_rank(), dist.get_world_size())
    train_iter, test_iter = d2l.load_data(data, batch_size, device=device, share=share)
    num_inputs, num_outputs = inputs_and_classes(train_iter)
    d2l.seed_everything(seed)
    net = MLP(num_inputs, num_hiddens, num_outputs).to(device, torch.float64)
    step, losses = how(net, lr), []
    for _ in range(num_epochs):
        numbers = torch.stack([step(X.double(), y) for X, y in train_iter]).cpu()
        losses += (numbers[:, 0] / numbers[:, 1]).tolist()
        l, n = numbers.sum(dim=0).tolist()
        test_acc = d2l.evaluate_accuracy(lambda X: net(X.double()), test_iter)
        yield {"train_loss": l / n, "test_acc": test_acc}
    yield {"losses": losses, "weights": {name: one.cpu() for name, one in net.state_dict().items()}}


# %% [markdown]
# `in_processes` starts the processes, and hands on what the first one yields. If one of them dies, it ends
# the others and says which it was. A new process imports the function it is to run. That cannot be one of a
# notebook's cell, so `train_together` takes it from this page as a module: what you change in a cell, the
# processes do not see.
#
# The figure compares the loss of each batch with that of one process. The same numbers are added in another
# order, so they may be rounded otherwise. The page computes in float64, where the difference stays below
# 1e-15 for all 470 steps; no difference at all is drawn at 1e-17. In float32 it was 1e-7 for the first
# hundred steps, and then grew: after 400 steps single batches were up to 3e-4 apart, and in one run the
# means of an epoch 1.1e-5.
#
# Without GPUs all of them are on the CPU, and talk over Gloo; on GPUs each has its own, and they talk over
# NCCL. (The numbers here are from CPUs; the project has not been run on several GPUs.)


# %%
def train_together(
    how: str, num_processes: int, num_hiddens: int, lr: float, num_epochs: int, batch_size: int, data: str,
    device: str, seed: int,
) -> d2l.Result:  # fmt: skip
    """Train in several processes, and once more in this one alone."""
    from chapters.data_parallel import training as page

    check_learning_rate(lr)
    d2l.load_data(data, batch_size)  # what is wrong with these is said before a process is started
    args = (device, getattr(page, how), num_hiddens, lr, num_epochs, batch_size, data, seed)
    numbers = in_processes(page.train_share, num_processes, *args)

    def run_epoch(epoch: int) -> dict[str, float]:
        row = next(numbers)
        check_loss(row["train_loss"], (), epoch, lr, highest=1e6)
        return row

    history = d2l.train_epochs(num_epochs, run_epoch)
    (end,) = numbers
    *rows, end_alone = in_processes(page.train_share, 1, *args)
    apart = [abs(one["train_loss"] - row["train_loss"]) for one, row in zip(rows, history, strict=True)]
    metrics = {**history[-1], "largest difference from one process": max(apart)}
    figure = draw_training(num_processes, end["losses"], end_alone["losses"])
    return d2l.Result(None, history, {"training": figure}, metrics, end["weights"])


def scratch(
    *, num_processes: int = 2, num_hiddens: int = 256, lr: float = 0.1, num_epochs: int = 2,
    batch_size: int = 256, data: str = "fashion_mnist", device: str = "auto", seed: int = 0,
) -> d2l.Result:  # fmt: skip
    """A training over the ring, beside that of one process.

    num_processes: that train together
    """
    knobs = (num_processes, num_hiddens, lr, num_epochs, batch_size, data, device, seed)
    return train_together("by_ring", *knobs)


# %% [markdown]
# ## Concise
# `DistributedDataParallel` wraps the net, and adds up the gradients during `backward`: those of the last
# layers are on their way while those of the first are computed. But it takes the *plain* mean over the $k$
# processes. To get the mean over the $n$ examples, multiply the summed loss of a share by $k / n$.


# %%
def by_ddp(net: nn.Module, lr: float) -> Step:
    """The same step with PyTorch's own parts."""
    parallel = nn.parallel.DistributedDataParallel(net)
    updater = torch.optim.SGD(net.parameters(), lr)

    def step(X: Tensor, y: Tensor) -> Tensor:
        l = nn.functional.cross_entropy(parallel(X), y, reduction="sum")
        numbers = torch.stack([l.detach(), l.new_tensor(len(y))])
        dist.all_reduce(numbers)
        updater.zero_grad()
        (l * dist.get_world_size() / numbers[1]).backward()
        updater.step()
        return numbers

    return step


# %% [markdown]
# `torchrun` starts such processes from a shell, on one machine or on many, and tells each its rank. In a
# process of torchrun's, `in_processes` starts none: each is one of those, and the first one saves.


# %%
def concise(
    *, num_processes: int = 2, num_hiddens: int = 256, lr: float = 0.1, num_epochs: int = 2,
    batch_size: int = 256, data: str = "fashion_mnist", device: str = "auto", seed: int = 0,
) -> d2l.Result:  # fmt: skip
    """The same training with DistributedDataParallel, from the same first weights."""
    knobs = (num_processes, num_hiddens, lr, num_epochs, batch_size, data, device, seed)
    return train_together("by_ddp", *knobs)


# %%
if __name__ == "__main__":
    d2l.run_chapter("data_parallel", scratch, concise)
