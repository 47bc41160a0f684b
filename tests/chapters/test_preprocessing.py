"""Preprocessing: filling and indicators against pandas and scikit-learn; unusable files; the leak."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import mutants
import numpy as np
import pandas
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from mutants import Mutant
from properties import quick
from sklearn.linear_model import Ridge
from sklearn.preprocessing import OneHotEncoder

from chapters import preprocessing

EXACT = {"rtol": 1e-12, "atol": 1e-12}
NOTES = "NumRooms, Alley, Price\nNA, Pave, 127500\n2, NA, 106000\n4, NA, 178100\nNA, NA, 140000\n"  # 003 1.2


def house_table(n: int = 30) -> pandas.DataFrame:
    """Numbers and words with gaps, a column without numbers, a value that only the last row has."""
    random = np.random.default_rng(0)
    table = pandas.DataFrame(
        {
            "street": random.choice(["Pave", "Grvl"], n),
            "area": random.normal(100, 20, n),
            "rooms": random.integers(1, 9, n),
            "alley": random.choice(np.array(["a", "b", None]), n),
            "empty": np.nan,
        },
        index=range(100, 100 + n),
    )
    table.loc[100::3, "area"] = np.nan
    table.loc[99 + n, "street"] = "Dirt"
    return table


# Gaps


@quick
@given(st.integers(1, 6), st.integers(1, 4), st.integers(0, 99))
def test_gaps_become_the_means_of_the_training_rows(n: int, d: int, seed: int) -> None:
    random = torch.Generator().manual_seed(seed)
    X, train = (torch.randn(size, d, dtype=torch.float64, generator=random) for size in (n, n + 1))
    train[1:][torch.rand(n, d, generator=random) < 0.5] = torch.nan  # a number in each column is left
    X[torch.rand(n, d, generator=random) < 0.5] = torch.nan
    before = X.clone()
    mine = preprocessing.fill_missing(X, train)
    frame = pandas.DataFrame(X.numpy()).fillna(pandas.DataFrame(train.numpy()).mean())
    torch.testing.assert_close(mine, torch.tensor(frame.to_numpy()), **EXACT)
    torch.testing.assert_close(X, before, rtol=0, atol=0, equal_nan=True)


def test_a_column_without_a_number_in_training_becomes_zero() -> None:
    X = torch.tensor([[torch.nan, 1.0], [5.0, torch.nan]])
    train = torch.tensor([[torch.nan, 4.0]])
    assert preprocessing.fill_missing(X, train).tolist() == [[0, 1], [5, 4]]


def test_filling_with_the_mean_is_no_interpolation() -> None:
    rooms = pandas.Series([np.nan, 2, 4, 10, np.nan, 0])  # 003 1.2 calls it that; between 10 and 0 is 5
    assert rooms.fillna(rooms.mean()).tolist() == [4, 2, 4, 10, 4, 0]
    assert rooms.interpolate().tolist()[1:] == [2, 4, 10, 5, 0]


# Categories


def test_indicators_are_those_of_pandas_and_of_scikit_learn() -> None:
    table = house_table()
    mine = preprocessing.indicators(table)(table)
    words = table[["street", "alley"]]
    theirs = pandas.get_dummies(words, columns=list(words), dummy_na=True)
    np.testing.assert_array_equal(mine.numpy(), theirs.to_numpy("float64"))
    encoded = OneHotEncoder(sparse_output=False).fit_transform(words)
    np.testing.assert_array_equal(mine.numpy()[:, mine.any(dim=0).numpy()], encoded)


def test_every_row_has_one_value_of_a_column_or_its_absence() -> None:
    table = house_table()
    street, alley = preprocessing.indicators(table)(table).split([4, 3], dim=1)
    assert (street.sum(dim=1) == 1).all()
    assert (alley.sum(dim=1) == 1).all()
    assert torch.equal(alley[:, 2].bool(), torch.tensor(table["alley"].isna().to_numpy()))


def test_a_value_of_no_training_row_is_zero_in_all_columns() -> None:
    table = house_table()
    features = preprocessing.preparation(table[:-1])(table[-1:])
    assert features.shape == (1, 3 + 3 + 3)  # numbers; Grvl, Pave and no street; a, b and no alley
    assert features[0, 3:6].tolist() == [0, 0, 0]


# Tables


def test_preparation_learns_from_the_training_rows_alone() -> None:
    table = house_table()
    train, test = table[:20], table[20:]
    numbers = preprocessing.preparation(train)(test)[:, :3]
    expected = test[["area", "rooms", "empty"]].fillna(train[["area", "rooms"]].mean()).fillna(0)
    np.testing.assert_allclose(numbers.numpy(), expected.to_numpy("float32"), rtol=1e-6)
    assert train["area"].mean() != table["area"].mean()
    alone = preprocessing.preparation(train)(test[3:4])  # what a row becomes does not hang on its company
    assert torch.equal(alone, preprocessing.preparation(train)(test)[3:4])


def test_preparation_gives_finite_float32_in_the_rows_order() -> None:
    table = house_table()
    X = preprocessing.preparation(table)(table)
    assert (X.dtype, X.shape) == (torch.float32, (30, 10))
    assert X.isfinite().all()
    assert X[:, 1].tolist() == table["rooms"].tolist()


def test_tables_of_numbers_only_of_words_only_and_of_no_rows() -> None:
    table = house_table()
    for columns, width in ((["rooms"], 1), (["alley"], 3)):
        prepare = preprocessing.preparation(table[columns])
        assert prepare(table[columns]).shape == (30, width)
        assert prepare(table[columns][:0]).shape == (0, width)


def test_columns_that_know_missing_integers() -> None:
    table = pandas.DataFrame({"rooms": pandas.array([1, None, 5], dtype="Int64")})
    assert preprocessing.preparation(table)(table).flatten().tolist() == [1, 3, 5]


def test_concise_is_the_same_on_tables_without_empty_columns() -> None:
    table = house_table()[["area", "street", "rooms", "alley"]]
    mine, theirs = preprocessing.preparation(table)(table), preprocessing.concise_preparation(table)
    assert theirs.dtype == torch.float32
    torch.testing.assert_close(mine, theirs, rtol=1e-6, atol=0)


# Files


def test_four_houses_become_a_tensor(tmp_path: Path) -> None:
    path = preprocessing.write_house_tiny(tmp_path / "new" / "data")
    assert path == tmp_path / "new" / "data" / "house_tiny.csv"
    table, y = preprocessing.read_table(path, "Price")
    assert list(table) == ["NumRooms", "Alley"]
    expected = [[3, 1, 0], [2, 0, 1], [4, 0, 1], [3, 0, 1]]
    assert preprocessing.preparation(table)(table).tolist() == expected
    assert preprocessing.concise_preparation(table).tolist() == expected
    assert (y.dtype, y.flatten().tolist()) == (torch.float64, [127500, 106000, 178100, 140000])


def test_the_notes_file_with_blanks_needs_skipinitialspace(tmp_path: Path) -> None:
    path = tmp_path / "house_tiny.csv"
    path.write_text(NOTES)
    as_is = pandas.read_csv(path)
    assert list(as_is) == ["NumRooms", " Alley", " Price"]
    assert as_is[" Alley"].tolist() == [" Pave", " NA", " NA", " NA"]  # none of them is missing
    table, y = preprocessing.read_table(path, "Price")
    assert table["Alley"].isna().tolist() == [False, True, True, True]
    assert y.shape == (4, 1)


def test_the_notes_three_lines_fail_on_words_and_booleans(tmp_path: Path) -> None:
    table, _ = preprocessing.read_table(preprocessing.write_house_tiny(tmp_path), "Price")
    with pytest.raises(TypeError):
        table.fillna(table.mean())  # the mean of words
    filled = table.fillna(table.mean(numeric_only=True))
    dummies = pandas.get_dummies(filled, dummy_na=True)
    assert list(dummies) == ["NumRooms", "Alley_Pave", "Alley_nan"]
    assert dummies["Alley_nan"].dtype == bool
    with pytest.raises(TypeError):
        torch.tensor(dummies.values)  # floats beside booleans are an array of objects
    assert torch.tensor(dummies.to_numpy("float32")).shape == (4, 3)


UNUSABLE = [
    ("", "is empty; a first line with the names of the columns is needed"),
    ("NumRooms,Alley\n2,NA\n", "has no column 'Price'; its columns are NumRooms, Alley"),
    ("NumRooms,Alley,Price\n", "has no rows, only the names of the columns"),
    ("NumRooms,Price\n1,2\n3,NA\n4,dear\n", "2 of 3 rows have no number as Price; drop them first"),
]


@pytest.mark.parametrize(("text", "message"), UNUSABLE)
def test_files_that_cannot_be_used_are_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "houses.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"houses\.csv: " + message):
        preprocessing.read_table(path, "Price")


def test_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"absent\.csv"):
        preprocessing.read_table(tmp_path / "absent.csv", "Price")


def test_tiny_leaves_nothing_behind_unless_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = preprocessing.tiny()
    assert list(tmp_path.iterdir()) == []
    assert result.metrics == {"rows": 4, "columns": 3, "NumRooms of a gap": 3}
    preprocessing.tiny(folder="here")
    assert (tmp_path / "here" / "house_tiny.csv").read_text() == preprocessing.TINY
    (table,) = result.figure.axes[1].tables
    rows = [[table[i, k].get_text().get_text() for k in range(4)] for i in (0, 1)]
    assert rows == [["NumRooms", "Alley_Pave", "Alley_nan", "y"], ["3", "1", "0", "127500"]]
    red = [(i, k) for (i, k), cell in table.get_celld().items() if cell.get_facecolor()[1] < 0.9]
    assert sorted(red) == [(1, 0), (4, 0)]


# Words as mean labels, and the leak


def test_category_means_are_those_of_the_training_rows() -> None:
    train = pandas.DataFrame({"street": ["a", "a", "b", None], "rooms": [1, 2, 3, 4]}, index=[7, 3, 9, 1])
    y = torch.tensor([[1.0], [3.0], [10.0], [6.0]], dtype=torch.float64)
    encode = preprocessing.category_means(train, y)
    table = pandas.DataFrame({"street": ["b", "a", None, "new"], "rooms": [0, 0, 0, 0]})
    assert encode(table).flatten().tolist() == [10, 2, 6, 5]


def test_category_means_by_pandas_groups() -> None:
    table = house_table()
    y = torch.randn(30, 1, dtype=torch.float64)
    mine = preprocessing.category_means(table, y)(table)
    labelled = table.assign(y=y.flatten().numpy())
    groups = [labelled.groupby(name, dropna=False)["y"].transform("mean") for name in ("street", "alley")]
    np.testing.assert_allclose(mine.numpy(), np.stack(groups, axis=1), **EXACT)


def test_loss_is_that_of_ridge_on_rows_that_did_not_train() -> None:
    X, rows = torch.randn(20, 3, dtype=torch.float64), torch.randperm(20)
    y = X @ torch.tensor([[1.0], [-2.0], [0.5]], dtype=torch.float64)
    y[rows[12:]] += 1
    mine = preprocessing.ridge_loss(X, y, rows[:12], rows[12:])
    model = Ridge(0.12).fit(X[rows[:12]].numpy(), y[rows[:12], 0].numpy())
    theirs = ((model.predict(X[rows[12:]].numpy()) - y[rows[12:], 0].numpy()) ** 2).mean()
    assert mine == pytest.approx(float(theirs), rel=1e-10)
    assert 0.8 < mine < 1.2


def test_houses_lose_their_gaps(real_data: object) -> None:
    real_data("kaggle_house")
    table, price = preprocessing.load_houses()
    assert (table.shape, price.shape, float(price[0])) == ((1460, 79), (1460, 1), 208500)
    assert not {"Id", "SalePrice"} & set(table)
    metrics = preprocessing.houses().metrics
    assert metrics == {
        "missing entries": 7829,
        "columns of the table": 79,
        "columns of the tensor": 316,
        "NaN in the tensor": 0,
    }
    mine, theirs = preprocessing.preparation(table)(table), preprocessing.concise_preparation(table)
    torch.testing.assert_close(mine.sum(dim=1), theirs.sum(dim=1), rtol=1e-5, atol=0)


def test_prices_in_words_flatter_the_test_and_means_of_gaps_do_not(real_data: object) -> None:
    real_data("kaggle_house")
    result = preprocessing.leak(num_splits=4)
    # Over 20 splits 15%, with a standard error of 1.6 for their mean; and 0.1%, with one of 0.1.
    assert 5 < result.metrics["words as mean prices: flattered by, percent"] < 30
    assert abs(result.metrics["gaps as means: flattered by, percent"]) < 1.5
    assert 0.03 < result.metrics["gaps as means: test loss"] < 0.1  # that of the mean is 0.16
    for axes, name in zip(result.figure.axes, ("gaps as means", "words as mean prices"), strict=True):
        x, y = (np.asarray(values).mean() for values in axes.lines[1].get_data())
        assert x == pytest.approx(result.metrics[f"{name}: test loss"])
        assert y == pytest.approx(result.metrics[f"{name}: with the leak"])


@pytest.mark.parametrize(
    ("variant", "knobs", "message"),
    [
        ("houses", {"num_train": 0}, r"num_train: must be in 1\.\.1459, .* got 0"),
        ("leak", {"num_train": 1460}, r"num_train: must be in 1\.\.1459, .* got 1460"),
        ("leak", {"num_splits": 0}, "num_splits: must be at least 1, got 0"),
        ("leak", {"seed": -1}, "seed: must be in"),
    ],
)
def test_bad_knobs(real_data: object, variant: str, knobs: dict, message: str) -> None:
    real_data("kaggle_house")
    with pytest.raises(ValueError, match=message):
        getattr(preprocessing, variant)(**knobs)


def test_some_rows_must_be_left_to_test() -> None:
    preprocessing.check_num_train(1, 2)
    with pytest.raises(ValueError, match=r"num_train: must be in 1\.\.1, to leave some to test, got 2"):
        preprocessing.check_num_train(2, 2)


def test_number_and_price_of_a_house_are_no_features() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "houses.csv")
        path.write_text("Id,LotArea,SalePrice\n1,8450,208500\n2,9600,181500\n")
        with mock.patch.object(preprocessing.d2l, "download", {"kaggle_house_train": path}.__getitem__):
            table, price = preprocessing.load_houses()
    assert list(table) == ["LotArea"]
    assert price.tolist() == [[208500], [181500]]


def files(text: str, message: str) -> Callable[[], None]:
    """`test_files_that_cannot_be_used_are_named` without a folder from pytest."""

    def test() -> None:
        with tempfile.TemporaryDirectory() as folder:
            test_files_that_cannot_be_used_are_named(Path(folder), text, message)

    return test


def in_a_folder(test: Callable[[Path], None]) -> Callable[[], None]:
    def run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            test(Path(folder))

    return run


four_houses = in_a_folder(test_four_houses_become_a_tensor)
MUTANTS = [
    Mutant("fill_missing", "train.nanmean", "X.nanmean", test_gaps_become_the_means_of_the_training_rows),
    Mutant("fill_missing", "nanmean(dim=0)", "nan_to_num().mean(dim=0)",
           test_gaps_become_the_means_of_the_training_rows),
    Mutant("fill_missing", "nanmean(dim=0)", "nanmean()", test_gaps_become_the_means_of_the_training_rows),
    Mutant("fill_missing", ".nan_to_num()", "", test_a_column_without_a_number_in_training_becomes_zero),
    Mutant("indicators", " + [table[name].isna()]", "",
           test_every_row_has_one_value_of_a_column_or_its_absence, dies_of=(RuntimeError,)),
    Mutant("indicators", "table[name] == value", "table[name] != value",
           test_indicators_are_those_of_pandas_and_of_scikit_learn),
    Mutant("indicators", "sorted(words[name].dropna().unique())", "list(words[name].dropna().unique())",
           test_indicators_are_those_of_pandas_and_of_scikit_learn),
    Mutant("indicators", "rows.T", "rows.reshape(rows.shape[::-1])",
           test_every_row_has_one_value_of_a_column_or_its_absence),
    Mutant("filled_numbers", "fill_missing(numbers(table), train)",
           "fill_missing(numbers(table), numbers(table))",
           test_preparation_learns_from_the_training_rows_alone),
    Mutant("preparation", "indicators(train_table)", "(lambda table: indicators(table)(table))",
           test_a_value_of_no_training_row_is_zero_in_all_columns),
    Mutant("preparation", ".float()", "", test_preparation_gives_finite_float32_in_the_rows_order),
    Mutant("write_house_tiny", "parents=True, ", "", four_houses, dies_of=(FileNotFoundError,)),
    Mutant("read_table", ", skipinitialspace=True", "",
           in_a_folder(test_the_notes_file_with_blanks_needs_skipinitialspace), dies_of=(ValueError,)),
    Mutant("read_table", "target not in table", "False", files(*UNUSABLE[1]), dies_of=(KeyError,)),
    Mutant("read_table", "table.empty", "False", files(*UNUSABLE[2])),
    Mutant("read_table", "if wrong := int(np.isnan(y).sum()):", "if wrong := 0:", files(*UNUSABLE[3])),
    Mutant("read_table", "table.drop(columns=target)", "table", four_houses),
    Mutant("concise_preparation", "table.mean(", "table.median(",
           test_concise_is_the_same_on_tables_without_empty_columns),
    Mutant("concise_preparation", "dummy_na=True", "dummy_na=False", four_houses),
    Mutant("load_houses", '.drop(columns="Id")', "", test_number_and_price_of_a_house_are_no_features),
    Mutant("check_num_train", "< num_rows", "<= num_rows", test_some_rows_must_be_left_to_test),
    Mutant("category_means", "index=train_table.index", "index=train_table.index[::-1]",
           test_category_means_are_those_of_the_training_rows),
    Mutant("category_means", ".fillna(labels.mean())", ".fillna(0)",
           test_category_means_are_those_of_the_training_rows),
    Mutant("ridge_loss", "X[test]", "X[train]", test_loss_is_that_of_ridge_on_rows_that_did_not_train,
           dies_of=(RuntimeError,)),
    Mutant("ridge_loss", "0.01 * len(train)", "0.01", test_loss_is_that_of_ridge_on_rows_that_did_not_train),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(preprocessing, MUTANTS)
