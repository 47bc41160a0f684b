# %% [markdown]
# # Newton's method (牛顿法)
# The slope says where down is, the curvature how far: jump to the bottom of the parabola that has both.
#
# Notes: 000 1.1.2, for L-BFGS. Run: `python -m chapters.newton [optimizers|separable]`.
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
# Near $\theta$ a smooth function $f$ looks like a parabola, with the gradient $g$ and the Hessian $H$ there:
#
# $$f(\theta + s) \approx f(\theta) + g^\top s + \tfrac12 s^\top H s$$
#
# Gradient descent knows $g$ only, and needs a learning rate. The parabola has its lowest point at
# $s = -H^{-1} g$, and Newton's method goes there. No rate is needed, and features of different size do no
# harm. Close to the minimum each step doubles the number of right digits. Far away the parabola may mislead;
# if the step does not go down, halve it until it does.


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
            return theta - step  # what is left to gain is less than the rounding of the value
        size = 1.0
        while not (lower := value(theta - size * step)) < height:
            size = size / 2
            if size < 1e-9:
                return theta - step  # rounding again: the value no longer tells lower from higher
        theta, height = theta - size * step, lower
    raise ValueError(f"value: no lowest point found in {num_steps} steps; perhaps it has none")


# %% [markdown]
# ## Logistic regression
# With $\theta = (w, b)$ and $\tilde x = (x, 1)$, the logits are $o_i = \tilde x_i^\top \theta$. The sigmoid
# has the derivative $s (1 - s)$, so a second derivative of the loss gives
#
# $$g = \frac1n \sum_i (s_i - y_i)\, \tilde x_i + \lambda (w, 0) \qquad
# H = \frac1n \sum_i s_i (1 - s_i)\, \tilde x_i \tilde x_i^\top + \lambda\, \mathrm{diag}(1, \dots, 1, 0)
# \qquad s_i = \mathrm{sigmoid}(o_i)$$


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
        s, rest = sigmoid(A @ theta), sigmoid(-A @ theta)  # 1 - s, without its cancellation
        g = A.T @ (s - y) / len(A) + penalty * theta
        return g, A.T @ (A * (s * rest).unsqueeze(1)) / len(A) + penalty.diag()

    return value, derivatives


# %% [markdown]
# ## L-BFGS
# With very many parameters $H$ is too large to make, let alone to solve with. L-BFGS guesses the curvature
# from the last changes of $\theta$ and of the gradient. Along the direction this suggests it searches for a
# step that meets the strong Wolfe conditions: the function falls enough, and its slope flattens enough.


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
# One pass over the data buys gradient descent one step, and SGD many rough ones, which at a constant learning
# rate end up wandering about the minimum. L-BFGS needs 45 passes. Newton's method needs 8, but each
# of its passes also makes and solves a system of 31 equations.
#
# The concise version is scikit-learn's `LogisticRegression`. It minimises
# $\frac12 \lVert w \rVert^2 + C \sum_i l_i$. Divided by $nC$ this is our objective with $\lambda = 1 / (nC)$.


# %%
def optimizers(
    *, lr: float = 0.3, num_epochs: int = 200, batch_size: int = 32, lambd: float = 0.02, seed: int = 0
) -> d2l.Result:
    """How far above the minimum each of the four is, pass by pass; scikit-learn's weights beside ours.

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
# These 455 tumours in 30 dimensions are separable: some hyperplane has all positives on one side. Then,
# without a penalty, there is no minimum. Doubling $w$ and $b$ makes the right answers surer, and the loss
# smaller. The weights grow for as long as the optimizer runs, and the wrong answers in the test set get
# surer too. Two remedies: a penalty, because any $\lambda > 0$ gives one minimum; or stop early.


# %%
def separable(*, lambdas: tuple[float, ...] = (0.0, 0.002, 0.02), num_steps: int = 64) -> d2l.Result:
    """The norm of w and the test loss after 1, 2, 4, ... steps of L-BFGS, with and without a penalty.

    lambdas: strengths of the penalty
    num_steps: steps at most
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
