# %% [markdown]
# # Images of a source and a target (源分布与目标分布)
# Real images drawn so that only the frequencies of their labels differ, and a network to classify them.
#
# Notes: 004 3.9.1. Run: `python -m chapters.distribution_shift shifted_images`, 2 s on one core.
# The figure shows thirty images of each distribution, and how often each class occurs.

# %%
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

import d2lcore as d2l
from chapters.distribution_shift.arguments import Array, as_tensor
from chapters.mlp import MLP

# %% [markdown]
# ## Frequencies of the labels
# Two kinds of shift. Geometric: each class is `ratio` times as frequent as the one before it, reversed in the
# target. Tweak-one: one class gets the share $\rho$, the others the rest in equal parts.


# %%
def geometric(num_classes: int, ratio: float = 0.75) -> Float[Tensor, " k"]:
    """Shares proportional to 1, ratio, ratio^2, ..., for ratio > 0."""
    d2l.check_counts(num_classes=num_classes)
    if not 0 < ratio < float("inf"):
        raise ValueError(f"ratio: must be above 0, got {ratio}")
    shares = ratio ** torch.arange(num_classes, dtype=torch.float64)
    return shares / shares.sum()


def tweak_one(num_classes: int, rho: float, chosen: int = 3) -> Float[Tensor, " k"]:
    """The share rho, in [0, 1], of class `chosen` and (1 - rho) / (num_classes - 1) of every other."""
    if not 0 <= rho <= 1 or not 0 <= chosen < num_classes or num_classes < 2:
        raise ValueError(
            f"rho, chosen: need a share in [0, 1] and one of {num_classes} classes, got {rho} and {chosen}"
        )
    shares = torch.full((num_classes,), (1 - rho) / (num_classes - 1), dtype=torch.float64)
    shares[chosen] = rho
    return shares


# %% [markdown]
# ## Drawing under label shift
# First the label by $p(y)$, then a random image of that class. So $p(x \mid y)$ stays what it was: label
# shift holds by construction, and what a method finds can be compared with the labels drawn.


# %%
def draw(y: Array, labels: Tensor, *, generator: torch.Generator | None = None) -> Int[Tensor, " n"]:
    """For each of `labels`, (n,), the index of a random example of that class in y, on the device of y.

    Raises ValueError if y has no example of one of them.
    """
    y = as_tensor(y)
    device, y, labels = y.device, y.cpu(), labels.cpu()  # one sequence of random numbers for every device
    counts = torch.bincount(y, minlength=int(labels.max()) + 1)
    if not counts[labels].all():
        raise ValueError(f"y: it has no example of class {int(labels[counts[labels] == 0][0])} to draw")
    place = torch.rand(len(labels), generator=generator, dtype=torch.float64) * counts[labels]
    first = counts.cumsum(dim=0) - counts  # of each class, among the examples in the order of their classes
    return y.argsort()[first[labels] + place.long()].to(device)


class Sets(NamedTuple):
    """Images and labels of the source, to train and to validate on, and of the target."""

    X: Tensor
    y: Tensor
    X_val: Tensor
    y_val: Tensor
    X_target: Tensor
    y_target: Tensor


def image_pools(data: str, device: str | torch.device = "cpu") -> Sets:
    """What to draw from: the first half of the training file, its last sixth, and the test file."""
    train_iter, test_iter = d2l.load_data(data, 1, device=device)
    X, y = train_iter.dataset.batch(slice(None))
    half, sixth = len(y) // 2, len(y) // 6
    return Sets(X[:half], y[:half], X[-sixth:], y[-sixth:], *test_iter.dataset.batch(slice(None)))


def shifted_sets(
    pools: Sets, q: Tensor, p: Tensor, num_train: int, n: int, generator: torch.Generator | None = None
) -> Sets:
    """Draw num_train training and n validation examples with the shares q, and n target examples with p."""
    d2l.check_counts(num_train=num_train, n=n)

    def some(X: Tensor, y: Tensor, shares: Tensor, size: int) -> tuple[Tensor, Tensor]:
        labels = torch.multinomial(shares, size, replacement=True, generator=generator)
        rows = draw(y, labels, generator=generator)
        return X[rows], y[rows]

    return Sets(
        *some(pools.X, pools.y, q, num_train),
        *some(pools.X_val, pools.y_val, q, n),
        *some(pools.X_target, pools.y_target, p, n),
    )


# %% [markdown]
# ## The network
# That of `chapters.mlp`, with 256 hidden units, Xavier weights, and a learning rate that falls as $\eta /
# (1 + d\,t)$ with the step $t$: the setting of the paper whose table `d2lcourse.experiments` repeats.
# What the weights of this chapter change is the loss, so that is an argument.


# %%
def train_classifier(
    X: Tensor,
    y: Tensor,
    num_classes: int,
    loss: Callable[[Tensor, Tensor], Tensor],
    *,
    lr: float = 0.01,
    num_epochs: int = 10,
    batch_size: int = 128,
    decay: float = 5e-4,
) -> tuple[MLP, d2l.History]:
    """An `MLP` trained by SGD with momentum 1/2, and its loss and accuracy on the training data by epoch."""
    d2l.check_counts(num_epochs=num_epochs)
    net = MLP(X[0].numel(), 256, num_classes).to(X.device)
    for W in (net.W1, net.W2):
        nn.init.xavier_uniform_(W)
    updater = torch.optim.SGD(net.parameters(), lr=lr, momentum=0.5)
    schedule = torch.optim.lr_scheduler.LambdaLR(updater, lambda step: 1 / (1 + decay * step))
    updater.register_step_post_hook(lambda *_: schedule.step())
    train_iter, history, timer = d2l.load_array((X, y), batch_size), d2l.History(), d2l.Timer()
    for epoch in range(1, num_epochs + 1):
        train_loss, train_acc = d2l.train_epoch_ch3(net, train_iter, loss, updater, epoch=epoch)
        history.add(epoch=epoch, train_loss=train_loss, train_acc=train_acc)
    history.seconds = timer.stop()
    return net, history


@torch.no_grad()
def predict(net: nn.Module, X: Tensor) -> Float[Tensor, "n k"]:
    """The logits of a trained network."""
    return net.eval()(X)


# %% [markdown]
# ## What the two look like


# %%
def shifted_images(*, data: str = "mnist", ratio: float = 0.75, n: int = 2000, seed: int = 0) -> d2l.Result:
    """Images of the source and of the target, and the frequencies of their labels.

    data: mnist, fashion_mnist or digits
    ratio: frequency of a class in the source over that of the class before it; the target's order is reversed
    n: examples of each
    seed: of the draws
    """
    pools = image_pools(data)
    q = geometric(int(pools.y.max()) + 1, ratio)
    sets = shifted_sets(pools, q, q.flip(0), n, n, torch.Generator().manual_seed(seed))
    figure, grid = d2l.plt.subplot_mosaic("AC;BC", figsize=(8, 3.6), layout="constrained")
    bars = grid["C"]
    for i, (place, name, X, y) in enumerate((("A", "source", sets.X, sets.y), ("B", "target", *sets[4:]))):
        height, width = X.shape[2:]
        sheet = X[:30].reshape(3, 10, height, width).transpose(1, 2).reshape(3 * height, 10 * width)
        grid[place].imshow(sheet.numpy(), cmap="gray")
        grid[place].set_axis_off()
        grid[place].set_title(name)
        shares = torch.bincount(y, minlength=len(q)) / n
        bars.bar(np.arange(len(q)) + 0.4 * i - 0.2, shares.numpy(), 0.4, label=name)
    bars.legend()
    d2l.set_axes(bars, "class", "share of the class")
    bars.set_xticks(range(len(q)))
    change = torch.bincount(sets.y_target, minlength=len(q)) / torch.bincount(sets.y, minlength=len(q))
    metrics = {"smallest_ratio": float(change.min()), "largest_ratio": float(change.max())}
    return d2l.Result(figures={"images": figure}, metrics=metrics)


# %%
if __name__ == "__main__":
    d2l.run_chapter("distribution_shift", shifted_images)
