"""Every optimizer that a chapter writes by hand beside its twin of torch, step by step from one start.

Run: `python -m d2lcourse.experiments.optimizer_twins`.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor

import d2lcore as d2l
from chapters import adam as adaptive
from chapters import minibatch_and_momentum as plain

F64 = torch.float64


class Twin(NamedTuple):
    """A function of a chapter with its hyperparameters, and the same optimizer of torch."""

    trainer: Callable[..., None]
    hyperparams: Mapping[str, Any]
    optimizer: Callable[..., torch.optim.Optimizer]


_MOMENTUM = {"lr": 0.02, "momentum": 0.9}
_ADAM = {"lr": 0.01, "beta1": 0.9, "beta2": 0.999, "t": 1}


def twins() -> dict[str, Twin]:
    """By the name of the chapter's function, which is looked up anew at every call."""
    eps = adaptive.EPS
    return {
        "sgd": Twin(plain.sgd, {"lr": 0.05}, partial(torch.optim.SGD, lr=0.05)),
        "sgd_momentum": Twin(plain.sgd_momentum, _MOMENTUM, partial(torch.optim.SGD, lr=0.02, momentum=0.9)),
        "nesterov": Twin(plain.nesterov, _MOMENTUM,
                         partial(torch.optim.SGD, lr=0.02, momentum=0.9, nesterov=True)),
        "adagrad": Twin(adaptive.adagrad, {"lr": 0.1}, partial(torch.optim.Adagrad, lr=0.1, eps=eps)),
        "rmsprop": Twin(adaptive.rmsprop, {"lr": 0.01, "gamma": 0.9},
                        partial(torch.optim.RMSprop, lr=0.01, alpha=0.9, eps=eps)),
        "adam": Twin(adaptive.adam, _ADAM, partial(torch.optim.Adam, lr=0.01, eps=eps)),
    }  # fmt: skip


def first_params() -> list[Tensor]:
    """Random w (5, 1) and b (1,), float64."""
    return [torch.randn(5, 1, dtype=F64), torch.randn(1, dtype=F64)]


def uneven(params: Sequence[Tensor], t: int) -> Tensor:
    """The loss of batch t: curvatures that differ by a factor of a thousand, and X that t alone decides."""
    w, b = params
    source = torch.Generator().manual_seed(t)
    X = torch.randn(10, 5, dtype=F64, generator=source) * torch.logspace(-1, 0.5, 5, dtype=F64)
    return ((X @ w + b - X.sum(dim=1, keepdim=True).sin()) ** 2).mean() / 2


def our_steps(
    trainer: Callable[..., None],
    hyperparams: Mapping[str, Any],
    start: Sequence[Tensor],
    num_steps: int = 100,
) -> Tensor:
    """w and b after every step by a function of a chapter, shape (num_steps, 6)."""
    params, knobs, path = [one.clone().requires_grad_() for one in start], dict(hyperparams), []
    states = adaptive.first_states(trainer, params)
    for t in range(num_steps):
        uneven(params, t).backward()
        trainer(params, states, knobs)
        path.append(torch.cat([param.detach().flatten() for param in params]))
    return torch.stack(path)


def torchs_steps(
    optimizer: Callable[..., torch.optim.Optimizer], start: Sequence[Tensor], num_steps: int = 100
) -> Tensor:
    """The same by an optimizer of torch."""
    params, path = [one.clone().requires_grad_() for one in start], []
    updater = optimizer(params)
    for t in range(num_steps):
        d2l.step(uneven(params, t), updater, 10)
        path.append(torch.cat([param.detach().flatten() for param in params]))
    return torch.stack(path)


def optimizer_twins(*, num_steps: int = 100, seed: int = 0) -> d2l.Result:
    """The largest difference of a parameter from torch's, in any step of each optimizer.

    num_steps: steps of each
    seed: of the start
    """
    d2l.check_counts(num_steps=num_steps)
    d2l.seed_everything(seed)
    start, metrics = first_params(), {}
    for name, (trainer, hyperparams, optimizer) in twins().items():
        apart = our_steps(trainer, hyperparams, start, num_steps) - torchs_steps(optimizer, start, num_steps)
        metrics[name] = float(apart.abs().max())
    metrics["largest difference"] = max(metrics.values())
    return d2l.Result(metrics=metrics)


if __name__ == "__main__":
    d2l.run_chapter("optimizer_twins", optimizer_twins)
