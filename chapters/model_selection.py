# %% [markdown]
# # Model selection (模型选择)
# A model that fits its training examples well may still predict badly. So keep some examples aside: they tell
# you which model is best.
#
# Notes: 004 3.4, 003 4.3. Run: `python -m chapters.model_selection [validation|polynomials|leakage]`.
# Polynomials of degree 1 to 19 compete for data of degree 3. With seed 0 the chosen one has a test loss of
# 0.0058, little more than the 0.005 of the noise alone.

# %%
from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

import d2lcore as d2l
from chapters.figures import model_selection as figures
from chapters.least_squares import least_squares
from chapters.logistic_regression import standardizer

# %% [markdown]
# ## Three sets
# Deal the examples at random to three sets. Every model is fitted to the *training* set. The *validation* set
# chooses one of them. The *test* set is used once, on the chosen one. Why a third set? The best of many
# models on the validation set is partly the luckiest there, so its loss on that set is too good to be true.


# %%
def train_valid_test_rows(num_examples: int, num_valid: int, num_test: int) -> tuple[Tensor, ...]:
    """The rows of the training, validation and test set, dealt out at random (004 3.4.2)."""
    num_train = num_examples - num_valid - num_test
    return torch.randperm(num_examples).split([num_train, num_valid, num_test])


# %% [markdown]
# On each set we measure the same loss, $\frac{1}{2n} \sum_i (\hat y_i - y_i)^2$. On the training set it is
# the training error. On the others it estimates the generalisation error: the expected loss on fresh examples
# of the same distribution. The model with the lowest loss on the validation set is our choice.

# %%
Examples = tuple[Any, Tensor]  # features of n examples, and y (n, 1)
Predictor = Callable[[Any], Tensor]  # from the features of n examples to y_hat (n, 1)


def mean_loss(predict: Predictor, X: Any, y: Float[Tensor, "..."]) -> float:
    """The mean of (y_hat - y)^2 / 2; raises ValueError unless y has the shape of predict(X), (n, 1)."""
    y_hat = predict(X)
    if y.shape != y_hat.shape:
        raise d2l.guards.would_broadcast(y, y_hat)
    return float(((y_hat - y) ** 2 / 2).mean())


def best_model(models: dict[int, Predictor], valid: Examples) -> int:
    """The key of the model whose loss on the validation examples is lowest."""
    return min(models, key=lambda key: mean_loss(models[key], *valid))


# %% [markdown]
# ## Models of growing capacity
# The capacity of a model says how many different curves it can follow. Here is an experiment. The data: $x$
# is uniform in $[-2, 2]$, and
#
# $$y = 5 + 1.2\, x - 3.4\, \frac{x^2}{2!} + 5.6\, \frac{x^3}{3!} + N(0, 0.1^2)$$
#
# The last term is noise of standard deviation 0.1. A polynomial of degree $d$ is a linear model of the
# features $x^i / i!$ for $i = 1$ to $d$. Each feature is the one before times $x / i$: so no power and no
# factorial gets too large for a float. The data are float64, because high powers need many digits.


# %%
def polynomial_features(x: Float[Tensor, "..."], degree: int) -> Float[Tensor, "n degree"]:
    """x^i / i! for i = 1 to degree, a column each. x: one number an example, (n,) or (n, 1)."""
    i = torch.arange(1, degree + 1, dtype=x.dtype, device=x.device)
    return (x.reshape(len(x), 1) / i).cumprod(dim=1)


def cubic_data(num_examples: int, noise: float = 0.1) -> tuple[Tensor, Tensor]:
    """x (n, 1) and y (n, 1) of the polynomial above, float64."""
    x = 4 * torch.rand(num_examples, 1, dtype=torch.float64) - 2
    w = torch.tensor([[1.2], [-3.4], [5.6]], dtype=torch.float64)
    return x, polynomial_features(x, 3) @ w + 5 + noise * torch.randn_like(x)


# %% [markdown]
# ## Fit on the training set alone
# The features of a polynomial have very different sizes. They are easier to fit when each is standardised:
# minus its mean $\mu$, over its standard deviation $\sigma$. `standardizer`, of logistic regression, gives a
# function that does this. $\mu$ and $\sigma$ are learned from data, so they are part of the model, and must
# come from the training set. The test examples are then changed by the *same* $\mu$ and $\sigma$.


# %%
def fit_polynomial(x: Tensor, y: Tensor, degree: int) -> Predictor:
    """The polynomial of least squares: a function from x to y_hat (n, 1)."""
    X = polynomial_features(x, degree)
    scale = standardizer(X)
    w, b = least_squares(scale(X), y)
    return lambda x: scale(polynomial_features(x, degree)) @ w + b


# %% [markdown]
# ## Let the validation set choose
# The training loss falls with every degree: chosen by it, the highest would always win. The validation loss
# falls, stays low for a while, and rises.


# %%
def cubic_parts(num_train: int, seed: int) -> tuple[Examples, Examples, Examples]:
    """Training, validation and test examples of `cubic_data`: `num_train`, 100 and 100."""
    d2l.seed_everything(seed)
    x, y = cubic_data(num_train + 200)
    train, valid, test = ((x[rows], y[rows]) for rows in train_valid_test_rows(len(x), 100, 100))
    return train, valid, test


def validation(*, num_train: int = 60, seed: int = 0) -> d2l.Result:
    """Fit polynomials of degree 1 to 19 by least squares; choose one by its validation loss.

    num_train: training examples, 30 or more; 100 others are for validation and 100 for the test
    """
    train, valid, test = cubic_parts(num_train, seed)
    fitted = {degree: fit_polynomial(*train, degree) for degree in range(1, 20)}
    chosen = best_model(fitted, valid)
    train_losses = [mean_loss(predict, *train) for predict in fitted.values()]
    valid_losses = [mean_loss(predict, *valid) for predict in fitted.values()]
    metrics = {"chosen degree": float(chosen), "test_loss, chosen": mean_loss(fitted[chosen], *test)}
    x = torch.linspace(-2, 2, 401, dtype=torch.float64)
    curves = {degree: fitted[degree](x) for degree in (1, 3, 19)}
    figure = figures.draw_choice(train, x, curves, train_losses, valid_losses, chosen)
    return d2l.Result(fitted[chosen], figures={"fits": figure}, metrics=metrics)


# %% [markdown]
# ## Underfitting and overfitting while SGD trains
# Degree 1 underfits: both losses stay high. Degree 3 ends at the noise, $0.1^2 / 2 = 0.005$, in both. Degree
# 19 overfits: the training loss falls below the noise, and the test loss stays far above. With
# `--num-train 1000` there is hardly any overfitting left: more examples are the best cure.
#
# A trap: powers of $x$ are strongly correlated. So SGD takes very long to fit degree 19, and until then
# degree 19 looks harmless. Remove the correlation first. Write the standardised training features as
# $X = Q R$, where $Q$ has orthonormal columns and $R$ is triangular (`torch.linalg.qr`). Then $X R^{-1}$ is
# $Q$ (`solve_triangular`), and the columns of $\sqrt n\, Q$ have mean 0, variance 1 and no correlation. The
# test features are multiplied by the same $R^{-1}$. The polynomials stay the same, and SGD needs few epochs.


# %%
def decorrelator(X: Float[Tensor, "n d"]) -> Callable[[Tensor], Tensor]:
    """The linear map to features of mean 0, variance 1 and no correlation on the rows of X.

    Raises ValueError unless n > d and no column of X follows from the others and a constant.
    """
    scale, n = standardizer(X), len(X)
    _, R = torch.linalg.qr(scale(X))
    if n <= X.shape[1] or R.diagonal().abs().min() <= n**1.5 * torch.finfo(X.dtype).eps:
        raise ValueError(f"X: {n} examples do not tell its {X.shape[1]} features apart; take more examples")
    return lambda X: n**0.5 * torch.linalg.solve_triangular(R, scale(X), upper=True, left=False)


def train_polynomial(
    degree: int, train: Examples, test: Examples, lr: float, num_epochs: int, batch_size: int, device: Any
) -> d2l.History:
    """The training and test loss of every epoch of minibatch SGD, from w = 0."""
    decorrelate = decorrelator(polynomial_features(train[0], degree))
    (X, y), (X_test, y_test) = ((decorrelate(polynomial_features(x, degree)), y) for x, y in (train, test))
    options = {"dtype": torch.float32, "device": device}
    train_iter = d2l.load_array((X, y), batch_size, **options)
    test_iter = d2l.load_array((X_test, y_test), len(y_test), is_train=False, **options)
    w = torch.zeros(degree, 1, device=device, requires_grad=True)
    b = torch.zeros(1, device=device, requires_grad=True)
    updater, loss = torch.optim.SGD([w, b], lr=lr), d2l.squared_loss
    return d2l.train_regression(
        lambda X: X @ w + b, train_iter, loss, num_epochs, updater, test_iter=test_iter
    )


def polynomials(
    *, num_train: int = 60, lr: float = 0.05, num_epochs: int = 200, batch_size: int = 10,
    device: str = "auto", seed: int = 0,
) -> d2l.Result:  # fmt: skip
    """Train polynomials of degree 1, 3 and 19 by SGD.

    num_train: training examples, 30 or more; 100 others are for the test
    """
    where = d2l.get_device(device)
    train, _, test = cubic_parts(num_train, seed)
    histories, metrics = {}, {}
    for degree in (1, 3, 19):
        histories[degree] = train_polynomial(degree, train, test, lr, num_epochs, batch_size, where)
        for name in ("train_loss", "test_loss"):
            metrics[f"{name}, degree {degree}"] = histories[degree][-1][name]
    return d2l.Result(figures={"training": figures.draw_training(histories)}, metrics=metrics)


# %% [markdown]
# ## Leakage
# A validation set is an honest judge only while the model has learned nothing from it. If it has, that is a
# leak. How bad is one? Take pure noise: 100 examples of 1,000 features, and a $y$ that depends on none of
# them. Half of the examples train. Keep the ten features that correlate best with $y$, and fit them by least
# squares. On average over 20 seeds (the figure shows one):
#
# - Choose the ten by *all* examples, and the validation loss is 0.37. To predict the mean of $y$ would cost
#   half its variance, 0.5. So $y$ seems to be predictable. On fresh examples the loss is 0.71.
# - Choose them by the training examples alone, and the validation loss is honest: 0.69.


# %%
def strongest(X: Float[Tensor, "n d"], y: Float[Tensor, "n 1"], num_kept: int) -> Tensor:
    """The `num_kept` columns of X that correlate best with y, whatever the sign; the strongest first."""
    correlation = standardizer(X)(X).T @ (y - y.mean())  # but for a factor, the same for all columns
    return correlation.flatten().abs().topk(num_kept).indices


def fit_columns(X: Tensor, y: Tensor, columns: Tensor) -> Predictor:
    """Least squares on these columns of X: a function from X to y_hat (n, 1)."""
    w, b = least_squares(X[:, columns], y)
    return lambda X: X[:, columns] @ w + b


def leakage(
    *, num_examples: int = 100, num_features: int = 1000, num_kept: int = 10, seed: int = 0
) -> d2l.Result:
    """Choose features of pure noise with and without a look at the validation set.

    num_examples: examples, all noise; half for training, half for validation
    num_features: features of an example
    num_kept: features that a model keeps
    """
    d2l.seed_everything(seed)
    X, X_fresh = torch.randn(num_examples + 1000, num_features).double().split([num_examples, 1000])
    y, y_fresh = torch.randn(num_examples + 1000, 1).double().split([num_examples, 1000])
    half = num_examples // 2
    train, valid = (X[:half], y[:half]), (X[half:], y[half:])
    leaked = fit_columns(*train, strongest(X, y, num_kept))
    honest = fit_columns(*train, strongest(*train, num_kept))
    metrics = {
        "valid_loss, chosen from all": mean_loss(leaked, *valid),
        "fresh loss, chosen from all": mean_loss(leaked, X_fresh, y_fresh),
        "valid_loss, chosen in training": mean_loss(honest, *valid),
        "fresh loss, chosen in training": mean_loss(honest, X_fresh, y_fresh),
        "mean of y": mean_loss(lambda X: y[:half].mean().expand(len(X), 1), X_fresh, y_fresh),
    }
    return d2l.Result(figures={"leakage": figures.draw_leakage(metrics)}, metrics=metrics)


# %%
if __name__ == "__main__":
    d2l.run_chapter("model_selection", validation, polynomials, leakage)
