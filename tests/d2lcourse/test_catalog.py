"""Finding the chapters: those installed with the course, and no folder of the reader's own."""

import subprocess
import sys
from pathlib import Path

import nbclient
import nbformat
import pytest

from d2lcourse.catalog import FOLDER, chapter_file, chapters

LIST = "from d2lcourse.catalog import chapters; print(len(chapters()))"
CHECK = "import d2lcore as d2l; d2l.check_exercise('relu', lambda X: X.clamp(min=0))"


def test_chapters_are_those_beside_the_course() -> None:
    assert chapter_file("mlp") == FOLDER / "mlp.py"
    assert [one.title for one in chapters() if one.name == "dropout"] == ["Dropout (暂退法)"]


def python(code: str, folder: Path) -> subprocess.CompletedProcess:
    """Run code with the folder first on Python's path, as in a script or a notebook there."""
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, timeout=100
    )


def test_a_summary_of_two_lines_is_told_to_its_end() -> None:
    summaries = {chapter.name: chapter.summary for chapter in chapters()}
    assert summaries["model_selection"].endswith("tell you which model is best.")
    assert summaries["mlp"].endswith("A hidden layer between inputs and scores bends them.")


@pytest.mark.slow
@pytest.mark.parametrize("code", [LIST, CHECK])
@pytest.mark.parametrize("shadow", ["chapters/__init__.py", "chapters.py"])
def test_a_folder_that_hides_the_chapters_is_named(tmp_path: Path, shadow: str, code: str) -> None:
    (tmp_path / shadow).parent.mkdir(exist_ok=True)
    (tmp_path / shadow).touch()
    done = python(code, tmp_path)
    assert done.returncode == 1
    hidden = tmp_path / shadow.removesuffix("/__init__.py")
    assert f"ImportError: {hidden} hides the chapters of d2lcore, which are in {FOLDER}" in done.stderr


@pytest.mark.slow
def test_folders_that_hide_nothing(tmp_path: Path) -> None:
    for name in ("exercises", "experiments", "data", "play"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
    (tmp_path / "chapters").mkdir()  # without an __init__.py it comes last
    assert python(LIST, tmp_path).stdout == f"{len(chapters())}\n"
    assert python(CHECK, tmp_path).stdout.startswith("relu: right")


@pytest.mark.slow
def test_the_same_in_a_notebook(tmp_path: Path) -> None:
    for name in ("exercises", "chapters"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CHECK)])
    client = nbclient.NotebookClient(book, timeout=100, resources={"metadata": {"path": str(tmp_path)}})
    with pytest.raises(
        nbclient.exceptions.CellExecutionError, match=f"{tmp_path}/chapters hides the chapters"
    ):
        client.execute()
    (tmp_path / "chapters/__init__.py").unlink()
    client.execute()
    assert book.cells[0].outputs[0].text.startswith("relu: right")
