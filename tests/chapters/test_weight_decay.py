"""Weight decay: penalties and steps against torch, the notes' problem, closed forms, and sparsity."""

import inspect
import math
from functools import partial

import mutants
import numpy as np
import pytest
import torch
from mutants import Mutant
from sklearn.linear_model import Lasso, Ridge

import d2lcore as d2l
from chapters import weight_decay

CPU = torch.device("cpu")


# The pieces


@pytest.mark.parametrize("shape", [(7, 1), (3, 4), (0, 1), ()])
def test_l2_penalty_is_half_the_squared_norm_with_gradient_w(shape: tuple, device: torch.device) -> None:
    w = torch.randn(shape, dtype=torch.float64, device=device, requires_grad=True)
    penalty = weight_decay.l2_penalty(w)
    torch.testing.assert_close(penalty, torch.linalg.vector_norm(w) ** 2 / 2, rtol=1e-14, atol=0)
    torch.testing.assert_close(torch.autograd.grad(penalty, w)[0], w.detach(), rtol=1e-14, atol=0)


@pytest.mark.parametrize("shape", [(7, 1), (3, 4), (0, 1), ()])
def test_l1_penalty_is_the_sum_of_sizes_with_gradient_sign(shape: tuple, device: torch.device) -> None:
    w = torch.randn(shape, dtype=torch.float64, device=device, requires_grad=True)
    penalty = weight_decay.l1_penalty(w)
    torch.testing.assert_close(penalty, torch.linalg.vector_norm(w, ord=1), rtol=1e-14, atol=0)
    assert torch.equal(torch.autograd.grad(penalty, w)[0], w.detach().sign())
    zero = torch.zeros(3, requires_grad=True)
    assert not torch.autograd.grad(weight_decay.l1_penalty(zero), zero)[0].any()


def test_penalties_take_any_layout_and_device() -> None:
    w = torch.randn(6, 4)[::2].T
    assert weight_decay.l2_penalty(w) == pytest.approx(float((w.contiguous() ** 2).sum() / 2))
    assert weight_decay.l1_penalty(w.to("meta")).device.type == "meta"
    assert weight_decay.l2_penalty(w.to("meta")).shape == ()


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


@pytest.mark.parametrize("bad", [-0.1, math.nan])
@pytest.mark.parametrize("name", ["lr", "lambd"])
def test_step_of_negative_length_or_decay(name: str, bad: float) -> None:
    with pytest.raises(ValueError, match=f"{name}: "):
        weight_decay.decay_step(torch.ones(2), torch.ones(2), **{"lr": 0.1, "lambd": 0.1, name: bad})


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


def test_problem_is_that_of_the_notes() -> None:
    train_iter, test_iter = weight_decay.problem(5, CPU)
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


@pytest.mark.parametrize("seed", range(5))
def test_numbers_of_the_notes(seed: int) -> None:
    without, decayed = (weight_decay.descend(lambd, 0.003, 100, 5, CPU, seed).metrics for lambd in (0, 3))
    assert 11 <= without["w_norm"] <= 16  # 004 3.5.2 prints 12.57; seeds 0-4 span 12.8-15.0
    assert 0.30 <= decayed["w_norm"] <= 0.45  # and 0.3554; 0.348-0.404
    assert without["test_loss"] >= 100 * decayed["test_loss"]  # 644-1234 times
    assert without["train_loss"] < 1e-3 * without["test_loss"]


def first_weights(seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The training X and the first w of `descend`, drawn again."""
    d2l.seed_everything(seed)
    train_iter, _ = weight_decay.problem(5, CPU)
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

    ours = weight_decay.descend(lambd, lr, 1, batch_size, CPU, 0)
    torch.testing.assert_close(
        weight_decay.unseen(final_weights(ours), X), whole**3 * hidden, rtol=0, atol=1e-6
    )
    assert (notes - whole**3 * hidden).abs().max() > 1e-3  # so the two are not the same


@pytest.mark.parametrize("variant", VARIANTS)
def test_training_to_the_end_finds_the_ridge_solution_with_a_free_bias(variant: str) -> None:
    result = run(variant, lambd=30.0, lr=0.035, num_epochs=400, batch_size=20)
    d2l.seed_everything(0)
    train_iter, _ = weight_decay.problem(20, CPU)
    X, y = (part.double() for part in train_iter.dataset.tensors)
    w, b = weight_decay.minimum_l2(X, y, 30.0)
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
    result = weight_decay.with_and_without(device="cpu")
    for lambd in (0, 3):
        alone = weight_decay.scratch(lambd=lambd, device="cpu").metrics
        assert {name: result.metrics[f"{name}, lambda {lambd}"] for name in alone} == alone
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
        ({"lambd": -3.0}, "lambd: a regularisation constant must be finite and at least 0, got -3"),
        ({"lambd": math.inf}, "lambd: "),
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
    with pytest.raises(d2l.TrainingDiverged, match=r"the learning rate was 0\.003: try 0\.0003"):
        run(variant, lambd=1000.0)


# The closed forms


@pytest.mark.parametrize("shape", [(30, 8), (8, 30)])
def test_minimum_with_l2_is_that_of_scikit_learn_and_has_no_slope(shape: tuple[int, int]) -> None:
    X, y = torch.randn(shape, dtype=torch.float64), torch.randn(shape[0], 1, dtype=torch.float64)
    w, b = (part.requires_grad_() for part in weight_decay.minimum_l2(X, y, 0.3))
    objective = d2l.squared_loss(X @ w + b, y).mean() + 0.3 * weight_decay.l2_penalty(w)
    for slope in torch.autograd.grad(objective, (w, b)):
        assert slope.abs().max() < 1e-12
    model = Ridge(alpha=0.3 * shape[0], solver="svd").fit(X.numpy(), y.numpy().ravel())
    np.testing.assert_allclose(w.detach().ravel(), model.coef_, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("shape", [(30, 8), (8, 12)])
def test_minimum_with_l1_is_that_of_scikit_learn_and_cannot_descend(shape: tuple[int, int]) -> None:
    X, y = torch.randn(shape, dtype=torch.float64), torch.randn(shape[0], 1, dtype=torch.float64)
    w, b = (part.requires_grad_() for part in weight_decay.minimum_l1(X, y, 0.1))
    slope, slope_b = torch.autograd.grad(d2l.squared_loss(X @ w + b, y).mean(), (w, b))
    w = w.detach()
    assert 0 < (w == 0).sum() < len(w)
    assert slope_b.abs() < 1e-10
    torch.testing.assert_close(slope[w != 0], -0.1 * w[w != 0].sign(), rtol=1e-8, atol=1e-8)
    assert (slope[w == 0].abs() < 0.1).all()
    model = Lasso(alpha=0.1, tol=1e-12, max_iter=100_000).fit(X.numpy(), y.numpy().ravel())
    np.testing.assert_allclose(w.ravel(), model.coef_, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("minimum", ["minimum_l2", "minimum_l1"])
def test_labels_without_a_column_are_read_as_one(minimum: str) -> None:
    X, y = torch.randn(9, 3, dtype=torch.float64), torch.randn(9, 1, dtype=torch.float64)
    find = getattr(weight_decay, minimum)
    for one, other in zip(find(X, y, 0.2), find(X, y.flatten(), 0.2), strict=True):
        assert torch.equal(one, other)
    with pytest.raises(ValueError, match="lambd: a regularisation constant must be finite and at least 0"):
        find(X, y, -0.2)


def test_path_goes_from_least_squares_to_zero() -> None:
    result = weight_decay.path()
    metrics = result.metrics
    worst = {n: metrics[f"test_loss at lambda 0.0001, n = {n}"] for n in (20, 100, 180)}
    best = {n: metrics[f"test_loss there, n = {n}"] for n in (20, 100, 180)}
    assert best[180] < best[100] < best[20]
    assert worst[180] > 3 * best[180]  # the noise is fitted at any price
    assert worst[20] < 1.1 * best[20]  # hardly matters
    # For w ~ N(0, 0.01^2) the best lambda is noise^2 / (n 0.01^2): 0.56 for 180 examples.
    assert 0.1 < metrics["best lambda, n = 180"] < 4
    losses, norms = result.figure.axes
    assert len(losses.lines) == 6
    for line in norms.lines[:3]:
        norm = np.array(line.get_ydata(), float)
        assert (np.diff(norm) < 0).all()
        assert norm[-1] < 0.01


@pytest.mark.parametrize("seed", [0, 1])
def test_lasso_wins_where_the_truth_is_sparse_and_ridge_where_it_is_not(seed: int) -> None:
    metrics = weight_decay.sparsity(seed=seed, num_lambdas=5).metrics
    ridge, lasso = ("ridge (L2)", "lasso (L1)")
    assert metrics[f"{lasso}, 4 of 40: best test_loss"] < 0.6 * metrics[f"{ridge}, 4 of 40: best test_loss"]
    assert metrics[f"{ridge}, all 40: best test_loss"] < 0.7 * metrics[f"{lasso}, all 40: best test_loss"]
    assert 20 <= metrics[f"{lasso}, 4 of 40: zeros there"] <= 36
    assert metrics[f"{ridge}, 4 of 40: zeros there"] == 0
    assert metrics["SGD on L1, 4 of 40: zeros"] == 0
    assert metrics["SGD on L1, 4 of 40: below 0.01"] > 10


def test_sgd_comes_near_the_minimum_with_l1_but_leaves_no_zeros() -> None:
    X = torch.randn(30, 12, dtype=torch.float64)
    y = X[:, :1] + 2 + 0.1 * torch.randn(30, 1, dtype=torch.float64)
    w, _ = weight_decay.minimum_l1(X, y, 0.2)
    descended = weight_decay.descend_l1(X, y, 0.2)
    assert (w == 0).sum() > 5
    assert (descended != 0).all()
    # A step moves a weight at 0 by lr * lambd = 0.004, and the batches of ten disagree by as much again.
    assert (w - descended).abs().max() < 0.05
    assert (w[0] - descended[0]).abs() < 0.02


@pytest.mark.usefixtures("unchecked")
def test_labels_that_would_broadcast_are_not_trained_on() -> None:
    with pytest.raises(ValueError, match=r"y: shape \(10,\) beside predictions of shape \(10, 1\)"):
        weight_decay.descend_l1(torch.randn(30, 3), torch.randn(30), 0.1)


@pytest.mark.parametrize(
    ("variant", "knobs", "message"),
    [
        ("path", {"noise": -0.1}, "noise: a standard deviation cannot be negative"),
        ("path", {"num_lambdas": 0}, "num_lambdas: must be at least 1"),
        ("sparsity", {"num_examples": 0}, "num_examples: must be at least 1"),
        ("sparsity", {"num_lambdas": 0}, "num_lambdas: must be at least 1"),
        ("sparsity", {"seed": -1}, "seed: must be in"),
    ],
)
def test_bad_knobs_of_the_closed_forms(variant: str, knobs: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        getattr(weight_decay, variant)(**knobs)


equals_torch = partial(test_step_is_that_of_torch_with_weight_decay, CPU)
ridge_equals = partial(test_minimum_with_l2_is_that_of_scikit_learn_and_has_no_slope, (30, 8))
MUTANTS = [
    Mutant("problem", "0.05, 100", "0.05, 20", test_problem_is_that_of_the_notes),
    Mutant("problem", "0.01, device", "0.1, device", test_problem_is_that_of_the_notes),
    Mutant("problem", "is_train=False", "is_train=True", test_problem_is_that_of_the_notes),
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
    Mutant("decay_step", "    check_lambd(lambd)\n", "",
           partial(test_step_of_negative_length_or_decay, "lambd", -0.1)),
    Mutant("decay_step", "not lr >= 0", "lr < 0",
           partial(test_step_of_negative_length_or_decay, "lr", math.nan)),
    Mutant("minimum_l2", "len(X) * lambd / 2", "lambd / 2", ridge_equals),
    Mutant("minimum_l2", "len(X) * lambd / 2", "len(X) * lambd", ridge_equals),
    Mutant("minimum_l1", "len(X) * lambd", "len(X) * lambd / 2",
           partial(test_minimum_with_l1_is_that_of_scikit_learn_and_cannot_descend, (30, 8))),
    Mutant("l1_penalty", "w.abs()", "w",
           partial(test_l1_penalty_is_the_sum_of_sizes_with_gradient_sign, (7, 1), CPU)),
    Mutant("descend_l1", "lambd * l1_penalty(w)", "lambd * l2_penalty(w)",
           test_sgd_comes_near_the_minimum_with_l1_but_leaves_no_zeros),
    Mutant("descend_l1", "sgd([w, b]", "sgd([w]",
           test_sgd_comes_near_the_minimum_with_l1_but_leaves_no_zeros),
]  # fmt: skip


# of functions that give a `Result`
MORE_MUTANTS = [
    Mutant("descend", "lambd * l2_penalty(w)", "lambd * (l2_penalty(w) + l2_penalty(b))",
           partial(test_training_to_the_end_finds_the_ridge_solution_with_a_free_bias, "scratch")),
    Mutant("descend", "lambd * l2_penalty(w)", "2 * lambd * l2_penalty(w)",
           test_the_notes_step_is_too_short_in_a_last_short_batch),
    Mutant("descend", ", penalty=penalty", "",
           test_the_notes_step_is_too_short_in_a_last_short_batch),
    Mutant("measured", "unseen(w, X).norm()", "w.norm()",
           partial(test_unseen_part_of_the_start_only_decays, "scratch", 3.0)),
    Mutant("concise", '{"params": [net.bias]}', '{"params": [net.bias], "weight_decay": lambd}',
           partial(test_training_to_the_end_finds_the_ridge_solution_with_a_free_bias, "concise")),
    Mutant("concise", "half_mse", "nn.MSELoss(reduction='none')",
           partial(test_one_seed_gives_scratch_and_concise_the_same_losses, 3.0, 5)),
    Mutant("with_and_without", "-(-20 // batch_size)", "20 // batch_size",
           partial(test_prediction_counts_the_steps_of_any_batch_size, 8)),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(weight_decay, [*MUTANTS, *MORE_MUTANTS])
