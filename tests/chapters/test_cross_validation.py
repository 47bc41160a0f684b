"""Cross-validation: folds and losses against scikit-learn, tables, and the choice of lambda."""

import inspect
import math
from functools import partial
from pathlib import Path

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

from chapters import cross_validation, model_selection
from chapters.least_squares import least_squares

EXACT = {"rtol": 1e-10, "atol": 1e-10}


# Folds


@pytest.mark.parametrize("n_k", [(10, 5), (11, 5), (14, 5), (7, 7), (2, 2), (100, 3)])
def test_folds_are_those_of_scikit_learn(n_k: tuple[int, int]) -> None:
    n, k = n_k
    folds = cross_validation.k_fold(n, k)
    for mine, theirs in zip(folds, KFold(k).split(np.zeros(n)), strict=True):
        for rows, expected in zip(mine, theirs, strict=True):
            assert rows.tolist() == expected.tolist()


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("n_k", [(10, 5), (13, 4), (7, 7)])
def test_folds_are_disjoint_cover_all_rows_and_are_of_equal_size(n_k: tuple[int, int], shuffle: bool) -> None:
    n, k = n_k
    folds = cross_validation.k_fold(n, k, shuffle=shuffle)
    assert len(folds) == k
    for train_rows, valid_rows in folds:
        assert sorted(torch.cat([train_rows, valid_rows]).tolist()) == list(range(n))
    assert sorted(torch.cat([valid_rows for _, valid_rows in folds]).tolist()) == list(range(n))
    sizes = [len(valid_rows) for _, valid_rows in folds]
    assert max(sizes) - min(sizes) <= 1


def test_shuffled_folds_are_random() -> None:
    # Folds of 200 rows come out sorted, or twice the same, with a probability far below 1e-6.
    first, second, plain = (
        torch.cat([valid for _, valid in cross_validation.k_fold(200, 4, shuffle=shuffle)])
        for shuffle in (True, True, False)
    )
    assert not torch.equal(first, second)
    assert not torch.equal(first, plain)


@pytest.mark.parametrize("k", [11, 1, 0, -2])
def test_number_of_folds_that_cannot_be(k: int) -> None:
    with pytest.raises(ValueError, match=f"k: 10 examples make from 2 to 10 folds, got {k}"):
        cross_validation.k_fold(10, k)


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
    table = cross_validation.cross_validate(fit_least_squares, X, y, cross_validation.k_fold(23, k))
    oracle = sklearn_cross_validate(
        LinearRegression(), X.numpy(), y.numpy(), cv=KFold(k), scoring="neg_mean_squared_error",
        return_train_score=True,
    )  # fmt: skip
    assert list(table.index) == list(range(1, k + 1))
    assert (table.index.name, list(table.columns)) == ("fold", ["train_loss", "valid_loss"])
    np.testing.assert_allclose(table["train_loss"], -oracle["train_score"] / 2, rtol=1e-10)
    np.testing.assert_allclose(table["valid_loss"], -oracle["test_score"] / 2, rtol=1e-10)


def test_each_fold_is_fitted_to_its_own_training_rows_and_no_others() -> None:
    X = torch.arange(7, dtype=torch.float64).reshape(-1, 1)
    seen = []

    def fit(X: torch.Tensor, y: torch.Tensor) -> model_selection.Predictor:
        assert torch.equal(y, 10 * X)
        seen.append(X.flatten().tolist())
        return lambda X: 10 * X + 1

    table = cross_validation.cross_validate(fit, X, 10 * X, cross_validation.k_fold(7, 3))
    assert seen == [[3, 4, 5, 6], [0, 1, 2, 5, 6], [0, 1, 2, 3, 4]]
    assert (table == 0.5).all(axis=None)


@pytest.mark.parametrize("shuffle", [False, True])
def test_folds_of_scikit_learn_and_data_frames_serve_too(shuffle: bool) -> None:
    X, y = linear_data()
    folds = KFold(4, shuffle=shuffle, random_state=0 if shuffle else None)
    table = cross_validation.cross_validate(
        lambda frame, y: (
            lambda predict: lambda frame: predict(torch.tensor(frame.to_numpy()))
        )(fit_least_squares(torch.tensor(frame.to_numpy()), y)),
        pandas.DataFrame(X.numpy(), index=range(100, 123)),  # rows are taken by place, not by label
        y,
        folds.split(X),
    )  # fmt: skip
    expected = cross_validation.cross_validate(fit_least_squares, X, y, folds.split(X))
    pandas.testing.assert_frame_equal(table, expected, rtol=1e-12)


def test_cross_validation_chooses_the_true_degree() -> None:
    x, y = model_selection.cubic_data(60)
    folds = cross_validation.k_fold(60, 10)
    losses = [
        cross_validation.cross_validate(partial(model_selection.fit_polynomial, degree=degree), x, y, folds)[
            "valid_loss"
        ].mean()
        for degree in (1, 2, 3, 12, 19)
    ]
    assert losses.index(min(losses)) == 2
    assert losses[2] < 0.008


@pytest.mark.usefixtures("unchecked")
def test_a_flag_that_is_none() -> None:
    with pytest.raises(TypeError, match=r"^shuffle: expected True or False, got 'no'"):
        cross_validation.k_fold(10, 5, shuffle="no")


def test_columns_of_labels_that_would_broadcast_in_a_fold() -> None:
    X, y = linear_data()
    with pytest.raises(ValueError, match=r"y: shape .* beside predictions of shape .* would broadcast"):
        cross_validation.cross_validate(fit_least_squares, X, y.flatten(), cross_validation.k_fold(23, 5))


@pytest.mark.parametrize("n", [22, 24])
def test_folds_for_another_number_of_examples(n: int) -> None:
    X, y = linear_data()
    with pytest.raises(ValueError, match="folds: not every one of the 23 rows validates once"):
        cross_validation.cross_validate(fit_least_squares, X, y, cross_validation.k_fold(n, 5))


def test_row_that_validates_a_model_it_has_trained() -> None:
    X, y = linear_data()
    folds = cross_validation.k_fold(23, 5)
    folds[2] = (torch.cat([folds[2][0], folds[2][1][:1]]), folds[2][1])
    with pytest.raises(ValueError, match="folds: in fold 3, rows that validate have trained"):
        cross_validation.cross_validate(fit_least_squares, X, y, folds)


def test_more_examples_than_labels() -> None:
    X, y = linear_data()
    with pytest.raises(ValueError, match="X, y: 23 examples and 22 labels"):
        cross_validation.cross_validate(fit_least_squares, X, y[:22], cross_validation.k_fold(22, 5))


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
    numbers = make_pipeline(SimpleImputer(keep_empty_features=True), StandardScaler())
    text = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    return make_column_transformer((numbers, ["area", "rooms", "pool"]), (text, ["street", "alley"]))


def test_preparation_is_that_of_scikit_learn() -> None:
    train_table, table = houses()[:30], houses()[30:]
    prepare = cross_validation.preparation(train_table)
    oracle = sklearn_preparation().fit(train_table)
    mine, theirs = prepare(train_table), torch.tensor(oracle.transform(train_table))
    assert mine.dtype == torch.float64
    mine, theirs = (features[:, features.any(dim=0)] for features in (mine, theirs))  # some are 0 throughout
    torch.testing.assert_close(mine, theirs, **EXACT)
    # On other rows, compare what a linear model makes of them, which does not depend on such columns.
    y = torch.randn(30, 1, dtype=torch.float64)
    mine = cross_validation.fit_ridge(train_table, y, 0.7)(table)
    model = make_pipeline(sklearn_preparation(), Ridge(30 * 0.7)).fit(train_table, y.numpy().ravel())
    np.testing.assert_allclose(mine.ravel(), model.predict(table), rtol=1e-10)


def test_preparation_learns_from_the_training_rows_alone() -> None:
    table = houses()
    prepare = cross_validation.preparation(table[:30])
    numbers = table[["area", "rooms"]]
    filled = numbers.fillna(numbers[:30].mean())
    by_hand = (filled[30:] - filled[:30].mean()) / filled[:30].std(ddof=0)
    features = prepare(table[30:])
    np.testing.assert_allclose(features[:, :2], by_hand, rtol=1e-12, atol=1e-12)
    # the last row's street is of no training row: neither Pave nor Grvl, and no column of its own
    assert prepare(table[:30]).shape[1] == features.shape[1]
    width = 4 + 3 + 3  # numbers; Grvl, Pave and gap of street; a, b and gap of alley
    assert features.shape == (10, width)
    assert features[-1, 4:7].tolist() == [0, 0, 0]
    assert (features[:-1, 4:7].sum(dim=1) == 1).all()


def test_gap_is_the_mean_and_constant_columns_are_zero() -> None:
    table = houses()
    features = cross_validation.preparation(table)(table)
    assert features[::3, 0].abs().max() < 1e-14
    assert (features[1::3, 0] != 0).all()
    assert not features[:, 2:4].any()  # pool and gap
    assert features.isfinite().all()
    moved = cross_validation.preparation(table.assign(pool=7))(table.assign(pool=9))
    assert not moved[:, 2].any()  # no 0 / 0


def test_tables_without_text_and_of_one_row() -> None:
    table = houses()[["area", "rooms"]]
    prepare = cross_validation.preparation(table)
    assert prepare(table[1:2]).shape == (1, 2)


@pytest.mark.parametrize("columns", [["area", "rooms"], ["area", "rooms", "alley", "street", "pool"]])
def test_scratch_and_concise_agree_on_any_table(columns: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    y = torch.randn(40, 1, dtype=torch.float64)
    monkeypatch.setattr(cross_validation, "load_table", lambda name: (houses()[columns], y))
    one, other = (variant(num_train=31, k=3, num_lambdas=4).metrics for variant in VARIANTS)
    assert one == pytest.approx(other, rel=1e-8)


def test_diabetes_is_the_table_of_scikit_learn() -> None:
    from sklearn.datasets import load_diabetes

    table, y = cross_validation.load_table("diabetes")
    X, target = load_diabetes(return_X_y=True, scaled=False)
    np.testing.assert_array_equal(table.to_numpy(), X)
    np.testing.assert_array_equal(y.ravel(), target)
    assert (y.shape, y.dtype) == ((442, 1), torch.float64)
    assert table["age"].max() == 79  # years, not yet standardised on all rows


def test_a_table_of_houses_from_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "train.csv").write_text("Id,Rooms,SalePrice\n1,5,100000\n2,NA,250000\n3,7,50000\n")
    monkeypatch.setattr(cross_validation.d2l, "download", lambda name: tmp_path / "train.csv")
    table, y = cross_validation.load_table("kaggle_house")
    assert list(table) == ["Rooms"]
    np.testing.assert_allclose(y, np.log([[100000.0], [250000.0], [50000.0]]))
    assert y.dtype == torch.float64


def test_kaggle_house_has_logarithms_for_labels_and_no_price_among_its_features(real_data: object) -> None:
    table, y = cross_validation.load_table(real_data("kaggle_house"))
    assert table.shape == (1460, 79)
    assert not {"SalePrice", "Id"} & set(table)
    assert y[0].item() == pytest.approx(math.log(208500))


def test_scratch_and_concise_agree_on_kaggle_house(real_data: object) -> None:
    knobs = {"data": real_data("kaggle_house"), "num_train": 200, "k": 2, "num_lambdas": 2}
    one, other = (variant(**knobs).metrics for variant in VARIANTS)
    assert one == pytest.approx(other, rel=1e-8)
    assert one["test_loss"] < 0.7 * one["test_loss of the mean"]


def test_train_and_test_rows_are_disjoint_and_all() -> None:
    (X, y), (X_test, y_test) = cross_validation.train_and_test("diabetes", 100, seed=0)
    assert (len(X), len(y), len(X_test), len(y_test)) == (100, 100, 342, 342)
    assert sorted([*X.index, *X_test.index]) == list(range(442))
    _, everything = cross_validation.load_table("diabetes")
    assert torch.equal(y, everything[X.index.tolist()])
    assert torch.equal(y_test, everything[X_test.index.tolist()])
    again, other = (cross_validation.train_and_test("diabetes", 100, seed)[0][0] for seed in (0, 1))
    assert list(again.index) == list(X.index) != list(other.index)


# Choosing


VARIANTS = [cross_validation.scratch, cross_validation.concise]


def test_scratch_and_concise_have_the_same_knobs() -> None:
    assert inspect.signature(cross_validation.scratch) == inspect.signature(cross_validation.concise)


def test_scratch_and_concise_find_the_same_numbers() -> None:
    one, other = (variant(seed=1, num_lambdas=7, k=4) for variant in VARIANTS)
    assert one.metrics == pytest.approx(other.metrics, rel=1e-8)
    X = cross_validation.load_table("diabetes")[0][:5]
    torch.testing.assert_close(one.net(X), other.net(X), rtol=1e-8, atol=0)
    for i in (0, 1):  # the curves of the training and the validation loss
        curves = (np.array(result.figure.axes[0].lines[i].get_ydata(), float) for result in (one, other))
        np.testing.assert_allclose(*curves, rtol=1e-8)


def test_fits_by_hand_and_by_scikit_learn_predict_the_same() -> None:
    table, y = cross_validation.load_table("diabetes")
    one, other = (
        fit(table[:80], y[:80], 0.3)(table[80:])
        for fit in (cross_validation.fit_ridge, cross_validation.fit_pipeline)
    )
    torch.testing.assert_close(one, other, **EXACT)


def test_reported_losses_are_the_means_over_the_folds_and_the_standard_error() -> None:
    metrics = cross_validation.scratch(k=4, num_lambdas=3).metrics
    (table, y), _ = cross_validation.train_and_test("diabetes", 100, seed=0)
    model = make_pipeline(StandardScaler(), Ridge(75 * metrics["lambd"]))  # three quarters of 100 train
    scores = sklearn_cross_validate(
        model,
        table,
        y.numpy().ravel(),
        cv=KFold(4),
        scoring="neg_mean_squared_error",
        return_train_score=True,
    )
    valid = -scores["test_score"] / 2
    assert metrics["valid_loss"] == pytest.approx(valid.mean())
    assert metrics["train_loss"] == pytest.approx(-scores["train_score"].mean() / 2)
    assert metrics["standard error"] == pytest.approx(valid.std(ddof=1) / 2)


def test_lambda_of_the_lowest_mean_is_chosen_and_tested_once_on_other_rows() -> None:
    result = cross_validation.scratch()
    train_data, test_data = cross_validation.train_and_test("diabetes", 100, seed=0)
    curve = result.figure.axes[0].lines[1]
    lowest = int(np.argmin(curve.get_ydata()))
    assert 0 < lowest < 12  # neither end
    assert result.metrics["lambd"] == pytest.approx(curve.get_xdata()[lowest])
    assert list(curve.get_xdata()[[0, -1]]) == pytest.approx([1e-4, 100])
    assert result.metrics["valid_loss"] == pytest.approx(curve.get_ydata()[lowest])
    predict = cross_validation.fit_ridge(*train_data, result.metrics["lambd"])
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
        ({"k": 1}, "100 examples make from 2 to 100 folds, got 1|n_splits=2 or more"),
        ({"k": 101}, "100 examples make from 2 to 100 folds, got 101|n_splits=101 greater"),
        ({"seed": -1}, "seed: must be in"),
    ],
)
@pytest.mark.parametrize("variant", VARIANTS)
def test_bad_knobs(variant: object, knobs: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        variant(**knobs)


equals_sklearn = partial(test_cross_validation_gives_the_losses_of_scikit_learn, 5)
MUTANTS = [
    Mutant("k_fold", "*folds[:i], *folds[i + 1 :]", "*folds",
           partial(test_folds_are_those_of_scikit_learn, (10, 5))),
    Mutant("k_fold", "rows.tensor_split(k)", "rows.split(num_examples // k)",
           partial(test_folds_are_those_of_scikit_learn, (11, 5)), dies_of=(ValueError, AssertionError)),
    Mutant("k_fold", "torch.randperm(num_examples) if shuffle else ", "", test_shuffled_folds_are_random),
    Mutant("k_fold", "not 2 <= k", "not 1 <= k", partial(test_number_of_folds_that_cannot_be, 1)),
    Mutant("k_fold", "<= num_examples:", "<= num_examples + 1:",
           partial(test_number_of_folds_that_cannot_be, 11)),
    Mutant("cross_validate", "fit(take(X, train_rows), y[train_rows])", "fit(X, y)", equals_sklearn),
    Mutant("cross_validate", "in (train_rows, valid_rows)])", "in (valid_rows, train_rows)])",
           equals_sklearn),
    Mutant("cross_validate", "    check_folds(folds, X, y)\n", "",
           test_row_that_validates_a_model_it_has_trained),
    Mutant("take", "X.iloc[rows.numpy()]", "X.iloc[rows.numpy() - 1]",
           partial(test_folds_of_scikit_learn_and_data_frames_serve_too, False)),
    Mutant("check_folds", "torch.isin(train_rows, valid_rows).any()", "False",
           test_row_that_validates_a_model_it_has_trained),
    Mutant("check_folds", "!= list(range(len(y)))", "!= list(range(len(y)))[: len(folds[0][0])]",
           equals_sklearn, dies_of=(ValueError,)),
    Mutant("load_table", "scaled=False", "scaled=True", test_diabetes_is_the_table_of_scikit_learn),
    Mutant("preparation", "scale(numbers(table))", "standardizer(numbers(table))(numbers(table))",
           test_preparation_learns_from_the_training_rows_alone),
    Mutant("preparation", "filled_numbers(train_table)", "(lambda table: filled_numbers(table)(table))",
           test_preparation_learns_from_the_training_rows_alone),
    Mutant("preparation", "indicators(train_table)", "(lambda table: indicators(table)(table))",
           test_preparation_learns_from_the_training_rows_alone),
    Mutant("fit_ridge", "prepare(table) @ w", "preparation(table)(table) @ w",
           test_preparation_is_that_of_scikit_learn, dies_of=(AssertionError, RuntimeError)),
    Mutant("fit_pipeline", "len(y) * lambd", "lambd", test_fits_by_hand_and_by_scikit_learn_predict_the_same),
    Mutant("train_and_test", "train_rows, test_rows =", "test_rows, train_rows =",
           test_train_and_test_rows_are_disjoint_and_all),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(cross_validation, MUTANTS)
