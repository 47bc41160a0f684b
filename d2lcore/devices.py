"""Which device to compute on."""

import os
from typing import Any

import torch
from torch import nn

_CHOICES = "auto, cpu, cuda, cuda:N or mps"


def try_gpu(i: int = 0) -> torch.device:
    """The `i`-th CUDA device; without it Apple's MPS (for `i` = 0), else the CPU.

    The environment variable D2LCORE_DEVICE overrides the choice. Raises ValueError for a negative `i`.
    """
    if isinstance(i, bool) or not isinstance(i, int):
        raise TypeError(f"i: expected a whole number, got {i!r}")
    if i < 0:
        raise ValueError(f"i: device numbers start at 0, got {i}")
    if forced := os.environ.get("D2LCORE_DEVICE"):
        return get_device(forced, source="D2LCORE_DEVICE")
    if torch.cuda.device_count() > i:
        return torch.device("cuda", i)
    if i == 0 and torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def try_all_gpus() -> list[torch.device]:
    """Every CUDA device, or `[cpu]` when there is none."""
    return [torch.device("cuda", i) for i in range(torch.cuda.device_count())] or [torch.device("cpu")]


def get_device(spec: str | torch.device = "auto", *, source: str = "device") -> torch.device:
    """The device that `spec` names: auto (see `try_gpu`), cpu, cuda, cuda:N or mps.

    Raises ValueError, naming `source`, when `spec` is none of these or this machine has no such device.
    """
    name = str(spec).strip().lower()
    if name == "auto" and source == "device":
        return try_gpu()
    try:
        device = torch.device(name)
    except RuntimeError:
        device = None
    numbered = device is not None and device.type != "cuda" and device.index
    if device is None or device.type not in ("cpu", "cuda", "mps") or numbered:
        raise ValueError(f"{source}: {spec!r} is not a device; choose {_CHOICES}")
    if device.type == "cuda":
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if count <= (device.index or 0):
            have = f"{count} CUDA device(s)" if count else "no CUDA device"
            raise ValueError(
                f"{source}: {name!r} asked for, but torch {torch.__version__} sees {have} here; "
                "use auto or cpu (`d2lcore doctor` says more)"
            )
        return torch.device("cuda", device.index or 0)
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise ValueError(f"{source}: 'mps' asked for, but this machine has no Apple GPU that torch can use")
    return device


def device_of(net: Any, updater: Any = None) -> torch.device | None:
    """Where the parameters of `net` are, else those that `updater` changes; None if neither has any."""
    groups = [net.parameters()] if isinstance(net, nn.Module) else []
    if isinstance(updater, torch.optim.Optimizer):
        groups += [group["params"] for group in updater.param_groups]
    return next((parameter.device for group in groups for parameter in group), None)
