"""Right answers to fill_missing, each by another way than the chapter's."""

import pandas
import torch


def fill_missing(X, train):
    mean = pandas.DataFrame(train.numpy()).mean().fillna(0)
    return torch.tensor(pandas.DataFrame(X.numpy()).fillna(mean).to_numpy(), dtype=X.dtype)


def fill_missing(X, train):
    known = ~train.isnan()
    mean = train.nan_to_num().sum(dim=0) / known.sum(dim=0).clamp(min=1)
    filled = X.clone()
    rows, columns = X.isnan().nonzero(as_tuple=True)
    filled[rows, columns] = mean[columns]
    return filled


def fill_missing(X, train):
    filled = X.clone()
    for j in range(X.shape[1]):
        column = train[:, j]
        known = column[~column.isnan()]
        filled[X[:, j].isnan(), j] = known.mean() if len(known) else 0.0
    return filled
