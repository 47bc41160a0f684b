"""The linear model of the notes: prediction, loss, and minibatch gradient descent."""

from collections.abc import Iterable

import torch
from jaxtyping import Float
from torch import Tensor

from .errors import blaming, brief, check_counts, check_learning_rate, check_numbers, check_tensors
from .guards import in_shape_of


def linreg(X: Tensor, w: Tensor, b: Tensor | float) -> Tensor:
    """Linear regression `X w + b` (003 2.1, 004 3.5.2), which is also one fully connected layer.

    X: features, shape (n, d). w: weights, shape (d,) or (d, q). b: bias, a scalar or shape (q,).
    Returns shape (n,) or (n, q). Raises ValueError if X and w disagree on d or their type, and for a `b` that
    is not one number an output: a `b` of shape (n,) would broadcast to (n, n).
    """
    check_tensors(X=X, w=w)
    if not X.dim() or w.dim() not in (1, 2) or X.shape[-1] != w.shape[0]:
        raise ValueError(
            f"X, w: X of shape {tuple(X.shape)} has {X.shape[-1] if X.dim() else 0} features an example, "
            f"but w of shape {tuple(w.shape)} weighs {w.shape[0] if w.dim() else 'none'}"
        )
    if isinstance(b, Tensor):
        outputs = w.shape[1] if w.dim() == 2 else 1
        if b.numel() != 1 and tuple(b.shape) not in ((outputs,), (1, outputs)):
            raise ValueError(
                f"b: shape {tuple(b.shape)} for w of shape {tuple(w.shape)}; one number for each of the "
                f"{outputs} outputs is needed, shape ({outputs},)"
            )
    else:
        check_numbers(b=b)
    with blaming("X, w, b", X):
        if w.dim() == 2 and isinstance(b, Tensor) and X.dtype == w.dtype == b.dtype:
            return torch.addmm(b, X, w)  # X @ w + b in one kernel, that of nn.Linear: both round alike
        return X @ w + b


def squared_loss(y_hat: Tensor, y: Tensor) -> Tensor:
    """Half the squared error of every example, `(y_hat - y)^2 / 2`, in the shape of `y_hat` (003 2.2).

    A `y` of shape (n,) is read as (n, 1) where `y_hat` is (n, 1). Raises ValueError if the two differ in
    shape otherwise, which would broadcast to a matrix of wrong losses.
    """
    check_tensors(y_hat=y_hat, y=y)
    labels = in_shape_of(y, y_hat)
    if labels is None:
        raise ValueError(
            f"y_hat, y: {y.numel()} labels of shape {tuple(y.shape)} for "
            f"{y_hat.numel()} predictions of shape {tuple(y_hat.shape)}"
        )
    return (y_hat - labels) ** 2 / 2


def sgd(params: Iterable[Float[Tensor, "..."]], lr: float, batch_size: int) -> None:
    """One step of minibatch gradient descent, in place: `param <- param - lr * grad / batch_size` (003 5.4).

    The gradients are those of the *sum* of the losses of a batch of `batch_size` examples, and are set to
    zero afterwards, because PyTorch adds to them.
    Raises ValueError for a learning rate that is negative or not finite, a batch size below 1, or no
    parameters at all, RuntimeError if a parameter has no gradient.
    """
    check_counts(batch_size=batch_size)
    check_learning_rate(lr)
    if isinstance(params, (Tensor, str, dict, type)) or not isinstance(params, Iterable):
        raise TypeError(f"params: expected a list of parameters, such as [w, b], got {brief(params)}")
    steps = []
    for i, param in enumerate(params):
        check_tensors(params=param)
        if param.grad is None:
            raise RuntimeError(
                f"params: parameter {i} of shape {tuple(param.shape)} has no gradient; "
                "call l.sum().backward() first, on a loss that uses it"
            )
        steps.append((param, param.grad))
    if not steps:
        raise ValueError(
            "params: there are none; a generator such as net.parameters() is used up after one call, "
            "keep list(net.parameters())"
        )
    with torch.no_grad():
        for param, grad in steps:
            param -= lr * grad / batch_size
            grad.zero_()
