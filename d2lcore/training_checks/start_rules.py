"""The start: first weights that are equal, too large or too small, and units that are dead."""

import math

from torch import Tensor

from .finding import Finding
from .loop_rules import has_gradient
from .measurements import Measurements, Rule
from .runs import fresh_weights
from .vectors import norm, rms


def dead_units(m: Measurements) -> list[Finding]:
    """Units that are 0 for every example."""
    look = m.wide
    if look.masks and max(look.masks) > 0.8:
        return []
    for i, (name, values) in enumerate(look.activations, start=1):
        if name not in ("Relu", "Where") or values.dim() < 2 or len(values) < 50:
            continue
        live = (values > 0) if name == "Relu" else _varies(values)
        units = live.transpose(0, 1).flatten(1).any(1)
        share = 1 - float(units.float().mean())
        if share < 0.75 or units.numel() < 2:
            continue
        return [
            Finding(
                "dead_units", "wrong" if share > 0.95 else "suspect",
                f"{share:.0%} of the {units.numel()} units of ReLU number {i} give 0 for each of "
                f"{len(values)} examples",
                "Dead ReLUs: their inputs are always negative, so both their values and their gradients are "
                "0, and "
                "nothing brings them back. A step that was too large, or a strongly negative bias, does "
                "this.",
                "Start the biases at 0 and the weights at the layers' default, and take a smaller learning "
                "rate.",
                otherwise="Inputs that are constant or all negative do the same: look at X.min() and "
                "X.max().",
                notes="003 4.2.1",
            )
        ]  # fmt: skip
    return []


def _varies(passed: Tensor) -> Tensor:
    """Where a mask of a written ReLU is not the same for all examples: such a unit lives."""
    same = (passed == passed[:1]).all(dim=0, keepdim=True)
    return ~same.expand_as(passed)


def equal_start(m: Measurements) -> list[Finding]:
    """Hidden units that start with the same weights, and whose gradients are nearly the same."""
    if len(m.matrices) < 2 or not has_gradient(m):
        return _all_zero(m)
    for p, grad in zip(m.params, m.references[0], strict=True):
        if p.dim() < 2 or grad is None or p is m.matrices[-1]:
            continue
        for axis in (0, 1):
            none = norm([grad]) < 1e-5 * norm(m.references[0])  # what is left of zero by rounding
            if p.shape[axis] < 2 or not _alike(p.detach(), axis, 1e-6):
                continue
            if not none and not _alike(grad, axis, 0.5):
                continue
            value = (
                f", all {float(p.flatten()[0]):.3g}" if _alike(p.detach().reshape(1, -1).T, 0, 1e-6) else ""
            )
            return [
                Finding(
                    "equal_start", "wrong",
                    f"the {p.shape[axis]} units of {m.name(p)} start with the same weights{value}, and "
                    "their gradients "
                    "are alike",
                    "Hidden units that start equal get equal gradients and stay equal: many units are worth "
                    "one.",
                    "Start the weights at random: nn.init.xavier_uniform_(layer.weight), or leave the "
                    "layer's default.",
                    notes="004 3.8.2",
                )
            ]  # fmt: skip
    return []


def _all_zero(m: Measurements) -> list[Finding]:
    zero = [p for p in m.matrices if not bool((p != 0).any())]
    if len(m.matrices) < 2 or len(zero) < 2:
        return []
    return [
        Finding(
            "equal_start", "wrong", f"{m.names(zero)} start at zero, and every gradient is zero",
            "With zero weights behind them the hidden units get no gradient, and the net stays as it is.",
            "Start the weights at random: nn.init.xavier_uniform_(layer.weight), or leave the layer's "
            "default.",
            notes="004 3.8.2",
        )
    ]  # fmt: skip


def _alike(value: Tensor, axis: int, tolerance: float) -> bool:
    """Whether the rows (along `axis`) differ from their mean by little, beside its size."""
    rows = value.detach().double().transpose(0, axis).reshape(value.shape[axis], -1)
    mean = rows.mean(0)
    return float((rows - mean).norm(dim=1).max()) <= tolerance * float(mean.norm()) + 1e-30


def large_start(m: Measurements) -> list[Finding]:
    """A first loss far above that of a constant output, or saturated units, that other weights would mend."""
    saturated = _saturated(m)
    first, trivial = m.first.value, m.trivial
    high = math.isfinite(trivial) and first > max(6 * trivial, trivial + 3) and not m.wide_inputs
    if not (high or (saturated > 0.7 and not m.wide_inputs)) or len(m.matrices) < 2:
        return []
    fresh = m.experiment("fresh weights", prepare=lambda: fresh_weights(m.setting.net))
    if fresh is None or not fresh.better_than(m.run, 1.3) or not _weights_large(m):
        return []
    what = (
        f"{saturated:.0%} of the hidden units are saturated"
        if saturated > 0.7
        else (f"the first loss is {first:.3g}, and a constant output has {trivial:.3g}")
    )
    return [
        Finding(
            "large_start", "wrong",
            f"{what}; from the weights that nn.init.kaiming_normal_ draws, the loss after "
            f"{len(fresh.losses)} steps is "
            f"{fresh.train_loss:.3g} instead of {m.run.train_loss:.3g}",
            "The first weights are too large: the net starts out sure and wrong, values and gradients grow "
            "from layer to "
            "layer, and sigmoids and tanhs are flat there.",
            "Draw them with a deviation of about sqrt(2 / inputs of the layer), nn.init.kaiming_normal_, or "
            "leave the "
            "layer's default.",
            notes="004 3.8.3",
        )
    ]  # fmt: skip


def _weights_large(m: Measurements) -> bool:
    """Whether any layer's output has clearly more variance than its inputs, by its weights alone."""
    return any(_gain(p) > 2.5 for p in m.matrices)


def _gain(weight: Tensor) -> float:
    """About 1 for Xavier's weights, 1.4 for Kaiming's, 0.6 for torch's default."""
    inputs = weight.numel() / weight.shape[0] if weight.dim() > 2 else min(weight.shape)
    inputs = weight.shape[1] if weight.dim() == 2 else inputs
    return rms(weight) * math.sqrt(inputs)


def _saturated(m: Measurements) -> float:
    """The share of the sigmoids and tanhs of the worst hidden layer that are flat."""
    shares = []
    for i, (name, values) in enumerate(m.wide.activations):
        last = i == len(m.wide.activations) - 1 and m.wide.last == name
        if name in ("Sigmoid", "Tanh") and not last and values.is_floating_point():
            slope = values * (1 - values) * 4 if name == "Sigmoid" else 1 - values.square()
            shares.append(float((slope < 0.05).float().mean()))
    return max(shares, default=0.0)


def gradient_sizes(m: Measurements) -> list[float]:
    """The mean size of the gradient of each matrix of weights, from input to output."""
    by_id = {id(p): g for p, g in zip(m.first.leaves, m.first.grads, strict=False)}
    return [norm([by_id.get(id(p))]) / p.numel() ** 0.5 for p in m.first.weights]


def vanishing_gradient(m: Measurements) -> list[Finding]:
    """The first layers get next to no gradient, and the net does not learn."""
    sizes = gradient_sizes(m)
    if len(sizes) < 3 or not sizes[-1] > 0 or not m.learns_nothing:
        return []
    ratio = sizes[0] / sizes[-1]
    small = sum(_gain(p) < 0.3 for p in m.first.weights) > len(m.first.weights) / 2
    if ratio > 2e-3 and not small:
        return []
    fresh = m.experiment("fresh weights", prepare=lambda: fresh_weights(m.setting.net))
    if small:
        mended = (
            ""
            if fresh is None or not fresh.better_than(m.run, 1.1)
            else (
                f"; from the weights that nn.init.kaiming_normal_ draws, the loss after {len(fresh.losses)} "
                "steps is "
                f"{fresh.train_loss:.3g} instead of {m.run.train_loss:.3g}"
            )
        )
        return [_small_start(m, ratio, mended)] if mended or ratio <= 2e-3 else []
    if ratio > 2e-4 or (fresh is not None and fresh.better_than(m.run, 1.2)):
        return []
    squashing = sum(name in ("Sigmoid", "Tanh") for name, _ in m.first.activations)
    return [
        Finding(
            "vanishing_gradient", "wrong",
            f"the gradient of the first layer is {ratio:.1g} of that of the last, through {len(sizes)} layers"
            + (f" with {squashing} sigmoids or tanhs" if squashing else "")
            + f", and {len(m.run.losses)} steps leave the loss at {m.run.train_loss:.3g}",
            "The gradient vanishes on its way back: each sigmoid multiplies it by at most 1/4, and the "
            "first layers stay "
            "as they are.",
            "Use ReLU between the layers, with nn.init.kaiming_normal_, or fewer layers.",
            otherwise="Adam, which divides gradients by their size, may get it moving: if it does, it was "
            "this.",
            notes="004 3.8.1",
        )
    ]  # fmt: skip


def _small_start(m: Measurements, ratio: float, mended: str) -> Finding:
    less = f", the gradient of the first layer is {ratio:.1g} of that of the last" if ratio <= 2e-3 else ""
    return Finding(
        "small_start", "wrong",
        f"the weights have a mean size of {rms(m.first.weights[0]):.2g}{less}, and "
        f"{len(m.run.losses)} steps leave the loss at {m.run.train_loss:.3g}{mended}",
        "The first weights are too small for so many layers: values and gradients shrink from layer to "
        "layer, until "
        "nothing is left.",
        "Draw them by Xavier's rule, nn.init.xavier_uniform_, or Kaiming's for ReLU, or leave the layer's "
        "default.",
        notes="004 3.8.3",
    )  # fmt: skip


RULES: list[Rule] = [equal_start, dead_units, large_start]
LATE_RULES: list[Rule] = [vanishing_gradient]
