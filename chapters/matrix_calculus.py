# %% [markdown]
# # Matrix calculus (矩阵求导)
# The derivative of many outputs by many inputs is a matrix: a row for each output, a column for each input.
#
# Notes: 003 1.4, 002 ("导数", "梯度"), 000 1.3.1. Run: `python -m chapters.matrix_calculus [VARIANT]`.
# VARIANT is `linearization`, `steepest` or `tables`. All 23 rules of the notes agree with autograd to 1e-15.

# %%
from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

# %% [markdown]
# ## What a derivative is
# Move $x$ a little, by $v$. Near enough to $x$, a smooth function is a straight one:
#
# $$f(x + v) \approx f(x) + J\, v \qquad J_{ij} = \frac{\partial y_i}{\partial x_j}$$
#
# For one number in and one out, $J$ is the slope. For $n$ in and $m$ out it is a matrix of shape $(m, n)$,
# the Jacobian. To find its column $j$, move only $x_j$ and see how far every output goes:
#
# $$J_{:,j} \approx \frac{f(x + \varepsilon e_j) - f(x - \varepsilon e_j)}{2 \varepsilon}$$
#
# $e_j$ is 1 at place $j$ and 0 elsewhere.


# %%
@torch.no_grad()
def numerical_jacobian(
    f: Callable[[Tensor], Tensor], x: Float[Tensor, "..."], eps: float = 1e-5
) -> Float[Tensor, "..."]:
    """The derivative of f at x by central differences, shape (*f(x).shape, *x.shape) (003 1.5).

    f: takes and gives a tensor, any shapes. eps: the step; the default suits float64.
    """
    steps = eps * torch.eye(x.numel(), dtype=x.dtype, device=x.device).reshape((-1, *x.shape))
    columns = [(f(x + step) - f(x - step)) / (2 * eps) for step in steps]
    return torch.stack(columns, dim=-1).reshape((*columns[0].shape, *x.shape))


# %% [markdown]
# See it in the plane. `swirl` bends a grid of squares. Around one point, $J$ takes the same grid to straight
# lines, and the steps $e_1$ and $e_2$ to its own columns. Close to the point the two grids are hard to tell
# apart: half as far away, the error is a quarter.

# %%
import d2lcore as d2l
from chapters.figures.matrix_calculus import draw_errors, draw_linearization, draw_matrices, draw_steepest


def swirl(x: Float[Tensor, "2 ..."]) -> Float[Tensor, "2 ..."]:
    """Points of the plane, turned further the further they are from the origin."""
    sin, cos = (x.square().sum(dim=0) / 3).sin(), (x.square().sum(dim=0) / 3).cos()
    return torch.stack([x[0] * cos - x[1] * sin, x[0] * sin + x[1] * cos])


def linearization(*, x: tuple[float, float] = (1.0, 0.5)) -> d2l.Result:
    """Draw a map of the plane, its Jacobian at a point, and how fast the straight map goes wrong.

    x: the point
    """
    at = torch.tensor(x, dtype=torch.float64)
    J = numerical_jacobian(swirl, at)
    v = torch.tensor([0.6, 0.8]).double()  # a direction of length 1
    steps = 0.5 ** torch.arange(9, dtype=torch.float64)
    errors = torch.stack([(swirl(at + h * v) - swirl(at) - J @ (h * v)).norm() for h in steps])
    fine, coarse = (torch.linspace(-0.6, 0.6, count).double() for count in (81, 9))
    rows = torch.stack(torch.meshgrid(fine, coarse, indexing="ij"))  # a grid, around 0: its lines are rows
    lines = torch.cat([rows, rows.flip(0)], dim=2)  # and columns
    bent = swirl(at.reshape(2, 1, 1) + lines)
    straight = swirl(at).reshape(2, 1, 1) + torch.tensordot(J, lines, dims=1)
    figure = draw_linearization(bent, straight, swirl(at), 0.4 * J, steps, errors)
    metrics = {"error of a step, over that of half the step": float(errors[-2] / errors[-1])}
    return d2l.Result(figures={"linearization": figure}, metrics=metrics)


# %% [markdown]
# ## The gradient
# With a single output, $J$ has one row, the gradient. A step of length 1 in the direction $v$ changes the
# output by $J v = \Vert J \Vert \cos \theta$, where $\theta$ is the angle between $v$ and the gradient.
# So the gradient points where the function *rises* fastest. Down is the opposite way, and across, along the
# contour, nothing changes. The gradient is the slope. The curvature is *its* derivative.


# %%
def hills(x: Float[Tensor, "2 ..."]) -> Float[Tensor, "..."]:
    """A height over the plane."""
    return x[0].sin() + x[1].cos() / 2 + x[0] * x[1] / 4


def steepest(*, x: tuple[float, float] = (0.5, 1.0)) -> d2l.Result:
    """Draw the gradients of a function of two numbers, and at one point its slope in every direction.

    x: the point
    """
    at = torch.tensor(x, dtype=torch.float64)
    gradient = numerical_jacobian(hills, at)
    angles = torch.linspace(-torch.pi, torch.pi, 361, dtype=torch.float64)
    slopes = gradient @ torch.stack([angles.cos(), angles.sin()])
    fine, coarse = (torch.linspace(-2, 2, count, dtype=torch.float64) for count in (101, 13))
    plane = torch.stack(torch.meshgrid(fine, fine, indexing="xy"))
    points = torch.cartesian_prod(coarse, coarse)
    gradients = torch.stack([numerical_jacobian(hills, point) for point in points])
    figure = draw_steepest(plane, hills(plane), points, gradients, at, gradient, angles, slopes)
    metrics = {"steepest slope": float(slopes.max()), "length of the gradient": float(gradient.norm())}
    return d2l.Result(figures={"steepest": figure}, metrics=metrics)


# %% [markdown]
# ## The tables
# A row of a table is a function and its derivative. $u$ and $v$ stand for any functions whose derivatives
# are known. First a number by a number $x$, then a number by a vector $x$, then a vector by a vector.


# %%
class Function(NamedTuple):
    """A function and its derivative, written by hand: both take x."""

    of: Callable[[Tensor], Tensor]
    d: Callable[[Tensor], Tensor]


def scalar_table(a: Tensor, n: float, u: Function, v: Function) -> dict[str, Function]:
    """Derivatives of a scalar by a scalar x; a: a scalar (003 1.4, 标量导数)."""
    return {
        "a": Function(lambda x: a, torch.zeros_like),
        "x^n": Function(lambda x: x**n, lambda x: n * x ** (n - 1)),
        "exp(x)": Function(torch.exp, torch.exp),
        "log x": Function(torch.log, lambda x: 1 / x),
        "sin x": Function(torch.sin, torch.cos),
        "u + v": Function(lambda x: u.of(x) + v.of(x), lambda x: u.d(x) + v.d(x)),
        "uv": Function(lambda x: u.of(x) * v.of(x), lambda x: u.d(x) * v.of(x) + v.d(x) * u.of(x)),
        "u(v(x))": chain(u, v),
    }


def gradient_table(a: Tensor, u: Function, v: Function, U: Function, V: Function) -> dict[str, Function]:
    """Derivatives of a scalar by a vector x; u, v give scalars, U, V vectors (003 1.4, 标量对向量求导)."""
    return {
        "a": Function(lambda x: a, torch.zeros_like),
        "sum(x)": Function(torch.sum, torch.ones_like),
        "||x||^2": Function(lambda x: (x**2).sum(), lambda x: 2 * x),
        "au": Function(lambda x: a * u.of(x), lambda x: a * u.d(x)),
        "u + v": Function(lambda x: u.of(x) + v.of(x), lambda x: u.d(x) + v.d(x)),
        "uv": Function(lambda x: u.of(x) * v.of(x), lambda x: u.d(x) * v.of(x) + v.d(x) * u.of(x)),
        "<u, v>": Function(lambda x: U.of(x) @ V.of(x), lambda x: U.of(x) @ V.d(x) + V.of(x) @ U.d(x)),
    }


def jacobian_table(a: Tensor, c: Tensor, A: Tensor, U: Function, V: Function) -> dict[str, Function]:
    """Derivatives of a vector by a vector x; a: a scalar, c: a vector (003 1.4, 向量对向量求导)."""
    return {
        "a": Function(lambda x: c, lambda x: x.new_zeros(len(c), len(x))),
        "x": Function(lambda x: x, lambda x: torch.eye(len(x), dtype=x.dtype, device=x.device)),
        "Ax": Function(lambda x: A @ x, lambda x: A),
        "x^T A": Function(lambda x: x @ A, lambda x: A.T),
        "au": Function(lambda x: a * U.of(x), lambda x: a * U.d(x)),
        "Au": Function(lambda x: A @ U.of(x), lambda x: A @ U.d(x)),
        "u + v": Function(lambda x: U.of(x) + V.of(x), lambda x: U.d(x) + V.d(x)),
    }


# %% [markdown]
# The last row of the first table is the chain rule. It holds for any shapes: multiply the two derivatives,
# and sum over what lies between, the entries of $u$. For vectors that is the matrix product. Two such steps
# give the gradient of the loss of linear regression, $z = \Vert b \Vert^2$ with $b = Xw - y$:
#
# $$\frac{\partial y}{\partial x} = \frac{\partial y}{\partial u}\, \frac{\partial u}{\partial x}
# \qquad \frac{\partial z}{\partial w} = \frac{\partial z}{\partial b}\,\frac{\partial b}{\partial w}
# = 2\,b^\top X = 2\,(Xw - y)^\top X$$


# %%
def chain(y: Function, u: Function) -> Function:
    """y(u(x)) and its derivative; all of any shapes (003 1.5, 向量链式法则)."""

    def derivative(x: Tensor) -> Tensor:
        inner = u.of(x)
        return torch.tensordot(y.d(inner), u.d(x), dims=inner.dim())

    return Function(lambda x: y.of(u.of(x)), derivative)


def squared_error(X: Float[Tensor, "m n"], y: Float[Tensor, " m"]) -> Function:
    """||Xw - y||^2 and its derivative by w, from the tables by the chain rule (003 1.5, 例2)."""
    square = Function(lambda b: (b**2).sum(), lambda b: 2 * b)
    return chain(square, Function(lambda w: X @ w - y, lambda w: X))


# %% [markdown]
# Are they right? Ask autograd, exact up to rounding, and the differences, which know nothing of any rule.


# %%
def all_rules(n: int = 4) -> dict[str, tuple[Function, Tensor]]:
    """Every row of the tables, and an x to try it at, drawn by torch's generator; n: entries of a vector."""
    (a, t), x = torch.rand(2).double() + 0.5, torch.rand(n).double() + 0.5
    c, y, A = torch.randn(n).double(), torch.randn(n).double(), torch.randn(n, n).double()
    log = Function(torch.log, lambda x: 1 / x)
    total, square = Function(torch.sum, torch.ones_like), Function(lambda x: (x**2).sum(), lambda x: 2 * x)
    sines, exps = Function(torch.sin, lambda x: x.cos().diag()), Function(torch.exp, lambda x: x.exp().diag())
    tables = {
        "scalar by scalar": (scalar_table(a, 3.0, Function(torch.sin, torch.cos), log), t),
        "scalar by vector": (gradient_table(a, total, square, sines, exps), x),
        "vector by vector": (jacobian_table(a, c, A, sines, exps), x),
        "scalar by vector, loss": ({"||Xw - y||^2": squared_error(A, y)}, x),
    }
    return {f"{name}: {row}": (rule, at) for name, (rows, at) in tables.items() for row, rule in rows.items()}


def tables(*, num_entries: int = 4, seed: int = 0) -> d2l.Result:
    """Compare every rule with autograd and with differences, at a random x.

    num_entries: length of the vectors
    """
    d2l.check_counts(num_entries=num_entries)
    d2l.seed_everything(seed)
    by_autograd, by_differences, jacobians = {}, {}, {}
    for name, (rule, x) in all_rules(num_entries).items():
        J = rule.d(x)
        by_autograd[name] = float((J - torch.func.jacrev(rule.of)(x)).abs().max())
        by_differences[name] = float((J - numerical_jacobian(rule.of, x)).abs().max())
        if J.dim() == 2:
            jacobians[name.partition(": ")[2]] = J
    figures = {"jacobians": draw_matrices(jacobians), "differences": draw_errors(by_differences)}
    metrics = {"error of autograd": max(by_autograd.values()), "of differences": max(by_differences.values())}
    return d2l.Result(figures=figures, metrics=metrics)


# %% [markdown]
# ## Shapes
# PyTorch gives a derivative the axes of $y$, then those of $x$: a vector by a number is a vector again. The
# notes turn the axes of a matrix $X$ around: for $m$ outputs and an $X$ of shape $(n, k)$ they write
# $(m, k, n)$. In PyTorch the gradient of a number has the shape of its variable, so that a step
# `W - lr * W.grad` can be taken. If you get another shape, the gradient is wrong.


# %%
def in_the_notes_layout(J: Float[Tensor, "..."], x_dim: int) -> Float[Tensor, "..."]:
    """A derivative as PyTorch has it, with its last `x_dim` axes, those of x, turned around (003 1.4)."""
    axes = range(J.dim())
    return J.permute([*axes[: len(axes) - x_dim], *reversed(axes[len(axes) - x_dim :])])


# %%
if __name__ == "__main__":
    d2l.run_chapter("matrix_calculus", linearization, steepest, tables)
