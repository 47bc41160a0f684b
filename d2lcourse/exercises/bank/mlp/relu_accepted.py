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
