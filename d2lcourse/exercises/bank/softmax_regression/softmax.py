"""The exercise softmax: its stub, its hints, and what it is tried on."""

from d2lcourse.exercises.exercise import Case, Exercise


def _softmax_cases() -> list[Case]:
    import torch

    O = torch.randn(3, 4, dtype=torch.float64)
    return [
        Case("as many examples as classes", (torch.tensor([[0.0, 1.0], [-1.0, 2.0]]),)),
        Case("three examples, four classes, float64", (O,)),
        Case("a batch of one", (torch.tensor([[1.0, 2.0, 3.0]]),)),
        Case("scores of 1e4", (torch.tensor([[1e4, -1e4, 0.0], [0.0, 0.0, 1e4]], dtype=torch.float64),)),
        Case("one row of scores far below the other", (torch.tensor([[1e3, 999.0], [-1e3, -1e3]]),)),
    ]


EXERCISE = Exercise(
    name="softmax",
    notes="003 3.2",
    stub='''
    def softmax(O: Tensor) -> Tensor:
        """Scores as probabilities: exp(o_i) / sum_k exp(o_k), in each row.

        O: scores of any size, shape (n, q).
        Returns shape (n, q), of the type of O; every row sums to 1.
        """
        raise NotImplementedError
    ''',
    hints=(
        "Exponentials are positive. What must a row of them be divided by, so that it sums to 1?",
        "exps / exps.sum(dim=1, keepdim=True), with exps = torch.exp(O). keepdim=True leaves the sums a "
        "column, (n, 1), which is divided into the rows.",
        "exp(1e4) is infinite, and infinite / infinite is nan. Subtracting the same number from all scores "
        "of a row changes no ratio: with the largest of the row, no exponent is above 0.",
    ),
    reference="chapters.softmax_regression.softmax",
    cases=_softmax_cases,
)
