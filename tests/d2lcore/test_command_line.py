"""Chapter runs: keyword arguments as a command line, results as files."""

import io
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest
import torch
from matplotlib.figure import Figure

import d2lcore as d2l
from d2lcore.command_line import NearestGroup, chapter_command, invoke
from d2lcore.printable import printable
from d2lcore.process import memory_wanted, mend_streams

calls: list[tuple] = []


@pytest.fixture(autouse=True)
def _no_calls() -> None:
    calls.clear()


def history(epochs: int = 2) -> d2l.History:
    rows = d2l.History()
    for epoch in range(1, epochs + 1):
        rows.add(epoch=epoch, train_loss=1 / epoch)
    return rows


def scratch(
    *, lr: float = 0.1, num_epochs: int = 2, p: tuple[float, float] = (0.2, 0.5), bias: bool = True
) -> d2l.Result:
    """By hand.

    lr: learning rate
    p: dropout probabilities
    """
    calls.append(("scratch", lr, num_epochs, p, bias))
    return d2l.Result(None, history(num_epochs), {"training": Figure(), "other": Figure()})


def concise(*, lr: float = 0.1, data: str = "digits") -> d2l.Result:
    """By library."""
    calls.append(("concise", lr, data))
    return d2l.Result(None, history())


def run(*args: str, out: Path, variants: tuple = (scratch, concise)) -> int:
    return invoke(chapter_command("chapter", variants), ["--out", str(out), *args], "chapter")


def test_every_variant_runs_at_its_defaults(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert run(out=tmp_path) == 0
    assert calls == [("scratch", 0.1, 2, (0.2, 0.5), True), ("concise", 0.1, "digits")]
    assert "trained in" in capsys.readouterr().out.splitlines()[-1]


def test_keyword_arguments_are_options(tmp_path: Path) -> None:
    options = ["scratch", "--lr", "3", "--num-epochs", "1", "--p", "0.3", "0.4", "--no-bias"]
    assert run(*options, out=tmp_path) == 0
    assert calls == [("scratch", 3.0, 1, (0.3, 0.4), False)]


def test_an_option_of_one_variant_leaves_the_others_alone(tmp_path: Path) -> None:
    assert run("--data", "mnist", out=tmp_path) == 0
    assert calls == [("scratch", 0.1, 2, (0.2, 0.5), True), ("concise", 0.1, "mnist")]


def learning(*, lr: float = 0.1) -> d2l.Result:
    """A straight line through points on one."""
    X = torch.linspace(-1, 1, 60).reshape(-1, 1)
    net = torch.nn.Linear(1, 1)
    batches = d2l.load_array((X, 2 * X + 1), 10)
    d2l.train_regression(net, batches, torch.nn.MSELoss(), 1, torch.optim.SGD(net.parameters(), lr))
    calls.append(("learning", lr))
    return d2l.Result(None, history())


@pytest.mark.parametrize(
    ("lr", "code", "said"),
    [("0.1", 0, "learning: Nothing wrong was found."), ("1e4", 1, "WRONG: learning rate high")],
)
def test_checkup_looks_at_the_training_instead_of_running_it(
    lr: str, code: int, said: str, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    assert run("--checkup", "--lr", lr, out=tmp_path, variants=(learning,)) == code
    assert said in capsys.readouterr().out
    assert calls == []
    assert not list(tmp_path.iterdir())


def test_checkup_of_a_chapter_that_does_not_train_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    assert run("--checkup", out=tmp_path) == 2
    shown = capsys.readouterr()
    assert "scratch: it does not train with d2l.train_ch3 or its like" in shown.out
    assert "--checkup: none of these variants trains" in shown.err


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["scrach"], "variant: there is no 'scrach'; did you mean 'scratch'?"),
        (["--num-epoch", "3"], "--num-epochs"),
        (["--lr", "fast"], "'fast' is not a valid float"),
        (["concise", "--num-epochs", "3"], "--num-epochs: the variant concise has no such knob"),
        (["scratch", "extra"], "extra"),
        (["--lr", "nan"], "'--lr': nan is not a number to compute with"),
        (["--lr", "-inf"], "'--lr': -inf is not a number to compute with"),
        (["scratch", "--p", "0.3", "nan"], "'--p': nan is not a number"),
        (["--num-epochs", "9" * 30], "needs more than 64 bits"),
        (["--out", ""], "'--out': it is empty; name a folder"),
    ],
)
def test_errors_are_one_line_before_anything_runs(
    args: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    assert run(*args, out=tmp_path) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert message in lines[0]
    assert not calls
    assert list(tmp_path.iterdir()) == []


def test_help_shows_options_with_their_text_and_default(capsys: pytest.CaptureFixture) -> None:
    assert invoke(chapter_command("chapter", (scratch, concise)), ["--help"], "chapter") == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "[scratch|concise]" in text
    assert "--lr FLOAT learning rate [0.1]" in text
    assert "--p FLOAT... dropout probabilities [0.2 0.5]" in text
    assert "scratch: By hand." in text


def quick(*, lr: float = 0.5, steps: tuple[int, int] = (1, 2)) -> d2l.Result:
    """With another learning rate."""
    return d2l.Result(None, history())


def test_help_claims_no_default_that_only_some_variants_have(capsys: pytest.CaptureFixture) -> None:
    assert invoke(chapter_command("chapter", (scratch, quick, concise)), ["--help"], "chapter") == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "--lr FLOAT learning rate [by variant]" in text
    assert "[1 2]" in text
    assert invoke(chapter_command("chapter", (scratch, quick), {"lr": 0.3}), ["--help"], "chapter") == 0
    assert "learning rate [0.3]" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_of_one_variant_has_only_its_options(
    option: str, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["chapter", "quick", option])
    with pytest.raises(SystemExit) as end:
        d2l.run_chapter("chapter", scratch, quick, concise)
    text = capsys.readouterr().out
    assert end.value.code == 0
    assert "quick: With another learning rate." in text
    assert "--steps" in text
    assert "--p " not in text
    assert "scratch" not in text


def test_several_numbers_are_floats_if_one_is(capsys: pytest.CaptureFixture, tmp_path: Path) -> None:
    def steps(*, sizes: tuple[float, ...] = (0, 0.5, 2)) -> d2l.Result:
        return d2l.Result(metrics={str(size): size for size in sizes})

    command = chapter_command("chapter", (steps,))
    line = ["--sizes", "0", "0.5", "2", "--out", str(tmp_path)]
    assert invoke(command, line, "chapter") == 0
    assert "sizes=(0.0, 0.5, 2.0)" in capsys.readouterr().out


def test_many_variants_have_a_word_for_them(capsys: pytest.CaptureFixture) -> None:
    variants = []
    for i in range(12):
        exec(f"def variant_{i}(*, lr: float = 0.1):\n    'No. {i}.'", names := {})
        variants.append(names[f"variant_{i}"])
    assert invoke(chapter_command("chapter", tuple(variants)), ["--help"], "chapter") == 0
    text = capsys.readouterr().out
    assert "[VARIANT]" in text.splitlines()[0]
    assert "variant_11: No. 11." in text


def test_run_writes_figures_history_and_metrics(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    run("scratch", out=tmp_path)
    folder = tmp_path / "chapter" / "scratch"
    names = sorted(path.name for path in folder.glob("[!.]*"))
    assert names == ["history.csv", "metrics.json", "other.png", "training.png"]
    out = capsys.readouterr().out
    assert all(f"wrote {folder / name}" in out for name in names)
    assert (folder / "history.csv").read_text().splitlines()[-1] == "2,0.5"
    report = json.loads((folder / "metrics.json").read_text())
    assert report["metrics"] == {"epoch": 2.0, "train_loss": 0.5}
    assert report["knobs"] == {"lr": 0.1, "num_epochs": 2, "p": [0.2, 0.5], "bias": True}


def test_run_prints_the_numbers_that_no_epoch_has_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    def counted(*, num: int = 2) -> d2l.Result:
        return d2l.Result(metrics={f"number {i}": i / 3 for i in range(num)})

    def numbers(*line: str) -> list[str]:
        assert (
            invoke(chapter_command("chapter", (counted, scratch)), [*line, "--out", str(tmp_path)], "chapter")
            == 0
        )
        return [line for line in capsys.readouterr().out.splitlines() if line.startswith("  ")]

    assert numbers("counted") == ["  number 0  0", "  number 1  0.3333"]
    assert numbers("counted", "--num", "32")[-2:] == ["  number 29  9.667", "  and 2 more in metrics.json"]
    assert numbers("scratch") == []  # its metrics are those of the last epoch


def test_a_later_save_removes_what_it_does_not_write_and_nothing_else(tmp_path: Path) -> None:
    d2l.Result(figures={"one": Figure(), "two": Figure()}).save(tmp_path)
    (tmp_path / "mine.png").write_text("kept")
    (tmp_path / "metrics.json").write_text(
        (tmp_path / "metrics.json").read_text().replace('"two.png"', '"two.png", "../outside"')
    )
    (tmp_path.parent / "outside").write_text("kept")
    d2l.Result(figures={"one": Figure()}).save(tmp_path)
    assert sorted(path.name for path in tmp_path.glob("[!.]*")) == ["metrics.json", "mine.png", "one.png"]
    assert (tmp_path.parent / "outside").exists()


def interrupted(*, lr: float = 0.1) -> d2l.Result:
    """Stopped by Ctrl-C after one epoch."""
    raise d2l.TrainingInterrupted(history(1))


def diverged(*, lr: float = 0.1) -> d2l.Result:
    """Diverges in its second epoch."""
    error = d2l.TrainingDiverged(2, 7, float("nan"), 0.5, lr)
    error.history = history(1)
    raise error


@pytest.mark.parametrize(("variant", "code"), [(interrupted, 130), (diverged, 2)])
def test_a_stopped_run_saves_what_it_has(
    variant: object, code: int, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    assert run(out=tmp_path, variants=(variant, scratch)) == code
    assert not calls, "the variants after it do not run"
    folder = tmp_path / "chapter" / variant.__name__
    assert {path.name for path in folder.glob("[!.]*")} == {"history.csv", "metrics.json", "training.png"}
    assert "stopped" in json.loads((folder / "metrics.json").read_text())
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_unwritable_output_is_found_before_the_training(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    assert run("scratch", out=tmp_path / "file") == 2
    assert "--out: cannot write in" in capsys.readouterr().err
    assert not calls


def failing(*, lr: float = 0.1) -> d2l.Result:
    """Fails."""
    raise KeyError("unexpected")


def test_an_unexpected_error_is_one_line_and_a_traceback_with_debug(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    assert run(out=tmp_path, variants=(failing,)) == 2
    assert capsys.readouterr().err == "chapter: error: 'unexpected' (--debug shows where)\n"
    with pytest.raises(KeyError):
        run("--debug", out=tmp_path, variants=(failing,))


def test_in_a_notebook_the_variants_run_with_knobs_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("d2lcore.plotting.in_notebook", lambda: True)
    results = d2l.run_chapter("chapter", scratch, concise, lr=0.5, data="mnist")
    assert calls == [("scratch", 0.5, 2, (0.2, 0.5), True), ("concise", 0.5, "mnist")]
    assert list(results) == ["scratch", "concise"]


def test_run_as_a_script_it_reads_the_command_line_and_saves_the_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    def timed(*, lr: float = 0.1) -> d2l.Result:
        """Takes its time."""
        rows = history()
        rows.seconds = 1.23456
        return d2l.Result(None, rows)

    monkeypatch.setattr(sys, "argv", ["a_page.py", "timed", "--lr", "0.5", "--out", str(tmp_path)])
    with pytest.raises(SystemExit) as ended:
        d2l.run_chapter("chapter", timed)
    assert ended.value.code == 0
    saved = json.loads((tmp_path / "chapter/timed/metrics.json").read_text())
    assert (saved["training_seconds"], saved["knobs"]) == (1.235, {"lr": 0.5})
    monkeypatch.setattr(sys, "argv", ["a_page.py", "--lr", "fast"])
    with pytest.raises(SystemExit) as ended:
        d2l.run_chapter("chapter", timed)
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("python")


def test_ctrl_c_has_its_own_code(capsys: pytest.CaptureFixture) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    assert invoke(click.Command("stop", callback=stop), [], "course") == 130  # 128 + SIGINT, as in a shell
    assert "Traceback" not in capsys.readouterr().err


def test_a_group_names_the_nearest_command(capsys: pytest.CaptureFixture) -> None:
    group = NearestGroup("course", commands={"run": click.Command("run", callback=lambda: 0)})
    assert invoke(group, ["rum"], "course") == 2
    assert "command: there is no 'rum'; did you mean 'run'?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("errors", "mended"),
    [("strict", "replace"), ("surrogateescape", "replace"), ("backslashreplace", "backslashreplace")],
)
def test_streams_lose_letters_rather_than_the_command(
    errors: str, mended: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream, other = io.TextIOWrapper(io.BytesIO(), "ascii", errors=errors), io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setattr(sys, "stderr", other)
    mend_streams()
    assert (sys.stdout, sys.stdout.errors, sys.stderr) == (stream, mended, other)
    print("线", end="")
    sys.stdout.flush()
    assert stream.buffer.getvalue() == (b"?" if mended == "replace" else b"\\u7ebf")


def test_help_for_the_knobs_that_chapters_share_is_written_once(capsys: pytest.CaptureFixture) -> None:
    def variant(*, lr: float = 0.1, num_epochs: int = 1, data: str = "digits", own: int = 3) -> d2l.Result:
        """Trains.

        data: a file of yours
        own: a knob of this chapter
        """
        return d2l.Result()

    assert invoke(chapter_command("chapter", (variant,)), ["--help"], "chapter") == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "--lr FLOAT learning rate [0.1]" in text
    assert "--num-epochs INTEGER passes over the training examples [1]" in text
    assert "--data TEXT a file of yours [digits]" in text
    assert "--own INTEGER a knob of this chapter [3]" in text


def refusing(*, lr: float = 0.1) -> d2l.Result:
    """Refuses its knob."""
    raise ValueError("lr: too large")


def hungry(*, lr: float = 0.1) -> d2l.Result:
    """Asks for more memory than there is."""
    raise RuntimeError(
        "[enforce fail at alloc_cpu.cpp:124] err == 0. DefaultCPUAllocator: can't allocate memory: "
        "you tried to allocate 313599996864 bytes. Error code 12 (Cannot allocate memory)"
    )


@pytest.mark.parametrize(
    ("variant", "message"),
    [
        (refusing, "lr: too large"),
        (hungry, "not enough memory: 313.6 GB was asked for; choose smaller sizes"),
    ],
)
def test_a_run_that_fails_leaves_no_folder_and_one_line(
    variant: object, message: str, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    assert run(out=tmp_path / "new" / "er", variants=(variant,)) == 2
    assert capsys.readouterr().err == f"chapter: error: {message}\n"
    assert list(tmp_path.iterdir()) == []


def terminated(*, lr: float = 0.1) -> d2l.Result:
    """Gets SIGTERM in its training."""
    try:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(60)
    except KeyboardInterrupt:
        raise d2l.TrainingInterrupted(history(1)) from None
    return d2l.Result()


@pytest.mark.skipif(os.name != "posix", reason="no SIGTERM that a process can catch")
def test_sigterm_saves_as_ctrl_c_does(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)
    assert run(out=tmp_path, variants=(terminated,)) == 130
    assert (tmp_path / "chapter/terminated/history.csv").read_text().splitlines()[1:] == ["1,1.0"]
    assert signal.getsignal(signal.SIGTERM) == before


def test_escape_codes_in_an_error_do_not_reach_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    def coloured(*, lr: float = 0.1) -> d2l.Result:
        raise ValueError("a \x1b[31mred\x1b[0m mirror\x1b]0;title\x07 says\x08 no")

    assert run(out=tmp_path, variants=(coloured,)) == 2
    assert capsys.readouterr().err == "chapter: error: a red mirror says no\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\ttext\n中文 é", "plain\ttext\n中文 é"),
        ("\x1b[1;31;4mx\x1b[m\x1b[2K\x1b[10;1H", "x"),
        ("\x1b]8;;http://evil\x1b\\link", "link"),
        ("\x1bcx\x1b", "x"),
        ("a\rb\x00\x9b31mc\u202ed", "ab31mcd"),
        ("\udcff", "?"),
    ],
)
def test_printable(text: str, shown: str) -> None:
    assert printable(text) == shown


def memory_errors() -> list[tuple[BaseException, str | None]]:
    return [
        (MemoryError(), "more"),
        (RuntimeError("CUDA out of memory. Tried to allocate 2.50 GiB. GPU 0 ..."), "2.50 GiB"),
        (RuntimeError("Storage size calculation overflowed with sizes=[99999999999, 99999999999]"), "more"),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), None),
    ]


@pytest.mark.parametrize(("error", "wanted"), memory_errors(), ids=str)
def test_what_was_asked_for(error: BaseException, wanted: str | None) -> None:
    assert memory_wanted(error) == wanted


PRINTING = """
import click
from d2lcore.command_line import invoke

@click.command()
def speak():
    click.echo("权重 é")
    print("权重 é")

raise SystemExit(invoke(speak, [], "speak"))
"""


@pytest.mark.skipif(os.name != "posix", reason="a shell that closes streams")
@pytest.mark.parametrize(
    ("encoding", "redirected", "out"),
    [
        ("cp1252", "", "?? \xe9\n?? \xe9\n".encode("latin-1")),
        ("ascii", "", "权重 é\n?? ?\n".encode()),  # click takes ASCII for a mistake, and writes UTF-8
        ("utf-8", ">&-", b""),
        ("utf-8", ">&- 2>&- <&-", b""),
    ],
)
def test_no_console_ends_a_command(encoding: str, redirected: str, out: bytes) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    command = f"{shlex.quote(sys.executable)} -c {shlex.quote(PRINTING)} {redirected}"
    done = subprocess.run(command, shell=True, capture_output=True, env=environment, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, out, b"")
