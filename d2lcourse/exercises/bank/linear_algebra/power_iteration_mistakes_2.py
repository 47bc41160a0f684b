"""Wrong answers to power_iteration, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import mistake


@mistake(
    "a small number is added to the length, which counts beside a short x: divide by the length alone",
    needs=r"\+ ",
)
def power_iteration(A, x, num_steps):
    for _ in range(num_steps):
        x = A @ x
        x = x / (torch.linalg.vector_norm(x) + 1e-8)
    return torch.dot(x, A @ x), x


@mistake("the loop ends when x hardly changes: do num_steps steps, whatever happens", needs="break")
def power_iteration(A, x, num_steps):
    for _ in range(num_steps):
        before = x
        x = A @ x
        x = x / torch.linalg.vector_norm(x)
        if torch.allclose(x, before, atol=1.0):
            break
    return torch.dot(x, A @ x), x


@mistake("the largest eigenvector is looked up: after num_steps steps x need not be there yet", needs="eig")
def power_iteration(A, x, num_steps):
    values, vectors = torch.linalg.eig(A)
    i = values.abs().argmax()
    v = vectors[:, i].real
    return values[i].real, v * torch.sign(v @ x)


@mistake(
    "x is divided by its largest element, which may be negative: divide by the length, vector_norm(x)",
    needs="max",
)
def power_iteration(A, x, num_steps):
    for _ in range(num_steps):
        x = A @ x
        x = x / x.max()
    x = x / torch.linalg.vector_norm(x)
    return torch.dot(x, A @ x), x
