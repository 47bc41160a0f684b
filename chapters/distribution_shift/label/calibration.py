# %% [markdown]
# # Calibrated probabilities (概率校准)
# A temperature, and a bias for each class, make a network's probabilities as often right as they say.
#
# Notes: 004 3.9.2 part 3, for EM. A module of functions, which `posteriors` runs.
# Logits that were multiplied by 2.5: the temperature found is about 2.5.

# %%
import math
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from chapters.distribution_shift.arguments import Array, as_classes, as_tensor, in_double, listed
from chapters.newton import newton
from d2lcore.errors import check_flags

# %% [markdown]
# ## Temperature and bias
# Of all images that a network calls a 3 with probability 0.9, nine in ten should be a 3. Most networks are
# surer than they are right. Temperature scaling (TS) divides the logits $z$ by one number $T$.
# Bias-corrected temperature scaling (BCTS) also adds one number for each class:
#
# $$\mathrm{softmax}(z / T + b)$$
#
# $T > 1$ makes the network less sure. The bias makes a class more or less likely on every example.


# %%
class Calibration(NamedTuple):
    """softmax(logits / temperature + bias), called with logits (n, k)."""

    temperature: float
    bias: Tensor

    def __call__(self, logits: Array) -> Float[Tensor, "n k"]:
        """Calibrated probabilities in float64."""
        return (in_double(logits) / self.temperature + self.bias).softmax(dim=1)


# %% [markdown]
# ## The fit
# Find the $T$ and $b$ that make the labels of validation examples likeliest. Example $i$ has the logits $z_i$
# and the label $y_i$. As a function of $a = 1/T$ and $b$ the loss, the mean cross-entropy,
#
# $$-\frac1n \sum_i \ln \mathrm{softmax}(a z_i + b)_{y_i}$$
#
# is convex, so use Newton's method. It needs the gradient $g$ and the Hessian $H$, the matrix of second
# derivatives. Let $\pi_i$ be the probabilities of example $i$ and $e_i$ its label, one-hot. Then the parts of
# $g$ and $H$ are means over the examples of
#
# $$g_a = (\pi_i - e_i)^\top z_i, \quad g_b = \pi_i - e_i, \quad
# H_{aa} = z_i^\top S_i z_i, \quad H_{ab} = S_i z_i, \quad H_{bb} = S_i, \quad
# S_i = \mathrm{diag}(\pi_i) - \pi_i \pi_i^\top$$
#
# In the code $z_i$, $\pi_i$, $\pi_i - e_i$ and $S_i z_i$ are the rows of `z`, `P`, `R` and `Sz`.
#
# Add the same number to all of $b$, and no probability changes. So $H$ has no inverse. With 1 added to every
# entry of $H_{bb}$ it has one, and the steps leave the sum of $b$ at 0.
#
# At the minimum $g_b = 0$. This says that after BCTS the mean probability of each class *is* its frequency
# among the validation labels. After TS it need not be.


# %%
def derivatives(
    z: Float[Tensor, "n k"], y: Tensor, a: Tensor, b: Float[Tensor, " k"]
) -> tuple[Float[Tensor, " p"], Float[Tensor, "p p"]]:
    """The gradient g and the Hessian H of the loss in (a, b), p = 1 + k parameters."""
    P = (a * z + b).softmax(dim=1)
    R = P - F.one_hot(y, z.shape[1])
    Sz = P * (z - (P * z).sum(dim=1, keepdim=True))  # S_i z_i = pi_i * (z_i - pi_i . z_i)
    g = torch.cat([(R * z).sum(dim=1).mean()[None], R.mean(dim=0)])
    H_aa, H_ab = (z * Sz).sum(dim=1).mean()[None], Sz.mean(dim=0)
    H_bb = torch.diag(P.mean(dim=0)) - P.T @ P / len(z)  # the mean of S_i
    return g, torch.cat([torch.cat([H_aa, H_ab])[None], torch.cat([H_ab[:, None], H_bb], dim=1)])


def fit_temperature(logits: Array, y: Array, *, bias: bool = False) -> Calibration:
    """Calibrate logits (n, k) of validation examples with the labels y (n,): TS, or BCTS with `bias`.

    If there are only probabilities, give their logarithms. Raises ValueError for labels outside 0..k-1,
    logits that are not finite, with `bias` for a class without an example (its bias would be minus infinity),
    and where no temperature is best: all examples classified rightly, or no better than at random.
    """
    check_flags(bias=bias)
    z = in_double(logits)
    y = as_classes(y, z.shape[1]).to(z.device)
    if not z.isfinite().all():
        raise ValueError(f"logits: expected finite numbers, got {int((~z.isfinite()).sum())} others")
    absent = torch.bincount(y, minlength=z.shape[1]) == 0
    if bias and absent.any():
        raise ValueError(
            f"y: no example of class {listed(absent)}, so its bias cannot be fitted; use bias=False"
        )
    z = z - z.mean(dim=1, keepdim=True)  # changes no probability, and large logits round less
    size = 1 + z.shape[1] if bias else 1  # theta: a, and b if it is fitted

    def parts(theta: Tensor) -> tuple[Tensor, Tensor]:
        return theta[0], theta[1:] if bias else z.new_zeros(z.shape[1])

    def loss(theta: Tensor) -> Tensor:
        a, b = parts(theta)
        return F.cross_entropy(a * z + b, y)

    def slope_and_curvature(theta: Tensor) -> tuple[Tensor, Tensor]:
        g, H = derivatives(z, y, *parts(theta))
        H[1:, 1:] += 1  # keeps the sum of b, which is free, where it is
        return g[:size], H[:size, :size]

    start = z.new_zeros(size)
    start[0] = 1
    try:
        theta = newton(loss, slope_and_curvature, start)
    except (ValueError, torch.linalg.LinAlgError):
        theta = start * math.inf  # refused below
    a, b = parts(theta)
    if not 1e-6 < a < 1e6 or loss(theta) < 1e-9:
        raise ValueError(
            "logits, y: no temperature is best, because the logits tell the classes apart perfectly or not "
            "at all; give more, or harder, validation examples"
        )
    return Calibration(1 / float(a), b)


# %% [markdown]
# ## Concise
# `scipy.optimize.minimize` needs only the loss and its gradient; BFGS learns the Hessian on the way.


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
