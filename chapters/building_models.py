# %% [markdown]
# # Building models (层、块与参数)
# A module is a function that can list its parameters. Modules inside modules make a net that lists them all.
#
# Notes: 003 6.1-6.3. Run: `python -m chapters.building_models [VARIANT]`.
# VARIANT is `scratch`, `concise`, `initializers`, `tied` or `layers`.
# On the digits, after 20 epochs: training loss about 0.09.

# %%
import copy
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

import d2lcore as d2l
from chapters.figures import building_models as figures
from chapters.mlp import relu
from chapters.softmax_regression import inputs_and_classes, train_and_draw

# %% [markdown]
# ## A module
# A layer is a function with parameters. A block is a function made of layers, or of other blocks. An
# optimizer wants the parameters of all of them. So a layer or block, a module, looks through its attributes:
# a tensor that requires gradients is a parameter, and a module has parameters of its own. The name of a
# parameter is the way to it, such as `net.0.weight`. ReLU has none: the plain function will do.


# %%
class Module:
    """A function with parameters: its own, and those of the modules in its attributes (003 6.1)."""

    def named_parameters(self) -> dict[str, Tensor]:
        """Each parameter under its name; one that is found in two places is listed once (003 6.2.1)."""
        named: dict[str, Tensor] = {}
        for name, value in vars(self).items():
            inside = value.named_parameters() if isinstance(value, Module) else {"": value}
            for rest, one in inside.items():
                known = any(one is other for other in named.values())
                if isinstance(one, Tensor) and one.requires_grad and not known:
                    named[f"{name}.{rest}".rstrip(".")] = one
        return named


class Sequential(Module):
    """Functions in a row, each of what the one before gives (003 6.1)."""

    def __init__(self, *functions: Callable[[Tensor], Tensor]) -> None:
        vars(self).update({str(i): function for i, function in enumerate(functions)})

    def __call__(self, X: Tensor) -> Tensor:
        for function in vars(self).values():
            X = function(X)
        return X


class Linear(Module):
    """X W^T + b, from the first weights of `nn.Linear`: (n, num_inputs) -> (n, num_outputs)."""

    def __init__(self, num_inputs: int, num_outputs: int) -> None:
        a = num_inputs**-0.5  # the inputs alone decide, not the outputs as well (003 6.2.2)
        self.weight = torch.empty(num_outputs, num_inputs).uniform_(-a, a).requires_grad_()
        self.bias = torch.empty(num_outputs).uniform_(-a, a).requires_grad_()

    def __call__(self, X: Float[Tensor, "n d"]) -> Float[Tensor, "n q"]:
        return X @ self.weight.T + self.bias


class Block(Module):
    """The nested net of 003 6.1: (n, ...) -> (n, num_outputs) scores."""

    def __init__(self, num_inputs: int, num_outputs: int, num_hiddens: tuple[int, int]) -> None:
        self.net = Sequential(Linear(num_inputs, num_hiddens[0]), relu, Linear(*num_hiddens), relu)
        self.linear = Linear(num_hiddens[1], num_outputs)

    def __call__(self, X: Float[Tensor, "n ..."]) -> Float[Tensor, "n q"]:
        return self.linear(self.net(X.flatten(start_dim=1)))


def scratch(
    *, num_hiddens: tuple[int, int] = (64, 32), lr: float = 0.1, num_epochs: int = 20, batch_size: int = 32,
    data: str = "digits", device: str = "auto", seed: int = 0,
) -> d2l.Result:  # fmt: skip
    """The nested net of the modules above."""
    where = d2l.get_device(device)
    train_iter, test_iter = d2l.load_data(data, batch_size, device=where)
    d2l.seed_everything(seed)
    net = Block(*inputs_and_classes(train_iter), num_hiddens)
    named = net.named_parameters()
    for one in named.values():
        one.data = one.data.to(where)  # the same parameter, its values on another device
    loss, updater = nn.CrossEntropyLoss(reduction="none"), partial(d2l.sgd, [*named.values()], lr)
    return replace(train_and_draw(net, train_iter, test_iter, loss, num_epochs, updater), weights=named)


# %% [markdown]
# ## Concise
# `nn.Module` makes the same list. Its parameters are `nn.Parameter`s, entered when they are assigned to an
# attribute, in tables that `super().__init__()` makes. A call of it calls `forward`. One seed gives both
# variants the same first weights, so their losses differ by rounding only.


# %%
class ConciseBlock(nn.Module):
    """The same net of `nn` layers."""

    def __init__(self, num_inputs: int, num_outputs: int, num_hiddens: tuple[int, int]) -> None:
        super().__init__()
        first, second = nn.Linear(num_inputs, num_hiddens[0]), nn.Linear(*num_hiddens)
        self.net = nn.Sequential(first, nn.ReLU(), second, nn.ReLU())
        self.linear = nn.Linear(num_hiddens[1], num_outputs)

    def forward(self, X: Float[Tensor, "n ..."]) -> Float[Tensor, "n q"]:
        return self.linear(self.net(X.flatten(start_dim=1)))


def concise(
    *, num_hiddens: tuple[int, int] = (64, 32), lr: float = 0.1, num_epochs: int = 20, batch_size: int = 32,
    data: str = "digits", device: str = "auto", seed: int = 0,
) -> d2l.Result:  # fmt: skip
    """The same net of `nn` layers, from the same first weights."""
    where = d2l.get_device(device)
    train_iter, test_iter = d2l.load_data(data, batch_size, device=where)
    d2l.seed_everything(seed)
    net = ConciseBlock(*inputs_and_classes(train_iter), num_hiddens).to(where)
    loss, updater = nn.CrossEntropyLoss(reduction="none"), torch.optim.SGD(net.parameters(), lr)
    return train_and_draw(net, train_iter, test_iter, loss, num_epochs, updater)


# %% [markdown]
# ## First weights
# `net.apply(f)` calls `f` with every module inside, `net[0].apply(f)` in one block alone. `nn.init` has the
# usual distributions. Any other is drawn in place, without autograd. 003 6.2.2 asks for $U(5, 10)$ with
# probability 1/4, 0 with 1/2, $U(-10, -5)$ with 1/4: draw from $U(-10, 10)$, and put 0 in the middle half.


# %%
@torch.no_grad()
def far_from_zero_(W: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """Fill W, in place, with draws from U(5, 10), 0 or U(-10, -5), as above, and return it."""
    return W.masked_fill_(W.uniform_(-10, 10).abs() < 5, 0)


def init_with(fill: Callable[[Tensor], Tensor]) -> Callable[[nn.Module], None]:
    """For `net.apply`: `fill` the weight of each `nn.Linear`, and set its bias to 0."""

    def init(module: nn.Module) -> None:
        if isinstance(module, nn.Linear):
            fill(module.weight)
            nn.init.zeros_(module.bias)

    return init


def initializers(*, num_hiddens: int = 256, seed: int = 0) -> d2l.Result:
    """Draw the weights of four blocks of one net, each in its own way."""
    d2l.seed_everything(seed)
    net: Any = nn.Sequential(*[nn.Linear(num_hiddens, num_hiddens) for _ in range(4)])
    net[1].apply(init_with(partial(nn.init.normal_, std=0.01)))
    net[2].apply(init_with(nn.init.xavier_uniform_))
    net[3].apply(init_with(far_from_zero_))
    weights = [layer.weight.detach() for layer in net]
    shares = {"U(5, 10)": weights[3] >= 5, "0": weights[3] == 0, "U(-10, -5)": weights[3] <= -5}
    metrics = {f"share of {name}": float(share.float().mean()) for name, share in shares.items()}
    return d2l.Result(figures={"weights": figures.draw_weights(weights)}, metrics=metrics)


# %% [markdown]
# ## Tied parameters
# A layer that stands in two places is still one layer: its weight is listed once, and one step changes it.
# Both places have a share in its gradient, and `backward` adds them up. `state_dict` has it under both names.


# %%
def tied_net(first: nn.Linear, shared: nn.Linear, last: nn.Linear) -> nn.Sequential:
    """The net of 003 6.2.3, with `shared`, (n, h) -> (n, h), in two places."""
    return nn.Sequential(first, nn.ReLU(), shared, nn.ReLU(), shared, nn.ReLU(), last)


def tied(*, seed: int = 0) -> d2l.Result:
    """The gradient of a tied weight beside those of two untied ones of the same values."""
    d2l.seed_everything(seed)
    net: Any = tied_net(nn.Linear(4, 8), nn.Linear(8, 8), nn.Linear(8, 1)).double()
    untied: Any = nn.Sequential(*[copy.deepcopy(layer) for layer in net])
    X, y, metrics = torch.randn(64, 4).double(), torch.randn(64, 1).double(), {}
    for name, one in {"tied": net, "untied": untied}.items():
        d2l.squared_loss(one(X), y).mean().backward()
        metrics[f"parameters, {name}"] = float(sum(param.numel() for param in one.parameters()))
    first, second, once = (layer.weight.grad for layer in (untied[2], untied[4], net[2]))
    metrics["largest difference from the sum"] = float((first + second - once).abs().max())
    return d2l.Result(figures={"gradients": figures.draw_gradients([first, second, once])}, metrics=metrics)


# %% [markdown]
# ## Layers of your own
# `CenteredLayer` has no parameters. Its mean is that of the whole batch, so what becomes of an example
# depends on the others. A layer with parameters makes them in `__init__` and uses them in `forward`.
# 003 6.3 uses `weight.data` there. The values are the same, but `.data` is not part of the graph. No gradient
# reaches the layer, and there is no error: the layers behind it learn, and it never changes.


# %%
class CenteredLayer(nn.Module):
    """X minus the mean of all its elements (003 6.3)."""

    def forward(self, X: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
        return X - X.mean()


class MyLinear(nn.Module):
    """relu(X W + b): (n, in_units) -> (n, units) (003 6.3)."""

    def __init__(self, in_units: int, units: int) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.randn(in_units, units)), nn.Parameter(torch.randn(units))

    def forward(self, X: Float[Tensor, "n d"]) -> Float[Tensor, "n q"]:
        return relu(X @ self.weight + self.bias)


class CutOffLinear(MyLinear):
    """The layer as 003 6.3 writes it, which cannot learn."""

    def forward(self, X: Float[Tensor, "n d"]) -> Float[Tensor, "n q"]:
        return relu(X @ self.weight.data + self.bias.data)


def layers(
    *, num_hiddens: int = 8, lr: float = 0.05, num_epochs: int = 20, batch_size: int = 32, seed: int = 0
) -> d2l.Result:
    """Train a net on the digits whose first layer is our own: in the graph, and cut off by `.data`."""
    batches, histories, metrics = d2l.load_data("digits", batch_size), {}, {}
    for name, kind in {"weight": MyLinear, "weight.data": CutOffLinear}.items():
        d2l.seed_everything(seed)
        layer, last = kind(64, num_hiddens), nn.Linear(num_hiddens, 10)
        start, net = layer.weight.detach().clone(), nn.Sequential(nn.Flatten(), CenteredLayer(), layer, last)
        updater = torch.optim.SGD(net.parameters(), lr)
        histories[name] = d2l.train_ch3(net, *batches, nn.CrossEntropyLoss(), num_epochs, updater)
        metrics[f"train_loss, {name}"] = histories[name][-1]["train_loss"]
        metrics[f"largest change, {name}"] = float((layer.weight.detach() - start).abs().max())
    return d2l.Result(figures={"training": figures.draw_losses(histories)}, metrics=metrics)


# %%
if __name__ == "__main__":
    d2l.run_chapter("building_models", scratch, concise, initializers, tied, layers)
