# %% [markdown]
# # Weight decay (权重衰减)
# Put a price on large weights: every step then shrinks them a little before it follows the gradient.
#
# Notes: 004 3.5, 003 4.4.
# Run: `python -m chapters.weight_decay [scratch|concise|with_and_without|constraint]`.
# 200 weights, 20 examples, lambda = 3: the norm of w falls from 14 to 0.37 (0.34 to 0.42 over 20 seeds).

# %%
from dataclasses import replace
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

import d2lcore as d2l
from chapters.figures import weight_decay as figures
from chapters.least_squares import check_lambd, ridge

# %% [markdown]
# ## Too few examples
# $y = 0.05 + \sum_{i=1}^{200} 0.01\, x_i + N(0, 0.01^2)$. There are 200 weights to find. A training example
# tells about $w$ along one direction, its own $x$: 20 examples, 20 directions at most. Move $w$ along the
# other 180, and the training loss does not change. There $w$ keeps whatever it had at the start.


# %%
def notes_data(batch_size: int, device: torch.device) -> tuple[d2l.Batches, d2l.Batches]:
    """Batches of 20 training and 100 test examples (004 3.5.2)."""
    true_w = torch.full((200, 1), 0.01, device=device)
    train_data, test_data = (d2l.synthetic_data(true_w, 0.05, n) for n in (20, 100))
    return d2l.load_array(train_data, batch_size), d2l.load_array(test_data, 100, is_train=False)


# %% [markdown]
# ## From scratch
# Minimise $L(w, b) + \frac{\lambda}{2} \lVert w \rVert^2$, where $L$ is the *mean* loss. (Note 000 adds
# $\lambda \lVert w \rVert^2$ to the *sum*: its $\lambda$ is $n / 2$ times ours.) The bias is not penalised:
# it shifts a function, but makes it no rougher. The gradient of the penalty is $\lambda w$. So a step first
# shrinks $w$, the decay of the name, and then takes the usual step:
#
# $$w \leftarrow w - \eta\,(\nabla_w L + \lambda w) = (1 - \eta\lambda)\, w - \eta \nabla_w L$$
#
# Usually $\eta\lambda < 1$: the factor shrinks $w$. If $\eta\lambda > 2$ it is below -1, and $w$ grows.


# %%
def l2_penalty(w: Float[Tensor, "..."]) -> Float[Tensor, ""]:
    """||w||^2 / 2, over all elements of w (004 3.5.2)."""
    return (w**2).sum() / 2


def decay_step(w: Tensor, grad: Tensor, lr: float, lambd: float) -> Tensor:
    """w after a step with weight decay; grad: the gradient of the mean loss alone (004 3.5.1, 003 4.4)."""
    return (1 - lr * lambd) * w - lr * grad


def train_by_hand(
    lambd: float, lr: float, num_epochs: int, batch_size: int, device: str, seed: int
) -> d2l.Result:
    """SGD on the mean loss plus lambd l2_penalty(w), from w ~ N(0, 1) and b = 0."""
    check_lambd(lambd)
    where = d2l.get_device(device)
    d2l.seed_everything(seed)
    train_iter, test_iter = notes_data(batch_size, where)
    w = torch.normal(0, 1, (200, 1), device=where, requires_grad=True)
    b = torch.zeros(1, device=where, requires_grad=True)

    def net(X: Tensor) -> Tensor:
        return X @ w + b

    def run_epoch(epoch: int) -> dict[str, float]:
        for X, y in train_iter:
            l = d2l.squared_loss(net(X), y) + lambd * l2_penalty(w)  # a penalty in each example's loss
            l.sum().backward()
            d2l.sgd([w, b], lr, len(y))  # divides their sum by len(y): one penalty is left
        return {"train_loss": d2l.evaluate_loss(net, train_iter, d2l.squared_loss),
                "test_loss": d2l.evaluate_loss(net, test_iter, d2l.squared_loss)}  # fmt: skip

    history = d2l.train_epochs(num_epochs, run_epoch)
    return replace(with_norms(net, w.detach(), train_iter, history), weights={"w": w, "b": b})


def scratch(
    *, lambd: float = 3.0, lr: float = 0.003, num_epochs: int = 100, batch_size: int = 5,
    device: str = "auto", seed: int = 0,
) -> d2l.Result:  # fmt: skip
    """The penalty added to the loss, and plain SGD.

    lambd: strength of the penalty, at least 0; 0 is no decay
    """
    result = train_by_hand(lambd, lr, num_epochs, batch_size, device, seed)
    return replace(result, figures={"losses": figures.draw_losses({lambd: result.history})})


# %% [markdown]
# ## Concise
# `torch.optim.SGD` adds `weight_decay` times a parameter to its gradient: our $\lambda$, because the loss has
# the factor 1/2 (`nn.MSELoss` lacks it) and is a mean. The bias is in a group of its own, without decay.


# %%
def concise(
    *, lambd: float = 3.0, lr: float = 0.003, num_epochs: int = 100, batch_size: int = 5,
    device: str = "auto", seed: int = 0,
) -> d2l.Result:  # fmt: skip
    """`nn.Linear`, and the decay left to the optimizer, from the same first weights."""
    check_lambd(lambd)  # torch checks a weight_decay for all parameters, but not that of a group
    where = d2l.get_device(device)
    net = nn.Linear(200, 1).to(where)
    d2l.seed_everything(seed)  # only now: the layer has drawn weights of its own
    train_iter, test_iter = notes_data(batch_size, where)
    nn.init.normal_(net.weight)
    nn.init.zeros_(net.bias)
    groups: list[dict] = [{"params": [net.weight], "weight_decay": lambd}, {"params": [net.bias]}]
    updater, loss = torch.optim.SGD(groups, lr=lr), d2l.squared_loss
    history = d2l.train_regression(net, train_iter, loss, num_epochs, updater, test_iter=test_iter)
    result = with_norms(net, net.weight.detach().T, train_iter, history)
    return replace(result, figures={"losses": figures.draw_losses({lambd: history})})


# %% [markdown]
# ## What is left of the start
# The *unseen* part of $w$ is orthogonal to every training example: it changes no prediction on them, so no
# gradient moves it. Without decay it stays as drawn, of norm about $\sqrt{180} = 13.4$, and the test loss
# stays at about 90. With decay each of the 400 steps, 100 epochs of 4, multiplies it by $1 - \eta\lambda$:
#
# $$(1 - 0.003 \cdot 3)^{400} \cdot 13.4 = 0.36$$
#
# So the norm of 0.355 in 004 3.5.2 is not that of the minimum, but what is left of the start. With
# `--num-epochs 300` the norm of $w$ is 0.03 to 0.05, and hardly anything of it is the start.


# %%
def unseen(w: Float[Tensor, "d q"], X: Float[Tensor, "n d"]) -> Float[Tensor, "d q"]:
    """The part of w that is orthogonal to every row of X: w without pinv(X) X w, its part along the rows."""
    return w - torch.linalg.pinv(X) @ (X @ w)


def with_norms(net: Any, w: Tensor, train_iter: d2l.Batches, history: d2l.History) -> d2l.Result:
    """The norms of w and of its unseen part, and the last losses."""
    norms = {"w_norm": float(w.norm()), "unseen_norm": float(unseen(w, train_iter.dataset.tensors[0]).norm())}
    return d2l.Result(
        net, history, metrics=norms | {name: history[-1][name] for name in ("train_loss", "test_loss")}
    )


def with_and_without(
    *, lambd: float = 3.0, lr: float = 0.003, num_epochs: int = 100, batch_size: int = 5,
    device: str = "auto", seed: int = 0,
) -> d2l.Result:  # fmt: skip
    """Train from one start without decay and with it, and compare."""
    results = {one: train_by_hand(one, lr, num_epochs, batch_size, device, seed) for one in (0.0, lambd)}
    metrics = {f"{name}, lambda {one:g}": x for one in results for name, x in results[one].metrics.items()}
    metrics["test_loss, ratio"] = metrics["test_loss, lambda 0"] / results[lambd].metrics["test_loss"]
    num_steps = num_epochs * -(-20 // batch_size)  # 20 / batch_size, rounded up
    metrics["unseen_norm, predicted"] = (1 - lr * lambd) ** num_steps * metrics["unseen_norm, lambda 0"]
    figure = figures.draw_losses({one: result.history for one, result in results.items()})
    return d2l.Result(figures={"losses": figure}, metrics=metrics)


# %% [markdown]
# ## The hard constraint
# 003 4.4 begins with a limit instead of a price: minimise $L(w, b)$ subject to
# $\lVert w \rVert^2 \le \theta$. Gradient descent can keep to it. Whenever a step leaves the ball of radius
# $\sqrt\theta$, the nearest point of the ball takes its place:
#
# $$w \leftarrow \sqrt\theta\, \frac{w}{\lVert w \rVert} \qquad \text{if } \lVert w \rVert^2 > \theta$$


# %%
def project(w: Float[Tensor, "*shape"], theta: float) -> Float[Tensor, "*shape"]:
    """The point nearest to w with ||w||^2 <= theta."""
    return w if (w**2).sum() <= theta else theta**0.5 * w / w.norm()


def minimum_within(X: Tensor, y: Tensor, theta: float) -> tuple[Tensor, Tensor]:
    """w (d, 1) and b (1,) of the lowest mean loss with ||w||^2 <= theta, by 300 steps from w = 0."""
    # lr is one over the largest curvature of the mean loss, |X|² / n with X's largest singular value |X|.
    w, lr = torch.zeros_like(X[:1].T), len(X) / torch.linalg.matrix_norm(X, 2) ** 2
    for _ in range(300):
        b = (y - X @ w).mean(dim=0)  # the best for this w
        w = project(w - lr * X.T @ (X @ w + b - y) / len(X), theta)
    return w, (y - X @ w).mean(dim=0)


# %% [markdown]
# Price and limit lead to the same weights. Let $w$ be the minimum with the penalty for some $\lambda$. Then
# $w$ is also the minimum within $\theta = \lVert w \rVert^2$. No point of the ball has a higher penalty, so
# one with a lower loss would beat $w$ with the penalty too. At $w$ the gradient of loss plus penalty is 0, so
# $-\nabla_w L = \lambda w$: this push of descent points straight out of the ball. Its length over that of $w$
# is the $\lambda$ that belongs to $\theta$. A larger $\lambda$ means a smaller $\theta$.


# %%
def constraint(*, num_lambdas: int = 13, seed: int = 0) -> d2l.Result:
    """The minimum with the penalty for each lambda, and the minimum within the ball of its norm.

    num_lambdas: values of lambda from 0.01 to 100
    """
    d2l.seed_everything(seed)
    X, y = d2l.synthetic_data(torch.full((200, 1), 0.01, dtype=torch.float64), 0.05, 20)
    lambdas, thetas, read_off, apart = torch.logspace(-2, 2, num_lambdas).tolist(), [], [], []
    for lambd in lambdas:
        soft, _ = ridge(X, y, lambd)
        thetas.append(float((soft**2).sum()))
        hard, b = minimum_within(X, y, thetas[-1])
        push = X.T @ (y - X @ hard - b) / len(X)
        read_off.append(float((push * hard).sum() / (hard**2).sum()))
        apart.append(float((hard - soft).norm() / soft.norm()))
    figure = figures.draw_constraint(lambdas, thetas, read_off)
    return d2l.Result(
        figures={"constraint": figure}, metrics={"largest relative difference of w": max(apart)}
    )


# %%
if __name__ == "__main__":
    d2l.run_chapter("weight_decay", scratch, concise, with_and_without, constraint)
