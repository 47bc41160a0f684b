"""Answers to confusion_matrix, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("Puts the true class in the row and the predicted one in the column, and then normalises the rows: the transpose.")
def confusion_matrix(y: Tensor, y_hat: Tensor, num_classes: int) -> Tensor:
    C = torch.zeros(num_classes, num_classes, dtype=torch.float64)
    for t, p in zip(y, y_hat):
        C[t, p] += 1
    return C / C.sum(dim=1, keepdim=True)


@wrong("Counts with an indexed +=, which adds 1 only once for pairs that occur several times.")
def confusion_matrix(y: Tensor, y_hat: Tensor, num_classes: int) -> Tensor:
    counts = torch.zeros((num_classes, num_classes), dtype=torch.double)
    counts[y_hat, y] += 1
    return counts / counts.sum(0)


@wrong("Divides row i by the number of examples of true class i, where column j is to be divided by that of class j, since the totals were made a column vector.")
def confusion_matrix(y: Tensor, y_hat: Tensor, num_classes: int) -> Tensor:
    k = num_classes
    table = torch.bincount(y_hat * k + y, minlength=k * k).reshape(k, k)
    totals = torch.bincount(y, minlength=k)
    return table.double() / totals.unsqueeze(1)


@wrong("Divides all counts by n, so the whole matrix sums to 1 and not every column.")
def confusion_matrix(y: Tensor, y_hat: Tensor, num_classes: int) -> Tensor:
    C = torch.empty(num_classes, num_classes, dtype=torch.float64)
    for i in range(num_classes):
        for j in range(num_classes):
            C[i, j] = ((y_hat == i) & (y == j)).double().mean()
    return C


@wrong("Returns float32, the default type of torch.zeros.")
def confusion_matrix(y: Tensor, y_hat: Tensor, num_classes: int) -> Tensor:
    C = torch.zeros(num_classes, num_classes)
    C.index_put_((y_hat, y), torch.ones(len(y)), accumulate=True)
    return C / C.sum(dim=0, keepdim=True)


@right("product of two one-hot matrices, divided by the class counts")
def confusion_matrix(y: Tensor, y_hat: Tensor, num_classes: int) -> Tensor:
    classes = torch.arange(num_classes)
    predicted = (y_hat[:, None] == classes).to(torch.float64)
    true = (y[:, None] == classes).to(torch.float64)
    return torch.einsum("ni,nj->ij", predicted, true) / true.sum(0)


@right("for each true class a bincount of its predictions")
def confusion_matrix(y: Tensor, y_hat: Tensor, num_classes: int) -> Tensor:
    columns = []
    for j in range(num_classes):
        of_class = y_hat[y == j]
        columns.append(torch.bincount(of_class, minlength=num_classes).to(torch.float64) / of_class.numel())
    return torch.stack(columns).T
