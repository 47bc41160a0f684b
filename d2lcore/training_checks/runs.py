"""Short trainings from the state that was found: as the reader trains, and with one thing changed."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from ..metrics import evaluating, move
from .setting import Data, Setting

Change = Callable[[Tensor], Tensor]


@dataclass
class Run:
    """losses: of each batch, as computed by the given loss. train_loss, test_loss: afterwards."""

    losses: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    sizes: list[float] = field(default_factory=list)  # of each update, beside the parameters
    first_bad: int | None = None  # the step whose loss was not finite
    sound_before: bool = True  # whether parameters were finite when that loss was computed
    bad_output: float = math.nan  # the largest output, in size, for the batch of that loss
    train_loss: float = math.nan
    test_loss: float = math.nan
    seconds: float = 0.0
    outputs: list[Tensor] = field(default_factory=list)  # of the training batches, afterwards
    reported: float | None = None  # by the reader's own evaluation
    honest: dict[str, float] = field(default_factory=dict)  # figures computed beside it

    @property
    def finite(self) -> bool:
        return self.first_bad is None and math.isfinite(self.train_loss)

    def better_than(self, other: "Run", factor: float) -> bool:
        """Whether this one ended at a loss `factor` times lower."""
        if not self.finite:
            return False
        return not other.finite or self.train_loss < other.train_loss / factor


def mean_loss(
    setting: Setting,
    data: Data,
    most: int = 1024,
    change_X: Change | None = None,
    change_y: Change | None = None,
) -> float:
    """The mean loss of an example of the first batches, in evaluation mode; NaN if it cannot be computed."""
    total = count = 0.0
    with evaluating(setting.net):
        for X, y in data.batches:
            X, y = move(X.clone(), setting.device), move(y.clone(), setting.device)
            X = X if change_X is None else change_X(X)
            y = y if change_y is None else change_y(y)
            try:
                total += float(setting.mean_loss(X, y)) * len(y)
            except Exception:  # labels that the loss cannot take: a rule says so
                return math.nan
            count += len(y)
            if count >= most:
                break
    return total / count if count else math.nan


def train(
    setting: Setting,
    params: list[Tensor],
    steps: int,
    *,
    scale: float = 1.0,
    prepare: Callable[[], Any] | None = None,
    change_X: Change | None = None,
    change_y: Change | None = None,
    step: Callable[[Tensor, Tensor], Any] | None = None,
    finish: Callable[[Run], Any] | None = None,
    deadline: float = math.inf,
) -> Run:
    """`steps` steps from the state that was found, which is there again afterwards.

    scale: the parameters move so many times as far. prepare: called at first, to change the set-up.
    change_X, change_y: of every batch. step: in place of the reader's. finish: called before all is restored.
    """
    run, begun = Run(), time.perf_counter()
    take = step or setting.take_step
    with setting.untouched():
        if prepare is not None:
            prepare()
        setting.begin_epoch()
        for i in range(steps):
            X, y = setting.batch(i)
            X = X if change_X is None else change_X(X)
            y = y if change_y is None else change_y(y)
            before = [p.detach().clone() for p in params]
            value = _number(take(X, y))
            run.losses.append(value)
            if setting.optimizer is not None:
                run.rates.append(float(setting.optimizer.param_groups[0]["lr"]))
            if not math.isfinite(value) or abs(value) > 1e30:
                run.first_bad = i
                run.sound_before = all(bool(p.isfinite().all()) for p in before)
                run.bad_output = _largest_output(setting, i, change_X, params, before)
                break
            run.sizes.append(_moved(params, before, scale))
            if time.process_time() > deadline:
                break
        run.seconds = time.perf_counter() - begun
        for name, data in (("train_loss", setting.train), ("test_loss", setting.test)):
            setattr(run, name, mean_loss(setting, data, change_X=change_X, change_y=change_y))
        if finish is not None:
            finish(run)
    return run


def _largest_output(
    setting: Setting, i: int, change_X: Change | None, params: list[Tensor], before: list[Tensor]
) -> float:
    """The size of the largest output for batch `i`, with the parameters that it met."""
    after = [p.detach().clone() for p in params]
    X, _ = setting.batch(i)
    with torch.no_grad():
        _put(params, before)
        out = setting.net(X if change_X is None else change_X(X))
        _put(params, after)
    return float(out.detach().abs().max())


def _put(params: list[Tensor], values: list[Tensor]) -> None:
    for p, value in zip(params, values, strict=True):
        p.copy_(value)


def _moved(params: list[Tensor], before: list[Tensor], scale: float) -> float:
    """Scale the update; its size beside that of the parameters."""
    moved = total = 0.0
    with torch.no_grad():
        for p, old in zip(params, before, strict=True):
            if scale != 1.0:
                p.copy_(old + scale * (p - old))
            moved += float((p - old).double().square().sum())
            total += float(old.double().square().sum())
    return math.sqrt(moved / total) if total else math.nan


def _number(value: Any) -> float:
    if isinstance(value, Tensor):
        return float(value.detach().mean())
    return float(value)


def fresh_weights(net: Any) -> None:
    """Weights as the layers of torch draw them."""
    if isinstance(net, nn.Module):
        for module in net.modules():
            if isinstance(module, (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)):
                nn.init.kaiming_normal_(module.weight)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
