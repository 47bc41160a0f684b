"""Right answers to mlp, each by another way than the chapter's."""

import torch

from chapters.mlp import relu
from d2lcore import linreg


def mlp(X, W1, b1, W2, b2):
    return linreg(relu(linreg(X.reshape(len(X), -1), W1, b1)), W2, b2)


def mlp(X, W1, b1, W2, b2):
    O = []
    for x in X:
        h = (x.flatten() @ W1 + b1).clamp(min=0)
        O.append(h @ W2 + b2)
    return torch.stack(O)


def mlp(images, W, b, V, c):
    linear = torch.nn.functional.linear
    return linear(torch.relu(linear(images.flatten(1), W.T, b)), V.T, c)
