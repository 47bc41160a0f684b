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
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.nn import functional as F

import d2lcore as d2l
from chapters import logistic_regression as chapter

EXTREMES = [-1e4, -100.0, -1.0, -1e-30, 0.0, 1e-30, 1.0, 100.0, 1e4]
LAMBDAS = [0.001, 0.01, 0.1]


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


def test_loss_on_meta_and_of_strided_logits() -> None:
    assert chapter.binary_cross_entropy(torch.ones(3, device="meta"), torch.ones(3, device="meta")).is_meta
    O, y = torch.randn(6, 2)[:, 0], torch.ones(6)
    torch.testing.assert_close(chapter.binary_cross_entropy(O, y), F.softplus(-O))


@pytest.mark.parametrize("y", [[-1.0, 1.0], [1.0, 2.0], [0.0, 0.5], [math.nan, 1.0]])
def test_labels_other_than_zero_and_one(y: list[float]) -> None:
    with pytest.raises(ValueError, match="y: the labels must be 0"):
        chapter.binary_cross_entropy(torch.zeros(2), torch.tensor(y))


def test_another_number_of_labels_than_logits() -> None:
    with pytest.raises(ValueError, match=r"y: labels of shape \(3,\) for logits of shape \(4, 1\)"):
        chapter.binary_cross_entropy(torch.zeros(4, 1), torch.zeros(3))
    with pytest.raises(ValueError, match="y: labels of shape"):
        chapter.binary_cross_entropy(torch.zeros(4, 1), torch.zeros(1))


# The data


def test_standardize_equals_scikit_learn_and_uses_the_training_part_only() -> None:
    X_train, X_test = 3 + 5 * torch.randn(50, 4).double(), torch.randn(20, 4).double()
    one, other = chapter.standardize(X_train, X_test)
    scaler = StandardScaler().fit(X_train)
    torch.testing.assert_close(one, torch.from_numpy(scaler.transform(X_train)), rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(other, torch.from_numpy(scaler.transform(X_test)), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("value", [0.0, 0.1, 1e6, 1 / 3])
def test_constant_features_are_named(value: float) -> None:
    X = torch.randn(7, 4)
    X[:, 1] = X[:, 3] = value
    with pytest.raises(ValueError, match=r"X_train: features \[1, 3\] are constant"):
        chapter.standardize(X, X)
    alone = X[:, 1:2].clone()  # of one column torch's standard deviation is about 1e-8 for 0.1, not 0
    with pytest.raises(ValueError, match=r"X_train: features \[0\] are constant"):
        chapter.standardize(alone, alone)


def test_a_feature_too_small_for_a_standard_deviation_counts_as_constant() -> None:
    X = torch.randn(7, 2).double()
    X[:, 0] *= 1e-200  # its squares are 0 in float64
    with pytest.raises(ValueError, match=r"features \[0\]"):
        chapter.standardize(X, X)


def test_a_feature_constant_in_the_test_part_only_is_no_trouble() -> None:
    assert chapter.standardize(torch.randn(7, 2), torch.ones(3, 2))[1].isfinite().all()


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
    """A scratch net with random float64 weights, features, and labels of both classes."""
    net = chapter.SigmoidClassifier(d).double().to(device)
    for param in net.parameters():
        nn.init.normal_(param)
    X = torch.randn(num, d, dtype=torch.float64, device=device)
    y = (torch.arange(num, device=device) % 3 == 0).double()
    return net, X, y


def framework(net: chapter.SigmoidClassifier) -> nn.Sequential:
    """The same weights in `nn` layers."""
    layers = nn.Sequential(nn.Linear(len(net.w), 1), nn.Flatten(0)).double().to(net.w.device)
    with torch.no_grad():
        layers[0].weight.copy_(net.w.reshape(1, -1))
        layers[0].bias.copy_(net.b)
    return layers


@pytest.mark.parametrize("lambd", [0.0, 0.3])
def test_hand_written_gradient_equals_autograd(lambd: float, device: torch.device) -> None:
    net, X, y = problem(device=device)
    layers = framework(net)
    objective = F.binary_cross_entropy_with_logits(layers(X), y) + lambd * layers[0].weight.square().sum()
    objective.backward()
    torch.testing.assert_close(net(X), layers(X), rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(chapter.objective(net, X, y, lambd), objective, rtol=1e-10, atol=1e-10)
    grad_w, grad_b = chapter.gradient(net, X, y, lambd)
    torch.testing.assert_close(grad_w, layers[0].weight.grad[0], rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(grad_b, layers[0].bias.grad[0], rtol=1e-10, atol=1e-10)
    assert grad_w.abs().max() > 1e-2  # gradients that are all zero would agree too


def test_gradient_of_huge_logits_and_of_one_example() -> None:
    net, X, y = problem(num=1)
    for scale in (1e4, -1e4):
        mine = chapter.gradient(net, scale * X, y, 0.0)
        theirs = torch.autograd.grad(chapter.objective(net, scale * X, y, 0.0), (net.w, net.b))
        for one, other in zip(mine, theirs, strict=True):
            torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-10)


def test_labels_of_shape_n_1_give_the_same_gradient() -> None:
    net, X, y = problem()
    for one, other in zip(
        chapter.gradient(net, X, y, 0.1), chapter.gradient(net, X, y.reshape(-1, 1), 0.1), strict=True
    ):
        assert torch.equal(one, other)


def test_descent_equals_torch_sgd_with_weight_decay_of_the_weights_alone() -> None:
    net, X, y = problem(num=23)  # batches of 5, 5, 5, 5 and 3
    layers = framework(net)
    groups = [{"params": [layers[0].weight], "weight_decay": 2 * 0.3}, {"params": [layers[0].bias]}]
    updater = torch.optim.SGD(groups, lr=0.7)
    for _ in range(3):
        chapter.descend(net, d2l.load_array((X, y), 5, is_train=False), 0.7, 0.3)
        for X_batch, y_batch in zip(X.split(5), y.split(5), strict=True):
            updater.zero_grad()
            F.binary_cross_entropy_with_logits(layers(X_batch), y_batch).backward()
            updater.step()
    torch.testing.assert_close(net.w, layers[0].weight[0], rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(net.b, layers[0].bias[0], rtol=1e-10, atol=1e-10)


def test_classifier_starts_at_zero_and_moves_with_the_device() -> None:
    net = chapter.SigmoidClassifier(3)
    assert not any(param.any() for param in net.parameters())
    assert net.to("meta")(torch.ones(2, 3, device="meta")).shape == (2,)
    with pytest.raises(ValueError, match="num_inputs: must be at least 1"):
        chapter.SigmoidClassifier(0)


# The minimum, by three optimizers and scikit-learn


def library_minimum(X: torch.Tensor, y: torch.Tensor, lambd: float) -> tuple[torch.Tensor, float]:
    """w and b of scikit-learn, whose C sum(l) + ||w||^2 / 2 is ours times nC where lambd = 1 / (2nC)."""
    found = LogisticRegression(C=1 / (2 * len(X) * lambd), tol=1e-10, max_iter=10_000).fit(X, y)
    return torch.from_numpy(found.coef_[0]), float(found.intercept_[0])


@pytest.mark.parametrize("lambd", LAMBDAS)
def test_lbfgs_finds_the_weights_of_scikit_learn(lambd: float) -> None:
    X, y, *_ = chapter.load_tumours(dtype=torch.float64)
    net = chapter.SigmoidClassifier(30).double()
    values = chapter.lbfgs(net, X, y, lambd, 1000)
    w, b = library_minimum(X, y, lambd)
    # Both stop at gradients of 1e-10 or so; over the least curvature, 2 lambd, that leaves 1e-7. Asked: 1e-3.
    assert (net.w - w).abs().max() < 1e-5
    assert abs(net.b.item() - b) < 1e-5
    assert values[0] == pytest.approx(math.log(2))  # at w = 0, b = 0
    assert min(values[:60]) - min(values) < 1e-6


def test_gradient_descent_and_sgd_approach_the_weights_of_scikit_learn() -> None:
    X, y, *_ = chapter.load_tumours(dtype=torch.float64)
    w, _ = library_minimum(X, y, 0.1)
    net = chapter.SigmoidClassifier(30).double()
    for _ in range(600):
        chapter.descend(net, d2l.load_array((X, y), len(X), is_train=False), 0.3, 0.1)
    assert (net.w - w).abs().max() < 1e-3
    for lr in (0.1, 0.01, 0.001):  # a constant rate would wander
        for _ in range(30):
            chapter.descend(net, d2l.load_array((X, y), 32), lr, 0.1)
    assert (net.w - w).abs().max() < 0.02 < w.abs().max()


def test_lbfgs_stops_after_the_steps_it_is_given() -> None:
    net, X, y = problem()
    few = chapter.lbfgs(net, X, y, 0.1, 2)
    assert 3 <= len(few) <= 6
    assert chapter.objective(net, X, y, 0.1).item() < few[0]


def test_optimizers_compares_them_on_one_axis() -> None:
    result = chapter.optimizers(num_epochs=30)
    above = [result.metrics[f"{name}: above the minimum"] for name in ("gradient descent", "SGD", "L-BFGS")]
    assert above[0] > 5e-3 > above[1] > 1e-6 > above[2] >= 0
    assert result.metrics["L-BFGS: passes"] < 60
    assert result.metrics["largest difference of a weight from scikit-learn"] < 1e-5
    assert [len(line.get_xdata()) for line in result.figure.axes[0].lines][1:] == [31, 31]


def test_separable_data_have_no_minimum_without_a_penalty() -> None:
    X, y, *_ = chapter.load_tumours(dtype=torch.float64)
    net = chapter.SigmoidClassifier(30).double()
    chapter.lbfgs(net, X, y, 0.0, 50)
    assert torch.equal(net(X) > 0, y == 1)  # these weights separate the data: it can be done
    before = chapter.objective(net, X, y, 0.0).item()
    with torch.no_grad():
        for param in net.parameters():
            param *= 2
    assert chapter.objective(net, X, y, 0.0).item() < before
    assert chapter.objective(net, X, y, 0.001).item() > chapter.objective(net, X, y, 0.0).item() + 1


def test_separable_shows_the_weights_grow_without_a_penalty_only() -> None:
    metrics = chapter.separable().metrics
    assert metrics["norm of w, lambda 0"] > 1000
    assert metrics["test loss, lambda 0"] > 1
    for lambd in ("0.001", "0.01"):
        assert metrics[f"norm of w, lambda {lambd}"] < 4
        assert metrics[f"test loss, lambda {lambd}"] < 0.11  # ln 2 = 0.69 at w = 0


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
    y = torch.tensor([0, 1, 1, 0, 1])
    fpr, tpr, thresholds = chapter.roc_curve(sign * y.float(), y)
    assert chapter.auc(fpr, tpr) == area
    assert thresholds[0] == math.inf
    assert (fpr[0], tpr[0], fpr[-1], tpr[-1]) == (0, 0, 1, 1)


def test_logits_and_columns_have_the_same_curve() -> None:
    O, y = torch.randn(40).double(), (torch.arange(40) % 2).double()
    one = chapter.roc_curve(chapter.sigmoid(O), y)[:2]
    for other in (chapter.roc_curve(O, y)[:2], chapter.roc_curve(O.reshape(-1, 1), y.long())[:2]):
        assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def test_bad_input_of_the_roc_curve() -> None:
    fair = torch.tensor([0.2, 0.4, 0.9])
    with pytest.raises(ValueError, match="confidence: has NaN"):
        chapter.roc_curve(torch.tensor([0.2, math.nan, 0.9]), torch.tensor([0, 1, 1]))
    with pytest.raises(ValueError, match="y: the labels must be"):
        chapter.roc_curve(fair, torch.tensor([-1, 1, 1]))
    with pytest.raises(ValueError, match="y: labels of shape"):
        chapter.roc_curve(fair, torch.tensor([0, 1]))


@pytest.mark.parametrize("y", [torch.zeros(3), torch.ones(3), torch.ones(3, 1).long(), torch.ones(0)])
def test_one_class_only(y: torch.Tensor) -> None:
    X = torch.randn(len(y), 2)
    with pytest.raises(ValueError, match="of one class"):
        chapter.roc_curve(torch.rand(len(y)), y)
    with pytest.raises(ValueError, match="of one class"):
        chapter.lbfgs(chapter.SigmoidClassifier(2), X, y, 0.1, 5)
    with pytest.raises(ValueError, match="of one class"):
        chapter.fit(chapter.SigmoidClassifier(2), lambda train_iter: None, (X, y, X, y), 2, 1, 0.1)


# The variants

VARIANTS = [chapter.scratch, chapter.concise]


def test_scratch_and_concise_have_the_same_knobs() -> None:
    assert inspect.signature(chapter.scratch) == inspect.signature(chapter.concise)


@pytest.mark.parametrize("knobs", [{}, {"seed": 1, "lambd": 0.1, "batch_size": 500, "num_epochs": 5}])
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
        with pytest.raises(d2l.TrainingDiverged, match=r"the learning rate was 0\.3: try 0\.03"):
            variant(lambd=100.0, device="cpu")


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"lr": -1.0}, "lr: a learning rate must be positive"),
        ({"lr": 0.0}, "lr: a learning rate must be positive"),
        ({"lr": math.nan}, "lr: a learning rate must be positive"),
        ({"lr": math.inf}, "lr: a learning rate must be positive"),
        ({"lambd": -0.1}, "lambd: .* at least 0"),
        ({"num_epochs": 0}, "num_epochs: must be at least 1"),
        ({"batch_size": 0}, "batch_size: must be at least 1"),
        ({"seed": -1}, "seed: must be in"),
    ],
)
@pytest.mark.parametrize("variant", [*VARIANTS, chapter.optimizers])
def test_bad_knobs(variant: object, knobs: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        variant(**knobs)


def test_bad_knobs_of_one_variant_only() -> None:
    for variant in VARIANTS:
        with pytest.raises(ValueError, match="device: 'gpu' is not a device"):
            variant(device="gpu")
    with pytest.raises(ValueError, match="lambd: must be above 0 here"):
        chapter.optimizers(lambd=0.0)
    with pytest.raises(ValueError, match="num_steps: must be at least 1"):
        chapter.separable(num_steps=0)
    with pytest.raises(ValueError, match=r"lambd: .* at least 0"):
        chapter.separable(lambdas=(-1.0,))


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
    Mutant("labels_like", "y.reshape(O.shape)", "y",
           partial(test_labels_take_the_shape_of_the_logits_and_nothing_broadcasts, (5, 1), (5,))),
    Mutant("labels_like", "(y == 0) | (y == 1)", "(y >= 0) & (y <= 1)",
           partial(test_labels_other_than_zero_and_one, [0.0, 0.5])),
    Mutant("labels_like", "if y.numel() != O.numel():", "if False:",
           test_another_number_of_labels_than_logits, dies_of=(RuntimeError,)),
    Mutant("check_two_classes", "y.flatten()[:1]", "1", partial(test_one_class_only, torch.zeros(3))),
    Mutant("check_two_classes", ".all()", ".any()",
           partial(test_area_of_a_perfect_a_reversed_and_a_constant_ranking, 1.0, 1.0),
           dies_of=(ValueError,)),
    Mutant("standardize", "X_test - mean", "X_test - X_test.mean(dim=0)",
           test_standardize_equals_scikit_learn_and_uses_the_training_part_only),
    Mutant("standardize", ", correction=0", "",
           test_standardize_equals_scikit_learn_and_uses_the_training_part_only),
    Mutant("standardize", "(X_train == X_train[:1]).all(dim=0) | ", "",
           partial(test_constant_features_are_named, 0.1)),
    Mutant("load_tumours", "1 - benign", "benign", test_tumours_malignant_is_positive_and_in_equal_shares),
    Mutant("load_tumours", ", stratify=benign", "", test_tumours_malignant_is_positive_and_in_equal_shares),
    Mutant("SigmoidClassifier", "self.w, self.b)", "self.w, 0)",
           partial(test_hand_written_gradient_equals_autograd, 0.3, cpu)),
    Mutant("objective", ".mean()", ".sum()", partial(test_hand_written_gradient_equals_autograd, 0.3, cpu)),
    Mutant("gradient", "2 * lambd", "lambd", partial(test_hand_written_gradient_equals_autograd, 0.3, cpu)),
    Mutant("gradient", "sigmoid(O) - labels_like(O, y)", "labels_like(O, y) - sigmoid(O)",
           partial(test_hand_written_gradient_equals_autograd, 0.0, cpu)),
    Mutant("gradient", "error.mean()", "error.sum()",
           partial(test_hand_written_gradient_equals_autograd, 0.0, cpu)),
    Mutant("descend", "net.b.sub_(lr * grad_b)", "net.b.sub_(grad_b)",
           test_descent_equals_torch_sgd_with_weight_decay_of_the_weights_alone),
    Mutant("descend", "sub_(lr * grad_w)", "add_(lr * grad_w)",
           test_descent_equals_torch_sgd_with_weight_decay_of_the_weights_alone),
    Mutant("check_lr", "0 < lr", "0 <= lr",
           partial(test_bad_knobs, chapter.scratch, {"lr": 0.0}, "lr: a learning rate must be positive")),
    Mutant("roc_curve", "descending=True", "descending=False",
           partial(test_roc_curve_and_area_equal_scikit_learn, 200, 5)),
    Mutant("roc_curve", "values[1:] != values[:-1]", "values[1:] == values[1:]",
           test_area_is_the_chance_that_a_positive_ranks_above_a_negative),
    Mutant("roc_curve", "(0, 1))", "(1, 0))", partial(test_roc_curve_and_area_equal_scikit_learn, 200, 5)),
    Mutant("auc", "(tpr[1:] + tpr[:-1])", "2 * tpr[1:]",
           test_area_is_the_chance_that_a_positive_ranks_above_a_negative),
    Mutant("lbfgs", "updater.zero_grad()", "pass",
           partial(test_lbfgs_finds_the_weights_of_scikit_learn, 0.1)),
    Mutant("lbfgs", "max_iter=num_steps", "max_iter=1",
           partial(test_lbfgs_finds_the_weights_of_scikit_learn, 0.1)),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(chapter, MUTANTS)
