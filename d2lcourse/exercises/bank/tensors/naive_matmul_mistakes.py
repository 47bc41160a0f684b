"""Wrong answers to naive_matmul, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import again, mistake


@mistake(
    "* multiplies element by element (Hadamard's product): a product of matrices sums over the inner index"
)
def naive_matmul(A, B):
    return A * B


@mistake("= keeps only the last of the products: += adds them up")
def naive_matmul(A, B):
    C = A.new_zeros(A.shape[0], B.shape[1])
    for i in range(A.shape[0]):
        for k in range(B.shape[1]):
            for j in range(A.shape[1]):
                C[i, k] = A[i, j] * B[j, k]
    return C


@mistake("the result is always float32: make the zeros of the type of A, A.new_zeros(n, q)")
def naive_matmul(A, B):
    C = torch.zeros(A.shape[0], B.shape[1])
    for i in range(A.shape[0]):
        for k in range(B.shape[1]):
            for j in range(A.shape[1]):
                C[i, k] += A[i, j] * B[j, k]
    return C


@mistake("rows are multiplied with rows: the second factor is B[j, k], a column of B")
def naive_matmul(A, B):
    C = A.new_zeros(A.shape[0], B.shape[1])
    for i in range(A.shape[0]):
        for k in range(B.shape[1]):
            for j in range(A.shape[1]):
                C[i, k] += A[i, j] * B[k, j]
    return C


@mistake("the factors have changed places: B @ A is another matrix")
def naive_matmul(A, B):
    return B @ A


@mistake("the result is transposed: element (i, k) is row i of A times column k of B")
def naive_matmul(A, B):
    return (A @ B).T


@mistake("the last product of every sum is missing: range(m) goes up to m - 1 already")
def naive_matmul(A, B):
    C = A.new_zeros(A.shape[0], B.shape[1])
    for i in range(A.shape[0]):
        for k in range(B.shape[1]):
            for j in range(A.shape[1] - 1):
                C[i, k] += A[i, j] * B[j, k]
    return C


@mistake("what is added to is not 0 at first: start from A.new_zeros(n, q)")
def naive_matmul(A, B):
    return 1 + A @ B


@again
def naive_matmul(A, B):
    C = A.new_ones(A.shape[0], B.shape[1])
    for i in range(A.shape[0]):
        for k in range(B.shape[1]):
            for j in range(A.shape[1]):
                C[i, k] += A[i, j] * B[j, k]
    return C


@mistake("all products are summed into one number: each element (i, k) has a sum of its own")
def naive_matmul(A, B):
    return (A @ B).sum()
