"""The linear model of the notes: prediction, loss, and minibatch gradient descent."""

from collections.abc import Iterable

import torch
from jaxtyping import Float
from torch import Tensor

from .errors import check_counts


def linreg(X: Tensor, w: Tensor, b: Tensor | float) -> Tensor:
    """Linear regression `X w + b` (003 2.1, 004 3.5.2), which is also one fully connected layer.

    X: features, shape (n, d). w: weights, shape (d,) or (d, q). b: bias, a scalar or shape (q,).
    Returns shape (n,) or (n, q). Raises ValueError if X and w disagree on d.
    """
    if X.shape[-1] != w.shape[0]:
        raise ValueError(
            f"X, w: X of shape {tuple(X.shape)} has {X.shape[-1]} features an example, "
            f"but w of shape {tuple(w.shape)} weighs {w.shape[0]}"
        )
    if w.dim() == 2 and isinstance(b, Tensor) and X.dtype == w.dtype == b.dtype:
        return torch.addmm(b, X, w)  # X @ w + b in the one kernel that nn.Linear calls: both round alike
    return X @ w + b


def squared_loss(y_hat: Tensor, y: Tensor) -> Tensor:
    """Half the squared error of every example, `(y_hat - y)^2 / 2`, in the shape of `y_hat` (003 2.2).

    A `y` of shape (n,) is read as (n, 1) where `y_hat` is (n, 1). Raises ValueError if the two hold
    different numbers of values, which would broadcast to a matrix of wrong losses.
    """
    if y.numel() != y_hat.numel():
        raise ValueError(
            f"y: {y.numel()} labels of shape {tuple(y.shape)} for "
            f"{y_hat.numel()} predictions of shape {tuple(y_hat.shape)}"
        )
    return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2


def sgd(params: Iterable[Float[Tensor, "..."]], lr: float, batch_size: int) -> None:
    """One step of minibatch gradient descent, in place: `param <- param - lr * grad / batch_size` (003 5.4).

    The gradients are those of the *sum* of the losses of a batch of `batch_size` examples, and are set to
    zero afterwards, because PyTorch adds to them.
    Raises ValueError for a negative learning rate or a batch size below 1, RuntimeError if a parameter has
    no gradient.
    """
    check_counts(batch_size=batch_size)
    if not lr >= 0:
        raise ValueError(f"lr: a learning rate cannot be negative, got {lr}")
    steps = []
    for i, param in enumerate(params):
        if param.grad is None:
            raise RuntimeError(
                f"params: parameter {i} of shape {tuple(param.shape)} has no gradient; "
                "call l.sum().backward() first, on a loss that uses it"
            )
        steps.append((param, param.grad))
    with torch.no_grad():
        for param, grad in steps:
            param -= lr * grad / batch_size
            grad.zero_()
