"""Right answers to gradient_descent, each by another way than the chapter's."""

import torch


def gradient_descent(gradient, start, lr, num_steps):
    path = torch.empty(num_steps + 1, *start.shape, dtype=start.dtype)
    path[0] = start
    for t in range(num_steps):
        path[t + 1] = path[t] - lr * gradient(path[t])
    return path


def gradient_descent(gradient, start, lr, num_steps):
    x, points = start.clone(), []
    for _ in range(num_steps + 1):
        points.append(x.clone())
        x -= lr * gradient(x)
    return torch.stack(points)
