"""Curves that grow: in a notebook, in a window, and without either."""

import pickle
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import torch
from kernel import in_kernel
from matplotlib import pyplot
from matplotlib.backend_bases import FigureCanvasBase

import d2lcore as d2l
from d2lcore import animator as module


def ys(axes: Any) -> list[list[float]]:
    return [list(line.get_ydata()) for line in axes.lines]


def test_animator_keeps_points_readable_and_draws_them_on_save(tmp_path: Path) -> None:
    animator = d2l.Animator("epoch", legend=["train", "test"], yscale="log")
    animator.add(1, (4.0, torch.tensor(5.0)))
    animator.add(2, (2.0, None))
    animator.add([3, 4], [1.0, 2.0])
    assert animator.X == [[1, 2, 3], [1, 4]]
    assert animator.Y == [[4.0, 2.0, 1.0], [5.0, 2.0]]
    path = animator.save(tmp_path / "curves.png")
    assert path.read_bytes().startswith(b"\x89PNG")
    assert ys(animator.axes[0]) == animator.Y
    assert [text.get_text() for text in animator.axes[0].get_legend().get_texts()] == ["train", "test"]
    low, high = animator.axes[0].get_ylim()
    assert low < 1.0 < 5.0 < high


def test_animator_takes_single_numbers_and_more_curves_than_formats() -> None:
    one = d2l.Animator()
    one.add(0, 1.5)
    assert (one.X, one.Y) == ([[0]], [[1.5]])
    many = d2l.Animator()
    many.add(0, range(6))
    many.update()
    assert len(many.axes[0].lines) == 6


def test_animator_updates_its_lines_rather_than_add_new_ones() -> None:
    animator = d2l.Animator()
    for epoch in range(5):
        animator.add(epoch, (epoch, -epoch))
        animator.update()
    assert len(animator.axes[0].lines) == 2


def test_animator_refuses_another_number_of_curves() -> None:
    animator = d2l.Animator()
    animator.add(1, (1, 2))
    with pytest.raises(ValueError, match="add: 3 x and 3 y values for 2 curves"):
        animator.add(2, (1, 2, 3))
    assert animator.Y == [[1], [2]]


def test_without_a_display_nothing_is_drawn_until_somebody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    update = module.Animator.update
    monkeypatch.setattr(module.Animator, "update", lambda self: (update(self), drawn.append(len(self.Y[0]))))
    animator = d2l.Animator()
    for epoch in range(50):
        animator.add(epoch, epoch)
    assert not drawn
    animator.axes, animator.axes, animator.fig.axes, pyplot.gca()
    assert drawn == [50]
    animator.add(50, 50)
    animator.fig.canvas.draw()
    assert drawn == [50, 51]


@pytest.mark.parametrize(
    "look",
    [
        lambda animator: animator.axes[0],
        lambda animator: animator.fig.axes[0],
        lambda animator: animator.fig.gca(),
        lambda animator: pyplot.gca(),
        lambda animator: pyplot.gcf().axes[0],
        lambda animator: (animator.axes[0], animator.add(3, (5, 6)), pyplot.savefig(BytesIO()))[0],
    ],
)
def test_whoever_looks_sees_every_point(look: Callable) -> None:
    animator = d2l.Animator()
    assert animator.fig is pyplot.gcf()
    animator.add(1, (1, 2))
    assert ys(animator.axes[0]) == [[1], [2]]
    animator.add(2, (3, 4))
    assert ys(look(animator)) == animator.Y
    assert animator.Y[1][:2] == [2, 4]


def test_pyplot_keeps_the_last_ten_headless_animators() -> None:
    animators = []
    for i in range(30):  # pyplot warns at 21 open figures, and warnings are errors here
        animators.append(d2l.Animator())
        animators[-1].add(0, i)
    assert pyplot.get_fignums() == [animator.fig.number for animator in animators[20:]]
    assert [ys(animator.axes[0]) for animator in animators] == [[[i]] for i in range(30)]


def test_figures_closed_by_their_reader_make_room_for_others() -> None:
    first = d2l.Animator()
    others = [d2l.Animator() for _ in range(5)]
    for animator in others:
        pyplot.close(animator.fig)
    others += [d2l.Animator() for _ in range(9)]
    assert pyplot.get_fignums() == [first.fig.number, *(animator.fig.number for animator in others[5:])]


def test_config_axes_restores_the_axes_after_a_reader_cleared_them() -> None:
    animator = d2l.Animator("epoch", "loss", ["a"], (1, 3), (0, 9), yscale="symlog")
    animator.add(1, 4)
    axes = animator.axes[0]
    axes.cla()  # as in the book's own `add`, or in a reader's version of it
    axes.plot(animator.X[0], animator.Y[0])
    animator.config_axes()
    look = (axes.get_xlabel(), axes.get_ylabel(), axes.get_xlim(), axes.get_ylim(), axes.get_yscale())
    assert look == ("epoch", "loss", (1, 3), (0, 9), "symlog")
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["a"]
    axes.cla()
    animator.add(2, 5)
    assert ys(animator.axes[0]) == [[4, 5]]
    assert (axes.get_xlabel(), axes.get_yscale()) == ("epoch", "symlog")


def test_a_readers_change_of_the_axes_before_the_first_point_stays() -> None:
    animator = d2l.Animator("epoch")
    animator.axes[0].set_xlabel("step")
    animator.add(1, 1)
    assert animator.axes[0].get_xlabel() == "step"


def test_an_animators_figure_can_be_pickled_with_its_curves() -> None:
    animator = d2l.Animator()
    animator.add(1, 7)
    assert ys(pickle.loads(pickle.dumps(animator.fig)).axes[0]) == [[7]]


class Window(FigureCanvasBase):
    """A canvas that claims to be in a window, and counts its draws."""

    required_interactive_framework = "test"
    draws = 0

    def draw_idle(self, *_: object, **__: object) -> None:
        Window.draws += 1


def test_animator_in_a_window_redraws_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "has_window", lambda figure: True)
    animator = d2l.Animator()
    assert pyplot.get_fignums(), "the window's figure stays open"
    Window(animator.fig)
    monkeypatch.setattr(animator.fig, "show", lambda: None)
    before = Window.draws
    for epoch in range(3):
        animator.add(epoch, epoch)
    assert Window.draws == before + 3
    assert list(animator.axes[0].lines[0].get_ydata()) == [0, 1, 2]


@pytest.mark.slow
def test_animator_in_a_notebook_updates_one_picture_and_shows_the_last_point() -> None:
    outputs = in_kernel(
        "import d2lcore as d2l\n"
        "shown = []\n"
        "show = d2l.Animator._show\n"
        "d2l.Animator._show = lambda self, *a: (show(self), shown.append(len(self.Y[0])))\n"
        "animator = d2l.Animator(legend='loss')\n"
        "for i in range(50):\n"
        "    animator.add(i, i * i)\n"
        "assert shown[0] == 1 and len(shown) < 50, shown\n"
        "get_ipython().events.trigger('post_run_cell', None)\n"
        "assert shown[-1] == 50, shown\n"
    )
    assert [output.output_type for output in outputs] == ["display_data"]
    assert "image/png" in outputs[0].data


def test_animator_takes_tensors_of_one_number_with_and_without_gradient() -> None:
    animator = d2l.Animator()
    animator.add(1, torch.tensor(0.5))
    animator.add(torch.tensor(2), torch.tensor(0.25, requires_grad=True))  # warnings are errors here
    assert (animator.X, animator.Y) == ([[1, 2]], [[0.5, 0.25]])
