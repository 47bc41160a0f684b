"""Curves that can be watched: both ways in one real Jupyter kernel, a cell each run.

Our `Animator` redraws at most five times a second, and once more when the cell ends; the book's way displays
the figure at every point. The kernel itself says when a cell began and ended.
"""

from datetime import datetime
from subprocess import DEVNULL

SETUP = """
%matplotlib inline
from IPython.display import clear_output, display
from benchmarks.cases import book_animator, draw, our_animator

def show(figure):
    display(figure)
    clear_output(wait=True)
"""


def watched_curves(points: int, repeats: int) -> tuple[list[float], list[float]]:
    """Seconds of each run of ours and of theirs, in turn, after a short one of each that is not counted.

    Raises ImportError without nbclient or ipykernel.
    """
    import ipykernel  # noqa: F401 - nbclient starts one
    import nbclient
    import nbformat.v4 as nb

    def pair(points: int) -> list[str]:
        return [f"draw(our_animator({points}), {points})", f"draw(book_animator({points}, show), {points})"]

    sources = [SETUP, *pair(20), *pair(points) * repeats]
    notebook = nb.new_notebook(cells=[nb.new_code_cell(source) for source in sources])
    client = nbclient.NotebookClient(notebook, kernel_name="python3", timeout=600)
    client.execute(stderr=DEVNULL)  # where a kernel comments on its sockets
    times = [_seconds(cell.metadata["execution"]) for cell in notebook.cells[3:]]
    return times[::2], times[1::2]


def _seconds(moments: dict[str, str]) -> float:
    start, end = (
        datetime.fromisoformat(moments[name].rstrip("Z"))
        for name in ("iopub.execute_input", "shell.execute_reply")
    )
    return (end - start).total_seconds()
