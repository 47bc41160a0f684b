"""The page of a player: knobs, a row of buttons, pictures, and, with --mine, the reader's beside ours."""

import contextlib
import html
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bokeh.document import Document
from bokeh.layouts import column, row
from bokeh.models import Button, CustomJS, Div, PointDrawTool, RadioButtonGroup
from bokeh.models import Slider as SliderWidget

from d2lcourse.catalog import chapters

from .background import Background
from .player import Choice, Picture, Player, Points, State, View
from .run import Mine, advanced, begin, pulled, seen

TICK = 40  # milliseconds between two pictures
STEPS = 10  # that the reader's function goes on at a time
WRAP = {"flex-wrap": "wrap", "gap": "8px"}
# Bokeh's tool tells where dots are when they are let go; this tells it while they move.
MOVING = "if (source.selected.indices.length) source.setv({data: source.data}, {check_eq: false})"
NARROW = ":host { max-width: calc(100vw - 25px); } .bk-btn-group { flex-wrap: wrap; }"  # on a narrow page


def page(player: Player, answers: Path | None) -> Callable[[Document], None]:
    """What Bokeh calls for each window that opens. answers: the folder of the reader's, for --mine."""

    def open_window(document: Document) -> None:
        Window(player, document, Mine(player, answers) if answers else None)

    return open_window


class Window:
    """One window: a state of its own, and everything that is seen in it."""

    def __init__(self, player: Player, document: Document, mine: Mine | None) -> None:
        self.player, self.document, self.mine = player, document, mine
        self.knobs: dict[str, Any] = dict(player.defaults)
        self.running: Any = None
        self.numbers = Div(name="numbers", sizing_mode="stretch_width")
        self.ours = player.pictures()
        self.theirs = player.pictures() if mine else []
        self.their_numbers = Div(name="their numbers", sizing_mode="stretch_width")
        self.said = Div(name="said", text="", sizing_mode="stretch_width")
        self.state: State = {}
        self.their_state: State | None = None
        self.thread = Background("the reader's function") if mine else None
        self.busy = self.stale = False
        self.points: Points | None = None  # where they were dragged since the last reset
        self.drawing = self.following = False
        self._lay_out()
        self._take_hold()
        self.reset()
        document.on_session_destroyed(self._closed)
        if mine:
            self._in_background(mine.verdict, self._say)

    # What the reader does

    def reset(self) -> None:
        self.state, self.points = begin(self.player, self.knobs), None
        self.anew = True
        self._show()
        self._show_theirs()

    def step(self) -> None:
        self.state = advanced(self.player, self.state, self.knobs)
        self._show()
        if self.state["step"] % STEPS == 0 or self.running is None:
            self._show_theirs()

    def toggle(self) -> None:
        if self.running is None:
            self.running = self.document.add_periodic_callback(self.step, TICK)
        else:
            self.document.remove_periodic_callback(self.running)
            self.running = None
            self._show_theirs()  # up to the same step
        self.start.label = "Start" if self.running is None else "Pause"

    def turn(self, name: str, value: Any) -> None:
        """A knob is turned."""
        self.knobs[name] = value
        if self.player.knobs[name].new or self.player.advance is None:
            self.reset()
        else:
            self._show()
            self._show_theirs()

    def drag(self, points: Points) -> None:
        """Dots are dragged, or added. Their places come faster than they can be drawn."""
        if self.drawing:
            return  # it was the page that moved them
        self.points = {name: list(column) for name, column in points.items()}
        if not self.following:
            self.following = True
            self.document.add_timeout_callback(self._follow, TICK)

    def _follow(self) -> None:
        self.following = False
        self._show()
        self._show_theirs()

    # What is seen

    def _show(self) -> None:
        self.state = pulled(self.player, self.state, self.knobs, self.points)
        self._draw(self.ours, seen(self.player, self.state, self.knobs), self.numbers, self.state["step"])
        if self.points is not None:  # as drawn: a new one has got what it had not
            self.points = {name: list(column) for name, column in self.held.data.items()}

    def _draw(self, pictures: Any, view: View, numbers: Div, step: int) -> None:
        self.drawing = True
        try:
            for picture in pictures:
                picture.show(view)
        finally:
            self.drawing = False
        cells = {"step": step, **view["numbers"]} if self.player.advance else view["numbers"]
        numbers.text = " &nbsp; ".join(
            f"{html.escape(name)} <b data-name='{html.escape(name)}'>{_digits(value)}</b>"
            for name, value in cells.items()
        )

    def _show_theirs(self) -> None:
        """Compute with the reader's functions; while that lasts, only remember that there is more to do."""
        if self.mine is None:
            return
        self.stale = self.busy
        if self.busy:
            return
        self.busy = True
        state, knobs, points = None if self.anew else self.their_state, dict(self.knobs), self.points
        self.anew = False
        steps = self.state["step"] - (state["step"] if state else 0)
        mine = self.mine
        self._in_background(lambda: mine.see(state, knobs, steps, points), self._they_are)

    def _they_are(self, came: tuple[State | None, View | None, str]) -> None:
        self.busy = False
        self.their_state, view, why = came
        if self.their_state is not None and view is not None:
            try:
                self._draw(self.theirs, view, self.their_numbers, self.their_state["step"])
            except Exception as error:  # whatever the function gave
                why = f"what your function gave cannot be drawn ({error})"
        if why:
            self.their_numbers.text = ""
        self.failed.text = html.escape(why)
        if self.stale:
            self._show_theirs()

    def _say(self, verdict: str) -> None:
        self.said.text = f"<pre style='white-space: pre-wrap'>{html.escape(verdict)}</pre>"

    def _in_background(self, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        assert self.thread is not None

        thread = self.thread

        def run() -> None:
            result = work()
            if not thread.closed:
                with contextlib.suppress(
                    AttributeError
                ):  # the page has gone meanwhile, and its document with it
                    self.document.add_next_tick_callback(lambda: then(result))

        thread.submit(run)

    def _closed(self, context: Any) -> None:
        """The page was closed, and Bokeh has taken its callbacks away."""
        self.running = None
        if self.thread is not None:
            self.thread.close()

    def _take_hold(self) -> None:
        """Give the tool for dragging to the picture that has dots for it."""
        for figure, _, dots in self.ours if self.player.dragged else ():
            if dots is not None:
                tool = PointDrawTool(renderers=[dots], add=self.player.adds, empty_value="")
                figure.add_tools(tool)
                figure.toolbar.active_drag = figure.toolbar.active_tap = tool
                self.held = dots.data_source
                self.held.on_change("data", lambda attr, old, new: self.drag(new))
                figure.js_on_event("pan", CustomJS(args={"source": self.held}, code=MOVING))

    # How it is laid out

    def _lay_out(self) -> None:
        about = next(chapter for chapter in chapters() if chapter.name == self.player.chapter)
        self.start = Button(label="Start", button_type="primary", width=90, name="start")
        self.start.on_click(self.toggle)
        buttons = [self.start]
        for label, act in (("Step", self.step), ("Reset", self.reset)):
            button = Button(label=label, width=90, name=label.lower())
            button.on_click(act)
            buttons.append(button)
        if self.player.advance is None:
            buttons = buttons[2:]
        title = f"<h2 style='margin:0'>{html.escape(about.title)}</h2>{html.escape(self.player.suggestion)}"
        self.failed = Div(name="failed", text="", styles={"color": "#a00"})
        parts = [
            Div(text=title, sizing_mode="stretch_width"),
            row(*self._widgets(), styles=WRAP),
            row(*buttons),
        ]
        parts += [self.numbers, _side_by_side(self.ours)]
        if self.mine:
            names = ", ".join(self.mine.files)
            parts += [Div(text=f"<b>The same with your {html.escape(names)}</b>"), self.failed]
            parts += [self.their_numbers, _side_by_side(self.theirs), self.said]
        self.document.title = f"{self.player.chapter} - d2lcore"
        self.document.add_root(column(*parts, sizing_mode="stretch_width"))

    def _widgets(self) -> list[Any]:
        made = []
        for name, knob in self.player.knobs.items():
            if isinstance(knob, Choice):
                group = RadioButtonGroup(
                    labels=list(knob.words), active=list(knob.words).index(knob.value), name=name,
                    stylesheets=[NARROW],
                )  # fmt: skip
                group.on_change(
                    "active", lambda a, o, i, name=name, words=knob.words: self.turn(name, words[i])
                )
                made.append(column(Div(text=html.escape(knob.label)), group))
            else:
                slider = SliderWidget(
                    title=knob.label, start=knob.low, end=knob.high, step=knob.step, value=knob.value,
                    name=name, width=240,
                )  # fmt: skip
                slider.on_change("value", lambda a, o, value, name=name: self.turn(name, value))
                made.append(slider)
        return made


def _side_by_side(pictures: Sequence[Picture]) -> Any:
    return row(*(picture.figure for picture in pictures), styles=WRAP, sizing_mode="stretch_width")


def _digits(value: Any) -> str:
    return html.escape(value) if isinstance(value, str) else f"{value:.6g}"
