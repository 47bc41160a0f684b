"""Every chapter, opened and executed as a notebook."""

from collections.abc import Callable

import jupytext
import nbclient
import pytest

from d2lcore.catalog import chapter_file, chapters

# A chapter runs at its defaults if its data is there, else, or if that takes over 20 s, as said here.
SMALLER = {
    "softmax_regression": "data='digits', batch_size=32, num_epochs=2",
    "mlp": "data='digits', batch_size=32, num_epochs=2",
    "dropout": "data='digits', batch_size=32, num_epochs=2",
}
DATA = {"softmax_regression": "fashion_mnist", "mlp": "fashion_mnist", "dropout": "fashion_mnist"}
# Pictures below the last cell: of each variant its curves as they grow, where it trains, and its figures.
PICTURES = {
    "linear_regression": 6,
    "logistic_regression": 7,
    "softmax_regression": 8,
    "perceptron": 8,
    "mlp": 5,
    "model_selection": 8,
    "weight_decay": 10,
    "dropout": 5,
    "backpropagation": 5,
    "initialization": 6,
}


def is_there(real_data: Callable[[str], str], name: str) -> bool:
    try:
        return bool(real_data(name))
    except pytest.skip.Exception:
        return False


@pytest.mark.slow
@pytest.mark.parametrize("name", [chapter.name for chapter in chapters() if chapter.name in PICTURES])
def test_chapter_runs_as_a_notebook(name: str, real_data: Callable[[str], str]) -> None:
    notebook = jupytext.read(chapter_file(name))
    last = notebook.cells[-1]
    assert "d2l.run_chapter(" in last.source
    if name in DATA and not is_there(real_data, DATA[name]):
        last.source = last.source.replace(")", f", {SMALLER[name]})")
    nbclient.NotebookClient(notebook, timeout=600, kernel_name="python3").execute()

    assert notebook.cells[0].cell_type == "markdown"
    assert notebook.cells[0].source.startswith("# ")
    kinds = [output.output_type for output in last.outputs]
    assert set(kinds) <= {"display_data"}, last.outputs  # no stray text, no warning
    assert len(kinds) == PICTURES[name]
