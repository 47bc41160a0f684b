"""D2LCORE_MIRROR is used or refused, never ignored; a proxy is used, and named when it fails."""

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bad_server import Server
from on_disk import BODY, CHECKSUM, files_in, write
from socks_server import socks_server

from d2lcore.data import addresses, sources
from d2lcore.data.addresses import Proxies, in_ascii
from d2lcore.data.addresses import mirror as mirror_address
from d2lcore.data.files import DataUnavailable, fetch

PATH = "hub/numbers.bin"
ADDRESS = "http://data.test/numbers.bin"  # no such host: only a proxy has it


def failure(*urls: str) -> str:
    with pytest.raises(DataUnavailable) as error:
        fetch(PATH, urls, CHECKSUM)
    assert "\n" not in str(error.value)
    return str(error.value)


# ---- D2LCORE_MIRROR


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ("ftp://host/data", "Copy the data to a folder"),
        ("s3://bucket/data", "Copy the data to a folder"),
        ("file:///data", "Copy the data to a folder"),
        ("htp://host/data", "did you mean http://?"),
        ("htps://host/data", "did you mean https://?"),
        ("http:/host/data", "did you mean http://?"),
        ("http:\\\\host\\data", "did you mean http://?"),
        ("http://me:word@host/data", "user or password in it, which is not supported"),
        ("http://me:word@[::1/data", "user or password in it, which is not supported"),
        ("http:///data", "which has no host"),
        ("https://", "which has no host"),
        ("C:\\data", "a folder of Windows"),
        ("d:/data", "a folder of Windows"),
        ("\\\\host\\data", "a folder of Windows"),
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="folders of Windows are right there")
def test_a_mirror_that_cannot_be_one_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, wrong: str, hint: str
) -> None:
    official = write(tmp_path / "official.bin", BODY)
    monkeypatch.setenv("D2LCORE_MIRROR", wrong)
    message = failure(str(official))
    shown = wrong.replace("me:word@", "")
    assert message.startswith(f"D2LCORE_MIRROR: expected a folder or an http(s):// address, got '{shown}'")
    assert hint in message
    assert "word@" not in message
    assert not folder.exists()


@pytest.mark.parametrize(
    ("named", "meant"),
    [
        ("", None),
        ("  ", None),
        (" /data ", "/data"),
        ("/", "/"),
        ("a:b", "a:b"),
        ("HTTP://Host/Data/", "http://Host/Data"),
        ("https://host/", "https://host"),
        ("https://host/@me", "https://host/@me"),
    ],
)
def test_a_mirror_as_it_is_meant(monkeypatch: pytest.MonkeyPatch, named: str, meant: str | None) -> None:
    monkeypatch.setenv("D2LCORE_MIRROR", named)
    assert mirror_address() == meant


def test_a_folder_with_other_letters(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "数据 é" / PATH, BODY)
    monkeypatch.setenv("D2LCORE_MIRROR", str(tmp_path / "数据 é"))
    assert fetch(PATH, [], CHECKSUM).read_bytes() == BODY


def test_an_address_with_other_letters(mirror: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    mirror.files["%E6%95%B0%E6%8D%AE%20x/" + PATH] = BODY
    monkeypatch.setenv("D2LCORE_MIRROR", f"{mirror.url}/数据 x/")
    assert fetch(PATH, [], CHECKSUM).read_bytes() == BODY


def test_a_host_with_other_letters(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def look_up(host: str | bytes, *args: Any, **options: Any) -> None:
        asked.append(host if isinstance(host, str) else host.decode())
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setenv("D2LCORE_MIRROR", "http://例子.test/数据")
    message = failure()
    assert asked == ["xn--fsqu00a.test"]
    assert f"http://例子.test/数据/{PATH} (Name or service not known: is there a network" in message


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://host:80/a%20b?c=%E4&d#e", "http://host:80/a%20b?c=%E4&d"),
        ("http://例子.test:8000/x y", "http://xn--fsqu00a.test:8000/x%20y"),
        ("https://[::1]:1/é?ü", "https://[::1]:1/%C3%A9?%C3%BC"),
        ("http://h/\udce9", "http://h/%E9"),  # a byte that is no UTF-8, as Python reads it
    ],
)
def test_in_ascii(url: str, expected: str) -> None:
    assert in_ascii(url) == expected


@pytest.mark.parametrize("host", ["例..test", "é" * 64 + ".test"])
def test_a_host_that_cannot_be(folder: Path, host: str) -> None:
    assert "(no host can have this name: " in failure(f"http://{host}/x")


@pytest.mark.parametrize("there", [False, True])
def test_what_the_mirror_lacks_is_said(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    there: bool,
) -> None:
    """Whether a file is missing in the mirror, or its folder is not there."""
    if there:
        write(tmp_path / "mirror/other", b"")
    official = write(tmp_path / "official.bin", BODY)
    monkeypatch.setenv("D2LCORE_MIRROR", str(tmp_path / "mirror"))
    fetch(PATH, [str(tmp_path / "missing"), str(official)], CHECKSUM)
    source = f"{tmp_path}/mirror/{PATH} (No such file or directory)"
    assert capsys.readouterr().err == f"not in D2LCORE_MIRROR: {source}; asking {tmp_path}/missing\n"


# ---- Proxies


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])
@pytest.mark.parametrize("scheme", ["http://", ""])
def test_through_a_proxy(
    folder: Path, proxy: Server, monkeypatch: pytest.MonkeyPatch, variable: str, scheme: str
) -> None:
    proxy.files[ADDRESS] = BODY
    monkeypatch.setenv(variable, proxy.url.replace("http://", scheme))
    assert fetch(PATH, [ADDRESS], CHECKSUM).read_bytes() == BODY


def test_the_proxy_of_a_scheme_goes_before_that_of_all(
    proxy: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://one")
    monkeypatch.setenv("all_proxy", "http://two")
    assert Proxies().proxies == {"http": "http://one", "https": "http://two"}


def test_no_proxy_is_respected(
    folder: Path, proxy: Server, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.files["numbers.bin"] = BODY
    monkeypatch.setenv("all_proxy", proxy.url)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert fetch(PATH, [f"{server.url}/numbers.bin"], CHECKSUM).read_bytes() == BODY
    server.files.clear()
    (folder / PATH).unlink()
    assert "proxy" not in failure(f"{server.url}/numbers.bin")
    assert proxy.requests == []


def test_a_redirection_to_a_host_without_proxy_is_not_blamed_on_it(
    folder: Path, proxy: Server, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bad_server.Answer.to_ftp", lambda self, body: self.redirect(server.url + "/missing"))
    proxy.files[ADDRESS], proxy.manner = BODY, "to_ftp"
    monkeypatch.setenv("all_proxy", proxy.url)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert f"{ADDRESS} (HTTP 404 Not Found)" in failure(ADDRESS)


PROXY_FAILURES = {
    "forbidden": "HTTP 403 Forbidden",
    "asks_for_a_password": "HTTP 407 Proxy Authentication Required; write user:password@ before the proxy's",
    "html_page": "sent an HTML page",
    "silent": "no answer within 0.5 s",
    "stalling": "no answer within 0.5 s after 1,000 bytes",
    "fast_then_dripping": "stalled",
}


@pytest.mark.slow
@pytest.mark.parametrize("manner", PROXY_FAILURES)
def test_a_proxy_that_fails_is_named_without_its_password(
    folder: Path, proxy: Server, monkeypatch: pytest.MonkeyPatch, manner: str
) -> None:
    monkeypatch.setattr(sources, "TIMEOUT", 0.5)
    proxy.files[ADDRESS], proxy.manner = BODY, manner
    monkeypatch.setenv("http_proxy", proxy.url.replace("//", "//me:word%2F@"))
    message = failure(ADDRESS)
    assert f"{ADDRESS} ({PROXY_FAILURES[manner]}" in message
    assert f"; through the proxy {proxy.url}, see http_proxy, https_proxy, all_proxy)" in message
    assert "word" not in message.replace("write user:password@", "")


def test_a_proxy_gets_its_password(folder: Path, proxy: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy.files[ADDRESS], proxy.manner = BODY, "asks_for_a_password"
    monkeypatch.setenv("http_proxy", proxy.url.replace("//", "//me:secret%20word@"))
    assert fetch(PATH, [ADDRESS], CHECKSUM).read_bytes() == BODY


@pytest.mark.parametrize(("manner", "code"), [("forbidden", 403), ("asks_for_a_password", 407)])
def test_a_proxy_that_lets_no_encrypted_connection_through(
    folder: Path, proxy: Server, monkeypatch: pytest.MonkeyPatch, manner: str, code: int
) -> None:
    proxy.manner = manner
    monkeypatch.setenv("https_proxy", proxy.url)
    message = failure("https://data.test/numbers.bin")
    assert f"Tunnel connection failed: {code}" in message
    assert f"through the proxy {proxy.url}," in message
    assert proxy.requests == ["CONNECT data.test:443"]


@pytest.mark.parametrize(
    ("named", "shown", "reason"),
    [
        ("http://me:word@127.0.0.1:{}", "http://127.0.0.1:{}", "Connection refused"),
        ("me:word@127.0.0.1:{}", "127.0.0.1:{}", "Connection refused"),
        ("http://me:w@rd/@127.0.0.1:{}", "http://127.0.0.1:{}", ""),
        ("http:/me:word@127.0.0.1:{}", "127.0.0.1:{}", "no authority"),
        ("http://me:word@127.0.0.1:port", "http://127.0.0.1:port", "nonnumeric port"),
        ("ftp://me:word@127.0.0.1:{}", "ftp://127.0.0.1:{}", "proxies are http://, https:// or socks5h://"),
    ],
)
def test_a_proxy_that_is_not_there(
    folder: Path, proxy: Server, monkeypatch: pytest.MonkeyPatch, named: str, shown: str, reason: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    monkeypatch.setenv("http_proxy", named.format(port))
    message = failure(ADDRESS)
    assert f"through the proxy {shown.format(port)}, see" in message
    assert reason in message
    assert "word" not in message
    assert "w@rd" not in message


# ---- SOCKS


@pytest.mark.parametrize("scheme", ["socks", "socks4", "socks4a", "socks5", "socks5h", "SOCKS5"])
@pytest.mark.parametrize("address", [ADDRESS, ADDRESS.replace("http", "https")])
def test_socks_without_its_package(
    folder: Path,
    proxy: Server,
    monkeypatch: pytest.MonkeyPatch,
    without_module: Callable,
    scheme: str,
    address: str,
) -> None:
    without_module("socks")
    monkeypatch.setenv("all_proxy", f"{scheme}://me:word@127.0.0.1:1080")
    message = failure(address)
    assert "a SOCKS proxy needs the package PySocks: `pip install PySocks`" in message
    assert f"through the proxy {scheme}://127.0.0.1:1080, see" in message


@pytest.mark.parametrize(("scheme", "asked"), [("socks5h", "data.test"), ("socks5", "127.0.0.1")])
def test_through_a_socks_proxy(
    folder: Path, proxy: Server, monkeypatch: pytest.MonkeyPatch, scheme: str, asked: str
) -> None:
    pytest.importorskip("socks")
    proxy.files["numbers.bin"] = BODY  # here the server at the other end
    with socks_server(proxy.server_port) as (socks, hosts):
        monkeypatch.setenv("all_proxy", f"{scheme}://{socks}")
        address = ADDRESS if scheme == "socks5h" else "http://localhost/numbers.bin"
        assert fetch(PATH, [address], CHECKSUM).read_bytes() == BODY
    assert hosts == [asked]
    assert files_in(folder) == {PATH}


@pytest.mark.parametrize("user", ["me:word@", "me:w/ord@", "me:w@ord@", ""])
def test_a_socks_proxy_that_is_not_there(
    folder: Path, proxy: Server, monkeypatch: pytest.MonkeyPatch, user: str
) -> None:
    pytest.importorskip("socks")
    monkeypatch.setenv("http_proxy", f"socks5h://{user}127.0.0.1:1")
    message = failure(ADDRESS)
    assert "Connection refused" in message
    assert "through the proxy socks5h://127.0.0.1:1, see" in message
    assert "ord@" not in message
    assert "me:" not in message


@pytest.mark.parametrize(
    ("proxy", "kind", "port", "looks_up", "name", "word"),
    [
        ("socks://h", "SOCKS5", 1080, True, None, None),
        ("socks4://me@h:1", "SOCKS4", 1, False, "me", None),
        ("socks4a://h:1", "SOCKS4", 1, True, None, None),
        ("SOCKS5://me:a%2Fb:c@h:1", "SOCKS5", 1, False, "me", "a/b:c"),
        ("socks5h://h", "SOCKS5", 1080, True, None, None),
    ],
)
def test_what_a_socks_address_says(
    proxy: str, kind: str, port: int, looks_up: bool, name: str | None, word: str | None
) -> None:
    socks = pytest.importorskip("socks")
    assert addresses._dial_socks(proxy).keywords == {
        "proxy_type": getattr(socks, kind),
        "proxy_addr": "h",
        "proxy_port": port,
        "proxy_rdns": looks_up,
        "proxy_username": name,
        "proxy_password": word,
    }
