"""`make soak` at a small size: nothing comes to harm, and where files are written badly it counts that."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="no fork, and no limit on the size of files"),
]

# As it must not be: files are written straight to their place, and the backup of an answer is not made.
BROKEN = """
import contextlib
import d2lcore.data.files as files, d2lcourse.exercises.answers as answers

@contextlib.contextmanager
def straight(target):
    yield target

files.replacing = answers.replacing = straight
answers.link = lambda source, target: None
"""


def soak(code: str, *args: str) -> tuple[int, str]:
    command = [sys.executable, "-c", f"import soak\n{code}\nsoak.main()", *args]
    done = subprocess.run(
        command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False, timeout=300
    )
    assert not done.stderr
    return done.returncode, done.stdout


def test_nothing_comes_to_harm() -> None:
    code, told = soak("", "--kills", "12", "--crowds", "1", "--full", "6")
    assert code == 0, told
    assert "nothing came to harm" in told
    for hardship in ("killed 2 times: ", "eight at once, 1 times: ", "disk full at 1 places, "):
        assert told.count(hardship) == 6


def test_harm_is_counted() -> None:
    code, told = soak(BROKEN, "--kills", "0", "--crowds", "1", "--full", "12")
    assert code == 1, told
    for hardship, harm in (
        ("fetch, HTTP +disk full", "half-written"),
        ("fetch, folder +disk full", "half-written"),
        ("exercise reset +disk full", "half-written"),
        ("exercise reset +eight at once", "lost"),
    ):
        assert re.search(rf"{hardship}.* [1-9]\d* {harm}", told), told
