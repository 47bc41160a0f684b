"""EM and calibration: against quapy, SciPy and slow references, and what a wrong prior does."""

import inspect
import itertools
import math
from functools import partial

import mutants
import numpy as np
import pytest
import torch
from label_shift import logits_of_bayes, quapy
from mutants import Mutant
from recording import recorded
from scipy.special import softmax

from chapters.distribution_shift.label import posteriors
from chapters.distribution_shift.label.correction import estimate_concise

DOUBLE = torch.float64
TINY = {"rtol": 0, "atol": 1e-12}


# EM


@pytest.mark.parametrize("seed", range(4))
def test_em_equals_quapys(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    aggregative = quapy()
    monkeypatch.setattr(aggregative.EMQ, "MAX_ITER", 20_000)
    probs = logits_of_bayes(seed)[1].softmax(dim=1)
    q = torch.tensor(np.random.default_rng(seed).dirichlet(np.full(4, 5.0)))
    mine = posteriors.em_label_distribution(probs, q, tolerance=1e-13)
    theirs, _ = aggregative.EMQ.EM(q.numpy(), probs.numpy(), epsilon=1e-13)
    torch.testing.assert_close(mine, torch.tensor(theirs), rtol=0, atol=1e-8)
    torch.testing.assert_close(posteriors.em_label_distribution(probs, q), mine, rtol=0, atol=1e-6)


def test_em_step_equals_loops() -> None:
    probs = logits_of_bayes(n=50)[1].softmax(dim=1)
    p, q = torch.tensor([0.1, 0.2, 0.3, 0.4], dtype=DOUBLE), torch.tensor([0.4, 0.3, 0.2, 0.1], dtype=DOUBLE)
    expected = [0.0] * 4
    for row in probs.tolist():
        joint = [row[j] * float(p[j]) / float(q[j]) for j in range(4)]
        for j in range(4):
            expected[j] += joint[j] / sum(joint) / len(probs)
    assert posteriors.em_step(probs, p, q).tolist() == pytest.approx(expected, abs=1e-14)


def likelihood(p: torch.Tensor, probs: torch.Tensor, q: torch.Tensor) -> torch.Tensor:
    return (probs @ (torch.atleast_2d(p) / q).T).log().mean(dim=0)


@pytest.mark.parametrize("seed", range(3))
def test_no_point_of_a_grid_over_the_simplex_is_likelier(seed: int) -> None:
    probs, q = logits_of_bayes(seed, k=3)[1].softmax(dim=1), torch.tensor([0.5, 0.3, 0.2], dtype=DOUBLE)
    p = posteriors.em_label_distribution(probs, q)
    pairs = itertools.product(range(101), repeat=2)
    grid = torch.tensor([(i, j, 100 - i - j) for i, j in pairs if i + j <= 100], dtype=DOUBLE) / 100
    values = likelihood(grid, probs, q)
    assert likelihood(p, probs, q) >= values.max() - 1e-12
    assert (grid[values.argmax()] - p).abs().max() < 0.02


def test_no_step_lowers_the_likelihood_or_leaves_the_simplex() -> None:
    probs, q = logits_of_bayes()[1].softmax(dim=1), torch.full((4,), 0.25, dtype=DOUBLE)
    p, before = q, -math.inf
    for _ in range(50):
        now = likelihood(p, probs, q).item()
        assert now >= before - 1e-15
        assert p.sum() == pytest.approx(1, abs=1e-14)
        p, before = posteriors.em_step(probs, p, q), now
    torch.testing.assert_close(posteriors.em_label_distribution(probs, q), p, rtol=0, atol=1e-3)


def test_on_the_source_itself_em_stays_at_the_mean_prediction() -> None:
    """Whatever the probabilities are: p = q is a fixed point if q is their mean."""
    probs = torch.randn(200, 5, dtype=DOUBLE).mul(3).softmax(dim=1)
    q = probs.mean(dim=0)
    torch.testing.assert_close(posteriors.em_label_distribution(probs, q), q, **TINY)


def test_em_finds_the_frequencies_of_a_target() -> None:
    """Bayes' posteriors of the source, labels drawn by another p."""
    rng, n = np.random.default_rng(0), 20_000
    q, p = np.array([0.7, 0.2, 0.1]), np.array([0.1, 0.3, 0.6])
    X = np.eye(3)[rng.choice(3, n, p=p)] * 2 + rng.standard_normal((n, 3))
    probs = torch.tensor(2 * X + np.log(q)).softmax(dim=1)
    found = posteriors.em_label_distribution(probs, torch.tensor(q)).numpy()
    # Seen, the labels would give shares with errors of at most sqrt(0.24 / n) = 0.0035, unseen about twice
    # that; six of them.
    assert np.abs(found - p).max() < 0.04
    assert np.abs(found - q).max() > 0.4


def test_a_prior_that_does_not_belong_to_the_probabilities_invents_a_shift() -> None:
    """Posteriors of a network trained on even classes, for a source with 80% of class 0: no shift at all."""
    rng, n = np.random.default_rng(0), 5000
    q = torch.tensor([0.8, 0.15, 0.05], dtype=DOUBLE)
    y = rng.choice(3, n, p=q.numpy())
    probs = torch.tensor(1.5 * (np.eye(3)[y] * 1.5 + rng.standard_normal((n, 3)))).softmax(dim=1)
    by_frequencies = posteriors.em_label_distribution(probs, q) / q
    mean = probs.mean(dim=0)
    by_mean = posteriors.em_label_distribution(probs, mean) / mean
    assert (by_mean - 1).abs().max() < 1e-9
    assert (by_frequencies - 1).abs().max() > 1.5


def test_em_accepts_arrays_and_stays_on_the_device(device: torch.device) -> None:
    probs, q = logits_of_bayes()[1].softmax(dim=1), torch.full((4,), 0.25)
    expected = posteriors.em_label_distribution(probs, q)
    found = posteriors.em_label_distribution(probs.to(device), q.to(device))
    assert found.device.type == device.type
    torch.testing.assert_close(found.cpu(), expected, rtol=0, atol=1e-7)
    found = posteriors.em_label_distribution(probs.T.contiguous().T.numpy(), q.numpy())
    torch.testing.assert_close(found, expected, **TINY)


@pytest.mark.parametrize(
    ("probs", "q", "message"),
    [
        (torch.full((4, 3), 1.0), torch.full((3,), 1 / 3), "probs: .* row 0 has the sum 3"),
        (torch.full((4, 3), math.nan), torch.full((3,), 1 / 3), "probs: .* row 0 has the sum nan"),
        (torch.zeros(0, 3), torch.full((3,), 1 / 3), r"probs: expected probabilities .* got \(0, 3\)"),
        (torch.full((3,), 1 / 3), torch.full((3,), 1 / 3), r"probs: expected probabilities .* got \(3,\)"),
        (torch.full((4, 3), 1 / 3), torch.full((2,), 1 / 2), r"q: expected a prior of 3 classes"),
        (torch.full((4, 3), 1 / 3), torch.tensor([0.5, 0.5, 0.0]), "q: class 2 has a prior of 0"),
        (torch.full((4, 3), 1 / 3), torch.tensor([0.5, 0.4, 0.3]), "q: .* the sum 1.2"),
    ],
)
def test_bad_input_of_em(probs: torch.Tensor, q: torch.Tensor, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        posteriors.em_label_distribution(probs, q)


def test_em_says_when_it_has_not_ended() -> None:
    probs, q = logits_of_bayes()[1].softmax(dim=1), torch.full((4,), 0.25)
    with pytest.warns(UserWarning, match="EM moved p by .* in step 2, its last"):
        posteriors.em_label_distribution(probs, q, max_iterations=2)
    with pytest.raises(ValueError, match="max_iterations: must be at least 1"):
        posteriors.em_label_distribution(probs, q, max_iterations=0)


def test_em_says_when_a_weight_is_huge() -> None:
    """A class that the source lacks has a mean prediction of 1e-6, and in the target it is seen."""
    source = torch.tensor([[0.9, 0.1 - 1e-6, 1e-6]] * 5 + [[0.1, 0.9 - 1e-6, 1e-6]] * 5, dtype=DOUBLE)
    target = torch.tensor([[0.3, 0.2, 0.5], [0.4, 0.6, 0.0]], dtype=DOUBLE)
    with pytest.warns(UserWarning, match="EM gives class 2 a weight above 1000: the source hardly has it"):
        posteriors.em_label_distribution(target, source.mean(dim=0))


@pytest.mark.parametrize("seed", range(3))
def test_slsqp_finds_the_maximum_that_em_finds(seed: int) -> None:
    probs, q = logits_of_bayes(seed)[1].softmax(dim=1), torch.full((4,), 0.25, dtype=DOUBLE)
    one = posteriors.em_label_distribution(probs, q, tolerance=1e-12)
    torch.testing.assert_close(posteriors.em_concise_estimate(probs, q), one, rtol=0, atol=1e-6)


# The experiment

VARIANTS = [posteriors.em_scratch, posteriors.em_concise]
DIGITS = {
    "data": "digits",
    "num_train": 800,
    "n": 400,
    "num_draws": 2,
    "lr": 0.05,
    "num_epochs": 15,
    "device": "cpu",
}


def test_scratch_and_concise_have_the_same_knobs() -> None:
    assert inspect.signature(posteriors.em_scratch) == inspect.signature(posteriors.em_concise)


def test_estimates_have_names_and_their_priors() -> None:
    y, logits = logits_of_bayes()
    found = posteriors.em_estimates(
        logits, y, logits[:100], posteriors.fit_temperature, posteriors.em_label_distribution
    )
    frequencies = torch.bincount(y) / len(y)
    assert [name.split(", ")[0] for name in found] == ["EM", "EM", "EM+TS", "EM+TS", "EM+BCTS", "EM+BCTS"]
    for name, (p, q) in found.items():
        assert p.sum() == pytest.approx(1)
        if name.endswith("label frequencies"):
            torch.testing.assert_close(q, frequencies.double(), rtol=0, atol=1e-7)
    torch.testing.assert_close(found["EM, mean prediction"][1], logits.softmax(dim=1).mean(dim=0), **TINY)
    ts = posteriors.fit_temperature(logits, y)
    torch.testing.assert_close(found["EM+TS, mean prediction"][1], ts(logits).mean(dim=0), **TINY)


@pytest.mark.filterwarnings("ignore:EM gives class")
def test_every_number_of_a_run_by_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the sets, the logits and the estimates of each draw; BBSE by scikit-learn and SciPy.

    And the wrong prior shows, in both variants.
    """
    images = posteriors.images
    pools, drawn = recorded(monkeypatch, images, "image_pools"), recorded(monkeypatch, images, "shifted_sets")
    logits, estimates = (
        recorded(monkeypatch, images, "predict"),
        recorded(monkeypatch, posteriors, "em_estimates"),
    )
    labelled = recorded(monkeypatch, images, "draw")
    one = posteriors.em_scratch(**{**DIGITS, "num_draws": 3})
    metrics = one.metrics
    monkeypatch.undo()
    other = posteriors.em_concise(**{**DIGITS, "num_draws": 3})
    y, y_pool, (val, pool) = drawn[0].y_val.numpy(), pools[0].y_target.numpy(), logits
    soft, soft_pool = (softmax(one.double().numpy(), axis=1) for one in (val, pool))
    q = np.bincount(y, minlength=10) / 400
    expected = {
        "source_acc": np.mean(soft.argmax(axis=1) == y),
        "bias": np.abs(soft.mean(axis=0) - q).sum() / 2,
    }
    for i, shift in enumerate(("no_shift", "even_classes", "reversed")):
        errors: dict[str, list[float]] = {}
        for found, rows in list(zip(estimates, labelled[-9:], strict=True))[3 * i : 3 * i + 3]:
            truth = np.bincount(y_pool[rows], minlength=10) / 400
            bbse = estimate_concise(y, soft, soft_pool[rows], 10).numpy() / q
            ratios = {name: (p / prior).numpy() for name, (p, prior) in found.items()} | {"BBSE": bbse}
            for name, ratio in ratios.items():
                errors.setdefault(name, []).append(np.mean((ratio - truth / q) ** 2))
        for name, key in (
            ("EM, label frequencies", "em_frequencies"), ("EM, mean prediction", "em_mean"),
            ("EM+TS, label frequencies", "em_ts_frequencies"), ("EM+TS, mean prediction", "em_ts_mean"),
            ("EM+BCTS, label frequencies", "em_bcts_frequencies"),
            ("EM+BCTS, mean prediction", "em_bcts_mean"), ("BBSE", "bbse"),
        ):  # fmt: skip
            expected[f"{shift}_{key}"] = np.median(errors[name])
    assert metrics == pytest.approx(expected, rel=1e-3)
    assert one.history["train_loss"] == pytest.approx(other.history["train_loss"], abs=1e-4)
    # EM stops at steps of 1e-8, and a weight is a share divided by one as small as 0.02
    assert metrics == pytest.approx(other.metrics, rel=1e-3, abs=1e-3)
    assert metrics["no_shift_em_frequencies"] > 5 * metrics["no_shift_em_mean"]
    assert metrics["no_shift_em_frequencies"] > 5 * metrics["no_shift_bbse"]
    bcts = metrics["even_classes_em_bcts_frequencies"]
    assert bcts == pytest.approx(metrics["even_classes_em_bcts_mean"], rel=1e-3)
    assert metrics["bias"] > 0.02
    assert list(one.figures) == ["priors", "errors"]
    assert set(map(type, metrics.values())) == {float}


def test_metric_names() -> None:
    assert posteriors.metric_name("no shift", "EM+TS, mean prediction") == "no_shift_em_ts_mean"
    assert posteriors.metric_name("reversed", "EM, label frequencies") == "reversed_em_frequencies"
    assert posteriors.metric_name("even classes", "BBSE") == "even_classes_bbse"


def test_a_balanced_net_predicts_rare_classes_too_often() -> None:
    """Two classes of the same images, 9 to 1: balanced, the network says 1 to 1."""
    X, y = torch.ones(400, 1, 2, 2), torch.cat([torch.zeros(360), torch.ones(40)]).long()
    sets = posteriors.images.Sets(X, y, X, y, X, y)
    net, _ = posteriors.balanced_net(sets, 2, 0.05, 20, 0)
    share = posteriors.images.predict(net, X[:1]).softmax(dim=1)[0, 1]
    assert 0.4 < share < 0.6  # without the weights 0.1


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"data": "digit"}, "data: there is no 'digit'"),
        ({"ratio": -1.0}, "ratio: must be above 0"),
        ({"num_draws": 0}, "num_draws: must be at least 1"),
        ({"n": 0}, "n: must be at least 1"),
        ({"device": "gpu"}, "device: 'gpu' is not a device"),
    ],
)
@pytest.mark.parametrize("variant", VARIANTS)
def test_bad_knobs(variant: object, knobs: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        variant(**{**DIGITS, "num_epochs": 1, **knobs})


@pytest.mark.slow
def test_label_frequencies_fail_on_mnist(real_data: object) -> None:
    """At the defaults, without any shift: MSE about 4.6 where BBSE and the mean prediction have 0.01."""
    metrics = posteriors.em_scratch(data=real_data("mnist"), device="cpu").metrics
    assert metrics["no_shift_em_frequencies"] > 1
    for name in ("em_mean", "bbse", "em_bcts_frequencies"):
        assert metrics[f"no_shift_{name}"] < 0.05
    assert metrics["reversed_em_bcts_mean"] < 0.1 < metrics["reversed_em_mean"]


step = test_em_step_equals_loops
MUTANTS = [
    Mutant("em_step", "p / q", "q / p", step),
    Mutant("em_step", "joint / joint.sum(dim=1, keepdim=True)", "joint / joint.sum()", step),
    Mutant("em_label_distribution", "em_step(probs, p, q)", "em_step(probs, p, p)",
           partial(test_no_point_of_a_grid_over_the_simplex_is_likelier, 0)),
    Mutant("em_label_distribution", "em_step(probs, p, q)", "em_step(probs, q, p)",
           partial(test_no_point_of_a_grid_over_the_simplex_is_likelier, 1)),
    Mutant("em_label_distribution", "moved <= tolerance", "moved <= 1e-2",
           partial(test_slsqp_finds_the_maximum_that_em_finds, 0)),
    Mutant("em_estimates", "calibration(logits).mean(dim=0)", "calibration(target).mean(dim=0)",
           test_estimates_have_names_and_their_priors),
    Mutant("balanced_net", "1 / (k * mean_prediction(sets.y, k))", "torch.ones(k)",
           test_a_balanced_net_predicts_rare_classes_too_often),
    Mutant("metric_name", '"+", "_"', '"+", ""', test_metric_names),
    Mutant("em_concise_estimate", "ratio @ p", "ratio @ (p * p)",
           partial(test_slsqp_finds_the_maximum_that_em_finds, 0)),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(posteriors, MUTANTS)
