"""README, changelog and errata say what the code does."""

import re
from pathlib import Path

import pytest

from d2lcore.data.datasets import data_sets
from d2lcourse.catalog import chapter_file, chapters
from d2lcourse.reported import band

ROOT = Path(__file__).parents[1]
READMES = [ROOT / "README.md", ROOT / "README.zh-CN.md"]


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_readme_has_every_chapter_in_order_and_every_data_set(readme: Path) -> None:
    text = readme.read_text(encoding="utf-8")
    listed = re.findall(r"^\| \[(\w+)\]\(chapters/(\w+)(?:/__init__)?\.py\)", text, flags=re.MULTILINE)
    assert listed == [(chapter.name, chapter.name) for chapter in chapters()]
    for name in data_sets():
        assert f"`{name}`" in text


NUMBER = r"\d+(?:[.,]\d+)*(?:e-?\d+)?"


def expected_numbers(readme: Path, chapter: str) -> set[str]:
    """The numbers in the last cell of a chapter's row."""
    (row,) = re.findall(rf"^\| \[{chapter}\]\(.*$", readme.read_text(encoding="utf-8"), flags=re.MULTILINE)
    cell = re.sub(r"\([^()]*(?:notes|笔记|noise|噪声|mean|均值)[^()]*\)", "", row.split(" | ")[-1])
    return set(re.findall(NUMBER, cell))


@pytest.mark.parametrize("chapter", [chapter.name for chapter in chapters()])
def test_a_number_stands_alike_in_both_readmes_and_at_the_head_of_its_chapter(chapter: str) -> None:
    english, chinese = (expected_numbers(readme, chapter) for readme in READMES)
    assert english == chinese
    head = chapter_file(chapter).read_text(encoding="utf-8").partition("\n\n")[0]
    assert english <= set(re.findall(NUMBER, head.replace("three", "3").replace("five", "5")))


@pytest.mark.parametrize("chapter", ["softmax_regression", "mlp", "dropout"])
def test_the_number_of_a_chapter_is_in_its_band(chapter: str) -> None:
    head = chapter_file(chapter).read_text(encoding="utf-8").partition("\n\n")[0]
    (metric, number) = re.findall(r"(training loss|test accuracy) about (0\.\d+)", head)[0]
    low, high = band(chapter, {"training loss": "train_loss", "test accuracy": "test_acc"}[metric])
    assert low <= float(number) <= high


@pytest.mark.parametrize(
    "document", [*READMES, *sorted((ROOT / "docs").glob("*.md"))], ids=lambda path: path.name
)
def test_local_links_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8"))
    for link in links:
        assert (document.parent / link).exists(), link


def test_python_examples_of_the_readme_use_public_names() -> None:
    import d2lcore as d2l

    for readme in READMES:
        for name in re.findall(r"\bd2l\.(\w+)", readme.read_text(encoding="utf-8")):
            assert name in dir(d2l)


def test_errata_name_tests_that_exist() -> None:
    rows = re.findall(
        r"`(tests/[\w/]+\.py)::(\w+)`", (ROOT / "docs" / "errata.md").read_text(encoding="utf-8")
    )
    assert rows
    for file, test in rows:
        assert f"def {test}(" in (ROOT / file).read_text(encoding="utf-8")


def test_the_version_is_that_of_the_installed_package() -> None:
    from importlib.metadata import version

    import d2lcore

    assert version("d2lcore") == d2lcore.__version__
