# %% [markdown]
# # Calibrated probabilities (概率校准)
# A temperature, and a bias a class, after which a network's probabilities are as often right as they say.
#
# Notes: 004 3.9.2 part 3, for EM. A module of functions, which `posteriors.py` runs.

# %%
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from chapters.distribution_shift.arguments import Array, as_classes, as_tensor, in_double, listed

# %% [markdown]
# ## Calibration
# EM believes the probabilities, and networks are sure of themselves without reason. Temperature scaling (TS)
# divides the logits $z$ by one number $T$, found by maximum likelihood on the validation examples.
# Bias-corrected temperature scaling (BCTS) adds one number a class:
#
# $$\mathrm{softmax}(z / T + b) .$$
#
# In $a = 1/T$ and $b$ the loss $-\frac1n \sum_i \ln \mathrm{softmax}(a z_i + b)_{y_i}$ is convex: Newton's
# method. With $\pi_i$ the probabilities and $e_i$ the one-hot label of example $i$, gradient and Hessian
# are means over $i$ of
#
# $$g_a = (\pi_i - e_i)^\top z_i, \quad g_b = \pi_i - e_i, \quad
# H_{aa} = z_i^\top S_i z_i, \quad H_{ab} = S_i z_i, \quad H_{bb} = S_i, \quad
# S_i = \mathrm{diag}(\pi_i) - \pi_i \pi_i^\top .$$
#
# $H$ is singular, because adding the same number to all of $b$ changes nothing: its pseudo-inverse gives
# the shortest step. $g_b = 0$ at the minimum says something to remember: after BCTS the mean predicted
# probability of each class *is* its frequency among the validation labels. After TS it need not be.


# %%
class Calibration(NamedTuple):
    """softmax(logits / temperature + bias), called with logits (n, k)."""

    temperature: float
    bias: Tensor

    def __call__(self, logits: Array) -> Float[Tensor, "n k"]:
        """Calibrated probabilities in float64."""
        return (in_double(logits) / self.temperature + self.bias).softmax(dim=1)


def newton_step(
    z: Float[Tensor, "n k"], y: Tensor, a: Tensor, b: Tensor, with_bias: bool
) -> tuple[Tensor, Tensor]:
    """The gradient by (a, b), shape (1 + k,), and the step -H^-1 g; only a moves if not `with_bias`."""
    k = z.shape[1]
    P = (a * z + b).softmax(dim=1)
    R = P - F.one_hot(y, k)
    Sz = P * (z - (P * z).sum(dim=1, keepdim=True))  # S_i z_i, a row each
    g = torch.cat([(R * z).sum(dim=1).mean()[None], R.mean(dim=0)])
    H = torch.empty(1 + k, 1 + k).to(z)
    H[0, 0] = (z * Sz).sum(dim=1).mean()
    H[0, 1:] = H[1:, 0] = Sz.mean(dim=0)
    H[1:, 1:] = torch.diag(P.mean(dim=0)) - P.T @ P / len(z)
    size = 1 + k if with_bias else 1
    step = torch.zeros_like(g)
    step[:size] = -torch.linalg.pinv(H[:size, :size], hermitian=True) @ g[:size]
    return g, step


def fit_temperature(logits: Array, y: Array, *, bias: bool = False) -> Calibration:
    """Calibrate logits (n, k) of validation examples with the labels y (n,): TS, or with `bias` BCTS.

    For probabilities give their logarithm. Raises ValueError for bad labels, logits that are not finite,
    lengths that differ, a class without an example (its bias would be minus infinity), and where no
    temperature is best: all examples classified rightly, or no better than at random.
    """
    z = in_double(logits)
    if z.dim() != 2 or not z.isfinite().all():
        raise ValueError(f"logits: expected finite numbers of shape (n, k), got shape {tuple(z.shape)}")
    y = as_classes(y, z.shape[1]).to(z.device)
    z = z - z.mean(dim=1, keepdim=True)  # a number in all of a row changes nothing, but for its rounding
    if len(y) != len(z):
        raise ValueError(f"logits, y: {len(z)} rows for {len(y)} labels")
    absent = torch.bincount(y, minlength=z.shape[1]) == 0
    if bias and absent.any():
        raise ValueError(
            f"y: no example of class {listed(absent)}, so its bias cannot be fitted; use bias=False"
        )
    a, b = torch.ones(()).to(z), torch.zeros(z.shape[1]).to(z)

    def loss(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(a * z + b, y)

    for _ in range(100):
        g, step = newton_step(z, y, a, b, bias)
        decrease = float(-g @ step)
        if decrease <= 1e-20:
            break
        size = 1.0
        while loss(a + size * step[0], b + size * step[1:]) > loss(a, b) - size * decrease / 4 + 1e-14:
            size /= 2
        a, b = a + size * step[0], b + size * step[1:]
    if not 1e-6 < a < 1e6 or loss(a, b) < 1e-9:
        raise ValueError(
            "logits, y: no temperature is best, because the logits tell the classes apart perfectly or not "
            "at all; give more, or harder, validation examples"
        )
    return Calibration(1 / float(a), b)


# %% [markdown]
# ## Concise
# `scipy.optimize.minimize` with the gradient, BFGS.


# %%
def calibrate_concise(logits: Array, y: Array, *, bias: bool = False) -> Calibration:
    """`fit_temperature` by BFGS."""
    from scipy.optimize import minimize
    from scipy.special import log_softmax

    z, labels = in_double(logits).cpu().numpy(), as_tensor(y).cpu().numpy()
    n, k = z.shape

    def loss(ab: np.ndarray) -> tuple[float, np.ndarray]:
        log = log_softmax(ab[0] * z + ab[1:], axis=1)
        R = np.exp(log) - np.eye(k)[labels]
        return -log[np.arange(n), labels].mean(), np.append((R * z).sum() / n, R.mean(axis=0) * bias)

    a, *b = minimize(loss, np.append(1.0, np.zeros(k)), jac=True, method="BFGS", options={"gtol": 1e-9}).x
    return Calibration(1 / a, torch.tensor(b).to(in_double(logits)))
