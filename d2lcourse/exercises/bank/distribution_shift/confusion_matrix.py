"""The exercise confusion_matrix: its stub, its hints, and what it is tried on."""

from typing import Any

from d2lcourse.exercises.exercise import Case, Exercise


def _confusion_cases() -> list[Case]:
    import torch

    y, y_hat = [0, 0, 0, 0, 0, 1, 1, 2], [0, 0, 0, 1, 2, 1, 0, 2]
    return [
        Case("four examples of class 0, two of class 1", _labels([0, 0, 0, 0, 1, 1], [0, 0, 1, 1, 1, 1], 2)),
        Case("three classes, one far more frequent", _labels(y, y_hat, 3)),
        Case("class 2 is never predicted", _labels([2, 0, 1, 1], [0, 0, 1, 0], 3)),
        Case("sixty examples", (torch.arange(60) % 7 % 4, torch.arange(60) % 5 % 4, 4)),
    ]


def _labels(y: list[int], y_hat: list[int], num_classes: int) -> tuple[Any, ...]:
    import torch

    return torch.tensor(y), torch.tensor(y_hat), num_classes


EXERCISE = Exercise(
    name="confusion_matrix",
    notes="004 3.9.2",
    stub='''
    def confusion_matrix(y: Tensor, y_hat: Tensor, num_classes: int) -> Tensor:
        """C[i, j]: the share of true class j that is predicted as class i.

        A column is a true class, a row a predicted one.

        y: true classes, whole numbers in 0..num_classes-1, each of which occurs, shape (n,).
        y_hat: predicted classes, shape (n,).
        Returns float64, shape (num_classes, num_classes); every column sums to 1.
        """
        raise NotImplementedError
    ''',
    hints=(
        "First count: how many examples of true class j are predicted as i? Then make shares of the counts.",
        "Add 1 to counts[y_hat, y] for each example, row first. Then counts / counts.sum(dim=0): a column is "
        "divided by how many examples its true class has.",
        "counts[y_hat, y] += 1 with tensors adds 1 only once to a place that occurs several times: use a "
        "loop, index_put_ with accumulate=True, or one_hot(y_hat).T @ one_hot(y). And dim=0 sums over the "
        "rows.",
    ),
    reference="chapters.distribution_shift.label.confusion.confusion_matrix",
    cases=_confusion_cases,
)
