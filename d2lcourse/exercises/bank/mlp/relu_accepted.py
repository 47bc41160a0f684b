"""Right answers to relu, each by another way than the chapter's."""

import torch


def relu(X):
    return torch.relu(X)


def relu(x):
    return x * (x > 0)


def relu(X):
    Y = X.clone()
    Y[Y <= 0] = 0
    return Y


def relu(X):
    return torch.stack([x if x > 0 else 0 * x for x in X.flatten()]).reshape(X.shape)


def relu(X):
    return torch.where(X > 0, X, torch.zeros_like(X))


def relu(X):
    return torch.nn.functional.relu(X)


def relu(X):
    return torch.nn.functional.threshold(X, 0.0, 0.0)
