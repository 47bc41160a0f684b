"""The chapters as notebooks: `python -m d2lcourse.notebooks [FOLDER]`, by default in `notebooks/`."""

import sys
from collections.abc import Iterator
from pathlib import Path

from d2lcore.errors import require

from .catalog import FOLDER

FIRST_LINE = "# %% [markdown]\n"


def pages() -> Iterator[Path]:
    """Every page below `chapters/`, as a path in it: the files that are made of cells."""
    for file in sorted(FOLDER.rglob("*.py")):
        with file.open(encoding="utf-8") as lines:
            if lines.readline() == FIRST_LINE and file.stem != "__init__":
                yield file.relative_to(FOLDER)


def write(folder: Path) -> Iterator[Path]:
    """Write every page as `.ipynb` below `folder`, in the folders it has below `chapters/`."""
    jupytext = require("jupytext", "making notebooks")
    for page in pages():
        target = (folder / page).with_suffix(".ipynb")
        target.parent.mkdir(parents=True, exist_ok=True)
        jupytext.write(jupytext.read(FOLDER / page), target)
        yield target


if __name__ == "__main__":
    for written in write(Path(*sys.argv[1:2] or ["notebooks"])):
        print(written)
