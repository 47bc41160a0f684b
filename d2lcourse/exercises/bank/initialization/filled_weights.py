"""What both of Xavier's distributions are tried on: weights that the answer has filled."""

import math
from collections.abc import Callable
from typing import Any

from d2lcourse.exercises.exercise import Case, Measured, expect


def filled(answer: Callable[..., Any], W: Any, gain: float) -> dict[str, Any]:
    """What can be said of the weights without knowing what was drawn."""
    import torch

    before = W.detach().clone()
    returned = expect(answer(W, gain), "W")
    drawn = W.detach().double().clone()
    n, std = drawn.numel(), float(drawn.std(correction=0))
    of_squares = float(drawn.square().std(correction=0))
    error_of_std = of_squares / (2 * (std or 1) * math.sqrt(n))
    answer(W, gain)
    return {
        "W itself has been filled": not torch.equal(W.detach(), before),
        "what is returned is W itself": returned is W,
        "different rows": len(drawn.unique(dim=0)),
        "different columns": len(drawn.T.unique(dim=0)),
        "mean of the weights": Measured(drawn.mean(), std / math.sqrt(n)),
        "standard deviation of the weights": Measured(std, error_of_std),
        "share of the weights within one standard deviation": Measured(
            (drawn.abs() <= std).double().mean(), math.sqrt(0.25 / n)
        ),
        "largest weight, in standard deviations, is above 2.5": bool(drawn.abs().max() > 2.5 * std > 0),
        "a second call draws other weights": not torch.equal(W.detach().double(), drawn),
    }


def weights_cases() -> list[Case]:
    import torch

    def case(about: str, W: Any, gain: float) -> Case:
        return Case(about, (W, gain), filled, mutates=True)

    trained = torch.full((170, 80), 9.0, dtype=torch.float64, requires_grad=True)
    return [
        case("150 inputs, 60 outputs", torch.full((60, 150), 9.0), 1.0),
        case(
            "80 inputs, 170 outputs, a parameter that is trained, float64, gain 5/3 for tanh", trained, 5 / 3
        ),
        case("140 inputs, 60 outputs, gain 0.6", torch.full((60, 140), 9.0), 0.6),
        case("a gain of 0", torch.full((3, 4), 9.0), 0.0),
    ]
