"""The exercise linreg: its stub, its hints, and what it is tried on."""

from d2lcourse.exercises.exercise import Case, Exercise, gradients


def _linreg_cases() -> list[Case]:
    import torch

    def trainable(*shape: int, dtype: torch.dtype = torch.float64) -> torch.Tensor:
        return torch.randn(*shape, dtype=dtype, requires_grad=True)

    X = torch.tensor([[1.5, 2.0], [-0.7, 4.2], [5.0, 0.3]])
    w = torch.tensor([[1.2], [-0.8]])
    return [
        Case("three examples, two features", (X, w, torch.tensor([0.5]))),
        Case(
            "four examples, three features, float64",
            (torch.randn(4, 3, dtype=torch.float64), trainable(3, 1), trainable(1)),
            gradients("w", "b"),
        ),
        Case("as many examples as features", (torch.randn(2, 2), torch.randn(2, 1), torch.tensor([3.0]))),
        Case("a batch of one", (torch.randn(1, 3), torch.randn(3, 1), torch.tensor([-1.0]))),
    ]


EXERCISE = Exercise(
    name="linreg",
    notes="003 2.1, 004 3.5.2",
    stub='''
    def linreg(X: Tensor, w: Tensor, b: Tensor) -> Tensor:
        """Linear regression: the predictions X w + b.

        X: features, shape (n, d). w: weights, shape (d, 1). b: bias, shape (1,).
        Returns shape (n, 1), through which gradients reach w and b.
        """
        raise NotImplementedError
    ''',
    hints=(
        "A prediction is the sum of an example's features, each times its weight, plus the bias.",
        "A matrix product does that for all examples at once: X @ w, or torch.matmul(X, w). "
        "b then broadcasts to every row.",
        "`*` multiplies element by element and sums nothing: it is not the matrix product.",
    ),
    reference="d2lcore.linear.linreg",
    cases=_linreg_cases,
)
