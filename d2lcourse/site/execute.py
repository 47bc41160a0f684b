"""A chapter's notebook, run for its page, and kept in a cache under all that decides what it shows."""

import hashlib
import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from d2lcore.errors import require
from d2lcore.printable import printable

from ..catalog import FOLDER
from ..jobs.job import source, versions

# The last cell of a run: what every variant has measured, for the table on the page.
REPORT = """import json
print(json.dumps({{name: result.metrics for name, result in results.items()}}))  # {digest}"""
CALL = "d2l.run_chapter("
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
LONGEST = 300  # seconds that a cell may take


@dataclass
class Page:
    """A chapter, or a module of one, that has been run for its page.

    name: below `chapters`, dotted. notebook: its cells with their outputs, up to the one that failed.
    metrics: by variant; of a page that runs nothing there are none. failed: why it stopped, in a line.
    """

    name: str
    notebook: Any
    knobs: Mapping[str, Any] = field(default_factory=dict)
    metrics: dict[str, dict[str, float]] = field(default_factory=dict)
    seconds: float = 0.0
    failed: str = ""


def notebook_of(name: str, knobs: Mapping[str, Any]) -> Any:
    """The notebook of a page: its last cell runs all variants with `knobs`, one more prints their numbers."""
    jupytext = require("jupytext", "making notebooks")
    base = FOLDER.joinpath(*name.split("."))
    notebook = jupytext.read(base / "__init__.py" if base.is_dir() else base.with_suffix(".py"))
    notebook.metadata["kernelspec"] = KERNEL  # the cache finds a notebook by it and by its code
    last = notebook.cells[-1]
    if CALL in last.source:
        told = "".join(f", {knob}={value!r}" for knob, value in knobs.items())
        last.source = f"{told})".join(last.source.replace(CALL, f"results = {CALL}").rsplit(")", 1))
        code = REPORT.format(digest=_digest(name))
        notebook.cells.append(require("nbformat", "making notebooks").v4.new_code_cell(code))
    return notebook


def _digest(name: str) -> str:
    """Of the sources and versions: with other ones, the numbers of a cached page may not be true any more."""
    about = json.dumps([source(f"chapters.{name}"), versions()])
    return hashlib.sha256(about.encode()).hexdigest()


class Executor:
    """Runs pages, or takes them from the cache in `folder`; of threads too, each in a kernel of its own."""

    def __init__(self, folder: Path) -> None:
        self.cache = require("jupyter_cache", "the site").get_cache(folder)
        self.cache.change_cache_limit(10_000)
        self.lock = threading.Lock()

    def __call__(self, name: str, knobs: Mapping[str, Any]) -> Page:
        """The page, run; one whose code fails is run up to there, says why, and is not cached."""
        page = Page(name, notebook_of(name, knobs), knobs)
        runs = page.notebook.cells[-1].source.startswith("import json")
        if runs and not self._found(page):
            _run(page)
            if not page.failed:
                self._keep(page)
        if runs:
            _take_report(page)
        return page

    def _found(self, page: Page) -> bool:
        with self.lock:
            try:
                record = self.cache.match_cache_notebook(page.notebook)
            except KeyError:
                return False
            page.notebook = self.cache.merge_match_into_notebook(page.notebook)[1]
            page.seconds = record.data["seconds"]
            return True

    def _keep(self, page: Page) -> None:
        bundle = require("jupyter_cache.base", "the site").CacheBundleIn(
            page.notebook, page.name, data={"seconds": page.seconds}
        )
        with self.lock:
            self.cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)


def _run(page: Page) -> None:
    nbclient = require("nbclient", "running the chapters for the site")
    quiet = ["--log-level=ERROR"]  # of the kernel itself
    client = nbclient.NotebookClient(
        page.notebook, timeout=LONGEST, kernel_name=KERNEL["name"], record_timing=False, extra_arguments=quiet
    )
    start = time.monotonic()
    try:
        client.execute()
    except nbclient.exceptions.CellTimeoutError:
        page.failed = f"a cell took more than {LONGEST} seconds"
    except nbclient.exceptions.DeadKernelError:
        page.failed = "the process that ran it has died; was there enough memory?"
    except nbclient.exceptions.CellExecutionError as error:
        page.failed = " ".join(printable(f"{error.ename}: {error.evalue}").split())
    page.seconds = time.monotonic() - start


def _take_report(page: Page) -> None:
    """Take the cell that printed the numbers off the page, which does not show it; read them, if it ran."""
    outputs = page.notebook.cells.pop().outputs
    printed = "".join(output["text"] for output in outputs if output.get("name") == "stdout")
    if not page.failed:
        page.metrics = json.loads(printed)
