# %% [markdown]
# # Model selection (模型选择)
# A model that fits its training examples well may still predict badly: examples held back tell, and choose.
#
# Notes: 004 3.4, 003 4.3.
# Run: `python -m chapters.model_selection [polynomials|scratch|concise|leakage]`, about 5 s each.
# Of 19 polynomials, validation chooses degree 3 or 4; 3 is true. For ridge on `diabetes`, five folds choose
# lambda = 10 for seeds 0-4 (14 of 20 seeds), with test loss 1460-1630; predicting the mean costs 2910-3060.

# %%
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from jaxtyping import Float
from torch import Tensor

import d2lcore as d2l
from chapters.linear_regression import check_column, least_squares, ridge, train

if TYPE_CHECKING:
    import pandas

Part = tuple[Any, Tensor]  # features, a row an example, and y (n, 1)
Predictor = Callable[[Any], Tensor]  # from features to y_hat (n, 1)

# %% [markdown]
# ## Three parts
# The training error is measured on the examples that made the model. The generalisation error is what to
# expect on fresh examples of the same distribution, and only examples held back can estimate it. So chance
# deals them out: the *training* set fits each model, the *validation* set chooses one, and the *test* set is
# used once, on that one. The set that chose is no judge any more: the best of many models on it is in part
# the luckiest.


# %%
def split(num_examples: int, num_valid: int, num_test: int) -> tuple[Tensor, Tensor, Tensor]:
    """Rows of the training, validation and test set: each row in one of them, in random order (004 3.4.2).

    num_valid: 0 where cross-validation takes its place. Raises ValueError if nothing is left to train on, or
    to test.
    """
    d2l.check_counts(num_examples=num_examples, num_test=num_test)
    if num_valid != 0:
        d2l.check_counts(num_valid=num_valid)
    num_train = num_examples - num_valid - num_test
    if num_train < 1:
        raise ValueError(
            f"num_valid, num_test: {num_valid} + {num_test} of {num_examples} examples leave none to train on"
        )
    train_rows, valid_rows, test_rows = torch.randperm(num_examples).split([num_train, num_valid, num_test])
    return train_rows, valid_rows, test_rows


def mean_loss(predict: Predictor, X: Any, y: Tensor) -> float:
    """The mean of (y_hat - y)^2 / 2. Raises ValueError unless y has the shape of predict(X), (n, 1)."""
    y_hat = predict(X)
    check_column(y, y_hat)
    return float(d2l.squared_loss(y_hat, y).mean())


# %% [markdown]
# ## Capacity
# $y = 5 + 1.2\, x - 3.4\, x^2/2! + 5.6\, x^3/3! + N(0, 0.1^2)$, with $x$ uniform in $[-2, 2]$. A polynomial
# of degree $d$ is a linear model of the features $x^i / i!$ for $i = 1$ to $d$. Made from one another, none
# of them overflows on its way:
#
# $$\frac{x^i}{i!} = \frac{x}{1} \cdot \frac{x}{2} \cdots \frac{x}{i}$$


# %%
def polynomial_features(x: Float[Tensor, "..."], degree: int) -> Float[Tensor, "n degree"]:
    """x^i / i! for i = 1 to degree, a column each.

    x: one number an example, (n,) or (n, 1). Raises ValueError for more, or a degree below 1.
    """
    d2l.check_counts(degree=degree)
    if x.dim() == 0 or x.numel() != len(x):
        raise ValueError(f"x: expected one number an example, shape (n,) or (n, 1), got {tuple(x.shape)}")
    i = torch.arange(1, degree + 1, dtype=x.dtype, device=x.device)
    return (x.reshape(-1, 1) / i).cumprod(dim=1)


def cubic_data(num_examples: int, noise: float = 0.1) -> tuple[Tensor, Tensor]:
    """x (n, 1) and y (n, 1) of the polynomial above, float64."""
    x = 4 * torch.rand(num_examples, 1, dtype=torch.float64) - 2
    w = torch.tensor([[1.2], [-3.4], [5.6]], dtype=torch.float64)
    return x, polynomial_features(x, 3) @ w + 5 + noise * torch.randn_like(x)


# %% [markdown]
# Powers of $x$ resemble one another: the condition number of 19 of them, standardised, is about $10^7$, its
# square rules descent, and SGD would take longer than anybody waits. After a few hundred epochs degree 19
# would look harmless, being hardly trained. So write the centred features as $Q R$, the columns of $Q$
# orthonormal and $R$ triangular:
#
# $$\sqrt n\, Q = \sqrt n\, (X - \bar x)\, R^{-1}$$
#
# has mean 0, variance 1 and no correlation, makes the same polynomials, and SGD is soon through. Whatever is
# learned from data, $\bar x$ and $R$ here, is learned from the training set alone.


# %%
def decorrelation(X: Float[Tensor, "n d"]) -> Callable[[Tensor], Tensor]:
    """A linear map of features (m, d) to features that have mean 0, variance 1 and no correlation on X.

    Raises ValueError unless X has more than d rows and its columns, centred, are linearly independent.
    """
    n, mean = len(X), X.mean(dim=0)
    _, R = torch.linalg.qr(X - mean)
    smallest = n * torch.finfo(X.dtype).eps * (X - mean).norm(dim=0)
    if n <= X.shape[1] or (R.diagonal().abs() <= smallest).any():
        raise ValueError(
            f"X: {n} examples do not tell its {X.shape[1]} features apart; take more examples, fewer "
            "features, or float64"
        )
    return lambda X: n**0.5 * torch.linalg.solve_triangular(R, X - mean, upper=True, left=False)


def fit_polynomial(x: Tensor, y: Tensor, degree: int) -> Predictor:
    """The polynomial of least squares: a function from x to y_hat (n, 1)."""
    X = polynomial_features(x, degree)
    change = decorrelation(X)
    w, b = least_squares(change(X), y)
    return lambda x: d2l.linreg(change(polynomial_features(x, degree)), w, b)


def descend(
    degree: int, train_data: Part, test_data: Part, lr: float, num_epochs: int, batch_size: int, device: Any
) -> d2l.History:
    """Fit a polynomial by minibatch SGD, from 0; the training and test loss of every epoch."""
    X, X_test = (polynomial_features(x, degree) for x in (train_data[0], test_data[0]))
    change = decorrelation(X)
    options = {"dtype": torch.float32, "device": device}
    train_iter = d2l.load_array((change(X), train_data[1]), batch_size, **options)
    test_iter = d2l.load_array((change(X_test), test_data[1]), 100, is_train=False, **options)
    w = torch.zeros(degree, 1, device=device, requires_grad=True)
    b = torch.zeros(1, device=device, requires_grad=True)

    def net(X: Tensor) -> Tensor:
        return d2l.linreg(X, w, b)

    def updater(batch_size: int) -> None:
        d2l.sgd([w, b], lr, batch_size)

    return train(net, train_iter, d2l.squared_loss, num_epochs, updater, lr=lr, test_iter=test_iter)


# %% [markdown]
# Degree 1 underfits: both losses stay high. Degree 3 ends at the noise, $0.1^2 / 2 = 0.005$, in both. Degree
# 19 overfits: the training loss falls below the noise, the test loss rises, because of the ends of the range
# above all. Sixty training examples show it well; with `--num-train 1000` hardly anything of it is left.


# %%
def polynomials(
    *,
    num_train: int = 60,
    lr: float = 0.05,
    num_epochs: int = 200,
    batch_size: int = 10,
    device: str = "auto",
    seed: int = 0,
) -> d2l.Result:
    """Polynomials of degree 1, 3 and 19 by SGD, and of every degree by least squares.

    num_train: training examples, 20 or more for the polynomials; others validate and test
    lr: learning rate of SGD
    num_epochs: passes over the training examples
    batch_size: examples in a minibatch
    device: auto, cpu, cuda, cuda:N or mps
    seed: of the data, their parts and the order of the examples
    """
    if num_train < 20:
        raise ValueError(f"num_train: degree 19 needs at least 20 training examples, got {num_train}")
    where = d2l.get_device(device)
    d2l.seed_everything(seed)
    x, y = cubic_data(num_train + 200)
    train_data, valid_data, test_data = ((x[rows], y[rows]) for rows in split(len(x), 100, 100))
    fits = {degree: fit_polynomial(*train_data, degree) for degree in range(1, 20)}
    losses = {
        name: [mean_loss(fit, *part) for fit in fits.values()]
        for name, part in (("train", train_data), ("validation", valid_data))
    }
    chosen = 1 + losses["validation"].index(min(losses["validation"]))
    histories = {
        degree: descend(degree, train_data, test_data, lr, num_epochs, batch_size, where)
        for degree in (1, 3, 19)
    }
    metrics = {
        f"{name}, degree {degree}": history[-1][name]
        for degree, history in histories.items()
        for name in ("train_loss", "test_loss")
    }
    metrics |= {"chosen degree": float(chosen), "test_loss, chosen": mean_loss(fits[chosen], *test_data)}
    figures = {"training": draw_training(histories), "fits": draw_fits(fits, train_data, losses, chosen)}
    return d2l.Result(figures=figures, metrics=metrics)


def draw_training(histories: dict[int, d2l.History]) -> Any:
    """The losses of SGD over the epochs, a panel for each degree."""
    figure, places = d2l.plt.subplots(1, 3, figsize=(9, 3.2), sharey=True, layout="constrained")
    verdicts = ("underfits", "fits", "overfits")
    for (degree, history), verdict, place in zip(histories.items(), verdicts, places, strict=True):
        d2l.plot(history["epoch"], [history["train_loss"], history["test_loss"]], "epoch", "loss",
                 ["train", "test"], yscale="log", axes=place)  # fmt: skip
        place.set_title(f"degree {degree} {verdict}", fontsize="medium")
        place.label_outer()
    return figure


def draw_fits(fits: dict[int, Predictor], data: Part, losses: dict[str, list[float]], chosen: int) -> Any:
    """Three fits through the training examples, and the losses over the degree."""
    figure, (left, right) = d2l.plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
    left.plot(*data, "k.", label="training examples")
    x = torch.linspace(-2, 2, 401, dtype=torch.float64)
    for degree, style in ((1, "g-."), (3, "C0-"), (19, "r-")):
        left.plot(x, fits[degree](x), style, label=f"degree {degree}")
    low, high = float(data[1].min()), float(data[1].max())
    d2l.set_axes(left, "x", "y", ylim=(low - 0.3 * (high - low), high + 0.3 * (high - low)))
    left.legend()
    d2l.plot(list(fits), list(losses.values()), "degree", "loss of the exact fit", list(losses), yscale="log",
             fmts=["C0o-", "ms--"], axes=right)  # fmt: skip
    right.axvline(chosen, color="k", linestyle=":")
    right.set_xticks(range(1, 20, 2))
    right.set_title(f"validation chooses degree {chosen}", fontsize="medium")
    return figure


# %% [markdown]
# ## K-fold cross-validation
# Where examples are scarce, a validation set of their own costs too many. So the training examples are cut
# into $K$ folds, often 5 or 10. Each fold validates a model that was fitted to the other $K - 1$, and the $K$
# losses are averaged: every example validates once, and no model that has seen it. The folds here are
# consecutive rows; shuffle first where the order says something, in a sorted table for one.


# %%
def k_fold(num_examples: int, k: int, *, shuffle: bool = False) -> list[tuple[Tensor, Tensor]]:
    """(training rows, validation rows) for each of k folds, whose sizes differ by one at most (004 3.4.2).

    Every row validates in one fold, and trains in the others. Raises ValueError as `check_k` does.
    """
    d2l.check_counts(num_examples=num_examples)
    check_k(k, num_examples)
    rows = torch.randperm(num_examples) if shuffle else torch.arange(num_examples)
    parts = rows.tensor_split(k)
    return [(torch.cat([*parts[:i], *parts[i + 1 :]]), part) for i, part in enumerate(parts)]


def check_k(k: int, num_examples: int) -> None:
    """Raise ValueError unless 2 <= k <= num_examples."""
    if not 2 <= k <= num_examples:
        raise ValueError(f"k: {num_examples} examples make from 2 to {num_examples} folds, got {k}")
    d2l.check_counts(k=k)


def cross_validate(
    fit: Callable[[Any, Tensor], Predictor], X: Any, y: Tensor, folds: Iterable[tuple[Any, Any]]
) -> "pandas.DataFrame":
    """A table of train_loss and valid_loss, with a row for each fold and a last row "mean" (004 3.4.2).

    fit: from (X, y) of the rows that train to a predictor. *All* that is learned from data must be learned in
    there, the scaling of features and their choice too. X: a tensor or data frame of n rows. y: (n, 1).
    folds: those of `k_fold`, or of scikit-learn. Raises ValueError as `check_folds` and `mean_loss` do.
    """
    parts = [(torch.as_tensor(train_rows), torch.as_tensor(valid_rows)) for train_rows, valid_rows in folds]
    check_folds(parts, X, y)
    losses: dict[str, list[float]] = {"train_loss": [], "valid_loss": []}
    for train_rows, valid_rows in parts:
        predict = fit(take(X, train_rows), y[train_rows])
        for name, rows in (("train_loss", train_rows), ("valid_loss", valid_rows)):
            losses[name].append(mean_loss(predict, take(X, rows), y[rows]))
    return with_mean(losses)


def with_mean(losses: dict[str, list[float]]) -> "pandas.DataFrame":
    """The losses of each fold, counted from 1, and below them the row "mean"."""
    import pandas

    folds = range(1, len(losses["valid_loss"]) + 1)
    columns = {name: [*values, sum(values) / len(values)] for name, values in losses.items()}
    return pandas.DataFrame(columns, index=pandas.Index([*folds, "mean"], name="fold"))


def take(X: Any, rows: Tensor) -> Any:
    """Those rows of a tensor or data frame."""
    return X.iloc[rows.numpy()] if hasattr(X, "iloc") else X[rows]


def check_folds(folds: list[tuple[Tensor, Tensor]], X: Any, y: Tensor) -> None:
    """Raise ValueError unless every row of X and y validates once, and never a model it has trained."""
    n = len(y)
    if len(X) != n:
        raise ValueError(f"X, y: {len(X)} examples and {n} labels; give every example one")
    if sorted(row for _, rows in folds for row in rows.tolist()) != list(range(n)):
        raise ValueError(
            f"folds: not every one of the {n} rows validates once; make them with k_fold({n}, k)"
        )
    for i, (train_rows, valid_rows) in enumerate(folds, start=1):
        if torch.isin(train_rows, valid_rows).any():
            raise ValueError(f"folds: in fold {i}, rows that validate have trained; leave them out there")


# %% [markdown]
# ## Real tables
# `diabetes`, inside scikit-learn: ten measurements of 442 patients, and how far the disease went in a year.
# `kaggle_house`: 79 columns about 1,460 sales, text and gaps among them, and the price. What counts is the
# ratio by which a price is missed, so its logarithm is predicted.
#
# Numbers are standardised, $(x - \mu) / \sigma$, and a gap becomes 0, which is the mean. Text becomes a
# column of 0 and 1 for each value, a gap being one more value. The trap: $\mu$, $\sigma$ and the list of
# values must come from the rows that train. Taken from all rows, they tell the model about its judges. That
# is *leakage*.


# %%
def load_table(name: str) -> tuple["pandas.DataFrame", Tensor]:
    """The features of `diabetes` or `kaggle_house`, and y (n, 1), float64. ValueError for another name."""
    import pandas

    if name == "diabetes":
        from sklearn.datasets import load_diabetes

        features, target = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
        return features, torch.tensor(target.to_numpy("float64")).reshape(-1, 1)
    if name == "kaggle_house":
        table = pandas.read_csv(d2l.download("kaggle_house_train"))
        price = torch.tensor(table["SalePrice"].to_numpy("float64")).reshape(-1, 1)
        return table.drop(columns=["Id", "SalePrice"]), price.log()
    raise ValueError(f"data: there is no table {name!r}; choose diabetes or kaggle_house")


def preparation(train_table: "pandas.DataFrame") -> Callable[["pandas.DataFrame"], Tensor]:
    """A map of tables to features (n, d), float64, learned from `train_table` alone.

    A value of text that `train_table` has not is ignored; a column that is constant there becomes 0.
    """
    import pandas

    numbers = train_table.select_dtypes("number")
    text = list(train_table.columns.difference(numbers.columns))
    mean, std = numbers.mean(), numbers.std(ddof=0).where(numbers.nunique() > 1, 1)

    def encode(table: "pandas.DataFrame") -> "pandas.DataFrame":
        standard = ((table[mean.index] - mean) / std).fillna(0)
        return pandas.get_dummies(standard.join(table[text]), columns=text, dummy_na=True)

    columns = encode(train_table).columns

    def prepare(table: "pandas.DataFrame") -> Tensor:
        return torch.tensor(encode(table).reindex(columns=columns, fill_value=0).to_numpy("float64"))

    return prepare


def fit_ridge(table: "pandas.DataFrame", y: Tensor, lambd: float) -> Predictor:
    """Prepare and fit, on these rows alone: a function from tables to y_hat (n, 1)."""
    prepare = preparation(table)
    w, b = ridge(prepare(table), y, lambd)
    return lambda table: d2l.linreg(prepare(table), w, b)


# %% [markdown]
# ## From scratch
# How strong should a penalty $\lambda \lVert w \rVert^2$ be? The training loss always votes for none. So
# every $\lambda$ is cross-validated on the same folds, the one of the lowest mean is fitted to all training
# examples, and then the test examples, which had no part in this, say how good it is.


# %%
def scratch(
    *, data: str = "diabetes", num_train: int = 100, k: int = 5, num_lambdas: int = 13, seed: int = 0
) -> d2l.Result:
    """Choose lambda of ridge by cross-validation, with folds and preparation by hand.

    data: diabetes or kaggle_house
    k: folds
    num_lambdas: values of lambda from 0.01 to 10000
    """
    train_data, test_data = train_and_test(data, num_train, seed)
    folds = k_fold(num_train, k)
    tables = {
        lambd: cross_validate(partial(fit_ridge, lambd=lambd), *train_data, folds)
        for lambd in lambdas(num_lambdas)
    }
    best = min(tables, key=lambda lambd: tables[lambd].loc["mean", "valid_loss"])
    return report(tables, best, fit_ridge(*train_data, best), train_data, test_data)


def train_and_test(data: str, num_train: int, seed: int) -> tuple[Part, Part]:
    """`num_train` rows of a table at random, and the others. Raises ValueError if there are none."""
    table, y = load_table(data)
    if not 1 <= num_train < len(y):
        raise ValueError(f"num_train: must be in 1..{len(y) - 1}, to leave some to test, got {num_train}")
    d2l.seed_everything(seed)
    train_rows, _, test_rows = split(len(y), 0, len(y) - num_train)
    return (take(table, train_rows), y[train_rows]), (take(table, test_rows), y[test_rows])


def lambdas(num_lambdas: int) -> list[float]:
    """`num_lambdas` values from 0.01 to 10000, evenly spaced on a log axis."""
    d2l.check_counts(num_lambdas=num_lambdas)
    return torch.logspace(-2, 4, num_lambdas, dtype=torch.float64).tolist()


def report(
    tables: dict[float, "pandas.DataFrame"],
    best: float,
    predict: Predictor,
    train_data: Part,
    test_data: Part,
) -> d2l.Result:
    """The losses of the chosen lambda, that of predicting the mean, and the curve over lambda."""
    mean_of_y = train_data[1].mean()
    metrics = {
        "lambd": best,
        **tables[best].loc["mean"],
        "standard error": tables[best]["valid_loss"].drop("mean").sem(),
        "test_loss": mean_loss(predict, *test_data),
        "test_loss of the mean": mean_loss(lambda X: mean_of_y.expand(len(X), 1), *test_data),
    }
    figure = draw_choice(tables, best, metrics["test_loss"])
    return d2l.Result(predict, figures={"choice": figure}, metrics={n: float(v) for n, v in metrics.items()})


def draw_choice(tables: dict[float, "pandas.DataFrame"], best: float, test_loss: float) -> Any:
    """The cross-validated losses over lambda, with standard errors, and those of the folds at the best."""
    figure, (left, right) = d2l.plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
    means = {name: [table.loc["mean", name] for table in tables.values()] for name in tables[best]}
    errors = [table["valid_loss"].drop("mean").sem() for table in tables.values()]
    left.plot(list(tables), means["train_loss"], "C0o-", label="train")
    left.errorbar(list(tables), means["valid_loss"], errors, fmt="ms--", capsize=3, label="validation")
    left.plot(best, test_loss, "k*", markersize=11, label="test", zorder=3)
    d2l.set_axes(left, "lambda", "loss, mean of the folds", xscale="log")
    left.set_title(f"lambda = {best:.3g} is chosen", fontsize="medium")
    folds = tables[best].drop(index="mean")
    for name, label, style in (("train_loss", "train", "C0o"), ("valid_loss", "validation", "ms")):
        right.plot(folds.index.astype(int), folds[name], style, label=label)
        right.axhline(folds[name].mean(), color=style[:-1], linestyle=":")
    d2l.set_axes(right, "fold", "loss at this lambda")
    right.set_xticks(folds.index.astype(int))
    for place in (left, right):
        place.set_ylim(bottom=0)
        place.legend()
    return figure


# %% [markdown]
# ## Concise
# In scikit-learn, a pipeline ties the preparation to the model, so that each fold fits both to the rows that
# train. `GridSearchCV` does the rest. Its `Ridge` calls $2 \lambda$ alpha, and its squared error has no 1/2.


# %%
def concise(
    *, data: str = "diabetes", num_train: int = 100, k: int = 5, num_lambdas: int = 13, seed: int = 0
) -> d2l.Result:
    """The same choice by scikit-learn, on the same folds."""
    from sklearn.compose import make_column_selector, make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import GridSearchCV, KFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    (X, y), test_data = train_and_test(data, num_train, seed)
    check_k(k, num_train)
    numbers = make_pipeline(StandardScaler(), SimpleImputer(strategy="constant", fill_value=0))
    text = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    prepare = make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")),
        (text, make_column_selector(dtype_exclude="number")),
    )
    search = GridSearchCV(
        make_pipeline(prepare, Ridge(solver="svd")),
        {"ridge__alpha": [2 * lambd for lambd in lambdas(num_lambdas)]},
        cv=KFold(k),
        scoring="neg_mean_squared_error",
        return_train_score=True,
    ).fit(X, y.numpy().ravel())

    def losses(part: str, i: int) -> list[float]:
        return [-search.cv_results_[f"split{fold}_{part}_score"][i] / 2 for fold in range(k)]

    tables = {
        lambd: with_mean({"train_loss": losses("train", i), "valid_loss": losses("test", i)})
        for i, lambd in enumerate(lambdas(num_lambdas))
    }
    best = search.best_params_["ridge__alpha"] / 2
    return report(tables, best, lambda X: torch.tensor(search.predict(X)).reshape(-1, 1), (X, y), test_data)


# %% [markdown]
# ## Leakage
# How bad can it be? Take noise: 50 examples of 1,000 features, and a $y$ that depends on none. Keep the ten
# features that correlate best with $y$, fit them by least squares, and cross-validate. If all examples have
# had a say in which ten, those that validate among them, the loss is 0.18 to 0.36 (seeds 0-4). Fresh examples
# show 0.61 to 0.65: worse than predicting the mean of $y$, 0.5. Folds that choose features of their own are
# right on average, and scatter widely.


# %%
def strongest(X: Float[Tensor, "n d"], y: Float[Tensor, "n 1"], num_kept: int) -> Tensor:
    """The columns of X that correlate best with y, up to sign: `num_kept` of them, the strongest first."""
    d2l.check_counts(num_kept=num_kept)
    if num_kept > X.shape[1]:
        raise ValueError(f"num_kept: X has only {X.shape[1]} features, got {num_kept}")
    centred = X - X.mean(dim=0)
    norm = centred.norm(dim=0)
    pull = (centred.T @ (y - y.mean())).flatten() / torch.where(norm > 0, norm, 1)
    return pull.abs().topk(num_kept).indices  # the correlations, times the norm of y


def fit_strongest(X: Tensor, y: Tensor, num_kept: int) -> Predictor:
    """Choose the features and fit them by least squares, on these examples alone."""
    kept = strongest(X, y, num_kept)
    w, b = least_squares(X[:, kept], y)
    return lambda X: d2l.linreg(X[:, kept], w, b)


def leakage(
    *, num_examples: int = 50, num_features: int = 1000, num_kept: int = 10, k: int = 5, seed: int = 0
) -> d2l.Result:
    """Choose features of pure noise before cross-validation or inside it, and compare with fresh examples.

    num_examples: examples, all noise
    num_features: features of an example
    num_kept: features that a model keeps
    """
    d2l.check_counts(num_examples=num_examples, num_features=num_features)
    d2l.seed_everything(seed)
    X, X_fresh = torch.randn(num_examples + 1000, num_features).double().split([num_examples, 1000])
    y, y_fresh = torch.randn(num_examples + 1000, 1).double().split([num_examples, 1000])
    fit, folds = partial(fit_strongest, num_kept=num_kept), k_fold(num_examples, k)
    tables = {
        "chosen from\nall examples": cross_validate(fit, X[:, strongest(X, y, num_kept)], y, folds),
        "chosen in\neach fold": cross_validate(fit, X, y, folds),
    }
    losses = {name: table.loc["mean", "valid_loss"] for name, table in tables.items()}
    errors = [table["valid_loss"].drop("mean").sem() for table in tables.values()]
    losses["fresh\nexamples"] = mean_loss(fit(X, y), X_fresh, y_fresh)
    of_mean = mean_loss(lambda X: y.mean().expand(len(X), 1), X_fresh, y_fresh)
    figure, axes = d2l.plt.subplots(figsize=(5.5, 3.4), layout="constrained")
    axes.bar(list(losses), list(losses.values()), color=["C3", "C0", "0.5"])
    axes.errorbar([0, 1], list(losses.values())[:2], errors, fmt="none", ecolor="k", capsize=4)
    axes.axhline(of_mean, color="k", linestyle=":", label="predicting the mean of y")
    axes.set_ylabel("loss")
    axes.legend()
    metrics = {name.replace("\n", " "): float(loss) for name, loss in losses.items()}
    return d2l.Result(figures={"leakage": figure}, metrics={**metrics, "mean of y": of_mean})


# %%
if __name__ == "__main__":
    d2l.run_chapter("model_selection", polynomials, scratch, concise, leakage)
