"""RLLS against a general optimiser, and how badly an ill-conditioned C is solved without constraints."""

import math
from functools import partial

import mutants
import numpy as np
import pytest
import torch
from mutants import Mutant
from recording import recorded
from scipy.optimize import minimize

from chapters.distribution_shift.label import weak_predictor as weak

DOUBLE = torch.float64


def problem(seed: int, k: int = 4) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """C, mu of 200 predictions, and q."""
    rng = np.random.default_rng(seed)
    C = rng.dirichlet(np.ones(k), k).T + 0.3 * np.eye(k)
    C, q, p = C / C.sum(axis=0), rng.dirichlet(np.full(k, 3.0)), rng.dirichlet(np.ones(k))
    mu = rng.multinomial(200, C @ p) / 200
    return torch.tensor(C), torch.tensor(mu), torch.tensor(q)


def penalised(p: np.ndarray, C: np.ndarray, mu: np.ndarray, q: np.ndarray, alpha: float) -> float:
    return np.linalg.norm(C @ p - mu) + alpha * np.linalg.norm(p / q - 1)


@pytest.mark.parametrize("alpha", [1e-4, 0.01, 0.3, 3.0])
def test_rlls_equals_a_general_optimiser(alpha: float) -> None:
    for seed in range(6):
        C, mu, q = problem(seed)
        loss = partial(penalised, C=C.numpy(), mu=mu.numpy(), q=q.numpy(), alpha=alpha)
        found = weak.rlls(C, mu, q, alpha)
        assert (found.p >= 0).all()
        assert found.p.sum() == pytest.approx(1, abs=1e-14)
        theirs = min(
            minimize(loss, start, method="SLSQP", bounds=[(0, 1)] * 4, options={"ftol": 1e-15},
                     constraints={"type": "eq", "fun": lambda p: p.sum() - 1}).fun
            for start in (np.full(4, 0.25), q.numpy(), found.p.numpy())
        )  # fmt: skip
        # Both minimise a sum of norms, which is flat at its kinks: 1e-6 of a loss of about 0.1.
        assert loss(found.p.numpy()) <= theirs + 1e-6
        assert found.residual == pytest.approx(float((C @ found.p - mu).norm()), abs=1e-12)
        assert found.condition == pytest.approx(np.linalg.cond(C))


def test_no_point_of_a_grid_over_the_simplex_is_better() -> None:
    C, mu, q = problem(0, k=3)
    p = weak.rlls(C, mu, q, 0.05).p
    grid = torch.tensor([(i, j, 100 - i - j) for i in range(101) for j in range(101 - i)], dtype=DOUBLE) / 100

    def loss(p: torch.Tensor) -> torch.Tensor:
        return (p @ C.T - mu).norm(dim=-1) + 0.05 * (p / q - 1).norm(dim=-1)

    assert loss(p) <= loss(grid).min() + 1e-9


def test_alpha_goes_from_the_constrained_answer_to_no_change() -> None:
    C, mu, q = problem(1)
    constrained = weak.solve_label_shift(C, mu)
    torch.testing.assert_close(weak.rlls(C, mu, q, 1e-7).p, constrained.p, rtol=0, atol=1e-3)
    torch.testing.assert_close(weak.rlls(C, mu, q, 1e3).p, q, rtol=0, atol=1e-6)
    answers = [weak.rlls(C, mu, q, alpha).p for alpha in (1e-4, 0.01, 0.1, 1.0, 10.0)]
    changes = [float((p / q - 1).norm()) for p in answers]
    assert changes == sorted(changes, reverse=True)
    assert weak.rlls(C, mu, q, 0.1).constrained == constrained.constrained
    torch.testing.assert_close(weak.rlls(C, mu, q, 0.1).raw, constrained.raw)


def test_of_several_p_that_fit_the_one_nearest_to_no_change() -> None:
    """Classes 1 and 2 are predicted alike. Of their 0.9, where q has 0.6, they get 0.4 + 4t and 0.2 + t."""
    C = torch.tensor([[0.8, 0.1, 0.1], [0.1, 0.6, 0.6], [0.1, 0.3, 0.3]], dtype=DOUBLE)
    q, p = torch.tensor([0.4, 0.4, 0.2], dtype=DOUBLE), torch.tensor([0.1, 0.7, 0.2], dtype=DOUBLE)
    with pytest.raises(ValueError, match="C: singular"):
        weak.solve_label_shift(C, C @ p)
    found = weak.rlls(C, C @ p, q, 1e-4)
    assert found.p.tolist() == pytest.approx([0.1, 0.64, 0.26], abs=1e-3)  # alpha pulls a little further
    assert found.condition == math.inf
    assert found.raw.isnan().all()
    assert not found.constrained


def test_strength_by_hand() -> None:
    log = math.log(2 * 10 / 0.05)
    assert weak.rlls_strength(10, 200) == pytest.approx(0.03 * (2 * log / 600 + math.sqrt(2 * log / 200)))
    assert weak.rlls_strength(10, 200, scale=1.0, delta=0.2) == pytest.approx(
        3 * (2 * math.log(100) / 600 + math.sqrt(2 * math.log(100) / 200))
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"alpha": 0.0}, "alpha: must be above 0, got 0.0"),
        ({"alpha": -1.0}, "alpha: must be above 0"),
        ({"alpha": math.nan}, "alpha: must be above 0"),
        ({"q": torch.tensor([0.5, 0.5, 0.0])}, "q: need a positive share of each of 3 classes"),
        ({"q": torch.tensor([0.5, 0.5])}, "q: need a positive share of each of 3 classes"),
        ({"q": torch.tensor([0.5, 0.6, 0.1])}, "q: .* the sum 1.2"),
        ({"mu": torch.full((3,), 0.5)}, "mu: .* the sum 1.5"),
        ({"mu": torch.full((2,), 0.5)}, "C, mu: expected shapes"),
        ({"C": 2 * torch.eye(3)}, "C: .* column 0 has the sum 2"),
    ],
)
def test_bad_input(change: dict, message: str) -> None:
    even = torch.full((3,), 1 / 3)
    with pytest.raises(ValueError, match=message):
        weak.rlls(**{"C": torch.eye(3), "mu": even, "q": even, "alpha": 0.1, **change})
    with pytest.raises(ValueError, match="n: must be at least 1"):
        weak.rlls_strength(3, 0)


def test_six_answers_are_what_they_say() -> None:
    C = torch.tensor([[0.9, 0.3], [0.1, 0.7]], dtype=DOUBLE)
    mu, q = torch.tensor([0.95, 0.05], dtype=DOUBLE), torch.tensor([0.5, 0.5], dtype=DOUBLE)
    answers, estimate = weak.six_answers(C, mu, q, 0.01)
    named = dict(zip(weak.METHODS, (answer.tolist() for answer in answers), strict=True))
    assert named["no correction"] == [0.5, 0.5]
    assert named["raw"] == pytest.approx([65 / 60, -5 / 60])
    assert named["cut at 0"] == pytest.approx([65 / 60, 0.0])
    assert named["cut and rescaled"] == named["constrained"] == [1.0, 0.0]
    assert named["RLLS"] == weak.rlls(C, mu, q, 0.01).p.tolist()
    assert estimate.constrained


DIGITS = {"data": "digits", "num_models": 2, "num_draws": 15, "n": 200}


def test_every_number_of_a_run_by_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the answers of each draw; of its three mean predictions the last two are q and the truth."""
    answers, means = (recorded(monkeypatch, weak, name) for name in ("six_answers", "mean_prediction"))
    scores = recorded(monkeypatch, weak, "predict")
    pools = recorded(monkeypatch, weak, "image_pools")
    metrics = weak.weak_predictor(**{**DIGITS, "num_draws": 5, "num_models": 1, "n": 150}).metrics
    y_target, target = pools[0].y_target.numpy(), scores[1].numpy()
    rows = []
    for (each, _), q, truth in zip(answers, means[1::3], means[2::3], strict=True):
        rows.append([np.mean(((p - truth) / q).numpy() ** 2) for p in each])
    expected = {
        "acc": np.mean(target.argmax(axis=1) == y_target),
        "alpha": weak.rlls_strength(10, 150),
        "condition": np.median([np.linalg.cond(C) for C, *_ in answers.arguments]),
        "constrained": np.mean([bool((estimate.raw < 0).any()) for _, estimate in answers]),
    }
    for name, values in zip(
        ("no_correction", "raw", "cut_at_0", "cut_and_rescaled", "constrained", "RLLS"),
        np.array(rows).T,
        strict=True,
    ):
        expected |= {f"median_{name}": np.median(values), f"mean_{name}": np.mean(values)}
    assert metrics == pytest.approx(expected, rel=1e-4)  # the table of errors is in float32


@pytest.mark.slow
def test_constraints_rescue_a_weak_predictor_of_digits() -> None:
    result = weak.weak_predictor(**DIGITS)
    metrics = result.metrics
    assert 0.3 < metrics["acc"] < 0.8
    assert metrics["constrained"] > 0.5
    assert metrics["condition"] > 10
    assert metrics["mean_constrained"] < min(metrics["mean_no_correction"], metrics["mean_raw"]) / 2
    assert set(map(type, metrics.values())) == {float}
    assert [len(axes.get_lines()) > 0 for axes in result.figure.axes] == [True, True]


@pytest.mark.slow
def test_constraints_rescue_a_weak_predictor_of_mnist(real_data: object) -> None:
    """Seeds 0 to 4 gave ratios of 750 to 18,000: a few draws with a nearly singular C make the raw mean."""
    metrics = weak.weak_predictor(data=real_data("mnist")).metrics
    assert metrics["mean_raw"] > 20 * metrics["mean_constrained"]
    assert metrics["mean_no_correction"] > 5 * metrics["mean_constrained"]
    assert metrics["mean_no_correction"] > 2 * metrics["mean_RLLS"]


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"num_labels": 0}, "num_labels: must be at least 1"),
        ({"n": 0}, "n: must be at least 1"),
        ({"rho": 1.5}, "rho, chosen: need a share"),
        ({"num_models": 0}, "num_models: must be at least 1"),
        ({"num_draws": 0}, "num_draws: must be at least 1"),
        ({"num_epochs": 0}, "num_epochs: must be at least 1"),
        ({"n": 5}, "y: no example of class"),
        ({"data": "digit"}, "data: there is no 'digit'"),
    ],
)
def test_bad_knobs(knobs: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        weak.weak_predictor(**{**DIGITS, **knobs})


optimal = partial(test_rlls_equals_a_general_optimiser, 0.3)
MUTANTS = [
    Mutant("rlls", "alpha * residual", "alpha * residual ** 2", optimal),
    Mutant("rlls", "range(500)", "range(1)", optimal),
    Mutant("rlls", "torch.diag(1 / q)", "torch.diag(q)", optimal),
    Mutant("rlls", "torch.full_like(mu, root)", "torch.zeros_like(mu)", optimal),
    Mutant("rlls_strength", "2 * num_classes / delta", "num_classes / delta", test_strength_by_hand),
    Mutant("six_answers", "cut / cut.sum()", "cut", test_six_answers_are_what_they_say),
    Mutant("six_answers", "estimate.raw.clamp(min=0)", "estimate.raw.abs()",
           test_six_answers_are_what_they_say),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(weak, MUTANTS)
