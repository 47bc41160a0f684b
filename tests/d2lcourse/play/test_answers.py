"""The players call the reader's functions as the exercises ask for them: accepted answers run."""

from pathlib import Path

import pytest

pytest.importorskip("bokeh", reason="the extra `play` is not installed")

from d2lcourse.exercises import bank
from d2lcourse.exercises.exercise import HEADER, named
from d2lcourse.play import PLAYERS
from d2lcourse.play.run import Mine
from d2lcourse.play.server import player_of


@pytest.mark.slow
@pytest.mark.parametrize("chapter", PLAYERS)
def test_accepted_answers_to_all_functions_are_seen(chapter: str, tmp_path: Path) -> None:
    player = player_of(chapter)
    for function in player.functions:
        of = named(function).reference.split(".")[1]
        code = bank.answers(of, function, "accepted")[0].code
        (tmp_path / f"{function}.py").write_text(HEADER + code, encoding="utf-8")
    if player.functions:
        mine = Mine(player, tmp_path)
        state, _, why = mine.see(None, player.defaults, 0)
        assert why == ""
        assert mine.see(state, player.defaults, 2)[2] == ""
