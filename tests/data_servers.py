"""A data folder of its own for each test, and HTTP servers that answer well and badly."""

import gzip
import hashlib
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bad_server import Server

LOOPBACK = (None, "", "127.0.0.1", "localhost", "::1")


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that asks for an address outside this machine fails instead of depending on the weather."""
    look_up = socket.getaddrinfo

    def local_only(host: Any, *args: Any, **options: Any) -> Any:
        assert host in LOOPBACK, f"the test reached for {host}"
        return look_up(host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", local_only)
    monkeypatch.setenv("no_proxy", "*")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder, empty, with no mirror set."""
    monkeypatch.setenv("D2LCORE_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("D2LCORE_MIRROR", raising=False)
    return tmp_path / "data"


def _running() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.gate.set()
        server.closing.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    yield from _running()


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server that is a proxy: it has answers for whole addresses, whatever their host. Not in use yet."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    yield from _running()


@pytest.fixture
def mirror(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server that D2LCORE_MIRROR names."""
    for running in _running():
        monkeypatch.setenv("D2LCORE_MIRROR", running.url)
        yield running


@pytest.fixture
def add_to_hub(server: Server, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str, bytes], None]:
    """Make `server` the official address of a `DATA_HUB` entry: call it with (name, file, content)."""

    from d2lcore.data import files

    def add(name: str, file: str, content: bytes) -> None:
        server.files[file] = content
        digest = hashlib.sha1(content, usedforsecurity=False).hexdigest()
        monkeypatch.setitem(files.DATA_HUB, name, (f"{server.url}/{file}", digest))

    return add


@pytest.fixture
def small_mnist(folder: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> dict[str, np.ndarray]:
    """MNIST with 30 training and 20 test images of noise, in the real format, served by `server`."""
    from torchvision.datasets import MNIST

    rng, arrays, resources = np.random.default_rng(0), {}, []
    for part, n in (("train", 30), ("t10k", 20)):
        for kind, shape, high in (("images-idx3", (n, 28, 28), 256), ("labels-idx1", (n,), 10)):
            name = f"{part}-{kind}-ubyte"
            arrays[name] = rng.integers(0, high, shape, dtype=np.uint8)
            header = struct.pack(f">{1 + len(shape)}i", 0x800 + len(shape), *shape)
            packed = gzip.compress(header + arrays[name].tobytes(), mtime=0)
            server.files[f"{name}.gz"] = packed
            resources.append((f"{name}.gz", hashlib.md5(packed, usedforsecurity=False).hexdigest()))
    monkeypatch.setattr(MNIST, "mirrors", [f"{server.url}/"])
    monkeypatch.setattr(MNIST, "resources", resources)
    return arrays


@pytest.fixture
def without_module(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make importing a module fail: as if it were missing, or with the `error` given."""

    class Broken:
        def __init__(self, name: str, error: Exception) -> None:
            self.name, self.error = name, error

        def find_spec(self, name: str, *args: Any) -> None:
            if name == self.name:
                raise self.error

    def remove(name: str, error: Exception | None = None) -> None:
        for loaded in [one for one in sys.modules if one == name or one.startswith(f"{name}.")]:
            monkeypatch.delitem(sys.modules, loaded)
        missing = ModuleNotFoundError(f"No module named {name!r}", name=name)
        monkeypatch.setattr(sys, "meta_path", [Broken(name, error or missing), *sys.meta_path])

    return remove
