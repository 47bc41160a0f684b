"""The table of docs/network.md says what a reader sees; only its seconds are measured elsewhere."""

import re
import socket
import sys
from pathlib import Path
from typing import Any

import network_faults
import pytest
from network_faults import FAULTS, meet

from benchmarks.network import HEADER, row
from d2lcore.data import sources, writing

PAGE = (Path(__file__).parents[1] / "docs/network.md").read_text(encoding="utf-8")


def words(text: str) -> str:
    """A line without its column of seconds, and with every number alike: times and bytes are shorter here."""
    text = text.replace("self signed", "self-signed")  # before OpenSSL 3
    fault, _, said = re.split(r"(?<!\\) \| ", text, maxsplit=2)
    return fault + " | " + re.sub(r"\d[\d.,]*", "N", re.sub(r"\b[0-9a-f]{40}\b", "HASH", said))


def test_the_table_has_every_fault_once_in_order() -> None:
    assert HEADER in PAGE
    lines = PAGE[PAGE.index(HEADER) + len(HEADER) :].strip().partition("\n\n")[0].splitlines()
    assert [line.split(" | ")[0].removeprefix("| ") for line in lines] == [*FAULTS]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other words for the same")
@pytest.mark.parametrize("fault", FAULTS)
def test_a_reader_sees_what_the_table_says(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With time limits of half a second; the table is made with those of readers."""
    monkeypatch.setattr(sources, "TIMEOUT", 0.5)
    monkeypatch.setattr(sources, "LARGEST", 2_000_000)
    monkeypatch.setattr(writing, "PATIENCE", 0.2)
    monkeypatch.setattr(network_faults, "HELD", 0.6)
    if fault.startswith("no network"):
        monkeypatch.setattr(socket, "getaddrinfo", unknown_name)
    (written,) = [line for line in PAGE.splitlines() if line.startswith(f"| {fault} |")]
    assert words(row(fault, *meet(fault, pause=0.05))) == words(written)


def unknown_name(host: Any, *args: Any, **options: Any) -> None:
    """What the system says of a name that nobody has, without asking a name server."""
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
