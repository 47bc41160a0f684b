"""Linear algebra: every identity of the notes on random vectors and matrices; predicates; power iteration."""

import math
from collections.abc import Callable
from functools import partial

import mutants
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from mutants import Mutant
from properties import quick
from torch import Tensor

from chapters import linear_algebra as la

F64 = torch.float64
EXACT = {"rtol": 1e-12, "atol": 1e-12}
sizes, seeds = st.integers(1, 5), st.integers(0, 999)


def drawn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, dtype=F64, generator=torch.Generator().manual_seed(seed))


def orthogonal(n: int, seed: int = 0) -> Tensor:
    return torch.linalg.qr(drawn(n, n, seed=seed)).Q


def symmetric(eigenvalues: list[float], seed: int = 0) -> Tensor:
    """A symmetric matrix with these eigenvalues."""
    Q = orthogonal(len(eigenvalues), seed)
    A = Q @ torch.tensor(eigenvalues, dtype=F64).diag() @ Q.T
    return (A + A.T) / 2


# Scalars, vectors, matrices: the identities of 003 1.3


@quick
@given(seeds)
def test_size_of_a_number(seed: int) -> None:
    a, b = drawn(2, seed=seed)
    assert abs(a) == (a if a > 0 else -a)
    assert abs(a + b) <= abs(a) + abs(b) + 1e-15
    assert abs(a * b) == abs(a) * abs(b)


@quick
@given(sizes, sizes, seeds)
def test_operations_element_by_element(n: int, m: int, seed: int) -> None:
    A, B = drawn(n, m, seed=seed), drawn(n, m, seed=seed + 1)
    for i, k in np.ndindex(n, m):
        assert (A + B)[i, k] == A[i, k] + B[i, k]
        assert (3 * B)[i, k] == 3 * B[i, k]
        assert (A * B)[i, k] == A[i, k] * B[i, k]  # Hadamard's product
        assert A.sin()[i, k] == pytest.approx(math.sin(A[i, k]), abs=1e-15)
        assert A.T[k, i] == A[i, k]


@quick
@given(sizes, seeds)
def test_dot_product_and_norms_are_torchs(n: int, seed: int) -> None:
    x, y = drawn(n, seed=seed), drawn(n, seed=seed + 1)
    torch.testing.assert_close(la.dot(x, y), torch.dot(x, y), **EXACT)
    torch.testing.assert_close(la.l2_norm(x), torch.linalg.vector_norm(x), **EXACT)
    torch.testing.assert_close(la.l1_norm(x), torch.linalg.vector_norm(x, 1), **EXACT)
    A = drawn(n, 3, seed=seed)
    torch.testing.assert_close(la.frobenius_norm(A), torch.linalg.matrix_norm(A), **EXACT)


def test_gradients_of_the_norms_are_torchs() -> None:
    pairs: list[tuple[Callable, Callable]] = [
        (la.l2_norm, torch.linalg.vector_norm),
        (la.l1_norm, partial(torch.linalg.vector_norm, ord=1)),
        (lambda x: la.frobenius_norm(x.reshape(2, 3)), lambda x: torch.linalg.matrix_norm(x.reshape(2, 3))),
    ]
    for mine, theirs in pairs:
        x = drawn(6).requires_grad_()
        grads = [torch.autograd.grad(norm(x), x)[0] for norm in (mine, theirs)]
        torch.testing.assert_close(*grads, **EXACT)
        assert grads[0].abs().min() > 1e-3


@quick
@given(sizes, seeds)
def test_norms_scale_are_positive_and_keep_the_triangle(n: int, seed: int) -> None:
    x, y, a = drawn(n, seed=seed), drawn(n, seed=seed + 1), float(drawn(1, seed=seed + 2))
    for norm in (la.l1_norm, la.l2_norm, lambda x: la.frobenius_norm(x.reshape(1, -1))):
        assert norm(x) > 0 == norm(0 * x)
        torch.testing.assert_close(norm(a * x), abs(a) * norm(x), **EXACT)
        assert norm(x + y) <= norm(x) + norm(y) + 1e-12


@quick
@given(sizes, sizes, seeds)
def test_inequalities_between_norms(n: int, m: int, seed: int) -> None:
    x, y, A, B = drawn(n, seed=seed), drawn(n, seed=seed + 1), drawn(m, n, seed=seed), drawn(n, m, seed=seed)
    assert la.dot(x, y).abs() <= la.l2_norm(x) * la.l2_norm(y) + 1e-12
    assert la.l2_norm(x) <= la.l1_norm(x) + 1e-12
    assert la.l1_norm(x) <= math.sqrt(n) * la.l2_norm(x) + 1e-12
    assert la.l2_norm(A @ x) <= la.frobenius_norm(A) * la.l2_norm(x) + 1e-12
    assert la.frobenius_norm(A @ B) <= la.frobenius_norm(A) * la.frobenius_norm(B) + 1e-12


@quick
@given(sizes, seeds)
def test_cosine_is_that_of_the_angle_and_zero_at_a_right_one(n: int, seed: int) -> None:
    x, y = drawn(n, seed=seed), drawn(n, seed=seed + 1)
    expected = torch.nn.functional.cosine_similarity(x, y, dim=0)
    torch.testing.assert_close(la.cosine(x, y), expected, **EXACT)
    torch.testing.assert_close(la.cosine(x, -3 * x), torch.tensor(-1.0, dtype=F64), **EXACT)
    across = x - la.dot(x, y) / la.dot(y, y) * y
    assert la.dot(across, y).abs() < 1e-12
    phi = torch.tensor(seed / 160, dtype=F64)  # up to 2 pi
    turned = torch.stack([phi.cos(), phi.sin()])
    torch.testing.assert_close(la.cosine(torch.tensor([2.0, 0.0], dtype=F64), turned), phi.cos(), **EXACT)


@quick
@given(sizes, sizes, sizes, seeds)
def test_products_of_matrices(n: int, m: int, q: int, seed: int) -> None:
    A, B, C, b = (
        drawn(n, m, seed=seed), drawn(m, q, seed=seed + 1), drawn(q, 2, seed=seed + 2), drawn(m, seed=seed)
    )  # fmt: skip
    by_rows = torch.stack([la.dot(row, b) for row in A])
    torch.testing.assert_close(by_rows, torch.mv(A, b), **EXACT)
    cells = torch.stack([la.dot(A[i], B[:, k]) for i, k in np.ndindex(n, q)]).reshape(n, q)
    torch.testing.assert_close(cells, torch.mm(A, B), **EXACT)
    torch.testing.assert_close((A @ B).T, B.T @ A.T, **EXACT)
    torch.testing.assert_close((A @ B) @ C, A @ (B @ C), **EXACT)


def test_the_notes_products_have_shapes_that_do_not_fit() -> None:
    x, A = torch.arange(10.0), torch.arange(20.0).reshape(5, 4)  # 003 1.3
    with pytest.raises(RuntimeError):
        torch.mv(A, x)
    with pytest.raises(RuntimeError):
        torch.mm(A, A)
    with pytest.raises(RuntimeError):
        torch.dot(A, A)  # vectors only
    assert torch.mv(A, torch.arange(4.0)).shape == (5,)
    assert torch.mm(A, A.T).shape == (5, 5)


def test_the_notes_torch_norm_and_the_maintained_names_agree() -> None:
    A, x = drawn(3, 4), drawn(5)
    torch.testing.assert_close(torch.norm(A), torch.linalg.matrix_norm(A), **EXACT)
    torch.testing.assert_close(torch.norm(x), torch.linalg.vector_norm(x), **EXACT)
    assert "deprecated" in (torch.norm.__doc__ or "")


# Sums


@quick
@given(sizes, sizes, seeds)
def test_sums_and_means_along_axes(n: int, m: int, seed: int) -> None:
    A = drawn(n, m, seed=seed)
    torch.testing.assert_close(A.sum(dim=0), torch.ones(n, dtype=F64) @ A, **EXACT)
    torch.testing.assert_close(A.sum(dim=1), A @ torch.ones(m, dtype=F64), **EXACT)
    torch.testing.assert_close(A.sum(dim=[0, 1]), A.sum(), **EXACT)
    torch.testing.assert_close(A.mean(), A.sum() / A.numel(), **EXACT)
    torch.testing.assert_close(A.mean(dim=0), A.sum(dim=0) / A.shape[0], **EXACT)
    torch.testing.assert_close(A.cumsum(dim=0), torch.ones(n, n, dtype=F64).tril() @ A, **EXACT)
    assert (A.sum(dim=1).shape, A.sum(dim=1, keepdim=True).shape) == ((n,), (n, 1))


@quick
@given(sizes, sizes, seeds)
def test_shares_of_a_row_sum_to_one(n: int, m: int, seed: int) -> None:
    A = drawn(n, m, seed=seed).abs() + 0.1
    shares = la.row_shares(A)
    torch.testing.assert_close(shares.sum(dim=1), torch.ones(n, dtype=F64), **EXACT)
    torch.testing.assert_close(shares * A.sum(dim=1).reshape(-1, 1), A, **EXACT)


def test_without_keepdim_a_square_matrix_gets_wrong_shares_and_no_error() -> None:
    A = torch.tensor([[1.0, 1.0], [2.0, 6.0]])
    assert la.row_shares(A).tolist() == [[0.5, 0.5], [0.25, 0.75]]
    assert (A / A.sum(dim=1)).tolist() == [[0.5, 0.125], [1, 0.75]]
    with pytest.raises(RuntimeError):
        _ = torch.ones(2, 3) / torch.ones(2, 3).sum(dim=1)


# Special matrices


@quick
@given(sizes, seeds)
def test_symmetric_and_antisymmetric_parts(n: int, seed: int) -> None:
    A, x = drawn(n, n, seed=seed), drawn(n, seed=seed + 1)
    S, R = (A + A.T) / 2, (A - A.T) / 2
    assert la.is_symmetric(S)
    assert la.is_antisymmetric(R)
    assert la.dot(x, R @ x).abs() < 1e-12
    torch.testing.assert_close(la.dot(x, A @ x), la.dot(x, S @ x), **EXACT)
    assert n == 1 or not la.is_symmetric(A)
    assert not la.is_antisymmetric(S + torch.eye(n))
    assert la.is_symmetric(A @ A.T)  # computed, so up to rounding


@pytest.mark.parametrize("dtype", [torch.float32, F64])
def test_what_is_off_by_more_than_rounding_is_not_symmetric(dtype: torch.dtype) -> None:
    A = symmetric([1.0, 2.0, 3.0, 4.0]).to(dtype)
    eps = torch.finfo(dtype).eps
    for sign, predicate in ((1, la.is_symmetric), (-1, la.is_antisymmetric)):
        B = A if sign == 1 else A.triu(1) - A.triu(1).T
        assert predicate(B)
        for off, holds in ((2 * eps, True), (100 * eps, False)):
            C = B.clone()
            C[0, 1] += off * float(B.abs().max())
            for scale in (1, 1e15, 1e-15):
                assert predicate(scale * C) == holds


@quick
@given(sizes, seeds)
def test_positive_definite_by_its_own_definition(n: int, seed: int) -> None:
    A, X = drawn(n, n, seed=seed), drawn(200, n, seed=seed + 1)
    B = A @ A.T + 0.1 * torch.eye(n, dtype=F64) + 5 * (A - A.T)
    assert la.is_positive_definite(B)
    assert all(la.dot(x, B @ x) > 0 for x in X[:20])
    low = symmetric([-0.01, *range(1, n)], seed)
    assert not la.is_positive_definite(low)
    v = torch.linalg.eigh(low).eigenvectors[:, 0]
    assert la.dot(v, low @ v) < 0


def test_with_zero_allowed_a_matrix_is_only_semidefinite() -> None:
    A = torch.tensor([[1.0, 1.0], [1.0, 1.0]], dtype=F64)  # what 003 1.3 calls positive definite
    X, flat = drawn(100, 2), torch.tensor([1.0, -1.0], dtype=F64)
    assert all(la.dot(x, A @ x) >= 0 for x in X)
    assert la.dot(flat, A @ flat) == 0
    assert not la.is_positive_definite(A)
    assert la.is_positive_definite(A + 0.01 * torch.eye(2, dtype=F64))
    thin = drawn(6, 3)
    assert not la.is_positive_definite(thin @ thin.T)  # of rank 3; rounding leaves eigenvalues of 1e-16


@quick
@given(sizes, seeds)
def test_orthogonal_matrices_keep_lengths_and_angles(n: int, seed: int) -> None:
    Q, x, y = orthogonal(n, seed), drawn(n, seed=seed + 1), drawn(n, seed=seed + 2)
    assert la.is_orthogonal(Q)
    torch.testing.assert_close(la.dot(Q @ x, Q @ y), la.dot(x, y), **EXACT)
    torch.testing.assert_close(la.l2_norm(Q @ x), la.l2_norm(x), **EXACT)
    assert not la.is_orthogonal(2 * Q)
    assert not la.is_orthogonal(0.5 * Q)
    assert not la.is_orthogonal(Q + 1e-6)


@quick
@given(st.integers(1, 6).flatmap(lambda n: st.permutations(range(n))), seeds)
def test_permutation_matrices_are_orthogonal_and_reorder(order: list[int], seed: int) -> None:
    P, x = la.permutation_matrix(order).double(), drawn(len(order), seed=seed)
    assert torch.equal(P @ x, x[list(order)])
    assert all(P[i, j] == (1 if j == order[i] else 0) for i, j in np.ndindex(*P.shape))
    assert la.is_permutation(P)
    assert la.is_orthogonal(P)


@pytest.mark.parametrize(
    "rows",
    [[[1, 1], [0, 0]], [[1, 0], [1, 0]], [[0.5, 0.5], [0.5, 0.5]], [[0, -1], [1, 0]], [[1, 0], [0, 2]]],
)
def test_matrices_that_permute_nothing(rows: list[list[float]]) -> None:
    assert not la.is_permutation(torch.tensor(rows, dtype=F64))


@pytest.mark.parametrize("order", [[0, 0], [1, 2], [0, 2], [-1, 0]])
def test_orders_that_are_none(order: list[int]) -> None:
    with pytest.raises(ValueError, match=r"order: expected each of 0 to 1 once, got \["):
        la.permutation_matrix(order)


def test_special_matrices_have_the_properties_that_are_drawn() -> None:
    result = la.special()
    held = {name for name, value in result.metrics.items() if value}
    assert held == {
        "stretch: symmetric", "stretch: positive definite", "turn: positive definite", "turn: orthogonal",
        "swap: symmetric", "swap: orthogonal", "swap: permutation", "quarter turn: antisymmetric",
        "shear: positive definite",
    }  # fmt: skip
    labels = [
        f"{axes.get_title()}: {word}" for axes in result.figure.axes for word in axes.get_xlabel().split("\n")
    ]
    assert set(labels) == held


# Eigenvectors


@quick
@given(st.integers(2, 5), seeds, st.sampled_from([1, -1]))
def test_power_iteration_finds_torchs_eigenvector(n: int, seed: int, sign: int) -> None:
    A = symmetric([sign * 3.0, *(1.5 * drawn(n - 1, seed=seed).tanh()).tolist()], seed)
    lambd, x = la.power_iteration(A, drawn(n, seed=seed + 1), 120)  # the rest shrinks by 2^-120
    eigenvalues, V = torch.linalg.eigh(A)
    largest = eigenvalues.abs().argmax()
    torch.testing.assert_close(lambd, eigenvalues[largest], rtol=1e-10, atol=0)
    torch.testing.assert_close(la.cosine(x, V[:, largest]).abs(), torch.tensor(1.0, dtype=F64), **EXACT)
    torch.testing.assert_close(A @ x, lambd * x, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(la.l2_norm(x), torch.tensor(1.0, dtype=F64), **EXACT)


def test_matrix_that_is_not_symmetric() -> None:
    A = torch.tensor([[2.0, 1.0], [0.0, 5.0]], dtype=F64)
    lambd, x = la.largest_eigenvector(A)
    assert float(lambd) == pytest.approx(5)
    assert x.tolist() == pytest.approx((float(x[1].sign()) * torch.tensor([1, 3]) / 10**0.5).tolist())


def test_one_step_is_one_product() -> None:
    A, x = drawn(3, 3), drawn(3, seed=1)
    for k in (0, 1, 2, 5):
        _, mine = la.power_iteration(A, x, k)
        expected = torch.linalg.matrix_power(A, k) @ x
        torch.testing.assert_close(mine * expected.norm() if k else mine, expected, **EXACT)


@pytest.mark.parametrize(
    "rows", [[[1, 0], [0, -1]], [[0, -1], [1, 0]], [[0, 0], [0, 0]], [[0.8, -0.6], [0.6, 0.8]]]
)
def test_matrices_without_a_largest_direction_are_refused(rows: list[list[float]]) -> None:
    with pytest.raises(ValueError, match="A: no eigenvector found in 1000 steps"):
        la.largest_eigenvector(torch.tensor(rows, dtype=F64))


def test_an_eigenvector_may_be_turned_round_and_zero_is_none() -> None:
    A = torch.tensor([[-2.0, 0.0], [0.0, 1.0]], dtype=F64)
    x = torch.tensor([1.0, 0.0], dtype=F64)
    assert la.cosine(A @ x, x) == -1  # its line is kept, its direction is not, as 003 1.3 has it
    assert la.power_iteration(A, x, 3)[0] == -2
    quarter = torch.tensor([[0.0, -1.0], [1.0, 0.0]], dtype=F64)
    assert not torch.linalg.eigvals(quarter).isreal().any()  # no line of the plane is kept


def test_a_start_without_a_share_never_gets_one() -> None:
    A = torch.diag(torch.tensor([3.0, 1.0], dtype=F64))
    assert la.power_iteration(A, torch.tensor([0.0, 1.0], dtype=F64), 500)[0] == 1
    assert la.largest_eigenvector(A)[0] == pytest.approx(3)


def test_spectral_norm_is_torchs_and_below_frobenius() -> None:
    for n, m in ((2, 2), (3, 5), (5, 2), (1, 4)):
        A = drawn(n, m, seed=n)
        mine = la.spectral_norm(A)
        torch.testing.assert_close(mine, torch.linalg.matrix_norm(A, 2), rtol=1e-6, atol=0)
        assert mine <= la.frobenius_norm(A) + 1e-12
        x = drawn(m, seed=7)
        assert la.l2_norm(A @ x) <= mine * la.l2_norm(x) + 1e-6


# Variants


def test_power_has_the_rates_of_its_eigenvalues() -> None:
    metrics = la.power().metrics
    assert metrics["eigenvalue"] == pytest.approx(3, abs=1e-14)
    assert metrics["its error"] < 1e-14
    assert metrics["error of the eigenvector"] < 1e-12
    assert metrics["of which a step leaves"] == pytest.approx(1 / 3, abs=0.02)  # above it in the first steps
    axes = la.power(num_steps=12).figure.axes[1]
    vector, _, value, _ = (line.get_ydata() for line in axes.lines)
    np.testing.assert_allclose(vector[4:10] / vector[3:9], 1 / 3, rtol=1e-2)
    np.testing.assert_allclose(value[4:9] / value[3:8], 1 / 9, rtol=1e-2)
    assert la.power(num_steps=1).metrics["eigenvalue"] < 3


def test_random_vectors_are_near_the_upper_bound() -> None:
    result = la.norms()
    # E|x| / sqrt(E x^2) = sqrt(2 / pi); over 100 vectors of 1000 elements it errs by 0.003 at most
    (value,) = result.metrics.values()
    assert value == pytest.approx(math.sqrt(2 / math.pi), abs=0.01)
    assert list(result.metrics) == ["L1 / L2 in 1000 dimensions, in roots of n"]


@pytest.mark.parametrize(
    ("variant", "knobs", "message"),
    [
        (la.power, {"num_steps": 0}, "num_steps: must be at least 1, got 0"),
        (la.power, {"seed": -1}, "seed: must be in"),
        (la.norms, {"seed": -1}, "seed: must be in"),
    ],
)
def test_bad_knobs(variant: Callable, knobs: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        variant(**knobs)


off_by_more = partial(test_what_is_off_by_more_than_rounding_is_not_symmetric, F64)
not_permuted = [
    partial(test_matrices_that_permute_nothing, rows)
    for rows in ([[1, 1], [0, 0]], [[1, 0], [1, 0]], [[1, 2], [2, 1]])
]
MUTANTS = [
    Mutant("dot", "(x * y).sum()", "(x * y).mean()", test_dot_product_and_norms_are_torchs),
    Mutant("l2_norm", ".sqrt()", "", test_dot_product_and_norms_are_torchs),
    Mutant("l1_norm", ".abs()", "", test_dot_product_and_norms_are_torchs),
    Mutant("frobenius_norm", "A.square().sum()", "(A @ A.T).sum()", test_dot_product_and_norms_are_torchs),
    Mutant("cosine", " * l2_norm(y)", "", test_cosine_is_that_of_the_angle_and_zero_at_a_right_one),
    Mutant("row_shares", ", keepdim=True", "",
           test_without_keepdim_a_square_matrix_gets_wrong_shares_and_no_error),
    Mutant("row_shares", "dim=1", "dim=0", test_shares_of_a_row_sum_to_one),
    Mutant("rounding", "float(A.abs().max())", "1", off_by_more),
    Mutant("rounding", "torch.finfo(A.dtype).eps", "1e-5",
           off_by_more),
    Mutant("rounding", "4 * len(A)", "0", off_by_more),
    Mutant("is_symmetric", "A - A.T", "A + A.T", test_symmetric_and_antisymmetric_parts),
    Mutant("is_antisymmetric", "A + A.T", "A - A.T", test_symmetric_and_antisymmetric_parts),
    Mutant("is_positive_definite", "(A + A.T) / 2", "A", test_positive_definite_by_its_own_definition),
    Mutant("is_positive_definite", "> rounding(A)", ">= 0",
           test_with_zero_allowed_a_matrix_is_only_semidefinite),
    Mutant("is_positive_definite", ".min()", ".max()", test_positive_definite_by_its_own_definition),
    Mutant("is_orthogonal", "Q @ Q.T", "Q * Q", test_orthogonal_matrices_keep_lengths_and_angles),
    Mutant("is_orthogonal", " - identity).abs()", " - identity)",
           test_orthogonal_matrices_keep_lengths_and_angles),
    Mutant("is_permutation", "(ones | (P == 0)).all()", "True", not_permuted[2]),
    Mutant("is_permutation", " and (ones.sum(dim=0) == 1).all()", "", not_permuted[1]),
    Mutant("is_permutation", " and (ones.sum(dim=1) == 1).all()", "", not_permuted[0]),
    Mutant("permutation_matrix", "[list(order)]", "[:, list(order)]",
           test_permutation_matrices_are_orthogonal_and_reorder),
    Mutant("permutation_matrix", "sorted(order)", "list(range(len(order)))",
           partial(test_orders_that_are_none, [0, 0])),
    Mutant("power_iteration", "return dot(x, A @ x)", "return l2_norm(A @ x)",
           test_an_eigenvector_may_be_turned_round_and_zero_is_none),
    Mutant("power_iteration", "x = x / l2_norm(x)", "x = x / x.sum()", test_one_step_is_one_product),
    Mutant("power_iteration", "range(num_steps)", "range(num_steps + 1)", test_one_step_is_one_product),
    Mutant("largest_eigenvector", "if not apart <= 1e-5 * frobenius_norm(A):", "if apart > 1e-5:",
           partial(test_matrices_without_a_largest_direction_are_refused, [[0, 0], [0, 0]])),
    Mutant("largest_eigenvector", "torch.randn_like(A[0])", "A[1] / A[1].norm()",
           test_a_start_without_a_share_never_gets_one),
    Mutant("spectral_norm", ".sqrt()", "", test_spectral_norm_is_torchs_and_below_frobenius),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(la, MUTANTS)
