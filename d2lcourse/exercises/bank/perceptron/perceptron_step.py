"""The exercise perceptron_step: its stub, its hints, and what it is tried on."""

from collections.abc import Callable
from typing import Any

from d2lcourse.exercises.exercise import Case, Exercise


def _stepped(answer: Callable[..., Any], w: Any, b: Any, x: Any, y: Any, lr: float) -> dict[str, Any]:
    """The weights and the bias after a step, and what it says."""
    w, b = w.clone(), b.clone()
    mistake = answer(w, b, x, y, lr)
    return {"w after the step": w, "b after the step": b, "whether it was a mistake": mistake}


def _step_cases() -> list[Case]:
    import torch

    def example(
        w: list[float], b: float, x: list[float], y: float, lr: float, dtype: torch.dtype = torch.float32
    ) -> tuple[Any, ...]:
        column = torch.tensor(w, dtype=dtype).reshape(-1, 1)
        row, label = torch.tensor([x], dtype=dtype), torch.tensor([[y]], dtype=dtype)
        return column, torch.tensor([b], dtype=dtype), row, label, lr

    f64 = torch.float64
    return [
        Case(
            "a positive example on the wrong side", example([1.2, -2.1], 0.3, [0.7, 3.4], 1.0, 0.8), _stepped
        ),
        Case(
            "a negative example on the wrong side", example([2.0, 1.0], -1.0, [3.0, 0.5], -1.0, 0.5), _stepped
        ),
        Case(
            "a positive example on the right side", example([1.0, 1.0], 0.0, [2.0, 3.0], 1.0, 1.0), _stepped
        ),
        Case(
            "a negative example on the right side",
            example([1.1, 0.7], 0.5, [-1.0, 0.3], -1.0, 0.2),
            _stepped,
        ),
        Case(
            "a positive example on the right side, close to the line",
            example([0.7, -0.4], 0.15, [1.5, 2.0], 1.0, 1.0),
            _stepped,
        ),
        Case(
            "a negative example on the right side, close to the line",
            example([0.7, -0.4], -0.15, [0.5, 2.25], -1.0, 0.25),
            _stepped,
        ),
        Case("w = 0 and b = 0: it is on the line", example([0.0, 0.0], 0.0, [2.0, -1.0], 1.0, 1.0), _stepped),
        Case("the bias decides", example([1.0, 0.0], -3.0, [2.0, 1.0], 1.0, 1.0), _stepped),
        Case(
            "three weights, float64", example([1.0, 0.1, -1.0], 0.3, [0.5, 2.0, 4.0], 1.0, 0.1, f64), _stepped
        ),
        Case(
            "w = 0 and b = 0, a negative example",
            example([0.0, 0.0], 0.0, [2.0, -1.0], -1.0, 1.0),
            _stepped,
        ),
        Case("a positive example on the line", example([1.0, -1.0], 1.0, [1.0, 2.0], 1.0, 1.0), _stepped),
        Case("a negative example on the line", example([1.0, -1.0], 1.0, [1.0, 2.0], -1.0, 1.0), _stepped),
    ]


EXERCISE = Exercise(
    name="perceptron_step",
    notes="003 4.1",
    stub='''
    def perceptron_step(w: Tensor, b: Tensor, x: Tensor, y: Tensor, lr: float) -> bool:
        """Learn from one example: if y (x w + b) <= 0, w += lr y x and b += lr y.

        Both are changed in place, and only by a mistake: an example that is right changes nothing.

        w: weights, shape (d, 1). b: bias, shape (1,). x: an example, shape (1, d).
        y: its label, -1 or +1, shape (1, 1). lr: the learning rate.
        Returns whether the example was a mistake.
        """
        raise NotImplementedError
    ''',
    hints=(
        "Ask first: is the example a mistake? Only then change w and b.",
        "mistake = bool(y * (x @ w + b) <= 0), then w += lr * y * x.T and b += lr * y[0]. x is a row and w a "
        "column, hence .T; y[0] has the shape of b.",
        "0 is a mistake too: from w = 0, b = 0 nothing would ever be learned. And `w = w + ...` only gives a "
        "new tensor to the name w: the caller's stays what it was.",
    ),
    reference="chapters.perceptron.perceptron_step",
    cases=_step_cases,
)
