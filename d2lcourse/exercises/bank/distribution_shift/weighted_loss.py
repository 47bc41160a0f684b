"""The exercise weighted_loss: its stub, its hints, and what it is tried on."""

from typing import Any

from d2lcourse.exercises.exercise import Case, Exercise, doubles, gradients


def _weighted_loss_cases() -> list[Case]:
    import torch

    def five() -> Any:
        return torch.rand(5, dtype=torch.float64, requires_grad=True)

    losses, beta = doubles(1.3, 4.0, 0.6), doubles(2.1, 0.5, 3.7)
    column = torch.tensor([[1.0], [2.0], [6.0]])
    return [
        Case("three losses, not normalised", (losses, beta, False)),
        Case("three losses, normalised", (losses, beta, True)),
        Case("weights of about 1e-9, normalised", (losses, doubles(2e-9, 0.0, 3e-9), True)),
        Case("the losses are a column, (3, 1)", (column, torch.tensor([0.0, 2.0, 0.5]), False)),
        Case("the losses are a column, normalised", (column, torch.tensor([0.0, 2.0, 0.5]), True)),
        Case("five losses with gradients", (five(), 3 * torch.rand(5).double(), False), gradients("losses")),
        Case(
            "five losses with gradients, normalised",
            (five(), 3 * torch.rand(5).double(), True),
            gradients("losses"),
        ),
    ]


EXERCISE = Exercise(
    name="weighted_loss",
    notes="004 3.9.2",
    stub='''
    def weighted_loss(losses: Tensor, beta: Tensor, normalize: bool) -> Tensor:
        """The weighted empirical risk: sum_i beta_i l_i, over n or over sum_i beta_i.

        losses: one an example, shape (n,) or (n, 1). beta: weights, shape (n,), not all 0.
        normalize: divide by the sum of the weights in place of n.
        Returns one number, shape (), through which gradients reach them.
        """
        raise NotImplementedError
    ''',
    hints=(
        "Each loss times its own weight, and their sum. Only what it is divided by depends on normalize.",
        "losses = losses.reshape(-1), then (beta * losses).sum() / len(beta), or / beta.sum().",
        "(n, 1) times (n,) broadcasts to (n, n), every loss with every weight, and raises no error: flatten "
        "the losses first.",
    ),
    reference="chapters.distribution_shift.risk.weighted_loss",
    adapt=lambda function: lambda losses, beta, normalize: function(losses, beta, normalize=normalize),
    cases=_weighted_loss_cases,
)
