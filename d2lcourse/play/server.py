"""Serving a player's page on this machine."""

import atexit
import logging
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from d2lcore.errors import require, unknown

from . import PLAYERS
from .background import python

HOST = "127.0.0.1"  # nobody else on the network
PORT = 5006
TRIED = 50  # ports
PATIENCE = 60.0  # seconds for a page to be there
LINGER = 10.0  # seconds after which a page that was closed is forgotten, and its work stops


def player_of(chapter: str) -> Any:
    """The player of a chapter. Raises ValueError with the nearest name if it has none."""
    import importlib

    if chapter not in PLAYERS:
        raise ValueError(unknown("player", chapter, PLAYERS))
    require("bokeh", "a player", extra="play")
    return importlib.import_module(f"{__package__}.{chapter}").PLAYER


def serve(
    chapter: str, *, answers: Path | None = None, port: int | None = None,
    said: Callable[[str], object] = print, ready: Callable[[str], object] = lambda url: None,
) -> None:  # fmt: skip
    """Serve the page until Ctrl-C. said: is told where. ready: is called with the address once it is up."""
    server, url = _server(chapter, answers, port, said)
    said(f"{chapter}: {url}  (Ctrl-C ends it)")
    try:
        server.io_loop.add_callback(ready, url)
        server.io_loop.start()
    finally:
        server.stop()


def serve_beside(chapter: str, *, answers: Path | None = None) -> str:
    """Serve the page from a process of its own, until this one ends; its address.

    Not from a thread: the page trains, and would draw from the generator of whoever calls this.
    """
    player = player_of(chapter)  # errors are the caller's
    words = ["play", chapter, "--no-browser", "--port", str(port := free_port(PORT))]
    if answers is not None:
        from .run import Mine

        Mine(player, answers)
        words += ["--mine", "--folder", str(answers.resolve())]
    code = "from d2lcourse.cli import main; main()"
    running = python(code, *words, output=subprocess.DEVNULL)
    atexit.register(running.terminate)
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and running.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return f"http://localhost:{port}/"
        time.sleep(0.1)
    raise RuntimeError(f"the page of {chapter} did not start within {PATIENCE:.0f} seconds")


def _server(
    chapter: str, answers: Path | None, port: int | None, said: Callable[[str], object]
) -> tuple[Any, str]:
    player = player_of(chapter)
    from bokeh.application import Application
    from bokeh.application.handlers import FunctionHandler
    from bokeh.server.server import Server

    from .page import page
    from .run import Mine, advanced, begin, seen

    seen(player, advanced(player, begin(player, player.defaults), player.defaults), player.defaults)  # warm
    if answers is not None:
        Mine(player, answers)  # says now what is missing
    chosen = free_port(PORT if port is None else port)
    if port is not None and chosen != port:
        said(f"port {port} is taken; this one is free: {chosen}")
    hosts = [f"{name}:{chosen}" for name in (HOST, "localhost")]
    app = Application(FunctionHandler(page(player, answers)))
    logging.getLogger("bokeh.server.views.ws").setLevel(logging.ERROR)  # a closed page is no news
    server = Server(
        {"/": app}, port=chosen, address=HOST, allow_websocket_origin=hosts, num_procs=1,
        unused_session_lifetime_milliseconds=int(1000 * LINGER), check_unused_sessions_milliseconds=1000,
    )  # fmt: skip
    server.start()
    return server, f"http://localhost:{chosen}/"


def free_port(port: int) -> int:
    """`port`, or the next one that is free. Raises ValueError if there is none among the next fifty."""
    if not 0 < port < 65536:
        raise ValueError(f"--port {port}: a port is a number from 1 to 65535")
    for one in range(port, min(port + TRIED, 65536)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, one))
            except OSError:
                continue
            return one
    raise ValueError(f"--port {port}: it and the next {TRIED} are taken; name another")
