"""The player of the multilayer perceptron shows what the chapters' functions compute."""

from pathlib import Path

import pytest
import torch

pytest.importorskip("bokeh", reason="the extra `play` is not installed")

from chapters.mlp import ACTIVATIONS
from chapters.softmax_regression import cross_entropy, softmax
from d2lcourse.exercises.exercise import named
from d2lcourse.play.mlp import KNOWN, PHIS, PLAYER, SIDE
from d2lcourse.play.planar import DATA, plane, points
from d2lcourse.play.run import Mine, advanced, begin, seen


def knobs(**others: object) -> dict:
    return {**PLAYER.defaults, **others}


@pytest.mark.parametrize("activation", PHIS)
def test_what_is_seen_is_what_the_chapters_functions_give(activation: str) -> None:
    turned = knobs(activation=activation, depth=2, data="circles")
    state = advanced(PLAYER, begin(PLAYER, turned), turned, 5)
    view = seen(PLAYER, state, turned)
    W1, b1, W2, b2, W3, b3 = state["params"]
    phi = ACTIVATIONS[activation][0]
    hidden = phi(plane(SIDE) @ W1 + b1)
    unit = torch.tensor(view["units"][0][1])
    torch.testing.assert_close(unit, hidden[:, 1].reshape(SIDE, SIDE)[::2, ::2])
    O = phi(hidden @ W2 + b2) @ W3 + b3
    torch.testing.assert_close(torch.tensor(view["surface"]), softmax(O)[:, 1])
    X, y = points("circles")
    O = phi(phi(X @ W1 + b1) @ W2 + b2) @ W3 + b3
    l = cross_entropy(O, y)
    numbers = view["numbers"]
    assert numbers["loss"] == pytest.approx(float(l[:KNOWN].mean()), rel=1e-5)
    assert numbers["loss on fresh points"] == pytest.approx(float(l[KNOWN:].mean()), rel=1e-5)
    assert numbers["accuracy on fresh points"] == pytest.approx(
        float((O[KNOWN:].argmax(dim=1) == y[KNOWN:]).float().mean())
    )
    assert [curve[-1] for curve in view["losses"]] == [numbers["loss"], numbers["loss on fresh points"]]


@pytest.mark.parametrize("data", DATA)
def test_a_wide_and_deep_one_learns_all_data(data: str) -> None:
    turned = knobs(data=data, width=8, depth=2)
    state = advanced(PLAYER, begin(PLAYER, turned), turned, 150)
    assert seen(PLAYER, state, turned)["numbers"]["accuracy on fresh points"] > 0.85


def test_one_unit_cannot_close_a_circle() -> None:
    turned = knobs(data="circles", width=1)
    state = advanced(PLAYER, begin(PLAYER, turned), turned, 150)
    assert seen(PLAYER, state, turned)["numbers"]["accuracy on fresh points"] < 0.85


def test_the_row_from_below_is_the_first() -> None:
    grid = plane(3)
    assert grid[:3, 1].tolist() == [-2.5] * 3
    assert grid[:3, 0].tolist() == [-2.5, 0, 2.5]


def test_half_of_each_kind_of_points_is_of_each_class() -> None:
    for data in DATA:
        X, y = points(data)
        assert int(y.sum()) == 100
        assert 30 < int(y[:KNOWN].sum()) < 70
        assert float(X.abs().max()) < 3


WRONG = {
    "relu": "def relu(X):\n    return X.clamp(max=0)\n",
    "cross_entropy": "def cross_entropy(O, y):\n    return -O.gather(1, y[:, None])[:, 0]\n",
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_function_of_the_readers_is_seen(name: str, tmp_path: Path) -> None:
    (tmp_path / f"{name}.py").write_text("import torch\n" + WRONG[name], encoding="utf-8")
    _, view, why = Mine(PLAYER, tmp_path).see(None, knobs(), 0)
    assert why == ""
    ours = seen(PLAYER, begin(PLAYER, knobs()), knobs())
    if name == "relu":
        assert max(max(map(max, unit)) for unit in view["units"][0]) == 0
    assert view["numbers"]["loss"] != ours["numbers"]["loss"]
    assert named(name).solution().__module__.startswith("chapters.")  # and ours stays
