"""Right answers to one_hot, each by another way than the chapter's."""

import torch


def one_hot(labels, q):
    return torch.eye(q)[labels]


def one_hot(y, num_classes):
    rows = torch.zeros(len(y), num_classes)
    for i, label in enumerate(y.tolist()):
        rows[i, label] = 1
    return rows


def one_hot(y, num_classes):
    return torch.zeros(len(y), num_classes).scatter_(1, y.reshape(-1, 1), 1.0)
