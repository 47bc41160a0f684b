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
