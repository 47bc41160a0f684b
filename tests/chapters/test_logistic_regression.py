"""Logistic regression: losses, gradients and curves against torch and scikit-learn, and what it learns."""

import inspect
import math
from functools import partial

import mutants
import pytest
import torch
from mutants import Mutant
from sklearn import metrics as sklearn_metrics
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.nn import functional as F

import d2lcore as d2l
from chapters import logistic_regression as chapter

EXTREMES = [-1e4, -100.0, -1.0, -1e-30, 0.0, 1e-30, 1.0, 100.0, 1e4]


def gradient_of(f: object, X: torch.Tensor) -> torch.Tensor:
    X = X.clone().requires_grad_()
    return torch.autograd.grad(f(X).sum(), X)[0]


def tolerance(dtype: torch.dtype) -> dict[str, float]:
    """1e-10 in float64; in float32 four roundings, of values of at most 1e4 relative to them."""
    return {"rtol": 1e-10, "atol": 1e-10} if dtype == torch.float64 else {"rtol": 1e-6, "atol": 3e-7}


# Confidence


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_sigmoid_equals_the_framework_at_extremes_too(dtype: torch.dtype) -> None:
    X = torch.cat([torch.tensor(EXTREMES), torch.linspace(-5, 5, 101)]).to(dtype)
    torch.testing.assert_close(chapter.sigmoid(X), torch.sigmoid(X), **tolerance(dtype))
    expected = gradient_of(torch.sigmoid, X)
    torch.testing.assert_close(gradient_of(chapter.sigmoid, X), expected, **tolerance(dtype))


def test_sigmoid_keeps_nan_type_layout_and_device() -> None:
    assert chapter.sigmoid(torch.tensor([math.nan])).isnan().all()
    assert chapter.sigmoid(torch.ones(2, 3, dtype=torch.float64).T).dtype == torch.float64
    assert chapter.sigmoid(torch.ones(0, 3)).shape == (0, 3)
    assert chapter.sigmoid(torch.ones(2, device="meta")).device.type == "meta"


def test_sigmoid_is_one_half_at_zero_with_slope_one_quarter() -> None:
    zero = torch.zeros((), dtype=torch.float64)
    assert chapter.sigmoid(zero) == 0.5
    assert gradient_of(chapter.sigmoid, zero) == 0.25


# Cross-entropy


def distributions(num: int, m: int) -> torch.Tensor:
    return torch.distributions.Dirichlet(torch.ones(m, dtype=torch.float64)).sample((num,))


def test_cross_entropy_is_lowest_where_the_distributions_are_equal() -> None:
    """Errata, 000 1.1.2: the closer, the smaller, with the entropy of p at q = p."""
    p, q = distributions(200, 4), distributions(200, 4)
    entropy = chapter.cross_entropy_of(p, p)
    torch.testing.assert_close(entropy, torch.distributions.Categorical(p).entropy(), rtol=1e-10, atol=1e-10)
    excess = chapter.cross_entropy_of(p, q) - entropy
    divergence = F.kl_div(q.log(), p, reduction="none").sum(dim=1)
    torch.testing.assert_close(excess, divergence, rtol=1e-10, atol=1e-10)
    assert (excess > 0).all()


def test_cross_entropy_falls_as_the_distributions_come_closer() -> None:
    """Errata, 000 1.1.2: along the way from q to p every step lowers H(p, q)."""
    p, q = distributions(200, 4), distributions(200, 4)
    way = [chapter.cross_entropy_of(p, q + t * (p - q)) for t in torch.linspace(0, 1, 11).tolist()]
    assert (torch.stack(way).diff(dim=0) < 0).all()


def test_cross_entropy_of_what_cannot_happen() -> None:
    certain, fair = torch.tensor([1.0, 0.0]), torch.tensor([0.5, 0.5])
    assert chapter.cross_entropy_of(certain, certain) == 0
    assert chapter.cross_entropy_of(certain, fair) == pytest.approx(math.log(2))
    assert chapter.cross_entropy_of(fair, certain) == math.inf
    assert chapter.cross_entropy_of(torch.zeros(0, 3), torch.zeros(0, 3)).shape == (0,)


def test_the_drawn_minima_are_at_q_equal_to_p() -> None:
    result = chapter.cross_entropy()
    assert list(result.metrics.values()) == [0.5, 0.8, 0.95]
    assert len(result.figure.axes[0].lines) == 6


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_loss_equals_the_framework_at_extremes_too(dtype: torch.dtype) -> None:
    O = torch.cat([torch.tensor(EXTREMES), torch.linspace(-5, 5, 101)]).to(dtype)
    for label in (0.0, 1.0):
        y = torch.full_like(O, label)
        mine = partial(chapter.binary_cross_entropy, y=y)
        theirs = partial(F.binary_cross_entropy_with_logits, target=y, reduction="none")
        torch.testing.assert_close(mine(O), theirs(O), **tolerance(dtype))
        torch.testing.assert_close(gradient_of(mine, O), gradient_of(theirs, O), **tolerance(dtype))
        assert mine(O).isfinite().all()


def test_gradient_of_the_loss_at_zero_is_one_half_less_the_label() -> None:
    """Where training starts. With relu for the maximum it would be 0 - y."""
    O, y = torch.zeros(2), torch.tensor([0.0, 1.0])
    assert gradient_of(partial(chapter.binary_cross_entropy, y=y), O).tolist() == [0.5, -0.5]
    wrong = gradient_of(lambda O: torch.relu(O) - O * y + torch.log1p(torch.exp(-O.abs())), O)
    assert wrong.tolist() == [0.0, -1.0]


def test_loss_is_the_cross_entropy_of_label_and_confidence() -> None:
    O = torch.linspace(-20, 20, 41, dtype=torch.float64)
    y = (torch.arange(41) % 2).double()
    confidence = torch.stack([chapter.sigmoid(O), chapter.sigmoid(-O)], dim=1)
    expected = chapter.cross_entropy_of(torch.stack([y, 1 - y], dim=1), confidence)
    torch.testing.assert_close(chapter.binary_cross_entropy(O, y), expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(("logits", "labels"), [((5, 1), (5,)), ((5,), (5, 1)), ((5,), (5,)), ((0, 1), (0,))])
def test_labels_take_the_shape_of_the_logits_and_nothing_broadcasts(logits: tuple, labels: tuple) -> None:
    O, y = torch.randn(logits), torch.ones(labels)
    l = chapter.binary_cross_entropy(O, y)
    assert l.shape == logits
    torch.testing.assert_close(l, F.softplus(-O))


@pytest.mark.parametrize("y", [torch.tensor([0, 1, 1]), torch.tensor([False, True, True])])
def test_labels_may_be_whole_numbers_or_booleans(y: torch.Tensor) -> None:
    O = torch.tensor([0.5, -1.0, 2.0], dtype=torch.float64)
    expected = F.binary_cross_entropy_with_logits(O, y.double(), reduction="none")
    torch.testing.assert_close(chapter.binary_cross_entropy(O, y), expected)


def test_loss_of_strided_logits() -> None:
    O, y = torch.randn(6, 2)[:, 0], torch.ones(6)
    torch.testing.assert_close(chapter.binary_cross_entropy(O, y), F.softplus(-O))


def test_another_number_of_labels_than_logits() -> None:
    for y in (torch.zeros(3), torch.zeros(1)):
        with pytest.raises(RuntimeError, match="shape"):
            chapter.binary_cross_entropy(torch.zeros(4, 1), y)


# The data


def test_standardizer_equals_scikit_learn_and_uses_its_own_rows_only() -> None:
    X, other = 3 + 5 * torch.randn(50, 4).double(), torch.randn(20, 4).double()
    scale, scaler = chapter.standardizer(X), StandardScaler().fit(X)
    for rows in (X, other):
        torch.testing.assert_close(
            scale(rows), torch.from_numpy(scaler.transform(rows)), rtol=1e-10, atol=1e-10
        )


@pytest.mark.parametrize("value", [0.0, 0.1, 1e6, 1 / 3])
def test_a_constant_feature_becomes_zero_and_no_infinity(value: float) -> None:
    X = torch.full((7, 1), value)  # torch's standard deviation is about 1e-8 for 0.1, not 0
    assert not chapter.standardizer(X)(X).any()
    assert not chapter.standardizer(X)(X + 1).any()


def test_a_feature_whose_squares_are_too_small_for_its_type_stays_finite() -> None:
    X = torch.tensor(
        [[0.0], [1e-200]], dtype=torch.float64
    )  # it varies, but the square of its deviation is 0
    assert chapter.standardizer(X)(X).isfinite().all()


def test_tumours_malignant_is_positive_and_in_equal_shares() -> None:
    X, y, X_test, y_test = chapter.load_tumours(dtype=torch.float64)
    assert [tuple(part.shape) for part in (X, y, X_test, y_test)] == [(455, 30), (455,), (114, 30), (114,)]
    raw = load_breast_cancer()
    malignant = raw.target_names.tolist().index("malignant")
    assert y.sum() + y_test.sum() == (raw.target == malignant).sum()
    assert y.mean() == pytest.approx(0.37, abs=0.005)
    assert y_test.mean() == pytest.approx(0.37, abs=0.005)
    radius = raw.feature_names.tolist().index("mean radius")
    assert X[y == 1, radius].mean() > 0.5 > -0.5 > X[y == 0, radius].mean()  # malignant ones are larger


def test_tumours_are_split_the_same_way_each_time_and_scaled_by_the_training_part() -> None:
    X, _, X_test, _ = chapter.load_tumours(dtype=torch.float64)
    assert torch.equal(X, chapter.load_tumours(dtype=torch.float64)[0])
    assert X.mean(dim=0).abs().max() < 1e-10
    assert (X.std(dim=0, correction=0) - 1).abs().max() < 1e-10
    assert X_test.mean(dim=0).abs().max() > 0.01


# The objective and its gradient


def problem(num: int = 21, d: int = 4, device: torch.device | str = "cpu") -> tuple:
    """Features, labels of both classes, and random w and b, float64."""
    X = torch.randn(num, d, dtype=torch.float64, device=device)
    y = (torch.arange(num, device=device) % 3 == 0).double()
    return X, y, torch.randn(d).to(X), torch.randn(()).to(X)


def framework(w: torch.Tensor, b: torch.Tensor) -> nn.Sequential:
    """The same weights in `nn` layers."""
    layers = nn.Sequential(nn.Linear(len(w), 1), nn.Flatten(0)).double().to(w.device)
    with torch.no_grad():
        layers[0].weight.copy_(w.reshape(1, -1))
        layers[0].bias.copy_(b)
    return layers


@pytest.mark.parametrize("lambd", [0.0, 0.3])
def test_hand_written_gradient_equals_autograd(lambd: float, device: torch.device) -> None:
    X, y, w, b = problem(device=device)
    layers = framework(w, b)
    objective = F.binary_cross_entropy_with_logits(layers(X), y) + lambd * layers[0].weight.square().sum() / 2
    objective.backward()
    torch.testing.assert_close(chapter.objective(X, y, w, b, lambd), objective, rtol=1e-10, atol=1e-10)
    grad_w, grad_b = chapter.gradient(X, y, w, b, lambd)
    torch.testing.assert_close(grad_w, layers[0].weight.grad[0], rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(grad_b, layers[0].bias.grad[0], rtol=1e-10, atol=1e-10)
    assert grad_w.abs().max() > 1e-2  # gradients that are all zero would agree too


def test_gradient_of_huge_logits_and_of_one_example() -> None:
    X, y, w, b = problem(num=1)
    w, b = w.requires_grad_(), b.requires_grad_()
    for scale in (1e4, -1e4):
        mine = chapter.gradient(scale * X, y, w, b, 0.0)
        theirs = torch.autograd.grad(chapter.objective(scale * X, y, w, b, 0.0), (w, b))
        for one, other in zip(mine, theirs, strict=True):
            torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-10)


def test_an_epoch_equals_torch_sgd_with_weight_decay_of_the_weights_alone() -> None:
    X, y, w, b = problem(num=23)  # batches of 5, 5, 5, 5 and 3
    layers = framework(w, b)
    groups = [{"params": [layers[0].weight], "weight_decay": 0.3}, {"params": [layers[0].bias]}]
    updater = torch.optim.SGD(groups, lr=0.7)
    for _ in range(3):
        chapter.train_epoch(d2l.load_array((X, y), 5, is_train=False), w, b, 0.7, 0.3)
        for X_batch, y_batch in zip(X.split(5), y.split(5), strict=True):
            updater.zero_grad()
            F.binary_cross_entropy_with_logits(layers(X_batch), y_batch).backward()
            updater.step()
    torch.testing.assert_close(w, layers[0].weight[0], rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(b, layers[0].bias[0], rtol=1e-10, atol=1e-10)


# The ROC curve


def ranking(num: int, distinct: int) -> tuple[torch.Tensor, torch.Tensor]:
    y = (torch.arange(num) % 3 == 0).double()
    return (torch.randint(0, distinct, (num,)) + y) / (distinct + 1), y


@pytest.mark.parametrize("distinct", [2, 5, 10_000], ids=["two values", "ties", "hardly a tie"])
@pytest.mark.parametrize("num", [3, 200])
def test_roc_curve_and_area_equal_scikit_learn(num: int, distinct: int) -> None:
    confidence, y = ranking(num, distinct)
    mine = chapter.roc_curve(confidence, y)
    theirs = sklearn_metrics.roc_curve(y, confidence, drop_intermediate=False)
    for one, other in zip(mine, theirs, strict=True):
        torch.testing.assert_close(one, torch.from_numpy(other), rtol=1e-12, atol=1e-12)
    area = chapter.auc(*mine[:2])
    assert area == pytest.approx(sklearn_metrics.roc_auc_score(y, confidence), abs=1e-12)


def test_area_is_the_chance_that_a_positive_ranks_above_a_negative() -> None:
    confidence, y = ranking(60, 7)
    pairs = confidence[y == 1].unsqueeze(1) - confidence[y == 0]
    chance = ((pairs > 0).double() + (pairs == 0).double() / 2).mean().item()
    fpr, tpr, _ = chapter.roc_curve(confidence, y)
    assert chapter.auc(fpr, tpr) == pytest.approx(chance, abs=1e-12)


@pytest.mark.parametrize(("sign", "area"), [(1.0, 1.0), (-1.0, 0.0), (0.0, 0.5)])
def test_area_of_a_perfect_a_reversed_and_a_constant_ranking(sign: float, area: float) -> None:
    y = torch.tensor([0.0, 1, 1, 0, 1])
    fpr, tpr, thresholds = chapter.roc_curve(sign * y, y)
    assert chapter.auc(fpr, tpr) == area
    assert thresholds[0] == math.inf
    assert (fpr[0], tpr[0], fpr[-1], tpr[-1]) == (0, 0, 1, 1)


def test_logits_have_the_same_curve() -> None:
    O, y = torch.randn(40).double(), (torch.arange(40) % 2).double()
    curves = (chapter.roc_curve(values, y)[:2] for values in (chapter.sigmoid(O), O))
    for one, other in zip(*curves, strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("y", [[0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [-1.0, 1.0, 1.0], [1.0, 2.0, 1.0]])
def test_one_class_or_another_coding(y: list[float]) -> None:
    with pytest.raises(ValueError, match=r"y: expected labels 0 .* and 1 .*, some of each"):
        chapter.roc_curve(torch.tensor([0.2, 0.4, 0.9]), torch.tensor(y))


# The variants

VARIANTS = [chapter.scratch, chapter.concise]


def test_scratch_and_concise_have_the_same_knobs() -> None:
    assert inspect.signature(chapter.scratch) == inspect.signature(chapter.concise)


@pytest.mark.parametrize("knobs", [{}, {"seed": 1, "lambd": 0.2, "batch_size": 500, "num_epochs": 5}])
def test_one_seed_gives_scratch_and_concise_the_same_losses(knobs: dict) -> None:
    one, other = (variant(**{"device": "cpu", **knobs}) for variant in VARIANTS)
    for name in ("train_loss", "test_loss"):
        assert one.history[name] == pytest.approx(other.history[name], abs=1e-4)
    assert one.history["train_loss"] != chapter.scratch(**{**knobs, "seed": 7}).history["train_loss"]


@pytest.mark.parametrize("variant", VARIANTS)
def test_tumours_are_told_apart(variant: object) -> None:
    result = variant(device="cpu")
    metrics = result.metrics
    assert metrics["train_loss"] < 0.062  # ln 2 = 0.69 untrained; seeds 0-4 give 0.0593-0.0599
    assert metrics["test_acc"] >= 0.965  # 0.63 for "always benign"; seeds 0-4 give 0.974-0.982
    assert 0.99 < metrics["test_auc"] < 1
    assert metrics["missed"] < 0.1
    assert set(map(type, metrics.values())) == {float}
    assert list(result.figures) == ["training", "confidence"]
    assert len(result.history) == 20


def test_metrics_are_those_of_scikit_learn() -> None:
    result = chapter.scratch(device="cpu", num_epochs=2)
    _, _, X, y = chapter.load_tumours()
    with torch.no_grad():
        confidence = torch.sigmoid(result.net(X))
    assert torch.equal(result.net(X), X @ result.weights["w"] + result.weights["b"])
    guess = (confidence > 0.5).float()
    loss = sklearn_metrics.log_loss(y, confidence.double())
    assert result.metrics["test_loss"] == pytest.approx(loss, abs=1e-6)
    assert result.metrics["train_loss"] != pytest.approx(loss, abs=1e-3)
    assert result.metrics["test_acc"] == pytest.approx(sklearn_metrics.accuracy_score(y, guess))
    assert result.metrics["missed"] == pytest.approx(1 - sklearn_metrics.recall_score(y, guess))
    expected = sklearn_metrics.roc_auc_score(y, confidence)
    assert result.metrics["test_auc"] == pytest.approx(expected, abs=1e-6)  # of float32 rates


def test_the_penalty_is_too_much_for_the_learning_rate() -> None:
    for variant in VARIANTS:
        with pytest.raises(d2l.TrainingDiverged, match="learning rate"):
            variant(lambd=100.0, device="cpu")


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_negative_penalty(variant: object) -> None:
    with pytest.raises(ValueError, match=r"lambd: .* at least 0"):
        variant(lambd=-0.1, device="cpu")


cpu = torch.device("cpu")
MUTANTS = [
    Mutant("sigmoid", "torch.where(X >= 0, -X, X)", "-X",
           partial(test_sigmoid_equals_the_framework_at_extremes_too, torch.float32)),
    Mutant("sigmoid", "torch.where(X >= 0, 1, z)", "z",
           test_loss_is_the_cross_entropy_of_label_and_confidence),
    Mutant("cross_entropy_of", "torch.xlogy(p, q)", "torch.xlogy(q, p)",
           test_cross_entropy_is_lowest_where_the_distributions_are_equal),
    Mutant("cross_entropy_of", "torch.xlogy(p, q)", "(p * q.log())",
           test_cross_entropy_of_what_cannot_happen),
    Mutant("binary_cross_entropy", "torch.maximum(O, torch.zeros_like(O))", "torch.relu(O)",
           test_gradient_of_the_loss_at_zero_is_one_half_less_the_label),
    Mutant("binary_cross_entropy", "torch.log1p(torch.exp(-O.abs()))", "torch.log1p(torch.exp(-O)) + O - O",
           partial(test_loss_equals_the_framework_at_extremes_too, torch.float64)),
    Mutant("binary_cross_entropy", "y.reshape(O.shape)", "y",
           partial(test_labels_take_the_shape_of_the_logits_and_nothing_broadcasts, (5, 1), (5,))),
    Mutant("standardizer", "(X - mean)", "(X - X.mean(dim=0))",
           test_standardizer_equals_scikit_learn_and_uses_its_own_rows_only),
    Mutant("standardizer", ", correction=0", "",
           test_standardizer_equals_scikit_learn_and_uses_its_own_rows_only),
    Mutant("standardizer", "(X.amax(dim=0) > X.amin(dim=0)) & ", "",
           partial(test_a_constant_feature_becomes_zero_and_no_infinity, 0.1)),
    Mutant("load_tumours", "1 - benign", "benign", test_tumours_malignant_is_positive_and_in_equal_shares),
    Mutant("load_tumours", ", stratify=benign", "", test_tumours_malignant_is_positive_and_in_equal_shares),
    Mutant("objective", ".mean()", ".sum()", partial(test_hand_written_gradient_equals_autograd, 0.3, cpu)),
    Mutant("objective", ".sum() / 2", ".sum()",
           partial(test_hand_written_gradient_equals_autograd, 0.3, cpu)),
    Mutant("gradient", "lambd * w", "2 * lambd * w",
           partial(test_hand_written_gradient_equals_autograd, 0.3, cpu)),
    Mutant("gradient", "sigmoid(X @ w + b) - y", "y - sigmoid(X @ w + b)",
           partial(test_hand_written_gradient_equals_autograd, 0.0, cpu)),
    Mutant("gradient", "error.mean()", "error.sum()",
           partial(test_hand_written_gradient_equals_autograd, 0.0, cpu)),
    Mutant("train_epoch", "b -= lr * grad_b", "b -= grad_b",
           test_an_epoch_equals_torch_sgd_with_weight_decay_of_the_weights_alone),
    Mutant("train_epoch", "w -= lr * grad_w", "w += lr * grad_w",
           test_an_epoch_equals_torch_sgd_with_weight_decay_of_the_weights_alone),
    Mutant("roc_curve", "!= [0, 1]", "== []", partial(test_one_class_or_another_coding, [1.0, 2.0, 1.0])),
    Mutant("roc_curve", "descending=True", "descending=False",
           partial(test_roc_curve_and_area_equal_scikit_learn, 200, 5)),
    Mutant("roc_curve", "values[1:] != values[:-1]", "values[1:] == values[1:]",
           test_area_is_the_chance_that_a_positive_ranks_above_a_negative),
    Mutant("roc_curve", "(0, 1))", "(1, 0))", partial(test_roc_curve_and_area_equal_scikit_learn, 200, 5)),
    Mutant("auc", "(tpr[1:] + tpr[:-1])", "2 * tpr[1:]",
           test_area_is_the_chance_that_a_positive_ranks_above_a_negative),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(chapter, MUTANTS)
