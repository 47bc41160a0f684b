"""The lab of broken trainings: each fails, its repairs pass, and a wrong repair gets its own diagnosis."""

import functools
import math
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace

import mutants
import pytest
from mutants import Mutant

from d2lcore.command_line import invoke
from d2lcourse.catalog import chapters
from d2lcourse.exercises import judge
from d2lcourse.exercises.attempt import usual_torch
from d2lcourse.exercises.commands import exercise
from d2lcourse.exercises.exercise import exercises
from d2lcourse.exercises.isolate import Ended
from d2lcourse.exercises.judge import check
from d2lcourse.exercises.lab import asking, bank, curve, judging, trying
from d2lcourse.exercises.lab.lab import Lab, labs
from d2lcourse.exercises.lab.trying import Facts, alike, facts, findings, run_text

ALL = list(labs().values())
ENDED = Ended([], "finished", 0, "", "")


def name_of(value: object) -> str | None:
    return value.name if isinstance(value, Lab) else None


def trained(text: str) -> Facts:
    with usual_torch():
        return facts(run_text(text))


def looked_at(text: str) -> list[tuple[str, ...]]:
    with usual_torch():
        return findings(run_text(text))


@functools.cache
def wrong_facts(name: str) -> list[Facts | None]:
    """What the broken script does, and each wrong repair."""
    return [one and Facts(*one) for one in trying.banked(name)]


@pytest.mark.parametrize("lab", ALL, ids=name_of)
def test_a_lab_is_complete(lab: Lab) -> None:
    assert 15 <= len([line for line in lab.script.splitlines() if line.strip()]) <= 40
    assert lab.chapter in {chapter.name for chapter in chapters()}
    assert len(set(lab.foresee)) == 4
    assert lab.shows in range(4)
    assert len(set(lab.hints)) == 3
    assert (lab.least is None) != (lab.most is None)
    assert len({one.diagnosis for one in lab.mistakes}) == len(lab.mistakes) >= 3
    texts = [lab.edited(edits) for edits in [lab.repair, *lab.accepted, *(one.edits for one in lab.mistakes)]]
    assert len({lab.script, *texts}) == 1 + len(texts) >= 7
    assert len(lab.summary) <= 80
    assert not set(lab.fault.lower().split()) & {"todo", "xxx"}


def test_labs_have_names_of_their_own_and_no_file_is_an_orphan() -> None:
    assert len(ALL) >= 20
    assert not set(labs()) & set(exercises())
    files = {file.stem for file in Path(bank.__file__).parent.glob("[a-z]*.py")}
    assert files == {name for lab in labs() for name in (lab, f"about_{lab}")}
    assert len({one.shows for one in ALL}) > 2  # the right answer is not always the same letter


@pytest.mark.slow
@pytest.mark.parametrize("lab", ALL, ids=name_of)
def test_the_broken_script_is_found_by_its_own_rule_and_no_other(lab: Lab) -> None:
    came = trained(lab.script)
    assert judging._lacks(lab, came)
    found = looked_at(lab.script)
    assert {one[0] for one in found} & set(lab.rules)
    assert {one[0] for one in found if one[1] == "wrong"} <= set(lab.rules)
    verdict = judging.judged(lab, came, found, lambda: [came], ENDED)
    assert verdict.state == "wrong"
    assert "still there: it trains as it did at first" in verdict.message


REPAIRS = [
    pytest.param(lab, i, marks=pytest.mark.experiment if i else pytest.mark.slow, id=f"{lab.name}-{i}")
    for lab in ALL
    for i in range(1 + len(lab.accepted))
]


@pytest.mark.parametrize(("lab", "i"), REPAIRS)
def test_a_repair_passes(lab: Lab, i: int) -> None:
    text = lab.edited([lab.repair, *lab.accepted][i])
    verdict = judging.judged(lab, trained(text), looked_at(text), list, ENDED)
    assert verdict.state == "right", verdict.message
    assert lab.fault in verdict.message


MISTAKES = [(lab, i) for lab in ALL for i in range(len(lab.mistakes))]


@pytest.mark.slow
@pytest.mark.parametrize(("lab", "i"), MISTAKES, ids=name_of)
def test_a_wrong_repair_gets_its_own_diagnosis_and_no_other(lab: Lab, i: int) -> None:
    broken, *wrong = wrong_facts(lab.name)
    assert judging._lacks(lab, wrong[i]), "it passes"
    assert not alike(wrong[i], broken)
    assert judging.diagnoses(lab, wrong[i], wrong) == [lab.mistakes[i].diagnosis]


def answer(tmp_path: Path, lab: Lab, text: str) -> Path:
    file = tmp_path / f"{lab.name}.py"
    file.write_text(text, encoding="utf-8")
    return file


SGD_LAB = labs()["loss_climbs_away"]  # the quickest


@pytest.mark.slow
def test_a_repaired_file_is_checked_in_a_process_of_its_own(tmp_path: Path) -> None:
    verdict = check(SGD_LAB.name, answer(tmp_path, SGD_LAB, SGD_LAB.edited(SGD_LAB.repair)))
    assert verdict.state == "right"
    assert verdict.message.startswith("loss_climbs_away: right, the fault is gone and no other came in\n")
    assert "loss 9.75 to 0.0" in verdict.message
    assert check(SGD_LAB.name, tmp_path).state == "right"  # the folder that has it


@pytest.mark.slow
def test_a_wrong_repair_is_told_what_it_does(tmp_path: Path) -> None:
    mistake = SGD_LAB.mistakes[2]
    message = check(SGD_LAB.name, answer(tmp_path, SGD_LAB, SGD_LAB.edited(mistake.edits))).message
    assert message.startswith("loss_climbs_away: not yet\n")
    assert "another   no zero grad" in message
    assert " ".join(mistake.diagnosis.split()) in " ".join(message.split())


BAD = {
    "net": ("net = nn.Linear(2, 1)", "model = nn.Linear(2, 1)", "it has no net any more"),
    "train": ("def train(", "def training(", "has no function train"),
    "raises": ("    l = loss(net(X), y)", "    l = loss(net(X), Y)", "NameError"),
    "numbers": (", evaluate(net, test_iter)", "", "two numbers an epoch"),
    "nothing": ("for _ in range(num_epochs)", "for _ in range(0)", "yields nothing"),
    "syntax": ("def step(X, y):", "def step(X, y)", "SyntaxError"),
    "no loss": ("loss = d2l.squared_loss", "loss_of = loss = d2l.squared_loss\ndel loss", "'loss'|no loss"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", BAD)
def test_a_script_that_cannot_be_tried_is_answered_in_a_few_lines(tmp_path: Path, name: str) -> None:
    old, new, said = BAD[name]
    file = answer(tmp_path, SGD_LAB, SGD_LAB.edited(((old, new),)))
    verdict = check(SGD_LAB.name, file)
    assert verdict.state == "wrong"
    assert any(one in verdict.message for one in said.split("|")), verdict.message
    assert "Traceback" not in verdict.message


@pytest.mark.slow
def test_a_training_without_end_is_stopped(tmp_path: Path) -> None:
    edit = ("        losses = [step", "        while True:\n            pass\n        losses = [step")
    verdict = check(SGD_LAB.name, answer(tmp_path, SGD_LAB, SGD_LAB.edited((edit,))), limit=4)
    assert "nothing within 4 seconds: is there a loop without an end?" in verdict.message


def test_a_function_is_no_repair_of_a_script() -> None:
    with pytest.raises(TypeError, match="answer: the repaired script is needed"):
        check(SGD_LAB.name, lambda: None)


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[str], str]:
    """Run a command line in an empty folder, without training the broken script: what it prints."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(asking, "broken_curve", lambda lab: "a curve")

    def command(line: str) -> str:
        invoke(exercise, line.split(), "d2lcore exercise")
        return "".join(capsys.readouterr())

    return command


def passing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge, "check", lambda name, file, **how: judge.Verdict("right", f"{name}: right"))


def test_start_writes_the_script_and_asks_what_a_look_inside_shows(
    run: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = run("start loss_climbs_away")
    file = tmp_path / "my_answers/loss_climbs_away.py"
    assert file.read_text(encoding="utf-8") == SGD_LAB.start
    assert file.read_text(encoding="utf-8").endswith(SGD_LAB.script)
    compile(SGD_LAB.start, "start", "exec")
    assert "  its curve     a curve\n" in said
    for letter, text in zip("abcd", SGD_LAB.foresee, strict=True):
        assert f"    {letter}  {text}\n" in said
    assert "  then say so   d2lcore exercise start loss_climbs_away --foresee LETTER\n" in said
    passing(monkeypatch)
    assert f"  inside    a  {SGD_LAB.foresee[0]}\n" in run("check loss_climbs_away")


@pytest.mark.parametrize(
    ("letter", "said"), [("a", ": as you said\n"), ("c", f"; you said c  {SGD_LAB.foresee[2]}\n")]
)
def test_what_was_foreseen_is_kept_and_compared(
    run: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, letter: str, said: str
) -> None:
    assert "noted" in run(f"start loss_climbs_away --foresee {letter}")
    passing(monkeypatch)
    assert f"  foreseen  a  {SGD_LAB.foresee[0]}{said}" in run("check loss_climbs_away")


def test_a_terminal_is_asked(run: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr("click.prompt", lambda *args, **options: "d")
    assert "noted" in run("start loss_climbs_away")
    passing(monkeypatch)
    assert "you said d  one of the targets is NaN" in run("check loss_climbs_away")


def test_the_answer_can_be_given_later(run: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> None:
    run("start loss_climbs_away")
    assert "noted" in run("start loss_climbs_away --foresee a")
    passing(monkeypatch)
    assert ": as you said" in run("check loss_climbs_away")


def test_the_solution_is_the_fault_and_the_lines_that_change(run: Callable[[str], str]) -> None:
    run("start loss_climbs_away")
    assert "opens once it is right" in run("solution loss_climbs_away")
    shown = run("solution loss_climbs_away --give-up")
    assert shown.startswith(f"# {SGD_LAB.fault}\n")
    assert "\n-            param += lr * param.grad / batch_size\n+            param -= lr * param" in shown
    assert "hint 1 of 3" in run("hint loss_climbs_away")
    assert "is the stub again" in run("reset loss_climbs_away")


@pytest.mark.slow
def test_the_curve_that_is_shown_is_that_of_the_broken_script() -> None:
    came = trained(SGD_LAB.script)
    assert asking.broken_curve(SGD_LAB) == curve.told(came.curve, came.reported, "test error")


def test_a_sparkline_has_a_bar_for_each_value() -> None:
    assert curve.sparkline([0, 1, 2, 3, 4, 5, 6, 7, 8]) == "▁▂▃▄▅▆▇██"
    assert curve.sparkline([2.30, 2.305, 2.302]) == "▄▄▄"  # less than a hundredth of the height is flat
    assert curve.sparkline([1.0, math.nan, 0.0, math.inf]) == "█×▁×"
    assert curve.sparkline([math.nan] * 2) == "××"


def some(**changes: object) -> Facts:
    usual = {
        "curve": [2.0, 1.0],
        "reported": 0.5,
        "measured": 0.5,
        "num_test": 9,
        "setup": "s",
        "sums": [3.0],
    }
    return Facts(**{**usual, **changes})


def test_alike_are_those_that_differ_by_rounding_only() -> None:
    assert trying.alike(some(), some(curve=[2.0001, 1.0]))
    assert trying.alike(some(curve=[math.nan]), some(curve=[math.nan]))
    assert not trying.alike(some(curve=[math.nan]), some(curve=[2.0]))
    assert not trying.alike(some(), some(curve=[2.0, 1.0, 1.0]))
    for other in (
        some(curve=[2.0, 1.1]), some(curve=[2.0, math.nan]), some(reported=0.6), some(measured=0.6),
        some(num_test=8), some(setup="t"), some(sums=[4.0]),
    ):  # fmt: skip
        assert not trying.alike(some(), other)


def test_what_a_training_lacks() -> None:
    lab = labs()["loss_stops_halfway"]  # an accuracy of 0.9

    def lacks(**changes: object) -> list[str]:
        usual = {"reported": 0.95, "measured": 0.95, "num_test": 360}
        return [label for label, _ in judging._lacks(lab, some(**{**usual, **changes}))]

    assert lacks() == []
    assert lacks(measured=0.89, reported=0.89) == ["measured"]
    assert lacks(measured=math.nan, reported=math.nan) == ["measured", "reported"]
    assert lacks(reported=0.99) == ["reported"]
    assert lacks(num_test=359) == ["test set"]
    assert [
        label for label, _ in judging._lacks(SGD_LAB, some(measured=0.06, reported=0.06, num_test=100))
    ] == ["measured"]


def test_a_new_fault_is_called_another_and_the_old_one_still_there() -> None:
    lab = labs()["loss_does_not_move"]
    found = [
        ("no_step", "wrong", "no step", "It stood.", "It means.", "Change."),
        ("broadcast", "wrong", "broadcast", "It grew.", "It means.", "Change."),
        ("sorted_batches", "suspect", "sorted batches", "Perhaps.", "It means.", "Change."),
    ]
    assert judging._finds(lab, found) == [
        ("fault", "still there: It stood."),
        ("another", "broadcast: It grew. It means. Change."),
    ]
    assert judging._finds(lab, "ValueError: no") == [("checkup", "it cannot be looked at: ValueError: no")]


bars = test_a_sparkline_has_a_bar_for_each_value
same = test_alike_are_those_that_differ_by_rounding_only
lines = test_a_new_fault_is_called_another_and_the_old_one_still_there
WRONG = [
    (curve, Mutant("sparkline", "0.01 * max", "0.0 * max", bars)),
    (curve, Mutant("sparkline", '"×"', "BARS[0]", bars)),
    (judging, Mutant("_finds", 'level == "wrong"', "level", lines)),
    (judging, Mutant("_finds", "rule in lab.rules", "False", lines)),
    (judging, Mutant("_lacks", "not lab.reached(came.measured)", "False", test_what_a_training_lacks)),
    (judging, Mutant("_lacks", "not abs(came.reported", "0 > abs(came.reported", test_what_a_training_lacks)),
    (trying, Mutant("alike", "[*each.curve, *each.sums,", "[*each.curve,", same)),
    (trying, Mutant("_close", "(math.isnan(a) and math.isnan(b))", "math.isnan(a)", same)),
]


@pytest.mark.parametrize(("module", "mutant"), WRONG, ids=str)
def test_mutant_dies(module: ModuleType, mutant: Mutant) -> None:
    mutants.kill(module, mutant)
