"""The perceptron: its rule against scikit-learn and SGD, the mistake bound, XOR, and what it can shatter."""

import inspect
import itertools
import math
from functools import partial
from math import comb
from types import SimpleNamespace

import mutants
import numpy as np
import pytest
import torch
from mutants import Mutant
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
    column = chapter.as_labels(torch.zeros(3, 2, dtype=torch.float64), torch.tensor(y))
    assert column.dtype == torch.float64
    assert column.tolist() == [[-1], [1], [1]]


@pytest.mark.parametrize("y", [[0.0, 1.0], [-1.0, 2.0], [math.nan, 1.0], [1.0, 0.5]])
def test_labels_other_than_minus_one_and_one(y: list) -> None:
    X, y = torch.randn(2, 2), torch.tensor(y)
    for call in (partial(chapter.perceptron_epoch, *zeros()), chapter.learn, chapter.separator):
        with pytest.raises(ValueError, match="y: the labels must be -1 or"):
            call(X, y)
    with pytest.raises(ValueError, match="y: the labels must be -1 or"):
        chapter.perceptron_loss(X[:, :1], y)


@pytest.mark.parametrize("shape", [(3,), (4, 2), (1, 4), (), (1,)])
def test_labels_that_are_not_one_an_example(shape: tuple) -> None:
    for call in (partial(chapter.perceptron_epoch, *zeros()), chapter.learn, chapter.separator):
        with pytest.raises(ValueError, match=r"y: labels of shape .* for 4 examples"):
            call(torch.randn(4, 2), torch.ones(shape))


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_features_that_are_not_finite(value: float) -> None:
    X, y = torch.tensor([[0.0, value], [1.0, 1.0]]), torch.tensor([-1, 1])
    for call in (partial(chapter.perceptron_epoch, *zeros()), chapter.learn, chapter.separator):
        with pytest.raises(ValueError, match="X: has values that are NaN or infinite"):
            call(X, y)


@pytest.mark.parametrize("label", [-1, 1])
def test_one_class_only(label: int) -> None:
    X, y = torch.randn(5, 2), torch.full((5, 1), label)
    for call in (partial(chapter.perceptron_epoch, *zeros()), chapter.learn):
        with pytest.raises(ValueError, match="of one class"):
            call(X, y)
    with pytest.raises(ValueError, match="of one class"):
        chapter.follow(lambda: 0, *zeros(), X, y, 1)
    w, b = chapter.separator(X, y)  # of which a constant answer is right
    assert not w.any()
    assert chapter.threshold(b) == label


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


@pytest.mark.parametrize("lr", [0.0, -1.0, math.nan])
def test_learning_rate_that_is_not_positive(lr: float) -> None:
    with pytest.raises(ValueError, match="lr: a learning rate must be positive"):
        chapter.perceptron_epoch(*zeros(), *XOR, lr=lr)


def test_with_relu_for_the_loss_nothing_is_ever_learned_from_zero() -> None:
    X, y, *_ = problem()
    w, b = (param.requires_grad_() for param in zeros(dtype=torch.float64))
    torch.relu(-y * d2l.linreg(X, w, b)).sum().backward()
    assert not w.grad.any()
    assert not b.grad.any()
    chapter.perceptron_loss(d2l.linreg(X, w, b), y).sum().backward()
    assert w.grad.any()


# Convergence and the bound


def widest(X: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """w and b of scikit-learn's hard-margin support vector machine."""
    svm = SVC(kernel="linear", C=1e6).fit(X, y.flatten())
    return torch.tensor(svm.coef_.T), torch.tensor(svm.intercept_)


@pytest.mark.parametrize("margin", [0.3, 0.1, 0.02])
@pytest.mark.parametrize("seed", range(10))
def test_it_converges_within_the_bound_of_every_separator(seed: int, margin: float) -> None:
    X, y, w, b = problem(seed, margin=margin)
    learned_w, learned_b, mistakes = chapter.learn(X, y, max_epochs=200)
    assert mistakes[-1] == 0
    assert 0 not in mistakes[:-1]
    assert torch.equal(chapter.threshold(d2l.linreg(X, learned_w, learned_b)), y)
    for separator in ((w, b), widest(X, y), chapter.separator(X, y), (learned_w, learned_b)):
        assert sum(mistakes) <= chapter.mistake_bound(X, y, *separator)


def test_the_bound_holds_in_any_order_and_in_more_dimensions() -> None:
    for d in (1, 5, 20):
        u, c = torch.randn(d, 1).double(), torch.randn(1).double()
        X = torch.randn(80, d).double()
        y = chapter.threshold(d2l.linreg(X, u, c))
        bound = chapter.mistake_bound(X, y, u, c)
        for _ in range(3):
            order = torch.randperm(80)
            mistakes = chapter.learn(X[order], y[order], max_epochs=3000)[2]
            assert sum(mistakes) <= bound


def test_the_bound_by_hand() -> None:
    # x = 3 and -1 with w = 2, b = 0: (w, b) / 2 = (1, 0); gamma = min(3, 1), R^2 = 3^2 + 1
    X, y = torch.tensor([[3.0], [-1.0]]), torch.tensor([1, -1])
    bound = chapter.mistake_bound(X, y, torch.tensor([[2.0]]), torch.zeros(1))
    assert bound == pytest.approx(10.0)
    # with b = 2: u = (1, 1) / sqrt 2; the margins are 4 / sqrt 2 and 0: no separator
    with pytest.raises(ValueError, match=r"w, b: they do not separate the classes, the margin is -?0$"):
        chapter.mistake_bound(X, y, torch.tensor([[2.0]]), torch.tensor([2.0]))
    tilted = chapter.mistake_bound(X, y, torch.tensor([[2.0]]), torch.tensor([1.0]))
    assert tilted == pytest.approx(10 / (1 / 5))  # margins 7 / sqrt 5 and 1 / sqrt 5


def test_the_bound_is_reached() -> None:
    X, y = torch.tensor([[1.0], [-1.0]]), torch.tensor([1, -1])
    # From zero the first is a mistake; v = (1, 1), on whose line the second lies; v = (2, 0) makes none.
    assert chapter.learn(X, y)[2] == [2, 0]
    # R^2 = 1^2 + 1, and (w, b) = (1, 0) has the margin 1
    assert chapter.mistake_bound(X, y, torch.ones(1, 1), torch.zeros(1)) == pytest.approx(2.0)


def test_a_bound_needs_a_separator() -> None:
    X, y = XOR
    with pytest.raises(ValueError, match="w, b: they do not separate"):
        chapter.mistake_bound(X, y, torch.ones(2, 1), torch.zeros(1))
    with pytest.raises(ValueError, match="w, b: they do not separate"):
        chapter.mistake_bound(X, y, *zeros())  # 0 / 0


@pytest.mark.parametrize("margin", [0.0, 0.1, 2.0])
def test_separable_data_keep_their_distance(margin: float) -> None:
    X, y, w, b = problem(num=500, margin=margin)
    distance = y * d2l.linreg(X, w, b)
    assert w.norm().item() == pytest.approx(1.0)
    assert distance.min() >= margin - 1e-6  # made in float32
    assert distance.min() < margin + 0.1
    assert set(y.flatten().tolist()) == {-1, 1}


def test_learning_that_does_not_converge_says_so() -> None:
    _, _, mistakes = chapter.learn(*XOR, max_epochs=50)
    assert len(mistakes) == 50
    assert min(mistakes) > 0
    X, y, *_ = problem(2, margin=0.02)  # separable, but not in two passes
    assert chapter.learn(X, y, max_epochs=2)[2][-1] > 0
    with pytest.raises(ValueError, match="max_epochs: must be at least 1"):
        chapter.learn(X, y, max_epochs=0)


# The linear program


def has_line(X: torch.Tensor, y: torch.Tensor) -> bool:
    return chapter.separator(X, y) is not None


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e12])
@pytest.mark.parametrize("shift", [0.0, 1000.0])
def test_separator_separates_at_any_scale(scale: float, shift: float) -> None:
    X, y, *_ = problem(margin=0.01)
    X = (X + shift) * scale
    assert has_line(X, y)
    w, b = chapter.separator(X, y)
    assert (y * d2l.linreg(X, w, b) > 0).all()
    assert (w.dtype, b.shape) == (X.dtype, (1,))
    assert not has_line(torch.cat([X, X[:1]]), torch.cat([y, -y[:1]]))  # one point of both classes


def crossed(X: torch.Tensor, y: torch.Tensor) -> bool:
    """Whether four points in general position are labelled by the signs of a solution of a'(X, 1) = 0."""
    a = torch.linalg.svd(torch.cat([X, torch.ones(4, 1).to(X)], dim=1).T)[2][-1]
    return (a * y > 0).all().item() or (a * y < 0).all().item()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_separator_agrees_with_kirchbergers_theorem(dtype: torch.dtype) -> None:
    """In the plane two classes are separable if and only if they are among every four points."""
    answers = []
    for _ in range(60):
        X, y = torch.randn(6, 2, dtype=dtype), chapter.threshold(torch.randn(6, dtype=dtype))
        fours = [list(four) for four in itertools.combinations(range(6), 4)]
        answers.append(has_line(X, y))
        assert answers[-1] != any(crossed(X[four], y[four]) for four in fours)
    assert 10 < sum(answers) < 50


def test_separator_in_one_dimension_is_an_order() -> None:
    x = torch.tensor([[0.0], [1.0], [2.0], [3.0]])
    assert has_line(x, torch.tensor([-1, -1, 1, 1]))
    assert not has_line(x, torch.tensor([-1, 1, -1, 1]))
    assert not has_line(torch.zeros(2, 1), torch.tensor([-1, 1]))  # one point twice
    w, b = chapter.separator(x, torch.tensor([-1, -1, 1, 1]))
    assert -b / w == pytest.approx(1.5)  # the smallest w: in the middle of the gap
    for gap in (0.5, 2.5):
        y = 2 * (x > gap) - 1
        assert has_line(x, y)
        w, b = chapter.separator(x, y)
        assert -b / w == pytest.approx(gap)


@pytest.mark.parametrize("seed", range(5))
def test_separator_has_the_smallest_weights_that_reach_a_margin_of_one(seed: int) -> None:
    X, y, *known = problem(seed)
    w, b = chapter.separator(X, y)
    assert (y * d2l.linreg(X, w, b)).min().item() == pytest.approx(1.0)
    for u, c in (known, widest(X, y), chapter.learn(X, y)[:2]):
        gamma = (y * d2l.linreg(X, u, c)).min()
        assert w.abs().sum() <= (u / gamma).abs().sum() + 1e-6


def test_a_linear_program_that_is_not_solved_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    stuck = SimpleNamespace(status=4, message="numerical difficulties", x=None)
    monkeypatch.setattr(chapter, "linprog", lambda *args, **options: stuck)
    with pytest.raises(RuntimeError, match="not solved: numerical difficulties"):
        chapter.separator(*XOR)


# XOR


def test_no_perceptron_gets_more_than_three_points_of_xor_right() -> None:
    assert chapter.best_accuracy(*XOR) == 0.75
    assert not has_line(*XOR)
    X, y = XOR
    weights = torch.cartesian_prod(*[torch.linspace(-2, 2, 21)] * 3)
    found = chapter.threshold(X @ weights[:, :2].T + weights[:, 2])  # (4, 9261)
    assert (found == y.reshape(-1, 1)).double().mean(dim=0).max() == 0.75


def test_best_accuracy_of_separable_data_is_one_and_of_three_in_a_row_two_thirds() -> None:
    X = torch.tensor([[0.0], [1.0], [2.0]])
    assert chapter.best_accuracy(X, torch.tensor([-1, -1, 1])) == 1
    assert chapter.best_accuracy(X, torch.tensor([-1, 1, -1])) == pytest.approx(2 / 3)


def test_three_perceptrons_fit_xor() -> None:
    X, y = XOR
    assert torch.equal(chapter.xor_of_perceptrons(X).flatten(), y)
    assert torch.equal(chapter.xor_of_perceptrons(X.double()), y.double().reshape(-1, 1))


@pytest.mark.parametrize("seed", range(3))
def test_xor_variant_cycles_and_a_hidden_layer_learns_it(seed: int) -> None:
    metrics = chapter.xor(seed=seed).metrics
    assert metrics["passes until the weights recur"] == 1
    assert metrics["mistakes until then"] == 4
    assert metrics["best accuracy of one perceptron"] == 0.75
    assert metrics["accuracy of three perceptrons"] == 1
    assert metrics["accuracy of a trained hidden layer"] == 1  # one unit cannot, see below


def test_one_hidden_unit_is_not_enough_for_xor() -> None:
    assert chapter.xor(num_hiddens=1).metrics["accuracy of a trained hidden layer"] <= 0.75


# Shattering


def test_labellings_are_all_and_differ() -> None:
    every = chapter.labellings(4)
    assert every.shape == (16, 4)
    assert len({tuple(row) for row in every.tolist()}) == 16
    assert set(every.flatten().tolist()) == {-1, 1}
    for n in (0, 17):
        with pytest.raises(ValueError, match="n: "):
            chapter.labellings(n)


def test_three_points_are_shattered_unless_they_lie_on_a_line() -> None:
    """Errata, 003 4.3: not just any three points."""
    for _ in range(5):
        assert chapter.shatters(torch.randn(3, 2))
    row = torch.tensor([[0.0, 0.0], [1.0, 1.0], [3.0, 3.0]])
    assert not chapter.shatters(row)
    without = {tuple(y.tolist()) for y in chapter.labellings(3) if not has_line(row, y)}
    assert without == {(-1, 1, -1), (1, -1, 1)}  # the one in the middle is the odd one out


@pytest.mark.parametrize("num_inputs", [1, 2, 3])
def test_vc_dimension_is_one_more_than_the_number_of_inputs(num_inputs: int) -> None:
    corner = torch.cat([torch.zeros(1, num_inputs), torch.eye(num_inputs)])
    assert chapter.shatters(corner)
    for _ in range(3):
        assert chapter.shatters(torch.randn(num_inputs + 1, num_inputs))
        assert not chapter.shatters(torch.randn(num_inputs + 2, num_inputs))


@pytest.mark.parametrize(("n", "d"), [(3, 2), (4, 2), (5, 2), (4, 1), (5, 3)])
def test_as_many_labellings_are_separable_as_covers_formula_counts(n: int, d: int) -> None:
    X = torch.randn(n, d)
    count = sum(has_line(X, y) for y in chapter.labellings(n))
    assert count == 2 * sum(comb(n - 1, k) for k in range(d + 1))  # points in general position


@pytest.mark.parametrize("d", [1, 2, 3, 6])
def test_of_any_d_plus_two_points_there_is_a_labelling_without_a_separator(d: int) -> None:
    sets = [torch.randn(d + 2, d) for _ in range(20)]
    sets += [torch.randn(d + 4, d), torch.randn(d + 2, d).double(), torch.eye(d + 2)[:, :d]]
    for X in sets:
        y = chapter.radon_labelling(X)
        assert (y.shape, y.dtype) == ((len(X),), X.dtype)
        assert not has_line(X, y)


def test_radon_labelling_needs_enough_points() -> None:
    with pytest.raises(ValueError, match=r"X: 3 examples of 2 inputs; .* from 4 on"):
        chapter.radon_labelling(torch.randn(3, 2))


def test_shattering_variant_counts_and_draws() -> None:
    result = chapter.shattering(num_sets=2)
    assert [value for name, value in result.metrics.items() if "labellings" in name] == [8, 6, 14]
    assert [value for name, value in result.metrics.items() if "inputs" in name] == [1, 0, 1, 0, 1, 0]
    panels = {name: figure.axes for name, figure in result.figures.items()}
    assert {name: len(axes) for name, axes in panels.items()} == {"three": 8, "four": 16}
    titles = [axes.get_title() for axes in panels["four"]]
    assert (titles.count("separable"), titles.count("no line")) == (14, 2)
    assert sum(len(axes.lines) for axes in panels["four"]) == 12  # none where all are of one class


def test_shattering_variant_reports_what_it_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chapter, "shatters", lambda X: len(X) == X.shape[1] + 2)  # the wrong way round
    metrics = chapter.shattering(num_sets=2).metrics
    assert [value for name, value in metrics.items() if "inputs" in name] == [0, 2, 0, 2, 0, 2]


# The variants

VARIANTS = [chapter.scratch, chapter.concise]


def test_scratch_and_concise_have_the_same_knobs() -> None:
    assert inspect.signature(chapter.scratch) == inspect.signature(chapter.concise)


@pytest.mark.parametrize("knobs", [{}, {"seed": 3, "flipped": 2, "num_epochs": 6}])
def test_scratch_and_concise_make_the_same_mistakes(knobs: dict) -> None:
    one, other = (variant(**{"device": "cpu", **knobs}) for variant in VARIANTS)
    assert one.history["mistakes"] == other.history["mistakes"]
    assert one.metrics == other.metrics
    X = torch.randn(50, 2)
    assert torch.equal(one.net(X), other.net(X))  # the same weights, to the last bit
    assert one.net(X).any()
    assert one.history["mistakes"] != chapter.scratch(**{**knobs, "seed": 7}).history["mistakes"]


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("seed", [0, 1])
def test_separable_examples_are_learned_within_the_bound(variant: object, seed: int) -> None:
    result = variant(seed=seed, margin=0.1, device="cpu")
    metrics = result.metrics
    assert metrics["mistakes in the last epoch"] == 0
    assert metrics["train_acc"] == 1
    assert metrics["separable"] == 1
    assert 2 <= metrics["mistakes"] <= metrics["bound"]
    assert metrics["mistakes"] == sum(result.history["mistakes"]) > result.history[0]["mistakes"]
    X, y = chapter.examples(100, 0.1, 0, "cpu", seed)
    assert metrics["bound"] == chapter.mistake_bound(X, y, *chapter.separator(X, y))


@pytest.mark.parametrize("variant", VARIANTS)
def test_examples_without_a_line_are_said_to_have_none(variant: object) -> None:
    result = variant(flipped=2, device="cpu")
    assert result.metrics["separable"] == 0
    assert result.metrics["mistakes in the last epoch"] > 0
    assert "bound" not in result.metrics
    assert result.figure.axes[1].get_title() == "no line separates the classes"


def test_one_epoch_is_too_few_and_the_figure_says_so() -> None:
    one, many = (chapter.scratch(num_epochs=n, device="cpu") for n in (1, 15))
    assert one.figure.axes[1].get_title().startswith("not converged; bound")
    assert many.figure.axes[1].get_title().startswith("converged; bound")


def test_margins_stay_below_the_bound_and_grow_as_it_does() -> None:
    metrics = chapter.margins(num_runs=5).metrics
    assert 0.05 < metrics["largest share of the bound"] <= 1
    assert metrics["share of runs that converged"] == 1
    means = [value for name, value in metrics.items() if name.startswith("mean mistakes")]
    assert means == sorted(means)
    assert means[-1] > 5 * means[0]


def test_margins_reports_the_runs_that_do_not_converge(monkeypatch: pytest.MonkeyPatch) -> None:
    learn = chapter.learn
    monkeypatch.setattr(chapter, "learn", lambda X, y, max_epochs: learn(X, y, max_epochs=3))
    assert 0 < chapter.margins(num_runs=5).metrics["share of runs that converged"] < 1


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"margin": -0.1}, "margin: a distance cannot be negative"),
        ({"margin": math.nan}, "margin: a distance cannot be negative"),
        ({"num_epochs": 0}, "num_epochs: must be at least 1"),
        ({"num_examples": 0}, "num_examples: must be at least 1"),
        ({"num_examples": 1}, "of one class"),
        ({"flipped": 101}, "flipped: must be between 0 and the 100 examples"),
        ({"flipped": -1}, "flipped: must be between 0"),
        ({"seed": -1}, "seed: must be in"),
        ({"device": "gpu"}, "device: 'gpu' is not a device"),
    ],
)
@pytest.mark.parametrize("variant", VARIANTS)
def test_bad_knobs(variant: object, knobs: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        variant(**knobs)


def test_bad_knobs_of_the_others() -> None:
    for call in (
        partial(chapter.margins, num_runs=0),
        partial(chapter.shattering, num_sets=0),
        partial(chapter.xor, num_hiddens=0),
        partial(chapter.xor, num_epochs=0),
    ):
        with pytest.raises(ValueError, match="must be at least 1"):
            call()


def test_results_are_plain_floats() -> None:
    for result in (chapter.scratch(num_epochs=1), chapter.xor(num_epochs=1), chapter.margins(num_runs=1)):
        assert set(map(type, result.metrics.values())) == {float}
        assert np.isfinite(list(result.metrics.values())).all()


cpu = torch.device("cpu")
MUTANTS = [
    Mutant("threshold", "O > 0", "O >= 0", test_threshold_of_zero_is_minus_one),
    Mutant("as_labels", "(y == -1) | (y == 1)", "(y >= -1) & (y <= 1)",
           partial(test_labels_other_than_minus_one_and_one, [1.0, 0.5])),
    Mutant("as_labels", "((len(X),), (len(X), 1))", "((len(X),), (len(X), 1), (1, len(X)))",
           partial(test_labels_that_are_not_one_an_example, (1, 4))),
    Mutant("as_labels", "not X.isfinite().all()", "False",
           partial(test_features_that_are_not_finite, math.nan)),
    Mutant("perceptron_step", "<= 0", "< 0",
           partial(test_an_example_on_the_line_is_a_mistake_of_either_class, 1.0)),
    Mutant("perceptron_step", "lr * y[0]", "lr", test_a_step_changes_w_and_b_by_a_mistake_only),
    Mutant("perceptron_step", "lr * y * x.T", "y * x.T", test_a_step_changes_w_and_b_by_a_mistake_only),
    Mutant("perceptron_epoch", "x, label, lr", "x, label",
           partial(test_the_rule_is_sgd_on_the_perceptron_loss_to_the_last_bit, 0.25, False, cpu)),
    Mutant("perceptron_epoch", "check_two_classes(y)", "pass", partial(test_one_class_only, 1)),
    Mutant("learn", "0 not in mistakes", "True",
           partial(test_it_converges_within_the_bound_of_every_separator, 0, 0.1)),
    Mutant("learn", "len(mistakes) < max_epochs", "len(mistakes) < 2",
           test_learning_that_does_not_converge_says_so),
    Mutant("mistake_bound", ".sum(dim=1) + 1)", ".sum(dim=1))", test_the_bound_by_hand),
    Mutant("mistake_bound", " + b.square().sum())", ")", test_the_bound_by_hand),
    Mutant("mistake_bound", "** 2", "", test_the_bound_by_hand),
    Mutant("mistake_bound", "not gamma > 0", "gamma < 0", test_a_bound_needs_a_separator),
    Mutant("separable_data", "X + margin * y * w.T", "X + margin * w.T",
           partial(test_separable_data_keep_their_distance, 0.1)),
    Mutant("separator", "(X - centre) / spread", "X",
           partial(test_separator_separates_at_any_scale, 1e-12, 0.0)),
    Mutant("separator", "[1.0] * (2 * d) + [0.0]", "[0.0] * (2 * d + 1)",
           partial(test_separator_has_the_smallest_weights_that_reach_a_margin_of_one, 3)),
    Mutant("separator", "- centre @ w", "", partial(test_separator_separates_at_any_scale, 1.0, 1000.0)),
    Mutant("separator", "[(None, None)]", "[(0, None)]", test_separator_in_one_dimension_is_an_order),
    Mutant("examples", "y[:flipped] *= -1", "pass",
           partial(test_examples_without_a_line_are_said_to_have_none, chapter.scratch)),
    Mutant("perceptron_loss", "y * O <= 0", "y * O < 0",
           test_slope_of_the_loss_is_that_of_the_rule_on_the_line_too),
    Mutant("labellings", "2**n)", "2**n - 1)", test_labellings_are_all_and_differ),
    Mutant("best_accuracy", " if separator(X, t) is not None", "",
           test_no_perceptron_gets_more_than_three_points_of_xor_right),
    Mutant("xor_of_perceptrons", "ones, -1.0", "ones, 1.0", test_three_perceptrons_fit_xor),
    Mutant("shatters", "all(", "any(", partial(test_vc_dimension_is_one_more_than_the_number_of_inputs, 2)),
    Mutant("radon_labelling", "torch.ones_like(X[:, :1])", "X[:, :1]",
           partial(test_of_any_d_plus_two_points_there_is_a_labelling_without_a_separator, 3)),
    Mutant("radon_labelling", "Vh[-1]", "Vh[0]",
           partial(test_of_any_d_plus_two_points_there_is_a_labelling_without_a_separator, 2)),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(chapter, MUTANTS)
