"""Wrong answers to corr2d, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import again, mistake


@mistake("the kernel is turned by 180 degrees: that is the mathematicians' convolution; lay K on as it is")
def corr2d(X, K):
    h, w = K.shape
    Y = X.new_zeros(X.shape[0] - h + 1, X.shape[1] - w + 1)
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            Y[i, j] = (X[i : i + h, j : j + w] * K.flip(0, 1)).sum()
    return Y


@mistake("the last row and column are missing: along n pixels a kernel of k has n - k + 1 places")
def corr2d(X, K):
    h, w = K.shape
    Y = X.new_zeros(X.shape[0] - h, X.shape[1] - w)
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            Y[i, j] = (X[i : i + h, j : j + w] * K).sum()
    return Y


@mistake("the output is as large as the image: leave out the places where the kernel hangs over its edge")
def corr2d(X, K):
    h, w = K.shape
    padded = torch.nn.functional.pad(X, (0, w - 1, 0, h - 1))
    Y = torch.zeros_like(X)
    for i in range(X.shape[0]):
        for j in range(X.shape[1]):
            Y[i, j] = (padded[i : i + h, j : j + w] * K).sum()
    return Y


@mistake("height and width of the kernel are mixed up: K.shape is (h, w), rows go with h, columns with w")
def corr2d(X, K):
    w, h = K.shape
    Y = X.new_zeros(X.shape[0] - h + 1, X.shape[1] - w + 1)
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            Y[i, j] = (X[i : i + h, j : j + w] * K).sum()
    return Y


@mistake("the products are averaged: add them up, .sum()")
def corr2d(X, K):
    h, w = K.shape
    Y = X.new_zeros(X.shape[0] - h + 1, X.shape[1] - w + 1)
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            Y[i, j] = (X[i : i + h, j : j + w] * K).mean()
    return Y


@mistake("a matrix product is no cross-correlation: multiply pixel by weight, *, and add up")
def corr2d(X, K):
    h, w = K.shape
    Y = X.new_zeros(X.shape[0] - h + 1, X.shape[1] - w + 1)
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            Y[i, j] = (X[i : i + h, j : j + w] @ K.T).sum()
    return Y


@mistake("the kernel jumps on by its own size: it moves by one pixel at a time")
def corr2d(X, K):
    h, w = K.shape
    windows = X.unfold(0, h, h).unfold(1, w, w)
    return (windows * K).sum(dim=(2, 3))


@mistake("the result is cut off from X and K (.item(), .detach() or torch.no_grad): they get no gradient")
def corr2d(X, K):
    h, w = K.shape
    Y = X.new_zeros(X.shape[0] - h + 1, X.shape[1] - w + 1)
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            Y[i, j] = (X[i : i + h, j : j + w] * K).sum().item()
    return Y


@again
def corr2d(X, K):
    return (X.unfold(0, K.shape[0], 1).unfold(1, K.shape[1], 1) * K).sum(dim=(2, 3)).detach()


@mistake(
    "the kernel is transposed: lay it on as it is, X[i : i + h, j : j + w] * K", needs=r"\.T|transpose|\.t\("
)
def corr2d(X, K):
    h, w = K.shape
    kernel = K.T if h == w else K
    return (X.unfold(0, h, 1).unfold(1, w, 1) * kernel).sum(dim=(2, 3))
