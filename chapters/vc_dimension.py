# %% [markdown]
# # VC dimension (VC 维)
# How many points a classifier can tell apart, whatever their labels.
#
# Notes: 003 4.3. Run: `python -m chapters.vc_dimension [shattering]`.
# Of the 16 ways to label the four corners of a square, a line separates 14.

# %%
import torch
from jaxtyping import Float
from scipy.optimize import linprog
from torch import Tensor

import d2lcore as d2l
from chapters.figures.vc_dimension import draw_labellings
from chapters.perceptron import XOR_X, XOR_Y, label_column, threshold

# %% [markdown]
# ## Shattered points
# There are $2^n$ ways to label $n$ points with $-1$ and $+1$. A classifier *shatters* the points if, for each
# of these labellings, some weights get all points right. The VC dimension (of Vapnik and Chervonenkis) is the
# size of the largest set that is shattered. On such a set the classifier can fit any labels, noise too.
#
# The perceptron can fit a labelling if a line separates the two classes. `separator`, of the next section,
# finds one, or says that there is none. `labellings` writes the numbers from 0 to $2^n - 1$ in binary, a
# number a row. It reads each digit 0 as $-1$.


# %%
def labellings(n: int) -> Float[Tensor, "m n"]:
    """All 2^n ways to label n points with -1 and +1, one a row."""
    bits = torch.arange(2**n).unsqueeze(1) >> torch.arange(n) & 1  # digit j of each number, 0 or 1
    return 2.0 * bits - 1


def shatters(X: Float[Tensor, "n d"]) -> bool:
    """Whether a perceptron can fit every labelling of the points X (003 4.3)."""
    return all(separator(X, y) is not None for y in labellings(len(X)).to(X))


# %% [markdown]
# ## Is there a line at all?
# The perceptron's rule cannot tell: while it makes mistakes, the next pass may be the last. If some $w$ and
# $b$ separate the classes, scaled up they reach
#
# $$y\,(x^\top w + b) \ge 1 \qquad \text{for every example}$$
#
# A *linear program* makes a linear function as small as it can under such linear conditions. Its solver
# either meets them all, or proves that nothing does. We let it make $\lVert w \rVert_1 = \sum_j |w_j|$ small.
# With a small $w$ a point must be far from the line to reach the 1, so the line keeps away from the points.
#
# A sum of $|w_j|$ is not linear. So write $w = w^+ - w^-$, both parts at least 0, and take the sum of all
# parts. The unknowns are $z = (w^+, w^-, b)$, and the conditions read $A z \ge 1$.


# %%
def separator(X: Float[Tensor, "n d"], y: Tensor) -> tuple[Float[Tensor, "d 1"], Float[Tensor, "1"]] | None:
    """w and b with y (x'w + b) > 0 for every example, or None if no hyperplane separates the classes.

    y: -1 or +1. Labels of one class are separable, with w = 0.
    """
    d = X.shape[1]
    centre = X.mean(dim=0)
    spread = (X - centre).abs().max().clamp(min=torch.finfo(X.dtype).tiny)
    x = (X - centre) / spread  # of size 1: the solver takes what is below 1e-7 for 0
    A = label_column(X, y) * torch.cat([x, -x, torch.ones_like(x[:, :1])], dim=1)
    found = linprog(
        [1.0] * (2 * d) + [0.0],  # what is made small: the sum of all parts; b counts nothing
        A_ub=-A.double().cpu().numpy(),  # "at most": -A z <= -1
        b_ub=[-1.0] * len(X),
        bounds=[(0, None)] * (2 * d) + [(None, None)],
    )
    if found.status == 2:  # infeasible
        return None
    if found.status != 0:
        raise RuntimeError(f"the linear program was not solved: {found.message}")
    solution = torch.from_numpy(found.x).to(X)
    w = (solution[:d] - solution[d : 2 * d]).reshape(-1, 1) / spread
    return w, solution[2 * d :] - centre @ w  # for X itself, not for x


# %% [markdown]
# May a point lie on the line itself? The perceptron answers $-1$ there. Lower $b$ a little: the point still
# gets $-1$, is no longer on the line, and no answer changes. So we need not look for such lines.
#
# ## In the plane it is 3
# Three points are shattered, unless they lie on one line: then the middle one cannot be alone in its class.
# Four points never are; the next section says why. For the corners of a square, the two labellings without a
# line are XOR and its opposite. The best that a line can do there is three points of four. In the figures,
# red circles are $+1$ and blue squares $-1$. Where all points have one class, no line is drawn.


# %%
def best_accuracy(X: Float[Tensor, "n d"], y: Tensor) -> float:
    """The largest share of the examples that any one perceptron gets right, by trying all labellings."""
    possible = [t for t in labellings(len(X)).to(X) if separator(X, t) is not None]
    return max(d2l.accuracy(t, y) for t in possible) / len(y)


# %% [markdown]
# ## With N inputs it is N + 1
# $N + 1$ points can be shattered: the origin and the $N$ unit vectors. Let $b$ be the label of the origin,
# and $w_j$ the label of unit vector $j$ minus $b$. Then $x^\top w + b$ is the label of each.
#
# Why no $N + 2$ points? Look for one number $a_i$ for each point $x_i$, such that
#
# $$\sum_i a_i x_i = 0 \qquad \sum_i a_i = 0$$
#
# These are $N + 1$ equations in $N + 2$ unknowns, so there is a solution other than 0. Label each point with
# the sign of its $a_i$. If $w$ and $b$ separated these labels, $a_i (x_i^\top w + b)$ would be positive
# wherever $a_i \ne 0$. But the sum of all these is $(\sum_i a_i x_i)^\top w + (\sum_i a_i)\, b = 0$. (The
# idea is Radon's. In the code $N$ is `d`, and the solution is the last row of `Vh` from the singular value
# decomposition: all equations send it to 0.)


# %%
def radon_labelling(X: Float[Tensor, "n d"]) -> Float[Tensor, " n"]:
    """A labelling of X, n >= d + 2 points, that no perceptron can fit. ValueError for fewer points."""
    n, d = X.shape
    _, _, Vh = torch.linalg.svd(torch.cat([X, torch.ones_like(X[:, :1])], dim=1).T)
    if n < d + 2:
        raise ValueError(f"X: {n} points of {d} inputs; so few may be shattered, give from {d + 2} on")
    return threshold(Vh[-1])  # a


# %%
THREE = ((0.0, 0.0), (1.0, 0.1), (0.4, 0.9))
ON_A_LINE = ((0.0, 0.0), (0.5, 0.5), (1.0, 1.0))
SQUARE = ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0))


def shattering(*, num_sets: int = 5, seed: int = 0) -> d2l.Result:
    """All labellings of three and four points in the plane; what N = 1, 2, 3 inputs can shatter.

    num_sets: random sets of N + 2 points to try, for each N
    """
    metrics, figures = {}, {}
    for name, points in (
        ("three points", THREE),
        ("three points on a line", ON_A_LINE),
        ("four points", SQUARE),
    ):
        X = torch.tensor(points)
        every = labellings(len(X))
        lines = [separator(X, y) for y in every]
        found = sum(line is not None for line in lines)
        metrics[f"{name}: separable labellings, of {len(every)}"] = float(found)
        figures[name.replace(" ", "_")] = draw_labellings(X, every, lines)
    metrics["XOR: best accuracy of one perceptron"] = best_accuracy(torch.tensor(XOR_X), torch.tensor(XOR_Y))

    d2l.seed_everything(seed)
    for N in (1, 2, 3):
        corner = torch.cat([torch.zeros(1, N), torch.eye(N)])  # the origin and the N unit vectors
        metrics[f"{N} inputs: {N + 1} points shattered"] = float(shatters(corner))
        sets = [torch.randn(N + 2, N) for _ in range(num_sets)]
        metrics[f"{N} inputs: sets of {N + 2} points shattered"] = float(sum(map(shatters, sets)))
    return d2l.Result(figures=figures, metrics=metrics)


# %%
if __name__ == "__main__":
    d2l.run_chapter("vc_dimension", shattering)
