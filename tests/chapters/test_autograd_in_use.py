"""Autograd in use: training by two engines, control flow, and the two modes counted."""

import inspect
from itertools import pairwise

import mutants
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mutants import Mutant
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

import d2lcore as d2l
from chapters import autograd_in_use as in_use
from chapters.autograd import Node

VARIANTS = [in_use.scratch, in_use.concise]


def test_scratch_and_concise_have_the_same_knobs() -> None:
    assert inspect.signature(in_use.scratch) == inspect.signature(in_use.concise)


@pytest.mark.parametrize(("seed", "num_epochs"), [(0, 1), pytest.param(0, 10, marks=pytest.mark.slow)])
def test_both_engines_have_the_same_losses(seed: int, num_epochs: int) -> None:
    one, other = (variant(num_epochs=num_epochs, seed=seed) for variant in VARIANTS)
    # Rounding: 3e-16 at most was measured, on three seeds. The loss itself is about 0.1.
    assert one.history["train_loss"] == pytest.approx(other.history["train_loss"], rel=0, abs=1e-13)
    assert one.history["test_acc"] == other.history["test_acc"]
    X = torch.rand(7, 1, 8, 8)
    torch.testing.assert_close(one.net(X), other.net(X).detach(), rtol=0, atol=1e-11)
    if num_epochs == 10:
        assert 0.06 < one.metrics["train_loss"] < 0.11  # it starts at log(10) = 2.3
        assert one.metrics["test_acc"] > 0.94  # an untrained net has 0.10, a linear one 0.95 at best
    assert list(one.figures) == ["training"]


def test_another_seed_has_other_losses() -> None:
    one, other = (in_use.scratch(num_epochs=1, seed=seed).metrics["train_loss"] for seed in (0, 1))
    assert one != other


def test_the_network_and_its_loss_equal_torch_values_and_gradients() -> None:
    X, y = torch.randn(6, 64, dtype=torch.float64), torch.randint(10, (6,))
    weights = in_use.first_weights(5, seed=3)
    assert [tuple(W.shape) for W in weights] == [(64, 5), (5,), (5, 10), (10,)]
    nodes = [Node(W.clone()) for W in weights]
    l = in_use.cross_entropy(in_use.net(X, *nodes), y)
    l.backward()
    W1, b1, W2, b2 = (W.requires_grad_() for W in weights)
    expected = F.cross_entropy(F.linear(F.relu(F.linear(X, W1.T, b1)), W2.T, b2), y)
    expected.backward()
    torch.testing.assert_close(l.value, expected.detach(), rtol=1e-12, atol=1e-12)
    for node, W in zip(nodes, weights, strict=True):
        torch.testing.assert_close(node.grad, W.grad, rtol=1e-10, atol=1e-12)
        assert node.grad.abs().max() > 1e-3  # gradients that are all zero would agree too


@pytest.mark.parametrize("scale", [1e4, -1e4])
def test_extreme_scores_have_a_finite_loss_and_torchs_gradients(scale: float) -> None:
    O, y = scale * torch.randn(4, 3, dtype=torch.float64), torch.tensor([0, 1, 2, 0])
    node, tensor = Node(O), O.clone().requires_grad_()
    l, expected = in_use.cross_entropy(node, y), F.cross_entropy(tensor, y)
    l.backward()
    expected.backward()
    assert l.value.isfinite()
    torch.testing.assert_close(l.value, expected.detach())
    torch.testing.assert_close(node.grad, tensor.grad, rtol=1e-10, atol=1e-12)


def test_step_changes_the_weights_that_predict() -> None:
    seen = []
    weights = in_use.first_weights(4, seed=0)

    def step(X: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        assert X.dtype == torch.float64
        assert X.shape[1:] == (64,)
        seen.append(len(y))
        return torch.tensor(float(len(y)))

    result = in_use.train(step, weights, num_epochs=1, batch_size=1000)
    assert sum(seen) == 1437
    assert result.metrics["train_loss"] == pytest.approx((1000**2 + 437**2) / 1437)  # weighted by the size
    weights[3] += 5
    assert torch.equal(result.net(torch.zeros(1, 1, 8, 8))[0], in_use.net(torch.zeros(64).double(), *weights))


# Control flow


@given(st.floats(-1e3, 1e3).filter(lambda a: abs(a) > 1e-6))
@settings(max_examples=50, deadline=None)
def test_the_slope_of_the_path_is_the_value_over_a_by_both_engines(a: float) -> None:
    leaf = torch.tensor(a, dtype=torch.float64, requires_grad=True)
    node = Node(leaf.detach().clone())
    mine, theirs = in_use.doubled(node), in_use.doubled(leaf)
    mine.backward()
    theirs.backward()
    assert mine.value == theirs
    assert node.grad == leaf.grad
    assert float(node.grad) == pytest.approx(float(mine.value) / a, rel=1e-14)  # the division may round


def notes(a: torch.Tensor) -> torch.Tensor:
    """The function as 003 1.5, 例4 has it."""
    b = a * 2
    while b.norm() < 1000:
        b = b * 2
    return b if b.sum() > 0 else 100 * b


def test_the_function_is_the_notes_and_its_slope_by_hand() -> None:
    for a, slope in ((1.0, 1024), (3.0, 512), (600.0, 2), (-1.0, 102400), (-0.25, 409600), (500.0, 2)):
        leaf = torch.tensor(a, requires_grad=True)
        d = in_use.doubled(leaf)
        assert d == notes(leaf)
        d.backward()
        assert leaf.grad == slope


@pytest.mark.slow
def test_control_flow_draws_the_pieces_and_tells_one_slope() -> None:
    result = in_use.control_flow(a=-0.25)
    assert result.metrics == {"f(a)": -102400.0, "slope": 409600.0}
    values, slopes = (axes.lines[0].get_ydata() for axes in result.figure.axes)
    assert len(values) == len(slopes) == 402
    assert (slopes > 0).all()
    assert values.min() >= 1000


def test_the_notes_exact_comparison_fails_where_the_division_rounds() -> None:
    torch.manual_seed(0)
    unequal = {False: 0, True: 0}
    for _ in range(300):
        a = torch.randn(size=(), requires_grad=True)
        d = notes(a)
        d.backward()
        unequal[bool(a < 0)] += bool(a.grad != d / a)
        torch.testing.assert_close(a.grad, d.detach() / a.detach())
    assert unequal[False] == 0  # doubling is exact, times 100 is not
    assert unequal[True] > 5


def test_the_function_is_straight_only_in_pieces() -> None:
    """003 1.5, 例4 calls it a linear function of a: f(1) + f(2) is not f(3)."""
    values = [float(in_use.doubled(torch.tensor(a))) for a in (1.0, 2.0, 3.0)]
    assert values[0] + values[1] != values[2]


@pytest.mark.parametrize("make", [Node, lambda value: value.requires_grad_()])
def test_zero_would_be_doubled_for_ever(make: object) -> None:
    with pytest.raises(ValueError, match="a: 0 stays 0 however often it is doubled"):
        in_use.doubled(make(torch.tensor(0.0)))


# The two modes


def chain(widths: list[int]) -> list[torch.Tensor]:
    return [torch.randn(n, m, dtype=torch.float64) for m, n in pairwise(widths)]


@given(st.lists(st.integers(1, 8), min_size=3, max_size=6))
@settings(max_examples=30, deadline=None)
def test_both_modes_give_the_product_and_count_what_torch_counts(widths: list[int]) -> None:
    Js = chain(widths)
    expected = torch.linalg.multi_dot(Js[::-1])
    for mode in (in_use.forward_mode, in_use.reverse_mode):
        product, count = mode(Js)
        torch.testing.assert_close(product, expected)
        with FlopCounterMode(display=False) as counter:
            mode(Js)
        assert 2 * count == counter.get_total_flops()  # a multiplication and an addition


def test_the_cheaper_mode_is_told_by_inputs_and_outputs() -> None:
    for inputs, outputs in ((1, 50), (50, 1), (20, 20)):
        Js = chain([inputs, 30, 30, outputs])
        forward, reverse = in_use.forward_mode(Js)[1], in_use.reverse_mode(Js)[1]
        assert (forward > reverse) == (inputs > outputs)
        assert (forward == reverse) == (inputs == outputs)
    assert in_use.forward_mode(chain([5, 4]))[1] == in_use.reverse_mode(chain([5, 4]))[1] == 0


def test_counts_cross_where_inputs_are_as_many_as_outputs() -> None:
    result = in_use.modes()
    forward, reverse, *_ = result.figure.axes[0].lines
    crossing = forward.get_xdata()[(forward.get_ydata() == reverse.get_ydata())]
    assert crossing.tolist() == [32]
    # 1024 columns through 64 x 64 twice and 32 x 64; 32 rows through 64 x 64 twice and 64 x 1024
    assert result.metrics["forward, 1024 inputs"] == 1024 * (2 * 64 * 64 + 32 * 64)
    assert result.metrics["reverse, 1024 inputs"] == 32 * (2 * 64 * 64 + 64 * 1024)


# Bad knobs


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_huge_step_is_called_divergence(variant: object) -> None:
    with pytest.raises(d2l.TrainingDiverged, match="epoch 1"):
        variant(num_epochs=2, lr=1e300)


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"batch_size": 0}, "batch_size: must be at least 1"),
        ({"num_epochs": 0}, "num_epochs: must be at least 1"),
        ({"num_hiddens": 0}, "num_hiddens: must be at least 1"),
        ({"seed": -1}, "seed: must be in"),
    ],
)
@pytest.mark.parametrize("variant", VARIANTS)
def test_bad_knobs(variant: object, knobs: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        variant(**knobs)


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"num_layers": 1}, "num_layers: a chain has at least 2, got 1"),
        ({"width": 0}, "width: must be at least 1"),
    ],
)
def test_bad_chains(knobs: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        in_use.modes(**knobs)


equal = test_the_network_and_its_loss_equal_torch_values_and_gradients
extreme = lambda: test_extreme_scores_have_a_finite_loss_and_torchs_gradients(1e4)  # noqa: E731
by_hand = test_the_function_is_the_notes_and_its_slope_by_hand
cheaper = test_the_cheaper_mode_is_told_by_inputs_and_outputs
MUTANTS = [
    Mutant("net", ".relu()", "", equal),
    Mutant("cross_entropy", "O - O.value.amax(dim=1, keepdim=True)", "O + 0", extreme),
    Mutant("cross_entropy", " / len(y)", "", equal),
    Mutant("first_weights", "(10,)", "(1,)", equal),
    Mutant("train", " * len(y)", "", test_step_changes_the_weights_that_predict),
    Mutant("train", "metric[0] / metric[1]", "metric[0] / len(train_iter)",
           test_step_changes_the_weights_that_predict),
    Mutant("doubled", "100 * b", "b", by_hand),
    Mutant("doubled", "value.abs() < 1000", "value.abs() <= 1000", by_hand),
    Mutant("forward_mode", "* total.shape[1]", "* J.shape[1]", cheaper),
    Mutant("reverse_mode", "total.shape[0] * J.shape[0]", "J.shape[0] * J.shape[0]", cheaper),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(in_use, MUTANTS)
