"""Answers to corr2d whose values are right, but which use what the exercise forbids."""

import torch
import torch.nn.functional as F


def corr2d(X, K):
    return F.conv2d(X[None, None], K[None, None])[0, 0]


def corr2d(X, K):
    return torch.conv2d(X[None, None], K[None, None]).squeeze((0, 1))


def corr2d(X, K):
    layer = torch.nn.Conv2d(1, 1, K.shape, bias=False)
    return torch.func.functional_call(layer, {"weight": K[None, None]}, (X[None, None],))[0, 0]
