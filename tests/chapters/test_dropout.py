"""Dropout: exact invariants of the layer, rates with stated false alarms, the net against `nn.Dropout`."""

import inspect
import math
from functools import partial

import mutants
import pytest
import torch
from mutants import Mutant
from torch import nn
from torch.nn import functional as F

from chapters import dropout
from d2lcourse.reported import band

F64 = torch.float64
RATES = [0.0, 0.2, 0.5, 0.9, 1.0]


@pytest.mark.parametrize("p", RATES)
@pytest.mark.parametrize("dtype", [torch.float32, F64])
def test_every_element_is_dropped_or_scaled(p: float, dtype: torch.dtype, device: torch.device) -> None:
    X = torch.randn(50, 40, dtype=dtype, device=device).T  # not contiguous
    Y = dropout.dropout_layer(X, p)
    kept = Y != 0
    scale = 1 / (1 - p) if p < 1 else 0.0
    torch.testing.assert_close(Y[kept], scale * X[kept], rtol=4 * torch.finfo(dtype).eps, atol=0)
    assert (Y.shape, Y.dtype, Y.device) == (X.shape, X.dtype, X.device)
    if p in (0, 1):
        assert kept.all() == (p == 0)
    else:
        assert 0 < kept.sum() < X.numel()


@pytest.mark.parametrize("p", RATES)
def test_masks_values_and_generator_equal_the_framework_on_the_cpu(p: float) -> None:
    X = torch.randn(57, 33)
    torch.manual_seed(3)
    mine, after_mine = dropout.dropout_layer(X, p), torch.rand(1)
    torch.manual_seed(3)
    theirs, after_theirs = F.dropout(X, p), torch.rand(1)
    assert torch.equal(mine, theirs)
    assert torch.equal(after_mine, after_theirs)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_mean_is_kept_and_the_variance_is_that_of_the_formula(p: float, device: torch.device) -> None:
    n = 400_000
    Y = dropout.dropout_layer(torch.ones(n, dtype=F64, device=device), p)
    # The share dropped errs by sqrt(p (1-p) / n). Six of those: false alarm below 2e-9. Mean and variance
    # are functions of that share k alone: (1-k)/(1-p) and k (1-k) / (1-p)^2.
    share = float((Y == 0).double().mean())
    slack = 6 * math.sqrt(p * (1 - p) / n)
    assert abs(share - p) < slack
    assert abs(float(Y.mean()) - 1) < slack / (1 - p)
    assert abs(float(Y.var(correction=0)) - p / (1 - p)) < slack / (1 - p) ** 2


def test_elements_are_dropped_independently() -> None:
    Y = dropout.dropout_layer(torch.ones(400, 500, dtype=F64), 0.5)
    # Of 200,000 pairs of neighbours both are dropped in a quarter, with a standard deviation of at most
    # sqrt(3/16 * 3 / n) as pairs overlap. Six of those: false alarm below 1e-8, in either direction.
    for both in ((Y[1:] == 0) & (Y[:-1] == 0), (Y[:, 1:] == 0) & (Y[:, :-1] == 0)):
        assert abs(float(both.double().mean()) - 0.25) < 6 * math.sqrt(9 / 16 / both.numel())


def test_a_second_call_drops_others() -> None:
    X = torch.ones(100)
    assert not torch.equal(dropout.dropout_layer(X, 0.5), dropout.dropout_layer(X, 0.5))


@pytest.mark.parametrize("p", RATES)
def test_gradient_passes_where_the_value_did(p: float) -> None:
    X = torch.randn(200, dtype=F64, requires_grad=True)
    Y = dropout.dropout_layer(X, p)
    Y.sum().backward()
    torch.testing.assert_close(X.grad * X.detach(), Y.detach(), rtol=1e-14, atol=0)


def test_mask_is_made_where_the_input_is() -> None:
    X = torch.ones(3, 4, device="meta", dtype=torch.float16)
    Y = dropout.dropout_layer(X, 0.5)
    assert (Y.device.type, Y.dtype, Y.shape) == ("meta", torch.float16, X.shape)
    with pytest.raises(RuntimeError):
        _ = (torch.rand(X.shape) > 0.5).float() * X  # the mask of 004 3.6.1 lies on the CPU


def test_nothing_dropped_and_all_dropped_and_empty() -> None:
    X = torch.randn(4, 3)
    assert torch.equal(dropout.dropout_layer(X, 0.0), X)
    assert torch.equal(dropout.dropout_layer(X, 1.0), torch.zeros(4, 3))  # not refused, as 004 3.6.1 asserts
    assert dropout.dropout_layer(X[:0], 0.5).shape == (0, 3)


@pytest.mark.parametrize("p", [-0.1, 1.5, math.nan])
def test_probability_outside_its_range(p: float) -> None:
    with pytest.raises(RuntimeError, match=r"expects p to be in \[0, 1\]"):
        dropout.dropout_layer(torch.ones(2), p)


def both(p: tuple[float, float] = (0.2, 0.5)) -> tuple[nn.Module, nn.Module]:
    """A scratch and an `nn` network of float64 with the same, not small, weights and biases."""
    net = dropout.DropoutMLP(6, 3, (20, 10), p).double()
    layers = nn.Sequential(
        nn.Flatten(), nn.Linear(6, 20), nn.ReLU(), nn.Dropout(p[0]),
        nn.Linear(20, 10), nn.ReLU(), nn.Dropout(p[1]), nn.Linear(10, 3),
    ).double()  # fmt: skip
    with torch.no_grad():
        for mine, theirs in zip(net.parameters(), layers.parameters(), strict=True):
            theirs.copy_(mine)
    return net, layers


@pytest.mark.parametrize("training", [True, False])
def test_net_equals_nn_on_the_same_weights_outputs_and_gradients(training: bool) -> None:
    net, layers = (one.train(training) for one in both())
    X, y = torch.randn(9, 1, 2, 3, dtype=F64), torch.arange(9) % 3
    outputs = []
    for one in (net, layers):
        torch.manual_seed(4)
        outputs.append(one(X))
        F.cross_entropy(outputs[-1], y).backward()
    torch.testing.assert_close(*outputs, rtol=1e-10, atol=1e-10)
    for mine, theirs in zip(net.parameters(), layers.parameters(), strict=True):
        torch.testing.assert_close(mine.grad, theirs.grad, rtol=1e-10, atol=1e-10)
        assert mine.grad.abs().max() > 1e-4


def test_prediction_is_the_identity_of_dropout() -> None:
    net, _ = both((1.0, 1.0))
    X = torch.randn(5, 6, dtype=F64)
    trained = net.train()(X)
    torch.testing.assert_close(trained, net.lin3.bias.expand(5, 3))  # every unit is dropped
    predicted = net.eval()(X)
    torch.testing.assert_close(predicted, net.lin3(net.lin2(net.lin1(X).relu()).relu()))
    assert torch.equal(predicted, net(X))
    assert not torch.equal(predicted, trained)


def test_each_layer_has_its_own_probability() -> None:
    X = torch.randn(5, 6, dtype=F64)
    first, second = both((1.0, 0.0))[0].train(), both((0.0, 1.0))[0].train()
    torch.testing.assert_close(first(X), first.lin3(first.lin2.bias.relu()).expand(5, 3))
    torch.testing.assert_close(second(X), second.lin3.bias.expand(5, 3))


VARIANTS = [dropout.scratch, dropout.concise]
DIGITS = {"data": "digits", "lr": 0.5, "batch_size": 32, "device": "cpu", "num_hiddens": (64, 32)}


def test_one_seed_gives_scratch_and_concise_the_same_losses() -> None:
    one, other = (variant(**DIGITS, num_epochs=3).history["train_loss"] for variant in VARIANTS)
    assert one == pytest.approx(other, abs=1e-4)
    assert one[0] != dropout.scratch(**DIGITS, num_epochs=1, p=(0.0, 0.0)).history["train_loss"][0]
    assert inspect.signature(VARIANTS[0]) == inspect.signature(VARIANTS[1])


@pytest.mark.parametrize("variant", VARIANTS)
def test_digits_are_learned(variant: object) -> None:
    result = variant(**DIGITS, num_epochs=12)
    assert result.metrics["test_acc"] > 0.9  # 0.953 to 0.969 for seeds 0 to 4; an untrained net has 0.1
    assert list(result.figures) == ["training", "predictions"]


def test_noise_reports_mean_and_variance_of_the_framework_too() -> None:
    """On the CPU the masks are torch's own; 19 probabilities from 0 to 0.9, and the eleventh is 0.5."""
    metrics = dropout.noise(num_examples=500).metrics
    torch.manual_seed(0)
    drawn = [F.dropout(torch.ones(500), 0.05 * k).double().numpy() for k in range(19)]
    assert metrics == pytest.approx(
        {
            "mean at p = 0.5": drawn[10].mean(),
            "variance at p = 0.5": drawn[10].var(),
            "largest error of the mean": max(abs(one.mean() - 1) for one in drawn),
        },
        rel=1e-5,
    )


def test_noise_measures_what_it_draws() -> None:
    result = dropout.noise()
    # a variance of 1 over 100,000 draws errs by sqrt(1 / 100,000), six of those; so does the mean
    assert result.metrics["mean at p = 0.5"] == pytest.approx(1, abs=0.02)
    assert result.metrics["variance at p = 0.5"] == pytest.approx(1, abs=0.02)
    left, right = result.figure.axes
    assert [len(axes.lines) for axes in (left, right)] == [3, 2]


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"data": "fashon_mnist"}, "data: there is no 'fashon_mnist'"),
        ({"num_epochs": 0}, "num_epochs: must be at least 1"),
        ({"batch_size": 0}, "batch_size: must be at least 1"),
        ({"lr": -1.0}, "learning rate"),
        ({"seed": -1}, "seed: must be in"),
        ({"device": "gpu"}, "device: 'gpu' is not a device"),
    ],
)
@pytest.mark.parametrize("variant", VARIANTS)
def test_bad_knobs(variant: object, knobs: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        variant(**{**DIGITS, **knobs})


@pytest.mark.slow
def test_two_epochs_on_fashion_mnist(fashion_mnist: str) -> None:
    metrics = dropout.scratch(data=fashion_mnist, num_epochs=2, device="cpu").metrics
    assert 0.51 < metrics["train_loss"] < 0.55  # 0.523 to 0.538 for seeds 0 to 4; ln 10 = 2.3 untrained
    assert metrics["test_acc"] > 0.65  # 0.72 to 0.83


@pytest.mark.experiment
def test_fashion_mnist_is_learned(fashion_mnist: str) -> None:
    metrics = dropout.scratch(data=fashion_mnist, device="cpu").metrics  # concise has the same losses
    for name in ("train_loss", "test_acc"):
        low, high = band("dropout", name)
        assert low <= metrics[name] <= high


CPU = torch.device("cpu")
MUTANTS = [
    Mutant("dropout_layer", "mask / (1 - p) * X", "mask * X",
           partial(test_every_element_is_dropped_or_scaled, 0.5, F64, CPU)),
    Mutant("dropout_layer", "mask / (1 - p) * X", "mask / p * X",
           partial(test_every_element_is_dropped_or_scaled, 0.2, F64, CPU)),
    Mutant("dropout_layer", "bernoulli_(1 - p)", "bernoulli_(p)",
           partial(test_mean_is_kept_and_the_variance_is_that_of_the_formula, 0.8, CPU)),
    Mutant("dropout_layer", "torch.empty_like(X)", "torch.empty_like(X[:1])",
           test_elements_are_dropped_independently),
    Mutant("dropout_layer", "torch.empty_like(X)", "torch.empty(X.shape)",
           test_mask_is_made_where_the_input_is, dies_of=(RuntimeError,)),
    Mutant("DropoutMLP", "dropout_layer(H2, self.p[1])", "dropout_layer(H2, self.p[0])",
           test_each_layer_has_its_own_probability),
    Mutant("DropoutMLP", "        if self.training:\n            H1 =", "        H1 =",
           test_prediction_is_the_identity_of_dropout),
    Mutant("DropoutMLP", "relu(self.lin2(H1))", "self.lin2(H1)",
           partial(test_net_equals_nn_on_the_same_weights_outputs_and_gradients, False)),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(dropout, MUTANTS)
