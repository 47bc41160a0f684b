"""Curves that grow: in a notebook, in a window, and without either."""

from pathlib import Path

import pytest
import torch
from kernel import in_kernel
from matplotlib import pyplot
from matplotlib.backend_bases import FigureCanvasBase

import d2lcore as d2l
from d2lcore import animator as module


def test_animator_keeps_points_readable_and_draws_them_on_save(tmp_path: Path) -> None:
    animator = d2l.Animator("epoch", legend=["train", "test"], yscale="log")
    animator.add(1, (4.0, torch.tensor(5.0)))
    animator.add(2, (2.0, None))
    animator.add([3, 4], [1.0, 2.0])
    assert animator.X == [[1, 2, 3], [1, 4]]
    assert animator.Y == [[4.0, 2.0, 1.0], [5.0, 2.0]]
    assert not animator.axes[0].lines, "nothing is drawn before it is asked for"
    path = animator.save(tmp_path / "curves.png")
    assert path.read_bytes().startswith(b"\x89PNG")
    assert [list(line.get_ydata()) for line in animator.axes[0].lines] == animator.Y
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


def test_headless_animators_are_not_kept_by_pyplot() -> None:
    for _ in range(30):  # pyplot warns at 21 open figures, and warnings are errors here
        d2l.Animator()
    assert pyplot.get_fignums() == []


class Window(FigureCanvasBase):
    """A canvas that claims to be in a window, and counts its draws."""

    required_interactive_framework = "test"
    draws = 0

    def draw_idle(self, *_: object, **__: object) -> None:
        Window.draws += 1


def test_animator_in_a_window_redraws_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plotting, "has_window", lambda figure: True)
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
        "import d2lcore as d2l, d2lcore.plotting as plotting\n"
        "shown = []\n"
        "show = plotting.Animator._show\n"
        "plotting.Animator._show = lambda self, *a: (show(self), shown.append(len(self.Y[0])))\n"
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


