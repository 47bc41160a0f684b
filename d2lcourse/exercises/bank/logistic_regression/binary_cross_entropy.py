"""The exercise binary_cross_entropy: its stub, its hints, and what it is tried on."""

from d2lcourse.exercises.exercise import Case, Exercise, gradients


def _loss_cases() -> list[Case]:
    import torch

    def logits(*values: float, dtype: torch.dtype = torch.float64) -> torch.Tensor:
        return torch.tensor(values, dtype=dtype, requires_grad=True)

    three, huge = torch.tensor([1.0, -2.0, 0.5]), torch.tensor([0.0, 1.0, 1.0, 0.0])
    return [
        Case("three examples", (three, torch.tensor([1.0, 1.0, 0.0]))),
        Case(
            "four examples, float64, with gradients",
            (logits(2.0, -1.0, 3.0, 0.3), torch.tensor([1.0, 0.0, 0.0, 1.0], dtype=torch.float64)),
            gradients("O"),
        ),
        Case("logits of 0, where zero weights start", (logits(0.0, 0.0), huge[:2].double()), gradients("O")),
        Case("logits of 1e4", (logits(1e4, -1e4, 1e4, -1e4), huge.double()), gradients("O")),
        Case("a batch of one", (logits(-1.5, dtype=torch.float32), torch.tensor([1.0])), gradients("O")),
    ]


EXERCISE = Exercise(
    name="binary_cross_entropy",
    notes="000 1.1.2, 003 3.3",
    stub='''
    def binary_cross_entropy(O: Tensor, y: Tensor) -> Tensor:
        """The loss of every example: -y log s - (1 - y) log(1 - s), s = sigmoid(o).

        In the logits: max(o, 0) - o y + log(1 + exp(-|o|)). Its derivative in o is s - y, also at o = 0.

        O: logits of any size, shape (n,). y: labels 0 or 1, as floats, shape (n,).
        Returns one loss an example, shape (n,), of the type of O, through which gradients reach O.
        """
        raise NotImplementedError
    ''',
    hints=(
        "At a large logit the confidence rounds to exactly 0 or 1. What is the logarithm of 0?",
        "torch.maximum(O, torch.zeros_like(O)) - O * y + torch.log1p(torch.exp(-O.abs())): the exponent is "
        "never positive, so nothing overflows.",
        "At o = 0 autograd takes 0 for the derivative of |o|; that of the maximum must be 1/2, as "
        "torch.maximum has it, not relu or clamp. And give torch the logits: "
        "binary_cross_entropy_with_logits, with "
        'reduction="none".',
    ),
    reference="chapters.logistic_regression.binary_cross_entropy",
    cases=_loss_cases,
)
