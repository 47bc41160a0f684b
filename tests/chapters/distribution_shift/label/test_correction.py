"""Label shift, estimated and corrected: weights, posteriors, and what they do for a network."""

import inspect
import math
from functools import partial

import mutants
import numpy as np
import pytest
import torch
from label_shift import quapy, sample
from mutants import Mutant
from recording import recorded
from scipy.special import softmax
from torch.nn import functional as F

from chapters.distribution_shift.label import correction

DOUBLE = torch.float64
TINY = {"rtol": 0, "atol": 1e-10}  # rounding of float64 sums of at most a few hundred terms

# Using the estimate


def test_weights_by_hand() -> None:
    p, q = torch.tensor([0.2, 0.8, 0.0]), torch.tensor([0.5, 0.5, 0.0])
    assert correction.label_shift_weights(p, q).tolist() == pytest.approx([0.4, 1.6, 0.0], abs=1e-7)
    with pytest.raises(ValueError, match="q: class 0, 2 does not occur in the source, but p has it"):
        correction.label_shift_weights(torch.tensor([0.2, 0.5, 0.3]), torch.tensor([0.0, 1.0, 0.0]))


def test_corrected_posteriors_are_those_of_the_target() -> None:
    """With p(x | y) known, Bayes' rule gives both posteriors; the correction turns one into the other."""
    given_y = torch.tensor(
        [[0.5, 0.3, 0.2], [0.1, 0.6, 0.3], [0.2, 0.2, 0.6]], dtype=DOUBLE
    )  # p(x | y), y a row
    q, p = (torch.tensor(one, dtype=DOUBLE) for one in ([0.7, 0.2, 0.1], [0.1, 0.3, 0.6]))

    def posterior(prior: torch.Tensor) -> torch.Tensor:
        rows = [[float(prior[y] * given_y[y, x]) for y in range(3)] for x in range(3)]
        return torch.tensor([[one / sum(row) for one in row] for row in rows], dtype=DOUBLE)

    torch.testing.assert_close(correction.correct_posteriors(posterior(q), p, q), posterior(p), **TINY)
    torch.testing.assert_close(correction.correct_posteriors(posterior(q), q, q), posterior(q), **TINY)
    torch.testing.assert_close(correction.correct_concise(posterior(q), p, q), posterior(p), **TINY)


def test_posteriors_of_none_of_one_and_of_certainties() -> None:
    p, q = torch.tensor([0.1, 0.9]), torch.tensor([0.5, 0.5])
    assert correction.correct_posteriors(torch.ones(0, 2), p, q).shape == (0, 2)
    assert correction.correct_posteriors(torch.tensor([[1.0, 0.0]]), p, q).tolist() == [[1.0, 0.0]]
    with pytest.raises(ValueError, match="probs, p: row 1 is certain of a class for which p is 0"):
        correction.correct_posteriors(torch.tensor([[0.5, 0.5], [1.0, 0.0]]), torch.tensor([0.0, 1.0]), q)


@pytest.mark.parametrize("loss_by", [correction.loss_by_hand, correction.loss_concise])
def test_a_weighted_loss_is_the_loss_with_examples_repeated(loss_by: object) -> None:
    """beta = (1, 3): as if each example of class 1 were there three times, divided by the n there are."""
    y_hat, y = torch.randn(5, 2, requires_grad=True), torch.tensor([0, 1, 1, 0, 1])
    loss = getattr(correction, loss_by.__name__)(torch.tensor([1.0, 3.0], dtype=DOUBLE))
    mine = loss(y_hat, y).mean()
    often = torch.tensor([0, 1, 1, 1, 2, 2, 2, 3, 4, 4, 4])
    repeated = F.cross_entropy(y_hat[often], y[often], reduction="sum") / 5
    torch.testing.assert_close(mine, repeated)
    one, other = (torch.autograd.grad(l, y_hat, retain_graph=True)[0] for l in (mine, repeated))
    torch.testing.assert_close(one, other)


def test_recall_by_hand() -> None:
    """Of two 0s one is recognised, the 1 is not, and the 2 is."""
    y_hat = torch.eye(3)[[0, 2, 0, 2]]
    assert correction.recall_by_class(y_hat, torch.tensor([0, 0, 1, 2])).tolist() == [0.5, 0.0, 1.0]


def test_error_of_weights_by_hand() -> None:
    p, truth, q = (torch.tensor(one, dtype=DOUBLE) for one in ([0.4, 0.6], [0.5, 0.5], [0.1, 0.9]))
    assert correction.weight_error(p, truth, q) == pytest.approx((1 + (1 / 9) ** 2) / 2)


def test_hard_and_soft_weights_equal_quapys() -> None:
    """Wherever C^-1 mu has no negative entry, which quapy would only cut off."""
    aggregative, equal = quapy(), 0
    hard, soft = aggregative.BBSEhard.getConfusionJointProb, aggregative.BBSEsoft.getConfusionJointProb
    for seed in range(6):
        y, probs, target = sample(seed)
        pairs = ((hard, probs.argmax(dim=1), target.argmax(dim=1)), (soft, probs, target))
        for joint, y_hat, y_hat_target in pairs:
            mu = correction.mean_prediction(y_hat_target, 4).numpy()
            theirs = aggregative.BBSEhard.solve_importance_weights(
                joint(range(4), y.numpy(), y_hat.numpy()), mu, "exact-raise"
            )
            p = correction.estimate_by_hand(y, y_hat, y_hat_target, 4)
            if (theirs >= 0).all():
                beta = correction.label_shift_weights(p, correction.mean_prediction(y, 4))
                torch.testing.assert_close(beta, torch.tensor(theirs), rtol=0, atol=1e-9)
                equal += 1
            else:
                assert p.min() == 0
    assert equal >= 8  # of 12


def test_corrections_stay_on_the_device(device: torch.device) -> None:
    y, _, target = (one.to(device) for one in sample())
    q, p = correction.mean_prediction(y, 4), torch.tensor([0.1, 0.2, 0.3, 0.4], device=device)
    beta, probs = correction.label_shift_weights(p, q), correction.correct_posteriors(target.float(), p, q)
    assert {beta.device.type, probs.device.type} == {device.type}
    assert probs.dtype == torch.float32
    on_cpu = correction.correct_posteriors(
        target.cpu().T.contiguous().T.numpy(), p.cpu().numpy(), q.cpu().numpy()
    )
    torch.testing.assert_close(probs.cpu().double(), on_cpu, rtol=0, atol=1e-6)


# Bad input

EVEN, EYE, SOFT = torch.full((3,), 1 / 3), torch.eye(3), torch.full((4, 3), 1 / 3)


@pytest.mark.parametrize(
    ("p", "q", "message"),
    [
        (EVEN, torch.ones(1), r"p, q: expected the same shape \(k,\), got \(3,\) and \(1,\)"),
        (EVEN, 2 * EVEN, "q: .* the sum 2"),
        (EVEN * math.nan, EVEN, "p: .* the sum nan"),
        (torch.tensor([1.2, -0.2, 0.0]), EVEN, "p: .* smallest entry -0.2"),
        (EYE, EYE, "p, q: expected the same shape"),
    ],
)
def test_bad_distributions(p: torch.Tensor, q: torch.Tensor, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        correction.label_shift_weights(p, q)
    with pytest.raises(ValueError, match=message):
        correction.correct_posteriors(SOFT, p, q)


@pytest.mark.parametrize(
    ("probs", "message"),
    [
        (torch.ones(4, 1), r"probs: expected shape \(n, 3\), as p has, got \(4, 1\)"),
        (2 * SOFT, "probs: .* row 0 has the sum 2"),
    ],
)
def test_bad_posteriors(probs: torch.Tensor, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        correction.correct_posteriors(probs, EVEN, EVEN)


# The experiment

VARIANTS = [correction.label_scratch, correction.label_concise]
DIGITS = {
    "data": "digits",
    "num_train": 800,
    "n": 400,
    "lr": 0.2,
    "num_epochs": 15,
    "num_resamples": 5,
    "device": "cpu",
}


def test_scratch_and_concise_have_the_same_knobs() -> None:
    assert inspect.signature(correction.label_scratch) == inspect.signature(correction.label_concise)


def test_one_seed_gives_scratch_and_concise_the_same_losses_and_numbers() -> None:
    one, other = (variant(**DIGITS) for variant in VARIANTS)
    assert one.history["train_loss"] == pytest.approx(other.history["train_loss"], abs=1e-4)
    assert one.metrics == pytest.approx(other.metrics, abs=1e-4)
    again = correction.label_scratch(**DIGITS, seed=1)
    assert again.metrics["mse_soft"] != one.metrics["mse_soft"]


def test_every_number_of_a_run_by_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the sets drawn and the logits of the two networks; p itself by scikit-learn and SciPy.

    And the shift of the digits is found and corrected.
    """
    drawn = recorded(monkeypatch, correction.images, "shifted_sets")
    logits = recorded(monkeypatch, correction.images, "predict")
    intervals = recorded(monkeypatch, correction.confusion, "bootstrap_interval")
    result = correction.label_scratch(**DIGITS)
    metrics = result.metrics
    (sets,), (val, target, weighted), (interval,) = drawn, logits, intervals
    y, y_val, y_target = (labels.numpy() for labels in (sets.y, sets.y_val, sets.y_target))
    soft, soft_target = (softmax(one.double().numpy(), axis=1) for one in (val, target))
    q, truth = (np.bincount(labels, minlength=10) / len(labels) for labels in (y, y_target))
    hard, hard_target = (one.argmax(axis=1) for one in (soft, soft_target))
    estimates = {
        "no_correction": q,
        "mean_prediction": soft_target.mean(axis=0),
        "hard": correction.estimate_concise(y_val, hard, hard_target, 10).numpy(),
        "soft": correction.estimate_concise(y_val, soft, soft_target, 10).numpy(),
    }
    ratio = estimates["soft"] / q
    guesses = {
        "as_trained": soft_target,
        "posteriors_corrected": soft_target * ratio,
        "trained_with_weights": weighted.numpy(),
        "corrected_by_the_mean_prediction": soft_target * estimates["mean_prediction"] / q,
        "corrected_by_the_true_p": soft_target * truth / q,
    }
    C = np.stack([soft[y_val == j].mean(axis=0) for j in range(10)], axis=1)
    low, high = (end.numpy() for end in interval)
    p = 0.75 ** np.arange(9, -1, -1) / sum(0.75**i for i in range(10))
    beta = ratio[y]
    assert metrics == pytest.approx(
        {
            "source_acc": np.mean(hard == y_val),
            **{f"acc_{name}": np.mean(one.argmax(axis=1) == y_target) for name, one in guesses.items()},
            **{f"mse_{name}": np.mean(((one - truth) / q) ** 2) for name, one in estimates.items()},
            "condition": np.linalg.cond(C),
            "in_interval": np.mean((low <= p) & (p <= high)),
            "ess_share": beta.sum() ** 2 / (beta**2).sum() / 800,
        },
        rel=1e-3,  # the weight 1e4 of the sum in `estimate_concise`, over shares as small as 0.02
    )
    assert metrics["mse_no_correction"] > 10
    assert metrics["mse_soft"] < metrics["mse_no_correction"] / 10
    assert metrics["mse_hard"] < metrics["mse_no_correction"] / 4
    for name in ("posteriors_corrected", "trained_with_weights"):
        assert metrics[f"acc_{name}"] > metrics["acc_as_trained"] + 0.03
    assert 0.05 < metrics["ess_share"] < 0.5
    assert list(result.figures) == ["estimate", "recall"]
    assert set(map(type, metrics.values())) == {float}


@pytest.mark.parametrize("seed", range(3))
def test_concise_pieces_equal_the_ones_by_hand(seed: int) -> None:
    y, soft, target = sample(seed, n=300)
    for pair in ((soft, target), (soft.argmax(dim=1), target.argmax(dim=1))):
        one, other = correction.estimate_by_hand(y, *pair, 4), correction.estimate_concise(y, *pair, 4)
        torch.testing.assert_close(
            one, other, rtol=0, atol=1e-6
        )  # the weight 1e4 of the sum costs 1e-8 of it


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"data": "digit"}, "data: there is no 'digit'"),
        ({"ratio": -1.0}, "ratio: must be above 0"),
        ({"num_train": 0}, "num_train: must be at least 1"),
        ({"n": 0}, "n: must be at least 1"),
        ({"lr": -1.0}, "learning rate"),
        ({"num_epochs": 0}, "num_epochs: must be at least 1"),
        ({"num_resamples": 0}, "num_resamples: must be at least 1"),
        ({"device": "gpu"}, "device: 'gpu' is not a device"),
    ],
)
@pytest.mark.parametrize("variant", VARIANTS)
def test_bad_knobs(variant: object, knobs: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        variant(**{**DIGITS, "num_epochs": 1, **knobs})


@pytest.mark.slow
def test_the_shift_of_mnist_is_found_and_corrected(real_data: object) -> None:
    """At the defaults; the mean prediction gains accuracy with weights 30 times further off."""
    metrics = correction.label_scratch(data=real_data("mnist"), device="cpu").metrics
    assert metrics["mse_soft"] < 0.5
    assert metrics["mse_mean_prediction"] > 10 * metrics["mse_soft"]
    assert metrics["acc_posteriors_corrected"] > metrics["acc_as_trained"] + 0.1
    assert metrics["acc_corrected_by_the_mean_prediction"] > metrics["acc_as_trained"] + 0.1
    assert metrics["acc_trained_with_weights"] > metrics["acc_as_trained"] + 0.15


corrected = test_corrected_posteriors_are_those_of_the_target
same_loss = test_a_weighted_loss_is_the_loss_with_examples_repeated
same_by_hand = partial(test_concise_pieces_equal_the_ones_by_hand, 0)
MUTANTS = [
    Mutant("label_shift_weights", "p / q", "q / p", test_weights_by_hand),
    Mutant("label_shift_weights", "(q == 0) & (p > 0)", "(q < 0) & (p > 0)", test_weights_by_hand),
    Mutant("correct_posteriors", "shares * beta", "shares / beta", corrected),
    Mutant("correct_posteriors", "(joint / total)", "joint", corrected),
    Mutant("estimate_by_hand", "confusion.confusion_matrix(y, y_hat, num_classes)",
           "torch.eye(num_classes, dtype=torch.float64)", same_by_hand),
    Mutant("loss_by_hand", ", beta[y])", ", beta[y], normalize=True)",
           partial(same_loss, correction.loss_by_hand)),
    Mutant("loss_by_hand", "beta[y]", "torch.ones_like(beta)[y]",
           partial(same_loss, correction.loss_by_hand)),
    Mutant("weight_error", "/ q", "* q", test_error_of_weights_by_hand),
    Mutant("recall_by_class", "members.sum(dim=0)", "len(y)", test_recall_by_hand),
    Mutant("estimate_concise", 'normalize="true").T', 'normalize="true")', same_by_hand),
    Mutant("correct_concise", 'norm="l1"', 'norm="l2"', corrected),
    Mutant("loss_concise", 'reduction="none"', 'reduction="mean"',
           partial(same_loss, correction.loss_concise)),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(correction, MUTANTS)
