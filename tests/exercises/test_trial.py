"""The blind trial: no right answer is rejected, and no wrong one passes but those that are known to."""

from pathlib import Path

import pytest
from trial_report import VERDICTS, Answer, answers, report, verdicts

from d2lcourse.exercises.judge import check

EVERY = list(answers())


def test_every_wrong_answer_has_been_judged() -> None:
    assert {(one.exercise, one.number) for one in EVERY if one.kind == "wrong"} == set(verdicts())
    assert set(verdicts().values()) <= set(VERDICTS)


def test_the_page_is_what_the_report_says() -> None:
    page = Path(__file__).parents[2] / "docs/trial.md"
    assert page.read_text(encoding="utf-8") == report() + "\n"


@pytest.mark.experiment
@pytest.mark.parametrize("answer", EVERY, ids=lambda one: f"{one.exercise}-{one.number}")
def test_an_answer_of_the_trial(answer: Answer, tmp_path: Path) -> None:
    file = tmp_path / f"{answer.exercise}.py"
    file.write_text(answer.code, encoding="utf-8")
    verdict = check(answer.exercise, file)
    passes = answer.kind != "wrong" or verdicts()[answer.exercise, answer.number] == "passed"
    assert verdict.state == ("right" if passes else "wrong"), verdict.message
