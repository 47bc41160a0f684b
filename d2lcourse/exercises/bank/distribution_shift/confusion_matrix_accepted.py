"""Right answers to confusion_matrix, each by another way than the chapter's."""

import torch


def confusion_matrix(y, y_hat, num_classes):
    C = torch.zeros(num_classes, num_classes, dtype=torch.float64)
    C.index_put_((y_hat, y), torch.ones(len(y)).double(), accumulate=True)
    return C / C.sum(dim=0)


def confusion_matrix(labels, predictions, k):
    columns = []
    for j in range(k):
        of_class = predictions[labels == j]
        columns.append(torch.stack([(of_class == i).double().mean() for i in range(k)]))
    return torch.stack(columns, dim=1)


def confusion_matrix(y, y_hat, num_classes):
    pairs = torch.bincount(num_classes * y + y_hat, minlength=num_classes**2)
    counts = pairs.reshape(num_classes, num_classes).double()
    return (counts / counts.sum(dim=1, keepdim=True)).T


def confusion_matrix(y, y_hat, num_classes):
    true, predicted = (torch.eye(num_classes, dtype=torch.float64)[labels] for labels in (y, y_hat))
    return predicted.T @ true @ torch.diag(1 / true.sum(dim=0))
