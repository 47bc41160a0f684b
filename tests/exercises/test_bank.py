"""The proof for every exercise: its stub fails, its reference passes, a mistake gets its own diagnosis."""

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import pytest
import torch

from d2lcourse.catalog import chapters
from d2lcourse.exercises import bank
from d2lcourse.exercises.attempt import difference, fresh_cases, outcomes, right
from d2lcourse.exercises.diagnose import diagnoses
from d2lcourse.exercises.exercise import Exercise, Mistake, exercises
from d2lcourse.exercises.observe import Outcome
from d2lcourse.exercises.written import written

ROOT = Path(__file__).parents[2]
BANK = Path(bank.__file__).parent
ALL = list(exercises().values())
MISTAKES = [(one, mistake) for one in ALL for mistake in one.mistakes]
ACCEPTED = [(one, code) for one in ALL for code in one.accepted]


def tried(exercise: Exercise, answer: Callable) -> list[Outcome]:
    return list(outcomes(answer, fresh_cases(exercise)))


def faults(exercise: Exercise, came: list[Outcome]) -> list[object]:
    """What is wrong in each case that is not right."""
    pairs = zip(came, right(exercise), strict=True)
    found = [difference(one, expected, exercise.tolerance) or one.changed or None for one, expected in pairs]
    return [one for one in found if one is not None]


def named(value: object) -> str | None:
    """The name of a test's parameter, for -k."""
    return value.name if isinstance(value, Exercise) else "-"


@pytest.mark.parametrize("exercise", ALL, ids=named)
def test_the_reference_passes_and_keeps_its_arguments(exercise: Exercise) -> None:
    came = tried(exercise, exercise.solved())
    assert len(came) >= 2
    assert not any(one.raised or one.changed or one.seeded for one in came), came
    assert not faults(exercise, came)  # a second time: nothing in it is left to chance


@pytest.mark.parametrize("exercise", ALL, ids=named)
def test_the_stub_fails_in_every_case(exercise: Exercise) -> None:
    came = tried(exercise, exercise.banked(exercise.stub))
    assert {one.raised and one.raised[:2] for one in came} == {("NotImplementedError", "")}
    assert diagnoses(exercise, came) == ([], [])


@pytest.mark.parametrize(("exercise", "mistake"), MISTAKES, ids=named)
def test_a_mistake_gets_its_own_diagnosis_and_no_other(exercise: Exercise, mistake: Mistake) -> None:
    came, answer = tried(exercise, exercise.banked(mistake.code)), written(mistake.code, exercise.name)
    assert faults(exercise, came), "it passes"
    assert answer
    assert mistake.fits(answer), "it has not the ground of its diagnosis"
    assert diagnoses(exercise, came, answer) == ([mistake.diagnosis], [])


@pytest.mark.parametrize(("exercise", "code"), ACCEPTED, ids=named)
def test_a_right_answer_that_differs_passes(exercise: Exercise, code: str) -> None:
    assert faults(exercise, tried(exercise, exercise.banked(code))) == []


@pytest.mark.parametrize("exercise", ALL, ids=named)
def test_an_exercise_is_complete(exercise: Exercise) -> None:
    assert len({mistake.diagnosis for mistake in exercise.mistakes}) >= 3
    assert len({mistake.code for mistake in exercise.mistakes}) == len(exercise.mistakes)
    assert len(set(exercise.accepted)) == len(exercise.accepted) >= 2
    assert len(set(exercise.hints)) == 3
    assert all(len(hint) > 20 for hint in exercise.hints)
    docstring = ast.get_docstring(exercise.definition)
    assert docstring is not None
    assert "Returns" in docstring
    assert len(exercise.summary) <= 80  # a line of `d2lcore exercise list`
    assert all(f"{name}" in docstring for name in exercise.parameters)
    assert all(case.about for case in exercise.cases())


@pytest.mark.parametrize("exercise", ALL, ids=named)
def test_the_stub_is_called_as_the_reference_is(exercise: Exercise) -> None:
    inspect.signature(exercise.solved()).bind(*exercise.parameters)
    for code in [*exercise.accepted, *(mistake.code for mistake in exercise.mistakes)]:
        inspect.signature(exercise.banked(code)).bind(*exercise.parameters)


def test_no_file_of_the_bank_is_an_orphan_and_no_name_is_used_twice() -> None:
    folders = {file.parent.name for file in BANK.glob("*/__init__.py")}
    assert folders == {one.chapter for one in ALL} <= {chapter.name for chapter in chapters()}
    listed = [name for folder in folders for name in import_module(f"{bank.__name__}.{folder}").ORDER]
    assert sorted(listed) == sorted(exercises())
    for file in BANK.glob("*/[a-z]*.py"):
        name = re.sub(r"_(mistakes|accepted|forbidden)(_\d)?$", "", file.stem)
        imported = f"from .{file.stem} import" in "".join(one.read_text() for one in file.parent.glob("*.py"))
        assert name in listed or imported, f"{file} belongs to no exercise"


def test_files_of_the_bank_can_be_read_in_a_sitting() -> None:
    lengths = {file: len(file.read_text(encoding="utf-8").splitlines()) for file in BANK.rglob("*.py")}
    assert {str(file): length for file, length in lengths.items() if length > 200} == {}


def write(tmp_path: Path, text: str) -> Iterator[bank.Source]:
    """What the bank reads from a file of this text."""
    (tmp_path / "double_mistakes.py").write_text(text)
    return bank._read(tmp_path / "double_mistakes.py", "double", marked=True)


def test_an_answer_is_read_with_the_head_of_its_file_and_the_mark_above_it(tmp_path: Path) -> None:
    text = """\
        import math
        from d2lcourse.exercises.bank import again, mistake
        def helper(x):
            return x
        @mistake("three" " times")
        def double(x):
            return 3 * x
        @again
        def double(x):
            return helper(x) + 2 * x
        @mistake("halved")
        @torch.no_grad()
        def double(x):
            return x / 2
    """
    one, two, three = write(tmp_path, textwrap.dedent(text))
    assert [one.diagnosis, two.diagnosis, three.diagnosis] == ["three times", "three times", "halved"]
    assert one.code == "import math\ndef helper(x):\n    return x\ndef double(x):\n    return 3 * x"
    assert "    return x\n@torch.no_grad()\ndef double(x):" in three.code
    assert two.code.endswith("def double(x):\n    return helper(x) + 2 * x")


@pytest.mark.parametrize("answer", ["def double(x): ...", "@again\ndef doubled(x): ..."])
def test_an_answer_without_mark_or_of_another_name_is_refused(tmp_path: Path, answer: str) -> None:
    with pytest.raises(ValueError, match=r"double_mistakes\.py, line \d: an answer is called double"):
        list(write(tmp_path, answer))


def test_references_are_the_projects_own() -> None:
    for one in ALL:
        assert one.reference.split(".")[0] in ("chapters", "d2lcore")
        file = Path(inspect.getsourcefile(inspect.unwrap(one.solution())) or "")
        assert file.is_relative_to(ROOT / one.reference.split(".")[0])


def test_cases_are_the_same_each_time_and_draw_from_their_own_generator() -> None:
    torch.manual_seed(7)
    for one in ALL:
        once, again = (fresh_cases(one) for _ in range(2))
        assert [str(case.args) for case in once if not callable(case.args)] == [
            str(case.args) for case in again
        ]
    assert torch.initial_seed() == 7


def test_the_counts(request: pytest.FixtureRequest) -> None:
    sentences = {(one.name, mistake.diagnosis) for one, mistake in MISTAKES}
    counts = f"{len(ALL)} exercises, {len(MISTAKES)} wrong answers, {len(sentences)} diagnoses, " \
             f"{len(ACCEPTED)} accepted variants"  # fmt: skip
    request.node.user_properties.append(("counts", counts))  # printed at the end, by tests/conftest.py
    assert len(ALL) >= 24
