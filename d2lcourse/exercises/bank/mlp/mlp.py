"""The exercise mlp: its stub, its hints, and what it is tried on."""

from collections.abc import Callable
from typing import Any

from d2lcourse.exercises.exercise import Case, Exercise, gradients


def _of_weights(MLP: Any) -> Callable[..., Any]:
    """The forward pass of the class MLP, as a function of its parameters too."""
    import torch

    def mlp(X: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
        net = MLP(*W1.shape, W2.shape[1])
        return torch.func.functional_call(net, {"W1": W1, "b1": b1, "W2": W2, "b2": b2}, (X,))

    return mlp


def _mlp_cases() -> list[Case]:
    import torch

    def parameters(num_inputs: int, num_hiddens: int, num_outputs: int, trained: bool = False) -> list[Any]:
        shapes = (num_inputs, num_hiddens), (num_hiddens,), (num_hiddens, num_outputs), (num_outputs,)
        dtype = torch.float64 if trained else torch.float32
        return [torch.randn(shape, dtype=dtype, requires_grad=trained) for shape in shapes]

    X = torch.randn(5, 3, dtype=torch.float64)
    observe = gradients("W1", "b1", "W2", "b2")
    return [
        Case("four examples, three features, six hidden units", (torch.randn(4, 3), *parameters(3, 6, 2))),
        Case("five examples, float64, with gradients", (X, *parameters(3, 4, 2, trained=True)), observe),
        Case("two images of 2 x 3", (torch.randn(2, 1, 2, 3), *parameters(6, 5, 3))),
        Case("a batch of one", (torch.randn(1, 3), *parameters(3, 8, 2))),
        Case("two images of two channels, 3 x 2 each", (torch.randn(2, 2, 3, 2), *parameters(12, 5, 3))),
        Case("two pictures of 3 x 4 without channels", (torch.randn(2, 3, 4), *parameters(12, 5, 3))),
        Case("X of five dimensions, (3, 2, 1, 2, 3)", (torch.randn(3, 2, 1, 2, 3), *parameters(12, 5, 2))),
        Case("features of 50 and more", (60 * torch.randn(3, 4), *parameters(4, 6, 2))),
        Case("one feature", (torch.randn(4, 1), *parameters(1, 5, 2))),
    ]


EXERCISE = Exercise(
    name="mlp",
    notes="004 3.2.3, 004 3.1",
    stub='''
    def mlp(X: Tensor, W1: Tensor, b1: Tensor, W2: Tensor, b2: Tensor) -> Tensor:
        """One hidden layer: H = relu(X W1 + b1), and the scores O = H W2 + b2.

        X: n examples of d numbers each, shape (n, d), or images, such as (n, 1, 28, 28).
        W1: (d, h). b1: (h,). W2: (h, q). b2: (q,).
        Returns the scores, shape (n, q), through which gradients reach the parameters. torch.relu may be
        used.
        """
        raise NotImplementedError
    ''',
    hints=(
        "Three lines: make every example one row, the hidden layer, the output layer.",
        "X.flatten(start_dim=1), then torch.relu(X @ W1 + b1), then H @ W2 + b2.",
        "Without the ReLU two linear layers are one. The scores get none: they may be negative, and the loss "
        "takes softmax of them. And flatten() without start_dim=1 makes one row of the whole batch.",
    ),
    reference="chapters.mlp.MLP",
    adapt=_of_weights,
    cases=_mlp_cases,
)
