# %% [markdown]
# # Minibatches and momentum (小批量梯度下降与冲量法)
# A few examples already tell roughly where down is; a running sum of gradients smooths what they tell.
#
# Notes: 003 5.3-5.5, 002 (随机梯度下降).
# Run: `python -m chapters.minibatch_and_momentum [spread|batch_sizes|valley|scratch|concise]`.
# Airfoil data, two epochs: loss about 0.247 by minibatch SGD, 0.244 with momentum; the floor is 0.2417.

# %%
from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

import d2lcore as d2l
from chapters.figures import minibatch_and_momentum as figures

# %% [markdown]
# ## A gradient from some of the examples
# The objective is a mean over $n$ examples, and so is its gradient. Take only the examples in a set $B$,
# drawn at random, and average theirs (003 5.3-5.4):
#
# $$g_B = \frac{1}{|B|} \sum_{i \in B} \nabla f_i \qquad E[g_B] = \frac1n \sum_{i=1}^n \nabla f_i$$
#
# The mean over all draws is the full gradient: $g_B$ is unbiased. With $|B| = 1$ it is that of one example.


# %%
def example_gradients(X: Tensor, y: Tensor, w: Tensor) -> Float[Tensor, "n d"]:
    """The gradient in w (d,) of (x w - y)² / 2, for every row x of X (n, d) and its y in y (n,)."""
    return (X @ w - y)[:, None] * X


def batch_gradients(
    gradients: Float[Tensor, "n d"], batch_size: int, num_draws: int, *, replacement: bool
) -> Float[Tensor, "k d"]:
    """The mean gradient of each of `num_draws` random batches; replacement: an example may come twice."""
    if replacement:
        rows = torch.randint(len(gradients), (num_draws, batch_size))
    else:
        rows = torch.rand(num_draws, len(gradients)).topk(batch_size, dim=1).indices
    return gradients[rows].mean(dim=1)


# %% [markdown]
# How far is $g_B$ from the full gradient? Let $\sigma$ be the root mean square distance of one example's.
# If a batch is drawn independently, it is $\sigma |B|^{-1/2}$: four times the work for half the noise. In an
# epoch no example comes twice. That multiplies it by $\sqrt{(n - |B|) / (n - 1)}$, which ends at 0.


# %%
def rms_distance(gradients: Float[Tensor, "k d"], full: Float[Tensor, " d"]) -> float:
    """Root mean square distance of the rows from `full`."""
    return float((gradients - full).square().sum(dim=1).mean().sqrt())


def predicted_spread(sigma: float, batch_size: int, n: int, *, replacement: bool) -> float:
    """Root mean square distance of a batch's gradient from that of all n examples (003 5.4)."""
    independent = sigma / batch_size**0.5
    return independent if replacement else independent * ((n - batch_size) / (n - 1)) ** 0.5


def spread(*, num_draws: int = 2000, seed: int = 0) -> d2l.Result:
    """Measure the distance, for batches of 1, 2, 4, ... of 256 examples.

    num_draws: batches drawn of each size
    """
    d2l.check_counts(num_draws=num_draws)
    d2l.seed_everything(seed)
    X, y = d2l.synthetic_data(torch.tensor([2.0, -3.4], dtype=torch.float64), 0.0, 256, noise=1.0)
    gradients = example_gradients(X, y[:, 0], X.new_zeros(2))
    full = gradients.mean(dim=0)
    sigma, sizes = rms_distance(gradients, full), [2**k for k in range(9)]
    clouds, measured, predicted, metrics = {}, {}, {}, {}
    for replacement in (True, False):
        name = "with replacement" if replacement else "without"
        clouds[name] = [batch_gradients(gradients, b, num_draws, replacement=replacement) for b in sizes]
        measured[name] = [rms_distance(g, full) for g in clouds[name]]
        predicted[name] = [predicted_spread(sigma, b, 256, replacement=replacement) for b in sizes]
        ratios = [m / p for m, p in zip(measured[name], predicted[name], strict=True) if p]
        metrics[f"{name}: largest error of the prediction"] = max(abs(ratio - 1) for ratio in ratios)
        off = (clouds[name][0].mean(dim=0) - full).norm() * num_draws**0.5 / sigma
        metrics[f"{name}: mean of |B| = 1 is off by standard errors"] = float(off)
    drawn = figures.draw_spread(clouds["with replacement"], full, sizes, measured, predicted)
    return d2l.Result(figures={"spread": drawn}, metrics=metrics)


# %% [markdown]
# ## Minibatch gradient descent
# $w \leftarrow w - \eta\, g_B$, batch after batch (003 5.4). Backpropagation has left $g_B$ in `param.grad`.
# `d2l.train_ch11` calls such a function: it changes the parameters in place, keeps what it must remember in
# `states` (here nothing), and sets the gradients to zero.


# %%
def sgd(params: list[Any], states: Any, hyperparams: dict[str, Any]) -> None:
    """param <- param - lr * grad, in place (003 5.3-5.4)."""
    with torch.no_grad():
        for param in params:
            param -= hyperparams["lr"] * param.grad
            param.grad.zero_()


def train_airfoil(
    trainer: Callable, states: Any, hyperparams: dict[str, Any], batch_size: int, num_epochs: int, seed: int
) -> tuple[list[float], list[float]]:
    """Seconds and losses of `d2l.train_ch11` on 1,500 rows of the airfoil data, five features."""
    d2l.seed_everything(seed)
    data_iter, feature_dim = d2l.get_data_ch11(batch_size)
    return d2l.train_ch11(trainer, states, dict(hyperparams), data_iter, feature_dim, num_epochs)


# %% [markdown]
# A large batch is cheap for each example: one call multiplies a whole matrix. But it makes few steps: all
# 1,500 rows at once make one step an epoch. One row at a time makes 1,500 noisy steps, each with its own
# overhead. Sizes between have some of both advantages.


# %%
SETTINGS = {1500: (1.0, 10), 1: (0.005, 2), 100: (0.4, 2), 10: (0.05, 2)}  # batch size: (lr, epochs)


def batch_sizes(*, seed: int = 0) -> d2l.Result:
    """The loss over the seconds, for four batch sizes with a learning rate that suits each."""
    curves, metrics = {}, {}
    for batch_size, (lr, num_epochs) in SETTINGS.items():
        seconds, losses = train_airfoil(sgd, None, {"lr": lr}, batch_size, num_epochs, seed)
        curves[batch_size] = seconds, losses, seconds[-1] / num_epochs
        metrics[f"loss, batch size {batch_size}"] = losses[-1]
        metrics[f"milliseconds an epoch, batch size {batch_size}"] = 1000 * seconds[-1] / num_epochs
    return d2l.Result(figures={"batch_sizes": figures.draw_batch_sizes(curves)}, metrics=metrics)


# %% [markdown]
# ## Momentum
# In a narrow valley the gradient points across, not along. Keep a velocity $v$ that adds up gradients and
# forgets old ones, $0 \le \beta < 1$. Across the valley they cancel, along it they add up (003 5.5):
#
# $$v_t = \beta v_{t-1} + g_t = g_t + \beta g_{t-1} + \beta^2 g_{t-2} + \cdots
# \qquad w_t = w_{t-1} - \eta v_t$$
#
# The notes call $v$ a leaky average. Its weights add up to $1 / (1 - \beta)$, not to 1: where the gradient
# stays the same, steps grow that many times as long. So from $\beta = 0.5$ to 0.9, divide $\eta$ by five.


# %%
def init_momentum_states(feature_dim: int) -> list[Tensor]:
    """Velocities of w (feature_dim, 1) and b (1,), zero."""
    return [torch.zeros(feature_dim, 1), torch.zeros(1)]


def sgd_momentum(params: list[Any], states: list[Tensor], hyperparams: dict[str, Any]) -> None:
    """v <- momentum * v + grad, then param <- param - lr * v, in place; v in `states` (003 5.5)."""
    with torch.no_grad():
        for param, v in zip(params, states, strict=True):
            v.copy_(hyperparams["momentum"] * v + param.grad)
            param -= hyperparams["lr"] * v
            param.grad.zero_()


# %% [markdown]
# The code of 002 makes another step. Its velocity is $-\eta v$, and it adds $\beta$ times the new velocity to
# the step of SGD: $w \leftarrow w - \eta (g + \beta v)$. That is Nesterov's variant, which looks ahead to
# where the velocity leads. With 002's $\beta = 0.1$ it is hardly more than SGD; 0.5 to 0.99 are usual.
# Compare the three in $f(x) = 0.1 x_1^2 + 2 x_2^2$, a valley twenty times as curved across as along. With
# $\eta = 0.3$ plain descent soon stops crossing it, and then creeps along $x_1$.


# %%
def nesterov(params: list[Any], states: list[Tensor], hyperparams: dict[str, Any]) -> None:
    """v as in `sgd_momentum`, then param <- param - lr * (grad + momentum * v), in place (002)."""
    with torch.no_grad():
        for param, v in zip(params, states, strict=True):
            v.copy_(hyperparams["momentum"] * v + param.grad)
            param -= hyperparams["lr"] * (param.grad + hyperparams["momentum"] * v)
            param.grad.zero_()


def narrow_valley(x1: Any, x2: Any) -> Any:
    """0.1 x1² + 2 x2², value by value."""
    return 0.1 * x1**2 + 2 * x2**2


def valley(*, lr: float = 0.3, momentum: float = 0.7) -> d2l.Result:
    """Twenty steps of plain descent, of momentum and of the look-ahead in a narrow valley.

    momentum: share of the velocity that is kept at each step
    """
    traces = {}
    for name, trainer in (("descent", sgd), ("momentum", sgd_momentum), ("look-ahead", nesterov)):
        x = torch.tensor([-5.0, -2.0], dtype=torch.float64, requires_grad=True)
        v, traces[name] = torch.zeros_like(x), [(-5.0, -2.0)]
        for _ in range(20):
            narrow_valley(*x).backward()
            trainer([x], [v], {"lr": lr, "momentum": momentum})
            traces[name].append(tuple(x.tolist()))
    heights = {name: narrow_valley(*torch.tensor(trace).T).tolist() for name, trace in traces.items()}
    metrics = {f"height at the end, {name}": height[-1] for name, height in heights.items()}
    figure = figures.draw_valley(narrow_valley, traces, heights)
    return d2l.Result(figures={"valley": figure}, metrics=metrics)


# %%
RUNS: dict[str, tuple[Callable, dict[str, float]]] = {
    "SGD, lr 0.05": (sgd, {"lr": 0.05}),
    "momentum 0.5, lr 0.02": (sgd_momentum, {"lr": 0.02, "momentum": 0.5}),
    "momentum 0.9, lr 0.01": (sgd_momentum, {"lr": 0.01, "momentum": 0.9}),
    "momentum 0.9, lr 0.005": (sgd_momentum, {"lr": 0.005, "momentum": 0.9}),
    "look-ahead 0.9, lr 0.005": (nesterov, {"lr": 0.005, "momentum": 0.9}),
}


def scratch(*, num_epochs: int = 2, batch_size: int = 10, seed: int = 0) -> d2l.Result:
    """SGD, momentum and the look-ahead on the airfoil data."""
    losses = {
        name: train_airfoil(trainer, init_momentum_states(5), knobs, batch_size, num_epochs, seed)[1]
        for name, (trainer, knobs) in RUNS.items()
    }
    return with_losses(losses, num_epochs)


def with_losses(losses: dict[str, list[float]], num_epochs: int) -> d2l.Result:
    """The curves of several optimizers, and where each ends."""
    metrics = {f"loss, {name}": curve[-1] for name, curve in losses.items()}
    return d2l.Result(figures={"losses": figures.draw_losses(losses, num_epochs)}, metrics=metrics)


# %% [markdown]
# ## Concise
# `torch.optim.SGD` has `momentum`, and `nesterov=True` for the look-ahead. It makes the same steps;
# `d2l.train_concise_ch11` trains with it.


# %%
def concise(*, num_epochs: int = 2, batch_size: int = 10, seed: int = 0) -> d2l.Result:
    """The same with `torch.optim.SGD`."""
    losses = {}
    for name, (trainer, knobs) in RUNS.items():
        d2l.seed_everything(seed)
        options = {**knobs, "nesterov": trainer is nesterov}
        train_iter, _ = d2l.get_data_ch11(batch_size)
        losses[name] = d2l.train_concise_ch11(torch.optim.SGD, options, train_iter, num_epochs)[1]
    return with_losses(losses, num_epochs)


# %%
if __name__ == "__main__":
    d2l.run_chapter("minibatch_and_momentum", spread, batch_sizes, valley, scratch, concise)
