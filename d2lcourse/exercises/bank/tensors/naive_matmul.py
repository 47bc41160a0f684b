"""The exercise naive_matmul: its stub, its hints, and what it is tried on."""

from d2lcourse.exercises.exercise import Case, Exercise


def _matmul_cases() -> list[Case]:
    import torch

    A, B = torch.randn(2, 3), torch.randn(3, 4)
    C, D = torch.randn(3, 3, dtype=torch.float64), torch.randn(3, 3, dtype=torch.float64)
    return [
        Case("(2, 3) times (3, 4)", (A, B)),
        Case("two 3 x 3 matrices in float64", (C, D)),
        Case("a column times a row", (torch.tensor([[1.0], [2.0]]), torch.tensor([[3.0, 4.0, 5.0]]))),
        Case("a row times a column", (torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0], [4.0]]))),
        Case("whole numbers", (torch.tensor([[1, 2], [3, 4]]), torch.tensor([[5, 6], [7, 8]]))),
    ]


EXERCISE = Exercise(
    name="naive_matmul",
    notes="002 (张量点积), 003 1.3",
    stub='''
    def naive_matmul(A: Tensor, B: Tensor) -> Tensor:
        """The matrix product by loops.

        Element (i, k) is the sum over j of A[i, j] * B[j, k].

        A: shape (n, m). B: shape (m, q), of the type of A.
        Returns shape (n, q), of the type of A.
        """
        raise NotImplementedError
    ''',
    hints=(
        "Make a tensor of zeros of the shape of the result, then fill it in three loops, over i, k and j.",
        "C[i, k] += A[i, j] * B[j, k], for i in range(n), k in range(q), j in range(m).",
        "torch.zeros(n, q) is float32 whatever A is: A.new_zeros(n, q). And += adds up, where = keeps the "
        "last product only.",
    ),
    reference="chapters.tensors.naive_matmul",
    cases=_matmul_cases,
)
