"""The exercise backward: its stub, its hints, and what it is tried on."""

from collections.abc import Callable
from typing import Any

from d2lcourse.exercises.exercise import Case, Exercise


def _gradients_found(answer: Callable[..., Any], *args: Any) -> dict[str, Any]:
    """Those of `backward` by name, in the order in which they are found; others are not looked at."""
    found = answer(*args)
    if not isinstance(found, dict):
        return {"what is returned": f"a {type(found).__name__}"}
    names = ("O", "W2", "H", "Z", "W1")
    missing = ", ".join(name for name in names if name not in found)
    return {
        "what is returned": "a dict",
        "gradients that are missing": missing or "none",
        **{f"gradient in {name}": found[name] for name in names if name in found},
    }


def _backward_cases() -> list[Case]:
    import torch

    from chapters.backpropagation import forward
    from chapters.mlp import relu, relu_derivative, tanh, tanh_derivative

    def passed(
        X: Any, y: Any, W1: Any, W2: Any, lambd: float, phi: Callable[..., Any], derivative: Any
    ) -> tuple[Any, ...]:
        return X, y, W1, W2, forward(X, y, W1, W2, lambd, phi), lambd, derivative

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(shape, dtype=torch.float64)

    square = torch.tensor([[0.5, 0.5], [1.0, -1.0]]), torch.tensor([[1.0, -0.5], [-1.0, 2.0]])
    one = passed(torch.tensor([[1.0, 2.0]]), torch.tensor([1]), *square, 0.0, relu, relu_derivative)
    W1 = torch.tensor([[0.5, -1.0], [1.0, 0.0], [-0.5, 1.5]])
    X = torch.tensor([[1.0, -1.0], [0.0, 2.0]])
    W2 = torch.tensor([[1.0, 0.0, -1.0], [-0.5, 2.0, 0.5], [0.3, -0.7, 0.2]])
    two = passed(X, torch.tensor([1, 0]), W1, W2, 0.1, tanh, tanh_derivative)
    wide = normal(4, 2), normal(3, 4)
    five = passed(normal(5, 2), torch.tensor([2, 0, 1, 0, 0]), *wide, 0.5, relu, relu_derivative)
    return [
        Case("one example, two hidden ReLUs, no penalty", one, _gradients_found),
        Case("two examples, three hidden units with tanh, three classes, a penalty", two, _gradients_found),
        Case("five examples, four hidden ReLUs, float64", five, _gradients_found),
    ]


EXERCISE = Exercise(
    name="backward",
    notes="004 3.7.2",
    stub='''
    def backward(
        X: Tensor, y: Tensor, W1: Tensor, W2: Tensor, kept: dict, lambd: float, phi_derivative
    ) -> dict:
        """The gradients of J = L + s, by hand, in a net with one hidden layer.

        The forward pass has computed, for n examples in rows, and kept:
        Z = X W1^T, H = phi(Z), O = H W2^T, L = the mean of the examples' cross-entropies,
        s = lambd/2 (sum of W1^2 + sum of W2^2), J = L + s.

        X: inputs, shape (n, d). y: classes, shape (n,). W1: weights, shape (h, d). W2: shape (q, h).
        kept: {"Z", "H", both (n, h), "O" (n, q), "L", "s", "J", each ()}. lambd: weight of the penalty.
        phi_derivative: phi', a function of a tensor, element by element.
        Returns {"O", "W2", "H", "Z", "W1"}: the gradient of J in each, of the shape that it has.
        torch.softmax may be used; autograd is not needed.
        """
        raise NotImplementedError
    ''',
    hints=(
        "Go from J back to W1, a step for each line of the forward pass, and at each step ask: what is the "
        "gradient of J in what this line has computed, and what does it make of those in what it was given?",
        "In L and s it is 1. dO = (softmax(O) - one_hot(y)) / n, dW2 = dO.T @ H + lambd * W2, dH = dO @ W2, "
        "dZ = dH * phi_derivative(Z), dW1 = dZ.T @ X + lambd * W1.",
        "A gradient has the shape of its variable: that tells which factor is transposed. The mean puts 1/n "
        "into dO, once. And dH holds W2 already: 004 3.7.2 multiplies by it a second time, which is wrong.",
    ),
    reference="chapters.backpropagation.backward",
    cases=_backward_cases,
)
