"""The player of softmax regression: what it shows, computed by torch; points dragged and added."""

from pathlib import Path

import pytest
import torch
from torch.nn import functional

pytest.importorskip("bokeh", reason="the extra `play` is not installed")

from d2lcourse.play import softmax_regression as module
from d2lcourse.play.player import State
from d2lcourse.play.run import Mine, advanced, begin, pulled, seen

PLAYER = module.PLAYER
KNOBS = {**PLAYER.defaults, "temperature": 0.5}
COLUMNS = "import torch\ndef softmax(O):\n    return O.exp() / O.exp().sum(dim=0)\n"


def trained(steps: int) -> State:
    return advanced(PLAYER, begin(PLAYER, KNOBS), KNOBS, steps)


def test_the_numbers_are_those_of_torch() -> None:
    state = trained(15)
    view = seen(PLAYER, state, KNOBS)
    W, b = (state["net"][name] for name in "Wb")
    O = ((state["X"] @ W + b) / 0.5).requires_grad_()
    losses = functional.cross_entropy(O, state["y"], reduction="none")
    losses.sum().backward()
    assert view["numbers"]["mean loss"] == pytest.approx(float(losses.detach().mean()))
    assert view["numbers"]["accuracy"] == pytest.approx(float((O.argmax(1) == state["y"]).double().mean()))
    assert view["numbers"]["largest gradient"] == pytest.approx(float(O.grad.norm(dim=1).max()))
    cells = torch.tensor(view["gradient"]).reshape(3, -1).T  # the points begin class by class
    torch.testing.assert_close(cells.double(), O.grad, atol=1e-6, rtol=1e-6)
    corner = torch.tensor([[-4.0, -4.0], [4.0, -4.0]], dtype=torch.float64)
    plane = torch.tensor(view["plane"], dtype=torch.float64)[[0, module.SIDE - 1]]
    torch.testing.assert_close(plane, ((corner @ W + b) / 0.5).softmax(dim=1))


def test_a_step_is_one_of_gradient_descent_on_all_points() -> None:
    state = trained(0)
    W = state["net"]["W"].clone().requires_grad_()
    functional.cross_entropy(state["X"] @ W + state["net"]["b"], state["y"]).backward()
    after = advanced(PLAYER, state, {**KNOBS, "lr": 2.0})["net"]["W"]
    torch.testing.assert_close(after, W.detach() - 2 * W.grad)


def test_a_point_is_dragged_and_one_is_added_in_the_class_that_is_chosen() -> None:
    state = trained(3)
    points = seen(PLAYER, state, KNOBS)["points"]
    points["x"][0] = 3.3
    grown = {"x": [*points["x"], 1.1], "y": [*points["y"], -0.7], "name": [*points["name"], ""]}
    view = seen(PLAYER, pulled(PLAYER, state, {**KNOBS, "new": "green"}, grown), KNOBS)
    assert view["points"] == {**grown, "name": [*points["name"], "green"]}
    assert len(view["gradient"]) == 3 * 31


def test_the_last_point_cannot_be_deleted() -> None:
    state = trained(0)
    none = {"x": [], "y": [], "name": []}
    assert seen(PLAYER, pulled(PLAYER, state, KNOBS, none), KNOBS)["points"]["x"]


def test_a_softmax_over_columns_is_seen(tmp_path: Path) -> None:
    (tmp_path / "softmax.py").write_text(COLUMNS, encoding="utf-8")
    _, view, why = Mine(PLAYER, tmp_path).see(None, KNOBS, 0)
    assert why == ""
    assert sum(view["plane"][0]) < 0.1  # and not 1
