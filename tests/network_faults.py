"""Everything that goes wrong between a reader and a file, each set up on this machine and tried."""

import contextlib
import hashlib
import io
import os
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from bad_server import Server, encrypt
from on_disk import BODY, python, write

from d2lcore.data import files
from d2lcore.data.files import DataUnavailable, download

PATH = "hub/numbers.bin"
HELD = 3.0  # seconds for which the other process holds the lock


class Scene(ExitStack):
    """A data folder, a server that has the file, and its address, until a fault changes one of them."""

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(self.enter_context(tempfile.TemporaryDirectory())).resolve()
        self.home.chmod(0o755)
        self.server = Server()
        self.server.files["numbers.bin"] = BODY
        self.address = f"{self.server.url}/numbers.bin"
        thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        self.callback(thread.join)
        self.callback(self.server.server_close)
        self.callback(self.server.shutdown)
        self.callback(self.server.closing.set)
        self.enter_context(mock.patch.dict(os.environ))
        for name in [*os.environ]:
            if name.lower().endswith("_proxy") or name.startswith("D2LCORE_"):
                del os.environ[name]
        os.environ["D2LCORE_DATA"] = str(self.home / "data")

    def patch(self, thing: object, name: str, value: object) -> None:
        self.enter_context(mock.patch.object(thing, name, value))


def refused_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"127.0.0.1:{free.getsockname()[1]}"


def answers(manner: str) -> Callable[[Scene], None]:
    def set_up(scene: Scene) -> None:
        scene.server.manner = manner

    return set_up


def no_network(scene: Scene) -> None:
    scene.address = "http://no-such-host.invalid/numbers.bin"


def refused(scene: Scene) -> None:
    scene.address = f"http://{refused_port()}/numbers.bin"


def not_found(scene: Scene) -> None:
    scene.server.files.clear()


def wrong_certificate(scene: Scene) -> None:
    scene.address = encrypt(scene.server, scene.home) + "/numbers.bin"


def through(proxy: str, manner: str = "whole") -> Callable[[Scene], None]:
    """proxy: its address, with {} for host and port of the server, or of a port where nobody is."""

    def set_up(scene: Scene) -> None:
        host = f"127.0.0.1:{scene.server.server_port}" if manner != "nobody" else refused_port()
        scene.server.manner = manner
        scene.address = "http://data.test/numbers.bin"
        scene.server.files[scene.address] = BODY
        os.environ["http_proxy"] = proxy.format(host)
        scene.enter_context(mock.patch.dict(sys.modules, {"socks": None}))  # as if not installed

    return set_up


def mirror(address: str, official: bool = True) -> Callable[[Scene], None]:
    def set_up(scene: Scene) -> None:
        write(scene.home / "mirror/hub/another.bin", b"")
        os.environ["D2LCORE_MIRROR"] = address.format(scene.home)
        if not official:
            refused(scene)

    return set_up


def disk_full(scene: Scene) -> None:
    scene.patch(files, "replacing", lambda target: contextlib.nullcontext(Path("/dev/full")))


def not_writable(scene: Scene) -> None:
    (scene.home / "data").mkdir(mode=0o555)
    if os.geteuid() == 0:  # who may write anywhere
        os.seteuid(65534)
        scene.callback(os.seteuid, 0)


def no_folder(scene: Scene) -> None:
    write(scene.home / "data", b"")


HOLD = """
import sys, time
from filelock import FileLock
with FileLock(sys.argv[1]):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


def lock_held(scene: Scene) -> None:
    (scene.home / "data").mkdir()
    process = scene.enter_context(python(HOLD, str(scene.home / "data/.lock"), str(HELD)))
    assert process.stdout.readline() == "held\n"


def damaged(scene: Scene) -> None:
    write(scene.home / "data" / PATH, BODY[:-1])


FAULTS: dict[str, Callable[[Scene], None]] = {
    "no network: the name is not found": no_network,
    "connection refused": refused,
    "connects and says nothing": answers("silent"),
    "headers at 1 byte/s": answers("slow_headers"),
    "endless `100 Continue`": answers("endless_continue"),
    "starts fast, then 1 byte/s": answers("fast_then_dripping"),
    "starts, then says nothing": answers("stalling"),
    "body without length that never ends": answers("endless"),
    "body longer than its length": answers("longer_than_it_says"),
    "body cut short": answers("short"),
    "connection reset": answers("reset"),
    "another file (hash)": answers("one_byte_altered"),
    "a page to log in": answers("html_page"),
    "not HTTP": answers("garbage"),
    "404": not_found,
    "403": answers("forbidden"),
    "500": answers("server_error"),
    "redirected in a circle": answers("in_a_circle"),
    "redirected to ftp": answers("to_ftp"),
    "redirected to a file": answers("to_a_file"),
    "certificate signed by nobody known": wrong_certificate,
    "proxy not there": through("http://{}", "nobody"),
    "proxy refuses (403)": through("http://{}", "forbidden"),
    "proxy asks for a password": through("http://me:wrong@{}", "asks_for_a_password"),
    "proxy says nothing": through("http://{}", "silent"),
    "SOCKS proxy, no PySocks": through("socks5h://{}"),
    "`D2LCORE_MIRROR` with a typo": mirror("htp://127.0.0.1/data"),
    "`D2LCORE_MIRROR` with another scheme": mirror("s3://bucket/data"),
    "mirror folder not there": mirror("{}/miror"),
    "mirror lacks the file": mirror("{}/mirror"),
    "mirror lacks the file, nor is there a network": mirror("{}/mirror", official=False),
    "disk full": disk_full,
    "folder not writable": not_writable,
    "a file where the folder should be": no_folder,
    "another process holds the lock": lock_held,
    "file damaged on disk": damaged,
}


class Seen(NamedTuple):
    """What a reader saw, when the first of it came, and whether the file was had after all."""

    message: str
    seconds: float
    had: bool


class _Notes(io.StringIO):
    first: float | None = None

    def write(self, text: str) -> int:
        self.first = self.first or time.monotonic()
        return super().write(text)


@contextmanager
def _hub_entry(address: str) -> Iterator[None]:
    entry = address, hashlib.sha1(BODY, usedforsecurity=False).hexdigest()
    with mock.patch.dict(files.DATA_HUB, {"numbers": entry}):
        yield


def meet(fault: str, pause: float = 1.0) -> Seen:
    """Download a file with this fault in the way. pause: seconds between two bytes of what drips."""
    with Scene() as scene:
        scene.server.pause = pause
        FAULTS[fault](scene)
        notes, error, start = _Notes(), "", time.monotonic()
        with _hub_entry(scene.address), contextlib.redirect_stderr(notes):
            try:
                download("numbers")
            except DataUnavailable as unavailable:
                error = str(unavailable)
            end = time.monotonic()
        said = " ".join([*notes.getvalue().splitlines(), error]).strip()
        return Seen(_without_chance(said, scene), (notes.first or end) - start, not error)


def _without_chance(message: str, scene: Scene) -> str:
    """Without folders and ports that are others each time."""
    ports = {f"127.0.0.1:{scene.server.server_port}"}
    for text in (scene.address, os.environ.get("http_proxy", "")):
        ports.add(text.partition("://")[2].rpartition("@")[2].partition("/")[0])
    for port in ports - {"", "data.test", "no-such-host.invalid"}:
        message = message.replace(port, "HOST")
    return message.replace(f"{scene.home}/data", "DATA").replace(str(scene.home), "~")
