"""An optimizer of the chapters beside its twin of torch, step by step from the same start."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import torch

import d2lcore as d2l

F64 = torch.float64


def torchs_steps(optimizer: Callable, start: list[torch.Tensor], num_steps: int) -> list[torch.Tensor]:
    """The parameters after every step on `uneven`, w and b in one tensor."""
    params = [one.clone().requires_grad_() for one in start]
    updater, path = optimizer(params), []
    for t in range(num_steps):
        updater.zero_grad()
        uneven(params, t).backward()
        updater.step()
        path.append(torch.cat([param.detach().flatten() for param in params]))
    return path


def our_steps(
    trainer: Callable, states: list[Any], knobs: dict[str, Any], start: list[torch.Tensor], num_steps: int
) -> list[torch.Tensor]:
    params, path = [one.clone().requires_grad_() for one in start], []
    knobs = dict(knobs)
    for t in range(num_steps):
        uneven(params, t).backward()
        trainer(params, states, knobs)
        assert not any(param.grad.any() for param in params)
        path.append(torch.cat([param.detach().flatten() for param in params]))
    return path


def uneven(params: list[torch.Tensor], t: int) -> torch.Tensor:
    """A loss whose curvatures differ, with noise that depends on the step alone."""
    generator = torch.Generator().manual_seed(t)
    w, b = params
    X = torch.randn(10, 5, dtype=F64, generator=generator) * torch.logspace(-1, 0.5, 5, dtype=F64)
    return ((X @ w + b - X.sum(dim=1, keepdim=True).sin()) ** 2).mean() / 2


def first_params() -> list[torch.Tensor]:
    return [torch.randn(5, 1, dtype=F64), torch.randn(1, dtype=F64)]


@contextmanager
def like_airfoil(n: int = 300) -> Iterator[None]:
    """Inside, `d2l.get_data_ch11` gives `n` rows of noise about a plane, in five features."""

    def get_data(batch_size: int = 10) -> tuple[d2l.Batches, int]:
        generator = torch.Generator().manual_seed(0)
        X, noise = torch.randn(n, 5, generator=generator), torch.randn(n, generator=generator)
        return d2l.load_array((X, X @ torch.linspace(-1, 1, 5) + 0.5 * noise), batch_size), 5

    with mock.patch.object(d2l, "get_data_ch11", get_data):
        yield
