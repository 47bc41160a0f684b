"""Two targets and one correction, on digits: the sets, the estimate and what it does to the accuracy."""

import mutants
import numpy as np
import pytest
import torch
from mutants import Mutant
from recording import recorded

from chapters.distribution_shift import cases, failures
from chapters.distribution_shift.label.images import geometric, image_pools, tweak_one

DIGITS = {"data": "digits", "num_train": 300, "n": 200, "num_epochs": 60}


def test_sets_and_case() -> None:
    """A source without the last class, a target with all; a net that knows the answer estimates p exactly."""
    pools, generator = image_pools("digits"), torch.Generator().manual_seed(0)
    sets = cases.drawn_sets(pools, geometric(10).flip(0), 9, 300, 200, generator)
    assert set(sets.y.tolist()) == set(sets.y_val.tolist()) == set(range(9))
    assert 9 in sets.y_target.tolist()
    assert (sets.y == 0).sum() > 1.5 * (sets.y == 8).sum()
    kept = sets._replace(X_target=sets.X_target[sets.y_target < 9], y_target=sets.y_target[sets.y_target < 9])
    answers = {len(one): y for one, y in ((kept.X_val, kept.y_val), (kept.X_target, kept.y_target))}

    class Oracle(torch.nn.Module):
        def forward(self, X: torch.Tensor) -> torch.Tensor:
            return 100.0 * torch.nn.functional.one_hot(answers[len(X)], 9)

    case = cases.estimate_case(Oracle(), kept, 9, generator)
    torch.testing.assert_close(case.p.cpu(), case.truth, rtol=0, atol=1e-9)
    assert (case.acc, case.corrected_acc) == (1.0, 1.0)
    counts = np.bincount(kept.y_target, minlength=9)
    assert case.truth.tolist() == pytest.approx(counts / counts.sum())
    assert case.diagnosis.condition == pytest.approx(1, abs=1e-9)
    assert (case.low <= case.p + 1e-9).all()
    assert (case.p <= case.high + 1e-9).all()


def numbers_of(found: dict[str, cases.Case]) -> dict[str, float]:
    """What a run reports of its cases, over the nine classes that the network knows."""
    expected = {}
    for key, case in found.items():
        truth, p, low, high = (part.numpy()[:9] for part in (case.truth, case.p, case.low, case.high))
        seen = case.diagnosis
        expected |= {
            f"acc, {key}": case.acc,
            f"corrected_acc, {key}": case.corrected_acc,
            f"largest_error, {key}": np.abs(p - truth).max(),
            f"in_interval, {key}": np.mean((low <= truth) & (truth <= high)),
            f"condition, {key}": seen.condition,
            f"residual, {key}": seen.residual,
            f"ess, {key}": seen.effective_sample_size,
            f"weighted_p_value, {key}": seen.weighted_p_value,
            f"concerns, {key}": len(seen.concerns),
        }
    return expected


def test_absent_class_of_digits() -> None:
    p = tweak_one(10, 0.5, 9)
    with pytest.MonkeyPatch.context() as patched:
        found = recorded(patched, cases, "estimate_case")
        metrics = cases.compare_cases("absent class", lambda sets: sets, 9, p, **DIGITS, seed=0).metrics
    assert metrics == pytest.approx(
        numbers_of(dict(zip(("label shift", "absent class"), found, strict=True)))
    )
    assert metrics["acc, label shift"] > 0.6
    assert metrics["acc, absent class"] < 0.57  # the half that is nines is wrong
    assert metrics["corrected_acc, absent class"] < 0.57
    assert metrics["residual, absent class"] < 0.1
    assert metrics["largest_error, absent class"] > 2 * metrics["largest_error, label shift"]


def test_broken_assumption_of_digits() -> None:
    with pytest.MonkeyPatch.context() as patched:
        drawn, seen = recorded(patched, cases, "drawn_sets"), recorded(patched, cases, "estimate_case")
        result = failures.broken_assumption(**DIGITS, pixels=2)
    metrics = result.metrics
    moved = torch.cat([drawn[1].X_target[..., -2:], drawn[1].X_target[..., :-2]], dim=-1)  # to the right
    assert torch.equal(seen.arguments[1][1].X_target, moved)
    assert torch.equal(seen.arguments[1][1].y_target, drawn[1].y_target)
    assert seen.arguments[0][1] is drawn[0]
    assert metrics["acc, label shift"] > 0.6
    assert metrics["largest_error, moved"] > 2 * metrics["largest_error, label shift"]
    assert metrics["in_interval, moved"] < metrics["in_interval, label shift"]
    assert len(result.figure.axes) == 4


MUTANTS = [
    Mutant("estimate_case", "label_shift_weights(p, q)", "label_shift_weights(q, p)",
           test_broken_assumption_of_digits, (ValueError,)),
    Mutant("estimate_case", "mean_prediction(soft_target, num", "mean_prediction(soft, num",
           test_sets_and_case),
    Mutant("drawn_sets", "geometric(num_classes, 0.8)", "geometric(num_classes, 1.25)", test_sets_and_case),
    Mutant("compare_cases", "known[num_classes:] = 0", "known[:1] = 0", test_absent_class_of_digits,
           (Exception,)),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(cases, MUTANTS)
