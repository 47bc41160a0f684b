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
from d2lcore.editions.table import exports, named

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
EDITION_1 = sections("edition_1_0")


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


# A kernel in use has the extension loaded already: IPython would only say so. Taking the alias back first
# takes back what the page before has added to the classes of edition 1.0.
START = (
    "%reset -f\nimport d2lcore; d2lcore.uninstall_as_d2l()\n%reload_ext d2lcore\n"
    "import d2l; d2l.torch.torch.manual_seed(0); d2l.torch.plt.close('all')"
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("edition", "section"), [*(("2.0", one) for one in EDITION_2), *(("1.0", one) for one in EDITION_1)]
)
def test_a_section_runs(
    edition: str,
    section: str,
    execute: Callable[[nbformat.NotebookNode], None],
    real_data: Callable[[str], str],
) -> None:
    cells = {"2.0": EDITION_2, "1.0": EDITION_1}[edition][section]
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


def test_the_sections_of_edition_1_touch_the_names_that_only_it_has_and_all_their_methods() -> None:
    cells = [cell for section in EDITION_1.values() for cell in section]
    names = {row.name: row for row in exports() if row.edition == "1.0" and row.status == "here"}
    own = {name for name in names if "2.0" not in {row.edition for row in named()[name]} and "[" not in name}
    assert {"add_to_class", "Trainer", "num_gpus"} <= own
    assert own - names_used(cells) == set()
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    methods = {
        method
        for name in own
        if isinstance(getattr(d2l, name), type)
        for method, value in vars(getattr(d2l, name)).items()
        if callable(value) and not method.startswith("_")
    }
    called = set(re.findall(r"(?:\.|def )(\w+)\(", code))
    # `fit` and the optimizer call these, on every page.
    inside = {"step", "zero_grad", "plot", "fit_epoch", "training_step", "validation_step", "clip_gradients"}
    assert len(methods) >= 25
    assert methods - called - inside == set()
