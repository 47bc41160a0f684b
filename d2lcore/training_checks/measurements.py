"""All that is measured of a set-up, when a rule first asks for it, and once."""

import math
import time
from collections.abc import Callable
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import brief, type_of
from ..metrics import evaluating
from . import honest, runs
from .looking import Look, look
from .loss_facts import LossFacts, loss_facts
from .recording import Grads, Step, recording
from .setting import Setting
from .vectors import rms

RECORDED = 4  # steps recorded in detail; more only if nothing has moved by then
LOOKED_AT = 512


class Measurements:
    """setting: what is measured. seconds: of computing, for all experiments. steps: of each experiment."""

    def __init__(self, setting: Setting, seconds: float, *, steps: int = 100, progress: Any = None) -> None:
        self.setting, self.progress, self.run_steps = setting, progress, steps
        self.deadline = time.process_time() + seconds  # whatever else the machine does

    @cached_property
    def first(self) -> Look:
        return look(self.setting, *self.setting.batch(0))

    @cached_property
    def known(self) -> dict[int, str]:
        """The names of the net's parameters, by their id."""
        return {id(p): name for name, p in self._named()}

    def _named(self) -> list[tuple[str, Tensor]]:
        net = self.setting.net
        return list(net.named_parameters()) if isinstance(net, nn.Module) else []

    @cached_property
    def params(self) -> list[Tensor]:
        """What can be trained: the net's own parameters, then other tensors that the loss depends on."""
        own = [p for _, p in self._named() if p.requires_grad]
        return own + [one for one in self.first.leaves if all(one is not p for p in own)]

    def name(self, tensor: Tensor) -> str:
        """'2.weight', or a description of a tensor that has no name."""
        return self.known.get(id(tensor)) or f"a tensor of shape {tuple(tensor.shape)}"

    def names(self, tensors: list[Tensor], most: int = 4) -> str:
        texts = [self.name(one) for one in tensors]
        return ", ".join(texts[:most]) + (f" and {len(texts) - most} more" if len(texts) > most else "")

    @property
    def matrices(self) -> list[Tensor]:
        return [p for p in self.params if p.dim() > 1]

    # The loss and the outputs

    @cached_property
    def loss(self) -> LossFacts:
        return loss_facts(self.setting.loss, self.first.y_hat, self.first.y)

    @cached_property
    def reach(self) -> dict[str, float]:
        """Between which values the outputs stay, whatever the parameters: low, high, and the rows' sums."""
        low, high, off, logs, spread = math.inf, -math.inf, 0.0, 0.0, 0.0
        X, _ = self.setting.batch(0)
        generator = torch.Generator().manual_seed(0)
        leaves = self.first.leaves
        with self.setting.untouched(), evaluating(self.setting.net):
            for scale in (0.0, 3.0, -3.0, 10.0, -10.0, 30.0):
                for p in leaves:
                    noise = torch.randn(p.shape, generator=generator).to(p)
                    if scale:
                        p.copy_(scale * (p + max(0.01, rms(p)) * noise))
                out = self.setting.net(X.clone()).float()
                low, high = min(low, float(out.min())), max(high, float(out.max()))
                spread = max(spread, float(out.max() - out.min()))
                if out.dim() > 1 and out.shape[1] > 1:
                    off = max(off, float((out.sum(1) - 1).abs().max()))
                    logs = max(logs, float(out.logsumexp(1).abs().max()))
        return {"low": low, "high": high, "off_one": off, "logsumexp": logs, "spread": spread}

    @cached_property
    def trivial(self) -> float:
        """The mean loss of the best constant output: what is reached without looking at X."""
        y, y_hat = self.setting.train.y[:2048], self.first.y_hat
        candidates = _constants(y, y_hat)
        values = []
        for row in candidates:
            try:
                z = row.to(y_hat).expand(len(y), *y_hat.shape[1:])
                l = self.setting.loss(z.clone(), y.clone().to(y_hat.device))
                values.append(float(self.setting.mean_of(l, len(y))))
            except Exception:  # not a prediction for this loss
                continue
        return min((v for v in values if math.isfinite(v)), default=math.nan)

    @cached_property
    def wide(self) -> Look:
        """The look at more examples, for what a unit does on all of them."""
        batches, count = [], 0
        for X, y in self.setting.train.batches:
            batches.append((X, y))
            count += len(y)
            if count >= LOOKED_AT:
                break
        try:
            X, y = (torch.cat(parts)[:LOOKED_AT] for parts in zip(*batches, strict=True))
            device = self.setting.device
            return look(self.setting, X.to(device) if device else X, y.to(device) if device else y)
        except (TypeError, ValueError, RuntimeError):  # a net for one size of batch
            return self.first

    @cached_property
    def evaluation_differs(self) -> bool:
        """Whether the outputs of the first batch are others in evaluation mode."""
        X, _ = self.setting.batch(0)
        with self.setting.untouched():
            after = self.setting.outputs(X)
        return after.shape == self.first.y_hat.shape and not torch.allclose(
            after, self.first.y_hat, rtol=1e-3
        )

    @property
    def evaluated(self) -> Any:
        """What the reader's evaluation is given: test_iter, or train_iter where there is none."""
        return self.setting.train_iter if self.setting.test_iter is None else self.setting.test_iter

    @cached_property
    def started_in_training(self) -> bool:
        """Whether the net was in training mode when it was given: then the step itself has changed it."""
        with self.setting.untouched():
            return bool(getattr(self.setting.net, "training", True))

    # The reader's step

    @cached_property
    def steps(self) -> list[Step]:
        """The first steps in detail; up to 32 if nothing has moved: gradients may be accumulated."""
        taken: list[Step] = []
        with self.setting.untouched():
            self.setting.begin_epoch()
            for i in range(32):
                X, y = self.setting.batch(i)
                rng = torch.get_rng_state()
                with recording(self.params, self.setting.net) as step:
                    value = self._stepped(X, y)
                step.rng, step.value = rng, _value(value)
                taken.append(step)
                if i + 1 >= RECORDED and (any(any(one.moved) for one in taken) or i + 1 >= self.epoch):
                    break
                if not math.isfinite(step.value):
                    break
        return taken

    def _stepped(self, X: Tensor, y: Tensor) -> Any:
        try:
            return self.setting.take_step(X, y)
        except Exception as error:
            who = "updater" if self.setting.step is None else "step"
            raise type_of(error)(
                f"{who}: a step on the first batch fails ({error}); make it run once"
            ) from error

    @property
    def epoch(self) -> int:
        return self.setting.train.total or len(self.setting.train.batches)

    @cached_property
    def references(self) -> list[Grads]:
        """For each recorded step the gradient of the mean loss of its batch alone, at its parameters."""
        return [self._reference(i, step) for i, step in enumerate(self.steps)]

    def _reference(self, i: int, step: Step) -> Grads:
        with self.setting.untouched(), torch.enable_grad():
            with torch.no_grad():
                for p, value in zip(self.params, step.before, strict=True):
                    p.copy_(value)
            if self.setting.is_module:
                self.setting.net.train()
            for module, mode in step.modes.items():
                module.training = mode
            torch.set_rng_state(step.rng)
            l = self.setting.mean_loss(*self.setting.batch(i))
            if not l.requires_grad:
                return [None] * len(self.params)
            return list(torch.autograd.grad(l, self.params, allow_unused=True))

    # Short trainings

    @cached_property
    def run(self) -> runs.Run:
        """As the reader trains."""
        return runs.train(
            self.setting, self.params, self.run_steps, deadline=self.deadline, finish=self._at_end
        )

    def _at_end(self, run: runs.Run) -> None:
        setting = self.setting
        with evaluating(setting.net):
            run.outputs = [setting.net(setting.batch(i)[0]).detach() for i in range(min(4, self.epoch))]
        if setting.evaluate is not None:
            run.reported = self._reported()
            run.honest = honest.figures(self)

    def _reported(self) -> float:
        try:
            value = self.setting.evaluate(self.setting.net, self.evaluated)  # type: ignore[misc]
        except Exception as error:
            raise type_of(error)(f"evaluate: it fails ({error}); make it run once") from error
        try:
            return float(value)
        except (TypeError, ValueError):
            raise TypeError(f"evaluate: it must return a number, got {brief(value)}") from None

    def experiment(self, name: str, **changes: Any) -> runs.Run | None:
        """A training with `changes` (see `runs.train`), once a name; None if time is up or it raises."""
        kept: dict[str, runs.Run | None] = self.__dict__.setdefault("_experiments", {})
        if name not in kept:
            kept[name] = None
            if time.process_time() < self.deadline:
                steps = max(len(self.run.losses), 20)
                try:
                    kept[name] = runs.train(
                        self.setting, self.params, steps, deadline=self.deadline, **changes
                    )
                except Exception:  # what was changed does not fit the reader's step
                    kept[name] = None
            if self.progress is not None:
                self.progress.update()
        return kept[name]

    @cached_property
    def wide_inputs(self) -> bool:
        """Whether the inputs are so large that weights of the usual size are too large for them."""
        X = self.setting.train.X
        return bool(X.is_floating_point() and X.float().square().mean().sqrt() > 5)

    @property
    def unsteady(self) -> bool:
        """Whether the training ends higher than it began, or far above what it had reached."""
        run = self.run
        return not run.finite or run.train_loss > 1.05 * self.first.value

    @property
    def learns_nothing(self) -> bool:
        """Whether the training ends about where a constant output is, or not at a number at all."""
        return not self.progress_made > 0.1 if not math.isnan(self.progress_made) else not self.run.finite

    @cached_property
    def progress_made(self) -> float:
        """The share of the loss of the best constant output that the training got rid of; 1 is all of it."""
        return self.progress_of(self.run)

    def progress_of(self, run: runs.Run | None) -> float:
        if run is None or not run.finite or not math.isfinite(self.trivial) or self.trivial <= 0:
            return -math.inf if run is None or not run.finite else math.nan
        return 1 - run.train_loss / self.trivial


def _value(value: Any) -> float:
    try:
        return float(value.detach().mean()) if isinstance(value, Tensor) else float(value)
    except (TypeError, ValueError):
        raise TypeError(
            "step: it must return the loss of the batch, a number; end it with `return l`"
        ) from None


def _constants(y: Tensor, y_hat: Tensor) -> list[Tensor]:
    """Outputs for one example that a constant prediction might have."""
    q = y_hat.shape[1] if y_hat.dim() > 1 else 1
    if y.dim() == 1 and not y.is_floating_point() and q > 1:
        shares = torch.bincount(y.clamp(0, q - 1).long(), minlength=q).float() / len(y)
    elif y.dim() == y_hat.dim():
        shares = y.float().mean(0)
        shares = shares if shares.shape == y_hat.shape[1:] else shares.reshape(-1)[:1].expand(y_hat.shape[1:])
    else:
        shares = y.float().mean().reshape((1,) * max(0, y_hat.dim() - 1)).expand(y_hat.shape[1:])
    inside = shares.clamp(1e-6, 1 - 1e-6)
    median = y.float().median() if y.dim() <= 1 or y.shape[-1] == 1 else shares
    zero = torch.zeros_like(shares)
    return [shares, inside.log(), inside.logit(), median + zero, zero]


Rule = Callable[[Measurements], list]
