"""Right answers to power_iteration, each by another way than the chapter's."""

import torch


def power_iteration(A, x, num_steps):
    for _ in range(num_steps):
        x = torch.mv(A, x)
        x = x / torch.linalg.vector_norm(x)
    return (x * (A @ x)).sum(), x


def power_iteration(A, x, num_steps):
    for _ in range(num_steps):
        x = torch.nn.functional.normalize(A @ (x / x.abs().max()), dim=0)
    return x @ A @ x, x


def power_iteration(A, x, num_steps):
    if num_steps == 0:
        return x @ A @ x, x
    y = A @ x
    return power_iteration(A, y / y.norm(), num_steps - 1)


def power_iteration(A, x, num_steps):
    for _ in range(num_steps):
        x = torch.nn.functional.normalize(A @ x, dim=0)
    return torch.dot(x, A @ x), x
