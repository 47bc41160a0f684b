"""What `diagnose` says of good and of bad corrections, and its errors."""

import math
from functools import partial
from types import SimpleNamespace

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


def kept(k: int, n: int) -> torch.Tensor:
    """Of n weights k are n/k and the others 0: mean 1, effective sample size k, and shares of 1/k."""
    beta = torch.zeros(n, dtype=torch.float64)
    beta[:k] = n / k
    return beta


def one_of(n: int, weight: float) -> torch.Tensor:
    """A weight among n - 1 of 1: its share is weight / (weight + n - 1)."""
    return torch.cat([double([weight]), torch.ones(n - 1, dtype=torch.float64)])


def mean_of(n: int, mean: float, *, even: bool = True) -> torch.Tensor:
    """n weights of that mean: all alike, or every other one 0, with `mean` for their standard deviation."""
    return double([mean, mean] if even else [0, 2 * mean]).repeat(n // 2)


@pytest.mark.parametrize(
    ("beta", "concern"),
    [
        (kept(30, 100), ""), (kept(29, 100), "too few"),  # 30, or
        (kept(100, 1000), ""), (kept(99, 1000), "too few"),  # a tenth
        (one_of(100, 10.9), ""), (one_of(100, 11.1), "one example"),  # shares of 10/n, or
        (one_of(1000, 52), ""), (one_of(1000, 53), "one example"),  # 5%
        (mean_of(100, 1.19), ""), (mean_of(100, 1.21), "has 1"),  # 0.2 from 1, or
        (mean_of(100, 0.81), ""), (mean_of(100, 0.79), "has 1"),
        # 3 sd / sqrt(n), a quarter of the mean; of 143 degrees of freedom it would be 0.3346
        (mean_of(144, 1.333, even=False), ""), (mean_of(144, 1.334, even=False), "has 1"),
    ],
)  # fmt: skip
def test_where_a_concern_about_weights_begins(beta: torch.Tensor, concern: str) -> None:
    says(diagnosis.diagnose(beta), *[concern] * bool(concern))


def test_the_numbers_in_the_sentences_about_weights() -> None:
    """Of 99 ones and a three: 102^2 / 108 = 96.33; 3/102 = 2.94%; 1.02."""
    size, largest, mean = diagnosis.diagnose(one_of(100, 3)).sentences
    assert size == "The weights leave an effective sample of 96.3 of 100 examples."
    assert largest == "The largest weight is 3, 2.9% of their sum."
    assert mean == "Their mean is 1.02, near the 1 that it has for a ratio p/q."


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
    says(diagnosis.diagnose(C=C, mu=mu, num_examples=953))  # they are equal at 9 * .53 / .005 = 954
    says(diagnosis.diagnose(C=C, mu=mu, num_examples=955), "by 0.071, more than chance explains")


@pytest.mark.parametrize(("miss", "words"), [(0.099, ()), (0.101, ("by 0.1, more than chance",))])
def test_without_a_number_of_examples_a_residual_above_a_tenth_is_a_concern(
    miss: float, words: tuple[str, ...]
) -> None:
    """C is the identity, but for columns 0 and 1, which are mixed: mu misses their segment by `miss`."""
    mixed = double([[0.6, 0.4, 0], [0.4, 0.6, 0], [0, 0, 1]])
    mu = double([0.6, 0.4, 0]) + miss / math.sqrt(2) * double([1, -1, 0])
    found = diagnosis.diagnose(C=mixed, mu=mu)
    assert found.residual == pytest.approx(miss, abs=1e-9)
    says(found, *words)


@pytest.mark.parametrize(("condition", "words"), [(29, ()), (31, ("condition number 31: errors",))])
def test_a_condition_above_30_is_a_concern(condition: int, words: tuple[str, ...]) -> None:
    """The mean of 1/3 and of the identity, weighed: its eigenvalues are 1 and the weight of the identity."""
    weak = torch.full((3, 3), (1 - 1 / condition) / 3, dtype=torch.float64)
    weak += torch.eye(3, dtype=torch.float64) / condition
    found = diagnosis.diagnose(C=weak, mu=weak @ P)
    assert found.condition == pytest.approx(condition, rel=1e-9)
    says(found, *words)


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


@pytest.mark.parametrize(
    ("accuracy", "p_value", "verdict"),
    [
        (0.95, 0.05, "accuracy 0.95 (p-value 0.05). The two hardly overlap"),
        (0.949, 0.05, "There is a shift"),
        (0.95, 0.051, "It sees no shift"),
        (0.5, 0.4, "accuracy 0.50 (p-value 0.4). It sees no shift"),
    ],
)
def test_what_the_classifier_test_means(
    accuracy: float, p_value: float, verdict: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diagnosis, "two_sample_test", lambda *_, **__: (accuracy, p_value))
    found = diagnosis.diagnose(X_source=torch.rand(5, 1), X_target=torch.rand(4, 1))
    assert verdict in found.sentences[0]
    assert (found.accuracy, found.p_value) == (accuracy, p_value)
    assert len(found.concerns) == ("hardly overlap" in verdict)


@pytest.mark.parametrize(("p_value", "words"), [(0.0101, ()), (0.01, ("differs from the target",))])
def test_the_weighted_test_sees_what_the_weights_keep(
    p_value: float, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Weights of 2 are kept, of 1 by half, of 0 never; of either sample at most 500 rows are tested."""
    seen = []

    def test(X: torch.Tensor, X_target: torch.Tensor, **_: object) -> object:
        seen.append((X, X_target))
        return SimpleNamespace(p_value=p_value)

    monkeypatch.setattr(diagnosis, "mmd_test", test)
    monkeypatch.setattr(diagnosis, "two_sample_test", lambda *_, **__: (0.5, 0.5))
    beta = double([0, 1, 2]).repeat(200)
    X, X_target = beta.unsqueeze(1), torch.arange(700.0, dtype=torch.float64).unsqueeze(1)
    found = diagnosis.diagnose(beta, X_source=X, X_target=X_target)
    ((rows, others),) = seen
    values, counts = rows.unique(return_counts=True)
    assert values.tolist() == [1, 2]
    assert counts[1] == 200
    assert abs(int(counts[0]) - 100) < 40  # sd 7
    assert len(others.unique()) == len(others) == 500
    assert others.max() > 550  # not the first 500; chance below 1e-80
    diagnosis.diagnose(torch.ones(600), X_source=X, X_target=X_target)
    assert len(seen[1][0]) == 500
    assert found.weighted_p_value == p_value
    says(found, *words)


@pytest.mark.parametrize(("n", "m"), [(19, 20), (20, 19), (20, 20)])
def test_fewer_than_twenty_are_not_tested(n: int, m: int) -> None:
    X, X_target, _ = gaussians(0.0, n, m)
    found = diagnosis.diagnose(torch.ones(n), X_source=X, X_target=X_target)
    assert (found.weighted_p_value is None) == (min(n, m) < 20)


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
