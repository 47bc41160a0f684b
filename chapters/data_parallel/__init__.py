# %% [markdown]
# # Data-parallel training (数据并行)
# Several processes train one network: each takes a part of every batch, and they add up their gradients.
#
# Beyond the notes, which stay on one device; book 12.5. Run: `python -m chapters.data_parallel [VARIANT]`.
# VARIANT is `parts`, `ring`, `scratch`, `concise` or `costs`.
# On Fashion-MNIST, 2 epochs, two processes have the losses of one: they differ by less than 0.00001.
#
# Read the modules in this order:
#
# - `parts`: the gradient of a batch from those of its parts, and the book's version for several devices.
# - `ring`: how processes add up a tensor, so that none of them has more to send than the others.
# - `training`: a training from scratch on it, and concise with `DistributedDataParallel`.
# - `costs`: what it costs, measured, and when it pays.

# %%
from chapters.data_parallel.parts import allreduce, mean_of_parts, split_batch, train_batch
from chapters.data_parallel.ring import ring_allreduce, ring_round

__all__ = ["allreduce", "mean_of_parts", "ring_allreduce", "ring_round", "split_batch", "train_batch"]
