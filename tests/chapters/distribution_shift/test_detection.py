"""Tests of shift: against SciPy and slow sums, and at the edges."""

import math
from functools import partial
from itertools import combinations

import jaxtyping
import mutants
import numpy as np
import pytest
import torch
from mutants import Mutant

from chapters.distribution_shift import detection
from chapters.distribution_shift.covariate import fit_logistic, fit_sklearn


def normal(n: int, m: int, shift: float = 0.0, d: int = 2) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.randn(n, d, dtype=torch.float64), torch.randn(m, d, dtype=torch.float64) + shift


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


# The classifier two-sample test


@pytest.mark.parametrize(
    ("n", "m", "chosen"), [(5, 7, 4), (5, 7, 10), (3, 4, 0), (3, 4, 7), (3000, 500, 900)]
)
def test_hypergeometric_equals_scipy(n: int, m: int, chosen: int) -> None:
    from scipy.stats import hypergeom

    found = detection.hypergeometric(n, m, chosen)
    # lgamma of 3,500 is 25,000, so its rounding is 4e-12, relative
    torch.testing.assert_close(
        found,
        torch.from_numpy(hypergeom(n + m, m, chosen).pmf(np.arange(chosen + 1))),
        rtol=1e-10,
        atol=1e-14,
    )


@pytest.mark.parametrize("n", [2, 7, 8])
def test_halves_have_each_example_once(n: int) -> None:
    X = torch.arange(n)
    first, second = detection.halves(X, seeded(3))
    assert (len(first), len(second)) == (n // 2, n - n // 2)
    assert torch.equal(torch.cat([first, second]).sort().values, X)
    assert detection.halves(torch.arange(50), None)[0].tolist() != list(range(25))


def counts_of(source: torch.Tensor, target: torch.Tensor, seed: int) -> tuple[int, int, int, int]:
    """By a fit that says target for x > 0: hits, false alarms, and the sizes of the held-out halves."""
    generator = seeded(seed)
    _, q = detection.halves(source, generator)
    _, p = detection.halves(target, generator)
    return int((p > 0).sum()), int((q > 0).sum()), len(q), len(p)


@pytest.mark.parametrize(("n", "m"), [(60, 60), (61, 200), (200, 50)])
def test_two_sample_test_by_counting(n: int, m: int) -> None:
    from scipy.stats import hypergeom

    source, target = normal(n, m, 0.5, 1)
    offset = math.log((n // 2) / (m // 2))  # so that the log-ratio is above 0 where x is
    found = detection.two_sample_test(
        source, target, fit=lambda *_: lambda X: X[:, 0] - offset, generator=seeded(7)
    )
    hits, false, n_q, n_p = counts_of(source, target, 7)
    assert found.statistic == pytest.approx((hits / n_p + (n_q - false) / n_q) / 2, abs=1e-12)
    chance = hypergeom(n_q + n_p, n_p, hits + false)
    assert found.p_value == pytest.approx(chance.sf(hits) + chance.pmf(hits) / 2, rel=1e-9)
    # the normal approximation; 0.02 is the size of its error at these numbers
    a = (hits + false) / (n_q + n_p)
    z = (hits / n_p - false / n_q) / math.sqrt(a * (1 - a) * (1 / n_q + 1 / n_p))
    assert found.p_value == pytest.approx(math.erfc(z / math.sqrt(2)) / 2, abs=0.02)


def test_examples_learned_by_heart_are_no_evidence() -> None:
    """A fit that knows its training examples and nothing else: right on them, at chance on others."""

    def by_heart(X_source: torch.Tensor, X_target: torch.Tensor) -> object:
        return lambda X: 2 * (X[:, None] == X_target[None]).all(dim=2).any(dim=1).double() - 1

    found = detection.two_sample_test(*normal(100, 100), fit=by_heart)
    assert found.statistic == 0.5
    assert found.p_value >= 0.5


def test_the_larger_sample_does_not_count_more() -> None:
    """Without the factor of the sizes, or with plain accuracy, calling all of them target would be right."""
    found = detection.two_sample_test(*normal(100, 4000), generator=seeded())
    assert abs(found.statistic - 0.5) < 0.35  # 5 sigma: 1/2 sqrt(.25/50) = .035, alarm below 1e-6
    shifted = detection.two_sample_test(*normal(100, 4000, 2.0), generator=seeded())
    assert shifted.statistic > 0.8
    assert shifted.p_value < 1e-9


def test_two_sample_test_on_any_kind(device: torch.device) -> None:
    source, target = (X.to(device) for X in normal(200, 100, 3.0, 4))
    kinds = [
        (source, target),
        (source.float(), target.cpu().numpy()),
        (source.reshape(-1, 2, 2), target.reshape(-1, 2, 2)),
        (source.T.contiguous().T, target),
    ]
    for kind in kinds:
        found = detection.two_sample_test(*kind, generator=seeded())
        assert found.statistic > 0.9
        assert 0 <= found.p_value < 1e-6
        assert type(found.p_value) is float


def test_degenerate_samples_give_no_alarm() -> None:
    same = torch.ones(30, 2)
    assert detection.two_sample_test(same, same).p_value == 0.5
    assert detection.mmd_test(same, same).p_value == 1.0
    assert detection.mmd_test(torch.randn(2, 3), torch.randn(2, 3)).p_value >= 0.05
    assert detection.two_sample_test(torch.randn(2, 1), torch.randn(2, 1)).p_value >= 0.05


def test_concise_tests_agree() -> None:
    source, target = normal(150, 120, 0.4)
    scratch = detection.two_sample_test(source, target, fit=fit_sklearn, generator=seeded())
    concise = detection.two_sample_concise(source, target, generator=seeded())
    assert concise.statistic == scratch.statistic
    by_hand = detection.two_sample_test(source, target, fit=fit_logistic, generator=seeded())
    assert by_hand.statistic == scratch.statistic
    n_q, n_p = 75, 60
    # both are of the hypergeometric distribution, and differ by half of one P(k)
    assert 0 < concise.p_value - scratch.p_value < detection.hypergeometric(n_q, n_p, 60).max()


# MMD


def slow_mmd2(K: torch.Tensor, is_target: torch.Tensor) -> float:
    """The sums, pair by pair."""
    source, target = (np.flatnonzero(is_target.numpy() == value) for value in (False, True))
    within = sum(
        sum(float(K[i, j]) for i in one for j in one if i != j) / (len(one) * (len(one) - 1))
        for one in (source, target)
    )
    return within - 2 * sum(float(K[i, j]) for i in source for j in target) / (len(source) * len(target))


def test_mmd_equals_the_slow_sums() -> None:
    K = detection.kernel_matrix(torch.randn(11, 3, dtype=torch.float64))
    deals = torch.stack([torch.arange(11) >= 4, torch.rand(11).argsort() >= 4])
    expected = torch.tensor([slow_mmd2(K, deal) for deal in deals], dtype=torch.float64)
    torch.testing.assert_close(detection.mmd2(K, deals), expected, rtol=0, atol=1e-12)


def test_mmd_is_unbiased() -> None:
    """Over all ways to deal 8 points out, the mean of the unbiased estimate is exactly 0."""
    K = detection.kernel_matrix(torch.randn(8, 2, dtype=torch.float64))
    deals = torch.zeros(70, 8, dtype=torch.bool)
    for deal, chosen in zip(deals, combinations(range(8), 4), strict=True):
        deal[list(chosen)] = True
    assert float(detection.mmd2(K, deals).mean()) == pytest.approx(0, abs=1e-14)


def test_kernel_equals_scikit_learn() -> None:
    X = torch.randn(60, 3, dtype=torch.float64) * 100
    median = float(torch.pdist(X).median())
    K = detection.kernel_matrix(X)
    torch.testing.assert_close(K, detection.kernel_concise(X, median), rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(
        detection.kernel_matrix(X, 3.0), detection.kernel_concise(X, 3.0), rtol=1e-9, atol=1e-12
    )
    assert torch.equal(K.diag(), torch.ones(60).double())


def test_copies_do_not_make_the_bandwidth_0() -> None:
    X = torch.cat([torch.full((40, 1), 7.3), torch.full((3, 1), 9.3)]).double()
    K = detection.kernel_matrix(X)
    assert float(K[0, -1]) == pytest.approx(math.exp(-0.5), abs=1e-12)


def test_permutation_p_value_by_counting() -> None:
    """With 3 and 3 points, dealt out in all 20 ways, the true split is the best one, twice."""
    source, target = torch.tensor([0.0, 0.1, 0.2]), torch.tensor([5.0, 5.1, 5.2])
    found = detection.mmd_test(source, target, num_permutations=20_000, generator=seeded())
    assert found.p_value == pytest.approx(0.1, abs=0.011)  # 5 sigma of sqrt(.09 / 20,000), alarm below 1e-6
    few = detection.mmd_test(*normal(50, 50, 3.0), num_permutations=9, generator=seeded())
    assert few.p_value == 0.1  # the deal at hand counts, so never 0


def test_mmd_test_on_any_kind(device: torch.device) -> None:
    source, target = (X.to(device) for X in normal(30, 40, 2.0))
    expected = detection.mmd_test(source.cpu(), target.cpu(), generator=seeded())
    for kind in ((source, target), (source, target.cpu().numpy()), (source.reshape(30, 1, 2), target)):
        found = detection.mmd_test(*kind, generator=seeded())
        assert found.p_value == expected.p_value == 0.005
        assert found.statistic == pytest.approx(expected.statistic, abs=1e-12)


# The black-box test of label shift


def test_chi_square_equals_scipy(device: torch.device) -> None:
    y, y_target = torch.randint(5, (300,)), torch.randint(1, 5, (200,)) % 4
    found = detection.label_shift_test(y.to(device), y_target.to(device), 5)
    concise = detection.label_shift_concise(y, y_target)
    assert found.statistic == pytest.approx(concise.statistic, rel=1e-12)
    assert found.p_value == pytest.approx(concise.p_value, rel=1e-9)
    assert detection.label_shift_test(y.numpy(), y_target.numpy(), 5) == found
    assert detection.label_shift_test(y, y_target, 9) == found  # classes that never occur do not count


def test_chi_square_by_hand() -> None:
    """20 and 30 of 50 against 30 and 20: each expected is 25, so 4 times 5^2/25."""
    y, y_target = (torch.tensor([0] * k + [1] * (50 - k)) for k in (20, 30))
    found = detection.label_shift_test(y, y_target, 2)
    assert found.statistic == pytest.approx(4.0, abs=1e-12)
    assert found.p_value == pytest.approx(math.erfc(math.sqrt(2.0)), abs=1e-12)  # one degree of freedom
    assert detection.label_shift_test(y * 0, y_target * 0, 2) == (0.0, 1.0)


# Bad input


@pytest.mark.parametrize("test", ["two_sample_test", "mmd_test"])
@pytest.mark.parametrize(
    ("source", "target", "message"),
    [
        (torch.ones(0, 2), torch.ones(3, 2), "^X_source: shape .* holds no examples"),
        (torch.ones(3, 2), torch.ones(0, 2), "^X_target: shape .* holds no examples"),
        (torch.ones(3, 2), torch.full((3, 2), math.nan), "^X_target: 6 values are NaN or infinite"),
        (torch.ones(3, 2), torch.ones(3, 3), "^X_source, X_target: 2 features in the source, 3"),
        (torch.ones(1, 2), torch.ones(3, 2), "^X_source: 1 example"),
        (torch.ones(3, 2), torch.ones(1, 2), "^X_target: 1 example"),
    ],
)
@pytest.mark.usefixtures("unchecked")
def test_bad_samples(test: str, source: torch.Tensor, target: torch.Tensor, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        getattr(detection, test)(source, target)


@pytest.mark.parametrize("bandwidth", [0.0, -1.0, math.nan, math.inf])
def test_bad_bandwidth(bandwidth: float) -> None:
    with pytest.raises(ValueError, match=r"^bandwidth: a distance above 0, got"):
        detection.mmd_test(*normal(5, 5), bandwidth=bandwidth)


@pytest.mark.parametrize(
    ("y", "y_target", "message"),
    [
        (torch.tensor([0, 1]), torch.tensor([0, 3]), r"^y_hat_target: a class must be one of 0..2, got 3"),
        (torch.tensor([-1, 1]), torch.tensor([0]), r"^y_hat_source: a class must be one of 0..2, got -1"),
        (torch.tensor([0]), torch.tensor([]), r"^y_hat_target: expected one class an example"),
        (torch.rand(4, 3), torch.tensor([0]), r"^y_hat_source: expected one class an example"),
    ],
)
def test_bad_predictions(y: torch.Tensor, y_target: torch.Tensor, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        detection.label_shift_test(y, y_target, 3)


def test_bad_num_permutations() -> None:
    with pytest.raises(ValueError, match="num_permutations: must be at least 1, got 0"):
        detection.mmd_test(*normal(5, 5), num_permutations=0)


two_sample = partial(test_two_sample_test_by_counting, 61, 200)
MUTANTS = [
    Mutant("Outcome", "statistic: float\n    p_value: float", "p_value: float\n    statistic: float",
           two_sample, (AssertionError, jaxtyping.TypeCheckError)),
    Mutant("hypergeometric", "log_choose(n_target, k)", "log_choose(n_source, k)",
           partial(test_hypergeometric_equals_scipy, 5, 7, 4)),
    Mutant("halves", "X[order[len(X) // 2 :]]", "X[order[: len(X) // 2]]",
           partial(test_halves_have_each_example_once, 7)),
    Mutant("two_or_more", "len(X) < 2", "len(X) < 1",
           partial(test_bad_samples, "mmd_test", torch.ones(1, 2), torch.ones(3, 2), "^X_source: 1 example")),
    Mutant("two_sample_test", "+ chances[hits] / 2", "", two_sample),
    Mutant("two_sample_test", "chances[hits + 1 :]", "chances[: hits + 1]", two_sample),
    Mutant("two_sample_test", "for X in (target, source)", "for X in (train_target, train_source)",
           test_examples_learned_by_heart_are_no_evidence),
    Mutant("two_sample_test", "h = log_ratio(train_source, train_target, fit)",
           "h = fit(train_source, train_target)",
           two_sample),
    Mutant("kernel_matrix", "** 2) / 2", "** 2)", test_kernel_equals_scikit_learn),
    Mutant("kernel_matrix", "pairs[~copies] if", "pairs if",
           test_copies_do_not_make_the_bandwidth_0, (ValueError,)),
    Mutant("mmd2", "K - K.diag().diag()", "K", test_mmd_is_unbiased),
    Mutant("mmd2", "- 2 * across / (n * m)", "- across / (n * m)", test_mmd_equals_the_slow_sums),
    Mutant("mmd_test", "values >= values[0] - 1e-12", "values > values[0] + 1e-12",
           test_permutation_p_value_by_counting),
    Mutant("mmd_test", "values >= values[0] - 1e-12", "values <= values[0]",
           test_permutation_p_value_by_counting),
    Mutant("label_shift_test", "freedom = observed.shape[1] - 1", "freedom = num_classes",
           test_chi_square_by_hand),
    Mutant("label_shift_test", "** 2 / expected", "** 2 / observed", test_chi_square_by_hand),
    Mutant("two_sample_concise", '"greater"', '"less"', test_concise_tests_agree),
    Mutant("kernel_concise", "2 * bandwidth**2", "bandwidth**2", test_kernel_equals_scikit_learn),
    Mutant("label_shift_concise", ".fillna(0)", ".dropna(axis=1)",
           partial(test_chi_square_equals_scipy, torch.device("cpu"))),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(detection, MUTANTS)
