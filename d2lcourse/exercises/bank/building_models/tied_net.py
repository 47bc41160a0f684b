"""The exercise tied_net: its stub, its hints, and what it is tried on."""

from collections.abc import Callable
from typing import Any

from d2lcourse.exercises.exercise import Case, Exercise, Unexpected


def _looked_at(answer: Callable[..., Any], first: Any, shared: Any, last: Any, X: Any) -> dict[str, Any]:
    """What the net gives, how many numbers it can learn, and the gradient of the layer that is shared."""
    import torch

    net = answer(first, shared, last)
    if not isinstance(net, torch.nn.Module):
        raise Unexpected(f"it returns a {type(net).__name__}, where an nn.Sequential is expected")
    O = net(X)
    seen = {
        "the scores": O.detach(),
        "numbers that it can learn": sum(one.numel() for one in net.parameters()),
    }
    O.square().sum().backward()
    seen["names in its state"] = len(net.state_dict())
    for name in ("weight", "bias"):
        grad = getattr(shared, name).grad
        seen[f"the gradient of shared.{name}"] = torch.zeros(1) if grad is None else grad
    return seen


def _cases() -> list[Case]:
    import torch

    def layers(d: int, h: int, q: int, n: int, scale: float = 1.0) -> tuple[Any, ...]:
        sizes = (d, h), (h, h), (h, q)
        nets = [torch.nn.Linear(*size).double() for size in sizes]
        nets[2].bias.data.copy_(torch.linspace(-0.5, 0.5, q + 1)[:q])  # some scores are negative
        return (*nets, scale * torch.randn(n, d).double())

    return [
        Case("4 inputs, 8 units, 1 output", layers(4, 8, 1, 6), _looked_at, mutates=True),
        Case("3 inputs, 5 units, 2 outputs", layers(3, 5, 2, 9), _looked_at, mutates=True),
        Case("large inputs", layers(4, 6, 3, 2, scale=1e3), _looked_at, mutates=True),
    ]


EXERCISE = Exercise(
    name="tied_net",
    notes="003 6.2.3",
    stub='''
    def tied_net(first: torch.nn.Linear, shared: torch.nn.Linear, last: torch.nn.Linear) -> torch.nn.Module:
        """A net that uses the layer `shared` in two places, with one weight for both.

        first: (n, d) -> (n, h). shared: (n, h) -> (n, h). last: (n, h) -> (n, q).
        Returns first, ReLU, shared, ReLU, shared, ReLU, last, in a torch.nn.Sequential.
        """
        raise NotImplementedError
    ''',
    hints=(
        "The same object may stand in a Sequential twice. Nothing has to be copied.",
        "nn = torch.nn, then nn.Sequential(first, nn.ReLU(), shared, nn.ReLU(), shared, nn.ReLU(), last).",
        "A copy, by copy.deepcopy or a new nn.Linear, starts with the same values and then goes its own way: "
        "it is another parameter. And without the ReLU between them, two linear layers are one.",
    ),
    reference="chapters.building_models.tied_net",
    cases=_cases,
)
