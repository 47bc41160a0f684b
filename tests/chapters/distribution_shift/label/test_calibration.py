"""Calibration: against grids, BFGS and autograd's derivatives."""

import math
from functools import partial

import mutants
import pytest
import torch
from label_shift import logits_of_bayes
from mutants import Mutant
from torch import nn

from chapters.distribution_shift.label import calibration

DOUBLE = torch.float64
TINY = {"rtol": 0, "atol": 1e-12}


def test_calibration_by_hand() -> None:
    probs = calibration.Calibration(2.0, torch.tensor([0.0, math.log(3)]))(
        torch.tensor([[2.0, 0.0], [0.0, 0.0]])
    )
    assert probs[1].tolist() == pytest.approx([0.25, 0.75])
    assert probs[0].tolist() == pytest.approx([math.e / (math.e + 3), 3 / (math.e + 3)])


def nll(z: torch.Tensor, y: torch.Tensor) -> float:
    return float(nn.functional.cross_entropy(z, y))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("temperature", [0.01, 0.4, 3.0, 1000.0])
def test_no_temperature_of_a_grid_is_better(seed: int, temperature: float) -> None:
    y, logits = logits_of_bayes(seed, temperature=temperature)
    found = calibration.fit_temperature(logits, y)
    grid = temperature * torch.linspace(0.3, 3, 2000, dtype=DOUBLE)
    values = torch.tensor([nll(logits / T, y) for T in grid[::10]])
    assert nll(logits / found.temperature, y) <= values.min() + 1e-12
    assert found.temperature == pytest.approx(float(grid[::10][values.argmin()]), rel=0.05)
    assert not found.bias.any()
    torch.testing.assert_close(found(logits), (logits / found.temperature).softmax(dim=1), **TINY)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("bias", [False, True])
def test_newton_equals_bfgs_and_its_slope_is_zero(seed: int, bias: bool) -> None:
    y, logits = logits_of_bayes(seed, temperature=2.0)
    mine, other = (
        calibrate(logits, y, bias=bias)
        for calibrate in (calibration.fit_temperature, calibration.calibrate_concise)
    )
    assert mine.temperature == pytest.approx(other.temperature, rel=1e-5)
    torch.testing.assert_close(mine(logits), other(logits), rtol=0, atol=1e-5)
    a, b = (
        torch.tensor(1 / mine.temperature, dtype=DOUBLE, requires_grad=True),
        mine.bias.clone().requires_grad_(),
    )
    l = nn.functional.cross_entropy(a * logits + b, y)
    slope_a, slope_b = torch.autograd.grad(l, [a, b])
    assert abs(slope_a) < 1e-9
    assert bool(slope_b.abs().max() < 1e-9) == bias  # TS leaves a slope along the biases


def test_gradient_and_hessian_are_those_of_autograd() -> None:
    y, z = logits_of_bayes(n=40)
    a, b = torch.tensor(0.7, dtype=DOUBLE), torch.tensor([0.1, -0.4, 0.3, 0.0], dtype=DOUBLE)

    def loss(ab: torch.Tensor) -> torch.Tensor:
        return nn.functional.cross_entropy(ab[0] * z + ab[1:], y)

    at = torch.cat([a[None], b])
    g, H = calibration.derivatives(z, y, a, b)
    torch.testing.assert_close(g, torch.autograd.functional.jacobian(loss, at), **TINY)
    torch.testing.assert_close(H, torch.autograd.functional.hessian(loss, at), **TINY)


def test_the_biases_that_are_found_sum_to_zero() -> None:
    y, logits = logits_of_bayes()
    assert calibration.fit_temperature(logits, y, bias=True).bias.sum() == pytest.approx(0, abs=1e-12)


def test_after_bcts_the_mean_prediction_is_the_label_frequency() -> None:
    """So the two priors of EM are one; after TS they are not."""
    y, logits = logits_of_bayes(temperature=2.0)
    logits = logits + torch.tensor([0.0, 1.0, -1.0, 0.5])
    frequencies = torch.bincount(y) / len(y)
    after = calibration.fit_temperature(logits, y, bias=True)(logits).mean(dim=0)
    torch.testing.assert_close(after, frequencies.double(), rtol=0, atol=1e-7)  # of frequencies in float32
    after = calibration.fit_temperature(logits, y)(logits).mean(dim=0)
    assert (after - frequencies).abs().max() > 0.03


@pytest.mark.parametrize("bias", [False, True])
def test_a_constant_in_all_logits_changes_nothing(bias: bool) -> None:
    y, logits = logits_of_bayes()
    logits = (1024 * logits).round() / 1024  # so that the sum below is exact
    one, other = (calibration.fit_temperature(z, y, bias=bias) for z in (logits, logits + 2.0**36))
    assert other.temperature == pytest.approx(one.temperature, rel=1e-9)
    torch.testing.assert_close(other.bias, one.bias, rtol=0, atol=1e-9)


def test_a_known_distortion_is_undone() -> None:
    """Bayes' logits times 2.5 plus a bias a class: BCTS finds both, up to a constant of the biases."""
    y, logits = logits_of_bayes(n=20_000)
    shift = torch.tensor([0.5, -0.5, 1.0, -1.0], dtype=DOUBLE)
    found = calibration.fit_temperature(2.5 * (logits - shift), y, bias=True)
    # The information of 20,000 examples leaves a standard error of about 0.01 to 1/T and 0.03 to a bias.
    assert found.temperature == pytest.approx(2.5, rel=0.06)
    assert (found.bias - found.bias.mean() - shift).abs().max() < 0.18


@pytest.mark.parametrize(
    ("logits", "y", "bias", "message"),
    [
        (torch.randn(4, 3), torch.tensor([0, 1, 2, 3]), False, r"y: a class must be one of 0..2, got 3"),
        (torch.full((2, 2), math.inf), torch.tensor([0, 1]), False, "logits: expected finite numbers"),
        (torch.full((2, 2), math.nan), torch.tensor([0, 1]), False, "logits: expected finite numbers"),
        (torch.randn(4, 3), torch.tensor([0, 1, 1, 0]), True, "y: no example of class 2, so its bias cannot"),
        (torch.eye(3).repeat(9, 1), torch.arange(27) % 3, False, "logits, y: no temperature is best"),
        (-torch.eye(3).repeat(9, 1), torch.arange(27) % 3, True, "logits, y: no temperature is best"),
    ],
)
def test_bad_input_of_calibration(logits: torch.Tensor, y: torch.Tensor, bias: bool, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        calibration.fit_temperature(logits, y, bias=bias)


def test_calibration_stays_on_the_device(device: torch.device) -> None:
    y, logits = logits_of_bayes()
    scaled = calibration.fit_temperature(logits.float().to(device), y.to(device), bias=True)
    on_cpu = calibration.fit_temperature(logits.numpy(), y.numpy(), bias=True)
    assert scaled.bias.device.type == scaled(logits.to(device)).device.type == device.type
    assert scaled.temperature == pytest.approx(on_cpu.temperature, abs=1e-5)  # float32 logits


@pytest.mark.usefixtures("unchecked")
def test_a_flag_that_is_none() -> None:
    with pytest.raises(TypeError, match=r"^bias: expected True or False, got 'no'"):
        calibration.fit_temperature(torch.eye(3), torch.arange(3), bias="no")


by_autograd = test_gradient_and_hessian_are_those_of_autograd
zero_slope = partial(test_newton_equals_bfgs_and_its_slope_is_zero, 0, True)
MUTANTS = [
    Mutant("Calibration", "/ self.temperature", "* self.temperature", test_calibration_by_hand),
    Mutant("Calibration", "+ self.bias", "- self.bias", test_calibration_by_hand),
    Mutant("derivatives", "R * z", "P * z", by_autograd),
    Mutant("derivatives", "- P.T @ P / len(z)", "", by_autograd),
    Mutant("derivatives", "z - (P * z).sum(dim=1, keepdim=True)", "z", by_autograd),
    Mutant("fit_temperature", "z - z.mean(dim=1, keepdim=True)", "z",
           partial(test_a_constant_in_all_logits_changes_nothing, False)),
    Mutant("fit_temperature", "H[1:, 1:] += 1", "pass", test_the_biases_that_are_found_sum_to_zero,
           (ValueError, *mutants.RED)),
    Mutant("fit_temperature", "bias and absent.any()", "False",
           partial(test_bad_input_of_calibration, torch.randn(4, 3), torch.tensor([0, 1, 1, 0]), True,
                   "y: no example of")),
    Mutant("calibrate_concise", "R.mean(axis=0) * bias", "0 * R.mean(axis=0)", zero_slope),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(calibration, MUTANTS)
