# %% [markdown]
# # Preprocessing (数据预处理)
# From a table with gaps and words to a tensor of numbers, learned from the training rows alone.
#
# Notes: 003 1.2. Run: `python -m chapters.preprocessing [tiny|houses|leak]`.
# The four rows of `house_tiny.csv` become a tensor of shape (4, 3). Leaked prices flatter a test loss by 15%.

# %%
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pandas
import torch
from jaxtyping import Float
from torch import Tensor

import d2lcore as d2l
from chapters.figures import preprocessing as figures

# %% [markdown]
# ## Gaps
# Many tables have gaps, written NA. One remedy is to fill a gap with the mean of its column: it then says
# nothing about this row. The mean is learned from rows that train, and applied to all rows:
#
# $$x_{ij} \leftarrow m_j \ \text{ where } x_{ij} \text{ is missing} \qquad
# m_j = \text{mean of the } x_{ij} \text{ that are known in training}$$


# %%
def fill_missing(X: Float[Tensor, "n d"], train: Float[Tensor, "m d"]) -> Float[Tensor, "n d"]:
    """X with the mean of its column in `train` for each NaN; 0 if the column is empty there (003 1.2)."""
    mean = train.nanmean(dim=0).nan_to_num()
    return torch.where(X.isnan(), mean, X)


# %% [markdown]
# ## Categories
# A word has no size and no order. So each value that a column takes becomes a column of its own, 1 where the
# row has it and 0 elsewhere; and one more says where the value is missing. That it is missing may tell
# something: a house without an entry for its alley has none. A value that no training row has is 0 in all.


# %%
Table: TypeAlias = pandas.DataFrame
Map: TypeAlias = Callable[[Table], Tensor]  # from n rows to numbers (n, d), float64


def indicators(train_table: Table) -> Map:
    """The map from a table to a 0 or 1 for each value of each column without numbers, and for its absence."""
    words = train_table.select_dtypes(exclude="number")
    values = {name: sorted(words[name].dropna().unique()) for name in words}

    def zeros_and_ones(table: Table) -> Tensor:
        columns = []
        for name, known in values.items():
            columns += [table[name] == value for value in known] + [table[name].isna()]
        rows = np.array(columns, dtype="float64").reshape(len(columns), len(table))
        return torch.tensor(rows.T)

    return zeros_and_ones


# %% [markdown]
# Both together make a tensor of a table. What they learn, means and lists of values, comes from the table
# that they are given first.


# %%
def filled_numbers(train_table: Table) -> Map:
    """The map from a table to its columns of numbers, without gaps."""
    names = list(train_table.select_dtypes("number"))

    def numbers(table: Table) -> Tensor:
        return torch.tensor(table[names].to_numpy("float64", na_value=np.nan))

    train = numbers(train_table)
    return lambda table: fill_missing(numbers(table), train)


def preparation(train_table: Table) -> Map:
    """The map from a table to features (n, d) in float32: numbers first, then indicators."""
    numbers, zeros_and_ones = filled_numbers(train_table), indicators(train_table)
    return lambda table: torch.cat([numbers(table), zeros_and_ones(table)], dim=1).float()


# %% [markdown]
# ## Four houses
# The table of the notes, as a file. A blank after a comma would belong to the value, and `" NA"` is no gap:
# `skipinitialspace` reads such files as they are meant.


# %%
TINY = "NumRooms,Alley,Price\nNA,Pave,127500\n2,NA,106000\n4,NA,178100\nNA,NA,140000\n"


def write_house_tiny(folder: str | Path) -> Path:
    """Write `house_tiny.csv` to the folder, which is made if need be; its path (003 1.2)."""
    path = Path(folder) / "house_tiny.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(TINY, encoding="utf-8")
    return path


def read_table(path: str | Path, target: str) -> tuple[Table, Float[Tensor, "n 1"]]:
    """The features in a csv file, and the column `target` as y (n, 1), float64.

    Raises ValueError if there is no such column, if it has gaps or is no number, or if there are no rows.
    """
    try:
        table = pandas.read_csv(path, skipinitialspace=True)
    except pandas.errors.EmptyDataError as error:
        raise ValueError(f"{path}: is empty; a first line with the names of the columns is needed") from error
    if target not in table:
        raise ValueError(f"{path}: has no column {target!r}; its columns are {', '.join(map(str, table))}")
    if table.empty:
        raise ValueError(f"{path}: has no rows, only the names of the columns")
    y = pandas.to_numeric(table[target], errors="coerce").to_numpy("float64", na_value=np.nan)
    if wrong := int(np.isnan(y).sum()):
        raise ValueError(f"{path}: {wrong} of {len(y)} rows have no number as {target}; drop them first")
    return table.drop(columns=target), torch.tensor(y).reshape(-1, 1)


def tiny(*, folder: str = "") -> d2l.Result:
    """Write, read and convert the four houses of the notes.

    folder: to keep house_tiny.csv in; empty, a temporary one
    """
    with tempfile.TemporaryDirectory() as temporary:
        table, y = read_table(write_house_tiny(folder or temporary), "Price")
    X = preparation(table)(table)
    metrics = {"rows": float(len(X)), "columns": float(X.shape[1]), "NumRooms of a gap": float(X[0, 0])}
    return d2l.Result(figures={"tiny": figures.draw_tiny(table, y, X)}, metrics=metrics)


# %% [markdown]
# ## Concise
# pandas does the same in two lines, for a table that is all there is. The notes fill with `inputs.mean()`,
# which stops at words; and `get_dummies` gives booleans, which beside floats make no tensor until converted.


# %%
def concise_preparation(table: Table) -> Tensor:
    """`preparation(table)(table)` by pandas."""
    filled = table.fillna(table.mean(numeric_only=True))
    return torch.tensor(pandas.get_dummies(filled, dummy_na=True).to_numpy("float32"))


# %% [markdown]
# ## Real houses
# 1,460 sales in Ames, 79 columns, and 7,829 entries are missing. Few of them mean that nobody knows: a house
# without a pool has no quality of its pool. So the indicators say more than the most frequent value would.


# %%
def load_houses() -> tuple[Table, Float[Tensor, "n 1"]]:
    """The 79 features of `kaggle_house`, and prices in dollars."""
    table, price = read_table(d2l.download("kaggle_house_train"), "SalePrice")
    return table.drop(columns="Id"), price


def houses(*, num_train: int = 1000) -> d2l.Result:
    """Prepare the house prices: what is missing, and the shapes before and after.

    num_train: rows that the means and the values are learned from, the first ones
    """
    table, _ = load_houses()
    check_num_train(num_train, len(table))
    X = preparation(table[:num_train])(table)
    metrics = {
        "missing entries": float(table.isna().sum().sum()),
        "columns of the table": float(table.shape[1]),
        "columns of the tensor": float(X.shape[1]),
        "NaN in the tensor": float(X.isnan().sum()),
    }
    return d2l.Result(figures={"missing": figures.draw_missing(table)}, metrics=metrics)


def check_num_train(num_train: int, num_rows: int) -> None:
    """Raise ValueError unless some rows train and some are left."""
    if not 1 <= num_train < num_rows:
        raise ValueError(f"num_train: must be in 1..{num_rows - 1}, to leave some to test, got {num_train}")


# %% [markdown]
# ## The leak
# Rows that test must not take part in the preparation, or the test flatters the model. By how much? That
# depends on what leaks. If the means that fill the gaps are those of all rows, the test loss falls by 0.1%,
# less than its scatter. But take another way with words: each value becomes the mean log price of its houses.
# Learned from all rows, it has the price of every test house in it, and the test loss falls by 15%.


# %%
def category_means(train_table: Table, y: Float[Tensor, "m 1"]) -> Map:
    """The map that replaces each value of a column without numbers by the mean label of its training rows.

    A gap is a value too; one that no training row has becomes the mean of all labels.
    """
    words = list(train_table.select_dtypes(exclude="number"))
    labels = pandas.Series(y.flatten().numpy(), index=train_table.index)
    means = {name: labels.groupby(train_table[name].fillna("")).mean() for name in words}

    def encode(table: Table) -> Tensor:
        columns = [table[name].fillna("").map(means[name]).fillna(labels.mean()) for name in words]
        return torch.tensor(np.array(columns, dtype="float64").reshape(len(words), len(table)).T)

    return encode


def ridge_loss(X: Float[Tensor, "n d"], y: Float[Tensor, "n 1"], train: Tensor, test: Tensor) -> float:
    """The mean squared error on the rows `test` of ridge regression fitted to the rows `train`."""
    from sklearn.linear_model import Ridge

    model = Ridge(alpha=0.01 * len(train)).fit(X[train].numpy(), y[train].flatten().numpy())
    return float((torch.tensor(model.predict(X[test].numpy())) - y[test].flatten()).square().mean())


def leak(*, num_train: int = 100, num_splits: int = 20, seed: int = 0) -> d2l.Result:
    """The test loss if preparation learns from the training rows alone, and from all rows.

    num_train: training examples; all others test
    num_splits: how often the rows are dealt out anew
    seed: of the splits
    """
    table, price = load_houses()
    check_num_train(num_train, len(table))
    d2l.check_counts(num_splits=num_splits)
    y = price.log()
    ways = {"gaps as means": lambda table, y: filled_numbers(table), "words as mean prices": category_means}
    d2l.seed_everything(seed)
    losses: dict[str, list[list[float]]] = {name: [] for name in ways}
    for _ in range(num_splits):
        rows = torch.randperm(len(y))
        train, test = rows[:num_train], rows[num_train:]
        for name, learn in ways.items():
            maps = [learn(table.iloc[seen.numpy()], y[seen]) for seen in (train, rows)]
            losses[name].append([ridge_loss(one(table), y, train, test) for one in maps])
    metrics: dict[str, float] = {}
    for name, each in losses.items():
        honest, leaking = torch.tensor(each).mean(dim=0).tolist()
        metrics |= {f"{name}: test loss": honest, f"{name}: with the leak": leaking}
        metrics[f"{name}: flattered by, percent"] = 100 * (1 - leaking / honest)
    return d2l.Result(figures={"leak": figures.draw_leak(losses)}, metrics=metrics)


# %%
if __name__ == "__main__":
    d2l.run_chapter("preprocessing", tiny, houses, leak)
