"""The exercise decay_step: its stub, its hints, and what it is tried on."""

from d2lcourse.exercises.exercise import Case, Exercise


def _step_cases() -> list[Case]:
    import torch

    w, grad = torch.tensor([[1.2], [-2.1], [3.0]]), torch.tensor([[0.5], [1.4], [-0.9]])
    matrix = torch.randn(2, 3, dtype=torch.float64)
    cube = torch.tensor([[[1.0, -2.0]], [[3.0, 0.5]]])
    return [
        Case("three weights", (w, grad, 0.1, 1.7)),
        Case("a matrix in float64", (matrix, torch.randn(2, 3, dtype=torch.float64), 0.03, 0.5)),
        Case("the loss is flat, grad = 0", (w.clone(), torch.zeros(3, 1), 0.5, 0.2)),
        Case("no decay, lambd = 0", (w.clone(), grad.clone(), 0.1, 0.0)),
        Case("2 x 1 x 2 weights", (cube, cube.flip(0) / 2, 0.2, 0.5)),
    ]


EXERCISE = Exercise(
    name="decay_step",
    notes="004 3.5.1, 003 4.4",
    stub='''
    def decay_step(w: Tensor, grad: Tensor, lr: float, lambd: float) -> Tensor:
        """A step of SGD with weight decay: (1 - lr lambd) w - lr grad.

        It follows the gradient of the loss plus (lambd / 2) ||w||^2.

        w: weights, any shape. grad: the gradient of the loss alone, in the same shape.
        lr: the learning rate. lambd: how strong the decay is.
        Returns the new weights, a tensor like w; w stays as it is.
        """
        raise NotImplementedError
    ''',
    hints=(
        "What is the gradient of (lambd / 2) ||w||^2? It joins grad, and then comes the usual step.",
        "w - lr * (grad + lambd * w), which is (1 - lr * lambd) * w - lr * grad.",
        "lr multiplies both, the gradient and the decay. And `w -= ...` would change the caller's w: return "
        "a new tensor here.",
    ),
    reference="chapters.weight_decay.decay_step",
    cases=_step_cases,
)
