"""Watching a reader's step from outside: what it calls, in which order, and which gradients it uses."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.optimizer import register_optimizer_step_pre_hook

Grads = list[Tensor | None]


@dataclass
class Step:
    """One step: `before` and `after` are the parameters' values, `used` the gradients that moved them."""

    events: list[str] = field(default_factory=list)
    before: list[Tensor] = field(default_factory=list)
    after: list[Tensor] = field(default_factory=list)
    computed: Grads = field(default_factory=list)  # as the last backward() left them
    used: Grads | None = None  # as an optimizer's step() found them
    left: Grads = field(default_factory=list)  # at the end of the step
    modes: dict[nn.Module, bool] = field(default_factory=dict)
    lr: float | None = None
    optimized: set[int] = field(default_factory=set)  # ids of the tensors that the optimizer has
    value: float = float("nan")
    rng: Any = None

    @property
    def moved(self) -> list[bool]:
        return [not torch.equal(a, b) for a, b in zip(self.before, self.after, strict=True)]

    @property
    def gradients(self) -> Grads:
        """The gradients that the update went by."""
        return self.computed if self.used is None else self.used


def copies(tensors: Sequence[Tensor | None]) -> Grads:
    return [None if one is None else one.detach().clone() for one in tensors]


@contextmanager
def recording(params: Sequence[Tensor], net: Any) -> Iterator[Step]:
    """Inside, what is called is written into the `Step`; afterwards torch is as it was."""
    step = Step(before=[p.detach().clone() for p in params])
    handles: list[Any] = [register_optimizer_step_pre_hook(lambda opt, *_: _note_update(step, params, opt))]
    if isinstance(net, nn.Module):
        for module in net.modules():
            handles.append(module.register_forward_pre_hook(lambda m, _: step.modes.update({m: m.training})))
    restore = [_patch(torch.optim.Optimizer, "zero_grad", step), _patch(nn.Module, "zero_grad", step)]
    for owner in (torch.Tensor, torch.autograd):
        restore.append(_patch(owner, "backward", step, after=lambda: _note_gradients(step, params)))
    try:
        yield step
    finally:
        for owner, name, original in restore:
            setattr(owner, name, original)
        for handle in handles:
            handle.remove()
        step.after = [p.detach().clone() for p in params]
        step.left = copies([p.grad if p.is_leaf else None for p in params])


def _note_update(step: Step, params: Sequence[Tensor], optimizer: torch.optim.Optimizer) -> None:
    step.events.append("step")
    step.used = copies([p.grad if p.is_leaf else None for p in params])
    step.lr = float(optimizer.param_groups[0]["lr"])
    step.optimized |= {id(p) for group in optimizer.param_groups for p in group["params"]}


def _note_gradients(step: Step, params: Sequence[Tensor]) -> None:
    step.computed = copies([p.grad if p.is_leaf else None for p in params])


def _patch(owner: Any, name: str, step: Step, after: Any = None) -> tuple[Any, str, Any]:
    original = getattr(owner, name)

    def patched(*args: Any, **kwargs: Any) -> Any:
        if not step.events or step.events[-1] != name:
            step.events.append(name)
        result = original(*args, **kwargs)
        if after is not None:
            after()
        return result

    setattr(owner, name, patched)
    return owner, name, original
