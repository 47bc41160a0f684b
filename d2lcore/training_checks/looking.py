"""One look at a net before it is trained: its outputs, loss, graph and gradients on some examples."""

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import brief, type_of
from ..guards import scores
from . import autograd_graph as graph
from .setting import Setting

Activation = tuple[str, Tensor]  # "Relu" and its values, examples first

_ROUNDING = {"Round", "Sign", "Floor", "Ceil", "Trunc", "Heaviside"}


@dataclass
class Look:
    """y_hat, value: outputs and mean loss. leaves: the tensors with a gradient that the loss depends on.

    grads: of the mean loss, one a leaf. activations: in the order of computing. last: the operation that
    gave the outputs. straight: pairs of layers without an activation between them. rounding: operations
    whose gradient is zero. masks: the shares of values that random masks set to zero. dead_ends: modules
    whose output has no gradient though it has parameters.
    """

    y_hat: Tensor
    y: Tensor
    value: float
    has_gradient: bool
    leaves: list[Tensor] = field(default_factory=list)
    grads: list[Tensor | None] = field(default_factory=list)
    activations: list[Activation] = field(default_factory=list)
    last: str = ""
    straight: list[tuple[Tensor, Tensor]] = field(default_factory=list)
    rounding: list[str] = field(default_factory=list)
    masks: list[float] = field(default_factory=list)
    called: list[nn.Module] = field(default_factory=list)
    weights: list[Tensor] = field(default_factory=list)  # of linear layers, in the order of computing


def look(setting: Setting, X: Tensor, y: Tensor) -> Look:
    """In training mode, from the state that was found. Raises TypeError or ValueError as training would."""
    with setting.untouched():
        if setting.is_module:
            setting.net.train()
        called, handles = _listen(setting.net)
        try:
            y_hat = _outputs(setting, X)
            l = _loss(setting, y_hat, y)
        finally:
            for handle in handles:
                handle.remove()
        if not isinstance(l, Tensor):
            raise TypeError(f"loss: gave {brief(l)}; return the tensor itself, without .item() or float()")
        mean = setting.mean_of(l, len(y))
        found = Look(y_hat.detach().clone(), y, float(mean.detach()), mean.requires_grad, called=called)
        if mean.requires_grad:
            _read_graph(found, y_hat, mean)
    return found


def _outputs(setting: Setting, X: Tensor) -> Tensor:
    try:
        return scores(setting.net, X)
    except Exception as error:
        if str(error).startswith("net: "):
            raise
        raise type_of(error)(
            f"net: net(X) fails for X of shape {tuple(X.shape)} ({error}); make it run once"
        ) from error


def _loss(setting: Setting, y_hat: Tensor, y: Tensor) -> Any:
    try:
        return setting.loss(y_hat, y)
    except Exception as error:
        raise type_of(error)(
            f"loss: cannot take predictions of shape {tuple(y_hat.shape)} and type {y_hat.dtype} with labels "
            f"of shape {tuple(y.shape)} and type {y.dtype} ({error}); call it once by hand on a batch"
        ) from error


def _listen(net: Any) -> tuple[list[nn.Module], list[Any]]:
    called: list[nn.Module] = []
    if not isinstance(net, nn.Module):
        return called, []
    return called, [m.register_forward_hook(lambda m, *_: called.append(m)) for m in net.modules()]


def _read_graph(found: Look, y_hat: Tensor, mean: Tensor) -> None:
    found.leaves = graph.leaves(mean)
    if mean.grad_fn is None:
        return
    if y_hat.grad_fn is not None:
        root = y_hat.grad_fn
        last = graph.last_operation(y_hat)
        found.last = graph.name_of(last) if last is not None else ""
        if last is not None and _mask_share(last) is not None:
            found.last = "Dropout"
        every = list(graph.nodes(root))
        found.activations = [one for node in reversed(every) if (one := _activation(node)) is not None]
        found.straight = graph.linear_pairs(root)
        found.masks = [share for node in every if (share := _mask_share(node)) is not None]
        found.weights = [
            weight
            for node in reversed(every)
            if graph.name_of(node).startswith(graph.LINEAR) and (weight := graph.weight_of(node)) is not None
        ]
    names = {graph.name_of(node) for node in graph.nodes(mean.grad_fn)}
    found.rounding = sorted(names & _ROUNDING)
    found.grads = list(torch.autograd.grad(mean, found.leaves, allow_unused=True))


def _activation(node: Any) -> Activation | None:
    name = graph.name_of(node)
    if name in ("Relu", "Sigmoid", "Tanh"):
        result = graph.saved(node, "result")
        return None if result is None else (name, result.clone())
    if name.startswith(("Clamp", "Maximum", "Threshold")):  # a ReLU written by hand
        value = graph.saved(node, "self")
        return None if value is None else ("Relu", value.clamp(min=0))
    if name == "Where":
        passed = graph.saved(node, "condition")
        return None if passed is None or passed.dim() < 2 else ("Where", passed.clone())
    return None


def _mask_share(node: Any) -> float | None:
    """The share of zeros in what a product multiplies with, if it is a random mask: zeros and one number."""
    if graph.name_of(node) == "NativeDropout":
        probability = getattr(node, "_saved_p", None)
        return float(probability) if probability else None
    if graph.name_of(node) != "Mul":
        return None
    for name in ("self", "other"):
        mask = graph.saved(node, name)
        if mask is None or mask.dim() == 0 or mask.numel() < 20 or mask.requires_grad:
            continue
        kept = mask[mask != 0]
        share = 1 - kept.numel() / mask.numel()
        if not 0 < share < 1 or not kept.numel() or not float(kept.min()) == float(kept.max()) >= 1:
            continue
        if float(kept[0]) == 1.0 or abs(1 / float(kept[0]) - (1 - share)) < 0.1:
            return share
    return None


def own_parameters(module: nn.Module) -> list[Tensor]:
    """Those of this module and not of its parts, also where its class has a `parameters` of its own."""
    return [p for p in module._parameters.values() if p is not None]
