# %% [markdown]
# # Adam
# Give every weight a step of its own size: divide its gradient by how large its gradients have been.
#
# Notes: 003 5.6, 002 (随机梯度下降). Run: `python -m chapters.adam [VARIANT]`, where VARIANT is
# `scratch`, `concise`, `valleys`, `first_steps` or `learning_rates`.
# Airfoil data, two epochs: loss about 0.243 by Adam and by AdaGrad; the floor is 0.2417.

# %%
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

import d2lcore as d2l
from chapters.figures import adam as figures
from chapters.minibatch_and_momentum import sgd, sgd_momentum, train_airfoil, with_losses

# %% [markdown]
# ## AdaGrad
# One learning rate for all weights is too large for some and too small for others. AdaGrad adds up the
# squares of each weight's gradients, and divides its step by the root. All of it is value by value:
#
# $$s_t = s_{t-1} + g_t^2 \qquad w_t = w_{t-1} - \frac{\eta}{\sqrt{s_t} + \epsilon}\, g_t$$
#
# $\epsilon$ only keeps a weight without gradients from dividing by zero.

# %%
EPS = 1e-6  # 003 5.6; torch's default is 1e-8, for AdaGrad 1e-10


def adagrad(params: list[Any], states: list[Tensor], hyperparams: dict[str, Any]) -> None:
    """One step in place, by gradients divided by the root of their squares' sum, kept in `states` (002)."""
    with torch.no_grad():
        for param, s in zip(params, states, strict=True):
            s.copy_(s + param.grad**2)
            param -= hyperparams["lr"] * param.grad / (s.sqrt() + EPS)
            param.grad.zero_()


# %% [markdown]
# ## RMSProp
# The sum only grows, so AdaGrad's steps shrink and shrink. RMSProp forgets old squares. Its $s$ is a weighted
# mean, and the step is AdaGrad's:
#
# $$s_t = \gamma s_{t-1} + (1 - \gamma) g_t^2$$


# %%
def rmsprop(params: list[Any], states: list[Tensor], hyperparams: dict[str, Any]) -> None:
    """One step in place, by gradients divided by the root of their mean square, kept in `states` (002)."""
    gamma = hyperparams["gamma"]
    with torch.no_grad():
        for param, s in zip(params, states, strict=True):
            s.copy_(gamma * s + (1 - gamma) * param.grad**2)
            param -= hyperparams["lr"] * param.grad / (s.sqrt() + EPS)
            param.grad.zero_()


# %% [markdown]
# ## Adam
# Adam smooths the gradient too, as momentum does, but by a weighted mean $v$ (003 5.6):
#
# $$v_t = \beta_1 v_{t-1} + (1 - \beta_1) g_t \qquad s_t = \beta_2 s_{t-1} + (1 - \beta_2) g_t^2$$
#
# Both start at 0, so the first are too small. The weights of $g_1, \dots, g_t$ in $v_t$ add up to
# $(1 - \beta_1) \sum_{i=0}^{t-1} \beta_1^i = 1 - \beta_1^t$, not to 1. Dividing by that corrects it:
#
# $$\hat v_t = \frac{v_t}{1 - \beta_1^t} \qquad \hat s_t = \frac{s_t}{1 - \beta_2^t} \qquad
# w_t = w_{t-1} - \frac{\eta\, \hat v_t}{\sqrt{\hat s_t} + \epsilon}$$
#
# 003 5.6 lets the sum run to $t$, which gives $1 - \beta^{t+1}$. And it multiplies by $\eta$ twice, once in
# $g'_t$ and once more in the update. With $\eta = 0.01$ its steps would be a hundred times too short.


# %%
def adam(params: list[Any], states: list[tuple[Tensor, Tensor]], hyperparams: dict[str, Any]) -> None:
    """Step t = hyperparams["t"], from 1, in place; v and s in `states`; then t grows by 1 (003 5.6)."""
    beta1, beta2, t = hyperparams["beta1"], hyperparams["beta2"], hyperparams["t"]
    with torch.no_grad():
        for param, (v, s) in zip(params, states, strict=True):
            v.copy_(beta1 * v + (1 - beta1) * param.grad)
            s.copy_(beta2 * s + (1 - beta2) * param.grad**2)
            v_hat = v / (1 - beta1**t)
            s_hat = s / (1 - beta2**t)
            param -= hyperparams["lr"] * v_hat / (s_hat.sqrt() + EPS)
            param.grad.zero_()
    hyperparams["t"] += 1


def first_states(trainer: Callable, params: Sequence[Tensor]) -> list[Any]:
    """Zeros in the shape of each parameter; for `adam` a pair of them, v and s."""
    zeros = [torch.zeros_like(param) for param in params]
    return [(v, v.clone()) for v in zeros] if trainer is adam else zeros


# %% [markdown]
# ## On the airfoil data
# The three beside SGD and momentum, each with the learning rate that the book gives it.


# %%
BETAS = {"beta1": 0.9, "beta2": 0.999, "t": 1}
RUNS: dict[str, tuple[Callable, dict[str, Any]]] = {
    "SGD": (sgd, {"lr": 0.05}),
    "momentum": (sgd_momentum, {"lr": 0.005, "momentum": 0.9}),
    "AdaGrad": (adagrad, {"lr": 0.1}),
    "RMSProp": (rmsprop, {"lr": 0.01, "gamma": 0.9}),
    "Adam": (adam, {"lr": 0.01, **BETAS}),
}


def scratch(*, num_epochs: int = 2, batch_size: int = 10, seed: int = 0) -> d2l.Result:
    """Five optimizers on the airfoil data."""
    losses = {}
    for name, (trainer, knobs) in RUNS.items():
        states = first_states(trainer, [torch.zeros(5, 1), torch.zeros(1)])  # the shapes of w and b
        losses[name] = train_airfoil(trainer, states, knobs, batch_size, num_epochs, seed)[1]
    return with_losses(losses, num_epochs)


# %% [markdown]
# ## Concise
# `torch.optim` has all of them. From the same start its steps are ours, to rounding, once $\epsilon$ is ours.
# The book's AdaGrad and RMSProp have it inside the root, $\sqrt{s + \epsilon}$, which shortens small steps.

# %%
TORCH: dict[str, tuple[type[torch.optim.Optimizer], dict[str, Any]]] = {
    "SGD": (torch.optim.SGD, {"lr": 0.05}),
    "momentum": (torch.optim.SGD, {"lr": 0.005, "momentum": 0.9}),
    "AdaGrad": (torch.optim.Adagrad, {"lr": 0.1, "eps": EPS}),
    "RMSProp": (torch.optim.RMSprop, {"lr": 0.01, "alpha": 0.9, "eps": EPS}),
    "Adam": (torch.optim.Adam, {"lr": 0.01, "betas": (0.9, 0.999), "eps": EPS}),
}


def concise(*, num_epochs: int = 2, batch_size: int = 10, seed: int = 0) -> d2l.Result:
    """The same five from `torch.optim`."""
    losses = {}
    for name, (optimizer, options) in TORCH.items():
        d2l.seed_everything(seed)
        train_iter, _ = d2l.get_data_ch11(batch_size)
        losses[name] = d2l.train_concise_ch11(optimizer, options, train_iter, num_epochs)[1]
    return with_losses(losses, num_epochs)


# %% [markdown]
# ## What it is good for, and what not
# In a valley along an axis each weight gets the step that suits it. Turn the valley by 45 degrees, and both
# weights get gradients of the same size. Then dividing by that size helps neither. Momentum makes the same
# steps however the valley lies.


# %%
def valleys(*, num_steps: int = 600) -> d2l.Result:
    """Steps until momentum, AdaGrad and Adam stay below 0.01 in 0.02 a² + 2 b², along the axes and turned.

    num_steps: steps of each
    """
    d2l.check_counts(num_steps=num_steps)
    straight = torch.eye(2, dtype=torch.float64)
    turned = torch.tensor([[1.0, 1.0], [-1.0, 1.0]], dtype=torch.float64) / 2**0.5
    curves: dict[str, dict[str, list[float]]] = {}
    for valley, axes in (("along the axes", straight), ("turned by 45 degrees", turned)):
        curves[valley] = {}
        for name, lr in (("momentum", 0.1), ("AdaGrad", 1.0), ("Adam", 0.1)):
            trainer, knobs = RUNS[name]
            x = (axes.T @ straight.new_tensor([-5, -2])).requires_grad_()
            states, hyperparams, curve = first_states(trainer, [x]), {**knobs, "lr": lr}, []
            for _ in range(num_steps):
                height = straight.new_tensor([0.02, 2]) @ (axes @ x) ** 2
                height.backward()
                trainer([x], states, hyperparams)
                curve.append(height.item())
            curves[valley][name] = curve
    metrics = {
        f"{valley}: steps of {name}": float(max(i for i, height in enumerate(curve) if height > 0.01) + 1)
        for valley, by_name in curves.items()
        for name, curve in by_name.items()
    }
    return d2l.Result(figures={"valleys": figures.draw_valleys(curves)}, metrics=metrics)


# %% [markdown]
# ## Why the correction matters
# Let the gradient be 1 at every step. Then $\hat v = \hat s = 1$, and each corrected step is $\eta$ long.
# Without the correction the first is $(1 - \beta_1) / \sqrt{1 - \beta_2} = 3.16$ times as long, the twelfth
# 6.6 times: $s$, which we divide by, takes longer to grow than $v$.


# %%
def first_steps() -> d2l.Result:
    """The length of each of 3,000 steps over the learning rate, with the correction and without."""
    param, v, s = torch.zeros(3, 1, dtype=torch.float64)
    hyperparams, steps, bare = {"lr": 1.0, **BETAS}, [], []
    for _ in range(3000):
        before, param.grad = param.clone(), torch.ones_like(param)
        adam([param], [(v, s)], hyperparams)
        steps.append(float(before - param))
        bare.append(float(v / (s.sqrt() + EPS)))
    metrics = {"first step": steps[0], "first step without the correction": bare[0],
               "longest step without the correction": max(bare)}  # fmt: skip
    return d2l.Result(figures={"first_steps": figures.draw_first_steps(steps, bare)}, metrics=metrics)


# %% [markdown]
# ## How much the learning rate matters
# Two epochs at each of 26 rates. Every optimizer here works value by value, so one run can train a model for
# each rate: column $k$ of $W$ and entry $k$ of $b$ belong to entry $k$ of `lr`. Here all five reach 0.244,
# and each has five or six rates below 0.25. But not the same ones: choose the rate anew for each.


# %%
def losses_by_rate(name: str, lrs: Tensor, seed: int, num_epochs: int = 2) -> Tensor:
    """The mean loss on the airfoil data after training at each of k rates: (k,), infinite if it ran away."""
    trainer, knobs = RUNS[name]
    d2l.seed_everything(seed)
    train_iter, feature_dim = d2l.get_data_ch11()
    W = (0.01 * torch.randn(feature_dim, 1)).repeat(1, len(lrs)).requires_grad_()
    b = torch.zeros(len(lrs), requires_grad=True)
    states, hyperparams = first_states(trainer, [W, b]), {**knobs, "lr": lrs}
    for _ in range(num_epochs):
        for X, y in train_iter:
            ((X @ W + b - y[:, None]) ** 2 / 2).mean(dim=0).sum().backward()
            trainer([W, b], states, hyperparams)
    X, y = train_iter.dataset.tensors
    return ((X @ W + b - y[:, None]) ** 2 / 2).mean(dim=0).detach().nan_to_num(nan=torch.inf)


def learning_rates(*, num_seeds: int = 5) -> d2l.Result:
    """The loss after two epochs at rates from 0.0001 to 10, and how many of these stay below 0.25.

    num_seeds: runs to average, from seed 0
    """
    d2l.check_counts(num_seeds=num_seeds)
    lrs = torch.logspace(-4, 1, 26)
    means = {
        name: torch.stack([losses_by_rate(name, lrs, seed) for seed in range(num_seeds)]).mean(dim=0)
        for name in RUNS
    }
    metrics = {f"{name}: lowest loss": float(loss.min()) for name, loss in means.items()}
    metrics |= {f"{name}: rates below 0.25": float((loss < 0.25).sum()) for name, loss in means.items()}
    return d2l.Result(figures={"learning_rates": figures.draw_rates(lrs, means)}, metrics=metrics)


# %%
if __name__ == "__main__":
    d2l.run_chapter("adam", scratch, concise, valleys, first_steps, learning_rates)
