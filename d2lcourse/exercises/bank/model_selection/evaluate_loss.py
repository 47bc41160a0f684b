"""The exercise evaluate_loss: its stub, its hints, and what it is tried on."""

from collections.abc import Callable
from typing import Any

from d2lcourse.exercises.exercise import Case, Exercise


def _losses(y_hat: Any, y: Any) -> Any:
    """One loss an example, as for counts: not the same when y_hat and y change places, and often negative."""
    return (y_hat.exp() - y * y_hat).sum(dim=1, keepdim=True)


def _evaluated(answer: Callable[..., Any], net: Any, data_iter: Any, loss: Any) -> dict[str, Any]:
    """The value, and how the net is treated meanwhile and afterwards."""
    import torch

    tracked = []
    net.register_forward_hook(lambda *_: tracked.append(torch.is_grad_enabled()))
    value = answer(net, data_iter, loss)
    if isinstance(value, torch.Tensor) and value.shape == ():
        value = value.item()  # so that a mistake is known with or without it
    return {
        "": value,
        "gradients are tracked while the net predicts": any(tracked),
        "the net is in training mode afterwards": net.training,
        "so are all its layers": all(one.training for one in net.modules()),
        "gradients are tracked afterwards": torch.is_grad_enabled(),
    }


def _evaluate_cases() -> list[Case]:
    import torch
    from torch import nn

    def case(
        about: str, sizes: tuple[int, ...], *, dtype: torch.dtype = torch.float32, p: float = 0.0, q: int = 1
    ) -> Case:
        net = nn.Sequential(nn.Linear(2, q), nn.Dropout(p)).to(dtype)
        X, y = torch.randn(sum(sizes), 2, dtype=dtype), 3 * torch.randn(sum(sizes), q, dtype=dtype)
        batches = list(zip(X.split(list(sizes)), y.split(list(sizes)), strict=True))
        return Case(about, (net, batches, _losses), _evaluated)

    return [
        case("a linear net, and batches of 3, 3 and 1", (3, 3, 1)),
        case("batches of 4 and 2, in float64", (4, 2), dtype=torch.float64),
        case("a net that drops everything while it trains, batches of 2, 2 and 1", (2, 2, 1), p=1.0),
        case("one batch", (5,)),
        case("two labels an example, batches of 4 and 1", (4, 1), q=2),
    ]


EXERCISE = Exercise(
    name="evaluate_loss",
    notes="004 3.5.2, 004 3.4.1",
    stub='''
    def evaluate_loss(net: torch.nn.Module, data_iter: list, loss) -> float:
        """The mean loss of an example, over all batches.

        net: a module in training mode, from X to predictions. Meanwhile it is to be in evaluation mode
        (without dropout), and no gradients are tracked; afterwards it is in training mode again, and they
        are tracked.
        data_iter: batches (X, y), the last of which may be smaller.
        loss: loss(net(X), y) has one loss an example, shape (n, 1).
        Returns the sum of all losses divided by the number of all examples.
        """
        raise NotImplementedError
    ''',
    hints=(
        "Two sums over the batches, that of the losses and that of the examples. Divide once, at the end.",
        "In the loop: total += loss(net(X), y).sum() and examples += len(y). Around it: net.eval() and "
        "`with torch.no_grad():`, and net.train() afterwards.",
        "The mean of the batches' means is another number if the last batch is smaller: its examples would "
        "count for more.",
    ),
    reference="d2lcore.metrics.evaluate_loss",
    cases=_evaluate_cases,
)
