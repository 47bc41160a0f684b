"""What a player is: knobs, a state that goes on step by step, and pictures of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

State = dict[str, Any]  # tensors, numbers, texts and lists of them: what goes from one process to another
Knobs = Mapping[str, Any]  # the values of the knobs, by name
View = dict[
    str, Any
]  # what the pictures show: plain lists and numbers; those under "numbers" are printed too
Points = Mapping[str, Sequence[Any]]  # the columns of a picture's points, by name


class Slider(NamedTuple):
    """A number that moves. new: moving it begins anew, as the width of a network does."""

    label: str
    low: float
    high: float
    step: float
    value: float
    new: bool = False


class Choice(NamedTuple):
    """One of several words."""

    label: str
    words: Sequence[str]
    value: str
    new: bool = True


class Picture(NamedTuple):
    """A Bokeh figure, and the function that puts a view into it. dots: those in it that can be dragged."""

    figure: Any
    show: Callable[[View], None]
    dots: Any = None


@dataclass(frozen=True, kw_only=True)
class Player:
    """A chapter that moves.

    chapter: whose functions it calls. suggestion: one sentence of what to try. knobs: by name.
    first: the state from which it begins. advance: the next state, for a player that trains or draws at
    random; it is called with torch's generator seeded. look: what there is to see. pictures: makes the
    figures, two or three. functions: exercises whose functions the reader's may replace.
    dragged: the state once the dots of a picture are where `points` says. adds: clicking beside them makes a
    new one, whose columns other than its place are "".
    """

    chapter: str
    suggestion: str
    knobs: Mapping[str, Slider | Choice]
    first: Callable[[Knobs], State]
    look: Callable[[State, Knobs], View]
    pictures: Callable[[], Sequence[Picture]]
    advance: Callable[[State, Knobs], State] | None = None
    functions: Sequence[str] = ()
    dragged: Callable[[State, Knobs, Points], State] | None = None
    adds: bool = False
    defaults: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "defaults", {name: knob.value for name, knob in self.knobs.items()})


def put(source: Any, columns: Points) -> None:
    """Columns into a Bokeh source, unless they are there: or else a dot that is being dragged jumps back."""
    if any(list(source.data.get(name, ())) != list(column) for name, column in columns.items()):
        source.data = dict(columns)
