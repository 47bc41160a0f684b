"""The exercise bayes: its stub, its hints, and what it is tried on."""

from d2lcourse.exercises.exercise import Case, Exercise, doubles


def _bayes_cases() -> list[Case]:
    import torch

    def drawn(k: int, l: int) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.rand(k).double().softmax(0), torch.randn(k, l).double().softmax(1)

    return [
        Case("a rare disease and its test", (doubles(0.9985, 0.0015), doubles([0.99, 0.01], [0, 1]))),
        Case("two values of each, drawn at random", drawn(2, 2)),
        Case("three values of a, two of b", drawn(3, 2)),
        Case("two values of a, four of b", drawn(2, 4)),
        Case("three values of each", drawn(3, 3)),
        Case("b = 1 is very rare", (doubles(0.4, 0.6), doubles([1 - 1e-12, 1e-12], [1 - 3e-12, 3e-12]))),
        Case("a prior of 0 and 1", (doubles(0, 1), doubles([0.5, 0.5], [0.2, 0.8]))),
    ]


EXERCISE = Exercise(
    name="bayes",
    notes="003 1.6",
    stub='''
    def bayes(prior: Tensor, likelihood: Tensor) -> Tensor:
        """Bayes' theorem: P(a | b) = P(b | a) P(a) / P(b), for every a and b.

        prior: P(a), shape (k,). likelihood: P(b | a), shape (k, l): row a sums to 1.
        Returns P(a | b), shape (k, l): a row for each a, and column b sums to 1.
        """
        raise NotImplementedError
    ''',
    hints=(
        "First the joint table, P(a, b) = P(b | a) P(a). What is P(b), in terms of this table?",
        "joint = prior.unsqueeze(1) * likelihood; P(b) is the sum of column b, joint.sum(dim=0).",
        "The prior goes with the *rows*: without unsqueeze(1), broadcasting takes it along the columns, and "
        "where the table is square nobody complains. And each column has its own P(b).",
    ),
    reference="chapters.probability.bayes",
    cases=_bayes_cases,
)
