# %% [markdown]
# # Dropout (暂退法)
# In training, set each hidden value to zero with probability p, so that no unit can rely on another.
#
# Notes: 004 3.6, 003 4.5. Run: `python -m chapters.dropout [noise|scratch|concise]`.
# On Fashion-MNIST, after 10 epochs: training loss about 0.335.

# %%
import torch
from jaxtyping import Float
from torch import Tensor, nn

import d2lcore as d2l
from chapters.mlp import relu
from chapters.softmax_regression import inputs_and_classes, train_and_draw

# %% [markdown]
# ## The layer
# Let $h$ be the value of a hidden unit, its activation. With probability $p$ it is dropped, that is, set to
# 0. Otherwise it is scaled up. A random $m$, 0 with probability $p$ and else 1, decides:
#
# $$h' = \frac{m}{1 - p}\, h \qquad m \sim \mathrm{Bernoulli}(1 - p)$$
#
# The mean of $h'$ is $h$, as without dropout; only noise has been added, of variance $h^2\, p / (1 - p)$.
# Here $p$ is the share that is *dropped*; some papers give the share that is kept.
#
# The mask holds an $m$ for each element of X. It must be on X's device: `torch.empty_like(X)` is, and
# `bernoulli_` fills it. A mask from `torch.rand(X.shape)`, as in 004 3.6.1, is on the CPU, and cannot
# multiply an X on a GPU.


# %%
def dropout_layer(X: Float[Tensor, "..."], p: float) -> Float[Tensor, "..."]:
    """Each element of X set to 0 with probability p, in [0, 1], else divided by 1 - p (004 3.6.1)."""
    if p in (0, 1):  # nothing to draw: all of X is kept, or nothing
        return (1 - p) * X
    mask = torch.empty_like(X).bernoulli_(1 - p)
    return mask / (1 - p) * X


# %% [markdown]
# Measure it, for several $p$, on 100,000 activations of 1. The dotted line shows what the mean would be
# without the division: $1 - p$. The next layer would be trained on such small inputs. In prediction, where
# nothing is dropped, its inputs would suddenly be larger.


# %%
def noise(*, num_examples: int = 100_000, seed: int = 0) -> d2l.Result:
    """The mean and variance of activations of 1 after dropout, measured and predicted.

    num_examples: activations drawn for each p
    """
    d2l.seed_everything(seed)
    p = torch.linspace(0, 0.9, 19)
    dropped = torch.stack([dropout_layer(torch.ones(num_examples), float(one)) for one in p])
    mean, variance = dropped.mean(dim=1), dropped.var(dim=1, correction=0)
    figure, (left, right) = d2l.plt.subplots(1, 2, figsize=(8, 3.2), layout="constrained")
    d2l.plot(p, [mean, torch.ones_like(p), 1 - p], "p, the share dropped", "mean of h', for h = 1",
             ["measured", "predicted: 1", "unscaled: 1 - p"],
             ylim=(0, 1.2), fmts=["o", "-", "r:"], axes=left)  # fmt: skip
    d2l.plot(p, [variance, p / (1 - p)], "p, the share dropped", "variance of h', for h = 1",
             ["measured", "predicted: p / (1 - p)"], fmts=["o", "-"], axes=right)  # fmt: skip
    metrics = {
        "mean at p = 0.5": float(mean[10]),
        "variance at p = 0.5": float(variance[10]),
        "largest error of the mean": float((mean - 1).abs().max()),
    }
    return d2l.Result(figures={"noise": figure}, metrics=metrics)


# %% [markdown]
# ## From scratch
# Two hidden layers, with dropout after each ReLU. The first drops less than the second, 0.2 and 0.5. Units
# are dropped in training only. A module knows whether it is being trained: `net.train()` sets `net.training`
# to True, `net.eval()` to False. `d2l.train_ch3` calls both, and `forward` looks. The weights start as
# `nn.Linear` draws them. Weights from N(0, 0.01²) start more slowly: the first epoch has a mean loss of 1.15
# instead of 0.87.


# %%
class DropoutMLP(nn.Module):
    """Two hidden layers with dropout in training: (n, ...) -> (n, num_outputs) scores (004 3.6.1)."""

    def __init__(
        self, num_inputs: int, num_outputs: int, num_hiddens: tuple[int, int], p: tuple[float, float]
    ) -> None:
        super().__init__()
        self.p = p
        self.lin1 = nn.Linear(num_inputs, num_hiddens[0])
        self.lin2 = nn.Linear(*num_hiddens)
        self.lin3 = nn.Linear(num_hiddens[1], num_outputs)

    def forward(self, X: Float[Tensor, "n ..."]) -> Float[Tensor, "n q"]:
        H1 = relu(self.lin1(X.flatten(start_dim=1)))
        if self.training:
            H1 = dropout_layer(H1, self.p[0])
        H2 = relu(self.lin2(H1))
        if self.training:
            H2 = dropout_layer(H2, self.p[1])
        return self.lin3(H2)


def scratch(
    *,
    p: tuple[float, float] = (0.2, 0.5),
    num_hiddens: tuple[int, int] = (256, 256),
    lr: float = 0.5,  # the notes' value; the mlp, without dropout, has 0.1
    num_epochs: int = 10,
    batch_size: int = 256,
    data: str = "fashion_mnist",
    device: str = "auto",
    seed: int = 0,
) -> d2l.Result:
    """The network with its own dropout layers.

    p: probabilities of dropping a unit of the first and second hidden layer
    num_hiddens: units of the two hidden layers
    """
    where = d2l.get_device(device)
    train_iter, test_iter = d2l.load_data(data, batch_size, device=where)
    d2l.seed_everything(seed)
    net = DropoutMLP(*inputs_and_classes(train_iter), num_hiddens, p).to(where)
    loss = nn.CrossEntropyLoss(reduction="none")
    return train_and_draw(net, train_iter, test_iter, loss, num_epochs, torch.optim.SGD(net.parameters(), lr))


# %% [markdown]
# ## Concise
# `nn.Dropout(p)` is the same layer, and looks at `training` itself. On the CPU it draws the same masks from
# the same seed, so both variants have the same losses.


# %%
def concise(
    *,
    p: tuple[float, float] = (0.2, 0.5),
    num_hiddens: tuple[int, int] = (256, 256),
    lr: float = 0.5,
    num_epochs: int = 10,
    batch_size: int = 256,
    data: str = "fashion_mnist",
    device: str = "auto",
    seed: int = 0,
) -> d2l.Result:
    """The same network with `nn.Dropout`, from the same first weights."""
    where = d2l.get_device(device)
    train_iter, test_iter = d2l.load_data(data, batch_size, device=where)
    num_inputs, num_outputs = inputs_and_classes(train_iter)
    d2l.seed_everything(seed)
    net = nn.Sequential(
        nn.Flatten(),
        nn.Linear(num_inputs, num_hiddens[0]), nn.ReLU(), nn.Dropout(p[0]),
        nn.Linear(*num_hiddens), nn.ReLU(), nn.Dropout(p[1]),
        nn.Linear(num_hiddens[1], num_outputs),
    ).to(where)  # fmt: skip
    loss = nn.CrossEntropyLoss(reduction="none")
    return train_and_draw(net, train_iter, test_iter, loss, num_epochs, torch.optim.SGD(net.parameters(), lr))


# %%
if __name__ == "__main__":
    d2l.run_chapter("dropout", noise, scratch, concise)
