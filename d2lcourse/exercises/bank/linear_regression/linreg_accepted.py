"""Right answers to linreg, each by another way than the chapter's."""

import torch


def linreg(X, w, b):
    return torch.matmul(X, w) + b


def linreg(X, w, b):
    return torch.nn.functional.linear(X, w.T, b)


def linreg(X, w, b):
    return (X * w.reshape(1, -1)).sum(dim=1, keepdim=True) + b


def linreg(features, weights, bias):
    rows = []
    for x in features:
        total = bias[0]
        for i in range(len(x)):
            total = total + x[i] * weights[i, 0]
        rows.append(total)
    return torch.stack(rows).unsqueeze(1)
