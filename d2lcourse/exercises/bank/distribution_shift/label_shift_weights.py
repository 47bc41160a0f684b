"""The exercise label_shift_weights: its stub, its hints, and what it is tried on."""

from d2lcourse.exercises.exercise import Case, Exercise, doubles


def _class_weights_cases() -> list[Case]:
    return [
        Case("two classes", (doubles(0.2, 0.8), doubles(0.5, 0.5))),
        Case("three classes", (doubles(0.5, 0.3, 0.2), doubles(0.1, 0.3, 0.6))),
        Case("the target lacks class 1", (doubles(0.4, 0.0, 0.6), doubles(0.5, 0.25, 0.25))),
        Case(
            "a class of one in 10^12 in the source, of three in the target",
            (doubles(1 - 3e-12, 3e-12), doubles(1 - 1e-12, 1e-12)),
        ),
        Case("nobody has class 1", (doubles(0.5, 0.0, 0.5), doubles(0.75, 0.0, 0.25))),
    ]


EXERCISE = Exercise(
    name="label_shift_weights",
    notes="004 3.9.2",
    stub='''
    def label_shift_weights(p: Tensor, q: Tensor) -> Tensor:
        """The weight of each class: beta_j = p_j / q_j, and 0 where both are 0.

        p: label distribution of the target, shape (k,). q: that of the source, positive wherever p is.
        Both float64.
        Returns float64, shape (k,).
        """
        raise NotImplementedError
    ''',
    hints=(
        "A class that is twice as frequent in the target as in the source counts twice.",
        "p / q, element by element.",
        "0 / 0 is nan, and one nan in the weights makes every weighted mean nan: torch.where(q > 0, p / q, "
        "0).",
    ),
    reference="chapters.distribution_shift.label.label_shift_weights",
    cases=_class_weights_cases,
)
