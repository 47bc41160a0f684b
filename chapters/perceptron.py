# %% [markdown]
# # Perceptron (感知机)
# A unit that learns from its mistakes. It makes only so many, if a straight line can divide the classes.
#
# Notes: 003 4.1. Run: `python -m chapters.perceptron [scratch|concise|margins|xor]`.
# 100 points with a line between them, seed 0: 31 mistakes, and then no more.

# %%
import math
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor, nn

import d2lcore as d2l
from chapters.figures.perceptron import draw_lines, draw_margins, draw_xor

# %% [markdown]
# ## The unit and its rule
# The classes are $-1$ and $+1$. The perceptron forms $o = x^\top w + b$ and answers 1 if $o > 0$, else $-1$.
# So the line $x^\top w + b = 0$ divides the classes (in more dimensions, a hyperplane).
#
# Take the examples one by one. If $y\,(x^\top w + b) \le 0$, the example is a mistake. Only mistakes change
# the weights, with the learning rate $\eta$ (`lr`):
#
# $$w \leftarrow w + \eta\, y\, x \qquad b \leftarrow b + \eta\, y$$
#
# An example on the line itself counts as a mistake, whatever its class. Otherwise nothing would ever be
# learned: at the start $w = 0$ and $b = 0$, and every example is on the line. From this start $\eta$ only
# scales $w$ and $b$, and changes no prediction. So take $\eta = 1$.


# %%
def threshold(O: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """1 where o > 0, else -1 (003 4.1)."""
    return torch.where(O > 0, 1, -1).to(O.dtype)


def perceptron_step(w: Tensor, b: Tensor, x: Tensor, y: Tensor, lr: float = 1.0) -> bool:
    """Whether x (1, d), y (1, 1) is a mistake; if so, change w (d, 1) and b (1,) in place (003 4.1)."""
    mistake = bool(y * (x @ w + b) <= 0)
    if mistake:
        w += lr * y * x.T
        b += lr * y[0]  # (1,), as b
    return mistake


def perceptron_epoch(w: Tensor, b: Tensor, X: Float[Tensor, "n d"], y: Tensor, lr: float = 1.0) -> int:
    """Take a step on each example in order, and count the mistakes. y: -1 or +1, (n,) or (n, 1)."""
    y = label_column(X, y)
    return sum(perceptron_step(w, b, x, label, lr) for x, label in zip(X.split(1), y.split(1), strict=True))


def label_column(X: Float[Tensor, "n ..."], y: Tensor) -> Float[Tensor, "n 1"]:
    """The labels as a column in the type of X. ValueError unless they are -1 or +1, one for each example."""
    if y.shape not in ((len(X),), (len(X), 1)):
        raise ValueError(f"y: labels of shape {tuple(y.shape)} for {len(X)} examples; expected ({len(X)},)")
    if not ((y == -1) | (y == 1)).all():
        raise ValueError("y: the labels must be -1 or +1; if they are 0 and 1, write 2 * y - 1")
    return y.reshape(-1, 1).to(X.dtype)


# %% [markdown]
# ## How many mistakes?
# Fold the bias into the weights: $v = (w, b)$, $\tilde x = (x, 1)$, so $x^\top w + b = v^\top \tilde x$. Let
# $R$ be the largest $\lVert \tilde x \rVert$. Suppose a vector $u$ of length 1 divides the classes with a
# margin $\gamma$: $y\, u^\top \tilde x \ge \gamma > 0$ for every example. A mistake adds $y \tilde x$ to $v$:
#
# - It raises $u^\top v$ by $y\, u^\top \tilde x$, at least $\gamma$.
# - It raises $\lVert v \rVert^2$ by $2 y\, v^\top \tilde x + \lVert \tilde x \rVert^2$. That is at most
#   $R^2$, because $y\, v^\top \tilde x \le 0$: it was a mistake.
#
# Start from $v = 0$. After $k$ mistakes $k \gamma \le u^\top v$ and $\lVert v \rVert \le \sqrt{k} R$. As $u$
# has length 1, $u^\top v \le \lVert v \rVert$. So $k \gamma \le \sqrt{k} R$, which is
#
# $$k \le (R / \gamma)^2$$
#
# in any order, with any number of examples, in any dimension.


# %%
def mistake_bound(X: Float[Tensor, "n d"], y: Tensor, w: Float[Tensor, "d 1"], b: Tensor) -> float:
    """(R / gamma)^2, where u is (w, b) over its length; infinite if this line does not divide the classes."""
    R = (X.square().sum(dim=1) + 1).max().sqrt()
    gamma = (label_column(X, y) * (X @ w + b)).min() / (w.square().sum() + b.square().sum()).sqrt()
    return float((R / gamma) ** 2) if gamma > 0 else math.inf


# %% [markdown]
# ## From scratch
# Draw the examples in a square. A line cuts it in two, and each half is pushed `margin` away from it. With
# `--flipped 2`, two labels are wrong: this line no longer divides the classes, and there is no bound.


# %%
def separable_data(num_examples: int, margin: float, device: torch.device | str = "cpu") -> list[Tensor]:
    """X (n, 2), y (n, 1), and a line w (2, 1), b (1,) between the classes, at least `margin` from each x."""
    angle = 2 * math.pi * torch.rand(1)
    w, b = torch.stack([angle.cos(), angle.sin()]).to(device), torch.full((1,), 0.2, device=device)
    X = 2 * torch.rand(num_examples, 2).to(device) - 1
    y = threshold(X @ w + b)
    return [X + margin * y * w.T, y, w, b]


def scratch(
    *, num_epochs: int = 15, num_examples: int = 100, margin: float = 0.02, flipped: int = 0,
    device: str = "auto", seed: int = 0,
) -> d2l.Result:  # fmt: skip
    """The rule, written out.

    num_examples: random points in the plane
    margin: least distance of an example from the line that divides the classes
    flipped: examples to give the wrong label, so that this line no longer divides the classes
    """
    d2l.seed_everything(seed)
    X, y, *line = separable_data(num_examples, margin, d2l.get_device(device))
    y[:flipped] *= -1
    w, b = X.new_zeros(2, 1), X.new_zeros(1)
    return count_and_draw(lambda: perceptron_epoch(w, b, X, y), w, b, num_epochs, X, y, line)


def count_and_draw(
    one_pass: Callable[[], int], w: Tensor, b: Tensor, num_epochs: int, X: Tensor, y: Tensor, line: list
) -> d2l.Result:
    """Call `one_pass`, which changes w and b in place, once an epoch; count the mistakes, draw the lines."""
    lines, bound = [], mistake_bound(X, y, *line)

    def run_epoch(epoch: int) -> dict[str, float]:
        mistakes = one_pass()
        lines.append((w.detach().clone(), b.detach().clone()))
        return {"mistakes": mistakes}

    history = d2l.train_epochs(num_epochs, run_epoch)
    metrics = {"all mistakes": float(sum(history["mistakes"])), "bound": bound}
    figure = draw_lines(lines, X, y, history, bound)
    return d2l.Result(lambda X: X @ w + b, history, {"lines": figure}, metrics, {"w": w, "b": b})


# %% [markdown]
# ## Concise
# The rule is SGD with batches of one example (003 4.1) on the perceptron loss $\max(0, -y o)$. Its gradient
# with respect to $w$ is $-y x$ for a mistake, else 0. At the kink, $o = 0$, we take the slope $-y$. From
# `relu(-y * o)` it would be 0, and no step would ever leave $w = 0$.


# %%
def perceptron_loss(O: Float[Tensor, "n 1"], y: Tensor) -> Float[Tensor, "n 1"]:
    """max(0, -y o) of every example, with the slope -y at o = 0."""
    y = label_column(O, y)
    return torch.where(y * O <= 0, -y * O, 0)


def concise(
    *, num_epochs: int = 15, num_examples: int = 100, margin: float = 0.02, flipped: int = 0,
    device: str = "auto", seed: int = 0,
) -> d2l.Result:  # fmt: skip
    """The same weights from `nn.Linear` and `torch.optim.SGD`, in batches of one example."""
    d2l.seed_everything(seed)
    X, y, *line = separable_data(num_examples, margin, d2l.get_device(device))
    y[:flipped] *= -1
    net = nn.Linear(2, 1).to(X.device)
    for param in net.parameters():
        nn.init.zeros_(param)
    updater = torch.optim.SGD(net.parameters(), lr=1.0)

    def one_pass() -> int:
        mistakes = 0
        for x, label in d2l.load_array((X, y), 1, is_train=False):
            O = net(x)
            d2l.step(perceptron_loss(O, label).mean(), updater, 1)
            mistakes += int(label * O <= 0)
        return mistakes

    return count_and_draw(one_pass, net.weight.T, net.bias, num_epochs, X, y, line)


# %% [markdown]
# ## Mistakes against the bound
# The narrower the margin, the more mistakes the bound allows. How many of them are made depends on the
# examples and their order: here, up to a third.


# %%
def margins(*, num_examples: int = 100, num_runs: int = 20, seed: int = 0) -> d2l.Result:
    """How many mistakes are made until there are no more, and how many the bound allows, by margin.

    num_runs: data sets for each margin
    """
    d2l.seed_everything(seed)
    widths, rows = (0.5, 0.2, 0.1, 0.05, 0.02, 0.01), []
    for margin in widths:
        for _ in range(num_runs):
            X, y, *line = separable_data(num_examples, margin)
            w, b, made = torch.zeros(2, 1), torch.zeros(1), 0
            while mistakes := perceptron_epoch(w, b, X, y):  # the bound promises that this ends
                made += mistakes
            rows.append((made, mistake_bound(X, y, *line)))
    made, allowed = torch.tensor(rows).T.reshape(2, len(widths), num_runs)
    metrics = {f"mean mistakes, margin {widths[i]:g}": float(made[i].mean()) for i in range(len(widths))}
    metrics["largest share of the bound"] = float((made / allowed).max())
    return d2l.Result(figures={"margins": draw_margins(widths, made, allowed)}, metrics=metrics)


# %% [markdown]
# ## XOR
# With $-1$ for false and $+1$ for true, XOR is $+1$ if exactly one of the two inputs is $+1$. No line divides
# these four points. For $(-1, 1)$ and $(1, -1)$ it needs $-w_1 + w_2 + b > 0$ and $w_1 - w_2 + b > 0$: the
# sum is $2b > 0$. For $(1, 1)$ and $(-1, -1)$ it needs $w_1 + w_2 + b \le 0$ and $-w_1 - w_2 + b \le 0$: the
# sum is $2b \le 0$. So the rule never ends. After one pass all weights are 0 again, and everything repeats.
#
# Two layers of perceptrons do it, for XOR = (x1 OR x2) AND NOT (x1 AND x2). Replace the
# threshold by a function with a useful derivative, and gradient descent finds such weights by itself. That is
# the multilayer perceptron.


# %%
XOR_X = ((-1.0, -1.0), (-1.0, 1.0), (1.0, -1.0), (1.0, 1.0))
XOR_Y = (-1.0, 1.0, 1.0, -1.0)


def xor_of_perceptrons(X: Float[Tensor, "n 2"]) -> Float[Tensor, "n 1"]:
    """+1 where exactly one of the two inputs is +1, else -1, by three perceptrons in two layers."""
    ones = X.new_ones(2, 1)
    either = threshold(X @ ones + 1)  # x1 OR x2: negative only for (-1, -1)
    not_both = threshold(-X @ ones + 1)  # NOT (x1 AND x2)
    return threshold(torch.cat([either, not_both], dim=1) @ ones - 1)  # AND: only 1 + 1 - 1 is positive


def xor(*, num_hiddens: int = 8, num_epochs: int = 500, lr: float = 0.5, seed: int = 0) -> d2l.Result:
    """XOR: one perceptron never learns it; three, set by hand, and a trained hidden layer solve it."""
    X, y = torch.tensor(XOR_X), torch.tensor(XOR_Y).reshape(-1, 1)
    w, b = torch.zeros(2, 1), torch.zeros(1)
    mistakes = perceptron_epoch(w, b, X, y)
    d2l.seed_everything(seed)
    net = nn.Sequential(nn.Linear(2, num_hiddens), nn.Tanh(), nn.Linear(num_hiddens, 1))
    updater, loss = torch.optim.SGD(net.parameters(), lr=lr), nn.SoftMarginLoss()  # mean of ln(1 + exp(-y o))
    for _ in range(num_epochs):
        d2l.step(loss(net(X), y), updater, len(y))

    answers = {"three perceptrons": xor_of_perceptrons, "a trained hidden layer": lambda X: threshold(net(X))}
    metrics = {f"accuracy of {name}": d2l.accuracy(answer(X), y) / 4 for name, answer in answers.items()}
    metrics["mistakes in the first pass"] = float(mistakes)
    metrics["largest weight after it"] = float(torch.cat([w.flatten(), b]).abs().max())
    return d2l.Result(net, figures={"xor": draw_xor(X, y, answers)}, metrics=metrics)


# %%
if __name__ == "__main__":
    d2l.run_chapter("perceptron", scratch, concise, margins, xor)
