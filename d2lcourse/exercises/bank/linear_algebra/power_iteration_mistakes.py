"""Wrong answers to power_iteration, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import again, mistake


@mistake("the length of A x is the size of the eigenvalue without its sign: x^T A x has both")
def power_iteration(A, x, num_steps):
    for _ in range(num_steps):
        x = A @ x
        x = x / x.norm()
    return (A @ x).norm(), x


@mistake("x is not divided by its length: it overflows, and x^T A x is too large by its square")
def power_iteration(A, x, num_steps):
    for _ in range(num_steps):
        x = A @ x
    return x @ A @ x, x


@mistake("x is divided by its length only at the end: in between it overflows, so divide in every step")
def power_iteration(A, x, num_steps):
    for _ in range(num_steps):
        x = A @ x
    x = x / x.norm()
    return x @ A @ x, x


@mistake("x is divided first and multiplied last, so it does not have length 1: the other way round")
def power_iteration(A, x, num_steps):
    for _ in range(num_steps):
        x = x / x.norm()
        x = A @ x
    return x @ A @ x, x


@mistake("x is divided by the sum of its elements: divide by its length, the root of the sum of squares")
def power_iteration(A, x, num_steps):
    for _ in range(num_steps):
        x = A @ x
        x = x / x.sum()
    return x @ A @ x, x


@mistake("x is divided by its largest element: divide by its length, the root of the sum of squares")
def power_iteration(A, x, num_steps):
    for _ in range(num_steps):
        x = A @ x
        x = x / x.abs().max()
    return x @ A @ x, x


@mistake("x is divided by the square of its length: the root is missing")
def power_iteration(A, x, num_steps):
    for _ in range(num_steps):
        x = A @ x
        x = x / (x @ x)
    return x @ A @ x, x


@mistake("one step is missing: range(num_steps) takes num_steps of them, the first included")
def power_iteration(A, x, num_steps):
    x = x / x.norm()
    for _ in range(num_steps - 1):
        x = A @ x
        x = x / x.norm()
    return x @ A @ x, x


@mistake("there is one step too many")
def power_iteration(A, x, num_steps):
    for _ in range(num_steps + 1):
        x = A @ x
        x = x / x.norm()
    return x @ A @ x, x


@mistake("A is multiplied from the other side, which finds the eigenvectors of A transposed: A @ x")
def power_iteration(A, x, num_steps):
    for _ in range(num_steps):
        x = x @ A
        x = x / x.norm()
    return x @ A @ x, x


@mistake("* multiplies element by element: the product of matrix and vector is A @ x")
def power_iteration(A, x, num_steps):
    for _ in range(num_steps):
        x = A * x
        x = x / x.norm()
    return (x * (A * x)).sum(), x


@mistake("x and the eigenvalue have changed places: the eigenvalue comes first")
def power_iteration(A, x, num_steps):
    for _ in range(num_steps):
        x = A @ x
        x = x / x.norm()
    return x, x @ A @ x


@mistake("the eigenvalue is missing: return x^T A x, and then x")
def power_iteration(A, x, num_steps):
    for _ in range(num_steps):
        x = A @ x
        x = x / x.norm()
    return x


@mistake("x^T x is 1 at the end, whatever A is: the eigenvalue is x^T A x")
def power_iteration(A, x, num_steps):
    for _ in range(num_steps):
        x = A @ x
        x = x / x.norm()
    return x @ x, x


@mistake("this is where the steps lead in the end: after num_steps of them x is not there yet, so take them")
def power_iteration(A, x, num_steps):
    eigenvalues, V = torch.linalg.eigh(A)
    largest = eigenvalues.abs().argmax()
    return eigenvalues[largest], V[:, largest]


@again
def power_iteration(A, x, num_steps):
    eigenvalues, V = torch.linalg.eig(A)
    largest = eigenvalues.abs().argmax()
    return eigenvalues[largest].real, V[:, largest].real
