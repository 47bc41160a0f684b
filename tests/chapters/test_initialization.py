"""Initialization: vanishing, exploding, float16, symmetry, Xavier's weights, and what they make learnable."""

import inspect
import math
from functools import partial
from itertools import pairwise

import mutants
import numpy as np
import pytest
import torch
from mutants import Mutant
from scipy import stats
from torch import nn
from torch.nn import functional as F

import d2lcore as d2l
from chapters import initialization as ini

FRAMEWORK = {
    "sigmoid": torch.sigmoid,
    "scaled_sigmoid": lambda X: 2 * torch.tanh(X / 2),
    "tanh": torch.tanh,
    "ReLU": F.relu,
}
EXTREMES = [-1e4, -100.0, -1.0, -1e-30, 0.0, 1e-30, 1.0, 100.0, 1e4]
DOUBLE = {"dtype": torch.float64}


# Activations


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_scaled_sigmoid_is_two_tanh_of_half_its_argument(dtype: torch.dtype) -> None:
    X = torch.cat([torch.tensor(EXTREMES), torch.linspace(-5, 5, 101)]).to(dtype)
    # 1e-10 in float64; in float32 four times the rounding of a sigmoid
    tolerance = {"rtol": 1e-10, "atol": 1e-10} if dtype == torch.float64 else {"rtol": 1e-6, "atol": 5e-7}
    expected = 2 * torch.tanh(X / 2)
    torch.testing.assert_close(ini.scaled_sigmoid(X), expected, **tolerance)
    torch.testing.assert_close(ini.ScaledSigmoid()(X), expected, **tolerance)
    leaf = X.clone().requires_grad_()
    slope = torch.autograd.grad((2 * torch.tanh(leaf / 2)).sum(), leaf)[0]
    torch.testing.assert_close(ini.scaled_sigmoid_derivative(X), slope, **tolerance)


def test_scaled_sigmoid_begins_as_x_less_a_twelfth_of_its_cube() -> None:
    zero = torch.zeros((), **DOUBLE)
    assert ini.scaled_sigmoid(zero) == 0
    assert ini.scaled_sigmoid_derivative(zero) == 1
    x = torch.tensor([0.1, 0.2, 0.4], **DOUBLE)
    rest = ini.scaled_sigmoid(x) - (x - x**3 / 12)
    assert (rest > 0).all()
    assert (rest < x**5 / 120).all()  # the next term, and the one after it is negative


@pytest.mark.parametrize("name", ini.ACTIVATIONS)
def test_each_activation_its_derivative_and_its_layer_are_the_frameworks(name: str) -> None:
    phi, derivative, layer = ini.activation_called(name)
    X = torch.linspace(-4, 4, 82, **DOUBLE).requires_grad_()  # without 0, where ReLU has a kink
    H = FRAMEWORK[name](X)
    torch.testing.assert_close(layer()(X), H, rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(phi(X), H, rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(derivative(X), torch.autograd.grad(H.sum(), X)[0], rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(
    ("name", "hint"), [("relu", "did you mean 'ReLU'"), ("Tanh", "did you mean 'tanh'"), ("", "choose")]
)
def test_unknown_activation(name: str, hint: str) -> None:
    with pytest.raises(ValueError, match=f"activation: there is no '{name}'; {hint}"):
        ini.activation_called(name)


# Products of many matrices


def identity(Z: torch.Tensor) -> torch.Tensor:
    return Z


def test_signal_and_gradient_of_weights_that_double() -> None:
    X, top = torch.randn(16, 3, **DOUBLE), torch.randn(16, 3, **DOUBLE)
    Ws = [2 * torch.eye(3, **DOUBLE)] * 4
    signals, gradients = ini.signal_and_gradient(X, Ws, identity, torch.ones_like, top)
    start, end = X.var(dim=0).mean().sqrt().item(), top.square().mean().sqrt().item()
    assert signals == [start * 2**k for k in range(5)]  # a power of two rounds nothing
    assert gradients == [end * 2 ** (4 - k) for k in range(5)]


def test_signal_and_gradient_equal_autograd() -> None:
    widths = (5, 7, 4, 6)
    X, top = torch.randn(9, 5, **DOUBLE, requires_grad=True), torch.randn(9, 6, **DOUBLE)
    Ws = [torch.randn(m, n, **DOUBLE) for n, m in pairwise(widths)]
    Hs = [X]
    for W in Ws:
        Hs.append(torch.tanh(Hs[-1] @ W.T))
    expected = torch.autograd.grad(Hs[-1], Hs, top)
    phi, derivative, _ = ini.ACTIVATIONS["tanh"]
    signals, gradients = ini.signal_and_gradient(X.detach(), Ws, phi, derivative, top)
    assert gradients == pytest.approx([g.norm().item() / math.sqrt(g.numel()) for g in expected], rel=1e-10)
    assert signals == pytest.approx(
        [H.detach().std(dim=0).norm().item() / math.sqrt(H.shape[1]) for H in Hs], rel=1e-10
    )


def test_a_gradient_of_L_layers_has_L_minus_l_matrices() -> None:
    num_layers = 5
    Ws = [torch.randn(3, 3, **DOUBLE) for _ in range(num_layers)]
    hs = [torch.randn(3, **DOUBLE)]
    for W in Ws:
        hs.append(torch.tanh(W @ hs[-1]))

    def rest(l: int, W: torch.Tensor) -> torch.Tensor:
        """The output as a function of the weights of layer l (from 1), those of the others fixed."""
        h = torch.tanh(W @ hs[l - 1])
        for later in Ws[l:]:
            h = torch.tanh(later @ h)
        return h

    jacobian = torch.autograd.functional.jacobian
    for l in range(1, num_layers + 1):
        matrices = [
            jacobian(lambda h, W=Ws[t - 1]: torch.tanh(W @ h), hs[t - 1])
            for t in range(l + 1, num_layers + 1)
        ]
        assert len(matrices) == num_layers - l  # and not L - 1, as 004 3.8.1 has it
        product = jacobian(lambda W, l=l: torch.tanh(W @ hs[l - 1]), Ws[l - 1]).flatten(1)
        for M in matrices:
            product = M @ product
        expected = jacobian(partial(rest, l), Ws[l - 1]).flatten(1)
        torch.testing.assert_close(product, expected, rtol=1e-12, atol=1e-12)


def test_the_range_of_gradients_is_no_bound_scaled_loss_and_rate_train_alike() -> None:
    X, y = torch.randn(20, 4), torch.randint(3, (20,))
    W = torch.randn(3, 4)

    def trained(scale: float) -> tuple[torch.Tensor, float]:
        params = [W.clone().requires_grad_()]
        for _ in range(10):
            (scale * F.cross_entropy(X @ params[0].T, y)).backward()
            size = params[0].grad.norm().item()
            d2l.sgd(params, 0.5 / scale, batch_size=1)
        return params[0].detach(), size

    plain, _ = trained(1.0)
    for scale in (2.0**40, 2.0**-40):
        scaled, size = trained(scale)
        assert torch.equal(scaled, plain)  # a power of two rounds nothing
        assert not 1e-6 < size < 1e3


def test_depth_vanishes_and_explodes() -> None:
    result = ini.depth()
    gain = result.metrics  # of the gradient, from the last layer to the first
    assert len(gain) == 12
    assert all(gain[f"{name}_small"] < 1e-25 for name in ini.ACTIVATIONS)
    assert gain["sigmoid_xavier"] < 1e-15
    assert gain["sigmoid_large"] < 1e-6
    assert 1e-7 < gain["ReLU_xavier"] < 1e-3  # half the variance is lost in each of 30 layers: 2^-15 = 3e-5
    assert 0.02 < gain["tanh_xavier"] < 1
    assert 0.02 < gain["scaled_sigmoid_xavier"] < 1
    assert all(gain[f"{name}_large"] > 1e3 for name in ("tanh", "scaled_sigmoid", "ReLU"))
    axes = result.figure.axes
    assert [len(panel.lines) for panel in axes] == [4] * 6
    assert {panel.get_yscale() for panel in axes} == {"log"}
    signal = {name: line.get_ydata() for name, line in zip(ini.ACTIVATIONS, axes[1].lines, strict=True)}
    assert signal["scaled_sigmoid"][-1] > 0.05 * signal["scaled_sigmoid"][0]
    assert signal["sigmoid"][-1] < 1e-14 * signal["sigmoid"][0]


# Half precision


def test_range_of_float16() -> None:
    limits = ini.float16_range()
    info = np.finfo(np.float16)
    assert limits["smallest_subnormal"] == float(info.smallest_subnormal) == 2.0**-24
    assert limits["smallest_normal"] == float(info.smallest_normal) == 2.0**-14
    assert limits["largest"] == float(info.max) == 65504
    half = partial(torch.tensor, dtype=torch.float16)
    assert half(limits["smallest_subnormal"]) > 0
    assert half(limits["smallest_subnormal"] / 2) == 0  # a tie rounds to even
    assert half(limits["smallest_subnormal"] * 0.51) > 0
    assert half(65504.0).isfinite()
    assert half(65504.0) * 2 == math.inf


def test_gradients_underflow_and_values_overflow_in_float16_but_not_in_float32() -> None:
    result = ini.half_precision()
    left, right = result.figure.axes
    single, half = left.lines[:2]
    assert single.get_ydata().min() > 0
    limits = ini.float16_range()
    for exact, rounded in zip(single.get_ydata(), half.get_ydata(), strict=True):
        assert rounded == 0 or exact > limits["smallest_subnormal"] / 4
        if exact > 10 * limits["smallest_normal"]:
            assert rounded == pytest.approx(exact, rel=0.05)  # some 20 layers of 2^-11 each
    assert 0 < result.metrics["layers_without_gradient"] == (half.get_ydata() == 0).sum() < 20
    single, half = right.lines[:2]
    assert np.isfinite(single.get_ydata()).all()
    assert single.get_ydata()[-1] > 65504
    finite = half.get_ydata()[np.isfinite(half.get_ydata())]
    assert finite.max() <= 65504
    assert result.metrics["layers_before_overflow"] == len(finite) - 1 < 20


# Symmetry


def digits() -> tuple[torch.Tensor, torch.Tensor]:
    X, y = next(iter(d2l.load_data("digits", 200)[0]))
    return X.flatten(start_dim=1), y


def equal_units(num_hiddens: int, num_inputs: int = 64) -> list[torch.Tensor]:
    return [torch.full((num_hiddens, num_inputs), 0.01), torch.full((10, num_hiddens), 0.01)]


@pytest.mark.parametrize("num_hiddens", [2, 7, 8, 32])
def test_equal_units_stay_exactly_equal_without_dropout(num_hiddens: int) -> None:
    X, y = digits()
    spreads, losses = ini.descend(equal_units(num_hiddens), X, y, lr=1.0, num_steps=60)
    assert spreads == [0.0] * 60
    assert losses[-1] < losses[0] - 0.1  # they do learn, all the same


def test_dropout_breaks_the_symmetry() -> None:
    X, y = digits()
    spreads, _ = ini.descend(equal_units(8), X, y, lr=1.0, num_steps=60, p=0.5)
    assert spreads[0] == 0
    assert spreads[-1] > 0.01


def test_equal_units_of_W1_part_when_those_of_W2_differ() -> None:
    X, y = digits()
    W1, W2 = equal_units(8)
    spreads, _ = ini.descend([W1, 0.01 * torch.randn(W2.shape)], X, y, lr=1.0, num_steps=60)
    assert spreads[0] == 0  # 004 3.8.2 has only W1 equal, and says that the units stay so
    assert spreads[1] > 0
    assert spreads[-1] > 0.1


def test_descent_equals_the_framework() -> None:
    X, y = torch.randn(30, 6, **DOUBLE), torch.randint(4, (30,))
    Ws = [torch.randn(5, 6, **DOUBLE), torch.randn(4, 5, **DOUBLE)]
    before = [W.clone() for W in Ws]
    spreads, losses = ini.descend(Ws, X, y, lr=0.3, num_steps=5)
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


def test_spread_of_units() -> None:
    assert ini.unit_spread(torch.ones(4, 3)) == 0
    assert ini.unit_spread(torch.ones(1, 3)) == 0
    assert ini.unit_spread(torch.tensor([[1.0, 2.0], [1.0, 2.0], [1.0, -3.0]], requires_grad=True)) == 5


def test_symmetry_shows_that_equal_units_learn_little() -> None:
    metrics = ini.symmetry(lr=1.0, num_steps=80).metrics
    assert metrics["spread, equal"] == 0
    assert metrics["loss, equal"] > 1.9  # one unit's worth: log(10) = 2.3 is no learning at all
    for name in ("equal, dropout", "W1 equal, W2 random", "random"):
        assert metrics[f"spread, {name}"] > 0.3
        assert metrics[f"loss, {name}"] < 1


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


@pytest.mark.parametrize("init", [ini.xavier_uniform_, ini.xavier_normal_, ini.small_normal_])
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
    ini.small_normal_(mine)
    torch.manual_seed(3)
    nn.init.normal_(theirs, std=0.01)
    assert torch.equal(mine, theirs)


@pytest.mark.parametrize("init", ["xavier_uniform_", "xavier_normal_", "check_weights"])
def test_bad_weights_and_gain(init: str, unchecked: None) -> None:
    fill = getattr(ini, init)
    for shape in ((5,), (), (2, 3, 4), (0, 5), (5, 0)):
        with pytest.raises(ValueError, match=r"W: expected a matrix \(n_out, n_in\) of at least 1 x 1"):
            fill(torch.empty(shape), 1.0)
    for gain in (-1.0, math.nan):
        with pytest.raises(ValueError, match="gain: a factor of the weights cannot be negative"):
            fill(torch.empty(3, 4), gain)


def test_gain_zero() -> None:
    assert not ini.xavier_uniform_(torch.ones(3, 4), 0.0).any()
    assert not ini.xavier_normal_(torch.ones(3, 4), 0.0).any()


def test_default_of_nn_linear_has_a_third_of_the_variance_that_keeps_the_signal() -> None:
    W = nn.Linear(400, 300).weight.detach()
    assert 0.999 / 20 < W.abs().max() <= 1 / 20
    # six standard errors of the mean square, as above: false alarm 2e-9
    assert abs(400 * W.square().mean().item() * 3 - 1) < 6 * 3 * math.sqrt(4 / 45 / W.numel())


# Variances


@pytest.mark.parametrize("name", ["small_normal_", "xavier_normal_", "xavier_uniform_"])
def test_factors_of_the_variance_are_the_predicted_ones(name: str) -> None:
    widths, num_draws = (40, 160, 20, 80), 60
    forward, backward = ini.variance_factors(widths, getattr(ini, name), num_draws)
    for k, (n_in, n_out) in enumerate(pairwise(widths)):
        gamma = 1e-4 if name == "small_normal_" else 2 / (n_in + n_out)
        # With normal weights the sum of squares that a layer gives, over gamma times that it gets, is
        # chi-squared, with as many degrees of freedom as values in all draws; uniform weights vary less.
        # Six quantiles of 1e-8 on either side: false alarm 1.2e-7.
        for factor, size, n in ((forward[k], n_in, n_out), (backward[k], n_out, n_in)):
            low, high = stats.chi2(num_draws * n).ppf([1e-8, 1 - 1e-8]) / (num_draws * n)
            assert low < factor / (size * gamma) < high


def test_a_linear_activation_has_mean_b_and_a_squared_times_the_variance() -> None:
    h = torch.randn(1000, **DOUBLE)
    h = (h - h.mean()) / h.std()  # mean 0 and variance 1 to rounding
    for a, b in ((1.0, 0.0), (-1.0, 0.0), (2.0, 3.0), (0.5, -1.0)):
        assert (a * h + b).mean().item() == pytest.approx(b, abs=1e-12)
        assert (a * h + b).var().item() == pytest.approx(a**2, rel=1e-12)
        if b:
            assert (a * h + b).var().item() != pytest.approx(a**2 - b**2, rel=0.1)  # 004 3.8.3


def test_variances_are_drawn_beside_their_predictions() -> None:
    result = ini.variances(widths=(32, 128, 64), num_draws=30)
    assert result.metrics.keys() == {"small_error", "xavier_error"}
    assert max(result.metrics.values()) < 0.25  # 960 draws or more: one standard error is at most 4.6 %
    for panel in result.figure.axes:
        points, line = panel.lines[:2]
        assert points.get_ydata() == pytest.approx(line.get_ydata(), rel=0.25)
    assert list(result.figure.axes[1].lines[1].get_ydata()) == pytest.approx([32 * 2 / 160, 128 * 2 / 192])
    assert list(result.figure.axes[1].lines[3].get_ydata()) == pytest.approx([128 * 2 / 160, 64 * 2 / 192])


@pytest.mark.parametrize(
    ("widths", "num_draws", "message"),
    [
        ((5,), 1, r"widths: a layer has inputs and outputs, so two are needed, got \(5,\)"),
        ((5, 0), 1, r"widths\[1\]: must be at least 1"),
        ((5, -2), 1, r"widths\[1\]: must be at least 1"),
        ((5, 4), 0, "num_draws: must be at least 1"),
    ],
)
def test_bad_widths(widths: tuple, num_draws: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ini.variance_factors(widths, ini.small_normal_, num_draws)
    with pytest.raises(ValueError, match=message):
        ini.variances(widths=widths, num_draws=num_draws)


# Training


VARIANTS = [ini.scratch, ini.concise]
KNOBS = {"device": "cpu", "num_epochs": 2}


@pytest.mark.parametrize("activation", ini.ACTIVATIONS)
def test_scores_equal_nn_on_the_same_weights_outputs_and_gradients(activation: str) -> None:
    phi, _, layer = ini.activation_called(activation)
    net = nn.Sequential(
        nn.Flatten(), nn.Linear(6, 5, bias=False), layer(), nn.Linear(5, 4, bias=False), layer(),
        nn.Linear(4, 3, bias=False),
    ).double()  # fmt: skip
    Ws = [W.detach().clone().requires_grad_() for W in net.parameters()]
    X, y = torch.randn(9, 1, 2, 3, **DOUBLE), torch.randint(3, (9,))
    mine, theirs = ini.scores(X, Ws, phi), net(X)
    torch.testing.assert_close(mine, theirs, rtol=1e-10, atol=1e-10)
    for O in (mine, theirs):
        F.cross_entropy(O, y).backward()
    for W, param in zip(Ws, net.parameters(), strict=True):
        torch.testing.assert_close(W.grad, param.grad, rtol=1e-10, atol=1e-10)
        assert W.grad.abs().max() > 1e-4  # gradients that are all zero would agree too
    assert ini.scores(X[:0], Ws, phi).shape == (0, 3)


def test_scratch_and_concise_have_the_same_knobs() -> None:
    assert inspect.signature(ini.scratch) == inspect.signature(ini.concise)


@pytest.mark.parametrize(("seed", "num_epochs"), [(0, 6), (1, 1)])
def test_small_weights_fail_xavier_learns_and_both_variants_agree(seed: int, num_epochs: int) -> None:
    one, other = (variant(device="cpu", num_epochs=num_epochs, seed=seed) for variant in VARIANTS)
    for column in ("small_loss", "xavier_loss", "xavier_test_acc"):
        assert one.history[column] == pytest.approx(other.history[column], abs=1e-4)
    first = one.history[0]["xavier_loss"]
    assert first != ini.scratch(**{**KNOBS, "num_epochs": 1}, seed=7).history[0]["xavier_loss"]
    for result in (one, other):
        assert result.history["small_loss"] == pytest.approx([math.log(10)] * num_epochs, abs=1e-3)
        assert result.metrics["small_test_acc"] < 0.2
        if num_epochs == 6:
            assert result.metrics["xavier_loss"] < 0.2
            assert result.metrics["xavier_test_acc"] > 0.9
        assert list(result.figures) == ["training"]


def test_with_xavier_the_scaled_sigmoid_learns_where_the_sigmoid_does_not() -> None:
    names = ("sigmoid", "scaled_sigmoid")
    plain, scaled = (ini.concise(**KNOBS, activation=name).metrics for name in names)
    assert plain["xavier_test_acc"] < 0.3
    assert scaled["xavier_test_acc"] > 0.85


def test_depth_and_width_of_the_network() -> None:
    net = ini.concise(**{**KNOBS, "num_epochs": 1}, num_layers=2, num_hiddens=7, activation="ReLU").net
    assert [tuple(W.shape) for W in net.parameters()] == [(7, 64), (7, 7), (10, 7)]
    assert sum(isinstance(layer, nn.ReLU) for layer in net) == 2
    Ws = ini.scratch(**{**KNOBS, "num_epochs": 1}, num_layers=2, num_hiddens=7).net.keywords["Ws"]
    assert [tuple(W.shape) for W in Ws] == [(7, 64), (7, 7), (10, 7)]


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"activation": "relu"}, "activation: there is no 'relu'; did you mean 'ReLU'"),
        ({"data": "digit"}, "data: there is no 'digit'; did you mean 'digits'"),
        ({"num_layers": 0}, "num_layers: must be at least 1"),
        ({"num_hiddens": 0}, "num_hiddens: must be at least 1"),
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


@pytest.mark.parametrize(
    ("variant", "knobs", "message"),
    [
        (ini.depth, {"num_layers": 0}, "num_layers: must be at least 1"),
        (ini.depth, {"num_hiddens": -1}, "num_hiddens: must be at least 1"),
        (ini.half_precision, {"num_layers": 0}, "num_layers: must be at least 1"),
        (ini.symmetry, {"num_hiddens": 0}, "num_hiddens: must be at least 1"),
        (ini.symmetry, {"num_steps": 0}, "num_steps: must be at least 1"),
        (ini.symmetry, {"p": 1.5, "num_steps": 1}, "p: "),
        (ini.symmetry, {"lr": -1.0, "num_steps": 1}, "lr: a learning rate cannot be negative"),
    ],
)
def test_bad_knobs_of_the_figures(variant: object, knobs: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        variant(**knobs)


scaled_is_tanh = partial(test_scaled_sigmoid_is_two_tanh_of_half_its_argument, torch.float64)
equals_autograd = test_signal_and_gradient_equal_autograd
bad_weights = partial(test_bad_weights_and_gain, "check_weights", None)
uniform, normal = (
    test_xavier_uniform_is_uniform_up_to_its_bound,
    test_xavier_normal_has_the_root_as_its_deviation,
)
factors = partial(test_factors_of_the_variance_are_the_predicted_ones, "xavier_normal_")
MUTANTS = [
    Mutant("scaled_sigmoid", "(X) - 2", "(X) - 1", scaled_is_tanh),
    Mutant("scaled_sigmoid", "4 * ", "2 * ", scaled_is_tanh),
    Mutant("scaled_sigmoid_derivative", "4 * ", "", scaled_is_tanh),
    Mutant("ScaledSigmoid", "4 * torch", "2 * torch", scaled_is_tanh),
    Mutant("signal_and_gradient", "H.var(dim=0).mean().sqrt()", "H.std()", equals_autograd),
    Mutant("signal_and_gradient", "dH.square().mean().sqrt()", "dH.norm()", equals_autograd),
    Mutant("signal_and_gradient", "[phi_derivative]", "[torch.ones_like]", equals_autograd),
    Mutant("float16_range", "* info.eps", "* info.eps / 2", test_range_of_float16),
    Mutant("float16_range", "torch.float16", "torch.bfloat16", test_range_of_float16),
    Mutant("unit_spread", "[:1]", "", test_spread_of_units),
    Mutant("unit_spread", ".abs()", "", test_spread_of_units),
    Mutant("descend", "dropout_layer(relu(X @ W1.T), p)", "relu(X @ W1.T)", test_dropout_breaks_the_symmetry),
    Mutant("descend", "relu(X @ W1.T)", "X @ W1.T", test_descent_equals_the_framework),
    Mutant("descend", ".mean()", ".sum()", test_descent_equals_the_framework),
    Mutant("descend", "batch_size=1", "batch_size=len(X)", test_descent_equals_the_framework),
    Mutant("check_weights", "W.dim() != 2 or ", "", bad_weights),
    Mutant("check_weights", " or not W.numel()", "", bad_weights),
    Mutant("check_weights", "not gain >= 0", "gain < 0", bad_weights),
    Mutant("xavier_uniform_", "6 / sum", "3 / sum", uniform),
    Mutant("xavier_uniform_", "uniform_(-a, a)", "uniform_(0, a)", uniform),
    Mutant("xavier_uniform_", "sum(W.shape)", "(2 * W.shape[1])", uniform),
    Mutant("xavier_uniform_", "a = gain *", "a =",
           partial(test_xavier_draws_what_the_framework_draws, "uniform", torch.float64, 5 / 3, (5, 3))),
    Mutant("xavier_normal_", "math.sqrt(2 / sum(W.shape))", "2 / sum(W.shape)", normal),
    Mutant("xavier_normal_", "math.sqrt(2 / sum(W.shape))", "(2 / sum(W.shape)) ** 0.25", normal),
    Mutant("small_normal_", "(0, 0.01)", "(0, 0.1)", test_small_normal_draws_what_the_framework_draws),
    Mutant("variance_factors", "up[1:] / up[:-1]", "up[:-1] / up[1:]", factors),
    Mutant("variance_factors", "H.square().mean()", "H.square().sum()", factors),
    Mutant("variance_factors", "down[:-1] / down[1:] / num_draws", "down[:-1] / down[1:]", factors),
    Mutant("scores", "(len(Ws) - 1) + [lambda Z: Z]", "len(Ws)",
           partial(test_scores_equal_nn_on_the_same_weights_outputs_and_gradients, "tanh")),
    Mutant("activation_called", "ACTIVATIONS[name]", 'ACTIVATIONS["tanh"]',
           partial(test_each_activation_its_derivative_and_its_layer_are_the_frameworks, "ReLU")),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(ini, MUTANTS)
