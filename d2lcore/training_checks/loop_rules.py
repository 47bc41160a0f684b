"""The loop: zero_grad, backward, step, and how large the update is."""

import contextlib
import math
from typing import Any

import torch
from torch import Tensor

from .finding import Finding
from .measurements import Measurements, Rule
from .recording import Step
from .vectors import cosine, differences, norm

# These divide a gradient by its own size, so that its scale does not matter.
SCALE_FREE = (torch.optim.Adam, torch.optim.AdamW, torch.optim.Adamax, torch.optim.NAdam, torch.optim.RAdam,
              torch.optim.RMSprop, torch.optim.Adagrad, torch.optim.Adadelta, torch.optim.Rprop)  # fmt: skip


def moves(m: Measurements) -> bool:
    """Whether the reader's step changes any parameter that the loss depends on."""
    return any(any(step.moved) for step in m.steps)


def has_gradient(m: Measurements) -> bool:
    return any(norm(grads) > 0 for grads in m.references)


def no_backward(m: Measurements) -> list[Finding]:
    if moves(m) or not has_gradient(m) or any("backward" in step.events for step in m.steps):
        return []
    return [
        Finding(
            "no_backward", "wrong",
            f"in {len(m.steps)} steps backward() was never called, and no parameter moved",
            "Without backward() there are no gradients, and the optimizer has nothing to follow.",
            "Call l.backward() after l = loss(net(X), y) and before the step of the optimizer.",
            notes="003 1.5",
        )
    ]  # fmt: skip


def no_step(m: Measurements) -> list[Finding]:
    """Gradients are there, and nobody uses them."""
    called = any("backward" in step.events for step in m.steps)
    if moves(m) or not called or not has_gradient(m) or any("step" in step.events for step in m.steps):
        return []
    if m.setting.optimizer is None and (_wiped(m.steps[-1]) or not updater_works(m)):
        return []
    call = "updater.step()" if m.setting.optimizer is not None else "updater(len(y))"
    return [
        Finding(
            "no_step", "wrong",
            f"after {len(m.steps)} steps every parameter is what it was, although the gradients are not zero "
            f"(norm {norm(m.references[0]):.3g})",
            "The optimizer's step() is never called: gradients are computed, and nobody moves the "
            "parameters.",
            f"Call {call} after l.backward().",
            notes="003 5.4",
        )
    ]  # fmt: skip


def updater_works(m: Measurements) -> bool:
    """Whether a callable updater, called right after backward(), moves the net's parameters."""
    return norm(book_update(m)) > 0


def book_update(m: Measurements) -> list[Tensor]:
    """How the parameters move in one step of the book's loop with the reader's updater."""
    kept: list[Tensor] | None = m.__dict__.get("_book_update")
    if kept is None:
        with m.setting.untouched():
            if m.setting.is_module:
                m.setting.net.train()
            before = [p.detach().clone() for p in m.params]
            with contextlib.suppress(Exception):  # an updater made for the reader's own step only
                m.setting.book_step(*m.setting.batch(0))
            kept = differences([p.detach() for p in m.params], before)
        m.__dict__["_book_update"] = kept
    return kept


def _wiped(step: Step) -> bool:
    return norm(step.computed) > 0 and norm(step.left) == 0


def zero_grad_misplaced(m: Measurements) -> list[Finding]:
    """The gradients are zero when the optimizer looks at them."""
    if not has_gradient(m):
        return []
    updates = [step for step in m.steps if step.used is not None]
    computed = any(norm(step.computed) > 0 for step in m.steps)
    wiped = bool(updates) and all(norm(step.used or []) == 0 for step in updates)
    if m.setting.optimizer is None and not updates:
        wiped = not moves(m) and all(_wiped(step) for step in m.steps) and updater_works(m)
    if not wiped or not computed:
        return []
    if _owned(m) == 0 and updates:  # the optimizer has other tensors: another rule
        return []
    return [
        Finding(
            "zero_grad_misplaced", "wrong",
            f"backward() gave gradients (norm {norm(m.steps[0].computed):.3g}), but they were zero when the "
            "update was made",
            "zero_grad() stands between backward() and step(): every gradient is wiped before it is used.",
            "Keep the order: zero_grad(), then l.backward(), then step().",
            notes="003 1.5",
        )
    ]  # fmt: skip


def _owned(m: Measurements) -> int:
    """How many of the parameters the optimizers that stepped have; -1 if none is known."""
    owned = set().union(*(step.optimized for step in m.steps))
    if m.setting.optimizer is not None:
        owned |= {id(p) for group in m.setting.optimizer.param_groups for p in group["params"]}
    return sum(id(p) in owned for p in m.params) if owned else -1


def no_zero_grad(m: Measurements) -> list[Finding]:
    """The gradient after backward() is that of this batch, and what was left of a batch already used."""
    piled: set[int] = set()
    scale = _scale(m)
    for before, step, reference in zip(m.steps, m.steps[1:], m.references[1:], strict=False):
        if not any(before.moved):
            continue  # gradients are accumulated on purpose until the next update
        for i, (left, now, own) in enumerate(zip(before.left, step.computed, reference, strict=True)):
            if left is None or now is None or own is None or norm([left]) == 0 or not before.moved[i]:
                continue
            rest = norm([now.double() - scale * own.double() - left.double()])
            if rest < 0.05 * norm([left]):
                piled.add(i)
    if not piled:
        return []
    which = "" if len(piled) == len(m.params) else f" of {m.names([m.params[i] for i in sorted(piled)])}"
    return [
        Finding(
            "no_zero_grad", "wrong",
            f"after backward() on a new batch, the gradient{which} is the batch's own plus that of the "
            "batches "
            "before, which an update had already used",
            "Gradients add up until zero_grad() clears them, so every step repeats all earlier ones.",
            "Call zero_grad() once in every step, before l.backward(). To add up several batches on purpose, "
            "update and clear together, every k batches.",
            notes="003 1.5",
        )
    ]  # fmt: skip


def _scale(m: Measurements) -> float:
    """The gradient of the first step beside that of the mean loss: a batch size where the loss is summed."""
    computed, reference = m.steps[0].computed, m.references[0]
    alike = bool(computed) and norm(reference) > 0 and cosine(computed, reference) > 0.99
    return norm(computed) / norm(reference) if alike else 1.0


def wrong_sign(m: Measurements) -> list[Finding]:
    """The step goes along the gradient and not against it."""
    pairs = zip(m.steps, m.references, strict=False)
    step, reference = next((pair for pair in pairs if any(pair[0].moved)), (None, []))
    if step is None or m.loss.prefers_wrong:
        return []
    along = cosine(differences(step.after, step.before), reference)
    if along < 0.3:
        return []
    return [
        Finding(
            "wrong_sign", "wrong",
            f"the parameters move along the gradient of the loss (cosine {along:.2f}, it should be negative)",
            "The step climbs: the training makes the loss larger.",
            "Take l and not -l in l.backward(), leave maximize=False, and update by `param -= lr * grad`.",
            notes="003 5.2",
        )
    ]  # fmt: skip


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


RULES: list[Rule] = [no_backward, no_step, zero_grad_misplaced, no_zero_grad, wrong_sign, update_size,
         clipped_to_nothing,
         schedule_at_zero]  # fmt: skip
