"""The exercise variance: its stub, its hints, and what it is tried on."""

from d2lcourse.exercises.exercise import Case, Exercise, doubles


def _variance_cases() -> list[Case]:
    import torch

    return [
        Case("a coin of -0.6 and 1.7", (doubles(-0.6, 1.7), doubles(0.3, 0.7))),
        Case("three values, one of them likely", (doubles(1.2, 2, 4.5), doubles(0.1, 0.7, 0.2))),
        Case("six values drawn at random", (torch.randn(6).double(), torch.randn(6).double().softmax(0))),
        Case("values that are all alike", (doubles(3, 3, 3), doubles(0.2, 0.3, 0.5))),
        Case("values near 10^8", (doubles(1, 2, 4) + 1e8, doubles(0.25, 0.5, 0.25))),
    ]


EXERCISE = Exercise(
    name="variance",
    notes="003 1.6",
    stub='''
    def variance(values: Tensor, probabilities: Tensor) -> Tensor:
        """The variance of f(X): E[(f(X) - E[f(X)])^2].

        values: f(x) for each x, shape (k,). probabilities: P(x), shape (k,), with the sum 1.
        Returns one number, shape (). It has to be right for values near 10^8 as well.
        """
        raise NotImplementedError
    ''',
    hints=(
        "An expected value weighs each value by its probability: E[f(X)] is the sum of f(x) P(x). The "
        "variance is one too, of another function.",
        "mean = (values * probabilities).sum(), then ((values - mean) ** 2 * probabilities).sum().",
        "E[f^2] - E[f]^2 is the same on paper. Near 10^8 both are about 10^16, and float64 has 16 digits: "
        "nothing is left of the difference. And values.mean() knows nothing of the probabilities.",
    ),
    reference="chapters.probability.variance",
    cases=_variance_cases,
)
