"""A class's folder: who handed in what, and which file has an answer."""

import os
from pathlib import Path

import pytest
from classroom import CELLS, SOFTMAX, file, notebook, put

from d2lcourse.exercises.notebook_answers import answer_in, code_cells
from d2lcourse.exercises.submissions import File, Student, in_class, read_class


def test_a_folder_a_file_and_a_notebook_are_students(tmp_path: Path) -> None:
    files = {
        "ann/softmax.py": SOFTMAX,
        "ann/more/relu.py": "relu = abs\n",
        "bob.py": SOFTMAX,
        "cleo.ipynb": notebook(SOFTMAX),
        "slides.pdf": "",
        ".hidden/softmax.py": "",
        "__pycache__/softmax.py": "",
        "ann/.ipynb_checkpoints/sgd.py": "",
    }
    students, left_out = read_class(put(tmp_path, files))
    assert [one.name for one in students] == ["ann", "bob", "cleo"]
    assert [file.path for file in students[0].files] == ["softmax.py", "more/relu.py"]
    assert left_out == ["slides.pdf"]
    assert in_class(students) == ["softmax", "relu"]


def test_a_name_that_two_submissions_share_is_that_of_the_file(tmp_path: Path) -> None:
    put(tmp_path, {"ann/x.py": "", "ann.py": "", "ann.ipynb": notebook(), "bob.py": ""})
    assert {one.name for one in read_class(tmp_path)[0]} == {"ann", "ann.py", "ann.ipynb", "bob"}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="links and pipes")
def test_links_and_pipes_in_a_folder_are_no_answers(tmp_path: Path) -> None:
    put(tmp_path, {"ann/softmax.py": SOFTMAX, "bob/notes.txt": ""})
    (tmp_path / "bob/softmax.py").symlink_to(tmp_path / "ann/softmax.py")
    (tmp_path / "bob/ann").symlink_to(tmp_path / "ann")
    os.mkfifo(tmp_path / "bob/relu.py")
    assert read_class(tmp_path)[0][1] == Student("bob")


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    put(tmp_path, {"ann.ipynb": "no json", "bob.ipynb": "[" * 100_000, "cleo/softmax.py": "#" * 1_000_001})
    found = {one.name: one.problems for one in read_class(tmp_path)[0]}
    assert found["ann"] == ("ann.ipynb is not a notebook that can be read: save it again in Jupyter",)
    assert found["bob"] == ("bob.ipynb is not a notebook that can be read: save it again in Jupyter",)
    assert found["cleo"] == ("softmax.py has more than 1,000,000 bytes",)


def test_a_folder_without_a_class_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="has no submissions: a subfolder, a "):
        read_class(tmp_path)
    put(tmp_path, {"softmax.py": SOFTMAX, "relu.py": ""})
    with pytest.raises(ValueError, match=r"one student \(relu.py, softmax.py\); name the folder above it"):
        read_class(tmp_path)
    with pytest.raises(ValueError, match="cannot be read"):
        read_class(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("files", "path"),
    [
        ([file("hw.py", SOFTMAX), file("softmax.py", "x = 1")], "hw.py"),  # what defines it
        ([file("a/softmax.py", SOFTMAX), file("b.py", SOFTMAX), file("softmax.py", SOFTMAX)], "softmax.py"),
        ([file("hw.py", "softmax = lambda O: O")], "hw.py"),
        ([file("hw.py", "softmax: object = abs")], "hw.py"),
        ([file("hw.py", "softmax == 1\n    softmax = 2\n# def softmax")], None),
        ([file("hw.py", "def relu(X)\ndef softmax(O)\n")], "hw.py"),  # no Python
        ([file("hw.py", "def soft_max(O): pass")], "hw.py"),  # nearly so
        ([file("hw.py", "def softmax(O): pass"), file("x.py", "def soft_max(O): pass")], "hw.py"),
        ([file("softmax.py", "")], "softmax.py"),
        ([file("hw.py", "def relu(X): pass")], None),
        ([file("hw.ipynb", cells=("x = 1", SOFTMAX))], "hw.ipynb"),
        ([File("hw.py", SOFTMAX.encode("utf-16"))], "hw.py"),
        ([File("hw.py", b"\xef\xbb\xbf" + SOFTMAX.encode())], "hw.py"),
    ],
)
def test_the_file_with_an_answer(files: list[File], path: str | None) -> None:
    found = Student("ann", tuple(files)).answer("softmax")
    assert (found and found.path) == path


# Notebooks


def test_of_a_notebook_an_answer_and_what_it_needs() -> None:
    code = answer_in(CELLS, "softmax")
    assert " ".join(code.text.split()) == (
        "import torch scale = 2 scale = scale - 1 def total(E): return scale * E.sum(1, keepdim=True) "
        "@torch.no_grad() def softmax(O): E = torch.exp(O) return E / total(E)"
    )
    line = code.text.split("\n").index("    return E / total(E)") + 1
    assert code.place(line) == (4, 4)
    assert code.place(1) == (1, 1)


def test_a_star_import_may_bring_what_an_answer_uses() -> None:
    assert answer_in(("from torch import *", "def relu(X):\n    return clamp(X, 0)"), "relu").text.startswith(
        "from"
    )


def test_a_cell_that_is_no_python_is_the_answer_only_if_no_other_is() -> None:
    broken = "def relu(X):\n    return (X"
    assert answer_in(("x = 1", broken), "relu").text == "\n" + broken
    assert (
        answer_in((broken, "def relu(X):\n    return X"), "relu").text.strip() == "def relu(X):\n    return X"
    )
    assert answer_in(("x = 1",), "relu").text.strip() == ""


def test_magics_are_taken_out_only_where_they_are_no_python() -> None:
    odd = "def rest(a, b):\n    return (a\n        % b)"
    assert answer_in((odd,), "rest").text == odd
    timed = "%%time\ndef relu(X):\n    %timeit X\n    return X"
    assert answer_in((timed,), "relu").text.split("\n")[1:] == ["def relu(X):", "    pass", "    return X"]


@pytest.mark.parametrize(
    "content", ["", "null", "[]", '{"cells": 3}', '{"cells": [{}]}', '{"worksheets": []}']
)
def test_no_notebook(content: str) -> None:
    with pytest.raises(ValueError, match="is not a notebook"):
        code_cells(content.encode())
