"""The exercise numerical_gradient: its stub, its hints, and what it is tried on."""

from typing import Any

from d2lcourse.exercises.exercise import Case, Exercise


def _cubes(W: Any) -> Any:
    return (W**3).sum()


def _cubes_cut_off(W: Any) -> Any:
    return (W.detach() ** 3).sum()


def _product(W: Any) -> Any:
    return W.prod()


def _sines(W: Any) -> Any:
    return (W.sin() * W.cumsum(dim=-1)).sum()


def _differences_cases() -> list[Case]:
    import torch

    W = torch.tensor([[1.0, 2.0], [-1.0, 3.0]], dtype=torch.float64)
    return [
        Case("f(W) is the sum of w^3, a step of 0.1", (_cubes, torch.tensor([1.0, -2.0]).double(), 0.1)),
        Case("f(W) is the product of all w, W of shape (2, 2)", (_product, W, 1e-3)),
        Case(
            "f(W) is a sum of sines, a step of 0.01", (_sines, torch.randn(2, 3, dtype=torch.float64), 0.01)
        ),
        Case("f(W) is the sum of w^3, a step of 1e-5", (_cubes, torch.tensor([0.5, 0.0]).double(), 1e-5)),
        Case(
            "f(W) is the sum of w^3, without autograd, a step of 0.2",
            (_cubes_cut_off, torch.tensor([1.0, 0.0, -2.0]).double(), 0.2),
        ),
    ]


EXERCISE = Exercise(
    name="numerical_gradient",
    notes="004 3.7.2",
    stub='''
    def numerical_gradient(f, W: Tensor, eps: float) -> Tensor:
        """The gradient by differences: (f(W + step) - f(W - step)) / (2 eps).

        A step changes one element of W by eps, and leaves the others; each element has its own.

        f: a function of a tensor like W that gives one number. W: float64, any shape. eps: above 0.
        Returns the shape and type of W. W itself stays as it is.
        """
        raise NotImplementedError
    ''',
    hints=(
        "How much does f change if one element of W grows a little? Ask for each element in turn, with the "
        "others as they were.",
        "Make step = torch.zeros_like(W), set one element of it to eps, and take "
        "(f(W + step) - f(W - step)) / (2 * eps). For any shape: step.view(-1)[i] is its element i.",
        "The two points are 2 eps apart, not eps. W += step would change the caller's W, and taking the step "
        "back may leave a rounding error in it: W + step is a new tensor.",
    ),
    reference="chapters.matrix_calculus.numerical_jacobian",
    cases=_differences_cases,
)
