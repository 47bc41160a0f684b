# %% [markdown]
# # Automatic differentiation (自动微分)
# Note every operation as it is done; then the chain rule, from the last one back, gives every gradient.
#
# Notes: 003 1.5, 000 1.3.2. Run: `python -m chapters.autograd [graph|examples]`.
# The gradient of $2\,x^\top x$ at (0, 1, 2, 3) is (0, 4, 8, 12), by this engine and by PyTorch's.

# %%
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

# %% [markdown]
# ## An engine
# The result of every operation is a node: its value, its operands, and for each of them a *pullback*. That is
# a function which takes the gradient of the result and gives what goes back to the operand. Take $Y = A B$.
# If $\partial Y$ is the gradient of the last value by $Y$, then $\partial Y\, B^\top$ goes back to $A$, and
# $A^\top\, \partial Y$ to $B$.
#
# One line of calculus an operation, and the rest is bookkeeping. `if` and `while` need no rule of their own:
# what is recorded is what was done.

# %%
Pullback = Callable[[Tensor], Tensor]


class Node:
    """A tensor and the operation that made it (003 1.5). One that no operation made is a leaf.

    grad: all gradients that came back to it, added up. A constant, requires_grad=False, gets none.
    """

    def __init__(self, value: Tensor, requires_grad: bool = True) -> None:
        if requires_grad and not value.is_floating_point():
            raise TypeError(f"value: only floats have gradients, got {value.dtype}; use value.float()")
        self.value, self.requires_grad = value, requires_grad
        self.grad: Any = None
        self.op, self.used = "", False  # what made it; whether a backward has been through it
        self.edges: Sequence[tuple[Node, Pullback]] = ()
        self.versions: Sequence[tuple[Tensor, int]] = ()  # of all values that the pullbacks may need

    def backward(self, gradient: Tensor | None = None) -> None:
        """Add to the `grad` of every node that led here. gradient: of this one; a single number has 1."""
        if gradient is None and self.value.numel() == 1:
            gradient = torch.ones_like(self.value)
        if gradient is None or gradient.shape != self.value.shape:
            wanted, came = tuple(self.value.shape), None if gradient is None else tuple(gradient.shape)
            raise RuntimeError(f"gradient: shape {wanted} is needed, got {came}; or take y.sum().backward()")
        order = topological_order(self)
        check(order)
        accumulate(self, gradient)
        for node in reversed(order):  # the chain rule, from the last operation to the first
            for parent, pullback in node.edges:
                accumulate(parent, pullback(node.grad))
        for node in order:
            node.used, node.edges, node.versions = bool(node.edges), (), ()  # what they kept is freed

    def __add__(self, other: Any) -> "Node":
        other = operand(other, self)
        return record("+", self.value + other.value, (self, lambda g: g), (other, lambda g: g))

    def __mul__(self, other: Any) -> "Node":
        other = operand(other, self)
        a, b = self.value, other.value
        return record("*", a * b, (self, lambda g: g * b), (other, lambda g: g * a))

    def __matmul__(self, other: Any) -> "Node":
        A, other = self.value, operand(other, self)
        B = other.value
        if min(A.dim(), B.dim()) < 2:
            raise ValueError(f"@: matrices are needed, got shapes {(*A.shape,)}, {(*B.shape,)}; reshape them")
        return record("@", A @ B, (self, lambda g: g @ B.mT), (other, lambda g: A.mT @ g))

    def __pow__(self, k: float) -> "Node":
        x = self.value
        return record(f"**{k:g}", x**k, (self, lambda g: g * k * x ** (k - 1) if k else 0 * g))

    def exp(self) -> "Node":
        y = self.value.exp()
        return record("exp", y, (self, lambda g: g * y))

    def log(self) -> "Node":
        x = self.value
        return record("log", x.log(), (self, lambda g: g / x))

    def relu(self) -> "Node":
        x = self.value
        return record("relu", x.relu(), (self, lambda g: torch.where(x > 0, g, 0)))

    def sum(self, dim: int | None = None, keepdim: bool = False) -> "Node":
        x = self.value
        kept = x.sum(dim, keepdim=True)  # of its shape, the gradient can be repeated for every term
        y = kept if keepdim else x.sum(dim)
        return record("sum", y, (self, lambda g: g.reshape(kept.shape).expand_as(x)))

    def reshape(self, *shape: int) -> "Node":
        x = self.value
        return record("reshape", x.reshape(shape), (self, lambda g: g.reshape(x.shape)))

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> "Node":
        return self * -1

    def __sub__(self, other: Any) -> "Node":
        return self + -operand(other, self)

    def __rsub__(self, other: Any) -> "Node":
        return -self + other

    def __truediv__(self, other: Any) -> "Node":
        return self * operand(other, self) ** -1

    def __rtruediv__(self, other: Any) -> "Node":
        return self**-1 * other

    def __rmatmul__(self, other: Any) -> "Node":
        return operand(other, self) @ self


def operand(other: Any, beside: Node) -> Node:
    """`other`; a tensor or a number becomes a constant, a number of the type of the node `beside` it."""
    if isinstance(other, Node):
        return other
    if not isinstance(other, Tensor):
        other = torch.tensor(other, dtype=beside.value.dtype, device=beside.value.device)
    return Node(other, requires_grad=False)


def record(op: str, value: Tensor, *edges: tuple[Node, Pullback]) -> Node:
    """The node of a result. Operands that need no gradient are left out: nothing goes back to them."""
    kept = [(operand, pullback) for operand, pullback in edges if operand.requires_grad]
    node = Node(value, requires_grad=bool(kept))
    node.op, node.edges = op, kept
    node.versions = [(one, one._version) for one in (value, *(operand.value for operand, _ in edges))]
    return node


# %% [markdown]
# Three things are left. Gradients must go back in an order in which a node comes only after every node that
# uses it. A node that is used twice *adds* what comes back. And where broadcasting has repeated an operand,
# all the copies are one tensor: its gradient is the sum of theirs.


# %%
def topological_order(root: Node) -> list[Node]:
    """Every node that `root` was made of, each after its own operands."""
    order, seen, stack = [], set(), [(root, False)]
    while stack:  # no recursion: Python allows about 1000 levels, a long `while` in your code makes more
        node, operands_done = stack.pop()
        if operands_done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack.extend((parent, False) for parent, _ in node.edges)
    return order


def unbroadcast(gradient: Float[Tensor, "..."], shape: Sequence[int]) -> Float[Tensor, "..."]:
    """The gradient of a tensor of `shape` from that of its broadcast copies."""
    padded = (1,) * (gradient.dim() - len(shape)) + tuple(shape)
    for axis, size in enumerate(padded):
        if size == 1:
            gradient = gradient.sum(dim=axis, keepdim=True)
    return gradient.reshape(tuple(shape))


def accumulate(node: Node, gradient: Tensor) -> None:
    """Add to `node.grad`, in memory of its own: two nodes may have been sent the same tensor."""
    gradient = unbroadcast(gradient, node.value.shape).to(node.value.dtype)
    node.grad = gradient + (0 if node.grad is None else node.grad)


def check(order: Iterable[Node]) -> None:
    """Raise RuntimeError where gradients would be wrong or not come at all."""
    for node in order:
        if node.used:
            raise RuntimeError("backward: this graph has been used; compute the value again")
        if not node.requires_grad:
            raise RuntimeError("backward: nothing that led to this value needs a gradient")
        if any(one._version != version for one, version in node.versions):
            raise RuntimeError(f"backward: a value used by {node.op!r} was then changed in place; clone it")


# %% [markdown]
# Watch it on $z = (\langle x, w \rangle - y)^2$, the loss of one example. Every box has its value and, in
# red, its gradient. The label $y$ has no box: nothing goes back to a constant.

# %%
import d2lcore as d2l
from chapters.figures.autograd import draw_gradients, draw_graph


def graph() -> d2l.Result:
    """Draw the graph of a squared error, as the engine recorded it, with the gradients."""
    x, w = Node(torch.tensor([1.0, 2.0])), Node(torch.tensor([3.0, -1.0]))
    z = ((x * w).sum() - 3) ** 2
    nodes = topological_order(z)
    edges = [(nodes.index(operand), nodes.index(node)) for node in nodes for operand, _ in node.edges]
    z.backward()
    names = [{x: "x", w: "w"}.get(node, node.op) for node in nodes]
    figure = draw_graph(names, [node.value for node in nodes], [node.grad for node in nodes], edges)
    metrics = {"z": float(z.value), "gradient of the first weight": float(w.grad[0])}
    return d2l.Result(figures={"graph": figure}, metrics=metrics)


# %% [markdown]
# ## Concise
# PyTorch's engine works the same way. Its nodes are the `grad_fn` of the results, and `x.grad` adds up until
# you clear it. The notes' examples, at $x = (0, 1, 2, 3)$, have the gradients $4x$, $1$ and $2x$.

# %%
EXAMPLES: dict[str, Callable[[Any], Any]] = {  # of a node or of a tensor: both are written alike
    "2 x.x": lambda x: 2 * (x * x).sum(),
    "sum(x)": lambda x: x.sum(),
    "sum(x * x)": lambda x: (x * x).sum(),
}


def examples() -> d2l.Result:
    """The notes' examples by this engine and by PyTorch's, each at x = (0, 1, 2, 3)."""
    metrics, gradients = {}, {}
    x = torch.arange(4.0, requires_grad=True)
    for name, f in EXAMPLES.items():
        node = Node(torch.arange(4.0))
        f(node).backward()
        x.grad = None  # or x.grad.zero_(): else this gradient is added to the last one
        f(x).backward()
        gradients[name] = node.grad
        metrics[f"{name}: gradient at 3"] = float(node.grad[3])
        metrics[f"{name}: difference from PyTorch"] = float((node.grad - x.grad).abs().max())
    return d2l.Result(figures={"examples": draw_gradients(x.detach(), gradients)}, metrics=metrics)


# %%
if __name__ == "__main__":
    d2l.run_chapter("autograd", graph, examples)
