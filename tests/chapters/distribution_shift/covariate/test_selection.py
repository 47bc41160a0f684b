"""Biased selection of images: the shift by construction, and what weights repair."""

import math

import mutants
import numpy as np
import pytest
import torch
from mutants import Mutant
from recording import recorded
from torch.nn import functional as F

from chapters.distribution_shift.covariate import selection


def pool(n: int = 30_000) -> torch.Tensor:
    return torch.rand(n, 4) * torch.rand(n, 1)


def test_the_true_weights_grow_exponentially_with_brightness_and_have_mean_one() -> None:
    X = pool(500).double()
    beta = selection.brightness_ratio(X)
    assert float(beta.mean()) == pytest.approx(1)
    ink = X.mean(dim=1)
    slope, intercept = np.polyfit(ink.numpy(), beta.log().numpy(), 1)
    assert slope == pytest.approx(1 / float(ink.std(correction=0)))
    torch.testing.assert_close(beta.log(), slope * ink + intercept, rtol=1e-8, atol=1e-8)


def test_the_parts_are_disjoint_and_the_target_is_drawn_by_the_weights() -> None:
    X = pool()
    beta = selection.brightness_ratio(X)
    train, validation, target = selection.train_validation_target(beta, 5000)
    assert (len(train), len(validation), len(target)) == (5000, 5000, 10_000)
    parts = [set(part.tolist()) for part in (train, validation, target)]
    assert len(parts[0]) == len(parts[1]) == 5000
    assert not parts[0] & parts[1]
    assert not (parts[0] | parts[1]) & parts[2]
    ink = X.mean(dim=1)
    for part, weights in (
        (train, torch.ones_like(beta)),
        (validation, torch.ones_like(beta)),
        (target, beta),
    ):
        mean = float(weights @ ink / weights.sum())
        error = float(ink[part].std()) / math.sqrt(len(part))
        # 6 standard errors, and as much for the 20,000 images that the target is drawn from: below 1e-8
        assert abs(float(ink[part].mean()) - mean) < 12 * error
    assert abs(float(ink[target].mean()) - float(ink.mean())) > 50 * error


def test_a_split_is_on_the_device_of_the_weights(device: torch.device) -> None:
    parts = selection.train_validation_target(selection.brightness_ratio(pool(100).to(device)), 20)
    assert {part.device.type for part in parts} == {device.type}


def toy(n: int = 60) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    X = torch.randn(n, 2, dtype=torch.float64)
    y = (X[:, 0] + torch.randn(n) > 0).long() + (X[:, 1] > 1).long()
    return X, y, torch.rand(n, dtype=torch.float64) * 3


def test_softmax_regression_minimises_the_weighted_loss() -> None:
    X, y, beta = toy()
    net = selection.fit_softmax(X, y, beta, 3, num_steps=400)
    loss = (beta * F.cross_entropy(net(X), y, reduction="none")).sum() / beta.sum()
    for grad in torch.autograd.grad(loss, list(net.parameters())):
        assert grad.abs().max() < 1e-5  # L-BFGS stops at a gradient of 1e-7 or a change of 1e-9
    plain = selection.fit_softmax(X, y, torch.ones_like(beta), 3, num_steps=400)
    assert (net.weight - plain.weight).abs().max() > 1e-2


def test_softmax_regression_starts_from_zero_and_forgets_the_scale_of_the_weights() -> None:
    X, y, beta = toy()
    runs = []
    for seed, factor in ((0, 1.0), (1, 1.0), (0, 7.0)):
        torch.manual_seed(seed)
        runs.append(selection.fit_softmax(X, y, factor * beta, 3, num_steps=5).weight)
    assert torch.equal(runs[0], runs[1])
    torch.testing.assert_close(runs[0], runs[2], rtol=1e-9, atol=1e-9)


def linear_pool() -> tuple[dict[str, torch.Tensor], torch.Tensor, torch.Tensor]:
    """A coin decides the label, and the other way round where z > 1/2; the weights make z ~ N(1, 1)."""
    z = torch.randn(12_000)
    coin = (torch.rand(12_000) < 0.5).float() * 2 - 1
    y = ((coin > 0) != (z > 0.5)).long()
    return {"all": torch.stack([coin, z], dim=1)}, y, z.exp() / z.exp().mean()


def test_one_draw_finds_the_bias_that_weights_repair_and_their_gain() -> None:
    row = selection.one_draw(*linear_pool(), 3000, 30)["all"]
    # P(z < 1/2) is 0.69 on the source, whose rule a linear model learns, and 0.31 on the target
    accuracy, gain, plain, true_ratio, fitted = row.tolist()
    assert accuracy == pytest.approx(31, abs=4)
    assert gain == pytest.approx(38, abs=5)
    assert plain == pytest.approx(38, abs=4)
    for bias in (true_ratio, fitted):
        assert abs(bias) < 6


def test_a_fitted_log_ratio_correlates_with_the_true_one() -> None:
    X = pool(8000)
    assert selection.pixel_correlation(X, selection.brightness_ratio(X), 2000) > 0.9


def test_digits_run_end_to_end() -> None:
    knobs = {"data": "digits", "num_draws": 2, "num_steps": 15, "device": "cpu"}
    with pytest.MonkeyPatch.context() as patched:
        draws, ratios = (
            recorded(patched, selection, "one_draw"),
            recorded(patched, selection, "brightness_ratio"),
        )
        correlations = recorded(patched, selection, "pixel_correlation")
        result = selection.biased_selection(**knobs)
    beta = ratios[0].numpy()
    expected = {
        "ess_share": beta.sum() ** 2 / (beta**2).sum() / 1437,
        "correlation, 64 pixels": correlations[0],
    }
    for name in ("10 components", "64 pixels"):
        rows = np.stack([draw[name] for draw in draws])
        accuracy, gain, *biases = rows.mean(axis=0)
        expected |= {f"accuracy, {name}": accuracy, f"gain, {name}": gain}
        expected[f"gain_se, {name}"] = rows[:, 1].std(ddof=1) / math.sqrt(2)
        for kind, bias in zip(("plain", "true_ratio", "fitted_ratio"), biases, strict=True):
            expected[f"bias_{kind}, {name}"] = bias
    assert result.metrics == pytest.approx(expected, rel=1e-5, abs=1e-5)
    assert list(result.figures) == ["selection", "images"]
    assert {place.images[0].get_array().shape for place in result.figures["images"].axes} == {(8, 8)}
    assert len(result.figures["images"].axes) == 10
    assert {name.split(", ")[-1] for name in result.metrics} == {"ess_share", "10 components", "64 pixels"}
    assert result.metrics["accuracy, 64 pixels"] > 85  # 10 for an untrained model
    assert 0.3 < result.metrics["ess_share"] < 0.5  # exp(-1) = 0.37 were the brightness normal
    assert set(map(type, result.metrics.values())) == {float}


def test_as_many_components_as_pixels_are_not_too_many() -> None:
    knobs = {"data": "digits", "num_draws": 2, "num_steps": 1, "size": 100, "device": "cpu"}
    assert "accuracy, 64 components" in selection.biased_selection(**knobs, num_components=64).metrics


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"size": 0}, "^size: "),
        ({"num_draws": 1}, "^num_draws: a standard dev"),
        ({"num_steps": 0}, "^num_steps: "),
        ({"num_components": 0}, "^num_components: "),
        ({"num_components": 65}, "^num_components: 65 of 64 pixels"),
        ({"data": "digit"}, "^data: "),
        ({"device": "gpu"}, "^device: "),
        ({"seed": -1}, "^seed: "),
    ],
)
def test_bad_knobs(knobs: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        selection.biased_selection(**{"data": "digits", "num_draws": 2, "device": "cpu", **knobs})


@pytest.mark.slow
def test_on_fashion_mnist_weights_repair_the_estimate_and_the_small_model_only(fashion_mnist: str) -> None:
    metrics = selection.biased_selection(data=fashion_mnist, device="cpu").metrics
    for name in ("10 components", "784 pixels"):
        bias = abs(metrics[f"bias_plain, {name}"])  # 5.4-5.7 and 3.8-4.3 points for seeds 0-4
        assert bias > 3
        for ratio in ("true_ratio", "fitted_ratio"):  # at most 0.6
            assert abs(metrics[f"bias_{ratio}, {name}"]) < bias / 2
    assert metrics["gain, 10 components"] > 2 * metrics["gain_se, 10 components"]  # 0.46-1.01, se 0.11-0.23
    assert metrics["gain, 784 pixels"] < 0.2  # -0.35 to -0.24
    assert 0.5 < metrics["correlation, 784 pixels"] < 0.85  # 0.64-0.71


drawn = test_the_parts_are_disjoint_and_the_target_is_drawn_by_the_weights
one = test_one_draw_finds_the_bias_that_weights_repair_and_their_gain
MUTANTS = [
    Mutant("brightness_ratio", "z.exp() / z.exp().mean()", "(-z).exp() / (-z).exp().mean()",
           test_the_true_weights_grow_exponentially_with_brightness_and_have_mean_one),  # inverted
    Mutant("brightness_ratio", " / z.exp().mean()", "",
           test_the_true_weights_grow_exponentially_with_brightness_and_have_mean_one),
    Mutant("train_validation_target", "multinomial(beta[rest]", "multinomial(torch.ones_like(beta[rest])",
           drawn),
    Mutant("fit_softmax", "y), beta, normalize", "y), torch.ones_like(beta), normalize",
           test_softmax_regression_minimises_the_weighted_loss),  # weights not applied
    Mutant("fit_softmax", "nn.init.zeros_(net.weight)", "pass",
           test_softmax_regression_starts_from_zero_and_forgets_the_scale_of_the_weights),
    Mutant("one_draw", "beta[validation], fitted", "1 / beta[validation], fitted", one),
    Mutant("one_draw", "features[validation], features[target]", "features[target], features[train]", one,
           dies_of=(ValueError, AssertionError)),
    Mutant("one_draw", "beta[train])\n        ]", "beta[validation])\n        ]", one),
    Mutant("pixel_correlation", "beta[source].log()", "-beta[source].log()",
           test_a_fitted_log_ratio_correlates_with_the_true_one),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(selection, MUTANTS)
