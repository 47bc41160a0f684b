# %% [markdown]
# # Adam
# Give every weight a step of its own size: divide its gradient by how large its gradients have been.
#
# Notes: 003 5.6, 002 (随机梯度下降). Run: `python -m chapters.adam [VARIANT]`, where VARIANT is
# `scratch`, `concise`, `valleys`, `first_steps` or `learning_rates`.
# Airfoil data, two epochs: loss about 0.243 by Adam and by AdaGrad; the floor is 0.2417.

# %%
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

import d2lcore as d2l
from chapters.figures import adam as figures
from chapters.minibatch_and_momentum import init_momentum_states, sgd, sgd_momentum, train_airfoil

# %% [markdown]
# ## AdaGrad
# One learning rate for all weights is too large for some and too small for others. AdaGrad adds up the squares
# of each weight's gradients, and divides its step by the root. All operations are value by value:
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
            s[:] = s + param.grad**2
            param -= hyperparams["lr"] * param.grad / (s.sqrt() + EPS)
            param.grad.zero_()


# %% [markdown]
# ## RMSProp
# The sum only grows, so AdaGrad's steps only shrink. RMSProp forgets old squares; $s$ is then a weighted mean:
#
# $$s_t = \gamma s_{t-1} + (1 - \gamma) g_t^2 \qquad w_t = w_{t-1} - \frac{\eta}{\sqrt{s_t} + \epsilon}\, g_t$$


# %%
def rmsprop(params: list[Any], states: list[Tensor], hyperparams: dict[str, Any]) -> None:
    """One step in place, by gradients divided by the root of their mean square, kept in `states` (002)."""
    gamma = hyperparams["gamma"]
    with torch.no_grad():
        for param, s in zip(params, states, strict=True):
            s[:] = gamma * s + (1 - gamma) * param.grad**2
            param -= hyperparams["lr"] * param.grad / (s.sqrt() + EPS)
            param.grad.zero_()


# %% [markdown]
# ## Adam
# Adam smooths the gradient too, as momentum does, but by a weighted mean $v$ (003 5.6):
#
# $$v_t = \beta_1 v_{t-1} + (1 - \beta_1) g_t \qquad s_t = \beta_2 s_{t-1} + (1 - \beta_2) g_t^2$$
#
# Both start at 0, which pulls the first of them towards 0. The weights of $g_1, \dots, g_t$ in $v_t$ add up to
# $(1 - \beta_1) \sum_{i=0}^{t-1} \beta_1^i = 1 - \beta_1^t$, not to 1. Dividing by that corrects it:
#
# $$\hat v_t = \frac{v_t}{1 - \beta_1^t} \qquad \hat s_t = \frac{s_t}{1 - \beta_2^t} \qquad
# w_t = w_{t-1} - \frac{\eta\, \hat v_t}{\sqrt{\hat s_t} + \epsilon}$$
#
# 003 5.6 lets the sum run to $t$, which gives $1 - \beta^{t+1}$. And it multiplies by $\eta$ twice, once in
# $g'_t$ and once more in the update. With $\eta = 0.01$ its steps would be a hundred times too short.


# %%
def init_adam_states(feature_dim: int) -> list[tuple[Tensor, Tensor]]:
    """v and s of w (feature_dim, 1) and of b (1,), zero."""
    return [(torch.zeros(shape), torch.zeros(shape)) for shape in ((feature_dim, 1), (1,))]


def adam(params: list[Any], states: list[tuple[Tensor, Tensor]], hyperparams: dict[str, Any]) -> None:
    """Step number t = hyperparams["t"], from 1, in place; v and s in `states`; then t grows by 1 (003 5.6)."""
    beta1, beta2, t = hyperparams["beta1"], hyperparams["beta2"], hyperparams["t"]
    with torch.no_grad():
        for param, (v, s) in zip(params, states, strict=True):
            v[:] = beta1 * v + (1 - beta1) * param.grad
            s[:] = beta2 * s + (1 - beta2) * param.grad**2
            v_hat = v / (1 - beta1**t)
            s_hat = s / (1 - beta2**t)
            param -= hyperparams["lr"] * v_hat / (s_hat.sqrt() + EPS)
            param.grad.zero_()
    hyperparams["t"] += 1


# %% [markdown]
# ## On the airfoil data
# The three beside SGD and momentum, each with its usual learning rate.


# %%
Make = Callable[[int], Any]  # the first states, from the number of features
BETAS = {"beta1": 0.9, "beta2": 0.999, "t": 1}
RUNS: dict[str, tuple[Callable, Make, dict[str, Any]]] = {
    "SGD": (sgd, init_momentum_states, {"lr": 0.05}),
    "momentum": (sgd_momentum, init_momentum_states, {"lr": 0.005, "momentum": 0.9}),
    "AdaGrad": (adagrad, init_momentum_states, {"lr": 0.1}),
    "RMSProp": (rmsprop, init_momentum_states, {"lr": 0.01, "gamma": 0.9}),
    "Adam": (adam, init_adam_states, {"lr": 0.01, **BETAS}),
}


def scratch(*, num_epochs: int = 2, batch_size: int = 10, seed: int = 0) -> d2l.Result:
    """Five optimizers on the airfoil data."""
    losses = {
        name: train_airfoil(trainer, make(5), knobs, batch_size, num_epochs, seed)[1]
        for name, (trainer, make, knobs) in RUNS.items()
    }
    metrics = {f"loss, {name}": curve[-1] for name, curve in losses.items()}
    return d2l.Result(figures={"losses": figures.draw_losses(losses, num_epochs)}, metrics=metrics)


# %% [markdown]
# ## Concise
# `torch.optim` has all of them. From the same start its steps are ours, to rounding, once $\epsilon$ is ours.
# Other books put it inside the root, $\sqrt{s + \epsilon}$: the same as long as gradients are not tiny.

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
    metrics = {f"loss, {name}": curve[-1] for name, curve in losses.items()}
    return d2l.Result(figures={"losses": figures.draw_losses(losses, num_epochs)}, metrics=metrics)


# %% [markdown]
# ## What it is good for, and what not
# A valley along an axis is easy: each coordinate gets a step that suits it. Turn the same valley by 45 degrees,
# and both coordinates have the same gradients' size. Dividing then helps nobody. Momentum does not care how the
# valley lies.


# %%
def valleys(*, lr: float = 0.3, num_steps: int = 60) -> d2l.Result:
    """Momentum, AdaGrad, RMSProp and Adam in 0.1 a² + 2 b², with a, b along the axes, and turned.

    num_steps: steps of each
    """
    d2l.check_counts(num_steps=num_steps)
    turned = torch.tensor([[1.0, 1.0], [-1.0, 1.0]], dtype=torch.float64) / 2**0.5
    weights = torch.tensor([0.1, 2.0], dtype=torch.float64)
    heights: dict[str, dict[str, list[float]]] = {}
    for valley, axes in (("along an axis", torch.eye(2, dtype=torch.float64)), ("turned", turned)):
        heights[valley] = {}
        for name, (trainer, _, knobs) in list(RUNS.items())[1:]:
            x = (axes.T @ torch.tensor([-5.0, -2.0], dtype=torch.float64)).requires_grad_()
            state = torch.zeros_like(x)
            states = [(state, state.clone())] if trainer is adam else [state]
            hyperparams, curve = {**knobs, "lr": lr}, []
            for _ in range(num_steps):
                height = weights @ (axes @ x) ** 2
                height.backward()
                curve.append(height.item())
                trainer([x], states, hyperparams)
            heights[valley][name] = curve
    metrics = {f"{valley}: {name}": c[-1] for valley, curves in heights.items() for name, c in curves.items()}
    return d2l.Result(figures={"valleys": figures.draw_valleys(heights)}, metrics=metrics)


# %% [markdown]
# ## Why the correction matters
# Let the gradient be 1 at every step. Then $\hat v = \hat s = 1$, and each corrected step is $\eta$ long. Without
# the correction the first is $(1 - \beta_1) / \sqrt{1 - \beta_2} = 3.16$ times as long: $s$ starts much too
# small, and we divide by its root. It takes thousands of steps to forget that.


# %%
def first_steps(*, num_steps: int = 3000) -> d2l.Result:
    """The length of each step, over the learning rate, with and without the correction.

    num_steps: steps to make
    """
    d2l.check_counts(num_steps=num_steps)
    t = torch.arange(1, num_steps + 1, dtype=torch.float64)
    bare = (1 - BETAS["beta1"] ** t) / (1 - BETAS["beta2"] ** t).sqrt()
    param, states = torch.zeros(1, dtype=torch.float64), [(torch.zeros(1), torch.zeros(1))]
    states, hyperparams, path = [tuple(s.double() for s in states[0])], {"lr": 1.0, **BETAS}, [0.0]
    for _ in range(num_steps):
        param.grad = torch.ones_like(param)
        adam([param], states, hyperparams)
        path.append(param.item())
    steps = -torch.tensor(path, dtype=torch.float64).diff()
    metrics = {"first step": float(steps[0]), "first step without the correction": float(bare[0]),
               "longest step without the correction": float(bare.max())}  # fmt: skip
    return d2l.Result(figures={"first_steps": figures.draw_first_steps(t, steps, bare)}, metrics=metrics)


# %% [markdown]
# ## How much the learning rate matters
# Two epochs at each of many rates, several seeds. Each optimizer has a range in which it comes within 0.01 of
# the floor. Where the loss is missing, training ran away.


# %%
def learning_rates(*, num_seeds: int = 3, num_rates: int = 9) -> d2l.Result:
    """The loss after two epochs for rates from 0.0001 to 1, mean over seeds.

    num_seeds: runs at each rate
    num_rates: rates, evenly spaced on a log scale
    """
    d2l.check_counts(num_seeds=num_seeds, num_rates=num_rates)
    return d2l.Result()


# %%
if __name__ == "__main__":
    d2l.run_chapter("adam", scratch, concise, valleys, first_steps, learning_rates)
