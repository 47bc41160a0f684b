"""What the page of backpropagation shows is what the chapter computes; a wrong gradient leaves its curve."""

from pathlib import Path

import pytest
import torch

pytest.importorskip("bokeh", reason="the extra `play` is not installed")

from chapters import backpropagation as bp
from chapters.figures.backpropagation import VARIABLES
from chapters.mlp import tanh, tanh_derivative
from d2lcourse.play.backpropagation import PLAYER, WEIGHTS
from d2lcourse.play.run import Mine, advanced, begin, seen

KNOBS = PLAYER.defaults
UNAVERAGED = """
import torch
def backward(X, y, W1, W2, kept, lambd, phi_derivative):
    dO = torch.softmax(kept["O"], dim=1)
    dW2 = dO.T @ kept["H"] + lambd * W2
    dH = dO @ W2
    dZ = dH * phi_derivative(kept["Z"])
    return {"O": dO, "W2": dW2, "H": dH, "Z": dZ, "W1": dZ.T @ X + lambd * W1}
"""


def test_it_begins_with_the_picture_of_the_chapter() -> None:
    numbers = seen(PLAYER, begin(PLAYER, KNOBS), KNOBS)["numbers"]
    assert {name: numbers[name] for name in "LsJ"} == pytest.approx(bp.graph().metrics, rel=1e-6)  # float32


def test_the_numbers_are_the_chapters_after_steps_of_gradient_descent() -> None:
    knobs = {**KNOBS, "x": -0.5, "W1": 1.5, "W2": 0.3, "lambd": 0.2, "activation": "tanh",
             "weight": "W2[0, 0]", "lr": 0.1}  # fmt: skip
    X, y = torch.tensor([[-0.5, 2.0]], dtype=torch.float64), torch.tensor([1])
    W1 = torch.tensor([[1.5, 0.5], [1.0, -1.0]], dtype=torch.float64)
    W2 = torch.tensor([[0.3, -0.5], [-1.0, 2.0]], dtype=torch.float64)
    for _ in range(3):
        found = bp.backward(X, y, W1, W2, bp.forward(X, y, W1, W2, 0.2, tanh), 0.2, tanh_derivative)
        W1, W2 = W1 - 0.1 * found["W1"], W2 - 0.1 * found["W2"]
    kept = bp.forward(X, y, W1, W2, 0.2, tanh)
    found = bp.backward(X, y, W1, W2, kept, 0.2, tanh_derivative)
    view = seen(PLAYER, advanced(PLAYER, begin(PLAYER, knobs), knobs, 3), knobs)
    gradient = float(found["W2"][0, 0])
    numbers = {name: float(kept[name]) for name in "LsJ"} | {"gradient of W2[0, 0], by hand": gradient}
    differences = view["numbers"].pop("by differences")
    assert view["numbers"] == pytest.approx(numbers, rel=1e-12)
    assert differences == pytest.approx(gradient, rel=1e-6)


@pytest.mark.parametrize("weight", ["W1[0, 0]", "W2[0, 0]"])
def test_the_curve_goes_through_the_point_with_the_slope_of_the_gradient(weight: str) -> None:
    knobs = {**KNOBS, "weight": weight, "activation": "sigmoid"}
    view = seen(PLAYER, begin(PLAYER, knobs), knobs)
    xs, ys = view["curve"]
    name, w, J, gradient = view["weight"]
    middle = len(xs) // 2
    assert (name, xs[middle], ys[middle]) == (weight, pytest.approx(w), pytest.approx(J))
    around = (ys[middle + 1] - ys[middle - 1]) / (xs[middle + 1] - xs[middle - 1])
    assert around == pytest.approx(gradient, abs=0.01)  # a step of 0.1: off by its square, about


def test_what_has_changed_is_marked() -> None:
    picture = PLAYER.pictures()[0]
    boxes = next(g.data_source for g in picture.figure.renderers if "fill" in g.data_source.data)
    state = begin(PLAYER, KNOBS)
    picture.show(seen(PLAYER, state, KNOBS))
    assert set(boxes.data["fill"]) == {"white"}
    picture.show(seen(PLAYER, state, {**KNOBS, "lambd": 0.2}))
    marked = {name for name, fill in zip(VARIABLES, boxes.data["fill"], strict=True)
              if fill != "white"}  # fmt: skip
    assert marked == {"W1", "W2", "s", "J"}  # the penalty touches nothing else


def test_a_wrong_gradient_is_seen_beside_the_differences(tmp_path: Path) -> None:
    (tmp_path / "backward.py").write_text(UNAVERAGED, encoding="utf-8")
    _, view, why = Mine(PLAYER, tmp_path).see(None, KNOBS, 0)
    assert why == ""
    assert view["gradients"]["O"] == "0.95  0.05"  # not 0.95, -0.95: the 1 of the class is not subtracted
    by_hand, differences = (torch.tensor(one) for one in view["bars"])
    wrong = {
        name for name, same in zip(WEIGHTS, torch.isclose(by_hand, differences), strict=True) if not same
    }
    assert wrong == {"W1[0, 0]", "W1[0, 1]", "W2[1, 0]"}  # the second ReLU is at 0: nothing passes it
    for picture in PLAYER.pictures():
        picture.show(view)  # though it gives no gradients of L and s
