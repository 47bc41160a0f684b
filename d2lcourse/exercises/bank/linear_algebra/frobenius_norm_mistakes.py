"""Wrong answers to frobenius_norm, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import again, mistake


@mistake("the square root is missing: this is the square of the norm")
def frobenius_norm(A):
    return A.square().sum()


@mistake("A @ A multiplies matrices: the elements are squared one by one, A.square()")
def frobenius_norm(A):
    return (A @ A).sum().sqrt()


@again
def frobenius_norm(A):
    return (A @ A).trace().sqrt()


@mistake(
    "this is the spectral norm, the most that A lengthens a vector: torch.linalg.matrix_norm(A) without 2"
)
def frobenius_norm(A):
    return torch.linalg.matrix_norm(A, 2)


@mistake("absolute values are summed: square first, then sum, and take the root last")
def frobenius_norm(A):
    return A.abs().sum()


@again
def frobenius_norm(A):
    return A.square().sqrt().sum()


@mistake("the norms of the columns are added up: sum all squares, and take one root")
def frobenius_norm(A):
    return torch.linalg.vector_norm(A, dim=0).sum()


@mistake("the norms of the rows are added up: sum all squares, and take one root")
def frobenius_norm(A):
    return torch.linalg.vector_norm(A, dim=1).sum()


@mistake("this has a norm for each column: the sum goes over both axes")
def frobenius_norm(A):
    return torch.linalg.vector_norm(A, dim=0)


@mistake("the mean of the squares is taken: it is their sum")
def frobenius_norm(A):
    return A.square().mean().sqrt()


@mistake("the elements are summed before they are squared: the square comes first")
def frobenius_norm(A):
    return A.sum().square().sqrt()


@mistake("the gradient is lost: stay in torch, without .item(), .detach() or math")
def frobenius_norm(A):
    return torch.linalg.matrix_norm(A.detach())


@again
def frobenius_norm(A):
    return torch.tensor(A.square().sum().item() ** 0.5, dtype=A.dtype)


@mistake("* 0.5 halves: the root is ** 0.5, or .sqrt()")
def frobenius_norm(A):
    return A.square().sum() * 0.5


@mistake("a small number is added under the root, so that the norm of zeros is not 0: leave it out")
def frobenius_norm(A):
    return ((A**2).sum() + 1e-8).sqrt()
