"""Matrix calculus: the notes' tables against autograd and differences, shapes, and what the figures claim."""

import inspect
import math

import mutants
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from mutants import Mutant

from chapters import matrix_calculus as mc

# The same formula in another order: a few roundings of 1e-16, on values of at most about 30.
EXACT = {"rtol": 1e-13, "atol": 1e-13}
# eps^2 = 1e-10 times a third derivative of at most about 10, and rounding, 1e-16 / eps = 1e-11.
BY_DIFFERENCES = {"rtol": 1e-7, "atol": 1e-8}


@pytest.mark.parametrize("n", [1, 2, 5])
def test_every_rule_equals_autograd_and_the_differences(n: int) -> None:
    rules = mc.all_rules(n)
    assert len(rules) == 23
    for name, (rule, x) in rules.items():
        exact = torch.func.jacrev(rule.of)(x)
        by_hand = rule.d(x)
        assert by_hand.shape == (*rule.of(x).shape, *x.shape) == exact.shape, name
        assert by_hand.dtype == torch.float64, name
        torch.testing.assert_close(by_hand, exact, **EXACT, msg=name)
        torch.testing.assert_close(by_hand, mc.numerical_jacobian(rule.of, x), **BY_DIFFERENCES, msg=name)
        assert name.endswith(": a") == bool((exact == 0).all())  # rules that are all zero would agree too


@given(st.integers(0, 2**31), st.integers(1, 4), st.integers(1, 4))
def test_tables_hold_for_matrices_that_are_not_square(seed: int, m: int, n: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    A, B = (torch.randn(m, n, generator=generator, dtype=torch.float64) for _ in range(2))
    x, c = (torch.randn(size, generator=generator, dtype=torch.float64) for size in (n, m))
    U = mc.Function(lambda x: A @ x, lambda x: A)
    V = mc.Function(lambda x: (B @ x).sin(), lambda x: (B @ x).cos().unsqueeze(1) * B)
    table = mc.jacobian_table(c[0], c, A, U, V)
    for name in ("a", "x", "Ax", "au", "u + v"):
        torch.testing.assert_close(table[name].d(x), torch.func.jacrev(table[name].of)(x), **EXACT)
    rows = mc.jacobian_table(c[0], c, A, U, V)["x^T A"]
    torch.testing.assert_close(rows.d(c), torch.func.jacrev(rows.of)(c), **EXACT)
    inner = mc.gradient_table(c[0], U, V, U, V)["<u, v>"]
    torch.testing.assert_close(inner.d(x), torch.func.jacrev(inner.of)(x), **EXACT)


def test_powers_of_other_exponents() -> None:
    identity = mc.Function(lambda x: x, torch.ones_like)
    for n in (-1.0, 0.5, 2.0):
        rule = mc.scalar_table(torch.tensor(1.0), n, identity, identity)["x^n"]
        assert float(rule.d(torch.tensor(4.0))) == {-1.0: -1 / 16, 0.5: 0.25, 2.0: 8.0}[n]


def test_the_chain_rule_multiplies_over_what_lies_between_whatever_its_shape() -> None:
    X = torch.randn(2, 3, dtype=torch.float64)
    u = mc.Function(
        lambda X: X.mT @ X, lambda X: torch.func.jacrev(lambda X: X.mT @ X)(X)
    )  # a matrix between
    y = mc.Function(torch.det, lambda U: torch.func.grad(torch.det)(U))
    A = torch.eye(3, dtype=torch.float64)
    shifted = mc.Function(lambda U: torch.det(U + A), lambda U: torch.func.grad(torch.det)(U + A))
    for outer in (y, shifted):
        found = mc.chain(outer, u)
        torch.testing.assert_close(found.of(X), outer.of(X.mT @ X))
        torch.testing.assert_close(found.d(X), torch.func.grad(found.of)(X), rtol=1e-10, atol=1e-10)


def test_gradient_of_the_squared_error_is_the_notes_formula() -> None:
    X, y, w = torch.randn(5, 3).double(), torch.randn(5).double(), torch.randn(3).double()
    found = mc.squared_error(X, y)
    torch.testing.assert_close(found.d(w), 2 * (X @ w - y) @ X, **EXACT)  # 003 1.5, 例2
    one = mc.squared_error(X[:1], y[:1])
    torch.testing.assert_close(one.d(w), 2 * (X[0] @ w - y[0]) * X[0], **EXACT)  # 例1
    assert float(found.of(w)) == pytest.approx(float(((X @ w - y) ** 2).sum()))


# Differences


def test_difference_of_a_cubic_is_off_by_exactly_eps_squared() -> None:
    x = torch.tensor([[1.0, -2.0, 0.5], [0.0, 3.0, -0.25]])  # with these, no operation rounds
    found = mc.numerical_jacobian(lambda x: x**3, x, eps=0.5)
    assert found.shape == (2, 3, 2, 3)
    assert torch.equal(found.reshape(6, 6), torch.diag(3 * x.flatten() ** 2 + 0.25))


def test_differences_of_any_shapes_and_types() -> None:
    assert mc.numerical_jacobian(lambda x: x**2, torch.tensor(3.0, requires_grad=True), eps=1.0) == 6.0
    assert mc.numerical_jacobian(torch.sum, torch.ones(2, 3).T, eps=0.5).shape == (3, 2)
    f = lambda x: x.sum() * torch.ones(4, 1)  # noqa: E731
    assert mc.numerical_jacobian(f, torch.ones(2), eps=0.5).shape == (4, 1, 2)
    x = torch.ones(3)
    assert mc.numerical_jacobian(torch.sin, x, eps=0.01).dtype == torch.float32
    assert torch.equal(x, torch.ones(3))


def test_the_notes_cubic_by_symbols_by_differences_and_by_autograd() -> None:
    f, x = (lambda x: 4 * x**3 + x**2 + 3), torch.tensor(1.5, dtype=torch.float64)
    by_symbols = 12 * x**2 + 2 * x  # 003 1.5
    torch.testing.assert_close(torch.func.grad(f)(x), by_symbols, **EXACT)
    torch.testing.assert_close(mc.numerical_jacobian(f, x), by_symbols, **BY_DIFFERENCES)


def test_the_chain_rule_of_columns_is_that_of_rows_transposed() -> None:
    """000 1.3.2: dz/dx = dy/dx dz/dy, of columns; 003 1.5: the other order, of rows. Mixed, no shape fits."""
    A, x = torch.randn(3, 2).double(), torch.randn(2).double()  # y = A x, z = |y|^2
    expected = torch.func.grad(lambda x: ((A @ x) ** 2).sum())(x)
    row, J = 2 * (A @ x).unsqueeze(0), A
    torch.testing.assert_close((row @ J)[0], expected, **EXACT)
    torch.testing.assert_close((J.T @ row.T)[:, 0], expected, **EXACT)
    with pytest.raises(RuntimeError):
        J @ row.T


# Shapes


@pytest.mark.parametrize("y_shape", [(), (2,), (2, 5)])
@pytest.mark.parametrize("x_shape", [(), (3,), (3, 4)])
def test_shapes_of_the_notes_first_table(y_shape: tuple, x_shape: tuple) -> None:
    """For y of m = 2 (times l = 5) numbers and x of n = 3 (times k = 4)."""
    weights = torch.randn((*y_shape, *x_shape))
    J = torch.func.jacrev(lambda x: torch.tensordot(weights, x, dims=x.dim()))(torch.randn(x_shape))
    assert J.shape == (*y_shape, *x_shape)
    in_the_notes = mc.in_the_notes_layout(J, len(x_shape))
    assert in_the_notes.shape == (*y_shape, *x_shape[::-1])
    if (y_shape, x_shape) == ((), (3, 4)):
        assert torch.equal(in_the_notes, J.T)  # the notes: k x n
    if (y_shape, x_shape) == ((2, 5), (3, 4)):
        assert in_the_notes[1, 4, 3, 2] == J[1, 4, 2, 3]  # the notes: m x l x k x n


def test_the_notes_vector_by_matrix_breaks_their_own_order_of_axes() -> None:
    """003 1.4 has (m, n, k) for a vector by a matrix, but (k, n) for a scalar, (m, l, k, n) for a matrix."""
    w, X = torch.randn(4), torch.randn(3, 4)  # y = X w: m = n = 3, k = 4
    J = mc.in_the_notes_layout(torch.func.jacrev(lambda X: X @ w)(X), 2)
    assert J.shape == (3, 4, 3)
    for i in range(3):  # component i is a scalar: what the same table has for a scalar is (k, n)
        component = mc.in_the_notes_layout(torch.func.grad(lambda X, i=i: (X @ w)[i])(X), 2)
        assert torch.equal(J[i], component)


def test_entry_two_of_a_vector_by_a_scalar_is_the_second_components() -> None:
    J = torch.func.jacrev(lambda t: torch.stack([t, t**2, t**3]))(torch.tensor(2.0))
    assert torch.equal(J, torch.tensor([1.0, 4.0, 12.0]))  # 003 1.4 writes y_1 twice: 1, 1, 12


# What the figures claim


def test_error_of_the_straight_map_is_a_quarter_at_half_the_step() -> None:
    result = mc.linearization()
    (ratio,) = result.metrics.values()
    assert ratio == pytest.approx(4, abs=0.05)
    measured, slope = result.figure.axes[1].lines
    assert len(measured.get_xdata()) == 9
    assert measured.get_ydata() == pytest.approx(slope.get_ydata(), rel=0.4)


def test_swirl_turns_and_keeps_lengths() -> None:
    x = torch.randn(2, 7, 3, dtype=torch.float64)
    torch.testing.assert_close(mc.swirl(x).norm(dim=0), x.norm(dim=0))
    quarter = torch.tensor([math.sqrt(3 * math.pi / 2), 0.0])  # |x|^2 / 3 = pi / 2
    torch.testing.assert_close(mc.swirl(quarter), quarter.flip(0), rtol=1e-5, atol=1e-5)


def test_the_gradient_is_the_steepest_way_and_its_length_the_slope() -> None:
    result = mc.steepest(x=(0.5, 1.0))
    slope, length = result.metrics["steepest slope"], result.metrics["length of the gradient"]
    assert slope == pytest.approx(length, rel=1e-4)
    expected = torch.func.grad(mc.hills)(torch.tensor([0.5, 1.0], dtype=torch.float64))
    by_hand = torch.tensor([math.cos(0.5) + 0.25, -math.sin(1.0) / 2 + 0.125], dtype=torch.float64)
    torch.testing.assert_close(expected, by_hand)
    assert length == pytest.approx(float(by_hand.norm()), rel=1e-8)
    curve, *_ = result.figure.axes[1].lines
    uphill = math.degrees(math.atan2(*by_hand.flip(0).tolist()))
    assert curve.get_xdata()[curve.get_ydata().argmax()] == pytest.approx(uphill, abs=1)


def test_a_gradient_is_a_slope_and_no_curvature() -> None:
    """002 calls the gradient the curvature. A plane has one and is not curved; a minimum is the reverse."""
    hessian = lambda f: torch.func.jacrev(torch.func.grad(f))  # noqa: E731
    point = torch.tensor([1.0, 2.0])
    plane, bowl = (lambda x: 3 * x[0] - x[1]), (lambda x: ((x - point) ** 2).sum())
    assert torch.equal(torch.func.grad(plane)(point), torch.tensor([3.0, -1.0]))
    assert not hessian(plane)(point).any()
    assert not torch.func.grad(bowl)(point).any()
    assert torch.equal(hessian(bowl)(point), 2 * torch.eye(2))


def test_tables_tell_the_largest_errors_and_draw_every_jacobian() -> None:
    result = mc.tables()
    assert 0 <= result.metrics["error of autograd"] < 1e-14
    assert 0 < result.metrics["of differences"] < 1e-8
    assert [axes.get_title() for axes in result.figures["jacobians"].axes] == [
        "a", "x", "Ax", "x^T A", "au", "Au", "u + v"
    ]  # fmt: skip
    labels = [label.get_text() for label in result.figures["differences"].axes[0].get_yticklabels()]
    assert len(labels) == 23
    assert len(mc.tables(num_entries=2, seed=3).figures["jacobians"].axes[2].images[0].get_array()) == 2


def test_bad_knobs() -> None:
    with pytest.raises(ValueError, match="num_entries: must be at least 1"):
        mc.tables(num_entries=0)
    assert list(inspect.signature(mc.linearization).parameters) == ["x"]


rules = lambda: test_every_rule_equals_autograd_and_the_differences(4)  # noqa: E731
cubic = test_difference_of_a_cubic_is_off_by_exactly_eps_squared
steepest = test_the_gradient_is_the_steepest_way_and_its_length_the_slope
MUTANTS = [
    Mutant("numerical_jacobian", "f(x - step)", "f(x)", cubic),
    Mutant("numerical_jacobian", "(2 * eps)", "eps", cubic),
    Mutant("numerical_jacobian", "dim=-1", "dim=0", rules),
    Mutant("swirl", "x[0] * sin + x[1] * cos", "x[1] * cos - x[0] * sin", test_swirl_turns_and_keeps_lengths),
    Mutant("hills", "x[1].cos() / 2", "x[1].cos()", steepest),
    Mutant("Function", "of: Callable[[Tensor], Tensor]", "pass", rules, (TypeError,)),
    Mutant("scalar_table", "n * x ** (n - 1)", "x ** (n - 1)", rules),
    Mutant("scalar_table", "u.d(x) * v.of(x) + v.d(x) * u.of(x)", "u.d(x) * v.d(x)", rules),
    Mutant("gradient_table", "lambda x: 2 * x", "lambda x: x", rules),
    Mutant("gradient_table", "+ V.of(x) @ U.d(x)", "", rules),
    Mutant("gradient_table", "lambda x: a * u.d(x)", "u.d", rules),
    Mutant("jacobian_table", "lambda x: A.T", "lambda x: A", rules),
    Mutant("jacobian_table", "A @ U.d(x)", "U.d(x) @ A", rules),
    Mutant("chain", "y.d(inner)", "y.d(x)", rules),
    Mutant("chain", "dims=inner.dim()", "dims=1", rules, (RuntimeError,)),
    Mutant("squared_error", "2 * b", "b", test_gradient_of_the_squared_error_is_the_notes_formula),
    Mutant("all_rules", "x.cos().diag()", "x.sin().diag()", rules),
    Mutant("in_the_notes_layout", "reversed(axes[len(axes) - x_dim :])", "axes[len(axes) - x_dim :]",
           lambda: test_shapes_of_the_notes_first_table((2, 5), (3, 4))),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(mc, MUTANTS)
