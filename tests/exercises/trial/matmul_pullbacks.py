"""Answers to matmul_pullbacks, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("B is not transposed, so the product for dA does not fit or is wrong.")
def matmul_pullbacks(A, B, dY):
    dA = dY @ B
    dB = A.T @ dY
    return dA, dB


@wrong("The two gradients are returned in the wrong order.")
def matmul_pullbacks(A: Tensor, B: Tensor, dY: Tensor) -> tuple[Tensor, Tensor]:
    grad_B = torch.mm(A.t(), dY)
    grad_A = torch.mm(dY, B.t())
    return grad_B, grad_A


@wrong("B is reshaped to (m, k), which does not transpose it.")
def matmul_pullbacks(A, B, dY):
    k, m = B.shape
    n = A.shape[0]
    return dY @ B.reshape(m, k), A.transpose(0, 1) @ dY


@wrong("In the loops the terms of dA overwrite each other in place of being summed.")
def matmul_pullbacks(A, B, dY):
    dA, dB = torch.zeros_like(A), torch.zeros_like(B)
    for i in range(A.shape[0]):
        for j in range(A.shape[1]):
            for l in range(B.shape[1]):
                dA[i, j] = dY[i, l] * B[j, l]
                dB[j, l] += dY[i, l] * A[i, j]
    return dA, dB


@wrong("dB is averaged over the n rows in place of summed.")
def matmul_pullbacks(A, B, dY):
    dA = torch.einsum("nm,km->nk", dY, B)
    per_row = torch.einsum("nk,nm->nkm", A, dY)
    dB = per_row.mean(dim=0)
    return dA, dB


@wrong("It has autograd do the work, which the exercise forbids.")
def matmul_pullbacks(A, B, dY):
    a = A.detach().clone().requires_grad_()
    b = B.detach().clone().requires_grad_()
    (a @ b).backward(dY)
    return a.grad, b.grad


@right("einsum, with the indices of the shapes.")
def matmul_pullbacks(A, B, dY):
    return torch.einsum("nm,km->nk", dY, B), torch.einsum("nk,nm->km", A, dY)


@right("A sum of outer products, over the columns for dA and over the rows for dB.")
def matmul_pullbacks(A, B, dY):
    dA = torch.zeros_like(A)
    for col in range(B.shape[1]):
        dA += torch.outer(dY[:, col], B[:, col])
    dB = torch.zeros_like(B)
    for row in range(A.shape[0]):
        dB += torch.outer(A[row], dY[row])
    return dA, dB
