"""Wrong answers of the bank beside the chapter's function: which number of the page gives each away."""

import html
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

pytest.importorskip("bokeh", reason="the extra `play` is not installed")

from d2lcourse.exercises.exercise import named
from d2lcourse.play.run import Mine, begin, seen
from d2lcourse.play.server import player_of


class Wrong(NamedTuple):
    """A wrong answer, by the beginning of its diagnosis, and the number in which it is seen."""

    player: str
    exercise: str
    diagnosis: str
    shown: str  # under numbers
    ours: tuple[float, float]  # the bounds between which it is
    theirs: tuple[float, float]
    knobs: Any = ()  # pairs


WRONG = [
    Wrong("dropout", "dropout_layer", "mask not rescaled", "mean of 10,000 activations of 1",
          (0.94, 1.06), (0.47, 0.53)),
    Wrong("backpropagation", "backward", "dO is still the probabilities", "gradient of W1[0, 0], by hand",
          (1.95, 1.96), (0.95, 0.96)),
    Wrong("distribution_shift", "label_shift_weights", "the weights are upside down", "mean weight",
          (0.99, 1.01), (1.1, 1e6), [("kind", "label")]),
    Wrong("initialization", "xavier_uniform_", "this a is the standard deviation", "standard deviation of W1",
          (0.1, 0.15), (0.05, 0.08)),
    Wrong("softmax_regression", "softmax", "the sum goes over the examples", "largest gradient",
          (0.8, 0.9), (0.95, 1.0)),
]  # fmt: skip


@pytest.fixture(params=WRONG, ids=lambda wrong: f"{wrong.player}: {wrong.exercise}")
def wrong(request: pytest.FixtureRequest, tmp_path: Path) -> Wrong:
    """One of WRONG, its code in the folder of the reader's answers."""
    of_exercise = named(request.param.exercise).mistakes
    code = next(one.code for one in of_exercise if one.diagnosis.startswith(request.param.diagnosis))
    (tmp_path / f"{request.param.exercise}.py").write_text(code, encoding="utf-8")
    return request.param


def test_a_number_gives_it_away_and_the_checker_says_why(wrong: Wrong, tmp_path: Path) -> None:
    player = player_of(wrong.player)
    knobs, mine = {**player.defaults, **dict(wrong.knobs)}, Mine(player, tmp_path)
    ours = seen(player, begin(player, knobs), knobs)["numbers"][wrong.shown]
    _, view, why = mine.see(None, knobs, 0)
    assert why == ""
    theirs = view["numbers"][wrong.shown]
    assert wrong.ours[0] < ours < wrong.ours[1]
    assert wrong.theirs[0] < theirs < wrong.theirs[1]
    assert wrong.diagnosis in mine.verdict()


PATIENCE = 60_000  # milliseconds, for a machine on which much else runs


class Page:
    """A player's page in the browser. errors: of its console. hosts: that it asked for anything."""

    def __init__(self, browser: Any, url: str) -> None:
        self.errors: list[str] = []
        self.hosts: set[str] = set()
        self.tab = browser.new_page(viewport={"width": 1400, "height": 900})
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
def look(browser: Any) -> Iterator[Callable[..., Page]]:
    """Opens the page of a player, with the answers of a folder beside ours."""
    from d2lcourse.play.server import serve_beside

    opened = []

    def look(chapter: str, answers: Path | None = None) -> Page:
        opened.append(Page(browser, serve_beside(chapter, answers=answers)))
        return opened[-1]

    yield look
    for page in opened:
        page.tab.close()


@pytest.mark.experiment
@pytest.mark.browser
def test_the_page_shows_it_beside_ours(wrong: Wrong, tmp_path: Path, look: Callable[..., Page]) -> None:
    page = look(wrong.player, tmp_path)
    for _, word in wrong.knobs:
        page.tab.get_by_text(word, exact=True).click()
    page.wait_for("said", html.escape(wrong.diagnosis))
    if wrong.knobs:  # theirs comes later
        page.wait_for("their numbers", "label shift test")
    assert wrong.theirs[0] < page.number(wrong.shown, among="their numbers") < wrong.theirs[1]
    assert wrong.ours[0] < page.number(wrong.shown) < wrong.ours[1]
    assert page.text("failed") == ""
    assert page.errors == []


ENDLESS = "def dropout_layer(X, p):\n    while True:\n        pass\n"
EXITS = "import os\ndef dropout_layer(X, p):\n    os._exit(3)\n"
CRASHES = "import os, signal\ndef dropout_layer(X, p):\n    os.kill(os.getpid(), signal.SIGSEGV)\n"


@pytest.mark.experiment
@pytest.mark.browser
@pytest.mark.parametrize(
    ("code", "why"),
    [
        (ENDLESS, "did not end within 5 seconds"),
        (EXITS, "ended its own process (exit status 3)"),
        (CRASHES, "crashed Python (signal 11)"),
    ],
    ids=["an endless loop", "an exit", "a crash"],
)
def test_the_page_lives_on_and_says_what_became_of_the_function(
    code: str, why: str, tmp_path: Path, look: Callable[..., Page]
) -> None:
    (tmp_path / "dropout_layer.py").write_text(code, encoding="utf-8")
    page = look("dropout", tmp_path)
    page.press("Step")  # the reader's function may still run
    page.wait_for("numbers", "data-name='step'>1<")
    page.wait_for("failed", why)
    page.wait_for("said", "dropout_layer: not yet")
    page.press("Start")
    page.tab.wait_for_function(
        "parseInt(Bokeh.documents[0].get_model_by_name('numbers').text.split(\"data-name='step'>\")[1]) > 20"
    )
    assert page.text("their numbers") == ""  # nothing that is not there is shown
    assert page.errors == []
    assert len(page.hosts) == 1
