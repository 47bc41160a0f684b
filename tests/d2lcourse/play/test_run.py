"""A player's state: the same from the same seed, with the chapter's functions or with the reader's."""

import re
import textwrap
from pathlib import Path

import pytest
import torch

pytest.importorskip("bokeh", reason="the extra `play` is not installed")

from d2lcourse.exercises.exercise import HEADER, named
from d2lcourse.play import PLAYERS
from d2lcourse.play.dropout import PLAYER as DROPOUT
from d2lcourse.play.player import Choice, Player
from d2lcourse.play.run import Mine, advanced, begin, seen
from d2lcourse.play.server import free_port, player_of

RIGHT = "import torch\ndef dropout_layer(X, p):\n    return torch.nn.functional.dropout(X, p)\n"
UNSCALED = "import torch\ndef dropout_layer(X, p):\n    return X * (torch.rand(X.shape) > p)\n"
ENDLESS = "def dropout_layer(X, p):\n    while True:\n        pass\n"
RAISES = "def dropout_layer(X, p):\n    return X[p]\n"
EXITS = "import os\ndef dropout_layer(X, p):\n    os._exit(3)\n"
CRASHES = "import os, signal\ndef dropout_layer(X, p):\n    os.kill(os.getpid(), signal.SIGSEGV)\n"


@pytest.fixture(params=PLAYERS)
def player(request: pytest.FixtureRequest) -> Player:
    return player_of(request.param)


def corners(player: Player) -> list[dict]:
    """The defaults, and each knob at its ends."""
    found = [dict(player.defaults)]
    for name, knob in player.knobs.items():
        ends = knob.words if isinstance(knob, Choice) else (knob.low, knob.high)
        found += [{**player.defaults, name: end} for end in ends]
    return found


def test_a_player_goes_on_and_has_something_to_see_at_every_end_of_its_knobs(player: Player) -> None:
    pictures = player.pictures()
    assert 1 < len(pictures) < 4
    for knobs in corners(player):
        state = advanced(player, begin(player, knobs), knobs, 2)
        view = seen(player, state, knobs)
        assert view["numbers"]
        for picture in pictures:
            picture.show(view)


def test_the_same_seed_gives_the_same_and_the_generator_is_left_alone(player: Player) -> None:
    knobs = player.defaults
    before = torch.get_rng_state()
    first = seen(player, advanced(player, begin(player, knobs), knobs, 3), knobs)
    torch.rand(7)
    state = begin(player, knobs)
    for _ in range(3):
        torch.rand(1)
        state = advanced(player, state, knobs)
    assert seen(player, state, knobs)["numbers"] == first["numbers"]
    torch.set_rng_state(before)
    begin(player, knobs)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_suggestion_is_one_sentence(player: Player) -> None:
    assert re.fullmatch(r"[A-Z][^.]*\.", player.suggestion)


@pytest.mark.slow
def test_every_accepted_answer_of_the_bank_runs_in_the_player(player: Player, tmp_path: Path) -> None:
    for name in player.functions:
        for code in named(name).accepted:
            (tmp_path / f"{name}.py").write_text(HEADER + textwrap.dedent(code), encoding="utf-8")
            _, _, why = Mine(player, tmp_path).see(None, player.defaults, 2)
            assert why == "", code
        (tmp_path / f"{name}.py").unlink()


def see(tmp_path: Path, code: str) -> tuple:
    (tmp_path / "dropout_layer.py").write_text(code, encoding="utf-8")
    mine = Mine(DROPOUT, tmp_path)
    return mine.see(None, DROPOUT.defaults, 0)


def test_a_right_function_of_the_readers_looks_like_ours(tmp_path: Path) -> None:
    advanced(DROPOUT, begin(DROPOUT, DROPOUT.defaults), DROPOUT.defaults)  # what is loaded at a first step
    state, view, why = see(tmp_path, RIGHT)
    assert why == ""
    mean = view["numbers"]["mean of 10,000 activations of 1"]
    assert mean == pytest.approx(1, abs=0.06)  # six standard errors
    state, view, why = Mine(DROPOUT, tmp_path).see(state, DROPOUT.defaults, 4)
    assert why == ""
    assert (state["step"], len(view["losses"][0])) == (4, 4)


def test_a_wrong_one_is_seen_to_shrink_the_activations(tmp_path: Path) -> None:
    _, view, _ = see(tmp_path, UNSCALED)
    assert view["numbers"]["mean of 10,000 activations of 1"] == pytest.approx(0.5, abs=0.03)
    assert set(view["mask"]) == {0.0, 1.0}
    assert "mask not rescaled by 1/(1-p)" in Mine(DROPOUT, tmp_path).verdict()


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (RAISES, "your function raised"),
        (EXITS, r"your function ended its own process \(exit status 3\)"),
        (CRASHES, r"your function crashed Python \(signal 11\)"),
        pytest.param(ENDLESS, r"did not end within 5 seconds", marks=pytest.mark.slow),
        ("", "dropout_layer.py has no function dropout_layer"),
    ],
)
def test_a_function_that_does_not_come_to_its_end_is_told(code: str, why: str, tmp_path: Path) -> None:
    state, view, said = see(tmp_path, code)
    assert (state, view) == (None, None)
    assert re.search(why, said)


def test_the_chapter_keeps_its_own_function(tmp_path: Path) -> None:
    from chapters import dropout

    ours = dropout.dropout_layer
    see(tmp_path, UNSCALED)
    assert dropout.dropout_layer is ours


def test_no_answer_to_show(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"--mine: .* no answer that this player calls \(dropout_layer\)"):
        Mine(DROPOUT, tmp_path)


def test_an_unknown_player() -> None:
    with pytest.raises(ValueError, match="there is no 'dropuot'; did you mean 'dropout'"):
        player_of("dropuot")


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_a_port_is_a_number_of_16_bits(port: int) -> None:
    with pytest.raises(ValueError, match=f"--port {port}: "):
        free_port(port)


def test_a_port_that_is_taken_is_followed_by_a_free_one() -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert port < free_port(port) < port + 50
