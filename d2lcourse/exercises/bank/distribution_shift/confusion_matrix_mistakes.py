"""Wrong answers to confusion_matrix, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import again, mistake


@mistake("C is transposed: a column is a true class, a row a predicted one, so count in [y_hat, y]")
def confusion_matrix(y, y_hat, num_classes):
    counts = torch.zeros(num_classes, num_classes, dtype=torch.float64)
    for j, i in zip(y.tolist(), y_hat.tolist(), strict=False):
        counts[i, j] += 1
    return (counts / counts.sum(dim=0)).T


@mistake(
    "the rows are normalised: each *column* sums to 1, so divide by how many examples its true class has"
)
def confusion_matrix(y, y_hat, num_classes):
    counts = torch.zeros(num_classes, num_classes, dtype=torch.float64)
    for j, i in zip(y.tolist(), y_hat.tolist(), strict=False):
        counts[i, j] += 1
    return counts / counts.sum(dim=1, keepdim=True)


@again
def confusion_matrix(y, y_hat, num_classes):
    counts = torch.zeros(num_classes, num_classes, dtype=torch.float64)
    for j, i in zip(y.tolist(), y_hat.tolist(), strict=False):
        counts[i, j] += 1
    return counts / counts.sum(dim=1, keepdim=True).clamp(min=1)


@mistake("y and y_hat have changed places: the columns are predictions here, and should be true classes")
def confusion_matrix(y, y_hat, num_classes):
    counts = torch.zeros(num_classes, num_classes, dtype=torch.float64)
    for j, i in zip(y.tolist(), y_hat.tolist(), strict=False):
        counts[j, i] += 1
    return counts / counts.sum(dim=0)


@again
def confusion_matrix(y, y_hat, num_classes):
    counts = torch.zeros(num_classes, num_classes, dtype=torch.float64)
    for j, i in zip(y.tolist(), y_hat.tolist(), strict=False):
        counts[j, i] += 1
    return counts / counts.sum(dim=0).clamp(min=1)


@mistake(
    "each column is divided by how often its class is predicted, not is true: .sum(dim=0) of C[y_hat, y],"
    " or dim=1 of C[y, y_hat]"
)
def confusion_matrix(y, y_hat, num_classes):
    counts = torch.zeros(num_classes, num_classes, dtype=torch.float64)
    for j, i in zip(y.tolist(), y_hat.tolist(), strict=False):
        counts[i, j] += 1
    return counts / counts.sum(dim=1)


@again
def confusion_matrix(y, y_hat, num_classes):
    counts = torch.zeros(num_classes, num_classes, dtype=torch.float64)
    for j, i in zip(y.tolist(), y_hat.tolist(), strict=False):
        counts[j, i] += 1
    return counts.T / counts.sum(dim=0)


@mistake("these are counts: divide each column by its sum")
def confusion_matrix(y, y_hat, num_classes):
    counts = torch.zeros(num_classes, num_classes, dtype=torch.float64)
    for j, i in zip(y.tolist(), y_hat.tolist(), strict=False):
        counts[i, j] += 1
    return counts


@mistake("the counts are divided by the number of all examples: divide each column by that of its class")
def confusion_matrix(y, y_hat, num_classes):
    counts = torch.zeros(num_classes, num_classes, dtype=torch.float64)
    for j, i in zip(y.tolist(), y_hat.tolist(), strict=False):
        counts[i, j] += 1
    return counts / len(y)


@mistake("every class is taken to be equally frequent: divide each column by how often its class occurs")
def confusion_matrix(y, y_hat, num_classes):
    counts = torch.zeros(num_classes, num_classes, dtype=torch.float64)
    for j, i in zip(y.tolist(), y_hat.tolist(), strict=False):
        counts[i, j] += 1
    return counts * num_classes / len(y)


@mistake(
    "C[y_hat, y] += 1 adds only 1 where a pair occurs several times: use a loop, or index_put_(..., "
    "accumulate=True)"
)
def confusion_matrix(y, y_hat, num_classes):
    counts = torch.zeros(num_classes, num_classes, dtype=torch.float64)
    counts[y_hat, y] += 1
    return counts / torch.bincount(y)


@again
def confusion_matrix(y, y_hat, num_classes):
    counts = torch.zeros(num_classes, num_classes, dtype=torch.float64)
    counts[y_hat, y] += 1
    return counts / counts.sum(dim=0)


@mistake("a class that is never predicted has no row: make num_classes rows, whatever occurs in y_hat")
def confusion_matrix(y, y_hat, num_classes):
    rows = torch.nn.functional.one_hot(y_hat).double()
    columns = torch.nn.functional.one_hot(y, num_classes).double()
    return rows.T @ columns / columns.sum(dim=0)


@mistake("torch.zeros is float32, which is too little for the inverse of C: dtype=torch.float64")
def confusion_matrix(y, y_hat, num_classes):
    counts = torch.zeros(num_classes, num_classes)
    for j, i in zip(y, y_hat, strict=False):
        counts[i, j] += 1
    return counts / counts.sum(dim=0)
