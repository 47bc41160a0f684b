"""The bank of broken trainings: each is found by its own rule and no other; without its fault, none is.

The scripts of the lab belong to it too: `tests/d2lcourse/exercises/test_lab.py`.
"""

import re
from pathlib import Path

import pytest
from broken_trainings import BROKEN

import d2lcore as d2l
from d2lcourse.exercises.lab.lab import labs
from d2lcourse.exercises.lab.trying import run_text

NAMES = list(BROKEN)
MISSED = {  # not found yet: a rule that learns to find one has to take it out of here
    "target_before_input",
    "lines_around_a_circle",
    "accuracy_over_the_wrong_dimension",
    "metres_beside_grams",
    "penalty_beats_the_loss",
    "root_of_zero",
}


def names_with_missed() -> list:
    return [
        pytest.param(name, marks=[pytest.mark.xfail(strict=True)] if name in MISSED else []) for name in NAMES
    ]


@pytest.mark.slow
@pytest.mark.parametrize("name", names_with_missed())
def test_a_broken_training_is_found_by_its_own_rule_and_no_other(name: str) -> None:
    rules, build = BROKEN[name]
    found = build(True).checkup()
    assert set(found.rules) & set(rules), str(found)
    assert {one.rule for one in found.wrong} <= set(rules), str(found)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_same_training_without_its_fault_gives_no_alarm(name: str) -> None:
    found = BROKEN[name].build(False).checkup()
    assert found.rules == [], str(found)


def test_the_bank_is_large_and_knows_many_kinds(request: pytest.FixtureRequest) -> None:
    kinds = {broken.rules[0] for broken in BROKEN.values()} | {lab.rules[0] for lab in labs().values()}
    counts = f"{len(BROKEN)} broken trainings, {len(labs())} in the lab, of {len(kinds)} kinds"
    request.node.user_properties.append(("counts", counts))
    assert len(BROKEN) - len(MISSED) >= 60
    assert len(kinds) >= 45


@pytest.mark.slow
def test_the_transcripts_of_the_page_are_what_is_printed() -> None:
    page = (Path(__file__).parents[2] / "docs" / "checkup.md").read_text(encoding="utf-8")
    shown = re.findall(r"^### (\w+)\n.*?^```text\n(.*?)\n```$", page, flags=re.MULTILINE | re.DOTALL)
    assert len(shown) == 5
    for name, text in shown:
        names = run_text(labs()[name].script)
        found = d2l.checkup(
            names["net"], names["train_iter"], names["loss"], names["updater"],
            test_iter=names["test_iter"], step=names["step"], evaluate=names["evaluate"],
        )  # fmt: skip
        assert in_words(str(found)) == in_words(text)


def in_words(text: str) -> str:
    """Without the numbers, which another machine rounds otherwise, nor the line ends."""
    return " ".join(re.sub(r"\d[\d.e+-]*", "#", text).split())
