"""Optimization: descent against its closed form and torch; stationary points; what samples refute."""

import math
from functools import partial
from itertools import pairwise

import mutants
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from mutants import Mutant

import d2lcore as d2l
from chapters import optimization as chapter

F64 = torch.float64
RATES = [0.05, 0.2, 0.5, 0.95, 1.05]


# Gradient descent


@pytest.mark.parametrize("lr", RATES)
def test_descent_on_a_parabola_has_its_closed_form(lr: float) -> None:
    path = chapter.gradient_descent(lambda x: 2 * x, torch.tensor(10.0, dtype=F64), lr, 10)
    expected = 10 * (1 - 2 * lr) ** torch.arange(11, dtype=F64)
    torch.testing.assert_close(path, expected, rtol=1e-12, atol=1e-12)


def test_steps_equal_those_of_torchs_sgd() -> None:
    start = torch.randn(3, 2, dtype=F64)
    path = chapter.gradient_descent(chapter.gradient_of(chapter.saddle_and_minima), start, 0.1, 100)
    x = start.clone().requires_grad_()
    updater = torch.optim.SGD([x], lr=0.1)
    for expected in path[1:]:
        d2l.step(chapter.saddle_and_minima(x).sum(), updater, 1)
        torch.testing.assert_close(x.detach(), expected, rtol=0, atol=1e-12)
    assert path.shape == (101, 3, 2)
    assert torch.equal(path[0], start)


def test_gradients_of_many_points_are_those_by_hand() -> None:
    x = torch.randn(7, 2, dtype=F64)
    by_hand = torch.stack([x[:, 0], x[:, 1] ** 3 - x[:, 1]], dim=1)
    torch.testing.assert_close(chapter.gradient_of(chapter.saddle_and_minima)(x), by_hand)
    slope = chapter.gradient_of(chapter.two_valleys)(x[:, 0])
    torch.testing.assert_close(slope, x[:, 0] ** 3 - x[:, 0] + 1 / 8)


def test_rates_creep_settle_cross_and_run_away() -> None:
    metrics = chapter.rates().metrics
    ends = [metrics[f"x at the end, learning rate {lr:g}"] for lr in (0.05, 0.2, 0.95, 1.05)]
    assert ends == pytest.approx([10 * 0.9**10, 10 * 0.6**10, 10 * 0.9**10, 10 * 1.1**10], rel=1e-9)


def test_a_start_ends_in_its_own_valley() -> None:
    result = chapter.minima()
    metrics = result.metrics
    for name, near in (("global", -1.0575), ("local", 0.9304)):
        x = metrics[f"the {name} minimum is at"]
        assert x == pytest.approx(near, abs=1e-3)
        assert x**3 - x + 1 / 8 == pytest.approx(0, abs=1e-9)
        assert metrics[f"height of the {name} minimum"] == pytest.approx((x**2 - 1) ** 2 / 4 + x / 8)
    # the hill between the valleys is at 0.1270: 10 of 21 starts, from 0.2 on, are to its right
    assert metrics["starts that end in the local minimum"] == 10


# Saddle points


@pytest.mark.parametrize(
    ("curvatures", "kind"),
    [
        ((1.0, 2.0), "minimum"),
        ((-1.0, -2.0), "maximum"),
        ((-1.0, 2.0), "saddle"),
        ((-1e-3, 1e3), "saddle"),
        ((1.0, 0.0), "undecided"),
        ((0.0, -1.0), "undecided"),
        ((0.0, 0.0), "undecided"),
    ],
)
def test_stationary_points_of_turned_parabolas(curvatures: tuple[float, float], kind: str) -> None:
    turn, _ = torch.linalg.qr(torch.randn(2, 2, dtype=F64))
    H = turn @ torch.diag(torch.tensor(curvatures, dtype=F64)) @ turn.T
    assert chapter.stationary_point(lambda x: x @ H @ x / 2, torch.zeros(2, dtype=F64)) == kind


def test_a_maximum_is_neither_minimum_and_yet_no_saddle() -> None:
    """003 5.1.1 calls a saddle whatever has no gradient and is neither a global nor a local minimum."""

    def f(x: torch.Tensor) -> torch.Tensor:
        return -(x**2).sum()

    top = torch.zeros(2, dtype=F64)
    assert not torch.func.grad(f)(top).any()
    assert all(f(top + 1e-3 * torch.randn(2, dtype=F64)) < f(top) for _ in range(20))
    assert chapter.stationary_point(f, top) == "maximum"


def test_the_chapters_function_has_a_saddle_and_two_minima() -> None:
    kinds = [
        chapter.stationary_point(chapter.saddle_and_minima, torch.tensor([0.0, x2], dtype=F64))
        for x2 in (-1, 0, 1)
    ]
    assert kinds == ["minimum", "saddle", "minimum"]
    heights = chapter.saddle_and_minima(torch.tensor([[0.0, 0.0], [0.0, 1.0], [2.0, 1.0]], dtype=F64))
    assert heights.tolist() == [0.25, 0, 2]


def test_descent_leaves_a_saddle_from_every_start_but_those_of_a_line() -> None:
    """000 1.3.1: gradient descent gets stuck at saddle points. It takes longer, and ends at a minimum."""
    metrics = chapter.saddle().metrics
    assert metrics["random starts that end at the saddle"] == 0
    steps = [metrics[f"steps to get away from 1e-{k:02d}"] for k in range(12, 0, -1)]
    more = math.log(10) / math.log(1.1)  # for a tenth of the distance
    assert all(abs(a - b - more) <= 1 for a, b in pairwise(steps))
    exactly = torch.tensor([1.5, 0.0], dtype=F64)
    path = chapter.gradient_descent(chapter.gradient_of(chapter.saddle_and_minima), exactly, 0.1, 500)
    assert path[-1].norm() < 1e-12  # the saddle


# Convexity


points = st.lists(st.floats(-3, 3), min_size=4, max_size=4).map(lambda x: torch.tensor([x], dtype=F64))
shares = st.floats(0, 1).map(lambda lam: torch.tensor([lam], dtype=F64))


@given(points, points, shares)
def test_no_chord_of_a_convex_function_is_below_it(
    a: torch.Tensor, b: torch.Tensor, lam: torch.Tensor
) -> None:
    for name in ("square", "linear regression"):
        assert chapter.chord_gap(chapter.FUNCTIONS[name], a, b, lam).item() > -1e-9


def test_the_chord_of_a_square_is_above_it_by_the_formula() -> None:
    a, b, lam = torch.randn(9, 4, dtype=F64), torch.randn(9, 4, dtype=F64), torch.rand(9, dtype=F64)
    gap = chapter.chord_gap(lambda x: (x**2).sum(dim=1), a, b, lam)
    torch.testing.assert_close(gap, lam * (1 - lam) * ((a - b) ** 2).sum(dim=1), rtol=1e-9, atol=1e-9)


def test_jensens_gap_of_a_square_is_the_variance() -> None:
    X = torch.randn(50, 1, dtype=F64)
    gap = chapter.jensen_gap(lambda x: (x**2).sum(dim=1), X)
    torch.testing.assert_close(gap, X.var(correction=0), rtol=1e-10, atol=1e-10)
    assert chapter.jensen_gap(lambda x: 3 * x[:, 0], X).abs() < 1e-12  # of a straight line: none


def test_samples_refute_what_is_not_convex_and_nothing_else() -> None:
    metrics = chapter.convexity(num_pairs=2000).metrics
    convex = ("a disc", "in both discs", "square", "linear regression")
    for name in (*chapter.SETS, *chapter.FUNCTIONS):
        share = metrics[f"{name}: pairs that refute"]
        assert (share == 0) if name in convex else (share > 0.002), name
    # Jensen's gap of the square is the variance of a uniform number on [-2, 2], 4/3, in four dimensions:
    # its standard error at 2,000 points is 0.053; six of those
    assert metrics["square: Jensen's gap"] == pytest.approx(16 / 3, abs=0.32)


def test_the_middle_of_two_networks_that_compute_the_same_is_another_network() -> None:
    f = chapter.FUNCTIONS["a hidden unit"]
    w = torch.tensor([[1.0, 1.0, 0.0, 0.0]])
    assert f(w) == f(-w)
    assert f(0 * w) > 5 * f(w)


def test_a_ring_is_left_through_its_hole() -> None:
    a, b = torch.tensor([[1.0, 0.0], [1.0, 0.0]]), torch.tensor([[-1.0, 0.0], [0.9, 0.1]])
    out = chapter.leaves(chapter.SETS["a ring"], a, b, torch.tensor([0.5, 0.5]))
    assert out.tolist() == [True, False]
    out = chapter.leaves(chapter.SETS["a ring"], a, b, torch.tensor([0.0, 1.0]))  # at b, and at a
    assert out.tolist() == [False, False]


def test_the_disc_is_where_it_should_be() -> None:
    inside = chapter.disc(torch.tensor([[0.8, 0.0], [1.79, 0.0], [0.8, -0.99], [-0.21, 0.0], [1.81, 0.0]]))
    assert inside.tolist() == [True, True, True, False, False]


def test_the_notes_inequality_without_its_prime_holds_for_no_parabola() -> None:
    """003 5.1.2: lambda f(x) + (1 - lambda) f(x') >= f(lambda x + (1 - lambda) x;), where x' is meant."""
    x, other, lam = (torch.tensor([[value]], dtype=F64) for value in (2.0, 1.0, 0.5))
    chord = lam * x**2 + (1 - lam) * other**2
    assert chord < (lam * x + (1 - lam) * x) ** 2  # refuted by a convex function
    assert chord >= (lam * x + (1 - lam) * other) ** 2


def test_a_strictly_convex_function_may_have_no_minimum() -> None:
    """003 5.1.2: a strictly convex problem has one global minimum. At most one: exp has none."""
    x = torch.linspace(-5, 5, 101, dtype=F64)[:, None]
    gap = chapter.chord_gap(lambda x: x.exp()[:, 0], x, x.flip(0), torch.full((101,), 0.5, dtype=F64))
    assert (gap > 0).sum() == 100  # strictly, but for the pair of 0 and 0
    path = chapter.gradient_descent(torch.exp, torch.tensor(0.0, dtype=F64), 1.0, 2000)
    assert (path.diff() < 0).all()  # it never stops
    assert path[-1] < -math.log(2000)


# In the plane


def test_contours_follow_the_bowl() -> None:
    metrics = chapter.contours().metrics
    for lr in (0.05, 0.2, 0.45):
        x1, x2 = -5 * (1 - 2 * lr) ** 20, -2 * (1 - 4 * lr) ** 20
        height = metrics[f"height at the end, learning rate {lr:g}"]
        assert height == pytest.approx(x1**2 + 2 * x2**2, rel=1e-9)
    assert chapter.bowl(3.0, -1.0) == 11


@pytest.mark.parametrize(
    ("variant", "knobs", "message"),
    [
        (chapter.minima, {"num_starts": 0}, "num_starts: must be at least 1"),
        (chapter.saddle, {"num_starts": 0}, "num_starts: must be at least 1"),
        (chapter.saddle, {"seed": -1}, "seed: must be in"),
        (chapter.convexity, {"num_pairs": 0}, "num_pairs: must be at least 1"),
        (chapter.contours, {"lrs": (1e30,)}, "x1: must be a finite number"),
    ],
)
def test_bad_knobs(variant: object, knobs: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        variant(**knobs)


MUTANTS = [
    Mutant("gradient_descent", "- lr *", "+ lr *",
           partial(test_descent_on_a_parabola_has_its_closed_form, 0.2)),
    Mutant("gradient_descent", "path = [start]", "path = [start - lr * gradient(start)]",
           test_steps_equal_those_of_torchs_sgd),
    Mutant("gradient_of", "f(x).sum()", "f(x).mean()", test_gradients_of_many_points_are_those_by_hand),
    Mutant("two_valleys", "return (x**2 - 1)", "return -(x**2 - 1)", test_a_start_ends_in_its_own_valley),
    Mutant("stationary_point", "if up and down", "if up",
           partial(test_stationary_points_of_turned_parabolas, (1.0, 2.0), "minimum")),
    Mutant("stationary_point", '"minimum" if up', '"minimum" if down',
           partial(test_stationary_points_of_turned_parabolas, (-1.0, -2.0), "maximum")),
    Mutant("stationary_point", '"undecided"', '"minimum"',
           partial(test_stationary_points_of_turned_parabolas, (1.0, 0.0), "undecided")),
    Mutant("saddle_and_minima", "** 2 / 4", "** 2", test_the_chapters_function_has_a_saddle_and_two_minima),
    Mutant("leaves", "~contains", "contains", test_a_ring_is_left_through_its_hole),
    Mutant("leaves", "(1 - lam[:, None]) * b", "(1 - lam[:, None]) * a",
           test_a_ring_is_left_through_its_hole),
    Mutant("chord_gap", "- f(", "+ f(", test_the_chord_of_a_square_is_above_it_by_the_formula),
    Mutant("chord_gap", "(1 - lam[:, None]) * b", "(1 - lam[:, None]) * a",
           test_the_chord_of_a_square_is_above_it_by_the_formula),
    Mutant("jensen_gap", "f(X).mean() -", "f(X).sum() -", test_jensens_gap_of_a_square_is_the_variance),
    Mutant("disc", "[0.8,", "[-0.8,", test_the_disc_is_where_it_should_be),
    Mutant("bowl", "2 * x2**2", "x2**2", test_contours_follow_the_bowl),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(chapter, MUTANTS)
