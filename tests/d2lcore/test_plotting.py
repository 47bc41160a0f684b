"""Curves and images, in a notebook and outside."""

import inspect
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
import torch
from kernel import in_kernel
from matplotlib import pyplot

import d2lcore as d2l


@pytest.mark.slow
def test_helpers_in_a_notebook_show_each_figure_once_and_echo_nothing() -> None:
    outputs = in_kernel(
        "import torch, d2lcore as d2l\nd2l.plot([1, 2, 3])\nd2l.show_images(torch.rand(2, 1, 4, 4), 1, 2)"
    )
    kinds = [(output.output_type, sorted(output.data)) for output in outputs]
    assert kinds == [("display_data", ["image/svg+xml", "text/plain"])] * 2


@pytest.mark.slow
def test_helpers_print_nothing_into_a_pipe() -> None:
    code = (
        "import torch, d2lcore as d2l\n"
        "d2l.use_svg_display(); d2l.set_figsize(); d2l.plot([1, 2])\n"
        "d2l.show_images(torch.rand(1, 4, 4), 1, 1)\n"
        "animator = d2l.Animator(); animator.add(1, 2)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def counts() -> list[int]:
    """The number of curves in each axes of the current figure."""
    return [len(axes.lines) for axes in pyplot.gcf().axes]


def test_plot_fills_the_subplot_that_was_just_made() -> None:
    pyplot.subplot(1, 2, 1)
    d2l.plot([1, 2, 3])
    pyplot.subplot(1, 2, 2)
    d2l.plot([1, 2], [[3, 4], [5, 6]], "x")
    assert counts() == [1, 2]
    assert pyplot.gca().get_xlabel() == "x"
    assert len(pyplot.get_fignums()) == 1


def test_plot_fills_a_figure_that_was_just_made_whatever_its_size() -> None:
    figure = pyplot.figure(figsize=(7, 3))
    d2l.plot([1, 2, 3], figsize=(2, 2))
    assert pyplot.get_fignums() == [figure.number]
    assert list(figure.get_size_inches()) == [7, 3]
    assert counts() == [1]


@pytest.mark.parametrize(
    "drawn",
    [
        lambda: d2l.plot([5, 6]),
        lambda: pyplot.scatter([1], [2]),
        lambda: d2l.show_images(torch.rand(1, 2, 2), 1, 1),
        lambda: d2l.show_images(torch.rand(1, 2, 2), 1, 2),
        lambda: d2l.Animator(),
    ],
    ids=["curve", "points", "image", "place left free", "animator without points"],
)
def test_plot_draws_over_nothing_that_is_there(drawn: Callable) -> None:
    drawn()
    before = counts()
    d2l.plot([1, 2, 3], figsize=(4, 2))
    assert counts() == [1]
    assert list(pyplot.gcf().get_size_inches()) == [4, 2]
    assert len(pyplot.get_fignums()) == 2
    pyplot.figure(pyplot.get_fignums()[0])
    assert counts() == before


def test_the_current_axes_after_plot_are_those_it_drew_in() -> None:
    d2l.plot([1, 10, 100])
    pyplot.gca().set_yscale("log")  # book 11.5
    assert pyplot.gca().lines[0].get_ydata().tolist() == [1, 10, 100]


def test_plot_clears_the_axes_it_is_given() -> None:
    axes = pyplot.figure().subplots()
    axes.scatter([1], [50])
    d2l.plot([1, 2, 3], legend=["first"], yscale="log", axes=axes)
    d2l.plot([4, 5], legend=["second"], axes=axes)
    assert [list(line.get_ydata()) for line in axes.lines] == [[4, 5]]
    assert not axes.collections
    assert axes.get_yscale() == "linear"
    assert axes.get_ylim()[1] < 6
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["second"]


def test_plot_leaves_what_was_set_on_empty_axes() -> None:
    _, (left, right) = pyplot.subplots(1, 2, sharey=True)
    right.set_title("a title")
    d2l.plot([1, 2], axes=right)
    assert right.get_title() == "a title"
    assert not right.yaxis.get_tick_params()["labelleft"], "the shared axis is labelled on the left alone"
    assert not left.lines


@pytest.mark.parametrize(
    ("X", "Y", "curves"),
    [
        ([3, 1, 2], None, [([0, 1, 2], [3, 1, 2])]),
        ([0, 1], [[2, 3], [4, 5]], [([0, 1], [2, 3]), ([0, 1], [4, 5])]),
        ([[0, 1], [2]], [[2, 3], [4]], [([0, 1], [2, 3]), ([2], [4])]),
        (torch.tensor([0, 1]), torch.tensor([[2, 3], [4, 5]]), [([0, 1], [2, 3]), ([0, 1], [4, 5])]),
        (np.array([0, 1]), [torch.tensor([2.0, 3.0], requires_grad=True)], [([0, 1], [2, 3])]),
    ],
)  # fmt: skip
def test_plot_draws_the_curves_it_is_given(X: object, Y: object, curves: list) -> None:
    axes = pyplot.figure().subplots()
    d2l.plot(X, Y, "x", "y", legend=["a", "b"][: len(curves)], xlim=(0, 3), axes=axes)
    assert [(list(line.get_xdata()), list(line.get_ydata())) for line in axes.lines] == curves
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_xlim()) == ("x", "y", (0, 3))


@pytest.mark.parametrize(
    ("Y", "curves"),
    [
        ({"a": 1.0, "b": 3.0}.values(), [[1, 3]]),
        ({"a": [1.0, 2.0], "b": [3.0, 4.0]}.values(), [[1, 2], [3, 4]]),
        ((i * i for i in range(4)), [[0, 1, 4, 9]]),
        (zip([1, 2], [3, 4], strict=True), [[1, 3], [2, 4]]),
        (map(float, range(3)), [[0, 1, 2]]),
        (torch.tensor([1.5, 2.5], dtype=torch.bfloat16), [[1.5, 2.5]]),
        ([torch.tensor(0.5, requires_grad=True), torch.tensor(1.5)], [[0.5, 1.5]]),
    ],
)  # fmt: skip
def test_plot_takes_what_one_can_iterate_over(Y: object, curves: list) -> None:
    axes = pyplot.figure().subplots()
    d2l.plot(Y, axes=axes)
    assert [list(line.get_ydata()) for line in axes.lines] == curves


def test_plot_of_a_tall_matrix_names_its_transpose() -> None:
    x, tall = np.arange(30), np.ones((30, 2))
    with pytest.raises(ValueError, match=r"X: 30 rows of 2 values .* pass X.T"):
        d2l.plot(tall)
    with pytest.raises(ValueError, match=r"curves of \[30, 30, .* 30 in all\] x .* do not match; .* try Y.T"):
        d2l.plot(x, tall)
    axes = pyplot.figure().subplots()
    d2l.plot(x, tall.T, axes=axes)
    assert len(axes.lines) == 2


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: d2l.plot("text"), "X: expected numbers, got 'text'"),
        (lambda: d2l.plot({"a": 1}), "X: expected numbers, got a dict"),
        (lambda: d2l.plot([1, 2], np.ones((2, 2, 2))), r"Y: cannot use an? ndarray of shape \(2, 2, 2\)"),
        (lambda: d2l.plot([1], axes="here"), "axes: expected the axes of a figure, got 'here'"),
        (lambda: d2l.plot([1], figsize=3), "figsize: cannot use 3"),
        (lambda: d2l.plot([1], xscale="cubic"), "xscale: cannot use 'cubic'"),
        (lambda: d2l.set_axes(None), "axes: expected the axes of a figure, got None"),
        (lambda: d2l.set_axes(pyplot.subplots()[1], xlim="ab"), "xlim: cannot use 'ab'"),
        (lambda: d2l.set_axes(pyplot.subplots()[1], legend=3), "legend: expected a list of texts, got 3"),
        (lambda: d2l.show_images(3, 1, 1), "imgs: expected a list of images, got 3"),
        (lambda: d2l.show_images([torch.ones(2)], 1, 1), "imgs: cannot use a Tensor of shape"),
        (lambda: d2l.Animator(figsize=(0, 1)), "figsize: cannot use a tuple"),
        (lambda: d2l.set_figsize((1, 0)), "figsize: cannot use a tuple"),
        (lambda: d2l.set_figsize((-0.5, 1)), "figsize: cannot use a tuple"),
        (lambda: d2l.Animator().add(1, "one"), "y: expected a number or one a curve, got 'one'"),
        (lambda: d2l.Animator().add(1, [object()]), "y: cannot use a list"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("unchecked")
def test_wrong_arguments_are_named(call: Callable, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        call()


def test_plot_refuses_curves_that_do_not_match() -> None:
    with pytest.raises(ValueError, match=r"curves of \[3\] x and \[2\] y values do not match"):
        d2l.plot([1, 2, 3], [1, 2])
    assert not pyplot.get_fignums()


def test_show_images_takes_grey_and_colour_in_either_order() -> None:
    images = [torch.rand(5, 4), torch.rand(1, 5, 4), torch.rand(3, 5, 4), np.random.rand(5, 4, 3)]
    axes = d2l.show_images(images, 1, 5, titles=["a", "b", "c"])
    shapes = [place.images[0].get_array().shape for place in axes[:4]]
    assert shapes == [(5, 4), (5, 4), (5, 4, 3), (5, 4, 3)]
    assert not axes[4].images
    assert [place.get_title() for place in axes] == ["a", "b", "c", "", ""]


def test_show_images_draws_as_many_as_there_are_places() -> None:
    images = [torch.full((2, 2), float(i)) for i in range(5)]
    axes = d2l.show_images(images, 2, 2, titles=[str(i) for i in range(5)])
    assert [int(place.images[0].get_array()[0, 0]) for place in axes] == [0, 1, 2, 3]
    assert [place.get_title() for place in axes] == ["0", "1", "2", "3"]
    stream = (torch.zeros(2, 2) for _ in range(5))
    assert len(d2l.show_images(stream, 1, 2)) == 2
    assert len(list(stream)) == 3, "what is not drawn is not even asked for"


def test_set_axes_and_figsize() -> None:
    d2l.set_figsize((6, 2))
    figure, axes = pyplot.subplots()
    assert list(figure.get_size_inches()) == [6, 2]
    axes.plot([1, 2], [1, 10])
    d2l.set_axes(axes, "x", "y", (1, 2), (1, 10), "linear", "log", ["curve"])
    assert (axes.get_yscale(), axes.get_ylim()) == ("log", (1, 10))
    d2l.set_figsize()
    assert list(pyplot.figure().get_size_inches()) == [3.5, 2.5]  # as the book's
    for default in (d2l.plot, d2l.Animator, d2l.set_figsize):
        assert inspect.signature(default).parameters["figsize"].default == (3.5, 2.5)
