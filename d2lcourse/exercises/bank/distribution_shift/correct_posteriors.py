"""The exercise correct_posteriors: its stub, its hints, and what it is tried on."""

from d2lcourse.exercises.exercise import Case, Exercise, doubles


def _posteriors_cases() -> list[Case]:
    import torch

    rows = doubles([0.5, 0.5], [0.8, 0.2], [0.1, 0.9])
    three = torch.randn(3, 3, dtype=torch.float64).softmax(dim=1)
    single = torch.tensor([[0.2, 0.3, 0.5]]), torch.tensor([0.25, 0.25, 0.5]), torch.tensor([0.5, 0.3, 0.2])
    return [
        Case("three examples, a balanced source", (rows, doubles(0.2, 0.8), doubles(0.5, 0.5))),
        Case("as many examples as classes", (three, doubles(0.6, 0.3, 0.1), doubles(0.2, 0.2, 0.6))),
        Case("a batch of one, float32", single),
        Case(
            "the target has one class only, which the classifier rules out",
            (doubles([1 - 1e-12, 1e-12], [0.4, 0.6]), doubles(0.0, 1.0), doubles(0.5, 0.5)),
        ),
        Case(
            "a class of one in 10^12, of three in the target",
            (doubles([0.5, 0.5], [0.1, 0.9]), doubles(1 - 3e-12, 3e-12), doubles(1 - 1e-12, 1e-12)),
        ),
        Case("nothing has shifted", (rows, doubles(0.3, 0.7), doubles(0.3, 0.7))),
    ]


EXERCISE = Exercise(
    name="correct_posteriors",
    notes="004 3.9.2",
    stub='''
    def correct_posteriors(probs: Tensor, p: Tensor, q: Tensor) -> Tensor:
        """A classifier's probabilities, corrected for the target's label distribution.

        By Bayes' rule, p(y = j | x) is proportional to q(y = j | x) beta_j, with beta = p / q.

        probs: q(y | x) of each example, shape (n, k). p: label distribution of the target, shape (k,).
        q: label distribution of the source, shape (k,), with no 0. All of one type.
        Returns p(y | x), shape (n, k), of that type; every row sums to 1.
        """
        raise NotImplementedError
    ''',
    hints=(
        "Each class has one factor, which is the same for all examples. What has to be true of each row "
        "after?",
        "joint = probs * (p / q), then joint / joint.sum(dim=1, keepdim=True).",
        "Without keepdim=True the sums are a row and divide the columns, which goes unnoticed where there "
        "are as many examples as classes.",
    ),
    reference="chapters.distribution_shift.label.correct_posteriors",
    cases=_posteriors_cases,
)
