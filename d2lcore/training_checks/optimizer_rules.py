"""Which tensors are trained, and which were meant to be."""

from torch import Tensor, nn

from .finding import Finding
from .looking import look, own_parameters
from .loop_rules import moves
from .measurements import Measurements


def _same(tensor: Tensor, others: list[Tensor]) -> bool:
    return any(tensor is other for other in others)


def layer_made_in_forward(m: Measurements) -> list[Finding]:
    """Another call of the net, other parameters."""
    again = look(m.setting, *m.setting.batch(0))
    new = [one for one in again.leaves if not _same(one, m.params)]
    if not new:
        return []
    shapes = ", ".join(str(tuple(one.shape)) for one in new[:4])
    return [
        Finding(
            "layer_made_in_forward", "wrong",
            f"each call of the net makes parameters anew, of shape {shapes}",
            "A layer is created inside forward: it has new random weights at every call, and the optimizer "
            "never sees them.",
            "Make the layer in __init__ (self.layer = nn.Linear(...)), and only call it in forward.",
            notes="003 6.1",
        )
    ]  # fmt: skip


def layers_in_list(m: Measurements) -> list[Finding]:
    """The loss depends on tensors that are no parameters of the module."""
    if not m.setting.is_module or layer_made_in_forward(m):
        return []
    moved = _moved(m)
    stray = [p for p in m.params if id(p) not in m.known and _same(p, m.first.leaves) and not _same(p, moved)]
    if not stray:
        return []
    shapes = ", ".join(str(tuple(one.shape)) for one in stray[:4])
    return [
        Finding(
            "layers_in_list", "wrong",
            f"the loss depends on {len(stray)} tensors with gradients that net.parameters() does not give, "
            "of "
            f"shape {shapes}; none of them moves",
            "Layers in a Python list or dict are not registered, so the optimizer never trains them, "
            "net.to(device) leaves them behind, and state_dict() does not save them.",
            "Keep the layers in nn.ModuleList, nn.ModuleDict or nn.Sequential, and tensors in nn.Parameter.",
            notes="003 6.1",
        )
    ]  # fmt: skip


def _moved(m: Measurements) -> list[Tensor]:
    flags = [any(one) for one in zip(*(step.moved for step in m.steps), strict=True)]
    return [p for p, flag in zip(m.params, flags, strict=True) if flag]


def _used(m: Measurements) -> list[Tensor]:
    """The parameters whose gradient of the recorded steps is not zero."""
    flags = [
        any(grad is not None and bool((grad != 0).any()) for grad in grads)
        for grads in zip(*m.references, strict=True)
    ]
    return [p for p, flag in zip(m.params, flags, strict=True) if flag]


def optimizer_misses(m: Measurements) -> list[Finding]:
    """Parameters that have a gradient and are not the updater's."""
    has = _optimized(m)
    moved, used = _moved(m), _used(m)
    if m.setting.optimizer is not None or has:
        missing = [p for p in used if id(p) not in has and not _same(p, moved)]
    else:
        missing = [p for p in used if not _same(p, moved)]
        if not moves(m) and not _updater_moves_others(m):
            missing = []
    missing = [p for p in missing if id(p) in m.known or not m.setting.is_module]
    if not missing:
        return []
    foreign = _foreign(m, has)
    if len(missing) == len(used):
        return [_other_net(len(used), foreign)]
    return [_missed(m, missing, foreign, used)]


def _other_net(count: int, foreign: int) -> Finding:
    theirs = f"; it has {foreign} tensors that the loss does not depend on" if foreign else ""
    return Finding(
        "optimizer_other_net", "wrong",
        f"none of the {count} tensors with gradients is among those that the updater changes{theirs}",
        "The optimizer was made for the parameters of another net: an earlier cell's, a copy, or one that "
        "was "
        "replaced since.",
        "Make the optimizer after the net: torch.optim.SGD(net.parameters(), lr).",
        notes="003 6.2",
    )  # fmt: skip


def _missed(m: Measurements, missing: list[Tensor], foreign: int, used: list[Tensor]) -> Finding:
    backbone = not foreign and _same(used[0], missing) and not _same(used[-1], missing)
    theirs = f"; it has {foreign} tensors that the loss does not depend on" if foreign else ""
    purpose = " If this part is to stay as it is, say so by requires_grad_(False)." if backbone else ""
    return Finding(
        "optimizer_misses_layer", "suspect" if backbone else "wrong",
        f"{m.names(missing)} get gradients, but the updater does not change them{theirs}",
        "These layers are never trained: they are not among the parameters that the optimizer was given, or "
        "were replaced after it was made." + purpose,
        "Make the optimizer of all parameters, net.parameters(), after the net has its last layer.",
        notes="003 6.2",
    )  # fmt: skip


def _optimized(m: Measurements) -> set[int]:
    has = set().union(*(step.optimized for step in m.steps))
    if m.setting.optimizer is not None:
        has |= {id(p) for group in m.setting.optimizer.param_groups for p in group["params"]}
    return has


def _foreign(m: Measurements, has: set[int]) -> int:
    known = {id(p) for p in m.params} | set(m.known)
    return len(has - known)


def _updater_moves_others(m: Measurements) -> bool:
    """A callable that is called and moves none of the loss's tensors: it must have others, or none."""
    from .loop_rules import updater_works

    return not updater_works(m)


def frozen_layer(m: Measurements) -> list[Finding]:
    """Parameters that cannot be trained, where that is not how one freezes a body."""
    net = m.setting.net
    if not isinstance(net, nn.Module):
        return []
    layers = [one for one in _in_order(m) if any(p.dim() > 1 for p in own_parameters(one))]
    frozen = [one for one in layers if not any(p.requires_grad for p in own_parameters(one))]
    torn = [one for one in layers if one not in frozen and _weight_frozen(one)]
    names = {id(one): name or "the net itself" for name, one in net.named_modules()}
    if torn or (frozen and frozen[-1] is layers[-1]):
        which = ", ".join(names[id(one)] for one in torn or frozen[-1:])
        part = "the weight, not the bias," if torn else "every parameter"
        return [
            Finding(
                "frozen_layer", "wrong",
                f"{part} of {which} has requires_grad=False",
                "This part is frozen and keeps its first random values"
                + (", and only its bias is trained." if torn else ", although it is the last layer."),
                "Let it train: net.requires_grad_(True), or that layer's requires_grad_(True).",
                notes="003 6.2",
            )
        ]  # fmt: skip
    return _frozen_body(m, frozen, [names[id(one)] for one in frozen])


def _frozen_body(m: Measurements, frozen: list[nn.Module], names: list[str]) -> list[Finding]:
    tensors = [p for one in frozen for p in own_parameters(one)]
    has = _optimized(m)
    if not tensors:
        return []
    level, more = "note", ""
    if all(id(p) in has for p in tensors):  # the optimizer was to train them
        free = m.experiment("unfrozen", prepare=lambda: [p.requires_grad_(True) for p in tensors])
        if free is not None and free.better_than(m.run, 2.0):
            level = "suspect"
            more = (
                f"; unfrozen, the loss after {len(free.losses)} steps is {free.train_loss:.3g} "
                f"instead of {m.run.train_loss:.3g}"
            )
    return [
        Finding(
            "frozen_layer", level,
            f"{', '.join(names)} cannot be trained (requires_grad=False){more}",
            "A frozen part keeps its values. That is right for a trained body under a new head, and a "
            "mistake "
            "if nobody has trained it.",
            "If it is to learn: net.requires_grad_(True) before the optimizer is made.",
            notes="003 6.2",
        )
    ]  # fmt: skip


def _in_order(m: Measurements) -> list[nn.Module]:
    """The modules in the order in which they were called first."""
    return list(dict.fromkeys(m.first.called))


def _weight_frozen(module: nn.Module) -> bool:
    own = own_parameters(module)
    return any(p.dim() > 1 and not p.requires_grad for p in own)


RULES = [layer_made_in_forward, layers_in_list, optimizer_misses, frozen_layer]
