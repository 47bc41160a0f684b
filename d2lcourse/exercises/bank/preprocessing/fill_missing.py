"""The exercise fill_missing: its stub, its hints, and what it is tried on."""

from d2lcourse.exercises.exercise import Case, Exercise, doubles


def _fill_cases() -> list[Case]:
    nan = float("nan")
    train = doubles([1.1, nan, -2.4], [-3.2, 10.3, nan], [8.6, 21.5, nan])
    X = doubles([nan, 1.0, nan], [5.0, nan, 7.0])
    return [
        Case("three columns, train has gaps too", (X, train)),
        Case("train itself", (train, train.clone())),
        Case("a column that train does not know", (doubles([nan, 1.0], [2.0, nan]), doubles([nan, 4.0]))),
        Case(
            "two columns that train does not know, one of them the last",
            (doubles([nan, 1.3, nan], [nan, 0.4, 2.2]), doubles([nan, 4.1, nan], [nan, nan, nan])),
        ),
        Case("no gap in X", (doubles([0.0, 1.0]), doubles([nan, 3.0], [4.0, 8.0]))),
        Case("float32", (X.float(), train.float())),
    ]


EXERCISE = Exercise(
    name="fill_missing",
    notes="003 1.2",
    stub='''
    def fill_missing(X: Tensor, train: Tensor) -> Tensor:
        """X with its gaps (NaN) filled by the mean of their column in train.

        X: shape (n, d). train: shape (m, d), the rows that train; gaps in it do not count in a mean.
        A column of which train knows no number is filled with 0.
        Returns shape (n, d), of the type of X. X and train stay as they are.
        """
        raise NotImplementedError
    ''',
    hints=(
        "One mean for each column, over the numbers that are there; then put it where X has a gap.",
        "train.nanmean(dim=0) leaves gaps out; X.isnan() says where they are; torch.where chooses.",
        "NaN is not equal to itself, so X == nan finds nothing. The mean of no numbers is NaN again: "
        ".nan_to_num() makes it 0. And the means are those of train, not of X.",
    ),
    reference="chapters.preprocessing.fill_missing",
    cases=_fill_cases,
)
