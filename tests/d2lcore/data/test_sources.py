"""A source that fails is given up for the next one, and says why; the folder stays as it was."""

import socket
from pathlib import Path
from typing import Any

import pytest
from bad_server import Server, encrypt
from on_disk import BODY, CHECKSUM, files_in, write

from d2lcore.data import sources
from d2lcore.data.files import DataUnavailable, fetch

PATH = "hub/numbers.bin"

# Each way a source can fail, and what the message must say about it.
FAILURES = {
    "unavailable": "HTTP 503 Service Unavailable",
    "server_error": "HTTP 500 Internal Server Error",
    "forbidden": "HTTP 403 Forbidden",
    "in_a_circle": "HTTP 302 redirected in a circle or too often: Found",
    "to_ftp": "HTTP 302: redirected to ftp://127.0.0.1/numbers.bin, neither http nor https",
    "to_a_file": "HTTP 302 Found - Redirection to url 'file:///etc/passwd' is not allowed",
    "html_page": "sent an HTML page",
    "short": "384,000",
    "short_of_unknown_length": "sent another file",
    "one_byte_altered": "sent another file",
    "garbage": "the answer is not HTTP: this is not HTTP)",
    "reset": "reset by peer after",
    "silent": "no answer within 0.5 s",
    "stalling": "no answer within 0.5 s after 1,000 bytes",
    "dripping": "stalled",
    "endless_continue": "no answer within 0.5 s",
    "slow_headers": "no answer within 0.5 s",
    "fast_then_dripping": "stalled",
    "endless": "sent more than",
    "longer_than_it_says": "sent more than",
}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "TIMEOUT", 0.5)
    monkeypatch.setattr(sources, "LARGEST", 2_000_000)


def get(*urls: str) -> Path:
    return fetch(PATH, urls, CHECKSUM)


@pytest.mark.slow
@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("existing", [None, b"damaged"], ids=["new", "damaged"])
@pytest.mark.parametrize("manner", FAILURES)
def test_failing_source_leaves_the_folder_as_it_was(
    folder: Path, mirror: Any, manner: str, existing: bytes | None
) -> None:
    if existing is not None:
        write(folder / PATH, existing)
    mirror.files[PATH], mirror.manner = BODY, manner
    with pytest.raises(DataUnavailable) as error:
        get()
    assert f"{mirror.url}/{PATH} (" in str(error.value)
    assert FAILURES[manner] in str(error.value)
    assert "\n" not in str(error.value)
    assert files_in(folder) == ({PATH} if existing is not None else set())
    assert existing is None or (folder / PATH).read_bytes() == existing


@pytest.mark.slow
@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("manner", FAILURES)
def test_after_a_failing_source_the_next_one_is_tried(
    folder: Path, mirror: Any, tmp_path: Path, manner: str
) -> None:
    mirror.files[PATH], mirror.manner = BODY, manner
    assert get(str(write(tmp_path / "official.bin", BODY))).read_bytes() == BODY
    assert mirror.requests == [PATH] * (5 if manner == "in_a_circle" else 1)
    assert files_in(folder) == {PATH}


def test_every_source_that_failed_is_in_one_message(folder: Path, mirror: Any, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        refused = f"http://127.0.0.1:{free.getsockname()[1]}/numbers.bin"
    with pytest.raises(DataUnavailable) as error:
        get(refused, str(tmp_path / "nowhere"), str(tmp_path), "ftp://127.0.0.1/x", "http:///")
    message = str(error.value)
    assert message.startswith(f"{PATH}: could not be had. Tried {mirror.url}/{PATH} (HTTP 404 Not Found); ")
    assert f"{refused} (Connection refused)" in message
    assert f"{tmp_path}/nowhere (No such file or directory)" in message
    assert f"{tmp_path} (Is a directory)" in message
    assert "http:/// (" in message
    assert f"set D2LCORE_MIRROR to a folder or URL that holds {PATH}" in message
    assert "\n" not in message
    assert files_in(folder) == set()


@pytest.mark.slow
def test_a_certificate_that_is_not_trusted(folder: Path, server: Server, tmp_path: Path) -> None:
    url = encrypt(server, tmp_path)
    with pytest.raises(DataUnavailable) as error:
        get(f"{url}/numbers.bin")
    assert "its certificate is not trusted: self" in str(error.value)
    assert "let SSL_CERT_FILE name them" in str(error.value)


def test_an_answer_that_is_not_encrypted(folder: Path, server: Server) -> None:
    with pytest.raises(DataUnavailable, match=r"WRONG_VERSION_NUMBER|wrong version number|HTTP_REQUEST"):
        get(f"{server.url.replace('http:', 'https:')}/numbers.bin")
