"""The board: which points its curves have, and what is drawn of them."""

import numpy as np
import torch
from matplotlib import pyplot as plt

from d2lcore.editions.progress import ProgressBoard


def drawn(board: ProgressBoard) -> dict[str, list[tuple[float, float]]]:
    axes = board.axes or board.fig.gca()
    return {line.get_label(): [tuple(point) for point in line.get_xydata()] for line in axes.get_lines()}


def test_a_point_is_the_mean_of_every_n_values_and_what_is_over_waits() -> None:
    board = ProgressBoard("x")
    for x in range(7):
        board.draw(x, x**2, "square", every_n=3)
        board.draw(x, torch.tensor(1.0), "one")
    assert board.data["square"] == [(1, 5 / 3), (4, 50 / 3)]
    assert board.raw_points["square"] == [(6, 36)]
    assert board.data["one"][-1].y == 1
    assert drawn(board) == dict(board.data)


def test_attributes_changed_later_are_those_of_the_figure() -> None:
    board = ProgressBoard(ylabel="loss")
    board.draw(1, 10, "a")
    assert board.fig.gca().get_yscale() == "linear"
    board.xlabel, board.yscale, board.xlim = "epoch", "log", [0, 3]
    board.draw(2, np.float32(0.1), "b")
    axes = board.fig.gca()
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_yscale()) == ("epoch", "loss", "log")
    assert axes.get_xlim() == (0, 3)
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["a", "b"]
    assert [line.get_linestyle() for line in axes.get_lines()] == ["-", "--"]
    assert [line.get_color() for line in axes.get_lines()] == ["C0", "C1"]


def test_in_a_script_the_figure_is_the_current_one_of_pyplot() -> None:
    board = ProgressBoard()
    board.draw(1, 2, "a")
    assert plt.gcf() is board.fig
    assert [tuple(point) for point in plt.gca().get_lines()[0].get_xydata()] == [(1, 2)]


def test_without_display_points_are_kept_and_no_figure_is_made() -> None:
    board = ProgressBoard(display=False)
    board.draw(1, 2, "a")
    assert board.data["a"] == [(1, 2)]
    assert board.fig is None
    assert plt.get_fignums() == []


def test_it_draws_into_axes_or_a_figure_that_are_given() -> None:
    figure, (left, right) = plt.subplots(1, 2)
    board = ProgressBoard(axes=right)
    board.draw(1, 2, "a")
    assert drawn(board) == {"a": [(1, 2)]}
    assert not left.get_lines()
    ProgressBoard(fig=figure).draw(3, 4, "b")
    assert len(figure.axes) == 2
    assert plt.get_fignums() == [figure.number]


def test_curves_without_a_style_are_kept_but_not_drawn() -> None:
    board = ProgressBoard(ls=["-"], colors=["red", "green"])
    board.draw(0, 1, "a")
    board.draw(0, 2, "b")
    assert list(drawn(board)) == ["a"]
    assert list(board.data) == ["a", "b"]
