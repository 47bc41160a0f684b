"""The chapters as notebooks: `python -m d2lcourse.notebooks [FOLDER]`, by default in `notebooks/`."""

import argparse
from collections.abc import Iterator, Sequence
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


def main(args: Sequence[str] | None = None) -> None:
    """Write the notebooks and print their names; args: the command line, by default that of the process."""
    parser = argparse.ArgumentParser(
        "python -m d2lcourse.notebooks", description="Write the chapters as notebooks."
    )
    parser.add_argument(
        "folder", nargs="?", type=Path, default=Path("notebooks"), help="by default notebooks"
    )
    for written in write(parser.parse_args(args).folder):
        print(written)


if __name__ == "__main__":
    main()
