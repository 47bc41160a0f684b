"""`d2lcore sweep`: its runs, its table, its figure, and what it says of wrong arguments."""

import statistics
from pathlib import Path

import pandas
import pytest

from d2lcore.command_line import invoke
from d2lcourse.cli import cli
from d2lcourse.jobs.engine import Done
from d2lcourse.jobs.job import Job
from d2lcourse.jobs.spread import draw
from d2lcourse.jobs.sweep import chosen, frame, numbers_of, plan, summary

RATES = (0.01, 0.1)
DONE = [
    Done(Job("chapters.x", "y", {"lr": lr, "seed": seed}), {"loss": lr * (seed + 1), "acc": 0.5}, 1.0)
    for lr in RATES
    for seed in range(3)
] + [Done(Job("chapters.x", "y", {"lr": 9.0, "seed": 0}), {}, 1.0, "diverged")]


@pytest.mark.parametrize(
    ("text", "seeds"), [("0-3", [0, 1, 2, 3]), ("7", [7]), ("4, 1,0-1", [4, 1, 0]), ("2-2", [2])]
)
def test_seeds(text: str, seeds: list[int]) -> None:
    assert numbers_of(text) == seeds


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("3-1", "3-1 ends before it begins; did you mean 1-3"),
        *((text, "expected numbers from 0 such as 0-19") for text in ("", "a", "1-2-3", "-1", "1,,2", "0.5")),
        ("0-999999", "at most 100,000 runs"),
    ],
)
def test_no_seeds(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^--seeds .*{message}"):
        numbers_of(text)


def test_a_plan_is_every_combination_with_every_seed() -> None:
    jobs = plan("mlp", "scratch", "0-1", ["lr=0.1,1", "num-hiddens=8"])
    assert [job.knobs for job in jobs] == [
        {"lr": lr, "num_hiddens": 8, "seed": seed} for lr in (0.1, 1.0) for seed in (0, 1)
    ]
    assert {(job.module, job.run) for job in jobs} == {("chapters.mlp", "scratch")}
    assert [type(value) for value in jobs[0].knobs.values()] == [float, int, int]
    (shift,) = plan("distribution_shift", "risk", "3", [])
    assert (shift.module, shift.knobs) == ("chapters.distribution_shift.risk", {"seed": 3})


@pytest.mark.parametrize(
    ("chapter", "variant", "vary", "message"),
    [
        ("mpl", "scratch", (), "did you mean 'mlp'"),
        ("mlp", "scrach", (), "did you mean 'scratch'"),
        ("mlp", "train_ch3", (), "variant"),
        ("mlp", "scratch", ("lrr=1",), "there is no 'lrr'; did you mean 'lr'"),
        ("mlp", "scratch", ("lr",), "expected a knob and its values"),
        ("mlp", "scratch", ("lr=",), "expected a knob and its values"),
        ("mlp", "scratch", ("lr=0.1,x",), "'x' is not a valid float"),
        ("mlp", "scratch", ("num_hiddens=1.5",), "not a valid integer"),
        ("mlp", "scratch", ("seed=1,2",), "the seeds go into --seeds"),
        ("mlp", "gradients", (), "variant|seed"),
    ],
)
def test_no_plan(chapter: str, variant: str, vary: tuple[str, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        plan(chapter, variant, "0-1", vary)


def test_the_table_has_mean_and_spread_over_the_seeds_and_says_what_failed() -> None:
    head, first, second, third = summary(DONE, ["loss"])
    assert head == ["knobs", "runs", "loss: mean ± sd (range)"]
    spread = statistics.stdev([0.01, 0.02, 0.03])
    assert first == ["--lr 0.01", "3", f"0.02 ± {spread:.2g} (0.01 to 0.03)"]
    assert second[2] == "0.2 ± 0.1 (0.1 to 0.3)"
    assert third == ["--lr 9.0", "0, 1 failed", ""]


def test_a_row_of_the_frame_is_a_run() -> None:
    table = frame(DONE)
    assert list(table) == ["lr", "seed", "loss", "acc", "error"]
    assert table["loss"][5] == pytest.approx(0.3)
    assert table["error"].tolist() == [""] * 6 + ["diverged"]


def test_metrics_are_chosen_by_name() -> None:
    assert chosen(DONE, []) == ["loss", "acc"]
    assert chosen(DONE, ["acc"]) == ["acc"]
    assert chosen(DONE[-1:], ["acc"]) == ["acc"]  # nothing came out: nothing to say of a name
    with pytest.raises(ValueError, match="there is no 'los'; did you mean 'loss'"):
        chosen(DONE, ["los"])


def test_the_figure_has_every_run_the_mean_and_the_spread() -> None:
    axes = draw(DONE, ["loss"]).axes[0]
    points = [line for line in axes.lines if line.get_marker() == "."]
    assert [list(line.get_xdata()) for line in points] == [[0.01] * 3, [0.1] * 3, []]
    assert list(points[1].get_ydata()) == pytest.approx([0.1, 0.2, 0.3])
    (bar,) = axes.containers[1].lines[2]
    (low, high) = bar.get_segments()[0]
    assert (low[1], high[1]) == pytest.approx((0.1, 0.3))
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_xscale()) == ("lr", "loss", "log")
    words = draw(
        [one._replace(job=Job("chapters.x", "y", {"data": "digits", "seed": 0})) for one in DONE], ["acc"]
    )
    assert [label.get_text() for label in words.axes[0].get_xticklabels()] == ["--data digits"]


def test_the_command_writes_a_table_and_a_figure_and_finds_its_runs_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["sweep", "linear_regression", "scratch", "--seeds", "0-1", "--vary", "lr=0.03,1e30", "-j", "1"]
    assert invoke(cli, words, "d2lcore") == 1  # a learning rate of 1e30 diverges
    out, err = capsys.readouterr()
    assert "| --lr 1e+30 | 0, 2 failed |" in out
    assert "failed: linear_regression scratch --lr 1e+30 --seed 0 and 1 more: training diverged" in out
    assert len(err.splitlines()) == 4
    folder = tmp_path / "runs/sweep/linear_regression/scratch"
    table = pandas.read_csv(folder / "runs.csv")
    assert len(table) == 4
    assert table["w1"][:2].tolist() == pytest.approx([2, 2], abs=0.01)
    assert (folder / "spread.png").read_bytes().startswith(b"\x89PNG")
    before = (folder / "runs.csv").read_bytes()
    invoke(cli, words, "d2lcore")
    assert [line.split(": ", 1)[1] for line in capsys.readouterr().err.splitlines()[:2]] == ["found"] * 2
    assert (folder / "runs.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-j", "0"], "workers: must be at least 1"),
        (["--seeds", "3-1"], "did you mean 1-3"),
        (["--vary", "depth=3"], "there is no 'depth'"),
        (["--results", "taken"], "taken: cannot be written"),
        (["--out", "taken"], "cannot be written"),
    ],
)
def test_wrong_arguments_are_one_line(
    words: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("taken").write_text("a file", encoding="utf-8")
    assert invoke(cli, ["sweep", "linear_regression", "scratch", *words], "d2lcore") == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert message in err
    assert not Path("runs/results").exists()
