"""The page without a browser: dots that are dragged, and what is asked of the reader's function."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("bokeh", reason="the extra `play` is not installed")

from bokeh.document import Document

from d2lcourse.play.linear_regression import PLAYER
from d2lcourse.play.page import Window
from d2lcourse.play.run import Mine
from d2lcourse.play.softmax_regression import PLAYER as SOFTMAX


@pytest.fixture
def window() -> Window:
    return Window(PLAYER, Document(), None)


def drag_last_down(window: Window) -> dict[str, list[Any]]:
    """As the browser does it: new columns for the source of the dots."""
    source = window.ours[0].dots.data_source
    columns = {name: list(column) for name, column in source.data.items()}
    columns["y"][-1] = -5.0
    source.data = columns
    return columns


def test_what_the_page_draws_itself_is_no_drag(window: Window) -> None:
    window.step()
    window.turn("noise", 1.5)
    assert window.points is None


def test_a_drag_is_drawn_soon_and_keeps_its_place_until_reset(window: Window) -> None:
    window.step()
    before = window.numbers.text
    columns = drag_last_down(window)
    assert (window.following, window.numbers.text) == (True, before)  # one drawing, however many moves
    window._follow()
    assert (window.following, window.state["step"]) == (False, 1)
    assert window.numbers.text != before
    source = window.ours[0].dots.data_source
    window.step()
    assert source.data["y"] == columns["y"]
    window.reset()
    assert window.points is None
    assert source.data["y"] != columns["y"]


def test_a_new_point_keeps_the_class_it_was_added_in() -> None:
    window = Window(SOFTMAX, Document(), None)
    source = window.ours[0].dots.data_source
    source.data = {name: [*column, "" if name == "name" else 1.0] for name, column in source.data.items()}
    window._follow()
    window.turn("new", "green")
    window.step()
    assert source.data["name"][-1] == "blue"
    assert window.state["y"][-1] == 0


def test_the_curve_of_the_loss_says_at_which_step(window: Window) -> None:
    for _ in range(3):
        window.step()
    window.state["path"] = window.state["path"][-2:]  # as many steps on
    window._show()
    (line,) = window.ours[2].figure.renderers
    assert line.data_source.data["x"] == [2, 3]


class Slowly(Window):
    """What is asked of the reader's function waits in a list."""

    def _in_background(self, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        self.waiting = [*getattr(self, "waiting", []), (work, then)]

    def answer(self) -> None:
        work, then = self.waiting.pop(0)
        then(work())


def test_a_reset_while_the_readers_function_runs_begins_theirs_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sgd.py").write_text("def sgd(params, lr, batch_size): ...\n", encoding="utf-8")
    asked = []

    def see(self: Mine, state: Any, knobs: Any, steps: int, points: Any = None) -> tuple:
        asked.append((state and state["step"], steps))
        return {"step": (state["step"] if state else 0) + steps}, None, ""

    monkeypatch.setattr(Mine, "see", see)
    monkeypatch.setattr(Mine, "verdict", lambda self: "")
    window = Slowly(PLAYER, Document(), Mine(PLAYER, tmp_path))
    window.answer()
    window.answer()  # the verdict
    window.step()
    window.step()
    window.reset()  # while one step of theirs is under way
    window.step()
    while window.waiting:
        window.answer()
    assert asked == [(None, 0), (0, 1), (None, 1)]


def test_at_a_pause_theirs_comes_to_the_same_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sgd.py").write_text("def sgd(params, lr, batch_size): ...\n", encoding="utf-8")
    monkeypatch.setattr(Mine, "verdict", lambda self: "")
    window = Slowly(PLAYER, Document(), Mine(PLAYER, tmp_path))
    monkeypatch.setattr(
        Mine, "see", lambda self, state, knobs, steps, points: ({"step": state["step"] + steps}, None, "")
    )
    window.waiting, window.busy, window.anew = [], False, False
    window.their_state = {"step": 0}
    window.toggle()
    for _ in range(13):
        window.step()
        while window.waiting:
            window.answer()
    assert window.their_state["step"] == 10
    window.toggle()
    window.answer()
    assert window.their_state["step"] == window.state["step"] == 13


def test_what_cannot_be_drawn_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sgd.py").write_text("def sgd(params, lr, batch_size): ...\n", encoding="utf-8")
    monkeypatch.setattr(Mine, "verdict", lambda self: "")
    monkeypatch.setattr(Mine, "see", lambda self, *args: ({"step": 0}, {"numbers": {}}, ""))
    window = Slowly(PLAYER, Document(), Mine(PLAYER, tmp_path))
    window.answer()
    assert window.failed.text.startswith("what your function gave cannot be drawn (")
    assert window.their_numbers.text == ""
    assert not window.busy
