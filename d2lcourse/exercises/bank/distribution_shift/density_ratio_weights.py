"""The exercise density_ratio_weights: its stub, its hints, and what it is tried on."""

from typing import Any

from d2lcourse.exercises.exercise import Case, Exercise, doubles


def _counted(X_source: Any, X_target: Any) -> Any:
    """A classifier that has counted how often each x occurs in the two samples."""

    def log_odds(X: Any) -> Any:
        there, here = ((X == sample.T).sum(dim=1).to(X) for sample in (X_target, X_source))
        return there.log() - here.log()

    return log_odds


def _sure(X_source: Any, X_target: Any) -> Any:
    """A classifier whose log-odds are 40 x, whatever the samples."""
    return lambda X: 40 * X[:, 0]


def _of_two(X_source: Any, X_target: Any) -> Any:
    """A classifier of rows of two features; its log-odds are the one plus three times the other."""
    return lambda X: X[:, 0] + 3 * X[:, 1]


def _ratio_cases() -> list[Case]:
    def column(*values: float) -> Any:
        return doubles(*values).reshape(-1, 1)

    counts = "fit counts each x in the two samples"
    return [
        Case(f"two samples of four coins; {counts}", (column(0, 0, 0, 1), column(0, 1, 1, 1), _counted)),
        Case(
            f"four coins in the source, eight in the target; {counts}",
            (column(0, 0, 0, 1), column(0, 0, 1, 1, 1, 1, 1, 1), _counted),
        ),
        Case(
            f"the target has x = 2, the source does not; {counts}",
            (column(0, 1, 0, 1, 0, 0), column(0, 1, 2), _counted),
        ),
        Case(
            "two features, log-odds of x1 + 3 x2, for whatever samples",
            (doubles([0.2, -0.4], [1.1, 0.3]), doubles([0.5, 0.5], [0.7, -0.1], [0.0, 0.2]), _of_two),
        ),
        Case("log-odds of 40 x, for whatever samples", (column(-1, 0.5, 1), column(1, 1, 1, 1, 1, 1), _sure)),
    ]


EXERCISE = Exercise(
    name="density_ratio_weights",
    notes="004 3.9.2",
    stub='''
    def density_ratio_weights(X_source: Tensor, X_target: Tensor, fit) -> Tensor:
        """beta = p(x) / q(x) of each source example, by a classifier.

        Of the n source and m target examples together, the share m p(x) / (m p(x) + n q(x)) of those
        with inputs x is target. A classifier that tells the samples apart estimates that share.

        X_source: drawn from q, shape (n, d). X_target: drawn from p, shape (m, d).
        fit: fit(X_source, X_target) trains such a classifier and returns a function h; h(X), shape
        (rows of X,), is the log-odds log P(target | x) / P(source | x) of each row of X.
        Returns the weights of the source examples, shape (n,).
        """
        raise NotImplementedError
    ''',
    hints=(
        "The odds P(target | x) / P(source | x) are m p(x) / (n q(x)). What turns them into p(x) / q(x)?",
        "h = fit(X_source, X_target), then torch.exp(h(X_source)) * n / m.",
        "004 3.9.2 leaves n / m out, which is right for samples of one size. And a log-odds of 40 rounds the "
        "probability to 1: never compute P / (1 - P), exp(h) are the odds.",
    ),
    reference="chapters.distribution_shift.covariate.density_ratio_weights",
    adapt=lambda function: lambda X_source, X_target, fit: function(X_source, X_target, fit=fit),
    cases=_ratio_cases,
)
