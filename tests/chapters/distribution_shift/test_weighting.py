"""Weighted empirical risk minimisation: the formula, the loop, and what both learn."""

import inspect
import math
from functools import partial

import mutants
import numpy as np
import pytest
import torch
from mutants import Mutant
from torch import nn
from torch.nn import functional as F

import d2lcore as d2l
from chapters.distribution_shift import weighting
from chapters.distribution_shift.risk import true_risk
from chapters.least_squares import least_squares
from chapters.linear_regression import half_mse
from chapters.mlp import MLP


def regression(n: int = 30, d: int = 3) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Features far from centred, labels that no line fits, weights."""
    X = torch.randn(n, d, dtype=torch.float64) + 5
    return X, (X**2).sum(dim=1, keepdim=True), torch.rand(n, dtype=torch.float64) * 4


# The formula


def test_weighted_least_squares_equals_scikit_learn() -> None:
    from sklearn.linear_model import LinearRegression

    X, y, beta = regression()
    oracle = LinearRegression().fit(X.numpy(), y.numpy(), sample_weight=beta.numpy())
    for weights in (beta, beta.numpy(), beta.unsqueeze(1)):
        w, b = weighting.weighted_least_squares(X, y, weights)
        np.testing.assert_allclose(w.T.numpy(), oracle.coef_, rtol=1e-10)
        np.testing.assert_allclose(b.numpy(), oracle.intercept_, rtol=1e-10)


def test_equal_weights_give_least_squares(device: torch.device) -> None:
    X, y, _ = (tensor.to(device) for tensor in regression())
    for c in (1.0, 1e-3):
        line = weighting.weighted_least_squares(X, y, torch.full((30,), c))
        for one, other in zip(line, least_squares(X, y), strict=True):
            torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-9)  # condition number about 50


def test_weights_that_count_are_repetitions() -> None:
    X, y, _ = regression()
    counts = torch.arange(30) % 4
    repeated = (tensor.repeat_interleave(counts, dim=0) for tensor in (X, y))
    line = weighting.weighted_least_squares(X, y, counts)
    for one, other in zip(line, least_squares(*repeated), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-9)


def test_of_many_minima_the_shortest() -> None:
    w, b = weighting.weighted_least_squares(torch.ones(5, 1), torch.full((5, 1), 3.0), torch.ones(5))
    torch.testing.assert_close(torch.cat([w.flatten(), b]), torch.tensor([1.5, 1.5]))


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("y", "beta", "message"),
    [
        (torch.ones(4), torch.ones(4), r"labels of shape \(4, 1\)"),
        (torch.ones(3, 1), torch.ones(4), r"labels of shape \(4, 1\)"),
        (torch.ones(4, 1), torch.ones(3), r"weights of shape \(4,\)"),
        (torch.ones(4, 1), torch.tensor([1.0, 1, 1, -1]), "weight 3 is -1"),
    ],
)
def test_formula_on_bad_input(y: torch.Tensor, beta: torch.Tensor, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        weighting.weighted_least_squares(torch.ones(4, 2), y, beta)


# The loop


CROSS_ENTROPY = nn.CrossEntropyLoss(reduction="none")


def train(
    net: nn.Module, batches: object, num_epochs: int = 1, lr: float = 0.1, loss: object = CROSS_ENTROPY
) -> d2l.History:
    updater = torch.optim.SGD(net.parameters(), lr=lr)
    return weighting.train_weighted(net, batches, loss, num_epochs, updater)


def two_nets() -> list[MLP]:
    """Two networks with the same, not small, weights."""
    nets = [MLP(6, 5, 3), MLP(6, 5, 3)]
    for param in nets[0].parameters():
        nn.init.normal_(param)
    nets[1].load_state_dict(nets[0].state_dict())
    return nets


def classification() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    return torch.randn(12, 1, 2, 3), torch.arange(12) % 3, torch.arange(12.0) % 4


def test_a_step_on_weights_that_count_is_a_step_on_repetitions() -> None:
    X, y, beta = classification()  # weights 0, 1, 2, 3: 18 repetitions of 12 examples
    nets = two_nets()
    history = train(nets[0], d2l.load_array((X, y, beta), 12))
    many = [tensor.repeat_interleave(beta.long(), dim=0) for tensor in (X, y)]
    l = F.cross_entropy(nets[1](many[0]), many[1], reduction="sum") / 12
    l.backward()
    for one, other in zip(nets[0].parameters(), nets[1].parameters(), strict=True):
        torch.testing.assert_close(one, other - 0.1 * other.grad, rtol=1e-5, atol=1e-6)  # float32
        assert other.grad.abs().max() > 1e-2
    assert history["train_loss"] == pytest.approx([float(l.detach())], rel=1e-5)


def test_weights_of_one_train_as_without() -> None:
    X, y = d2l.synthetic_data(torch.tensor([2.0, -3.4]), 4.2, 95)
    nets = [nn.Linear(2, 1), nn.Linear(2, 1)]
    nets[1].load_state_dict(nets[0].state_dict())
    loss = half_mse
    train(nets[0], d2l.load_array((X, y, torch.ones(95)), 10, is_train=False), 3, loss=loss)
    updater = torch.optim.SGD(nets[1].parameters(), lr=0.1)
    d2l.train_regression(nets[1], d2l.load_array((X, y), 10, is_train=False), loss, 3, updater)
    for one, other in zip(nets[0].parameters(), nets[1].parameters(), strict=True):
        torch.testing.assert_close(one, other)


def test_an_optimizer_and_the_notes_sgd_take_the_same_steps() -> None:
    X, y, beta = classification()
    nets = two_nets()
    batches = d2l.load_array((X, y, beta), 5, is_train=False)  # the last one is short
    params = list(nets[1].parameters())
    histories = [
        train(nets[0], batches, 2),
        weighting.train_weighted(nets[1], batches, CROSS_ENTROPY, 2, lambda size: d2l.sgd(params, 0.1, size)),
    ]
    losses = [history["train_loss"] for history in histories]
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)
    for one, other in zip(nets[0].parameters(), params, strict=True):
        torch.testing.assert_close(one, other)


def test_the_loss_of_an_epoch_weighs_batches_by_their_size() -> None:
    X, y, beta = classification()
    net = MLP(6, 5, 3)
    history = train(net, d2l.load_array((X, y, beta), 5), lr=0.0)
    expected = (beta * F.cross_entropy(net(X).detach(), y, reduction="none")).mean()
    assert history["train_loss"] == pytest.approx([float(expected)], rel=1e-5)


def test_a_weight_follows_its_example_through_the_shuffling() -> None:
    X = torch.arange(50.0).reshape(-1, 1)
    order = [x for X, y, beta in d2l.load_array((X, 2 * X, 3 * X[:, 0]), 7) for x in X[:, 0].tolist()
             if torch.equal(y, 2 * X) and torch.equal(beta, 3 * X[:, 0])]  # fmt: skip
    assert sorted(order) == list(range(50))
    assert order != sorted(order)


def test_layers_are_put_into_training_mode() -> None:
    X, y, beta = classification()
    net = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(6), nn.Linear(6, 3)).eval()
    train(net, d2l.load_array((X, y, beta), 12))
    assert net.training
    assert net[1].running_mean.any()


@pytest.mark.parametrize(
    ("batches", "loss", "message"),
    [
        (
            [(torch.ones(2, 6), torch.zeros(2).long())],
            CROSS_ENTROPY,
            r"batches \(X, y, beta\), got 2 tensors",
        ),
        ([], CROSS_ENTROPY, "train_iter: it gave no batches"),
        (None, nn.CrossEntropyLoss(), "losses: 12 weights need one loss an example"),
    ],
)
def test_loop_on_bad_input(batches: object, loss: object, message: str) -> None:
    batches = d2l.load_array(classification(), 12) if batches is None else batches
    with pytest.raises(ValueError, match=message):
        train(MLP(6, 5, 3), batches, loss=loss)


def test_labels_that_would_broadcast_are_refused() -> None:
    batches = d2l.load_array((torch.ones(4, 2), torch.ones(4), torch.ones(4)), 4)
    with pytest.raises(ValueError, match=r"losses: 4 weights need one loss an example, .*got \(4, 4\)"):
        train(nn.Linear(2, 1), batches, loss=lambda y_hat, y: (y_hat - y) ** 2)


def test_a_loss_that_explodes_stops_the_training() -> None:
    with pytest.raises(d2l.TrainingDiverged, match="try a smaller learning rate"):
        weighting.weighted_scratch(lr=100.0, device="cpu")


# The experiment

VARIANTS = [weighting.weighted_scratch, weighting.weighted_concise]


def test_the_best_line_for_the_target_minimises_its_risk() -> None:
    w, b = weighting.BEST
    best = true_risk(w, b, target=True)
    assert best < min(true_risk(w + dw, b + db, target=True) for dw, db in [(1e-3, 0), (-1e-3, 0), (0, 1e-3),
                                                                          (0, -1e-3)])  # fmt: skip
    assert best == pytest.approx((1 / 18 - (4 / 105) ** 2 * 75 / 2 + 0.05**2) / 2)


def test_a_run_reports_the_line_it_was_given_and_three_risks() -> None:
    """The risk of the target is an integral with density 4 x^3; the plain line is that of polyfit."""
    train_iter = weighting.weighted_batches(300, False, 50, torch.device("cpu"))
    history = d2l.History()
    history.add(epoch=1, train_loss=0.125)
    w, b = torch.tensor([[1.25]]), torch.tensor([-0.5])
    metrics = weighting.compare_with_best(w, b, train_iter, history).metrics
    X, y, _ = (tensor.flatten().double().numpy() for tensor in train_iter.dataset.tensors)
    x, weights = np.polynomial.legendre.leggauss(20)
    x, weights = (x + 1) / 2, weights / 2

    def target_risk(w: float, b: float) -> float:
        return float(weights @ (4 * x**3 * (x**2 - w * x - b) ** 2) / 2 + 0.05**2 / 2)

    assert metrics == pytest.approx(
        {
            "train_loss": 0.125, "w": 1.25, "b": -0.5,
            "target_risk_unweighted": target_risk(*np.polyfit(X, y, 1)),
            "target_risk_weighted": target_risk(1.25, -0.5),
            "target_risk_best": target_risk(10 / 7, -10 / 21),
        },
        rel=1e-5,
    )  # fmt: skip


@pytest.mark.parametrize("normalize", [False, True])
def test_weighted_data_are_the_source_with_its_ratio(normalize: bool) -> None:
    X, y, beta = weighting.weighted_batches(500, normalize, 50, torch.device("cpu")).dataset.tensors
    assert float((y - X**2).abs().max()) < 6 * 0.05  # 500 draws beyond 6 sigma: below 1e-6
    expected = 4 * X[:, 0] ** 3
    torch.testing.assert_close(beta, expected / expected.mean() if normalize else expected)
    assert abs(float(X.mean()) - 0.5) < 6 / math.sqrt(12 * 500)


def test_scratch_and_concise_have_the_same_knobs() -> None:
    assert inspect.signature(VARIANTS[0]) == inspect.signature(VARIANTS[1])


@pytest.mark.parametrize("normalize", [False, True])
def test_one_seed_gives_both_variants_the_same_losses(normalize: bool) -> None:
    one, other = (f(device="cpu", seed=1, num_epochs=3, normalize=normalize) for f in VARIANTS)
    assert one.history["train_loss"] == pytest.approx(other.history["train_loss"], abs=1e-4)
    assert one.history["train_loss"] != VARIANTS[0](device="cpu", num_epochs=3).history["train_loss"]


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("normalize", [False, True])
def test_the_weighted_line_is_the_target_s(variant: object, normalize: bool) -> None:
    result = variant(device="cpu", normalize=normalize)
    metrics = result.metrics
    assert metrics["w"] == pytest.approx(10 / 7, abs=0.06)  # 1.400-1.423 for seeds 0-4; unweighted 1
    assert metrics["b"] == pytest.approx(-10 / 21, abs=0.04)
    assert metrics["target_risk_weighted"] < 1.1 * metrics["target_risk_best"]
    assert metrics["target_risk_unweighted"] > 2 * metrics["target_risk_best"]
    assert list(result.figures) == ["lines", "training"]


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("knobs", [{"num_epochs": 0}, {"batch_size": 0}, {"num_examples": 0}, {"seed": -1}])
def test_bad_knobs(variant: object, knobs: dict) -> None:
    with pytest.raises(ValueError, match={"num_examples": "^n: "}.get(next(iter(knobs)), next(iter(knobs)))):
        variant(**{"device": "cpu", **knobs})


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("normalize", ["abc", None, 0.5])
@pytest.mark.usefixtures("unchecked")
def test_a_flag_that_is_none(variant: object, normalize: object) -> None:
    with pytest.raises(TypeError, match=r"^normalize: expected True or False, got"):
        variant(device="cpu", normalize=normalize)


one_step = test_a_step_on_weights_that_count_is_a_step_on_repetitions
equals_oracle = test_weighted_least_squares_equals_scikit_learn
MUTANTS = [
    Mutant("weighted_least_squares", "root * torch.cat", "torch.cat", equals_oracle),
    Mutant("weighted_least_squares", "beta.sqrt()", "beta", equals_oracle),
    Mutant("weighted_least_squares", "root * torch.cat([X, ", "torch.cat([root * X, ", equals_oracle),
    Mutant("train_weighted", "weighted_loss(loss(net(X), y), beta)", "loss(net(X), y).mean()", one_step),
    Mutant("train_weighted", "l.detach() * len(y)", "l.detach() * 5",
           test_the_loss_of_an_epoch_weighs_batches_by_their_size),
    Mutant("weighted_batches", "beta / beta.mean()", "beta / beta.sum()",
           partial(test_weighted_data_are_the_source_with_its_ratio, True)),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(weighting, MUTANTS)
