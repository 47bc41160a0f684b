"""Answers to synthetic_data, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("0.01 squared is taken as the standard deviation of the noise.")
def synthetic_data(w, b, num_examples):
    X = torch.randn(num_examples, len(w), dtype=w.dtype)
    y = X @ w + b
    y = y + torch.randn(num_examples, dtype=w.dtype) * 0.01**2
    return X, y.reshape(-1, 1)


@wrong("X is drawn from U(0, 1).")
def synthetic_data(w: Tensor, b: float, num_examples: int) -> tuple[Tensor, Tensor]:
    X = torch.rand((num_examples, w.shape[0]), dtype=w.dtype)
    y = torch.matmul(X, w) + b
    y += torch.normal(0, 0.01, y.shape).to(w.dtype)
    return X, y.reshape((-1, 1))


@wrong("y keeps the shape (num_examples,).")
def synthetic_data(w, b, num_examples):
    X = torch.normal(0, 1, (num_examples, w.numel()), dtype=w.dtype)
    noise = torch.normal(0, 0.01, (num_examples,), dtype=w.dtype)
    return X, X.mv(w) + b + noise


@wrong("One draw of noise is used for all the examples.")
def synthetic_data(w, b, num_examples):
    d = w.shape[0]
    X = torch.empty(num_examples, d, dtype=w.dtype).normal_()
    noise = 0.01 * torch.randn(1, dtype=w.dtype)
    y = (X * w).sum(dim=1, keepdim=True) + b + noise
    return X, y


@wrong("The noise is added to the features and not to y.")
def synthetic_data(w, b, num_examples):
    X = torch.randn((num_examples, len(w)), dtype=w.dtype)
    y = X @ w.unsqueeze(1) + b
    X = X + 0.01 * torch.randn_like(X)
    return X, y


@wrong("The seed is fixed inside, so every call gives the same examples.")
def synthetic_data(w, b, num_examples):
    torch.manual_seed(42)
    features = torch.randn(num_examples, w.size(0)).to(w.dtype)
    labels = features @ w.reshape(-1, 1) + b
    return features, labels + 0.01 * torch.randn_like(labels)


@wrong("The noise is the first feature times 0.01, no draw of its own.")
def synthetic_data(w, b, num_examples):
    X = torch.randn(num_examples, w.shape[0], dtype=w.dtype)
    noise = X[:, :1] * 0.01
    y = torch.einsum("nd,d->n", X, w)[:, None] + b + noise
    return X, y


@wrong("Noise of shape (n, 1) is added to y of shape (n,), which gives (n, n), of which the first column is kept: all the examples get the label of the first.")
def synthetic_data(w, b, num_examples):
    X = torch.randn(num_examples, w.shape[0], dtype=w.dtype)
    y = X @ w + b
    y = y + 0.01 * torch.randn(num_examples, 1, dtype=w.dtype)
    return X, y[:, :1]


@wrong("X and y are always float32, whatever the type of w.")
def synthetic_data(w, b, num_examples):
    X = torch.randn(num_examples, w.shape[0])
    y = X @ w.float().reshape(-1, 1) + b
    y += torch.randn(y.shape) * 0.01
    return X, y


@right("Features and noise filled in place, labels by a sum over the columns.")
def synthetic_data(w, b, num_examples):
    X = w.new_empty((num_examples, w.shape[0])).normal_(0, 1)
    y = w.new_empty((num_examples, 1)).normal_(0, 0.01)
    y = y + b
    for j in range(w.shape[0]):
        y = y + X[:, j : j + 1] * w[j]
    return X, y


@right("One draw for features and noise together.")
def synthetic_data(w, b, num_examples):
    d = len(w)
    draws = torch.randn(num_examples, d + 1, dtype=w.dtype, device=w.device)
    X, noise = draws[:, :d].clone(), draws[:, d:] * 0.01
    return X, X @ w[:, None] + b + noise
