"""The exercise relu: its stub, its hints, and what it is tried on."""

from d2lcourse.exercises.exercise import Case, Exercise, gradients


def _relu_cases() -> list[Case]:
    import torch

    X = torch.tensor([[-1.0, 0.0, 2.0], [3.0, -0.5, 0.0]], dtype=torch.float64, requires_grad=True)
    return [
        Case("three numbers", (torch.tensor([-1.3, 0.0, 2.4]),)),
        Case("a matrix with zeros, float64, with gradients", (X,), gradients("X")),
        Case("large numbers and small ones", (torch.tensor([7.5, -8.0, 1e-3, 120.0, -1e4]),)),
        Case("numbers below 0 only", (torch.tensor([-3.0, -0.1]),)),
        Case("three dimensions", (torch.tensor([[[-2.0, 1.5]], [[0.5, -1.0]], [[3.0, 4.0]]]),)),
    ]


EXERCISE = Exercise(
    name="relu",
    notes="004 3.1.2",
    stub='''
    def relu(X: Tensor) -> Tensor:
        """The rectified linear unit: max(x, 0), element by element.

        X: any shape. Its gradient is to be 1 where x > 0, and 0 elsewhere, also at x = 0.
        Returns the shape and type of X.
        """
        raise NotImplementedError
    ''',
    hints=(
        "What is positive stays, and the rest becomes 0.",
        "torch.where(X > 0, X, 0), or X times the mask X > 0.",
        "The value leaves no choice, the gradient at 0 does: torch.max(X, zeros) shares a tie, 1/2, and a "
        "mask X >= 0 gives 1. With X > 0 it is 0.",
    ),
    reference="chapters.mlp.relu",
    cases=_relu_cases,
)
