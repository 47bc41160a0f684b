"""Serve every player from one process, at the address of its name: `python every_player.py PORT`."""

import sys

from bokeh.application import Application
from bokeh.application.handlers import FunctionHandler
from bokeh.server.server import Server

from d2lcourse.play import PLAYERS
from d2lcourse.play.page import page
from d2lcourse.play.run import advanced, begin, seen
from d2lcourse.play.server import HOST, player_of

if __name__ == "__main__":
    port = int(sys.argv[1])
    apps = {}
    for name in PLAYERS:
        player = player_of(name)
        seen(player, advanced(player, begin(player, player.defaults), player.defaults), player.defaults)
        apps[f"/{name}"] = Application(FunctionHandler(page(player, None)))
    server = Server(apps, port=port, address=HOST, allow_websocket_origin=[f"{HOST}:{port}"])
    server.start()
    print("ready", flush=True)
    server.io_loop.start()
