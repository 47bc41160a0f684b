"""The exercise frobenius_norm: its stub, its hints, and what it is tried on."""

from d2lcourse.exercises.exercise import Case, Exercise, gradients


def _norm_cases() -> list[Case]:
    import torch

    A = torch.randn(3, 3, dtype=torch.float64, requires_grad=True)
    return [
        Case("a 2 x 3 matrix", (torch.tensor([[1.0, -2.0, 2.0], [0.0, 4.0, -5.0]]),)),
        Case("3 x 3 in float64, with gradients", (A,), gradients("A")),
        Case("a single row", (torch.tensor([[3.0, -4.0]]),)),
        Case("zeros", (torch.zeros(2, 2),)),
    ]


EXERCISE = Exercise(
    name="frobenius_norm",
    notes="003 1.3",
    stub='''
    def frobenius_norm(A: Tensor) -> Tensor:
        """The Frobenius norm: the square root of the sum of the squares of all elements.

        A: a matrix, shape (n, m).
        Returns a scalar tensor, shape (), of the type of A, through which gradients reach A.
        """
        raise NotImplementedError
    ''',
    hints=(
        "It is the length of the vector of all elements.",
        "Square element by element, sum over both axes, then the root: A.square().sum().sqrt().",
        "A @ A is no square of the elements, and torch.linalg.matrix_norm(A, 2) is the spectral norm. Stay "
        "in torch: .item() would cut off the gradients.",
    ),
    reference="chapters.linear_algebra.frobenius_norm",
    cases=_norm_cases,
)
