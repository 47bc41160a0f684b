"""Right answers to accuracy, each by another way than the chapter's."""

import torch


def accuracy(y_hat, y):
    return (y_hat.argmax(dim=1) == y).sum()


def accuracy(scores, labels):
    right = 0
    for row, label in zip(scores.tolist(), labels.tolist(), strict=False):
        right += row.index(max(row)) == label
    return right


def accuracy(y_hat, y):
    return len(y) - torch.count_nonzero(y_hat.max(dim=1).indices - y).item()


def accuracy(y_hat, y):
    return round((y_hat.argmax(dim=1) == y).float().mean().item() * len(y))
