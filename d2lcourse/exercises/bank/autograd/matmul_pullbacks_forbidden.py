"""Answers to matmul_pullbacks whose values are right, but which use what the exercise forbids."""

import torch
from torch.func import vjp


def matmul_pullbacks(A, B, dY):
    A, B = A.clone().requires_grad_(), B.clone().requires_grad_()
    return torch.autograd.grad(A @ B, (A, B), dY)


def matmul_pullbacks(A, B, dY):
    A, B = torch.nn.Parameter(A), torch.nn.Parameter(B)
    (A @ B).backward(dY)
    return A.grad, B.grad


def matmul_pullbacks(A, B, dY):
    return vjp(torch.matmul, A, B)[1](dY)
