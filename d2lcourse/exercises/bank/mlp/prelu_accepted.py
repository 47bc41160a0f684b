"""Right answers to prelu, each by another way than the chapter's."""

import torch


def prelu(X, alpha):
    return torch.relu(X) - alpha * torch.relu(-X)


def prelu(X, alpha):
    positive = (X > 0).to(X.dtype)
    return X * positive + alpha * X * (1 - positive)


def prelu(x, slope):
    return torch.stack([v if v > 0 else slope * v for v in x.flatten()]).reshape(x.shape)


def prelu(X, alpha):
    return X.clamp(min=0) + alpha * X.clamp(max=0)


def prelu(X, alpha):
    return torch.nn.functional.prelu(X, torch.as_tensor(alpha, dtype=X.dtype).reshape(1))


def prelu(X, alpha):
    return torch.where(X >= 0, X, alpha * X)
