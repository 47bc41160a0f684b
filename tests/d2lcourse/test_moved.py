"""What has moved out of a chapter is answered with its new place."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from d2lcore.command_line import invoke
from d2lcourse.cli import cli
from d2lcourse.moved import MODULES, MOVED, VARIANTS


@pytest.mark.parametrize("old", MOVED)
def test_the_new_place_is_there_and_the_old_is_not(old: str) -> None:
    new = MOVED[old]
    module, _, name = new.rpartition(".")
    assert import_module(new) if _is_module(new) else hasattr(import_module(module), name)
    assert old != new


def _is_module(name: str) -> bool:
    folder = Path(__file__).parents[2] / name.replace(".", "/")
    return folder.with_suffix(".py").is_file() or (folder / "__init__.py").is_file()


def imports(lines: list[str]) -> list[str]:
    """What a Python of its own says of each import, in one line."""
    code = "\n".join(
        f"try:\n    {line}\n    print('imported')\nexcept ImportError as error:\n    print(error)"
        for line in lines
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.slow
def test_every_import_from_an_old_place_names_the_new_one() -> None:
    lines = []
    for old in MOVED:
        module, _, name = old.rpartition(".")
        lines.append(f"import {old}" if old in MODULES else f"from {module} import {name}")
    assert imports(lines) == [f"{old} is now {new}" for old, new in MOVED.items()]


@pytest.mark.slow
def test_a_name_that_never_was_is_answered_as_ever() -> None:
    said = imports(["from chapters.mlp import no_such_name", "import chapters.no_such_chapter"])
    assert said[0].startswith("cannot import name 'no_such_name' from 'chapters.mlp'")
    assert said[1] == "No module named 'chapters.no_such_chapter'"


@pytest.mark.parametrize("old", VARIANTS, ids=" ".join)
def test_a_variant_that_moved_is_answered_on_the_command_line(
    old: tuple[str, str], capsys: pytest.CaptureFixture
) -> None:
    assert invoke(cli, ["run", *old, "--seed", "3"], "d2lcore") == 2
    assert f"error: {old[1]} is now {VARIANTS[old]}" in capsys.readouterr().err
