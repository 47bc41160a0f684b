"""Learning rate, momentum, weight decay, precision: by trainings in which only that is changed."""

import math
from statistics import median
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from .finding import Finding
from .measurements import Measurements, Rule
from .probes import classes
from .runs import Run


def _end(run: Run) -> str:
    if run.first_bad is not None:
        return f"it is not finite after {run.first_bad} steps"
    return f"it is {run.train_loss:.3g} after {len(run.losses)} steps"


def half_precision(m: Measurements) -> list[Finding]:
    kinds = {p.dtype for p in m.params}
    if not kinds & {torch.float16, torch.bfloat16}:
        return []
    lost = _lost_updates(m)
    kind = "float16" if torch.float16 in kinds else "bfloat16"
    bad = not m.run.finite or not m.run.sound_before
    return [
        Finding(
            "half_precision", "wrong" if bad or lost > 0.5 else "suspect",
            f"the parameters are {kind}; the loss: {_end(m.run)}"
            + (f"; {lost:.0%} of the updates are rounded away" if lost > 0.05 else ""),
            "float16 has three digits and ends at 65504 and at 6e-8: squares overflow, Adam's eps=1e-8 is 0 "
            "in it, "
            "and small updates are lost.",
            "Keep parameters and inputs in float32 (net.float(), X.float()); to save time use "
            "torch.autocast with a "
            "torch.amp.GradScaler.",
            notes="004 3.8.1",
        )
    ]  # fmt: skip


def _lost_updates(m: Measurements) -> float:
    step, reference = m.steps[0], m.references[0]
    lost = total = 0
    for before, after, grad in zip(step.before, step.after, reference, strict=True):
        if grad is not None:
            has = grad != 0
            total += int(has.sum())
            lost += int((has & (before == after)).sum())
    return lost / total if total else 0.0


def unstable_loss(m: Measurements) -> list[Finding]:
    """The loss is not finite although data, parameters and outputs are."""
    run = m.run
    if run.first_bad is None or not run.sound_before:
        return []
    stable = _stable(m)
    if stable is None:
        return []
    other = m.experiment("stable loss", step=stable)
    if other is None or other.first_bad is not None:
        return []
    return [
        Finding(
            "unstable_loss", "wrong",
            f"the loss of batch {run.first_bad + 1} is {run.losses[-1]:.3g} although the data and the "
            "parameters are "
            f"finite (the outputs of this batch reach {run.bad_output:.3g}); with torch's own cross-entropy "
            "it stays "
            f"finite for {len(other.losses)} steps",
            "exp of a large score is infinite, and the log of a probability that was rounded to 0 is minus "
            "infinity.",
            "Give the scores to F.cross_entropy (or nn.BCEWithLogitsLoss), which subtract the largest score "
            "first.",
            otherwise="Large scores come from large inputs: with X scaled to 0..1 it would not happen so "
            "soon.",
            notes="003 3.3",
        )
    ]  # fmt: skip


def _stable(m: Measurements) -> Any:
    """A step of the book with torch's loss of scores; None where there are no classes."""
    y_hat, y = m.first.y_hat, m.first.y
    updater = m.setting.updater

    def loss(out: Tensor, y: Tensor) -> Tensor:
        if out.dim() > 1 and out.shape[1] > 1:
            return F.cross_entropy(out, y.float() if y.dim() > 1 else y.long())
        return F.binary_cross_entropy_with_logits(out.reshape(-1), y.reshape(-1).float())

    def step(X: Tensor, y: Tensor) -> Tensor:
        l = loss(m.setting.net(X), y)
        if isinstance(updater, torch.optim.Optimizer):
            updater.zero_grad()
            l.backward()
            updater.step()
        else:
            (l * len(y)).backward()
            updater(len(y))
        return l.detach()

    return None if classes(y) is None or (y_hat.dim() < 2 and y_hat.numel() != y.numel()) else step


def _groups(m: Measurements) -> list[dict[str, Any]]:
    return m.setting.optimizer.param_groups if m.setting.optimizer is not None else []


def _set(m: Measurements, **values: Any) -> Any:
    def prepare() -> None:
        for group in _groups(m):
            group.update({name: value for name, value in values.items() if name in group})

    return prepare


def momentum_high(m: Measurements) -> list[Finding]:
    """A moving average over thousands of steps."""
    betas = [group["betas"][0] for group in _groups(m) if "betas" in group]
    momenta = [group.get("momentum", 0.0) for group in _groups(m)] + betas
    top = max(momenta, default=0.0)
    if top < 0.97 or not (m.learns_nothing or m.unsteady):
        return []
    usual = m.experiment("momentum 0.9", prepare=_set(m, momentum=0.9, betas=(0.9, 0.999)))
    if usual is None or not usual.better_than(m.run, 1.5):
        return []
    return [
        Finding(
            "momentum_high", "wrong",
            f"momentum is {top:g}; the loss: {_end(m.run)}, and {usual.train_loss:.3g} with momentum 0.9",
            f"A momentum of {top:g} adds up the gradients of about {1 / (1 - top):.0f} steps: the "
            "parameters swing far past "
            "the minimum and "
            "back." if top < 1 else "With momentum 1 no gradient is forgotten: they swing for ever.",
            "Take momentum 0.9, or leave it at 0.",
            notes="003 5.5",
        )
    ]  # fmt: skip


def weight_decay_high(m: Measurements) -> list[Finding]:
    """The decay holds the weights near 0, and the net learns nothing."""
    decay = max((group.get("weight_decay", 0.0) for group in _groups(m)), default=0.0)
    if decay < 1e-3 or not m.progress_made < 0.5:
        return []
    free = m.experiment("no decay", prepare=_set(m, weight_decay=0.0))
    if free is None or not free.finite or not _much_better(m, free):
        return []
    return [
        Finding(
            "weight_decay_high", "wrong",
            f"weight_decay is {decay:g}; the loss: {_end(m.run)} (a constant output has {m.trivial:.3g}), "
            "and "
            f"{free.train_loss:.3g} without it",
            "The decay pulls every weight to 0 faster than the gradients push it away: the net is held at a "
            "constant "
            "output.",
            f"Try weight_decay={_nice(decay / 1000)}, and choose by the test loss.",
            notes="004 3.5.1",
        )
    ]  # fmt: skip


def _much_better(m: Measurements, free: Run) -> bool:
    """On the test data too, where they are: a strong decay may be just right."""
    if not math.isnan(free.test_loss) and free.test_loss > 0.8 * m.run.test_loss:
        return False
    return m.progress_of(free) > 0.2 and m.progress_made < 0.5 * m.progress_of(free)


def _nice(value: float) -> str:
    return f"{float(f'{value:.0e}'):g}"


def learning_rate_high(m: Measurements) -> list[Finding]:
    """Smaller steps end far lower, and these end no lower than they began."""
    if not (m.learns_nothing or m.unsteady):
        return []
    start = m.first.value
    for factor in (0.1, 0.01, 0.001, 1e-4):
        slower = m.experiment(f"rate times {factor:g}", scale=factor)
        if slower is None or not slower.better_than(m.run, 1.3) or slower.train_loss > start:
            continue
        if not (m.progress_of(slower) > 0.1 or slower.train_loss < 0.7 * start or not m.run.finite):
            continue
        return [_too_high(m, slower, factor)]
    return []


def _too_high(m: Measurements, slower: Run, factor: float) -> Finding:
    rate = f"the learning rate is {m.run.rates[0]:g}" if m.run.rates else "the steps are large"
    change = (
        f"lr={_nice(m.run.rates[0] * factor)}"
        if m.run.rates
        else f"a learning rate {1 / factor:g} times smaller"
    )
    other = ""
    if m.wide_inputs:
        other = "The inputs are large numbers, which has the same effect: scale them first."
    return Finding(
        "learning_rate_high", "wrong",
        f"{rate}; the loss starts at {m.first.value:.3g}: {_end(m.run)}, and {slower.train_loss:.3g} with "
        "steps "
        f"{1 / factor:g} times smaller",
        "The learning rate is too high: every step jumps over the minimum to a place that is higher.",
        f"Try {change}, then 3 times more or less.",
        otherwise=other,
        notes="003 5.2",
    )  # fmt: skip


def learning_rate_low(m: Measurements) -> list[Finding]:
    """The parameters hardly move, and larger steps help at once."""
    sizes = [one for one in m.run.sizes if math.isfinite(one)]
    if not m.run.finite or not sizes or not m.progress_made < 0.3:
        return []
    size = median(sizes)
    if size > 3e-4 or size == 0:
        return []
    for factor in (10.0, 1e3, 1e4, 1e5, 1e6):
        faster = m.experiment(f"rate times {factor:g}", scale=factor)
        if faster is None or not faster.better_than(m.run, 1.2) or not m.progress_of(faster) > 0.3:
            continue
        if factor < 50:
            return []  # a small rate, but it gets there
        rate = f"the learning rate is {m.run.rates[0]:g}: " if m.run.rates else ""
        return [
            Finding(
                "learning_rate_low", "wrong",
                f"{rate}a step changes the parameters by {size:.1g} of their size; the loss: {_end(m.run)}, "
                "it began at "
                f"{m.first.value:.3g}, and is {faster.train_loss:.3g} with steps {factor:g} times larger",
                "The learning rate is far too low: it would take thousands of epochs.",
                f"Try "
                f"lr={_nice(m.run.rates[0] * factor)}." if m.run.rates else f"Take {factor:g} times more.",
                notes="003 5.2",
            )
        ]  # fmt: skip
    return []


FIRST_RULES: list[Rule] = [half_precision, unstable_loss]
RULES: list[Rule] = [momentum_high, weight_decay_high, learning_rate_high, learning_rate_low]
