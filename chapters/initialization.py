# %% [markdown]
# # Numerical stability and initialization (数值稳定性和模型初始化)
# First weights of the right size carry values and gradients through many layers, neither lost nor blown up.
#
# Notes: 003 4.6, 004 3.8.
# Run: `python -m chapters.initialization [depth|half_precision|symmetry|variances|scratch|concise]`.
# Digits, 15 epochs: from N(0, 0.01²) the loss stays at log 10 = 2.3026; from Xavier's weights it falls to
# 0.039-0.047, test accuracy 0.96-0.98, in 1-2 s.

# %%
import math
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

import d2lcore as d2l
from chapters.backpropagation import Function, backward_layers, forward_layers, without_bias
from chapters.dropout import dropout_layer
from chapters.mlp import relu, relu_derivative, sigmoid, sigmoid_derivative, tanh, tanh_derivative
from chapters.softmax_regression import cross_entropy, inputs_and_classes
from d2lcore.errors import unknown

# %% [markdown]
# ## Gradients are long products
# In a network $h^{(l)} = f_l(h^{(l-1)})$ of $L$ layers, with
# $M^{(t)} = \partial h^{(t)} / \partial h^{(t-1)}$,
#
# $$\partial_{W^{(l)}} o = M^{(L)} \cdots M^{(l+1)}\, \partial_{W^{(l)}} h^{(l)}$$
#
# has $L - l$ matrices in front of one last factor (004 3.8.1 counts $L - 1$). If they make vectors shorter,
# the gradient **vanishes**; if they make them longer, it **explodes**.
#
# 003 4.6 wants gradients in [1e-6, 1e3]: a rule of thumb, no bound. Multiply the loss by a million and divide
# the learning rate by it, and every step stays the same. What no learning rate mends is a factor of a million
# between two layers that share it, and a number format that cannot hold both.
#
# One of the four activations here is the scaled sigmoid of 004 3.8.3. By the series of the sigmoid,
# $\frac12 + \frac x4 - \frac{x^3}{48} + \dots$, it is
# $4\,\mathrm{sigmoid}(x) - 2 = x - \frac{x^3}{12} + \dots$: 0 with slope 1 at 0, as tanh is. The sigmoid has
# slope 1/4, and its mean is not 0.


# %%
def scaled_sigmoid(X: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """4 sigmoid(x) - 2, in [-2, 2] (004 3.8.3)."""
    return 4 * sigmoid(X) - 2


def scaled_sigmoid_derivative(X: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """4 s (1 - s), in [0, 1]."""
    return 4 * sigmoid_derivative(X)


class ScaledSigmoid(nn.Module):
    """The layer of `scaled_sigmoid`."""

    def forward(self, X: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
        return 4 * torch.sigmoid(X) - 2


ACTIVATIONS: dict[str, tuple[Function, Function, Callable[[], nn.Module]]] = {
    "sigmoid": (sigmoid, sigmoid_derivative, nn.Sigmoid),
    "scaled_sigmoid": (scaled_sigmoid, scaled_sigmoid_derivative, ScaledSigmoid),
    "tanh": (tanh, tanh_derivative, nn.Tanh),
    "ReLU": (relu, relu_derivative, nn.ReLU),
}


def signal_and_gradient(
    X: Float[Tensor, "n d"], Ws: Sequence[Tensor], phi: Function, phi_derivative: Function, top: Tensor
) -> tuple[list[float], list[float]]:
    """What of X is left in h^(0), ..., h^(L), and what of `top`, the gradient in h^(L), gets back to each.

    The signal is the standard deviation over the examples, the gradient the root of the mean square.
    """
    Xs, Zs = forward_layers(X, Ws, [phi] * len(Ws))
    _, dXs = backward_layers(Xs, Zs, Ws, [phi_derivative] * len(Ws), top)
    signals = [H.var(dim=0).mean().sqrt().item() for H in Xs]
    return signals, [dH.square().mean().sqrt().item() for dH in dXs]


def depth(*, num_layers: int = 30, num_hiddens: int = 100, seed: int = 0) -> d2l.Result:
    """Follow signal and gradient through many layers, for weights too small, of Xavier's size, and too large.

    num_layers: layers of the network
    num_hiddens: units of every layer
    seed: of inputs, weights and gradient
    """
    d2l.check_counts(num_layers=num_layers, num_hiddens=num_hiddens)
    d2l.seed_everything(seed)
    normal = partial(torch.randn, dtype=torch.float64)
    X, top = normal(64, num_hiddens), normal(64, num_hiddens)
    directions = [normal(num_hiddens, num_hiddens) for _ in range(num_layers)]
    stds = {"small": 0.01, "xavier": num_hiddens**-0.5, "large": 3 * num_hiddens**-0.5}
    figure, panels = d2l.plt.subplots(2, 3, figsize=(9, 5), layout="constrained", sharex=True, sharey=True)
    metrics: dict[str, float] = {}
    for (size, std), upper, lower in zip(stds.items(), *panels, strict=True):
        Ws = [std * W for W in directions]
        pairs = [signal_and_gradient(X, Ws, *functions[:2], top) for functions in ACTIVATIONS.values()]
        for axes, curves in ((upper, [pair[0] for pair in pairs]), (lower, [pair[1] for pair in pairs])):
            d2l.plot(range(num_layers + 1), curves, yscale="log", ylim=(1e-16, 1e16), axes=axes)
        upper.set_title(f"{size}: weights N(0, {std:.2g}²)")
        lower.set_xlabel("layer")
        metrics |= {f"{name}_{size}": g[0] / g[-1] for name, (_, g) in zip(ACTIVATIONS, pairs, strict=True)}
    panels[0, 0].set_ylabel("signal, std over examples")
    panels[1, 0].set_ylabel("gradient, root mean square")
    panels[1, 0].legend(ACTIVATIONS)
    return d2l.Result(figures={"depth": figure}, metrics=metrics)


# %% [markdown]
# ## In half precision
# float16 has 5 bits of exponent. `torch.finfo` knows its range: the largest number is 65504, the smallest
# normal one $2^{-14} \approx$ 6.1e-5; below, digits are lost down to the smallest subnormal,
# $2^{-24} \approx$ 6e-8. A gradient that falls below half of that is 0, and no learning rate revives it; an
# activation above 65504 is infinite, and soon NaN. On a CPU, PyTorch has the products, elementwise functions
# and sums of float16, but no decompositions (`torch.linalg.svd`).


# %%
def float16_range() -> dict[str, float]:
    """The smallest subnormal, the smallest normal and the largest float16."""
    info = torch.finfo(torch.float16)
    subnormal = info.smallest_normal * info.eps  # eps is one unit in the last place of 1
    return {"smallest_subnormal": subnormal, "smallest_normal": info.smallest_normal, "largest": info.max}


def half_precision(*, num_layers: int = 20, num_hiddens: int = 100, seed: int = 0) -> d2l.Result:
    """Let the gradient of sigmoids underflow and the values of ReLUs overflow in float16, beside float32.

    num_layers: layers of the network
    num_hiddens: units of every layer
    seed: of inputs, weights and gradient
    """
    d2l.check_counts(num_layers=num_layers, num_hiddens=num_hiddens)
    d2l.seed_everything(seed)
    X, top = torch.randn(64, num_hiddens), torch.randn(64, num_hiddens) / 64
    Ws = [num_hiddens**-0.5 * torch.randn(num_hiddens, num_hiddens) for _ in range(num_layers)]
    gradients, values = {}, {}
    for dtype in (torch.float32, torch.float16):
        weak, strong = [W.to(dtype) for W in Ws], [(4 * W).to(dtype) for W in Ws]
        Xs, Zs = forward_layers(X.to(dtype), weak, [sigmoid] * num_layers)
        _, dXs = backward_layers(Xs, Zs, weak, [sigmoid_derivative] * num_layers, top.to(dtype))
        gradients[dtype] = [dH.abs().max().item() for dH in dXs]
        Hs, _ = forward_layers(X.to(dtype), strong, [relu] * num_layers)
        values[dtype] = [H.abs().max().item() for H in Hs]
    figure, panels = d2l.plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    titles = ("sigmoids: the gradient underflows", "ReLUs, weights x 4: the values overflow")
    for axes, curves, title in zip(panels, (gradients, values), titles, strict=True):
        for (dtype, curve), fmt in zip(curves.items(), ("-", "ms"), strict=True):
            axes.plot(range(num_layers + 1), curve, fmt, label=str(dtype).removeprefix("torch."))
        axes.set_title(title)
    limits = float16_range()
    for (name, limit), axes, style in zip(limits.items(), panels[[0, 0, 1]], (":", "--", "--"), strict=True):
        axes.axhline(limit, color="C3", linestyle=style, label=f"{name.replace('_', ' ')} float16")
    for axes, label in zip(panels, ("largest entry of the gradient", "largest value"), strict=True):
        d2l.set_axes(axes, "layer", label, yscale="log")
        axes.locator_params(axis="x", integer=True)
        axes.legend(fontsize="small")
    lost = sum(size == 0 for size in gradients[torch.float16])
    finite = sum(math.isfinite(size) for size in values[torch.float16])
    metrics = {"layers_without_gradient": float(lost), "layers_before_overflow": float(finite - 1)}
    return d2l.Result(figures={"half_precision": figure}, metrics={**limits, **metrics})


# %% [markdown]
# ## Symmetry
# Exchange two hidden units, weights included, and the network computes the same. If they start with the same
# weights, in and out, they get the same gradients and stay the same for ever: $h$ of them are worth one.
# Random first weights make them differ. So does dropout, which drops one and not the other. (Equal $W_1$
# alone, as in 004 3.8.2, is not enough: the gradient of unit $i$ in $W_1$ is proportional to its weights in
# $W_2$.)


# %%
def unit_spread(W: Float[Tensor, "n_out n_in"]) -> float:
    """The largest difference between the weights of a unit and of the first; 0 if all units are equal."""
    return (W.detach() - W.detach()[:1]).abs().max().item()


def descend(
    Ws: Sequence[Tensor], X: Tensor, y: Tensor, lr: float, num_steps: int, p: float = 0.0
) -> tuple[list[float], list[float]]:
    """Gradient descent from W1, W2 with dropout p: before each step the spread of the units, and the loss.

    The network is that of the chapter before: a hidden layer of ReLUs and no biases. Ws stay as they are.
    """
    W1, W2 = params = [W.clone().requires_grad_() for W in Ws]
    spreads, losses = [], []
    for _ in range(num_steps):
        H = dropout_layer(relu(X @ W1.T), p)
        l = cross_entropy(H @ W2.T, y).mean()
        l.backward()
        spreads.append(unit_spread(W1))
        losses.append(l.item())
        d2l.sgd(params, lr, batch_size=1)  # the mean's gradient is not to be divided again
    return spreads, losses


def symmetry(
    *, num_hiddens: int = 32, p: float = 0.5, lr: float = 0.5, num_steps: int = 200, seed: int = 0
) -> d2l.Result:
    """Train networks whose hidden units start equal, or not, on all digits at once.

    num_hiddens: hidden units
    p: probability of dropout, in the case that has it
    lr: learning rate of gradient descent
    num_steps: steps of gradient descent
    seed: of random weights and masks
    """
    d2l.check_counts(num_hiddens=num_hiddens, num_steps=num_steps)
    train_iter, _ = d2l.load_data("digits", 2000)
    X, y = next(iter(train_iter))
    X = X.flatten(start_dim=1)
    d2l.seed_everything(seed)
    equal = [torch.full(shape, 0.01) for shape in ((num_hiddens, X.shape[1]), (10, num_hiddens))]
    random = [0.01 * torch.randn(W.shape) for W in equal]
    runs = {
        "equal": descend(equal, X, y, lr, num_steps),
        "equal, dropout": descend(equal, X, y, lr, num_steps, p),
        "W1 equal, W2 random": descend([equal[0], random[1]], X, y, lr, num_steps),
        "random": descend(random, X, y, lr, num_steps),
    }
    figure, panels = d2l.plt.subplots(1, 2, figsize=(8.5, 3.4), layout="constrained")
    labels = ("largest difference between units in W1", "training loss")
    for axes, label, curves in zip(panels, labels, zip(*runs.values(), strict=True), strict=True):
        d2l.plot(range(num_steps), list(curves), "step", label, axes=axes)
    panels[1].legend(runs)
    metrics = {f"spread, {name}": spreads[-1] for name, (spreads, _) in runs.items()}
    metrics |= {f"loss, {name}": losses[-1] for name, (_, losses) in runs.items()}
    return d2l.Result(figures={"symmetry": figure}, metrics=metrics)


# %% [markdown]
# ## Xavier's initialization
# A layer $h^t = W^t h^{t-1}$ with $n_{t-1}$ inputs and $n_t$ outputs, weights independent of mean 0 and
# variance $\gamma_t$, multiplies variances:
#
# $$\mathrm{Var}[h^t] = n_{t-1} \gamma_t \mathrm{Var}[h^{t-1}] \qquad
# \mathrm{Var}[\partial l / \partial h^{t-1}] = n_t \gamma_t \mathrm{Var}[\partial l / \partial h^t]$$
#
# Only where $n_{t-1} = n_t$ can both factors be 1. Xavier's initialization makes their mean 1:
# $\gamma_t = 2 / (n_{t-1} + n_t)$. That is the variance: a normal distribution has standard deviation
# $\sqrt{2 / (n_{t-1} + n_t)}$. $U(-a, a)$ has variance $a^2 / 3$ (003 4.6: $a^3 / 3$), so
# $a = \sqrt{6 / (n_{t-1} + n_t)}$.
#
# An activation $\alpha x + \beta$ behind the layer makes $E[h] = \beta$ and
# $\mathrm{Var}[h] = \alpha^2 \mathrm{Var}[h']$ (004 3.8.3 subtracts $\beta^2$). Both are kept if $\beta = 0$
# and $\alpha = \pm 1$: so tanh and the scaled sigmoid pass what is small.


# %%
def check_weights(W: Tensor, gain: float) -> None:
    """Raise ValueError unless W is a matrix that is not empty and the gain is not negative."""
    if W.dim() != 2 or not W.numel():
        raise ValueError(f"W: expected a matrix (n_out, n_in) of at least 1 x 1, got shape {tuple(W.shape)}")
    if not gain >= 0:
        raise ValueError(f"gain: a factor of the weights cannot be negative, got {gain}")


@torch.no_grad()
def xavier_uniform_(W: Float[Tensor, "n_out n_in"], gain: float = 1.0) -> Float[Tensor, "n_out n_in"]:
    """Fill W from U(-a, a) with a = gain sqrt(6 / (n_in + n_out)), in place, and return it (004 3.8.3).

    W: as `nn.Linear` keeps its weight. Raises ValueError if it is no matrix or empty, or for a negative gain.
    """
    check_weights(W, gain)
    a = gain * math.sqrt(6 / sum(W.shape))
    return W.uniform_(-a, a)


@torch.no_grad()
def xavier_normal_(W: Float[Tensor, "n_out n_in"], gain: float = 1.0) -> Float[Tensor, "n_out n_in"]:
    """Fill W from N(0, std²) with std = gain sqrt(2 / (n_in + n_out)), in place, and return it (004 3.8.3).

    W, gain: as for `xavier_uniform_`.
    """
    check_weights(W, gain)
    return W.normal_(0, gain * math.sqrt(2 / sum(W.shape)))


@torch.no_grad()
def small_normal_(W: Float[Tensor, "n_out n_in"]) -> Float[Tensor, "n_out n_in"]:
    """Fill W from N(0, 0.01²), in place, and return it."""
    return W.normal_(0, 0.01)


INITS: dict[str, Function] = {"small": small_normal_, "xavier": xavier_uniform_}


def variance_factors(
    widths: Sequence[int], init: Callable[[Tensor], Tensor], num_draws: int
) -> tuple[list[float], list[float]]:
    """By what each linear layer multiplies the variance forward, and that of the gradient backward.

    widths: inputs, then outputs of each layer. Means over `num_draws` networks, one example each.
    Raises ValueError for fewer than two widths and for counts below 1.
    """
    if len(widths) < 2:
        raise ValueError(f"widths: a layer has inputs and outputs, so two are needed, got {tuple(widths)}")
    d2l.check_counts(num_draws=num_draws, **{f"widths[{i}]": width for i, width in enumerate(widths)})
    shapes = [(n_out, n_in) for n_in, n_out in pairwise(widths)]
    forward, backward = torch.zeros(len(shapes)), torch.zeros(len(shapes))
    for _ in range(num_draws):
        Ws = [init(torch.empty(shape)) for shape in shapes]
        Xs, Zs = forward_layers(torch.randn(1, widths[0]), Ws, [lambda Z: Z] * len(Ws))
        _, dXs = backward_layers(Xs, Zs, Ws, [torch.ones_like] * len(Ws), torch.randn(1, widths[-1]))
        up, down = (torch.stack([H.square().mean() for H in tensors]) for tensors in (Xs, dXs))
        forward += up[1:] / up[:-1] / num_draws
        backward += down[:-1] / down[1:] / num_draws
    return forward.tolist(), backward.tolist()


def variances(
    *, widths: tuple[int, ...] = (64, 256, 512, 256, 64, 16), num_draws: int = 50, seed: int = 0
) -> d2l.Result:
    """Measure the variances of values and gradients in a linear network, beside the predictions.

    widths: inputs, then outputs of each layer
    num_draws: networks to average over
    seed: of weights, inputs and gradients
    """
    d2l.seed_everything(seed)
    steps = list(pairwise(widths))
    gammas = {"small": [1e-4] * len(steps), "xavier": [2 / sum(step) for step in steps]}
    factors = {name: variance_factors(widths, init, num_draws) for name, init in INITS.items()}
    figure, panels = d2l.plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained", sharey=True)
    metrics = {}
    for axes, (name, measured) in zip(panels, factors.items(), strict=True):
        predicted = [[step[k] * g for step, g in zip(steps, gammas[name], strict=True)] for k in (0, 1)]
        metrics[f"{name}_error"] = (torch.tensor(measured) / torch.tensor(predicted) - 1).abs().max().item()
        for points, line, marker, way in zip(measured, predicted, "os", ("forward", "backward"), strict=True):
            drawn = axes.plot(points, marker, label=f"{way}, measured")
            axes.plot(line, color=drawn[0].get_color(), label=f"{way}, predicted")
        d2l.set_axes(axes, "layer", None, yscale="log")
        axes.set_xticks(range(len(steps)), [f"{n_in}→{n_out}" for n_in, n_out in steps], fontsize="small")
        axes.axhline(1, color="0.6", linestyle=":")
        axes.set_title(name)
    panels[0].set_ylabel("factor of the variance")
    panels[1].legend(fontsize="small")
    return d2l.Result(figures={"variances": figure}, metrics=metrics)


# %% [markdown]
# ## From scratch
# Five hidden layers and no biases. From N(0, 0.01²), every layer of 64 units multiplies values and gradients
# by about 0.08: the scores are 0, the loss is $\log 10$, and hardly any gradient arrives. From Xavier's
# weights the same network learns.


# %%
def scores(X: Float[Tensor, "n ..."], Ws: Sequence[Tensor], phi: Function) -> Float[Tensor, "n q"]:
    """The last layer's values, without an activation there."""
    phis = [phi] * (len(Ws) - 1) + [lambda Z: Z]
    return forward_layers(X.flatten(start_dim=1), Ws, phis)[0][-1]


def activation_called(name: str) -> tuple[Function, Function, Callable[[], nn.Module]]:
    """The activation, its derivative and its layer. Raises ValueError for an unknown name."""
    if name not in ACTIVATIONS:
        raise ValueError(unknown("activation", name, ACTIVATIONS))
    return ACTIVATIONS[name]


def fit_side_by_side(
    nets: dict[str, Any],
    updaters: dict[str, Any],
    loss: Callable[[Tensor, Tensor], Tensor],
    data: tuple[d2l.Batches, d2l.Batches],
    num_epochs: int,
    lr: float,
) -> d2l.Result:
    """Train the nets in turn, an epoch at a time, so that one figure compares them."""
    train_iter, test_iter = data

    def run_epoch(epoch: int) -> dict[str, float]:
        losses, accuracies = {}, {}
        for name, net in nets.items():
            losses[f"{name}_loss"], _ = d2l.train_epoch_ch3(
                net, train_iter, loss, updaters[name], epoch=epoch
            )
            accuracies[f"{name}_test_acc"] = d2l.evaluate_accuracy(net, test_iter)
        return {**losses, **accuracies}

    history = d2l.train_epochs(num_epochs, run_epoch)
    figure = history.plot()
    if legend := figure.axes[0].get_legend():
        legend.set_loc((0.6, 0.5))  # between the flat lines
    return d2l.Result(nets["xavier"], history, {"training": figure})


def scratch(
    *,
    num_layers: int = 5,
    num_hiddens: int = 64,
    activation: str = "tanh",
    lr: float = 0.1,
    num_epochs: int = 15,
    batch_size: int = 32,
    data: str = "digits",
    device: str = "auto",
    seed: int = 0,
) -> d2l.Result:
    """Train the network from small weights and from Xavier's, both drawn by the functions above.

    num_layers: hidden layers
    num_hiddens: units of a hidden layer
    activation: tanh, ReLU, sigmoid or scaled_sigmoid
    lr: learning rate of SGD
    num_epochs: passes over the training data
    batch_size: examples in a minibatch
    data: digits, fashion_mnist or mnist
    device: auto, cpu, cuda, cuda:N or mps
    seed: of the weights and of the order of the examples
    """
    d2l.check_counts(num_layers=num_layers, num_hiddens=num_hiddens)
    phi, _, _ = activation_called(activation)
    where = d2l.get_device(device)
    batches = d2l.load_data(data, batch_size, device=where)
    num_inputs, num_outputs = inputs_and_classes(batches[0])
    widths = [num_inputs, *[num_hiddens] * num_layers, num_outputs]
    shapes = [(n_out, n_in) for n_in, n_out in pairwise(widths)]
    d2l.seed_everything(seed)
    nets, updaters = {}, {}
    for name, init in INITS.items():
        Ws = [init(torch.empty(shape)).to(where).requires_grad_() for shape in shapes]
        nets[name], updaters[name] = partial(scores, Ws=Ws, phi=phi), partial(d2l.sgd, Ws, lr)
    return fit_side_by_side(nets, updaters, cross_entropy, batches, num_epochs, lr)


# %% [markdown]
# ## Concise
# `nn.init` has both. An `nn.Linear` left alone starts from U(-a, a) with $a = 1 / \sqrt{n_{in}}$, a third of
# the variance that keeps the signal.


# %%
def concise(
    *,
    num_layers: int = 5,
    num_hiddens: int = 64,
    activation: str = "tanh",
    lr: float = 0.1,
    num_epochs: int = 15,
    batch_size: int = 32,
    data: str = "digits",
    device: str = "auto",
    seed: int = 0,
) -> d2l.Result:
    """The same networks of `nn` layers, with `nn.init`."""
    d2l.check_counts(num_layers=num_layers, num_hiddens=num_hiddens)
    _, _, layer = activation_called(activation)
    where = d2l.get_device(device)
    batches = d2l.load_data(data, batch_size, device=where)
    num_inputs, num_outputs = inputs_and_classes(batches[0])
    widths = [num_inputs, *[num_hiddens] * num_layers, num_outputs]
    inits: dict[str, Callable] = {
        "small": partial(nn.init.normal_, std=0.01),
        "xavier": nn.init.xavier_uniform_,
    }
    nets = {name: nn.Sequential(nn.Flatten(), *without_bias(widths, layer)) for name in inits}
    d2l.seed_everything(seed)  # only now: the layers have drawn weights of their own
    for name, net in nets.items():
        for W in net.parameters():
            inits[name](W)
    updaters = {name: torch.optim.SGD(net.to(where).parameters(), lr=lr) for name, net in nets.items()}
    loss = nn.CrossEntropyLoss(reduction="none")
    return fit_side_by_side(nets, updaters, loss, batches, num_epochs, lr)


# %%
if __name__ == "__main__":
    d2l.run_chapter("initialization", depth, half_precision, symmetry, variances, scratch, concise)
