# %% [markdown]
# # Calibrated probabilities (概率校准)
# A temperature, and a bias for each class, make a network's probabilities as often right as they say.
#
# Notes: 004 3.9.2 part 3, for EM. A module of functions, which `posteriors` runs.
# Logits that were multiplied by 2.5: the temperature found is about 2.5.

# %%
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from chapters.distribution_shift.arguments import Array, as_classes, as_tensor, in_double, listed

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
# Find $T$ and $b$ on validation examples, by maximum likelihood. In $a = 1/T$ and $b$ the loss
#
# $$-\frac1n \sum_i \ln \mathrm{softmax}(a z_i + b)_{y_i}$$
#
# is convex, so use Newton's method: step by $-H^{-1} g$, with the gradient $g$ and the Hessian $H$. Let
# $\pi_i$ be the probabilities of example $i$ and $e_i$ its label, one-hot. Then $g$ and $H$ are means of
#
# $$g_a = (\pi_i - e_i)^\top z_i, \quad g_b = \pi_i - e_i, \quad
# H_{aa} = z_i^\top S_i z_i, \quad H_{ab} = S_i z_i, \quad H_{bb} = S_i, \quad
# S_i = \mathrm{diag}(\pi_i) - \pi_i \pi_i^\top$$
#
# Add the same number to all of $b$, and no probability changes. So $H$ is singular; its pseudo-inverse gives
# the shortest of the possible steps.
#
# At the minimum $g_b = 0$. This says that after BCTS the mean probability of each class *is* its frequency
# among the validation labels. After TS it need not be.


# %%
def newton_step(
    z: Float[Tensor, "n k"], y: Tensor, a: Tensor, b: Tensor, with_bias: bool
) -> tuple[Tensor, Tensor]:
    """The gradient g of the loss by (a, b), (1 + k,), and the step -H^-1 g; without bias only a moves."""
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
    """Calibrate logits (n, k) of validation examples with the labels y (n,): TS, or BCTS with `bias`.

    If there are only probabilities, give their logarithms. Raises ValueError for labels outside 0..k-1,
    logits that are not finite, with `bias` for a class without an example (its bias would be minus infinity),
    and where no temperature is best: all examples classified rightly, or no better than at random.
    """
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
    a, b = torch.ones(()).to(z), torch.zeros(z.shape[1]).to(z)

    def loss(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(a * z + b, y)

    for _ in range(100):
        g, step = newton_step(z, y, a, b, bias)
        decrease = float(-g @ step)
        if decrease <= 1e-20:
            break
        size = 1.0  # halved until the step lowers the loss by at least a quarter of what its slope promises
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
