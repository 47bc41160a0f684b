"""The checker of exercises: what it says of each bad answer, and that it says it of no good one."""

import ctypes
import dataclasses
import math
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from d2lcore import check_exercise
from d2lcourse.exercises import attempt, diagnose
from d2lcourse.exercises import isolate as isolation
from d2lcourse.exercises.attempt import usual_torch
from d2lcourse.exercises.compare import Difference, compare
from d2lcourse.exercises.exercise import (
    Case,
    Exercise,
    Measured,
    Mistake,
    Unexpected,
    exercises,
    expect,
    gradients,
    named,
)
from d2lcourse.exercises.find import find
from d2lcourse.exercises.judge import Verdict, check
from d2lcourse.exercises.observe import outcome, pack
from d2lcourse.exercises.seen import seen
from d2lcourse.exercises.show import show, show_both

F64 = torch.float64


@pytest.fixture
def checked(tmp_path: Path) -> Callable[..., Verdict]:
    """Check the text of an answer file: `checked("softmax", "def softmax(O): ...")`."""

    def run(name: str, text: str | bytes, *, limit: float = 20.0, fork: bool | None = None) -> Verdict:
        file = tmp_path / f"{name}.py"
        file.write_bytes(text if isinstance(text, bytes) else textwrap.dedent(text).encode())
        return check(name, file, limit=limit, fork=fork)

    return run


# ---- Bad answers: each its own message

BAD = {
    "naive": ("O.exp() / O.exp().sum(dim=1, keepdim=True)", [
        "called    softmax(O): scores of 1e4\n            O = [[1e+04, -1e+04, 0], [0, 0, 1e+04]]",
        "came      [[nan, 0, 0], [0, 0, nan]]  (float64, shape (2, 3))",
        "expected  [[1, 0, 0], [0, 0, 1]]  (float64, shape (2, 3))",
        "likely    softmax overflows: subtract the row maximum first",
    ]),
    "nothing": ("print('hello')", ["came      None", "it is None: is a `return`", "printed   hello"]),
    "list": ("O.softmax(1).tolist()", ["came      [[0.2689, 0.7311], [0.04743, 0.9526]]", "it is a list"]),
    "tuple": ("tuple(O.softmax(1))", ["it is a tuple, a tensor is expected: torch.stack"]),
    "array": ("O.softmax(1).numpy()", ["came      array(", "it is a numpy.ndarray, a tensor is expected"]),
    "generator": ("(o.softmax(0) for o in O)", ["came      <generator", "torch.stack(list(...))"]),
    "number": ("1.0", ["came      1\n", "it is a number, a tensor is expected"]),
    "string": ("'O'", ["came      O\n", "it is a string, a tensor is expected"]),
    "dict": ("{'O': O}", ["it is a dict, a tensor is expected"]),
    "function": ("torch.softmax", ["came      <built-in", "a tensor is expected"]),
    "large": ("O.expand(10**6, 2, 2)", ["came      a tensor  (float32, shape (1000000, 2, 2))"]),
    "shape": ("O.softmax(1).sum(1)", ["seen      its shape is (2,), it should be (2, 2)"]),
    "dtype": ("O.softmax(1).float()", ["three examples", "its type is float32, it should be float64"]),
    "factor": ("2 * O.softmax(1)", ["seen      every value is 2 times the expected"]),
    "sign": ("-O.softmax(1)", ["seen      every sign is the opposite"]),
    "zero": ("torch.zeros_like(O)", ["seen      every value is 0"]),
    "shift": ("O.softmax(1) + 0.5", ["seen      every value is 0.5 too large"]),
    "transposed": ("O.softmax(1).T", ["seen      it is transposed"]),
    "infinite": ("O.softmax(1) / 0", ["seen      4 of 4 values are infinite"]),
    "little": ("O.softmax(1) * 1.0002", ["came      [[0.640", "seen      every value is 1.0002 times"]),
    "error": ("O.softmx(1)", [
        "raised    AttributeError: 'Tensor' object has no attribute 'softmx'",
        "\n  line 5    return O.softmx(1)\n",
        "expected  [[0.2689",
    ]),
    "error below": ("helper(O)", ["raised    ZeroDivisionError: division by zero", "line 3    1 / 0"]),
    "deep": ("softmax(O)", ["raised    RecursionError: maximum recursion depth exceeded", "line 5 "]),
    "strange error": ("strange()", ["raised    Strange\n", "line 9    raise Strange"]),
    "keyboard": ("input('?')", ["raised    EOFError: input() has no keyboard here"]),
    "exit": ("sys.exit()", ["raised    sys.exit(), which ends the program: return a value", "line 5 "]),
    "exit with words": ("exit('bye')", ["raised    sys.exit(), which ends the program", "line 5 "]),
    "interrupt": ("interrupt()", ["raised    KeyboardInterrupt"]),
    "os exit": ("os._exit(0)", ["came      nothing: the answer ended its own process (exit status 0)"]),
    "crash": ("ctypes.string_at(0)", [
        "called    softmax(O): as many examples as classes\n",
        "nothing: Python crashed (Segmentation fault, signal 11)\n  line 5    return ctypes.string_at(0)",
    ]),
    "abort": ("os.abort()", ["nothing: Python crashed (Aborted, signal 6)\n  line 5 "]),
    "changed": ("O.sub_(O.amax(1, keepdim=True)).softmax(1)", [
        "seen      it changes its argument O: compute in a new tensor, or in a .clone()"
    ]),
    "reshaped": ("O.unsqueeze_(0)[0].softmax(1)", ["seen      it changes its argument O"]),
    "many words": ("print('word ' * 99) or print(1) or print(2)", ["printed   word word", "more lines)"]),
}  # fmt: skip
HELPERS = """import ctypes, os, sys, torch
def helper(O):
    1 / 0
def softmax(O):
    return {}
class Strange(Exception):
    def __str__(self): raise self
def strange():
    raise Strange
def interrupt():
    raise KeyboardInterrupt
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals have other names")
@pytest.mark.parametrize("kind", BAD)
def test_a_bad_answer_gets_its_own_message(checked: Callable[..., Verdict], kind: str) -> None:
    expression, parts = BAD[kind]
    state, message, _ = checked("softmax", HELPERS.format(expression))
    assert state == "wrong"
    assert message.startswith("softmax: not yet\n")
    assert message.endswith("\n  notes     003 3.2; a hint: d2lcore exercise hint softmax")
    for part in parts:
        assert part in message
    assert len(message.splitlines()) <= 15
    assert max(map(len, message.splitlines())) <= 112
    assert not re.search(r"Traceback|checking\.py|observation\.py|isolation\.py", message)
    assert ("likely" in message) == (kind == "naive")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("def softmax(O):\n    e = torch.exp(O\n    return e\n", [
            "raised    SyntaxError: '(' was never closed\n",
            "\n  line 2    e = torch.exp(O\n                         ^\n"]),
        ("def softmax(O):\nreturn O\n", ["raised    IndentationError", "line 2 "]),
        ("def softmax(O):\n    return Ü\x00", ["raised    "]),
        (b"def softmax(O):\n    return '\xff'\n", ["raised    SyntaxError", "utf-8"]),
        ("", ["problem   softmax.py has no function softmax; it defines none"]),
        ("from torch import softmx\n", ["raised    ImportError: cannot import name 'softmx'", "line 1 "]),
        ("def soft_max(O):\n    return O\n", ["has no function softmax; it has soft_max: rename that"]),
        ("def f(O): pass\ndef Softmax(O): pass\n", ["it has Softmax: rename that"]),
        ("softmax = 3\n", ["problem   softmax is not a function but of type int"]),
        ("def softmax(O, dim):\n    return O.softmax(dim)\n", [
            "problem   it is called as softmax(O), but defined as softmax(O, dim): keep the arguments"]),
        ("def softmax():\n    pass\n", ["it is called as softmax(O), but defined as softmax()"]),
        ("def softmax(*, O):\n    pass\n", ["but defined as softmax(*, O)"]),
        ("x = 1\nx / 0\n", ["raised    ZeroDivisionError: division by zero\n  line 2    x / 0"]),
        ("import sys\nsys.exit(1)\n", ["raised    sys.exit(), which ends the program", "line 2 "]),
        ("import os\nos._exit(0)\n", ["came      nothing: the answer ended its own process"]),
    ],
)  # fmt: skip
def test_a_file_that_gives_no_answer(checked: Callable, text: str | bytes, parts: list[str]) -> None:
    state, message, _ = checked("softmax", text)
    assert state == "wrong"
    for part in parts:
        assert part in message
    assert "\n  called " not in message
    assert "Traceback" not in message


def test_answers_are_found_by_file_by_function_and_nearly(tmp_path: Path) -> None:
    texts = {
        "all.py": "def linreg(X, w, b): pass\nsgd = None\ndef sofmax(O): pass\nclass accuracy: pass",
        "softmax.py": "def f(O): pass",
        "one_hot.txt": "def one_hot(): pass",
        "zz.py": "def linreg(): pass\ndef square_loss(): pass\ndef cross_entropy_gradients(): pass",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    found = {name: file and file.name for name in exercises() if (file := find(name, tmp_path))}
    assert found == {
        "linreg": "all.py", "squared_loss": "zz.py", "sgd": "all.py", "softmax": "softmax.py",
        "accuracy": "all.py", "cross_entropy_gradient": "zz.py",
    }  # fmt: skip
    assert find("softmax", tmp_path / "all.py") == tmp_path / "all.py"
    assert find("dropout_layer", tmp_path / "all.py") is None
    (tmp_path / "aa.py").write_text("def broken(:")
    assert find("dropout_layer", tmp_path) == tmp_path / "aa.py"
    assert find("dropout_layer", tmp_path / "absent") is None
    assert (
        "zz.py has no function squared_loss; it has square_loss: rename that"
        in check("squared_loss", tmp_path / "zz.py").message
    )


def test_a_folder_of_answers(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("def softmax(O): return O.softmax(1)")
    assert check("softmax", tmp_path).state == "right"
    assert "cannot be read: " in check("linreg", tmp_path).message


@pytest.mark.slow
def test_pytest_checks_the_answers_of_a_reader(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/linreg.py").write_text(
        "def linreg(X, w, b):\n    print('words')\n    return X @ w + b\n"
    )
    naive = "def softmax(O):\n    return O.exp() / O.exp().sum(1, keepdim=True)\n"
    (tmp_path / "mine/softmax.py").write_text(naive)
    (tmp_path / "mine/sgd.py").write_text("import os\ndef sgd(params, lr, batch_size):\n    os._exit(0)\n")
    done = run_pytest("--answers", "mine", cwd=tmp_path)
    assert f"2 failed, 1 passed, {len(exercises()) - 3} skipped" in done
    assert "test_answer[softmax] " in done
    assert "\n  likely    softmax overflows: subtract the row maximum first\n" in done
    assert "the answer ended its own process" in done
    assert not re.search(r"Traceback|\.py:\d+|words|def test_answer", done)


@pytest.mark.slow
def test_pytest_with_answers_that_are_not_there(tmp_path: Path) -> None:
    assert f"ERROR: --answers: there is no {tmp_path / 'absent'}" in run_pytest(
        "--answers", "absent", cwd=tmp_path
    )


def run_pytest(*options: str, cwd: Path) -> str:
    tests = Path(__file__).parents[2] / "exercises"
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", str(tests), *options]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300)
    return done.stdout + done.stderr


@pytest.mark.parametrize("name", ["absent.py", "", "absent/absent.py"])
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    verdict = check("softmax", tmp_path / name)
    assert verdict.state == "wrong"
    words = " ".join(verdict.message.split())  # in one line, however long the path is
    assert f"problem {tmp_path / name} cannot be read: " in words


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("def softmax(O):\n    print('so far')\n    while True:\n        pass\n", 3),
        ("while True: pass\n", 1),
        ("def softmax(O):\n    while True: print('word' * 1000)\n", 2),
    ],
)
def test_a_loop_without_an_end(checked: Callable[..., Verdict], text: str, line: int) -> None:
    state, message, _ = checked("softmax", text, limit=0.5)
    assert state == "wrong"
    assert "came      nothing within 0.5 seconds: is there a loop without an end?" in message
    lines = text.splitlines()
    assert any(f"  line {at + 1}    {lines[at].strip()}\n" in message for at in range(line - 1, len(lines)))
    assert ("called" in message) == ("def" in text)


def test_the_first_case_that_is_wrong_is_told_before_a_later_crash(checked: Callable[..., Verdict]) -> None:
    text = "import os\ndef softmax(O):\n    return O + 1 if O.shape == (2, 2) else os._exit(0)\n"
    message = checked("softmax", text).message
    assert "came      [[1, 2], [0, 3]]" in message
    assert "ended its own process" not in message


def test_the_stub_is_not_started(checked: Callable[..., Verdict]) -> None:
    for one in (named("softmax"), named("dropout_layer")):
        state, message, _ = checked(one.name, one.start)
        assert state == "not started"
        assert message.startswith(f"{one.name}: not started\n  problem   it still raises NotImplementedError")


def test_the_line_is_that_of_the_file_as_it_is_now(checked: Callable[..., Verdict]) -> None:
    checked("softmax", "def softmax(O):\n    return O.one()\n")
    message = checked("softmax", "import torch\n\ndef softmax(O):\n    return O.another()\n").message
    assert "line 4    return O.another()" in message


# ---- Answers that are not simple functions of tensors


def sgd(body: str) -> str:
    return f"import torch\ndef sgd(params, lr, batch_size):\n{textwrap.indent(textwrap.dedent(body), '    ')}"


@pytest.mark.parametrize(
    ("name", "text", "parts"),
    [
        ("sgd", sgd("for p in params: p -= lr * p.grad / batch_size"), [
            "raised    RuntimeError: a leaf Variable that requires grad",
            "line 3 ",
            "likely    a tensor that requires gradients cannot be changed in place",
        ]),
        ("sgd", sgd("for p in params: p.data -= lr * p.grad / batch_size"), [
            "called    sgd(params, lr, batch_size): w and b, gradients 2w + 1.7 and 2b + 2.7",
            "params = [[[1.2], [-2.1]]  (float32, shape (2, 1)), [0.6]  (float32, shape (1,))]",
            "came      params[0].grad after the step: [[4.1], [-2.5]]",
            "expected  params[0].grad after the step: [[0], [0]]",
            "likely    gradients accumulate: zero them after the step",
        ]),
        ("sgd", sgd("pass"), ["params[0] after the step: [[1.2], [-2.1]]"]),
        ("sgd", sgd("params.clear()"), [
            "came      tensors in the list: 0\n", "expected  tensors in the list: 2\n"]),
        ("synthetic_data", "def synthetic_data(w, b, n): pass", [
            "came      it returns None, where the tensors X, y are expected"]),
        ("synthetic_data", "import torch\ndef synthetic_data(w, b, n): return torch.randn(n, len(w))", [
            "came      it returns a Tensor, where the tensors X, y are expected"]),
        ("synthetic_data", "import torch\ndef synthetic_data(w, b, n): return w, torch.randn(n, 1)", [
            "came      shape of X: (2,)\n  expected  shape of X: (4000, 2)"]),
        ("dropout_layer", "def dropout_layer(X, p): return [X]", [
            "came      [[[1, -2, 3]]  (float32, shape (1, 3))]\n", "it is a list"]),
        ("accuracy", "def accuracy(y_hat, y): return y_hat", ["it is a tensor, a number is expected"]),
        ("accuracy", "def accuracy(y_hat, y): return (y_hat.argmax(dim=1) == y).float().mean()", [
            "came      0.6667", "expected  2\n", "likely    this is the share of correct predictions"]),
        ("least_squares", "def least_squares(X, y): return X, y, X", [
            "seen      it has 3 parts, it should have 2"]),
        ("least_squares", "def least_squares(X, y): return X, y", ["came      w: [[-0.5], [1], [2.6]]"]),
        ("cross_entropy", "def cross_entropy(O, y): return O.logsumexp(1).detach() - O[range(len(y)), y]", [
            "came      the gradient in O: [[", "expected  the gradient in O: [["]),
    ],
)  # fmt: skip
def test_bad_answers_to_other_exercises(checked: Callable, name: str, text: str, parts: list[str]) -> None:
    state, message, _ = checked(name, text)
    assert state == "wrong"
    for part in parts:
        assert part in message
    assert len(message.splitlines()) <= 15


def test_another_spelling_of_a_mistake_gets_its_diagnosis(checked: Callable[..., Verdict]) -> None:
    text = """
    import math
    import torch

    def softmax(scores):
        def one(row):
            powers = math.e ** row
            return torch.stack([power / sum(powers) for power in powers])
        return torch.stack([one(row) for row in scores])
    """
    assert "likely    softmax overflows: subtract the row maximum first" in checked("softmax", text).message


@pytest.mark.parametrize(
    ("name", "text", "diagnosis"),
    [
        # The gradient of what is infinite comes out in several ways: log before or after the choice.
        (
            "cross_entropy",
            "def cross_entropy(O, y): return -O.softmax(1).log()[range(len(y)), y]",
            "rounded to 0",
        ),
        # The operands the other way round make another message of the error.
        ("linreg", "def linreg(X, w, b): return w * X + b", "`*` needs equal shapes"),
    ],
)
def test_the_same_fault_with_other_consequences(
    checked: Callable[..., Verdict], name: str, text: str, diagnosis: str
) -> None:
    assert diagnosis in checked(name, text).message.split("perhaps ")[1]


def test_errors_of_one_type_alone_are_no_diagnosis(checked: Callable[..., Verdict]) -> None:
    text = "def linreg(X, w, b): raise RuntimeError('of another kind')"
    assert "likely" not in checked("linreg", text).message


@pytest.mark.parametrize(
    ("name", "body", "diagnosis"),
    [
        ("softmax", "exps = O.exp(); return exps / exps.sum(dim=1)", "without keepdim=True"),
        ("softmax", "exps = O.exp(); return exps / exps.sum()", "the sum goes over the whole batch"),
        ("dropout_layer", "return (torch.rand(X.shape) > p).float() * X / (1 - p)", "p = 1 divides by 0"),
        ("dropout_layer", "torch.manual_seed(0); return (torch.rand_like(X) > p) * X", "mask not rescaled"),
        ("accuracy", "return float((y_hat.argmin(dim=1) == y).float().mean())", "argmin takes the smallest"),
    ],
)
def test_of_two_mistakes_at_once_the_first_is_named(
    checked: Callable[..., Verdict], name: str, body: str, diagnosis: str
) -> None:
    message = checked(name, f"import torch\ndef {named(name).call}: {body}").message
    assert re.search(rf"(likely|perhaps) +{re.escape(diagnosis)}", message)


def test_a_number_that_agrees_by_accident_is_no_diagnosis(checked: Callable[..., Verdict]) -> None:
    # 1 where 2 is right is also what counting the wrong predictions gives.
    text = "def accuracy(y_hat, y): return 1 if len(y) == 3 and y[2] == 1 else -1"
    assert "likely" not in checked("accuracy", text).message


def test_what_no_mistake_of_the_bank_does_gets_no_diagnosis(checked: Callable[..., Verdict]) -> None:
    text = "def softmax(O):\n    return O.exp() / O.exp().sum(dim=0) * 3\n"
    assert "likely" not in checked("softmax", text).message


# ---- Right answers, whatever else they do


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("def softmax(O): return O.softmax(1)", ""),
        ("softmax = lambda o, dim=1: o.softmax(dim)", ""),
        ("class Layer:\n    def __call__(self, O): return O.softmax(1)\nsoftmax = Layer()", ""),
        ("from functools import partial\nimport torch\nsoftmax = partial(torch.softmax, dim=1)", ""),
        ("import torch\nsoftmax = torch.nn.Softmax(dim=1)", ""),
        ("def softmax(O):\n    print('many words')\n    return O.softmax(1)", ""),
        ("def softmax(O):\n    O = O.clone()\n    O -= O.amax(1, True)\n    return O.softmax(1)", ""),
        ("import torch\ntorch.manual_seed(3)\ntorch.set_default_dtype(torch.float64)\n"
         "torch.set_grad_enabled(False)\ndef softmax(O): return O.softmax(1)", ""),
        ("import warnings\ndef softmax(O):\n    warnings.warn('careful')\n    return O.softmax(1)", ""),
        ("import torch\ndef softmax(O):\n    torch.manual_seed(0)\n    return O.softmax(1)", "it seeds"),
        ("def softmax(O): return O.softmax(1)\nif __name__ == '__main__':\n    1 / 0", ""),
        ("from dataclasses import dataclass\n@dataclass\nclass A:\n    x: 'int' = 1\n"
         "def softmax(O): return O.softmax(A().x)", ""),
        ("from helper_of_this_answer import f as softmax", ""),
        ("# -*- coding: latin-1 -*-\ndef softmax(O): return O.softmax(1)  # \xfc".encode("latin-1"), ""),
    ],
)  # fmt: skip
def test_a_right_answer_passes(checked: Callable, tmp_path: Path, text: str | bytes, note: str) -> None:
    (tmp_path / "helper_of_this_answer.py").write_text("def f(O):\n    return O.softmax(1)\n")
    state, message, _ = checked("softmax", text)
    assert (state, message.split("\n")[0]) == ("right", "softmax: right, in 5 cases")
    assert note in message
    assert ("\n" in message) == bool(note)
    assert not list(tmp_path.glob("__pycache__"))


def test_a_path_may_be_relative_and_of_any_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "答案 1.py").write_text("def softmax(O):\n    return O.softmax(1).T\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert "it is transposed" in check("softmax", "答案 1.py").message


def test_functions_of_a_notebook(capsys: pytest.CaptureFixture[str]) -> None:
    shift = torch.ones(1)

    def softmax(O: torch.Tensor) -> torch.Tensor:
        return (O - shift).softmax(1)

    state = torch.get_rng_state()
    check_exercise("softmax", softmax)
    assert capsys.readouterr() == ("softmax: right, in 5 cases\n", "")
    check_exercise("softmax", lambda O: O / 0)
    assert "seen      1 of 4 values are nan and 3 of 4 values are infinite" in capsys.readouterr().out
    check_exercise("accuracy", lambda y_hat, y: exit())
    assert "raised    sys.exit()" in capsys.readouterr().out
    assert torch.equal(torch.get_rng_state(), state)


def test_a_builtin_function() -> None:
    assert check("linreg", torch.sigmoid).state == "wrong"
    assert check("linreg", lambda X, w, b: torch.addmm(b, X, w)).state == "right"


def test_the_readers_settings_of_torch_do_not_matter() -> None:
    before = torch.get_default_dtype(), torch.is_grad_enabled()
    torch.set_default_dtype(F64)
    torch.manual_seed(5)
    drawn = torch.rand(3)
    torch.manual_seed(5)
    try:
        with torch.no_grad(), torch.device("meta"):
            for name in ("softmax", "sgd", "cross_entropy"):
                assert check(name, named(name).solved()).state == "right"
            assert not torch.is_grad_enabled()
        assert torch.get_default_dtype() == F64
        assert torch.equal(torch.rand(3), drawn)
    finally:
        torch.set_default_dtype(before[0])
    assert torch.is_grad_enabled() == before[1]
    with pytest.raises(KeyError), usual_torch():
        raise KeyError
    assert torch.get_default_dtype() == before[0]


@pytest.mark.parametrize("name", ["sofmax", "", "exercises"])
def test_unknown_exercise(name: str) -> None:
    with pytest.raises(ValueError, match=f"exercise: there is no '{name}'"):
        check_exercise(name, torch.sigmoid)


@pytest.mark.slow
def test_a_new_python_says_the_same(checked: Callable[..., Verdict]) -> None:
    # As on Windows and macOS, and where a GPU forbids to fork.
    text = HELPERS.format(BAD["naive"][0])
    assert checked("softmax", text, fork=False) == checked("softmax", text)


@pytest.mark.slow
def test_a_new_python_takes_functions_and_crashes_alone() -> None:
    offset = 1

    def softmax(O: torch.Tensor) -> object:
        return (O + offset).softmax(1) if O.shape != (1, 3) else ctypes.string_at(0)

    message = check("softmax", softmax, fork=False).message
    assert "called    softmax(O): a batch of one\n" in message
    assert "Python crashed" in message or sys.platform == "win32"


@pytest.mark.slow
def test_a_notebook_survives_every_answer() -> None:
    import nbformat
    from nbclient import NotebookClient

    cells = [
        "import ctypes, torch\nfrom d2lcore import check_exercise\n"
        "X = torch.randn(500, 500, requires_grad=True)\n(X @ X).sum().backward()",
        "def softmax(O):\n    return O.softmax(1)\ncheck_exercise('softmax', softmax)",
        "def softmax(O):\n    print('aside')\n    return O.softmx(1)\ncheck_exercise('softmax', softmax)",
        "def softmax(O):\n    return input('?')\ncheck_exercise('softmax', softmax)",
        "def softmax(O):\n    return ctypes.string_at(0)\ncheck_exercise('softmax', softmax)",
        "print('alive')",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    texts = ["".join(output.get("text", "") for output in cell.outputs) for cell in notebook.cells]
    assert texts[1] == "softmax: right, in 5 cases\n"
    assert (
        "AttributeError: 'Tensor' object has no attribute 'softmx'\n  line 3    return O.softmx(1)"
        in texts[2]
    )
    assert "printed   aside" in texts[2]
    assert "EOFError: input() has no keyboard here" in texts[3]
    assert "Python crashed (Segmentation fault" in texts[4]
    assert texts[5] == "alive\n"
    assert all(output.output_type == "stream" for cell in notebook.cells for output in cell.outputs)


# ---- Comparing


def differs(came: object, expected: object, tolerance: float = 1e-6) -> Difference | None:
    return compare(pack(came), pack(expected), tolerance)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (torch.tensor([1.0, math.nan, math.inf]), torch.tensor([1.00001, math.nan, math.inf])),
        (torch.tensor(1.0, dtype=F64), torch.tensor(1 + 1e-7, dtype=F64)),
        (torch.ones(0, 3), torch.ones(0, 3)),
        (torch.tensor([True]), torch.tensor([True])),
        (torch.ones(3, 2).T, torch.ones(2, 3)),
        (torch.ones(2, requires_grad=True), torch.ones(2)),
        (torch.nn.Parameter(torch.ones(2)), torch.ones(2)),
        (torch.tensor(3), 3.0),
        (torch.tensor(True), 1),
        (np.float32(2), 2),
        (np.int64(2), torch.tensor(2).item()),
        (math.nan, math.nan),
        (True, np.True_),
        ("a", "a"),
        (None, None),
        ((1, [torch.ones(2)]), [1, (torch.ones(2),)]),
        ({"a": 1}, {"a": 1}),
        (Measured(0.5, 0.1), Measured(torch.tensor(1.3), 0.1)),
        (torch.ones(2, device="meta"), torch.ones(2, device="meta")),
    ],
)
def test_equal(one: object, other: object) -> None:
    assert differs(one, other) is None


@pytest.mark.parametrize(
    ("came", "expected", "words"),
    [
        (torch.tensor([1.0, 2.0]), torch.tensor([1.0, 2.001]), ""),  # shown whole
        (
            torch.arange(13.0),
            torch.arange(13.0).where(torch.arange(13) != 5, 9.0),
            "the values differ most at [5]",
        ),
        (torch.tensor([0.0, math.nan]), torch.tensor([0.0, 1.0]), "1 of 2 values are nan"),
        (
            torch.tensor([math.inf, math.nan]),
            torch.ones(2),
            "1 of 2 values are nan and 1 of 2 values are infinite",
        ),
        (torch.tensor([0.0, 1.0]), torch.tensor([0.0, math.inf]), ""),
        (torch.tensor(math.nan), torch.tensor(1.0), ""),
        (torch.zeros(2), torch.ones(2), "every value is 0"),
        (
            torch.tensor([[0.5, 1.0], [0.5, 0.0]]),
            torch.tensor([[0.6, 0.4], [0.7, 0.3]]),
            "each row should sum to 1; here each column does",
        ),
        (
            torch.ones(2, 3),
            torch.tensor([[0.5, 0.2, 0.3]] * 2),
            "each row should sum to 1; the sums are 3, 3",
        ),
        (torch.ones(2), torch.ones(2, 1), "its shape is (2,), it should be (2, 1)"),
        (torch.ones(()), torch.ones(1), "its shape is (), it should be (1,)"),
        (torch.ones(2), torch.ones(2, dtype=F64), "its type is float32, it should be float64"),
        (torch.tensor([True]), torch.tensor([1.0]), "its type is bool, it should be float32"),
        (torch.ones(1), 1.0, "it is a tensor, a number is expected"),
        (1.0, torch.ones(()), "it is a number, a tensor is expected: float(), .item()"),
        (2.0, 3.0, ""),
        (math.nan, 3.0, ""),
        (None, 3.0, "it is None: is a `return` missing?"),
        ("3", 3.0, "it is a string, a number is expected"),
        (object(), 3.0, "it is a object, a number is expected"),
        ((1, 2), (1, 2, 3), "it has 2 parts, it should have 3"),
        (torch.ones(2), (1, 2), "it is a tensor, a tuple or list is expected"),
        (
            torch.ones(2, 2).to_sparse(),
            torch.ones(2, 2),
            "it is a sparse, nested or quantized tensor",
        ),
        (torch.ones(4, 2, device="meta"), torch.ones(2), "it is a larger tensor"),
        (Measured(0.5, 0.1), Measured(1.4, 0.1), ""),
        ({"the gradient in X": None}, {"the gradient in X": torch.ones(2)}, "the result is cut off from it"),
        ({"a": 1}, {"a": 1, "b": 2}, ""),
        (object(), object(), ""),
    ],
)
def test_different(came: object, expected: object, words: str) -> None:
    found = differs(came, expected)
    assert found is not None
    said = seen(named("linreg"), [], [], [], found)
    assert said.startswith(words)
    assert bool(said) == bool(words)
    one, other = show_both(found)
    assert one != other or re.search("sparse|type|string|^$", words)


def test_the_first_of_several_parts_that_differs_is_named() -> None:
    found = differs({"x": [1, (2, 3)], "y": 1}, {"x": [1, (2, 4)], "y": 2})
    assert found is not None
    assert (found.where, found.came, found.expected) == ("x[1][1]", ("number", 3), ("number", 4))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_rounding_of_short_types_is_allowed_and_no_more(dtype: torch.dtype) -> None:
    slack = {torch.float32: 1e-4, torch.float16: 1e-2, torch.bfloat16: 1e-1}[dtype]
    one = torch.ones(3, dtype=dtype)
    assert differs(one, one * (1 + 0.5 * slack)) is None
    assert differs(one, one * (1 + 3 * slack)) is not None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (torch.tensor([[1.0, -0.0], [1 / 3, 1e10]]), "[[1, 0], [0.3333, 1e+10]]  (float32, shape (2, 2))"),
        (torch.arange(13), "a tensor  (int64, shape (13,))"),
        (torch.zeros(0), "[]  (float32, shape (0,))"),
        (torch.tensor(2), "2  (int64, shape ())"),
        ((1000,), "(1000,)"),
        (list(range(9)), "[0, 1, 2, 3, 4, 5, ...]"),
        ({"a": 1.5, "b": None}, "a: 1.5, b: None"),
        (Measured(0.123456, 0.0321), "0.1235 (give or take 0.03)"),
        ("x" * 5000, "x" * 1000),
        ([[[[1]]]], "[[[[1]]]]"),
        (((1,), 2), "((1,), 2)"),
    ],
)
def test_show(value: object, text: str) -> None:
    assert show(pack(value)) == text


def test_of_a_large_tensor_the_worst_place_is_shown() -> None:
    a, b = torch.zeros(20, 3), torch.zeros(20, 3)
    a[7, 1] = 5
    found = differs(a, b)
    assert show_both(found) == (
        "at [7] [0, 5, 0]  (float32, shape (20, 3))",
        "at [7] [0, 0, 0]  (float32, shape (20, 3))",
    )
    found = differs(a.T, b.T)
    assert show_both(found)[0] == "at [1, 7] 5  (float32, shape (3, 20))"


@pytest.mark.parametrize(
    ("args", "act", "changed"),
    [
        ([torch.ones(2)], lambda X: X.add_(1), (0,)),
        ([torch.ones(2)], lambda X: X.add(1), ()),
        ([1, [torch.ones(2), torch.ones(1)]], lambda n, params: params[1].zero_(), (1,)),
        ([[torch.ones(2)]], lambda params: params.pop(), (0,)),
        ([torch.tensor([math.nan])], lambda X: None, ()),
        ([torch.tensor([True])], lambda X: X.logical_not_(), (0,)),
        ([torch.ones(2, 3)], lambda X: X.t_(), (0,)),
        ([{"H": torch.ones(2)}], lambda kept: kept["H"].zero_(), (0,)),
        ([{"H": torch.ones(2)}], lambda kept: kept.clear(), (0,)),
        ([{"H": torch.ones(2)}], lambda kept: kept["H"] + 1, ()),
        ([torch.tensor([3])], lambda X: X.sub_(1), (0,)),
    ],
)
def test_changed_arguments_are_noticed(args: list, act: Callable, changed: tuple) -> None:
    assert outcome(lambda: act(*args), args, 1, "").changed == changed


@pytest.mark.parametrize(
    ("act", "seeded"),
    [(lambda: torch.manual_seed(0), True), (torch.seed, True), (lambda: torch.rand(3), False)],
)
def test_seeding_is_noticed(act: Callable, seeded: bool) -> None:
    with usual_torch():
        assert outcome(act, [], 1, "").seeded == seeded


# ---- What exercises are made of


def halve(**changes: Any) -> Exercise:
    parts: dict[str, Any] = {
        "name": "halve", "notes": "000 1", "hints": ("a", "b", "c"),
        "reference": "d2lcore.linear.squared_loss",
        "stub": 'def halve(x: Tensor) -> Tensor:\n    """Half of x."""\n    raise NotImplementedError\n',
        "adapt": lambda loss: lambda x: loss(x.sqrt(), torch.zeros(1)),
        "cases": lambda: [Case("four", (torch.tensor([4.0]),))],
        "mistakes": (Mistake("it is doubled", "def halve(x): return 2 * x"),), "accepted": (),
    }  # fmt: skip
    return Exercise(**{**parts, **changes})


def test_an_adapted_reference() -> None:
    (came,) = attempt.right(halve())
    assert came.value[1].item() == pytest.approx(2)
    assert halve().solution().__name__ == "squared_loss"


def test_a_stub_of_another_name_or_more_than_a_function() -> None:
    for stub in ("def half(x): pass", "halve = 3"):
        with pytest.raises(ValueError, match="the stub of the exercise halve is no function halve"):
            halve(stub=stub).definition  # noqa: B018


def test_the_file_that_a_reader_starts_from() -> None:
    text = halve(chapter="mlp").start
    assert text.startswith(
        '"""Exercise of the chapter mlp, notes 000 1.\n\nCheck it with: d2lcore exercise check'
    )
    compile(text, "start", "exec")
    assert text.endswith("    raise NotImplementedError\n")
    assert "\nimport torch\nfrom torch import Tensor\n\n\ndef halve" in text


def test_a_wrong_argument_type_in_a_bank_is_found() -> None:
    with pytest.raises(Exception, match="hints"):
        halve(hints=("only one",))


def test_exercises_come_in_the_order_of_the_chapters(monkeypatch: pytest.MonkeyPatch) -> None:
    from chapters import READING_ORDER

    order = [name for names in READING_ORDER.values() for name in names]
    found = [order.index(one.chapter) for one in exercises().values()]
    assert found == sorted(found)
    assert len(found) >= 10


def test_a_chapter_adds_exercises_by_a_file(tmp_path: Path) -> None:
    # In a Python of its own, which is told of one chapter more, and of a folder of the bank for it.
    (tmp_path / "other").mkdir()
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages/other.py").write_text("# %% [markdown]\n# # Other\n# A line.\n")
    (tmp_path / "other/__init__.py").write_text("ORDER = ('f',)")
    (tmp_path / "other/f.py").write_text(
        "from d2lcourse.exercises.exercise import Exercise\n"
        "EXERCISE = Exercise(name='f', notes='', stub='def f(): pass', hints=('', '', ''), reference='',\n"
        "                    cases=list)"
    )
    (tmp_path / "other/f_mistakes.py").write_text("@mistake('not 1')\ndef f():\n    return 2\n")
    (tmp_path / "other/f_accepted.py").write_text("def f():\n    return 1\n")
    code = f"""
import sys, chapters
from d2lcourse.exercises import bank
chapters.__path__.append({str(tmp_path / "pages")!r})
bank.__path__.append({str(tmp_path)!r})
chapters.READING_ORDER["part"] = ("other",)
from d2lcourse.exercises.exercise import exercises
print(exercises()["f"].chapter, exercises()["f"].mistakes[0].diagnosis, "torch" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "other not 1 False\n", done.stderr


def test_expect() -> None:
    X, y = torch.ones(2), torch.ones(1)
    assert expect(X, "X") is X
    assert expect([X, y], "X", "y") == [X, y]
    for value, names, words in [
        (None, ("X",), "it returns None, where the tensor X is expected"),
        ([X], ("X",), "it returns a list, where the tensor X is expected"),
        (X, ("X", "y"), "it returns a Tensor, where the tensors X, y are expected"),
        ((X, 1), ("X", "y"), "it returns a tuple"),
        ((X, y, X), ("X", "y"), "it returns a tuple"),
    ]:
        with pytest.raises(Unexpected, match=words):
            expect(value, *names)


def test_gradients() -> None:
    x, y = (torch.tensor([2.0, 3.0], requires_grad=True) for _ in range(2))
    observe = gradients("x", "y")
    seen = observe(lambda x, n, y: n * x * x, x, 3, y)
    assert list(seen) == ["", "the gradient in x", "the gradient in y"]
    assert seen["the gradient in x"].tolist() == [12, 36]  # 6x, weighted by 1 and 2
    assert seen["the gradient in y"] is None
    assert observe(lambda x, n, y: x.detach(), x, 3, y)["the gradient in x"] is None
    assert observe(lambda x, n, y: 5, x, 3, y)["the gradient in x"] is None
    assert observe(lambda x, n, y: x[:0], x, 3, y)["the gradient in x"].tolist() == [0, 0]


def test_no_process_is_needed_for_the_answers_that_are_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "_attempt", lambda *args: pytest.fail("a process"))
    came = list(attempt.outcomes(lambda x: x + x, halve().cases()))
    assert diagnose.diagnoses(halve(), came).certain == ["it is doubled"]


def test_a_mistake_that_changes_another_argument_is_another_mistake() -> None:
    def add(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return a + b

    pair = halve(
        name="add",
        stub='def add(a, b):\n    """a + b."""\n    raise NotImplementedError',
        adapt=lambda loss: add,
        cases=lambda: [Case("ones", (torch.ones(2), torch.ones(2)))],
        mistakes=(Mistake("a is changed", "def add(a, b): return a.add_(b)"),),
    )

    def found(answer: Callable) -> list[str]:
        return diagnose.diagnoses(pair, list(attempt.outcomes(answer, pair.cases()))).certain

    assert found(lambda a, b: torch.Tensor.add_(a, b)) == ["a is changed"]
    assert found(lambda a, b: b.add_(a)) == []


@pytest.mark.slow
def test_an_exercise_may_allow_more_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    slow = dataclasses.replace(named("relu"), limit=0.2)
    monkeypatch.setitem(exercises(), "relu", slow)
    (tmp_path / "relu.py").write_text(
        "import time\ndef relu(X):\n    time.sleep(0.4)\n    return X.clamp(min=0)\n"
    )
    assert "nothing within 0.2 seconds" in check("relu", tmp_path).message
    monkeypatch.setitem(exercises(), "relu", dataclasses.replace(slow, limit=20.0))
    assert check("relu", tmp_path).state == "right"
