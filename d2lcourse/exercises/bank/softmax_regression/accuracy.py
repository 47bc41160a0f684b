"""The exercise accuracy: its stub, its hints, and what it is tried on."""

from d2lcourse.exercises.exercise import Case, Exercise


def _accuracy_cases() -> list[Case]:
    import torch

    scores = torch.tensor([[0.1, 0.7, 0.2], [0.6, 0.3, 0.1], [0.2, 0.2, 0.6]])
    labels = torch.arange(23) % 3
    shifted = torch.where(torch.arange(23) < 7, labels, (labels + 1) % 3)
    many = (torch.arange(3) == shifted.unsqueeze(1)) * 0.5 + torch.tensor([0.1, 0.0, 0.2])
    others = torch.eye(3, dtype=torch.float64)[torch.where(torch.arange(22) < 15, labels[:22], shifted[1:])]
    seven = torch.tensor(
        [
            [0.3, 0.1, 1.9, 0.2],
            [0.8, 0.3, -0.4, 0.1],
            [-0.2, 0.3, 0.1, 0.7],
            [0.1, 0.9, 0.4, -1.2],
            [0.2, 1.1, 0.6, 0.3],
            [0.4, 0.2, 0.3, 1.4],
            [0.6, 0.2, 0.7, 1.3],
        ]
    )
    return [
        Case("two of three are right", (scores, torch.tensor([1, 0, 1]))),
        Case("four of seven are right", (seven, torch.tensor([1, 0, 3, 2, 2, 3, 3]))),
        Case("all are right", (scores, torch.tensor([1, 0, 2]))),
        Case("twenty examples, float64", (torch.randn(20, 3, dtype=torch.float64), torch.arange(20) % 3)),
        Case("a batch of one, not right", (torch.tensor([[2.0, 1.0, 0.5]]), torch.tensor([2]))),
        Case("seven of 23 are right", (many, labels)),
        Case("fifteen of 22 are right, float64", (others, labels[:22])),
        Case("small scores, not right", (torch.tensor([[0.5, -0.5]]), torch.tensor([1]))),
    ]


EXERCISE = Exercise(
    name="accuracy",
    notes="003 3, book 3.6",
    stub='''
    def accuracy(y_hat: Tensor, y: Tensor) -> float:
        """The *number* of correct predictions.

        A prediction is the class of the largest score.

        y_hat: scores, shape (n, q). y: classes, whole numbers, shape (n,).
        Returns a number from 0 to n.
        """
        raise NotImplementedError
    ''',
    hints=(
        "First the predicted class of every example, then count where it is the true one.",
        "y_hat.argmax(dim=1) has the predicted classes, shape (n,); comparing it with y gives true and "
        "false, and these can be summed.",
        "argmax without dim gives one number for the whole batch, and dim=0 one a class. Return the number, "
        "not the share: batches of different size can then be added up.",
    ),
    reference="d2lcore.metrics.accuracy",
    cases=_accuracy_cases,
)
