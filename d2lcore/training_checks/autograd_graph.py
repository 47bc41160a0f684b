"""Reading the graph that autograd has recorded: which tensors a loss depends on, and through what."""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from torch import Tensor

# What passes values on in another shape; the linear layers; what may lie between two without an activation.
RESHAPES = ("View", "Reshape", "Unsafe", "Squeeze", "Unsqueeze", "Alias", "Clone", "ToCopy", "Flatten",
            "Slice", "Select", "Expand")  # fmt: skip
LINEAR = ("Addmm", "Mm", "Convolution", "Bmm", "Linear")
_ON_THE_WAY = {"T", "Transpose", "Permute", "Add", "Mul", "NativeDropout", "NativeBatchNorm", "Sub"}


def name_of(node: Any) -> str:
    """'Relu' of a ReluBackward0."""
    return type(node).__name__.split("Backward")[0]


def nodes(root: Any) -> Iterator[Any]:
    """Every node that `root` depends on, itself first, the nearest first."""
    seen, waiting = {root}, deque([root])
    while waiting:
        node = waiting.popleft()
        yield node
        for parent, _ in node.next_functions:
            if parent is not None and parent not in seen:
                seen.add(parent)
                waiting.append(parent)


def leaves(value: Tensor) -> list[Tensor]:
    """The tensors with a gradient that `value` was computed from."""
    if value.grad_fn is None:
        return [value] if value.requires_grad else []
    return [node.variable for node in nodes(value.grad_fn) if hasattr(node, "variable")]


def last_operation(value: Tensor) -> Any:
    """The node that computed `value`, not counting changes of its shape; None for none."""
    node = value.grad_fn
    while node is not None and name_of(node).startswith(RESHAPES) and not hasattr(node, "variable"):
        node = next((parent for parent, _ in node.next_functions if parent is not None), None)
    return node


def weight_of(node: Any) -> Tensor | None:
    """The weights of a linear layer's node: the leaf of at least two dimensions among its inputs."""
    for parent, _ in node.next_functions:
        while parent is not None and name_of(parent) in ("T", "Transpose", "Permute", "View"):
            parent = parent.next_functions[0][0]
        variable = getattr(parent, "variable", None)
        if variable is not None and variable.dim() > 1:
            return variable
    return None


def linear_pairs(root: Any) -> list[tuple[Tensor, Tensor]]:
    """Weights of linear layers that follow one another without an activation: (the first, the second)."""
    found = []
    for node in nodes(root):
        if not name_of(node).startswith(LINEAR):
            continue
        weight = weight_of(node)
        before = [_linear_before(parent) for parent, _ in node.next_functions]
        found += [(one, weight) for one in before if one is not None and weight is not None]
    return found


def _linear_before(node: Any) -> Tensor | None:
    """The weights of the linear layer whose output reaches `node` with nothing in between."""
    while node is not None and not hasattr(node, "variable"):
        if name_of(node).startswith(LINEAR):
            return weight_of(node)
        if name_of(node) not in _ON_THE_WAY and not name_of(node).startswith(RESHAPES):
            return None
        ways = [parent for parent, _ in node.next_functions if parent is not None]
        inner = [parent for parent in ways if not hasattr(parent, "variable")]
        if len(inner) != 1:  # two paths meet here, as in a residual block
            return None
        node = inner[0]
    return None


def saved(node: Any, name: str) -> Tensor | None:
    """A tensor that the node has kept for its gradient, such as "result"; None if it has none."""
    try:
        value = getattr(node, f"_saved_{name}")
    except (AttributeError, RuntimeError):
        return None
    return value.detach() if isinstance(value, Tensor) else None


def collect(root: Any, wanted: Callable[[Any], Any]) -> list[Any]:
    """What `wanted` gives for the nodes, without those of which it gives None."""
    return [found for node in nodes(root) if (found := wanted(node)) is not None]
