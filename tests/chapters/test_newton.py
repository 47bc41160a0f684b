"""Newton's method and L-BFGS: derivatives against autograd, minima against scikit-learn's."""

import math
from functools import partial

import mutants
import numpy as np
import pytest
import torch
from mutants import Mutant
from recording import recorded
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

import d2lcore as d2l
from chapters import newton as chapter
from chapters.logistic_regression import load_tumours, objective, train_epoch

F64 = torch.float64
LAMBDAS = [0.002, 0.02, 0.2]


def tumours() -> tuple[torch.Tensor, torch.Tensor]:
    X, y, *_ = load_tumours(dtype=F64)
    return X, y


def library_minimum(X: torch.Tensor, y: torch.Tensor, lambd: float) -> torch.Tensor:
    """(w, b) of scikit-learn, whose C sum(l) + ||w||^2 / 2 is ours times nC where lambd = 1 / (nC)."""
    found = LogisticRegression(C=1 / (len(X) * lambd), tol=1e-10, max_iter=10_000).fit(X, y)
    return torch.tensor([*found.coef_[0], *found.intercept_], dtype=F64)


# The step


def quadratic(k: int = 5) -> tuple[chapter.Value, chapter.Derivatives, torch.Tensor]:
    """A parabola of condition number about 1e6, and its lowest point."""
    Q, _ = torch.linalg.qr(torch.randn(k, k, dtype=F64))
    H, lowest = Q * torch.logspace(0, 6, k, dtype=F64) @ Q.T, torch.randn(k, dtype=F64)

    def value(theta: torch.Tensor) -> torch.Tensor:
        return (theta - lowest) @ H @ (theta - lowest) / 2 + 3

    return value, lambda theta: (H @ (theta - lowest), H), lowest


def test_one_step_is_enough_on_a_parabola() -> None:
    value, derivatives, lowest = quadratic()
    seen = []

    def counted(theta: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        seen.append(theta)
        return derivatives(theta)

    found = chapter.newton(value, counted, torch.zeros_like(lowest))
    torch.testing.assert_close(found, lowest, rtol=1e-9, atol=1e-9)
    assert len(seen) <= 2  # from the start, and once more to find that nothing is left


def root(theta: torch.Tensor) -> torch.Tensor:
    return (1 + theta**2).sqrt().sum()


def root_derivatives(theta: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return theta / (1 + theta**2).sqrt(), torch.diag((1 + theta**2) ** -1.5)


@pytest.mark.parametrize("dtype", [torch.float32, F64])
def test_a_step_that_goes_too_far_is_halved(dtype: torch.dtype) -> None:
    """From theta, a full step on sqrt(1 + theta^2) goes to -theta^3: from 3 it would never come back."""
    start = torch.tensor([3.0, -5.0, 0.5], dtype=dtype)
    found = chapter.newton(root, root_derivatives, start)
    assert found.dtype == dtype
    assert found.abs().max() < (1e-5 if dtype == F64 else 1e-2)  # the root of what rounding hides of 3
    assert start.tolist() == [3.0, -5.0, 0.5]


def test_a_value_that_is_no_number_counts_as_too_far() -> None:
    """theta - log(theta) has no value below 0; from 5 a full step goes to -15."""

    def value(theta: torch.Tensor) -> torch.Tensor:
        return -torch.log(theta).sum() + theta.sum()

    def derivatives(theta: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return 1 - 1 / theta, torch.diag(theta**-2)

    found = chapter.newton(value, derivatives, torch.tensor([5.0, 0.1], dtype=F64))
    torch.testing.assert_close(found, torch.ones(2, dtype=F64), rtol=0, atol=1e-7)


def test_rounding_that_hides_the_last_steps_does_not_stop_them() -> None:
    """A value of 1e8 and more cannot show a gain below 1e-8, and the root of that is 1e-4."""
    _, derivatives, lowest = quadratic()
    found = chapter.newton(lambda theta: torch.full((), 1e8, dtype=F64), derivatives, lowest + 1e-3)
    torch.testing.assert_close(found, lowest, rtol=1e-9, atol=1e-9)


def test_no_lowest_point() -> None:
    with pytest.raises(ValueError, match="value: no lowest point found in 7 steps"):
        chapter.newton(lambda t: t.exp().sum(), lambda t: (t.exp(), t.exp().diag()), torch.zeros(2), 7)


# Logistic regression


@pytest.mark.parametrize("lambd", [0.0, 0.3])
def test_derivatives_equal_autograd(lambd: float, device: torch.device) -> None:
    X = torch.randn(21, 4, dtype=F64, device=device)
    y = (torch.arange(21, device=device) % 3 == 0).double()
    theta = torch.randn(5).to(X)
    value, derivatives = chapter.logistic_problem(X, y, lambd)
    assert value(theta) == objective(X, y, theta[:4], theta[4], lambd)
    g, H = derivatives(theta)
    torch.testing.assert_close(g, torch.autograd.functional.jacobian(value, theta), rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(H, torch.autograd.functional.hessian(value, theta), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("lambd", LAMBDAS)
def test_newton_finds_the_weights_of_scikit_learn(lambd: float) -> None:
    X, y = tumours()
    value, derivatives = chapter.logistic_problem(X, y, lambd)
    theta = chapter.newton(value, derivatives, torch.zeros(31, dtype=F64), num_steps=12)
    assert derivatives(theta)[0].abs().max() < 1e-12
    assert (theta - library_minimum(X, y, lambd)).abs().max() < 1e-5


@pytest.mark.parametrize("dtype", [torch.float32, F64])
def test_newton_survives_separable_samples_and_a_tiny_penalty(dtype: torch.dtype) -> None:
    X = torch.randn(40, 3, dtype=F64) ** 3
    y = (X[:, 0] > 0).double()
    value, derivatives = chapter.logistic_problem(X.to(dtype), y.to(dtype), 1e-6)
    theta = chapter.newton(value, derivatives, torch.zeros(4, dtype=dtype))
    assert torch.equal(X @ theta[:3].double() + theta[3].double() > 0, y == 1)
    assert derivatives(theta)[0].abs().max() < (1e-12 if dtype == F64 else 1e-5)


@pytest.mark.parametrize("lambd", LAMBDAS)
def test_lbfgs_finds_the_weights_of_scikit_learn(lambd: float) -> None:
    X, y = tumours()
    value, _ = chapter.logistic_problem(X, y, lambd)
    theta, values = chapter.lbfgs(value, torch.zeros(31, dtype=F64), 1000)
    # Both stop at gradients of 1e-10 or so; over the least curvature, lambd, that leaves 1e-7. Asked: 1e-3.
    assert (theta - library_minimum(X, y, lambd)).abs().max() < 1e-5
    assert values[0] == pytest.approx(math.log(2))  # at w = 0, b = 0
    assert min(values[:60]) - min(values) < 1e-6


def test_lbfgs_stops_after_the_steps_it_is_given_and_keeps_its_start() -> None:
    value, _ = chapter.logistic_problem(*tumours(), 0.2)
    start = torch.zeros(31, dtype=F64)
    theta, values = chapter.lbfgs(value, start, 2)
    assert 3 <= len(values) <= 6
    assert value(theta).item() < values[0]
    assert not start.any()
    assert not start.requires_grad


def test_gradient_descent_and_sgd_approach_the_weights_of_scikit_learn() -> None:
    X, y = tumours()
    expected = library_minimum(X, y, 0.2)[:30]
    w, b = torch.zeros(30, dtype=F64), torch.zeros((), dtype=F64)
    for _ in range(600):
        train_epoch(d2l.load_array((X, y), len(X), is_train=False), w, b, 0.3, 0.2)
    assert (w - expected).abs().max() < 1e-3
    for lr in (0.1, 0.01, 0.001):  # a constant rate would wander
        for _ in range(30):
            train_epoch(d2l.load_array((X, y), 32), w, b, lr, 0.2)
    assert (w - expected).abs().max() < 0.02 < expected.abs().max()


# The variants


def test_optimizers_compares_them_on_one_axis() -> None:
    result = chapter.optimizers(num_epochs=30)
    names = ("gradient descent", "SGD", "L-BFGS", "Newton")
    above = [result.metrics[f"{name}: above the minimum"] for name in names]
    assert above[0] > 5e-3 > above[1] > 1e-6 > above[2] >= 0
    assert 1e-12 > above[3] >= 0
    assert result.metrics["Newton: passes"] < 12 < result.metrics["L-BFGS: passes"] < 60
    assert result.metrics["largest difference of a weight from scikit-learn"] < 1e-5
    assert [len(line.get_xdata()) for line in result.figure.axes[0].lines][2:] == [31, 31]


def test_every_number_of_optimizers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passes are evaluations; two epochs of gradient descent and SGD by autograd, from the same batches."""
    ends, values = recorded(monkeypatch, chapter, "newton"), recorded(monkeypatch, chapter, "lbfgs")
    metrics = chapter.optimizers(lr=0.2, num_epochs=2, batch_size=100, lambd=0.05, seed=4).metrics
    X, y = tumours()
    theta = library_minimum(X, y, 0.05)
    lowest = objective(X, y, theta[:30], theta[30], 0.05).item()
    assert metrics["L-BFGS: above the minimum"] == pytest.approx(values[0][1][-1] - lowest, abs=1e-12)
    assert metrics["L-BFGS: passes"] == len(values[0][1])
    seen = []
    value, derivatives = chapter.logistic_problem(X, y, 0.05)
    monkeypatch.undo()
    chapter.newton(lambda theta: seen.append(1) or value(theta), derivatives, torch.zeros(31, dtype=F64))
    assert metrics["Newton: passes"] == len(seen)
    apart = (ends[0] - theta)[:30].abs().max().item()
    assert metrics["largest difference of a weight from scikit-learn"] == pytest.approx(apart, rel=1e-6)
    d2l.seed_everything(4)
    for name, size in (("SGD", 100), ("gradient descent", 455)):
        found = torch.zeros(31, dtype=F64, requires_grad=True)
        updater, train_iter = torch.optim.SGD([found], lr=0.2), d2l.load_array((X, y), size)
        for _ in range(2):
            for rows in train_iter:
                updater.zero_grad()
                objective(*rows, found[:30], found[30], 0.05).backward()
                updater.step()
        above = objective(X, y, found[:30], found[30], 0.05).item() - lowest
        assert metrics[f"{name}: above the minimum"] == pytest.approx(above, rel=1e-6)


def test_separable_reports_the_ends_of_its_longest_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    ends = recorded(monkeypatch, chapter, "lbfgs")
    metrics = chapter.separable(lambdas=(0.1, 0.01), num_steps=5).metrics
    assert [given[2] for given in ends.arguments] == 2 * [1, 2, 4]
    _, _, X, y = (part.numpy() for part in load_tumours(dtype=F64))
    for lambd, (theta, _) in zip(("0.1", "0.01"), ends[2::3], strict=True):
        *w, b = theta.tolist()
        assert metrics[f"norm of w, lambda {lambd}"] == pytest.approx(np.linalg.norm(w))
        loss = log_loss(y, 1 / (1 + np.exp(-(X @ w + b))))
        assert metrics[f"test loss, lambda {lambd}"] == pytest.approx(loss)


@pytest.mark.parametrize("variant", [chapter.optimizers, lambda lambd: chapter.separable(lambdas=(lambd,))])
def test_a_negative_penalty(variant: object) -> None:
    with pytest.raises(ValueError, match=r"lambd: .* at least 0"):
        variant(lambd=-0.1)


def test_separable_data_have_no_minimum_without_a_penalty() -> None:
    X, y = tumours()
    free, _ = chapter.logistic_problem(X, y, 0.0)
    penalised, _ = chapter.logistic_problem(X, y, 0.002)
    theta, _ = chapter.lbfgs(free, torch.zeros(31, dtype=F64), 50)
    assert torch.equal(X @ theta[:30] + theta[30] > 0, y == 1)  # these weights separate the data: it can be
    assert free(2 * theta) < free(theta)
    assert penalised(2 * theta) > free(2 * theta) + 1


def test_separable_shows_the_weights_grow_without_a_penalty_only() -> None:
    metrics = chapter.separable().metrics
    assert metrics["norm of w, lambda 0"] > 1000
    assert metrics["test loss, lambda 0"] > 1
    for lambd in ("0.002", "0.02"):
        assert metrics[f"norm of w, lambda {lambd}"] < 4
        assert metrics[f"test loss, lambda {lambd}"] < 0.11  # ln 2 = 0.69 at w = 0


cpu = torch.device("cpu")
MUTANTS = [
    Mutant("newton", "torch.linalg.solve(H, g)", "g / H.diagonal()", test_one_step_is_enough_on_a_parabola,
           dies_of=(ValueError, *mutants.RED)),
    Mutant("newton", "size = size / 2", "break", partial(test_a_step_that_goes_too_far_is_halved, F64),
           dies_of=(ValueError, RuntimeError, *mutants.RED)),
    Mutant("newton", "not (lower := value(theta - size * step)) < height",
           "(lower := value(theta - size * step)) >= height",
           test_a_value_that_is_no_number_counts_as_too_far,
           dies_of=(ValueError, RuntimeError, *mutants.RED)),
    Mutant("newton", "10 * torch.finfo(theta.dtype).eps", "1e-2",
           partial(test_newton_finds_the_weights_of_scikit_learn, 0.02)),
    Mutant("newton", "return theta - step  # rounding again", "return theta  # rounding again",
           test_rounding_that_hides_the_last_steps_does_not_stop_them),
    Mutant("logistic_problem", "penalty[-1] = 0", "pass", partial(test_derivatives_equal_autograd, 0.3, cpu)),
    Mutant("logistic_problem", "y_hat * rest", "y_hat", partial(test_derivatives_equal_autograd, 0.0, cpu)),
    Mutant("logistic_problem", "y_hat - y", "y - y_hat", partial(test_derivatives_equal_autograd, 0.0, cpu)),
    Mutant("lbfgs", "updater.zero_grad()", "pass",
           partial(test_lbfgs_finds_the_weights_of_scikit_learn, 0.2)),
    Mutant("lbfgs", "max_iter=num_steps", "max_iter=1",
           partial(test_lbfgs_finds_the_weights_of_scikit_learn, 0.2)),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(chapter, MUTANTS)
