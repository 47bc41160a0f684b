"""What is wrong with my training: three measurements, on nets for which they can be computed another way."""

import math
from functools import partial

import mutants
import pytest
import torch
from mutants import Mutant
from torch import nn
from torch.nn import functional as F

import d2lcore as d2l
from chapters import checkup as chk

OWN_RULES = {
    "large start": "large_start",
    "softmax twice": "softmax_before_loss",
    "no gradient": "zero_grad_misplaced",
    "mixed examples": "examples_mixed",
    "shuffled labels": "labels_unrelated",
}


@pytest.mark.parametrize("reduction", ["mean", "none"])
@pytest.mark.parametrize("q", [2, 10])
def test_the_first_loss_of_equal_scores_is_one_and_of_others_the_cross_entropy(
    q: int, reduction: str
) -> None:
    X, y = torch.randn(6, 5), torch.arange(6) % q
    loss = nn.CrossEntropyLoss(reduction=reduction)
    net = nn.Linear(5, q)
    by_hand = -sum(math.log(p) for p in net(X).softmax(1)[range(6), y].tolist()) / 6 / math.log(q)
    assert chk.first_loss(net, loss, X, y) == pytest.approx(by_hand, rel=1e-5)
    nn.init.zeros_(net.weight)
    nn.init.constant_(net.bias, 3.0)
    assert chk.first_loss(net, loss, X, y) == pytest.approx(1, rel=1e-6)


def test_one_batch_takes_the_steps_of_plain_descent() -> None:
    X, y = torch.randn(6, 5, dtype=torch.float64), torch.arange(6)
    w = torch.zeros(5, dtype=torch.float64, requires_grad=True)

    def step(X: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        l = F.mse_loss(X @ w, y.double())
        (grad,) = torch.autograd.grad(l, w)
        w.data -= 0.1 * grad
        return l.detach()

    losses = chk.one_batch(step, X, y, 4)
    v, expected = torch.zeros(5, dtype=torch.float64), []
    for _ in range(4):
        expected.append(float((X @ v - y).square().mean()))
        v = v - 0.1 * 2 / 6 * X.T @ (X @ v - y)
    assert losses == pytest.approx(expected, rel=1e-12)


def test_a_measurement_has_its_three_parts_and_trains_on_one_batch() -> None:
    d2l.seed_everything(0)
    one = chk.training(None, num_hiddens=8)
    found = chk.measure(one, 40)
    assert found.keys() == {"first loss", "mixing", "one batch, first", "one batch, last"}
    assert found["one batch, first"] == pytest.approx(found["first loss"] * math.log(10), rel=1e-5)
    assert found["one batch, last"] < 0.8 * found["one batch, first"]


def shares(net: nn.Module, X: torch.Tensor) -> float:
    """`mixing` from the whole Jacobian."""
    J = torch.autograd.functional.jacobian(lambda X: net(X)[0].sum(), X).abs()
    return float(1 - J[0].sum() / J.sum())


@pytest.mark.parametrize("shape", [(4, 6), (4, 1, 2, 3)])
def test_mixing_is_the_share_of_the_jacobian_in_other_rows(shape: tuple[int, ...]) -> None:
    X = torch.randn(shape)
    plain = nn.Sequential(nn.Flatten(), nn.Linear(6, 3))
    cut = nn.Sequential(chk.CutUp(), nn.Linear(6, 3))
    assert chk.mixing(plain, X) == shares(plain, X) == 0
    assert chk.mixing(cut, X) == pytest.approx(shares(cut, X), rel=1e-5)
    assert chk.mixing(cut, X) > 0.5
    assert X.grad is None
    assert not X.requires_grad


def test_mixing_is_measured_in_evaluation_mode_and_leaves_the_mode() -> None:
    X = torch.randn(8, 3)
    for mode in (True, False):
        net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)).train(mode)
        before = {name: value.clone() for name, value in net.state_dict().items()}
        assert chk.mixing(net, X) == 0  # in training mode it would not be
        assert net.training is mode
        assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
        assert all(param.grad is None for param in net.parameters())


def test_mixing_of_a_net_without_gradient_is_none() -> None:
    net = nn.Linear(3, 2)
    nn.init.zeros_(net.weight)
    assert chk.mixing(net, torch.randn(4, 3)) == 0


def test_cut_up_rows_hold_the_columns_one_after_the_other() -> None:
    X = torch.arange(6.0).reshape(2, 3)  # [[0, 1, 2], [3, 4, 5]]
    assert chk.CutUp()(X).tolist() == [[0, 3, 1], [4, 2, 5]]


def test_the_repaired_training_equals_plain_descent_and_a_fault_changes_one_thing() -> None:
    for fault in (None, "no gradient"):
        d2l.seed_everything(1)
        one = chk.training(fault, num_hiddens=5, lr=0.2)
        X, y = next(iter(one.train_iter))
        before = [param.detach().clone() for param in one.net.parameters()]
        grads = torch.autograd.grad(F.cross_entropy(one.net(X), y), one.net.parameters())
        one.step(X, y)
        one.step(X, y)  # the second would see the gradient of the first, if that were still there
        if fault:
            assert all(map(torch.equal, one.net.parameters(), before))
            continue
        at = [param - 0.2 * grad for param, grad in zip(before, grads, strict=True)]
        values = dict(zip((name for name, _ in one.net.named_parameters()), at, strict=True))
        again = {name: value.clone().requires_grad_() for name, value in values.items()}
        l = F.cross_entropy(torch.func.functional_call(one.net, again, X), y)
        for (name, param), grad in zip(
            one.net.named_parameters(), torch.autograd.grad(l, list(again.values())), strict=True
        ):
            torch.testing.assert_close(param.detach(), values[name] - 0.2 * grad, rtol=1e-4, atol=1e-6)


def test_shuffled_labels_are_the_labels_in_another_order() -> None:
    d2l.seed_everything(0)
    one = chk.training("shuffled labels")
    (X, y), *_ = d2l.load_data("digits", 2000)[0]
    shuffled = one.train_iter.dataset.tensors
    assert torch.equal(torch.bincount(shuffled[1]), torch.bincount(y))
    rows = {tuple(image.flatten().tolist()): int(label) for image, label in zip(X, y, strict=True)}
    same = [rows[tuple(image.flatten().tolist())] == label for image, label in zip(*shuffled, strict=True)]
    assert sum(same) / len(same) < 0.2  # a tenth by chance; one standard error is 0.008


@pytest.mark.slow
def test_each_fault_is_off_in_its_own_measurement_only() -> None:
    metrics = chk.scratch().metrics

    def off(name: str) -> set[str]:
        seen = {what: metrics[f"{what}, {name}"] for what in ("first loss", "one batch, last", "mixing")}
        wrong = {
            "first loss": seen["first loss"] > 2,
            "one batch, last": seen["one batch, last"] > 1.46,
            "mixing": seen["mixing"] > 0.01,
        }
        return {what for what, is_wrong in wrong.items() if is_wrong}

    assert [off(name) for name in (*chk.FAULTS, "repaired")] == [
        {"first loss"}, {"one batch, last"}, {"one batch, last"}, {"mixing"}, set(), set(),
    ]  # fmt: skip
    assert metrics["one batch, first, no gradient"] == metrics["one batch, last, no gradient"]
    assert metrics["first loss, large start"] > 100
    assert metrics["mixing, mixed examples"] > 0.9


@pytest.mark.slow
def test_each_fault_costs_accuracy_and_the_repair_gives_it_back() -> None:
    metrics = chk.failures().metrics
    figures = {name: metrics[f"test accuracy, {name}"] for name in (*chk.FAULTS, "repaired")}
    assert figures["repaired"] > 0.93
    assert all(figures[name] < figures["repaired"] - 0.04 for name in chk.FAULTS)
    assert max(figures[name] for name in ("no gradient", "mixed examples", "shuffled labels")) < 0.3


@pytest.mark.slow
@pytest.mark.parametrize("fault", [*chk.FAULTS, None])
def test_the_checkup_names_each_fault_and_nothing_in_the_repaired(fault: str | None) -> None:
    d2l.seed_everything(0)
    one = chk.training(fault)
    found = d2l.checkup(
        one.net, one.train_iter, one.loss, one.updater, test_iter=one.test_iter, step=one.step
    )
    assert found.rules == ([OWN_RULES[fault]] if fault else [])


def test_an_unknown_fault_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"^fault: expected one of large start, .*, none or all, got 'typo'$"
    ):
        chk.concise(fault="typo")


first = partial(
    test_the_first_loss_of_equal_scores_is_one_and_of_others_the_cross_entropy, q=10, reduction="none"
)
jacobian = partial(test_mixing_is_the_share_of_the_jacobian_in_other_rows, (4, 6))
repaired = test_the_repaired_training_equals_plain_descent_and_a_fault_changes_one_thing
mode = test_mixing_is_measured_in_evaluation_mode_and_leaves_the_mode
MUTANTS = [
    Mutant("first_loss", "O.shape[1]", "O.shape[0]", first),
    Mutant("first_loss", ".mean()", ".sum()", first),
    Mutant("one_batch", "num_steps)", "num_steps - 1)", test_one_batch_takes_the_steps_of_plain_descent),
    Mutant("mixing", "sizes[1:]", "sizes[:1]", jacobian),
    Mutant("mixing", "[0].sum()", ".sum()", jacobian),
    Mutant("mixing", "dX.abs()", "dX", jacobian),
    Mutant("mixing", "net.eval()(X)", "net(X)", mode),
    Mutant("mixing", "net.train(training_mode)", "net.train()", mode),
    Mutant("mixing", " if sizes.any() else 0.0", "", test_mixing_of_a_net_without_gradient_is_none),
    Mutant("training", 'fault != "no gradient"', "False", repaired),
    Mutant("training", "torch.randperm(len(y))", "torch.arange(len(y))",
           test_shuffled_labels_are_the_labels_in_another_order),
    Mutant("measure", "num_steps)", "1)", test_a_measurement_has_its_three_parts_and_trains_on_one_batch),
    Mutant("CutUp.forward", ".T.reshape", ".reshape",
           test_cut_up_rows_hold_the_columns_one_after_the_other),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(chk, MUTANTS)
