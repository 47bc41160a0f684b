# %% [markdown]
# # Weight decay (权重衰减)
# A penalty on the squared norm of the weights: every step shrinks them before it follows the gradient.
#
# Notes: 004 3.5, 003 4.4.
# Run: `python -m chapters.weight_decay [scratch|concise|with_and_without|path|sparsity]`, about 5 s each.
# 200 weights from 20 examples, seeds 0-4: their norm stays at 13-15, and the test loss at 70-96. With
# lambda = 3 the norm falls to 0.35-0.40, the test loss to 0.06-0.15.

# %%
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

import d2lcore as d2l
from chapters.linear_regression import check_lambd, half_mse, lasso, ridge, train
from chapters.model_selection import mean_loss

# %% [markdown]
# ## Too few examples
# $y = 0.05 + \sum_{i=1}^{200} 0.01\, x_i + \epsilon$ with $\epsilon \sim N(0, 0.01^2)$: 200 weights are to be
# found, and 20 training examples fix them along 20 directions at most. Along the other 180 the training loss
# is flat, and whatever $w$ is there at the start, it stays.


# %%
def problem(batch_size: int, device: torch.device) -> tuple[d2l.Batches, d2l.Batches]:
    """Batches of 20 training and 100 test examples (004 3.5.2)."""
    true_w = torch.full((200, 1), 0.01, device=device)
    train_data = d2l.synthetic_data(true_w, 0.05, 20)
    test_data = d2l.synthetic_data(true_w, 0.05, 100)
    return d2l.load_array(train_data, batch_size), d2l.load_array(test_data, 100, is_train=False)


def unseen(w: Float[Tensor, "d q"], X: Float[Tensor, "n d"]) -> Float[Tensor, "d q"]:
    """The part of w orthogonal to every example: no prediction on X depends on it, no gradient moves it."""
    return w - torch.linalg.pinv(X) @ (X @ w)


# %% [markdown]
# ## From scratch
# The penalty joins the loss, and its gradient joins that of the loss:
#
# $$L(w, b) + \frac{\lambda}{2} \lVert w \rVert^2 \qquad \nabla_w L + \lambda w$$
#
# Where the loss has no opinion, the weights go to 0. The bias is not penalised: it shifts a function, but
# makes it no rougher.


# %%
def l2_penalty(w: Float[Tensor, "..."]) -> Float[Tensor, ""]:
    """||w||^2 / 2, over all elements of w (004 3.5.2)."""
    return (w**2).sum() / 2


# %% [markdown]
# A step of gradient descent on this sum is a decay and then the usual step, hence the name:
#
# $$w \leftarrow w - \eta\,(\nabla_w L + \lambda w) = (1 - \eta\lambda)\, w - \eta \nabla_w L$$
#
# That shrinks them if $\eta\lambda < 1$, as usual. Above 2 the weights grow from step to step.


# %%
def decay_step(
    w: Float[Tensor, "*shape"], grad: Float[Tensor, "*shape"], lr: float, lambd: float
) -> Float[Tensor, "*shape"]:
    """w after a step of SGD with weight decay (004 3.5.1, 003 4.4).

    grad: the gradient of the mean loss alone. lr and lambd: at least 0. Raises ValueError for a negative one.
    """
    check_lambd(lambd)
    if not lr >= 0:
        raise ValueError(f"lr: a learning rate cannot be negative, got {lr}")
    return (1 - lr * lambd) * w - lr * grad


# %% [markdown]
# The penalty belongs to the *mean* loss of a batch, once. The code of 004 3.5.2 adds it to the loss of each
# example, sums, and divides by a fixed `batch_size`. In a last batch of only $m$ examples that makes the
# step, decay included, $m / |B|$ of what it should be. `train` decays alike in every batch.


# %%
def descend(
    lambd: float, lr: float, num_epochs: int, batch_size: int, device: torch.device, seed: int
) -> d2l.Result:
    """Train on `problem` with the L2 penalty, from w ~ N(0, 1) and b = 0."""
    check_lambd(lambd)
    d2l.seed_everything(seed)
    train_iter, test_iter = problem(batch_size, device)
    w = torch.normal(0, 1, (200, 1), device=device, requires_grad=True)
    b = torch.zeros(1, device=device, requires_grad=True)

    def net(X: Tensor) -> Tensor:
        return d2l.linreg(X, w, b)

    def updater(batch_size: int) -> None:
        d2l.sgd([w, b], lr, batch_size)

    def penalty() -> Tensor:
        return lambd * l2_penalty(w)

    history = train(
        net, train_iter, d2l.squared_loss, num_epochs, updater, lr=lr, test_iter=test_iter, penalty=penalty
    )
    return measured(net, w.detach(), train_iter, history)


def measured(
    net: Callable[[Tensor], Tensor], w: Float[Tensor, "200 1"], train_iter: d2l.Batches, history: d2l.History
) -> d2l.Result:
    """The norm of w, that of its part which no training example sees, and the losses without the penalty."""
    X = train_iter.dataset.tensors[0]
    metrics = {"w_norm": float(w.norm()), "unseen_norm": float(unseen(w, X).norm())}
    return d2l.Result(net, history, metrics=metrics | {name: history[-1][name] for name in LOSSES})


LOSSES = ("train_loss", "test_loss")


def draw_losses(results: dict[float, d2l.Result]) -> Any:
    """Training and test loss over the epochs, a panel for each lambda, on one log axis."""
    size = (5 if len(results) == 1 else 4.5 * len(results), 3.4)
    figure, places = d2l.plt.subplots(
        1, len(results), figsize=size, sharey=True, squeeze=False, layout="constrained"
    )
    for place, (lambd, result) in zip(places[0], results.items(), strict=True):
        history = result.history
        d2l.plot(history["epoch"], [history[name] for name in LOSSES], "epoch", "loss", ["train", "test"],
                 yscale="log", axes=place)  # fmt: skip
        place.set_title(f"lambda = {lambd:g}: norm of w {result.metrics['w_norm']:.2f}", fontsize="medium")
        place.label_outer()
    return figure


def scratch(
    *,
    lambd: float = 3.0,
    lr: float = 0.003,
    num_epochs: int = 100,
    batch_size: int = 5,
    device: str = "auto",
    seed: int = 0,
) -> d2l.Result:
    """The penalty added to the loss, and plain SGD.

    lambd: strength of the penalty, at least 0; 0 is no decay
    lr: learning rate of SGD
    num_epochs: passes over the 20 training examples
    batch_size: examples in a minibatch
    device: auto, cpu, cuda, cuda:N or mps
    seed: of the data, the first weights and the order of the examples
    """
    result = descend(lambd, lr, num_epochs, batch_size, d2l.get_device(device), seed)
    return replace(result, figures={"losses": draw_losses({lambd: result})})


# %% [markdown]
# ## Concise
# `torch.optim.SGD` adds `weight_decay` times a parameter to its gradient. That is our $\lambda$ if the loss
# is a mean and has its factor 1/2, which `nn.MSELoss` lacks. A `weight_decay` for the whole net would decay
# the bias too; a group of parameters each keeps it out.


# %%
def concise(
    *,
    lambd: float = 3.0,
    lr: float = 0.003,
    num_epochs: int = 100,
    batch_size: int = 5,
    device: str = "auto",
    seed: int = 0,
) -> d2l.Result:
    """`nn.Linear`, and the decay left to the optimizer, from the same first weights."""
    check_lambd(lambd)
    where = d2l.get_device(device)
    net = nn.Linear(200, 1).to(where)
    d2l.seed_everything(seed)  # only now: the layer has drawn weights of its own
    train_iter, test_iter = problem(batch_size, where)
    nn.init.normal_(net.weight)
    nn.init.zeros_(net.bias)
    groups: list[dict[str, Any]] = [{"params": [net.weight], "weight_decay": lambd}, {"params": [net.bias]}]
    updater = torch.optim.SGD(groups, lr=lr)
    history = train(net, train_iter, half_mse, num_epochs, updater, lr=lr, test_iter=test_iter)
    result = measured(net, net.weight.detach().T, train_iter, history)
    return replace(result, figures={"losses": draw_losses({lambd: result})})


# %% [markdown]
# ## With and without
# Without decay the training loss falls to 0.0001 or less, and the test loss stays at 70 and more: the unseen
# part of $w$ keeps its random start, whose norm is about $\sqrt{180} = 13.4$. With decay, all that happens to
# that part is a factor $1 - \eta\lambda$ in each of the 400 steps:
#
# $$(1 - 0.003 \cdot 3)^{400} \cdot 13.4 = 0.36$$
#
# So the norm of 0.355 that 004 3.5.2 reports is not that of the minimum, but what is left of the start. With
# `--num-epochs 300` it is 0.03 to 0.05, and nothing of it is the start.


# %%
def with_and_without(
    *,
    lambd: float = 3.0,
    lr: float = 0.003,
    num_epochs: int = 100,
    batch_size: int = 5,
    device: str = "auto",
    seed: int = 0,
) -> d2l.Result:
    """Train from one start without decay and with it, and compare."""
    check_lambd(lambd)
    where = d2l.get_device(device)
    results = {one: descend(one, lr, num_epochs, batch_size, where, seed) for one in (0.0, lambd)}
    metrics = {
        f"{name}, lambda {one:g}": value for one in results for name, value in results[one].metrics.items()
    }
    without, decayed = (results[one].metrics for one in (0.0, lambd))
    metrics["test_loss, ratio"] = without["test_loss"] / decayed["test_loss"]
    num_steps = num_epochs * -(-20 // batch_size)
    metrics["unseen_norm, predicted"] = (1 - lr * lambd) ** num_steps * without["unseen_norm"]
    return d2l.Result(figures={"losses": draw_losses(results)}, metrics=metrics)


# %% [markdown]
# ## The path of ridge
# The minimum itself needs no steps. Times $n$, the mean loss with its penalty is the objective of `ridge`:
#
# $$n \Big( \frac{1}{2n} \lVert y - X w - b \rVert^2 + \frac{\lambda}{2} \lVert w \rVert^2 \Big)
#   = \frac12 \lVert y - X w - b \rVert^2 + \frac{n \lambda}{2} \lVert w \rVert^2$$
#
# so the constant there is $n \lambda / 2$. With growing $\lambda$ the solution goes from least squares to
# $w = 0$. With 20 examples, least squares is the shortest of many perfect fits, and $\lambda$ hardly matters.
# With nearly as many examples as weights there is no such choice: the noise is fitted at any price, and the
# right $\lambda$ makes the test loss several times lower.


# %%
def minimum_l2(
    X: Float[Tensor, "n d"], y: Float[Tensor, "..."], lambd: float
) -> tuple[Float[Tensor, "d 1"], Float[Tensor, "1"]]:
    """The w and b that minimise the mean loss + lambd ||w||^2 / 2; raises ValueError as `ridge` does."""
    return ridge(X, y, len(X) * lambd / 2)


def path(*, noise: float = 0.1, num_lambdas: int = 19, seed: int = 0) -> d2l.Result:
    """The ridge solution over lambda: its test loss and norm, for 20, 100 and 180 examples.

    noise: standard deviation of the noise in y
    num_lambdas: points on each curve
    """
    d2l.check_counts(num_lambdas=num_lambdas)
    d2l.seed_everything(seed)
    true_w = torch.full((200, 1), 0.01, dtype=torch.float64)
    X_test, y_test = d2l.synthetic_data(true_w, 0.05, 1000, noise=noise)
    lambdas = torch.logspace(-4, 2, num_lambdas).tolist()
    figure, (left, right) = d2l.plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
    metrics: dict[str, float] = {}
    for n, colour in ((20, "C0"), (100, "C1"), (180, "C2")):
        X, y = d2l.synthetic_data(true_w, 0.05, n, noise=noise)
        solutions = [minimum_l2(X, y, lambd) for lambd in lambdas]
        losses = [mean_loss(partial(d2l.linreg, w=w, b=b), X_test, y_test) for w, b in solutions]
        best = losses.index(min(losses))
        left.plot(lambdas, losses, f"{colour}-", label=f"{n} training examples")
        left.plot(lambdas[best], losses[best], f"{colour}o")
        right.plot(lambdas, [w.norm() for w, _ in solutions], f"{colour}-")
        metrics |= {f"best lambda, n = {n}": lambdas[best], f"test_loss there, n = {n}": losses[best]}
        metrics[f"test_loss at lambda {lambdas[0]:g}, n = {n}"] = losses[0]
    d2l.set_axes(left, "lambda", "test loss", xscale="log")
    left.set_ylim(bottom=0)
    left.legend()
    right.axhline(float(true_w.norm()), color="k", linestyle=":", label="true w")
    d2l.set_axes(right, "lambda", "norm of w", xscale="log")
    right.legend()
    return d2l.Result(figures={"path": figure}, metrics=metrics)


# %% [markdown]
# ## L1 for contrast
# $\lVert w \rVert_1 = \sum_j |w_j|$ pulls at each weight alike, however small; the pull of
# $\lVert w \rVert^2 / 2$ fades with the weight. So L2 spreads the work over many weights, and L1 leaves it to
# few and takes the others to 0: better where the truth is sparse, worse where it is not. `lasso`, here with
# the constant $n \lambda$, lands on that 0. Steps of SGD jump across it, because the slope of the penalty is
# $\pm\lambda$ right up to it.


# %%
def l1_penalty(w: Float[Tensor, "..."]) -> Float[Tensor, ""]:
    """||w||_1, over all elements of w; autograd takes 0 for the slope at 0 (004 3.5.1)."""
    return w.abs().sum()


def minimum_l1(
    X: Float[Tensor, "n d"], y: Float[Tensor, "..."], lambd: float
) -> tuple[Float[Tensor, "d 1"], Float[Tensor, "1"]]:
    """The w and b that minimise the mean loss + lambd ||w||_1; raises ValueError as `lasso` does."""
    return lasso(X, y, len(X) * lambd)


def descend_l1(X: Float[Tensor, "n d"], y: Float[Tensor, "n 1"], lambd: float) -> Float[Tensor, "d 1"]:
    """w after 200 epochs of SGD on the mean loss + lambd ||w||_1, from w = 0."""
    w = torch.zeros_like(X[:1].T).requires_grad_()
    b = torch.zeros_like(w[0]).requires_grad_()
    train(
        lambda X: d2l.linreg(X, w, b),
        d2l.load_array((X, y), 10),
        d2l.squared_loss,
        200,
        lambda batch_size: d2l.sgd([w, b], 0.02, batch_size),
        lr=0.02,
        penalty=lambda: lambd * l1_penalty(w),
    )
    return w.detach()


def sparsity(
    *, num_examples: int = 30, noise: float = 0.2, num_lambdas: int = 10, seed: int = 0
) -> d2l.Result:
    """Ridge and lasso where all of 40 weights matter, and where 4 do.

    num_examples: training examples
    noise: standard deviation of the noise in y
    num_lambdas: points on each curve
    """
    d2l.check_counts(num_lambdas=num_lambdas)
    d2l.seed_everything(seed)
    lambdas = torch.logspace(-1.75, 0.5, num_lambdas).tolist()
    dense, sparse = torch.full((2, 40, 1), 0.1, dtype=torch.float64)
    sparse[:4] *= 10**0.5
    sparse[4:] = 0  # of the norm of the dense one
    figure, places = d2l.plt.subplots(1, 3, figsize=(9, 3.3), layout="constrained")
    metrics = {}
    for (name, true_w), place in zip({"all 40": dense, "4 of 40": sparse}.items(), places, strict=False):
        X, y = d2l.synthetic_data(true_w, 0.05, num_examples, noise=noise)
        X_test, y_test = d2l.synthetic_data(true_w, 0.05, 1000, noise=noise)
        solutions = {
            "ridge (L2)": [minimum_l2(X, y, lambd) for lambd in lambdas],
            "lasso (L1)": [minimum_l1(X, y, lambd) for lambd in lambdas],
        }
        losses = {
            kind: [mean_loss(partial(d2l.linreg, w=w, b=b), X_test, y_test) for w, b in found]
            for kind, found in solutions.items()
        }
        zeros = {kind: [int((w == 0).sum()) for w, _ in found] for kind, found in solutions.items()}
        d2l.plot(lambdas, list(losses.values()), "lambda", "test loss", list(losses), xscale="log",
                 fmts=["C0o-", "C1v-"], axes=place)  # fmt: skip
        place.set_ylim(bottom=0)
        place.set_title(f"{name} weights matter", fontsize="medium")
        for kind, values in losses.items():
            best = values.index(min(values))
            metrics[f"{kind}, {name}: best test_loss"] = values[best]
            metrics[f"{kind}, {name}: zeros there"] = float(zeros[kind][best])
    w = descend_l1(X, y, lambdas[best])  # the best of lasso
    metrics["SGD on L1, 4 of 40: zeros"] = float((w == 0).sum())
    metrics["SGD on L1, 4 of 40: below 0.01"] = float((w.abs() < 0.01).sum())
    d2l.plot(lambdas, list(zeros.values()), "lambda", "weights that are 0", xscale="log",
             fmts=["C0o-", "C1v-"], axes=places[2])  # fmt: skip
    places[2].axhline(36, color="k", linestyle=":", label="36 are 0 in truth")
    places[2].legend(loc="center right")
    places[2].set_title("zeros, 4 of 40 matter", fontsize="medium")
    return d2l.Result(figures={"sparsity": figure}, metrics=metrics)


# %%
if __name__ == "__main__":
    d2l.run_chapter("weight_decay", scratch, concise, with_and_without, path, sparsity)
