"""What `diagnose` says of good and of bad corrections, its errors, and the four failures."""

import math
from functools import partial

import mutants
import numpy as np
import pytest
import torch
from mutants import Mutant

from chapters.distribution_shift import diagnosis
from chapters.distribution_shift.covariate import density_ratio_weights
from chapters.distribution_shift.images import geometric, image_pools

double = partial(torch.tensor, dtype=torch.float64)
C = double([[0.8, 0.1, 0.2], [0.15, 0.7, 0.1], [0.05, 0.2, 0.7]])
P = double([0.2, 0.5, 0.3])
DIGITS = {"data": "digits", "num_train": 300, "n": 200, "num_epochs": 60}


def gaussians(shift: float, n: int = 600, m: int = 500) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Samples whose first feature shifts, and the true weights of the source."""
    X, X_target = torch.randn(n, 2, dtype=torch.float64), torch.randn(m, 2, dtype=torch.float64)
    X_target[:, 0] += shift
    return X, X_target, (shift * X[:, 0] - shift**2 / 2).exp()


def says(found: diagnosis.Diagnosis, *words: str) -> None:
    """The concerns are these, in this order, and are among the sentences."""
    assert len(found.concerns) == len(words)
    assert all(word in text for word, text in zip(words, found.concerns, strict=True))
    assert set(found.concerns) <= set(found.sentences)


# Weights


def test_good_weights_raise_no_concern(device: torch.device) -> None:
    beta = double([0.5, 1.5]).repeat(50).to(device)
    found = diagnosis.diagnose(beta)
    says(found)
    assert len(found.sentences) == 3
    assert found.effective_sample_size == pytest.approx(100 / 1.25, abs=1e-9)
    assert (found.largest_weight, found.mean_weight) == (1.5, 1.0)
    assert found.condition is found.residual is found.accuracy is found.weighted_p_value is None
    assert diagnosis.diagnose(beta.cpu().numpy()) == found


def test_one_huge_weight() -> None:
    beta = torch.ones(100)
    beta[7] = 1e6
    found = diagnosis.diagnose(beta)
    says(
        found,
        "effective sample of 1 of 100 examples, too few",
        "1e+06, 100.0% of their sum; one example",
    )
    assert found.largest_weight == 1e6
    assert found.effective_sample_size == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("mean", [0.5, 3.0])
def test_weights_whose_mean_is_not_1(mean: float) -> None:
    says(diagnosis.diagnose(torch.full((100,), mean)), f"mean is {mean:g}, where a ratio p/q has 1")


# C p = mu


def test_a_good_system_raises_no_concern() -> None:
    found = diagnosis.diagnose(C=C, mu=C @ P, num_examples=1000)
    says(found)
    assert found.condition == pytest.approx(np.linalg.cond(C.numpy()), rel=1e-9)
    assert found.residual == pytest.approx(0, abs=1e-12)
    assert "no evidence" in found.sentences[1]
    assert diagnosis.diagnose(C=C.numpy(), mu=(C @ P).numpy(), num_examples=1000) == found


def test_a_residual_by_hand() -> None:
    """All predictions are class 0; of the columns of C the first is nearest: misses (.2, -.15, -.05)."""
    mu = double([1.0, 0, 0])
    found = diagnosis.diagnose(C=C, mu=mu)
    assert found.residual == pytest.approx(math.sqrt(0.04 + 0.0225 + 0.0025), abs=1e-9)
    says(found, "it is not label shift alone")
    mu = double([0.85, 0.1, 0.05])
    assert diagnosis.diagnose(C=C, mu=mu).residual == pytest.approx(math.sqrt(0.005), abs=1e-9)
    says(diagnosis.diagnose(C=C, mu=mu))  # 0.07; chance gives 3 sqrt(2 (1 - .735) / n): .24 and .024
    says(diagnosis.diagnose(C=C, mu=mu, num_examples=80))
    says(diagnosis.diagnose(C=C, mu=mu, num_examples=8000), "more than chance explains")


def test_bad_systems_are_named() -> None:
    never = double([[0.6, 0.5, 0.4], [0.4, 0.5, 0.6], [0, 0, 0]])
    found = diagnosis.diagnose(C=never, mu=double([0.5, 0.5, 0]))
    says(found, "C is singular: class 2 is never predicted")
    assert found.condition == math.inf
    assert found.residual is None
    equal = torch.full((3, 3), 1 / 3, dtype=torch.float64)
    says(diagnosis.diagnose(C=equal, mu=P), "C is singular. More than one p fits mu")
    weak = 0.97 * equal + 0.03 * torch.eye(3)
    says(diagnosis.diagnose(C=weak, mu=weak @ P), "errors of mu can grow")


# The samples


def test_equal_samples_raise_no_concern(device: torch.device) -> None:
    """The concern about weights of 1 has a chance of 0.01; the generator is fixed."""
    X, X_target, beta = (one.to(device) for one in gaussians(0.0))
    found = diagnosis.diagnose(
        beta, X_source=X, X_target=X_target, generator=torch.Generator().manual_seed(0)
    )
    says(found)
    assert 0.4 < found.accuracy < 0.6  # sd 0.03
    assert found.p_value > 0.01


def test_weights_that_make_the_source_the_target() -> None:
    X, X_target, beta = gaussians(1.0)
    generator = torch.Generator().manual_seed(0)
    found = diagnosis.diagnose(beta, X_source=X, X_target=X_target, generator=generator)
    assert found.weighted_p_value > 0.01
    assert found.p_value < 1e-6
    assert "There is a shift" in found.sentences[3]
    says(found)
    wrong = diagnosis.diagnose(torch.ones(600), X_source=X, X_target=X_target, generator=generator)
    says(wrong, "their assumption does not hold")
    assert wrong.weighted_p_value == 0.005
    few = diagnosis.diagnose(beta[:30], X_source=X[:30], X_target=X_target)
    assert few.weighted_p_value is None


def test_samples_without_overlap() -> None:
    X, X_target, _ = gaussians(20.0)
    found = diagnosis.diagnose(X_source=X, X_target=X_target)
    says(found, "hardly overlap")
    assert found.accuracy == 1.0


# Bad input


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({}, "^diagnose: nothing to look at"),
        ({"C": C}, "^C, mu: give both or neither"),
        ({"mu": P}, "^C, mu: give both or neither"),
        ({"X_source": torch.ones(3, 1)}, "^X_source, X_target: give both or neither"),
        ({"beta": torch.tensor([1.0, -1.0])}, "^beta: .* weight 1 is -1"),
        ({"beta": torch.tensor([1.0, math.nan])}, "^beta: .* weight 1 is nan"),
        ({"beta": torch.tensor([])}, "^beta: expected one weight"),
        ({"beta": torch.zeros(3)}, "^beta: the weights are all 0"),
        ({"C": C.T, "mu": P}, "^C: probabilities are at least 0 and sum to 1; column 0"),
        ({"C": C * math.nan, "mu": P}, "^C: probabilities"),
        ({"C": C, "mu": 2 * P}, "^mu: probabilities"),
        ({"C": C, "mu": torch.ones(2) / 2}, "^C, mu: expected shapes"),
        ({"C": C, "mu": P, "num_examples": 0}, "^num_examples: must be at least 1, got 0"),
        ({"X_source": torch.ones(3, 1), "X_target": torch.ones(0, 1)}, "^X_target: .* no examples"),
        ({"beta": torch.ones(4), "X_source": torch.rand(5, 1), "X_target": torch.rand(5, 1)},
         "^beta: 4 weights for 5 examples in X_source"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("unchecked")
def test_bad_input(knobs: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        diagnosis.diagnose(**knobs)


# The four failures


def test_absent_class_of_digits() -> None:
    metrics = diagnosis.absent_class(**DIGITS, rho=0.5).metrics
    assert metrics["acc, label shift"] > 0.6
    assert metrics["acc, absent class"] < 0.57  # the half that is nines is wrong
    assert metrics["corrected_acc, absent class"] < 0.57
    assert metrics["residual, absent class"] < 0.1
    assert metrics["largest_error, absent class"] > 2 * metrics["largest_error, label shift"]
    assert diagnosis.absent_class(**DIGITS, rho=0.5).metrics == metrics


def test_broken_assumption_of_digits() -> None:
    result = diagnosis.broken_assumption(**DIGITS, pixels=2)
    metrics = result.metrics
    assert metrics["acc, label shift"] > 0.6
    assert metrics["largest_error, moved"] > 2 * metrics["largest_error, label shift"]
    assert metrics["in_interval, moved"] < metrics["in_interval, label shift"]
    assert len(result.figure.axes) == 4


@pytest.mark.slow
def test_failures_on_mnist(real_data: object) -> None:
    """Solved confidently and wrong: no residual, a good condition number, and a test that sees it."""
    data = real_data("mnist")
    for key, variant in (("absent class", diagnosis.absent_class), ("moved", diagnosis.broken_assumption)):
        metrics = variant(data=data).metrics
        assert metrics[f"residual, {key}"] < 0.05
        assert metrics[f"condition, {key}"] < 10
        assert metrics[f"largest_error, {key}"] > 0.1 > metrics["largest_error, label shift"]
        assert metrics[f"weighted_p_value, {key}"] == 0.005
        assert metrics[f"concerns, {key}"] >= 1
        assert metrics["corrected_acc, label shift"] > metrics["acc, label shift"]


def test_disjoint_supports() -> None:
    metrics = diagnosis.disjoint_supports(distances=(0, 2.5, 4), num_runs=3).metrics
    assert metrics["mse weighted, 0"] < 1.2 * metrics["mse target, 0"]
    assert metrics["mse weighted, 2.5"] > 10 * metrics["mse target, 2.5"]
    assert metrics["ess, 4"] > metrics["ess, 2.5"]
    assert metrics["accuracy, 2.5"] > 0.98
    assert metrics["concerns, 0"] == 0 < metrics["concerns, 2.5"]


def test_lines_and_their_errors() -> None:
    lines, errors, found, (X, y, X_target, y_target) = diagnosis.fit_lines(0.5, 300)
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
    found = diagnosis.risk_estimates(0.5, 1000, 400)
    assert float(found["weighted"].mean()) == pytest.approx(0.625, abs=0.0125)
    assert float(found["normalised"].mean()) == pytest.approx(0.625, abs=0.0125)
    assert float(found["no weights"].mean()) == pytest.approx(0.5, abs=0.0125)
    assert float(found["mean_weight"].mean()) == pytest.approx(1, abs=0.01)
    assert float(found["ess"].mean()) / 1000 == pytest.approx(math.exp(-0.25), abs=0.03)
    huge = diagnosis.risk_estimates(3.0, 1000, 50)
    assert (huge["clipped at 10"] < 3).all()  # of 5


def test_huge_weights() -> None:
    result = diagnosis.huge_weights(shifts=(0.5, 3), num_runs=100)
    metrics = result.metrics
    assert metrics["rmse weighted, 0.5"] < metrics["rmse no weights, 0.5"] / 2
    assert metrics["rmse normalised, 3"] < metrics["rmse weighted, 3"]
    assert metrics["too_small, 3"] > 0.6
    assert metrics["ess_share, 3"] > 10 * metrics["ess_share_theory, 3"]
    assert len(result.figure.axes) == 2


@pytest.mark.parametrize("variant", ["disjoint_supports", "huge_weights"])
def test_bad_knobs(variant: str) -> None:
    for knob in ("n", "num_runs"):
        with pytest.raises(ValueError, match=f"{knob}: must be at least 1, got 0"):
            getattr(diagnosis, variant)(**{knob: 0})


def test_sets_and_case() -> None:
    """A source without the last class, a target with all; a net that knows the answer estimates p exactly."""
    pools, generator = image_pools("digits"), torch.Generator().manual_seed(0)
    sets = diagnosis.drawn_sets(pools, geometric(10).flip(0), 9, 300, 200, generator)
    assert set(sets.y.tolist()) == set(sets.y_val.tolist()) == set(range(9))
    assert 9 in sets.y_target.tolist()
    assert (sets.y == 0).sum() > 1.5 * (sets.y == 8).sum()
    kept = sets._replace(X_target=sets.X_target[sets.y_target < 9], y_target=sets.y_target[sets.y_target < 9])
    answers = {len(one): y for one, y in ((kept.X_val, kept.y_val), (kept.X_target, kept.y_target))}

    class Oracle(torch.nn.Module):
        def forward(self, X: torch.Tensor) -> torch.Tensor:
            return 100.0 * torch.nn.functional.one_hot(answers[len(X)], 9)

    case = diagnosis.estimate_case(Oracle(), kept, 9, generator)
    torch.testing.assert_close(case.p.cpu(), case.truth, rtol=0, atol=1e-9)
    assert (case.acc, case.corrected_acc) == (1.0, 1.0)
    assert case.diagnosis.condition == pytest.approx(1, abs=1e-9)
    assert (case.low <= case.p + 1e-9).all()
    assert (case.p <= case.high + 1e-9).all()


MUTANTS = [
    Mutant("Diagnosis", "mean_weight: float", "mean: float", partial(test_good_weights_raise_no_concern,
           torch.device("cpu")),
           (TypeError,)),
    Mutant("about_weights", "largest / (n * mean)", "largest / n", test_one_huge_weight),
    Mutant("about_weights", "ess < max(30, n / 10)", "ess > max(30, n / 10)", test_one_huge_weight),
    Mutant("about_weights", "abs(mean - 1) > slack", "mean > 1 + slack",
           partial(test_weights_whose_mean_is_not_1, 0.5)),
    Mutant("about_system", "estimate.residual > bound", "estimate.residual < bound", test_a_residual_by_hand),
    Mutant("about_system", "/ num_examples", "* num_examples", test_a_residual_by_hand),
    Mutant("about_system", "system.amax(dim=1) == 0", "system.amax(dim=0) == 0", test_bad_systems_are_named),
    Mutant("about_samples", "two_sample_test(X_source, X_target", "two_sample_test(X_source, X_source",
           test_samples_without_overlap),
    Mutant("about_weighted_samples", "< chances", "< 1",
           test_weights_that_make_the_source_the_target),
    Mutant("about_weighted_samples", "differs = p_value <= 0.01", "differs = p_value > 0.01",
           test_weights_that_make_the_source_the_target),
    Mutant("diagnose", "if bad)", "if not bad)", test_one_huge_weight),
    Mutant("estimate_case", "label_shift_weights(p, q)", "label_shift_weights(q, p)",
           test_broken_assumption_of_digits, (ValueError,)),
    Mutant("estimate_case", "mean_prediction(soft_target, num", "mean_prediction(soft, num",
           test_sets_and_case),
    Mutant("drawn_sets", "geometric(num_classes, 0.8)", "geometric(num_classes, 1.25)", test_sets_and_case),
    Mutant("compare_cases", "known[num_classes:] = 0", "known[:1] = 0", test_absent_class_of_digits,
           (Exception,)),
    Mutant("fit_lines", '"weighted": (X, y, beta)', '"weighted": (X, y, 1 / beta)',
           test_lines_and_their_errors),
    Mutant("risk_estimates", "m**2 / 2).exp()", "m**2).exp()", test_risk_estimates_of_a_small_shift),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(diagnosis, MUTANTS)
