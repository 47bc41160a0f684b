"""The exercise least_squares: its stub, its hints, and what it is tried on."""

from collections.abc import Callable
from typing import Any

from d2lcourse.exercises.exercise import Case, Exercise, expect


def _digits(answer: Callable[..., Any], X: Any, y: Any) -> dict[str, Any]:
    """Whether w and b are right: what a wrong method gives depends on how each of its sums is rounded."""
    import torch

    slopes = torch.tensor([[2.0], [-1.0]], dtype=torch.float64)
    bias = (y - X @ slopes).mean(dim=0)
    true = torch.cat([slopes.flatten(), bias])
    try:
        w, b = expect(answer(X, y), "w", "b")
        found = torch.cat([w.detach().flatten(), b.detach().flatten()])
    except torch.linalg.LinAlgError:  # some find X^T X singular, and some invert it
        found = torch.zeros(0)
    close = found.shape == true.shape and torch.allclose(found.double(), true, rtol=0, atol=1e-5)
    return {f"w and b are [2, -1] and {bias.item():.4g} to 5 digits": close}


def _least_squares_cases() -> list[Case]:
    import torch

    X = torch.randn(8, 2, dtype=torch.float64) + 3.0
    y = X @ torch.tensor([[2.0], [-3.4]], dtype=torch.float64) + 4.2 + torch.randn(8, 1, dtype=torch.float64)
    line = torch.tensor([[-0.5], [1.0], [2.6]], dtype=torch.float64)
    # The second column follows the first up to 1e-7: the condition number is some 1e7, its square 1e14.
    t = torch.randn(20, 1, dtype=torch.float64)
    close = torch.cat([t, t + 1e-7 * torch.randn(20, 1, dtype=torch.float64)], dim=1)
    slopes = torch.tensor([[2.0], [-1.0]], dtype=torch.float64)
    labels = close @ slopes
    return [
        Case("three points on y = 2.5 x + 0.7", (line, 2.5 * line + 0.7)),
        Case("eight noisy examples of two features", (X, y)),
        Case("two features that are almost the same", (close, close @ slopes + 0.5), _digits),
        Case("two features almost the same, labels of mean 0", (close, labels - labels.mean()), _digits),
    ]  # fmt: skip


EXERCISE = Exercise(
    name="least_squares",
    notes="003 3.3 (解析解), 000 1.1.1",
    returns=("w", "b"),
    stub='''
    def least_squares(X: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """The w and b that minimise ||X w + b - y||^2: the analytic solution.

        Without a bias it solves X^T X w = X^T y. Of features and labels less their means, w is the same, and
        b = mean(y) - mean(x) w.

        X: float64, shape (n, d), n > d. y: float64, shape (n, 1).
        Returns w, shape (d, 1), and b, shape (1,), correct to 6 digits also if features are almost dependent.
        """
        raise NotImplementedError
    ''',
    hints=(
        "A bias is the weight of a feature that is always 1; or subtract the means of X and y, and compute "
        "it last.",
        "torch.linalg.lstsq(X, y).solution minimises ||X w - y||^2; apply it to X and y less their means "
        "over the examples (dim=0), or to X with a column of ones.",
        "inv(X.T @ X) @ X.T @ y is right on paper, but X.T @ X has the square of X's condition number: of 16 "
        "digits none may be left. lstsq, or the singular value decomposition, works on X itself.",
    ),
    reference="chapters.least_squares.least_squares",
    cases=_least_squares_cases,
    tolerance=1e-5,  # float64 keeps 16 digits, of which a condition number of 1e7, and sums, may cost 9,
)
