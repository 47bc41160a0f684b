"""Minibatches and momentum: the spread of a batch's gradient, steps against torch's, the airfoil data."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import mutants
import pytest
import torch
from airfoil import like_airfoil
from mutants import Mutant

import d2lcore as d2l
from chapters import minibatch_and_momentum as chapter
from chapters.figures.minibatch_and_momentum import LEAST_SQUARES
from chapters.least_squares import least_squares
from chapters.optimization import gradient_of, two_valleys
from d2lcourse.experiments.optimizer_twins import first_params, our_steps, torchs_steps, twins
from d2lcourse.reported import FLOOR, band

F64 = torch.float64


# A gradient from some of the examples


def test_gradients_of_the_examples_equal_autograd() -> None:
    X, y = torch.randn(7, 3, dtype=F64), torch.randn(7, dtype=F64)
    w = torch.randn(3, dtype=F64)
    jacobian = torch.autograd.functional.jacobian(lambda w: (X @ w - y) ** 2 / 2, w)
    torch.testing.assert_close(chapter.example_gradients(X, y, w), jacobian, rtol=1e-12, atol=1e-12)


def test_a_batch_without_replacement_has_no_example_twice() -> None:
    gradients = torch.eye(6, dtype=F64)
    batches = chapter.batch_gradients(gradients, 3, 200, replacement=False)
    assert {round(float(value), 9) for value in batches.unique()} == {0.0, round(1 / 3, 9)}
    assert torch.equal(chapter.batch_gradients(gradients, 6, 2, replacement=False), gradients[:2] * 0 + 1 / 6)
    batches = chapter.batch_gradients(gradients, 3, 200, replacement=True)
    assert batches.max() > 0.5  # some example came twice
    torch.testing.assert_close(batches.sum(dim=1), torch.ones(200, dtype=F64))


@pytest.mark.parametrize("replacement", [True, False])
@pytest.mark.parametrize("batch_size", [1, 4, 16])
def test_a_batchs_gradient_is_unbiased_and_spreads_as_predicted(batch_size: int, replacement: bool) -> None:
    gradients = torch.randn(20, 3, dtype=F64)
    full = gradients.mean(dim=0)
    sigma = chapter.rms_distance(gradients, full)
    assert sigma == pytest.approx(float(gradients.var(dim=0, correction=0).sum().sqrt()))
    num_draws = 40_000
    drawn = chapter.batch_gradients(gradients, batch_size, num_draws, replacement=replacement)
    predicted = chapter.predicted_spread(sigma, batch_size, 20, replacement=replacement)
    # The mean of the draws errs by predicted / sqrt(num_draws); six of those: a false alarm below 1e-6. The
    # squared distances have a standard deviation of about their mean, so the root is off by 6 / 400 / 2.
    assert (drawn.mean(dim=0) - full).norm() < 6 * predicted / math.sqrt(num_draws)
    assert chapter.rms_distance(drawn, full) == pytest.approx(predicted, rel=0.015)


def test_examples_taken_in_order_are_no_unbiased_draw() -> None:
    """003 5.3 writes i = 1, 2, ..., n: in that order the first step has the gradient of example 1, always."""
    X, y, w = torch.arange(1.0, 6.0)[:, None], torch.arange(1.0, 6.0), torch.zeros(1)
    gradients = chapter.example_gradients(X, y, w)
    firsts = {float(next(iter(zip(gradients, y, strict=True)))[0]) for _ in range(3)}
    assert firsts == {-1.0}
    assert float(gradients.mean()) == -11.0
    drawn = chapter.batch_gradients(gradients, 1, 4000, replacement=True)
    assert float(drawn.mean()) == pytest.approx(-11, abs=6 * float(gradients.std()) / 4000**0.5)


def test_a_batch_of_an_epoch_spreads_less_than_the_notes_say_and_the_whole_not_at_all() -> None:
    """003 5.4 has |B|^-1/2, for independent draws; the batches of an epoch are drawn without replacement."""
    gradients = torch.randn(64, 2, dtype=F64)
    full = gradients.mean(dim=0)
    sigma = chapter.rms_distance(gradients, full)
    half = chapter.rms_distance(chapter.batch_gradients(gradients, 32, 4000, replacement=False), full)
    assert half < 0.8 * sigma / 32**0.5  # sqrt(32/63) = 0.71
    whole = chapter.batch_gradients(gradients, 64, 10, replacement=False)
    assert chapter.rms_distance(whole, full) < 1e-12


def test_spread_measures_what_is_predicted() -> None:
    metrics = chapter.spread().metrics
    for name in ("with replacement", "without"):
        assert metrics[f"{name}: largest error of the prediction"] < 0.08
        assert metrics[f"{name}: mean of |B| = 1 is off by standard errors"] < 6


# Steps


@pytest.mark.parametrize("name", ["sgd", "sgd_momentum", "nesterov"])
def test_a_hundred_steps_equal_torchs(name: str) -> None:
    trainer, knobs, optimizer = twins()[name]
    start = first_params()
    mine, theirs = our_steps(trainer, knobs, start), torchs_steps(optimizer, start)
    torch.testing.assert_close(mine, theirs, rtol=0, atol=1e-12)
    assert (mine[-1] - mine[0]).abs().max() > 0.1  # it has moved


@pytest.mark.parametrize("name", ["sgd", "sgd_momentum", "nesterov"])
def test_a_step_sets_the_gradients_to_zero(name: str) -> None:
    param, v = torch.ones(2), torch.zeros(2)
    param.grad = torch.ones(2)
    getattr(chapter, name)([param], [v], {"lr": 0.1, "momentum": 0.5})
    assert not param.grad.any()


def test_the_first_velocities_are_zeros_in_the_shapes_of_w_and_b() -> None:
    states = chapter.init_momentum_states(5)
    assert [one.shape for one in states] == [(5, 1), (1,)]
    assert not any(one.any() for one in states)


@pytest.mark.parametrize("momentum", [0.1, 0.9])
def test_the_code_of_002_makes_the_look_ahead_step_of_torch(momentum: float) -> None:
    """002, momentum: not the update that its text describes."""
    lr, w, past_velocity = 0.02, torch.tensor([3.0], dtype=F64), 0.0
    theirs = w.clone().requires_grad_()
    heavy = w.clone().requires_grad_()
    nesterov = torch.optim.SGD([theirs], lr=lr, momentum=momentum, nesterov=True)
    plain = torch.optim.SGD([heavy], lr=lr, momentum=momentum)
    for _ in range(20):
        gradient = 2 * w + w.sin()
        velocity = past_velocity * momentum - lr * gradient
        w = w + momentum * velocity - lr * gradient
        past_velocity = velocity
        for x, updater in ((theirs, nesterov), (heavy, plain)):
            d2l.step((x**2 - x.cos()).sum(), updater, 1)
    torch.testing.assert_close(w, theirs.detach(), rtol=0, atol=1e-12)
    assert (w - heavy.detach()).abs() > 1e-3


@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9, 0.95])
def test_the_weights_of_the_leaky_average_add_up_to_more_than_one(beta: float) -> None:
    """003 5.5: v is a sum; under a constant gradient of 1 it grows to 1 / (1 - beta)."""
    param, v = torch.zeros(1, dtype=F64), torch.zeros(1, dtype=F64)
    for _ in range(1000):
        param.grad = torch.ones(1, dtype=F64)
        chapter.sgd_momentum([param], [v], {"lr": 0.0, "momentum": beta})
    assert v.item() == pytest.approx(1 / (1 - beta), rel=1e-9)


@pytest.mark.parametrize(
    ("momentum", "start", "is_global"),
    [(0.1, 2.0, False), (0.9, 2.0, True), (0.9, 1.1, False)],
)
def test_momentum_may_roll_through_a_local_minimum_and_may_not(
    momentum: float, start: float, is_global: bool
) -> None:
    """002: momentum avoids local minima. With its 0.1 it does not, and with 0.9 it depends on the start."""
    x, v = torch.tensor(start, dtype=F64), torch.zeros((), dtype=F64)
    for _ in range(500):
        x.grad = gradient_of(two_valleys)(x)
        chapter.sgd_momentum([x], [v], {"lr": 0.05, "momentum": momentum})
    assert abs(x**3 - x + 1 / 8) < 1e-6
    assert (x < 0) == is_global


def test_in_a_narrow_valley_momentum_is_ahead() -> None:
    metrics = chapter.valley().metrics
    x1, x2 = -5 * (1 - 0.3 * 0.2) ** 20, -2 * (1 - 0.3 * 4) ** 20
    assert metrics["height at the end, descent"] == pytest.approx(0.1 * x1**2 + 2 * x2**2, rel=1e-5)
    assert metrics["height at the end, momentum"] == pytest.approx(0.00757, abs=1e-5)
    assert metrics["height at the end, look-ahead"] == pytest.approx(0.00080, abs=1e-5)
    assert chapter.narrow_valley(3.0, -1.0) == pytest.approx(2.9)


def test_a_valley_that_is_left_says_so() -> None:
    with pytest.raises(ValueError, match=r"results: .*finite"):
        chapter.valley(lr=1e9)


@pytest.mark.parametrize(
    ("knobs", "message"), [({"num_draws": 0}, "num_draws: must"), ({"seed": -1}, "seed")]
)
def test_bad_knobs(knobs: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        chapter.spread(**knobs)


# The airfoil data


@pytest.fixture
def airfoil(real_data: Callable[[str], str]) -> str:
    return real_data("airfoil")


def test_losses_are_reported_by_name() -> None:
    result = chapter.with_losses({"a": [0.5, 0.25], "b": [0.5, 0.3]}, 2)
    assert result.metrics == {"loss, a": 0.25, "loss, b": 0.3}
    lines = result.figure.axes[0].lines
    assert [list(line.get_xdata()) for line in lines[:2]] == [[1, 2], [1, 2]]


def test_one_seed_gives_one_run_and_leaves_the_knobs_alone() -> None:
    def counts(params: list[Any], states: Any, hyperparams: dict[str, Any]) -> None:
        chapter.sgd(params, states, hyperparams)
        hyperparams["t"] += 1

    knobs = {"lr": 0.05, "t": 1}
    with like_airfoil():
        runs = [chapter.train_airfoil(counts, None, knobs, 100, 1, seed)[1] for seed in (3, 3, 4)]
    assert runs[0] == runs[1] != runs[2]
    assert knobs == {"lr": 0.05, "t": 1}


@pytest.mark.usefixtures("airfoil")
def test_the_floor_is_the_loss_of_least_squares() -> None:
    X, y = d2l.get_data_ch11()[0].dataset.tensors
    w, b = least_squares(X.double(), y.double())
    floor = d2l.squared_loss(X.double() @ w + b, y.double()).mean().item()
    assert floor == pytest.approx(LEAST_SQUARES, abs=5e-5)
    assert floor > FLOOR


@pytest.mark.slow
@pytest.mark.usefixtures("airfoil")
def test_airfoil_is_learned_by_hand_and_by_torch() -> None:
    for metrics in (chapter.scratch().metrics, chapter.concise().metrics):
        for name in chapter.RUNS:
            low, high = band("minibatch_and_momentum", f"loss, {name}")
            assert low <= metrics[f"loss, {name}"] <= high


@pytest.mark.slow
@pytest.mark.usefixtures("airfoil")
def test_large_batches_are_faster_an_epoch_and_need_more() -> None:
    metrics = chapter.batch_sizes().metrics
    pace = [metrics[f"milliseconds an epoch, batch size {size}"] for size in (1, 10, 100, 1500)]
    assert pace == sorted(pace, reverse=True)
    for size in chapter.SETTINGS:
        assert 0.2417 < metrics[f"loss, batch size {size}"] < 0.26
    with pytest.raises(d2l.TrainingDiverged):  # one example's step must be short: a rate for 100 does not do
        chapter.train_airfoil(chapter.sgd, None, {"lr": 4.0}, 1, 1, 0)


MUTANTS = [
    Mutant("example_gradients", "(X @ w - y)[:, None] * X", "-(X @ w - y)[:, None] * X",
           test_gradients_of_the_examples_equal_autograd),
    Mutant("batch_gradients", ".topk(batch_size, dim=1).indices", ".long()[:, :batch_size]",
           test_a_batch_without_replacement_has_no_example_twice),
    Mutant("batch_gradients", "if replacement", "if not replacement",
           test_a_batch_without_replacement_has_no_example_twice),
    Mutant("rms_distance", ".mean()", ".sum()",
           partial(test_a_batchs_gradient_is_unbiased_and_spreads_as_predicted, 1, True)),
    Mutant("predicted_spread", "(n - 1)", "n",
           partial(test_a_batchs_gradient_is_unbiased_and_spreads_as_predicted, 4, False)),
    Mutant("predicted_spread", "/ batch_size**0.5", "/ batch_size",
           partial(test_a_batchs_gradient_is_unbiased_and_spreads_as_predicted, 4, True)),
    Mutant("sgd", "-= hyper", "+= hyper", partial(test_a_hundred_steps_equal_torchs, "sgd")),
    Mutant("sgd", "param.grad.zero_()", "pass", partial(test_a_hundred_steps_equal_torchs, "sgd")),
    Mutant("init_momentum_states", "torch.zeros(1)", "torch.ones(1)",
           test_the_first_velocities_are_zeros_in_the_shapes_of_w_and_b),
    Mutant("sgd_momentum", "v.copy_(", "v = (", partial(test_a_hundred_steps_equal_torchs, "sgd_momentum")),
    Mutant("sgd_momentum", '["momentum"] * v + param.grad',
           '["momentum"] * v + (1 - hyperparams["momentum"]) * param.grad',
           partial(test_a_hundred_steps_equal_torchs, "sgd_momentum")),
    Mutant("nesterov", '(param.grad + hyperparams["momentum"] * v)', "v",
           partial(test_a_hundred_steps_equal_torchs, "nesterov")),
    Mutant("narrow_valley", "2 * x2**2", "x2**2", test_in_a_narrow_valley_momentum_is_ahead),
    Mutant("with_losses", "curve[-1]", "curve[0]", test_losses_are_reported_by_name),
    Mutant("train_airfoil", "dict(hyperparams)", "hyperparams",
           test_one_seed_gives_one_run_and_leaves_the_knobs_alone),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(chapter, MUTANTS)
