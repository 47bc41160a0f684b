"""The exercise cross_entropy: its stub, its hints, and what it is tried on."""

from d2lcourse.exercises.exercise import Case, Exercise, gradients


def _cross_entropy_cases() -> list[Case]:
    import torch

    def scores(*rows: list[float], dtype: torch.dtype = torch.float64) -> torch.Tensor:
        return torch.tensor(rows, dtype=dtype, requires_grad=True)

    O, y = torch.randn(3, 4, dtype=torch.float64, requires_grad=True), torch.tensor([3, 0, 2])
    huge = scores([1e4, -1e4, 0.0], [0.0, 0.0, 1e4])
    far = scores([89.0, 88.0], [-89.0, -89.0], dtype=torch.float32)
    return [
        Case("three examples, four classes", (O, y), gradients("O")),
        Case("a batch of one", (scores([1.0, 2.0], dtype=torch.float32), torch.tensor([0])), gradients("O")),
        Case("scores of 1e4", (huge, torch.tensor([1, 2])), gradients("O")),
        Case("one row of scores far below the other", (far, torch.tensor([0, 1])), gradients("O")),
    ]


EXERCISE = Exercise(
    name="cross_entropy",
    notes="003 3.3",
    stub='''
    def cross_entropy(O: Tensor, y: Tensor) -> Tensor:
        """The loss of every example: -log softmax(O) at its true class.

        In the scores: log(sum_k exp(o_k)) - o_y.

        O: scores of any size, shape (n, q). y: classes, whole numbers in 0..q-1, shape (n,).
        Returns one loss an example, shape (n,), of the type of O, through which gradients reach O.
        """
        raise NotImplementedError
    ''',
    hints=(
        "Two numbers an example: the logarithm of the sum of its exponentials, and the score of its true "
        "class.",
        "O[torch.arange(len(y)), y] picks the score of each example's class. The loss is never negative.",
        "exp(1e4) is infinite, and the logarithm of a probability that has rounded to 0 as well. Subtract "
        "the largest score of each row first (both numbers change by the same), or use torch.logsumexp.",
    ),
    reference="chapters.softmax_regression.cross_entropy",
    cases=_cross_entropy_cases,
)
