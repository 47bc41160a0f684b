# %% [markdown]
# # Optimization (优化)
# Gradient descent walks downhill. Where it ends depends on the function, the start and the size of a step.
#
# Notes: 003 5.1-5.2, 000 1.3.1. Run: `python -m chapters.optimization [VARIANT]`, where VARIANT is
# `rates`, `minima`, `saddle`, `convexity` or `contours`.
# On x², a step of 0.2 times the slope leaves 0.6 % of the way after ten steps; with 1.05 it runs away.

# %%
from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor

import d2lcore as d2l
from chapters.figures import optimization as figures

# %% [markdown]
# ## Gradient descent
# To optimize is to find the $x$ where an objective $f$ is smallest. The gradient $\nabla f(x)$ points uphill,
# so go the other way, by the learning rate $\eta$ times the gradient (003 5.2):
#
# $$x \leftarrow x - \eta \nabla f(x)$$


# %%
Function = Callable[[Tensor], Tensor]


def gradient_descent(gradient: Function, start: Tensor, lr: float, num_steps: int) -> Tensor:
    """The points visited, start included: (num_steps + 1, ...) for a start of shape (...) (003 5.2)."""
    path = [start]
    for _ in range(num_steps):
        path.append(path[-1] - lr * gradient(path[-1]))
    return torch.stack(path)


# %% [markdown]
# Take $f(x) = x^2$, with the slope $2x$. A step multiplies $x$ by $1 - 2\eta$, so $x_t = (1 - 2\eta)^t x_0$.
# A small $\eta$ creeps. Above 1/2 each step crosses the minimum. Above 1 each step ends higher than it began.


# %%
def rates(*, lrs: tuple[float, ...] = (0.05, 0.2, 0.95, 1.05)) -> d2l.Result:
    """Ten steps of gradient descent on x², from 10, at four learning rates.

    lrs: learning rates
    """
    start = torch.tensor(10.0, dtype=torch.float64)
    paths = {lr: gradient_descent(lambda x: 2 * x, start, lr, num_steps=10) for lr in lrs}
    metrics = {f"x at the end, learning rate {lr:g}": float(path[-1]) for lr, path in paths.items()}
    return d2l.Result(figures={"rates": figures.draw_rates(lambda x: x**2, paths)}, metrics=metrics)


# %% [markdown]
# ## Local and global minima
# A *local* minimum is no higher than any point near it, a *global* one than any point at all (003 5.1.1).
# Gradient descent sees only the slope where it stands, so it settles in the valley it starts in. Here are two
# valleys, at -1.06 and 0.93; only the left one is global. Autograd finds the slope at all starts in one call.


# %%
def gradient_of(f: Function) -> Function:
    """The gradient of f at each of many points: f gives one value a point, this a gradient a point."""
    return torch.func.grad(lambda x: f(x).sum())


def two_valleys(x: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """(x² - 1)² / 4 + x / 8, value by value."""
    return (x**2 - 1) ** 2 / 4 + x / 8


def minima(*, num_starts: int = 21) -> d2l.Result:
    """Where gradient descent with learning rate 0.1 ends, from many starts between -2 and 2.

    num_starts: starts, evenly spaced
    """
    d2l.check_counts(num_starts=num_starts)
    starts = torch.linspace(-2, 2, num_starts, dtype=torch.float64)
    ends = gradient_descent(gradient_of(two_valleys), starts, 0.1, num_steps=320)[-1]
    is_global = ends < 0
    metrics = {"starts that end in the local minimum": float((~is_global).sum())}
    for name, points in (("global", ends[is_global]), ("local", ends[~is_global])):
        metrics[f"the {name} minimum is at"] = float(points.mean())
        metrics[f"height of the {name} minimum"] = float(two_valleys(points).mean())
    return d2l.Result(figures={"minima": figures.draw_minima(two_valleys, starts, ends)}, metrics=metrics)


# %% [markdown]
# ## Saddle points
# Where the gradient is zero, the curvatures tell more: the eigenvalues of the Hessian $H$. All positive is a
# local minimum, all negative a local maximum. Both signs are a saddle. Otherwise $H$ does not tell.


# %%
def stationary_point(f: Function, x: Float[Tensor, " d"]) -> str:
    """What f has at x, where its gradient is zero: 'minimum', 'maximum', 'saddle' or 'undecided'."""
    curvatures = torch.linalg.eigvalsh(torch.autograd.functional.hessian(f, x))
    tiny = 10 * len(x) * torch.finfo(x.dtype).eps * curvatures.abs().max()
    up, down = bool((curvatures > tiny).any()), bool((curvatures < -tiny).any())
    if up and down:
        return "saddle"
    if bool((curvatures.abs() <= tiny).any()):
        return "undecided"
    return "minimum" if up else "maximum"


# %% [markdown]
# $f(x_1, x_2) = x_1^2 / 2 + (x_2^2 - 1)^2 / 4$ has a saddle at the origin and minima at $(0, \pm 1)$.
# Gradient descent that starts with $x_2 = 0$ exactly ends at the saddle. From any other start it gets away:
# near the saddle a step multiplies $x_2$ by $1 + \eta$. So a start a thousand times nearer costs only
# $\log 1000 / \log(1 + \eta)$ more steps. It slows gradient descent; 000 1.3.1 says that it gets stuck.


# %%
def saddle_and_minima(x: Float[Tensor, "... 2"]) -> Float[Tensor, "..."]:
    """x1² / 2 + (x2² - 1)² / 4."""
    return x[..., 0] ** 2 / 2 + (x[..., 1] ** 2 - 1) ** 2 / 4


def saddle(*, num_starts: int = 1000, seed: int = 0) -> d2l.Result:
    """How long the saddle holds starts at several distances, and how many of many random ones.

    num_starts: random starts in the square from -2 to 2
    """
    d2l.check_counts(num_starts=num_starts)
    gradient = gradient_of(saddle_and_minima)
    distances = torch.logspace(-12, -1, 12, dtype=torch.float64)  # of the starts from the line x2 = 0
    starts = torch.stack([torch.full_like(distances, 1.5), distances], dim=1)
    paths = gradient_descent(gradient, starts, 0.1, num_steps=320)
    steps = (paths[..., 1] < 0.5).sum(dim=0)
    d2l.seed_everything(seed)
    spread = 4 * torch.rand(num_starts, 2, dtype=torch.float64) - 2
    ends = gradient_descent(gradient, spread, 0.1, num_steps=320)[-1]
    metrics = {f"steps to get away from {d:.0e}": float(n) for d, n in zip(distances, steps, strict=True)}
    metrics["random starts that end at the saddle"] = float((ends.norm(dim=1) < 0.5).sum())
    figure = figures.draw_saddle(saddle_and_minima, paths, distances, steps, 0.1)
    return d2l.Result(figures={"saddle": figure}, metrics=metrics)


# %% [markdown]
# ## Convex sets and functions
# A set is convex if with $a$ and $b$ it holds every point $\lambda a + (1 - \lambda) b$ between them,
# $0 \le \lambda \le 1$. A function on such a set is convex if none of its chords runs below it (003 5.1.2):
#
# $$\lambda f(x) + (1 - \lambda) f(x') \ge f(\lambda x + (1 - \lambda) x')$$
#
# For many points it is Jensen's inequality, $E[f(X)] \ge f(E[X])$. Samples can refute convexity, never prove
# it. It matters because every local minimum of a convex function is global: from a higher one, the chord to a
# lower point would run below the function, however near you look.


# %%
def leaves(contains: Function, a: Tensor, b: Tensor, lam: Tensor) -> Bool[Tensor, " n"]:
    """Which of the points between a and b, both (n, d) and in the set, lie outside it; lam: (n,)."""
    return ~contains(lam[:, None] * a + (1 - lam[:, None]) * b)


def chord_gap(f: Function, a: Tensor, b: Tensor, lam: Tensor) -> Float[Tensor, " n"]:
    """Height of the chord from a to b, both (n, d), over f: never below 0 if f is convex; lam: (n,)."""
    return lam * f(a) + (1 - lam) * f(b) - f(lam[:, None] * a + (1 - lam[:, None]) * b)


def jensen_gap(f: Function, X: Float[Tensor, "n d"]) -> Float[Tensor, ""]:
    """E[f(X)] - f(E[X]) of equally likely points: never below 0 if f is convex."""
    return f(X).mean() - f(X.mean(dim=0, keepdim=True))[0]


# %% [markdown]
# What lies in both of two discs is convex; what lies in one or the other is not. The loss of linear
# regression is convex in the weights. That of a network $w_2 \tanh(w_1 x)$ is not. Change the signs of both
# weights, and it computes the same; but halfway there, both are 0.


# %%
def disc(x: Float[Tensor, "n 2"]) -> Bool[Tensor, " n"]:
    """The points of the disc of radius 1 about (0.8, 0)."""
    return (x - torch.tensor([0.8, 0.0])).norm(dim=1) <= 1


SETS: dict[str, Function] = {
    "a disc": disc,
    "in both discs": lambda x: disc(x) & disc(-x),
    "in one or the other": lambda x: disc(x) | disc(-x),
    "a ring": lambda x: (x.norm(dim=1) <= 1) & (x.norm(dim=1) >= 0.5),
}
X = torch.linspace(-2, 2, 21)[:, None]  # the inputs of both models, which are to give sin(X)
FUNCTIONS: dict[str, Function] = {  # of points (n, 4), one value each
    "square": lambda x: (x**2).sum(dim=1),
    "two valleys": lambda x: two_valleys(x[:, 0]),
    "linear regression": lambda w: (X * w[:, 0] + w[:, 1] - X.sin()).square().mean(dim=0),
    "a hidden unit": lambda w: ((X * w[:, 0]).tanh() * w[:, 1] - X.sin()).square().mean(dim=0),
}


def convexity(*, num_pairs: int = 10_000, seed: int = 0) -> d2l.Result:
    """The share of sampled pairs that refute convexity, for four sets and four functions.

    num_pairs: pairs of points tried for each
    """
    d2l.check_counts(num_pairs=num_pairs)
    d2l.seed_everything(seed)
    metrics, segments, lam = {}, {}, torch.rand(num_pairs)
    for name, contains in SETS.items():
        inside = (points := 4 * torch.rand(50_000, 2) - 2)[contains(points)]
        a, b = inside[torch.randint(len(inside), (2, num_pairs))]
        segments[name] = a, b, (out := leaves(contains, a, b, lam))
        metrics[f"{name}: pairs that refute"] = float(out.float().mean())
    for name, f in FUNCTIONS.items():
        a, b = 4 * torch.rand(2, num_pairs, 4) - 2
        below = chord_gap(f, a, b, lam) < -1e-4  # more than rounding
        metrics[f"{name}: pairs that refute"] = float(below.float().mean())
        metrics[f"{name}: Jensen's gap"] = float(jensen_gap(f, a))
    drawn = {"sets": figures.draw_sets(segments), "chords": figures.draw_chords(two_valleys)}
    return d2l.Result(figures=drawn, metrics=metrics)


# %% [markdown]
# ## In the plane, and concise
# $f(x) = x_1^2 + 2 x_2^2$ is steeper along $x_2$, and there $\eta$ must stay below 1/2. `d2l.train_2d` takes
# a function that makes one step, and starts from $(-5, -2)$; `d2l.show_trace_2d` draws the way.
# `torch.optim.SGD` makes the same steps from autograd's gradients. It is stochastic only if they are.


# %%
def bowl(x1: Any, x2: Any) -> Any:
    """x1² + 2 x2², value by value."""
    return x1**2 + 2 * x2**2


def contours(*, lrs: tuple[float, ...] = (0.05, 0.2, 0.45)) -> d2l.Result:
    """Twenty steps down the bowl at three learning rates.

    lrs: learning rates
    """
    traces, metrics = {}, {}
    for lr in lrs:
        trainer = lambda x1, x2, s1, s2, lr=lr: (x1 - lr * 2 * x1, x2 - lr * 4 * x2, s1, s2)  # noqa: E731
        traces[lr] = d2l.train_2d(trainer)
        metrics[f"height at the end, learning rate {lr:g}"] = float(bowl(*traces[lr][-1]))
    return d2l.Result(figures={"contours": figures.draw_contours(bowl, traces)}, metrics=metrics)


# %%
if __name__ == "__main__":
    d2l.run_chapter("optimization", rates, minima, saddle, convexity, contours)
