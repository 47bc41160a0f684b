# %% [markdown]
# # Images of a source and a target (源分布与目标分布)
# Draw real images so that only the frequencies of their labels differ, and train a network on them.
#
# Notes: 004 3.9.1. Run: `python -m chapters.distribution_shift shifted_images`.
# On MNIST: the rarest class of the source has 13 times its share in the target; in this draw, 10 times.

# %%
from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

import d2lcore as d2l
from chapters.distribution_shift.arguments import Array, as_tensor
from chapters.figures.distribution_shift import draw_shifted_images
from chapters.mlp import MLP

# %% [markdown]
# ## Frequencies of the labels
# The pages on label shift use two kinds of frequencies. *Geometric*: in the source each class is `ratio`
# times as frequent as the one before it, and the target has the reverse order. *Tweak-one*: in the target one
# class has the share $\rho$, and the others have the rest in equal parts.


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
# Draw the label first, by $p(y)$, then a random image of that class. So $p(x \mid y)$ stays what it was, and
# label shift holds exactly. Later an estimate can be compared with the labels drawn.


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
    # Sorted by class, class c begins at first[c]; draw a place from 0 to counts[c] - 1 behind it.
    first = counts.cumsum(dim=0) - counts
    place = torch.rand(len(labels), generator=generator, dtype=torch.float64) * counts[labels]
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
# It is the `MLP` of `chapters.mlp` with 256 hidden units and Xavier's weights. The learning rate falls with
# the step $t$ as $\eta / (1 + d\,t)$, where $d$ is `decay`. (Alexandari et al., 2020, do the same; their
# table is repeated by `d2lcore reproduce distribution_shift`.) Importance weights change the loss, so the
# loss is an argument.


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
    updater.register_step_post_hook(lambda *_: schedule.step())  # after each step of the updater
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
# ## What source and target look like


# %%
def shifted_images(*, data: str = "mnist", ratio: float = 0.75, n: int = 2000, seed: int = 0) -> d2l.Result:
    """Images of the source and of the target, and the frequencies of their labels.

    ratio: frequency of a class in the source over that of the class before it; the target's order is reversed
    n: examples of the source, and of the target
    """
    pools = image_pools(data)
    q = geometric(int(pools.y.max()) + 1, ratio)
    sets = shifted_sets(pools, q, q.flip(0), n, n, torch.Generator().manual_seed(seed))
    shares = [torch.bincount(y, minlength=len(q)) / n for y in (sets.y, sets.y_target)]
    figure = draw_shifted_images(
        {"source": (sets.X[:30], shares[0]), "target": (sets.X_target[:30], shares[1])}
    )
    change = torch.bincount(sets.y_target, minlength=len(q)) / torch.bincount(sets.y, minlength=len(q))
    metrics = {"smallest_ratio": float(change.min()), "largest_ratio": float(change.max())}
    return d2l.Result(figures={"images": figure}, metrics=metrics)


# %%
if __name__ == "__main__":
    d2l.run_chapter("distribution_shift", shifted_images)
