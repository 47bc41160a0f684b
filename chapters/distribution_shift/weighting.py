# %% [markdown]
# # Weighted empirical risk minimisation (加权经验风险最小化)
# Train any model on the source as if on the target: multiply the loss of every example by its weight.
#
# Notes: 004 3.9.2, part 2.
# Run: `python -m chapters.distribution_shift weighted_scratch` (or `weighted_concise`), 1 s on one core.
# The risk of the weighted line on the target is 0.0018; without weights it would be 0.0048.

# %%
from collections.abc import Callable, Iterable

import torch
from jaxtyping import Float
from torch import Tensor, nn

import d2lcore as d2l
from chapters.distribution_shift.arguments import Array, as_weights
from chapters.distribution_shift.risk import sample, true_risk, true_weights, weighted_loss
from chapters.figures.covariate_shift import draw_weighted_lines
from chapters.least_squares import least_squares
from chapters.linear_regression import half_mse
from d2lcore.devices import device_of
from d2lcore.errors import check_flags
from d2lcore.metrics import move

# %% [markdown]
# ## Weighted empirical risk minimisation
# Minimise $\frac1n \sum_i \beta_i\, l(f(x_i), y_i)$ with $\beta_i = p(x_i)/q(x_i)$. For a linear model and
# the squared error this is least squares again. Multiply each row $(x_i, 1)$ and each label $y_i$ by
# $\sqrt{\beta_i}$: squared, it is the weight $\beta_i$. The coefficient of the constant 1 is the bias, so the
# 1 is multiplied too.


# %%
def weighted_least_squares(
    X: Float[Tensor, "n d"], y: Float[Tensor, "n 1"], beta: Array
) -> tuple[Float[Tensor, "d 1"], Float[Tensor, "1"]]:
    """The w (d, 1) and b (1,) that minimise sum_i beta_i (y_i - x_i w - b)^2.

    If several do, the shortest one. Raises ValueError for bad weights, or if y is no column of labels for X.
    """
    beta = as_weights(beta, like=X)
    if y.shape != (len(X), 1) or len(beta) != len(X):
        raise ValueError(
            f"X, y, beta: {len(X)} examples need labels of shape ({len(X)}, 1) and weights of shape "
            f"({len(X)},), got {tuple(y.shape)} and {tuple(beta.shape)}"
        )
    root = beta.sqrt().unsqueeze(1)
    rows = root * torch.cat([X, torch.ones_like(X[:, :1])], dim=1)
    solution = torch.linalg.pinv(rows) @ (root * y)
    return solution[:-1], solution[-1]


# %% [markdown]
# For any other model, train as usual, with `weighted_loss` in place of the mean. Three traps:
#
# - A weight must follow its example through the shuffling. Make it a third array beside `X` and `y`:
#   `d2l.load_array((X, y, beta), batch_size)`.
# - The loss must come *before* it is averaged (`reduction="none"`); afterwards no weight can be applied.
# - Normalise once, over the whole data set: `beta / beta.mean()`. Do not normalise each batch by itself:
#   there an example would count less beside heavy ones. Normalised or not, the minimum is the same, but the
#   steps are not: weights of mean 3 treble the learning rate.


# %%
def train_weighted(
    net: Callable[[Tensor], Tensor],
    train_iter: Iterable,
    loss: Callable[[Tensor, Tensor], Tensor],
    num_epochs: int,
    updater: torch.optim.Optimizer | Callable[[int], object],
) -> d2l.History:
    """Minimise the weighted empirical risk by minibatch SGD (004 3.9.2, part 2).

    net: any model; batches go to where its parameters are. train_iter: batches (X, y, beta).
    loss: from (y_hat, y) to one value for each example. updater: an optimizer, or a `callable(batch_size)`
    that divides the gradient of a sum, such as `d2l.sgd`.
    Returns the history of `train_loss`: the weighted mean loss of each epoch, measured before each step.
    Raises ValueError as `weighted_loss` does, or TrainingDiverged.
    """
    where = device_of(net, updater)

    def run_epoch(epoch: int) -> dict[str, float]:
        if isinstance(net, nn.Module):
            net.train()
        losses, examples = [], 0
        for batch in train_iter:
            if len(batch) != 3:
                raise ValueError(f"train_iter: expected batches (X, y, beta), got {len(batch)} tensors")
            X, y, beta = move(batch, where)
            l = weighted_loss(loss(net(X), y), beta)
            d2l.step(l, updater, len(y))
            losses.append(l.detach() * len(y))
            examples += len(y)
        if not examples:
            raise ValueError("train_iter: it gave no batches to train on")
        return {"train_loss": float(torch.stack(losses).sum()) / examples}

    return d2l.train_epochs(num_epochs, run_epoch, updater=updater)


# %% [markdown]
# ## From scratch
# Take source and target of `risk`: fit a line to $x^2$ with the weights $4x^3$, by `d2l.linreg` and
# `d2l.sgd`. The best line is where the derivatives of the true risk are 0. By hand, this is $x - 1/6$ for the
# source and $\frac{10}{7} x - \frac{10}{21}$ for the target.


# %%
BEST = (10 / 7, -10 / 21)  # slope and intercept, for the target


def weighted_batches(num_examples: int, normalize: bool, batch_size: int, where: torch.device) -> d2l.Batches:
    """Batches (X, y, beta) of the source."""
    check_flags(normalize=normalize)
    X, y = sample(num_examples)
    beta = true_weights(X)
    return d2l.load_array((X, y, beta / beta.mean() if normalize else beta), batch_size, device=where)


def compare_with_best(w: Tensor, b: Tensor, train_iter: d2l.Batches, history: d2l.History) -> d2l.Result:
    """The trained line beside the one without weights and the target's best, with their target risks."""
    X, y, beta = (tensor.cpu() for tensor in train_iter.dataset.tensors)
    plain_w, plain_b = least_squares(X, y)
    fits = {
        "unweighted": (float(plain_w), float(plain_b)),
        "weighted": (float(w), float(b)),
        "best for the target": BEST,
    }
    risks = {name: true_risk(*line, target=True) for name, line in fits.items()}
    figure = draw_weighted_lines(X[:400], y[:400], beta[:400] / beta.max(), fits, risks)
    metrics = {"train_loss": history[-1]["train_loss"], "w": fits["weighted"][0], "b": fits["weighted"][1]}
    for name, value in zip(("unweighted", "weighted", "best"), risks.values(), strict=True):
        metrics[f"target_risk_{name}"] = value
    figures = {"lines": figure, "training": history.plot()}
    return d2l.Result(None, history, figures, metrics, {"w": w, "b": b})


def weighted_scratch(
    *,
    lr: float = 0.3,
    num_epochs: int = 10,
    batch_size: int = 20,
    num_examples: int = 2000,
    normalize: bool = False,
    device: str = "auto",
    seed: int = 0,
) -> d2l.Result:
    """w and b as two tensors, a weight for each example, and `d2l.sgd`.

    num_examples: examples of the source
    normalize: divide the weights by their mean
    """
    where = d2l.get_device(device)
    d2l.seed_everything(seed)
    train_iter = weighted_batches(num_examples, normalize, batch_size, where)
    w = torch.zeros(1, 1, device=where, requires_grad=True)
    b = torch.zeros(1, device=where, requires_grad=True)

    def updater(batch_size: int) -> None:
        d2l.sgd([w, b], lr, batch_size)

    history = train_weighted(lambda X: d2l.linreg(X, w, b), train_iter, d2l.squared_loss, num_epochs, updater)
    return compare_with_best(w.detach(), b.detach(), train_iter, history)


# %% [markdown]
# ## Concise
# The same with `nn.Linear` and an optimizer. `half_mse`, from `linear_regression`, is half of torch's squared
# error, with `reduction="none"`.


# %%
def weighted_concise(
    *,
    lr: float = 0.3,
    num_epochs: int = 10,
    batch_size: int = 20,
    num_examples: int = 2000,
    normalize: bool = False,
    device: str = "auto",
    seed: int = 0,
) -> d2l.Result:
    """The same with `nn.Linear`, from the same first weights."""
    where = d2l.get_device(device)
    net = nn.Linear(1, 1).to(where)
    d2l.seed_everything(seed)  # only now: the layer has drawn weights of its own
    train_iter = weighted_batches(num_examples, normalize, batch_size, where)
    nn.init.zeros_(net.weight)
    nn.init.zeros_(net.bias)
    updater = torch.optim.SGD(net.parameters(), lr=lr)
    history = train_weighted(net, train_iter, half_mse, num_epochs, updater)
    return compare_with_best(net.weight.detach(), net.bias.detach(), train_iter, history)


# %%
if __name__ == "__main__":
    d2l.run_chapter("distribution_shift", weighted_scratch, weighted_concise)
