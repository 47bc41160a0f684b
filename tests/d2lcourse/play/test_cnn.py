"""The player of the convolutional network shows what torch's convolution gives, place by place."""

import math
from pathlib import Path

import pytest
import torch

pytest.importorskip("bokeh", reason="the extra `play` is not installed")

from chapters.cnn import KERNELS
from d2lcourse.play.cnn import OWN, PLAYER, image, kernel
from d2lcourse.play.run import Mine, advanced, begin, seen


def knobs(**others: object) -> dict:
    return {**PLAYER.defaults, **others}


def convolved(turned: dict) -> torch.Tensor:
    X, K = image(turned["image"]), kernel(turned)
    return torch.nn.functional.conv2d(X[None], K[None, None])[0]


@pytest.mark.parametrize("name", ["digit", "china", "flower"])
@pytest.mark.parametrize("of", [OWN, *KERNELS])
def test_at_first_all_of_the_map_is_there(name: str, of: str) -> None:
    turned = knobs(image=name, kernel=of, K01=1.5)
    Y, view = convolved(turned), seen(PLAYER, begin(PLAYER, turned), turned)
    torch.testing.assert_close(torch.tensor(view["map"]), Y / Y.abs().max(), rtol=1e-4, atol=1e-5)
    assert view["numbers"]["largest"] == pytest.approx(float(Y.max()), rel=1e-4)
    assert view["numbers"]["least"] == pytest.approx(float(Y.min()), rel=1e-4)
    assert view["numbers"]["numbers in Y"] == Y.numel()
    assert view["numbers"]["place"] == "everywhere"


def test_step_by_step_each_place_gets_its_number() -> None:
    turned = knobs(K00=0.5, K22=-1.25)
    Y, state = convolved(turned), begin(PLAYER, turned)
    for place in range(Y.numel()):
        state = advanced(PLAYER, state, turned)
        view = seen(PLAYER, state, turned)
        i, j = divmod(place, Y.shape[1])
        assert (view["at"], view["numbers"]["place"]) == ([i, j], f"row {i}, column {j}")
        of_window = (torch.tensor(view["window"]) * torch.tensor(view["kernel"])).sum()
        assert view["numbers"]["Y there"] == pytest.approx(float(of_window), abs=1e-5)
        assert view["numbers"]["Y there"] == pytest.approx(float(Y[i, j]), abs=1e-5)
        shown = [value for row in view["map"] for value in row]
        assert [math.isnan(value) for value in shown] == [one > place for one in range(Y.numel())]
    assert seen(PLAYER, advanced(PLAYER, state, turned), turned)["at"] == []  # and then all again


def test_a_photo_takes_about_a_hundred_pictures() -> None:
    turned = knobs(image="china")
    state = advanced(PLAYER, begin(PLAYER, turned), turned)
    assert state["place"] == 0
    count = 1
    while state["place"] >= 0:
        state, count = advanced(PLAYER, state, turned), count + 1
    assert 90 < count < 120


def test_a_smaller_map_does_not_lose_the_place() -> None:
    state = {"step": 35, "place": 35}  # the last of a kernel of 3 x 3; one of 5 x 5 has 16 places
    view = seen(PLAYER, state, knobs(kernel="blur"))
    assert not any(math.isnan(value) for row in view["map"] for value in row)
    assert view["at"] == view["window"] == []
    assert advanced(PLAYER, state, knobs(kernel="blur"))["place"] == -1


def test_a_kernel_that_the_reader_turns_is_seen(tmp_path: Path) -> None:
    code = "import torch\ndef corr2d(X, K):\n"
    code += "    return torch.nn.functional.conv2d(X[None], K.flip(0, 1)[None, None])[0]\n"
    (tmp_path / "corr2d.py").write_text(code, encoding="utf-8")
    _, view, why = Mine(PLAYER, tmp_path).see(None, knobs(), 0)
    assert why == ""
    ours = seen(PLAYER, begin(PLAYER, knobs()), knobs())
    torch.testing.assert_close(torch.tensor(view["map"]), -torch.tensor(ours["map"]), rtol=1e-4, atol=1e-5)
