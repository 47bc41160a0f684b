"""The exercise one_hot: its stub, its hints, and what it is tried on."""

from d2lcourse.exercises.exercise import Case, Exercise


def _one_hot_cases() -> list[Case]:
    import torch

    return [
        Case("two labels of three classes", (torch.tensor([2, 0]), 3)),
        Case("as many labels as classes", (torch.tensor([1, 2, 0]), 3)),
        Case("the last class is not among the labels", (torch.tensor([0, 1, 1]), 4)),
        Case("a batch of one", (torch.tensor([1]), 2)),
    ]


EXERCISE = Exercise(
    name="one_hot",
    notes="003 3.1",
    stub='''
    def one_hot(y: Tensor, num_classes: int) -> Tensor:
        """Labels as vectors: row i has a 1 in column y[i], and zeros elsewhere.

        y: whole numbers in 0..num_classes-1, shape (n,).
        Returns float32, shape (n, num_classes).
        """
        raise NotImplementedError
    ''',
    hints=(
        "An (n, num_classes) tensor of zeros needs a single 1 in each row. Which column, in row i?",
        "Comparing y as a column, shape (n, 1), with torch.arange(num_classes), shape (num_classes,), "
        "broadcasts to (n, num_classes): true exactly where the column is the label.",
        "A comparison gives booleans, and torch.nn.functional.one_hot whole numbers: .float() makes them "
        "numbers to multiply. The number of columns is num_classes, also if the last class is not among the "
        "labels.",
    ),
    reference="chapters.softmax_regression.one_hot",
    cases=_one_hot_cases,
)
