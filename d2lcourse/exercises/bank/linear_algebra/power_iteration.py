"""The exercise power_iteration: its stub, its hints, and what it is tried on."""

from d2lcourse.exercises.exercise import Case, Exercise, doubles


def _power_cases() -> list[Case]:
    import torch

    large = doubles([3e30, 1e30], [1e30, 2e30])
    return [
        Case("[[2, 1], [1, 2]], 40 steps", (doubles([2.0, 1.0], [1.0, 2.0]), doubles(1.0, 0.0), 40)),
        Case("two steps, far from the end", (doubles([2.0, 1.0], [1.0, 3.0]), doubles(3.0, -1.0), 2)),
        Case("a start of negative numbers", (doubles([2.0, 0.5], [0.3, 1.0]), doubles(-1.0, -0.2), 3)),
        Case("one step", (doubles([2.0, 1.0], [0.0, 3.0]), doubles(0.5, 2.0), 1)),
        Case(
            "the eigenvalue is negative",
            (doubles([-4.0, 1.0, 0.0], [1.0, 2.0, 1.0], [0.0, 1.0, 1.0]), doubles(1.0, 1.0, 1.0), 60),
        ),
        Case("elements of 1e30, 30 steps", (large, doubles(1.0, 1.0), 30)),
        Case("elements of 1e-10, 3 steps", (large * 1e-40, doubles(1.0, 0.3), 3)),
        Case("float32", (torch.tensor([[2.0, 0.0], [1.0, 1.0]]), torch.tensor([1.0, 1.0]), 50)),
    ]


EXERCISE = Exercise(
    name="power_iteration",
    notes="003 1.3",
    returns=("the eigenvalue", "x"),
    stub='''
    def power_iteration(A: Tensor, x: Tensor, num_steps: int) -> tuple[Tensor, Tensor]:
        """The largest eigenvalue of A by size, and its eigenvector, step by step.

        A step multiplies x by A, and then divides it by its length. At the end the eigenvalue is x^T A x.

        A: shape (n, n). x: where to start, shape (n,), of any length; it stays as it is.
        num_steps: at least 1.
        Returns the eigenvalue, shape (), and x after the last step, shape (n,), of length 1.
        """
        raise NotImplementedError
    ''',
    hints=(
        "A loop of two lines, and one line after it.",
        "x = A @ x; x = x / torch.linalg.vector_norm(x). After the loop torch.dot(x, A @ x).",
        "The length of A x is the eigenvalue without its sign. And without the division in every step the "
        "numbers overflow, or die out.",
    ),
    reference="chapters.linear_algebra.power_iteration",
    cases=_power_cases,
)
