"""The exercise mean_of_parts: its stub, its hints, and what it is tried on."""

from d2lcourse.exercises.exercise import Case, Exercise, doubles


def _cases() -> list[Case]:
    import torch

    a, b, c = doubles(1, -2, 3), doubles(5, 4, -3), doubles(-6, 0.5, 9)
    matrix = torch.arange(6.0).reshape(2, 3)
    nan = torch.full((3,), torch.nan, dtype=torch.float64)
    return [
        Case("two parts of one size", ([a, b], [4, 4])),
        Case("99 examples and 1", ([a, b], [99, 1])),
        Case("three parts of 2, 3 and 5", ([a, b, c], [2, 3, 5])),
        Case("gradients of a matrix, parts of 3 and 1", ([matrix / 4, matrix**2], [3, 1])),
        Case("one part alone", ([c], [7])),
        Case("parts of 2, 0 and 1: the mean of no examples is NaN", ([a, nan, b], [2, 0, 1])),
    ]


EXERCISE = Exercise(
    name="mean_of_parts",
    notes="book 12.5",
    stub='''
    def mean_of_parts(means: list[Tensor], sizes: list[int]) -> Tensor:
        """The mean gradient of a batch that was cut into parts.

        means[r]: the mean gradient over the examples of part r, all of one shape. sizes[r]: how many those
        are. A part may have none: then its mean is 0 / 0, and it has no say. One part at least has some.
        Returns the mean over all examples of all parts, of that shape.
        """
        raise NotImplementedError
    ''',
    hints=(
        "If you had the sum over each part, you would add them up and divide once.",
        "The sum over part r is sizes[r] * means[r]; divide the total by sum(sizes).",
        "0 * NaN is NaN: leave parts of size 0 out before anything is added.",
    ),
    reference="chapters.data_parallel.parts.mean_of_parts",
    cases=_cases,
)
