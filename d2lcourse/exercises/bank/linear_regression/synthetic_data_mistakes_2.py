"""Wrong answers to synthetic_data, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import again, mistake


@mistake(
    "the noise is made of X: it must not depend on the features, so draw it anew, 0.01 * torch.randn(...)"
)
def synthetic_data(w, b, num_examples):
    X = torch.randn(num_examples, len(w), dtype=w.dtype)
    return X, (X @ w + b + 0.01 * X[:, 0]).reshape(-1, 1)


@again
def synthetic_data(w, b, num_examples):
    X = torch.randn(num_examples, len(w), dtype=w.dtype)
    return X, (X @ w + b + 0.01 * X.sum(dim=1) / len(w) ** 0.5).reshape(-1, 1)


@mistake("large features have more noise here: add 0.01 times a standard normal number, whatever X is")
def synthetic_data(w, b, num_examples):
    X = torch.randn(num_examples, len(w), dtype=w.dtype)
    noise = 0.01 * X[:, 0] * torch.randn(num_examples, dtype=w.dtype)
    return X, (X @ w + b + noise).reshape(-1, 1)


@mistake(
    "the noise is the same in every call: its generator is seeded inside; leave that to the caller",
    needs="seed|Generator",
)
def synthetic_data(w, b, num_examples):
    X = torch.randn(num_examples, len(w), dtype=w.dtype)
    fixed = torch.Generator().manual_seed(0)
    noise = 0.01 * torch.randn(num_examples, dtype=w.dtype, generator=fixed)
    return X, (X @ w + b + noise).reshape(-1, 1)


@again
def synthetic_data(w, b, num_examples):
    X = torch.randn(num_examples, len(w), dtype=w.dtype)
    torch.manual_seed(0)
    return X, (X @ w + b + 0.01 * torch.randn(num_examples, dtype=w.dtype)).reshape(-1, 1)


@mistake("X is uniform, if of standard deviation 1: normal numbers come from torch.randn or torch.normal")
def synthetic_data(w, b, num_examples):
    X = (2 * torch.rand(num_examples, len(w), dtype=w.dtype) - 1) * 3**0.5
    return X, (X @ w + b + 0.01 * torch.randn(num_examples, dtype=w.dtype)).reshape(-1, 1)


@mistake("the noise is uniform, if of standard deviation 0.01: normal numbers come from torch.randn")
def synthetic_data(w, b, num_examples):
    X = torch.randn(num_examples, len(w), dtype=w.dtype)
    noise = (2 * torch.rand(num_examples, dtype=w.dtype) - 1) * 0.01 * 3**0.5
    return X, (X @ w + b + noise).reshape(-1, 1)


@mistake("the noise adds up from example to example: each has its own, without cumsum", needs="cumsum")
def synthetic_data(w, b, num_examples):
    X = torch.randn(num_examples, len(w), dtype=w.dtype)
    noise = 0.01 * torch.randn(num_examples, dtype=w.dtype).cumsum(0)
    return X, (X @ w + b + noise).reshape(-1, 1)


@mistake("two examples share their noise: draw num_examples numbers, one an example")
def synthetic_data(w, b, num_examples):
    X = torch.randn(num_examples, len(w), dtype=w.dtype)
    noise = 0.01 * torch.randn(num_examples // 2, dtype=w.dtype).repeat_interleave(2)
    return X, (X @ w + b + noise).reshape(-1, 1)


@mistake("the noise is never negative: 0.01 * torch.randn(...) as it comes, without abs()", needs="abs")
def synthetic_data(w, b, num_examples):
    X = torch.randn(num_examples, len(w), dtype=w.dtype)
    return X, (X @ w + b + 0.01 * torch.randn(num_examples, dtype=w.dtype).abs()).reshape(-1, 1)


@mistake("b has the wrong sign: y = X w + b + noise")
def synthetic_data(w, b, num_examples):
    X = torch.randn(num_examples, len(w), dtype=w.dtype)
    return X, (X @ w - b + 0.01 * torch.randn(num_examples, dtype=w.dtype)).reshape(-1, 1)


@mistake("the noise is in X as well: y is made of X as it is returned")
def synthetic_data(w, b, num_examples):
    X = torch.randn(num_examples, len(w), dtype=w.dtype)
    y = X @ w + b + 0.01 * torch.randn(num_examples, dtype=w.dtype)
    return X + 0.01 * torch.randn(X.shape, dtype=w.dtype), y.reshape(-1, 1)


@mistake("y and X are returned in the wrong order: X first")
def synthetic_data(w, b, num_examples):
    X = torch.randn(num_examples, len(w), dtype=w.dtype)
    return (X @ w + b + 0.01 * torch.randn(num_examples, dtype=w.dtype)).reshape(-1, 1), X
