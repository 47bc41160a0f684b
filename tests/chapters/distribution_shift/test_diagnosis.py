"""What `diagnose` says of good and of bad corrections, and its errors."""

import math
from functools import partial

import mutants
import numpy as np
import pytest
import torch
from mutants import Mutant

from chapters.distribution_shift import diagnosis

double = partial(torch.tensor, dtype=torch.float64)
C = double([[0.8, 0.1, 0.2], [0.15, 0.7, 0.1], [0.05, 0.2, 0.7]])
P = double([0.2, 0.5, 0.3])


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


MUTANTS = [
    Mutant("Diagnosis", "mean_weight: float", "mean: float", partial(test_good_weights_raise_no_concern,
           torch.device("cpu")),
           (TypeError,)),
    Mutant("about_weights", "largest / (n * mean)", "largest / n", test_one_huge_weight),
    Mutant("about_weights", "ess < max(30, n / 10)", "ess > max(30, n / 10)", test_one_huge_weight),
    Mutant("about_weights", "abs(mean - 1) > max(0.2, 3 * error)", "mean - 1 > max(0.2, 3 * error)",
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
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(diagnosis, MUTANTS)
