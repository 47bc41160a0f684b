"""The exercise sigmoid: its stub, its hints, and what it is tried on."""

from collections.abc import Callable
from typing import Any

from d2lcourse.exercises.exercise import Case, Exercise, expect, gradients


def _logarithm(answer: Callable[..., Any], X: Any) -> dict[str, Any]:
    """Of the confidence, which is too small to be compared itself."""
    return {"its logarithm": expect(answer(X), "of confidences").log()}


def _sigmoid_cases() -> list[Case]:
    import torch

    def scores(*values: float) -> torch.Tensor:
        return torch.tensor(values, dtype=torch.float64, requires_grad=True)

    large = torch.tensor([200.0, -200.0, 95.0, -95.0], requires_grad=True)
    return [
        Case("three numbers", (torch.tensor([-1.0, 0.0, 2.0]),)),
        Case("four numbers, float64, with gradients", (scores(-3.0, 0.5, -20.0, 1.0),), gradients("X")),
        Case("a matrix", (torch.tensor([[1.0, -2.0, 0.5], [0.0, 4.0, -0.5]]),)),
        Case("numbers of 1e4, with gradients", (scores(1e4, -1e4),), gradients("X")),
        Case("numbers of 200 in float32, with gradients", (large,), gradients("X")),
        Case("of numbers far below 0, the logarithm", (scores(-20.0, -18.0, -25.0).detach(),), _logarithm),
        Case("three dimensions", (torch.linspace(-3, 4, 12).reshape(2, 3, 2),)),
    ]


EXERCISE = Exercise(
    name="sigmoid",
    notes="000 1.1.2, 003 4.2.2",
    stub='''
    def sigmoid(X: Tensor) -> Tensor:
        """Any number as a confidence: 1 / (1 + exp(-x)), element by element.

        X: numbers of any size, any shape.
        Returns the shape and type of X, values in [0, 1], through which finite gradients reach X.
        """
        raise NotImplementedError
    ''',
    hints=(
        "Start from the formula with torch.exp. Then ask what becomes of it, and of its gradient, where x is "
        "1e4 or -1e4.",
        "1 / (1 + exp(-x)) = exp(x) / (1 + exp(x)): of exp(-x) where x >= 0 and exp(x) elsewhere "
        "none overflows. Call it z: then it is 1 / (1 + z) or z / (1 + z); torch.where chooses.",
        "torch.where computes both branches, and an infinite one that is not chosen still makes the gradient "
        "nan (0 times infinite): both have to be finite. And x.abs() has the gradient 0 at x = 0, where the "
        "sigmoid has 1/4. torch.sigmoid takes care of all that.",
    ),
    reference="chapters.logistic_regression.sigmoid",
    cases=_sigmoid_cases,
)
