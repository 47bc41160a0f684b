"""Model selection: three sets, polynomials that under- and overfit, leakage."""

import math
from functools import partial

import mutants
import numpy as np
import pytest
import torch
from mutants import Mutant
from recording import recorded
from sklearn.linear_model import LinearRegression

import d2lcore as d2l
from chapters import model_selection

EXACT = {"rtol": 1e-10, "atol": 1e-10}


# Three sets


@pytest.mark.parametrize("sizes", [(10, 2, 3), (10, 0, 1), (3, 1, 1), (200, 100, 50)])
def test_every_example_is_dealt_to_one_set(sizes: tuple[int, int, int]) -> None:
    num_examples, num_valid, num_test = sizes
    parts = model_selection.train_valid_test_rows(*sizes)
    assert [len(rows) for rows in parts] == [num_examples - num_valid - num_test, num_valid, num_test]
    assert torch.cat(parts).sort().values.tolist() == list(range(num_examples))


def test_dealing_is_random_and_repeatable() -> None:
    # Two of 200! orders are equal, or sorted, with a probability far below 1e-6.
    one, other = (torch.cat(model_selection.train_valid_test_rows(200, 50, 50)) for _ in range(2))
    assert not torch.equal(one, other)
    assert not torch.equal(one, torch.arange(200))
    torch.manual_seed(0)
    assert torch.equal(one, torch.cat(model_selection.train_valid_test_rows(200, 50, 50)))


def test_mean_loss_is_half_the_mean_squared_error() -> None:
    X, y = torch.randn(7, 1, dtype=torch.float64), torch.randn(7, 1, dtype=torch.float64)
    expected = d2l.squared_loss(3 * X, y).mean()
    assert model_selection.mean_loss(lambda X: 3 * X, X, y) == pytest.approx(float(expected), rel=1e-14)


def test_labels_that_would_broadcast_are_caught() -> None:
    X, y = torch.randn(7, 1), torch.randn(7)
    with pytest.raises(ValueError, match=r"y: shape \(7,\) beside predictions of shape \(7, 1\)"):
        model_selection.mean_loss(lambda X: 3 * X, X, y)


def test_the_best_model_is_that_of_the_lowest_validation_loss() -> None:
    X = torch.randn(7, 1)
    models = {k: lambda X, k=k: (3 + k) * X for k in (2, -1, 0, 1)}
    assert model_selection.best_model(models, (X, 3 * X)) == 0


# Polynomials


@pytest.mark.parametrize("shape", [(9,), (9, 1)])
def test_polynomial_features_equal_their_formula_and_derivative(shape: tuple, device: torch.device) -> None:
    x = torch.linspace(-3, 4, 9, dtype=torch.float64, device=device).reshape(shape).requires_grad_()
    X = model_selection.polynomial_features(x, 19)
    i = range(1, 20)
    expected = torch.stack([x.detach().flatten() ** j / math.factorial(j) for j in i], dim=1)
    torch.testing.assert_close(X, expected, rtol=1e-13, atol=0)
    # d/dx of x^i / i! is x^(i-1) / (i-1)!
    (grad,) = torch.autograd.grad(X.sum(), x)
    slopes = sum(x.detach() ** (j - 1) / math.factorial(j - 1) for j in i)
    torch.testing.assert_close(grad, slopes, **EXACT)


def test_polynomial_features_of_high_degree_do_not_overflow_on_the_way() -> None:
    x = torch.tensor([100.0], dtype=torch.float64)  # 100^200 and 200! are both infinite
    assert model_selection.polynomial_features(x, 200)[0, -1] == pytest.approx(
        math.exp(200 * math.log(100) - math.lgamma(201)), rel=1e-10
    )


def test_polynomial_features_keep_type_device_and_emptiness() -> None:
    assert model_selection.polynomial_features(torch.zeros(0), 3).shape == (0, 3)
    assert model_selection.polynomial_features(torch.zeros(2), 3).dtype == torch.float32


def test_cubic_data_are_the_polynomial_of_the_lesson() -> None:
    x, y = model_selection.cubic_data(50, noise=0)
    torch.testing.assert_close(y, 5 + 1.2 * x - 3.4 * x**2 / 2 + 5.6 * x**3 / 6, **EXACT)
    x, y = model_selection.cubic_data(10_000)
    assert x.dtype == y.dtype == torch.float64
    assert x.abs().max() <= 2
    noise = y - (5 + 1.2 * x - 3.4 * x**2 / 2 + 5.6 * x**3 / 6)
    # The standard deviation errs by 0.1 / sqrt(2n), the mean of x by (4 / sqrt(12)) / sqrt(n): six of those
    # on two statistics are a false alarm below 1e-8.
    assert abs(noise.std().item() - 0.1) < 6 * 0.1 / math.sqrt(20_000)
    assert abs(x.mean().item()) < 6 * 4 / math.sqrt(12 * 10_000)
    assert x.min() < -1.9  # all of 10,000 above: probability 0.975^10000
    assert x.max() > 1.9


def test_decorrelated_features_have_no_mean_and_no_correlation_on_the_training_set() -> None:
    x, _ = model_selection.cubic_data(60)
    X = model_selection.polynomial_features(x, 19)
    Z = model_selection.decorrelator(X)(X)
    # The condition number of X, columns scaled, is 1e7: seven of sixteen digits are lost.
    torch.testing.assert_close(Z.mean(dim=0), torch.zeros(19).double(), rtol=0, atol=1e-7)
    torch.testing.assert_close(Z.T @ Z / 60, torch.eye(19).double(), rtol=0, atol=1e-6)


def test_decorrelation_is_linear_and_learned_from_its_training_set_alone() -> None:
    X, other = torch.randn(9, 3, dtype=torch.float64), torch.randn(5, 3, dtype=torch.float64)
    change = model_selection.decorrelator(X)
    torch.testing.assert_close(change(other)[2:3], change(other[2:3]), **EXACT)
    torch.testing.assert_close(change((X[:5] + other) / 2), (change(X[:5]) + change(other)) / 2, **EXACT)
    assert change(X.mean(dim=0, keepdim=True)).abs().max() < 1e-14


@pytest.mark.parametrize(
    "X",
    [
        torch.randn(3, 3),  # as many examples as features
        torch.randn(2, 3),
        torch.ones(9, 1),  # constant
        torch.randn(9, 1).expand(9, 2),  # twice the same
        torch.linspace(-2, 2, 60).reshape(-1, 1) ** torch.arange(1, 31),  # powers in float32
    ],
)
def test_features_that_cannot_be_told_apart(X: torch.Tensor) -> None:
    with pytest.raises(ValueError, match=r"X: \d+ examples do not tell its \d+ features apart"):
        model_selection.decorrelator(X)


@pytest.mark.parametrize(("degree", "tolerance"), [(1, 1e-12), (3, 1e-12), (10, 1e-9), (19, 1e-6)])
def test_fitted_polynomial_is_that_of_numpy(degree: int, tolerance: float) -> None:
    x, y = model_selection.cubic_data(60)
    oracle = np.polynomial.Legendre.fit(x.numpy().ravel(), y.numpy().ravel(), degree)
    inside = torch.linspace(float(x.min()), float(x.max()), 50, dtype=torch.float64)
    fit = model_selection.fit_polynomial(x, y, degree)
    # The error is the condition number of the scaled powers, 10 to 1e7, times that of a rounding.
    np.testing.assert_allclose(fit(inside).ravel(), oracle(inside.numpy()), rtol=tolerance, atol=tolerance)
    assert fit(inside).shape == (50, 1)


@pytest.mark.parametrize(("degree", "tolerance"), [(1, 0.02), (3, 0.02), (19, 0.3)])
def test_sgd_ends_at_least_squares(degree: int, tolerance: float) -> None:
    parts = [model_selection.cubic_data(60), model_selection.cubic_data(100)]
    history = model_selection.train_polynomial(degree, *parts, 0.05, 40, 10, torch.device("cpu"))
    fit = model_selection.fit_polynomial(*parts[0], degree)
    train_loss, test_loss = (model_selection.mean_loss(fit, *part) for part in parts)
    # Steps of constant length keep dancing about the minimum; outside the training examples, a polynomial of
    # degree 19 dances wildly.
    assert history[-1]["train_loss"] == pytest.approx(train_loss, rel=0.02)
    assert history[-1]["test_loss"] == pytest.approx(test_loss, rel=tolerance)
    assert history[0]["train_loss"] > 1.5 * train_loss
    assert abs(test_loss / train_loss - 1) > 0.05  # so that one cannot pass for the other


def test_degrees_underfit_fit_and_overfit() -> None:
    result = model_selection.polynomials(device="cpu", num_epochs=40)
    train = {degree: result.metrics[f"train_loss, degree {degree}"] for degree in (1, 3, 19)}
    test = {degree: result.metrics[f"test_loss, degree {degree}"] for degree in (1, 3, 19)}
    assert min(train[1], test[1]) > 1
    assert max(train[3], test[3]) < 0.008  # the noise is 0.005
    assert train[19] < 0.8 * train[3]
    assert test[19] > 1.5 * test[3]
    assert [len(place.lines) for place in result.figures["training"].axes] == [2, 2, 2]


def test_validation_chooses_a_polynomial_that_is_as_good_as_the_true_one() -> None:
    result = model_selection.validation()
    assert 3 <= result.metrics["chosen degree"] <= 6
    assert result.metrics["test_loss, chosen"] == pytest.approx(0.0058, abs=5e-5)  # as the page says
    assert [len(place.lines) for place in result.figures["fits"].axes] == [4, 3]
    train, valid, _ = model_selection.cubic_parts(60, seed=0)
    losses = [
        model_selection.mean_loss(model_selection.fit_polynomial(*train, degree), *valid)
        for degree in range(1, 20)
    ]
    assert 1 + int(np.argmin(losses)) == result.metrics["chosen degree"]


def test_the_chosen_polynomial_is_tested_on_the_test_examples() -> None:
    metrics = model_selection.validation(num_train=40, seed=3).metrics
    (x, y), _, (x_test, y_test) = model_selection.cubic_parts(40, seed=3)
    (x, y), (x_test, y_test) = ((a.numpy().ravel(), b.numpy().ravel()) for a, b in ((x, y), (x_test, y_test)))
    fit = np.polynomial.Legendre.fit(x, y, int(metrics["chosen degree"]))
    assert metrics["test_loss, chosen"] == pytest.approx(np.mean((fit(x_test) - y_test) ** 2) / 2, rel=1e-6)


def test_polynomials_report_their_last_losses(monkeypatch: pytest.MonkeyPatch) -> None:
    histories = recorded(monkeypatch, model_selection, "train_polynomial")
    metrics = model_selection.polynomials(device="cpu", num_epochs=2).metrics
    assert [given[0] for given in histories.arguments] == [1, 3, 19]
    assert metrics == {
        f"{name}, degree {degree}": history[name][1]
        for degree, history in zip((1, 3, 19), histories, strict=True)
        for name in ("train_loss", "test_loss")
    }


def test_parts_are_disjoint_and_of_their_sizes() -> None:
    parts = model_selection.cubic_parts(60, seed=0)
    assert [len(x) for x, _ in parts] == [60, 100, 100]
    assert len(torch.cat([x for x, _ in parts]).unique()) == 260


def test_more_examples_cure_overfitting() -> None:
    metrics = model_selection.polynomials(device="cpu", num_train=1000, num_epochs=10, batch_size=50).metrics
    assert metrics["test_loss, degree 19"] < 1.2 * metrics["test_loss, degree 3"]


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"num_train": 19}, "X: 19 examples do not tell its 19 features apart; take more examples"),
        ({"batch_size": 0}, "batch_size: must be at least 1"),
        ({"num_epochs": 0}, "num_epochs: must be at least 1"),
        ({"device": "gpu"}, "device: 'gpu' is not a device"),
    ],
)
def test_bad_knobs_of_polynomials(knobs: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        model_selection.polynomials(**{"num_epochs": 1, **knobs})


# Leakage


def test_strongest_features_are_those_of_numpy() -> None:
    X, y = torch.randn(30, 40, dtype=torch.float64) * torch.logspace(-3, 3, 40), torch.randn(30, 1).double()
    X[:, 7], X[:, 8] = 5.0, 0.1  # constant: correlated with nothing, though 0.1 less its mean may not be 0
    with np.errstate(invalid="ignore"):
        correlation = np.corrcoef(X.numpy(), y.numpy(), rowvar=False)[-1, :-1]
    correlation[7:9] = 0
    order = np.argsort(-np.abs(correlation))
    assert model_selection.strongest(X + 3, y + 5, 10).tolist() == order[:10].tolist()
    assert set(model_selection.strongest(X, y, 40)[-2:].tolist()) == {7, 8}


def test_chosen_columns_are_fitted_by_least_squares() -> None:
    X, y = torch.randn(30, 40, dtype=torch.float64), torch.randn(30, 1, dtype=torch.float64)
    columns = torch.tensor([17, 3, 30])
    model = LinearRegression().fit(X[:, columns].numpy(), y.numpy())
    fresh = torch.randn(5, 40, dtype=torch.float64)
    mine = model_selection.fit_columns(X, y, columns)(fresh)
    np.testing.assert_allclose(mine, model.predict(fresh[:, columns].numpy()), rtol=1e-10)


def test_features_chosen_by_the_validation_examples_too_make_noise_look_predictable() -> None:
    losses = np.mean([list(model_selection.leakage(seed=seed).metrics.values()) for seed in range(5)], axis=0)
    leaked, leaked_fresh, honest, honest_fresh, mean = losses
    assert leaked < 0.9 * mean  # looks better than it is
    assert min(leaked_fresh, honest, honest_fresh) > 1.1 * mean
    assert len(model_selection.leakage().figure.axes[0].patches) == 4


def test_leakage_by_scikit_learn() -> None:
    """30 examples, of which 15 validate; the three features of the largest correlations."""
    metrics = model_selection.leakage(num_examples=30, num_features=40, num_kept=3, seed=2).metrics
    d2l.seed_everything(2)
    X, X_fresh = np.split(torch.randn(1030, 40).double().numpy(), [30])
    y, y_fresh = np.split(torch.randn(1030, 1).double().numpy().ravel(), [30])
    expected = {"mean of y": np.mean((y_fresh - y[:15].mean()) ** 2) / 2}
    for name, rows in (("all", slice(30)), ("training", slice(15))):
        correlation = np.corrcoef(X[rows], y[rows], rowvar=False)[-1, :-1]
        kept = np.argsort(-np.abs(correlation))[:3]
        model = LinearRegression().fit(X[:15, kept], y[:15])
        which = f"chosen {'from' if name == 'all' else 'in'} {name}"
        expected[f"valid_loss, {which}"] = np.mean((model.predict(X[15:, kept]) - y[15:]) ** 2) / 2
        expected[f"fresh loss, {which}"] = np.mean((model.predict(X_fresh[:, kept]) - y_fresh) ** 2) / 2
    assert metrics == pytest.approx(expected, rel=1e-9)


features_equal = partial(
    test_polynomial_features_equal_their_formula_and_derivative, (9,), torch.device("cpu")
)
MUTANTS = [
    Mutant("train_valid_test_rows", "torch.randperm(num_examples)", "torch.arange(num_examples)",
           test_dealing_is_random_and_repeatable),
    Mutant("train_valid_test_rows", "[num_train, num_valid, num_test]", "[num_test, num_valid, num_train]",
           partial(test_every_example_is_dealt_to_one_set, (10, 2, 3))),
    Mutant("mean_loss", "if y.shape != y_hat.shape:", "if False:",
           test_labels_that_would_broadcast_are_caught),
    Mutant("mean_loss", ".mean()", ".sum()", test_mean_loss_is_half_the_mean_squared_error),
    Mutant("best_model", "min(", "max(", test_the_best_model_is_that_of_the_lowest_validation_loss),
    Mutant("polynomial_features", "/ i).cumprod", "* i).cumprod", features_equal),
    Mutant("polynomial_features", "(x.reshape(len(x), 1) / i).cumprod(dim=1)",
           "x.reshape(-1, 1) ** i / torch.lgamma(i + 1).exp()",
           test_polynomial_features_of_high_degree_do_not_overflow_on_the_way),
    Mutant("polynomial_features", "arange(1, degree + 1,", "arange(2, degree + 2,", features_equal),
    Mutant("cubic_data", "noise * torch.randn_like(x)", "noise**2 * torch.randn_like(x)",
           test_cubic_data_are_the_polynomial_of_the_lesson),
    Mutant("cubic_data", "[-3.4]", "[3.4]", test_cubic_data_are_the_polynomial_of_the_lesson),
    Mutant("decorrelator", "qr(scale(X))", "qr(X)",
           test_decorrelated_features_have_no_mean_and_no_correlation_on_the_training_set,
           dies_of=(ValueError,)),
    Mutant("decorrelator", "(R, scale(X),", "(R, standardizer(X)(X),",
           test_decorrelation_is_linear_and_learned_from_its_training_set_alone),
    Mutant("decorrelator", "n**0.5 * torch", "torch",
           test_decorrelated_features_have_no_mean_and_no_correlation_on_the_training_set),
    Mutant("fit_polynomial", "lambda x: scale(polynomial_features(x, degree))",
           "lambda x: standardizer(polynomial_features(x, degree))(polynomial_features(x, degree))",
           partial(test_fitted_polynomial_is_that_of_numpy, 3, 1e-12)),
    Mutant("cubic_parts", "x[rows], y[rows]", "x[:100], y[:100]", test_parts_are_disjoint_and_of_their_sizes),
    Mutant("train_polynomial", "(X_test, y_test), len", "(X, y), len",
           partial(test_sgd_ends_at_least_squares, 3, 0.02)),
    Mutant("train_polynomial", "SGD([w, b]", "SGD([w]", partial(test_sgd_ends_at_least_squares, 1, 0.02)),
    Mutant("strongest", ".abs().topk", ".topk", test_strongest_features_are_those_of_numpy),
    Mutant("strongest", "standardizer(X)(X)", "X", test_strongest_features_are_those_of_numpy),
    Mutant("fit_columns", "least_squares(X[:, columns], y)", "least_squares(X[:, columns.sort()[0]], y)",
           test_chosen_columns_are_fitted_by_least_squares),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(model_selection, MUTANTS)
