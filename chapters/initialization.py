# %% [markdown]
# # Initialization (模型初始化)
# First weights of the right size carry values and gradients through many layers, neither lost nor blown up.
#
# Notes: 003 4.6, 004 3.8. Run: `python -m chapters.initialization [variances|scratch|concise|symmetry]`.
# On the digits, five hidden layers, after 15 epochs: training loss about 0.042 from Xavier's weights.

# %%
import math
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

import d2lcore as d2l
from chapters.backpropagation import Function, backward_layers, forward_layers
from chapters.dropout import dropout_layer
from chapters.figures import initialization as figures
from chapters.mlp import relu
from chapters.numerical_stability import activation_named, outputs
from chapters.softmax_regression import cross_entropy, inputs_and_classes
from chapters.training_memory import without_bias

# %% [markdown]
# ## Xavier's initialization
# Layer $t$ computes $h^t = W^t h^{t-1}$, from $n_{t-1}$ inputs to $n_t$ outputs; $t$ is a number, not a
# power. Its weights are independent, of mean 0 and variance $\gamma_t$. Let $l$ be the loss. An entry of
# $h^t$ is a sum of $n_{t-1}$ products with weights. An entry of the gradient $\partial l / \partial h^{t-1}$
# is a sum of $n_t$ of them. A product has $\gamma_t$ times the variance of its other factor; variances add:
#
# $$\mathrm{Var}[h^t] = n_{t-1} \gamma_t \mathrm{Var}[h^{t-1}] \qquad
# \mathrm{Var}[\partial l / \partial h^{t-1}] = n_t \gamma_t \mathrm{Var}[\partial l / \partial h^t]$$
#
# The factors $n_{t-1} \gamma_t$ and $n_t \gamma_t$ should be 1. Both can be only where $n_{t-1} = n_t$.
# Xavier's initialization makes their mean 1: $\gamma_t = 2 / (n_{t-1} + n_t)$. A uniform distribution
# $U(-a, a)$ has variance $a^2 / 3$ (003 4.6 writes $a^3 / 3$), so $a = \sqrt{6 / (n_{t-1} + n_t)}$. A normal
# distribution gets the standard deviation $\sqrt{2 / (n_{t-1} + n_t)}$. In code: `n_in` is $n_{t-1}$.


# %%
@torch.no_grad()
def xavier_uniform_(W: Float[Tensor, "n_out n_in"], gain: float = 1.0) -> Float[Tensor, "n_out n_in"]:
    """Fill W, in place, from U(-a, a) with a = gain sqrt(6 / (n_in + n_out)), and return it (004 3.8.3)."""
    n_out, n_in = W.shape  # as `nn.Linear` keeps its weight
    a = gain * math.sqrt(6 / (n_in + n_out))
    return W.uniform_(-a, a)


@torch.no_grad()
def xavier_normal_(W: Float[Tensor, "n_out n_in"], gain: float = 1.0) -> Float[Tensor, "n_out n_in"]:
    """Fill W, in place, from N(0, std²), std = gain sqrt(2 / (n_in + n_out)), and return it (004 3.8.3)."""
    n_out, n_in = W.shape
    return W.normal_(0, gain * math.sqrt(2 / (n_in + n_out)))


# Measured below in a linear network. The "small" weights are those of the chapters before.
INITS: dict[str, Function] = {"small": lambda W: W.normal_(0, 0.01), "xavier": xavier_uniform_}


def variance_factors(widths: Sequence[int], init: Function, num_draws: int) -> Float[Tensor, "2 layers"]:
    """Measured factors of each layer, of values (row 0) and gradients (row 1), over `num_draws` nets."""
    factors = torch.zeros(2, len(widths) - 1)
    for _ in range(num_draws):
        Ws = [init(torch.empty(n_out, n_in)) for n_in, n_out in pairwise(widths)]
        Xs, Zs = forward_layers(torch.randn(1, widths[0]), Ws, [lambda Z: Z] * len(Ws))
        _, dXs = backward_layers(Xs, Zs, Ws, [torch.ones_like] * len(Ws), torch.randn(1, widths[-1]))
        # The values (Xs) and gradients (dXs) have mean 0, so their variance is the mean of their squares.
        up, down = (torch.stack([H.square().mean() for H in tensors]) for tensors in (Xs, dXs))
        factors += torch.stack([up[1:] / up[:-1], down[:-1] / down[1:]]) / num_draws
    return factors


def variances(
    *, widths: tuple[int, ...] = (64, 256, 512, 256, 64, 16), num_draws: int = 50, seed: int = 0
) -> d2l.Result:
    """Measure the variances of values and gradients in a linear network, beside the predictions.

    widths: inputs, then outputs of each layer
    num_draws: networks to average over
    """
    d2l.seed_everything(seed)
    measured = {name: variance_factors(widths, init, num_draws) for name, init in INITS.items()}
    n = torch.tensor([*pairwise(widths)]).T  # row 0: n_in of each layer, row 1: n_out
    predicted = {"small": 1e-4 * n, "xavier": 2 * n / n.sum(dim=0)}  # n gamma
    errors = {f"{name}_error": float((measured[name] / predicted[name] - 1).abs().max()) for name in INITS}
    drawn = {"variances": figures.draw_variances(widths, measured, predicted)}
    return d2l.Result(figures=drawn, metrics=errors)


# %% [markdown]
# ## From scratch
# Five hidden layers of 64 units, no biases. With small weights each layer multiplies the size of values and
# gradients by $\sqrt{64} \cdot 0.01 = 0.08$. Nothing arrives: all ten classes get the same probability, and
# the loss stays at $\log 10 = 2.3026$. From Xavier's weights the same network learns.
# What do activations do to this? Near 0 an activation is about $h = \alpha h' + \beta$, where $h'$ comes from
# the linear layer. If $E[h'] = 0$, then $E[h] = \beta$ and $\mathrm{Var}[h] = \alpha^2 \mathrm{Var}[h']$ (004
# 3.8.3 subtracts $\beta^2$). For tanh $\alpha = 1$ and $\beta = 0$: it passes small values on as they are.
# For the sigmoid $\alpha = 1/4$ and $\beta = 1/2$: each layer divides the variance by 16. With
# `--activation sigmoid` not even Xavier's weights learn; with `scaled_sigmoid`, $4\,s(x) - 2$, they do.


# %%
def train_side_by_side(nets: dict, updaters: dict, loss: Any, data: tuple, num_epochs: int) -> d2l.Result:
    """Train nets, by the name of their first weights, in turn, epoch by epoch; one figure compares them."""

    def run_epoch(epoch: int) -> dict[str, float]:
        row = {}
        for name, net in nets.items():
            row[f"{name}_loss"], _ = d2l.train_epoch_ch3(net, data[0], loss, updaters[name], epoch=epoch)
            row[f"{name}_test_acc"] = d2l.evaluate_accuracy(net, data[1])
        return row

    history = d2l.train_epochs(num_epochs, run_epoch)
    return d2l.Result(nets["xavier"], history, {"training": figures.draw_training(history)})


def scratch(
    *, num_layers: int = 5, num_hiddens: int = 64, activation: str = "tanh", lr: float = 0.1,
    num_epochs: int = 15, batch_size: int = 32, data: str = "digits", device: str = "auto", seed: int = 0,
) -> d2l.Result:  # fmt: skip
    """Train the network from small weights and from Xavier's, both drawn by the functions above.

    num_layers: hidden layers
    activation: tanh, ReLU, sigmoid or scaled_sigmoid
    """
    phi, _, _ = activation_named(activation)
    where = d2l.get_device(device)
    batches = d2l.load_data(data, batch_size, device=where)
    num_inputs, num_outputs = inputs_and_classes(batches[0])
    widths = [num_inputs, *[num_hiddens] * num_layers, num_outputs]
    d2l.seed_everything(seed)
    nets, updaters = {}, {}
    for name, init in INITS.items():
        Ws = [init(torch.empty(n_out, n_in)).to(where).requires_grad_() for n_in, n_out in pairwise(widths)]
        nets[name] = partial(outputs, Ws=Ws, phi=phi)
        updaters[name] = partial(d2l.sgd, Ws, lr)
    result = train_side_by_side(nets, updaters, cross_entropy, batches, num_epochs)
    return replace(result, weights={f"W{t}": W for t, W in enumerate(nets["xavier"].keywords["Ws"], 1)})


# %% [markdown]
# ## Concise
# `nn.init` has both distributions. An `nn.Linear` left alone starts from $U(-a, a)$, $a = 1 / \sqrt{n_{in}}$.
# Its variance $a^2 / 3 = 1 / (3 n_{in})$ is a third of what keeps the variance of the values.


# %%
def concise(
    *, num_layers: int = 5, num_hiddens: int = 64, activation: str = "tanh", lr: float = 0.1,
    num_epochs: int = 15, batch_size: int = 32, data: str = "digits", device: str = "auto", seed: int = 0,
) -> d2l.Result:  # fmt: skip
    """The same networks of `nn` layers, with `nn.init`."""
    _, _, layer = activation_named(activation)
    where = d2l.get_device(device)
    batches = d2l.load_data(data, batch_size, device=where)
    num_inputs, num_outputs = inputs_and_classes(batches[0])
    widths = [num_inputs, *[num_hiddens] * num_layers, num_outputs]
    inits: dict = {"small": partial(nn.init.normal_, std=0.01), "xavier": nn.init.xavier_uniform_}
    nets = {name: nn.Sequential(nn.Flatten(), *without_bias(widths, layer)) for name in inits}
    d2l.seed_everything(seed)  # only now: the layers have drawn weights of their own
    for name, net in nets.items():
        for W in net.parameters():
            inits[name](W)
    updaters = {name: torch.optim.SGD(net.to(where).parameters(), lr) for name, net in nets.items()}
    return train_side_by_side(nets, updaters, nn.CrossEntropyLoss(), batches, num_epochs)


# %% [markdown]
# ## Symmetry
# Exchange two hidden units with all their weights, and the network computes the same. If they start equal, in
# W1 and in W2, they get equal gradients and stay equal, but for rounding: many units are worth one. Random
# weights make them differ. So does dropout, which drops one and not the other.
# In 004 3.8.2 only W1 starts equal. This is not enough. The gradient reaches the W1 of a unit through the
# weights of this unit in W2, and if these differ, so do the gradients.


# %%
def spreads_and_losses(
    Ws: Sequence[Tensor], X: Tensor, y: Tensor, lr: float, num_steps: int, p: float = 0.0
) -> tuple[tuple[float, ...], ...]:
    """Before each step: the spread, the most that a unit's W1 differs from the first unit's, and the loss."""
    W1, W2 = params = [W.clone().requires_grad_() for W in Ws]
    found = []
    for _ in range(num_steps):
        H = dropout_layer(relu(X.flatten(start_dim=1) @ W1.T), p)
        l = cross_entropy(H @ W2.T, y).mean()
        l.backward()
        found.append(((W1 - W1[:1]).abs().max().item(), l.item()))
        d2l.sgd(params, lr, batch_size=1)  # the mean's gradient is not to be divided again
    return tuple(zip(*found, strict=True))


def symmetry(
    *, num_hiddens: int = 32, p: float = 0.5, lr: float = 0.5, num_steps: int = 200, seed: int = 0
) -> d2l.Result:
    """Train networks whose hidden units start equal, or not, on all digits at once.

    p: probability of dropout, in the case that has it
    num_steps: steps of gradient descent
    """
    d2l.seed_everything(seed)
    X, y = next(iter(d2l.load_data("digits", 2000)[0]))  # all 1437 training images
    equal = [torch.full(shape, 0.01) for shape in ((num_hiddens, 64), (10, num_hiddens))]
    random = [0.01 * torch.randn(W.shape) for W in equal]
    starts = {"equal": (equal, 0.0), "equal, dropout": (equal, p),
              "W1 equal, W2 random": ([equal[0], random[1]], 0.0), "random": (random, 0.0)}  # fmt: skip
    runs = {name: spreads_and_losses(Ws, X, y, lr, num_steps, rate) for name, (Ws, rate) in starts.items()}
    metrics = {f"spread, {name}": spreads[-1] for name, (spreads, _) in runs.items()}
    metrics |= {f"loss, {name}": losses[-1] for name, (_, losses) in runs.items()}
    return d2l.Result(figures={"symmetry": figures.draw_symmetry(runs)}, metrics=metrics)


# %%
if __name__ == "__main__":
    d2l.run_chapter("initialization", variances, scratch, concise, symmetry)
