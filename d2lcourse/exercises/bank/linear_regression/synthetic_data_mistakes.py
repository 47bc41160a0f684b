"""Wrong answers to synthetic_data, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import again, mistake


@mistake("there is no noise: add 0.01 times a standard normal number to every y")
def synthetic_data(w, b, num_examples):
    X = torch.randn(num_examples, len(w), dtype=w.dtype)
    return X, (X @ w + b).reshape(-1, 1)


@mistake("all examples share one number of noise: draw one an example, in the shape of y")
def synthetic_data(w, b, num_examples):
    X = torch.randn(num_examples, len(w), dtype=w.dtype)
    return X, (X @ w + b + 0.01 * torch.randn(1, dtype=w.dtype)).reshape(-1, 1)


@mistake("0.01 is taken for the variance: it is the standard deviation, so no square root")
def synthetic_data(w, b, num_examples):
    X = torch.randn(num_examples, len(w), dtype=w.dtype)
    y = X @ w + b + 0.01**0.5 * torch.randn(num_examples, dtype=w.dtype)
    return X, y.reshape(-1, 1)


@mistake(
    "0.01 is squared, which makes it the variance: it is the standard deviation already, do not square it"
)
def synthetic_data(w, b, num_examples):
    X = torch.randn(num_examples, len(w), dtype=w.dtype)
    y = X @ w + b + 0.01**2 * torch.randn(num_examples, dtype=w.dtype)
    return X, y.reshape(-1, 1)


@mistake(
    "the noise is uniform on [0, 0.01), and never negative: torch.rand; normal numbers come from torch.randn"
)
def synthetic_data(w, b, num_examples):
    X = torch.randn(num_examples, len(w), dtype=w.dtype)
    return X, (X @ w + b + 0.01 * torch.rand(num_examples, dtype=w.dtype)).reshape(-1, 1)


@mistake("the noise has mean 0.01, not 0: torch.normal takes the mean first, then the standard deviation")
def synthetic_data(w, b, num_examples):
    X = torch.randn(num_examples, len(w), dtype=w.dtype)
    y = X @ w + b
    return X, (y + torch.normal(0.01, 0.01, y.shape, dtype=w.dtype)).reshape(-1, 1)


@mistake(
    "a column, (n, 1), plus a vector, (n,), broadcasts to (n, n): X w + b and the noise must have the "
    "same shape"
)
def synthetic_data(w, b, num_examples):
    X = torch.randn(num_examples, len(w), dtype=w.dtype)
    y = (X @ w + b).reshape(-1, 1)
    return X, y + 0.01 * torch.randn(num_examples, dtype=w.dtype)


@again
def synthetic_data(w, b, num_examples):
    X = torch.randn(num_examples, len(w), dtype=w.dtype)
    y = X @ w + b + 0.01 * torch.randn(num_examples, 1, dtype=w.dtype)
    return X, y.reshape(-1, 1)


@mistake("all columns of X are the same numbers: draw every element, in the shape (num_examples, len(w))")
def synthetic_data(w, b, num_examples):
    X = torch.randn(num_examples, 1, dtype=w.dtype).repeat(1, len(w))
    return X, (X @ w + b + 0.01 * torch.randn(num_examples, dtype=w.dtype)).reshape(-1, 1)


@mistake("the noise has standard deviation 1: multiply it by 0.01")
def synthetic_data(w, b, num_examples):
    X = torch.randn(num_examples, len(w), dtype=w.dtype)
    return X, (X @ w + b + torch.randn(num_examples, dtype=w.dtype)).reshape(-1, 1)


@mistake(
    "y is of shape (n,): beside predictions of shape (n, 1) it would broadcast; y.reshape(-1, 1)",
    lacks="reshape|unsqueeze|view|None",
)
def synthetic_data(w, b, num_examples):
    X = torch.randn(num_examples, len(w), dtype=w.dtype)
    return X, X @ w + b + 0.01 * torch.randn(num_examples, dtype=w.dtype)


@mistake("X is uniform on [0, 1): torch.rand; normal numbers come from torch.randn or torch.normal")
def synthetic_data(w, b, num_examples):
    X = torch.rand(num_examples, len(w), dtype=w.dtype)
    return X, (X @ w + b + 0.01 * torch.randn(num_examples, dtype=w.dtype)).reshape(-1, 1)


@mistake("b is missing: y = X w + b + noise")
def synthetic_data(w, b, num_examples):
    X = torch.randn(num_examples, len(w), dtype=w.dtype)
    return X, (X @ w + 0.01 * torch.randn(num_examples, dtype=w.dtype)).reshape(-1, 1)


@mistake("the generator is seeded inside, so that every call gives the same data: leave that to the caller")
def synthetic_data(w, b, num_examples):
    torch.manual_seed(0)
    X = torch.randn(num_examples, len(w), dtype=w.dtype)
    return X, (X @ w + b + 0.01 * torch.randn(num_examples, dtype=w.dtype)).reshape(-1, 1)


@mistake("X is float32 also where w is float64: draw it with dtype=w.dtype")
def synthetic_data(w, b, num_examples):
    X = torch.normal(0, 1, (num_examples, len(w)))
    y = torch.matmul(X, w) + b
    y += torch.normal(0, 0.01, y.shape)
    return X, y.reshape((-1, 1))


@again
def synthetic_data(w, b, num_examples):
    X = torch.randn(num_examples, len(w))
    y = X.to(w.dtype) @ w + b
    return X, (y + 0.01 * torch.randn(num_examples, dtype=w.dtype)).reshape(-1, 1)


@mistake("`X * w` multiplies element by element and sums nothing: the matrix product is X @ w")
def synthetic_data(w, b, num_examples):
    X = torch.randn(num_examples, len(w), dtype=w.dtype)
    y = X * w + b
    return X, (y + 0.01 * torch.randn(y.shape, dtype=w.dtype)).reshape(-1, 1)


@again
def synthetic_data(w, b, num_examples):
    X = torch.randn(num_examples, len(w), dtype=w.dtype)
    y = X * w + b
    return X, y + 0.01 * torch.randn(y.shape, dtype=w.dtype)


@again
def synthetic_data(w, b, num_examples):
    X = torch.randn(num_examples, len(w), dtype=w.dtype)
    return X, (X * w + b + 0.01 * torch.randn(num_examples, dtype=w.dtype)).reshape(-1, 1)
