"""The player of weight decay: its minimum by the normal equations, its step by the formula, in both ways."""

from pathlib import Path

import pytest
import torch

pytest.importorskip("bokeh", reason="the extra `play` is not installed")

from d2lcourse.play import weight_decay as module
from d2lcourse.play.run import Mine, advanced, begin, seen

PLAYER = module.PLAYER
KNOBS = {**PLAYER.defaults, "log_lambda": -1.0, "degree": 4}
NO_HALF = "def l2_penalty(w):\n    return (w**2).sum()\n"


def test_the_minimum_is_that_of_the_normal_equations() -> None:
    state = begin(PLAYER, KNOBS)
    X, y = state["X"], state["y"] - state["y"].mean()  # the columns of X have mean 0
    w = torch.linalg.solve(X.T @ X / 30 + 0.1 * torch.eye(4), X.T @ y / 30)
    view = seen(PLAYER, state, KNOBS)
    assert view["weights"][0] == pytest.approx(w.flatten().tolist())
    numbers = view["numbers"]
    assert numbers["its norm of w"] == pytest.approx(float(w.norm()))
    assert numbers["at the minimum: training loss"] == pytest.approx(float(((X @ w - y) ** 2).mean() / 2))
    off = state["X_test"] @ w + state["y"].mean() - state["y_test"]
    assert numbers["its test loss"] == pytest.approx(float((off**2).mean() / 2))


def test_the_numbers_of_what_is_trained() -> None:
    state = advanced(PLAYER, begin(PLAYER, KNOBS), KNOBS, 3)
    numbers, (w, b) = seen(PLAYER, state, KNOBS)["numbers"], (state["w"], state["b"])
    for which, name in (("", "training loss"), ("_test", "test loss")):
        off = state[f"X{which}"] @ w + b - state[f"y{which}"]
        assert numbers[name] == pytest.approx(float((off**2).mean() / 2))
    assert numbers["norm of w"] == pytest.approx(float(w.norm()))


@pytest.mark.parametrize("how", module.HOWS)
def test_a_step_follows_the_gradient_with_the_penalty(how: str) -> None:
    knobs = {**KNOBS, "how": how}
    state = begin(PLAYER, knobs)
    X, y, w, b = (state[name] for name in ("X", "y", "w", "b"))
    off = X @ w + b - y
    after = advanced(PLAYER, state, knobs)
    torch.testing.assert_close(after["w"], w - module.LR * (X.T @ off / 30 + 0.1 * w))
    torch.testing.assert_close(after["b"], b - module.LR * off.mean(dim=0))


def test_training_goes_to_the_minimum_at_every_strength_of_the_penalty() -> None:
    for log_lambda in (0.0, 1.0):
        knobs = {**PLAYER.defaults, "log_lambda": log_lambda, "degree": module.HIGHEST}
        state = advanced(PLAYER, begin(PLAYER, knobs), knobs, 400)
        lowest, trained = seen(PLAYER, state, knobs)["weights"]
        assert trained == pytest.approx(lowest, abs=1e-6)


def test_a_penalty_without_the_half_is_seen_to_shrink_more(tmp_path: Path) -> None:
    (tmp_path / "l2_penalty.py").write_text(NO_HALF, encoding="utf-8")
    knobs = {**KNOBS, "how": module.HOWS[1]}
    mine = Mine(PLAYER, tmp_path)
    state, _, _ = mine.see(None, knobs, 0)
    _, view, why = mine.see(state, knobs, 60)
    ours = seen(PLAYER, advanced(PLAYER, begin(PLAYER, knobs), knobs, 60), knobs)
    assert why == ""
    assert view["numbers"]["norm of w"] < 0.97 * ours["numbers"]["norm of w"]
