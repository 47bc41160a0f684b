"""Answers that do what no answer should: each gets its verdict, soon, and nothing else."""

import os
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from d2lcore.command_line import invoke
from d2lcourse.exercises import isolate
from d2lcourse.exercises.commands import exercise
from d2lcourse.exercises.judge import Verdict, check
from d2lcourse.exercises.observe import outcome, pack

pytestmark = pytest.mark.skipif(not isolate.FORKS, reason="pipes, links and a fork")


@pytest.fixture
def checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Verdict]:
    """Check the text of an answer file; a new Python, which would take long, is a failure."""
    monkeypatch.setattr(isolate, "_fresh", lambda *args: pytest.fail("it was taken for no start"))

    def run(name: str, text: str, limit: float = 10.0) -> Verdict:
        file = tmp_path / f"{name}.py"
        file.write_text(textwrap.dedent(text))
        start = time.monotonic()
        verdict = check(name, file, limit=limit, fork=True)
        assert time.monotonic() - start < limit + 3
        return verdict

    return run


BAD_VALUES = {
    "10 ** 400": "came      10**400 or so",
    "-(10 ** 700)": "came      -10**700 or so",
    "10 ** 5000": "10**5000 or so",
    "fractions.Fraction(10 ** 400)": "10**400 or so",
    "torch.tensor(1j)": "it is a tensor, a number is expected",
    "1j": "a number is expected",
    "torch.tensor([1j, 2j])": "it is a tensor, a number is expected",
    "float('nan')": "came      nan",
    "Strange('x')": "came      odd",
    "type('\\x1b[31mRed', (), {'__repr__': lambda self: '\\x1b[31mred'})()": "came      red",
}


@pytest.mark.parametrize("value", BAD_VALUES)
def test_a_value_that_is_no_accuracy(checked: Callable[..., Verdict], value: str) -> None:
    text = f"""
    import fractions, torch
    class Strange(str):
        def __str__(self): raise ValueError
        def __getitem__(self, key): raise ValueError
        def __new__(cls, text): return str.__new__(cls, 'odd')
    def accuracy(y_hat, y):
        return {value}
    """
    verdict = checked("accuracy", text)
    assert verdict.state == "wrong"
    assert BAD_VALUES[value] in verdict.message
    assert "\x1b" not in verdict.message


@pytest.mark.parametrize("error", ["ValueError", "KeyboardInterrupt", "SystemExit"])
def test_an_exception_that_cannot_be_shown(checked: Callable[..., Verdict], error: str) -> None:
    text = f"""
    class Mute(Exception):
        def __str__(self): raise {error}("no")
        __repr__ = __str__
    def softmax(O):
        raise Mute("a")
    """
    verdict = checked("softmax", text)
    assert verdict.state == "wrong"
    assert "raised    Mute\n" in verdict.message
    assert "line 6    raise Mute" in verdict.message


def test_a_syntax_error_of_the_readers_own_making(checked: Callable[..., Verdict]) -> None:
    text = """
    def softmax(O):
        error = SyntaxError("bad")
        error.filename, error.lineno, error.offset, error.text, error.msg = __file__, "x", [], 3, None
        raise error
    """
    assert "raised    SyntaxError" in checked("softmax", text).message


HERE = "folder = os.path.dirname(os.getcwd())"
DEEDS = {
    "removes its folder": "shutil.rmtree(folder)",
    "replaces its folder by a pipe": "shutil.rmtree(folder); os.mkfifo(folder)",
    "puts pipes there": "[(os.path.exists(one) and os.unlink(one), os.mkfifo(one)) for one in names]",
    "puts links to an endless device there": "[(os.path.exists(one) and os.unlink(one), "
    "os.symlink('/dev/zero', one)) for one in names]",
}


@pytest.mark.parametrize("deed", DEEDS)
def test_what_it_does_to_the_folder_does_not_matter(checked: Callable[..., Verdict], deed: str) -> None:
    text = f"""
    import os, shutil
    {HERE}
    names = [os.path.join(folder, one) for one in
             ("results", "printed", "trace", "ready", "done", "error", "0.item", "1.item", "part")]
    {DEEDS[deed]}
    def softmax(O):
        return O.softmax(1)
    """
    assert checked("softmax", text).message == "softmax: right, in 5 cases"


@pytest.mark.parametrize(
    "garbage", ["b'garbage' * 1000", "b'I' + bytes(8)", "b'I' + (5).to_bytes(8, 'big') + b'abcde'"]
)
def test_garbage_among_the_results_is_told(checked: Callable[..., Verdict], garbage: str) -> None:
    text = f"""
    import os
    {HERE}
    with open(os.path.join(folder, "results"), "ab") as file:
        file.write({garbage})
    def softmax(O):
        return O.softmax(1)
    """
    verdict = checked("softmax", text)
    assert verdict.state == "wrong"
    assert "the answer wrote over the files of the checker" in verdict.message


def test_too_many_results_are_not_read(checked: Callable[..., Verdict]) -> None:
    text = f"""
    import os
    {HERE}
    with open(os.path.join(folder, "results"), "ab") as file:
        file.truncate(100 << 20)
    def softmax(O):
        return O.softmax(1)
    """
    assert "the answer wrote over the files of the checker" in checked("softmax", text).message


def test_one_that_hides_its_changes_is_seen(checked: Callable[..., Verdict]) -> None:
    text = """
    import torch
    torch.allclose = torch.equal = torch.isclose = lambda *args, **options: True
    torch.Tensor.detach = torch.Tensor.clone = lambda self, *args, **options: self
    def softmax(O):
        S = O.softmax(1)
        O.data.zero_()
        return S
    """
    verdict = checked("softmax", text)
    assert verdict.state == "wrong"
    assert "it changes its argument O" in verdict.message


@pytest.mark.parametrize("where", ["softmax", "other"])
def test_a_loop_at_import_takes_at_most_the_limit(
    checked: Callable[..., Verdict], tmp_path: Path, where: str
) -> None:
    loop = "while True:\n    pass\n"
    (tmp_path / "other.py").write_text(loop)
    verdict = checked("softmax", loop if where == "softmax" else "import other\n", limit=0.5)
    assert "nothing within 0.5 seconds" in verdict.message


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: os.symlink("/dev/zero", path)])
def test_an_answer_that_is_no_file(
    tmp_path: Path, make: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    make(tmp_path / "softmax.py")
    (tmp_path / "large.py").write_text("#" * 1_000_001)
    for line, code in (("list", 0), ("check softmax", 1), ("start softmax", 0)):
        assert invoke(exercise, [*line.split(), "--folder", str(tmp_path)], "d2lcore exercise") == code
    assert "it is not a file but a pipe or a device" in " ".join(capsys.readouterr().out.split())
    message = check("accuracy", tmp_path / "large.py").message
    assert "it has more than 1,000,000 bytes" in " ".join(message.split())


def test_numbers_at_the_edge_of_a_float() -> None:
    assert pack(10**308) == ("number", 10**308)
    assert pack(10**309)[0] == pack(-(2**1024))[0] == "other"
    assert pack(True) == ("number", True)


def test_a_change_of_shape_or_type_alone_is_a_change() -> None:
    X = torch.arange(4.0)
    assert outcome(lambda: X.resize_(2), [X], 1, "").changed == (0,)
    assert outcome(lambda: None, [X], 1, "").changed == ()
