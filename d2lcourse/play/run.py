"""A player's state going on: with the chapter's functions here, with the reader's in a process of its own."""

import functools
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from d2lcourse.exercises.exercise import named
from d2lcourse.exercises.find import find, load
from d2lcourse.exercises.isolate import isolated

from .background import python
from .player import Knobs, Player, Points, State, View

LIMIT = 5.0  # seconds that the reader's function has for what is seen next
SEED = 20_000


def begin(player: Player, knobs: Knobs) -> State:
    """The first state, with the generator of a fixed seed."""
    return {"step": 0, **_seeded(SEED, player.first, knobs)}


def advanced(player: Player, state: State, knobs: Knobs, steps: int = 1) -> State:
    """The state `steps` further on. The same from the same state, whatever else draws from the generator."""
    for _ in range(steps if player.advance else 0):
        assert player.advance is not None
        step = state["step"] + 1
        state = {**_seeded(SEED + step, player.advance, state, knobs), "step": step}
    return state


def pulled(player: Player, state: State, knobs: Knobs, points: Points | None) -> State:
    """The state with its points where they were dragged; None: they were not."""
    if points is None or player.dragged is None:
        return state
    return {**player.dragged(state, knobs, points), "step": state["step"]}


def seen(player: Player, state: State, knobs: Knobs) -> View:
    return _seeded(-SEED - state["step"], player.look, state, knobs)


def _seeded(seed: int, work: Any, *args: Any) -> Any:
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        return work(*args)


class Mine:
    """The functions in the reader's files, in place of the chapter's, in a process of their own.

    files: by exercise; those that the player calls and the folder has. Raises ValueError if it has none.
    """

    def __init__(self, player: Player, folder: Path) -> None:
        found = {name: find(name, folder) for name in player.functions}
        self.player = player
        self.files = {name: str(file.resolve()) for name, file in found.items() if file}
        if not self.files:
            wanted = ", ".join(player.functions) or "none: the page draws what needs no function of yours"
            raise ValueError(f"--mine: {folder} has no answer that this player calls ({wanted})")

    def verdict(self) -> str:
        """What the checker says of each function, in its words.

        In a Python of its own: in a thread it would draw from the same generator as the page.
        """
        code = (
            "import sys; from d2lcourse.exercises.judge import check; "
            "print(*(check(*pair).message for pair in zip(sys.argv[1::2], sys.argv[2::2])), sep='\\n')"
        )
        words = [word for pair in self.files.items() for word in pair]
        out, err = python(code, *words, output=subprocess.PIPE).communicate()
        return out.rstrip("\n") or err.strip().rpartition("\n")[2]

    def see(
        self, state: State | None, knobs: Knobs, steps: int, points: Points | None = None
    ) -> tuple[State | None, View | None, str]:
        """The state `steps` further on and what there is to see; or why not, in a sentence.

        state: None begins anew. points: where they were dragged.
        """
        work = functools.partial(_with_theirs, self.player, self.files, state, knobs, steps, points)
        ended = isolated(work, limit=LIMIT)
        if ended.how == "finished" and len(ended.items) == 2:
            return ended.items[0], ended.items[1], ""
        why = {
            "time": f"your function did not end within {LIMIT:g} seconds: is there a loop without an end?",
            "signal": f"your function crashed Python (signal {ended.number})",
            "exit": f"your function ended its own process (exit status {ended.number})",
        }.get(ended.how)
        raised = ended.items[0] if ended.items and isinstance(ended.items[0], str) else "it gave nothing"
        return None, None, why or f"your function raised {raised}"


def _with_theirs(
    player: Player,
    files: dict[str, str],
    state: State | None,
    knobs: Knobs,
    steps: int,
    points: Points | None,
) -> Iterator[Any]:
    """In the process of its own: the next state and its view; or, as a text, the error."""
    try:
        for name, file in files.items():
            _replace(named(name).solution(), load(name, file))
        state = pulled(player, begin(player, knobs) if state is None else state, knobs, points)
        state = advanced(player, state, knobs, steps)
        view = seen(player, state, knobs)
    except BaseException as error:
        yield f"{type(error).__name__}: {error}"
        return
    yield state
    yield view


def _replace(ours: Any, theirs: Any) -> None:
    """Under every name that the chapters and the players have for it."""
    for module in list(sys.modules.values()):
        if getattr(module, "__name__", "").startswith(("chapters", "d2lcourse.play")):
            for name, value in list(vars(module).items()):
                if value is ours:
                    setattr(module, name, theirs)
