"""The bank of broken trainings: each is found by its own rule and no other; without its fault, none is.

The scripts of the lab belong to it too: `tests/d2lcourse/exercises/test_lab.py`.
"""

import pytest
from broken_trainings import BROKEN

from d2lcourse.exercises.lab.lab import labs

NAMES = list(BROKEN)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
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
    assert len(BROKEN) >= 60
    assert len(kinds) >= 45
