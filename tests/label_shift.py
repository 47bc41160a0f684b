"""What the tests of label shift share: quapy, an oracle, and a source and a target with known labels."""

import warnings
from types import ModuleType

import numpy as np
import torch


def quapy() -> ModuleType:
    """The oracle's module; its first import compiles it, with warnings about its docstrings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import quapy.method.aggregative as aggregative
    return aggregative


def sample(seed: int = 0, n: int = 400, k: int = 4) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Labels of an unbalanced source, soft predictions that lean to them, and those on a target of n/2."""
    rng = np.random.default_rng(seed)
    q, p = rng.dirichlet(np.full(k, 5.0)), rng.dirichlet(np.full(k, 5.0))
    y, y_target = rng.choice(k, n, p=q), rng.choice(k, n // 2, p=p)
    centers = 1.5 * np.eye(k) + 0.5 * rng.standard_normal((k, k))  # asymmetric
    logits, target = (centers[one] + rng.standard_normal((len(one), k)) for one in (y, y_target))
    return torch.tensor(y), torch.tensor(logits).softmax(dim=1), torch.tensor(target).softmax(dim=1)


def logits_of_bayes(
    seed: int = 0, n: int = 300, k: int = 4, temperature: float = 1.0
) -> tuple[torch.Tensor, torch.Tensor]:
    """Labels, and logits that are right by Bayes' rule up to the factor `temperature`."""
    rng = np.random.default_rng(seed)
    q = rng.dirichlet(np.full(k, 4.0))
    y = rng.choice(k, n, p=q)
    X = np.eye(k)[y] * 1.5 + rng.standard_normal((n, k))  # class j is N(1.5 e_j, I)
    logits = 1.5 * X + np.log(q)
    return torch.tensor(y), temperature * torch.tensor(logits)
