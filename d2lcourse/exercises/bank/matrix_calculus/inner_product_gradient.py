"""The exercise inner_product_gradient: its stub, its hints, and what it is tried on."""

from collections.abc import Callable
from typing import Any

from d2lcourse.exercises.exercise import Case, Exercise, doubles


def _of_values(gradient_table: Any) -> Callable[..., Any]:
    """The table's row for <u, v>, as a function of the values and Jacobians at one x."""
    import torch

    from chapters.matrix_calculus import Function

    def inner_product_gradient(u: Any, v: Any, Ju: Any, Jv: Any) -> Any:
        U, V = Function(lambda x: u, lambda x: Ju), Function(lambda x: v, lambda x: Jv)
        x = torch.zeros(Ju.shape[1], dtype=u.dtype)
        return gradient_table(u[0], U, V, U, V)["<u, v>"].d(x)

    return inner_product_gradient


def _inner_cases() -> list[Case]:
    import torch

    def drawn(m: int, n: int) -> tuple[Any, ...]:
        return tuple(torch.randn(shape, dtype=torch.float64) for shape in ((m,), (m,), (m, n), (m, n)))

    return [
        Case(
            "u = (1.5, -0.4), v = (0.7, 2.2), two inputs",
            (
                doubles(1.5, -0.4),
                doubles(0.7, 2.2),
                doubles([1.1, 0], [2.3, -0.6]),
                doubles([0, 3.7], [0.9, 1.3]),
            ),
        ),
        Case("three components, three inputs", drawn(3, 3)),
        Case("four components, two inputs", drawn(4, 2)),
        Case("one component, three inputs", drawn(1, 3)),
        Case("three components, one input", drawn(3, 1)),
    ]


EXERCISE = Exercise(
    name="inner_product_gradient",
    notes="003 1.4",
    stub='''
    def inner_product_gradient(u: Tensor, v: Tensor, Ju: Tensor, Jv: Tensor) -> Tensor:
        """The gradient of <u(x), v(x)> by x: the product rule for vectors.

        u, v: the values at x, of m components. Ju, Jv: their Jacobians at x, shape (m, n), a row a component.
        Returns the n partial derivatives, shape (n,).
        """
        raise NotImplementedError
    ''',
    hints=(
        "The product has two factors, so the derivative has two terms: each factor is differentiated while "
        "the other stays.",
        "u^T Jv + v^T Ju, in code u @ Jv + v @ Ju.",
        "The Jacobian of u stands beside the *value of v*, and the other way round. A Jacobian has a row for "
        "each component, and these are summed over: the vector stands on the left.",
    ),
    reference="chapters.matrix_calculus.gradient_table",
    adapt=_of_values,
    cases=_inner_cases,
)
