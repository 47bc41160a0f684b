"""Weight decay: the penalty and the step against torch, the notes' data, and the hard constraint."""

import inspect
from functools import partial

import mutants
import numpy as np
import pytest
import torch
from mutants import Mutant
from recording import recorded

import d2lcore as d2l
from chapters import weight_decay
from chapters.least_squares import least_squares, ridge

CPU = torch.device("cpu")


# The pieces


@pytest.mark.parametrize("shape", [(7, 1), (3, 4), (0, 1), ()])
def test_l2_penalty_is_half_the_squared_norm_with_gradient_w(shape: tuple, device: torch.device) -> None:
    w = torch.randn(shape, dtype=torch.float64, device=device, requires_grad=True)
    penalty = weight_decay.l2_penalty(w)
    torch.testing.assert_close(penalty, torch.linalg.vector_norm(w) ** 2 / 2, rtol=1e-14, atol=0)
    torch.testing.assert_close(torch.autograd.grad(penalty, w)[0], w.detach(), rtol=1e-14, atol=0)


def test_step_is_that_of_torch_with_weight_decay(device: torch.device) -> None:
    w = torch.randn(5, 3, dtype=torch.float64, device=device)
    param = torch.nn.Parameter(w.clone())
    updater = torch.optim.SGD([param], lr=0.1, weight_decay=0.7)
    for _ in range(5):
        grad = torch.randn(5, 3, dtype=torch.float64, device=device)
        w = weight_decay.decay_step(w, grad, lr=0.1, lambd=0.7)
        param.grad = grad
        updater.step()
    torch.testing.assert_close(w, param.detach(), rtol=1e-12, atol=1e-12)


def test_step_descends_the_loss_with_its_penalty() -> None:
    X, y = torch.randn(9, 4, dtype=torch.float64), torch.randn(9, 1, dtype=torch.float64)
    w = torch.randn(4, 1, dtype=torch.float64, requires_grad=True)
    mean = d2l.squared_loss(X @ w, y).mean()
    (plain,) = torch.autograd.grad(mean, w, retain_graph=True)
    (penalised,) = torch.autograd.grad(mean + 0.7 * weight_decay.l2_penalty(w), w)
    with torch.no_grad():
        stepped = weight_decay.decay_step(w, plain, 0.1, 0.7)
    torch.testing.assert_close(stepped, (w - 0.1 * penalised).detach(), rtol=1e-12, atol=1e-12)


def test_step_without_decay_or_without_gradient() -> None:
    w, grad = torch.randn(5), torch.randn(5)
    assert torch.equal(weight_decay.decay_step(w, grad, 0.5, 0.0), w - 0.5 * grad)
    assert torch.equal(weight_decay.decay_step(w, 0 * grad, 0.5, 0.5), 0.75 * w)


def test_unseen_part_changes_no_prediction_and_is_all_that_changes_none(device: torch.device) -> None:
    X = torch.randn(5, 12, dtype=torch.float64, device=device)
    w = torch.randn(12, 1, dtype=torch.float64, device=device)
    hidden = weight_decay.unseen(w, X)
    assert (X @ hidden).abs().max() < 1e-12
    rest = w - hidden  # a combination of the examples
    torch.testing.assert_close(weight_decay.unseen(rest, X), torch.zeros_like(w), rtol=0, atol=1e-12)
    assert hidden.norm() > 1
    square = torch.randn(12, 12, dtype=torch.float64, device=device)
    assert weight_decay.unseen(w, square).abs().max() < 1e-9  # a few digits of its condition number


def test_data_are_those_of_the_notes() -> None:
    train_iter, test_iter = weight_decay.notes_data(5, CPU)
    (X, y), (X_test, y_test) = train_iter.dataset.tensors, test_iter.dataset.tensors
    assert [tuple(part.shape) for part in (X, y, X_test, y_test)] == [
        (20, 200),
        (20, 1),
        (100, 200),
        (100, 1),
    ]
    assert (len(train_iter), train_iter.shuffle, test_iter.shuffle) == (4, True, False)
    # Noise of standard deviation 0.01 exceeds 0.06 in one of 120 draws with probability 2.4e-7.
    for features, labels in ((X, y), (X_test, y_test)):
        assert (labels - 0.05 - 0.01 * features.sum(dim=1, keepdim=True)).abs().max() < 0.06
    assert not torch.equal(X, X_test[:20])


# Training


VARIANTS = ["scratch", "concise"]


def run(variant: str, **knobs: object) -> d2l.Result:
    """The result of a variant as the module has it now, which may be a mutant."""
    return getattr(weight_decay, variant)(device="cpu", **knobs)


def test_scratch_and_concise_have_the_same_knobs() -> None:
    assert inspect.signature(weight_decay.scratch) == inspect.signature(weight_decay.concise)


@pytest.mark.parametrize("batch_size", [5, 8])  # with 8, the last batch has 4
@pytest.mark.parametrize("lambd", [0.0, 3.0])
def test_one_seed_gives_scratch_and_concise_the_same_losses(lambd: float, batch_size: int) -> None:
    knobs = {"lambd": lambd, "batch_size": batch_size, "num_epochs": 30}
    one, other = (run(variant, **knobs, seed=1) for variant in VARIANTS)
    for name in ("train_loss", "test_loss"):
        assert one.history[name] == pytest.approx(other.history[name], abs=1e-4)
    X = torch.randn(3, 200)
    torch.testing.assert_close(one.net(X), other.net(X), rtol=1e-4, atol=1e-4)
    assert torch.equal(one.net(X), X @ one.weights["w"] + one.weights["b"])
    assert one.history["train_loss"] != run("scratch", **knobs).history["train_loss"]


@pytest.mark.parametrize("variant", VARIANTS)
def test_default_is_a_decay_of_three(variant: str) -> None:
    result = run(variant)
    assert list(result.metrics) == ["w_norm", "unseen_norm", "train_loss", "test_loss"]
    assert set(map(type, result.metrics.values())) == {float}
    assert result.metrics["test_loss"] == result.history[-1]["test_loss"]
    axes = result.figure.axes
    assert len(axes) == 1
    assert axes[0].get_yscale() == "log"
    assert [len(line.get_xdata()) for line in axes[0].lines] == [100, 100]
    assert "lambda = 3" in axes[0].get_title()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_numbers_of_the_notes(seed: int) -> None:
    without, decayed = (run("scratch", lambd=lambd, seed=seed).metrics for lambd in (0.0, 3.0))
    assert 11 <= without["w_norm"] <= 16  # 004 3.5.2 prints 12.57; seeds 0-4 span 12.8-15.0
    assert 0.30 <= decayed["w_norm"] <= 0.45  # and 0.3554; 0.348-0.404
    assert without["test_loss"] >= 100 * decayed["test_loss"]  # 644-1234 times
    assert without["train_loss"] < 1e-3 * without["test_loss"]


def first_weights(seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The training X and the first w, drawn again."""
    d2l.seed_everything(seed)
    train_iter, _ = weight_decay.notes_data(5, CPU)
    return train_iter.dataset.tensors[0].double(), torch.normal(0, 1, (200, 1)).double()


def final_weights(result: d2l.Result) -> torch.Tensor:
    """w, read off the predictions for the unit vectors and the origin."""
    with torch.no_grad():
        return (result.net(torch.eye(200)) - result.net(torch.zeros(1, 200))).double()


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("lambd", [0.0, 3.0])
def test_unseen_part_of_the_start_only_decays(variant: str, lambd: float) -> None:
    result = run(variant, lambd=lambd)
    X, w = first_weights(0)
    factor = (1 - 0.003 * lambd) ** 400
    # 400 roundings of float32 on weights of at most 4: 400 * 4 * 6e-8, and in the random walk less
    torch.testing.assert_close(
        weight_decay.unseen(final_weights(result), X), factor * weight_decay.unseen(w, X), rtol=0, atol=1e-5
    )
    assert result.metrics["unseen_norm"] == pytest.approx(
        factor * float(weight_decay.unseen(w, X).norm()), 1e-3
    )
    assert result.metrics["w_norm"] == pytest.approx(float(final_weights(result).norm()), 1e-4)


def test_the_notes_step_is_too_short_in_a_last_short_batch() -> None:
    """Errata 23: 004 3.5.2 adds the penalty to every example, sums, and divides by a fixed batch size."""
    X, start = first_weights(0)
    lambd, lr, batch_size = 3.0, 0.003, 8
    y, w = X @ start, start.clone().requires_grad_()  # fitted already: nothing but decay is left at first
    for part in range(0, 20, batch_size):
        l = d2l.squared_loss(X[part : part + 8] @ w, y[part : part + 8]) + lambd * weight_decay.l2_penalty(w)
        l.sum().backward()
        d2l.sgd([w], lr, batch_size)
    hidden = weight_decay.unseen(start, X)
    notes = weight_decay.unseen(w.detach(), X)
    whole, half = 1 - lr * lambd, 1 - lr * lambd * 4 / 8
    torch.testing.assert_close(notes, whole**2 * half * hidden, rtol=0, atol=1e-12)

    ours = run("scratch", lambd=lambd, lr=lr, num_epochs=1, batch_size=batch_size)
    torch.testing.assert_close(
        weight_decay.unseen(final_weights(ours), X), whole**3 * hidden, rtol=0, atol=1e-6
    )
    assert (notes - whole**3 * hidden).abs().max() > 1e-3  # so the two are not the same


@pytest.mark.parametrize("variant", VARIANTS)
def test_training_to_the_end_finds_the_ridge_solution_with_a_free_bias(variant: str) -> None:
    result = run(variant, lambd=30.0, lr=0.035, num_epochs=400, batch_size=20)
    d2l.seed_everything(0)
    train_iter, _ = weight_decay.notes_data(20, CPU)
    X, y = (part.double() for part in train_iter.dataset.tensors)
    w, b = ridge(X, y, 30.0)
    with torch.no_grad():
        bias = result.net(torch.zeros(1, 200)).double().flatten()
    # The slowest direction, that of the bias with weights that follow it, is left with about
    # (1 - 0.035 * 0.75)^400 = 2e-5 of its start, which is 0.05.
    torch.testing.assert_close(final_weights(result), w, rtol=0, atol=1e-5)
    torch.testing.assert_close(bias, b, rtol=0, atol=1e-5)
    Z = torch.cat([X, torch.ones(20, 1).double()], dim=1)
    decayed = torch.linalg.solve(Z.T @ Z / 20 + 30 * torch.eye(201).double(), Z.T @ y / 20)[-1]
    assert abs(bias - decayed) > 0.01  # it would be another one, had it decayed too


def test_with_and_without_tells_the_two_apart() -> None:
    few = weight_decay.with_and_without(num_epochs=5, device="cpu").metrics
    for lambd in (0, 3):
        alone = weight_decay.scratch(lambd=lambd, num_epochs=5, device="cpu").metrics
        assert {name: few[f"{name}, lambda {lambd}"] for name in alone} == alone
    assert few["test_loss, ratio"] == pytest.approx(few["test_loss, lambda 0"] / few["test_loss, lambda 3"])
    result = weight_decay.with_and_without(device="cpu")
    assert result.metrics["test_loss, ratio"] > 100
    predicted, found = (result.metrics[f"unseen_norm, {name}"] for name in ("predicted", "lambda 3"))
    assert predicted == pytest.approx(found, rel=1e-4)
    left, right = result.figure.axes
    assert [len(panel.lines) for panel in (left, right)] == [2, 2]
    assert left.get_ylim() == right.get_ylim()


@pytest.mark.parametrize("batch_size", [1, 8, 64])
def test_prediction_counts_the_steps_of_any_batch_size(batch_size: int) -> None:
    metrics = weight_decay.with_and_without(num_epochs=3, batch_size=batch_size, device="cpu").metrics
    assert metrics["unseen_norm, predicted"] == pytest.approx(metrics["unseen_norm, lambda 3"], rel=1e-4)


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        (
            {"lambd": -3.0},
            "lambd: a regularisation constant must be finite and at least 0, got -3",
        ),
        ({"batch_size": 0}, "batch_size: must be at least 1"),
        ({"num_epochs": 0}, "num_epochs: must be at least 1"),
        ({"lr": -1.0}, "learning rate"),
        ({"seed": -1}, "seed: must be in"),
        ({"device": "gpu"}, "device: 'gpu' is not a device"),
    ],
)
@pytest.mark.parametrize("variant", [*VARIANTS, "with_and_without"])
def test_bad_knobs(variant: str, knobs: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        getattr(weight_decay, variant)(**knobs)


@pytest.mark.parametrize("variant", VARIANTS)
def test_decay_beyond_two_over_the_learning_rate_diverges(variant: str) -> None:
    with pytest.raises(d2l.TrainingDiverged, match=r"training diverged in epoch \d+: .* learning rate"):
        run(variant, lambd=1000.0)


# The hard constraint


def test_projection_is_the_nearest_point_of_the_ball(device: torch.device) -> None:
    w = torch.randn(3, 2, dtype=torch.float64, device=device)
    near = weight_decay.project(w, 0.25)
    assert near.norm().item() == pytest.approx(0.5, rel=1e-14)
    others = torch.randn(1000, 3, 2, dtype=torch.float64, device=device)
    others = 0.5 * others / others.flatten(1).norm(dim=1)[:, None, None]
    assert ((others - w).flatten(1).norm(dim=1) >= (near - w).norm()).all()
    assert torch.equal(weight_decay.project(w, 100.0), w)
    assert not weight_decay.project(w, 0.0).any()
    assert not weight_decay.project(0 * w, 0.0).any()


@pytest.mark.parametrize("shape", [(30, 8), (8, 30)])
@pytest.mark.parametrize("lambd", [0.1, 1.0, 10.0])
def test_penalty_and_constraint_meet_for_matching_lambda_and_theta(
    shape: tuple[int, int], lambd: float
) -> None:
    X, y = torch.randn(shape, dtype=torch.float64), torch.randn(shape[0], 1, dtype=torch.float64)
    w_penalty, b_penalty = ridge(X, y, lambd)
    w, b = weight_decay.minimum_within(X, y, float((w_penalty**2).sum()))
    # 300 steps leave (1 - s_min^2 / s_max^2)^300 of the start: below 1e-9 here.
    torch.testing.assert_close(w, w_penalty, rtol=0, atol=1e-7)
    torch.testing.assert_close(b, b_penalty, rtol=0, atol=1e-7)
    w.requires_grad_()
    (slope,) = torch.autograd.grad(d2l.squared_loss(X @ w + b, y).mean(), w)
    torch.testing.assert_close(slope, -lambd * w.detach(), rtol=0, atol=1e-6)


def test_constraint_that_does_not_bind_gives_least_squares() -> None:
    X, y = torch.randn(30, 4, dtype=torch.float64), torch.randn(30, 1, dtype=torch.float64)
    for mine, expected in zip(weight_decay.minimum_within(X, y, 100.0), least_squares(X, y), strict=True):
        torch.testing.assert_close(mine, expected, rtol=0, atol=1e-10)


def test_larger_lambda_means_smaller_theta() -> None:
    result = weight_decay.constraint(num_lambdas=5)
    assert result.metrics["largest relative difference of w"] < 1e-10
    left, right = result.figure.axes
    assert (np.diff(left.lines[0].get_ydata()) < 0).all()
    np.testing.assert_allclose(right.lines[1].get_ydata(), right.lines[0].get_ydata(), rtol=1e-8)


def test_constraint_reports_the_largest_difference_of_its_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    soft, hard = (
        recorded(monkeypatch, weight_decay, "ridge"),
        recorded(monkeypatch, weight_decay, "minimum_within"),
    )
    metrics = weight_decay.constraint(num_lambdas=3).metrics
    assert [given[2] for given in soft.arguments] == pytest.approx([0.01, 1, 100])
    apart = []
    for (w, _), (within, _), (*_, theta) in zip(soft, hard, hard.arguments, strict=True):
        w, within = w.numpy().ravel(), within.numpy().ravel()
        assert theta == pytest.approx(w @ w)
        apart.append(np.linalg.norm(within - w) / np.linalg.norm(w))
    assert metrics == pytest.approx({"largest relative difference of w": max(apart)})


equals_torch = partial(test_step_is_that_of_torch_with_weight_decay, CPU)
MUTANTS = [
    Mutant("notes_data", "(20, 100)", "(20, 20)", test_data_are_those_of_the_notes),
    Mutant("notes_data", "0.01, device", "0.1, device", test_data_are_those_of_the_notes),
    Mutant("notes_data", "is_train=False", "is_train=True", test_data_are_those_of_the_notes),
    Mutant("unseen", "w - torch.linalg.pinv(X) @ (X @ w)", "torch.linalg.pinv(X) @ (X @ w)",
           partial(test_unseen_part_changes_no_prediction_and_is_all_that_changes_none, CPU)),
    Mutant("unseen", "torch.linalg.pinv(X)", "X.T",
           partial(test_unseen_part_changes_no_prediction_and_is_all_that_changes_none, CPU)),
    Mutant("l2_penalty", ".sum() / 2", ".sum()",
           partial(test_l2_penalty_is_half_the_squared_norm_with_gradient_w, (7, 1), CPU)),
    Mutant("l2_penalty", "(w**2).sum()", "(w**2).mean()",
           partial(test_l2_penalty_is_half_the_squared_norm_with_gradient_w, (7, 1), CPU)),
    Mutant("decay_step", "(1 - lr * lambd) * w", "(1 - lambd) * w", equals_torch),
    Mutant("decay_step", "- lr * grad", "- (1 - lr * lambd) * lr * grad", equals_torch),
    Mutant("project", "theta**0.5", "theta", partial(test_projection_is_the_nearest_point_of_the_ball, CPU)),
    Mutant("project", ".sum() <= theta", ".sum() <= 0",
           partial(test_projection_is_the_nearest_point_of_the_ball, CPU)),
    Mutant("minimum_within", "project(w -", "(lambda w, _: w)(w -",
           partial(test_penalty_and_constraint_meet_for_matching_lambda_and_theta, (30, 8), 1.0)),
    Mutant("minimum_within", "b = (y - X @ w).mean(dim=0)  #", "b = y.mean(dim=0)  #",
           test_constraint_that_does_not_bind_gives_least_squares),
]  # fmt: skip


# of functions that give a `Result`
MORE_MUTANTS = [
    Mutant("train_by_hand", "lambd * l2_penalty(w)", "lambd * (l2_penalty(w) + l2_penalty(b))",
           partial(test_training_to_the_end_finds_the_ridge_solution_with_a_free_bias, "scratch")),
    Mutant("train_by_hand", "lambd * l2_penalty(w)", "2 * lambd * l2_penalty(w)",
           test_the_notes_step_is_too_short_in_a_last_short_batch),
    Mutant("train_by_hand", "lr, len(y))", "lr, batch_size)",
           test_the_notes_step_is_too_short_in_a_last_short_batch),
    Mutant("with_norms", "unseen(w, train_iter.dataset.tensors[0]).norm()", "w.norm()",
           partial(test_unseen_part_of_the_start_only_decays, "scratch", 3.0)),
    Mutant("concise", '{"params": [net.bias]}', '{"params": [net.bias], "weight_decay": lambd}',
           partial(test_training_to_the_end_finds_the_ridge_solution_with_a_free_bias, "concise")),
    Mutant("concise", "d2l.squared_loss", "nn.MSELoss(reduction='none')",
           partial(test_one_seed_gives_scratch_and_concise_the_same_losses, 3.0, 5)),
    Mutant("with_and_without", "-(-20 // batch_size)", "20 // batch_size",
           partial(test_prediction_counts_the_steps_of_any_batch_size, 8)),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(weight_decay, [*MUTANTS, *MORE_MUTANTS])
