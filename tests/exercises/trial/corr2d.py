"""Answers to corr2d, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("The result is one too small in both directions, for want of the + 1.")
def corr2d(X: Tensor, K: Tensor) -> Tensor:
    h, w = K.shape
    Y = torch.zeros(X.shape[0] - h, X.shape[1] - w, dtype=X.dtype)
    for i in range(Y.shape[0]):
        for j in range(Y.shape[1]):
            Y[i, j] = (X[i:i + h, j:j + w] * K).sum()
    return Y


@wrong("Flips the kernel, so it is a convolution and not a cross-correlation.")
def corr2d(X: Tensor, K: Tensor) -> Tensor:
    windows = X.unfold(0, K.shape[0], 1).unfold(1, K.shape[1], 1)
    return torch.einsum("ijab,ab->ij", windows, K.flip((0, 1)))


@wrong("Fills the result with .item() numbers, so no gradient reaches X and K.")
def corr2d(X: Tensor, K: Tensor) -> Tensor:
    h, w = K.shape
    rows = []
    for i in range(X.size(0) - h + 1):
        rows.append([(X[i:i + h, j:j + w] * K).sum().item() for j in range(X.size(1) - w + 1)])
    return torch.tensor(rows, dtype=X.dtype)


@wrong("Takes the matrix product of the transposed window and the kernel and sums it up, where the product element by element is meant.")
def corr2d(X: Tensor, K: Tensor) -> Tensor:
    h, w = K.shape
    H, W = X.shape
    out = [[torch.sum(X[i:i + h, j:j + w].T @ K) for j in range(W - w + 1)] for i in range(H - h + 1)]
    return torch.stack([torch.stack(row) for row in out])


@wrong("Unpacks the kernel's shape as width, height, so windows fit only for square kernels.")
def corr2d(X: Tensor, K: Tensor) -> Tensor:
    w, h = K.size()
    patches = X.unfold(0, h, 1).unfold(1, w, 1)
    return (patches * K).sum(dim=(2, 3))


@right("sums shifted images, one for each element of the kernel")
def corr2d(X: Tensor, K: Tensor) -> Tensor:
    h, w = K.shape
    rows, cols = X.shape[0] - h + 1, X.shape[1] - w + 1
    total = 0
    for a in range(h):
        for b in range(w):
            total = total + K[a, b] * X[a:a + rows, b:b + cols]
    return total


@right("index arrays of all windows and one matrix-vector product")
def corr2d(X: Tensor, K: Tensor) -> Tensor:
    h, w = K.shape
    rows, cols = X.shape[0] - h + 1, X.shape[1] - w + 1
    r = torch.arange(rows)[:, None, None, None] + torch.arange(h)[None, None, :, None]
    c = torch.arange(cols)[None, :, None, None] + torch.arange(w)[None, None, None, :]
    patches = X[r, c].reshape(rows * cols, h * w)
    return (patches @ K.reshape(-1)).reshape(rows, cols)
