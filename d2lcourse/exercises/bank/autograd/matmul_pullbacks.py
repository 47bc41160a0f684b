"""The exercise matmul_pullbacks: its stub, its hints, and what it is tried on."""

from collections.abc import Callable
from typing import Any

from d2lcourse.exercises.exercise import Case, Exercise, doubles, expect


def _by_the_engine(Node: Any) -> Callable[..., Any]:
    """What the engine sends back to A and B in Y = A B."""

    def matmul_pullbacks(A: Any, B: Any, dY: Any) -> Any:
        a, b = Node(A), Node(B)
        (a @ b).backward(dY)
        return a.grad, b.grad

    return matmul_pullbacks


def _both(answer: Callable[..., Any], *args: Any) -> dict[str, Any]:
    dA, dB = expect(answer(*args), "dA", "dB")
    return {"dA": dA, "dB": dB}


def _matmul_cases() -> list[Case]:
    import torch

    def drawn(n: int, k: int, m: int) -> tuple[Any, ...]:
        return tuple(torch.randn(shape, dtype=torch.float64) for shape in ((n, k), (k, m), (n, m)))

    small = doubles([1.5, -2], [0, 0.7]), doubles([3.1, 0], [1.2, -0.4]), doubles([1.3, 0], [0.6, 10])
    return [
        Case("two matrices of 2 x 2", small, _both),
        Case("(2, 3) times (3, 4)", drawn(2, 3, 4), _both),
        Case("square ones, 3 x 3", drawn(3, 3, 3), _both),
        Case("a row times a column", drawn(1, 4, 1), _both),
        Case("a column times a row", drawn(3, 1, 2), _both),
    ]


EXERCISE = Exercise(
    name="matmul_pullbacks",
    notes="003 1.5",
    returns=("dA", "dB"),
    stub='''
    def matmul_pullbacks(A: Tensor, B: Tensor, dY: Tensor) -> tuple[Tensor, Tensor]:
        """What the gradient of Y = A B sends back to A and to B.

        A: (n, k). B: (k, m). dY: the gradient of Y, shape (n, m).
        Returns dA and dB, of the shapes of A and B. Do not use autograd: you are writing it.
        """
        raise NotImplementedError
    ''',
    hints=(
        "A gradient has the shape of its matrix. In which order, and with which one transposed, do dY and B "
        "make a product of the shape of A?",
        "dA = dY B^T and dB = A^T dY.",
        "Y_ij is the sum of A_ip B_pj over p. So A_ip acts on all of row i of Y, on Y_ij by B_pj. Its "
        "gradient is the sum of dY_ij B_pj over j.",
    ),
    reference="chapters.autograd.Node",
    adapt=_by_the_engine,
    cases=_matmul_cases,
    forbidden=("torch.autograd", "torch.func", "backward", "requires_grad_"),
)
