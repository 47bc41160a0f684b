"""The exercise output_size: its stub, its hints, and what it is tried on."""

from d2lcourse.exercises.exercise import Case, Exercise


def _cases() -> list[Case]:
    return [
        Case("28 pixels, a kernel of 5", (28, 5, 0, 1)),
        Case("28 pixels, a kernel of 5, two zeros at both ends", (28, 5, 2, 1)),
        Case("pooling by 2 of 28 pixels", (28, 2, 0, 2)),
        Case("pooling by 2 of 7 pixels", (7, 2, 0, 2)),
        Case("a kernel of 11 in steps of 4 over 224 pixels, two zeros at both ends", (224, 11, 2, 4)),
        Case("pooling by 3 in steps of 2 over 55 pixels", (55, 3, 0, 2)),
        Case("a kernel of 3 in steps of 3 over 10 pixels, one zero at both ends", (10, 3, 1, 3)),
        Case("a kernel of 3 in steps of 4 over 10 pixels", (10, 3, 0, 4)),
        Case("a kernel as long as the side", (5, 5, 0, 1)),
    ]


EXERCISE = Exercise(
    name="output_size",
    notes="000 1.2.2",
    stub='''
    def output_size(n: int, k: int, padding: int, stride: int) -> int:
        """How many numbers a convolution or a pooling gives along a side of n pixels.

        k: pixels that the kernel, or the window of the pooling, covers. padding: zeros put to *each* of the
        two ends. stride: pixels from one place of the kernel to the next. The kernel has to lie on pixels and
        zeros with all of its length; k is at most n + 2 padding.
        Returns a whole number.
        """
        raise NotImplementedError
    ''',
    hints=(
        "With the zeros there are n + 2 padding numbers. Where can the kernel begin?",
        "The last place where it may begin is n + 2 padding - k, the first is 0. Count those in steps of "
        "stride.",
        "(n + 2 * padding - k) // stride + 1: the whole-number division first, then the one. What a last "
        "step would overshoot is left out.",
    ),
    reference="chapters.cnn.output_size",
    cases=_cases,
)
