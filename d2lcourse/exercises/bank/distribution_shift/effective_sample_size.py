"""The exercise effective_sample_size: its stub, its hints, and what it is tried on."""

from collections.abc import Callable
from typing import Any

from d2lcourse.exercises.exercise import Case, Exercise, doubles


def _number(answer: Callable[..., Any], beta: Any) -> Any:
    """The value; a tensor of shape () as the number it is, so that a mistake is known in either form."""
    import torch

    value = answer(beta)
    return value.item() if isinstance(value, torch.Tensor) and value.shape == () else value


def _sample_size_cases() -> list[Case]:
    return [
        Case("four equal weights", (doubles(0.5, 0.5, 0.5, 0.5),), _number),
        Case("three weights", (doubles(1.0, 2.0, 3.0),), _number),
        Case("one weight dwarfs the others", (doubles(100.0, 0.0, 0.01, 0.0),), _number),
        Case("weights of sum 1", (doubles(0.1, 0.2, 0.3, 0.4),), _number),
        Case("weights of 1e200", (doubles(1e200, 1e200, 0.0),), _number),
        Case("weights of 1e-200", (doubles(1e-200, 3e-200, 0.0),), _number),
    ]


EXERCISE = Exercise(
    name="effective_sample_size",
    notes="004 3.9.2",
    stub='''
    def effective_sample_size(beta: Tensor) -> float:
        """How many equally weighted examples these are worth: (sum beta)^2 / sum beta^2.

        beta: weights of any size, at least 0 and not all 0, shape (n,), float64.
        Returns a number from 1, where one weight has it all, to n, where all are equal.
        """
        raise NotImplementedError
    ''',
    hints=(
        "Two sums: the weights first added and then squared, and first squared and then added.",
        "beta.sum() ** 2 / (beta**2).sum()",
        "The square of 1e200 is infinite, and infinite / infinite is nan. A factor in all weights does not "
        "change the result: divide them by the largest before squaring.",
    ),
    reference="chapters.distribution_shift.risk.effective_sample_size",
    adapt=lambda function: lambda beta: float(function(beta)),
    cases=_sample_size_cases,
)
