# %% [markdown]
# # Linear algebra (线性代数)
# How long a vector is, what a matrix does to it, and the directions that a matrix keeps.
#
# Notes: 003 1.3. Run: `python -m chapters.linear_algebra [norms|special|power]`.
# Power iteration on [[2, 1], [1, 2]]: each step divides the eigenvector's error by 3, the eigenvalue's by 9.

# %%
import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

import d2lcore as d2l
from chapters.figures import linear_algebra as figures

# %% [markdown]
# ## Products and lengths
# The dot product of two vectors multiplies them element by element and adds up. It is 0 if they are at right
# angles. A vector's product with itself is the square of its length, the L2 norm. The L1 norm adds up the
# absolute values, and the Frobenius norm is the L2 norm of all elements of a matrix.
#
# $$\langle x, y \rangle = \sum_i x_i y_i \qquad \lVert x \rVert_2 = \sqrt{\langle x, x \rangle} \qquad
# \lVert x \rVert_1 = \sum_i |x_i| \qquad \lVert A \rVert_F = \sqrt{\textstyle\sum_{ij} A_{ij}^2}$$


# %%
def dot(x: Float[Tensor, " n"], y: Float[Tensor, " n"]) -> Float[Tensor, ""]:
    """The sum of x_i y_i, as `torch.dot`, which takes vectors only (003 1.3)."""
    return (x * y).sum()


def l2_norm(x: Float[Tensor, " n"]) -> Float[Tensor, ""]:
    """The length of x, as `torch.linalg.vector_norm`."""
    return dot(x, x).sqrt()


def l1_norm(x: Float[Tensor, " n"]) -> Float[Tensor, ""]:
    """The sum of the absolute values, as `torch.linalg.vector_norm(x, 1)`."""
    return x.abs().sum()


def frobenius_norm(A: Float[Tensor, "n m"]) -> Float[Tensor, ""]:
    """The root of the sum of all squares, as `torch.linalg.matrix_norm`."""
    return A.square().sum().sqrt()


# %% [markdown]
# Every norm scales with its vector, $\lVert a x \rVert = |a|\,\lVert x \rVert$, and a detour is never
# shorter: $\lVert x + y \rVert \le \lVert x \rVert + \lVert y \rVert$. Other inequalities tie them together:
#
# $$|\langle x, y \rangle| \le \lVert x \rVert_2 \lVert y \rVert_2 \qquad
# \lVert x \rVert_2 \le \lVert x \rVert_1 \le \sqrt n\, \lVert x \rVert_2 \qquad
# \lVert A x \rVert_2 \le \lVert A \rVert_F \lVert x \rVert_2$$
#
# The first says that $\cos\varphi = \langle x, y \rangle / (\lVert x \rVert_2 \lVert y \rVert_2)$ is between
# -1 and 1, so that there is an angle. In the second, most vectors are near the right end: with $n$ random
# elements, the L1 norm is about $0.8 \sqrt n$ times the L2 norm.


# %%
def cosine(x: Float[Tensor, " n"], y: Float[Tensor, " n"]) -> Float[Tensor, ""]:
    """The cosine of the angle between x and y, neither of length 0; 0 at a right angle."""
    return dot(x, y) / (l2_norm(x) * l2_norm(y))


def norms(*, dimensions: tuple[int, ...] = (1, 3, 10, 32, 100, 316, 1000), seed: int = 0) -> d2l.Result:
    """Where the norms of a plane are 1, and how much longer than L2 the L1 norm of random vectors is.

    dimensions: numbers of elements to try
    seed: of the vectors
    """
    d2l.seed_everything(seed)
    vectors = [torch.randn(100, n) for n in dimensions]
    ratios = [torch.stack([l1_norm(x) / l2_norm(x) for x in X]) for X in vectors]
    n = dimensions[-1]
    metrics = {f"L1 / L2 in {n} dimensions, in roots of n": ratios[-1].mean().item() / math.sqrt(n)}
    return d2l.Result(figures={"norms": figures.draw_norms(dimensions, ratios)}, metrics=metrics)


# %% [markdown]
# ## Sums along an axis
# `A.sum(dim=0)` adds down the rows, and axis 0 is gone: a number for each column is left. `dim=1` leaves one
# for each row. To divide each row by its sum, keep the axis with size 1, or the sums of shape (n,) would be
# aligned with the columns: an error, or, if A is square, wrong shares without one.


# %%
def row_shares(A: Float[Tensor, "n m"]) -> Float[Tensor, "n m"]:
    """Each element as a share of the sum of its row (003 1.3)."""
    return A / A.sum(dim=1, keepdim=True)


# %% [markdown]
# ## Special matrices
# A *symmetric* matrix is its own transpose, an *antisymmetric* one is minus its transpose, and any square
# matrix is the sum of both kinds, $\frac12 (A + A^\top)$ and $\frac12 (A - A^\top)$. In $x^\top A x$ the
# second cancels. A is *positive definite* if $x^\top A x > 0$ for every $x \ne 0$, so if all eigenvalues of
# its symmetric part are above 0. With $\ge 0$, as in 003 1.3, it is positive *semi*definite. An *orthogonal*
# matrix, $Q Q^\top = I$, keeps all lengths and angles. So does a *permutation* matrix: with $P_{ij} = 1$ if
# $j = \pi(i)$, else 0, it puts element $\pi(i)$ in place $i$.
#
# Computed matrices meet such equations up to rounding only. A sum of $n$ products is off by up to $n$ times
# the machine epsilon, relative to the largest of them, so that much is allowed.


# %%
def rounding(A: Float[Tensor, "n n"]) -> float:
    """What sums of n elements of A may be off by."""
    return 4 * len(A) * torch.finfo(A.dtype).eps * float(A.abs().max())


def is_symmetric(A: Float[Tensor, "n n"]) -> bool:
    """A_ij = A_ji, up to rounding."""
    return float((A - A.T).abs().max()) <= rounding(A)


def is_antisymmetric(A: Float[Tensor, "n n"]) -> bool:
    """A_ij = -A_ji, up to rounding; so the diagonal is 0."""
    return float((A + A.T).abs().max()) <= rounding(A)


def is_positive_definite(A: Float[Tensor, "n n"]) -> bool:
    """Whether x^T A x > 0 for all x but 0, by more than rounding; A need not be symmetric."""
    return float(torch.linalg.eigvalsh((A + A.T) / 2).min()) > rounding(A)


def is_orthogonal(Q: Float[Tensor, "n n"]) -> bool:
    """Q Q^T = I, up to rounding."""
    identity = torch.eye(len(Q), dtype=Q.dtype, device=Q.device)
    return float((Q @ Q.T - identity).abs().max()) <= rounding(identity)


def is_permutation(P: Float[Tensor, "n n"]) -> bool:
    """One 1 in each row and each column, and 0 elsewhere; exactly."""
    ones = P == 1
    return bool((ones | (P == 0)).all() and (ones.sum(dim=0) == 1).all() and (ones.sum(dim=1) == 1).all())


def permutation_matrix(order: Sequence[int]) -> Float[Tensor, "n n"]:
    """The P with (P x)_i = x_order[i], float32. ValueError unless `order` has each of 0, ..., n - 1 once."""
    if sorted(order) != list(range(len(order))):
        raise ValueError(f"order: expected each of 0 to {len(order) - 1} once, got {list(order)}")
    return torch.eye(len(order))[list(order)]


PREDICATES = {
    "symmetric": is_symmetric, "antisymmetric": is_antisymmetric, "positive definite": is_positive_definite,
    "orthogonal": is_orthogonal, "permutation": is_permutation,
}  # fmt: skip


def special() -> d2l.Result:
    """What special matrices do to a circle, and which of the properties each of them has."""
    matrices = {
        "stretch": [[2, 0.5], [0.5, 1]], "turn": [[0.6, -0.8], [0.8, 0.6]], "swap": [[0, 1], [1, 0]],
        "quarter turn": [[0, -1.2], [1.2, 0]], "shear": [[1, 1], [0, 1]],
    }  # fmt: skip
    tensors = {name: torch.tensor(rows, dtype=torch.float64) for name, rows in matrices.items()}
    held = {name: [word for word, holds in PREDICATES.items() if holds(A)] for name, A in tensors.items()}
    metrics = {f"{name}: {word}": float(word in held[name]) for name in held for word in PREDICATES}
    return d2l.Result(figures={"special": figures.draw_special(tensors, held)}, metrics=metrics)


# %% [markdown]
# ## Directions that stay
# An *eigenvector* $x \ne 0$ keeps its line: $A x = \lambda x$. If $\lambda < 0$ it turns round. To find one,
# multiply by A again and again. In terms of the eigenvectors $v_i$ of A, $x = \sum_i c_i v_i$, and after $k$
# steps
#
# $$A^k x = \sum_i c_i \lambda_i^k v_i$$
#
# so the largest $|\lambda_i|$ wins. What is left of the others shrinks like $|\lambda_2 / \lambda_1|^k$.
# Dividing by the length in each step keeps the numbers from overflowing. At the end $x^\top A x$ is the
# eigenvalue.


# %%
def power_iteration(
    A: Float[Tensor, "n n"], x: Float[Tensor, " n"], num_steps: int
) -> tuple[Float[Tensor, ""], Float[Tensor, " n"]]:
    """Eigenvalue of the largest size, and its eigenvector of length 1, after `num_steps` steps from x."""
    for _ in range(num_steps):
        x = A @ x
        x = x / l2_norm(x)
    return dot(x, A @ x), x


# %% [markdown]
# It has two ways to fail in silence. If two eigenvalues share the largest size, such as 1 and -1, nobody
# wins. And a start without a share of $v_1$ never gets one; a random start has one. So try $A x = \lambda x$
# at the end.


# %%
def largest_eigenvector(
    A: Float[Tensor, "n n"], num_steps: int = 1000
) -> tuple[Float[Tensor, ""], Float[Tensor, " n"]]:
    """`power_iteration` from a random start. Raises ValueError if it has not found an eigenvector."""
    lambd, x = power_iteration(A, torch.randn_like(A[0]), num_steps)
    apart = l2_norm(A @ x - lambd * x)
    if not apart <= 1e-5 * frobenius_norm(A):
        raise ValueError(
            f"A: no eigenvector found in {num_steps} steps, A x and lambda x are {apart:.2g} apart; two "
            "eigenvalues may share the largest size, as 1 and -1 do: use torch.linalg.eig"
        )
    return lambd, x


def spectral_norm(A: Float[Tensor, "n m"]) -> Float[Tensor, ""]:
    """The most that A lengthens a vector, the root of the largest eigenvalue of A^T A."""
    return largest_eigenvector(A.T @ A)[0].sqrt()


def power(*, num_steps: int = 30, seed: int = 0) -> d2l.Result:
    """Power iteration step by step: its error, and the rate that the eigenvalues predict.

    num_steps: steps
    seed: of the start
    """
    d2l.check_counts(num_steps=num_steps)
    d2l.seed_everything(seed)
    A = torch.tensor([[2.0, 1.0], [1.0, 2.0]], dtype=torch.float64)
    start = torch.randn(2, dtype=torch.float64)
    eigenvalues, V = torch.linalg.eigh(A)  # in rising order; the eigenvectors are the columns of V
    steps = [power_iteration(A, start, k) for k in range(1, num_steps + 1)]
    apart = [float(dot(x, V[:, 0]).abs()) for _, x in steps]  # the share of the other eigenvector
    off = [float((lambd - eigenvalues[1]).abs()) for lambd, _ in steps]
    k = min(10, num_steps) - 1  # steps in which the error is still far above rounding
    metrics = {"eigenvalue": steps[-1][0].item(), "its error": off[-1], "error of the eigenvector": apart[-1]}
    if k:
        metrics["of which a step leaves"] = (apart[k] / apart[0]) ** (1 / k)
    figure = figures.draw_power(A, [x for _, x in steps], apart, off, eigenvalues.tolist())
    return d2l.Result(figures={"power": figure}, metrics=metrics)


# %%
if __name__ == "__main__":
    d2l.run_chapter("linear_algebra", norms, special, power)
