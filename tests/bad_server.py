"""An HTTP server on this machine that answers well and badly."""

import shutil
import socket
import ssl
import struct
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest


class Answer(BaseHTTPRequestHandler):
    """One answer to a GET, in the manner its server is set to."""

    server: "Server"

    def do_GET(self) -> None:
        path = self.path.lstrip("/")
        self.server.requests.append(path)
        if path in self.server.files:
            getattr(self, self.server.manner)(self.server.files[path])
        else:
            self.send_error(404)

    def do_CONNECT(self) -> None:
        """What a browser asks of a proxy, for an encrypted connection through it."""
        self.server.requests.append(f"CONNECT {self.path}")
        getattr(self, self.server.manner)(b"")

    def head(self, length: int | None, status: int = 200) -> None:
        self.send_response(status)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def whole(self, body: bytes) -> None:
        self.head(len(body))
        self.wfile.write(body)

    def unavailable(self, body: bytes) -> None:
        self.send_error(503, "Service \x1b[31mUnavailable")

    def server_error(self, body: bytes) -> None:
        self.send_error(500)

    def forbidden(self, body: bytes) -> None:
        self.send_error(403)

    def asks_for_a_password(self, body: bytes) -> None:
        """As a proxy does; it is `secret word`, of user `me`."""
        if self.headers["Proxy-Authorization"] == "Basic bWU6c2VjcmV0IHdvcmQ=":
            self.whole(body)
        else:
            self.send_error(407)

    def redirect(self, url: str) -> None:
        self.send_response(302)
        self.send_header("Location", url)
        self.end_headers()

    def in_a_circle(self, body: bytes) -> None:
        self.redirect(self.path)

    def to_ftp(self, body: bytes) -> None:
        self.redirect("ftp://127.0.0.1/numbers.bin")

    def to_a_file(self, body: bytes) -> None:
        self.redirect("file:///etc/passwd")

    def html_page(self, body: bytes) -> None:
        self.whole(b"<!DOCTYPE html><title>Log in to the network</title>")

    def short(self, body: bytes) -> None:
        self.head(len(body))
        self.wfile.write(body[: len(body) // 2])

    def short_of_unknown_length(self, body: bytes) -> None:
        self.head(None)
        self.wfile.write(body[: len(body) // 2])

    def longer_than_it_says(self, body: bytes) -> None:
        """In chunks, where the client does not stop at the length by itself."""
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for _ in range(2):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(body), body))

    def one_byte_altered(self, body: bytes) -> None:
        self.whole(bytes([body[0] ^ 1]) + body[1:])

    def garbage(self, body: bytes) -> None:
        self.wfile.write(b"\x00\x01 this is not HTTP\r\n\r\n")

    def reset(self, body: bytes) -> None:
        self.head(len(body))
        self.wfile.write(body[:1000])
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def silent(self, body: bytes) -> None:
        self.server.closing.wait()

    def stalling(self, body: bytes) -> None:
        self.head(len(body))
        self.wfile.write(body[:1000])
        self.server.closing.wait()

    def dripping(self, body: bytes) -> None:
        self.head(len(body))
        for i in range(len(body)):
            self.wfile.write(body[i : i + 1])
            if self.server.closing.wait(self.server.pause):
                return

    def fast_then_dripping(self, body: bytes) -> None:
        self.head(len(body))
        self.wfile.write(body[:700_000])
        for i in range(700_000, len(body)):
            self.wfile.write(body[i : i + 1])
            if self.server.closing.wait(self.server.pause):
                return

    def endless_continue(self, body: bytes) -> None:
        while not self.server.closing.wait(0.01):
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def slow_headers(self, body: bytes) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        while not self.server.closing.wait(self.server.pause):
            self.wfile.write(b"x")

    def endless(self, body: bytes) -> None:
        self.head(None)
        while not self.server.closing.is_set():
            self.wfile.write(body)

    def gated(self, body: bytes) -> None:
        """Half the body, the rest when the test opens the gate."""
        self.head(len(body))
        self.wfile.write(body[: len(body) // 2])
        self.server.gate.wait()
        self.wfile.write(body[len(body) // 2 :])

    def log_message(self, *args: Any) -> None:
        pass


class Server(ThreadingHTTPServer):
    """Serves `files` by path, in its `manner`: the name of a method of `Answer`. `requests` counts them."""

    daemon_threads = False  # so that closing the server waits for its answers to end

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.files: dict[str, bytes] = {}
        self.requests: list[str] = []
        self.manner = "whole"
        self.pause = 0.05  # seconds between two bytes of what drips
        self.gate, self.closing = threading.Event(), threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *args: Any) -> None:
        pass  # a client that gave up or was killed


def encrypt(server: Server, folder: Path) -> str:
    """Let `server` speak TLS, with a certificate for 127.0.0.1 that it has signed itself; its address."""
    openssl = shutil.which("openssl") or pytest.skip("openssl makes the certificate")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    return server.url.replace("http:", "https:")
