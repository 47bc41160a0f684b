"""The exercise squared_loss: its stub, its hints, and what it is tried on."""

from d2lcourse.exercises.exercise import Case, Exercise, gradients


def _squared_cases() -> list[Case]:
    import torch

    y_hat = torch.tensor([[1.2], [2.0], [4.3]])
    trainable = torch.randn(4, 1, dtype=torch.float64, requires_grad=True)
    return [
        Case("three predictions", (y_hat, torch.tensor([[0.5], [2.0], [7.0]]))),
        Case("y of shape (n,), beside predictions of shape (n, 1)", (y_hat, torch.tensor([0.5, 2.0, 7.0]))),
        Case("four, float64", (trainable, torch.randn(4, 1, dtype=torch.float64)), gradients("y_hat")),
        Case("a batch of one", (torch.tensor([[3.3]]), torch.tensor([[-0.9]]))),
    ]


EXERCISE = Exercise(
    name="squared_loss",
    notes="003 2.2",
    stub='''
    def squared_loss(y_hat: Tensor, y: Tensor) -> Tensor:
        """Half the squared error of every example: (y_hat - y)^2 / 2.

        y_hat: predictions, shape (n, 1). y: labels, shape (n, 1) or (n,), which means the same.
        Returns shape (n, 1): one loss an example, no mean, through which gradients reach y_hat.
        """
        raise NotImplementedError
    ''',
    hints=(
        "One line does it, once y has the shape of y_hat.",
        "(y_hat - y.reshape(y_hat.shape)) ** 2 / 2. The half cancels the 2 of the derivative.",
        "A column (n, 1) less a row (n,) broadcasts to an (n, n) matrix of all the differences there are: "
        "no error, and a wrong loss.",
    ),
    reference="d2lcore.linear.squared_loss",
    cases=_squared_cases,
)
