"""Files are whole or not there, whoever else writes, and what a killed process left is swept."""

import os
from pathlib import Path

import pytest
from on_disk import at_once, files_in, full_after, part_of, python, write

from d2lcore.data import writing
from d2lcore.data.writing import creating, link, replacing


def test_eight_at_once_replace_a_file_by_one_of_theirs(tmp_path: Path) -> None:
    target = tmp_path / "x"

    def write_long(i: int) -> None:
        with replacing(target) as part:
            part.write_text(str(i) * 10_000)

    for _ in range(20):
        at_once(write_long, 8)
        assert target.read_text() in {str(i) * 10_000 for i in range(8)}
        assert files_in(tmp_path) == {"x"}


def test_of_eight_that_create_a_file_one_succeeds(tmp_path: Path) -> None:
    made: list[int] = []

    def make(i: int) -> None:
        try:
            with creating(tmp_path / "x") as part:
                part.write_text(str(i))
            made.append(i)
        except FileExistsError:
            pass

    at_once(make, 8)
    assert [(tmp_path / "x").read_text()] == [str(i) for i in made]
    assert files_in(tmp_path) == {"x"}


@pytest.mark.parametrize("how", [replacing, creating])
def test_a_full_disk_leaves_what_was_there(tmp_path: Path, how: object) -> None:
    for before in (set(), {"x"}):
        with pytest.raises(OSError, match="File too large"), full_after(10), how(tmp_path / "x") as part:
            part.write_text("longer than the disk")
        assert files_in(tmp_path) == before
        write(tmp_path / "x", b"old")
    assert (tmp_path / "x").read_bytes() == b"old"


def test_a_link_that_the_system_refuses_is_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    source = write(tmp_path / "source", b"x" * 100)
    with pytest.raises(OSError, match="File too large"), full_after(10):
        link(source, tmp_path / "copy")
    assert files_in(tmp_path) == {"source"}
    link(source, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"x" * 100
    with pytest.raises(FileExistsError):
        link(source, tmp_path / "copy")


PART = """
import sys, time
from pathlib import Path
from d2lcore.data.writing import replacing
with replacing(Path(sys.argv[1])) as part:
    print(part, flush=True)
    time.sleep(600)
"""


@pytest.mark.skipif(writing.fcntl is None, reason="only by age here")
def test_the_part_of_a_killed_process_is_swept_and_that_of_a_living_one_is_not(tmp_path: Path) -> None:
    target = tmp_path / "x[1].csv"
    with python(PART, str(target)) as living:
        name = living.stdout.readline().strip()
        with replacing(target) as part:
            part.write_text("new")
        assert Path(name).exists()
        living.kill()
        living.wait()
    assert part_of(tmp_path / "x") != Path(name)
    with replacing(target) as part:
        part.write_text("newer")
    assert files_in(tmp_path) == {target.name}


def test_a_new_file_has_the_usual_permissions(tmp_path: Path) -> None:
    write(tmp_path / "usual", b"")
    with replacing(tmp_path / "x") as part:
        part.write_text("new")
    assert (tmp_path / "x").stat().st_mode == (tmp_path / "usual").stat().st_mode
