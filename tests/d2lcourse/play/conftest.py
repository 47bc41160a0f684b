"""A browser that looks at the pages of players, and reaches nothing but this machine."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
           "--disable-sync", "--no-first-run"]  # fmt: skip
PATIENCE = 60_000  # milliseconds, for a machine on which much else runs


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Chromium, driven by Playwright; skips where one of the two is missing."""
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip("Chromium is not installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=OPTIONS)
        yield browser
        browser.close()


class Seen:
    """A player's page in the browser. errors: of its console. hosts: that it asked for anything."""

    def __init__(self, chromium: Any, url: str) -> None:
        self.errors: list[str] = []
        self.hosts: set[str] = set()
        self.tab = chromium.new_page(viewport={"width": 1400, "height": 900})
        self.tab.set_default_timeout(PATIENCE)
        self.tab.on("pageerror", lambda error: self.errors.append(str(error)))
        self.tab.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)
        self.tab.on("request", lambda request: self.hosts.add(request.url.split("/")[2]))
        self.tab.goto(url)
        self.tab.wait_for_function("window.Bokeh && Bokeh.documents.length && Bokeh.documents[0].is_idle")

    def text(self, name: str) -> str:
        """Of the text called `name`."""
        return self.tab.evaluate(f"Bokeh.documents[0].get_model_by_name({name!r}).text")

    def wait_for(self, name: str, part: str) -> str:
        """Until the text called `name` contains `part`; the text."""
        self.tab.wait_for_function(f"Bokeh.documents[0].get_model_by_name({name!r}).text.includes({part!r})")
        return self.text(name)

    def number(self, name: str, among: str = "numbers") -> float:
        """The number called `name`, as the page shows it."""
        self.tab.wait_for_function(f"Bokeh.documents[0].get_model_by_name({among!r}).text.length")
        return float(self.text(among).split(f"data-name='{name}'>")[1].split("<")[0])

    def press(self, label: str) -> None:
        self.tab.get_by_role("button", name=label, exact=True).click()


@pytest.fixture
def look(chromium: Any) -> Iterator[Callable[..., Seen]]:
    """Opens the page of a player, with the answers of a folder beside ours."""
    from d2lcourse.play.server import serve_beside

    opened = []

    def look(chapter: str, answers: Path | None = None) -> Seen:
        opened.append(Seen(chromium, serve_beside(chapter, answers=answers)))
        return opened[-1]

    yield look
    for page in opened:
        page.tab.close()
