"""The four failures: what the numbers look like where a correction must not be applied."""

import math
from collections.abc import Callable

import mutants
import numpy as np
import pytest
import torch
from mutants import Mutant
from recording import recorded
from scipy.stats import norm

import d2lcore as d2l
from chapters.distribution_shift import failures
from chapters.distribution_shift.covariate import density_ratio_weights
from chapters.distribution_shift.label.images import Sets


@pytest.mark.slow
def test_failures_on_mnist(real_data: object) -> None:
    """Solved confidently and wrong: no residual, a good condition number, and a test that sees it."""
    data = real_data("mnist")
    for key, variant in (("absent class", failures.absent_class), ("moved", failures.broken_assumption)):
        metrics = variant(data=data).metrics
        assert metrics[f"residual, {key}"] < 0.05
        assert metrics[f"condition, {key}"] < 10
        assert metrics[f"largest_error, {key}"] > 0.1 > metrics["largest_error, label shift"]
        assert metrics[f"weighted_p_value, {key}"] == 0.005
        assert metrics[f"concerns, {key}"] >= 1
        assert metrics["corrected_acc, label shift"] > metrics["acc, label shift"]


def compared(monkeypatch: pytest.MonkeyPatch, variant: Callable, **knobs: object) -> tuple:
    """What the variant asks `compare_cases` for, once it has passed its common knobs on."""
    asked = []
    monkeypatch.setattr(
        failures, "compare_cases", lambda *given, **rest: asked.append((given, rest)) or d2l.Result()
    )
    common = {"data": "digits", "num_train": 30, "n": 20, "num_epochs": 2, "seed": 3}
    variant(**common, **knobs)
    ((given, rest),) = asked
    assert rest == common
    return given


def test_the_absent_class_is_the_last_and_has_the_share_rho(monkeypatch: pytest.MonkeyPatch) -> None:
    name, make_other, num_classes, p = compared(monkeypatch, failures.absent_class, rho=0.5)
    assert (name, num_classes) == ("absent class", 9)
    assert p.tolist() == pytest.approx([0.5 / 9] * 9 + [0.5])
    sets = Sets(*torch.rand(6, 2, 1, 4, 5))
    assert make_other(sets) is sets


def test_the_images_of_the_target_are_moved_to_the_right(monkeypatch: pytest.MonkeyPatch) -> None:
    name, make_other, num_classes, p = compared(monkeypatch, failures.broken_assumption, pixels=2)
    assert (name, num_classes) == ("moved", 10)
    shares = 0.8 ** np.arange(9, -1, -1)
    assert p.tolist() == pytest.approx(shares / shares.sum())
    sets = Sets(*torch.rand(6, 2, 1, 4, 5))
    moved = make_other(sets)
    assert torch.equal(moved.X_target, torch.cat([sets.X_target[..., -2:], sets.X_target[..., :-2]], dim=-1))
    assert moved._replace(X_target=sets.X_target) == sets


def test_disjoint_supports() -> None:
    metrics = failures.disjoint_supports(distances=(0, 2.5, 4), num_runs=3).metrics
    assert metrics["mse weighted, 0"] < 1.2 * metrics["mse target, 0"]
    assert metrics["mse weighted, 2.5"] > 10 * metrics["mse target, 2.5"]
    assert metrics["ess, 4"] > metrics["ess, 2.5"]
    assert metrics["accuracy, 2.5"] > 0.98
    assert metrics["concerns, 0"] == 0 < metrics["concerns, 2.5"]


def test_lines_and_their_errors() -> None:
    lines, errors, found, (X, y, X_target, y_target) = failures.compare_lines(0.5, 300)
    for some, middle, labels in ((X, 0.0, y), (X_target, 0.5, y_target)):
        assert 0.97 < (some - middle).abs().max() <= 1  # of 300, none beyond: chance 1e-4, the seed is fixed
        assert (some - middle).min() < -0.97
        noise = (labels - torch.sin(2 * some)).flatten()
        assert abs(float(noise.std()) - 0.1) < 0.025  # 6 standard errors
        assert abs(float(noise.mean())) < 0.035
    for (name, given), error in zip(lines.items(), errors, strict=True):
        beta = density_ratio_weights(X, X_target).numpy() if name == "weighted" else None
        data = (X_target, y_target) if name == "target" else (X, y)
        root = None if beta is None else np.sqrt(beta)  # polyfit squares its weights
        w, b = np.polyfit(data[0][:, 0].numpy(), data[1][:, 0].numpy(), 1, w=root)
        assert given.tolist() == pytest.approx([w, b], abs=1e-8)
        assert float(error) == pytest.approx(float(((w * X_target + b - y_target) ** 2).mean()), abs=1e-8)
    assert found.accuracy is not None
    assert found.effective_sample_size is not None


def test_risk_estimates_of_a_small_shift() -> None:
    """m = 0.5: risk (1 + m^2)/2 = 0.625; sd of a run 0.05, so of the mean of 400 runs 0.0025, 5 sigma."""
    found = failures.risk_estimates(0.5, 1000, 400)
    assert float(found["weighted"].mean()) == pytest.approx(0.625, abs=0.0125)
    assert float(found["normalised"].mean()) == pytest.approx(0.625, abs=0.0125)
    assert float(found["no weights"].mean()) == pytest.approx(0.5, abs=0.0125)
    assert float(found["mean_weight"].mean()) == pytest.approx(1, abs=0.01)
    assert float(found["ess"].mean()) / 1000 == pytest.approx(math.exp(-0.25), abs=0.03)
    huge = failures.risk_estimates(3.0, 1000, 50)
    assert (huge["clipped at 10"] < 3).all()  # of 5


def test_huge_weights() -> None:
    result = failures.huge_weights(shifts=(0.5, 3), num_runs=100)
    metrics = result.metrics
    assert metrics["rmse weighted, 0.5"] < metrics["rmse no weights, 0.5"] / 2
    assert metrics["rmse normalised, 3"] < metrics["rmse weighted, 3"]
    assert metrics["too_small, 3"] > 0.6
    assert metrics["ess_share, 3"] > 10 * metrics["ess_share_theory, 3"]
    assert len(result.figure.axes) == 2


def test_risk_estimates_run_by_run() -> None:
    found = failures.risk_estimates(0.5, 40, 3)
    torch.manual_seed(0)
    X = torch.randn(3, 40, dtype=torch.float64).numpy()
    beta, losses = norm.pdf(X, loc=0.5) / norm.pdf(X), X**2 / 2
    expected = {
        "no weights": losses.mean(axis=1),
        "weighted": (beta * losses).mean(axis=1),
        "normalised": np.array([np.average(l, weights=w) for l, w in zip(losses, beta, strict=True)]),
        "clipped at 10": (np.minimum(beta, 10) * losses).mean(axis=1),
        "ess": beta.sum(axis=1) ** 2 / (beta**2).sum(axis=1),
        "mean_weight": beta.mean(axis=1),
    }
    assert list(found) == list(expected)
    for name, values in expected.items():
        assert found[name].tolist() == pytest.approx(values)


def test_numbers_of_huge_weights_are_those_of_their_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = recorded(monkeypatch, failures, "risk_estimates")
    metrics = failures.huge_weights(shifts=(0.5, 2), n=30, num_runs=7).metrics
    expected = {}
    for m, truth, found in zip((0.5, 2), (0.625, 2.5), runs, strict=True):
        found = {name: values.numpy() for name, values in found.items()}
        for name in ("no weights", "weighted", "normalised", "clipped at 10"):
            expected[f"rmse {name}, {m:g}"] = np.sqrt(np.mean((found[name] - truth) ** 2)) / truth
        expected[f"too_small, {m:g}"] = np.mean(found["weighted"] < truth)
        expected[f"ess_share, {m:g}"] = np.median(found["ess"]) / 30
        expected[f"ess_share_theory, {m:g}"] = math.exp(-m * m)
        expected[f"mean_weight, {m:g}"] = np.median(found["mean_weight"])
    assert metrics == pytest.approx(expected)


def test_numbers_of_disjoint_supports_are_the_medians_of_their_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = recorded(monkeypatch, failures, "compare_lines")
    metrics = failures.disjoint_supports(distances=(0, 2.5), n=30, num_runs=3).metrics
    expected = {}
    for i, d in enumerate((0, 2.5)):
        group = runs[3 * i : 3 * i + 3]
        assert runs.arguments[3 * i] == (d, 30)
        for j, name in enumerate(("no weights", "weighted", "target")):
            expected[f"mse {name}, {d:g}"] = np.median([float(run[1][j]) for run in group])
        found = [run[2] for run in group]
        expected[f"ess, {d:g}"] = np.median([one.effective_sample_size for one in found])
        expected[f"accuracy, {d:g}"] = np.median([one.accuracy for one in found])
        expected[f"concerns, {d:g}"] = np.median([len(one.concerns) for one in found])
    assert metrics == pytest.approx(expected)


@pytest.mark.parametrize("variant", ["disjoint_supports", "huge_weights"])
def test_bad_knobs(variant: str) -> None:
    for knob in ("n", "num_runs"):
        with pytest.raises(ValueError, match=f"{knob}: must be at least 1, got 0"):
            getattr(failures, variant)(**{knob: 0})


MUTANTS = [
    Mutant("compare_lines", '"weighted": (X, y, beta)', '"weighted": (X, y, 1 / beta)',
           test_lines_and_their_errors),
    Mutant("risk_estimates", "m**2 / 2).exp()", "m**2).exp()", test_risk_estimates_of_a_small_shift),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(failures, MUTANTS)
