"""The exercise unbroadcast: its stub, its hints, and what it is tried on."""

from d2lcourse.exercises.exercise import Case, Exercise, doubles


def _unbroadcast_cases() -> list[Case]:
    import torch

    return [
        Case("a bias (3,) added to two rows", (doubles([1, 2, 3], [10, 20, 30]), (3,))),
        Case("a column (2, 1) beside three columns", (doubles([1, 2, 3], [10, 20, 30]), (2, 1))),
        Case("nothing was repeated", (torch.randn(2, 3, dtype=torch.float64), (2, 3))),
        Case("a single number, shape ()", (torch.randn(2, 3, dtype=torch.float64), ())),
        Case("(1, 3, 1) in (2, 3, 4)", (torch.randn(2, 3, 4, dtype=torch.float64), (1, 3, 1))),
        Case("(3, 1) in (2, 3, 4)", (torch.randn(2, 3, 4, dtype=torch.float64), (3, 1))),
        Case("(3,) in (3, 3)", (torch.randn(3, 3, dtype=torch.float64), (3,))),
        Case("a size of 1 that was not repeated, (1, 3) in (1, 3)", (doubles([1, 2, 3]), (3,))),
    ]


EXERCISE = Exercise(
    name="unbroadcast",
    notes="003 1.5",
    stub='''
    def unbroadcast(gradient: Tensor, shape: tuple[int, ...]) -> Tensor:
        """The gradient of a tensor from the gradient of its broadcast copies.

        In X + b, with X of shape (n, q) and b of shape (q,), broadcasting repeats b for every row. The n
        copies are one tensor: its gradient is the sum of theirs. So it is along any axis of size 1 that was
        repeated.

        gradient: of the result of broadcasting. shape: that of the tensor before broadcasting.
        Returns a tensor of that shape.
        """
        raise NotImplementedError
    ''',
    hints=(
        "Broadcasting adds axes in front, and repeats axes of size 1. Sum over just these.",
        "First put ones in front of the shape until it is as long as gradient.shape. Then sum every axis "
        "where it has a 1, with keepdim=True. At last reshape to the shape that is asked for.",
        "Axes are matched from the *right*: (3,) in (3, 3) is a row, not a column. And sum(dim=()) sums "
        "everything, not nothing.",
    ),
    reference="chapters.autograd.unbroadcast",
    cases=_unbroadcast_cases,
)
