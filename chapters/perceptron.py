# %% [markdown]
# # Perceptron (感知机)
# A threshold on a weighted sum, which learns from its mistakes where a straight cut can divide the classes.
#
# Notes: 003 4.1, 4.3. Run: `python -m chapters.perceptron [VARIANT]`.
# VARIANT is `scratch`, `concise`, `margins`, `xor` or `shattering`. 100 points with a line between them,
# seeds 0-4: 25 to 51 mistakes until there are no more, where the bound allows 796 to 4137. XOR: at most 3 of
# 4 right. Of the 16 labellings of four points 14 are separable. Each in about a second.

# %%
import math
from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float
from scipy.optimize import linprog
from torch import Tensor, nn

import d2lcore as d2l
from chapters.logistic_regression import check_lr, check_two_classes

# %% [markdown]
# ## The unit
# $\hat y = \sigma(x^\top w + b)$ with $\sigma(o) = 1$ if $o > 0$, else $-1$: the classes are $-1$ and $+1$
# here, and the line (in more dimensions, the hyperplane) $x^\top w + b = 0$ divides them.


# %%
def threshold(O: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """1 where o > 0, else -1 (003 4.1)."""
    return torch.where(O > 0, 1, -1).to(O.dtype)


def as_labels(X: Float[Tensor, "n ..."], y: Tensor) -> Float[Tensor, "n 1"]:
    """The labels as a column in the type of X.

    Raises ValueError unless there is one for each example, and it is -1 or +1, and X is finite.
    """
    if y.shape not in ((len(X),), (len(X), 1)):
        raise ValueError(f"y: labels of shape {tuple(y.shape)} for {len(X)} examples; expected ({len(X)},)")
    if not ((y == -1) | (y == 1)).all():
        raise ValueError(
            f"y: the labels must be -1 or +1, but go from {float(y.min()):g} to {float(y.max()):g}; if they "
            "are 0 and 1, write 2 * y - 1"
        )
    if not X.isfinite().all():
        raise ValueError("X: has values that are NaN or infinite; drop or replace them")
    return y.reshape(-1, 1).to(X.dtype)


# %% [markdown]
# ## The rule
# Take the examples one by one. An example with $y\,(x^\top w + b) \le 0$ is a mistake, and only mistakes
# teach:
#
# $$w \leftarrow w + \eta\, y\, x \qquad b \leftarrow b + \eta\, y$$
#
# On the line itself an example of either class is a mistake: all are on it at $w = 0$, $b = 0$, where
# learning starts. From there $\eta$ only scales $w$ and $b$, and changes no prediction, so take $\eta = 1$.


# %%
def perceptron_step(w: Tensor, b: Tensor, x: Tensor, y: Tensor, lr: float = 1.0) -> bool:
    """If the example x (1, d), y (1, 1) is a mistake, change w (d, 1) and b (1,) in place (003 4.1).

    Returns whether it was.
    """
    mistake = bool(y * d2l.linreg(x, w, b) <= 0)
    if mistake:
        w += lr * y * x.T
        b += lr * y[0]
    return mistake


def perceptron_epoch(
    w: Float[Tensor, "d 1"], b: Float[Tensor, "1"], X: Float[Tensor, "n d"], y: Tensor, lr: float = 1.0
) -> int:
    """A step on each example in order; the number of mistakes.

    y: -1 or +1, shape (n,) or (n, 1). Raises ValueError for other labels, or of one class only, or X that is
    not finite.
    """
    check_lr(lr)
    y = as_labels(X, y)
    check_two_classes(y)
    return sum(perceptron_step(w, b, x, label, lr) for x, label in zip(X.split(1), y.split(1), strict=True))


def learn(
    X: Float[Tensor, "n d"], y: Tensor, max_epochs: int = 1000
) -> tuple[Float[Tensor, "d 1"], Float[Tensor, "1"], list[int]]:
    """w, b, and the mistakes of every pass up to one without any, or up to `max_epochs`.

    If the last is not 0 it has *not* converged: it needs more passes, or no hyperplane separates the classes,
    which `separator` can tell. Raises ValueError as `perceptron_epoch` does.
    """
    d2l.check_counts(max_epochs=max_epochs)
    w, b = X.new_zeros(X.shape[1], 1), X.new_zeros(1)
    mistakes: list[int] = []
    while len(mistakes) < max_epochs and 0 not in mistakes:
        mistakes.append(perceptron_epoch(w, b, X, y))
    return w, b, mistakes


# %% [markdown]
# ## How many mistakes?
# Fold the bias into the weights, $v = (w, b)$, with a feature that is always 1, $\tilde x = (x, 1)$. Let
# $R$ be the largest $\lVert \tilde x \rVert$, and $u$ a unit vector that separates the classes by a margin:
# $y\, u^\top \tilde x \ge \gamma > 0$. A mistake adds $y \tilde x$ to $v$ (with $\eta = 1$), which
#
# - raises $u^\top v$ by at least $\gamma$,
# - raises $\lVert v \rVert^2$ by $2 y\, v^\top \tilde x + \lVert \tilde x \rVert^2$, at most $R^2$, because
#   $y\, v^\top \tilde x \le 0$ is what made it a mistake.
#
# After $k$ mistakes, $k \gamma \le u^\top v \le \lVert v \rVert \le \sqrt{k} R$. Therefore
#
# $$k \le (R / \gamma)^2$$
#
# in any order, with any number of examples, in any dimension.


# %%
def mistake_bound(
    X: Float[Tensor, "n d"], y: Tensor, w: Float[Tensor, "d 1"], b: Float[Tensor, "1"]
) -> float:
    """(R / gamma)^2, the most mistakes the rule can make on X and y, by a separator w, b of any length.

    The wider its margin, the lower the bound. Raises ValueError if w and b do not separate the classes.
    """
    R = (X.square().sum(dim=1) + 1).max().sqrt()
    gamma = (as_labels(X, y) * d2l.linreg(X, w, b)).min() / (w.square().sum() + b.square().sum()).sqrt()
    if not gamma > 0:
        raise ValueError(f"w, b: they do not separate the classes, the margin is {float(gamma):.3g}")
    return float((R / gamma) ** 2)


def separable_data(
    num_examples: int, margin: float, device: torch.device | str = "cpu"
) -> tuple[Float[Tensor, "n 2"], Float[Tensor, "n 1"], Float[Tensor, "2 1"], Float[Tensor, "1"]]:
    """Random X, y and the line w (of length 1), b that divides them, no example nearer to it than `margin`.

    The examples are uniform in a square of side 2 that has been cut in two and pushed apart.
    """
    d2l.check_counts(num_examples=num_examples)
    if not 0 <= margin < math.inf:
        raise ValueError(f"margin: a distance cannot be negative, got {margin}")
    angle = 2 * math.pi * torch.rand(1)
    w, b = torch.stack([angle.cos(), angle.sin()]).to(device), torch.full((1,), 0.2, device=device)
    X = 2 * torch.rand(num_examples, 2).to(device) - 1
    y = threshold(d2l.linreg(X, w, b))
    return X + margin * y * w.T, y, w, b


# %% [markdown]
# ## Is there a line at all?
# The rule cannot tell: while it still makes mistakes, the next pass may be the last. A linear program can.
# The classes are separable if and only if some $w$ and $b$ have $y\,(x^\top w + b) \ge 1$ for all examples (a
# separating pair can be scaled up to that). It is linear in both, so a solver either finds them or proves
# that there are none. With $w = w^+ - w^-$, both parts at least 0, it also finds the ones with the smallest
# $\lVert w \rVert_1$, which keep away from the examples.
#
# The unit also gets a negative example right that lies on the line. That makes no labelling of finitely many
# points possible that would not be without: lower $b$ a little, and none is on the line.


# %%
def separator(X: Float[Tensor, "n d"], y: Tensor) -> tuple[Float[Tensor, "d 1"], Float[Tensor, "1"]] | None:
    """w and b with y (x'w + b) > 0 for every example, or None if no hyperplane separates the classes.

    Labels of one class are separable, with w = 0. Raises ValueError for labels other than -1 and +1.
    """
    d = X.shape[1]
    centre = X.mean(dim=0)
    spread = (X - centre).abs().max().clamp(min=torch.finfo(X.dtype).tiny)
    x = (X - centre) / spread  # the solver's tolerances are absolute
    A = as_labels(X, y) * torch.cat([x, -x, torch.ones_like(x[:, :1])], dim=1)
    found = linprog(
        [1.0] * (2 * d) + [0.0],
        A_ub=-A.double().cpu().numpy(),
        b_ub=[-1.0] * len(X),
        bounds=[(0, None)] * (2 * d) + [(None, None)],
    )
    if found.status == 2:  # infeasible
        return None
    if found.status != 0:
        raise RuntimeError(f"the linear program was not solved: {found.message}")
    solution = torch.from_numpy(found.x).to(X)
    w = (solution[:d] - solution[d : 2 * d]).reshape(-1, 1) / spread
    return w, solution[2 * d :] - centre @ w


# %% [markdown]
# ## From scratch


# %%
def follow(
    one_pass: Callable[[], int], w: Tensor, b: Tensor, X: Tensor, y: Tensor, num_epochs: int
) -> d2l.Result:
    """Call `one_pass`, which changes w and b in place, once an epoch; draw the lines, count the mistakes."""
    check_two_classes(y)
    best = separator(X, y)
    lines = []

    def run_epoch(epoch: int) -> dict[str, float]:
        mistakes = one_pass()
        lines.append((w.detach().clone(), b.detach().clone()))
        return {"mistakes": float(mistakes)}

    history = d2l.train_epochs(num_epochs, run_epoch)
    metrics = {
        "mistakes in the last epoch": history[-1]["mistakes"],
        "mistakes": sum(history["mistakes"]),
        "train_acc": d2l.accuracy(threshold(d2l.linreg(X, *lines[-1])), y) / len(y),
        "separable": float(best is not None),
    }
    if best is not None:
        metrics["bound"] = mistake_bound(X, y, *best)
    figure = draw_lines(lines, X, y, history, metrics)
    return d2l.Result(lambda X: d2l.linreg(X, w, b), history, {"lines": figure}, metrics)


def scratch(
    *,
    num_epochs: int = 15,
    num_examples: int = 100,
    margin: float = 0.02,
    flipped: int = 0,
    device: str = "auto",
    seed: int = 0,
) -> d2l.Result:
    """The rule, written out.

    num_epochs: passes over the examples
    num_examples: examples, random points in the plane
    margin: no example is nearer to the line that divides them
    flipped: labels to turn round, so that no line divides the classes
    device: auto, cpu, cuda, cuda:N or mps
    seed: of the examples
    """
    X, y = examples(num_examples, margin, flipped, device, seed)
    w, b = X.new_zeros(2, 1), X.new_zeros(1)
    return follow(lambda: perceptron_epoch(w, b, X, y), w, b, X, y, num_epochs)


def examples(
    num_examples: int, margin: float, flipped: int, device: str, seed: int
) -> tuple[Float[Tensor, "n 2"], Float[Tensor, "n 1"]]:
    """`separable_data`, the first `flipped` labels of it turned round."""
    if not 0 <= flipped <= num_examples:
        raise ValueError(f"flipped: must be between 0 and the {num_examples} examples, got {flipped}")
    d2l.seed_everything(seed)
    X, y, _, _ = separable_data(num_examples, margin, d2l.get_device(device))
    y[:flipped] *= -1
    return X, y


def draw_lines(
    lines: list[tuple[Tensor, Tensor]], X: Tensor, y: Tensor, history: d2l.History, metrics: dict[str, float]
) -> Any:
    """A figure of the line after every epoch, and of the mistakes so far."""
    figure, (left, right) = d2l.plt.subplots(1, 2, figsize=(8, 3.6), layout="constrained")
    draw_examples(left, X, y, s=12)
    for epoch, (w, b) in enumerate(lines, start=1):
        draw_line(left, w, b, color=d2l.plt.cm.Greys(0.15 + 0.85 * epoch / len(lines)))
    left.legend(loc="upper center", bbox_to_anchor=(0.5, -0.15), ncols=2, fontsize="small")
    left.set_title(f"the line after epoch 1 (light) to {len(lines)} (black)", fontsize="medium")
    so_far = torch.tensor(history["mistakes"]).cumsum(dim=0)
    d2l.plot(history["epoch"], so_far, "epoch", "mistakes so far", fmts=["o-"], axes=right)
    right.set_ylim(bottom=0)
    if "bound" not in metrics:
        state = "no line separates the classes"
    else:
        state = f"{'not ' * bool(history[-1]['mistakes'])}converged; bound {metrics['bound']:.0f}"
    right.set_title(state, fontsize="medium")
    return figure


def draw_examples(axes: Any, X: Tensor, y: Tensor, **style: Any) -> None:
    """Points in the plane, of class +1 and -1."""
    X, y = X.cpu(), y.cpu().flatten()
    for label, marker, colour in ((1, "o", "C3"), (-1, "s", "C0")):
        axes.scatter(
            *X[y == label].T, marker=marker, color=colour, zorder=3, label=f"y = {label:+d}", **style
        )
    side = 1.1 * float(X.abs().max())
    d2l.set_axes(axes, "x1", "x2", xlim=(-side, side), ylim=(-side, side))
    axes.set_aspect("equal")


def draw_line(axes: Any, w: Tensor, b: Tensor, **style: Any) -> None:
    """The line x'w + b = 0, if there is one (for w = 0 there is not)."""
    w, b = w.cpu().flatten(), b.cpu()
    if w.any():
        foot = -b * w / w.square().sum()
        axes.axline(foot.tolist(), (foot + torch.stack([-w[1], w[0]])).tolist(), **style)


# %% [markdown]
# ## Concise
# The rule is SGD with batches of one example (003 4.1) on the perceptron loss $\max(0, -y o)$, whose gradient
# by $w$ is $-y x$ for a mistake, else 0. Mind the kink: at $o = 0$ any slope between $-y$ and 0 is a
# subgradient, but from $w = 0$ only $-y$ starts to move. `relu(-y * o)` takes 0 there, and stands still for
# ever.


# %%
def perceptron_loss(O: Float[Tensor, "n 1"], y: Tensor) -> Float[Tensor, "n 1"]:
    """max(0, -y o) of every example, with the slope -y at o = 0."""
    y = as_labels(O, y)
    return torch.where(y * O <= 0, -y * O, 0)


def concise(
    *,
    num_epochs: int = 15,
    num_examples: int = 100,
    margin: float = 0.02,
    flipped: int = 0,
    device: str = "auto",
    seed: int = 0,
) -> d2l.Result:
    """`nn.Linear` and `torch.optim.SGD`, one example a batch, to the same weights."""
    X, y = examples(num_examples, margin, flipped, device, seed)
    net = nn.Linear(2, 1).to(X.device)
    for param in net.parameters():
        nn.init.zeros_(param)
    updater = torch.optim.SGD(net.parameters(), lr=1.0)
    train_iter = d2l.load_array((X, y), 1, is_train=False)

    def one_pass() -> int:
        mistakes = 0
        for x, label in train_iter:
            O = net(x)
            updater.zero_grad()
            perceptron_loss(O, label).sum().backward()
            updater.step()
            mistakes += int((label * O <= 0).sum())
        return mistakes

    return follow(one_pass, net.weight.T, net.bias, X, y, num_epochs)


# %% [markdown]
# ## Mistakes against the bound
# The narrower the margin, the more mistakes the bound allows. How many are made depends on the examples and
# their order.


# %%
def margins(*, num_examples: int = 100, num_runs: int = 20, seed: int = 0) -> d2l.Result:
    """All mistakes up to convergence, beside the bound, over the margin.

    num_runs: data sets for each margin
    """
    d2l.check_counts(num_runs=num_runs)
    d2l.seed_everything(seed)
    sizes = [0.5, 0.2, 0.1, 0.05, 0.02, 0.01]
    found = []
    for margin in sizes:
        for _ in range(num_runs):
            X, y, w, b = separable_data(num_examples, margin)
            _, _, mistakes = learn(X, y, max_epochs=10_000)
            found.append((margin, sum(mistakes), mistake_bound(X, y, w, b), mistakes[-1] == 0))
    at, made, allowed, converged = torch.tensor(found).T
    figure, axes = d2l.plt.subplots(figsize=(6, 3.6), layout="constrained")
    axes.plot(at, allowed, "k_", label="bound (R / gamma)²")
    axes.plot(at, made, "o", alpha=0.4, label="mistakes made")
    d2l.set_axes(axes, "distance of the examples from the line", "mistakes", xscale="log", yscale="log")
    axes.legend()
    metrics = {f"mean mistakes, margin {m:g}": float(made[at == at.new_tensor(m)].mean()) for m in sizes}
    metrics["largest share of the bound"] = float((made / allowed).max())
    metrics["share of runs that converged"] = float(converged.mean())
    return d2l.Result(figures={"margins": figure}, metrics=metrics)


# %% [markdown]
# ## XOR
# With $-1$ for false and $+1$ for true: $+1$ if exactly one of the two inputs is $+1$. On these four points
# the rule never ends: its weights return to where they were, and then all repeats. Nor is there anything to
# find: of the 16 ways to label four points, the best that a line can realise gets three points right.
#
# Two layers of perceptrons do it, for XOR = (x1 OR x2) AND NOT (x1 AND x2). With a function that has a useful
# derivative for the threshold, gradient descent finds such weights by itself: the multilayer perceptron.


# %%
XOR_X = ((-1.0, -1.0), (-1.0, 1.0), (1.0, -1.0), (1.0, 1.0))
XOR_Y = (-1.0, 1.0, 1.0, -1.0)


def labellings(n: int) -> Float[Tensor, "m n"]:
    """All 2^n ways to label n examples with -1 and +1, one a row. Raises ValueError for n outside 1 to 16."""
    d2l.check_counts(n=n)
    if n > 16:
        raise ValueError(f"n: {n} examples have 2^{n} labellings, too many to try; at most 16")
    bits = torch.arange(2**n).unsqueeze(1) >> torch.arange(n) & 1
    return 2.0 * bits - 1


def best_accuracy(X: Float[Tensor, "n d"], y: Tensor) -> float:
    """The largest share of examples that any one perceptron gets right, by trying all labellings."""
    y = as_labels(X, y).flatten()
    realised = [t for t in labellings(len(X)).to(X) if separator(X, t) is not None]
    return max(d2l.accuracy(t, y) for t in realised) / len(y)


def xor_of_perceptrons(X: Float[Tensor, "n 2"]) -> Float[Tensor, "n 1"]:
    """+1 where exactly one of the two inputs is +1, else -1, by three perceptrons in two layers."""
    ones = X.new_ones(2, 1)
    either = threshold(d2l.linreg(X, ones, 1.0))
    not_both = threshold(d2l.linreg(X, -ones, 1.0))
    return threshold(d2l.linreg(torch.cat([either, not_both], dim=1), ones, -1.0))  # both of these


def xor(*, num_hiddens: int = 8, num_epochs: int = 500, lr: float = 0.5, seed: int = 0) -> d2l.Result:
    """One perceptron cycles; three solve it by hand; a trained hidden layer solves it too.

    num_hiddens: units of the hidden layer
    """
    X, y = torch.tensor(XOR_X), torch.tensor(XOR_Y).reshape(-1, 1)
    w, b = torch.zeros(2, 1), torch.zeros(1)
    seen, lines, mistakes = [], [], 0
    while (state := (*w.flatten().tolist(), b.item())) not in seen:
        seen.append(state)
        for x, label in zip(X.split(1), y.split(1), strict=True):
            mistakes += perceptron_step(w, b, x, label)
            lines.append((w.clone(), b.clone()))

    d2l.check_counts(num_hiddens=num_hiddens, num_epochs=num_epochs)
    d2l.seed_everything(seed)
    net = nn.Sequential(nn.Linear(2, num_hiddens), nn.Tanh(), nn.Linear(num_hiddens, 1))
    updater = torch.optim.SGD(net.parameters(), lr=lr)
    loss = nn.SoftMarginLoss()  # ln(1 + exp(-y o)): the cross-entropy, for labels -1 and +1
    for _ in range(num_epochs):
        updater.zero_grad()
        loss(net(X), y).backward()
        updater.step()

    figure, places = d2l.plt.subplots(1, 3, figsize=(9, 3.4), layout="constrained")
    for i, line in enumerate(lines, start=1):
        draw_line(places[0], *line, color=f"{1 - i / len(lines):.2f}")
    draw_region(places[1], xor_of_perceptrons)
    draw_region(places[2], lambda X: threshold(net(X)))
    titles = (
        "one, after each example",
        "three, by hand",
        "a trained hidden layer",
    )
    for place, title in zip(places, titles, strict=True):
        draw_examples(place, X, y)
        place.set(xlim=(-2, 2), ylim=(-2, 2))
        place.set_title(title, fontsize="medium")
    metrics = {
        "passes until the weights recur": float(len(seen)),
        "mistakes until then": float(mistakes),
        "best accuracy of one perceptron": best_accuracy(X, y),
        "accuracy of three perceptrons": d2l.accuracy(xor_of_perceptrons(X), y) / 4,
        "accuracy of a trained hidden layer": d2l.accuracy(threshold(net(X)), y) / 4,
    }
    return d2l.Result(net, figures={"xor": figure}, metrics=metrics)


def draw_region(axes: Any, classify: Callable[[Tensor], Tensor]) -> None:
    """Shade the plane by the class, -1 or +1, of each point."""
    side = torch.linspace(-2, 2, 201)
    with torch.no_grad():
        Z = classify(torch.cartesian_prod(side, side)).reshape(201, 201).T
    axes.contourf(side, side, Z, levels=[-2, 0, 2], colors=["C0", "C3"], alpha=0.25)


# %% [markdown]
# ## What a perceptron can tell apart: the VC dimension
# A set of examples is *shattered* if every labelling of it is separable. The VC dimension is the size of the
# largest set that is. In the plane it is 3: three points are shattered, unless they lie on one line, and four
# never are. With $N$ inputs it is $N + 1$.
#
# Why no $N + 2$ points? In $N + 2$ unknowns the $N + 1$ equations $\sum_i a_i x_i = 0$, $\sum_i a_i = 0$ have
# a solution other than 0. Label each point with the sign of its $a_i$. If $w$ and $b$ separated these, every
# $a_i (x_i^\top w + b)$ with $a_i \ne 0$ would be positive, but they add up to $(\sum_i a_i x_i)^\top w +
# (\sum_i a_i)\, b = 0$.


# %%
def shatters(X: Float[Tensor, "n d"]) -> bool:
    """Whether a perceptron can realise all 2^n labellings of the examples (003 4.3). n: at most 16."""
    return all(separator(X, y) is not None for y in labellings(len(X)).to(X))


def radon_labelling(X: Float[Tensor, "n d"]) -> Float[Tensor, " n"]:
    """A labelling that no perceptron realises, of any n >= d + 2 examples. Raises ValueError for fewer."""
    n, d = X.shape
    if n < d + 2:
        raise ValueError(f"X: {n} examples of {d} inputs; such a labelling is certain only from {d + 2} on")
    _, _, Vh = torch.linalg.svd(torch.cat([X, torch.ones_like(X[:, :1])], dim=1).T)
    return threshold(Vh[-1])  # a, orthogonal to every column of inputs and to that of ones


def shattering(*, num_sets: int = 5, seed: int = 0) -> d2l.Result:
    """All labellings of three and four points in the plane; N + 1 and N + 2 points for N = 1, 2, 3.

    num_sets: random sets of N + 2 points to try, for each N
    """
    d2l.check_counts(num_sets=num_sets)
    d2l.seed_everything(seed)
    three = torch.tensor([[0.0, 0.0], [1.0, 0.1], [0.4, 0.9]])
    four = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    row = torch.tensor([[0.0, 0.0], [0.5, 0.5], [1.0, 1.0]])
    metrics = {}
    for name, X in (("three points", three), ("three points on a line", row), ("four points", four)):
        count = sum(separator(X, y) is not None for y in labellings(len(X)))
        metrics[f"{name}: separable labellings, of {2 ** len(X)}"] = float(count)
    for N in (1, 2, 3):
        corner = torch.cat([torch.zeros(1, N), torch.eye(N)])  # the origin and the N unit vectors
        metrics[f"{N} inputs: {N + 1} points shattered"] = float(shatters(corner))
        sets = [torch.randn(N + 2, N) for _ in range(num_sets)]
        metrics[f"{N} inputs: sets of {N + 2} points shattered"] = float(sum(map(shatters, sets)))
    figures = {"three": draw_labellings(three, 2), "four": draw_labellings(four, 4)}
    return d2l.Result(figures=figures, metrics=metrics)


def draw_labellings(X: Float[Tensor, "n 2"], num_rows: int) -> Any:
    """A figure with a panel for each labelling, and in it a line that separates it, if there is one."""
    every = labellings(len(X))
    num_cols = len(every) // num_rows
    size = (1.6 * num_cols, 1.7 * num_rows)
    figure, grid = d2l.plt.subplots(num_rows, num_cols, figsize=size, layout="constrained")
    for place, y in zip(grid.flat, every, strict=True):
        found = separator(X, y)
        draw_examples(place, X, y, s=50)
        if found is not None:
            draw_line(place, *found, color="k")
        place.set(xlim=(-0.4, 1.4), ylim=(-0.4, 1.4), xticks=[], yticks=[], xlabel="", ylabel="")
        place.set_title("separable" if found is not None else "no line", fontsize="small")
        place.set_facecolor("white" if found is not None else "mistyrose")
    return figure


# %%
if __name__ == "__main__":
    d2l.run_chapter("perceptron", scratch, concise, margins, xor, shattering)
