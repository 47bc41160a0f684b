"""A line through a curve under covariate shift: the settings by hand, and what weights gain."""

import math
from functools import partial

import mutants
import numpy as np
import pytest
import torch
from mutants import Mutant
from recording import recorded
from torch.distributions import Normal

from chapters.distribution_shift.covariate import regression
from chapters.distribution_shift.weighting import weighted_least_squares
from chapters.least_squares import least_squares


def shimodaira() -> object:
    return regression.Setting(*regression.SHIMODAIRA)  # of the class as it is now, which may be a mutant


def sinc() -> object:
    return regression.Setting(*regression.SINC)


def test_the_settings_are_those_of_the_papers() -> None:
    x = torch.tensor([-1.0, 0.0, 0.5])
    assert shimodaira()[1:] == (0.3, (0.5, 0.5), (0.0, 0.3))
    assert shimodaira().f(x).tolist() == [0.0, 0.0, -0.375]
    assert sinc()[1:] == (0.25, (1.0, 0.5), (2.0, 0.25))
    torch.testing.assert_close(sinc().f(x), torch.tensor([0.0, 1.0, 2 / math.pi]), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("target", [False, True])
def test_samples_have_their_distribution(target: bool) -> None:
    n, setting = 40_000, shimodaira()
    X, y = setting.sample(n, target=target)
    assert X.shape == y.shape == (n, 1)
    noise = y - setting.f(X)
    for values, (mean, sd) in ((X, setting.target if target else setting.source), (noise, (0.0, 0.3))):
        # 6 standard errors of four statistics: false alarm below 1e-7
        assert abs(float(values.mean()) - mean) < 6 * sd / math.sqrt(n)
        assert abs(float(values.std()) - sd) < 6 * sd / math.sqrt(2 * n)
    assert abs(float(torch.corrcoef(torch.cat([X, noise], dim=1).T)[0, 1])) < 6 / math.sqrt(n)


@pytest.mark.parametrize("setting", [shimodaira, sinc])
def test_log_ratio_equals_that_of_torch(setting: object) -> None:
    X = torch.linspace(-3, 3, 25, dtype=torch.float64).unsqueeze(1)
    source, target = (Normal(*map(torch.tensor, side)) for side in (setting().source, setting().target))
    expected = target.log_prob(X) - source.log_prob(X)
    torch.testing.assert_close(
        setting().log_ratio(X), expected[:, 0], rtol=1e-6, atol=1e-6
    )  # theirs: float32


def test_nodes_give_the_moments_of_the_target() -> None:
    X, weights = sinc().nodes()
    assert X.shape == (64, 1)
    for power, moment in ((0, 1.0), (1, 2.0), (2, 4 + 1 / 16), (4, 16 + 24 / 16 + 3 / 256)):
        assert float(weights @ X[:, 0] ** power) == pytest.approx(moment, rel=1e-12)


def test_best_line_and_errors_by_hand() -> None:
    w, b = shimodaira().best()  # x^3 - x on N(0, s^2): slope 3 s^2 - 1; what is left has variance 6 s^6
    torch.testing.assert_close(
        torch.cat([w.flatten(), b]), torch.tensor([-0.73, 0.0], dtype=torch.float64), atol=1e-12, rtol=0
    )
    assert float(shimodaira().error(w, b)) == pytest.approx(0.09 + 6 * 0.3**6, rel=1e-12)
    # the best line for the source is x/2 - 1/4; on the target it is off by E[(x^3 - 1.5 x + 0.25)^2]
    source_line = torch.tensor([[0.5]]).double(), torch.tensor([-0.25]).double()
    off = 15 * 0.3**6 - 3 * 3 * 0.3**4 + 2.25 * 0.09 + 0.0625
    assert float(shimodaira().error(*source_line)) == pytest.approx(0.09 + off, rel=1e-12)
    X, y = shimodaira().sample(200_000)
    w, b = least_squares(X, y)
    assert abs(float(w) - 0.5) < 0.03
    assert abs(float(b) + 0.25) < 0.03


def test_error_is_the_mean_over_fresh_examples_of_the_target() -> None:
    X, y = sinc().sample(400_000, target=True)
    w, b = torch.tensor([[0.3]], dtype=torch.float64), torch.tensor([-1.0], dtype=torch.float64)
    squares = (y - X @ w - b) ** 2
    # 6 standard errors: false alarm below 1e-8
    assert abs(float(sinc().error(w, b)) - float(squares.mean())) < 6 * float(squares.std()) / math.sqrt(
        400_000
    )


def test_weights_are_one_the_ratio_its_estimate_and_that_clipped() -> None:
    setting = shimodaira()
    (X, _), (X_target, _) = setting.sample(4000), setting.sample(2000, target=True)
    ones, true, fitted, clipped = regression.weights_of(setting, X, X_target, 2.0).values()
    assert (ones == 1).all()
    torch.testing.assert_close(true, setting.log_ratio(X).exp())
    inside = true > 0.05
    assert (fitted.log() - true.log())[inside].abs().mean() < 0.1  # 0.04; a linear log-ratio has 0.44
    assert fitted.max() > 2
    assert torch.equal(clipped, fitted.clamp(max=2.0))


def test_repeat_gives_error_effective_size_and_estimate_of_every_run() -> None:
    runs = regression.error_rows(shimodaira(), 50, 3, 2.0)
    assert list(runs) == ["unweighted", "true ratio", "fitted ratio", "clipped at 2"]
    torch.manual_seed(0)
    setting = shimodaira()
    X, y = setting.sample(50)
    w, b = setting.best()
    true = setting.log_ratio(X).exp()
    for name, beta in (("unweighted", torch.ones_like(true)), ("true ratio", true)):
        line = weighted_least_squares(X, y, beta)
        squares = (y - X @ w - b)[:, 0] ** 2
        expected = [setting.error(*line), beta.sum() ** 2 / (beta**2).sum(), (beta * squares).mean()]
        torch.testing.assert_close(runs[name][0], torch.stack(expected))
        assert len({float(error) for error in runs[name][:, 0]}) == 3


# The experiments


@pytest.mark.slow
def test_the_weighted_line_is_within_a_tenth_of_the_best_for_the_target() -> None:
    result = regression.straight_line()
    metrics = result.metrics
    assert metrics["error_best"] == pytest.approx(0.09 + 6 * 0.3**6)
    for name in ("true ratio", "fitted ratio"):
        assert metrics[f"error, {name}"] <= 1.10 * metrics["error_best"]  # 1.038-1.047 for seeds 0-4
    assert metrics["error, unweighted"] >= 2 * metrics["error_best"]  # 3.2-3.5
    assert 35 < metrics["ess, fitted ratio"] < 50
    for name in ("true ratio", "fitted ratio"):  # 4 standard errors: 6e-5 were the seed not fixed
        assert abs(metrics[f"bias, {name}"]) < 4 * metrics[f"bias_se, {name}"]
    assert metrics["bias, unweighted"] > 20 * metrics["bias_se, unweighted"]
    assert metrics["bias, clipped at 2"] < -4 * metrics["bias_se, clipped at 2"]  # the price of clipping
    assert len(result.figure.axes) == 3


@pytest.mark.slow
def test_sinc_gains_four_fifths_from_eight_examples() -> None:
    result = regression.sinc()
    metrics = result.metrics
    assert metrics["error, fitted ratio"] <= 0.30 * metrics["error, unweighted"]  # 0.208-0.217 for seeds 0-4
    assert metrics["error, true ratio"] <= 0.30 * metrics["error, unweighted"]
    assert metrics["ess, fitted ratio"] < 15  # of 150; 7.4-8.1
    assert metrics["ess, true ratio"] < 20
    assert "effective sample size" in result.figure.axes[1].get_title()
    assert abs(metrics["bias, true ratio"]) < 4 * metrics["bias_se, true ratio"]


def test_a_run_reports_means_medians_and_standard_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = recorded(monkeypatch, regression, "error_rows")
    metrics = regression.straight_line(n=30, num_runs=5, largest=1.5).metrics
    best = 0.09 + 6 * 0.3**6
    expected = {"error_best": best}
    assert list(runs[0]) == ["unweighted", "true ratio", "fitted ratio", "clipped at 1.5"]
    for name, rows in runs[0].items():
        error, ess, estimate = rows.numpy().T
        expected |= {f"error, {name}": error.mean(), f"ess, {name}": np.median(ess)}
        expected[f"bias, {name}"] = estimate.mean() - best
        expected[f"bias_se, {name}"] = estimate.std(ddof=1) / math.sqrt(5)
    assert metrics == pytest.approx(expected)


@pytest.mark.parametrize("variant", [regression.straight_line, regression.sinc])
@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"n": 0}, "^n: "),
        ({"num_runs": 1}, "^num_runs: a standard dev"),
        ({"largest": 0.0}, "^largest: "),
        ({"seed": -1}, "^seed: "),
    ],
)
def test_bad_knobs(variant: object, knobs: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        variant(**{"n": 20, "num_runs": 2, **knobs})


one_run = test_repeat_gives_error_effective_size_and_estimate_of_every_run
by_hand = test_best_line_and_errors_by_hand
MUTANTS = [
    Mutant("Setting", "math.log(s / s_target)", "math.log(s_target / s)",
           partial(test_log_ratio_equals_that_of_torch, sinc)),
    Mutant("Setting", "self.target if target else self.source", "self.source if target else self.target",
           partial(test_samples_have_their_distribution, True)),
    Mutant("Setting", "mean + sd * t)", "mean + t)", test_nodes_give_the_moments_of_the_target),
    Mutant("Setting", " + self.noise**2", "", by_hand),
    Mutant("Setting", "self.f(X), weights)", "self.f(X), torch.ones_like(weights))", by_hand),
    Mutant("weights_of", "degree=2", "degree=1",
           test_weights_are_one_the_ratio_its_estimate_and_that_clipped),
    Mutant("error_rows", "weighted_least_squares(X, y, beta)", "least_squares(X, y)", one_run),
    Mutant("error_rows", "weighted_loss(losses, beta)", "losses.mean()", one_run),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(regression, MUTANTS)
