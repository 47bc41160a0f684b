"""`d2lcore reproduce`: the numbers of the notes beside ours."""

import importlib
import importlib.machinery
import inspect
import math
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from d2lcore.command_line import invoke
from d2lcore.data.files import DataUnavailable
from d2lcore.result import Result
from d2lcourse.catalog import chapters
from d2lcourse.cli import cli
from d2lcourse.experiments import label_shift_table as table
from d2lcourse.jobs.results import Results
from d2lcourse.reported import Reported, bands, reported
from d2lcourse.reproduce import HEAD, VERDICT, reproduce

ROW = Reported("a_chapter", "run", "loss", "train_loss", "0.3", 0.2, 0.5, module="a_chapter_of_this_test")
runs: list[dict] = []


def run(*, seed: int, lr: float = 0.1) -> Result:
    print("epoch 1")
    runs.append({"seed": seed, "lr": lr})
    return Result(metrics={"train_loss": 0.1 * (seed + 1), "test_acc": lr, "nothing": float("nan")})


def run_without_data(*, seed: int) -> Result:
    raise DataUnavailable("no mirror")


def run_without_seed() -> Result:
    return Result(metrics={"train_loss": 0.4})


@pytest.fixture(autouse=True)
def _a_chapter(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    module = ModuleType(ROW.module)
    vars(module).update(run=run, run_without_data=run_without_data, run_without_seed=run_without_seed)
    module.__spec__ = importlib.machinery.ModuleSpec(ROW.module, None)
    monkeypatch.setitem(sys.modules, ROW.module, module)
    monkeypatch.chdir(tmp_path)
    runs.clear()


def cells(*rows: Reported, seeds: int | None = None) -> list[dict[str, str]]:
    with tempfile.TemporaryDirectory() as folder:
        lines = [dict(zip(HEAD, line, strict=True)) for line in reproduce(rows, Results(folder), seeds=seeds)]
    return lines


def test_a_number_passes_if_its_mean_is_in_its_band() -> None:
    wide, narrow = replace(ROW, low=0.1), ROW
    first, second = cells(wide, narrow)
    assert first["ours: mean (range)"] == second["ours: mean (range)"] == "0.3 (0.1 to 0.5)"
    assert (first["verdict"], second["verdict"]) == ("pass", "pass, 4 of 5 seeds")
    assert (first["reported"], first["band"], second["band"]) == ("0.3", "0.1 to 0.5", "0.2 to 0.5")
    bands = [(0.1, 0.29), (0.31, 0.5), (0.25, 0.35)]
    found = [cells(replace(ROW, low=low, high=high))[0]["verdict"] for low, high in bands]
    assert found == ["FAIL", "FAIL", "pass, 1 of 5 seeds"]
    assert cells(replace(ROW, metric="nothing", high=float("inf")))[0]["verdict"] == "FAIL"


def test_one_run_gives_all_its_numbers_and_other_knobs_another() -> None:
    rows = (ROW, replace(ROW, metric="test_acc"), replace(ROW, knobs={"lr": 0.7}, seeds=2))
    lines = cells(*rows)
    assert [call["seed"] for call in runs] == [0, 1, 2, 3, 4, 0, 1]
    assert [call["lr"] for call in runs] == [0.1] * 5 + [0.7] * 2
    assert [line["run"] for line in lines] == ["run", "run", "run --lr 0.7"]
    assert lines[1]["ours: mean (range)"] == "0.1 (0.1 to 0.1)"


def test_fewer_seeds_but_never_more() -> None:
    cells(ROW, seeds=2)
    assert len(runs) == 2
    cells(replace(ROW, seeds=1), seeds=3)
    assert len(runs) == 3
    with pytest.raises(ValueError, match="seeds: must be at least 1"):
        cells(ROW, seeds=0)


def test_a_run_without_seed_and_without_upper_bound() -> None:
    (line,) = cells(replace(ROW, run="run_without_seed", seeds=0, high=float("inf")))
    assert (line["ours: mean (range)"], line["band"], line["verdict"]) == ("0.4", "at least 0.2", "pass")


def test_missing_data_are_said_and_the_rest_goes_on() -> None:
    missing, there = cells(replace(ROW, run="run_without_data"), replace(ROW, low=0.0))
    assert (missing["verdict"], missing["ours: mean (range)"]) == ("no data", "")
    assert there["verdict"] == "pass"


def test_command_prints_a_table_on_stdout_and_what_runs_on_stderr(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr("d2lcourse.reported.REPORTED", (replace(ROW, low=0.0), replace(ROW, low=0.4)))
    assert invoke(cli, ["reproduce", "a_chapter", "--seeds", "3", "-j", "1"], "d2lcore") == 1
    out, err = capsys.readouterr()
    table = [line for line in out.splitlines() if line.startswith("|")]
    assert len(table) == 4
    assert {line.count("|") for line in table} == {len(HEAD) + 1}
    assert out.startswith("# ")
    assert out.endswith("\n1 of 2 pass.\n")
    assert "epoch" not in out
    said = [line.split("--seed ")[1] for line in err.splitlines()]
    assert said == ["0: 0.0 s", "1: 0.0 s", "2: 0.0 s"]
    monkeypatch.setattr("d2lcourse.reported.REPORTED", (replace(ROW, low=0.0),))
    assert invoke(cli, ["reproduce", "-j", "1"], "d2lcore") == 0


def test_a_chapter_without_numbers_is_named(capsys: pytest.CaptureFixture) -> None:
    assert invoke(cli, ["reproduce", "linear_regresion", "-j", "1"], "d2lcore") == 2
    assert "there is no 'linear_regresion'; did you mean 'linear_regression'" in capsys.readouterr().err


def test_every_reported_number_names_a_run_that_takes_its_knobs() -> None:
    names = [chapter.name for chapter in chapters()]
    order = [names.index(row.chapter) for row in reported()]
    assert order == sorted(order)
    for row in reported():
        variant = getattr(importlib.import_module(row.runs_in), row.run)
        taken = inspect.signature(variant).parameters
        assert set(row.knobs) <= set(taken)
        assert ("seed" in taken) or row.seeds == 0
        assert row.low < row.high


def test_a_number_without_a_band_is_told_and_judged_by_nobody(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    told = replace(ROW, low=-float("inf"), high=float("inf"))
    bounded = replace(ROW, low=-float("inf"))
    assert [(line["band"], line["verdict"]) for line in cells(told, bounded)] == [
        ("", "told"),
        ("at most 0.5", "pass"),
    ]
    monkeypatch.setattr("d2lcourse.reported.REPORTED", (told, bounded))
    assert invoke(cli, ["reproduce", "-j", "1"], "d2lcore") == 0
    assert capsys.readouterr().out.endswith("\n1 of 1 pass.\n")


def test_full_size_changes_the_knobs_of_the_rows_that_have_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    large = replace(ROW, low=0.0, seeds=1, knobs={"lr": 0.3}, full={"lr": 0.9})
    monkeypatch.setattr("d2lcourse.reported.REPORTED", (replace(ROW, low=0.0, seeds=1), large))
    assert invoke(cli, ["reproduce", "-j", "1"], "d2lcore") == 0
    assert [call["lr"] for call in runs] == [0.1, 0.3]
    assert invoke(cli, ["reproduce", "--full", "-j", "1"], "d2lcore") == 0
    assert [call["lr"] for call in runs[2:]] == [0.9]  # the other is found
    assert "`d2lcore reproduce --full`" in capsys.readouterr().out


def test_the_papers_table_has_its_numbers_and_every_gate() -> None:
    rows = [row for row in reported() if row.run == "label_shift_table"]
    assert len([row for row in rows if row.notes != "none"]) == len(table.PAPER) * len(table.COLUMNS)
    for data, count in (("mnist", 16), ("fashion_mnist", 6)):
        assert len(bands(data)) == count
        for (place, name), band in bands(data).items():
            (row,) = (
                row for row in rows if row.knobs == {"data": data} and row.metric == table.metric(place, name)
            )
            assert (row.low, row.high) == band
    soft, _ = (row for row in rows if row.number == "tweak 0.9, n = 2000: BBSE soft, MSE")  # of two data sets
    assert (soft.notes, soft.low, soft.high) == ("0.0066", 0.0066 / 1.6, 0.0066 * 1.6)  # and not .015


def test_the_bands_are_those_of_the_document() -> None:
    """docs/results.md is written by `make results`; a row that is not in it yet has not been measured."""
    written = [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for line in (Path(__file__).parents[2] / "docs/results.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| ") and not line.startswith(("| chapter |", "| --- |"))
    ]
    rows = {}
    for row in reported():
        band = " to ".join(f"{end:g}" for end in (row.low, row.high) if math.isfinite(end))
        if band and not math.isfinite(row.low):
            band = f"at most {band}"
        elif band and not math.isfinite(row.high):
            band = f"at least {band}"
        run = " ".join(
            [row.run, *(f"--{name.replace('_', '-')} {value}" for name, value in row.knobs.items())]
        )
        rows[row.chapter, run, row.number] = (row.notes, band, row.seeds)
    assert len(written) >= 60
    for chapter, run, number, notes, ours, band, *_ in written:
        told, low_to_high, seeds = rows[chapter, run, number]
        assert (told, low_to_high) == (notes, band)
        assert ("(" in ours) == (seeds > 1)


def test_the_papers_table_is_repeated_once_and_at_full_size_with_ten_networks() -> None:
    rows = [row for row in reported() if row.run == "label_shift_table"]
    assert {row.seeds for row in rows} == {1}
    assert all(row.full == {"num_models": 10} for row in rows)


@pytest.mark.experiment
@pytest.mark.parametrize("data", ["mnist", "fashion_mnist"])
def test_the_papers_table_meets_its_bands(data: str, real_data: object) -> None:
    """3 networks x 10 draws, the default."""
    real_data(data)
    rows = [row for row in reported() if row.run == "label_shift_table" and row.knobs == {"data": data}]
    lines = list(reproduce(rows, note=lambda text: None))
    verdicts = {(line[2], line[4], line[VERDICT]) for line in lines if line[VERDICT] not in ("pass", "told")}
    assert verdicts == set()
