"""Every chapter, opened and executed as a notebook."""

from collections.abc import Callable
from typing import NamedTuple

import jupytext
import nbclient
import pytest

from d2lcourse.catalog import chapter_file, chapters


class Book(NamedTuple):
    """What becomes of a chapter, or of a module of one, as a notebook.

    pictures: below the last cell: of each variant its curves as they grow, where it trains, and its figures.
    data: what its defaults need. smaller: the knobs to run with where the data is not there. always: run with
    these, because the defaults take 10 s or more here. prints: it calls functions of the book that print.
    """

    pictures: int
    data: str = ""
    smaller: str = ""
    always: bool = False
    prints: bool = False


IMAGES = "data='digits', batch_size=32, num_epochs=2"
BOOKS = {
    "tensors": Book(4),
    "preprocessing": Book(3, "kaggle_house", "num_splits=3", always=True),
    "linear_algebra": Book(3),
    "matrix_calculus": Book(4),
    "autograd": Book(2),
    "autograd_in_use": Book(4),
    "probability": Book(4),
    "linear_regression": Book(4),
    "least_squares": Book(2),
    "logistic_regression": Book(5),
    "newton": Book(2),
    "softmax_regression": Book(6, "fashion_mnist", IMAGES, always=True),
    "perceptron": Book(6),
    "vc_dimension": Book(3),
    "mlp": Book(6, "fashion_mnist", IMAGES, always=True),
    "model_selection": Book(6),
    "cross_validation": Book(2),
    "weight_decay": Book(8),
    "sparsity": Book(3),
    "dropout": Book(5, "fashion_mnist", IMAGES, always=True),
    "backpropagation": Book(4),
    "training_memory": Book(1),
    "numerical_stability": Book(4),
    "initialization": Book(4),
    "distribution_shift.risk": Book(1),
    "distribution_shift.weighting": Book(4),
    "distribution_shift.covariate.known_ratio": Book(2, "", "sizes=(200, 1000), n=200", always=True),
    "distribution_shift.covariate.regression": Book(2),
    "distribution_shift.covariate.selection": Book(
        2, "fashion_mnist", "data='digits', size=500", always=True
    ),
    "distribution_shift.label.images": Book(1, "mnist", "data='digits'"),
    "distribution_shift.label.correction": Book(
        4,
        "mnist",
        "data='digits', num_train=800, n=400, lr=0.2, num_epochs=15, num_resamples=5, device='cpu'",
        always=True,
    ),
    "distribution_shift.label.weak_predictor": Book(
        1, "mnist", "data='digits', num_models=2, num_draws=4", always=True
    ),
    "distribution_shift.label.posteriors": Book(4, "mnist", "data='digits', n=200", always=True),
    "distribution_shift.power": Book(1),
    "distribution_shift.failures": Book(4, "mnist"),
    "distribution_shift.concept": Book(1, "mnist", "data='digits', num_epochs=10", always=True),
    "distribution_shift.concept_stream": Book(
        1, "mnist", "data='digits', num_epochs=10, batch_size=20", always=True
    ),
    "optimization": Book(6, prints=True),
    "minibatch_and_momentum": Book(19, "airfoil", "num_epochs=1, batch_size=100", always=True, prints=True),
    "adam": Book(15, "airfoil", "num_epochs=1, batch_size=100, num_seeds=1", always=True, prints=True),
    "building_models": Book(9, "", "num_epochs=3", always=True),
    "saving": Book(1, "", "num_epochs=4, num_files=20", always=True),
}


def test_every_chapter_has_its_notebook() -> None:
    assert list(dict.fromkeys(name.split(".")[0] for name in BOOKS)) == [one.name for one in chapters()]
    package = chapter_file("distribution_shift").parent
    runs = {
        ".".join(file.relative_to(package).with_suffix("").parts)
        for file in package.rglob("[a-z]*.py")
        if "d2l.run_chapter(" in file.read_text("utf-8")
    }
    assert {name.partition(".")[2] for name in BOOKS if "." in name} == runs


@pytest.mark.slow
@pytest.mark.parametrize("name", BOOKS)
def test_chapter_runs_as_a_notebook(name: str, real_data: Callable[[str], str]) -> None:
    book, notebook = BOOKS[name], jupytext.read(chapter_file(name))
    last = notebook.cells[-1]
    assert "d2l.run_chapter(" in last.source
    missing = bool(book.data) and not is_there(real_data, book.data)
    if missing and "data=" not in book.smaller:
        pytest.skip(f"{book.data} is not there")
    if missing or book.always:
        last.source = last.source.replace(")", f", {book.smaller})")
    nbclient.NotebookClient(notebook, timeout=600, kernel_name="python3").execute()

    assert notebook.cells[0].cell_type == "markdown"
    assert notebook.cells[0].source.startswith("# ")
    kinds = [one.output_type for one in last.outputs if not (book.prints and one.output_type == "stream")]
    assert set(kinds) <= {"display_data"}, last.outputs  # no stray text, no warning
    assert len(kinds) == book.pictures


def is_there(real_data: Callable[[str], str], name: str) -> bool:
    try:
        return bool(real_data(name))
    except pytest.skip.Exception:
        return False
