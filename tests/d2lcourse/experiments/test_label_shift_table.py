"""The published table: what is drawn, and what a trial measures."""

import math

import mutants
import numpy as np
import pytest
import torch
from mutants import Mutant

from d2lcourse.experiments import label_shift_table as table

DOUBLE = torch.float64
SMALL = table.Row("tweak 0.9", 150)


def logits_and_labels(seed: int, n: int, rho: float = 0.25) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits that are 1.6 times those of Bayes' rule for even classes, and labels with the share rho of 3."""
    rng = np.random.default_rng(seed)
    y = rng.choice(4, n, p=table.tweak_one(4, rho).numpy())
    X = 1.5 * np.eye(4)[y] + rng.standard_normal((n, 4))
    return torch.tensor(1.6 * 1.5 * X), torch.tensor(y)


def models_and_labels(num_models: int = 2) -> tuple[list[table.Model], torch.Tensor, torch.Tensor]:
    y, y_target = logits_and_labels(0, 600)[1], logits_and_labels(1, 500)[1]
    models = []
    for i in range(num_models):
        noise = torch.Generator().manual_seed(i)
        logits, target = (
            2 * torch.nn.functional.one_hot(one, 4) + torch.randn(len(one), 4, dtype=DOUBLE, generator=noise)
            for one in (y, y_target)
        )
        models.append(table.Model(logits, target))
    return models, y, y_target


# What is drawn


def test_shares_of_the_shifts() -> None:
    pool, rng = torch.tensor([0, 1, 2, 3, 3, 3, 3, 3]), np.random.default_rng(0)
    assert table.target_shares("tweak 0.7", pool, rng).tolist() == pytest.approx([0.1, 0.1, 0.1, 0.7])
    assert table.target_shares("none", pool, rng).tolist() == [0.125, 0.125, 0.125, 0.625]
    drawn = torch.stack([table.target_shares("Dirichlet 0.1", pool, rng) for _ in range(400)])
    torch.testing.assert_close(drawn.sum(dim=1), torch.ones(400, dtype=DOUBLE))
    # The largest share has the mean 0.85 and a standard deviation of 0.15, 0.0075 for the mean of 400.
    assert 0.8 < drawn.max(dim=1).values.mean() < 0.9
    assert table.target_shares("Dirichlet 100", pool, rng).max() < 0.4  # 0.25 with a deviation of 0.02
    with pytest.raises(ValueError, match=r"shift: expected 'tweak RHO', .* got 'twek 0\.9'"):
        table.target_shares("twek 0.9", pool, rng)


def test_labels_are_the_whole_counts_and_a_random_rest() -> None:
    p = torch.tensor([0.34, 0.46, 0.2], dtype=DOUBLE)
    drawn = [
        torch.bincount(table.target_labels(p, 10, torch.Generator().manual_seed(seed)), minlength=3).tolist()
        for seed in range(200)
    ]
    assert {sum(counts) for counts in drawn} == {10}
    assert all(a >= 3 and b >= 4 and c >= 2 for a, b, c in drawn)
    # The tenth is of class 0 with chance 0.34: 68 of 200; six standard deviations are 40, false alarm < 1e-8.
    assert abs(sum(counts[0] == 4 for counts in drawn) - 68) < 40
    assert table.target_labels(torch.tensor([0.5, 0.5]), 4, torch.Generator()).tolist() == [0, 0, 1, 1]


# Trials


def test_every_answer_equals_its_definition() -> None:
    (logits, y), (target, _) = logits_and_labels(0, 400), logits_and_labels(1, 300, rho=1.0)
    target = target + torch.tensor([0.0, 0.0, 0.0, 4.0])  # more of class 3 than C can explain
    found = table.answers(logits, y, target)
    q, eye = torch.bincount(y, minlength=4).double() / 400, torch.eye(4, dtype=DOUBLE)

    def cut(probs: torch.Tensor, probs_target: torch.Tensor) -> torch.Tensor:
        joint = torch.stack([probs[y == j].sum(dim=0) / 400 for j in range(4)], dim=1)
        return torch.linalg.solve(joint, probs_target.mean(dim=0)).clamp(min=0)

    hards = eye[logits.argmax(dim=1)], eye[target.argmax(dim=1)]
    softs = logits.softmax(dim=1), target.softmax(dim=1)
    torch.testing.assert_close(found["hard"].beta, cut(*hards))
    torch.testing.assert_close(found["soft"].beta, cut(*softs))
    assert min(found["hard"].beta) == min(found["soft"].beta) == 0  # some were negative
    assert found["simplex"].beta @ q == pytest.approx(1)
    ts, bcts = (table.fit_temperature(logits, y, bias=bias) for bias in (False, True))
    assert ts.temperature > 1.2  # the logits are 1.6 times too large
    for name, calibrated, prior in (
        ("em", lambda z: z.softmax(dim=1), softs[0].mean(dim=0)),
        ("em_ts", ts, ts(logits).mean(dim=0)),
        ("em_ts_frequencies", ts, q),
        ("em_bcts", bcts, bcts(logits).mean(dim=0)),
    ):
        torch.testing.assert_close(found[name].probs, calibrated(target))
        torch.testing.assert_close(found[name].prior, prior)
        torch.testing.assert_close(
            found[name].beta, table.em_label_distribution(calibrated(target), prior) / prior
        )


def test_a_trial_measures_errors_and_gains() -> None:
    (logits, y), (target, y_target) = logits_and_labels(0, 400), logits_and_labels(1, 300)
    y_target = y_target.clone()
    numbers, found = table.trial(logits, y, target, y_target), table.answers(logits, y, target)
    q, p = (torch.bincount(one, minlength=4).double() / len(one) for one in (y, y_target))
    right = (target.argmax(dim=1) == y_target).double().mean().item()
    assert numbers["acc"] == pytest.approx(100 * right)
    for name, (beta, probs, _) in found.items():
        assert numbers[name] == pytest.approx(float(((beta - p / q) ** 2).mean()))
        corrected = ((probs * beta).argmax(dim=1) == y_target).double().mean().item()
        assert numbers[f"gain_{name}"] == pytest.approx(100 * (corrected - right))
    assert numbers["oracle"] == 0
    assert numbers["em_ts_by_prior"] == pytest.approx(float(((p / found["em_ts"].prior - p / q) ** 2).mean()))


def test_trials_are_draws_that_repeat_with_the_seed() -> None:
    models, y, y_target = models_and_labels()
    one, two, other = (table.trials(SMALL, models, y, y_target, 3, seed) for seed in (0, 0, 1))
    assert {tuple(values.shape) for values in one.values()} == {(2, 3)}
    assert torch.equal(one["soft"], two["soft"])
    assert not torch.equal(one["soft"], other["soft"])
    assert len(one["soft"].unique()) == 6  # every draw is another one
    # tweak 0.9: w = 0.9 / 0.25 for class 3 and 0.133 for the others; no correction would have the error 2.3
    assert one["soft"].max() < 1
    with pytest.raises(ValueError, match="n: 700 validation examples without replacement, but there are 600"):
        table.trials(table.Row("none", 700), models, y, y_target, 1, 0)
    with pytest.raises(ValueError, match="num_draws: must be at least 1"):
        table.trials(SMALL, models, y, y_target, 0, 0)


def test_summary_has_medians_and_mean_gains() -> None:
    numbers = {name: torch.tensor([[1.0, 2.0], [3.0, 10.0]], dtype=DOUBLE) for name in (
        "acc", "hard", "em_bcts", "em_ts", "gain_oracle", "gain_em_bcts")}  # fmt: skip
    numbers["em_ts_by_prior"] = 2 * numbers["em_ts"] + 1
    numbers["gain_em_bcts"] = numbers["gain_em_bcts"] - 0.5
    short = table.summary(numbers)
    assert (short["hard"], short["gain_oracle"]) == (2.5, 4.0)
    assert short["em_bcts_over_hard"] == 1.0
    assert short["oracle_minus_em_bcts"] == 0.5
    assert (short["em_ts_best_model"], short["em_ts_worst_model"]) == (1.5, 6.5)
    assert short["em_ts_correlation"] == pytest.approx(1)
    assert set(map(type, short.values())) == {float}
    single = table.summary({name: values[:1, :1] for name, values in numbers.items()})
    assert math.isnan(single["em_ts_correlation"])


def test_models_are_trained_and_differ_by_their_seed() -> None:
    pools = table.image_pools("digits")
    one, two, other = (table.trained_model(pools, num_epochs=8, lr=0.2, seed=seed) for seed in (0, 0, 1))
    assert torch.equal(one.target, two.target)
    assert not torch.equal(one.target, other.target)
    assert (one.logits.shape, one.target.shape, one.logits.dtype) == ((239, 10), (360, 10), DOUBLE)
    assert (one.target.argmax(dim=1) == pools.y_target).double().mean() > 0.85


# The table


def test_a_number_has_its_row_in_its_name() -> None:
    assert table.metric(table.Row("tweak 0.9", 2000), "soft") == "tweak_0.9_2000_soft"


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"data": "digits"}, "data: the table has rows for mnist, fashion_mnist, got 'digits'"),
        ({"num_models": 0}, "num_models: must be at least 1"),
        ({"num_draws": 0}, "num_draws: must be at least 1"),
        ({"device": "gpu"}, "device: 'gpu' is not a device"),
    ],
)
def test_bad_knobs(knobs: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        table.label_shift_table(**knobs)


def test_the_figure_has_every_row_and_method() -> None:
    metrics = {table.metric(row, name): 0.001 for row in table.ROWS["mnist"] for name in table.COLUMNS}
    axes = table.draw_table(table.ROWS["mnist"], metrics, True).axes[0]
    assert axes.get_yticklabels()[0].get_text() == "tweak 0.9, n = 2000"
    assert len(axes.lines) == 11
    assert len(table.draw_table(table.ROWS["fashion_mnist"], metrics | {
        table.metric(row, name): 0.001 for row in table.ROWS["fashion_mnist"] for name in table.COLUMNS
    }, False).axes[0].lines) == 5  # fmt: skip


@pytest.mark.experiment
def test_em_ts_is_off_by_its_prior(real_data: object) -> None:
    """3 networks x 10 draws, the default."""
    metrics = table.label_shift_table(data=real_data("mnist"), device="cpu").metrics
    assert metrics["tweak_0.9_2000_em_ts_correlation"] > 0.9
    assert metrics["tweak_0.9_2000_em_ts_frequencies"] < 0.5 * metrics["tweak_0.9_2000_em_ts"]


MUTANTS = [
    Mutant("target_shares", "tweak_one(k, float(size))", "tweak_one(k, 1 - float(size))",
           test_shares_of_the_shifts),
    Mutant("target_shares", "[float(size)] * k", "[1 / float(size)] * k", test_shares_of_the_shifts),
    Mutant("target_labels", "(n * p).long()", "(n * p).ceil().long()",
           test_labels_are_the_whole_counts_and_a_random_rest),
    Mutant("answers", "(hard.raw / q).clamp(min=0)", "(hard.raw / q).abs()",
           test_every_answer_equals_its_definition),
    Mutant("answers", "ts(target), ts(logits)", "ts(target), logits.softmax(dim=1)",
           test_every_answer_equals_its_definition),
    Mutant("trial", "probs * beta, y_target", "probs, y_target", test_a_trial_measures_errors_and_gains),
    Mutant("trial", "mean_prediction(y_target, k), mean_prediction(y, k)",
           "mean_prediction(y, k), mean_prediction(y_target, k)", test_a_trial_measures_errors_and_gains),
    Mutant("trained_model", "predict(net, pools.X_val)", "predict(net, pools.X)",
           test_models_are_trained_and_differ_by_their_seed),
    Mutant("trials", "[seed, i, j]", "[seed, i]", test_trials_are_draws_that_repeat_with_the_seed),
    Mutant("trials", "model.target[target], y_target[target]", "model.target[val], y_target[target]",
           test_trials_are_draws_that_repeat_with_the_seed, dies_of=(AssertionError, IndexError)),
    Mutant("summary", "v.quantile(0.5)", "v.mean()", test_summary_has_medians_and_mean_gains),
    Mutant("metric", "{row.n} {name}", "{name} {row.n}",
           test_a_number_has_its_row_in_its_name),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(table, MUTANTS)
