"""Trying an optimizer: the losses and points that come back, what is printed and drawn, what is refused."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
from matplotlib import pyplot
from torch import nn

import d2lcore as d2l

Knobs = dict[str, Any]


def sgd(params: list[torch.Tensor], states: Any, hyperparams: Knobs) -> None:
    with torch.no_grad():
        for param in params:
            param -= hyperparams["lr"] * param.grad
            param.grad.zero_()


def examples(n: int = 1500, batch_size: int = 10, d: int = 5) -> d2l.Batches:
    torch.manual_seed(1)
    X = torch.randn(n, d)
    y = X @ torch.linspace(-1, 1, d) + 0.5 + 0.5 * torch.randn(n)
    return d2l.load_array((X, y), batch_size)


def the_books_loop(data_iter: d2l.Batches, lr: float, num_epochs: int) -> list[float]:
    """Book 11.5 in a few lines: the loss of all examples whenever a multiple of 200 has been seen."""
    w = torch.normal(0.0, 0.01, (5, 1), requires_grad=True)
    b = torch.zeros(1, requires_grad=True)
    losses, n = [], 0
    for _ in range(num_epochs):
        for X, y in data_iter:
            ((X @ w + b - y.reshape(-1, 1)) ** 2 / 2).mean().backward()
            sgd([w, b], None, {"lr": lr})
            n += len(X)
            if n % 200 == 0:
                all_losses = [((X @ w + b).squeeze(1) - y) ** 2 / 2 for X, y in data_iter]
                losses.append(torch.cat(all_losses).mean().item())
    return losses


@pytest.mark.parametrize(("batch_size", "lr"), [(10, 0.05), (100, 0.5)])
def test_losses_are_those_of_the_books_loop(
    batch_size: int, lr: float, capsys: pytest.CaptureFixture
) -> None:
    data_iter = examples(600, batch_size)
    torch.manual_seed(4)
    seconds, losses = d2l.train_ch11(sgd, None, {"lr": lr}, data_iter, 5, num_epochs=2)
    torch.manual_seed(4)
    assert losses == pytest.approx(the_books_loop(data_iter, lr, 2), rel=1e-5)
    assert len(losses) == len(seconds) == 6
    assert seconds == sorted(seconds)
    assert losses[-1] < 0.15  # noise of 0.5 leaves 0.125; the start has about 1.5
    (loss, pace) = re.fullmatch(r"loss: (\S+), (\S+) sec/epoch\n", capsys.readouterr().out).groups()
    assert loss == f"{losses[-1]:.3f}"
    assert pace == f"{seconds[-1] / 2:.3f}"  # an epoch's, and not the time between two points


@pytest.mark.parametrize(
    ("n", "batch_size", "num_epochs", "points"),
    [(1500, 1500, 3, 3), (1500, 64, 1, 8), (1500, 700, 2, 5), (199, 1, 1, 1), (201, 1, 1, 2)],
)
def test_there_is_a_point_for_every_200_examples_and_for_the_end(
    n: int, batch_size: int, num_epochs: int, points: int
) -> None:
    data_iter = examples(n, batch_size)
    seconds, losses = d2l.train_ch11(sgd, None, {"lr": 0.01}, data_iter, 5, num_epochs=num_epochs)
    assert len(losses) == len(seconds) == points


def test_torch_trains_the_same_way(capsys: pytest.CaptureFixture) -> None:
    data_iter = examples(600)
    torch.manual_seed(4)
    seconds, losses = d2l.train_concise_ch11(torch.optim.Adam, {"lr": 0.05}, data_iter, num_epochs=1)
    torch.manual_seed(4)
    net = nn.Linear(5, 1)
    nn.init.normal_(net.weight, std=0.01)
    updater, n, expected = torch.optim.Adam(net.parameters(), lr=0.05), 0, []
    for X, y in data_iter:
        d2l.step(nn.functional.mse_loss(net(X).squeeze(1), y) / 2, updater, len(y))
        n += len(X)
        if n % 200 == 0:
            expected.append(d2l.evaluate_loss(net, data_iter, nn.MSELoss()) / 2)
    assert losses == pytest.approx(expected, rel=1e-5)
    assert len(seconds) == len(losses) == 3
    assert losses[-1] < 0.2  # it starts from about 1.5
    assert capsys.readouterr().out == f"loss: {losses[-1]:.3f}, {seconds[-1]:.3f} sec/epoch\n"


def test_gradients_left_behind_are_refused() -> None:
    def forgets(params: list[torch.Tensor], states: Any, hyperparams: Knobs) -> None:
        with torch.no_grad():
            for param in params:
                param -= hyperparams["lr"] * param.grad

    with pytest.raises(ValueError, match=r"trainer_fn: it leaves gradients behind.*grad\.zero_"):
        d2l.train_ch11(forgets, None, {"lr": 0.1}, examples(20), 5)


def test_what_fails_in_the_trainer_names_states_and_hyperparams() -> None:
    with pytest.raises(ValueError, match=r"trainer_fn: KeyError \('lr'\) with states: None and hyperparams"):
        d2l.train_ch11(sgd, None, {"rate": 0.1}, examples(20), 5)


@pytest.mark.parametrize("concise", [False, True])
def test_a_loss_that_explodes_ends_training(concise: bool) -> None:
    if concise:
        train = partial(d2l.train_concise_ch11, torch.optim.SGD, {"lr": 100.0}, examples(600))
    else:
        train = partial(d2l.train_ch11, sgd, None, {"lr": 100.0}, examples(600), 5)
    with pytest.raises(d2l.TrainingDiverged, match="the learning rate was 100: try"):
        train()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: d2l.train_ch11(sgd, None, {"lr": 0.1}, examples(20), 3), "feature_dim: is 3, but X"),
        (lambda: d2l.train_ch11(sgd, None, {"lr": 0.1}, [], 5), "data_iter: .*no batches"),
        (lambda: d2l.train_ch11(sgd, None, {"lr": 0.1}, iter(examples(20)), 5), "data_iter: .*used up"),
        (
            lambda: d2l.train_concise_ch11(torch.optim.SGD, {"lr": 0.1}, examples(20, d=4)),
            "data_iter: X of shape .*5 features",
        ),
        (
            lambda: d2l.train_concise_ch11(torch.optim.SGD, {"rate": 0.1}, examples(20)),
            "hyperparams: .*rate",
        ),
        (lambda: d2l.train_concise_ch11(torch.nn.Linear, {"out_features": 1}, examples(20)), "trainer_fn"),
        (lambda: d2l.train_2d(lambda x1, x2, s1, s2: (x1, x2)), "trainer at step 1: .*unpack"),
        (
            lambda: d2l.train_2d(lambda x1, x2, s1, s2: (x1 * 1e99, x2, s1, s2)),
            "trainer at step 4: .*x1: must be a finite number",
        ),
        (lambda: d2l.show_trace_2d(lambda a, b: a, [(1.0, float("nan"))]), "results: .*finite"),
        (lambda: d2l.show_trace_2d(lambda a, b: a.sum(), [(1.0, 2.0)]), r"f: .*it gave \(\)"),
    ],
)
def test_what_is_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        call()


# In the plane


def halving(x1: Any, x2: Any, s1: Any, s2: Any) -> tuple[Any, Any, Any, Any]:
    return x1 / 2, x2 / 2, s1 + 1, s2 + 2


def test_train_2d_gives_the_points_and_prints_the_last(capsys: pytest.CaptureFixture) -> None:
    points = d2l.train_2d(halving, steps=3)
    assert points == [(-5, -2), (-2.5, -1), (-1.25, -0.5), (-0.625, -0.25)]
    assert capsys.readouterr().out == "epoch 3, x1: -0.625000, x2: -0.250000\n"
    assert len(d2l.train_2d(halving)) == 21


def test_states_are_handed_on_and_so_is_the_gradient() -> None:
    seen = []

    def trainer(x1: Any, x2: Any, s1: Any, s2: Any, f_grad: Callable) -> tuple[Any, Any, Any, Any]:
        seen.append((s1, s2))
        g1, g2 = f_grad(x1, x2)
        return x1 - g1, x2 - g2, s1 + 1, s2 + 2

    points = d2l.train_2d(trainer, 2, lambda x1, x2: (x1 / 5, 2))
    assert seen == [(0, 0), (1, 2)]
    assert points[1:] == [(-4, -4), (pytest.approx(-3.2), -6)]


@pytest.mark.parametrize("given", [False, True])
def test_a_trace_is_drawn_over_contours_that_reach_as_far(given: bool) -> None:
    axes = pyplot.figure().subplots() if given else None
    points = [(-5.0, -2.0), (3.0, 4.0)]
    d2l.show_trace_2d(lambda x1, x2: x1**2 + 2 * x2**2, points, axes=axes)
    axes = axes or pyplot.gca()
    assert [tuple(point) for point in axes.lines[0].get_xydata()] == points
    low, high = axes.collections[0].get_datalim(axes.transData).get_points()
    assert low[0] == pytest.approx(-5.5, abs=0.1)
    assert high == pytest.approx([3, 4], abs=0.1)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("x1", "x2")
