"""L1 beside L2: the penalty, where each wins, and zeros that SGD does not find."""

import math
from functools import partial

import mutants
import numpy as np
import pytest
import torch
from mutants import Mutant
from recording import recorded

import d2lcore as d2l
from chapters import sparsity
from chapters.least_squares import lasso


@pytest.mark.parametrize("shape", [(7, 1), (3, 4), (0, 1), ()])
def test_l1_penalty_is_the_sum_of_sizes_with_gradient_sign(shape: tuple, device: torch.device) -> None:
    w = torch.randn(shape, dtype=torch.float64, device=device, requires_grad=True)
    penalty = sparsity.l1_penalty(w)
    torch.testing.assert_close(penalty, torch.linalg.vector_norm(w, ord=1), rtol=1e-14, atol=0)
    assert torch.equal(torch.autograd.grad(penalty, w)[0], w.detach().sign())
    zero = torch.zeros(3, requires_grad=True)
    assert not torch.autograd.grad(sparsity.l1_penalty(zero), zero)[0].any()


def test_losses_are_mean_losses() -> None:
    X, y = torch.randn(5, 2), torch.randn(5, 1)
    solutions = [(torch.randn(2, 1), torch.randn(1)) for _ in range(2)]
    expected = [float(d2l.squared_loss(X @ w + b, y).mean()) for w, b in solutions]
    assert sparsity.losses_on(solutions, X, y) == pytest.approx(expected, rel=1e-6)


def test_path_goes_from_least_squares_to_zero() -> None:
    result = sparsity.path()
    metrics = result.metrics
    worst = {n: metrics[f"test_loss at lambda 0.0001, n = {n}"] for n in (20, 100, 180)}
    best = {n: metrics[f"test_loss there, n = {n}"] for n in (20, 100, 180)}
    assert best[180] < best[100] < best[20]
    assert worst[180] > 3 * best[180]  # the noise is fitted at any price
    assert worst[20] < 1.1 * best[20]  # hardly matters
    # For w ~ N(0, 0.01^2) the best lambda is noise^2 / (n 0.01^2): 0.56 for 180 examples.
    assert 0.1 < metrics["best lambda, n = 180"] < 4
    losses, norms = result.figure.axes
    assert len(losses.lines) == 6
    for line in norms.lines[:3]:
        norm = np.array(line.get_ydata(), float)
        assert (np.diff(norm) < 0).all()
        assert norm[-1] < 0.01


def test_path_reports_the_lowest_and_the_first_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    losses = recorded(monkeypatch, sparsity, "losses_on")
    metrics = sparsity.path(num_lambdas=4).metrics
    expected = {}
    for n, found in zip((20, 100, 180), losses, strict=True):
        expected[f"best lambda, n = {n}"] = np.logspace(-4, 2, 4)[np.argmin(found)]
        expected[f"test_loss there, n = {n}"] = min(found)
        expected[f"test_loss at lambda 0.0001, n = {n}"] = found[0]
    assert metrics == pytest.approx(expected, rel=1e-6)


def test_sparsity_reports_the_lowest_losses_and_counts_zeros(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two weights of SGD are 0, two more below 0.01; the weights to find have one norm, all or 4 of 40."""
    w = torch.tensor([0.0, -0.02, 0.0, 0.009, -0.009, 0.01, 1.0], dtype=torch.float64)
    descents = []
    monkeypatch.setattr(sparsity, "l1_by_sgd", lambda *given: descents.append(given) or w)
    losses, data = recorded(monkeypatch, sparsity, "losses_on"), recorded(monkeypatch, d2l, "synthetic_data")
    metrics = sparsity.sparsity(num_lambdas=3, noise=0.1, seed=5).metrics
    dense, sparse = (data.arguments[i][0] for i in (0, 2))
    assert dense.flatten().tolist() == pytest.approx([0.1] * 40)
    assert sparse.flatten().tolist() == pytest.approx([math.sqrt(0.1)] * 4 + [0.0] * 36)
    assert [given[2] for given in data.arguments] == [30, 1000] * 2
    expected = {"SGD on L1, 4 of 40: zeros": 2, "SGD on L1, 4 of 40: below 0.01": 4}
    for i, name in enumerate(("all 40", "4 of 40")):
        for j, kind in enumerate(("ridge (L2)", "lasso (L1)")):
            found, (solutions, *_) = losses[2 * i + j], losses.arguments[2 * i + j]
            best = int(np.argmin(found))
            expected[f"{kind}, {name}: best test_loss"] = found[best]
            expected[f"{kind}, {name}: zeros there"] = int(np.sum(solutions[best][0].numpy() == 0))
    assert metrics == pytest.approx(expected)
    ((X, y, lambd),) = descents
    assert torch.equal(X, data[2][0])
    assert torch.equal(y, data[2][1])
    assert lambd == pytest.approx(np.logspace(-1.75, 0.5, 3)[best])
    torch.manual_seed(5)
    first = torch.normal(0, 1, (30, 40), dtype=torch.float64)
    assert torch.equal(data[0][0], first)  # the seed decides


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_lasso_wins_where_the_truth_is_sparse_and_ridge_where_it_is_not(seed: int) -> None:
    metrics = sparsity.sparsity(seed=seed, num_lambdas=5).metrics
    l2, l1 = ("ridge (L2)", "lasso (L1)")
    assert metrics[f"{l1}, 4 of 40: best test_loss"] < 0.6 * metrics[f"{l2}, 4 of 40: best test_loss"]
    assert metrics[f"{l2}, all 40: best test_loss"] < 0.7 * metrics[f"{l1}, all 40: best test_loss"]
    assert 20 <= metrics[f"{l1}, 4 of 40: zeros there"] <= 36
    assert metrics[f"{l2}, 4 of 40: zeros there"] == 0
    assert metrics["SGD on L1, 4 of 40: zeros"] == 0
    assert metrics["SGD on L1, 4 of 40: below 0.01"] > 10


def test_sgd_comes_near_the_minimum_with_l1_but_leaves_no_zeros() -> None:
    X = torch.randn(30, 12, dtype=torch.float64)
    y = X[:, :1] + 2 + 0.1 * torch.randn(30, 1, dtype=torch.float64)
    w, _ = lasso(X, y, 0.2)
    descended = sparsity.l1_by_sgd(X, y, 0.2)
    assert (w == 0).sum() > 5
    assert (descended != 0).all()
    # A step moves a weight at 0 by lr * lambd = 0.004, and the batches of ten disagree by as much again.
    assert (w - descended).abs().max() < 0.05
    assert (w[0] - descended[0]).abs() < 0.02


@pytest.mark.usefixtures("unchecked")
def test_labels_that_would_broadcast_are_not_trained_on() -> None:
    with pytest.raises(ValueError, match=r"y: shape \(10,\) beside predictions of shape \(10, 1\)"):
        sparsity.l1_by_sgd(torch.randn(30, 3), torch.randn(30), 0.1)


sgd_leaves_no_zeros = test_sgd_comes_near_the_minimum_with_l1_but_leaves_no_zeros
MUTANTS = [
    Mutant("l1_penalty", "w.abs()", "w",
           partial(test_l1_penalty_is_the_sum_of_sizes_with_gradient_sign, (7, 1), torch.device("cpu"))),
    Mutant("l1_by_sgd", "lambd * l1_penalty(w)", "lambd * (w**2).sum() / 2", sgd_leaves_no_zeros),
    Mutant("l1_by_sgd", "SGD([w, b]", "SGD([w]", sgd_leaves_no_zeros),
    Mutant("losses_on", "b=b", "b=0 * b", test_losses_are_mean_losses),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(sparsity, MUTANTS)
