"""The command `d2lcore play`."""

from pathlib import Path

import click

from d2lcore.command_line import Folder
from d2lcourse.exercises.answers import FOLDER


@click.command("play")
@click.argument("chapter", required=False)
@click.option("--mine", is_flag=True, help="With the functions of your own answers beside the chapter's.")
@click.option("--folder", type=Folder(), default=FOLDER, show_default=True, help="Where your answers are.")
@click.option("--port", type=int, help="Port of the page; by default 5006, or the next one that is free.")
@click.option("--no-browser", is_flag=True, help="Only say where the page is.")
def play(chapter: str | None, mine: bool, folder: Path, port: int | None, no_browser: bool) -> None:
    """Open a page on which CHAPTER's own functions run while you move sliders. Without CHAPTER: list them."""
    from . import PLAYERS

    if chapter is None:
        click.echo("\n".join(f"d2lcore play {name}" for name in PLAYERS))
        return
    from .server import serve

    def show(url: str) -> None:
        import webbrowser

        if not no_browser and not webbrowser.open(url):
            click.echo("no browser opened: open the address above in one")

    serve(chapter, answers=folder if mine else None, port=port, said=click.echo, ready=show)
