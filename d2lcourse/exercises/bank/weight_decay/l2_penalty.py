"""The exercise l2_penalty: its stub, its hints, and what it is tried on."""

from d2lcourse.exercises.exercise import Case, Exercise, gradients


def _penalty_cases() -> list[Case]:
    import torch

    w = torch.tensor([[1.2], [-2.1], [3.4]])
    matrix = torch.randn(2, 3, dtype=torch.float64, requires_grad=True)
    zeros = torch.zeros(3, 1, dtype=torch.float64, requires_grad=True)
    return [
        Case("a column of three weights", (w,)),
        Case("a matrix, float64, with gradients", (matrix,), gradients("w")),
        Case("weights of 0, with gradients", (zeros,), gradients("w")),
        Case("a vector of three weights", (torch.tensor([1.2, -2.1, 3.4]),)),
        Case("2 x 1 x 2 weights", (torch.tensor([[[1.0, -2.0]], [[3.0, 0.5]]]),)),
    ]


EXERCISE = Exercise(
    name="l2_penalty",
    notes="004 3.5.2",
    stub='''
    def l2_penalty(w: Tensor) -> Tensor:
        """Half the squared norm of the weights: ||w||^2 / 2, over all elements.

        w: weights, any shape. The gradient is w itself.
        Returns a tensor of one number, shape (), through which gradients reach w.
        """
        raise NotImplementedError
    ''',
    hints=(
        "The squared norm is a sum of squares. Over what, if w is a matrix?",
        "(w**2).sum() / 2. The half cancels the 2 of the derivative.",
        "First square, then sum, the other way round is another number. A square root that is squared again "
        "has the derivative 1/0 at w = 0, which makes it nan. And float() would cut off the gradient.",
    ),
    reference="chapters.weight_decay.l2_penalty",
    cases=_penalty_cases,
)
