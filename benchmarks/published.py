"""The book's published notebooks, run cell by cell with one package or the other as `d2l`."""

import contextlib
import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from subprocess import DEVNULL
from tempfile import TemporaryDirectory
from typing import Any

# The chapters in scope, by number and by the folder of the published notebooks.
CHAPTERS = {
    "2.0": {
        2: "preliminaries",
        3: "linear-networks",
        4: "multilayer-perceptrons",
        5: "deep-learning-computation",
        6: "convolutional-neural-networks",
        11: "optimization",
    },
    "1.0": {
        2: "preliminaries",
        3: "linear-regression",
        4: "linear-classification",
        5: "multilayer-perceptrons",
        6: "builders-guide",
        7: "convolutional-neural-networks",
        12: "optimization",
    },
}
DIED = "the kernel has died"
FILES = ("kaggle_house_train", "kaggle_house_test", "airfoil")
CPU = """
import resource
print(sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))
"""


@dataclass
class Section:
    """A published notebook with code in it: its number, as "4.2", and the sources of its cells."""

    number: str
    chapter: str
    name: str
    sources: list[str]


@dataclass
class Outcome:
    """What became of the cells of a section in one run.

    errors: of each cell, '' if there was none. stopped: the cells that had to be stopped, by index; they
    count as running. cpu: seconds of the kernel; None if a cell was stopped.
    """

    errors: list[str] = field(default_factory=list)
    stopped: list[int] = field(default_factory=list)
    cpu: float | None = None


def sections(edition: str, folder: Path) -> Iterator[Section]:
    """The notebooks of the chapters in scope, in the order of the chapter's index, which counts them.

    Cells that install the book's package, as those for Colab begin, are left out.
    """
    chapters = [
        (n, title) for n, title in CHAPTERS[edition].items() if (folder / f"chapter_{title}").is_dir()
    ]
    if not chapters:
        raise FileNotFoundError(
            f"{folder} has no chapter of edition {edition}, such as chapter_preliminaries"
        )
    for chapter, title in chapters:
        home = folder / f"chapter_{title}"
        index = "\n".join(_cells(home / "index.ipynb", "markdown"))
        for number, name in enumerate(re.findall(r"^ *- \[.*\]\(([\w-]+)\.ipynb\)", index, re.MULTILINE), 1):
            sources = [
                one for one in _cells(home / f"{name}.ipynb", "code") if "!pip install" not in one[:13]
            ]
            if sources:
                yield Section(f"{chapter}.{number}", title, name, sources)


def _cells(file: Path, kind: str) -> list[str]:
    import nbformat

    cells = nbformat.read(file, as_version=4).cells
    return [cell.source for cell in cells if cell.cell_type == kind and cell.source.strip()]


@contextlib.contextmanager
def workplace(pythons: dict[str, str]) -> Iterator[Path]:
    """A folder for the notebooks, with their data beside them, and a Jupyter kernel for every Python."""
    with TemporaryDirectory() as folder:
        here = Path(folder)
        for name, python in pythons.items():
            _lay_out_data(here / name / "data")
            spec = here / "jupyter" / "kernels" / name / "kernel.json"
            spec.parent.mkdir(parents=True)
            argv = [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
            spec.write_text(json.dumps({"argv": argv, "display_name": name, "language": "python"}))
        before = os.environ.get("JUPYTER_PATH")
        os.environ["JUPYTER_PATH"] = str(here / "jupyter")
        try:
            yield here
        finally:
            del os.environ["JUPYTER_PATH"]
            if before is not None:
                os.environ["JUPYTER_PATH"] = before


def _lay_out_data(folder: Path) -> None:
    """What the pages read from `../data`, so that the book's package need not fetch it."""
    import d2lcore as d2l

    from .cases import fashion_folder

    raw = folder / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    for file in (Path(fashion_folder()) / "FashionMNIST" / "raw").glob("*ubyte*"):
        (raw / file.name).symlink_to(file.resolve())
    for name in FILES:
        file = Path(d2l.download(name))
        (folder / file.name).symlink_to(file.resolve())


def run(section: Section, kernel: str, first: str, place: Path, limit: int) -> Outcome:
    """Run the cells of a section in a new kernel after the cell `first`, those after an error included.

    A cell that has not ended after `limit` seconds is stopped. Raises RuntimeError if `first` fails.
    """
    import nbclient
    import nbformat.v4 as nb

    home = place / f"chapter_{section.chapter}"
    home.mkdir(exist_ok=True)
    notebook = nb.new_notebook(cells=[nb.new_code_cell(one) for one in (first, *section.sources, CPU)])
    client = nbclient.NotebookClient(
        notebook,
        kernel_name=kernel,
        timeout=limit,
        interrupt_on_timeout=True,
        allow_errors=True,
        resources={"metadata": {"path": str(home)}},
    )
    with contextlib.suppress(nbclient.exceptions.DeadKernelError):
        client.execute(stderr=DEVNULL)
    start, *cells, end = notebook.cells
    if error := _error(start):
        raise RuntimeError(f"{section.number} cannot begin: {error}")
    stopped = [i for i, cell in enumerate(cells) if _seconds(cell) >= limit]
    errors = ["" if i in stopped else _error(cell) for i, cell in enumerate(cells)]
    said = "".join(one.get("text", "") for one in end.outputs)
    return Outcome(errors, stopped, float(said) if said and not stopped else None)


def _error(cell: Any) -> str:
    if not cell.execution_count:
        return DIED
    for output in cell.outputs:
        if output.output_type == "error":
            return f"{output.ename}: {output.evalue.strip()}"
    return ""


def _seconds(cell: Any) -> float:
    """How long a cell ran, by the kernel's clock; 0 if it never did."""
    begin, end = (
        cell.metadata.get("execution", {}).get(moment, "").rstrip("Z")
        for moment in ("iopub.execute_input", "shell.execute_reply")
    )
    return (
        (datetime.fromisoformat(end) - datetime.fromisoformat(begin)).total_seconds() if begin and end else 0
    )


def cause(failed: Sequence[str], sources: Sequence[str], cell: int) -> int:
    """The cell because of which `cell` fails: the earlier one that should have defined a name it misses."""
    missing = re.search(r"name '(\w+)' is not defined", failed[cell])
    if missing:
        name = re.escape(missing[1])
        defines = re.compile(rf"^[\w, ]*\b{name}\b[\w, ]* = |(?:def|class|import|as) {name}\b", re.MULTILINE)
        for earlier in range(cell):
            if failed[earlier] and defines.search(sources[earlier]):
                return cause(failed, sources, earlier)
    return cell
