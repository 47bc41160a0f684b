"""Answers to power_iteration, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("The eigenvalue is taken as the length of A x, which loses its sign.")
def power_iteration(A, x, num_steps):
    for _ in range(num_steps):
        x = A @ x
        x = x / x.norm()
    return (A @ x).norm(), x


@wrong("x is divided by its length before the multiplication, so that it does not have length 1 at the end.")
def power_iteration(A, x, num_steps):
    v = x.clone()
    for step in range(num_steps):
        v = v / torch.linalg.norm(v)
        v = torch.mv(A, v)
    return v @ A @ v, v


@wrong("One step too few: range starts at 1.")
def power_iteration(A: Tensor, x: Tensor, num_steps: int) -> tuple[Tensor, Tensor]:
    v = x / x.norm()
    for i in range(1, num_steps):
        v = A @ v
        v = v / v.norm()
    return torch.dot(v, A @ v), v


@wrong("x is overwritten in place, although it has to stay as it is.")
def power_iteration(A, x, num_steps):
    for _ in range(num_steps):
        x[:] = A @ x
        x /= torch.sqrt((x * x).sum())
    return x.dot(A.mv(x)), x


@wrong("x is divided only once, at the end, so many steps overflow.")
def power_iteration(A, x, num_steps):
    v = torch.linalg.matrix_power(A, num_steps) @ x
    v = v / v.norm()
    return torch.einsum("i,ij,j->", v, A, v), v


@wrong("The product is x A, which is A transposed times x.")
def power_iteration(A, x, num_steps):
    u = x
    while num_steps > 0:
        u = u @ A
        u = u / u.pow(2).sum().sqrt()
        num_steps -= 1
    return (u * (A @ u)).sum(), u


@wrong("The eigenvalue is x^T A x of the x before the last step.")
def power_iteration(A, x, num_steps):
    q = x / x.norm()
    for _ in range(num_steps):
        Aq = A @ q
        value = q @ Aq
        q = Aq / Aq.norm()
    return value, q


@wrong("As x is turned into a column, the eigenvalue has shape (1, 1).")
def power_iteration(A, x, num_steps):
    col = x.reshape(-1, 1)
    for _ in range(num_steps):
        col = A @ col
        col = col / torch.norm(col)
    eigenvalue = col.T @ A @ col
    return eigenvalue, col.squeeze(1)


@wrong("x is divided by its largest element in size, not by its length.")
def power_iteration(A, x, num_steps):
    v = x
    for _ in range(num_steps):
        v = torch.einsum("ij,j->i", A, v)
        v = v / v.abs().max()
    return v @ (A @ v) / (v @ v), v


@right("A recursion over the steps.")
def power_iteration(A, x, num_steps):
    if num_steps == 0:
        return (x * (A @ x)).sum(), x
    y = A @ x
    return power_iteration(A, y / torch.sqrt(torch.dot(y, y)), num_steps - 1)


@right("x as a column until the end, einsum for the eigenvalue.")
def power_iteration(A, x, num_steps):
    column = x.detach().clone().unsqueeze(1)
    for _ in range(num_steps):
        column = A.matmul(column)
        column = column / torch.linalg.vector_norm(column)
    vector = column.squeeze(1)
    return torch.einsum("i,ij,j->", vector, A, vector), vector
