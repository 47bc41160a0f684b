"""The players in a real browser. One server and one browser for all; a page is opened once for each player.

The limits of time are for a machine that is busy with other tests. On an idle one of two cores a page must
be there within 2 seconds and show 15 pictures a second.
"""

import functools
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("bokeh", reason="the extra `play` is not installed")

from d2lcourse.play import PLAYERS
from d2lcourse.play.player import Choice, Player, Slider, State, View
from d2lcourse.play.run import advanced, begin, pulled, seen
from d2lcourse.play.server import HOST, free_port, player_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FIRST, SOON, RATE, LOOKED = 20.0, 20.0, 3.0, 2.0  # seconds, seconds, pictures a second, seconds
DOTS = """() => {  // where the middle of each dot is on the screen
    const views = [], collect = view => { views.push(view); (view.child_views || []).forEach(collect) }
    Object.values(Bokeh.index.roots || Bokeh.index).forEach(collect)
    const tool = view => view.model.toolbar?.tools.find(one => one.type == 'PointDrawTool')
    const plot = views.find(tool)
    const box = plot.el.getBoundingClientRect(), frame = plot.frame
    const {x, y} = tool(plot).renderers[0].data_source.data
    return Array.from(x, (_, i) => [box.x + frame.x_scale.compute(x[i]), box.y + frame.y_scale.compute(y[i])])
}"""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Where the server of every player is."""
    port = free_port(5600)
    command = [sys.executable, str(Path(__file__).with_name("every_player.py")), str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            assert server.stdout.readline() == "ready\n"
            yield f"http://{HOST}:{port}"
        finally:
            server.kill()


class Tab:
    """A player's page in the browser, and what it asked for and complained of."""

    def __init__(self, browser: Any, address: str, name: str) -> None:
        self.player: Player = player_of(name)
        self.page = browser.new_page(viewport={"width": 1400, "height": 1000})
        self.errors: list[str] = []
        self.urls: list[str] = []
        self.page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self.urls.append(request.url))
        self.page.on("websocket", lambda socket: self.urls.append(socket.url))
        started = time.perf_counter()
        self.page.goto(f"{address}/{name}")
        self.page.wait_for_selector("canvas", timeout=1000 * FIRST)
        self.page.wait_for_selector("b[data-name]", timeout=1000 * FIRST)
        self.first = time.perf_counter() - started

    def numbers(self) -> dict[str, str]:
        shown = self.page.locator("b[data-name]")
        return dict(shown.evaluate_all("all => all.map(one => [one.dataset.name, one.textContent])"))

    def step(self) -> int:
        return int(self.numbers()["step"])

    def value(self, knob: str) -> Any:
        return self.page.evaluate(f"Bokeh.documents[0].get_model_by_name('{knob}').value")

    def press(self, button: str, key: str = "Enter") -> None:
        self.page.get_by_role("button", name=button, exact=True).press(key)

    def wait(self, ready: Callable[[], bool], what: str) -> None:
        end = time.perf_counter() + SOON
        while not ready():
            assert time.perf_counter() < end, f"{self.player.chapter}: {what}; it shows {self.numbers()}"
            self.page.wait_for_timeout(20)

    def wait_for(self, state: State, knobs: dict[str, Any], what: str) -> None:
        """Wait until the page shows the numbers that the chapter's functions give."""
        expected = texts(self.player, state, seen(self.player, state, knobs))
        self.wait(lambda: self.numbers() == expected, f"{what}, not {expected}")


def texts(player: Player, state: State, view: View) -> dict[str, str]:
    numbers = view["numbers"] | ({"step": state["step"]} if player.advance else {})
    return {name: one if isinstance(one, str) else f"{one:.6g}" for name, one in numbers.items()}


@pytest.fixture
def tab(browser: Any, address: str) -> Iterator[Callable[[str], Tab]]:
    tabs = []

    def open_tab(name: str) -> Tab:
        tabs.append(Tab(browser, address, name))
        return tabs[-1]

    yield open_tab
    for one in tabs:
        one.page.close()


@pytest.mark.parametrize("name", PLAYERS)
def test_a_player_in_the_browser(
    name: str, tab: Callable[[str], Tab], address: str, record_property: Callable[[str, object], None]
) -> None:
    shown = tab(name)
    knobs = dict(shown.player.defaults)
    state = begin(shown.player, knobs)
    shown.wait_for(state, knobs, "the first numbers")
    if shown.player.advance:
        shown.press("Step", "Space")
        state = advanced(shown.player, state, knobs)
        shown.wait_for(state, knobs, "Step by the keyboard")
    state = turn_every_knob(shown, state, knobs)
    rate = run_by_keyboard(shown, state, knobs) if shown.player.advance else 0.0
    for width in (1400, 400):
        shown.page.set_viewport_size({"width": width, "height": 900})
        fits = f"document.documentElement.scrollWidth <= {width}"
        shown.wait(functools.partial(shown.page.evaluate, fits), f"it scrolls sideways at {width}")
    assert shown.errors == []
    assert [url for url in shown.urls if url.split("://")[1].split("/")[0] != address.split("://")[1]] == []
    record_property("counts", f"{name}: first picture {shown.first:.1f} s, {rate:.0f} pictures a second")


def turn_every_knob(shown: Tab, state: State, knobs: dict[str, Any]) -> State:
    """Move each knob, sliders by the keyboard, and compare; at least one changes the numbers at once."""
    changes = 0
    for name, knob in shown.player.knobs.items():
        before = shown.numbers()
        if isinstance(knob, Choice):
            other = (list(knob.words).index(knob.value) + 1) % len(knob.words)
            shown.page.evaluate(f"Bokeh.documents[0].get_model_by_name('{name}').active = {other}")
            knobs[name] = knob.words[other]
        else:
            move(shown, name, knob)
            knobs[name] = shown.value(name)
        if knob.new or shown.player.advance is None:
            state = begin(shown.player, knobs)
        shown.wait_for(state, knobs, f"{name} at {knobs[name]}")
        changes += shown.numbers() != before
    assert changes
    return state


def move(shown: Tab, name: str, knob: Slider) -> None:
    """One step of a slider, by an arrow key."""
    handles = shown.page.get_by_role("slider")
    sliders = [one for one, other in shown.player.knobs.items() if isinstance(other, Slider)]
    handles.nth(sliders.index(name)).press("ArrowLeft" if knob.value >= knob.high else "ArrowRight")
    shown.wait(lambda: shown.value(name) != knob.value, f"{name} does not move")


def run_by_keyboard(shown: Tab, state: State, knobs: dict[str, Any]) -> float:
    """Start and pause, and compare what is there then; pictures a second."""
    shown.press("Start")
    shown.wait(lambda: shown.step() > state["step"], "Start by the keyboard")
    before, started = shown.step(), time.perf_counter()
    shown.page.wait_for_timeout(1000 * LOOKED)
    rate = (shown.step() - before) / (time.perf_counter() - started)
    shown.press("Pause")
    shown.page.get_by_role("button", name="Start", exact=True).wait_for()
    state = advanced(shown.player, state, knobs, shown.step() - state["step"])
    shown.wait_for(state, knobs, "after a pause")
    assert rate > RATE
    return rate


@pytest.mark.parametrize("name", [name for name in PLAYERS if player_of(name).dragged])
def test_a_dot_is_dragged_and_followed_before_it_is_let_go(name: str, tab: Callable[[str], Tab]) -> None:
    shown = tab(name)
    mouse, before = shown.page.mouse, shown.numbers()
    x, y = shown.page.evaluate(DOTS)[-1]
    mouse.move(x, y)
    mouse.down()
    mouse.move(x - 3, y + 60, steps=6)
    shown.wait(lambda: shown.numbers() != before, "it does not follow")
    mouse.up()
    state = begin(shown.player, shown.player.defaults)
    points = dragged_points(shown)
    shown.wait_for(
        pulled(shown.player, state, shown.player.defaults, points), shown.player.defaults, "dragged"
    )
    moved = shown.page.evaluate(DOTS)[-1]
    assert moved == pytest.approx([x - 3, y + 60], abs=2)
    if shown.player.adds:
        mouse.click(x + 30, y + 30)
        shown.wait(lambda: len(shown.page.evaluate(DOTS)) == len(points["x"]) + 1, "none is added")
    assert shown.errors == []


def dragged_points(shown: Tab) -> dict[str, list[Any]]:
    """The columns of the dots in the page."""
    found = """() => { const tools = Bokeh.documents[0]._all_models.values()
        const tool = Array.from(tools).find(one => one.type == 'PointDrawTool')
        return Object.fromEntries(Object.entries(tool.renderers[0].data_source.data)
            .map(([name, column]) => [name, Array.from(column)])) }"""
    return shown.page.evaluate(found)
