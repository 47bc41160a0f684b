"""The chapters as pages: run at the size stated, with numbers of that run, and links that lead somewhere."""

import importlib
import inspect
import re
from pathlib import Path

import pytest

from chapters import vc_dimension
from d2lcourse.catalog import chapters
from d2lcourse.site import links
from d2lcourse.site.documents import documents
from d2lcourse.site.execute import CALL, Page, notebook_of
from d2lcourse.site.numbers import expected, measured, number
from d2lcourse.site.pages import address, finish, names
from d2lcourse.site.sizes import SIZES


def test_every_chapter_and_module_of_one_is_a_page() -> None:
    assert {name.split(".")[0] for name in names()} == {chapter.name for chapter in chapters()}
    assert {"distribution_shift", "distribution_shift.label.posteriors"} <= set(names())
    assert address("distribution_shift.label") == "chapters/distribution_shift/label/index.ipynb"


@pytest.mark.parametrize("name", SIZES)
def test_a_size_is_made_of_knobs_that_the_page_has(name: str) -> None:
    last = notebook_of(name, SIZES[name]).cells[-2].source
    module = importlib.import_module(f"chapters.{name}")
    listed = last.partition(CALL)[2].split(",")[1:]
    variants = [getattr(module, one.strip(" )\n")) for one in listed if "=" not in one and "'" not in one
                and hasattr(module, one.strip(" )\n"))]  # fmt: skip
    known = {knob for variant in variants for knob in inspect.signature(variant).parameters}
    assert variants
    assert set(SIZES[name]) <= known
    assert all(f"{knob}={value!r}" in last for knob, value in SIZES[name].items())


def page(chapter: str, metrics: dict, **knobs: object) -> Page:
    import nbformat

    cells = [nbformat.v4.new_markdown_cell("# A title\nA line.\n\nNotes: 004 3.6, 003 4.5. Run: `x`.")]
    return Page(chapter, nbformat.v4.new_notebook(cells=cells), knobs, metrics, seconds=3.0)


def test_numbers_stand_side_by_side_and_beside_those_expected_for_the_same_run() -> None:
    run = page("mlp", {"scratch": {"train_loss": 0.38, "test_acc": 0.5}, "concise": {"train_loss": 0.39}})
    assert "| train_loss | 0.38 | 0.39 |" in measured(run)
    assert "| test_acc | 0.5 |  |" in measured(run)
    assert "0.3791 (004 3.2.5) | 0.377 to 0.389 | **0.38** |" in expected(run)
    assert "0.825 to 0.86 | **0.5**, outside" in expected(run)


def test_a_run_of_another_size_is_not_held_against_what_is_expected() -> None:
    run = page("mlp", {"scratch": {"train_loss": 0.38, "test_acc": 0.5}}, num_epochs=2)
    assert "this page ran with `--num-epochs 2`" in expected(run)
    assert "**" not in expected(run)


def test_a_page_names_its_size_notes_and_exercises_and_says_that_it_failed() -> None:
    run = page("dropout", {}, num_epochs=2)
    run.failed = "DataUnavailable: [fashion_mnist] is *not* there"
    told = finish(run, []).cells[1].source
    assert "`--num-epochs 2` in 3 s" in told
    assert "[004](../docs/sections.md#note-004) 3.6, [003](../docs/sections.md#note-003) 4.5" in told
    assert "`d2lcore exercise start dropout_layer`" in told
    assert r"DataUnavailable\: \[fashion\_mnist\] is \*not\* there" in told


def test_links_of_documents_lead_to_pages_and_one_to_no_page_is_text() -> None:
    texts = dict(documents(["mlp", "distribution_shift"]))
    assert "[mlp](chapters/mlp.ipynb)" in texts["index.md"]
    assert "[distribution_shift](chapters/distribution_shift/index.ipynb)" in texts["zh.md"]
    assert "| dropout |" in texts["index.md"]
    assert "(../index.md#the-helpers-in-a-notebook)" in texts["docs/migrating.md"]


@pytest.mark.parametrize(
    ("html", "wrong"),
    [
        ('<a href="b.html#there">', ""),
        ('<a href="https://d2l.ai">', ""),
        ('<h1 id="top"><a href="#top">', ""),
        ('<a href="c.html">', "a.html: c.html: there is no such file"),
        ('<a href="b.html#nowhere">', "a.html: b.html#nowhere: that page has no such place"),
        ('<img src="gone.png">', "a.html: gone.png: there is no such file"),
        ('<script src="https://c.example/x.js">', "a.html: https://c.example/x.js: is loaded from elsewhere"),
        ('<link href="//fonts.example/x.css">', "a.html: //fonts.example/x.css: is loaded from elsewhere"),
    ],
)  # fmt: skip
def test_a_link_that_leads_nowhere_is_found(html: str, wrong: str, tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(html, encoding="utf-8")
    (tmp_path / "b.html").write_text('<p id="there">', encoding="utf-8")
    assert list(links.broken(tmp_path)) == ([wrong] if wrong else [])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # Sphinx's own
def test_one_chapter_as_a_page_and_one_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("sphinx", "myst_nb", "furo"):
        pytest.importorskip(module, reason=f"the extra `site` is not installed: no {module}")
    from d2lcourse.site import build, execute, mathjax

    monkeypatch.setattr(mathjax, "fetch", lambda target: "")
    sizes = {"vc_dimension": {"num_sets": 1}, "matrix_calculus": {"num_entries": 0}}
    report = build.build(tmp_path, list(sizes), 1, sizes)
    assert [line.split(":")[0] for line in report.failed] == ["matrix_calculus"]
    assert report.broken == []
    assert report.warnings == []

    html = (report.folder / "chapters" / "vc_dimension.html").read_text("utf-8")
    rows = re.findall(r"<td><p>([^<]+)</p></td>\s*<td><p>([^<]*)</p></td>\s*</tr>", html)
    metrics = vc_dimension.shattering(num_sets=1).metrics
    assert rows == [(name, number(value)) for name, value in metrics.items()]
    assert html.count("<svg") + html.count("<img") >= 3
    failed = (report.folder / "chapters" / "matrix_calculus.html").read_text("utf-8")
    assert "could not be run to its end" in failed
    assert "dumps" not in failed + html
    assert "num_entries" in failed.partition("could not be run to its end")[2][:200]
    for page in ("zh", "docs/errata", "reference/training", "search"):
        assert (report.folder / f"{page}.html").is_file()
    assert "train_ch3" in (report.folder / "searchindex.js").read_text("utf-8")

    def no_run(page: Page) -> None:
        assert page.name == "matrix_calculus", "a page that is in the cache was run again"
        page.failed = "as before"

    monkeypatch.setattr(execute, "_run", no_run)
    assert build.build(tmp_path, list(sizes), 1, sizes).broken == []


def test_after_ctrl_c_no_page_is_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import time

    from d2lcourse.site import __main__, build, mathjax

    begun = []

    def execute(name: str, knobs: object) -> Page:
        begun.append(name)
        if len(begun) == 2:
            raise KeyboardInterrupt
        time.sleep(0.05)
        return page(name, {})

    monkeypatch.setattr(build, "_check_installed", lambda: None)
    monkeypatch.setattr(build, "Executor", lambda folder: execute)
    monkeypatch.setattr(mathjax, "fetch", lambda target: "")
    assert __main__.main([str(tmp_path), "--jobs", "1"]) == 130
    assert len(begun) < 10
    assert "interrupted" in capsys.readouterr().err


def test_without_sphinx_one_line_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import sys

    from d2lcourse.site.__main__ import main

    monkeypatch.setitem(sys.modules, "sphinx", None)
    assert main([str(tmp_path / "site")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "d2lcore[site]" in said
    assert not (tmp_path / "site").exists()
