"""Writing the chapters as notebooks: each page once, under its own name."""

from pathlib import Path

import pytest

from d2lcourse import notebooks
from d2lcourse.catalog import chapters


def test_pages_are_all_files_of_cells_and_nothing_else() -> None:
    pages = [str(page) for page in notebooks.pages()]
    assert {one.name for one in chapters()} <= {page.removesuffix(".py").split("/")[0] for page in pages}
    assert "distribution_shift/risk.py" in pages
    assert not [page for page in pages if "__" in page or page.startswith("figures/")]


def test_a_page_in_a_folder_does_not_take_the_place_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = "# %% [markdown]\n# # {}\n"
    for name, text in {
        "mlp.py": page.format("MLP"),
        "part/deep/mlp.py": page.format("Deep"),
        "figures/mlp.py": "import math\n",
        "__init__.py": "",
    }.items():
        (tmp_path / "chapters" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "chapters" / name).write_text(text)
    monkeypatch.setattr(notebooks, "FOLDER", tmp_path / "chapters")
    written = list(notebooks.write(tmp_path / "books"))
    assert written == [tmp_path / "books/mlp.ipynb", tmp_path / "books/part/deep/mlp.ipynb"]
    assert "# MLP" in written[0].read_text()
    assert "# Deep" in written[1].read_text()


def test_help_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as end:
        notebooks.main(["--help"])
    assert end.value.code == 0
    assert "usage: python -m d2lcourse.notebooks" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())
