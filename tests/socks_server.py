"""A SOCKS5 proxy on this machine, without a password, that leads everywhere to one port of it."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def socks_server(target_port: int) -> Iterator[tuple[str, list[str]]]:
    """Its address, host and port, and the hosts that it was asked for."""
    asked: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=_serve, args=(listening, target_port, asked))
        thread.start()
        try:
            yield f"127.0.0.1:{listening.getsockname()[1]}", asked
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(listening: socket.socket, target_port: int, asked: list[str]) -> None:
    with contextlib.suppress(OSError):
        while True:
            client, _ = listening.accept()
            with client, socket.create_connection(("127.0.0.1", target_port)) as target:
                _, count = client.recv(2)
                client.recv(count)  # ways to show who one is
                client.sendall(b"\x05\x00")
                kind = client.recv(4)[3]
                if kind == 3:
                    asked.append(client.recv(client.recv(1)[0]).decode())
                else:
                    asked.append(socket.inet_ntoa(client.recv(4)))
                client.recv(2)
                client.sendall(b"\x05\x00\x00\x01" + bytes(6))
                target.sendall(client.recv(65536))  # a GET is short
                while chunk := target.recv(65536):
                    client.sendall(chunk)
