"""Answers to one_hot, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("The result is int64 and not float32.")
def one_hot(y, num_classes):
    return torch.nn.functional.one_hot(y.long(), num_classes)


@wrong("Z[:, y] = 1 sets the columns of all labels in every row.")
def one_hot(y: Tensor, num_classes: int) -> Tensor:
    Z = torch.zeros(len(y), num_classes)
    Z[:, y.long()] = 1
    return Z


@wrong("The label is written in place of a 1.")
def one_hot(y, num_classes):
    out = torch.zeros((y.shape[0], num_classes), dtype=torch.float32)
    rows = torch.arange(y.shape[0])
    out[rows, y.long()] = y.float()
    return out


@wrong("The number of columns is the largest label plus 1, not num_classes.")
def one_hot(y, num_classes):
    num_classes = int(max(y)) + 1
    return torch.eye(num_classes)[y.long()]


@wrong("The classes are compared with 1..num_classes, so everything is one column to the left.")
def one_hot(y, num_classes):
    classes = torch.arange(1, num_classes + 1).reshape(1, -1)
    return (y.reshape(-1, 1) == classes).to(torch.float32)


@wrong("Labels and rows are swapped, so the result has shape (num_classes, n).")
def one_hot(y, num_classes):
    table = []
    for c in range(num_classes):
        table.append([1.0 if label == c else 0.0 for label in y.tolist()])
    return torch.tensor(table, dtype=torch.float32)


@right("Comparing the labels with all classes by broadcasting.")
def one_hot(y, num_classes):
    return (y[:, None] == torch.arange(num_classes, device=y.device)[None, :]).float()


@right("scatter_ of ones along the columns.")
def one_hot(y, num_classes):
    vectors = torch.zeros(y.shape[0], num_classes, dtype=torch.float32, device=y.device)
    return vectors.scatter_(1, y.long().unsqueeze(1), 1.0)
