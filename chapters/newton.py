# %% [markdown]
# # Newton's method (牛顿法)
# The slope says which way is down, the curvature how far. Together they make a parabola: jump to its bottom.
#
# Notes: 000 1.1.2 (L-BFGS). Run: `python -m chapters.newton [optimizers|separable]`.
# Logistic regression on 455 tumours: Newton's method is at the minimum after 8 steps.

# %%
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

import d2lcore as d2l
from chapters.figures.newton import draw_gaps, draw_growth
from chapters.least_squares import check_lambd
from chapters.logistic_regression import (
    binary_cross_entropy,
    load_tumours,
    objective,
    sigmoid,
    train_epoch,
)

# %% [markdown]
# ## The step
# Let $\theta$ be all parameters in one vector. A step $s$ away from it, a smooth function $f$ is about a
# parabola. Its slope is the gradient $g$ of $f$ at $\theta$; its curvature is the Hessian $H$ there, the
# matrix of second derivatives:
#
# $$f(\theta - s) \approx f(\theta) - g^\top s + \tfrac12 s^\top H s$$
#
# Gradient descent knows $g$ only, and needs a learning rate. Newton's method goes to the lowest point of the
# parabola. There its gradient is 0, so $H s = g$ (`step` in the code):
#
# $$\theta \leftarrow \theta - s \qquad s = H^{-1} g$$
#
# No rate is needed. Give a feature other units: its weight changes with them, the path does not. Close to the
# minimum each step doubles the number of right digits. Far away the parabola may mislead; if the step does
# not go down, halve it until it does. Stop when the parabola promises, with $g^\top s / 2$, less than
# rounding.


# %%
Value = Callable[[Tensor], Tensor]  # from theta (k,) to a scalar
Derivatives = Callable[[Tensor], tuple[Tensor, Tensor]]  # from theta to gradient (k,) and Hessian (k, k)


def newton(value: Value, derivatives: Derivatives, start: Tensor, num_steps: int = 100) -> Tensor:
    """The theta (k,) where a convex function is lowest, to the last digits; its Hessian must have an inverse.

    Raises ValueError if it is not there after `num_steps` steps.
    """
    theta, height = start, value(start)
    for _ in range(num_steps):
        g, H = derivatives(theta)
        step = torch.linalg.solve(H, g)
        if g @ step <= 10 * torch.finfo(theta.dtype).eps * height.abs():
            return theta - step  # this last step gains less than the rounding of the value
        size = 1.0
        while not (lower := value(theta - size * step)) < height:
            size = size / 2
            if size < 1e-9:
                return theta - step  # rounding again: the value no longer tells lower from higher
        theta, height = theta - size * step, lower
    raise ValueError(f"value: no lowest point found in {num_steps} steps; perhaps it has none")


# %% [markdown]
# ## Logistic regression
# Let $\theta = (w, b)$ and $\tilde x = (x, 1)$. The logits are $o_i = \tilde x_i^\top \theta$, the
# confidences $\hat y_i = \mathrm{sigmoid}(o_i)$. The page before has the gradient. The derivative of
# $\hat y_i$ with respect to $o_i$ is $\hat y_i (1 - \hat y_i)$, and so the derivative of the gradient is $H$:
#
# $$g = \frac1n \sum_i (\hat y_i - y_i)\, \tilde x_i + \lambda (w, 0) \qquad
# H = \frac1n \sum_i \hat y_i (1 - \hat y_i)\, \tilde x_i \tilde x_i^\top
# + \lambda\, \mathrm{diag}(1, \dots, 1, 0)$$
#
# In the code the rows of `A` are the $\tilde x_i$, and `penalty` is $\lambda (1, \dots, 1, 0)$.


# %%
def logistic_problem(
    X: Float[Tensor, "n d"], y: Float[Tensor, " n"], lambd: float
) -> tuple[Value, Derivatives]:
    """`objective` as a function of theta = (w, b), shape (d + 1,), and its gradient and Hessian."""
    A = torch.cat([X, torch.ones_like(X[:, :1])], dim=1)
    penalty = torch.full_like(A[0], lambd)
    penalty[-1] = 0

    def value(theta: Tensor) -> Tensor:
        return objective(X, y, theta[:-1], theta[-1], lambd)

    def derivatives(theta: Tensor) -> tuple[Tensor, Tensor]:
        y_hat, rest = sigmoid(A @ theta), sigmoid(-A @ theta)  # rest is 1 - y_hat, with all its digits
        g = A.T @ (y_hat - y) / len(A) + penalty * theta
        return g, A.T @ (A * (y_hat * rest).unsqueeze(1)) / len(A) + penalty.diag()

    return value, derivatives


# %% [markdown]
# ## L-BFGS
# With very many parameters $H$ is too large to make, let alone to solve with. L-BFGS (limited memory; then
# the initials of its four authors) guesses the curvature from the last changes of $\theta$ and of the
# gradient. This gives a direction. The search along it ends at a step that meets the strong Wolfe conditions:
# the function falls enough, and its slope flattens enough. torch calls `closure` for a value and its gradient
# as often as the search needs them.


# %%
def lbfgs(
    value: Value, start: Float[Tensor, " k"], num_steps: int
) -> tuple[Float[Tensor, " k"], list[float]]:
    """Theta after at most `num_steps` steps, and the value at each point tried, a pass over the data each."""
    theta, values = start.clone().requires_grad_(), []
    updater = torch.optim.LBFGS(
        [theta], max_iter=num_steps, max_eval=25 * num_steps, tolerance_grad=1e-10, tolerance_change=0,
        line_search_fn="strong_wolfe",
    )  # fmt: skip

    def closure() -> Tensor:
        updater.zero_grad()
        l = value(theta)
        l.backward()
        values.append(l.item())
        return l

    updater.step(closure)
    return theta.detach(), values


# %% [markdown]
# ## Four optimizers
# For one pass over the data gradient descent takes one step, and SGD many rough ones. At a constant learning
# rate these end up wandering about the minimum. L-BFGS is within 1e-12 of the minimum after some 23 passes
# (in the figure a curve that gets closer leaves at the bottom), and at its last digit after 45. Newton's
# method needs 8, but each of its passes also makes and solves a system of 31 equations.
#
# The concise version is scikit-learn's `LogisticRegression`. With $l_i$ the loss of example $i$, it minimises
# $\frac12 \lVert w \rVert^2 + C \sum_i l_i$. Divided by $nC$ this is our objective with $\lambda = 1 / (nC)$.


# %%
def optimizers(
    *, lr: float = 0.3, num_epochs: int = 200, batch_size: int = 32, lambd: float = 0.02, seed: int = 0
) -> d2l.Result:
    """Newton, L-BFGS, SGD and gradient descent, pass by pass; scikit-learn's weights beside ours.

    lambd: strength of the L2 penalty, above 0: without a penalty these data have no minimum
    """
    from sklearn.linear_model import LogisticRegression

    check_lambd(lambd)
    X, y, *_ = load_tumours(dtype=torch.float64)
    value, derivatives = logistic_problem(X, y, lambd)
    start, by_newton = X.new_zeros(X.shape[1] + 1), []

    def value_kept(theta: Tensor) -> Tensor:
        l = value(theta)
        by_newton.append(l.item())
        return l

    theta = newton(value_kept, derivatives, start)
    paths = {"Newton": by_newton, "L-BFGS": lbfgs(value, start, 10_000)[1]}
    d2l.seed_everything(seed)
    for name, size in (("SGD", batch_size), ("gradient descent", len(X))):
        w, b, train_iter = X.new_zeros(X.shape[1]), X.new_zeros(()), d2l.load_array((X, y), size)
        paths[name] = [objective(X, y, w, b, lambd).item()]
        for _ in range(num_epochs):
            train_epoch(train_iter, w, b, lr, lambd)
            paths[name].append(objective(X, y, w, b, lambd).item())

    library = LogisticRegression(C=1 / (len(X) * lambd), tol=1e-10, max_iter=10_000).fit(X, y)
    lowest = min(map(min, paths.values()))
    gaps = {name: [height - lowest for height in path] for name, path in paths.items()}
    metrics = {f"{name}: above the minimum": gap[-1] for name, gap in gaps.items()}
    metrics |= {f"{name}: passes": float(len(gaps[name])) for name in ("Newton", "L-BFGS")}
    apart = (theta[:-1] - torch.from_numpy(library.coef_[0])).abs().max()
    metrics["largest difference of a weight from scikit-learn"] = float(apart)
    return d2l.Result(figures={"optimizers": draw_gaps(gaps)}, metrics=metrics)


# %% [markdown]
# ## Separable data
# These 455 tumours in 30 dimensions are separable: some hyperplane has all positives on one side, all
# negatives on the other. Then, without a penalty, there is no minimum. Double $w$ and $b$: all the answers
# are right and get surer, and the loss falls. The weights grow for as long as the optimizer runs. The test
# set has wrong answers, and these get surer too. Two remedies: a penalty, because any $\lambda > 0$ gives one
# minimum; or stop early.


# %%
def separable(*, lambdas: tuple[float, ...] = (0.0, 0.002, 0.02), num_steps: int = 64) -> d2l.Result:
    """The norm of w and the test loss after 1, 2, 4, ... steps of L-BFGS, with and without a penalty.

    lambdas: strengths of the penalty
    num_steps: at most so many steps of L-BFGS
    """
    X, y, X_test, y_test = load_tumours(dtype=torch.float64)
    steps = [2**k for k in range(num_steps.bit_length())]
    norms, losses, metrics = {}, {}, {}
    for lambd in lambdas:
        check_lambd(lambd)
        value, _ = logistic_problem(X, y, lambd)
        ends = [lbfgs(value, X.new_zeros(X.shape[1] + 1), num)[0] for num in steps]
        norms[lambd] = [theta[:-1].norm().item() for theta in ends]
        losses[lambd] = [
            binary_cross_entropy(X_test @ theta[:-1] + theta[-1], y_test).mean().item() for theta in ends
        ]
        metrics[f"norm of w, lambda {lambd:g}"] = norms[lambd][-1]
        metrics[f"test loss, lambda {lambd:g}"] = losses[lambd][-1]
    figure = draw_growth(steps, {"norm of w": norms, "test loss": losses})
    return d2l.Result(figures={"separable": figure}, metrics=metrics)


# %%
if __name__ == "__main__":
    d2l.run_chapter("newton", optimizers, separable)
