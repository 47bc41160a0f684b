"""The player of linear regression: what it shows, computed a second way, and points that are dragged."""

from pathlib import Path

import numpy as np
import pytest
import torch

pytest.importorskip("bokeh", reason="the extra `play` is not installed")

from d2lcourse.play import linear_regression as module
from d2lcourse.play.run import Mine, advanced, begin, pulled, seen

PLAYER = module.PLAYER
KEPT_GRADIENTS = """
import torch
def sgd(params, lr, batch_size):
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad / batch_size
"""


def test_the_numbers_are_those_of_the_points_shown() -> None:
    state = advanced(PLAYER, begin(PLAYER, PLAYER.defaults), PLAYER.defaults, 20)
    view = seen(PLAYER, state, PLAYER.defaults)
    x, y = np.array(view["points"]["x"]), np.array(view["points"]["y"])
    numbers = view["numbers"]
    w, b = np.polyfit(x, y, 1)
    assert (numbers["closed form: w"], numbers["closed form: b"]) == pytest.approx((w, b))
    assert numbers["mean loss"] == pytest.approx(np.mean((numbers["w"] * x + numbers["b"] - y) ** 2 / 2))
    assert numbers["lowest mean loss"] == pytest.approx(np.mean((w * x + b - y) ** 2 / 2))
    assert view["losses"][-1] == pytest.approx(numbers["mean loss"])
    across, up = 3, 30
    line = float(module.W[across]) * x + float(module.B[up])
    assert view["surface"][up][across] == pytest.approx(np.mean((line - y) ** 2 / 2))


def test_a_step_on_all_points_is_one_of_gradient_descent() -> None:
    knobs = {**PLAYER.defaults, "batch_size": 31, "lr": 0.2}
    state = begin(PLAYER, knobs)
    x, y = state["X"].numpy(), state["y"].numpy()
    w, b = (float(param) for param in advanced(PLAYER, state, knobs)["params"])
    assert (w, b) == pytest.approx((0.2 * np.mean(x * y), 0.2 * np.mean(y)))


def test_a_dragged_point_moves_the_closed_form_and_leaves_the_parameters() -> None:
    state = advanced(PLAYER, begin(PLAYER, PLAYER.defaults), PLAYER.defaults, 5)
    points = seen(PLAYER, state, PLAYER.defaults)["points"]
    points["y"][-1] = -5.0
    moved = pulled(PLAYER, state, PLAYER.defaults, {**points, "color": [None] * 31})
    view = seen(PLAYER, moved, PLAYER.defaults)
    assert view["numbers"]["closed form: w"] == pytest.approx(np.polyfit(points["x"], points["y"], 1)[0])
    assert view["points"] == points  # to the last bit: or else it jumps back under the mouse
    assert (moved["step"], moved["params"]) == (5, state["params"])


def test_gradients_that_are_not_zeroed_are_seen(tmp_path: Path) -> None:
    (tmp_path / "sgd.py").write_text(KEPT_GRADIENTS, encoding="utf-8")
    knobs = {**PLAYER.defaults, "batch_size": 31, "lr": 0.1, "noise": 0.0}
    mine = Mine(PLAYER, tmp_path)
    state, _, why = mine.see(None, knobs, 0)
    _, view, why = mine.see(state, knobs, 60)
    ours = seen(PLAYER, advanced(PLAYER, begin(PLAYER, knobs), knobs, 60), knobs)
    assert why == ""
    assert ours["numbers"]["mean loss"] < 0.01 < 0.1 < view["numbers"]["mean loss"]


def test_their_points_are_dragged_too(tmp_path: Path) -> None:
    (tmp_path / "sgd.py").write_text(KEPT_GRADIENTS, encoding="utf-8")
    points = {"x": torch.arange(31.0).tolist(), "y": [1.0] * 31}
    _, view, _ = Mine(PLAYER, tmp_path).see(None, PLAYER.defaults, 0, points)
    assert view["points"] == points
