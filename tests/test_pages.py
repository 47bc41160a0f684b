"""Pages in the shape of the book's, written for this project, run as notebooks with the alias on."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import jupytext
import nbclient
import nbformat
import pytest

from d2lcore import torch as d2l
from d2lcore.editions.table import exports

PAGES = Path(__file__).parent / "pages"
TITLE = re.compile(r"# (\d+\.\d+) ")
# What a section needs: named in its title.
DATA = {"Fashion-MNIST": "fashion_mnist", "competition": "kaggle_house", "airfoil": "airfoil"}


def sections(edition: str) -> dict[str, list[nbformat.NotebookNode]]:
    """The cells of each section, by its number; a cell of text with its title begins a section."""
    found: dict[str, list[nbformat.NotebookNode]] = {}
    for file in sorted((PAGES / edition).glob("*.py")):
        for cell in jupytext.read(file).cells:
            if title := TITLE.match(cell.source):
                cells = found[title[1]] = []
            cells.append(cell)
    return found


EDITION_2 = sections("edition_2_0")


def names_used(cells: list[nbformat.NotebookNode]) -> set[str]:
    """Every x of `d2l.x` in the cells."""
    tree = ast.parse("\n".join(cell.source for cell in cells if cell.cell_type == "code"))
    used = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "d2l":
            used.add(node.attr)
    return used


@pytest.fixture(scope="module")
def execute() -> Iterator[Callable[[nbformat.NotebookNode], None]]:
    """Run a notebook in a kernel that all share, with no names left of the one before."""
    client = nbclient.NotebookClient(nbformat.v4.new_notebook(), timeout=300, kernel_name="python3")

    def run(notebook: nbformat.NotebookNode) -> None:
        client.nb = notebook
        client.reset_execution_trackers()
        for i, cell in enumerate(notebook.cells):
            client.execute_cell(cell, i)

    with client.setup_kernel():
        yield run


# A kernel in use has the extension loaded already: IPython would only say so.
START = (
    "%reset -f\n%reload_ext d2lcore\nimport d2l; d2l.torch.torch.manual_seed(0); d2l.torch.plt.close('all')"
)


@pytest.mark.slow
@pytest.mark.parametrize("section", EDITION_2)
def test_a_section_of_edition_2_runs(
    section: str, execute: Callable[[nbformat.NotebookNode], None], real_data: Callable[[str], str]
) -> None:
    cells = EDITION_2[section]
    for word, name in DATA.items():
        if word in cells[0].source:
            real_data(name)
    if missing := {name for name in names_used(cells) if name not in dir(d2l) and not _is_library(name)}:
        pytest.skip(f"not there yet: {', '.join(sorted(missing))}")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(START), *cells])
    execute(notebook)  # raises if a cell does
    said = [
        one.text for cell in notebook.cells for one in cell.get("outputs", []) if one.get("name") == "stderr"
    ]
    assert not said, said  # no warning


def _is_library(name: str) -> bool:
    return any(row.name == name and row.status == "module" for row in exports())


def test_the_sections_of_edition_2_touch_every_name_in_scope() -> None:
    used = set().union(*map(names_used, EDITION_2.values()))
    exported = {
        row.name
        for row in exports()
        if row.edition == "2.0" and row.status in ("here", "alias") and "[" not in row.name
    }
    assert len(exported) == 72
    assert exported - used == set()
