"""Faults of the data."""

import torch
from torch import Tensor, nn

import d2lcore as d2l

from .setups import CE, Setup, broken, clouds, heights, mlp, sgd, split


@broken("nan_in_data")
def infinite_target(fault: bool) -> Setup:
    X, y = heights()
    if fault:
        y[40] = torch.inf
    train_iter, test_iter = split(X, y)
    net = nn.Linear(3, 1)
    return Setup(net, train_iter, nn.MSELoss(), sgd(net, 0.05), test_iter)


@broken("nan_in_data")
def constant_column_standardised(fault: bool) -> Setup:
    X, y = clouds()
    X[:, 5] = 3.0
    std = X.std(dim=0)
    X = (X - X.mean(dim=0)) / (std if fault else std + 1e-6)
    train_iter, test_iter = split(X, y)
    net = mlp()
    return Setup(net, train_iter, CE, sgd(net), test_iter)


@broken("inputs_unscaled", "learning_rate_high", "features_unscaled")
def pixels_up_to_255(fault: bool) -> Setup:
    X, y = clouds()
    X = X - X.min()
    X = (X / X.max() * 255).round() if fault else X / X.std() - 1
    train_iter, test_iter = split(X, y)
    net = mlp()
    return Setup(net, train_iter, CE, sgd(net, 0.2), test_iter)


@broken("features_unscaled")
def metres_beside_grams(fault: bool) -> Setup:
    X, y = heights()
    if fault:
        X = X * torch.tensor([1.0, 3000.0, 0.5]) + torch.tensor([0.0, 9000.0, 1.0])
    train_iter, test_iter = split(X, y)
    net = nn.Linear(3, 1)
    return Setup(net, train_iter, nn.MSELoss(), sgd(net, 2e-9 if fault else 0.05), test_iter)


@broken("targets_unscaled", "learning_rate_low")
def prices_in_cents(fault: bool) -> Setup:
    X, y = heights()
    y = 3e5 * (y + 8) if fault else y + 1
    train_iter, test_iter = split(X, y)
    net = mlp(3, 1)
    return Setup(net, train_iter, nn.MSELoss(), torch.optim.Adam(net.parameters(), 0.01), test_iter)


@broken("constant_inputs")
def every_row_is_the_same(fault: bool) -> Setup:
    X, y = clouds()
    if fault:
        X = X[:1].expand_as(X).clone()
    train_iter, test_iter = split(X, y)
    net = mlp()
    return Setup(net, train_iter, CE, sgd(net), test_iter)


@broken("constant_inputs", "inputs_unscaled")
def integers_divided_to_zero(fault: bool) -> Setup:
    X, y = clouds()
    X = (X - X.min()) * 10
    X = (X.long() // 255).float() if fault else X / X.max()
    train_iter, test_iter = split(X, y)
    net = mlp()
    return Setup(net, train_iter, CE, sgd(net, 0.5), test_iter)


@broken("sorted_batches")
def one_class_after_the_other(fault: bool) -> Setup:
    X, y = clouds(n=800)
    n = 640
    order = y[:n].argsort()
    train_iter = d2l.load_array((X[:n][order], y[:n][order]), 16, is_train=not fault)
    test_iter = d2l.load_array((X[n:], y[n:]), 32, is_train=False)
    net = mlp()
    return Setup(net, train_iter, CE, sgd(net, 0.3), test_iter)


@broken("labels_unrelated")
def features_shuffled_without_labels(fault: bool) -> Setup:
    X, y = clouds()
    if fault:
        X = X[torch.randperm(len(X))]
    train_iter, test_iter = split(X, y)
    net = mlp()
    return Setup(net, train_iter, CE, sgd(net), test_iter)


@broken("labels_unrelated")
def targets_shifted_by_one(fault: bool) -> Setup:
    X, y = heights()
    if fault:
        y = y.roll(1, dims=0)
    train_iter, test_iter = split(X, y)
    net = mlp(3, 1)
    return Setup(net, train_iter, nn.MSELoss(), sgd(net, 0.05), test_iter)


@broken("inputs_scrambled", "labels_unrelated", "test_prepared_differently")
def table_reshaped_instead_of_turned(fault: bool) -> Setup:
    X, y = clouds()
    n = 384
    table = X[:n].T.contiguous()
    rows = table.reshape(-1, 8) if fault else table.T
    train_iter = d2l.load_array((rows, y[:n]), 32)
    test_iter = d2l.load_array((X[n:], y[n:]), 32, is_train=False)
    net = mlp()
    return Setup(net, train_iter, CE, sgd(net), test_iter)


@broken("test_in_train")
def test_rows_in_the_training_set(fault: bool) -> Setup:
    X, y = clouds()
    test_iter = d2l.load_array((X[:96], y[:96]), 32, is_train=False)
    first = 0 if fault else 96
    net = mlp()
    return Setup(net, d2l.load_array((X[first:], y[first:]), 32), CE, sgd(net), test_iter)


@broken("label_in_features")
def label_left_in_the_table(fault: bool) -> Setup:
    X, y = heights()
    X = torch.cat([X, y if fault else torch.randn_like(y)], dim=1)
    train_iter, test_iter = split(X, y)
    net = nn.Linear(4, 1)
    return Setup(net, train_iter, nn.MSELoss(), sgd(net, 0.05), test_iter)


@broken("label_in_features")
def class_number_left_in_the_table(fault: bool) -> Setup:
    X, y = clouds()
    X = torch.cat([X, (y.float() if fault else torch.randn(len(y)))[:, None]], dim=1)
    train_iter, test_iter = split(X, y)
    net = mlp(num_inputs=9)
    return Setup(net, train_iter, CE, sgd(net), test_iter)


@broken("test_prepared_differently")
def test_set_not_standardised(fault: bool) -> Setup:
    X, y = clouds()
    X = 5 * X + 20
    n = 384
    mean, std = X[:n].mean(dim=0), X[:n].std(dim=0)
    X_test = X[n:] if fault else (X[n:] - mean) / std
    net = mlp()
    train_iter = d2l.load_array(((X[:n] - mean) / std, y[:n]), 32)
    return Setup(net, train_iter, CE, sgd(net), d2l.load_array((X_test, y[n:]), 32, is_train=False))


@broken("labels_numbered_differently")
def test_labels_in_another_order(fault: bool) -> Setup:
    X, y = clouds(n=800)
    n = 640
    y_test = (y[n:] + 1) % 4 if fault else y[n:]
    net = mlp()
    train_iter = d2l.load_array((X[:n], y[:n]), 32)
    return Setup(net, train_iter, CE, sgd(net), d2l.load_array((X[n:], y_test), 32, is_train=False))


@broken("iterator_exhausted")
def batches_from_a_zip(fault: bool) -> Setup:
    X, y = clouds()
    n = 384
    train_iter, test_iter = split(X, y)
    net = mlp()
    if fault:
        train_iter = zip(X[:n].split(32), y[:n].split(32), strict=True)
    return Setup(net, train_iter, CE, sgd(net), test_iter)


class OnlyOnce:
    """An object with one pass in it."""

    def __init__(self, X: Tensor, y: Tensor) -> None:
        self.batches = iter([*zip(X.split(32), y.split(32), strict=True)])

    def __iter__(self) -> object:
        return self.batches


@broken("iterator_exhausted")
def loader_with_one_pass_in_it(fault: bool) -> Setup:
    X, y = clouds()
    n = 384
    train_iter, test_iter = split(X, y)
    net = mlp()
    return Setup(net, OnlyOnce(X[:n], y[:n]) if fault else train_iter, CE, sgd(net), test_iter)
