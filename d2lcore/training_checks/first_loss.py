"""Why a loss is no finite number before any step was taken, when no learning rate can be to blame."""

from typing import Any

from torch import Tensor, nn


def first_fault(net: Any, y_hat: Tensor) -> str:
    """The cause and its remedy, in the words of a checkup, where the data are finite."""
    where = "before the first step, so the learning rate is not to blame"
    if isinstance(net, nn.Module):
        for name, parameter in net.named_parameters():
            if not bool(parameter.detach().isfinite().all()):
                return f"{where}: the parameter {name} is not finite; draw the net's weights anew"
    if not bool(y_hat.detach().isfinite().all()):
        return (
            f"{where}: the net gives scores that are not finite for finite inputs; look for an exp, a log or "
            "a division in it, and scale the inputs"
        )
    return (
        f"{where}: data and scores are finite (up to {float(y_hat.detach().abs().max()):.3g}), the loss is "
        "not; exp of "
        "a large score is infinite and log(0) is minus infinity, so give the scores to nn.CrossEntropyLoss"
    )
