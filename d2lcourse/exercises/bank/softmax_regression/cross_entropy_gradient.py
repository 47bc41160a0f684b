"""The exercise cross_entropy_gradient: its stub, its hints, and what it is tried on."""

from d2lcourse.exercises.exercise import Case, Exercise


def _gradient_cases() -> list[Case]:
    import torch

    two = torch.tensor([[0.0, 1.0, 2.0], [3.0, 1.0, 0.0]])
    three = torch.randn(3, 4, dtype=torch.float64)
    huge = torch.tensor([[1e4, -1e4, 0.0], [0.0, 0.0, 1e4]], dtype=torch.float64)
    far = torch.tensor([[89.0, 88.0], [-89.0, -89.0]])
    return [
        Case("two examples, three classes", (two, torch.tensor([1, 0]))),
        Case("three examples, four classes, float64", (three, torch.tensor([3, 0, 2]))),
        Case("a batch of one", (torch.tensor([[0.5, -0.5]]), torch.tensor([1]))),
        Case("scores of 1e4", (huge, torch.tensor([1, 2]))),
        Case("one row of scores far below the other", (far, torch.tensor([0, 1]))),
    ]  # fmt: skip


EXERCISE = Exercise(
    name="cross_entropy_gradient",
    notes="003 3.3",
    stub='''
    def cross_entropy_gradient(O: Tensor, y: Tensor) -> Tensor:
        """The gradient of each example's loss in its scores: softmax(o)_i - y_i.

        O: scores of any size, shape (n, q). y: classes, whole numbers in 0..q-1, shape (n,).
        Returns shape (n, q), of the type of O. torch.softmax may be used; autograd is not needed.
        """
        raise NotImplementedError
    ''',
    hints=(
        "What is predicted, less what is true: two tensors of shape (n, q).",
        "softmax(O) - one_hot(y): subtract 1 from the probability of the true class, and 0 from the others.",
        "It is the gradient of each example's own loss: no division by n. Each row sums to 0. "
        "If you subtract in place, do so in a new tensor, not in O.",
    ),
    reference="chapters.softmax_regression.cross_entropy_gradient",
    cases=_gradient_cases,
)
