"""The exercise synthetic_data: its stub, its hints, and what it is tried on."""

from collections.abc import Callable
from typing import Any

from d2lcourse.exercises.exercise import Case, Exercise, Measured, expect


def _drawn(answer: Callable[..., Any], w: Any, b: float, num_examples: int) -> dict[str, Any]:
    """What can be said of random data without knowing the numbers."""
    import torch

    X, y = expect(answer(w, b, num_examples), "X", "y")
    seen: dict[str, Any] = {"shape of X": str(tuple(X.shape)), "shape of y": str(tuple(y.shape))}
    seen |= {"type of y": str(y.dtype), "type of X": str(X.dtype)}
    if X.shape != (num_examples, len(w)) or y.numel() != num_examples:
        return seen
    X, y = X.double(), y.double()
    noise = y.flatten() - (X @ w.double().flatten() + b)
    again, other = (one.double() for one in expect(answer(w, b, num_examples), "X", "y"))
    again_noise = other.flatten() - (again @ w.double().flatten() + b)
    columns = X.T.corrcoef() - torch.eye(len(w))
    seen |= {
        "mean of X": Measured(X.mean(), X.std() * X.numel() ** -0.5),
        "standard deviation of X": Measured(X.std(), X.std() * (2 * X.numel()) ** -0.5),
        "largest correlation of two columns of X": Measured(columns.abs().max(), num_examples**-0.5),
        "share of X within one standard deviation": _within(X),
        "a second call gives the same X": torch.equal(again, X),
        "y - Xw - b is 0 everywhere": bool(noise.abs().max() < 1e-5),
        "y - Xw - b is the same everywhere": bool(noise.max() - noise.min() < 1e-5),
    }
    if seen["y - Xw - b is the same everywhere"]:
        return seen  # of a single number there is no standard deviation
    return seen | {
        "mean of y - Xw - b": Measured(noise.mean(), noise.std() * num_examples**-0.5),
        "standard deviation of y - Xw - b": Measured(noise.std(), noise.std() * (2 * num_examples) ** -0.5),
        "share of y - Xw - b within one standard deviation": _within(noise),
        "a second call gives the same y - Xw - b": torch.allclose(again_noise, noise, rtol=0, atol=1e-5),
        "largest correlation of y - Xw - b with a column of X": _correlation(X.T, noise),
        "largest correlation of |y - Xw - b| with a column of |X|": _correlation(X.T.abs(), noise.abs()),
        "correlation of y - Xw - b with that of the next example": _correlation(noise[None, 1:], noise[:-1]),
    }


def _within(values: Any) -> Measured:
    """The share of the values within one standard deviation: 0.68 if they are normal, 0.58 if uniform."""
    return Measured((values.abs() <= values.std()).double().mean(), 0.5 * values.numel() ** -0.5)


def _correlation(rows: Any, values: Any) -> Measured:
    """The largest correlation, by size, of `values` with one of the rows."""
    import torch

    found = [torch.stack([row, values]).corrcoef()[0, 1].abs() for row in rows]
    return Measured(max(found), len(values) ** -0.5)


def _synthetic_cases() -> list[Case]:
    import torch

    w, three = torch.tensor([2.0, -3.4]), torch.tensor([1.0, 0.0, -2.0], dtype=torch.float64)
    return [
        Case("two weights", (w, 4.2, 4000), _drawn),
        Case("three weights in float64", (three, -3.0, 2000), _drawn),
    ]  # fmt: skip


EXERCISE = Exercise(
    name="synthetic_data",
    notes="004 3.5.2",
    stub='''
    def synthetic_data(w: Tensor, b: float, num_examples: int) -> tuple[Tensor, Tensor]:
        """Random examples of y = X w + b + noise.

        Each element of X is drawn from N(0, 1), that of the noise from N(0, 0.01^2): 0.01 is the standard
        deviation.

        w: weights, shape (d,). b: a number.
        Returns X, shape (num_examples, d), and y, shape (num_examples, 1), both of the type of w.
        """
        raise NotImplementedError
    ''',
    hints=(
        "Three steps: draw X, compute X w + b, add noise to it.",
        "torch.normal(0, 1, size) draws normal numbers, or torch.randn(size); X @ w is a vector of "
        "num_examples numbers, and every one of them gets noise of its own.",
        "y has to be a column, y.reshape(-1, 1). If w is float64, X has to be too (dtype=w.dtype), or X @ w "
        "stops with an error. And no seed in here: the caller sets it.",
    ),
    reference="d2lcore.data.datasets.synthetic_data",
    cases=_synthetic_cases,
)
