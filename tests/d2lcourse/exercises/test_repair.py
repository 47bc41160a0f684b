"""Repair by one edit: which edit is found, what is said of it, and what it may cost."""

import os
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from d2lcore.command_line import invoke
from d2lcourse.exercises import judge, repair
from d2lcourse.exercises.attempt import fresh_cases, outcomes
from d2lcourse.exercises.commands import exercise
from d2lcourse.exercises.exercise import HEADER, named
from d2lcourse.exercises.judge import check

Repaired = Callable[..., "repair.Repair | None"]


@pytest.fixture
def repaired(tmp_path: Path) -> Repaired:
    """The repair of an answer: `repaired("softmax", "def softmax(O): ...")`."""

    def find(name: str, text: str, *, seconds: float = 30.0) -> repair.Repair | None:
        code = HEADER + textwrap.dedent(text)
        file = tmp_path / f"{name}.py"
        file.write_text(code)
        came = list(outcomes(named(name).banked(code), fresh_cases(named(name))))
        return repair.search(named(name), str(file), came, seconds)

    return find


SOFTMAX = """
    def softmax(O):
        e = (O - O.amax(dim=1, keepdim=True)).exp()
        return {}
    """
STEP = """
    def perceptron_step(w, b, x, y, lr):
        wrong = bool({condition})
        if wrong:
            w {w} lr * y * x.T
            b {b} lr * y[0]
        return wrong
    """
RIGHT_STEP = {"condition": "y * (x @ w + b) <= 0", "w": "+=", "b": "+="}
SGD = """
    def sgd(params, lr, batch_size):
        with torch.no_grad():
            for param in params:
                {}
    """
ZERO = "\n                param.grad.zero_()"
CASES = {  # exercise, answer, what is said, the place, the line repaired
    "dim": (
        "softmax",
        SOFTMAX.format("e / e.sum(dim=0, keepdim=True)"),
        "the sum goes over the examples, not over the classes",
        "0, keepdim",
        "e / e.sum(dim=1, keepdim=True)",
    ),
    "keepdim": (
        "softmax",
        SOFTMAX.format("e / e.sum(dim=1)"),
        "without keepdim=True the sum loses a dimension",
        "sum(dim",
        "e.sum(dim=1, keepdim=True)",
    ),
    "both": (
        "softmax",
        SOFTMAX.format("e / e.sum(0)"),
        "the sum goes over the examples, not over the classes",
        "0)",
        "e.sum(dim=1, keepdim=True)",
    ),
    "no dim": (
        "softmax",
        SOFTMAX.format("e / e.sum()"),
        "the sum goes over all elements, where it has to go over the classes",
        "sum()",
        "keepdim=True",
    ),
    "sign": (
        "softmax",
        SOFTMAX.replace("O - O", "O + O").format("e / e.sum(dim=1, keepdim=True)"),
        "`+` where `-` is needed",
        "+ O.amax",
        "O - O.amax(dim=1, keepdim=True)",
    ),
    "a mean": (
        "softmax",
        SOFTMAX.format("e / e.mean(dim=1, keepdim=True)"),
        "the mean is taken, where the sum is needed",
        "mean",
        "e.sum(dim=1, keepdim=True)",
    ),
    "comparison": (
        "perceptron_step",
        STEP.format(**RIGHT_STEP | {"condition": "y * (x @ w + b) < 0"}),
        "the comparison is `<`, where `<=` is needed",
        "< 0",
        "bool(y * (x @ w + b) <= 0)",
    ),
    "two lines": (
        "perceptron_step",
        STEP.format(**RIGHT_STEP | {"w": "-=", "b": "-="}),
        "`-=` where `+=` is needed (lines 7 and 8)",
        "-= lr * y * x.T",
        "w += lr * y * x.T\nb += lr",
    ),
    "not in place": (
        "perceptron_step",
        STEP.format(**RIGHT_STEP | {"w": "= w +"}),
        "leaves the old one as it is: it has to be changed in place",
        "w = w",
        "w += lr * y * x.T",
    ),
    "one term": (
        "linreg",
        "def linreg(X, w, b):\n    return X @ w",
        "`b` is not used: `+ b` is missing",
        "X @ w",
        "return X @ w + b",
    ),
    "brackets": (
        "linreg",
        "def linreg(X, w, b):\n    return X @ (w + b)",
        "`@` has to be computed before `+`",
        "w + b",
        "return X @ w + b",
    ),
    "order": (
        "linreg",
        "def linreg(X, w, b):\n    return w @ X + b",
        "the two sides of `@` are the wrong way",
        "@ X",
        "return X @ w + b",
    ),
    "a call too many": (
        "linreg",
        "def linreg(X, w, b):\n    return X @ w.detach() + b",
        "`detach` is one too many",
        "w.detach",
        "return X @ w + b",
    ),
    "uphill": (
        "sgd",
        SGD.format("param += lr * param.grad / batch_size" + ZERO),
        "`+=` where `-=` is needed",
        "+= lr",
        "param -= lr * param.grad / batch_size",
    ),
    "no mean": (
        "sgd",
        SGD.format("param -= lr * param.grad" + ZERO),
        "`batch_size` is not used: `/ batch_size` is missing",
        "lr * param.grad",
        "/ batch_size",
    ),
    "no zero": (
        "sgd",
        SGD.format("param -= lr * param.grad / batch_size"),
        "`param.grad` has to be set to zero after it is used",
        "param -= ",
        "param.grad.zero_()",
    ),
    "outside": (
        "sgd",
        SGD.format("param -= lr * param.grad / batch_size") + "        param.grad.zero_()\n",
        "has to be",
        "param",
        "param.grad.zero_()",
    ),
    "a number": (
        "l2_penalty",
        "def l2_penalty(w):\n    return (w**2).sum() / 3",
        "`3` where `2` is needed",
        "3",
        "return (w ** 2).sum() / 2",
    ),
    "a return": (
        "l2_penalty",
        "def l2_penalty(w):\n    half = (w**2).sum() / 2\n    half",
        "`return` is missing: the result is thrown away",
        "half",
        "return half",
    ),
    "the caller's": (
        "decay_step",
        "def decay_step(w, grad, lr, lambd):\n    w -= lr * (grad + lambd * w)\n    return w",
        "in place, where a new value is needed",
        "w -=",
        "w = w - lr * (grad + lambd * w)",
    ),
    "a fixed number": (
        "prelu",
        "def prelu(X, alpha):\n    return torch.where(X > 0, X, 0.25 * X)",
        "the number 0.25 is fixed, where `alpha` is needed",
        "0.25",
        "alpha * X",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_edit_that_is_found_and_what_is_said(repaired: Repaired, case: str) -> None:
    name, text, words, place, code = CASES[case]
    found = repaired(name, text)
    assert found is not None
    assert words in found.words
    line, caret = found.place.split("\n")
    assert line[caret.index("^") :].startswith(place)
    assert line == (HEADER + textwrap.dedent(text)).splitlines()[found.line - 1].strip()
    assert code in found.code


def test_of_equals_the_most_natural_is_taken(repaired: Repaired) -> None:
    found = repaired("one_hot", "def one_hot(y, num_classes):\n    return torch.eye(num_classes)[y - 1]")
    assert found is not None
    assert found.words == "`- 1` is one too many"  # y * 1 would do as well
    assert found.code == "return torch.eye(num_classes)[y]"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "text"),
    {
        "softmax": "def softmax(O):\n    return O",
        "relu": "def relu(X):\n    return X",
        "label_shift_weights": "def label_shift_weights(q, p):\n    return p",
        "l2_penalty": "def l2_penalty(w):\n    return w",
        "linreg": "def linreg(X, w, b):\n    return b",
        "accuracy": "def accuracy(y_hat, y):\n    return 0.0",
    }.items(),
)
def test_nothing_is_made_of_nothing(repaired: Repaired, name: str, text: str) -> None:
    assert repaired(name, text) is None


def test_what_may_be_off_elsewhere_is_said_with_perhaps(repaired: Repaired) -> None:
    found = repaired("l2_penalty", "def l2_penalty(w):\n    return ((w / 2) ** 2).sum()")
    assert found is not None
    assert [label for label, _ in found.lines(True)] == ["line 4", "perhaps", "repaired"]


def test_a_right_answer_in_two_steps_is_not_found(repaired: Repaired) -> None:
    assert repaired("linreg", "def linreg(X, w, b):\n    return (X.T @ w.T) * b") is None


def test_helpers_of_the_reader_are_edited_and_other_functions_are_not(repaired: Repaired) -> None:
    text = """
        def other(x):
            return x - 1

        def halved(x):
            return x / 3

        def l2_penalty(w):
            return halved((w * w).sum())
        """
    found = repaired("l2_penalty", text)
    assert found is not None
    assert found.place.startswith("return x / 3\n")
    assert "other" not in found.code


def test_a_reader_waits_for_five_seconds_at_most() -> None:
    assert repair.SECONDS <= 5


@pytest.mark.slow
def test_a_loop_without_an_end_costs_no_more_than_the_budget(tmp_path: Path) -> None:
    file = tmp_path / "relu.py"
    file.write_text("def relu(X):\n    while X is not None:\n        X = X + 1 - 1\n")
    started = time.monotonic()
    assert repair.search(named("relu"), str(file), [], seconds=1.0) is None
    assert time.monotonic() - started < 4


def test_a_loop_where_a_condition_is_meant(repaired: Repaired, tmp_path: Path) -> None:
    text = "def relu(X):\n    while True:\n        X = torch.where(X > 0, X, 0)\n    return X\n"
    file = tmp_path / "relu.py"
    file.write_text(HEADER + text)
    found = repair.search(named("relu"), str(file), [], seconds=30.0)
    assert found is not None
    assert found.words.startswith("`while` does it again and again, where `if` is needed")


def test_ctrl_c_ends_the_search_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*args: object, **options: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr(repair, "isolated", interrupted)
    file = tmp_path / "softmax.py"
    file.write_text(HEADER + textwrap.dedent(SOFTMAX.format("e / e.sum(dim=0, keepdim=True)")))
    verdict = check("softmax", file, repair=5.0)
    assert verdict.state == "wrong"
    assert "came      [[0.8808, 0.5]" in verdict.message


def test_the_answer_never_runs_in_the_process_of_the_checker(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    text = SOFTMAX.format("e / e.sum(dim=0, keepdim=True)")
    note = f"import os\nwith open({str(ran)!r}, 'a') as file:\n    print(os.getpid(), file=file)\n"
    (tmp_path / "softmax.py").write_text(HEADER + note + textwrap.dedent(text))
    verdict = check("softmax", tmp_path / "softmax.py", repair=30.0)
    assert "over the examples" in verdict.message
    pids = [int(line) for line in ran.read_text().split()]
    assert len(pids) > 2
    assert os.getpid() not in pids


# ---- In the message


def message(tmp_path: Path, text: str, **options: object) -> str:
    file = tmp_path / "softmax.py"
    file.write_text(HEADER + textwrap.dedent(text))
    return check("softmax", file, **options).message


WRONG = SOFTMAX.format("e / e.sum(dim=0, keepdim=True)")


def test_the_message_points_at_the_place_and_keeps_the_repair_to_itself(tmp_path: Path) -> None:
    said = message(tmp_path, WRONG, repair=30.0)
    assert (
        "  line 6    return e / e.sum(dim=0, keepdim=True)\n"
        "                                 ^\n"
        "  likely    the sum goes over the examples, not over the classes\n"
    ) in said
    assert "dim=1" not in said
    shown = message(tmp_path, WRONG, repair=30.0, show_repair=True)
    assert "  repaired  return e / e.sum(dim=1, keepdim=True)\n" in shown


def test_the_line_of_an_error_is_shown_once(tmp_path: Path) -> None:
    said = message(tmp_path, SOFTMAX.format("e / e.sum(dim=2, keepdim=True)"), repair=30.0)
    assert "raised    IndexError" in said
    assert said.count("return e / e.sum(dim=2") == 1
    assert "the sum goes over dimension 2, not over the classes" in said


def never(*args: object, **options: object) -> object:
    raise AssertionError("a repair is looked for")


@pytest.mark.parametrize("text", [
    SOFTMAX.format("e / e.sum(dim=1, keepdim=True)"),  # right
    "def softmax(O):\n    raise NotImplementedError",
    "def softmax(O):\n    return O.exp() / O.exp().sum(dim=1, keepdim=True)",  # a diagnosis fits
    "def softmax(O:\n    return O",
    "def softmax(O, p):\n    return O",
])  # fmt: skip
def test_where_no_repair_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(repair, "search", never)
    message(tmp_path, text, repair=30.0)


def test_unless_asked_none_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repair, "search", never)
    assert "softmax: not yet" in message(tmp_path, WRONG)


def test_a_long_line_is_cut_around_the_place(tmp_path: Path) -> None:
    words = "'" + "ü" * 120 + "'"
    text = SOFTMAX.format(f"(len({words}) * e / 120) / e.sum(dim=0, keepdim=True) # {words}")
    said = message(tmp_path, text, repair=30.0)
    line, caret = said.split("  line 6    ")[1].split("\n")[:2]
    assert len(line) < 98
    assert line.startswith("... ")
    assert line.endswith(" ...")
    assert line[caret.index("^") - 12 :].startswith("0, keepdim")


# ---- At the command line


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(repair, "SECONDS", 30.0)  # in case this machine has other work
    Path("my_answers").mkdir()

    def command(line: str, text: str) -> str:
        Path("my_answers/softmax.py").write_text(HEADER + textwrap.dedent(text))
        invoke(exercise, line.split(), "d2lcore exercise")
        return capsys.readouterr().out

    return command


def test_after_two_failed_tries_the_repair_is_shown(run: Callable[[str, str], str]) -> None:
    other = WRONG.replace("dim=0", "0")
    assert "repaired" not in run("check softmax", WRONG)
    assert "repaired" not in run("check softmax", other)
    assert "repaired" not in run("check softmax", other)  # no new try
    third = run("check softmax", WRONG + "#")
    assert "likely    the sum goes over the examples" in third
    assert "repaired  return e / e.sum(dim=1, keepdim=True)" in third
    assert "softmax: right" in run("check softmax", WRONG.replace("dim=0", "dim=1"))
    assert "repaired" not in run("check softmax", WRONG)  # it starts anew
    assert "repaired" in run("check softmax --show-repair", WRONG)


def test_damaged_notes_do_no_harm(run: Callable[[str, str], str]) -> None:
    Path("my_answers/.progress.json").write_text('{"softmax": {"failed": {"1": 2}}}')
    assert "repaired" not in run("check softmax", WRONG)


def test_reset_forgets_the_tries(run: Callable[[str, str], str]) -> None:
    for i in range(2):
        run("check softmax", WRONG + "#" * i)
    run("reset softmax", WRONG)
    assert "repaired" not in run("check softmax", WRONG + "###")


def test_check_asks_for_a_repair(run: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(judge, "check", lambda *args, **options: asked.append(options) or check(*args))
    run("check softmax", WRONG)
    assert asked == [{"repair": repair.SECONDS, "show_repair": False}]
