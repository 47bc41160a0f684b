"""`d2lcore reproduce --here`: in the band or not, and whether threads, device or version explains it."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from d2lcore.command_line import invoke
from d2lcourse import here as module
from d2lcourse.cli import cli
from d2lcourse.here import explain, here, recorded
from d2lcourse.jobs.results import Results
from d2lcourse.reported import Reported, reported

ROW = Reported("mlp", "scratch", "loss", "train_loss", "none", 0.2, 0.5)
TORCH = torch.__version__.partition("+")[0]


@pytest.mark.parametrize(
    ("usual", "plain", "theirs", "their_torch", "words"),
    [
        (
            0.3,
            0.3,
            "0.3 (0.2 to 0.4)",
            "0",
            "inside the band; with one thread it lies where the documents' seeds do",
        ),
        (
            0.3,
            0.3,
            "0.30001",
            "0",
            "inside the band; torch {mine} here and 0 there: other versions round otherwise",
        ),
        (
            0.6,
            0.3,
            "0.3",
            TORCH,
            "OUTSIDE the band; 2 threads: off by 0.3; with one thread it lies where",
        ),
        (
            0.6,
            0.6,
            "0.3 (0.2 to 0.4)",
            TORCH,
            "OUTSIDE the band; not explained by threads, device or torch: ",
        ),
        (0.3, 0.3, "", TORCH, "inside the band; the documents have no number yet"),
        (float("nan"), float("nan"), "0.3", TORCH, "OUTSIDE the band; not explained"),
    ],
)
def test_what_explains_a_number(
    usual: float, plain: float, theirs: str, their_torch: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_conditions", lambda: "2 threads")
    assert explain(ROW, usual, plain, theirs, their_torch).startswith(words.format(mine=TORCH))


def test_five_digits_in_the_documents_are_rounded_ones() -> None:
    for plain, found in ((0.123454, True), (0.1234449, False), (0.1234551, False)):
        assert ("lies where" in explain(ROW, plain, plain, "0.12345", TORCH)) == found
    assert "lies where" in explain(ROW, 0.0, 0.0, "0", TORCH)
    assert "lies where" in explain(replace(ROW, low=-2.0), -1.0, -1.0, "-1 (-1.2 to -0.9)", TORCH)
    assert "lies where" in explain(ROW, 3e-7, 3e-7, "3e-07 (1e-07 to 4.1e-07)", TORCH)


def test_the_documents_have_every_number_and_the_torch_that_made_it() -> None:
    document = recorded()
    assert document.torch.count(".") == 2
    from d2lcourse.reproduce import run_of

    rows = [row for row in reported() if row.chapter == "linear_regression"]
    assert all((row.chapter, run_of(row), row.number, row.notes) in document.ours for row in rows)


def test_a_row_is_run_as_usual_and_with_one_thread(tmp_path: Path) -> None:
    rows = [row for row in reported() if row.chapter == "linear_regression"]
    cells = list(here(rows, Results(tmp_path)))
    assert [line[2] for line in cells] == ["w1", "w2", "b"]
    for line in cells:
        assert float(line[3]) == pytest.approx(float(line[4]), abs=1e-5)
        assert line[7].startswith("inside the band")


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    monkeypatch.chdir(tmp_path)
    assert invoke(cli, ["reproduce", "linear_regression", "--here"], "d2lcore") == 0
    out = capsys.readouterr().out
    assert out.count("| linear_regression | scratch |") == 3
    assert f"torch {TORCH}" in out
