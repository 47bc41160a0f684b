"""Model selection: splits, folds, cross-validation against scikit-learn, polynomials, tables and leakage."""

import inspect
import math
from functools import partial

import mutants
import numpy as np
import pandas
import pytest
import torch
from mutants import Mutant
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import KFold
from sklearn.model_selection import cross_validate as sklearn_cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from chapters import model_selection
from chapters.linear_regression import half_mse, least_squares

EXACT = {"rtol": 1e-10, "atol": 1e-10}


# Three parts


@pytest.mark.parametrize("sizes", [(10, 2, 3), (10, 0, 1), (3, 1, 1), (200, 100, 50)])
def test_split_deals_every_example_to_one_part(sizes: tuple[int, int, int]) -> None:
    num_examples, num_valid, num_test = sizes
    parts = model_selection.split(*sizes)
    assert [len(rows) for rows in parts] == [num_examples - num_valid - num_test, num_valid, num_test]
    assert torch.cat(parts).sort().values.tolist() == list(range(num_examples))


def test_split_is_random_and_repeatable() -> None:
    # Two of 200! orders are equal, or sorted, with a probability far below 1e-6.
    one, other = (torch.cat(model_selection.split(200, 50, 50)) for _ in range(2))
    assert not torch.equal(one, other)
    assert not torch.equal(one, torch.arange(200))
    torch.manual_seed(0)
    assert torch.equal(one, torch.cat(model_selection.split(200, 50, 50)))


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ((10, 2, 0), "num_test: must be at least 1, got 0"),
        ((0, 0, 1), "num_examples: must be at least 1"),
        ((10, -1, 3), "num_valid: must be at least 1, got -1"),
        ((10, 5, 5), r"num_valid, num_test: 5 \+ 5 of 10 examples leave none to train on"),
    ],
)
def test_split_without_examples_for_a_part(sizes: tuple[int, int, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        model_selection.split(*sizes)


def test_mean_loss_is_half_the_mean_squared_error() -> None:
    X, y = torch.randn(7, 1, dtype=torch.float64), torch.randn(7, 1, dtype=torch.float64)
    expected = half_mse(3 * X, y).mean()
    assert model_selection.mean_loss(lambda X: 3 * X, X, y) == pytest.approx(float(expected), rel=1e-14)


def test_labels_that_would_broadcast_are_caught() -> None:
    X, y = torch.randn(7, 1), torch.randn(7)
    with pytest.raises(ValueError, match=r"y: shape \(7,\) beside predictions of shape \(7, 1\)"):
        model_selection.mean_loss(lambda X: 3 * X, X, y)


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
    assert model_selection.polynomial_features(torch.zeros(6, device="meta")[::2], 3).device.type == "meta"


@pytest.mark.parametrize(("degree", "error"), [(0, ValueError), (-1, ValueError), (2.5, TypeError)])
@pytest.mark.usefixtures("unchecked")
def test_degree_that_is_none(degree: object, error: type) -> None:
    with pytest.raises(error, match="degree: "):
        model_selection.polynomial_features(torch.zeros(4), degree)


@pytest.mark.parametrize("shape", [(), (4, 2)])
def test_polynomial_features_of_several_numbers(shape: tuple) -> None:
    with pytest.raises(ValueError, match="x: expected one number an example"):
        model_selection.polynomial_features(torch.zeros(shape), 2)


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
    Z = model_selection.decorrelation(X)(X)
    # The condition number of X, columns scaled, is 1e7: seven of sixteen digits are lost.
    torch.testing.assert_close(Z.mean(dim=0), torch.zeros(19).double(), rtol=0, atol=1e-7)
    torch.testing.assert_close(Z.T @ Z / 60, torch.eye(19).double(), rtol=0, atol=1e-6)


def test_decorrelation_is_linear_and_learned_from_its_training_set_alone() -> None:
    X, other = torch.randn(9, 3, dtype=torch.float64), torch.randn(5, 3, dtype=torch.float64)
    change = model_selection.decorrelation(X)
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
        model_selection.decorrelation(X)


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
    history = model_selection.descend(degree, *parts, 0.05, 40, 10, torch.device("cpu"))
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
    assert 3 <= result.metrics["chosen degree"] <= 6
    assert result.metrics["test_loss, chosen"] < 0.008
    assert list(result.figures) == ["training", "fits"]
    assert [len(place.lines) for place in result.figures["training"].axes] == [2, 2, 2]
    assert [len(place.lines) for place in result.figures["fits"].axes] == [4, 3]


def test_more_examples_cure_overfitting() -> None:
    metrics = model_selection.polynomials(device="cpu", num_train=1000, num_epochs=10, batch_size=50).metrics
    assert metrics["test_loss, degree 19"] < 1.2 * metrics["test_loss, degree 3"]


# Folds


@pytest.mark.parametrize("n_k", [(10, 5), (11, 5), (14, 5), (7, 7), (2, 2), (100, 3)])
def test_folds_are_those_of_scikit_learn(n_k: tuple[int, int]) -> None:
    n, k = n_k
    folds = model_selection.k_fold(n, k)
    for mine, theirs in zip(folds, KFold(k).split(np.zeros(n)), strict=True):
        for rows, expected in zip(mine, theirs, strict=True):
            assert rows.tolist() == expected.tolist()


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("n_k", [(10, 5), (13, 4), (7, 7)])
def test_folds_are_disjoint_cover_all_rows_and_are_of_equal_size(n_k: tuple[int, int], shuffle: bool) -> None:
    n, k = n_k
    folds = model_selection.k_fold(n, k, shuffle=shuffle)
    assert len(folds) == k
    for train_rows, valid_rows in folds:
        assert sorted(torch.cat([train_rows, valid_rows]).tolist()) == list(range(n))
    assert sorted(torch.cat([valid_rows for _, valid_rows in folds]).tolist()) == list(range(n))
    sizes = [len(valid_rows) for _, valid_rows in folds]
    assert max(sizes) - min(sizes) <= 1


def test_shuffled_folds_are_random() -> None:
    # Folds of 200 rows come out sorted, or twice the same, with a probability far below 1e-6.
    first, second, plain = (
        torch.cat([valid for _, valid in model_selection.k_fold(200, 4, shuffle=shuffle)])
        for shuffle in (True, True, False)
    )
    assert not torch.equal(first, second)
    assert not torch.equal(first, plain)


@pytest.mark.parametrize("k", [11, 1, 0, -2])
def test_number_of_folds_that_cannot_be(k: int) -> None:
    with pytest.raises(ValueError, match=f"k: 10 examples make from 2 to 10 folds, got {k}"):
        model_selection.k_fold(10, k)


@pytest.mark.usefixtures("unchecked")
def test_number_of_folds_that_is_none() -> None:
    with pytest.raises(TypeError, match="k: expected a whole number"):
        model_selection.k_fold(10, 2.5)
    with pytest.raises(ValueError, match="num_examples: must be at least 1"):
        model_selection.k_fold(0, 2)


# Cross-validation


def linear_data(n: int = 23) -> tuple[torch.Tensor, torch.Tensor]:
    X = torch.randn(n, 3, dtype=torch.float64)
    return X, X @ torch.tensor([[1.0], [2.0], [-1.0]]).double() + torch.randn(n, 1, dtype=torch.float64)


def fit_least_squares(X: torch.Tensor, y: torch.Tensor) -> model_selection.Predictor:
    w, b = least_squares(X, y)
    return lambda X: X @ w + b


@pytest.mark.parametrize("k", [2, 5, 23])
def test_cross_validation_gives_the_losses_of_scikit_learn(k: int) -> None:
    X, y = linear_data()
    table = model_selection.cross_validate(fit_least_squares, X, y, model_selection.k_fold(23, k))
    oracle = sklearn_cross_validate(
        LinearRegression(), X.numpy(), y.numpy(), cv=KFold(k), scoring="neg_mean_squared_error",
        return_train_score=True,
    )  # fmt: skip
    folds = table.drop(index="mean")
    assert list(table.index) == [*range(1, k + 1), "mean"]
    assert (table.index.name, list(table.columns)) == ("fold", ["train_loss", "valid_loss"])
    np.testing.assert_allclose(folds["train_loss"], -oracle["train_score"] / 2, rtol=1e-10)
    np.testing.assert_allclose(folds["valid_loss"], -oracle["test_score"] / 2, rtol=1e-10)
    np.testing.assert_allclose(table.loc["mean"], folds.mean(), rtol=1e-14)


def test_each_fold_is_fitted_to_its_own_training_rows_and_no_others() -> None:
    X = torch.arange(7, dtype=torch.float64).reshape(-1, 1)
    seen = []

    def fit(X: torch.Tensor, y: torch.Tensor) -> model_selection.Predictor:
        assert torch.equal(y, 10 * X)
        seen.append(X.flatten().tolist())
        return lambda X: 10 * X + 1

    table = model_selection.cross_validate(fit, X, 10 * X, model_selection.k_fold(7, 3))
    assert seen == [[3, 4, 5, 6], [0, 1, 2, 5, 6], [0, 1, 2, 3, 4]]
    assert (table == 0.5).all(axis=None)


@pytest.mark.parametrize("shuffle", [False, True])
def test_folds_of_scikit_learn_and_data_frames_serve_too(shuffle: bool) -> None:
    X, y = linear_data()
    folds = KFold(4, shuffle=shuffle, random_state=0 if shuffle else None)
    table = model_selection.cross_validate(
        lambda frame, y: (
            lambda predict: lambda frame: predict(torch.tensor(frame.to_numpy()))
        )(fit_least_squares(torch.tensor(frame.to_numpy()), y)),
        pandas.DataFrame(X.numpy(), index=range(100, 123)),  # rows are taken by place, not by label
        y,
        folds.split(X),
    )  # fmt: skip
    expected = model_selection.cross_validate(fit_least_squares, X, y, folds.split(X))
    pandas.testing.assert_frame_equal(table, expected, rtol=1e-12)


def test_cross_validation_chooses_the_true_degree() -> None:
    x, y = model_selection.cubic_data(60)
    folds = model_selection.k_fold(60, 10)
    losses = [
        model_selection.cross_validate(
            partial(model_selection.fit_polynomial, degree=degree), x, y, folds
        ).loc["mean", "valid_loss"]
        for degree in (1, 2, 3, 12, 19)
    ]
    assert losses.index(min(losses)) == 2
    assert losses[2] < 0.008


def test_columns_of_labels_that_would_broadcast_in_a_fold() -> None:
    X, y = linear_data()
    with pytest.raises(ValueError, match=r"y: shape .* beside predictions of shape .* would broadcast"):
        model_selection.cross_validate(fit_least_squares, X, y.flatten(), model_selection.k_fold(23, 5))


@pytest.mark.parametrize("n", [22, 24])
def test_folds_for_another_number_of_examples(n: int) -> None:
    X, y = linear_data()
    with pytest.raises(ValueError, match="folds: not every one of the 23 rows validates once"):
        model_selection.cross_validate(fit_least_squares, X, y, model_selection.k_fold(n, 5))


def test_row_that_validates_a_model_it_has_trained() -> None:
    X, y = linear_data()
    folds = model_selection.k_fold(23, 5)
    folds[2] = (torch.cat([folds[2][0], folds[2][1][:1]]), folds[2][1])
    with pytest.raises(ValueError, match="folds: in fold 3, rows that validate have trained"):
        model_selection.cross_validate(fit_least_squares, X, y, folds)


def test_more_examples_than_labels() -> None:
    X, y = linear_data()
    with pytest.raises(ValueError, match="X, y: 23 examples and 22 labels"):
        model_selection.cross_validate(fit_least_squares, X, y[:22], model_selection.k_fold(22, 5))


# Tables


def houses(n: int = 40) -> pandas.DataFrame:
    """A small table with all that `kaggle_house` has: gaps, text, rare values, constant and empty columns."""
    random = np.random.default_rng(0)
    table = pandas.DataFrame(
        {
            "street": random.choice(["Pave", "Grvl"], n),
            "area": random.normal(100, 20, n),
            "rooms": random.integers(1, 9, n),
            "alley": random.choice(["a", "b", None], n),
            "pool": 0,
            "gap": np.nan,
        }
    )
    table.loc[::3, "area"] = np.nan
    table.loc[n - 1, "street"] = "Dirt"  # a value that only the last row has
    return table


def sklearn_preparation() -> object:
    numbers = make_pipeline(
        StandardScaler(), SimpleImputer(strategy="constant", fill_value=0, keep_empty_features=True)
    )
    text = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    return make_column_transformer((numbers, ["area", "rooms", "pool"]), (text, ["alley", "street"]))


def test_preparation_is_that_of_scikit_learn() -> None:
    train_table, table = houses()[:30], houses()[30:]
    prepare = model_selection.preparation(train_table)
    oracle = sklearn_preparation().fit(train_table)
    mine, theirs = prepare(train_table), torch.tensor(oracle.transform(train_table))
    assert mine.dtype == torch.float64
    mine, theirs = (features[:, features.any(dim=0)] for features in (mine, theirs))  # some are 0 throughout
    torch.testing.assert_close(mine, theirs, **EXACT)
    # On other rows, compare what a linear model makes of them, which does not depend on such columns.
    y = torch.randn(30, 1, dtype=torch.float64)
    mine = model_selection.fit_ridge(train_table, y, 0.7)(table)
    model = make_pipeline(sklearn_preparation(), Ridge(1.4)).fit(train_table, y.numpy().ravel())
    np.testing.assert_allclose(mine.ravel(), model.predict(table), rtol=1e-10)


def test_preparation_learns_from_the_training_rows_alone() -> None:
    table = houses()
    prepare = model_selection.preparation(table[:30])
    numbers = table[["area", "rooms"]]
    by_hand = (numbers[30:] - numbers[:30].mean()) / numbers[:30].std(ddof=0)
    features = prepare(table[30:])
    np.testing.assert_allclose(features[:, :2], by_hand.fillna(0), rtol=1e-12)
    # the last row's street is of no training row: neither Pave nor Grvl, and no column of its own
    assert prepare(table[:30]).shape[1] == features.shape[1]
    width = 4 + 3 + 3  # numbers; a, b and gap of alley; Pave, Grvl and gap of street
    assert features.shape == (10, width)
    assert features[-1, -3:].tolist() == [0, 0, 0]
    assert (features[:-1, -3:].sum(dim=1) == 1).all()


def test_gap_is_the_mean_and_constant_columns_are_zero() -> None:
    table = houses()
    features = model_selection.preparation(table)(table)
    assert (features[::3, 0] == 0).all()
    assert (features[1::3, 0] != 0).all()
    assert not features[:, 2:4].any()  # pool and gap
    assert features.isfinite().all()
    moved = model_selection.preparation(table.assign(pool=7))(table.assign(pool=9))
    assert (moved[:, 2] == 2).all()  # no 0 / 0


def test_tables_without_text_and_of_one_row() -> None:
    table = houses()[["area", "rooms"]]
    prepare = model_selection.preparation(table)
    assert prepare(table[1:2]).shape == (1, 2)


@pytest.mark.parametrize("columns", [["area", "rooms"], ["area", "rooms", "alley", "street", "pool"]])
def test_scratch_and_concise_agree_on_any_table(columns: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    y = torch.randn(40, 1, dtype=torch.float64)
    monkeypatch.setattr(model_selection, "load_table", lambda name: (houses()[columns], y))
    one, other = (variant(num_train=31, k=3, num_lambdas=4).metrics for variant in VARIANTS)
    assert one == pytest.approx(other, rel=1e-8)


def test_diabetes_is_the_table_of_scikit_learn() -> None:
    from sklearn.datasets import load_diabetes

    table, y = model_selection.load_table("diabetes")
    X, target = load_diabetes(return_X_y=True, scaled=False)
    np.testing.assert_array_equal(table.to_numpy(), X)
    np.testing.assert_array_equal(y.ravel(), target)
    assert (y.shape, y.dtype) == ((442, 1), torch.float64)
    assert table["age"].max() == 79  # years, not yet standardised on all rows


def test_kaggle_house_has_logarithms_for_labels_and_no_price_among_its_features(real_data: object) -> None:
    table, y = model_selection.load_table(real_data("kaggle_house"))
    assert table.shape == (1460, 79)
    assert not {"SalePrice", "Id"} & set(table)
    assert y[0].item() == pytest.approx(math.log(208500))


def test_scratch_and_concise_agree_on_kaggle_house(real_data: object) -> None:
    knobs = {"data": real_data("kaggle_house"), "num_train": 200, "k": 2, "num_lambdas": 2}
    one, other = (variant(**knobs).metrics for variant in VARIANTS)
    assert one == pytest.approx(other, rel=1e-8)
    assert one["test_loss"] < 0.7 * one["test_loss of the mean"]


def test_train_and_test_rows_are_disjoint_and_all() -> None:
    (X, y), (X_test, y_test) = model_selection.train_and_test("diabetes", 100, seed=0)
    assert (len(X), len(y), len(X_test), len(y_test)) == (100, 100, 342, 342)
    assert sorted([*X.index, *X_test.index]) == list(range(442))
    _, everything = model_selection.load_table("diabetes")
    assert torch.equal(y, everything[X.index.tolist()])
    assert torch.equal(y_test, everything[X_test.index.tolist()])
    again, other = (model_selection.train_and_test("diabetes", 100, seed)[0][0] for seed in (0, 1))
    assert list(again.index) == list(X.index) != list(other.index)


def test_lambdas_are_evenly_spaced_on_a_log_axis() -> None:
    assert model_selection.lambdas(4) == pytest.approx([0.01, 1, 100, 10000], rel=1e-12)
    assert len(model_selection.lambdas(13)) == 13


# Choosing


VARIANTS = [model_selection.scratch, model_selection.concise]


def test_scratch_and_concise_have_the_same_knobs() -> None:
    assert inspect.signature(model_selection.scratch) == inspect.signature(model_selection.concise)


@pytest.mark.parametrize("seed", [0, 1])
def test_scratch_and_concise_find_the_same_numbers(seed: int) -> None:
    one, other = (variant(seed=seed, num_lambdas=7, k=4) for variant in VARIANTS)
    assert one.metrics == pytest.approx(other.metrics, rel=1e-8)
    X = model_selection.load_table("diabetes")[0][:5]
    torch.testing.assert_close(one.net(X), other.net(X), rtol=1e-8, atol=0)
    for i in (0, 1):  # the curves of the training and the validation loss
        curves = (np.array(result.figure.axes[0].lines[i].get_ydata(), float) for result in (one, other))
        np.testing.assert_allclose(*curves, rtol=1e-8)


def test_lambda_of_the_lowest_mean_is_chosen_and_tested_once_on_other_rows() -> None:
    result = model_selection.scratch()
    train_data, test_data = model_selection.train_and_test("diabetes", 100, seed=0)
    curve = result.figure.axes[0].lines[1]
    lowest = int(np.argmin(curve.get_ydata()))
    assert 0 < lowest < 12  # neither end
    assert result.metrics["lambd"] == pytest.approx(curve.get_xdata()[lowest])
    assert result.metrics["valid_loss"] == pytest.approx(curve.get_ydata()[lowest])
    predict = model_selection.fit_ridge(*train_data, result.metrics["lambd"])
    assert result.metrics["test_loss"] == model_selection.mean_loss(predict, *test_data)
    assert result.metrics["test_loss"] < 0.6 * result.metrics["test_loss of the mean"]
    assert result.metrics["test_loss of the mean"] == pytest.approx(
        float(((test_data[1] - train_data[1].mean()) ** 2).mean() / 2)
    )
    assert set(map(type, result.metrics.values())) == {float}


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"data": "diabetis"}, "data: there is no table 'diabetis'; choose diabetes or kaggle_house"),
        ({"num_train": 0}, r"num_train: must be in 1..441, .* got 0"),
        ({"num_train": 442}, r"num_train: must be in 1..441, .* got 442"),
        ({"k": 1}, "k: 100 examples make from 2 to 100 folds, got 1"),
        ({"k": 101}, "k: 100 examples make from 2 to 100 folds, got 101"),
        ({"num_lambdas": 0}, "num_lambdas: must be at least 1"),
        ({"seed": -1}, "seed: must be in"),
    ],
)
@pytest.mark.parametrize("variant", VARIANTS)
def test_bad_knobs(variant: object, knobs: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        variant(**knobs)


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"num_train": 19}, "num_train: degree 19 needs at least 20 training examples, got 19"),
        ({"batch_size": 0}, "batch_size: must be at least 1"),
        ({"num_epochs": 0}, "num_epochs: must be at least 1"),
        ({"lr": -0.1}, "lr: a learning rate cannot be negative"),
        ({"device": "gpu"}, "device: 'gpu' is not a device"),
    ],
)
def test_bad_knobs_of_polynomials(knobs: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        model_selection.polynomials(**knobs)


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


@pytest.mark.parametrize("num_kept", [0, 41])
def test_number_of_features_to_keep_that_cannot_be(num_kept: int) -> None:
    with pytest.raises(ValueError, match="num_kept: "):
        model_selection.strongest(torch.randn(30, 40), torch.randn(30, 1), num_kept)


def test_strongest_features_are_fitted_by_least_squares() -> None:
    X, y = torch.randn(30, 40, dtype=torch.float64), torch.randn(30, 1, dtype=torch.float64)
    kept = model_selection.strongest(X, y, 3)
    model = LinearRegression().fit(X[:, kept].numpy(), y.numpy())
    fresh = torch.randn(5, 40, dtype=torch.float64)
    mine = model_selection.fit_strongest(X, y, 3)(fresh)
    np.testing.assert_allclose(mine, model.predict(fresh[:, kept].numpy()), rtol=1e-10)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_features_chosen_outside_the_folds_make_noise_look_predictable(seed: int) -> None:
    result = model_selection.leakage(seed=seed)
    leaked, honest, fresh, mean = result.metrics.values()
    assert leaked < 0.6 * fresh
    assert leaked < 0.8 * mean < honest
    assert fresh > 1.1 * mean
    assert len(result.figure.axes[0].patches) == 3


@pytest.mark.parametrize("knobs", [{"k": 51}, {"num_kept": 0}, {"num_kept": 1001}, {"num_examples": 0}])
def test_bad_knobs_of_leakage(knobs: dict) -> None:
    with pytest.raises(ValueError, match=r"^(k|num_kept|num_examples): "):
        model_selection.leakage(**knobs)


features_equal = partial(
    test_polynomial_features_equal_their_formula_and_derivative, (9,), torch.device("cpu")
)
equals_sklearn = partial(test_cross_validation_gives_the_losses_of_scikit_learn, 5)
MUTANTS = [
    Mutant("split", "torch.randperm(num_examples)", "torch.arange(num_examples)",
           test_split_is_random_and_repeatable),
    Mutant("split", "[num_train, num_valid, num_test]", "[num_test, num_valid, num_train]",
           partial(test_split_deals_every_example_to_one_part, (10, 2, 3))),
    Mutant("split", "num_train < 1", "num_train < 0",
           partial(test_split_without_examples_for_a_part, (10, 5, 5), "leave none to train on")),
    Mutant("mean_loss", "    check_column(y, y_hat)\n", "", test_labels_that_would_broadcast_are_caught),
    Mutant("mean_loss", ".mean()", ".sum()", test_mean_loss_is_half_the_mean_squared_error),
    Mutant("polynomial_features", "/ i).cumprod", "* i).cumprod", features_equal),
    Mutant("polynomial_features", "(x.reshape(-1, 1) / i).cumprod(dim=1)",
           "x.reshape(-1, 1) ** i / torch.lgamma(i + 1).exp()",
           test_polynomial_features_of_high_degree_do_not_overflow_on_the_way),
    Mutant("polynomial_features", "arange(1, degree + 1,", "arange(2, degree + 2,", features_equal),
    Mutant("cubic_data", "noise * torch.randn_like(x)", "noise**2 * torch.randn_like(x)",
           test_cubic_data_are_the_polynomial_of_the_lesson),
    Mutant("cubic_data", "[-3.4]", "[3.4]", test_cubic_data_are_the_polynomial_of_the_lesson),
    Mutant("decorrelation", "qr(X - mean)", "qr(X)",
           test_decorrelated_features_have_no_mean_and_no_correlation_on_the_training_set),
    Mutant("decorrelation", "(R, X - mean,", "(R, X - X.mean(dim=0),",
           test_decorrelation_is_linear_and_learned_from_its_training_set_alone),
    Mutant("decorrelation", "n**0.5 * ", "",
           test_decorrelated_features_have_no_mean_and_no_correlation_on_the_training_set),
    Mutant("fit_polynomial", "change(polynomial_features(x, degree))",
           "decorrelation(polynomial_features(x, degree))(polynomial_features(x, degree))",
           partial(test_fitted_polynomial_is_that_of_numpy, 3, 1e-12)),
    Mutant("descend", "(change(X_test), test_data[1])", "(change(X), train_data[1])",
           partial(test_sgd_ends_at_least_squares, 3, 0.02)),
    Mutant("descend", "sgd([w, b], lr", "sgd([w], lr", partial(test_sgd_ends_at_least_squares, 1, 0.02)),
    Mutant("k_fold", "*parts[:i], *parts[i + 1 :]", "*parts",
           partial(test_folds_are_those_of_scikit_learn, (10, 5))),
    Mutant("k_fold", "rows.tensor_split(k)", "rows.split(num_examples // k)",
           partial(test_folds_are_those_of_scikit_learn, (11, 5)), dies_of=(ValueError, AssertionError)),
    Mutant("k_fold", "torch.randperm(num_examples) if shuffle else ", "", test_shuffled_folds_are_random),
    Mutant("check_k", "not 2 <= k", "not 1 <= k", partial(test_number_of_folds_that_cannot_be, 1)),
    Mutant("check_k", "<= num_examples:", "<= num_examples + 1:",
           partial(test_number_of_folds_that_cannot_be, 11)),
    Mutant("cross_validate", "fit(take(X, train_rows), y[train_rows])", "fit(X, y)", equals_sklearn),
    Mutant("cross_validate", '("valid_loss", valid_rows)', '("valid_loss", train_rows)', equals_sklearn),
    Mutant("cross_validate", "    check_folds(parts, X, y)\n", "",
           test_row_that_validates_a_model_it_has_trained),
    Mutant("with_mean", "/ len(values)", "/ (len(values) - 1)", equals_sklearn),
    Mutant("take", "X.iloc[rows.numpy()]", "X.iloc[rows.numpy() - 1]",
           partial(test_folds_of_scikit_learn_and_data_frames_serve_too, False)),
    Mutant("check_folds", "torch.isin(train_rows, valid_rows).any()", "False",
           test_row_that_validates_a_model_it_has_trained),
    Mutant("check_folds", "!= list(range(n))", "!= list(range(n))[: len(folds[0][0])]",
           equals_sklearn, dies_of=(ValueError,)),
    Mutant("load_table", "scaled=False", "scaled=True", test_diabetes_is_the_table_of_scikit_learn),
    Mutant("preparation", "((table[mean.index] - mean) / std)",
           "((table[mean.index] - table[mean.index].mean()) / std)",
           test_preparation_learns_from_the_training_rows_alone),
    Mutant("preparation", "numbers.std(ddof=0)", "numbers.std()",
           test_preparation_learns_from_the_training_rows_alone),
    Mutant("preparation", ".fillna(0)", ".fillna(1)", test_gap_is_the_mean_and_constant_columns_are_zero),
    Mutant("preparation", ".where(numbers.nunique() > 1, 1)", "",
           test_gap_is_the_mean_and_constant_columns_are_zero),
    Mutant("preparation", ".reindex(columns=columns, fill_value=0)", "",
           test_preparation_learns_from_the_training_rows_alone),
    Mutant("fit_ridge", "linreg(prepare(table), w, b)", "linreg(preparation(table)(table), w, b)",
           test_preparation_is_that_of_scikit_learn, dies_of=(AssertionError, ValueError)),
    Mutant("train_and_test", "train_rows, _, test_rows", "test_rows, _, train_rows",
           test_train_and_test_rows_are_disjoint_and_all),
    Mutant("lambdas", "logspace(-2, 4,", "linspace(0.01, 10000,",
           test_lambdas_are_evenly_spaced_on_a_log_axis),
    Mutant("strongest", ".abs().topk", ".topk", test_strongest_features_are_those_of_numpy),
    Mutant("strongest", " / torch.where(norm > 0, norm, 1)", "",
           test_strongest_features_are_those_of_numpy),
    Mutant("strongest", "torch.where(norm > 0, norm, 1)", "norm",
           test_strongest_features_are_those_of_numpy),
    Mutant("fit_strongest", "kept = strongest(X, y, num_kept)", "kept = torch.arange(num_kept)",
           test_strongest_features_are_fitted_by_least_squares),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(model_selection, MUTANTS)
