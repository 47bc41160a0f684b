"""What teacher and students get of a graded class: summary, tables, page and feedback."""

import csv
import json
from html.parser import HTMLParser
from pathlib import Path

from d2lcourse.exercises import class_page, class_report
from d2lcourse.exercises.grade import Class, Row

EVIL = "<script>alert(1)</script>&\"'\x1b[31m\u202e=1"


def rows(*cells: tuple[str, str, str, str]) -> list[Row]:
    return [Row(*one, f"{one[1]}: message of {one[0]}") for one in cells]


CLASS = Class(
    ["=ann", EVIL, "cleo"],
    ["softmax", "relu", "sgd"],
    rows(
        ("=ann", "softmax", "wrong", "keepdim"),
        ("=ann", "relu", "right", ""),
        ("=ann", "sgd", "no answer", ""),
        (EVIL, "softmax", "wrong", "keepdim"),
        (EVIL, "relu", "wrong", EVIL),
        (EVIL, "sgd", "no answer", ""),
        ("cleo", "softmax", "wrong", ""),
        ("cleo", "relu", "not started", ""),
        ("cleo", "sgd", "not graded", "crashed"),
    ),
    [(EVIL, f"{EVIL} cannot be read")],
    [f"{EVIL}.pdf"],
)


def test_the_summary_says_how_many_made_a_mistake_the_hardest_exercise_first() -> None:
    assert list(class_report.summary(CLASS)) == [
        "3 students, 3 exercises: 1 right, 4 wrong, 1 not started, 2 no answer, 1 not graded",
        "softmax  0 of 3 right",
        "  2 of 3  keepdim",
        "  1 of 3  no known mistake: the values differ",
        "sgd      0 of 1 right, 2 without an answer, 1 not graded",
        "  1 of 3  crashed",
        "relu     1 of 2 right, 1 left as the stub",
        "  1 of 3  <script>alert(1)</script>&\"'=1",
    ]


def test_no_cell_of_the_table_is_a_formula(tmp_path: Path) -> None:
    class_report.write_csv(CLASS, tmp_path / "x.csv")
    assert (tmp_path / "x.csv").read_bytes().startswith(b"\xef\xbb\xbfstudent,exercise,verdict,diagnosis\r\n")
    with (tmp_path / "x.csv").open(encoding="utf-8-sig", newline="") as text:
        table = list(csv.reader(text))
    assert len(table) == 10
    assert table[1] == ["'=ann", "softmax", "wrong", "keepdim"]
    assert table[5][3] == "<script>alert(1)</script>&\"'=1"


def test_json_has_everything() -> None:
    found = json.loads(class_report.as_json(CLASS))
    assert [Row(**row) for row in found["rows"]] == CLASS.rows
    assert found["summary"][0]["mistakes"][0] == {"diagnosis": "keepdim", "students": 2, "example": "=ann"}
    assert found["summary"][2]["share_right"] == 0.5


class Elements(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_has_nothing_that_runs_or_is_fetched_and_students_write_only_text() -> None:
    page = class_page.page(CLASS, EVIL)
    found = Elements(page)
    assert found.open == []
    assert not {"script", "img", "link", "iframe"} & {tag for tag, _ in found.seen}
    attributes = {name for _, attrs in found.seen for name in attrs}
    assert not {name for name in attributes if name.startswith("on")} | attributes & {"src", "action"}
    assert all(attrs["href"].startswith("#") for _, attrs in found.seen if "href" in attrs)
    targets = {attrs["id"] for _, attrs in found.seen if "id" in attrs}
    assert {attrs["href"][1:] for _, attrs in found.seen if "href" in attrs} <= targets
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert "2 of 3 keepdim\nFor example =ann:\nsoftmax: message of =ann" in found.text
    assert "url(" not in page


def test_feedback_has_the_messages_of_one_student(tmp_path: Path) -> None:
    written = class_report.write_feedback(CLASS, tmp_path / "for students")
    assert len({one.name for one in written}) == 3
    texts = [one.read_text(encoding="utf-8") for one in written]
    assert texts[2] == (
        "cleo: 0 of 3 right\n\nsoftmax: message of cleo\n\nrelu: message of cleo\n\nsgd: message of cleo\n"
    )
    assert texts[0].endswith("relu: message of =ann\n\nno answer to sgd\n")
    assert "cannot be read" in texts[1]
    assert all(("=ann" in text) == (i == 0) for i, text in enumerate(texts))
