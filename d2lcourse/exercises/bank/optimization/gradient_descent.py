"""The exercise gradient_descent: its stub, its hints, and what it is tried on."""

from typing import Any

from d2lcourse.exercises.exercise import Case, Exercise, doubles


def _slope_of_square(x: Any) -> Any:
    return 2 * x


def _slope_of_fourth_power(x: Any) -> Any:
    return 4 * x**3


def _gradient_in_the_plane(x: Any) -> Any:
    return doubles(2, 4) * x


def _gradient_descent_cases() -> list[Case]:
    start = doubles(3)[0]
    return [
        Case("x², three steps", (_slope_of_square, start, 0.1, 3)),
        Case("x⁴, whose slope is another at every point", (_slope_of_fourth_power, doubles(1)[0], 0.05, 5)),
        Case("a start in the plane", (_gradient_in_the_plane, doubles(-5, -2), 0.2, 4)),
        Case("a start close to the minimum", (_slope_of_square, doubles(0.0004, -0.0003), 0.3, 3)),
        Case("no steps: the start alone", (_slope_of_square, start, 0.1, 0)),
    ]


EXERCISE = Exercise(
    name="gradient_descent",
    notes="003 5.2",
    stub='''
    def gradient_descent(gradient, start: Tensor, lr: float, num_steps: int) -> Tensor:
        """The points that gradient descent visits, from the start on.

        gradient: a function from a point to the gradient there, of the point's shape. start: the first point,
        any shape; it stays as it is. lr: the learning rate. num_steps: at least 0.
        Returns shape (num_steps + 1, ...): the start, and the point after each step.
        """
        raise NotImplementedError
    ''',
    hints=(
        "A list that begins as [start]. Each new point is made from the last one in it.",
        "x <- x - lr * gradient(x). torch.stack makes one tensor of a list of points.",
        "`x -= ...` changes the tensor itself: the start, and every entry of the list that is the same "
        "tensor. `x = x - ...` makes a new one.",
    ),
    reference="chapters.optimization.gradient_descent",
    cases=_gradient_descent_cases,
)
