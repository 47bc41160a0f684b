"""Chapter runs: keyword arguments as a command line, results as files."""

import json
from pathlib import Path

import pytest
from matplotlib.figure import Figure

import d2lcore as d2l
from d2lcore.command_line import chapter_command, invoke

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
    return invoke(chapter_command("chapter", variants), [*args, "--out", str(out)], "chapter")


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


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["scrach"], "variant: there is no 'scrach'; did you mean 'scratch'?"),
        (["--num-epoch", "3"], "--num-epochs"),
        (["--lr", "fast"], "'fast' is not a valid float"),
        (["concise", "--num-epochs", "3"], "--num-epochs: the variant concise has no such knob"),
        (["scratch", "extra"], "extra"),
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
    names = sorted(path.name for path in folder.iterdir())
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
    assert sorted(path.name for path in tmp_path.iterdir()) == ["metrics.json", "mine.png", "one.png"]
    assert (tmp_path.parent / "outside").exists()


def test_a_failed_save_leaves_the_file_before(tmp_path: Path) -> None:
    d2l.Result(figures={"one": Figure()}).save(tmp_path)
    before = (tmp_path / "one.png").read_bytes()
    broken = Figure()
    broken.savefig = lambda part, **_: (Path(part).write_text("half"), 1 / 0)
    with pytest.raises(ZeroDivisionError):
        d2l.Result(figures={"one": broken}).save(tmp_path)
    assert (tmp_path / "one.png").read_bytes() == before
    assert not list(tmp_path.glob(".*.part"))


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
    assert {path.name for path in folder.iterdir()} == {"history.csv", "metrics.json", "training.png"}
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
