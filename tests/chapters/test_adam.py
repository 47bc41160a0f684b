"""Adam and its relatives: every step beside torch's, the bias correction, the notes' formulas."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import mutants
import pytest
import torch
from airfoil import like_airfoil
from hypothesis import given
from hypothesis import strategies as st
from mutants import Mutant

import d2lcore as d2l
from chapters import adam as chapter
from d2lcourse.experiments.optimizer_twins import first_params, our_steps, torchs_steps, twins
from d2lcourse.reported import band

F64 = torch.float64


# Steps

NAMES = ["adagrad", "rmsprop", "adam"]


@pytest.mark.parametrize("name", NAMES)
def test_a_hundred_steps_equal_torchs(name: str) -> None:
    trainer, knobs, optimizer = twins()[name]
    start = first_params()
    mine, theirs = our_steps(trainer, knobs, start), torchs_steps(optimizer, start)
    torch.testing.assert_close(mine, theirs, rtol=0, atol=1e-12)
    assert (mine[-1] - mine[0]).abs().max() > 0.1  # it has moved


def test_other_betas_equal_torchs() -> None:
    start = first_params()
    mine = our_steps(chapter.adam, {"lr": 0.02, "beta1": 0.5, "beta2": 0.9, "t": 1}, start)
    optimizer = partial(torch.optim.Adam, lr=0.02, betas=(0.5, 0.9), eps=chapter.EPS)
    torch.testing.assert_close(mine, torchs_steps(optimizer, start), rtol=0, atol=1e-12)


def one_step(trainer: Callable, gradient: float, states: list[Any], **knobs: Any) -> float:
    """How far the step goes down from 0."""
    param = torch.zeros(1, dtype=F64)
    param.grad = torch.full((1,), gradient, dtype=F64)
    trainer([param], states, knobs)
    return -param.item()


@pytest.mark.parametrize("name", NAMES)
def test_a_weight_without_gradients_stays(name: str) -> None:
    trainer = getattr(chapter, name)
    states = chapter.first_states(trainer, [torch.zeros(1, dtype=F64)])
    assert one_step(trainer, 0.0, states, **twins()[name].hyperparams) == 0


@pytest.mark.parametrize("name", NAMES)
def test_a_step_sets_the_gradients_to_zero(name: str) -> None:
    param, trainer = torch.ones(2), getattr(chapter, name)
    param.grad = torch.ones(2)
    trainer([param], chapter.first_states(trainer, [param]), dict(twins()[name].hyperparams))
    assert not param.grad.any()


@given(st.floats(1e-2, 1e6))
def test_the_first_step_of_adam_is_the_learning_rate_whatever_the_gradient(gradient: float) -> None:
    states = [(torch.zeros(1, dtype=F64), torch.zeros(1, dtype=F64))]
    step = one_step(chapter.adam, gradient, states, **twins()["adam"].hyperparams)
    assert step == pytest.approx(0.01, rel=2e-4)


def test_states_are_zeros_and_a_pair_for_adam() -> None:
    params = [torch.ones(5, 1, requires_grad=True), torch.ones(1, dtype=F64)]
    for trainer in (chapter.adagrad, chapter.rmsprop):
        states = chapter.first_states(trainer, params)
        assert [(one.shape, one.dtype) for one in states] == [(one.shape, one.dtype) for one in params]
    pairs = chapter.first_states(chapter.adam, params)
    assert [len(pair) for pair in pairs] == [2, 2]
    assert not any(one.any() or one.requires_grad for pair in pairs for one in pair)
    assert pairs[0][0] is not pairs[0][1]


def test_the_steps_are_numbered_in_the_hyperparameters() -> None:
    knobs = {"lr": 0.01, "beta1": 0.9, "beta2": 0.999, "t": 1}
    param, states = torch.zeros(1), [(torch.zeros(1), torch.zeros(1))]
    for t in (1, 2, 3):
        assert knobs["t"] == t
        param.grad = torch.ones(1)
        chapter.adam([param], states, knobs)
    assert knobs["t"] == 4


def test_epsilon_inside_the_root_shortens_small_steps() -> None:
    """The book's AdaGrad and RMSProp divide by sqrt(s + eps); torch, and 003 5.6, by sqrt(s) + eps."""
    gradient = 1e-4
    outside = one_step(chapter.adagrad, gradient, [torch.zeros(1, dtype=F64)], lr=1.0)
    inside = gradient / math.sqrt(gradient**2 + chapter.EPS)
    assert outside == pytest.approx(1 / 1.01)
    assert inside == pytest.approx(0.0995, abs=1e-4)


# What 003 5.6 says


def test_the_geometric_sum_that_corrects_the_bias_ends_at_t_minus_one() -> None:
    """003 5.6: sum_{i=0}^{t} beta^i = (1 - beta^t) / (1 - beta)."""
    for beta in (0.9, 0.999):
        for t in (1, 2, 10):
            up_to = [sum(beta**i for i in range(last + 1)) for last in (t - 1, t)]
            assert up_to[0] == pytest.approx((1 - beta**t) / (1 - beta))
            assert up_to[1] == pytest.approx((1 - beta ** (t + 1)) / (1 - beta))
            v = 0.0
            for _ in range(t):
                v = beta * v + (1 - beta) * 1.0
            assert v / (1 - beta**t) == pytest.approx(1)  # a constant gradient comes out as it is
            assert v / (1 - beta ** (t + 1)) < 0.96  # with the sum that ends at t it would not


def test_the_notes_update_has_the_learning_rate_twice() -> None:
    """003 5.6: g' = eta v_hat / (sqrt(s_hat) + eps), then w - eta g': a step of eta² instead of eta."""
    lr, w, v, s = 0.01, torch.ones(1, dtype=F64), 0.0, 0.0
    theirs = torch.ones(1, dtype=F64, requires_grad=True)
    updater = torch.optim.Adam([theirs], lr=lr, eps=chapter.EPS)
    for t in range(1, 51):
        g = 2 * w
        v, s = 0.9 * v + 0.1 * g, 0.999 * s + 0.001 * g**2
        g_prime = lr * (v / (1 - 0.9**t)) / ((s / (1 - 0.999**t)).sqrt() + chapter.EPS)
        w = w - lr * g_prime
        d2l.step((theirs**2).sum(), updater, 1)
    assert float(1 - w) == pytest.approx(50 * lr**2, rel=0.01)
    assert float(1 - theirs.detach()) > 50 * lr**2 * 80


# The variants


def test_first_steps_with_and_without_the_correction() -> None:
    result = chapter.first_steps()
    assert result.metrics["first step"] == pytest.approx(1, abs=1e-5)
    assert result.metrics["first step without the correction"] == pytest.approx(0.1 / 0.001**0.5, rel=1e-3)
    longest = max((1 - 0.9**t) / math.sqrt(1 - 0.999**t) for t in range(1, 100))
    assert result.metrics["longest step without the correction"] == pytest.approx(longest, rel=1e-3)
    corrected, bare = (line.get_ydata() for line in result.figure.axes[0].lines)
    assert corrected == pytest.approx([1] * 3000, abs=1e-5)
    assert bare.argmax() == 11  # the twelfth


def test_turning_the_valley_costs_adam_and_adagrad_their_advantage_and_momentum_nothing() -> None:
    metrics = chapter.valleys(num_steps=500).metrics
    steps = {
        name: [metrics[f"{valley}: steps of {name}"] for valley in ("along the axes", "turned by 45 degrees")]
        for name in ("momentum", "AdaGrad", "Adam")
    }
    assert steps == {"momentum": [63, 63], "AdaGrad": [15, 295], "Adam": [55, 436]}


@pytest.mark.parametrize("name", ["SGD", "Adam"])
def test_one_run_at_many_rates_equals_a_run_at_each(name: str) -> None:
    trainer, knobs = chapter.RUNS[name]
    lrs = torch.tensor([0.003, 0.03])
    with like_airfoil():
        losses = chapter.losses_by_rate(name, lrs, seed=3, num_epochs=1)
        for lr, loss in zip(lrs, losses, strict=True):
            d2l.seed_everything(3)
            train_iter, _ = d2l.get_data_ch11()
            w, b = (0.01 * torch.randn(5, 1)).requires_grad_(), torch.zeros(1, requires_grad=True)
            states, own = chapter.first_states(trainer, [w, b]), {**knobs, "lr": float(lr)}
            for X, y in train_iter:
                ((X @ w + b - y[:, None]) ** 2 / 2).mean().backward()
                trainer([w, b], states, own)
            X, y = train_iter.dataset.tensors
            alone = ((X @ w + b - y[:, None]) ** 2 / 2).mean()
            torch.testing.assert_close(loss, alone.detach(), rtol=1e-4, atol=0)


def test_a_rate_that_runs_away_has_an_infinite_loss() -> None:
    with like_airfoil(2000):
        losses = chapter.losses_by_rate("SGD", torch.tensor([0.05, 100.0]), seed=0)
    assert losses[0] < 0.2
    assert losses[1] == math.inf


def test_learning_rates_gives_the_lowest_loss_and_counts_the_good_rates() -> None:
    with like_airfoil():
        metrics = chapter.learning_rates(num_seeds=1).metrics
        loss = chapter.losses_by_rate("AdaGrad", torch.logspace(-4, 1, 26), seed=0)
    assert metrics["AdaGrad: lowest loss"] == pytest.approx(float(loss.min()))
    assert metrics["AdaGrad: rates below 0.25"] == (loss < 0.25).sum()


@pytest.mark.parametrize(
    ("variant", "knobs", "message"),
    [
        (chapter.valleys, {"num_steps": 0}, "num_steps: must be at least 1"),
        (chapter.learning_rates, {"num_seeds": 0}, "num_seeds: must be at least 1"),
        (chapter.scratch, {"num_epochs": 0}, "num_epochs: must be at least 1"),
        (chapter.concise, {"batch_size": 0}, "batch_size: must be at least 1"),
    ],
)
def test_bad_knobs(variant: Callable, knobs: dict, message: str) -> None:
    with like_airfoil(), pytest.raises(ValueError, match=message):
        variant(**knobs)


@pytest.mark.slow
def test_airfoil_is_learned_by_hand_and_by_torch(real_data: Callable[[str], str]) -> None:
    real_data("airfoil")
    for metrics in (chapter.scratch().metrics, chapter.concise().metrics):
        for name in chapter.RUNS:
            low, high = band("adam", f"loss, {name}")
            assert low <= metrics[f"loss, {name}"] <= high


MUTANTS = [
    Mutant("adagrad", "s + param.grad**2", "0.9 * s + param.grad**2",
           partial(test_a_hundred_steps_equal_torchs, "adagrad")),
    Mutant("adagrad", "(s.sqrt() + EPS)", "(s + EPS).sqrt()",
           test_epsilon_inside_the_root_shortens_small_steps),
    Mutant("rmsprop", "(1 - gamma) * ", "", partial(test_a_hundred_steps_equal_torchs, "rmsprop")),
    Mutant("rmsprop", "param.grad.zero_()", "pass", partial(test_a_hundred_steps_equal_torchs, "rmsprop")),
    Mutant("adam", "v / (1 - beta1**t)", "v / (1 - beta1 ** (t + 1))",
           partial(test_a_hundred_steps_equal_torchs, "adam")),
    Mutant("adam", "s / (1 - beta2**t)", "s", partial(test_a_hundred_steps_equal_torchs, "adam")),
    Mutant("adam", '-= hyperparams["lr"]', '-= hyperparams["lr"] ** 2',
           partial(test_a_hundred_steps_equal_torchs, "adam")),
    Mutant("adam", '["t"] += 1', '["t"] += 0', test_the_steps_are_numbered_in_the_hyperparameters),
    Mutant("adam", "(1 - beta2) * param.grad**2", "(1 - beta2) * param.grad", test_other_betas_equal_torchs),
    Mutant("first_states", "(v, v.clone())", "(v, v)", test_states_are_zeros_and_a_pair_for_adam),
    Mutant("losses_by_rate", "(0.01 *", "(1.0 *",
           partial(test_one_run_at_many_rates_equals_a_run_at_each, "SGD")),
    Mutant("losses_by_rate", "mean(dim=0).sum()", "mean()",
           partial(test_one_run_at_many_rates_equals_a_run_at_each, "SGD")),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(chapter, MUTANTS)
