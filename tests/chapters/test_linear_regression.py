"""Linear regression: descent, the solvers and the penalties, each against the framework or scikit-learn."""

import inspect
import math
from functools import partial

import mutants
import numpy as np
import pytest
import torch
from mutants import Mutant
from sklearn import linear_model
from torch import Tensor, nn

import d2lcore as d2l
from chapters import linear_regression

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


# Descent


def test_loss_and_gradients_equal_nn_on_the_same_weights() -> None:
    net = nn.Linear(3, 1, dtype=F64)
    w = net.weight.detach().T.clone().requires_grad_()
    b = net.bias.detach().clone().requires_grad_()
    X, y = torch.randn(8, 3, dtype=F64), torch.randn(8, 1, dtype=F64)
    mine, theirs = d2l.squared_loss(d2l.linreg(X, w, b), y), linear_regression.half_mse(net(X), y)
    torch.testing.assert_close(mine, theirs, **EXACT)
    mine.mean().backward()
    theirs.mean().backward()
    torch.testing.assert_close(w.grad.T, net.weight.grad, **EXACT)
    torch.testing.assert_close(b.grad, net.bias.grad, **EXACT)
    assert w.grad.abs().min() > 1e-3


def test_mse_loss_of_torch_has_twice_the_gradient_of_the_notes_loss() -> None:
    y_hat = torch.randn(8, 1, dtype=F64, requires_grad=True)
    y = torch.randn(8, 1, dtype=F64)
    (of_torch,) = torch.autograd.grad(nn.MSELoss()(y_hat, y), y_hat)
    (of_notes,) = torch.autograd.grad(d2l.squared_loss(y_hat, y).mean(), y_hat)
    torch.testing.assert_close(of_torch, 2 * of_notes, **EXACT)


def test_gradient_of_the_mean_loss_points_away_from_the_labels() -> None:
    X, y = problem()
    w = torch.zeros(6, 1, dtype=F64, requires_grad=True)
    d2l.squared_loss(X @ w, y).mean().backward()
    torch.testing.assert_close(w.grad, -X.T @ (y - X @ w.detach()) / len(X), **EXACT)


VARIANTS = [linear_regression.scratch, linear_regression.concise]


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("seed", range(5))
def test_true_parameters_are_recovered(variant: object, seed: int) -> None:
    metrics = variant(seed=seed, device="cpu").metrics
    assert metrics["largest_error"] < 0.01  # the first w and b are off by 2 to 4.2
    assert [metrics[name] for name in ("w1", "w2", "b")] == pytest.approx([2, -3.4, 4.2], abs=0.01)
    assert metrics["train_loss"] < 2 * 0.01**2 / 2  # the noise alone leaves half its variance


def test_one_seed_gives_scratch_and_concise_the_same_losses() -> None:
    one, other = (variant(device="cpu", noise=0.5).history["train_loss"] for variant in VARIANTS)
    assert one == pytest.approx(other, abs=1e-4)
    assert one != linear_regression.scratch(device="cpu", noise=0.5, seed=1).history["train_loss"]
    assert inspect.signature(VARIANTS[0]) == inspect.signature(VARIANTS[1])


def line(n: int = 7, dtype: torch.dtype = F64) -> tuple[Tensor, Tensor]:
    X = torch.linspace(-1, 1, n, dtype=dtype).reshape(-1, 1)
    return X, 3 * X + 1


def one_step(by_hand: bool, penalty: float) -> nn.Linear:
    """A pass over seven examples in batches of four and three, with the penalty w^2 / 2 times `penalty`."""
    net = nn.Linear(1, 1, dtype=F64)
    for parameter in net.parameters():
        nn.init.constant_(parameter, 0.5)
    params = list(net.parameters())
    updater = (lambda size: d2l.sgd(params, 0.1, size)) if by_hand else torch.optim.SGD(params, 0.1)
    linear_regression.train(
        net, d2l.load_array(line(), 4, is_train=False), d2l.squared_loss, 1, updater,
        penalty=lambda: penalty * (net.weight**2).sum() / 2,
    )  # fmt: skip
    return net


@pytest.mark.parametrize("by_hand", [True, False])
@pytest.mark.parametrize("penalty", [0.0, 2.0])
def test_a_step_follows_the_mean_gradient_and_the_penalty_once(by_hand: bool, penalty: float) -> None:
    w = b = 0.5
    X, y = (tensor.flatten().tolist() for tensor in line())
    for rows in (range(4), range(4, 7)):
        errors = [w * X[i] + b - y[i] for i in rows]
        slope = sum(error * X[i] for error, i in zip(errors, rows, strict=True)) / len(rows) + penalty * w
        w, b = w - 0.1 * slope, b - 0.1 * sum(errors) / len(rows)
    net = one_step(by_hand, penalty)
    assert [net.weight.item(), net.bias.item()] == pytest.approx([w, b], abs=1e-12)


def test_history_has_the_mean_loss_without_the_penalty() -> None:
    net = nn.Linear(1, 1, dtype=F64)
    data = d2l.load_array(line(), 4)
    history = linear_regression.train(
        net, data, d2l.squared_loss, 2, torch.optim.SGD(net.parameters(), 0.0),
        test_iter=d2l.load_array(line(2), 4), penalty=lambda: 100 * net.weight.sum() ** 2,
    )  # fmt: skip
    for name, n in (("train_loss", 7), ("test_loss", 2)):
        X, y = line(n)
        loss = float((net(X) - y).detach().pow(2).mean() / 2)
        assert history[name] == pytest.approx([loss, loss])


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("loss", [d2l.squared_loss, nn.MSELoss()], ids=["squared_loss", "MSELoss"])
def test_a_flat_y_is_not_trained_on(loss: object) -> None:
    X, y = line()
    net = nn.Linear(1, 1, dtype=F64)
    with pytest.raises(
        ValueError, match=r"y: shape \(4,\) beside predictions of shape \(4, 1\) would broadcast"
    ):
        linear_regression.train(
            net, d2l.load_array((X, y[:, 0]), 4), loss, 1, torch.optim.SGD(net.parameters(), 0.1)
        )


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_huge_learning_rate_diverges_and_says_so(variant: object) -> None:
    with pytest.raises(d2l.TrainingDiverged, match=r"the learning rate was 100: try 0\.1"):
        variant(lr=100.0, device="cpu")


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"lr": -0.1}, "learning rate"),
        ({"num_epochs": 0}, "num_epochs: must be at least 1"),
        ({"batch_size": 0}, "batch_size: must be at least 1"),
        ({"num_examples": 0}, "num_examples: must be at least 1"),
        ({"noise": -1.0}, "noise: "),
        ({"device": "gpu"}, "device: 'gpu' is not a device"),
        ({"seed": -1}, "seed: must be in"),
    ],
)
@pytest.mark.parametrize("variant", VARIANTS)
def test_bad_knobs(variant: object, knobs: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        variant(**{"device": "cpu", **knobs})


def test_data_come_from_the_true_model() -> None:
    X, y = linear_regression.data(50, 0.0, 7, torch.device("cpu")).dataset.tensors
    torch.testing.assert_close(y, X @ torch.tensor([[2.0], [-3.4]]) + 4.2)


# Solvers


@pytest.mark.parametrize("flat", [True, False])
def test_least_squares_equals_scikit_learn_and_leaves_no_gradient(flat: bool) -> None:
    X, y = problem()
    w, b = linear_regression.least_squares(X, y[:, 0] if flat else y)
    assert_same((w, b), linear_model.LinearRegression().fit(X, y))
    residual = X @ w + b - y
    assert float((X.T @ residual).abs().max()) < 1e-9
    assert float(residual.sum().abs()) < 1e-10


@pytest.mark.parametrize("solve", ["least_squares", "ridge", "lasso", "conjugate_gradient"])
def test_solvers_keep_type_and_device(solve: str, device: torch.device) -> None:
    X, y = (tensor.float().to(device) for tensor in problem())
    lambd = {"ridge": (1.0,), "lasso": (1.0,)}.get(solve, ())
    w, b = getattr(linear_regression, solve)(X.T.contiguous().T, y.double(), *lambd)  # not contiguous
    assert (w.shape, b.shape) == ((6, 1), (1,))
    assert (w.dtype, w.device.type) == (torch.float32, device.type)


def test_ill_conditioned_data_cost_digits_once_not_twice() -> None:
    X, y, w = linear_regression.ill_conditioned(200, 20, 1e6)
    singular = torch.linalg.svdvals(X)
    assert float(singular[0] / singular[-1]) == pytest.approx(1e6, rel=1e-6)
    assert float(X.mean(dim=0).abs().max()) < 1e-12
    torch.testing.assert_close(y, X @ w, **EXACT)

    def error(found: Tensor) -> float:
        return float((found - w).norm() / w.norm())

    # eps times the condition number is 2e-10, times its square 2e-4
    assert error(linear_regression.least_squares(X, y)[0]) < 1e-9
    assert error(linear_regression.ridge(X, y, 1e-30)[0]) < 1e-9
    assert error(torch.linalg.inv(X.T @ X) @ X.T @ y) > 1e-6


@pytest.mark.parametrize("lambd", [1e-3, 1.0, 1e3])
def test_ridge_equals_scikit_learn(lambd: float) -> None:
    X, y = problem()
    assert_same(linear_regression.ridge(X, y, lambd), linear_model.Ridge(alpha=2 * lambd).fit(X, y[:, 0]))


def test_ridge_is_the_minimum_by_autograd_and_without_penalty_least_squares() -> None:
    X, y = problem()
    w, b = (tensor.requires_grad_() for tensor in linear_regression.ridge(X, y, 2.0))
    (d2l.squared_loss(X @ w + b, y).sum() + 2.0 * (w**2).sum()).backward()
    assert max(float(w.grad.abs().max()), float(b.grad.abs().max())) < 1e-9
    torch.testing.assert_close(linear_regression.ridge(X, y, 0.0), linear_regression.least_squares(X, y))


@pytest.mark.parametrize("lambd", [0.0, 10.0, 300.0, 1e5])
def test_lasso_equals_scikit_learn_and_its_zeros(lambd: float) -> None:
    X, y = problem()
    found = linear_regression.lasso(X, y, lambd)
    if lambd == 0:
        assert_same(found, linear_model.LinearRegression().fit(X, y), rtol=1e-9, atol=1e-9)
        return
    model = linear_model.Lasso(alpha=lambd / len(X), tol=1e-14, max_iter=100_000).fit(X, y[:, 0])
    assert_same(found, model, rtol=1e-7, atol=1e-8)  # scikit-learn stops at a duality gap
    assert ((found[0][:, 0] == 0).numpy() == (model.coef_ == 0)).all()


def test_lasso_satisfies_the_conditions_of_a_minimum() -> None:
    X, y = problem()
    w, b = linear_regression.lasso(X, y, 300.0)
    pull = (X.T @ (y - X @ w - b))[:, 0]  # equals lambd sign(w_j), or is smaller where w_j is 0
    zero = w[:, 0] == 0
    assert 0 < zero.sum() < len(w)
    torch.testing.assert_close(pull[~zero], 300.0 * w[:, 0].sign()[~zero], rtol=1e-9, atol=1e-7)
    assert (pull[zero].abs() <= 300.0).all()


def test_conjugate_gradients_need_a_step_a_feature() -> None:
    X, y = problem(d=4)
    X = X / torch.arange(1, 5)
    exact = linear_regression.least_squares(X, y)
    for found, want in zip(linear_regression.conjugate_gradient(X, y), exact, strict=True):
        torch.testing.assert_close(found, want, rtol=1e-9, atol=1e-9)
    early, _ = linear_regression.conjugate_gradient(X, y, 3)
    assert float((early - exact[0]).abs().max()) > 1e-6


def test_conjugate_gradients_are_done_after_as_many_steps_as_there_are_singular_values() -> None:
    Q, _ = torch.linalg.qr(torch.randn(30, 8, dtype=F64) - 0)
    X = Q - Q.mean(dim=0)
    X = torch.linalg.qr(X)[0] * torch.tensor([1.0, 1, 1, 1, 5, 5, 5, 5], dtype=F64)  # two different values
    y = torch.randn(30, 1, dtype=F64)
    found, _ = linear_regression.conjugate_gradient(X, y, 2)
    torch.testing.assert_close(found, linear_regression.least_squares(X, y)[0], **EXACT)


def test_conjugate_gradients_find_the_shortest_of_many_solutions() -> None:
    X, y = problem(n=5, d=9)
    w, b = linear_regression.conjugate_gradient(X, y, 50)
    shortest = torch.linalg.pinv(X - X.mean(0)) @ (y - y.mean())
    torch.testing.assert_close(w, shortest, rtol=1e-8, atol=1e-8)
    torch.testing.assert_close(X @ w + b, y, rtol=1e-8, atol=1e-8)


def test_no_labels_to_explain() -> None:
    X, _ = problem()
    for solve in (linear_regression.conjugate_gradient, linear_regression.least_squares):
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
        linear_regression.least_squares(X, y)
    with pytest.raises(ValueError, match="X: its 6 columns"):
        linear_regression.ridge(X, y, 0.0)
    w, b = linear_regression.ridge(X, y, 1e-3)
    assert_same((w, b), linear_model.Ridge(alpha=2e-3, solver="svd").fit(X, y[:, 0]), rtol=1e-6, atol=1e-6)


def test_the_weight_of_a_constant_feature_is_zero() -> None:
    X, y = dependent("constant"), problem()[1]
    assert linear_regression.lasso(X, y, 0.0)[0][2] == 0
    assert linear_regression.ridge(X, y, 1.0)[0][2].abs() < 1e-12
    assert linear_regression.conjugate_gradient(X, y)[0][2] == 0


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
        getattr(linear_regression, solve)(X, y, *lambd)


@pytest.mark.parametrize("lambd", [-1.0, math.nan, math.inf])
@pytest.mark.parametrize("solve", ["ridge", "lasso"])
def test_lambda_below_zero(solve: str, lambd: float) -> None:
    with pytest.raises(ValueError, match="lambd: a regularisation constant must be finite and at least 0"):
        getattr(linear_regression, solve)(*problem(), lambd)


def test_too_few_sweeps_and_steps() -> None:
    with pytest.raises(ValueError, match="num_sweeps: 2 did not settle the weights"):
        linear_regression.lasso(*problem(), 1.0, num_sweeps=2)
    with pytest.raises(ValueError, match="num_steps: must be at least 1"):
        linear_regression.conjugate_gradient(*problem(), 0)


def test_comparison_of_the_solvers_says_what_the_chapter_says() -> None:
    result = linear_regression.solvers()
    assert (
        result.metrics["least_squares, condition 1e6"]
        < 1e-9
        < result.metrics["written-out inverse, condition 1e6"]
    )
    assert (
        result.metrics["conjugate gradients, 20 steps"] < 1e-2 < result.metrics["gradient descent, 20 steps"]
    )
    assert [len(axes.lines) for axes in result.figure.axes] == [3, 2]


def test_lasso_drops_weights_of_real_data_and_ridge_none() -> None:
    metrics = linear_regression.shrinkage(num_lambdas=5).metrics
    assert metrics["ridge: largest difference from scikit-learn"] < 1e-9
    assert metrics["lasso: largest difference from scikit-learn"] < 1e-4
    zeros = {name.split(":")[0]: value for name, value in metrics.items() if "weights at 0" in name}
    assert zeros["ridge"] == 0
    assert 3 <= zeros["lasso"] <= 9


@pytest.mark.parametrize("variant", VARIANTS)
def test_figure_has_the_two_lines_and_the_loss(variant: object) -> None:
    result = variant(device="cpu", num_epochs=2)
    left, middle, right = result.figure.axes
    slope = [
        np.diff(axes.lines[0].get_ydata()) / np.diff(axes.lines[0].get_xdata()) for axes in (left, middle)
    ]
    assert np.ravel(slope) == pytest.approx([2, -3.4], abs=0.05)
    assert list(right.lines[0].get_ydata()) == result.history["train_loss"]
    assert result.net(torch.zeros(1, 2)).item() == pytest.approx(4.2, abs=0.05)


MUTANTS = [
    Mutant("train", "+ penalty().to(X.device)", "+ penalty() / len(y)",
           partial(test_a_step_follows_the_mean_gradient_and_the_penalty_once, True, 2.0)),
    Mutant("train", "(l * len(y)).backward()", "l.backward()",
           partial(test_a_step_follows_the_mean_gradient_and_the_penalty_once, True, 0.0)),
    Mutant("train", "updater.zero_grad()", "pass",
           partial(test_a_step_follows_the_mean_gradient_and_the_penalty_once, False, 0.0)),
    Mutant("train", "net, test_iter, loss", "net, train_iter, loss",
           test_history_has_the_mean_loss_without_the_penalty),
    Mutant("check_column", "y.shape != y_hat.shape", "len(y) != len(y_hat)",
           partial(test_a_flat_y_is_not_trained_on, d2l.squared_loss)),
    Mutant("data", "TRUE_B", "0.0", test_data_come_from_the_true_model),
    Mutant("half_mse", '"none") / 2', '"none")', test_loss_and_gradients_equal_nn_on_the_same_weights),
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
    Mutant("conjugate_gradient", "descent + size / before * p", "descent",
           test_conjugate_gradients_need_a_step_a_feature),
    Mutant("ridge", "2 * lambd", "lambd", partial(test_ridge_equals_scikit_learn, 1.0)),
    Mutant("check_lambd", "0 <= lambd", "-9 <= lambd", partial(test_lambda_below_zero, "ridge", -1.0)),
    Mutant("lasso", "clamp(min=0)", "clamp(min=-lambd / 2)",
           partial(test_lasso_equals_scikit_learn_and_its_zeros, 300.0), dies_of=(ValueError, *mutants.RED)),
    Mutant("lasso", "- lambd)", "- lambd / len(X))",
           partial(test_lasso_equals_scikit_learn_and_its_zeros, 10.0)),
    Mutant("ill_conditioned", "-math.log10(condition)", "math.log10(condition) / 2",
           test_ill_conditioned_data_cost_digits_once_not_twice),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(linear_regression, MUTANTS)
