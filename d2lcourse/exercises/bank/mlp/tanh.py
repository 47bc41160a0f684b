"""The exercise tanh: its stub, its hints, and what it is tried on."""

from d2lcourse.exercises.exercise import Case, Exercise, gradients


def _tanh_cases() -> list[Case]:
    import torch

    X = torch.tensor([[-2.0, -0.3, 0.05], [0.1, 1.0, 3.0]], dtype=torch.float64, requires_grad=True)
    far = torch.tensor([1e3, -1e3], dtype=torch.float64, requires_grad=True)
    return [
        Case("four numbers", (torch.tensor([-1.0, 0.0, 0.5, 2.0]),)),
        Case("a matrix with gradients", (X,), gradients("X")),
        Case("1e3 and -1e3, with gradients", (far,), gradients("X")),
        Case("three dimensions", (torch.tensor([[[-2.0, 1.5]], [[0.5, -1.0]], [[0.3, 4.0]]]),)),
    ]


EXERCISE = Exercise(
    name="tanh",
    notes="003 4.2.3",
    stub='''
    def tanh(X: Tensor) -> Tensor:
        """The hyperbolic tangent: (1 - exp(-2x)) / (1 + exp(-2x)), element by element.

        X: any shape, numbers of any size.
        Returns the shape and type of X, values in [-1, 1], through which gradients reach X.
        """
        raise NotImplementedError
    ''',
    hints=(
        "At 1000 it is 1, and at -1000 it is -1. What does the formula as it stands make of -1000?",
        "tanh(x) = 2 sigmoid(2x) - 1, and torch.sigmoid is safe for every x.",
        "exp(-2x) is infinite for x = -1000, and infinite over infinite is nan. By symmetry, "
        "tanh(-x) = -tanh(x), and exp(-2x) is never above 1 where x >= 0. But x.abs() and torch.sign have "
        "the gradient 0 at x = 0, where tanh has 1.",
    ),
    reference="chapters.mlp.tanh",
    cases=_tanh_cases,
)
