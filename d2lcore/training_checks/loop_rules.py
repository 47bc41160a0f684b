"""The loop: zero_grad, backward, step, and the direction of the update."""

import contextlib

from torch import Tensor

from .finding import Finding
from .measurements import Measurements, Rule
from .recording import Step
from .vectors import cosine, differences, norm


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


RULES: list[Rule] = [no_backward, no_step, zero_grad_misplaced, no_zero_grad, wrong_sign]
