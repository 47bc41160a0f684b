"""Wrong answers to fill_missing, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import again, mistake


@mistake("the means are those of X: take them from train, or the rows that test tell about themselves")
def fill_missing(X, train):
    return torch.where(X.isnan(), X.nanmean(dim=0).nan_to_num(), X)


@mistake("the means are those of X and train together: what tests must not take part, use train alone")
def fill_missing(X, train):
    return torch.where(X.isnan(), torch.cat([X, train]).nanmean(dim=0).nan_to_num(), X)


@mistake(
    "mean() of a column with a gap is NaN, so gaps stay gaps or become 0: nanmean leaves them out",
    needs=r"\bmean\(",
)
def fill_missing(X, train):
    return torch.where(X.isnan(), train.mean(dim=0).nan_to_num(), X)


@again
def fill_missing(X, train):
    return torch.where(X.isnan(), train.mean(dim=0), X)


@mistake("a column of which train knows nothing stays NaN: its mean becomes 0 by nan_to_num()")
def fill_missing(X, train):
    return torch.where(X.isnan(), train.nanmean(dim=0), X)


@mistake("one mean of the whole table fills every column: each column has its own, nanmean(dim=0)")
def fill_missing(X, train):
    return torch.where(X.isnan(), train.nanmean(), X)


@mistake("gaps are filled with 0: the mean of the column says less about the row")
def fill_missing(X, train):
    return X.nan_to_num()


@mistake(
    "gaps of train count as 0 in its means: divide by the number of those that are there, nanmean(dim=0)"
)
def fill_missing(X, train):
    return torch.where(X.isnan(), train.nan_to_num().mean(dim=0), X)


@mistake("NaN is not equal to itself, so X == nan finds no gap: ask X.isnan()")
def fill_missing(X, train):
    return torch.where(X == float("nan"), train.nanmean(dim=0), X)


@mistake("every entry becomes the mean: only where X.isnan()")
def fill_missing(X, train):
    return train.nanmean(dim=0).nan_to_num().expand_as(X)


@mistake("this is the median: the exercise asks for the mean")
def fill_missing(X, train):
    return torch.where(X.isnan(), train.nanmedian(dim=0).values.nan_to_num(), X)


@mistake("rows with gaps are left out: fill them, or their other numbers are lost")
def fill_missing(X, train):
    return X[~X.isnan().any(dim=1)]


@mistake("X itself is changed: the caller still needs it, so write to X.clone()")
def fill_missing(X, train):
    mean = train.nanmean(dim=0).nan_to_num().expand_as(X)
    X[X.isnan()] = mean[X.isnan()]
    return X
