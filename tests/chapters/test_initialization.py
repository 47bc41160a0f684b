"""Initialization: Xavier's weights, what they make learnable, and symmetry."""

import inspect
import math
from functools import partial
from itertools import pairwise

import mutants
import numpy as np
import pytest
import torch
from mutants import Mutant
from recording import recorded
from scipy import stats
from torch import nn
from torch.nn import functional as F

import d2lcore as d2l
from chapters import initialization as ini

DOUBLE = {"dtype": torch.float64}


# Xavier


SHAPES = [(5, 3), (64, 784), (300, 200), (1, 1), (17, 1)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("gain", [1.0, 5 / 3])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("kind", ["uniform", "normal"])
def test_xavier_draws_what_the_framework_draws(
    kind: str, dtype: torch.dtype, gain: float, shape: tuple
) -> None:
    mine, theirs = torch.empty(shape, dtype=dtype), torch.empty(shape, dtype=dtype)
    torch.manual_seed(3)
    assert getattr(ini, f"xavier_{kind}_")(mine, gain) is mine
    torch.manual_seed(3)
    getattr(nn.init, f"xavier_{kind}_")(theirs, gain)
    eps = torch.finfo(dtype).eps  # the bound itself may differ in its last digit
    torch.testing.assert_close(mine, theirs, rtol=4 * eps, atol=4 * eps)


def test_xavier_uniform_is_uniform_up_to_its_bound() -> None:
    n_out, n_in = 500, 300
    W = ini.xavier_uniform_(torch.empty(n_out, n_in, **DOUBLE)).flatten()
    a = math.sqrt(6 / (n_in + n_out))
    assert W.abs().max() <= a
    # Kolmogorov-Smirnov of 150,000 draws: false alarm 1e-7. A bound 3 % off has p < 1e-20.
    assert stats.kstest(W.numpy(), stats.uniform(-a, 2 * a).cdf).pvalue > 1e-7
    # W^2 / a^2 has variance 1/5 - 1/9 = 4/45; six standard errors: false alarm 2e-9
    n = W.numel()
    assert abs(W.square().mean().item() / (a**2 / 3) - 1) < 6 * 3 * math.sqrt(4 / 45 / n)
    assert a**3 / 3 < 0.1 * W.square().mean()  # what 003 4.6 gives as the variance


def test_xavier_normal_has_the_root_as_its_deviation() -> None:
    n_out, n_in = 500, 300
    W = ini.xavier_normal_(torch.empty(n_out, n_in, **DOUBLE)).flatten()
    std = math.sqrt(2 / (n_in + n_out))
    # Kolmogorov-Smirnov of 150,000 draws: false alarm 1e-7
    assert stats.kstest(W.numpy(), stats.norm(0, std).cdf).pvalue > 1e-7
    # the standard deviation of n draws errs by std / sqrt(2 n); six of those: false alarm 2e-9
    assert abs(W.std().item() / std - 1) < 6 / math.sqrt(2 * W.numel())
    assert W.var().item() < 0.1 * std  # 004 3.8.3 writes N(0, std), with the variance meant elsewhere


@pytest.mark.parametrize("init", [ini.xavier_uniform_, ini.xavier_normal_])
def test_inits_take_parameters_views_types_and_devices(init: object, device: torch.device) -> None:
    layer = nn.Linear(30, 20).to(device)
    weight = layer.weight
    assert init(layer.weight) is weight
    assert weight.requires_grad
    assert weight.is_leaf
    view = torch.zeros(30, 20, dtype=torch.float16, device=device).T
    assert init(view) is view
    assert view.dtype == torch.float16
    assert (view != 0).float().mean() > 0.9
    assert init(torch.empty(3, 4, device="meta")).shape == (3, 4)


def test_small_normal_draws_what_the_framework_draws() -> None:
    mine, theirs = torch.empty(40, 30), torch.empty(40, 30)
    torch.manual_seed(3)
    ini.INITS["small"](mine)
    torch.manual_seed(3)
    nn.init.normal_(theirs, std=0.01)
    assert torch.equal(mine, theirs)


def test_gain_zero() -> None:
    assert not ini.xavier_uniform_(torch.ones(3, 4), 0.0).any()
    assert not ini.xavier_normal_(torch.ones(3, 4), 0.0).any()


# Variances


@pytest.mark.parametrize("name", ["small", "xavier_normal_", "xavier_uniform_"])
def test_factors_of_the_variance_are_the_predicted_ones(name: str) -> None:
    widths, num_draws = (40, 160, 20, 80), 60
    init = ini.INITS["small"] if name == "small" else getattr(ini, name)
    forward, backward = ini.variance_factors(widths, init, num_draws)
    for k, (n_in, n_out) in enumerate(pairwise(widths)):
        gamma = 1e-4 if name == "small" else 2 / (n_in + n_out)
        # With normal weights the sum of squares that a layer gives, over gamma times that it gets, is
        # chi-squared, with as many degrees of freedom as values in all draws; uniform weights vary less.
        # Six quantiles of 1e-8 on either side: false alarm 1.2e-7.
        for factor, size, n in ((forward[k], n_in, n_out), (backward[k], n_out, n_in)):
            low, high = stats.chi2(num_draws * n).ppf([1e-8, 1 - 1e-8]) / (num_draws * n)
            assert low < factor / (size * gamma) < high


def test_variances_are_drawn_beside_their_predictions() -> None:
    result = ini.variances(widths=(32, 128, 64), num_draws=30)
    assert result.metrics.keys() == {"small_error", "xavier_error"}
    assert max(result.metrics.values()) < 0.25  # 960 draws or more: one standard error is at most 4.6 %
    for panel in result.figure.axes:
        points, line = panel.lines[:2]
        assert points.get_ydata() == pytest.approx(line.get_ydata(), rel=0.25)
    assert list(result.figure.axes[1].lines[1].get_ydata()) == pytest.approx([32 * 2 / 160, 128 * 2 / 192])
    assert list(result.figure.axes[1].lines[3].get_ydata()) == pytest.approx([128 * 2 / 160, 64 * 2 / 192])


def test_reported_errors_are_those_of_the_measured_factors(monkeypatch: pytest.MonkeyPatch) -> None:
    measured = recorded(monkeypatch, ini, "variance_factors")
    metrics = ini.variances(widths=(8, 20, 5), num_draws=3).metrics
    n = np.array([[8, 20], [20, 5]])  # inputs of the two layers, outputs
    for name, found, predicted in zip(
        ("small", "xavier"), measured, (1e-4 * n, 2 * n / np.array([28, 25])), strict=True
    ):
        error = np.abs(found.double().numpy() / predicted - 1).max()
        assert metrics[f"{name}_error"] == pytest.approx(error, rel=1e-4)


# Training


VARIANTS = [ini.scratch, ini.concise]
KNOBS = {"device": "cpu", "num_epochs": 2}


def test_scratch_and_concise_have_the_same_knobs() -> None:
    assert inspect.signature(ini.scratch) == inspect.signature(ini.concise)


@pytest.mark.parametrize("seed", [0, 1])
def test_one_seed_gives_scratch_and_concise_the_same_losses(seed: int) -> None:
    one, other = (variant(device="cpu", num_epochs=1, seed=seed) for variant in VARIANTS)
    for column in ("small_loss", "xavier_loss", "xavier_test_acc"):
        assert one.history[column] == pytest.approx(other.history[column], abs=1e-4)
    assert list(one.figures) == list(other.figures) == ["training"]


def test_small_weights_fail_and_xavier_learns() -> None:
    result = ini.scratch(device="cpu", num_epochs=6)
    assert result.history["small_loss"] == pytest.approx([math.log(10)] * 6, abs=1e-3)
    assert result.metrics["small_test_acc"] < 0.2
    assert result.metrics["xavier_loss"] < 0.2
    assert result.metrics["xavier_test_acc"] > 0.9


def test_with_xavier_the_scaled_sigmoid_learns_where_the_sigmoid_does_not() -> None:
    names = ("sigmoid", "scaled_sigmoid")
    plain, scaled = (ini.concise(**KNOBS, activation=name).metrics for name in names)
    assert plain["xavier_test_acc"] < 0.3
    assert scaled["xavier_test_acc"] > 0.85


def test_depth_and_width_of_the_network() -> None:
    net = ini.concise(**{**KNOBS, "num_epochs": 1}, num_layers=2, num_hiddens=7, activation="ReLU").net
    assert [tuple(W.shape) for W in net.parameters()] == [(7, 64), (7, 7), (10, 7)]
    assert sum(isinstance(layer, nn.ReLU) for layer in net) == 2
    result = ini.scratch(**{**KNOBS, "num_epochs": 1}, num_layers=2, num_hiddens=7)
    Ws = result.net.keywords["Ws"]
    assert [tuple(W.shape) for W in Ws] == [(7, 64), (7, 7), (10, 7)]
    assert list(result.weights) == ["W1", "W2", "W3"]
    assert all(one is other for one, other in zip(result.weights.values(), Ws, strict=True))


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"activation": "relu"}, "activation: there is no 'relu'; did you mean 'ReLU'"),
        ({"data": "digit"}, "data: there is no 'digit'; did you mean 'digits'"),
        ({"batch_size": 0}, "batch_size: must be at least 1"),
        ({"num_epochs": 0}, "num_epochs: must be at least 1"),
        ({"lr": -1.0}, "learning rate"),
        ({"seed": -1}, "seed: must be in"),
        ({"device": "gpu"}, "device: 'gpu' is not a device"),
    ],
)
@pytest.mark.parametrize("variant", VARIANTS)
def test_bad_knobs(variant: object, knobs: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        variant(**{**KNOBS, **knobs})


# Symmetry


def digits() -> tuple[torch.Tensor, torch.Tensor]:
    X, y = next(iter(d2l.load_data("digits", 200)[0]))
    return X.flatten(start_dim=1), y


def equal_units(num_hiddens: int, dtype: torch.dtype = torch.float32) -> list[torch.Tensor]:
    return [torch.full(shape, 0.01, dtype=dtype) for shape in ((num_hiddens, 64), (10, num_hiddens))]


@pytest.mark.parametrize("num_hiddens", [5, 7])
def test_only_rounding_parts_equal_units(num_hiddens: int) -> None:
    X, y = digits()
    # The product of matrices may round the last 5 or 7 columns in another way than the first, and the units
    # then drift apart: in 60 steps by up to 1e5 roundings, 6e-3 in float32 and 1e-11 in float64.
    spreads, _ = ini.spreads_and_losses(
        equal_units(num_hiddens, torch.float64), X.double(), y, lr=1.0, num_steps=60
    )
    assert max(spreads) < 1e-9


@pytest.mark.parametrize("num_hiddens", [2, 8, 32])
def test_equal_units_stay_exactly_equal_without_dropout(num_hiddens: int) -> None:
    X, y = digits()
    spreads, losses = ini.spreads_and_losses(equal_units(num_hiddens), X, y, lr=1.0, num_steps=60)
    assert spreads == (0.0,) * 60
    assert losses[-1] < losses[0] - 0.1  # they do learn, all the same


def test_dropout_breaks_the_symmetry() -> None:
    X, y = digits()
    spreads, _ = ini.spreads_and_losses(equal_units(8), X, y, lr=1.0, num_steps=60, p=0.5)
    assert spreads[0] == 0
    assert spreads[-1] > 0.01


def test_equal_units_of_W1_part_when_those_of_W2_differ() -> None:
    X, y = digits()
    W1, W2 = equal_units(8)
    spreads, _ = ini.spreads_and_losses([W1, 0.01 * torch.randn(W2.shape)], X, y, lr=1.0, num_steps=60)
    assert spreads[0] == 0  # 004 3.8.2 has only W1 equal, and says that the units stay so
    assert spreads[1] > 0
    assert spreads[-1] > 0.1


def test_descent_equals_the_framework() -> None:
    X, y = torch.randn(30, 6, **DOUBLE), torch.randint(4, (30,))
    Ws = [torch.randn(5, 6, **DOUBLE), torch.randn(4, 5, **DOUBLE)]
    before = [W.clone() for W in Ws]
    spreads, losses = ini.spreads_and_losses(Ws, X, y, lr=0.3, num_steps=5)
    net = nn.Sequential(nn.Linear(6, 5, bias=False), nn.ReLU(), nn.Linear(5, 4, bias=False)).double()
    with torch.no_grad():
        for param, W in zip(net.parameters(), Ws, strict=True):
            param.copy_(W)
    updater = torch.optim.SGD(net.parameters(), lr=0.3)
    for spread, loss in zip(spreads, losses, strict=True):
        l = F.cross_entropy(net(X), y)
        assert loss == pytest.approx(l.item(), rel=1e-10)
        units = net[0].weight.detach()
        assert spread == pytest.approx((units - units[0]).abs().max().item(), rel=1e-10)
        updater.zero_grad()
        l.backward()
        updater.step()
    assert all(torch.equal(W, old) for W, old in zip(Ws, before, strict=True))


def test_symmetry_reports_the_last_spread_and_loss_of_its_four_starts() -> None:
    metrics = ini.symmetry(num_hiddens=3, p=0.25, lr=0.3, num_steps=4, seed=5).metrics
    d2l.seed_everything(5)
    X, y = next(iter(d2l.load_data("digits", 1437)[0]))
    equal = [torch.full((3, 64), 0.01), torch.full((10, 3), 0.01)]
    random = [0.01 * torch.randn(3, 64), 0.01 * torch.randn(10, 3)]
    expected = {}
    for name, Ws, p in (
        ("equal", equal, 0.0), ("equal, dropout", equal, 0.25),
        ("W1 equal, W2 random", [equal[0], random[1]], 0.0), ("random", random, 0.0),
    ):  # fmt: skip
        spreads, losses = ini.spreads_and_losses(Ws, X, y, 0.3, 4, p)
        expected |= {f"spread, {name}": spreads[3], f"loss, {name}": losses[3]}
    assert metrics == expected


def test_symmetry_shows_that_equal_units_learn_little() -> None:
    metrics = ini.symmetry(lr=1.0, num_steps=80).metrics
    assert metrics["spread, equal"] == 0
    assert metrics["loss, equal"] > 1.9  # one unit's worth: log(10) = 2.3 is no learning at all
    for name in ("equal, dropout", "W1 equal, W2 random", "random"):
        assert metrics[f"spread, {name}"] > 0.3
        assert metrics[f"loss, {name}"] < 1


uniform, normal = (
    test_xavier_uniform_is_uniform_up_to_its_bound,
    test_xavier_normal_has_the_root_as_its_deviation,
)
factors = partial(test_factors_of_the_variance_are_the_predicted_ones, "xavier_normal_")
one_epoch = partial(test_one_seed_gives_scratch_and_concise_the_same_losses, 1)
MUTANTS = [
    Mutant("spreads_and_losses", "W1.T), p)", "W1.T), 0)", test_dropout_breaks_the_symmetry),
    Mutant("spreads_and_losses", "relu(X", "(X", test_descent_equals_the_framework),
    Mutant("spreads_and_losses", ".mean()", ".sum()", test_descent_equals_the_framework),
    Mutant("spreads_and_losses", "batch_size=1", "batch_size=len(X)", test_descent_equals_the_framework),
    Mutant("xavier_uniform_", "math.sqrt(6", "math.sqrt(3", uniform),
    Mutant("xavier_uniform_", "uniform_(-a, a)", "uniform_(0, a)", uniform),
    Mutant("xavier_uniform_", "math.sqrt(6 / (n_in + n_out))", "math.sqrt(6 / (2 * n_in))", uniform),
    Mutant("xavier_uniform_", "a = gain *", "a =",
           partial(test_xavier_draws_what_the_framework_draws, "uniform", torch.float64, 5 / 3, (5, 3))),
    Mutant("xavier_normal_", "math.sqrt(2 / (n_in + n_out))", "2 / (n_in + n_out)", normal),
    Mutant("xavier_normal_", "math.sqrt(2 / (n_in + n_out))", "(2 / (n_in + n_out)) ** 0.25", normal),
    Mutant("spreads_and_losses", "W1[:1]", "W1", test_dropout_breaks_the_symmetry),
    Mutant("train_side_by_side", "updaters[name]", 'updaters["small"]', one_epoch,
           (ValueError,)),
    Mutant("variance_factors", "up[1:] / up[:-1]", "up[:-1] / up[1:]", factors),
    Mutant("variance_factors", "H.square().mean()", "H.square().sum()", factors),
    Mutant("variance_factors", ") / num_draws", ")", factors),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(ini, MUTANTS)
