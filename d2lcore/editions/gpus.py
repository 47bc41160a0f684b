"""Devices by the names of edition 1.0 (6.7)."""

import torch


def cpu() -> torch.device:
    """The CPU."""
    return torch.device("cpu")


def gpu(i: int = 0) -> torch.device:
    """The `i`-th CUDA device, whether there is one or not: `try_gpu` looks."""
    return torch.device(f"cuda:{i}")


def num_gpus() -> int:
    """How many CUDA devices there are."""
    return torch.cuda.device_count()
