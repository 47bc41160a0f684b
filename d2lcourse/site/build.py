"""From chapters and documents to pages: their sources, and Sphinx over them."""

import importlib
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from d2lcore.data.writing import replacing
from d2lcore.errors import require, unknown

from . import links, mathjax
from .documents import ROOT, documents, pictures
from .execute import Executor, Page
from .pages import address, finish, names
from .reference import reference
from .sizes import SIZES

HERE = Path(__file__).parent


@dataclass
class Built:
    """What a build has made: pages in `folder`, and what is wrong with them, a line each.

    failed: pages that could not be run. broken: links. warnings: what Sphinx said.
    """

    folder: Path
    failed: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def build(
    folder: Path,
    wanted: Sequence[str] = (),
    jobs: int | None = None,
    sizes: Mapping[str, Mapping[str, Any]] = SIZES,
) -> Built:
    """Run the pages wanted, by default all, and write the site to `folder/html`.

    jobs: pages that are run side by side, by default one a core. sizes: knobs by page.
    What a page's run gave is kept in `folder/cache` and taken from there while its code is the same.
    Raises ValueError for an unknown page, ImportError where Sphinx or another part is missing.
    """
    _check_installed()
    if not (ROOT / "README.md").is_file():
        raise ValueError("the site is built from a checkout of the project, which has its documents")
    known = names()
    for name in wanted:
        if name not in known:
            raise ValueError(unknown("page", name, known))
    chosen = list(wanted or known)
    report = Built(folder / "html")
    sources = folder / "source"
    if problem := mathjax.fetch(folder / "mathjax.js"):
        report.warnings.append(f"formulas stay TeX on the pages: {problem}")
    with ThreadPoolExecutor(jobs or os.cpu_count()) as pool:
        execute = Executor(folder / "cache")
        pages = pool.map(lambda name: execute(name, sizes.get(name, {})), chosen)
        try:
            written = set(_write_all(sources, _told(pages, report), chosen))
        except BaseException:  # Ctrl-C too: no page is begun any more
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    _copy_static(folder, sources)
    for stale in {file for file in sources.rglob("*") if file.is_file()} - written:
        if sources / "_static" not in stale.parents:
            stale.unlink()
    _sphinx(folder, report)
    report.broken = list(links.broken(report.folder))
    return report


def _check_installed() -> None:
    for module in ("sphinx", "myst_nb", "furo", "jupyter_cache", "jupytext"):
        try:
            require(module, "the site")
        except ImportError as error:
            raise ImportError(f'{error}; `pip install "d2lcore[site]"` brings all of them') from error


def _told(pages: Iterator[Page], report: Built) -> Iterator[Page]:
    """The pages as they get ready, each told in a line."""
    for page in pages:
        print(f"{page.name}: {page.failed or f'{page.seconds:.1f} s'}", flush=True)
        if page.failed:
            report.failed.append(f"{page.name}: {page.failed}")
        yield page


def _write_all(sources: Path, pages: Iterator[Page], chosen: Sequence[str]) -> Iterator[Path]:
    """Write every source that has changed, so that Sphinx reads no other again; their paths, all of them."""
    nbformat = require("nbformat", "the site")
    for page in pages:
        notebook = finish(page, chosen)
        yield _write(sources / address(page.name), nbformat.writes(notebook).encode())
    for name, text in documents(chosen):
        yield _write(sources / name, text.encode())
    for name, text in reference():
        yield _write(sources / "reference" / name, text.encode())
    for picture in pictures():
        yield _write(sources / picture, (ROOT / picture).read_bytes())


def _write(target: Path, content: bytes) -> Path:
    if not target.is_file() or target.read_bytes() != content:
        target.parent.mkdir(parents=True, exist_ok=True)
        with replacing(target) as part:
            part.write_bytes(content)
    return target


def _copy_static(folder: Path, sources: Path) -> None:
    static = sources / "_static"
    static.mkdir(parents=True, exist_ok=True)
    shutil.copy2(HERE / "site.css", static)
    if (folder / "mathjax.js").is_file():
        shutil.copy2(folder / "mathjax.js", static)
    else:
        (static / "mathjax.js").write_text(
            "// formulas stay TeX: MathJax could not be had\n", encoding="utf-8"
        )


def _sphinx(folder: Path, report: Built) -> None:
    """Raises RuntimeError where Sphinx ends without pages."""
    said = folder / "warnings.txt"
    options = ["-q", "-b", "html", "-c", str(HERE), "-d", str(folder / "doctrees"), "-w", str(said)]
    static = ["-D", f"html_static_path={folder.resolve() / 'source' / '_static'}"]
    main = importlib.import_module("sphinx.cmd.build").main
    code = main([*options, *static, str(folder / "source"), str(folder / "html")])
    report.warnings += said.read_text(encoding="utf-8").splitlines() if said.is_file() else []
    if code:
        raise RuntimeError(f"Sphinx failed; what it said is in {said}")
