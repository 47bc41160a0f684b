"""The ledger of the book's notebooks: what counts as running, and why a cell does not run."""

from collections.abc import Sequence
from pathlib import Path

import nbformat
import nbformat.v4 as nb
import pytest
from click.testing import CliRunner

from benchmarks import editions, published
from benchmarks.ledger import Line, ledger
from benchmarks.published import Outcome, Section

NO_GPU = "RuntimeError: Found no NVIDIA driver on your system."


def line(sources: Sequence[str], here: Sequence[str], book: Sequence[str]) -> Line:
    section = Section("5.6", "deep-learning-computation", "use-gpu", [*sources])
    return Line(section, [Outcome([*here], cpu=2.0)], [Outcome([*book], cpu=8.0)])


def test_a_cell_that_misses_a_name_fails_because_of_the_cell_that_defines_it() -> None:
    sources = [
        "import torch\nY = 1",
        "Z = X.cuda(1)",
        "V, W = Z, 1",
        "Y + V",
        "def f():\n    return Q",
        "f()",
    ]
    missing = [f"NameError: name '{name}' is not defined" for name in "ZVQ"]
    failed = ["", NO_GPU, missing[0], missing[1], "", missing[2]]
    causes = [published.cause(failed, sources, cell) for cell in range(6)]
    assert causes == [
        0,
        1,
        1,
        1,
        4,
        5,
    ]  # cell 3 through cell 2; a name that no failed cell defines is no cause


def test_what_needs_a_gpu_is_left_out_of_the_share_and_what_only_the_book_runs_is_named() -> None:
    one = line(
        ["a = 1", "Z = a.cuda()", "Z", "b = c"],
        ["", NO_GPU, "NameError: name 'Z' is not defined", "TypeError: x|`y`"],
        ["", NO_GPU, "NameError: name 'Z' is not defined", ""],
    )
    text = "\n".join(ledger("2.0", "d2l 0.17.6", [one]))
    assert "4 cells. 2 need a GPU; of the other 2, 1 run here (50.0 %) and 2 with d2l 0.17.6." in text
    assert "Cells that run with d2l 0.17.6 and not here: 5.6 cell 4." in text
    assert "| 5.6 | deep-learning-computation/use-gpu | 4 | 1 | 2 | 2.0 | 8.0 | 0.25 |" in text
    assert "| 5.6 | 3 | `Z` | follows from cell 2 | follows from cell 2 |" in text
    assert "| 5.6 | 4 | `b = c` | `TypeError: x\\|'y'` | runs |" in text
    assert "| 5.6 | 1 |" not in text


def test_a_cell_that_was_stopped_counts_and_leaves_no_time() -> None:
    one = line(["train()"], [""], [""])
    one.book[0] = Outcome([""], [0], None)
    text = "\n".join(ledger("1.0", "d2l 1.0.3", [one]))
    assert "| 1 | 1 | 1, 1 stopped | 2.0 |  |  |" in text


@pytest.fixture
def notebooks(tmp_path: Path) -> Path:
    """A publication of one notebook, in the shape of the book's."""
    chapter = tmp_path / "published" / "chapter_preliminaries"
    chapter.mkdir(parents=True)
    index = nb.new_markdown_cell(
        "[elsewhere](other.ipynb)\n\n - [calculus](calculus.ipynb)\n - [text](text.ipynb)"
    )
    cells = [
        "!pip install d2l==1.0.3\n",
        "import d2l\nassert d2l.__spec__.origin == 'd2lcore'",
        "import time\ntime.sleep(60)",
        "1 / 0",
        "assert d2l.__version__",
    ]
    for name, content in {
        "index": [index],
        "calculus": [*map(nb.new_code_cell, cells)],
        "text": [nb.new_markdown_cell("no code")],
    }.items():
        nbformat.write(nb.new_notebook(cells=content), chapter / f"{name}.ipynb")
    return chapter.parent


@pytest.mark.slow
def test_a_ledger_of_a_notebook(notebooks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published, "_lay_out_data", lambda folder: folder.mkdir(parents=True))
    monkeypatch.setattr(editions, "LIBRARIES", ("torch",))
    kept = tmp_path / "kept.jsonl"
    command = ["--edition", "1.0", str(notebooks), "-", "--limit", "5", "--keep", str(kept)]
    for _ in range(2):  # the second time from the file
        done = CliRunner().invoke(editions.main, command, catch_exceptions=False)
        assert "| 2.1 | preliminaries/calculus | 4 | 3, 1 stopped |" in done.stdout
        assert "| 2.1 | 3 | `1 / 0` | `ZeroDivisionError: division by zero` |" in done.stdout
        assert len(kept.read_text(encoding="utf-8").splitlines()) == 1
    assert "here 0" not in done.stderr


def test_a_folder_without_chapters_and_a_python_without_the_package(tmp_path: Path) -> None:
    done = CliRunner().invoke(editions.main, ["--edition", "2.0", str(tmp_path), "/nowhere/python"])
    assert done.exit_code == 2
    assert "no such Python" in done.stderr
    with pytest.raises(FileNotFoundError, match=r"has no chapter of edition 1\.0"):
        list(published.sections("1.0", tmp_path))
