"""Every chapter, opened and executed as a notebook."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import jupytext
import nbclient
import nbformat
import pytest

from d2lcourse.catalog import chapter_file, chapters


class Book(NamedTuple):
    """What becomes of a chapter, or of a module of one, as a notebook.

    pictures: below the last cell: of each variant its curves as they grow, where it trains, and its figures.
    knobs: to run with where the defaults take seconds. What a variant computes at its defaults is tested
    beside it; here it is run for what a notebook shows. data: what it needs, and is skipped without.
    prints: it calls functions of the book that print.
    """

    pictures: int
    knobs: str = ""
    data: str = ""
    prints: bool = False


IMAGES = "data='digits', batch_size=32, num_epochs=2"
SHIFTED = "data='digits', num_train=300, n=200, num_epochs=10"
BOOKS = {
    "tensors": Book(4),
    "preprocessing": Book(3, "num_splits=3", "kaggle_house"),
    "linear_algebra": Book(3),
    "matrix_calculus": Book(4),
    "autograd": Book(2),
    "autograd_in_use": Book(4),
    "probability": Book(4),
    "linear_regression": Book(4),
    "least_squares": Book(2, "num_lambdas=6"),
    "logistic_regression": Book(5),
    "newton": Book(2),
    "softmax_regression": Book(6, IMAGES),
    "perceptron": Book(6, "num_runs=3"),
    "vc_dimension": Book(3, "num_sets=1"),
    "mlp": Book(6, f"{IMAGES}, num_steps=20"),
    "model_selection": Book(6, "num_epochs=10"),
    "cross_validation": Book(2, "num_lambdas=3"),
    "weight_decay": Book(8, "num_epochs=20"),
    "sparsity": Book(3, "num_lambdas=3"),
    "dropout": Book(5, IMAGES),
    "backpropagation": Book(4, "num_epochs=2"),
    "training_memory": Book(1, "depth=4"),
    "numerical_stability": Book(4, "num_steps=20"),
    "initialization": Book(4, "num_epochs=2, num_steps=20"),
    "checkup": Book(2, "num_epochs=1, num_steps=5", prints=True),
    "distribution_shift.risk": Book(1),
    "distribution_shift.weighting": Book(4, "num_epochs=2"),
    "distribution_shift.covariate.known_ratio": Book(2, "sizes=(50, 100), n=60, num_runs=3"),
    "distribution_shift.covariate.regression": Book(2, "num_runs=5"),
    "distribution_shift.covariate.selection": Book(2, "data='digits', size=500, num_draws=2"),
    "distribution_shift.label.images": Book(1, "data='digits'"),
    "distribution_shift.label.correction": Book(
        4, "data='digits', num_train=800, n=400, lr=0.2, num_epochs=15, num_resamples=5, device='cpu'"
    ),
    "distribution_shift.label.weak_predictor": Book(1, "data='digits', num_models=2, num_draws=4"),
    "distribution_shift.label.posteriors": Book(4, "data='digits', n=200, num_draws=2"),
    "distribution_shift.power": Book(1, "num_runs=2, num_null_runs=2, num_permutations=19"),
    "distribution_shift.failures": Book(4, f"{SHIFTED}, num_runs=3"),
    "distribution_shift.concept": Book(1, "data='digits', num_epochs=10, num_draws=2"),
    "distribution_shift.concept_stream": Book(1, "data='digits', num_epochs=10, batch_size=20"),
    "optimization": Book(6, prints=True),
    "minibatch_and_momentum": Book(19, "num_epochs=1, batch_size=100", "airfoil", prints=True),
    "adam": Book(15, "num_epochs=1, batch_size=100, num_seeds=1", "airfoil", prints=True),
    "building_models": Book(9, "num_epochs=3"),
    "saving": Book(1, "num_epochs=4, num_files=20"),
    "cnn": Book(10, IMAGES),
    "first_network": Book(5, IMAGES),
    "data_parallel.parts": Book(1, "num_examples=20"),
    "data_parallel.ring": Book(1),
    "data_parallel.training": Book(4, IMAGES),
    "data_parallel.costs": Book(1, "num_processes=1, num_steps=2"),
}


def test_every_chapter_has_its_notebook() -> None:
    assert list(dict.fromkeys(name.split(".")[0] for name in BOOKS)) == [one.name for one in chapters()]
    packages = [chapter_file(name).parent for name in ("distribution_shift", "data_parallel")]
    runs = {
        ".".join(file.relative_to(package.parent).with_suffix("").parts)
        for package in packages
        for file in package.rglob("[a-z]*.py")
        if "d2l.run_chapter(" in file.read_text("utf-8")
    }
    assert {name for name in BOOKS if "." in name} == runs


# Before each notebook: no name, no figure, and no warning that counts as given already, of the one before.
FRESH = """
%reset -f
import sys, warnings
if "matplotlib.pyplot" in sys.modules:
    sys.modules["matplotlib.pyplot"].close("all")
warnings.filterwarnings("default", message="forgets which warnings have been shown")
"""


@pytest.fixture(scope="session")
def execute() -> Iterator[Callable[[nbformat.NotebookNode], None]]:
    """Run a notebook from its top, in one kernel for all: torch is imported once, and not thirty times."""
    client = nbclient.NotebookClient(nbformat.v4.new_notebook(), timeout=600, kernel_name="python3")

    def run(notebook: nbformat.NotebookNode) -> None:
        fresh = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(FRESH)])
        for client.nb in (fresh, notebook):
            client.reset_execution_trackers()
            for i, cell in enumerate(client.nb.cells):
                client.execute_cell(cell, i)

    with client.setup_kernel():
        yield run


@pytest.mark.slow
@pytest.mark.parametrize("name", BOOKS)
def test_chapter_runs_as_a_notebook(
    name: str, execute: Callable[[nbformat.NotebookNode], None], real_data: Callable[[str], str]
) -> None:
    book, notebook = BOOKS[name], jupytext.read(chapter_file(name))
    if book.data:
        real_data(book.data)
    last = notebook.cells[-1]
    assert "d2l.run_chapter(" in last.source
    if book.knobs:
        last.source = last.source.replace(")", f", {book.knobs})")
    execute(notebook)

    assert notebook.cells[0].cell_type == "markdown"
    assert notebook.cells[0].source.startswith("# ")
    kinds = [one.output_type for one in last.outputs if not (book.prints and one.output_type == "stream")]
    assert set(kinds) <= {"display_data"}, last.outputs  # no stray text, no warning
    assert len(kinds) == book.pictures
