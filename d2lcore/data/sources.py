"""Where data come from: a file, or an address that may be slow, silent, endless or wrong."""

import contextlib
import http.client
import os
import queue
import socket
import ssl
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .addresses import Proxies, in_ascii

TIMEOUT = 20.0  # seconds within which an answer has to begin, and in each of which 1 kB a second has to come
SLOWEST = 1000  # bytes a second
CHUNK = 1 << 18
LARGEST = 1 << 30  # bytes of a file whose source does not say how many it has


class SourceFailed(Exception):
    """One source did not give the file; the message says why."""


@contextmanager
def opened(source: str) -> Iterator[tuple[Iterator[bytes], int | None]]:
    """The bytes of a URL or local file, in chunks, and how many there are, if known.

    Raises SourceFailed, also while they come: if there are none, too few in a while, or more than were told.
    """
    if source.startswith(("http://", "https://")):
        proxies = Proxies()
        try:
            with contextlib.closing(_Answer(source, proxies)) as answer:
                yield answer.chunks(), answer.size
        except SourceFailed as failure:
            raise SourceFailed(proxies.blame(str(failure))) from failure
        return
    with _file(source) as (chunks, size):
        yield chunks, size


@contextmanager
def _file(source: str) -> Iterator[tuple[Iterator[bytes], int]]:
    path = Path(source).expanduser()
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise SourceFailed("it is not a file but a pipe or a device")
        stream = path.open("rb")
    except (OSError, ValueError) as error:
        raise SourceFailed(_reason(error)) from error
    with stream:
        yield _read(stream.read), os.fstat(stream.fileno()).st_size


def _read(read: Callable[[int], bytes]) -> Iterator[bytes]:
    received = 0
    while True:
        try:
            chunk = read(CHUNK)
        except (OSError, http.client.HTTPException) as error:
            raise SourceFailed(f"{_reason(error)} after {received:,} bytes") from error
        if not chunk:
            return
        received += len(chunk)
        yield chunk


class _Answer:
    """The answer to a GET. A thread waits for it, so that nobody else has to wait longer than TIMEOUT."""

    def __init__(self, url: str, proxies: Proxies) -> None:
        self.proxies = proxies
        self.connections: list[http.client.HTTPConnection] = []
        self.parts: queue.Queue[Any] = queue.Queue(maxsize=8)  # size; chunks; b"" or an error
        self.closed = threading.Event()
        threading.Thread(target=self._ask, args=(url,), daemon=True).start()
        try:
            # A little longer than the socket waits, which says why.
            self.size: int | None = self._next(1.25 * TIMEOUT)
        except BaseException as error:
            self.close()
            if isinstance(error, queue.Empty):
                raise SourceFailed(f"no answer within {TIMEOUT:g} s") from None
            raise

    def chunks(self) -> Iterator[bytes]:
        received, began, before = 0, time.monotonic(), 0  # before: what had come when the window began
        while True:
            try:
                chunk = self._next(max(0.0, began + TIMEOUT - time.monotonic()) + TIMEOUT / 4)
            except queue.Empty:
                raise SourceFailed(f"stalled: {received:,} bytes came") from None
            if not chunk:
                return
            received += len(chunk)
            if received > (LARGEST if self.size is None else self.size):
                raise SourceFailed(f"sent more than {received - len(chunk):,} bytes: too many")
            elapsed = time.monotonic() - began
            if elapsed > TIMEOUT:
                if received - before < SLOWEST * elapsed:
                    raise SourceFailed(f"stalled: {received - before:,} bytes in {elapsed:.0f} s")
                began, before = time.monotonic(), received
            yield chunk

    def close(self) -> None:
        """Let the thread end, whatever it waits for."""
        self.closed.set()
        for connection in self.connections:
            with contextlib.suppress(OSError, AttributeError):
                connection.sock.shutdown(socket.SHUT_RDWR)

    def _next(self, seconds: float) -> Any:
        part = self.parts.get(timeout=seconds)
        if isinstance(part, Exception):
            raise part
        return part

    def _ask(self, url: str) -> None:
        try:
            request = urllib.request.Request(in_ascii(url), headers={"User-Agent": "d2lcore"})
            opener = urllib.request.build_opener(
                self.proxies, _Http(self.connections), _Https(self.connections), _Redirects()
            )
            with opener.open(request, timeout=TIMEOUT) as stream:
                length = stream.headers.get("Content-Length")
                self._put(int(length) if length and length.isdigit() else None)
                for chunk in _read(stream.read1):  # what has arrived, rather than wait for a whole chunk
                    self._put(chunk)
            self._put(b"")
        except urllib.error.HTTPError as error:
            error.close()
            self._put(SourceFailed(f"HTTP {error.code} {error.reason}"))
        except SourceFailed as error:
            self._put(error)
        except Exception as error:
            self._put(SourceFailed(_reason(error)))

    def _put(self, part: Any) -> None:
        while not self.closed.is_set():
            with contextlib.suppress(queue.Full):
                self.parts.put(part, timeout=0.1)
                return
        if isinstance(part, bytes):
            raise SourceFailed("nobody waits any more")


class _Http(urllib.request.HTTPHandler):
    """Notes its connections, so that another thread can end them."""

    def __init__(self, connections: list[http.client.HTTPConnection]) -> None:
        super().__init__()
        self.connections = connections

    def http_open(self, request: urllib.request.Request) -> Any:
        return self.do_open(_noting(http.client.HTTPConnection, self.connections, request), request)


class _Https(urllib.request.HTTPSHandler):
    """The same for encrypted ones."""

    def __init__(self, connections: list[http.client.HTTPConnection]) -> None:
        super().__init__()
        self.connections = connections

    def https_open(self, request: urllib.request.Request) -> Any:
        return self.do_open(_noting(http.client.HTTPSConnection, self.connections, request), request)


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows to http and https only, and says in one line that it went in a circle."""

    inf_msg = "redirected in a circle or too often: "

    def redirect_request(
        self, request: Any, answer: Any, code: int, text: str, headers: Any, url: str
    ) -> Any:
        if not url.startswith(("http://", "https://")):
            answer.close()
            raise SourceFailed(f"HTTP {code}: redirected to {url}, neither http nor https")
        return super().redirect_request(request, answer, code, text, headers, url)


def _noting(
    kind: Callable[..., Any], connections: list[http.client.HTTPConnection], request: urllib.request.Request
) -> Any:
    def connection(*args: Any, **options: Any) -> Any:
        made = kind(*args, **options)
        made._create_connection = getattr(request, "dial", made._create_connection)  # through a SOCKS proxy
        connections.append(made)
        return made

    return connection


def _reason(error: Exception) -> str:
    cause = getattr(error, "reason", error)  # a URLError wraps the real one
    if isinstance(cause, TimeoutError):
        return f"no answer within {TIMEOUT:g} s"
    if isinstance(cause, ssl.SSLCertVerificationError):
        return (
            f"its certificate is not trusted: {cause.verify_message}. If your network has certificates "
            "of its own, let SSL_CERT_FILE name them"
        )
    if isinstance(cause, socket.gaierror):
        return f"{cause.strerror}: is there a network, and is the host spelt right?"
    if type(error) is http.client.BadStatusLine:
        return f"the answer is not HTTP: {' '.join(str(error).split())[:60]}"
    if isinstance(error, UnicodeError):
        return f"no host can have this name: {error}"
    return str(getattr(cause, "strerror", None) or cause or type(cause).__name__)
