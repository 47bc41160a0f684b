"""Modules that list their parameters: against `nn.Module` on the same weights; first weights; tied layers."""

import inspect
import math
from functools import partial

import mutants
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mutants import Mutant
from scipy import stats
from torch import nn
from torch.nn import functional as F

from chapters import building_models as bm
from chapters.mlp import relu

F64 = torch.float64

# Modules


def both() -> tuple[bm.Block, bm.ConciseBlock]:
    """The net of 003 6.1 by hand and of `nn` layers, float64, of the same weights."""
    mine, theirs = bm.Block(20, 16, (64, 32)), bm.ConciseBlock(20, 16, (64, 32)).double()
    for name, one in mine.named_parameters().items():
        one.data = theirs.state_dict()[name].clone()
    return mine, theirs


def test_outputs_gradients_and_names_equal_those_of_the_framework() -> None:
    mine, theirs = both()
    X, y = torch.randn(9, 4, 5, dtype=F64), torch.arange(9) % 16
    outputs = [net(X) for net in (mine, theirs)]
    torch.testing.assert_close(*outputs, rtol=1e-12, atol=1e-12)
    for O in outputs:
        F.cross_entropy(O, y).backward()
    named = mine.named_parameters()
    assert list(named) == [name for name, _ in theirs.named_parameters()]
    for name, one in theirs.named_parameters():
        torch.testing.assert_close(named[name].grad, one.grad, rtol=1e-12, atol=1e-12)
        assert one.grad.abs().max() > 1e-6


@pytest.mark.parametrize("sizes", [(20, 5), (1, 7), (300, 2)])
def test_first_weights_are_those_of_the_framework_and_of_the_inputs_alone(sizes: tuple[int, int]) -> None:
    torch.manual_seed(3)
    mine = bm.Linear(*sizes)
    torch.manual_seed(3)
    theirs = nn.Linear(*sizes)
    for one, other in ((mine.weight, theirs.weight), (mine.bias, theirs.bias)):
        torch.testing.assert_close(one, other, rtol=1e-6, atol=0)
    assert float(mine.weight.detach().abs().max()) <= sizes[0] ** -0.5


def test_the_default_bound_does_not_depend_on_the_outputs() -> None:
    for num_outputs in (10, 4000):  # 003 6.2.2 says that it does
        W = nn.Linear(100, num_outputs).weight.detach()
        # uniform up to 0.1: the largest of 1000 draws or more is below 0.09 with probability 0.9^1000 = 2e-46
        assert 0.09 < float(W.abs().max()) <= 0.1


def test_a_parameter_in_two_places_is_listed_once_and_other_attributes_are_none() -> None:
    shared = bm.Linear(3, 3)
    net = bm.Sequential(shared, relu, shared, bm.Sequential(bm.Linear(3, 1)))
    net.constant, net.text = torch.ones(2), "no parameter"
    assert list(net.named_parameters()) == ["0.weight", "0.bias", "3.0.weight", "3.0.bias"]
    own = bm.Linear(1, 1)
    own.weight = own.bias
    assert list(own.named_parameters()) == ["weight"]


def test_nets_within_nets_compute_in_order() -> None:
    net = bm.Sequential(lambda X: X + 1, bm.Sequential(lambda X: 2 * X, lambda X: X**2), lambda X: X - 3)
    assert torch.equal(net(torch.tensor([0.0, 2.0])), torch.tensor([1.0, 33.0]))
    assert torch.equal(bm.Sequential()(torch.ones(2)), torch.ones(2))


def test_a_net_of_the_notes_class_has_no_index_but_its_parts_have() -> None:
    net = bm.ConciseBlock(20, 16, (64, 32))
    with pytest.raises(TypeError, match="not subscriptable"):
        net[2].bias  # noqa: B018 - 003 6.2.1, with the MLP of 6.1
    assert net.net[2].bias.shape == (32,)
    nested = nn.Sequential(nn.Sequential(nn.Identity(), nn.Sequential(nn.Linear(2, 3))), nn.Linear(3, 1))
    assert nested[0][1][0].bias.shape == (3,)  # `rgnet` of the notes is a net like this one


# First weights


def draws(n: int = 200_000) -> torch.Tensor:
    return bm.far_from_zero_(torch.full((400, n // 400), 7.0, dtype=F64)).flatten()


def test_probabilities_of_the_notes_distribution() -> None:
    W = draws()
    # A share errs by sqrt(p (1-p) / n), six of those: false alarm below 2e-9 each.
    for p, share in ((1 / 4, W >= 5), (1 / 2, W == 0), (1 / 4, W <= -5)):
        assert abs(float(share.double().mean()) - p) < 6 * math.sqrt(p * (1 - p) / len(W))


def test_what_is_not_zero_is_uniform() -> None:
    W = draws()
    for side in (W[W > 0], -W[W < 0]):
        assert 5 <= float(side.min()) <= float(side.max()) <= 10
        # Kolmogorov-Smirnov: false alarm 1e-7
        assert stats.kstest(side.numpy(), stats.uniform(5, 5).cdf).pvalue > 1e-7


def test_it_fills_a_parameter_in_place_and_returns_it() -> None:
    W = nn.Parameter(torch.full((30, 40), 9.0))
    assert bm.far_from_zero_(W) is W
    assert len(W.detach().unique()) > 100
    assert W.requires_grad
    assert W.grad_fn is None


def test_blocks_are_filled_each_in_its_own_way() -> None:
    net = nn.Sequential(nn.Sequential(nn.Linear(50, 40), nn.ReLU()), nn.Linear(40, 30), nn.BatchNorm1d(30))
    before = net[0][0].weight.detach().clone()
    net[1].apply(bm.init_with(partial(nn.init.constant_, val=42)))
    assert torch.equal(net[1].weight, torch.full((30, 40), 42.0))
    assert torch.equal(net[0][0].weight, before)
    assert net[0][0].bias.abs().max() > 0
    net.apply(bm.init_with(nn.init.xavier_uniform_))
    assert not torch.equal(net[0][0].weight, before)
    assert all(not layer.bias.any() for layer in (net[0][0], net[1]))
    assert torch.equal(net[2].weight, torch.ones(30)), "no linear layer: left as it is"


def test_a_standard_deviation_of_one_hundredth_is_no_standard_normal_distribution() -> None:
    W = nn.init.normal_(torch.empty(200, 200), mean=0, std=0.01)  # 003 6.2.2: "standard normal"
    assert float(W.std()) == pytest.approx(0.01, rel=0.03)  # six standard errors, std / sqrt(2 n)


def test_initializers_measures_the_shares() -> None:
    result = bm.initializers()
    assert list(result.metrics) == ["share of U(5, 10)", "share of 0", "share of U(-10, -5)"]
    # 65,536 draws, six standard errors
    assert list(result.metrics.values()) == pytest.approx([0.25, 0.5, 0.25], abs=0.012)
    assert sum(result.metrics.values()) == pytest.approx(1)
    assert [axes.get_title() for axes in result.figure.axes] == [
        "default", "N(0, 0.01²)", "Xavier", "far from zero"
    ]  # fmt: skip


# Tied parameters


def tied_and_untied(num_hiddens: int) -> tuple[nn.Sequential, nn.Sequential]:
    net = bm.tied_net(nn.Linear(3, num_hiddens), nn.Linear(num_hiddens, num_hiddens),
                      nn.Linear(num_hiddens, 2)).double()  # fmt: skip
    other = nn.Sequential(
        nn.Linear(3, num_hiddens), nn.ReLU(), nn.Linear(num_hiddens, num_hiddens), nn.ReLU(),
        nn.Linear(num_hiddens, num_hiddens), nn.ReLU(), nn.Linear(num_hiddens, 2),
    ).double()  # fmt: skip
    other.load_state_dict(net.state_dict())
    return net, other


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 12), st.integers(1, 20), st.integers(0, 10**6))
def test_the_gradient_of_a_tied_layer_is_the_sum_of_those_of_its_places(h: int, n: int, seed: int) -> None:
    torch.manual_seed(seed)
    net, untied = tied_and_untied(h)
    X = torch.randn(n, 3, dtype=F64)
    outputs = [one(X) for one in (net, untied)]
    torch.testing.assert_close(*outputs, rtol=1e-12, atol=1e-12)
    for O in outputs:
        O.square().sum().backward()
    for name in ("weight", "bias"):
        shares = getattr(untied[2], name).grad + getattr(untied[4], name).grad
        torch.testing.assert_close(getattr(net[2], name).grad, shares, rtol=1e-12, atol=1e-12)


def test_a_tied_layer_is_counted_and_stepped_once_and_has_two_names() -> None:
    net, untied = tied_and_untied(4)
    assert net[2] is net[4]
    assert sum(one.numel() for one in net.parameters()) == 3 * 4 + 4 + (4 * 4 + 4) + 4 * 2 + 2
    assert len(list(untied.parameters())) == len(list(net.parameters())) + 2
    assert {"2.weight", "4.weight"} <= set(net.state_dict())
    before = net[2].weight.detach().clone()
    net(torch.randn(5, 3, dtype=F64)).square().sum().backward()
    torch.optim.SGD(net.parameters(), lr=0.1).step()
    torch.testing.assert_close(net[4].weight.detach(), before - 0.1 * net[2].weight.grad)


def test_tied_measures_the_sum() -> None:
    result = bm.tied()
    assert result.metrics["parameters, tied"] == 4 * 8 + 8 + (8 * 8 + 8) + 8 + 1
    assert result.metrics["parameters, untied"] == result.metrics["parameters, tied"] + 8 * 8 + 8
    assert result.metrics["largest difference from the sum"] < 1e-15
    first, second, once = (axes.images[0].get_array() for axes in result.figure.axes[:3])
    assert abs(first).max() > 1e-4
    assert abs(second).max() > 1e-4
    assert abs(first + second - once).max() < 1e-15


# Layers of one's own


def test_centered_layer_has_mean_zero_over_the_whole_batch() -> None:
    X = torch.randn(6, 8, dtype=F64)
    Y = bm.CenteredLayer()(X)
    assert abs(float(Y.mean())) < 1e-15
    torch.testing.assert_close(Y - Y[0, 0], X - X[0, 0], rtol=0, atol=1e-14)
    assert not torch.allclose(bm.CenteredLayer()(X[:1]), Y[:1]), "an example alone becomes something else"
    assert list(bm.CenteredLayer().parameters()) == []


def test_my_linear_equals_the_framework_in_outputs_and_gradients() -> None:
    mine, theirs = bm.MyLinear(5, 3).double(), nn.Linear(5, 3).double()
    theirs.load_state_dict({"weight": mine.weight.T, "bias": mine.bias})
    X = torch.randn(7, 5, dtype=F64)
    outputs = [mine(X), theirs(X).relu()]
    torch.testing.assert_close(*outputs, rtol=1e-12, atol=1e-12)
    for O in outputs:
        O.square().sum().backward()
    torch.testing.assert_close(mine.weight.grad, theirs.weight.grad.T, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(mine.bias.grad, theirs.bias.grad, rtol=1e-12, atol=1e-12)


def test_the_notes_layer_gives_the_same_values_and_never_gets_a_gradient() -> None:
    right, notes = bm.MyLinear(5, 3), bm.CutOffLinear(5, 3)
    notes.load_state_dict(right.state_dict())
    X = torch.randn(7, 5)
    assert torch.equal(notes(X), right(X))
    assert not notes(X).requires_grad
    for layer, learns in ((right, True), (notes, False)):
        nn.Sequential(layer, nn.Linear(3, 1))(X).sum().backward()  # no error: the layer behind it has one
        assert (layer.weight.grad is not None) == (layer.bias.grad is not None) == learns


@pytest.mark.slow
def test_cut_off_by_data_the_rest_learns_and_the_layer_does_not() -> None:
    metrics = bm.layers().metrics
    assert metrics["largest change, weight.data"] == 0
    assert metrics["largest change, weight"] > 0.3
    assert metrics["train_loss, weight"] < 0.9 < 1.3 < metrics["train_loss, weight.data"] < 2  # log 10 = 2.3


# The variants

VARIANTS = [bm.scratch, bm.concise]
KNOBS = {"device": "cpu", "num_hiddens": (24, 16)}


def test_one_seed_gives_scratch_and_concise_the_same_losses() -> None:
    one, other = (variant(**KNOBS, num_epochs=3, lr=0.5) for variant in VARIANTS)
    assert one.history["train_loss"] == pytest.approx(other.history["train_loss"], abs=1e-3)
    assert one.history["train_loss"][0] != bm.scratch(**KNOBS, num_epochs=1, seed=7).history["train_loss"][0]
    assert list(one.weights) == list(other.net.state_dict())
    assert inspect.signature(VARIANTS[0]) == inspect.signature(VARIANTS[1])


@pytest.mark.slow
@pytest.mark.parametrize("variant", VARIANTS)
def test_digits_are_learned(variant: object) -> None:
    metrics = variant(device="cpu").metrics
    assert 0.08 < metrics["train_loss"] < 0.105  # seeds 0-4: 0.085 to 0.098; untrained: 2.3
    assert metrics["test_acc"] > 0.93


@pytest.mark.parametrize("variant", VARIANTS)
def test_bad_knobs(variant: object) -> None:
    for knobs, message in (({"device": "gpu"}, "device: 'gpu' is not a device"),
                           ({"num_epochs": 0}, "num_epochs: must be at least 1"),
                           ({"data": "digit"}, "data: there is no 'digit'")):  # fmt: skip
        with pytest.raises(ValueError, match=message):
            variant(**{**KNOBS, **knobs})


MUTANTS = [
    Mutant("Module", "not known", "True",
           test_a_parameter_in_two_places_is_listed_once_and_other_attributes_are_none),
    Mutant("Module", "one.requires_grad", "True",
           test_a_parameter_in_two_places_is_listed_once_and_other_attributes_are_none),
    Mutant("Sequential", "vars(self).values()", "reversed(vars(self).values())",
           test_nets_within_nets_compute_in_order),
    Mutant("Linear", "num_inputs**-0.5", "(num_inputs + num_outputs) ** -0.5",
           partial(test_first_weights_are_those_of_the_framework_and_of_the_inputs_alone, (20, 5))),
    Mutant("Linear", "+ self.bias", "- self.bias",
           test_outputs_gradients_and_names_equal_those_of_the_framework),
    Mutant("Block", "Linear(*num_hiddens), relu)", "Linear(*num_hiddens))",
           test_outputs_gradients_and_names_equal_those_of_the_framework),
    Mutant("ConciseBlock", "second, nn.ReLU())", "second)",
           test_outputs_gradients_and_names_equal_those_of_the_framework),
    Mutant("far_from_zero_", "< 5", "< 2.5", test_probabilities_of_the_notes_distribution),
    Mutant("far_from_zero_", "uniform_(-10, 10)", "normal_(0, 7.41)", test_what_is_not_zero_is_uniform),
    Mutant("init_with", "nn.init.zeros_(module.bias)", "pass", test_blocks_are_filled_each_in_its_own_way),
    Mutant("init_with", "isinstance(module, nn.Linear)", "hasattr(module, 'weight')",
           test_blocks_are_filled_each_in_its_own_way, dies_of=(AssertionError, ValueError)),
    Mutant("tied_net", "nn.ReLU(), shared, nn.ReLU(), last",
           "nn.ReLU(), nn.Linear(*shared.weight.shape), nn.ReLU(), last",
           test_a_tied_layer_is_counted_and_stepped_once_and_has_two_names),
    Mutant("CenteredLayer", "X.mean()", "X.mean(dim=0)",
           test_centered_layer_has_mean_zero_over_the_whole_batch),
    Mutant("MyLinear", "self.weight +", "self.weight.data +",
           test_my_linear_equals_the_framework_in_outputs_and_gradients),
    Mutant("MyLinear", "relu(X @ self.weight + self.bias)", "relu(X @ self.weight) + self.bias",
           test_my_linear_equals_the_framework_in_outputs_and_gradients),
    Mutant("CutOffLinear", "self.weight.data", "self.weight",
           test_the_notes_layer_gives_the_same_values_and_never_gets_a_gradient),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(bm, MUTANTS)
