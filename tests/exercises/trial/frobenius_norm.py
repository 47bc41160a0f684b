"""Answers to frobenius_norm, written without having seen the checker."""

import torch
from torch import Tensor


@wrong("Computes the spectral norm, the largest singular value, which is what torch.linalg.norm gives for a matrix with 2.")
def frobenius_norm(A: Tensor) -> Tensor:
    return torch.linalg.norm(A, 2)


@wrong("Takes the norms of the rows and adds them up, where the root is to be taken of the sum of all squares.")
def frobenius_norm(A: Tensor) -> Tensor:
    total = 0
    for row in A:
        total = total + torch.sqrt(torch.dot(row, row))
    return total


@wrong("Forgets the square root.")
def frobenius_norm(A: Tensor) -> Tensor:
    return torch.einsum("ij,ij->", A, A)


@wrong("Wraps a Python number in a new tensor, so no gradient reaches A.")
def frobenius_norm(A: Tensor) -> Tensor:
    squares = 0.0
    for row in A.tolist():
        for a in row:
            squares += a ** 2
    return torch.tensor(squares ** 0.5, dtype=A.dtype)


@wrong("Sums over the first axis only, so a vector of the columns' norms comes out.")
def frobenius_norm(A: Tensor) -> Tensor:
    return (A ** 2).sum(0) ** 0.5


@wrong("Takes the trace of A A and not of A^T A, which is an error or not the sum of the squares.")
def frobenius_norm(A: Tensor) -> Tensor:
    return torch.matmul(A, A).trace().abs().sqrt()


@right("norm of the flattened matrix")
def frobenius_norm(A: Tensor) -> Tensor:
    return torch.linalg.vector_norm(A.reshape(-1))


@right("root of the trace of A^T A")
def frobenius_norm(A: Tensor) -> Tensor:
    return torch.sqrt(torch.trace(A.T @ A))
