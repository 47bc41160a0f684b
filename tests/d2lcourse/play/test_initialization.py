"""The player of initialization shows what the chapters' functions compute."""

import math
from pathlib import Path

import pytest
import torch

pytest.importorskip("bokeh", reason="the extra `play` is not installed")

from chapters.numerical_stability import ACTIVATIONS, outputs
from chapters.softmax_regression import cross_entropy
from d2lcourse.play.initialization import LR, PLAYER, digits
from d2lcourse.play.run import SEED, Mine, advanced, begin, seen


def knobs(**others: object) -> dict:
    return {**PLAYER.defaults, **others}


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_what_is_seen_is_what_autograd_gives(activation: str) -> None:
    turned = knobs(activation=activation, depth=3)
    state = advanced(PLAYER, begin(PLAYER, turned), turned, 2)
    view = seen(PLAYER, state, turned)
    X, y = state["shown"]
    phi = ACTIVATIONS[activation][0]
    Hs = [X.flatten(start_dim=1).requires_grad_()]
    for W in state["Ws"][:-1]:
        Hs.append(phi(Hs[-1] @ W.T))
    l = cross_entropy(Hs[-1] @ state["Ws"][-1].T, y).mean()
    grads = torch.autograd.grad(l, Hs)
    assert view["numbers"]["loss"] == pytest.approx(l.item(), rel=1e-5)
    assert view["signals"][1] == pytest.approx([H.var(dim=0).mean().sqrt().item() for H in Hs], rel=1e-4)
    assert view["gradients"][1] == pytest.approx([float(g.square().mean().sqrt()) for g in grads], rel=1e-4)
    first, last = view["signals"][1][0], view["signals"][1][-1]
    assert view["numbers"]["activations, last layer over input"] == pytest.approx(last / first, rel=1e-5)
    first, last = view["gradients"][1][0], view["gradients"][1][-1]
    assert view["numbers"]["gradients, input over last layer"] == pytest.approx(first / last, rel=1e-5)


def test_a_step_is_one_of_sgd_on_the_mean_loss() -> None:
    turned = knobs(depth=2)
    state = begin(PLAYER, turned)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED + 1)  # as in the first step
        X, y = next(iter(digits()))
    Ws = [W.clone().requires_grad_() for W in state["Ws"]]
    l = cross_entropy(outputs(X, Ws, ACTIVATIONS["tanh"][0]), y).mean()
    l.backward()
    after = advanced(PLAYER, state, turned)
    for W, now in zip(Ws, after["Ws"], strict=True):
        torch.testing.assert_close(now, (W - LR * W.grad).detach())
    assert after["losses"] == [pytest.approx(l.item(), rel=1e-5)]


def test_xavier_learns_where_small_weights_do_not() -> None:
    losses = {}
    for init in ("Xavier, uniform", "Xavier, normal", "small, N(0, 0.01²)"):
        turned = knobs(init=init, depth=5)
        state = advanced(PLAYER, begin(PLAYER, turned), turned, 80)
        losses[init] = seen(PLAYER, state, turned)["numbers"]["loss"]
    assert losses.pop("small, N(0, 0.01²)") == pytest.approx(math.log(10), abs=0.01)
    assert max(losses.values()) < 1.5


def test_the_scale_multiplies_the_weights() -> None:
    for init, std in (
        ("Xavier, uniform", 64**-0.5),
        ("Xavier, normal", 64**-0.5),
        ("small, N(0, 0.01²)", 0.01),
    ):
        W = begin(PLAYER, knobs(init=init, scale=3.0))["Ws"][0]
        assert float(W.std()) == pytest.approx(3 * std, rel=0.06)  # five standard errors of a normal's


def test_a_wrong_bound_of_the_readers_loses_the_gradient(tmp_path: Path) -> None:
    code = "import torch\n@torch.no_grad()\ndef xavier_uniform_(W, gain):\n"
    code += "    a = gain * 6 / sum(W.shape)\n    return W.uniform_(-a, a)\n"  # without the root
    (tmp_path / "xavier_uniform_.py").write_text(code, encoding="utf-8")
    _, view, why = Mine(PLAYER, tmp_path).see(None, knobs(), 0)
    assert why == ""
    ours = seen(PLAYER, begin(PLAYER, knobs()), knobs())
    name = "gradients, input over last layer"
    assert view["numbers"][name] < 1e-4 < 0.01 < ours["numbers"][name]
