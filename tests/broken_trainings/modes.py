"""Faults of training and evaluation mode, and of dropout."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

import d2lcore as d2l

from .setups import CE, Setup, broken, classes, heights, mlp, sgd, split, usual


def with_dropout(p: float = 0.3) -> nn.Sequential:
    return nn.Sequential(nn.Linear(8, 48), nn.ReLU(), nn.Dropout(p), nn.Linear(48, 4))


def with_batch_norm() -> nn.Sequential:
    return nn.Sequential(nn.Linear(8, 24), nn.BatchNorm1d(24), nn.ReLU(), nn.Linear(24, 4))


def hits(net: nn.Module, data_iter: object) -> float:
    """The accuracy, in the mode that the net is in."""
    with torch.no_grad():
        pairs = [((net(X).argmax(dim=1) == y).sum().item(), len(y)) for X, y in data_iter]
    return sum(right for right, _ in pairs) / sum(n for _, n in pairs)


@broken("evaluate_in_training_mode", "dropout_in_evaluation")
def evaluated_under_dropout(fault: bool) -> Setup:
    (train_iter, test_iter), net = classes(), with_dropout(0.7)
    updater = sgd(net)

    def evaluate(net: nn.Module, data_iter: object) -> float:
        net.train(fault)
        figure = hits(net, data_iter)
        net.train()
        return figure

    return Setup(net, train_iter, CE, updater, test_iter, usual(net, CE, updater), evaluate)


@broken("evaluate_in_training_mode")
def evaluated_with_the_batch_statistics(fault: bool) -> Setup:
    (train_iter, test_iter), net = classes(), with_batch_norm()
    updater = sgd(net)

    def evaluate(net: nn.Module, data_iter: object) -> float:
        if not fault:
            net.eval()
        figure = hits(net, data_iter)
        net.train()
        return figure

    return Setup(net, train_iter, CE, updater, test_iter, usual(net, CE, updater), evaluate)


class AlwaysDropping(nn.Module):
    def __init__(self, always: bool) -> None:
        super().__init__()
        self.hidden, self.out, self.always = nn.Linear(8, 48), nn.Linear(48, 4), always

    def forward(self, X: Tensor) -> Tensor:
        H = torch.relu(self.hidden(X))
        return self.out(F.dropout(H, 0.5, training=self.always or self.training))


@broken("dropout_in_evaluation")
def functional_dropout_never_stops(fault: bool) -> Setup:
    (train_iter, test_iter), net = classes(), AlwaysDropping(fault)
    return Setup(net, train_iter, CE, sgd(net), test_iter)


@broken("dropout_in_evaluation")
def own_dropout_ignores_the_mode(fault: bool) -> Setup:
    class Own(nn.Module):
        def forward(self, X: Tensor) -> Tensor:
            if not fault and not self.training:
                return X
            return X * (torch.rand_like(X) > 0.4) / 0.6

    train_iter, test_iter = classes()
    net = nn.Sequential(nn.Linear(8, 48), nn.ReLU(), Own(), nn.Linear(48, 4))
    return Setup(net, train_iter, CE, sgd(net), test_iter)


@broken("eval_mode_in_training")
def trained_in_eval_mode(fault: bool) -> Setup:
    (train_iter, test_iter), net = classes(), with_batch_norm()
    updater, body = sgd(net), None
    body = usual(net, CE, updater)

    def step(X: Tensor, y: Tensor) -> Tensor:
        net.train(not fault)
        return body(X, y)

    return Setup(net, train_iter, CE, updater, test_iter, step)


@broken("dropout_probability")
def keep_given_for_drop(fault: bool) -> Setup:
    (train_iter, test_iter), net = classes(), with_dropout(0.95 if fault else 0.05)
    return Setup(net, train_iter, CE, sgd(net), test_iter)


@broken("dropout_on_output")
def dropout_after_the_last_layer(fault: bool) -> Setup:
    train_iter, test_iter = split(*heights())
    layers = [nn.Linear(3, 32), nn.ReLU(), nn.Linear(32, 1)]
    layers.insert(3 if fault else 2, nn.Dropout(0.5 if fault else 0.05))
    net = nn.Sequential(*layers)
    return Setup(net, train_iter, nn.MSELoss(), sgd(net, 0.05), test_iter)


@broken("accuracy_wrong")
def accuracy_of_the_last_batch_only(fault: bool) -> Setup:
    (train_iter, test_iter), net = classes(n=700), mlp()

    def evaluate(net: nn.Module, data_iter: object) -> float:
        correct, count = 0.0, 0
        with torch.no_grad():
            for X, y in data_iter:
                correct += float((net(X).argmax(dim=1) == y).sum())
                count = len(y) if fault else count + len(y)
        return correct / count

    return Setup(net, train_iter, CE, sgd(net), test_iter, evaluate=evaluate)


@broken("accuracy_wrong")
def accuracy_over_the_wrong_dimension(fault: bool) -> Setup:
    (train_iter, test_iter), net = classes(), mlp()

    def evaluate(net: nn.Module, data_iter: object) -> float:
        right = total = 0
        with torch.no_grad():
            for X, y in data_iter:
                predicted = net(X).max(dim=1).indices
                other = predicted if fault else y
                right += int((predicted == other).sum())
                total += len(y)
        return right / total

    return Setup(net, train_iter, CE, sgd(net), test_iter, evaluate=evaluate)


@broken("accuracy_wrong")
def accuracy_on_the_training_data(fault: bool) -> Setup:
    X, y = torch.randn(160, 40), torch.randint(2, (160,))
    y[:] = (X[:, 0] + 2 * torch.randn(160) > 0).long()
    train_iter, test_iter = split(X, y, 16)
    net = mlp(40, 2, 64)

    def evaluate(net: nn.Module, data_iter: object) -> float:
        return d2l.evaluate_accuracy(net, train_iter if fault else data_iter)

    return Setup(net, train_iter, CE, torch.optim.Adam(net.parameters(), 0.01), test_iter, evaluate=evaluate)
