"""The graph: where gradients are cut, or zero, or made equal; what one example's prediction depends on."""

from typing import Any

import torch
from torch import Tensor, nn

from ..metrics import evaluating
from .finding import Finding
from .looking import own_parameters
from .measurements import Measurements, Rule


def graph_cut(m: Measurements) -> list[Finding]:
    """Parameters that were used, and that no gradient reaches."""
    net = m.setting.net
    if isinstance(net, nn.Module) and not m.params and any(True for _ in net.parameters()):
        return [_all_frozen()]
    reached = {id(p) for p in m.first.leaves}
    lost = [p for p in m.params if id(p) not in reached]
    if not m.first.has_gradient:
        where = "the loss has no gradient at all"
    elif lost:
        where = f"no gradient reaches {m.names(lost)}"
    else:
        return []
    unused = _never_called(m, lost)
    if unused and len(unused) == len(lost):
        return [
            Finding(
                "graph_cut", "note", f"{m.names(lost)} are never used by forward",
                "A layer is defined and not called: it is not part of what is computed.",
                "Call it in forward, or remove it.", notes="003 6.1",
            )
        ]  # fmt: skip
    return [
        Finding(
            "graph_cut", "wrong", where,
            "Between these parameters and the loss the graph is cut, by .detach(), .data, .numpy(), .item(), "
            "torch.tensor(...), torch.no_grad() or an operation without a gradient, such as argmax or a "
            "comparison. "
            "What lies before the cut is never trained.",
            "Compute from the net's input to the loss with torch's own operations only, and detach what you "
            "print.",
            notes="003 1.5",
        )
    ]  # fmt: skip


def _all_frozen() -> Finding:
    return Finding(
        "frozen_layer", "wrong", "every parameter of the net has requires_grad=False",
        "The whole net is frozen: there is nothing that a step could change.",
        "Let it train: net.requires_grad_(True), before the optimizer is made.",
        notes="003 6.2",
    )  # fmt: skip


def _never_called(m: Measurements, lost: list[Tensor]) -> list[Tensor]:
    net = m.setting.net
    if not isinstance(net, nn.Module):
        return []
    called = {id(p) for one in m.first.called for p in own_parameters(one)}
    return [p for p in lost if id(p) not in called]


def zero_gradient(m: Measurements) -> list[Finding]:
    """Every gradient is exactly zero, or all of it before a rounding."""
    if not m.first.has_gradient or m.loss.kind == "constant":
        return []
    zero = [p for p, grads in zip(m.params, zip(*m.references, strict=True), strict=True)
            if all(g is not None and not bool((g != 0).any()) for g in grads)]  # fmt: skip
    if not zero or not (m.first.rounding or len(zero) == len(m.params)):
        return []
    if not m.first.rounding:
        return []  # dead or equal units, a loss that is constant: other rules say why
    name = m.first.rounding[0].lower()
    return [
        Finding(
            "zero_gradient", "wrong",
            f"the gradient of {m.names(zero)} is exactly 0, and the graph has torch.{name}",
            f"torch.{name} is flat almost everywhere: its gradient is zero, so nothing before it learns.",
            "Compute the loss from the numbers before they are rounded, and round only to show or count.",
            notes="003 1.5",
        )
    ]  # fmt: skip


def examples_mixed(m: Measurements) -> list[Finding]:
    """In evaluation mode the output of one example changes with the other examples of its batch."""
    X, _ = m.setting.batch(0)
    n = len(X)
    if n < 3:
        return []
    with m.setting.untouched(), evaluating(m.setting.net):
        state = torch.get_rng_state()
        before = m.setting.net(X.clone())
        torch.set_rng_state(state)
        other = X.roll(1, dims=0)
        other[n // 2] = X[n // 2]
        other[0] = X[0]
        after = m.setting.net(other)
    if len(before) != n:
        return []
    places = [0, n // 2]
    change = float((before[places] - after[places]).abs().max())
    spread = float(before.float().std())
    share = _share_of_others(m, X)
    if not (change > 1e-3 * spread or share > 0.7) or bool(before.isnan().any()):
        return []
    columns = before.dim() == 2 and any(_add_up(one) for one in (before, before.exp()))
    # A mean over the batch moves the output by little, and takes at most half of the gradient.
    level = "wrong" if columns or change > 0.1 * spread or share > 0.7 else "note"
    means = (
        "Softmax runs over the examples (dim=0) and not over the classes." if columns else
        "forward mixes the examples: a reshape or view that does not keep the first dimension, a transpose, "
        "or a "
        "mean over the batch."
    )  # fmt: skip
    return [
        Finding(
            "examples_mixed", level,
            f"with the other examples of the batch exchanged, the output of an example changes by "
            f"{change:.3g}; {share:.0%} of its gradient is in their inputs",
            means,
            "Use softmax(dim=1)." if columns else
            "Keep the examples in the first dimension: X.flatten(1), or X.reshape(len(X), -1).",
            notes="002 张量变形",
        )
    ]  # fmt: skip


def _add_up(columns: Tensor) -> bool:
    return bool(((columns.sum(0) - 1).abs() < 1e-3).all())


def _share_of_others(m: Measurements, X: Tensor) -> float:
    """Of the gradient of the middle example's outputs in the inputs, the share that is in other examples."""
    if not X.is_floating_point():
        return 0.0
    middle = len(X) // 2
    with m.setting.untouched(), evaluating(m.setting.net), torch.enable_grad():
        X = X.clone().requires_grad_()
        out = m.setting.net(X)[middle].sum()
        dX = torch.autograd.grad(out, X, allow_unused=True)[0] if out.requires_grad else None
    sizes = torch.zeros(1) if dX is None else dX.detach().abs().flatten(1).sum(1)
    return 1 - float(sizes[middle] / sizes.sum()) if bool(sizes.any()) else 0.0


def missing_activation(m: Measurements) -> list[Finding]:
    """Two linear layers in a row, which are worth one."""
    pairs = [(a, b) for a, b in m.first.straight if not _narrow(a, b) and _same_kind(a, b)]
    if not pairs:
        return []
    first, second = pairs[0]
    unused = _unused_activations(m)
    more = f"; {', '.join(unused)} is defined and never called" if unused else ""
    return [
        Finding(
            "missing_activation", "wrong" if unused or len(pairs) >= len(m.first.weights) - 1 else "suspect",
            f"the output of {m.name(first)} goes into {m.name(second)} without an activation in "
            f"between{more}",
            "Two linear layers in a row are one linear layer: the hidden units add nothing. It may be on "
            "purpose, "
            "where a linear net is what is studied.",
            "Put an activation between them, such as nn.ReLU().",
            notes="004 3.1.1",
        )
    ]  # fmt: skip


def _same_kind(a: Tensor, b: Tensor) -> bool:
    return a.dim() == b.dim() or (a.dim() > 2 and b.dim() == 2)


def _narrow(a: Tensor, b: Tensor) -> bool:
    """A bottleneck, a product of two thin matrices, or a convolution of each channel: made so on purpose."""
    if (
        a.dim() > 2
        and (a.shape[1] == 1 or b.shape[1] == 1)
        and a.dim() == b.dim()
        and max(a.shape[1], b.shape[1]) > 1
    ):
        return True
    if a.dim() != 2 or b.dim() != 2:
        return False
    shared = set(a.shape) & set(b.shape)
    middle = min(shared) if shared else 0
    outer = [*a.shape, *b.shape]
    return bool(middle) and all(middle < size for size in outer if size != middle) and min(outer) == middle


def _unused_activations(m: Measurements) -> list[str]:
    net = m.setting.net
    if not isinstance(net, nn.Module):
        return []
    called = {id(one) for one in m.first.called}
    kinds = (nn.ReLU, nn.Sigmoid, nn.Tanh, nn.LeakyReLU, nn.GELU, nn.ELU, nn.SiLU)
    return [name for name, one in net.named_modules() if isinstance(one, kinds) and id(one) not in called]


def missing_bias(m: Measurements) -> list[Finding]:
    """A net that gives 0 for inputs of 0, where the targets need an intercept."""
    if m.loss.kind != "by value" or m.setting.train.X.dim() != 2 or not m.setting.train.X.is_floating_point():
        return []
    X, y = m.setting.train.X[:2048].double(), m.setting.train.y[:2048].double().reshape(-1)
    if len(y) != len(X) or not (bool(X.isfinite().all()) and bool(y.isfinite().all())):
        return []
    with m.setting.untouched():
        at_zero = m.setting.outputs(m.setting.batch(0)[0] * 0)
    if (
        bool((at_zero != 0).any())
        or any(p.dim() < 2 and p.numel() for p in m.params)
        or len(X) <= X.shape[1] + 2
    ):
        return []
    ones = torch.ones(len(X), 1, dtype=X.dtype)
    without, with_it = _residual(X, y), _residual(torch.cat([X, ones], 1), y)
    if with_it > 0.5 * without:
        return []
    return [
        Finding(
            "missing_bias", "wrong",
            f"the net has no bias (it gives 0 for X = 0); a straight fit of these data has a mean squared "
            "error "
            f"of {without:.3g} without an intercept and {with_it:.3g} with one",
            "The line or plane is forced through the origin, and the targets are not there.",
            "Use bias=True, the default of nn.Linear, or subtract the mean of y.",
            notes="003 2.1",
        )
    ]  # fmt: skip


def _residual(X: Tensor, y: Tensor) -> float:
    solution: Any = torch.linalg.lstsq(X, y.reshape(-1, 1), driver="gelsd").solution
    return float((y - (X @ solution).reshape(-1)).square().mean())


RULES: list[Rule] = [zero_gradient, examples_mixed, missing_activation, missing_bias]
