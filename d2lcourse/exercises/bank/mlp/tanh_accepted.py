"""Right answers to tanh, each by another way than the chapter's."""

import torch


def tanh(x):
    return 2 * torch.sigmoid(2 * x) - 1


def tanh(X):
    E = torch.exp(-2 * torch.where(X < 0, -X, X))
    return torch.where(X < 0, E - 1, 1 - E) / (1 + E)


def tanh(X):
    return torch.stack([torch.tanh(x) for x in X.flatten()]).reshape(X.shape)
