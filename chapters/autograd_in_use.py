# %% [markdown]
# # Autograd in use (自动求导的使用)
# Write the network and its loss; an engine finds the gradients, whatever path the code takes.
#
# Notes: 003 1.5, 000 1.3. Run: `python -m chapters.autograd_in_use [scratch|concise|control_flow|modes]`.
# On the embedded digits, after 10 epochs: training loss about 0.087, by our engine and by PyTorch's.

# %%
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import torch
from jaxtyping import Float, Integer
from torch import Tensor

import d2lcore as d2l
from chapters.autograd import Node
from chapters.figures.autograd_in_use import draw_control_flow, draw_counts, draw_losses

# %% [markdown]
# ## From scratch
# A network of 64 inputs, 32 hidden units and 10 classes, in float64. Nothing in it knows of gradients.
# `chapters/backpropagation.py` writes out by hand the backward pass that the engine finds here.


# %%
def net(X: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
    """The scores of flattened images X; of nodes and of tensors alike."""
    return (X @ W1 + b1).relu() @ W2 + b2


def cross_entropy(O: Node, y: Integer[Tensor, " n"]) -> Node:
    """The mean of -log softmax(o)_y over the rows o of O (n, q)."""
    O = O - O.value.amax(dim=1, keepdim=True)  # changes no probability, and exp cannot overflow
    log_probs = O - O.exp().sum(dim=1, keepdim=True).log()
    return -(log_probs * torch.nn.functional.one_hot(y, O.value.shape[1])).sum() / len(y)


def first_weights(num_hiddens: int, seed: int) -> list[Tensor]:
    """W1, b1, W2, b2 for the digits, the same for both engines."""
    d2l.seed_everything(seed)
    shapes = (64, num_hiddens), (num_hiddens,), (num_hiddens, 10), (10,)
    return [0.1 * torch.randn(shape, dtype=torch.float64) for shape in shapes]


def train(step: Callable[..., Tensor], weights: list[Tensor], num_epochs: int, batch_size: int) -> d2l.Result:
    """Train on the digits; step: changes the weights in place and gives the loss, for a batch X, y."""
    train_iter, test_iter = d2l.load_data("digits", batch_size)

    def predict(X: Tensor) -> Tensor:
        return net(X.flatten(start_dim=1).double(), *weights)

    def run_epoch(epoch: int) -> dict[str, float]:
        metric = d2l.Accumulator(2)  # sum of the losses, examples
        for X, y in train_iter:
            metric.add(step(X.flatten(start_dim=1).double(), y) * len(y), len(y))
        return {"train_loss": metric[0] / metric[1], "test_acc": d2l.evaluate_accuracy(predict, test_iter)}

    history = d2l.train_epochs(num_epochs, run_epoch)
    return d2l.Result(predict, history, {"training": draw_losses(history)})


def scratch(
    *, num_hiddens: int = 32, lr: float = 0.5, num_epochs: int = 10, batch_size: int = 32, seed: int = 0
) -> d2l.Result:
    """Train with the gradients of our own engine."""
    d2l.check_counts(num_hiddens=num_hiddens)
    params = [Node(W) for W in first_weights(num_hiddens, seed)]

    def step(X: Tensor, y: Tensor) -> Tensor:
        l = cross_entropy(net(X, *params), y)
        l.backward()
        for param in params:
            param.value -= lr * param.grad
            param.grad = None
        return l.value

    return train(step, [param.value for param in params], num_epochs, batch_size)


# %% [markdown]
# ## Concise
# The same `net`, now of PyTorch's tensors. One seed gives both engines the same losses, to 1e-15: only
# rounding sets them apart.


# %%
def concise(
    *, num_hiddens: int = 32, lr: float = 0.5, num_epochs: int = 10, batch_size: int = 32, seed: int = 0
) -> d2l.Result:
    """Train the same network, from the same weights, with PyTorch's gradients."""
    d2l.check_counts(num_hiddens=num_hiddens)
    params = [W.requires_grad_() for W in first_weights(num_hiddens, seed)]
    updater = torch.optim.SGD(params, lr)

    def step(X: Tensor, y: Tensor) -> Tensor:
        l = torch.nn.functional.cross_entropy(net(X, *params), y)
        d2l.step(l, updater, len(y))
        return l.detach()

    return train(step, params, num_epochs, batch_size)


# %% [markdown]
# ## Control flow
# The function may loop and branch. What is recorded is the path that this $a$ took. Below, $f$ doubles $a$
# until it is large, so along one path $f(a) = k a$, with the slope $k = f(a) / a$. Another $a$ may take
# another path: $f$ is straight only in pieces, and jumps between them. Of the jumps the gradient knows
# nothing. The notes test `a.grad == d / a`; for $a < 0$ the division may round, so compare with a tolerance.


# %%
def doubled(a: Any) -> Any:
    """2a, doubled until it reaches 1000 in size, and 100 times that if it is negative (003 1.5, 例4).

    a: a node or a tensor, a single number. Raises ValueError for 0, which would be doubled for ever.
    """
    value = a.value if isinstance(a, Node) else a.detach()
    if value == 0:
        raise ValueError("a: 0 stays 0 however often it is doubled, the loop would not end")
    b, value = a * 2, value * 2
    while value.abs() < 1000:
        b, value = b * 2, value * 2
    return b if value > 0 else 100 * b


def control_flow(*, a: float = -0.7) -> d2l.Result:
    """Draw the function with a loop and a branch, and the slope that autograd finds.

    a: where to tell the slope, not 0
    """
    at = torch.linspace(-4, 4, 402, dtype=torch.float64)  # an even number: 0 is not among them
    points = [Node(one) for one in (*at, torch.tensor(a, dtype=torch.float64))]
    values = [doubled(point) for point in points]
    for value in values:
        value.backward()
    heights = torch.stack([value.value for value in values[:-1]])
    slopes = torch.stack([point.grad for point in points])
    metrics = {"f(a)": float(values[-1].value), "slope": float(slopes[-1])}
    return d2l.Result(figures={"control_flow": draw_control_flow(at, heights, slopes[:-1])}, metrics=metrics)


# %% [markdown]
# ## Forward or reverse
# In a chain of functions the Jacobians multiply, $J = J_k \cdots J_2\, J_1$. In which order is open:
#
# - forward, from the inputs: $J_k\,(\cdots (J_2\, J_1))$ carries a column for each input
# - in reverse, from the outputs: $((J_k\, J_{k-1}) \cdots)\, J_1$ carries a row for each output
#
# So forward mode is the cheap one where there are fewer inputs than outputs. A loss is a single output of
# very many inputs: reverse mode, which is `backward`. Its price is memory, as it needs the values of the
# whole forward pass.


# %%
def forward_mode(Js: Sequence[Float[Tensor, "_ _"]]) -> tuple[Tensor, int]:
    """The product Js[-1] ... Js[0] from the inputs on, and how many multiplications it took."""
    total, count = Js[0], 0
    for J in Js[1:]:
        count += J.shape[0] * J.shape[1] * total.shape[1]
        total = J @ total
    return total, count


def reverse_mode(Js: Sequence[Float[Tensor, "_ _"]]) -> tuple[Tensor, int]:
    """The same product from the outputs back, and how many multiplications it took."""
    total, count = Js[-1], 0
    for J in reversed(Js[:-1]):
        count += total.shape[0] * J.shape[0] * J.shape[1]
        total = total @ J
    return total, count


def modes(*, num_outputs: int = 32, width: int = 64, num_layers: int = 4) -> d2l.Result:
    """Count the multiplications of both modes, for chains of layers with more and more inputs.

    num_outputs: of the last layer
    width: units of the layers between
    num_layers: Jacobians in the chain, at least 2
    """
    d2l.check_counts(num_outputs=num_outputs, width=width)
    if num_layers < 2:
        raise ValueError(f"num_layers: a chain has at least 2, got {num_layers}")
    inputs = [2**k for k in range(11)]
    counts: dict[str, list[int]] = {"forward": [], "reverse": []}
    for num_inputs in inputs:
        widths = [num_inputs, *[width] * (num_layers - 1), num_outputs]
        Js = [torch.ones(n, m) for m, n in pairwise(widths)]
        counts["forward"].append(forward_mode(Js)[1])
        counts["reverse"].append(reverse_mode(Js)[1])
    metrics = {f"{name}, {inputs[-1]} inputs": float(count[-1]) for name, count in counts.items()}
    return d2l.Result(figures={"modes": draw_counts(inputs, counts, num_outputs)}, metrics=metrics)


# %%
if __name__ == "__main__":
    d2l.run_chapter("autograd_in_use", scratch, concise, control_flow, modes)
