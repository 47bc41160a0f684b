"""What training and evaluation refuse, because it would fail far from its cause or be silently wrong.

None of these checks waits for an accelerator on every batch: shapes and types are known on the host, values
are looked at once a pass where the data set is held in memory.
"""

import functools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .errors import brief, check_tensors

# The losses whose labels are class numbers; those that compare value by value; and, of these, those of
# labels from 0 to 1, with the score above which their prediction is 1. Other losses are taken as they are.
_OF_CLASSES: set[Any] = {nn.CrossEntropyLoss, nn.NLLLoss, F.cross_entropy, F.nll_loss}
_BINARY: dict[Any, float] = {
    nn.BCEWithLogitsLoss: 0.0,
    F.binary_cross_entropy_with_logits: 0.0,
    nn.BCELoss: 0.5,
    F.binary_cross_entropy: 0.5,
}
_BY_VALUE: set[Any] = {
    nn.MSELoss, nn.L1Loss, nn.SmoothL1Loss, nn.HuberLoss, F.mse_loss, F.l1_loss, F.smooth_l1_loss,
    F.huber_loss, *_BINARY,
}  # fmt: skip
_ORDER = "the order is net, train_iter, test_iter, loss, num_epochs, updater"


def _known(loss: Any) -> Any:
    """What the tables above know a loss by: its class, or the function itself, out of a `partial`."""
    loss = loss.func if isinstance(loss, functools.partial) else loss
    return type(loss) if isinstance(loss, nn.Module) else getattr(loss, "__wrapped__", loss)


def _among(loss: Any, table: Any) -> bool:
    try:
        return _known(loss) in table
    except TypeError:  # a callable that cannot be hashed
        return False


def threshold_of(loss: Any) -> float | None:
    """The score above which a net of one output predicts class 1 under `loss`; None if it does not say."""
    return _BINARY[_known(loss)] if _among(loss, _BINARY) else None


# Arguments


def check_training(net: Any, train_iter: Any, loss: Any, updater: Any, *, num_epochs: int = 1) -> None:
    """Raise TypeError or ValueError, naming the argument, for what cannot be trained with."""
    check_function("net", net, "a module or function from X to scores", "net = {}(...)")
    check_batches("train_iter", train_iter, num_epochs)
    check_function("loss", loss, "a function of (y_hat, y)", "{}()")
    check_updater(updater)


def check_updater(updater: Any) -> None:
    """Raise TypeError unless this is an optimizer or a function."""
    if isinstance(updater, torch.optim.Optimizer):
        return
    make = "{}(net.parameters(), lr=0.1)"
    check_function("updater", updater, "an optimizer or a function of batch_size", make)


def check_function(name: str, value: Any, expected: str, make: str) -> None:
    """Raise TypeError unless `value` can be called and is no class."""
    if isinstance(value, type):
        raise TypeError(
            f"{name}: got the class {value.__name__} itself; make one, {make.format(value.__name__)}"
        )
    if not callable(value):
        order = f"; {_ORDER}" if hasattr(value, "__iter__") and not isinstance(value, (str, dict)) else ""
        raise TypeError(f"{name}: expected {expected}, got {brief(value)}{_purpose(value) or order}")


def _purpose(value: Any) -> str:
    """What an object that says so is meant for, instead of this: the classes of edition 1.0 do."""
    purpose = getattr(value, "meant_for", "")
    return f"; a {type(value).__name__} is for {purpose}" if purpose and isinstance(purpose, str) else ""


def check_batches(name: str, value: Any, passes: int = 1, order: str = _ORDER) -> None:
    """Raise TypeError unless `value` can be iterated over, ValueError for more `passes` than it can give."""
    if isinstance(value, (str, dict, type, Tensor)) or not hasattr(value, "__iter__"):
        order = f"; {order}" if callable(value) and not isinstance(value, type) else ""
        raise TypeError(
            f"{name}: expected batches (X, y), such as load_array gives, got {brief(value)}"
            f"{_purpose(value) or order}"
        )
    if passes > 1 and isinstance(value, Iterator):
        raise ValueError(
            f"{name}: a {type(value).__name__} is used up after one epoch of {passes}; "
            f"pass list({name}), a DataLoader, or what load_array gives"
        )


def pairs(name: str, data_iter: Iterable) -> Iterator[tuple[Tensor, Tensor]]:
    """The batches of `data_iter`. Raises TypeError for one that is no pair of tensors (X, y)."""
    for batch in data_iter:
        parts = list(batch) if isinstance(batch, (tuple, list)) else [batch]
        if len(parts) != 2 or not isinstance(parts[1], Tensor):
            raise TypeError(f"{name}: expected batches (X, y) of tensors, got {', '.join(map(brief, parts))}")
        yield parts[0], parts[1]


def check_trainable(l: Tensor, net: Any, y_hat: Tensor) -> None:
    """Raise ValueError if no gradient can flow from the loss `l` back to the net."""
    if l.requires_grad:
        return
    if y_hat.requires_grad:
        raise ValueError(
            "loss: its value is cut off from the net's output, so that there is no gradient; "
            "compute it from y_hat without .item(), .detach(), .numpy() or torch.no_grad()"
        )
    if isinstance(net, nn.Module) and not any(parameter.requires_grad for parameter in net.parameters()):
        raise ValueError(
            "net: none of its parameters can be trained, requires_grad is False for all; "
            "net.requires_grad_(True) makes them trainable"
        )
    raise ValueError(
        "net: its output has no gradient; does it use parameters that require one, without .detach() or "
        "torch.no_grad()?"
    )


# Predictions


def scores(net: Callable[..., Tensor], X: Tensor) -> Tensor:
    """`net(X)`. Raises ValueError or TypeError, saying what does not fit, where torch's error would not."""
    try:
        y_hat = net(X)
    except RuntimeError as error:
        if not isinstance(X, Tensor) or not any(word in str(error) for word in ("shape", "size", "dtype")):
            raise
        features = X[0].numel() if X.dim() and len(X) else 0
        raise ValueError(
            f"net: cannot take X of shape {tuple(X.shape)}, {features} features an example, and type "
            f"{X.dtype} ({error}); make the net for data of that shape and type"
        ) from error
    except ValueError as error:
        if "more than 1 value per channel" not in str(error):
            raise
        raise ValueError(
            f"net: BatchNorm cannot train on a batch of one example, X of shape {tuple(X.shape)}; leave a "
            "last batch of one out, load_array(..., drop_last=True), or choose another batch_size"
        ) from error
    if not isinstance(y_hat, Tensor):
        raise TypeError(f"net: expected it to give a tensor of scores, got {brief(y_hat)}")
    return y_hat


# Labels


def in_shape_of(y: Tensor, y_hat: Tensor) -> Tensor | None:
    """`y` in the shape of `y_hat`, if they differ by dimensions of size 1 only, such as (n,) and (n, 1)."""
    if y.shape == y_hat.shape:
        return y
    if not y.dim() or not y_hat.dim() or len(y) != len(y_hat):
        return None
    mine, theirs = ([size for size in t.shape[1:] if size != 1] for t in (y, y_hat))
    return y.reshape(y_hat.shape) if mine == theirs else None


def would_broadcast(y: Tensor, y_hat: Tensor) -> ValueError:
    """What to raise if `y` is compared value by value with predictions of another shape."""
    if y.dim() < y_hat.dim() and not y.is_floating_point():
        remedy = "for class numbers use CrossEntropyLoss"
    elif len(y_hat.shape) == 2 and y_hat.shape[1] == 1:
        remedy = "give one row an example, y.reshape(-1, 1)"
    else:
        remedy = "make a net with as many outputs as an example has labels"
    return ValueError(
        f"y: shape {tuple(y.shape)} beside predictions of shape {tuple(y_hat.shape)} would broadcast; "
        f"{remedy}"
    )


def check_classes(y: Tensor, num_classes: int, ignored: int | None = None) -> None:
    """Raise ValueError unless `y` holds whole numbers from 0 to `num_classes` - 1, or `ignored`."""
    if not y.numel():
        return
    if ignored is not None:
        y = torch.where(y == ignored, torch.zeros_like(y), y)
    if y.is_floating_point() and not bool((y == y.floor()).all()):
        wrong = float(y[y != y.floor()].flatten()[0])
        raise ValueError(
            f"y: label {wrong:g} is no class, a whole number from 0 to {num_classes - 1}; "
            "y.long() makes classes of whole numbers"
        )
    low, high = (int(bound) for bound in (y.to(torch.uint8) if y.dtype == torch.bool else y).aminmax())
    if low < 0 or high >= num_classes:
        raise ValueError(
            f"y: label {low if low < 0 else high} is outside the classes 0 to {num_classes - 1}; "
            f"the net gives {num_classes} outputs"
        )


def check_between_0_and_1(y: Tensor) -> None:
    """Raise ValueError if a label is outside [0, 1]; NaN is left to the loss."""
    wrong = (y < 0) | (y > 1)
    if bool(wrong.any()):
        raise ValueError(
            f"y: label {float(y[wrong].flatten()[0]):g} is outside 0 to 1, which this loss compares with"
        )


class Labels:
    """The guard on labels that training and evaluation share, made anew for a pass over `data_iter`.

    `labels(y_hat, y, source)` is `y` as the loss takes it: class numbers as int64, labels that are compared
    value by value in the shape and type of the predictions. No value is changed by that; what would have to
    be changed, or would broadcast, is refused with a ValueError that names the remedy.

    loss: None where only the accuracy is asked for. source: the labels as `data_iter` gave them; their values
    are looked at there, or in the whole data set once, and never on an accelerator batch by batch.
    """

    def __init__(self, data_iter: Iterable, loss: Any = None) -> None:
        self.loss = loss
        tensors = getattr(getattr(data_iter, "dataset", None), "tensors", None)
        self._all = tensors[-1] if isinstance(tensors, (tuple, list)) and tensors else None
        self._seen = False
        self._later: list[tuple[Callable[..., None], tuple]] = []

    def __call__(self, y_hat: Tensor, y: Tensor, source: Tensor) -> Tensor:
        check_tensors(y=y)
        if not y.dim() or not y_hat.dim() or len(y) != len(y_hat):
            raise ValueError(
                f"y: labels of shape {tuple(y.shape)} for predictions of shape {tuple(y_hat.shape)}; "
                "one row an example is needed in both"
            )
        values = source if self._all is None else self._all if not self._seen else source[:0]
        self._seen = True
        if _among(self.loss, _OF_CLASSES):
            return self._classes(y_hat, y, values)
        if _among(self.loss, _BY_VALUE):
            return self._by_value(y_hat, y, values)
        return self._undeclared(y_hat, y, values)

    def finish(self) -> None:
        """Look at the values that were left on an accelerator."""
        for check, arguments in self._later:
            check(*arguments)

    def _look(self, check: Callable[..., None], values: Tensor, *more: Any) -> None:
        if values.device.type == "cpu" or self._all is not None:
            check(values, *more)
        else:
            self._later.append((check, (values, *more)))

    def _classes(self, y_hat: Tensor, y: Tensor, values: Tensor) -> Tensor:
        if y_hat.dim() < 2 or (y_hat.shape[1] < 2 and self.loss is not None):
            raise ValueError(
                f"net: gives predictions of shape {tuple(y_hat.shape)}, but this loss needs one column a "
                "class, at least two; for one output and two classes use BCEWithLogitsLoss"
            )
        if y.shape == y_hat.shape[:1] + y_hat.shape[2:]:
            self._look(check_classes, values, y_hat.shape[1], getattr(self.loss, "ignore_index", None))
            return y.long()
        if y.shape == y_hat.shape:  # one-hot, or probabilities
            if _known(self.loss) in (nn.NLLLoss, F.nll_loss):
                raise ValueError(f"y: shape {tuple(y.shape)}; this loss takes class numbers, y.argmax(1)")
            self._look(check_between_0_and_1, values)
            return y if y.is_floating_point() else y.to(y_hat.dtype)
        remedy = "class numbers have shape (n,)"
        if y.shape[1:].numel() == 1 and y_hat.dim() == 2:
            remedy = "class numbers have one dimension, y.squeeze(1)"
        elif y.dim() == y_hat.dim():
            remedy = f"the net gives {y_hat.shape[1]} outputs for {y.shape[1]} columns of one-hot labels"
        raise ValueError(
            f"y: labels of shape {tuple(y.shape)} for predictions of shape {tuple(y_hat.shape)}; {remedy}"
        )

    def _by_value(self, y_hat: Tensor, y: Tensor, values: Tensor) -> Tensor:
        shaped = in_shape_of(y, y_hat)
        if shaped is None:
            raise would_broadcast(y, y_hat)
        if _among(self.loss, _BINARY):
            self._look(check_between_0_and_1, values)
        return shaped if shaped.is_floating_point() else shaped.to(y_hat.dtype)

    def _undeclared(self, y_hat: Tensor, y: Tensor, values: Tensor) -> Tensor:
        """A loss of one's own, or none: class numbers are what looks like them."""
        if (shaped := in_shape_of(y, y_hat)) is not None:
            return shaped
        of_classes = self.loss is None or not y.is_floating_point()
        if y_hat.dim() > 1 and y_hat.shape[1] > 1 and of_classes:
            return self._classes(y_hat, y, values)
        if y_hat.dim() == 2 and y.dim() == 1 and y_hat.shape[1] == len(y):
            self._try_one_more(y_hat, y)
        return y

    def _try_one_more(self, y_hat: Tensor, y: Tensor) -> None:
        """Predictions (n, n) and labels (n,): with n + 1 examples a loss that broadcasts them fails."""
        try:
            with torch.no_grad():
                self.loss(torch.cat([y_hat, y_hat[:1]]), torch.cat([y, y[:1]]))
        except RuntimeError:
            raise would_broadcast(y, y_hat) from None


# Data


def data_fault(batch: int | None, X: Any, y: Any) -> str | None:
    """'X of batch 1 has 1 NaN, in column 1 (X[:, 1])', if that is so. batch: None for all data."""
    of = "" if batch is None else f" of batch {batch}"
    for name, values in (("X", X), ("y", y)):
        if not isinstance(values, Tensor) or not values.is_floating_point() or bool(values.isfinite().all()):
            continue
        nans, infinite = int(values.isnan().sum()), int(values.isinf().sum())
        counts = [f"{nans} NaN"] * (nans > 0)
        counts += [f"{infinite} infinite value{'s' * (infinite > 1)}"] * (infinite > 0)
        return f"{name}{of} has {' and '.join(counts)}{_columns(name, values)}"
    return None


def _columns(name: str, values: Tensor) -> str:
    if values.dim() > 2:
        place = (~values.isfinite()).nonzero()[0].tolist()
        return f", the first at {name}[{', '.join(map(str, place))}]"
    if values.dim() != 2 or values.shape[1] == 1:
        return ""
    wrong = (~values.isfinite()).any(dim=0).nonzero().flatten().tolist()
    if len(wrong) == 1:
        return f", in column {wrong[0]} ({name}[:, {wrong[0]}])"
    return f", in {len(wrong)} columns: {', '.join(map(str, wrong[:5]))}{', ...' * (len(wrong) > 5)}"


def fault_in(data_iter: Any) -> str | None:
    """`data_fault` of the first batch with one; of a data set held in memory, of its tensors."""
    tensors = getattr(getattr(data_iter, "dataset", None), "tensors", None)
    if isinstance(tensors, (tuple, list)) and len(tensors) == 2:
        return data_fault(None, *tensors)
    if isinstance(data_iter, Iterator):
        return None
    found = (data_fault(i, X, y) for i, (X, y) in enumerate(data_iter, start=1))
    return next((fault for fault in found if fault), None)
