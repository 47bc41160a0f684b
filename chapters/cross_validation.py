# %% [markdown]
# # Cross-validation (K折交叉验证)
# Where examples are scarce, let every one of them train and validate in turn.
#
# Notes: 004 3.4.2, 003 4.3.
# Run: `python -m chapters.cross_validation [scratch|concise] [--data kaggle_house]`, about 5 s each.
# The `diabetes` data, a linear model with a penalty (ridge) whose strength five folds choose: the test loss,
# half the squared error, is about 1600. Predicting the mean for everybody gives about 3000.

# %%
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

import d2lcore as d2l
from chapters.figures import cross_validation as figures
from chapters.least_squares import ridge
from chapters.logistic_regression import standardizer
from chapters.model_selection import Examples, Predictor, mean_loss
from chapters.preprocessing import filled_numbers, indicators, load_houses
from d2lcore.errors import check_flags

if TYPE_CHECKING:
    import pandas

# %% [markdown]
# ## K folds
# Cut the $n$ training examples into $K$ folds (`k`), parts of consecutive rows; often $K$ is 5 or 10. Each
# fold validates a model that was fitted to the other folds. So every example validates once, and it never
# validates a model that has seen it. With $K = n$ each example is a fold of its own: *leave one out*.


# %%
def k_fold(num_examples: int, k: int, *, shuffle: bool = False) -> list[tuple[Tensor, Tensor]]:
    """(training rows, validation rows) for each of k folds, whose sizes differ by one at most (004 3.4.2).

    shuffle: deal the rows out at random; needed where their order means something, as in a sorted table.
    Raises ValueError unless 2 <= k <= num_examples.
    """
    check_flags(shuffle=shuffle)
    if not 2 <= k <= num_examples:
        raise ValueError(f"k: {num_examples} examples make from 2 to {num_examples} folds, got {k}")
    rows = torch.randperm(num_examples) if shuffle else torch.arange(num_examples)
    folds = rows.tensor_split(k)
    return [(torch.cat([*folds[:i], *folds[i + 1 :]]), folds[i]) for i in range(k)]


# %% [markdown]
# The estimate of the generalisation error is the mean of the $K$ validation losses. The function returns all
# losses in a table; there it is the mean of the column `valid_loss`:
#
# $$\mathrm{CV} = \frac1K \sum_{i=1}^K L_{\text{fold } i}(\text{model fitted without fold } i)$$


# %%
def cross_validate(
    fit: Callable[[Any, Tensor], Predictor], X: Any, y: Tensor, folds: Iterable[tuple[Any, Any]]
) -> "pandas.DataFrame":
    """A table of train_loss and valid_loss, with a row for each fold, counted from 1 (004 3.4.2).

    fit: a function of the training rows (X, y) that gives a predictor. All that is learned from data, scaling
    and choice of features too, must be learned inside it. X: a tensor or data frame of n rows. y: (n, 1).
    folds: those of `k_fold`, or of scikit-learn. Raises ValueError as `check_folds` and `mean_loss` do.
    """
    import pandas

    folds = [(torch.as_tensor(train_rows), torch.as_tensor(valid_rows)) for train_rows, valid_rows in folds]
    check_folds(folds, X, y)
    losses = []
    for train_rows, valid_rows in folds:
        predict = fit(take(X, train_rows), y[train_rows])
        losses.append([mean_loss(predict, take(X, rows), y[rows]) for rows in (train_rows, valid_rows)])
    index = pandas.RangeIndex(1, len(folds) + 1, name="fold")
    return pandas.DataFrame(losses, index, columns=["train_loss", "valid_loss"])


def take(X: Any, rows: Tensor) -> Any:
    """Those rows of a tensor or data frame."""
    return X.iloc[rows.numpy()] if hasattr(X, "iloc") else X[rows]


def check_folds(folds: list[tuple[Tensor, Tensor]], X: Any, y: Tensor) -> None:
    """Raise ValueError unless every row validates exactly once, and in no fold both trains and validates."""
    if len(X) != len(y):
        raise ValueError(f"X, y: {len(X)} examples and {len(y)} labels; give every example one")
    if sorted(row for _, rows in folds for row in rows.tolist()) != list(range(len(y))):
        raise ValueError(f"folds: not every one of the {len(y)} rows validates once; see k_fold({len(y)}, k)")
    for i, (train_rows, valid_rows) in enumerate(folds, start=1):
        if torch.isin(train_rows, valid_rows).any():
            raise ValueError(f"folds: in fold {i}, rows that validate have trained; take them out there")


# %% [markdown]
# ## Real tables
# `diabetes`, inside scikit-learn: ten measurements of 442 patients, and how far the disease went in a year.
# `kaggle_house`: 79 columns about 1,460 sales, with text and gaps, and the price. An error of 10% should
# count the same for a cheap and an expensive house. It changes both logarithms alike: predict the logarithm.


# %%
def load_table(name: str) -> tuple["pandas.DataFrame", Tensor]:
    """The features of `diabetes` or `kaggle_house`, and y (n, 1), float64. ValueError for another name."""
    if name == "diabetes":
        from sklearn.datasets import load_diabetes

        features, target = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
        return features, torch.tensor(target.to_numpy("float64")).reshape(-1, 1)
    if name == "kaggle_house":
        features, price = load_houses()
        return features, price.log()
    raise ValueError(f"data: there is no table {name!r}; choose diabetes or kaggle_house")


# %% [markdown]
# A linear model needs numbers. A gap in a column of numbers becomes the mean of the column; then the column
# is standardised. Text becomes a column of 0 and 1 for each value, where a gap is one more value. The chapter
# `preprocessing` has both. The means, the deviations and the list of values are learned from the rows that
# train, in each fold anew. Taken from all rows they would be a leak: the model would have learned from rows
# that judge it.


# %%
def preparation(train_table: "pandas.DataFrame") -> Callable[["pandas.DataFrame"], Tensor]:
    """A map of tables to features (n, d), float64, learned from `train_table` alone.

    Text that is not in `train_table` is ignored; a column that is constant or empty there becomes 0.
    """
    numbers, zeros_and_ones = filled_numbers(train_table), indicators(train_table)
    scale = standardizer(numbers(train_table))
    return lambda table: torch.cat([scale(numbers(table)), zeros_and_ones(table)], dim=1)


def fit_ridge(table: "pandas.DataFrame", y: Tensor, lambd: float) -> Predictor:
    """Prepare the table and fit ridge on it: a function from tables to y_hat (n, 1)."""
    prepare = preparation(table)
    w, b = ridge(prepare(table), y, lambd)
    return lambda table: prepare(table) @ w + b


# %% [markdown]
# ## From scratch
# How strong should the penalty $\frac{\lambda}{2} \lVert w \rVert^2$ beside the mean loss be? Every $\lambda$
# is cross-validated on the same folds. The one with the lowest mean is fitted to all training examples. Then
# the test examples, which had no part in the choice, say how good it is. The standard error says how far the
# mean of the folds is from certain: their standard deviation over $\sqrt K$ (the bars in the figure, left).


# %%
def scratch(
    *, data: str = "diabetes", num_train: int = 100, k: int = 5, num_lambdas: int = 13, seed: int = 0
) -> d2l.Result:
    """Choose lambda of ridge by cross-validation, with folds and preparation by hand.

    data: diabetes or kaggle_house
    num_train: number of training examples; all others are for the test
    k: number of folds
    num_lambdas: how many values of lambda to try, from 0.0001 to 100
    seed: of the random choice of the training examples
    """
    train, test = train_and_test(data, num_train, seed)
    return chosen_by_folds(fit_ridge, train, test, k_fold(num_train, k), num_lambdas)


def chosen_by_folds(
    fit: Callable[..., Predictor], train: Examples, test: Examples, folds: list, num_lambdas: int
) -> d2l.Result:
    """Cross-validate `fit` for each lambda, fit the best to all training examples, and test it once."""
    lambdas = torch.logspace(-4, 2, num_lambdas, dtype=torch.float64).tolist()
    tables = {lambd: cross_validate(partial(fit, lambd=lambd), *train, folds) for lambd in lambdas}
    best = min(lambdas, key=lambda lambd: tables[lambd]["valid_loss"].mean())
    predict, mean_of_y = fit(*train, best), train[1].mean()
    metrics = {
        "lambd": best,
        **tables[best].mean(),
        "standard error": tables[best]["valid_loss"].sem(),
        "test_loss": mean_loss(predict, *test),
        "test_loss of the mean": mean_loss(lambda X: mean_of_y.expand(len(X), 1), *test),
    }
    figure = figures.draw_choice(tables, best, metrics["test_loss"])
    return d2l.Result(predict, figures={"choice": figure}, metrics={n: float(v) for n, v in metrics.items()})


def train_and_test(data: str, num_train: int, seed: int) -> tuple[Examples, Examples]:
    """`num_train` rows of a table at random, and the others."""
    table, y = load_table(data)
    if not 1 <= num_train < len(y):
        raise ValueError(f"num_train: must be in 1..{len(y) - 1}, to leave some to test, got {num_train}")
    d2l.seed_everything(seed)
    train_rows, test_rows = torch.randperm(len(y)).split([num_train, len(y) - num_train])
    return (take(table, train_rows), y[train_rows]), (take(table, test_rows), y[test_rows])


# %% [markdown]
# ## Concise
# In scikit-learn, `KFold` cuts the folds, and a pipeline ties the preparation to the model, so that both are
# fitted to the same rows. `Ridge` minimises $\lVert y - Xw - b \rVert^2 + \alpha \lVert w \rVert^2$, a sum,
# so $\alpha = n \lambda$, where $n$ is the number of rows it is fitted to. `GridSearchCV` would run the loop
# over the folds too. But it keeps one $\alpha$ for the folds and for all rows, so its $\lambda$ would change.


# %%
def concise(
    *, data: str = "diabetes", num_train: int = 100, k: int = 5, num_lambdas: int = 13, seed: int = 0
) -> d2l.Result:
    """The same choice, with the folds, the preparation and the model of scikit-learn."""
    from sklearn.model_selection import KFold

    train, test = train_and_test(data, num_train, seed)
    folds = list(KFold(k).split(train[1]))
    return chosen_by_folds(fit_pipeline, train, test, folds, num_lambdas)


def fit_pipeline(table: "pandas.DataFrame", y: Tensor, lambd: float) -> Predictor:
    """`fit_ridge` by scikit-learn."""
    from sklearn.compose import make_column_selector, make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    text = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    prepare = make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")),
        (text, make_column_selector(dtype_exclude="number")),
    )
    model = make_pipeline(prepare, Ridge(alpha=len(y) * lambd, solver="svd")).fit(table, y.numpy().ravel())
    return lambda table: torch.tensor(model.predict(table)).reshape(-1, 1)


# %%
if __name__ == "__main__":
    d2l.run_chapter("cross_validation", scratch, concise)
