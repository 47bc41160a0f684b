"""The confusion matrix and what is solved with it: against libraries and slow references."""

import itertools
import math
from functools import partial

import mutants
import numpy as np
import pytest
import sklearn.metrics
import torch
from label_shift import quapy, sample
from mutants import Mutant
from recording import recorded
from scipy.optimize import nnls
from torch.nn import functional as F

from chapters.distribution_shift.label import confusion, images

DOUBLE = torch.float64
TINY = {"rtol": 0, "atol": 1e-10}  # rounding of float64 sums of at most a few hundred terms


# The confusion matrix


def test_confusion_matrix_by_hand() -> None:
    y = torch.tensor([0, 0, 0, 0, 1, 1, 2])
    hard = torch.tensor([0, 0, 0, 1, 1, 2, 0])
    C = confusion.confusion_matrix(y, hard, 3)
    assert C.tolist() == [[0.75, 0.0, 1.0], [0.25, 0.5, 0.0], [0.0, 0.5, 0.0]]  # column: true class
    soft = torch.tensor([[1.0, 0.0], [0.5, 0.5], [0.25, 0.75]])
    C = confusion.confusion_matrix(torch.tensor([0, 0, 1]), soft, 2)
    assert C.tolist() == [[0.75, 0.25], [0.25, 0.75]]


@pytest.mark.parametrize("seed", range(3))
def test_confusion_matrix_equals_loops_and_libraries(seed: int) -> None:
    y, soft, _ = sample(seed)
    for y_hat in (soft, soft.argmax(dim=1)):
        shares = soft if y_hat.dim() == 2 else F.one_hot(y_hat, 4)
        C = torch.zeros(4, 4, dtype=DOUBLE)
        for j in range(4):
            members = [shares[i] for i in range(len(y)) if y[i] == j]
            for i in range(4):
                C[i, j] = sum(float(row[i]) for row in members) / len(members)
        mine = confusion.confusion_matrix(y, y_hat, 4)
        torch.testing.assert_close(mine, C, **TINY)
        torch.testing.assert_close(mine.sum(dim=0), torch.ones(4, dtype=DOUBLE), **TINY)
    sklearns = sklearn.metrics.confusion_matrix(y, soft.argmax(dim=1), normalize="true").T
    torch.testing.assert_close(
        confusion.confusion_matrix(y, soft.argmax(dim=1), 4), torch.tensor(sklearns), **TINY
    )
    theirs = quapy().PACC.getPteCondEstim(np.arange(4), y.numpy(), soft.numpy())
    torch.testing.assert_close(confusion.confusion_matrix(y, soft, 4), torch.tensor(theirs), **TINY)


def test_mean_prediction_equals_loops() -> None:
    _, _, target = sample()
    for y_hat, shares in ((target, target), (target.argmax(dim=1), F.one_hot(target.argmax(dim=1), 4))):
        expected = [sum(float(row[i]) for row in shares) / len(shares) for i in range(4)]
        torch.testing.assert_close(
            confusion.mean_prediction(y_hat, 4), torch.tensor(expected, dtype=DOUBLE), **TINY
        )
    assert confusion.mean_prediction(torch.tensor([2, 2, 0, 2]), 4).tolist() == [0.25, 0.0, 0.75, 0.0]


def column(one: torch.Tensor) -> torch.Tensor:
    return one[:, None] if one.dim() == 1 else one


def narrow(one: torch.Tensor) -> torch.Tensor:
    return one.float() if one.is_floating_point() else one.to(torch.int32)


@pytest.mark.parametrize("kind", [np.asarray, column, narrow])
def test_other_kinds_of_input_give_the_same(kind: object) -> None:
    y, soft, target = sample()
    # probabilities in float32 are rounded by 6e-8 each
    close = {"rtol": 0, "atol": 1e-6}
    for y_hat in (soft, soft.argmax(dim=1)):
        C = confusion.confusion_matrix(kind(y), kind(y_hat), 4)
        torch.testing.assert_close(C, confusion.confusion_matrix(y, y_hat, 4), **close)
    mu = confusion.mean_prediction(kind(target), 4)
    torch.testing.assert_close(mu, confusion.mean_prediction(target, 4), **close)


def test_everything_stays_on_the_device(device: torch.device) -> None:
    y, soft, target = (one.to(device) for one in sample())
    C, mu = confusion.confusion_matrix(y, soft, 4), confusion.mean_prediction(target, 4)
    p = confusion.estimate_label_distribution(C, mu)
    low, high = confusion.bootstrap_interval(estimate, y, soft, target, num_resamples=5)
    assert {one.device.type for one in (C, mu, p, low, high)} == {device.type}
    on_cpu = confusion.estimate_label_distribution(C.cpu().T.contiguous().T, mu.cpu().numpy())
    torch.testing.assert_close(p.cpu(), on_cpu, **TINY)


def test_arrays_that_torch_does_not_take_as_they_are() -> None:
    y, soft, target = (one.numpy() for one in sample())
    soft.flags.writeable = False
    C, mu = confusion.confusion_matrix(y[::-1], soft[::-1], 4), confusion.mean_prediction(target[::-1], 4)
    torch.testing.assert_close(C, confusion.confusion_matrix(y, soft, 4), **TINY)
    torch.testing.assert_close(mu, confusion.mean_prediction(target, 4), **TINY)


# Solving


def distributions(k: int, rng: np.random.Generator, sharp: float) -> tuple[torch.Tensor, torch.Tensor]:
    """A random C, its diagonal raised by `sharp`, and a mu that it need not explain."""
    C = rng.dirichlet(np.ones(k), k).T + sharp * np.eye(k)
    return torch.tensor(C / C.sum(axis=0)), torch.tensor(rng.dirichlet(np.full(k, 0.5)))


@pytest.mark.parametrize("seed", range(4))
def test_no_point_of_a_grid_over_the_simplex_is_better(seed: int) -> None:
    C, mu = distributions(3, np.random.default_rng(seed), sharp=0.3)
    p = confusion.simplex_least_squares(C, mu)
    steps = 100
    grid = torch.tensor(
        [(i, j, steps - i - j) for i, j in itertools.product(range(steps + 1), repeat=2) if i + j <= steps],
        dtype=DOUBLE,
    ) / steps  # fmt: skip
    errors = (grid @ C.T - mu).norm(dim=1)
    assert (C @ p - mu).norm() <= errors.min() + 1e-12
    assert (grid[errors.argmin()] - p).abs().max() < 0.1  # of a valley that is flat one way


@pytest.mark.parametrize("sharp", [0.0, 0.2, 2.0])
def test_simplex_least_squares_is_optimal(sharp: float) -> None:
    rng = np.random.default_rng(0)
    held = 0
    for i in range(120):
        k = int(rng.integers(1, 11))
        C, mu = distributions(k, rng, sharp)
        if i % 2:  # a mu that some p all but explains: entries are let go for a small gain
            mu = C @ torch.tensor(rng.dirichlet(np.full(k, 0.2))) * torch.tensor(rng.normal(1, 0.01, k))
        p = confusion.simplex_least_squares(C, mu)
        assert (p >= 0).all()
        assert p.sum() == pytest.approx(1, abs=1e-14)
        # At a minimum the slope is the same along every free entry and not smaller along any held one.
        slope = C.T @ (C @ p - mu)
        free = p > 0
        assert (slope[free] - slope[free].mean()).abs().max() < 1e-10
        assert (slope[~free] >= slope[free].mean() - 1e-10).all()
        theirs, _ = nnls(np.vstack([C, np.full(k, 1e4)]), np.append(mu, 1e4))
        assert (C @ p - mu).norm() <= np.linalg.norm(C.numpy() @ theirs / theirs.sum() - mu.numpy()) + 1e-9
        held += int((~free).sum())
    assert held > 20  # or the constraint was not tested


def test_the_search_holds_the_entry_that_reaches_zero_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """From 1/3 each towards (-.2, -.6, 1.8) entry 1 is 0 after .36 of the way, entry 0 after .62."""
    searched = recorded(monkeypatch, confusion, "affine_least_squares")
    b = torch.tensor([-0.2, -0.6, 1.8], dtype=DOUBLE)
    assert confusion.simplex_least_squares(torch.eye(3, dtype=DOUBLE), b).tolist() == [0, 0, 1]
    goals = [goal.tolist() for goal in searched]  # of all three, of 0 and 2, of 2
    assert goals == [pytest.approx([-0.2, -0.6, 1.8]), pytest.approx([-0.5, 1.5]), [1.0]]


def test_the_sum_is_1_after_an_entry_that_rounding_made_negative() -> None:
    C = torch.tensor([[0.9, 0.3], [0.1, 0.7]], dtype=DOUBLE)
    found = confusion.solve_label_shift(C, C @ torch.tensor([1 + 5e-13, -5e-13], dtype=DOUBLE))
    assert not found.constrained
    assert found.raw[1] < -1e-13
    assert found.p.tolist() == [1, 0]


@pytest.mark.parametrize("seed", range(5))
def test_a_known_distribution_is_recovered(seed: int) -> None:
    """An asymmetric C and the mu that p causes: C transposed would give another p."""
    C = torch.tensor([[0.9, 0.3, 0.0], [0.1, 0.5, 0.2], [0.0, 0.2, 0.8]], dtype=DOUBLE)
    p = torch.tensor(np.random.default_rng(seed).dirichlet(np.ones(3)))
    found = confusion.solve_label_shift(C, C @ p)
    torch.testing.assert_close(found.p, p, **TINY)
    torch.testing.assert_close(found.raw, p, **TINY)
    assert (found.constrained, found.condition) == (False, pytest.approx(np.linalg.cond(C)))
    assert found.residual < 1e-14
    torch.testing.assert_close(confusion.estimate_label_distribution(C, C @ p), p, **TINY)


def test_the_constraint_is_reported_when_it_is_needed() -> None:
    C = torch.tensor([[0.9, 0.3], [0.1, 0.7]], dtype=DOUBLE)
    found = confusion.solve_label_shift(C, torch.tensor([0.95, 0.05], dtype=DOUBLE))
    assert found.constrained
    assert found.raw.tolist() == pytest.approx([65 / 60, -5 / 60])
    assert found.p.tolist() == [1.0, 0.0]
    assert found.residual == pytest.approx(math.sqrt(2) * 0.05)  # C p = (0.9, 0.1)


def test_the_constrained_answer_is_the_best_and_not_the_rescaled_rest() -> None:
    rng, better = np.random.default_rng(1), 0
    for _ in range(20):
        C, mu = distributions(5, rng, sharp=0.3)
        found = confusion.solve_label_shift(C, mu)
        assert found.constrained == bool((found.raw < 0).any())
        if found.constrained:
            torch.testing.assert_close(found.p, confusion.simplex_least_squares(C, mu), **TINY)
            cut = found.raw.clamp(min=0) / found.raw.clamp(min=0).sum()
            better += found.residual < float((C @ cut - mu).norm()) - 1e-3
    assert better > 10


def test_estimates_are_distributions() -> None:
    """Whatever mu is: near the truth, or no prediction that C could cause."""
    rng = np.random.default_rng(0)
    for sharp in (0.05, 0.5, 5.0):
        for _ in range(30):
            C, mu = distributions(int(rng.integers(2, 11)), rng, sharp)
            p = confusion.estimate_label_distribution(C, mu)
            assert (p >= 0).all()
            assert p.sum() == pytest.approx(1, abs=1e-14)


@pytest.mark.parametrize("seed", range(5))
def test_hard_and_soft_equal_quapys(seed: int) -> None:
    aggregative, classes = quapy(), np.arange(4)
    y, soft, target = sample(seed)
    q = confusion.mean_prediction(y, 4)
    hards = (aggregative.BBSEhard.getConfusionJointProb, soft.argmax(dim=1), target.argmax(dim=1))
    softs = (aggregative.BBSEsoft.getConfusionJointProb, soft, target)
    for joint, y_hat, y_hat_target in (hards, softs):
        C, mu = confusion.confusion_matrix(y, y_hat, 4), confusion.mean_prediction(y_hat_target, 4)
        mine = confusion.solve_label_shift(C, mu)
        theirs = aggregative.BBSEhard.solve_importance_weights(
            joint(classes, y.numpy(), y_hat.numpy()), mu.numpy(), "exact-raise"
        )
        torch.testing.assert_close(mine.raw / q, torch.tensor(theirs), rtol=0, atol=1e-9)
        prevalences = aggregative.ACC.solve_adjustment(C.numpy(), mu.numpy(), "inversion", "exact-raise")
        torch.testing.assert_close(mine.raw, torch.tensor(prevalences), rtol=0, atol=1e-9)
        if not mine.constrained:
            torch.testing.assert_close(mine.p, mine.raw, **TINY)


def test_a_transposed_C_shows_where_the_source_is_unbalanced() -> None:
    """No shift: the right C gives the source's own distribution back; C transposed, made valid, does not."""
    y, soft, _ = sample(1, n=4000)
    q, C, mu = (
        confusion.mean_prediction(y, 4),
        confusion.confusion_matrix(y, soft, 4),
        confusion.mean_prediction(soft, 4),
    )
    torch.testing.assert_close(confusion.estimate_label_distribution(C, mu), q, **TINY)  # C q = mu exactly
    with pytest.raises(ValueError, match="C: probabilities are at least 0 and sum to 1; column 0 has"):
        confusion.estimate_label_distribution(C.T, mu)
    joint = C * q
    wrong = (joint / joint.sum(dim=1, keepdim=True)).T  # rows normalised for columns, then transposed
    assert (confusion.estimate_label_distribution(wrong, mu) - q).abs().max() > 0.02


@pytest.mark.parametrize("size", [1e-6, 1e-12, 1e-18])
def test_a_tiny_row_is_not_singular(size: float) -> None:
    """Soft predictions of a class that the network hardly knows: condition up to 1e18, and p is right."""
    C = torch.tensor([[0.9, 0.2, 0.5], [0.1, 0.8, 0.5], [0.0, 0.0, 0.0]], dtype=DOUBLE)
    C[2] = size * torch.tensor([1.0, 3.0, 9.0], dtype=DOUBLE)
    C = C / C.sum(dim=0)
    p = torch.tensor([0.2, 0.3, 0.5], dtype=DOUBLE)
    found = confusion.solve_label_shift(C, C @ p)
    # p_3 hangs on mu_3, whose sum with the others is kept to 1e-16 of 1: relative to mu_3 nothing is lost.
    torch.testing.assert_close(found.p, p, rtol=0, atol=1e-6)
    assert found.condition > 0.1 / size


def never_predicted() -> tuple[torch.Tensor, torch.Tensor]:
    y = torch.tensor([0, 0, 1, 1, 2, 2])
    return confusion.confusion_matrix(y, torch.tensor([0, 0, 1, 1, 0, 1]), 3), torch.tensor([0.5, 0.5, 0.0])


def test_order_of_an_estimate() -> None:
    assert confusion.LabelEstimate._fields == ("p", "raw", "constrained", "condition", "residual")


def test_a_class_that_is_never_predicted() -> None:
    C, mu = never_predicted()
    assert confusion.is_singular(C)
    with pytest.raises(ValueError, match=r"C: singular \(class 2 is never predicted\), so more than one p"):
        confusion.solve_label_shift(C, mu)


def test_classes_that_look_alike() -> None:
    alike = torch.tensor([[0.5, 0.5, 0.1], [0.3, 0.3, 0.1], [0.2, 0.2, 0.8]])
    assert confusion.is_singular(alike)
    for seed in range(20):  # of exactly equal columns, rounding leaves the smallest singular value above 0
        C = torch.rand(6, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
        C[:, 4] = C[:, 1]
        assert confusion.is_singular(C / C.sum(dim=0))
    with pytest.raises(ValueError, match="C: singular, so more than one p fits mu; use probabilities"):
        confusion.solve_label_shift(alike, torch.tensor([0.4, 0.3, 0.3]))
    assert not confusion.is_singular(torch.eye(3))


# Intervals


def estimate(y: torch.Tensor, y_hat: torch.Tensor, y_hat_target: torch.Tensor) -> torch.Tensor:
    C = confusion.confusion_matrix(y, y_hat, 4)
    return confusion.estimate_label_distribution(C, confusion.mean_prediction(y_hat_target, 4))


def test_interval_ends_are_quantiles_of_estimates() -> None:
    y, soft, target = sample()
    seen = []

    def watched(y: torch.Tensor, y_hat: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        seen.append((y, y_hat, other))
        return estimate(y, y_hat, other)

    low, high = confusion.bootstrap_interval(watched, y, soft, target, level=0.8, num_resamples=30)
    assert len(seen) == 30
    for drawn, y_hat, other in seen:
        assert torch.equal(drawn, y)  # class by class
        rows = {tuple(row) for row in y_hat[drawn == 1].tolist()}
        assert rows <= {tuple(row) for row in soft[y == 1].tolist()}
        assert len(rows) < int((y == 1).sum())  # with replacement: some are missed
        others = {tuple(row) for row in other.tolist()}
        assert others <= {tuple(row) for row in target.tolist()}
        assert len(others) < len(other) == len(target)
    results = np.array([estimate(*one).numpy() for one in seen])
    np.testing.assert_allclose(low, np.quantile(results, 0.1, axis=0), atol=1e-12)
    np.testing.assert_allclose(high, np.quantile(results, 0.9, axis=0), atol=1e-12)


@pytest.mark.experiment
def test_intervals_cover_about_as_often_as_they_say() -> None:
    """One pool, 120 samples of it, 4 classes: how often a 90% interval holds the true share."""
    y, soft, _ = sample(3, n=20_000)  # a C of condition 6
    generator = torch.Generator().manual_seed(0)
    p = torch.tensor([0.1, 0.2, 0.3, 0.4], dtype=DOUBLE)
    inside = []
    for _ in range(120):
        val = torch.randint(len(y), (300,), generator=generator)
        target = images.draw(y, torch.multinomial(p, 300, True, generator=generator), generator=generator)
        low, high = confusion.bootstrap_interval(
            estimate, y[val], soft[val], soft[target], num_resamples=100, generator=generator
        )
        inside.append(((low <= p) & (p <= high)).double())
    # 150 other samples gave 0.89 with a standard deviation of 0.19, so 0.017 for the mean of 120: five of
    # those, false alarm below 1e-6. With the target not redrawn it was 0.67, with the validation not, 0.78.
    assert 0.805 < torch.stack(inside).mean() < 0.975


def test_bad_intervals() -> None:
    y, soft, target = sample()
    for level in (0.0, 1.0, math.nan):
        with pytest.raises(ValueError, match="level: must be between 0 and 1"):
            confusion.bootstrap_interval(estimate, y, soft, target, level=level)
    with pytest.raises(ValueError, match="num_resamples: must be at least 1"):
        confusion.bootstrap_interval(estimate, y, soft, target, num_resamples=0)
    with pytest.raises(ValueError, match="y, y_hat: 399 labels for 400 predictions"):
        confusion.bootstrap_interval(estimate, y[1:], soft, target)


# Bad input

Y, HARD, SOFT = torch.tensor([0, 1, 1, 2]), torch.tensor([0, 1, 2, 2]), torch.full((4, 3), 1 / 3)


@pytest.mark.parametrize(
    ("y", "y_hat", "message"),
    [
        (torch.tensor([0, 1, 1, 0]), HARD, "y: no example of class 2, so how it is predicted"),
        (torch.tensor([0, 1, 1, 3]), HARD, r"y: a class must be one of 0..2, got 3"),
        (torch.tensor([0, 1, 1, -1]), HARD, r"y: a class must be one of 0..2, got -1"),
        (torch.tensor([0.0, 1.5, 1.0, 2.0]), HARD, r"y: a class must be one of 0..2, got 1.5"),
        (torch.tensor([0.0, math.nan, 1.0, 2.0]), HARD, r"y: a class must be one of 0..2, got nan"),
        (torch.zeros(0, dtype=torch.long), HARD, r"y: expected one class an example, .* got shape \(0,\)"),
        (Y.reshape(2, 2), HARD, r"y: expected one class an example, .* got shape \(2, 2\)"),
        (Y, torch.tensor([0, 1, 2, 3]), r"y_hat: a class must be one of 0..2, got 3"),
        (Y, HARD[1:], "y, y_hat: 4 labels for 3 predictions"),
        (Y, SOFT[1:], "y, y_hat: 4 labels for 3 predictions"),
        (
            Y,
            torch.full((4, 2), 0.5),
            r"y_hat: expected classes \(n,\) or probabilities \(n, 3\), got \(4, 2\)",
        ),
        (Y, SOFT[:0], r"y_hat: expected classes \(n,\) or probabilities \(n, 3\), got \(0, 3\)"),
        (Y, 5 * SOFT, "y_hat: probabilities are at least 0 and sum to 1; row 0 has the sum 5"),
        (Y, torch.tensor([[2.0, -0.5, -0.5]] * 4), "row 0 has the sum 1 and the smallest entry -0.5"),
        (Y, torch.tensor([[1.0, 0.0, 0.0]] * 3 + [[math.nan, 0.5, 0.5]]), "row 3 has the sum nan"),
    ],
)
def test_bad_predictions(y: torch.Tensor, y_hat: torch.Tensor, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        confusion.confusion_matrix(y, y_hat, 3)


def test_bad_number_of_classes() -> None:
    with pytest.raises(ValueError, match="num_classes: must be at least 1, got 0"):
        confusion.confusion_matrix(Y, HARD, 0)
    with pytest.raises(ValueError, match=r"y_hat: expected one class an example"):
        confusion.mean_prediction(torch.zeros(0, dtype=torch.long), 3)


EYE, EVEN = torch.eye(3), torch.full((3,), 1 / 3)


@pytest.mark.parametrize(
    ("C", "mu", "message"),
    [
        (torch.eye(2), EVEN, r"C, mu: expected shapes \(k, k\) and \(k,\), got \(2, 2\) and \(3,\)"),
        (torch.ones(3), EVEN, "C, mu: expected shapes"),
        (EYE, EVEN[:, None], "C, mu: expected shapes"),
        (EYE, 2 * EVEN, "mu: probabilities are at least 0 and sum to 1; it has the sum 2"),
        (EYE, torch.tensor([math.nan, 0.5, 0.5]), "mu: .* the sum nan"),
        (EYE, torch.tensor([1.5, -0.5, 0.0]), "mu: .* smallest entry -0.5"),
        (
            torch.tensor([[0.5, 0.0, 0.0], [0.5, 1.0, 0.5], [0.0, 0.0, 0.5]]).T,
            EVEN,
            "C: .* column 0 has the sum 0.5",
        ),
        (100 * EYE, EVEN, "C: .* column 0 has the sum 100"),
        (EYE * math.nan, EVEN, "C: .* column 0 has the sum nan"),
    ],
)
def test_bad_systems(C: torch.Tensor, mu: torch.Tensor, message: str) -> None:
    for solve in (confusion.solve_label_shift, confusion.estimate_label_distribution):
        with pytest.raises(ValueError, match=message):
            solve(C, mu)


def test_low_precision_is_not_an_error() -> None:
    probs = torch.randn(50, 4).softmax(dim=1).half()  # its rows sum to 1 within 1e-3
    assert confusion.mean_prediction(probs, 4).sum() == pytest.approx(1, abs=1e-12)
    with pytest.raises(ValueError, match="row 0 has the sum"):
        confusion.mean_prediction(probs.float() * 1.001, 4)


by_hand, recovered = test_confusion_matrix_by_hand, partial(test_a_known_distribution_is_recovered, 0)
optimal = partial(test_simplex_least_squares_is_optimal, 0.2)
constrained = test_the_constraint_is_reported_when_it_is_needed
ends = test_interval_ends_are_quantiles_of_estimates
MUTANTS = [
    Mutant("mean_prediction", ".mean(dim=0)", ".sum(dim=0)", test_mean_prediction_equals_loops),
    Mutant("confusion_matrix", "y_hat.T @ members / counts", "(y_hat.T @ members / counts).T", by_hand),
    Mutant("confusion_matrix", "members / counts", "members / y_hat.sum(dim=0)[:, None]", by_hand),
    Mutant("confusion_matrix", "/ counts", "/ len(y)", by_hand),
    Mutant("affine_least_squares", "b[:, None] - last", "b[:, None]", optimal),
    Mutant("simplex_least_squares", "if (goal < 0).any():", "if False:", optimal),
    Mutant("simplex_least_squares", "p = goal\n", "p = goal\n        break\n", optimal),
    Mutant("simplex_least_squares", "1e-13 *", "1e-3 *", optimal),
    Mutant("LabelEstimate", "    p: Tensor\n    raw: Tensor\n", "    raw: Tensor\n    p: Tensor\n",
           test_order_of_an_estimate),
    Mutant("is_singular", "C.amax(dim=1, keepdim=True).clamp(min=1e-300)", "1",
           partial(test_a_tiny_row_is_not_singular, 1e-18), dies_of=(ValueError,)),
    Mutant("is_singular", "len(C) * eps", "0", test_classes_that_look_alike),
    Mutant("solve_label_shift", "simplex_least_squares(C, mu)", "raw.abs() / raw.abs().sum()", constrained),
    Mutant("solve_label_shift", "simplex_least_squares(C, mu)", "raw.clamp(min=0)", constrained),
    Mutant("solve_label_shift", "solve(C / rows[:, None]", "solve((C / rows[:, None]).T", recovered),
    Mutant("solve_label_shift", "if constrained else", "if False else",
           test_the_constrained_answer_is_the_best_and_not_the_rescaled_rest),
    Mutant("estimate_label_distribution", ".p", ".raw", test_estimates_are_distributions),
    Mutant("bootstrap_interval", "draw(y, y, generator=generator)", "torch.arange(len(y))", ends),
    Mutant("bootstrap_interval", "target[others]", "target", ends),
    Mutant("bootstrap_interval", "/ 2", "/ 4", ends),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(confusion, MUTANTS)
