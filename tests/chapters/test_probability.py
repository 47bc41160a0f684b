"""Probability: sampling at five sigma, tables against the definitions, Bayes, independence and moments."""

import math

import mutants
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mutants import Mutant

from chapters import probability as pr

# Sums of at most a hundred numbers below 1: a few roundings of 1e-16.
EXACT = {"rtol": 1e-12, "atol": 1e-14}


def table(*shape: int, seed: int = 0) -> torch.Tensor:
    """A joint distribution of this shape, every entry above 0."""
    weights = 0.1 + torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return weights / weights.sum()


tables = st.builds(table, *[st.integers(1, 4)] * 3, seed=st.integers(0, 1000))


# Sampling


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_shares_of_samples_are_the_probabilities_as_torchs_are(dtype: torch.dtype) -> None:
    P, n = torch.tensor([0.5, 0.0, 0.2, 0.25, 0.05], dtype=dtype), 100_000
    for draws in (pr.sample(P, n), torch.multinomial(P, n, replacement=True)):
        assert draws.shape == (n,)
        assert draws.dtype == torch.int64
        shares = torch.bincount(draws, minlength=5) / n
        # six sigma on five shares, twice: false alarm below 1e-7
        assert ((shares - P).abs() <= 6 * (P * (1 - P) / n).sqrt()).all()
        assert shares[1] == 0  # exactly


def test_draws_do_not_depend_on_each_other() -> None:
    draws = pr.sample(torch.tensor([0.5, 0.5]), 40_000)
    alike = (draws[1:] == draws[:-1]).double().mean()
    assert abs(float(alike) - 0.5) < 6 * 0.5 / math.sqrt(40_000)  # false alarm 2e-9


def test_a_sample_is_always_an_outcome() -> None:
    tables = (
        torch.full((10,), 0.1),
        torch.full((3,), 1 / 3),
        torch.tensor([0.0, 1.0, 0.0]),
    )  # sums off by rounding
    for dart in (0.0, 1 - 2**-24):  # the ends of what torch.rand gives
        for P in tables:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(torch, "rand", lambda n, dart=dart, **_: torch.full((n,), dart))
                (outcome,) = pr.sample(P, 1).tolist()
            assert 0 <= outcome < len(P)
            assert P[outcome] > 0
    assert pr.sample(tables[0], 0).shape == (0,)


def test_frequencies_are_shares_so_far() -> None:
    shares = pr.frequencies(torch.tensor([[2, 0, 2, 2]]), 3)
    expected = [[[0, 0, 1], [1 / 2, 0, 1 / 2], [1 / 3, 0, 2 / 3], [1 / 4, 0, 3 / 4]]]
    torch.testing.assert_close(shares, torch.tensor(expected, dtype=torch.float64))


def test_shares_satisfy_the_axioms() -> None:
    draws = pr.sample(torch.full((6,), 1 / 6), 500)
    shares = pr.frequencies(draws, 6)[-1]
    assert (shares >= 0).all()
    assert float(shares.sum()) == pytest.approx(1)
    even = (draws % 2 == 1).double().mean()  # the faces 2, 4, 6: events that exclude one another add up
    assert float(even) == pytest.approx(float(shares[1] + shares[3] + shares[5]))


def test_a_hundred_times_the_draws_are_one_more_digit() -> None:
    result = pr.sampling(num_draws=2000, num_runs=50)
    p = 1 / 6
    assert result.metrics["expected"] == pytest.approx(math.sqrt(p * (1 - p) / 2000))
    # 300 shares of 50 runs, 250 of them free: the error of the error is 1 / sqrt(500) = 4.5 %; six of these
    assert result.metrics["error after all draws"] == pytest.approx(result.metrics["expected"], rel=0.27)
    measured, expected = (line.get_ydata() for line in result.figure.axes[1].lines)
    assert expected[0] / expected[99] == pytest.approx(10)
    assert measured[0] / measured[99] == pytest.approx(10, rel=0.3)
    assert measured[0] == pytest.approx(math.sqrt(p * (1 - p)))  # of one draw the shares are 0 and 1
    assert [line.get_label() for line in result.figure.axes[0].lines[:6]] == list("123456")


# Tables


@given(tables)
@settings(max_examples=25, deadline=None)
def test_tables_follow_the_definitions(joint: torch.Tensor) -> None:
    numbers = joint.numpy()
    for dim in range(3):
        others = tuple(axis for axis in range(3) if axis != dim)
        expected = torch.tensor(numbers.sum(axis=others))
        torch.testing.assert_close(pr.marginal(joint, dim), expected, **EXACT)
        torch.testing.assert_close(pr.marginal(joint, dim - 3), expected, **EXACT)
        given = pr.conditional(joint, dim)
        assert given.shape == joint.shape
        torch.testing.assert_close(given.sum(dim=others), torch.ones(joint.shape[dim]).double(), **EXACT)
        back = given * expected.reshape(
            [-1 if axis == dim else 1 for axis in range(3)]
        )  # P(A, B) = P(A | B) P(B)
        torch.testing.assert_close(back, joint, **EXACT)
        torch.testing.assert_close(pr.conditional(joint, dim - 3), given, **EXACT)


@given(st.builds(table, st.integers(1, 4), st.integers(1, 4), seed=st.integers(0, 1000)))
@settings(max_examples=25, deadline=None)
def test_a_joint_probability_is_at_most_each_of_its_own_and_bayes_turns_it_round(joint: torch.Tensor) -> None:
    P_a, P_b = pr.marginal(joint, 0), pr.marginal(joint, 1)
    assert (joint <= torch.minimum(P_a.unsqueeze(1), P_b) + 1e-15).all()
    posterior = pr.bayes(P_a, pr.conditional(joint, 0))
    torch.testing.assert_close(posterior, pr.conditional(joint, 1), **EXACT)


def test_a_condition_that_cannot_be_has_no_probabilities() -> None:
    joint = torch.tensor([[0.5, 0.5], [0.0, 0.0]])
    assert torch.equal(pr.conditional(joint, 0)[0], joint[0])
    assert pr.conditional(joint, 0)[1].isnan().all()


# Bayes


def test_the_medical_test_by_hand_and_its_number() -> None:
    result = pr.medical_test()
    positive = 0.0015 + 0.01 * 0.9985
    assert result.metrics["after one positive test"] == pytest.approx(0.0015 / positive, rel=1e-6)
    assert round(result.metrics["after one positive test"], 4) == 0.1306  # book 2.6
    # the two tests are independent given the health: at once, or one after the other, it is the same
    sick, healthy = 0.0015 * 0.98, 0.9985 * 0.01 * 0.03
    assert result.metrics["after two"] == pytest.approx(sick / (sick + healthy), rel=1e-6)
    assert round(result.metrics["after two"], 4) == 0.8307
    left, right = result.figure.axes
    counts = [text.get_text() for text in left.get_legend().get_texts()]
    assert counts == [
        "15 sick, positive",
        "100 healthy, positive",
        "0 sick, negative",
        "9885 healthy, negative",
    ]
    assert sum(len(group.get_offsets()) for group in left.collections) == 10_000
    assert [text.get_text() for text in right.texts] == ["0.131", "0.831"]


@pytest.mark.parametrize("prior", [0.0, 1.0])
def test_who_is_certain_stays_so(prior: float) -> None:
    assert list(pr.medical_test(prior=prior).metrics.values()) == [prior, prior]


# Independence


def test_two_coins_and_two_tests() -> None:
    metrics = pr.independence(prior=0.1).metrics
    assert metrics["two coins: dependence"] == 0
    assert metrics["two coins: dependence given the third"] == 0.25
    both = 0.1 * 0.9 * 0.9 + 0.9 * 0.1 * 0.2
    first, second = 0.1 * 0.9 + 0.9 * 0.1, 0.1 * 0.9 + 0.9 * 0.2
    assert metrics["two tests: dependence"] == pytest.approx(both - first * second)
    assert metrics["two tests: dependence given the third"] < 1e-15
    titles = [axes.get_title() for axes in pr.independence().figure.axes]
    assert titles[2] == "two coins\ngiven: alike"
    assert titles[5] == "two tests\ngiven: sick"
    cells = [text.get_text() for text in pr.independence().figure.axes[3].texts]
    assert cells[0] == "0.649\n(0.599)"


@given(tables)
@settings(max_examples=25, deadline=None)
def test_products_are_independent_and_other_tables_are_not(joint: torch.Tensor) -> None:
    pair = joint.sum(dim=2)
    assert pr.dependence(pr.products(pair)) < 1e-15
    largest = np.abs(pair.numpy() - np.outer(pair.numpy().sum(1), pair.numpy().sum(0))).max()
    assert pr.dependence(pair) == pytest.approx(largest, abs=1e-15)
    if min(pair.shape) > 1:
        assert pr.dependence(pair) > 1e-9
    C = pr.marginal(joint, 2)
    per_value = pr.conditional(joint, 2)
    given_c = torch.stack([pr.products(P) for P in per_value.unbind(dim=2)], dim=2) * C
    assert pr.dependence_given(given_c) < 1e-14


def test_what_cannot_occur_is_no_condition() -> None:
    joint = torch.stack([torch.zeros(2, 2).double(), table(2, 2)], dim=2)
    assert pr.dependence_given(joint) == pytest.approx(pr.dependence(table(2, 2)), rel=1e-9)


def test_independent_is_the_word_for_the_product() -> None:
    """003 1.6 has the English words the wrong way round."""
    independent = pr.products(table(3, 4))
    given_b = pr.conditional(independent, 1)
    torch.testing.assert_close(given_b, pr.marginal(independent, 0).unsqueeze(1).expand(3, 4), **EXACT)


def test_one_draw_is_categorical_and_a_multinomial_counts_many() -> None:
    """003 1.6 calls a distribution over a few choices multinomial."""
    P = torch.tensor([0.2, 0.3, 0.5])
    assert torch.distributions.Multinomial(7, P).sample().sum() == 7  # counts of 7 draws
    assert torch.distributions.Multinomial(7, P).sample().shape == (3,)
    assert torch.distributions.Categorical(P).sample().shape == ()


# Moments


@given(st.builds(table, st.integers(1, 6), seed=st.integers(0, 1000)), st.floats(-10, 10))
@settings(max_examples=25, deadline=None)
def test_moments_follow_numpy_and_the_two_formulas_agree(P: torch.Tensor, scale: float) -> None:
    values = scale * torch.sin(torch.arange(len(P)).double())
    mean = np.average(values.numpy(), weights=P.numpy())
    squares = np.average((values.numpy() - mean) ** 2, weights=P.numpy())
    assert float(pr.expectation(values, P)) == pytest.approx(mean, abs=1e-12)
    assert float(pr.variance(values, P)) == pytest.approx(squares, abs=1e-12)
    assert float(pr.variance_by_squares(values, P)) == pytest.approx(squares, abs=1e-12)


def test_mean_and_variance_of_a_die_and_its_square() -> None:
    result = pr.moments()
    expected = {"E[X]": 7 / 2, "Var[X]": 35 / 12, "E[X^2]": 91 / 6, "Var[X^2]": 5369 / 36}
    assert result.metrics == pytest.approx(expected, rel=1e-12)
    draws = torch.distributions.Categorical(torch.ones(6)).sample((200_000,)).double() + 1
    # of x^2 the variance errs by about sqrt((E[f^4] - Var^2) / n) < 0.4; six of these
    assert float((draws**2).var()) == pytest.approx(result.metrics["Var[X^2]"], abs=2.4)
    assert float(draws.mean()) == pytest.approx(3.5, abs=6 * math.sqrt(35 / 12 / 200_000))


def test_the_difference_of_squares_loses_its_digits_and_may_be_negative() -> None:
    x, P = torch.arange(1, 7).double(), torch.full((6,), 1 / 6, dtype=torch.float64)
    assert float(pr.variance(x + 1e8, P)) == pytest.approx(35 / 12, rel=1e-12)
    assert abs(float(pr.variance_by_squares(x + 1e8, P)) - 35 / 12) > 0.5
    assert any(pr.variance_by_squares(x + shift, P) < 0 for shift in 10 ** torch.linspace(8, 9, 50))
    good, bad = (line.get_ydata() for line in pr.moments().figure.axes[1].lines)
    assert good.max() < 1e-14
    assert bad[-1] > 1 > 1e-12 > bad[0]


def test_a_deviation_has_mean_zero_so_the_variance_is_no_bias() -> None:
    """003 1.6 calls the variance a measure of the bias from the expected value."""
    values, P = torch.randn(6).double(), table(6)
    assert abs(float(pr.expectation(values - pr.expectation(values, P), P))) < 1e-15
    assert pr.variance(values, P) > 0.01


@pytest.mark.parametrize(
    ("variant", "knobs", "message"),
    [
        (pr.medical_test, {"prior": 1.5}, r"prior: a probability is in \[0, 1\], got 1\.5"),
        (pr.independence, {"prior": -0.1}, r"prior: a probability is in \[0, 1\], got -0\.1"),
        (pr.sampling, {"num_draws": 0}, "num_draws: must be at least 1"),
        (pr.sampling, {"seed": -1}, "seed: must be in"),
        (pr.moments, {"largest_shift": 0.0}, "largest_shift: at least 1, got 0"),
    ],
)
def test_bad_knobs(variant: object, knobs: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        variant(**knobs)


double = lambda: test_shares_of_samples_are_the_probabilities_as_torchs_are(torch.float64)  # noqa: E731
definitions = lambda: test_tables_follow_the_definitions.hypothesis.inner_test(table(3, 3, 3))  # noqa: E731
turned = test_a_joint_probability_is_at_most_each_of_its_own_and_bayes_turns_it_round
in_pairs = test_products_are_independent_and_other_tables_are_not.hypothesis.inner_test
average = test_moments_follow_numpy_and_the_two_formulas_agree.hypothesis.inner_test
die = test_mean_and_variance_of_a_die_and_its_square
coins = test_two_coins_and_two_tests
MUTANTS = [
    Mutant("sample", "right=True", "right=False",
           test_a_sample_is_always_an_outcome),
    Mutant("sample", ".cumsum(dim=0)", "", double),
    Mutant("frequencies", ".cumsum(dim=-2)", "", test_frequencies_are_shares_so_far),
    Mutant("marginal", "movedim(dim, 0)", "movedim(dim, -1)", definitions),
    Mutant("conditional", "given % joint.dim()", "0", definitions),
    Mutant("bayes", "joint.sum(dim=0)", "joint.sum()", test_the_medical_test_by_hand_and_its_number),
    Mutant("bayes", "prior.unsqueeze(1) * likelihood", "prior * likelihood",
           lambda: turned.hypothesis.inner_test(table(3, 3))),
    Mutant("products", "marginal(joint, 1)", "marginal(joint, 0)",
           lambda: in_pairs(table(2, 2, 2))),
    Mutant("dependence", ".abs()", "", lambda: [in_pairs(table(3, 4, 1, seed=seed)) for seed in range(10)]),
    Mutant("dependence_given", "conditional(joint, 2)", "joint", coins),
    Mutant("dependence_given", "[:, :, possible]", "", test_what_cannot_occur_is_no_condition),
    Mutant("expectation", "values * probabilities", "values / len(values)",
           lambda: average(table(5), 2.0)),
    Mutant("variance", "** 2", "", die),
    Mutant("variance_by_squares", "expectation(values, probabilities) ** 2", "0",
           lambda: average(table(5), 2.0)),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(pr, MUTANTS)
