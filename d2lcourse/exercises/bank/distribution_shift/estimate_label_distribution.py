"""The exercise estimate_label_distribution: its stub, its hints, and what it is tried on."""

from d2lcourse.exercises.exercise import Case, Exercise, doubles


def _distribution_cases() -> list[Case]:
    two = doubles([0.8, 0.3], [0.2, 0.7])
    three = doubles([0.7, 0.2, 0.1], [0.2, 0.6, 0.3], [0.1, 0.2, 0.6])
    four = doubles([0.6, 0.1, 0.1, 0.0], [0.2, 0.5, 0.2, 0.1], [0.1, 0.3, 0.6, 0.3], [0.1, 0.1, 0.1, 0.6])
    return [
        Case("two classes", (two, two @ doubles(0.4, 0.6))),
        Case("three classes", (three, three @ doubles(0.1, 0.6, 0.3))),
        Case("C^-1 mu = (0.9, -0.3, 0.4): no distribution", (three, three @ doubles(0.9, -0.3, 0.4))),
        Case("C^-1 mu = (1.2, -0.2)", (two, two @ doubles(1.2, -0.2))),
        Case("C^-1 mu = (-0.1, -0.4, 1.05, 0.45)", (four, four @ doubles(-0.1, -0.4, 1.05, 0.45))),
    ]


EXERCISE = Exercise(
    name="estimate_label_distribution",
    notes="004 3.9.2",
    stub='''
    def estimate_label_distribution(C: Tensor, mu: Tensor) -> Tensor:
        """The label distribution p of the target, from C p = mu; never negative, sum 1.

        C^-1 mu has the sum 1, but mu comes from a sample, and an entry may be negative. The answer is
        the *distribution* that explains mu best: of all p with p_j >= 0 and sum 1, that with the least
        ||C p - mu||.

        C: shares predicted as i (row) of the true class j (column), shape (k, k), not singular, k at most 10.
        mu: shares predicted as i on the target, shape (k,). Both float64.
        Returns float64, shape (k,), right to 1e-4.
        """
        raise NotImplementedError
    ''',
    hints=(
        "Solve C p = mu first: if no entry is negative, this is the answer. If one is, no entry can be "
        "mended by itself: with one class held at 0, the others have to be found anew, with sum 1.",
        "p = torch.linalg.solve(C, mu). If that is no distribution, walk downhill from torch.full_like(mu, "
        "1/k) and come back to the distributions after every step: p = project(p - 0.5 * C.T @ (C @ p - "
        "mu)), 500 times. project(v) subtracts one number from all entries and cuts off at 0, so that the "
        "sum is 1: with the r largest entries, of sum s, the number is (s - 1) / r, for the largest r whose "
        "r-th entry is above it.",
        "Cutting negative entries off, taking absolute values, and dividing by the sum afterwards do give a "
        "distribution, but not the one nearest to mu. And C as it is, not C.T: a column is a true class.",
    ),
    reference="chapters.distribution_shift.label.confusion.estimate_label_distribution",
    tolerance=1e-4,  # where an answer walks downhill it stops short of the minimum,
    limit=20.0,  # thousands of steps, with the number of `project` found by bisection,
    cases=_distribution_cases,
)
