"""What the functions of this chapter take: arrays and tensors of any kind, checked and made alike."""

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional as F

import d2lcore as d2l

Array = Tensor | np.ndarray  # what a function takes; what it computes is a tensor on the same device


def as_tensor(values: Array) -> Tensor:
    """A tensor as it is; an array as a copy, for torch takes none that is read-only or runs backwards."""
    return values if isinstance(values, Tensor) else torch.from_numpy(np.array(values))


def in_double(values: Array) -> Tensor:
    """As a float64 tensor without a gradient; on the CPU where the device (MPS) has no such type."""
    values = as_tensor(values).detach()
    return (values.cpu() if values.device.type == "mps" else values).to(torch.float64)


def flat(X: Float[Tensor, "n ..."]) -> Float[Tensor, "n d"]:
    """One row an example; n numbers are n examples of one feature."""
    return X.reshape(len(X), -1)


def as_weights(beta: Array, *, like: Tensor | None = None) -> Float[Tensor, " n"]:
    """The weights `beta`, shape (n,) or (n, 1), as a floating-point tensor of shape (n,).

    like: a tensor whose device and dtype they get; by default they keep theirs.
    Raises ValueError if one is negative, NaN or infinite, if there are none, or for another shape.
    """
    beta = as_tensor(beta)
    if beta.dim() == 2 and beta.shape[1] == 1:
        beta = beta.squeeze(1)
    if beta.dim() != 1 or not len(beta):
        raise ValueError(f"beta: expected one weight an example, shape (n,), got shape {tuple(beta.shape)}")
    if like is not None:
        beta = beta.to(like)
    elif not beta.is_floating_point():
        beta = beta.to(torch.get_default_dtype())
    wrong = ~(beta.isfinite() & (beta >= 0))
    if wrong.any():
        i = int(wrong.nonzero()[0])
        raise ValueError(
            f"beta: a ratio of densities is finite and not negative, but weight {i} is {float(beta[i]):g} "
            f"({int(wrong.sum())} such in all)"
        )
    return beta


def as_samples(X_source: Array, X_target: Array) -> tuple[Float[Tensor, "n d"], Float[Tensor, "m d"]]:
    """Both samples as floating-point matrices, one row an example, on the device of the source.

    X_source, X_target: shape (n, ...).
    Raises ValueError if one is empty or has values that are NaN or infinite, or if they differ in features.
    """
    samples = []
    for name, X in (("X_source", X_source), ("X_target", X_target)):
        X = as_tensor(X)
        if X.dim() == 0 or not X.numel():
            raise ValueError(f"{name}: shape {tuple(X.shape)} holds no examples; a ratio needs both samples")
        X = flat(X if X.is_floating_point() else X.to(torch.get_default_dtype()))
        if not X.isfinite().all():
            raise ValueError(f"{name}: {int((~X.isfinite()).sum())} values are NaN or infinite")
        samples.append(X)
    source, target = samples
    if source.shape[1] != target.shape[1]:
        raise ValueError(
            f"X_source, X_target: {source.shape[1]} features in the source, {target.shape[1]} in the target"
        )
    dtype = torch.promote_types(source.dtype, target.dtype)
    return source.to(dtype), target.to(source.device, dtype)


def as_classes(y: Array, num_classes: int, name: str = "y") -> Int[Tensor, " n"]:
    """Labels of shape (n,) or (n, 1) as int64 of shape (n,).

    Raises ValueError, with the argument's `name`, if there are none or one is not in 0..num_classes-1.
    """
    d2l.check_counts(num_classes=num_classes)
    y = as_tensor(y)
    if not y.numel() or y.shape not in (y.reshape(-1).shape, y.reshape(-1, 1).shape):
        raise ValueError(f"{name}: expected one class an example, shape (n,), got shape {tuple(y.shape)}")
    y = y.reshape(-1)
    wrong = ~((y >= 0) & (y < num_classes) & (y.long() == y))
    if wrong.any():
        raise ValueError(f"{name}: a class must be one of 0..{num_classes - 1}, got {y[wrong][0].item()}")
    return y.long()


def as_distributions(p: Array, name: str, row: str = "row") -> Float[Tensor, "*n k"]:
    """A distribution (k,), or one a row (n, k), in float64 and with a sum of 1 to its last digit.

    Raises ValueError, with the argument's `name` and the number of the `row`, if an entry is negative or not
    finite, or a sum is not 1 up to the rounding of its type.
    """
    p = as_tensor(p)
    slack = 1e-2 if p.dtype in (torch.float16, torch.bfloat16) else 1e-4
    p = in_double(p)
    wrong = ~((p >= -1e-9).all(dim=-1) & ((p.sum(dim=-1) - 1).abs() <= slack))  # NaN is wrong too
    if wrong.any():
        i = int(wrong.reshape(-1).nonzero()[0])
        bad = p.reshape(-1, p.shape[-1])[i]
        raise ValueError(
            f"{name}: probabilities are at least 0 and sum to 1; {f'{row} {i}' if p.dim() > 1 else 'it'} has "
            f"the sum {float(bad.sum()):.6g} and the smallest entry {float(bad.min()):.6g}; use softmax of "
            "logits, shares in place of counts, and true classes as columns of C"
        )
    return p.clamp(min=0) / p.clamp(min=0).sum(dim=-1, keepdim=True)


def as_shares(y_hat: Array, num_classes: int, name: str = "y_hat") -> Float[Tensor, "n k"]:
    """Predicted classes (n,) or probabilities (n, k) as shares (n, k) in float64.

    Raises ValueError for no examples, another number of classes, and rows that are no distribution.
    """
    y_hat = as_tensor(y_hat)
    if y_hat.dim() != 2 or y_hat.shape[1] == 1:
        return in_double(F.one_hot(as_classes(y_hat, num_classes, name), num_classes))
    if y_hat.shape[1] != num_classes or not len(y_hat):
        raise ValueError(
            f"{name}: expected classes (n,) or probabilities (n, {num_classes}), got {tuple(y_hat.shape)}"
        )
    return as_distributions(y_hat, name)


def as_system(C: Array, mu: Array) -> tuple[Float[Tensor, "k k"], Float[Tensor, " k"]]:
    """C and mu in float64 on the CPU, which is faster for so few numbers.

    Raises ValueError for shapes that do not fit, and a mu or columns of C that are no distributions.
    """
    C, mu = as_tensor(C), as_tensor(mu)
    if mu.dim() != 1 or C.shape != (len(mu), len(mu)):
        raise ValueError(
            f"C, mu: expected shapes (k, k) and (k,), got {tuple(C.shape)} and {tuple(mu.shape)}"
        )
    return as_distributions(C.T, "C", "column").T.cpu(), as_distributions(mu, "mu").cpu()


def as_prior(q: Array, num_classes: int) -> Float[Tensor, " k"]:
    """A prior of EM, (k,), in float64. Raises ValueError if it is no distribution or lacks a class."""
    q = as_distributions(q, "q")
    if q.shape != (num_classes,):
        raise ValueError(f"q: expected a prior of {num_classes} classes, as probs has, got {tuple(q.shape)}")
    if not q.all():
        raise ValueError(
            f"q: class {listed(q == 0)} has a prior of 0, so any weight would fit; leave the class out, or "
            "get examples of it"
        )
    return q


def listed(chosen: Tensor) -> str:
    """'2, 5' for the places where `chosen`, shape (k,), is true."""
    return ", ".join(str(int(i)) for i in chosen.nonzero())


def check_repeats(**counts: int) -> None:
    """Raise ValueError unless each is at least 2, which a standard deviation needs."""
    d2l.check_counts(**counts)
    for name, value in counts.items():
        if value < 2:
            raise ValueError(f"{name}: a standard deviation needs at least 2, got {value}")
