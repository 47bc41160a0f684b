"""The exercise far_from_zero_: its stub, its hints, and what it is tried on."""

import math
from collections.abc import Callable
from typing import Any

from d2lcourse.exercises.exercise import Case, Exercise, Measured, expect


def _filled(answer: Callable[..., Any], W: Any) -> dict[str, Any]:
    """What can be said of the weights without knowing what was drawn."""
    import torch

    before = W.detach().clone()
    returned = expect(answer(W), "W")
    drawn = W.detach().double().clone()
    answer(W)
    error = 0.5 / math.sqrt(drawn.numel())
    seen: dict[str, Any] = {
        "W itself has been filled": not torch.equal(W.detach(), before),
        "what is returned is W itself": returned is W,
        "a second call draws other weights": not torch.equal(W.detach().double(), drawn),
        "different rows": len(drawn.unique(dim=0)),
        "weights with 0 < |w| < 5, or |w| > 10": int(
            ((drawn.abs() < 5) & (drawn != 0) | (drawn.abs() > 10)).sum()
        ),
    }
    for name, part in {"w >= 5": drawn >= 5, "w = 0": drawn == 0, "w <= -5": drawn <= -5}.items():
        seen[f"share of {name}"] = Measured(part.double().mean(), error)
    far = drawn[drawn != 0].abs()
    mean = far.mean() if len(far) else torch.tensor(0.0)
    outer = ((far < 6) | (far > 9)).double().mean() if len(far) else torch.tensor(0.0)
    return seen | {
        "mean of |w| where it is not 0": Measured(mean, 3 / math.sqrt(drawn.numel())),
        "share of |w| below 6 or above 9, of those that are not 0": Measured(outer, 2 * error),
        "axes along which the signs do not change": _unchanging(drawn.sign()),
    }


def _unchanging(signs: Any) -> list[int]:
    return [axis for axis in (0, 1) if bool((signs == signs.narrow(axis, 0, 1)).all())]


def _cases() -> list[Case]:
    import torch

    trained = torch.full((100, 200), 9.0, dtype=torch.float64, requires_grad=True)
    return [
        Case("100 outputs, 150 inputs", (torch.full((100, 150), 9.0),), _filled, mutates=True),
        Case("a parameter that is trained, float64", (trained,), _filled, mutates=True),
    ]


EXERCISE = Exercise(
    name="far_from_zero_",
    notes="003 6.2.2",
    stub='''
    def far_from_zero_(W: Tensor) -> Tensor:
        """Fill W, in place: U(5, 10) or U(-10, -5), each with probability 1/4, else 0.

        W: weights, shape (n_out, n_in); they may require gradients. Each is drawn by itself.
        Returns W itself.
        """
        raise NotImplementedError
    ''',
    hints=(
        "Draw more than you keep: a uniform distribution over all of [-10, 10] has the right ends.",
        "W.uniform_(-10, 10), then 0 where W.abs() < 5: that is half of the draws.",
        "A parameter, which requires gradients, may be changed in place only within `with torch.no_grad():`. "
        "And W = W * mask makes another tensor: W *= mask, or masked_fill_, changes W.",
    ),
    reference="chapters.building_models.far_from_zero_",
    cases=_cases,
)
