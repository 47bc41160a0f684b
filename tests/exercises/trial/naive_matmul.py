"""Answers to naive_matmul, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("The terms overwrite each other in place of being added.")
def naive_matmul(A, B):
    n, m = A.shape
    q = B.shape[1]
    C = torch.zeros(n, q, dtype=A.dtype)
    for i in range(n):
        for k in range(q):
            for j in range(m):
                C[i, k] = A[i, j] * B[j, k]
    return C


@wrong("The result is always float32, not of the type of A.")
def naive_matmul(A: Tensor, B: Tensor) -> Tensor:
    C = torch.zeros((A.shape[0], B.shape[1]))
    for i in range(A.shape[0]):
        for j in range(A.shape[1]):
            for k in range(B.shape[1]):
                C[i, k] += A[i, j] * B[j, k]
    return C


@wrong("[[0] * q] * n makes n times the same list, so all rows collect the sums of all.")
def naive_matmul(A, B):
    n, m, q = A.shape[0], A.shape[1], B.shape[1]
    C = [[0] * q] * n
    for i in range(n):
        for k in range(q):
            for j in range(m):
                C[i][k] += A[i][j].item() * B[j][k].item()
    return torch.tensor(C, dtype=A.dtype)


@wrong("The running sum is put to zero once a row and not once an element.")
def naive_matmul(A, B):
    out = A.new_zeros(len(A), len(B[0]))
    for i, row in enumerate(A):
        s = 0
        for k, column in enumerate(B.T):
            for a, b in zip(row, column):
                s = s + a * b
            out[i, k] = s
    return out


@wrong("return stands inside the loop over the rows, so only the first row is computed.")
def naive_matmul(A, B):
    result = torch.zeros(A.size(0), B.size(1), dtype=A.dtype)
    for i in range(A.size(0)):
        for k in range(B.size(1)):
            for j in range(B.size(0)):
                result[i, k] += A[i, j] * B[j, k]
        return result


@wrong("The result is a list of lists and no tensor.")
def naive_matmul(A, B):
    a, b = A.tolist(), B.tolist()
    return [[sum(x * y for x, y in zip(row, col)) for col in zip(*b)] for row in a]


@right("Python lists and zip, turned into a tensor of A's type at the end.")
def naive_matmul(A, B):
    rows, cols = A.tolist(), B.t().tolist()
    product = []
    for row in rows:
        product.append([sum(x * y for x, y in zip(row, col)) for col in cols])
    return torch.tensor(product, dtype=A.dtype, device=A.device).reshape(A.shape[0], B.shape[1])


@right("The loops in the order j, i, k.")
def naive_matmul(A, B):
    C = A.new_zeros((A.shape[0], B.shape[1]))
    for j in range(A.shape[1]):
        for i in range(A.shape[0]):
            for k in range(B.shape[1]):
                C[i, k] = C[i, k] + A[i, j] * B[j, k]
    return C
