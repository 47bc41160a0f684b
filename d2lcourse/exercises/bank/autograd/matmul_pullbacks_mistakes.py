"""Wrong answers to matmul_pullbacks, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import mistake


@mistake("B and A are not transposed: dA = dY B^T and dB = A^T dY, which fits other shapes than squares too")
def matmul_pullbacks(A, B, dY):
    return dY @ B, A @ dY


@mistake("the order of the products is turned round: dA = dY B^T, with dY on the left as A was, dB = A^T dY")
def matmul_pullbacks(A, B, dY):
    return B.T @ dY, dY @ A.T


@mistake("the two are exchanged: dA comes first, dB second")
def matmul_pullbacks(A, B, dY):
    return A.T @ dY, dY @ B.T


@mistake("dA and dB are transposed: a gradient has the shape of its matrix")
def matmul_pullbacks(A, B, dY):
    return B @ dY.T, dY.T @ A


@mistake("dY is left out: each pullback multiplies what comes from above, dA = dY B^T and dB = A^T dY")
def matmul_pullbacks(A, B, dY):
    ones = torch.ones_like(dY)
    return ones @ B.T, A.T @ ones


@mistake("this is the rule for the product of entries: each entry of A meets a whole row of B, dA = dY B^T")
def matmul_pullbacks(A, B, dY):
    return dY * B, dY * A


@mistake("dB is missing: both matrices get a gradient, return dA, dB")
def matmul_pullbacks(A, B, dY):
    return dY @ B.T, torch.zeros_like(B)


@mistake("dA is missing: both matrices get a gradient, return dA, dB")
def matmul_pullbacks(A, B, dY):
    return torch.zeros_like(A), A.T @ dY
