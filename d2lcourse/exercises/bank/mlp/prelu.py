"""The exercise prelu: its stub, its hints, and what it is tried on."""

from d2lcourse.exercises.exercise import Case, Exercise, gradients


def _prelu_cases() -> list[Case]:
    import torch

    X = torch.tensor([[-1.0, 0.5, 2.0], [3.0, -0.5, -4.0]], dtype=torch.float64, requires_grad=True)
    alpha = torch.tensor(0.1, dtype=torch.float64, requires_grad=True)
    return [
        Case(
            "six numbers, two of them smaller than alpha",
            (torch.tensor([-4.2, -0.1, 0.0, 0.1, 1.3, 7.5]), 0.25),
        ),
        Case("a matrix, and an alpha that is learned", (X, alpha), gradients("X", "alpha")),
        Case("alpha above 1", (torch.tensor([-2.0, 3.0]), 1.5)),
        Case("alpha = 0", (torch.tensor([-2.0, 3.0]), 0.0)),
        Case("three dimensions", (torch.tensor([[[-2.0, 1.5]], [[0.5, -1.0]], [[3.0, 4.0]]]), 0.5)),
    ]


EXERCISE = Exercise(
    name="prelu",
    notes="003 4.2.1",
    stub='''
    def prelu(X: Tensor, alpha: float | Tensor) -> Tensor:
        """Parametric ReLU: max(0, x) + alpha min(0, x), element by element.

        X: any shape. alpha: the slope below 0, a number or a tensor of one, which may be learned.
        Returns the shape and type of X, through which gradients reach X and alpha.
        """
        raise NotImplementedError
    ''',
    hints=(
        "Where x > 0 it is x. And elsewhere?",
        "torch.where(X > 0, X, alpha * X).",
        "The larger of x and alpha x is the same only if alpha is at most 1. And float(alpha) or "
        "alpha.item() would cut alpha off from its gradient.",
    ),
    reference="chapters.mlp.prelu",
    cases=_prelu_cases,
)
