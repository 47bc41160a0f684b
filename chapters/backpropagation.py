# %% [markdown]
# # Backpropagation (反向传播)
# The chain rule, followed from the objective back to the weights, gives every gradient in one pass.
#
# Notes: 004 3.7, 000 1.3.2.
# Run: `python -m chapters.backpropagation [graph|gradient_check|memory|scratch|concise]`.
# On the embedded digits, 20 epochs: training loss 0.05-0.07, test accuracy 0.95-0.98, in half a second.

# %%
import weakref
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import torch
from jaxtyping import Float, Integer
from torch import Tensor, nn

import d2lcore as d2l
from chapters.mlp import relu, relu_derivative, tanh, tanh_derivative
from chapters.softmax_regression import cross_entropy, cross_entropy_gradient, inputs_and_classes

Function = Callable[[Tensor], Tensor]  # of every element by itself

# %% [markdown]
# ## Forward: compute and keep
# For one example $x$, without biases, with activation $\phi$ and loss $l$:
# $z = W_1 x$, $h = \phi(z)$, $o = W_2 h$, $L = l(o, y)$,
# $s = \frac{\lambda}{2} (\Vert W_1 \Vert_F^2 + \Vert W_2 \Vert_F^2)$, $J = L + s$.
#
# A batch has one example a row: row $i$ of $Z = X W_1^\top$ is the $z$ of example $i$. $L$ is then the mean
# of the examples' losses, and $s$ is added once.


# %%
def forward(
    X: Float[Tensor, "n d"],
    y: Integer[Tensor, " n"],
    W1: Float[Tensor, "h d"],
    W2: Float[Tensor, "q h"],
    lambd: float = 0.0,
    phi: Function = relu,
) -> dict[str, Tensor]:
    """Z, H of shape (n, h), O (n, q) and the scalars L, s, J, all kept for `backward` (004 3.7.1).

    y: classes. lambd: weight of the L2 penalty, at least 0. phi: the activation.
    Raises ValueError without examples, for shapes that do not fit, and for a negative lambd.
    """
    if not lambd >= 0:
        raise ValueError(f"lambd: the weight of a penalty cannot be negative, got {lambd}")
    if not len(X):
        raise ValueError("X: no examples, and the mean loss of none is not defined")
    if y.shape != (len(X),):
        raise ValueError(f"y: expected a class for each of {len(X)} examples, got shape {tuple(y.shape)}")
    check_chain(X, [W1, W2])
    Z = X @ W1.T
    H = phi(Z)
    O = H @ W2.T
    L = cross_entropy(O, y).mean()
    s = lambd / 2 * ((W1**2).sum() + (W2**2).sum())
    return {"Z": Z, "H": H, "O": O, "L": L, "s": s, "J": L + s}


def check_chain(X: Tensor, Ws: Sequence[Tensor]) -> None:
    """Raise ValueError unless every matrix (outputs, inputs) fits what the layer before gives."""
    given = X.shape[-1]
    for i, W in enumerate(Ws, start=1):
        if W.dim() != 2 or W.shape[1] != given:
            raise ValueError(
                f"W{i}: layer {i} gets {given} values an example, so its weights must have shape "
                f"(outputs, {given}), got {tuple(W.shape)}"
            )
        given = W.shape[0]


# %% [markdown]
# ## Backward: the same steps in reverse
# From $\partial J / \partial L = \partial J / \partial s = 1$, for one example:
#
# - $\partial J / \partial o = \partial L / \partial o$; of the cross-entropy, $\mathrm{softmax}(o)$ less the
#   one-hot $y$
# - $\partial J / \partial W_2 = \frac{\partial J}{\partial o} h^\top + \lambda W_2$
# - $\partial J / \partial h = W_2^\top \frac{\partial J}{\partial o}$
# - $\partial J / \partial z = \frac{\partial J}{\partial h} \odot \phi'(z)$; 004 3.7.2 puts a second
#   $W_2^\top$ in front, which is wrong
# - $\partial J / \partial W_1 = \frac{\partial J}{\partial z} x^\top + \lambda W_1$
#
# In a batch the mean puts $1/n$ into $\partial J / \partial O$, and the examples' outer products add up to
# one product of matrices, $(\partial J / \partial O)^\top H$. A gradient has the shape of its variable, or it
# is wrong.


# %%
def backward(
    X: Float[Tensor, "n d"],
    y: Integer[Tensor, " n"],
    W1: Float[Tensor, "h d"],
    W2: Float[Tensor, "q h"],
    kept: dict[str, Tensor],
    lambd: float = 0.0,
    phi_derivative: Function = relu_derivative,
) -> dict[str, Tensor]:
    """The gradients of J in L, s, O, W2, H, Z and W1, by name, in the order they are found (004 3.7.2).

    kept: what `forward` returned for the same batch, weights, lambd and activation.
    """
    dL = ds = torch.ones_like(kept["J"])
    dO = dL * cross_entropy_gradient(kept["O"], y) / len(y)
    dW2 = dO.T @ kept["H"] + ds * lambd * W2
    dH = dO @ W2
    dZ = dH * phi_derivative(kept["Z"])
    dW1 = dZ.T @ X + ds * lambd * W1
    return {"L": dL, "s": ds, "O": dO, "W2": dW2, "H": dH, "Z": dZ, "W1": dW1}


# %% [markdown]
# ## The computational graph
# Squares are variables, circles are operators; the input is at the lower left, the objective at the upper
# right. Values (black) flow along the arrows, gradients (red) flow back along them. Two paths lead from $W_1$
# to $J$: its gradient is the sum of what comes back on both. $X$ and $y$ are not trained, so nothing is sent
# back to them.

# %%
VARIABLES = {
    "X": (0.5, 0.6), "Z": (2.5, 0.6), "H": (4.5, 0.6), "O": (6.5, 0.6), "L": (8.5, 0.6),
    "W1": (1.5, 2.1), "W2": (5.5, 2.1), "y": (7.5, 2.1), "s": (7, 3.6), "J": (9.5, 3.6),
}  # fmt: skip
OPERATORS = {
    "times": (1.5, 0.6, r"$\times$"), "phi": (3.5, 0.6, r"$\phi$"), "times2": (5.5, 0.6, r"$\times$"),
    "loss": (7.5, 0.6, "$l$"), "norms": (5.5, 3.6, r"$\frac{\lambda}{2}\Vert\cdot\Vert^2$"),
    "plus": (8.5, 3.6, "$+$"),
}  # fmt: skip
FLOW = (
    "X-times W1-times times-Z Z-phi phi-H H-times2 W2-times2 times2-O O-loss y-loss loss-L L-plus "
    "W1-norms W2-norms norms-s s-plus plus-J"
)


def draw_graph(values: dict[str, Tensor], gradients: dict[str, Tensor]) -> Any:
    """The figure of `VARIABLES`, `OPERATORS` and `FLOW`, values and gradients written into the squares."""
    figure, axes = d2l.plt.subplots(figsize=(9, 4), layout="constrained")
    axes.set(xlim=(0, 10), ylim=(0, 4.2), aspect="equal")
    axes.axis("off")
    shapes: dict[str, Any] = {}
    axes.text(0, 3.9, "forward: values", fontsize=10)
    axes.text(0, 3.6, "backward: gradients of $J$", fontsize=10, color="C3")
    for name, (x, y) in VARIABLES.items():
        shapes[name] = d2l.plt.Rectangle((x - 0.44, y - 0.5), 0.88, 1)
        middle, edge = (y - 0.1, "bottom") if name in gradients else (y, "center")
        title = "$" + "_".join(name) + "$\n"
        axes.text(x, middle, title + numbers(values[name]), ha="center", va=edge, fontsize=9)
        if name in gradients:
            axes.text(x, middle, numbers(gradients[name]), ha="center", va="top", fontsize=9, color="C3")
    for name, (x, y, sign) in OPERATORS.items():
        shapes[name] = d2l.plt.Circle((x, y), 0.42 if name == "norms" else 0.2)
        axes.text(x, y, sign, ha="center", va="center")
    for shape in shapes.values():
        axes.add_patch(shape).set(facecolor="white", edgecolor="black")
    for arrow in FLOW.split():
        start, end = arrow.split("-")
        draw_arrow(axes, shapes[start], shapes[end], "black")
        if start not in ("X", "y"):
            draw_arrow(axes, shapes[end], shapes[start], "C3")
    return figure


def draw_arrow(axes: Any, start: Any, end: Any, color: str) -> None:
    """From shape to shape, a little to the left of the line between their centres."""
    here, there = (complex(*shape.get_center()) for shape in (start, end))
    aside = 0.07j * (there - here) / abs(there - here)
    tail, tip = ((point.real, point.imag) for point in (here + aside, there + aside))
    style = {"arrowstyle": "-|>", "color": color, "shrinkA": 0, "shrinkB": 0, "patchA": start, "patchB": end}
    axes.annotate("", tip, tail, arrowprops=style)


def numbers(tensor: Tensor) -> str:
    """At most two decimals each, a row of a matrix a line."""
    rows = torch.atleast_2d(tensor).tolist()
    return "\n".join("  ".join(f"{round(value, 2) + 0:g}" for value in row) for row in rows)  # + 0: no -0


def graph(*, lambd: float = 0.1) -> d2l.Result:
    """Draw the graph of a small network and one example, with its values and gradients.

    lambd: weight of the L2 penalty
    """
    X, y = torch.tensor([[1.0, 2.0]]), torch.tensor([1])
    W1, W2 = torch.tensor([[0.5, 0.5], [1.0, -1.0]]), torch.tensor([[1.0, -0.5], [-1.0, 2.0]])
    kept = forward(X, y, W1, W2, lambd)
    gradients = backward(X, y, W1, W2, kept, lambd)
    values = {"X": X, "y": y, "W1": W1, "W2": W2, **kept}
    figure = draw_graph(values, {**gradients, "J": torch.ones_like(kept["J"])})
    return d2l.Result(figures={"graph": figure}, metrics={name: float(kept[name]) for name in "LsJ"})


# %% [markdown]
# ## Gradient check
# $\frac{\partial f}{\partial w} \approx \frac{f(w + \varepsilon) - f(w - \varepsilon)}{2 \varepsilon}$ takes
# two forward passes for every single weight: it is a test, no way to train. The formula errs by about
# $\varepsilon^2$, rounding adds about $\delta / \varepsilon$, with $\delta$ the precision of the type. The
# best $\varepsilon$ is near $\sqrt[3]{\delta}$: 1e-5 in float64. In float32 the check sees four digits at
# best.


# %%
@torch.no_grad()
def numerical_gradient(
    f: Callable[[Tensor], Tensor], W: Float[Tensor, "..."], eps: float = 1e-5
) -> Float[Tensor, "..."]:
    """The gradient of the scalar f(W) by central differences, in the shape of W.

    eps: the step; the default suits float64. Raises ValueError unless it is above 0.
    """
    if not eps > 0:
        raise ValueError(f"eps: a step must be above 0, got {eps}")
    steps = (eps * torch.eye(W.numel(), dtype=W.dtype, device=W.device)).view(W.numel(), *W.shape)
    slopes = [float(f(W + step) - f(W - step)) / (2 * eps) for step in steps]
    return torch.tensor(slopes, dtype=W.dtype, device=W.device).reshape(W.shape)


def gradient_check(*, num_hiddens: int = 5, seed: int = 0) -> d2l.Result:
    """Compare the gradient of W1 by hand with central differences of many steps, in two precisions.

    num_hiddens: units of the hidden layer
    seed: of the weights and examples
    """
    d2l.check_counts(num_hiddens=num_hiddens)
    d2l.seed_everything(seed)
    shapes = (8, 4), (num_hiddens, 4), (3, num_hiddens)
    tensors, y = [torch.randn(shape, dtype=torch.float64) for shape in shapes], torch.randint(3, (8,))
    steps = [10 ** (k / 4) for k in range(-44, 1)]
    errors: dict[str, list[float]] = {}
    for dtype in (torch.float32, torch.float64):
        X, W1, W2 = (tensor.to(dtype) for tensor in tensors)
        by_hand = backward(X, y, W1, W2, forward(X, y, W1, W2, 0.1, tanh), 0.1, tanh_derivative)["W1"]
        objective = partial(lambda W, X, W2: forward(X, y, W, W2, 0.1, tanh)["J"], X=X, W2=W2)
        differences = [(numerical_gradient(objective, W1, eps) - by_hand).abs().max() for eps in steps]
        errors[str(dtype).removeprefix("torch.")] = [float(d / by_hand.abs().max()) for d in differences]
    figure, axes = d2l.plt.subplots(figsize=(6, 3.6), layout="constrained")
    d2l.plot(steps, list(errors.values()), "step ε", "largest relative difference", list(errors),
             xscale="log", yscale="log", axes=axes)  # fmt: skip
    least = {f"{name}_error": min(differences) for name, differences in errors.items()}
    return d2l.Result(figures={"gradient_check": figure}, metrics=least)


# %% [markdown]
# ## Any number of layers
# $x^{(i)} = \sigma_i(z^{(i)})$ with $z^{(i)} = W^{(i)} x^{(i-1)}$, for $i = 1, \dots, l$. Backward, for
# $i = l, \dots, 1$:
# $\frac{\partial J}{\partial z^{(i)}} = \frac{\partial J}{\partial x^{(i)}} \odot \sigma_i'(z^{(i)})$ gives
# both $\frac{\partial J}{\partial W^{(i)}} = \frac{\partial J}{\partial z^{(i)}} x^{(i-1)\top}$, to train
# with, and $\frac{\partial J}{\partial x^{(i-1)}} = W^{(i)\top} \frac{\partial J}{\partial z^{(i)}}$, to go
# on with.


# %%
def forward_layers(
    X: Float[Tensor, "n d"], Ws: Sequence[Tensor], phis: Sequence[Function]
) -> tuple[list[Tensor], list[Tensor]]:
    """The values x^(0), ..., x^(l) of the layers, an example a row, and z^(1), ..., z^(l) (000 1.3.2).

    Ws: matrices (outputs, inputs). phis: one activation a layer.
    Raises ValueError for shapes that do not fit and another number of activations.
    """
    if len(phis) != len(Ws):
        raise ValueError(f"phis: {len(phis)} activations for {len(Ws)} layers; give one a layer")
    check_chain(X, Ws)
    Xs, Zs = [X], []
    for W, phi in zip(Ws, phis, strict=True):
        Zs.append(Xs[-1] @ W.T)
        Xs.append(phi(Zs[-1]))
    return Xs, Zs


def backward_layers(
    Xs: Sequence[Tensor],
    Zs: Sequence[Tensor],
    Ws: Sequence[Tensor],
    derivatives: Sequence[Function],
    gradient: Tensor,
) -> tuple[list[Tensor], list[Tensor]]:
    """The gradients of W^(1), ..., W^(l) and of x^(0), ..., x^(l), from the last of them (000 1.3.2).

    Xs, Zs: what `forward_layers` returned. derivatives: of the activations. gradient: that of x^(l).
    Raises ValueError for another number of derivatives than layers.
    """
    if len(derivatives) != len(Ws):
        raise ValueError(f"derivatives: {len(derivatives)} for {len(Ws)} layers; give one a layer")
    dWs: list[Tensor] = []
    dXs = [gradient]
    for X, Z, W, derivative in reversed([*zip(Xs[:-1], Zs, Ws, derivatives, strict=True)]):
        dZ = dXs[0] * derivative(Z)
        dWs.insert(0, dZ.T @ X)
        dXs.insert(0, dZ @ W)
    return dWs, dXs


# %% [markdown]
# ## Memory
# Training keeps what the backward pass needs. With $k$ hidden layers of $h$ ReLUs, $n$ examples and $b$ bytes
# a number, autograd keeps the $k$ matrices $H$: $k n h b$ bytes, proportional to depth and to batch size.
# ($Z$ it drops, because $h > 0$ tells where $z > 0$; `forward` above keeps both, and $O$.) While the last $H$
# is computed its $Z$ is there too: $(k + 1) n h b$ at the peak. Prediction drops each layer's input when it
# has the output: $2 n h b$ at any depth.


# %%
def num_bytes(tensors: Iterable[Tensor]) -> int:
    """The bytes that the tensors occupy; what several share counts once."""
    storages = [tensor.untyped_storage() for tensor in tensors]
    return sum({storage.data_ptr(): storage.nbytes() for storage in storages}.values())


def without_bias(widths: Sequence[int], activation: Callable[[], nn.Module] = nn.ReLU) -> nn.Sequential:
    """Linear layers of widths[0] inputs, widths[1], ... outputs, an activation after each but the last."""
    layers: list[nn.Module] = []
    for num_inputs, num_outputs in pairwise(widths):
        layers += [nn.Linear(num_inputs, num_outputs, bias=False), activation()]
    return nn.Sequential(*layers[:-1])


def saved_bytes(net: nn.Module, X: Tensor) -> int:
    """The bytes that autograd keeps after net(X), besides X and the parameters, which are there anyway."""
    there = [X, *net.parameters()]
    kept = list(there)

    def keep(tensor: Tensor) -> Tensor:
        kept.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        net(X)
    return num_bytes(kept) - num_bytes(there)


def peak_bytes(net: nn.Sequential, X: Tensor) -> int:
    """The most bytes that the outputs of the layers of `net` occupy at one time during net(X)."""
    outputs: list[weakref.ref] = []  # weak references keep no memory alive
    peak = 0

    def count(layer: nn.Module, inputs: tuple[Tensor], output: Tensor) -> None:
        nonlocal peak
        outputs.append(weakref.ref(output.untyped_storage()))
        peak = max(peak, sum(storage.nbytes() for ref in outputs if (storage := ref()) is not None))

    hooks = [layer.register_forward_hook(count) for layer in net]
    net(X)
    for hook in hooks:
        hook.remove()
    return peak


def counted_bytes(depth: int, num_hiddens: int, n: int) -> dict[str, int]:
    """The three formulas, for `depth` hidden layers and n examples in float32."""
    H = 4 * n * num_hiddens
    return {"training, peak": (depth + 1) * H, "training, kept": depth * H, "prediction, peak": 2 * H}


def measured_bytes(depth: int, num_hiddens: int, n: int) -> dict[str, int]:
    """The same, measured on a network with as many inputs and outputs as hidden units."""
    net, X = without_bias([num_hiddens] * (depth + 2)), torch.rand(n, num_hiddens)
    training = {"training, peak": peak_bytes(net, X), "training, kept": saved_bytes(net, X)}
    with torch.no_grad():
        return {**training, "prediction, peak": peak_bytes(net, X)}


def memory(*, depth: int = 16, num_hiddens: int = 256, batch_size: int = 256) -> d2l.Result:
    """Measure the memory of training and prediction as the depth grows, then the batch.

    depth: most hidden layers
    num_hiddens: units of a hidden layer
    batch_size: examples in the smallest batch, a quarter of the largest
    """
    d2l.check_counts(depth=depth, num_hiddens=num_hiddens, batch_size=batch_size)
    deeper = [(k, num_hiddens, batch_size) for k in range(1, depth + 1)]
    larger = [(depth, num_hiddens, batch_size * k) for k in range(1, 5)]
    figure, (left, right) = d2l.plt.subplots(1, 2, figsize=(8.5, 3.4), layout="constrained")
    for axes, label, column, cases in ((left, "hidden layers", 0, deeper), (right, "batch size", 2, larger)):
        x = [case[column] for case in cases]
        counted, measured = [[count(*case) for case in cases] for count in (counted_bytes, measured_bytes)]
        for name, marker in zip(measured[0], "os^", strict=True):
            axes.plot(x, [row[name] / 2**20 for row in counted], "0.6")
            axes.plot(x, [row[name] / 2**20 for row in measured], marker, label=name)
        d2l.set_axes(axes, label, "MiB of layer outputs")
        axes.locator_params(axis="x", integer=True)
    left.plot([], [], "0.6", label="counted by hand")
    left.legend()
    metrics = {name: float(value) for name, value in measured_bytes(*deeper[-1]).items()}
    return d2l.Result(figures={"memory": figure}, metrics=metrics)


# %% [markdown]
# ## From scratch
# The two passes take turns: the forward pass uses the weights that the last backward pass has led to, the
# backward pass the values that the forward pass has kept. The weights are plain tensors, and autograd has no
# part in it.


# %%
def scores(X: Float[Tensor, "n ..."], W1: Tensor, W2: Tensor) -> Float[Tensor, "n q"]:
    """O of the network with ReLUs, and nothing kept: what prediction needs."""
    return relu(X.flatten(start_dim=1) @ W1.T) @ W2.T


def scratch(
    *,
    num_hiddens: int = 64,
    lambd: float = 0.001,
    lr: float = 0.5,
    num_epochs: int = 20,
    batch_size: int = 32,
    data: str = "digits",
    device: str = "auto",
    seed: int = 0,
) -> d2l.Result:
    """One hidden layer, trained with the gradients by hand.

    num_hiddens: units of the hidden layer
    lambd: weight of the L2 penalty
    lr: learning rate of SGD
    num_epochs: passes over the training data
    batch_size: examples in a minibatch
    data: digits, fashion_mnist or mnist
    device: auto, cpu, cuda, cuda:N or mps
    seed: of the weights and of the order of the examples
    """
    d2l.check_counts(num_hiddens=num_hiddens)
    if not lr >= 0:
        raise ValueError(f"lr: a learning rate cannot be negative, got {lr}")
    where = d2l.get_device(device)
    train_iter, test_iter = d2l.load_data(data, batch_size, device=where)
    num_inputs, num_outputs = inputs_and_classes(train_iter)
    d2l.seed_everything(seed)
    W1 = (0.01 * torch.randn(num_hiddens, num_inputs)).to(where)
    W2 = (0.01 * torch.randn(num_outputs, num_hiddens)).to(where)
    net = partial(scores, W1=W1, W2=W2)

    def run_epoch(epoch: int) -> dict[str, float]:
        metric = d2l.Accumulator(3)  # sum of the losses, correct predictions, examples
        for X, y in train_iter:
            X = X.flatten(start_dim=1)
            kept = forward(X, y, W1, W2, lambd)
            gradients = backward(X, y, W1, W2, kept, lambd)
            W1.sub_(lr * gradients["W1"])
            W2.sub_(lr * gradients["W2"])
            metric.add(kept["L"] * len(y), d2l.accuracy(kept["O"], y), len(y))
        numbers = {"train_loss": metric[0] / metric[2], "train_acc": metric[1] / metric[2]}
        return {**numbers, "test_acc": d2l.evaluate_accuracy(net, test_iter)}

    history = d2l.train_epochs(num_epochs, run_epoch)
    return d2l.Result(net, history, {"training": history.plot()})


# %% [markdown]
# ## Concise
# Autograd finds the same gradients. `weight_decay` adds $\lambda W$ to the gradient of every parameter, as
# $s$ does; the loss that is reported is $L$ in both variants. On the digits the losses agree to 1e-5. With
# `--data fashion_mnist --lr 0.1 --batch-size 256` rounding parts them by 2e-4 in ten epochs; at the defaults,
# lr 0.5 and batches of 32, that data set does not train.


# %%
def concise(
    *,
    num_hiddens: int = 64,
    lambd: float = 0.001,
    lr: float = 0.5,
    num_epochs: int = 20,
    batch_size: int = 32,
    data: str = "digits",
    device: str = "auto",
    seed: int = 0,
) -> d2l.Result:
    """The same network of `nn` layers, from the same first weights, with autograd."""
    d2l.check_counts(num_hiddens=num_hiddens)
    where = d2l.get_device(device)
    train_iter, test_iter = d2l.load_data(data, batch_size, device=where)
    num_inputs, num_outputs = inputs_and_classes(train_iter)
    net = nn.Sequential(nn.Flatten(), *without_bias([num_inputs, num_hiddens, num_outputs]))
    d2l.seed_everything(seed)  # only now: the layers have drawn weights of their own
    for W in net.parameters():
        nn.init.normal_(W, std=0.01)
    updater = torch.optim.SGD(net.to(where).parameters(), lr=lr, weight_decay=lambd)
    loss = nn.CrossEntropyLoss(reduction="none")
    history = d2l.train_ch3(net, train_iter, test_iter, loss, num_epochs, updater)
    return d2l.Result(net, history, {"training": history.plot()})


# %%
if __name__ == "__main__":
    d2l.run_chapter("backpropagation", graph, gradient_check, memory, scratch, concise)
