"""What is wrong with the file of an answer, rather than with the answer: each mishap with its remedy."""

import ast
import builtins
import codecs
import re
import unicodedata
from collections.abc import Collection
from typing import NamedTuple

from .written import written

IMPORTS = {  # what gives a name that is used without its import
    "torch": "import torch", "Tensor": "from torch import Tensor", "nn": "from torch import nn",
    "F": "import torch.nn.functional as F", "np": "import numpy as np", "math": "import math",
    "plt": "import matplotlib.pyplot as plt", "d2l": "import d2lcore as d2l",
}  # fmt: skip
NO_PYTHON = {  # how a line begins that is copied from elsewhere
    "%": "is a command for notebooks: leave it out of a .py file",
    "!": "is a command for notebooks: leave it out of a .py file",
    ">>>": "begins with >>>, which Python's prompt shows: leave that out, in every line",
    "...": "begins with ..., which Python's prompt shows: leave that out, in every line",
    "```": "is Markdown around code: leave it out",
    "In [": "is copied from a notebook with its number: leave the number out",
}
QUOTES = {
    "“": '"',
    "”": '"',
    "‘": "'",
    "’": "'",
    "、": ",",
    "。": ".",
    "【": "[",
    "】": "]",
    "—": "-",
    "–": "-",
}
UTF_16 = codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE


class Missing(NamedTuple):
    """A name that is used without its import, and the line where."""

    name: str
    line: int


def unreadable(code: bytes) -> str:
    """What a file is that is no text in UTF-8, and what to do; "" if it may be text."""
    if code.startswith(b"PK\3\4"):
        return "it is a document or an archive: save the code as plain text"
    if code.startswith(UTF_16) or 5 * code.count(0) > len(code):  # of ASCII every second byte is 0
        return "its text is in UTF-16, as PowerShell's `>` and some editors write it: save it as UTF-8"
    if code.startswith(b"{\\rtf"):
        return "it is a document with formats (RTF): save the code as plain text"
    if code.lstrip().startswith(b"{") and b'"cells"' in code:
        return "it is a notebook: check it there, with d2l.check_exercise, or copy the cell of the function"
    return "" if _coding(code) or _is("utf-8", code) or not _is_gbk(code) else _GBK


_GBK = "its text is in GBK, not in UTF-8: save it as UTF-8, or make `# coding: gbk` its first line"


def _coding(code: bytes) -> bool:
    """Whether one of the first two lines names the encoding."""
    return any(re.match(rb"\s*#.*coding[:=]", line) for line in code.split(b"\n")[:2])


def _is(encoding: str, code: bytes) -> bool:
    try:
        code.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _is_gbk(code: bytes) -> bool:
    """Whether it is GBK of common letters, up to D7: small letters of Latin-1 are above, from E0 on."""
    if not _is("gbk", code):
        return False
    first = [letter.encode("gbk")[0] for letter in code.decode("gbk") if not letter.isascii()]
    return sum(byte <= 0xD7 for byte in first) > 0.8 * len(first)


def of_syntax(error: SyntaxError) -> str:
    """What a line has that is no Python but often stands in files, and what to do; "" for any other error."""
    line, number = error.text or "", error.lineno
    for start, what in NO_PYTHON.items():
        if line.strip().startswith(start):
            return f"line {number} {what}"
    for letter in line.partition("#")[0]:
        meant = QUOTES.get(letter) or unicodedata.normalize("NFKC", letter)
        if letter != meant and meant.isascii() and not letter.isalnum():
            if meant.isspace():
                return f"line {number} has a {unicodedata.name(letter)} for a blank: type the blanks again"
            return f"line {number} has {letter} ({unicodedata.name(letter)}): type {meant} in its place"
    return ""


def of_import(error: ModuleNotFoundError, line: int) -> str:
    """What to import in place of the book's package; "" for any other module."""
    if (error.name or "").partition(".")[0] != "d2l":
        return ""
    return (
        f"line {line} imports d2l, the book's package, which is not here: "
        "`from d2lcore import torch as d2l` has its names"
    )


def missing_import(source: str, name: str, known: Collection[str]) -> Missing | None:
    """The first name of IMPORTS that the answer `name` uses, and that nothing gives it.

    known: the names that the file has, once it has run.
    """
    answer = written(source, name)
    parts = answer.parts if answer else ()
    nodes = [node for part in parts for node in ast.walk(part)]
    own = {arg.arg for node in nodes if isinstance(node, ast.arguments) for arg in _arguments(node)}
    own |= {node.asname or node.name.partition(".")[0] for node in nodes if isinstance(node, ast.alias)}
    names = [node for node in nodes if isinstance(node, ast.Name)]
    own |= {node.id for node in names if isinstance(node.ctx, ast.Store)}
    given = {*known, *own, *vars(builtins)}
    lines = [Missing(node.id, node.lineno) for node in names if node.id in IMPORTS.keys() - given]
    return min(lines, key=lambda one: one.line, default=None)


def _arguments(node: ast.arguments) -> list[ast.arg]:
    stars = [one for one in (node.vararg, node.kwarg) if one is not None]
    return [*node.posonlyargs, *node.args, *node.kwonlyargs, *stars]
