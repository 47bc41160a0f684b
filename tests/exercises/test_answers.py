"""The answers of a reader (`--answers my_answers [-k softmax]`), or else the references."""

from typing import Any

import pytest

from d2lcourse.exercises.exercise import Exercise, exercises
from d2lcourse.exercises.judge import judge


@pytest.mark.parametrize("exercise", exercises().values(), ids=lambda one: one.name)
def test_answer(exercise: Exercise, tried: dict[str, Any]) -> None:
    if exercise.name not in tried:
        pytest.skip(f"{exercise.name}: no answer yet")
    answer = tried[exercise.name]
    verdict = judge(exercise, answer.ended, answer.file)
    if verdict.state != "right":
        pytest.fail(verdict.message, pytrace=False)
