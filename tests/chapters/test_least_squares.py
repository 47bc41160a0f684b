"""Least squares: the solvers and the penalties, each against the framework or scikit-learn."""

import math
from functools import partial

import mutants
import numpy as np
import pytest
import torch
from mutants import Mutant
from recording import recorded
from sklearn import linear_model
from sklearn.datasets import load_diabetes
from torch import Tensor

import d2lcore as d2l
from chapters import least_squares

F64 = torch.float64
EXACT = {"rtol": 1e-10, "atol": 1e-10}


def problem(n: int = 40, d: int = 6, noise: float = 0.5) -> tuple[Tensor, Tensor]:
    """Data with features of unlike size and mean, and a bias."""
    torch.manual_seed(1)
    X = torch.randn(n, d, dtype=F64) * torch.arange(1, d + 1) + 3
    y = X @ torch.randn(d, 1, dtype=F64) + 7 + noise * torch.randn(n, 1, dtype=F64)
    return X, y


def assert_same(found: tuple[Tensor, Tensor], model: object, **tolerance: float) -> None:
    w, b = found
    torch.testing.assert_close(w[:, 0], torch.from_numpy(np.ravel(model.coef_)), **(tolerance or EXACT))
    torch.testing.assert_close(b[0], torch.tensor(np.ravel(model.intercept_)[0]), **(tolerance or EXACT))


# Solvers


@pytest.mark.parametrize("flat", [True, False])
def test_least_squares_equals_scikit_learn_and_leaves_no_gradient(flat: bool) -> None:
    X, y = problem()
    w, b = least_squares.least_squares(X, y[:, 0] if flat else y)
    assert_same((w, b), linear_model.LinearRegression().fit(X, y))
    residual = X @ w + b - y
    assert float((X.T @ residual).abs().max()) < 1e-9
    assert float(residual.sum().abs()) < 1e-10


@pytest.mark.parametrize("solve", ["least_squares", "ridge", "lasso", "conjugate_gradient"])
def test_solvers_keep_type_and_device(solve: str, device: torch.device) -> None:
    X, y = (tensor.float().to(device) for tensor in problem())
    lambd = {"ridge": (1.0,), "lasso": (1.0,)}.get(solve, ())
    w, b = getattr(least_squares, solve)(X.T.contiguous().T, y.double(), *lambd)  # not contiguous
    assert (w.shape, b.shape) == ((6, 1), (1,))
    assert (w.dtype, w.device.type) == (torch.float32, device.type)


def test_ill_conditioned_data_cost_digits_once_not_twice() -> None:
    X, y, w = least_squares.ill_conditioned(200, 20, 1e6)
    singular = torch.linalg.svdvals(X)
    assert float(singular[0] / singular[-1]) == pytest.approx(1e6, rel=1e-6)
    assert float(X.mean(dim=0).abs().max()) < 1e-12
    torch.testing.assert_close(y, X @ w, **EXACT)

    def error(found: Tensor) -> float:
        return float((found - w).norm() / w.norm())

    # eps times the condition number is 2e-10, times its square 2e-4
    assert error(least_squares.least_squares(X, y)[0]) < 1e-9
    assert error(least_squares.ridge(X, y, 1e-30)[0]) < 1e-9
    assert error(torch.linalg.inv(X.T @ X) @ X.T @ y) > 1e-6


@pytest.mark.parametrize("lambd", [1e-3, 1.0, 1e3])
def test_ridge_equals_scikit_learn(lambd: float) -> None:
    X, y = problem()
    assert_same(least_squares.ridge(X, y, lambd), linear_model.Ridge(alpha=len(X) * lambd).fit(X, y[:, 0]))


def test_ridge_is_the_minimum_by_autograd_and_without_penalty_least_squares() -> None:
    X, y = problem()
    w, b = (tensor.requires_grad_() for tensor in least_squares.ridge(X, y, 2.0))
    (d2l.squared_loss(X @ w + b, y).mean() + 2.0 / 2 * (w**2).sum()).backward()
    assert max(float(w.grad.abs().max()), float(b.grad.abs().max())) < 1e-9
    torch.testing.assert_close(least_squares.ridge(X, y, 0.0), least_squares.least_squares(X, y))


@pytest.mark.parametrize("lambd", [0.0, 0.25, 7.5, 2500.0])
def test_lasso_equals_scikit_learn_and_its_zeros(lambd: float) -> None:
    X, y = problem()
    found = least_squares.lasso(X, y, lambd)
    if lambd == 0:
        assert_same(found, linear_model.LinearRegression().fit(X, y), rtol=1e-9, atol=1e-9)
        return
    model = linear_model.Lasso(alpha=lambd, tol=1e-14, max_iter=100_000).fit(X, y[:, 0])
    assert_same(found, model, rtol=1e-7, atol=1e-8)  # scikit-learn stops at a duality gap
    assert ((found[0][:, 0] == 0).numpy() == (model.coef_ == 0)).all()


def test_lasso_satisfies_the_conditions_of_a_minimum() -> None:
    X, y = problem()
    w, b = least_squares.lasso(X, y, 7.5)
    pull = (X.T @ (y - X @ w - b))[:, 0] / len(X)  # equals lambd sign(w_j), or is smaller where w_j is 0
    zero = w[:, 0] == 0
    assert 0 < zero.sum() < len(w)
    torch.testing.assert_close(pull[~zero], 7.5 * w[:, 0].sign()[~zero], rtol=1e-9, atol=1e-7)
    assert (pull[zero].abs() <= 7.5).all()


def test_conjugate_gradients_need_a_step_a_feature() -> None:
    X, y = problem(d=4)
    X = X / torch.arange(1, 5)
    exact = least_squares.least_squares(X, y)
    for found, want in zip(least_squares.conjugate_gradient(X, y), exact, strict=True):
        torch.testing.assert_close(found, want, rtol=1e-9, atol=1e-9)
    early, _ = least_squares.conjugate_gradient(X, y, 3)
    assert float((early - exact[0]).abs().max()) > 1e-6


def test_conjugate_gradients_are_done_after_as_many_steps_as_there_are_singular_values() -> None:
    Q, _ = torch.linalg.qr(torch.randn(30, 8, dtype=F64) - 0)
    X = Q - Q.mean(dim=0)
    X = torch.linalg.qr(X)[0] * torch.tensor([1.0, 1, 1, 1, 5, 5, 5, 5], dtype=F64)  # two different values
    y = torch.randn(30, 1, dtype=F64)
    found, _ = least_squares.conjugate_gradient(X, y, 2)
    torch.testing.assert_close(found, least_squares.least_squares(X, y)[0], **EXACT)


def test_conjugate_gradients_find_the_shortest_of_many_solutions() -> None:
    X, y = problem(n=5, d=9)
    w, b = least_squares.conjugate_gradient(X, y, 50)
    shortest = torch.linalg.pinv(X - X.mean(0)) @ (y - y.mean())
    torch.testing.assert_close(w, shortest, rtol=1e-8, atol=1e-8)
    torch.testing.assert_close(X @ w + b, y, rtol=1e-8, atol=1e-8)


def test_no_labels_to_explain() -> None:
    X, _ = problem()
    for solve in (least_squares.conjugate_gradient, least_squares.least_squares):
        w, b = solve(X, torch.full((40, 1), 2.5, dtype=F64))
        torch.testing.assert_close(w, torch.zeros(6, 1, dtype=F64), atol=1e-15, rtol=0)
        assert b.item() == pytest.approx(2.5)


def dependent(kind: str) -> Tensor:
    X, _ = problem()
    if kind == "constant":
        X[:, 2] = 0.1
    if kind == "repeated":
        X[:, 2] = 2 * X[:, 4] - X[:, 0]
    return X[:4] if kind == "few rows" else X


@pytest.mark.parametrize(("kind", "rank"), [("constant", 5), ("repeated", 5), ("few rows", 3)])
def test_dependent_columns_are_refused_but_by_ridge(kind: str, rank: int) -> None:
    X = dependent(kind)
    y = problem()[1][: len(X)]
    with pytest.raises(ValueError, match=rf"X: its 6 columns vary in {rank} independent ways only.*ridge"):
        least_squares.least_squares(X, y)
    with pytest.raises(ValueError, match="X: its 6 columns"):
        least_squares.ridge(X, y, 0.0)
    w, b = least_squares.ridge(X, y, 2e-3 / len(X))
    assert_same((w, b), linear_model.Ridge(alpha=2e-3, solver="svd").fit(X, y[:, 0]), rtol=1e-6, atol=1e-6)


def test_the_weight_of_a_constant_feature_is_zero() -> None:
    X, y = dependent("constant"), problem()[1]
    assert least_squares.lasso(X, y, 0.0)[0][2] == 0
    assert least_squares.ridge(X, y, 1.0)[0][2].abs() < 1e-12
    assert least_squares.conjugate_gradient(X, y)[0][2] == 0


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (torch.zeros(4), torch.zeros(4), r"X, y: expected shapes .* got \(4,\) and \(4,\)"),
        (torch.zeros(4, 2), torch.zeros(3, 1), r"got \(4, 2\) and \(3, 1\)"),
        (torch.zeros(4, 2), torch.zeros(4, 2), r"got \(4, 2\) and \(4, 2\)"),
        (torch.zeros(0, 2), torch.zeros(0, 1), r"got \(0, 2\)"),
        (torch.zeros(3, 0), torch.zeros(3, 1), r"got \(3, 0\)"),
        (torch.tensor([[1.0], [math.nan]]), torch.zeros(2, 1), "X: 1 of its values are NaN or infinite"),
        (torch.tensor([[1.0], [2.0]]), torch.tensor([[1.0], [math.inf]]), "y: 1 of its values"),
    ],
)
@pytest.mark.parametrize("solve", ["least_squares", "conjugate_gradient", "ridge", "lasso"])
def test_solvers_refuse_bad_data(solve: str, X: Tensor, y: Tensor, message: str) -> None:
    lambd = (1.0,) if solve in ("ridge", "lasso") else ()
    with pytest.raises(ValueError, match=message):
        getattr(least_squares, solve)(X, y, *lambd)


@pytest.mark.parametrize("lambd", [-1.0, math.nan, math.inf])
@pytest.mark.parametrize("solve", ["ridge", "lasso"])
def test_lambda_below_zero(solve: str, lambd: float) -> None:
    with pytest.raises(ValueError, match="lambd: a regularisation constant must be finite and at least 0"):
        getattr(least_squares, solve)(*problem(), lambd)


def test_too_few_sweeps_and_steps() -> None:
    with pytest.raises(ValueError, match="num_sweeps: 2 did not settle the weights"):
        least_squares.lasso(*problem(), 1.0, num_sweeps=2)
    with pytest.raises(ValueError, match="num_steps: must be at least 1"):
        least_squares.conjugate_gradient(*problem(), 0)


def test_comparison_of_the_solvers_says_what_the_chapter_says() -> None:
    result = least_squares.solvers()
    assert (
        result.metrics["least_squares, condition 1e6"]
        < 1e-9
        < result.metrics["written-out inverse, condition 1e6"]
    )
    assert 1e-5 < result.metrics["conjugate gradients, 20 steps"] < 1e-3
    assert result.metrics["gradient descent, 20 steps"] == pytest.approx(0.29, abs=0.01)
    assert [len(axes.lines) for axes in result.figure.axes] == [3, 2]


def test_solvers_report_the_errors_at_their_condition_and_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Labels of w (1 + 1 / condition): solved exactly, the relative error is 1 / condition."""

    def well_conditioned(n: int, d: int, condition: float) -> tuple[Tensor, Tensor, Tensor]:
        X, y, w = real(n, d, 10.0)
        return X, (1 + 1 / condition) * y, w

    real = least_squares.ill_conditioned
    monkeypatch.setattr(least_squares, "ill_conditioned", well_conditioned)
    made = recorded(monkeypatch, least_squares, "ill_conditioned")
    metrics = least_squares.solvers(num_examples=30, num_features=4).metrics
    X, y, w = (one.numpy() for one in made[0])
    found, s = 0 * w, np.linalg.svd(X)[1]
    for _ in range(4):
        found = found + 2 / (s[0] ** 2 + s[-1] ** 2) * X.T @ (y - X @ found)
    assert metrics == pytest.approx(
        {
            "written-out inverse, condition 1e6": 1e-6,
            "least_squares, condition 1e6": 1e-6,
            "torch.linalg.lstsq, condition 1e6": 1e-6,
            "conjugate gradients, 4 steps": 0.1,
            "gradient descent, 4 steps": np.linalg.norm(found - w) / np.linalg.norm(w),
        },
        rel=1e-6,
    )


def test_shrinkage_reports_differences_and_zeros(monkeypatch: pytest.MonkeyPatch) -> None:
    data = load_diabetes(scaled=False)
    X = (data.data - data.data.mean(axis=0)) / data.data.std(axis=0, ddof=1)
    middle = 10**0.625  # the second of three from 10^-0.5 to 10^1.75
    zeros = (linear_model.Lasso(middle, tol=1e-10).fit(X, data.target).coef_ == 0).sum()
    metrics = least_squares.shrinkage(num_lambdas=3).metrics
    assert metrics[f"lasso: weights at 0, lambda {middle:.3g}"] == zeros > 0
    assert metrics["ridge: weights at 0, lambda 1"] == 0
    for solve, off in (("ridge", 0.25), ("lasso", -0.5)):
        real = getattr(least_squares, solve)
        monkeypatch.setattr(
            least_squares, solve, lambda X, y, lambd, real=real, off=off: (real(X, y, lambd)[0] + off, None)
        )
    apart = least_squares.shrinkage(num_lambdas=3).metrics
    assert apart["ridge: largest difference from scikit-learn"] == pytest.approx(0.25, abs=1e-8)
    assert apart["lasso: largest difference from scikit-learn"] == pytest.approx(0.5, abs=1e-3)


def test_lasso_drops_weights_of_real_data_and_ridge_none() -> None:
    metrics = least_squares.shrinkage(num_lambdas=5).metrics
    assert metrics["ridge: largest difference from scikit-learn"] < 1e-9
    assert metrics["lasso: largest difference from scikit-learn"] < 1e-4
    zeros = {name.split(":")[0]: value for name, value in metrics.items() if "weights at 0" in name}
    assert zeros["ridge"] == 0
    assert 3 <= zeros["lasso"] <= 9


MUTANTS = [
    Mutant("least_squares", "/ S.unsqueeze(1)", "* S.unsqueeze(1)",
           partial(test_least_squares_equals_scikit_learn_and_leaves_no_gradient, False)),
    Mutant("least_squares", "y_mean - x_mean @ w", "y_mean",
           partial(test_least_squares_equals_scikit_learn_and_leaves_no_gradient, False)),
    Mutant("least_squares", "rank < X.shape[1]", "rank < 1",
           partial(test_dependent_columns_are_refused_but_by_ridge, "repeated", 5)),
    Mutant("centred", ".to(X.dtype)", "",
           partial(test_solvers_keep_type_and_device, "ridge", torch.device("cpu")), dies_of=(RuntimeError,)),
    Mutant("centred", "torch.where(constant, 0, X - X.mean(dim=0))", "X - X.mean(dim=0)",
           test_the_weight_of_a_constant_feature_is_zero),
    Mutant("conjugate_gradient", "size / before", "before / size",
           test_conjugate_gradients_need_a_step_a_feature),
    Mutant("conjugate_gradient", "g + size / before * p", "g",
           test_conjugate_gradients_need_a_step_a_feature),
    Mutant("ridge", "len(X) * lambd", "lambd", partial(test_ridge_equals_scikit_learn, 1.0)),
    Mutant("check_lambd", "0 <= lambd", "-9 <= lambd", partial(test_lambda_below_zero, "ridge", -1.0)),
    Mutant("lasso", "clamp(min=0)", "clamp(min=-len(X) * lambd / 2)",
           partial(test_lasso_equals_scikit_learn_and_its_zeros, 7.5), dies_of=(ValueError, *mutants.RED)),
    Mutant("lasso", "- len(X) * lambd)", "- lambd)",
           partial(test_lasso_equals_scikit_learn_and_its_zeros, 0.25)),
    Mutant("ill_conditioned", "-math.log10(condition)", "math.log10(condition) / 2",
           test_ill_conditioned_data_cost_digits_once_not_twice),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(least_squares, MUTANTS)
