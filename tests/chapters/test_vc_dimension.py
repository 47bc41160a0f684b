"""The VC dimension of a perceptron: the linear program against theorems, and what a line can shatter."""

import itertools
from functools import partial
from math import comb
from types import SimpleNamespace

import mutants
import pytest
import torch
from mutants import Mutant
from sklearn.svm import SVC

from chapters import perceptron
from chapters import vc_dimension as chapter

XOR = torch.tensor(perceptron.XOR_X), torch.tensor(perceptron.XOR_Y)


def problem(seed: int = 0, num: int = 60, margin: float = 0.05) -> tuple[torch.Tensor, ...]:
    """Separable float64 examples, and the line that divides them."""
    torch.manual_seed(seed)
    return tuple(tensor.double() for tensor in perceptron.separable_data(num, margin))


# The linear program


def widest(X: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """w and b of scikit-learn's hard-margin support vector machine."""
    svm = SVC(kernel="linear", C=1e6).fit(X, y.flatten())
    return torch.tensor(svm.coef_.T), torch.tensor(svm.intercept_)


def has_line(X: torch.Tensor, y: torch.Tensor) -> bool:
    return chapter.separator(X, y) is not None


@pytest.mark.parametrize("label", [-1, 1])
def test_a_constant_answer_separates_one_class(label: int) -> None:
    w, b = chapter.separator(torch.randn(5, 2), torch.full((5, 1), label))
    assert not w.any()
    assert perceptron.threshold(b) == label


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e12])
@pytest.mark.parametrize("shift", [0.0, 1000.0])
def test_separator_separates_at_any_scale(scale: float, shift: float) -> None:
    X, y, *_ = problem(margin=0.01)
    X = (X + shift) * scale
    assert has_line(X, y)
    w, b = chapter.separator(X, y)
    assert (y * (X @ w + b) > 0).all()
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
        X, y = torch.randn(6, 2, dtype=dtype), perceptron.threshold(torch.randn(6, dtype=dtype))
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
    assert (y * (X @ w + b)).min().item() == pytest.approx(1.0)
    for u, c in (known, widest(X, y)):
        gamma = (y * (X @ u + c)).min()
        assert w.abs().sum() <= (u / gamma).abs().sum() + 1e-6


def test_a_linear_program_that_is_not_solved_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    stuck = SimpleNamespace(status=4, message="numerical difficulties", x=None)
    monkeypatch.setattr(chapter, "linprog", lambda *args, **options: stuck)
    with pytest.raises(RuntimeError, match="not solved: numerical difficulties"):
        chapter.separator(*XOR)


# Shattering


def test_no_perceptron_gets_more_than_three_points_of_xor_right() -> None:
    assert chapter.best_accuracy(*XOR) == 0.75
    assert not has_line(*XOR)
    X, y = XOR
    weights = torch.cartesian_prod(*[torch.linspace(-2, 2, 21)] * 3)
    found = perceptron.threshold(X @ weights[:, :2].T + weights[:, 2])  # (4, 9261)
    assert (found == y.reshape(-1, 1)).double().mean(dim=0).max() == 0.75


def test_best_accuracy_of_separable_data_is_one_and_of_three_in_a_row_two_thirds() -> None:
    X = torch.tensor([[0.0], [1.0], [2.0]])
    assert chapter.best_accuracy(X, torch.tensor([-1, -1, 1])) == 1
    assert chapter.best_accuracy(X, torch.tensor([-1, 1, -1])) == pytest.approx(2 / 3)


def test_labellings_are_all_and_differ() -> None:
    every = chapter.labellings(4)
    assert every.shape == (16, 4)
    assert len({tuple(row) for row in every.tolist()}) == 16
    assert set(every.flatten().tolist()) == {-1, 1}


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
    with pytest.raises(ValueError, match=r"X: 3 points of 2 inputs; .* from 4 on"):
        chapter.radon_labelling(torch.randn(3, 2))


def test_shattering_variant_counts_and_draws() -> None:
    result = chapter.shattering(num_sets=2)
    assert [value for name, value in result.metrics.items() if "labellings" in name] == [8, 6, 14]
    assert result.metrics["XOR: best accuracy of one perceptron"] == 0.75
    assert [value for name, value in result.metrics.items() if "inputs" in name] == [1, 0, 1, 0, 1, 0]
    panels = {name: figure.axes for name, figure in result.figures.items()}
    counts = {name: len(axes) for name, axes in panels.items()}
    assert counts == {"three_points": 8, "three_points_on_a_line": 8, "four_points": 16}
    titles = [axes.get_title() for axes in panels["four_points"]]
    assert (titles.count("separable"), titles.count("no line")) == (14, 2)
    assert sum(len(axes.lines) for axes in panels["four_points"]) == 12  # none where all are of one class


def test_shattering_variant_reports_what_it_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chapter, "shatters", lambda X: len(X) == X.shape[1] + 2)  # the wrong way round
    metrics = chapter.shattering(num_sets=2).metrics
    assert [value for name, value in metrics.items() if "inputs" in name] == [0, 2, 0, 2, 0, 2]


MUTANTS = [
    Mutant("separator", "(X - centre) / spread", "X",
           partial(test_separator_separates_at_any_scale, 1e-12, 0.0)),
    Mutant("separator", "[1.0] * (2 * d) + [0.0]", "[0.0] * (2 * d + 1)",
           partial(test_separator_has_the_smallest_weights_that_reach_a_margin_of_one, 3)),
    Mutant("separator", "- centre @ w", "", partial(test_separator_separates_at_any_scale, 1.0, 1000.0)),
    Mutant("separator", "[(None, None)]", "[(0, None)]", test_separator_in_one_dimension_is_an_order),
    Mutant("labellings", "2**n)", "2**n - 1)", test_labellings_are_all_and_differ),
    Mutant("best_accuracy", " if separator(X, t) is not None", "",
           test_no_perceptron_gets_more_than_three_points_of_xor_right),
    Mutant("shatters", "all(", "any(", partial(test_vc_dimension_is_one_more_than_the_number_of_inputs, 2)),
    Mutant("radon_labelling", "torch.ones_like(X[:, :1])", "X[:, :1]",
           partial(test_of_any_d_plus_two_points_there_is_a_labelling_without_a_separator, 3)),
    Mutant("radon_labelling", "Vh[-1]", "Vh[0]",
           partial(test_of_any_d_plus_two_points_there_is_a_labelling_without_a_separator, 2)),
]  # fmt: skip

test_mutant_dies, test_every_function_has_a_mutant = mutants.tests(chapter, MUTANTS)
