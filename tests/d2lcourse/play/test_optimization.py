"""The player of optimization goes the ways of torch's optimizers, and shows the surface's heights."""

from pathlib import Path

import pytest
import torch

pytest.importorskip("bokeh", reason="the extra `play` is not installed")

from chapters.adam import EPS
from d2lcourse.play.optimization import KEPT, NAMES, PLAYER, SURFACES
from d2lcourse.play.planar import plane
from d2lcourse.play.run import Mine, advanced, begin, seen

LR, MOMENTUM = 0.2, 0.8
TORCH = {
    "descent": lambda x: torch.optim.SGD([x], LR),
    "momentum": lambda x: torch.optim.SGD([x], LR, momentum=MOMENTUM),
    "look-ahead": lambda x: torch.optim.SGD([x], LR, momentum=MOMENTUM, nesterov=True),
    "AdaGrad": lambda x: torch.optim.Adagrad([x], LR, eps=EPS),
    "RMSProp": lambda x: torch.optim.RMSprop([x], LR, alpha=0.9, eps=EPS),
    "Adam": lambda x: torch.optim.Adam([x], LR, eps=EPS),
}


def knobs(**others: object) -> dict:
    return {**PLAYER.defaults, "lr": LR, "momentum": MOMENTUM, **others}


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("name", NAMES)
def test_each_goes_the_way_of_torchs(name: str, surface: str) -> None:
    turned = knobs(surface=surface)
    state = advanced(PLAYER, begin(PLAYER, turned), turned, 12)
    x = torch.tensor(SURFACES[surface].start, dtype=torch.float64, requires_grad=True)
    updater, path = TORCH[name](x), [x.detach().clone()]
    for _ in range(12):
        updater.zero_grad()
        SURFACES[surface].f(x).backward()
        updater.step()
        path.append(x.detach().clone())
    torch.testing.assert_close(state["paths"][name], torch.stack(path), rtol=1e-9, atol=1e-9)


def test_heights_and_steps_are_those_of_the_ways() -> None:
    turned = knobs(surface="bowl")
    state = advanced(PLAYER, begin(PLAYER, turned), turned, 7)
    view = seen(PLAYER, state, turned)
    for name, path, heights, lengths in zip(
        NAMES, view["paths"], view["heights"], view["lengths"], strict=True
    ):
        assert heights == pytest.approx([x1**2 + 2 * x2**2 for x1, x2 in path])
        assert view["numbers"][f"height, {name}"] == heights[-1]
        assert len(heights) == len(lengths) + 1 == 8
        (a1, a2), (z1, z2) = path[-2:]
        assert lengths[-1] == pytest.approx(((z1 - a1) ** 2 + (z2 - a2) ** 2) ** 0.5)


def test_the_turned_valley_is_the_narrow_one() -> None:
    turn = torch.tensor([[1.0, 1.0], [-1.0, 1.0]]) / 2**0.5
    x = plane(7)
    torch.testing.assert_close(SURFACES["the same, turned"].f(x), SURFACES["narrow valley"].f(x @ turn.T))


def test_one_optimizer_alone_and_only_the_last_points_of_a_way() -> None:
    turned = knobs(optimizer="Adam")
    state = advanced(PLAYER, begin(PLAYER, turned), turned, KEPT + 5)
    view = seen(PLAYER, state, turned)
    assert [len(path) for path in view["paths"]] == [0, 0, 0, 0, 0, KEPT]
    assert view["from"] == 6  # the number of the step after which the first of them was reached
    assert len(view["numbers"]) == len(NAMES)


def test_a_wrong_adam_of_the_readers_takes_other_first_steps(tmp_path: Path) -> None:
    code = """
import torch
def adam(params, states, hyperparams):
    beta1, beta2 = hyperparams["beta1"], hyperparams["beta2"]
    with torch.no_grad():
        for param, (v, s) in zip(params, states):
            v.copy_(beta1 * v + (1 - beta1) * param.grad)
            s.copy_(beta2 * s + (1 - beta2) * param.grad**2)
            param -= hyperparams["lr"] * v / (s.sqrt() + 1e-6)
            param.grad.zero_()
    hyperparams["t"] += 1
"""
    (tmp_path / "adam.py").write_text(code, encoding="utf-8")
    mine = Mine(PLAYER, tmp_path)
    state, _, why = mine.see(None, knobs(), 0)
    assert why == ""
    _, view, why = mine.see(state, knobs(), 1)
    assert why == ""
    ours = seen(PLAYER, advanced(PLAYER, begin(PLAYER, knobs()), knobs()), knobs())
    assert ours["lengths"][-1][0] == pytest.approx(LR * 2**0.5, rel=1e-4)
    uncorrected = 0.1 / 0.001**0.5  # (1 - beta1) / sqrt(1 - beta2)
    assert view["lengths"][-1][0] == pytest.approx(uncorrected * LR * 2**0.5, rel=1e-4)
    assert view["lengths"][:-1] == ours["lengths"][:-1]
