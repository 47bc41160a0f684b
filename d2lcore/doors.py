"""The doors up to the course: names of `d2l` whose work is done a floor above, loaded when they are used.

The only file of d2lcore that imports from d2lcourse; `tests/test_arrows.py` exempts it by name.
"""

import os
from collections.abc import Callable
from typing import Any


def check_exercise(name: str, answer: Callable[..., Any] | str | os.PathLike) -> None:
    """Print whether `answer` solves the exercise `name`, or what is wrong with it.

    answer: the function, as in `d2l.check_exercise("softmax", softmax)`, or its file or folder. It is run in
    a process of its own, for as long as the exercise allows, mostly 5 seconds. `d2lcore exercise list` names
    the exercises.
    Raises ValueError for an exercise that does not exist, TypeError for an answer that is none of these.
    """
    from d2lcourse.exercises.judge import check

    print(check(name, answer).message)


def play(chapter: str, *, folder: str | os.PathLike | None = None, height: int = 620) -> Any:
    """The page of a chapter's player: its functions run while you move sliders. `d2lcore play` lists them.

    folder: of your own answers, whose functions are then shown beside ours. height: of the frame in pixels.
    In a notebook that runs on this machine, a frame with the page; elsewhere it prints the address, and the
    page is there until this process ends. It needs bokeh (`pip install "d2lcore[play]"`).
    Raises ValueError for a chapter without a player, ImportError without bokeh.
    """
    from pathlib import Path

    from d2lcourse.play.server import serve_beside

    from .plotting import in_notebook

    url = serve_beside(chapter, answers=None if folder is None else Path(folder))
    if in_notebook():
        from IPython.display import IFrame

        return IFrame(url, "100%", height)
    print(f"{chapter}: {url}")
    return None
