"""Numerical stability: products of many matrices, float16, clipped gradients and residual sums."""

import math
from functools import partial
from itertools import pairwise

import mutants
import numpy as np
import pytest
import torch
from mutants import Mutant
from recording import recorded
from torch import nn
from torch.nn import functional as F

import d2lcore as d2l
from chapters import numerical_stability as stability

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
    torch.testing.assert_close(stability.scaled_sigmoid(X), expected, **tolerance)
    torch.testing.assert_close(stability.ScaledSigmoid()(X), expected, **tolerance)
    leaf = X.clone().requires_grad_()
    slope = torch.autograd.grad((2 * torch.tanh(leaf / 2)).sum(), leaf)[0]
    torch.testing.assert_close(stability.scaled_sigmoid_derivative(X), slope, **tolerance)


def test_scaled_sigmoid_begins_as_x_less_a_twelfth_of_its_cube() -> None:
    zero = torch.zeros((), **DOUBLE)
    assert stability.scaled_sigmoid(zero) == 0
    assert stability.scaled_sigmoid_derivative(zero) == 1
    x = torch.tensor([0.1, 0.2, 0.4], **DOUBLE)
    rest = stability.scaled_sigmoid(x) - (x - x**3 / 12)
    assert (rest > 0).all()
    assert (rest < x**5 / 120).all()  # the next term, and the one after it is negative


@pytest.mark.parametrize("name", stability.ACTIVATIONS)
def test_each_activation_its_derivative_and_its_layer_are_the_frameworks(name: str) -> None:
    phi, derivative, layer = stability.ACTIVATIONS[name]
    X = torch.linspace(-4, 4, 82, **DOUBLE).requires_grad_()  # without 0, where ReLU has a kink
    H = FRAMEWORK[name](X)
    torch.testing.assert_close(layer()(X), H, rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(phi(X), H, rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(derivative(X), torch.autograd.grad(H.sum(), X)[0], rtol=1e-10, atol=1e-10)


# Products of many matrices


def identity(Z: torch.Tensor) -> torch.Tensor:
    return Z


def test_signal_and_gradient_of_weights_that_double() -> None:
    X, top = torch.randn(16, 3, **DOUBLE), torch.randn(16, 3, **DOUBLE)
    Ws = [2 * torch.eye(3, **DOUBLE)] * 4
    signals, gradients = stability.signal_and_gradient(X, Ws, identity, torch.ones_like, top)
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
    phi, derivative, _ = stability.ACTIVATIONS["tanh"]
    signals, gradients = stability.signal_and_gradient(X.detach(), Ws, phi, derivative, top)
    assert gradients == pytest.approx([g.norm().item() / math.sqrt(g.numel()) for g in expected], rel=1e-10)
    assert signals == pytest.approx(
        [H.detach().std(dim=0).norm().item() / math.sqrt(H.shape[1]) for H in Hs], rel=1e-10
    )


def test_depth_vanishes_and_explodes() -> None:
    result = stability.depth()
    gain = result.metrics  # of the gradient, from the last layer to the first
    assert len(gain) == 12
    assert all(gain[f"{name}_small"] < 1e-25 for name in stability.ACTIVATIONS)
    assert gain["sigmoid_xavier"] < 1e-15
    assert gain["sigmoid_large"] < 1e-6
    assert 1e-7 < gain["ReLU_xavier"] < 1e-3  # half the variance is lost in each of 30 layers: 2^-15 = 3e-5
    assert 0.02 < gain["tanh_xavier"] < 1
    assert 0.02 < gain["scaled_sigmoid_xavier"] < 1
    assert all(gain[f"{name}_large"] > 1e3 for name in ("tanh", "scaled_sigmoid", "ReLU"))
    axes = result.figure.axes
    assert [len(panel.lines) for panel in axes] == [4] * 6
    assert {panel.get_yscale() for panel in axes} == {"log"}
    signal = {name: line.get_ydata() for name, line in zip(stability.ACTIVATIONS, axes[1].lines, strict=True)}
    assert signal["scaled_sigmoid"][-1] > 0.05 * signal["scaled_sigmoid"][0]
    assert signal["sigmoid"][-1] < 1e-14 * signal["sigmoid"][0]


def gain_by_autograd(X: torch.Tensor, top: torch.Tensor, layers: list) -> float:
    """The size of the gradient of X over that of the last output, whose gradient is `top`."""
    H = X = X.clone().requires_grad_()
    for layer in layers:
        H = layer(H)
    return (torch.autograd.grad(H, X, top)[0].norm() / top.norm()).item()


def test_reported_gains_are_those_of_autograd() -> None:
    X, top, directions = stability.random_layers(3, 6, seed=2)
    expected = {}
    for size, std in (("small", 0.01), ("xavier", 1 / math.sqrt(6)), ("large", 3 / math.sqrt(6))):
        for name, phi in FRAMEWORK.items():
            layers = [lambda H, W=std * W, phi=phi: phi(H @ W.T) for W in directions]
            expected[f"{name}_{size}"] = gain_by_autograd(X, top, layers)
    assert stability.depth(num_layers=3, num_hiddens=6, seed=2).metrics == pytest.approx(expected)


# Half precision


def test_range_of_float16() -> None:
    limits = stability.float16_range()
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
    result = stability.half_precision()
    left, right = result.figure.axes
    single, half = left.lines[:2]
    assert single.get_ydata().min() > 0
    limits = stability.float16_range()
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


def test_random_layers_are_standard_normal() -> None:
    X, top, Ws = stability.random_layers(4, 50, seed=3)
    assert X.shape == top.shape == (64, 50)
    assert [W.shape for W in Ws] == [(50, 50)] * 4
    # the standard deviation of n normal draws errs by 1 / sqrt(2 n): six of those, false alarm 2e-9
    for tensor in (X, top, *Ws):
        assert abs(tensor.std().item() - 1) < 6 / math.sqrt(2 * tensor.numel())
    assert not torch.equal(X, top)


# Clipping


@pytest.mark.parametrize("theta", [1e-3, 1.0, 1e3, math.inf])
def test_clipped_gradients_are_those_of_the_framework(theta: float, device: torch.device) -> None:
    params = [torch.ones(shape, **DOUBLE, device=device, requires_grad=True) for shape in ((5, 3), (2,), ())]
    for param in params:
        param.grad = 1e8 * torch.randn_like(param)  # the framework adds 1e-6 to the norm: 1e-14 of it
    unused = torch.ones(4, **DOUBLE, device=device, requires_grad=True)
    others = [param.detach().clone().requires_grad_() for param in params]
    for other, param in zip(others, params, strict=True):
        other.grad = param.grad.clone()
    before = params[0].grad
    norm = stability.clip_gradients([*params, unused], theta)
    expected = nn.utils.clip_grad_norm_(others, theta) if theta < math.inf else None
    if expected is not None:
        assert norm == pytest.approx(expected.item(), rel=1e-12)
        assert math.hypot(*(param.grad.norm().item() for param in params)) == pytest.approx(theta, rel=1e-12)
    for param, other in zip(params, others, strict=True):
        torch.testing.assert_close(param.grad, other.grad, rtol=1e-12, atol=0)
    assert params[0].grad is before  # in place: an optimizer sees it
    assert unused.grad is None


def test_short_gradients_stay_as_they_are() -> None:
    param = torch.ones(3, requires_grad=True)
    for grad in (torch.tensor([0.6, 0.0, 0.8]), torch.zeros(3)):
        param.grad = grad.clone()
        assert stability.clip_gradients([param], 1.01) == pytest.approx(grad.norm().item())
        assert torch.equal(param.grad, grad)


def test_training_with_clipping_equals_the_framework() -> None:
    X, y = torch.randn(30, 6, **DOUBLE), torch.randint(4, (30,))
    Ws = [torch.randn(5, 6, **DOUBLE), torch.randn(4, 5, **DOUBLE)]
    before = [W.clone() for W in Ws]
    theta = 0.1
    losses, accuracy = stability.losses_and_accuracy(Ws, X, y, lr=0.3, num_steps=5, theta=theta)
    net = nn.Sequential(nn.Linear(6, 5, bias=False), nn.ReLU(), nn.Linear(5, 4, bias=False)).double()
    with torch.no_grad():
        for param, W in zip(net.parameters(), Ws, strict=True):
            param.copy_(W)
    updater = torch.optim.SGD(net.parameters(), lr=0.3)
    for loss in losses:
        l = F.cross_entropy(net(X), y)
        assert loss == pytest.approx(l.item(), rel=1e-4)  # the framework clips to theta / (1 + 1e-6 / norm)
        updater.zero_grad()
        l.backward()
        assert nn.utils.clip_grad_norm_(net.parameters(), theta) > theta
        updater.step()
    assert accuracy == (net(X).argmax(dim=1) == y).double().mean()
    assert all(torch.equal(W, old) for W, old in zip(Ws, before, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_what_clipping_is_for(seed: int) -> None:
    result = stability.clipping(seed=seed, num_steps=100)
    assert result.metrics["accuracy, unclipped"] < 0.2
    assert result.metrics["accuracy, clipped"] > 0.5
    assert [len(line.get_xdata()) for line in result.figure.axes[0].lines] == [100, 100]


def test_clipping_reports_the_accuracies_of_its_two_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The start is drawn again here: six layers, three times Xavier's size."""
    runs = recorded(monkeypatch, stability, "losses_and_accuracy")
    metrics = stability.clipping(theta=0.7, lr=0.05, num_steps=2, seed=3).metrics
    assert [(lr, steps, theta) for *_, lr, steps, theta in runs.arguments] == [
        (0.05, 2, math.inf),
        (0.05, 2, 0.7),
    ]
    assert metrics == {"accuracy, unclipped": runs[0][1], "accuracy, clipped": runs[1][1]}
    torch.manual_seed(3)
    images, labels = next(iter(d2l.load_data("digits", 1437)[0]))
    Ws, X, y, *_ = runs.arguments[0]
    assert torch.equal(X, images)
    assert torch.equal(y, labels)
    assert [tuple(W.shape) for W in Ws] == [(64, 64)] * 5 + [(10, 64)]
    torch.testing.assert_close(Ws[0], 3 / 8 * torch.randn(64, 64))
    assert runs.arguments[1][0] is Ws


# Residual sums


def test_residual_gradients_equal_autograd() -> None:
    X, top = torch.randn(9, 5, **DOUBLE, requires_grad=True), torch.randn(9, 5, **DOUBLE)
    Ws = [torch.randn(5, 5, **DOUBLE) for _ in range(4)]
    Hs = [X]
    for W in Ws:
        Hs.append(Hs[-1] + torch.tanh(F.linear(Hs[-1], W)))
    expected = torch.autograd.grad(Hs[-1], Hs, top)
    for mine, theirs in zip(stability.residual_gradients(X.detach(), Ws, top), expected, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-12, atol=1e-12)


def test_without_weights_the_residual_gradient_comes_through_whole() -> None:
    X, top = torch.randn(4, 3), torch.randn(4, 3)
    for gradient in stability.residual_gradients(X, [torch.zeros(3, 3)] * 50, top):
        assert torch.equal(gradient, top)


def test_the_sum_keeps_a_gradient_that_vanishes_without_it() -> None:
    result = stability.residual()
    gain = result.metrics  # of the gradient, from the last layer to the first
    assert gain["plain, small"] < 1e-25
    assert 1 < gain["residual, small"] < 1.5
    assert gain["plain, xavier"] < 1 < gain["residual, xavier"] < 100
    assert [line.get_label() for line in result.figure.axes[0].lines] == list(gain)


def test_reported_gains_of_sums_are_those_of_autograd() -> None:
    X, top, directions = stability.random_layers(3, 6, seed=2)
    expected = {}
    for size, std in (("small", 0.01), ("xavier", 1 / math.sqrt(6))):
        plain = [lambda H, W=std * W: torch.tanh(H @ W.T) for W in directions]
        residual = [lambda H, f=f: H + f(H) for f in plain]
        expected[f"plain, {size}"] = gain_by_autograd(X, top, plain)
        expected[f"residual, {size}"] = gain_by_autograd(X, top, residual)
    assert stability.residual(num_layers=3, num_hiddens=6, seed=2).metrics == pytest.approx(expected)


@pytest.mark.parametrize("activation", stability.ACTIVATIONS)
def test_outputs_equal_nn_on_the_same_weights_outputs_and_gradients(activation: str) -> None:
    phi, _, layer = stability.ACTIVATIONS[activation]
    net = nn.Sequential(
        nn.Flatten(), nn.Linear(6, 5, bias=False), layer(), nn.Linear(5, 4, bias=False), layer(),
        nn.Linear(4, 3, bias=False),
    ).double()  # fmt: skip
    Ws = [W.detach().clone().requires_grad_() for W in net.parameters()]
    X, y = torch.randn(9, 1, 2, 3, **DOUBLE), torch.randint(3, (9,))
    mine, theirs = stability.outputs(X, Ws, phi), net(X)
    torch.testing.assert_close(mine, theirs, rtol=1e-10, atol=1e-10)
    for O in (mine, theirs):
        F.cross_entropy(O, y).backward()
    for W, param in zip(Ws, net.parameters(), strict=True):
        torch.testing.assert_close(W.grad, param.grad, rtol=1e-10, atol=1e-10)
        assert W.grad.abs().max() > 1e-4  # gradients that are all zero would agree too
    assert stability.outputs(X[:0], Ws, phi).shape == (0, 3)


def test_an_unknown_activation_is_named() -> None:
    assert stability.activation_named("tanh") is stability.ACTIVATIONS["tanh"]
    with pytest.raises(ValueError, match="activation: there is no 'relu'; did you mean 'ReLU'"):
        stability.activation_named("relu")


scaled_is_tanh = partial(test_scaled_sigmoid_is_two_tanh_of_half_its_argument, torch.float64)
equals_autograd = test_signal_and_gradient_equal_autograd
clipped = partial(test_clipped_gradients_are_those_of_the_framework, 1.0, torch.device("cpu"))
MUTANTS = [
    Mutant("scaled_sigmoid", "(X) - 2", "(X) - 1", scaled_is_tanh),
    Mutant("scaled_sigmoid", "4 * ", "2 * ", scaled_is_tanh),
    Mutant("scaled_sigmoid_derivative", "4 * ", "", scaled_is_tanh),
    Mutant("ScaledSigmoid", "4 * torch", "2 * torch", scaled_is_tanh),
    Mutant("activation_named", "ACTIVATIONS[name]", 'ACTIVATIONS["ReLU"]',
           test_an_unknown_activation_is_named),
    Mutant("signal_and_gradient", "H.var(dim=0).mean().sqrt()", "H.std()", equals_autograd),
    Mutant("signal_and_gradient", "dH.square().mean().sqrt()", "dH.norm()", equals_autograd),
    Mutant("signal_and_gradient", "[phi_derivative]", "[torch.ones_like]", equals_autograd),
    Mutant("random_layers", "torch.randn(2,", "torch.zeros(2,", test_random_layers_are_standard_normal),
    Mutant("random_layers", "(num_layers, num", "(1, num", test_random_layers_are_standard_normal),
    Mutant("float16_range", "* info.eps", "* info.eps / 2", test_range_of_float16),
    Mutant("float16_range", "torch.float16", "torch.bfloat16", test_range_of_float16),
    Mutant("clip_gradients", "if norm > theta", "if True", test_short_gradients_stay_as_they_are),
    Mutant("clip_gradients", "torch.cat([grad.flatten() for grad in grads])", "grads[0]", clipped),
    Mutant("clip_gradients", "grad *= theta / norm", "grad.clamp_(-theta, theta)", clipped),
    Mutant("outputs", "(len(Ws) - 1) + [lambda Z: Z]", "len(Ws)",
           partial(test_outputs_equal_nn_on_the_same_weights_outputs_and_gradients, "tanh")),
    Mutant("losses_and_accuracy", "        clip_gradients(params, theta)\n", "",
           test_training_with_clipping_equals_the_framework),
    Mutant("losses_and_accuracy", "batch_size=1", "batch_size=len(X)",
           test_training_with_clipping_equals_the_framework),
    Mutant("residual_gradients", "dHs[0] + (dHs[0]", "(dHs[0]", test_residual_gradients_equal_autograd),
    Mutant("residual_gradients", "H = H + tanh", "H = tanh", test_residual_gradients_equal_autograd),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(stability, MUTANTS)
