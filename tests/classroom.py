"""What students hand in: files, folders and notebooks, for the tests of grading."""

import json
from pathlib import Path

from d2lcourse.exercises.submissions import File

SOFTMAX = "def softmax(O):\n    return O.softmax(1)\n"


def put(folder: Path, files: dict[str, str | bytes]) -> Path:
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)
    return folder


def notebook(*cells: str) -> str:
    """A notebook with these code cells, each source once a text and once a list of lines, and some words."""
    code = [
        {"cell_type": "code", "source": one.splitlines(True) if i % 2 else one} for i, one in enumerate(cells)
    ]
    return json.dumps({"cells": [{"cell_type": "markdown", "source": "def relu(X): ..."}, *code]})


def file(path: str, text: str = "", **more: object) -> File:
    return File(path, text.encode(), **more)


CELLS = (
    "%matplotlib inline\n!pip install torch\nimport torch\nimport google.colab",
    "def softmax(O):\n    return first_try(O)",
    "scale = 2\nscale = scale - 1\ndef total(E):\n    return scale * E.sum(1, keepdim=True)\nplot = total(1)",
    "@torch.no_grad()\ndef softmax(O):\n    E = torch.exp(O)\n    return E / total(E)\n\n"
    "for epoch in range(9):\n    net = train(epoch)",
    "%%bash\nrm -rf x",
    "d2l.check_exercise('softmax', softmax)",
)
