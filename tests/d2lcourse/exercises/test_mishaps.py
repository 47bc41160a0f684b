"""Mishaps of an answer's file: each is told with its remedy, and a file that runs is left in peace."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from d2lcourse.exercises.find import Unusable, load
from d2lcourse.exercises.judge import check
from d2lcourse.exercises.mishaps import missing_import

RIGHT = "def softmax(O):\n    return O.softmax(1)\n"
TORCH = "import torch\n"
CHINESE = 'def softmax(O):\n    """概率：每一行的和为一。"""\n    return O.softmax(1)\n'
NOTEBOOK = '{"cells": [{"cell_type": "code", "source": ["def softmax(O): pass"], "outputs": [null]}]}'

MISHAPS = {
    "the book's package": ("from d2l import torch as d2l\n" + RIGHT,
        "line 1 imports d2l, the book's package, which is not here: `from d2lcore import torch as d2l` has"),
    "the book's package, for a name": ("from d2l.torch import Accumulator\n" + RIGHT, "line 1 imports d2l"),
    "no import of torch": ("def softmax(O):\n    return torch.softmax(O, 1)\n",
        "line 2 uses torch without importing it: put `import torch` at the top"),
    "an annotation": ("\ndef softmax(O: Tensor):\n    return O.softmax(1)\n",
        "line 2 uses Tensor without importing it: put `from torch import Tensor` at the top"),
    "in a helper": ("def total(O):\n    return np.sum(O)\ndef softmax(O):\n    return O.exp() / total(O)\n",
        "line 2 uses np without importing it: put `import numpy as np` at the top"),
    "a magic": ("%matplotlib inline\n" + RIGHT, "line 1 is a command for notebooks: leave it out"),
    "a magic below": (TORCH + RIGHT + "%timeit softmax(X)\n", "line 4 is a command for notebooks"),
    "a command of the shell": ("!pip install torch\n" + RIGHT, "line 1 is a command for notebooks"),
    "prompts": (">>> import torch\n>>> 1\n", "line 1 begins with >>>, which Python's prompt shows"),
    "Markdown": (f"```python\n{RIGHT}```\n", "line 1 is Markdown around code: leave it out"),
    "a Chinese colon": ("def softmax(O)：\n    return O.softmax(1)\n",
        "line 1 has ： (FULLWIDTH COLON): type : in its place"),
    "a Chinese comma": ("def softmax(O):\n    return O.sum(0，1)\n", "line 2 has ， (FULLWIDTH COMMA)"),
    "curly quotes": ("x = “a”\n" + RIGHT, 'line 1 has “ (LEFT DOUBLE QUOTATION MARK): type " in its place'),
    "a blank that is none": ("def softmax(O):\n\u00a0   return O.softmax(1)\n", "NO-BREAK SPACE for a blank"),
    "a notebook": (NOTEBOOK, "it is a notebook: check it there, with d2l.check_exercise"),
    "UTF-16": (CHINESE.encode("utf-16"), "its text is in UTF-16, as PowerShell's"),
    "UTF-16 without a mark": (RIGHT.encode("utf-16-le"), "its text is in UTF-16"),
    "UTF-16, big-endian": (RIGHT.encode("utf-16-be"), "its text is in UTF-16"),
    "GBK": (CHINESE.encode("gbk"), "its text is in GBK, not in UTF-8: save it as UTF-8"),
    "RTF": (b"{\\rtf1\\ansi def softmax}", "it is a document with formats (RTF)"),
    "an archive": (b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00", "it is a document or an archive"),
}  # fmt: skip


@pytest.fixture
def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str | bytes], Any]:
    """What is loaded from a file of these contents, which are trusted: here, without a process of its own."""
    monkeypatch.setattr(sys, "path", [*sys.path])

    def run(content: str | bytes) -> Any:
        (tmp_path / "softmax.py").write_bytes(content if isinstance(content, bytes) else content.encode())
        return load("softmax", str(tmp_path / "softmax.py"))

    return run


@pytest.mark.parametrize("mishap", MISHAPS)
def test_a_mishap_is_told_with_its_remedy(mishap: str, loaded: Callable[..., Any]) -> None:
    content, said = MISHAPS[mishap]
    with pytest.raises(Unusable) as caught:
        loaded(content)
    assert str(caught.value).startswith("softmax.py: ")
    assert said in str(caught.value)


def test_the_message_is_the_problem_alone(tmp_path: Path) -> None:
    (tmp_path / "softmax.py").write_text("%matplotlib inline\n" + RIGHT)
    assert check("softmax", tmp_path).message.splitlines()[:2] == [
        "softmax: not yet",
        "  problem   softmax.py: line 1 is a command for notebooks: leave it out of a .py file",
    ]


@pytest.mark.parametrize(
    "content",
    [
        RIGHT.encode("utf-8-sig"),
        ("# coding: gbk\n" + CHINESE).encode("gbk"),
        CHINESE.encode(),
        RIGHT.replace("\n", "\r\n").encode(),
        ("# “quotes”，：\n" + RIGHT).encode(),
        ('text = "“quotes”，：%matplotlib"\n' + RIGHT).encode(),
        b"from torch import *\ndef softmax(O):\n    return exp(O) / sum(exp(O), 1)\n",
    ],
)
def test_a_file_that_runs_is_left_in_peace(content: bytes, loaded: Callable[..., Any]) -> None:
    assert callable(loaded(content))


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("def f(X):\n    return torch.exp(X)", ("torch", 2)),
        ("def f(X):\n    y = np.exp(X)\n    return F.relu(X)", ("np", 2)),
        ("def g(X):\n    return nn.ReLU()(X)\ndef f(X):\n    return g(X)", ("nn", 2)),
        ("def g(X):\n    return nn.ReLU()(X)\ndef f(X):\n    return X", None),  # not used by the answer
        ("def f(F, *math, **np):\n    return F + math[0] + np['a']", None),
        ("def f(X):\n    import torch.nn\n    from torch import nn as F\n    return torch.exp(F(X))", None),
        ("def f(X):\n    nn = 3\n    return [np for np in X] + [nn] + [(lambda F: F)(X)]", None),
        ("def f(X):\n    return unknown(X)", None),
        ("def f(X:\n", None),
    ],
)
def test_names_that_nothing_gives(text: str, missing: tuple[str, int] | None) -> None:
    assert missing_import(text, "f", {"f", "g"}) == missing
    assert missing_import(text, "f", {"f", "g", "torch", "np", "nn", "F"}) is None


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"def softmax(O):\n    return 'Gr\xf6\xdfe'\n", SyntaxError),  # Latin-1
        ("def softmax(O):\n    return O.softmax(1\n", SyntaxError),
        ("def softmax(O):\n\tX = O\n        return X\n", TabError),
        ("import nonesuch\n", ModuleNotFoundError),
        ("import torch\ntorch.d2l\n", AttributeError),
        ("unknown\n", NameError),
        ("1 / 0\n", ZeroDivisionError),
    ],
)
def test_any_other_error_is_that_of_python(
    content: str | bytes, error: type, loaded: Callable[..., Any]
) -> None:
    with pytest.raises(error):
        loaded(content)
