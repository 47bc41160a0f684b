"""Right answers to synthetic_data, each by another way than the chapter's."""

import torch


def synthetic_data(w, b, num_examples):
    X = torch.empty(num_examples, len(w), dtype=w.dtype).normal_()
    y = torch.normal(X @ w + b, 0.01)
    return X, y[:, None]


def synthetic_data(w, b, n):
    rows = [torch.randn(len(w), dtype=w.dtype) for _ in range(n)]
    y = [float(x @ w) + b + 0.01 * torch.randn(()).item() for x in rows]
    return [torch.stack(rows), torch.tensor(y, dtype=w.dtype).unsqueeze(1)]
