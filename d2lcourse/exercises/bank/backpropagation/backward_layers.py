"""The exercise backward_layers: its stub, its hints, and what it is tried on."""

from typing import Any

from d2lcourse.exercises.exercise import Case, Exercise


def _layers_cases() -> list[Case]:
    import torch

    from chapters.backpropagation import forward_layers
    from chapters.mlp import relu, relu_derivative, tanh, tanh_derivative

    def passed(X: Any, Ws: list[Any], phi: Any, derivative: Any, gradient: Any) -> tuple[Any, ...]:
        return *forward_layers(X, Ws, [phi] * len(Ws)), Ws, derivative, gradient

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(shape, dtype=torch.float64)

    X, top = torch.tensor([[1.0, -2.0], [0.5, 3.0]]), torch.tensor([[1.0, 0.0], [2.0, -1.0]])
    W1, W2 = torch.tensor([[0.5, 0.25], [1.0, -1.0]]), torch.tensor([[1.0, 0.5], [-0.5, 1.0]])
    Ws = [normal(2, 3), normal(4, 2), normal(1, 4)]
    one = passed(X, [W1], tanh, tanh_derivative, top)
    two = passed(X, [W1, W2], tanh, tanh_derivative, top)
    three = passed(normal(3, 3), Ws, relu, relu_derivative, normal(3, 1))
    return [
        Case("one layer with tanh, two examples", one),
        Case("two layers with tanh, two examples", two),
        Case(
            "three layers of 2, 4 and 1 tanh", passed(normal(3, 3), Ws, tanh, tanh_derivative, normal(3, 1))
        ),
        Case("three layers of 2, 4 and 1 ReLU", three),
    ]


EXERCISE = Exercise(
    name="backward_layers",
    notes="000 1.3.2",
    returns=("gradients in the weights", "gradients in the values x"),
    stub='''
    def backward_layers(
        Xs: list[Tensor], Zs: list[Tensor], Ws: list[Tensor], derivative, gradient: Tensor
    ) -> tuple[list[Tensor], list[Tensor]]:
        """The gradients in all weights and values of a net of l layers.

        Forward, for i = 1, ..., l: z(i) = x(i-1) W(i)^T, an example a row, then x(i) = phi(z(i)).

        Xs: the values x(0), ..., x(l), so one more than there are layers. Zs: z(1), ..., z(l).
        Ws: W(1), ..., W(l), each of shape (outputs, inputs). derivative: phi', a function of a tensor.
        gradient: that of the objective in x(l).
        Returns two lists: the gradients in W(1), ..., W(l), and those in x(0), ..., x(l).
        """
        raise NotImplementedError
    ''',
    hints=(
        "Start from the last layer. Each layer is given the gradient in its output: from it come the one in "
        "its weights, and the one in its input, which the layer below it is then given.",
        "dZ = dX * derivative(Z), then dW = dZ.T @ x(i-1), and dX = dZ @ W for the next step down.",
        "Python counts from 0: with i in reversed(range(len(Ws))), layer i has Zs[i], Ws[i], the input Xs[i] "
        "and the output Xs[i + 1]. What is found last belongs first in the lists.",
    ),
    reference="chapters.backpropagation.backward_layers",
    adapt=lambda function: (
        lambda Xs, Zs, Ws, derivative, gradient: function(Xs, Zs, Ws, [derivative] * len(Ws), gradient)
    ),
    cases=_layers_cases,
)
