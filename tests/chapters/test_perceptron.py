"""The perceptron: its rule against scikit-learn and SGD, the mistake bound, and XOR."""

import inspect
import math
from functools import partial

import mutants
import numpy as np
import pytest
import torch
from mutants import Mutant
from recording import recorded
from sklearn.linear_model import Perceptron
from sklearn.svm import SVC
from torch import nn

import d2lcore as d2l
from chapters import perceptron as chapter

XOR = torch.tensor(chapter.XOR_X), torch.tensor(chapter.XOR_Y)


def zeros(d: int = 2, **like: object) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.zeros(d, 1, **like), torch.zeros(1, **like)


def problem(seed: int = 0, num: int = 60, margin: float = 0.05) -> tuple[torch.Tensor, ...]:
    """Separable float64 examples, and the line that divides them."""
    torch.manual_seed(seed)
    return tuple(tensor.double() for tensor in chapter.separable_data(num, margin))


# The unit and its labels


def test_threshold_of_zero_is_minus_one() -> None:
    O = torch.tensor([-2.0, -0.0, 0.0, 1e-30, 3.0], dtype=torch.float64)
    assert chapter.threshold(O).tolist() == [-1, -1, -1, 1, 1]
    assert chapter.threshold(O).dtype == torch.float64
    assert chapter.threshold(torch.ones(0, 3)).shape == (0, 3)
    assert chapter.threshold(torch.ones(2, device="meta")).is_meta


@pytest.mark.parametrize("y", [[-1, 1, 1], [[-1], [1], [1]], [-1.0, 1.0, 1.0]])
def test_labels_become_a_column_of_the_type_of_the_features(y: list) -> None:
    column = chapter.label_column(torch.zeros(3, 2, dtype=torch.float64), torch.tensor(y))
    assert column.dtype == torch.float64
    assert column.tolist() == [[-1], [1], [1]]


@pytest.mark.parametrize("y", [[0.0, 1.0], [-1.0, 2.0], [math.nan, 1.0], [1.0, 0.5]])
def test_labels_other_than_minus_one_and_one(y: list) -> None:
    X, y = torch.randn(2, 2), torch.tensor(y)
    for call in (
        partial(chapter.perceptron_epoch, *zeros()),
        lambda X, y: chapter.perceptron_loss(X[:, :1], y),
    ):
        with pytest.raises(ValueError, match="y: the labels must be -1 or"):
            call(X, y)


@pytest.mark.parametrize("shape", [(3,), (4, 2), (1, 4), (), (1,)])
def test_labels_that_are_not_one_an_example(shape: tuple) -> None:
    with pytest.raises(ValueError, match=r"y: labels of shape .* for 4 examples"):
        chapter.perceptron_epoch(*zeros(), torch.randn(4, 2), torch.ones(shape))


# The rule


def test_a_step_changes_w_and_b_by_a_mistake_only() -> None:
    w, b = torch.tensor([[1.0], [-1.0]]), torch.tensor([0.5])
    x, plus, minus = torch.tensor([[2.0, 1.0]]), torch.ones(1, 1), -torch.ones(1, 1)
    assert chapter.perceptron_step(w, b, x, plus) is False  # o = 1.5
    assert (w.tolist(), b.tolist()) == ([[1.0], [-1.0]], [0.5])
    assert chapter.perceptron_step(w, b, x, minus, lr=0.5) is True
    assert (w.tolist(), b.tolist()) == ([[0.0], [-1.5]], [0.0])


@pytest.mark.parametrize("label", [-1.0, 1.0])
def test_an_example_on_the_line_is_a_mistake_of_either_class(label: float) -> None:
    w, b = zeros()
    assert chapter.perceptron_step(w, b, torch.tensor([[2.0, 3.0]]), torch.full((1, 1), label))
    assert (w.flatten().tolist(), b.tolist()) == ([2 * label, 3 * label], [label])


@pytest.mark.parametrize("passes", [1, 2, 7])
@pytest.mark.parametrize("seed", range(5))
def test_every_pass_has_the_weights_of_scikit_learn(seed: int, passes: int) -> None:
    X, y, *_ = problem(seed)
    y[:3] *= -1  # not separable: nobody stops early
    w, b = zeros(dtype=torch.float64)
    for _ in range(passes):
        chapter.perceptron_epoch(w, b, X, y)
    theirs = Perceptron(shuffle=False, tol=None, max_iter=passes).fit(X, y.flatten())
    assert w.flatten().tolist() == theirs.coef_[0].tolist()  # to the last bit: both add the same numbers
    assert b.tolist() == theirs.intercept_.tolist()


def sgd_weights(X: torch.Tensor, y: torch.Tensor, lr: float, num_epochs: int, start: tuple) -> list:
    """w and b after every epoch of SGD on the perceptron loss, an example at a time."""
    net = nn.Linear(X.shape[1], 1).to(X)
    with torch.no_grad():
        net.weight.copy_(start[0].T)
        net.bias.copy_(start[1])
    updater, found = torch.optim.SGD(net.parameters(), lr=lr), []
    for _ in range(num_epochs):
        for x, label in d2l.load_array((X, y), 1, is_train=False):
            updater.zero_grad()
            chapter.perceptron_loss(net(x), label).sum().backward()
            updater.step()
        found.append((net.weight.detach().T.clone(), net.bias.detach().clone()))
    return found


@pytest.mark.parametrize("lr", [1.0, 0.25])
@pytest.mark.parametrize("from_zero", [True, False])
def test_the_rule_is_sgd_on_the_perceptron_loss_to_the_last_bit(
    lr: float, from_zero: bool, device: torch.device
) -> None:
    X, y = (tensor.to(device) for tensor in problem(1)[:2])
    w, b = zeros(dtype=torch.float64, device=device)
    if not from_zero:
        w.normal_(), b.normal_()
    for w_sgd, b_sgd in sgd_weights(X, y, lr, 6, (w, b)):
        chapter.perceptron_epoch(w, b, X, y, lr)
        assert torch.equal(w, w_sgd)  # a power of two as lr: the products are exact
        assert torch.equal(b, b_sgd)
    assert w.any()


def test_from_zero_the_learning_rate_scales_the_weights_and_nothing_else() -> None:
    X, y, *_ = problem(2)
    (w, b), (w_small, b_small) = zeros(dtype=torch.float64), zeros(dtype=torch.float64)
    for _ in range(5):
        made = chapter.perceptron_epoch(w, b, X, y)
        assert chapter.perceptron_epoch(w_small, b_small, X, y, lr=2**-10) == made
        assert torch.equal(w, 2**10 * w_small)
        assert torch.equal(b, 2**10 * b_small)


def test_slope_of_the_loss_is_that_of_the_rule_on_the_line_too() -> None:
    O = torch.tensor([[-2.0], [0.0], [3.0], [0.0]], requires_grad=True)
    y = torch.tensor([1, 1, 1, -1])
    l = chapter.perceptron_loss(O, y)
    assert l.flatten().tolist() == [2.0, 0.0, 0.0, 0.0]
    l.sum().backward()
    assert O.grad.flatten().tolist() == [-1.0, -1.0, 0.0, 1.0]


def test_with_relu_for_the_loss_nothing_is_ever_learned_from_zero() -> None:
    X, y, *_ = problem()
    w, b = (param.requires_grad_() for param in zeros(dtype=torch.float64))
    torch.relu(-y * (X @ w + b)).sum().backward()
    assert not w.grad.any()
    assert not b.grad.any()
    chapter.perceptron_loss(X @ w + b, y).sum().backward()
    assert w.grad.any()


# Convergence and the bound


def learned(X: torch.Tensor, y: torch.Tensor, max_epochs: int = 1000) -> tuple:
    """w, b and the mistakes of every pass up to one without any, or up to `max_epochs`."""
    w, b = zeros(X.shape[1], dtype=X.dtype)
    mistakes = []
    while len(mistakes) < max_epochs and 0 not in mistakes:
        mistakes.append(chapter.perceptron_epoch(w, b, X, y))
    return w, b, mistakes


def widest(X: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """w and b of scikit-learn's hard-margin support vector machine."""
    svm = SVC(kernel="linear", C=1e6).fit(X, y.flatten())
    return torch.tensor(svm.coef_.T), torch.tensor(svm.intercept_)


@pytest.mark.parametrize("margin", [0.3, 0.1, 0.02])
@pytest.mark.parametrize("seed", range(10))
def test_it_converges_within_the_bound_of_every_separator(seed: int, margin: float) -> None:
    X, y, w, b = problem(seed, margin=margin)
    learned_w, learned_b, mistakes = learned(X, y, max_epochs=200)
    assert mistakes[-1] == 0
    assert 0 not in mistakes[:-1]
    assert torch.equal(chapter.threshold(X @ learned_w + learned_b), y)
    for separator in ((w, b), widest(X, y), (learned_w, learned_b)):
        assert sum(mistakes) <= chapter.mistake_bound(X, y, *separator)


def test_the_bound_holds_in_any_order_and_in_more_dimensions() -> None:
    for d in (1, 5, 20):
        u, c = torch.randn(d, 1).double(), torch.randn(1).double()
        X = torch.randn(80, d).double()
        y = chapter.threshold(X @ u + c)
        bound = chapter.mistake_bound(X, y, u, c)
        for _ in range(3):
            order = torch.randperm(80)
            mistakes = learned(X[order], y[order], max_epochs=3000)[2]
            assert sum(mistakes) <= bound


def test_the_bound_by_hand() -> None:
    # x = 3 and -1 with w = 2, b = 0: (w, b) / 2 = (1, 0); gamma = min(3, 1), R^2 = 3^2 + 1
    X, y = torch.tensor([[3.0], [-1.0]]), torch.tensor([1, -1])
    bound = chapter.mistake_bound(X, y, torch.tensor([[2.0]]), torch.zeros(1))
    assert bound == pytest.approx(10.0)
    # with b = 2: u = (1, 1) / sqrt 2; the margins are 4 / sqrt 2 and 0: no separator
    assert chapter.mistake_bound(X, y, torch.tensor([[2.0]]), torch.tensor([2.0])) == math.inf
    tilted = chapter.mistake_bound(X, y, torch.tensor([[2.0]]), torch.tensor([1.0]))
    assert tilted == pytest.approx(10 / (1 / 5))  # margins 7 / sqrt 5 and 1 / sqrt 5


def test_the_bound_is_reached() -> None:
    X, y = torch.tensor([[1.0], [-1.0]]), torch.tensor([1, -1])
    # From zero the first is a mistake; v = (1, 1), on whose line the second lies; v = (2, 0) makes none.
    assert learned(X, y)[2] == [2, 0]
    # R^2 = 1^2 + 1, and (w, b) = (1, 0) has the margin 1
    assert chapter.mistake_bound(X, y, torch.ones(1, 1), torch.zeros(1)) == pytest.approx(2.0)


def test_without_a_separator_there_is_no_bound() -> None:
    X, y = XOR
    assert chapter.mistake_bound(X, y, torch.ones(2, 1), torch.zeros(1)) == math.inf
    assert chapter.mistake_bound(X, y, *zeros()) == math.inf  # 0 / 0


@pytest.mark.parametrize("margin", [0.0, 0.1, 2.0])
def test_separable_data_keep_their_distance(margin: float) -> None:
    X, y, w, b = problem(num=500, margin=margin)
    distance = y * (X @ w + b)
    assert w.norm().item() == pytest.approx(1.0)
    assert distance.min() >= margin - 1e-6  # made in float32
    assert distance.min() < margin + 0.1
    assert set(y.flatten().tolist()) == {-1, 1}


def test_on_xor_it_never_ends() -> None:
    _, _, mistakes = learned(*XOR, max_epochs=50)
    assert len(mistakes) == 50
    assert min(mistakes) > 0


# XOR


def test_three_perceptrons_fit_xor() -> None:
    X, y = XOR
    assert torch.equal(chapter.xor_of_perceptrons(X).flatten(), y)
    assert torch.equal(chapter.xor_of_perceptrons(X.double()), y.double().reshape(-1, 1))


@pytest.mark.parametrize("seed", range(3))
def test_xor_variant_cycles_and_a_hidden_layer_learns_it(seed: int) -> None:
    metrics = chapter.xor(seed=seed).metrics
    assert metrics["mistakes in the first pass"] == 4
    assert metrics["largest weight after it"] == 0
    assert metrics["accuracy of three perceptrons"] == 1
    assert metrics["accuracy of a trained hidden layer"] == 1  # one unit cannot, see below


def test_one_hidden_unit_is_not_enough_for_xor() -> None:
    assert chapter.xor(num_hiddens=1).metrics["accuracy of a trained hidden layer"] <= 0.75


# The variants

VARIANTS = [chapter.scratch, chapter.concise]


def test_scratch_and_concise_have_the_same_knobs() -> None:
    assert inspect.signature(chapter.scratch) == inspect.signature(chapter.concise)


@pytest.mark.parametrize("knobs", [{"num_epochs": 5}, {"seed": 3, "flipped": 2, "num_epochs": 4}])
def test_scratch_and_concise_make_the_same_mistakes(knobs: dict) -> None:
    one, other = (variant(**{"device": "cpu", **knobs}) for variant in VARIANTS)
    assert one.history["mistakes"] == other.history["mistakes"]
    assert one.metrics == other.metrics
    X = torch.randn(50, 2)
    assert torch.equal(one.net(X), other.net(X))  # the same weights, to the last bit
    assert one.net(X).any()
    assert torch.equal(one.net(X), X @ one.weights["w"] + one.weights["b"])
    assert one.history["mistakes"] != chapter.scratch(**{**knobs, "seed": 7}).history["mistakes"]


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("seed", [0, 1])
def test_separable_examples_are_learned_within_the_bound(variant: object, seed: int) -> None:
    result = variant(seed=seed, margin=0.1, num_epochs=8, device="cpu")
    assert result.history["mistakes"][-1] == 0
    assert 2 <= result.metrics["all mistakes"] <= result.metrics["bound"]
    assert result.metrics["all mistakes"] == sum(result.history["mistakes"]) > result.history[0]["mistakes"]
    torch.manual_seed(seed)
    X, y, *line = chapter.separable_data(100, 0.1)
    assert torch.equal(chapter.threshold(result.net(X)), y)
    assert result.metrics["bound"] == chapter.mistake_bound(X, y, *line)
    assert result.figure.axes[1].get_title().endswith(f"at most {result.metrics['bound']:.0f}")


@pytest.mark.parametrize("variant", VARIANTS)
def test_examples_that_their_line_does_not_divide_have_no_bound(variant: object) -> None:
    result = variant(flipped=2, num_epochs=3, device="cpu")
    assert result.history["mistakes"][-1] > 0
    assert result.metrics["bound"] == math.inf
    assert result.figure.axes[1].get_title() == "no bound: the line does not divide them"


def test_margins_report_means_and_the_largest_share(monkeypatch: pytest.MonkeyPatch) -> None:
    bounds = recorded(monkeypatch, chapter, "mistake_bound")
    passes = recorded(monkeypatch, chapter, "perceptron_epoch")
    metrics = chapter.margins(num_examples=10, num_runs=3).metrics
    counts, made = [], 0
    for mistakes in passes:
        made += mistakes
        if not mistakes:  # the last pass over one data set
            counts.append(made)
            made = 0
    expected = {"largest share of the bound": max(n / bound for n, bound in zip(counts, bounds, strict=True))}
    for i, margin in enumerate(("0.5", "0.2", "0.1", "0.05", "0.02", "0.01")):
        expected[f"mean mistakes, margin {margin}"] = sum(counts[3 * i : 3 * i + 3]) / 3
    assert metrics == pytest.approx(expected)


def test_margins_stay_below_the_bound_and_grow_as_it_does() -> None:
    metrics = chapter.margins(num_runs=5).metrics
    assert 0.05 < metrics["largest share of the bound"] <= 1
    means = [value for name, value in metrics.items() if name.startswith("mean mistakes")]
    assert means == sorted(means)
    assert means[-1] > 5 * means[0]


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"num_epochs": 0}, "num_epochs: must be at least 1"),
        ({"seed": -1}, "seed: must be in"),
        ({"device": "gpu"}, "device: 'gpu' is not a device"),
    ],
)
@pytest.mark.parametrize("variant", VARIANTS)
def test_bad_knobs(variant: object, knobs: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        variant(**knobs)


def test_results_are_plain_floats() -> None:
    for result in (chapter.scratch(num_epochs=1), chapter.xor(num_epochs=1), chapter.margins(num_runs=1)):
        assert set(map(type, result.metrics.values())) == {float}
        assert np.isfinite(list(result.metrics.values())).all()


cpu = torch.device("cpu")
MUTANTS = [
    Mutant("threshold", "O > 0", "O >= 0", test_threshold_of_zero_is_minus_one),
    Mutant("label_column", "(y == -1) | (y == 1)", "(y >= -1) & (y <= 1)",
           partial(test_labels_other_than_minus_one_and_one, [1.0, 0.5])),
    Mutant("label_column", "((len(X),), (len(X), 1))", "((len(X),), (len(X), 1), (1, len(X)))",
           partial(test_labels_that_are_not_one_an_example, (1, 4))),
    Mutant("perceptron_step", "<= 0", "< 0",
           partial(test_an_example_on_the_line_is_a_mistake_of_either_class, 1.0)),
    Mutant("perceptron_step", "lr * y[0]", "lr", test_a_step_changes_w_and_b_by_a_mistake_only),
    Mutant("perceptron_step", "lr * y * x.T", "y * x.T", test_a_step_changes_w_and_b_by_a_mistake_only),
    Mutant("perceptron_epoch", "x, label, lr", "x, label",
           partial(test_the_rule_is_sgd_on_the_perceptron_loss_to_the_last_bit, 0.25, False, cpu)),
    Mutant("mistake_bound", ".sum(dim=1) + 1)", ".sum(dim=1))", test_the_bound_by_hand),
    Mutant("mistake_bound", " + b.square().sum())", ")", test_the_bound_by_hand),
    Mutant("mistake_bound", "** 2", "", test_the_bound_by_hand),
    Mutant("mistake_bound", " if gamma > 0 else math.inf", "", test_without_a_separator_there_is_no_bound),
    Mutant("separable_data", "X + margin * y * w.T", "X + margin * w.T",
           partial(test_separable_data_keep_their_distance, 0.1)),
    Mutant("perceptron_loss", "y * O <= 0", "y * O < 0",
           test_slope_of_the_loss_is_that_of_the_rule_on_the_line_too),
    Mutant("xor_of_perceptrons", "ones - 1)", "ones + 1)", test_three_perceptrons_fit_xor),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(chapter, MUTANTS)
