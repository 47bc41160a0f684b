"""How large the update is: divided twice, not divided, clipped to nothing, a learning rate that is gone."""

import contextlib
import math
from typing import Any

import torch

from .finding import Finding
from .loop_rules import book_update
from .measurements import Measurements, Rule
from .recording import Step
from .vectors import cosine, differences, norm

# These divide a gradient by its own size, so that its scale does not matter.
SCALE_FREE = (torch.optim.Adam, torch.optim.AdamW, torch.optim.Adamax, torch.optim.NAdam, torch.optim.RAdam,
              torch.optim.RMSprop, torch.optim.Adagrad, torch.optim.Adadelta, torch.optim.Rprop)  # fmt: skip


def update_size(m: Measurements) -> list[Finding]:
    """The gradient of the update is the mean's, times or divided by the number of examples."""
    n = len(m.setting.batch(0)[1])
    factor = update_factor(m)
    if n < 3 or factor is None or isinstance(m.setting.optimizer, SCALE_FREE):
        return []
    if abs(factor * n - 1) < 0.05:
        better = m.experiment("times n", scale=float(n))
        if better is None or not better.better_than(m.run, 1.1):
            return []
        return [
            Finding(
                "divided_twice", "wrong",
                f"the update is 1/{n} of the learning rate times the gradient of the mean loss, and a batch "
                f"has {n} "
                f"examples; with steps {n} times as large the loss after {len(better.losses)} steps is "
                f"{better.train_loss:.3g} instead of {m.run.train_loss:.3g}",
                "The loss is divided by the batch size twice: it is a mean already, and the update divides "
                "again.",
                "Divide once: use l.sum().backward() where the updater divides by batch_size, or the mean "
                "with "
                "batch_size 1.",
                notes="003 5.4",
            )
        ]  # fmt: skip
    if abs(factor / n - 1) < 0.05:
        better = m.experiment("divided by n", scale=1 / n)
        if better is None or not better.better_than(m.run, 1.2):
            return []
        return [
            Finding(
                "summed_loss", "wrong",
                f"the gradient of the update is {n} times that of the mean loss, and a batch has {n} "
                "examples; "
                f"with steps {n} times smaller the loss after {len(better.losses)} steps is "
                f"{better.train_loss:.3g} instead of {_shown(m.run.train_loss)}",
                "The loss is summed over the batch, and nothing divides it by the batch size: every step is "
                f"{n} times too large.",
                "Use reduction='mean', or divide the sum by len(y) before backward().",
                notes="003 5.4",
            )
        ]  # fmt: skip
    return []


def _shown(loss: float) -> str:
    return f"{loss:.3g}" if math.isfinite(loss) else "not finite"


def update_factor(m: Measurements) -> float | None:
    """The first update beside what the mean loss's gradient would give; None if that cannot be said."""
    index = next((i for i, one in enumerate(m.steps) if any(one.moved)), None)
    if index is None:
        return None
    step, reference = m.steps[index], m.references[index]
    if m.setting.optimizer is not None and step.used is not None:
        if cosine(step.used, reference) < 0.99 or not norm(reference):
            return None
        return norm(step.used) / norm(reference)
    if index or m.setting.optimizer is not None:
        return None
    if not step.computed or cosine(step.computed, reference) < 0.99 or not norm(reference):
        return None
    return norm(step.computed) / norm(reference) / _divisor(m, step)


def _divisor(m: Measurements, step: Step) -> float:
    """By how much a callable updater divided the gradients of this step, by what it was given."""
    with m.setting.untouched():
        for p, old, grad in zip(m.params, step.before, step.computed, strict=True):
            p.data.copy_(old)
            p.grad = None if grad is None else grad.clone()
        with contextlib.suppress(Exception):  # an updater made for the reader's own step only
            m.setting.updater(1)
        undivided = norm(differences([p.detach() for p in m.params], step.before))
    own = norm(differences(step.after, step.before))
    return undivided / own if undivided else 1.0


def clipped_to_nothing(m: Measurements) -> list[Finding]:
    """Between backward() and step() the gradients become tiny, and without that the net learns."""
    step = next((one for one in m.steps if any(one.moved)), None)
    if step is None or isinstance(m.setting.optimizer, SCALE_FREE):
        return []
    if step.used is not None:
        full, left = norm(step.computed), norm(step.used)
    else:
        full, left = norm(book_update(m)), norm(differences(step.after, step.before))
    n = len(m.setting.batch(0)[1])
    if not full or left > 0.03 * full or left == 0 or abs(left * n / full - 1) < 0.05:
        return []
    better = m.experiment("unclipped", step=m.setting.book_step)
    if better is None or not better.better_than(m.run, 1.2):
        return []
    what = "gradient" if step.used is not None else "update"
    return [
        Finding(
            "clipped_to_nothing", "wrong",
            f"clipping leaves {left / full:.2g} of the {what} (norm {full:.3g} before, {left:.2g} after); "
            f"without it the loss after {len(better.losses)} steps is {better.train_loss:.3g} instead of "
            f"{m.run.train_loss:.3g}",
            "The limit of the clipping is far below the usual size of the gradients, so it stops the "
            "training "
            "instead of catching rare spikes.",
            f"Print the norm of the gradients, and clip above it, at {_round_up(full):g} or so.",
            notes="004 3.8.1",
        )
    ]  # fmt: skip


def _round_up(value: float) -> float:
    return float(f"{2 * value:.0e}")


def schedule_at_zero(m: Measurements) -> list[Finding]:
    """A learning rate that is gone within the first epoch, or zero from the start."""
    rates = m.run.rates[: max(m.epoch, 20)]
    if not rates:
        return []
    top = max(rates)
    gone: Any = next(
        (i for i, rate in enumerate(rates) if rate <= 0.01 * top and max(rates[i:]) <= 0.01 * top), None
    )
    if top > 0 and (gone is None or len(rates) - gone < 0.3 * len(rates)):
        return []
    seen = (
        "the learning rate is 0"
        if not top
        else (
            f"the learning rate falls from {top:g} to {rates[-1]:.2g} within {len(rates)} steps of the "
            "first epoch, "
            f"which has {m.epoch} batches"
        )
    )
    return [
        Finding(
            "schedule_at_zero", "wrong", seen,
            "A step is the learning rate times the gradient: from then on nothing moves."
            + (" The schedule was made for epochs and is stepped every batch." if top else ""),
            "Call scheduler.step() once an epoch, after its batches, or give the schedule the number of "
            "batches." if top else "Give the optimizer a learning rate above 0, and look at the schedule.",
            notes="003 5.3",
        )
    ]  # fmt: skip


RULES: list[Rule] = [update_size, clipped_to_nothing, schedule_at_zero]
