"""Right answers to sigmoid, each by another way than the chapter's."""

import torch


def sigmoid(X):
    return torch.sigmoid(X)


def sigmoid(x):
    z = torch.exp(-torch.where(x < 0, -x, x))
    return torch.where(x < 0, z, torch.ones_like(z)) / (1 + z)


def sigmoid(X):
    return (1 + torch.tanh(X / 2)) / 2


def sigmoid(X):
    result, right = torch.empty_like(X), X >= 0
    result[right] = 1 / (1 + torch.exp(-X[right]))
    result[~right] = torch.exp(X[~right]) / (1 + torch.exp(X[~right]))
    return result


def sigmoid(X):
    values = []
    for x in X.flatten():
        values.append(1 / (1 + torch.exp(-x)) if x >= 0 else torch.exp(x) / (1 + torch.exp(x)))
    return torch.stack(values).reshape(X.shape)
