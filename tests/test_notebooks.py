"""Every chapter, opened and executed as a notebook."""

from collections.abc import Callable

import jupytext
import nbclient
import pytest

from d2lcore.catalog import chapter_file, chapters

# A chapter runs at its defaults if that takes under 20 s and its data is there, else as said here.
SMALLER = {"mlp": "data='digits', batch_size=32, num_epochs=2"}
DATA = {"mlp": "fashion_mnist"}


def is_there(real_data: Callable[[str], str], name: str) -> bool:
    try:
        return bool(real_data(name))
    except pytest.skip.Exception:
        return False


@pytest.mark.parametrize("name", [chapter.name for chapter in chapters()])
def test_chapter_runs_as_a_notebook(name: str, real_data: Callable[[str], str]) -> None:
    notebook = jupytext.read(chapter_file(name))
    last = notebook.cells[-1]
    assert "d2l.run_chapter(" in last.source
    if name in DATA and not is_there(real_data, DATA[name]):
        last.source = last.source.replace("concise)", f"concise, {SMALLER[name]})")
    nbclient.NotebookClient(notebook, timeout=600, kernel_name="python3").execute()

    assert notebook.cells[0].cell_type == "markdown"
    assert notebook.cells[0].source.startswith("# ")
    kinds = [output.output_type for output in last.outputs]
    assert set(kinds) <= {"display_data"}, last.outputs  # no stray text, no warning
    assert len(kinds) == 5  # activations; curves and predictions of two variants
