"""Who looks at a figure: a notebook, a window, or a script that asks pyplot for it later."""

import sys
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from .errors import require

if TYPE_CHECKING:
    import matplotlib.figure

    from .lazy_figure import LazyFigure

# How many figures of curves pyplot keeps open where nobody sees them; it warns at 21 figures of all kinds.
MOST_OPEN = 10

_Draw = Callable[["LazyFigure"], object]
_kept: list["weakref.ref[LazyFigure]"] = []
_left: list["weakref.ref[LazyFigure]"] = []
_waiting: deque[tuple[tuple[float, float], _Draw]] = deque(maxlen=MOST_OPEN)
_nobody_looks = False


def pyplot() -> Any:
    """matplotlib.pyplot, with the figures that were left open before it was loaded."""
    module = require("matplotlib.pyplot", "plotting")
    waiting = list(_waiting)
    _waiting.clear()  # first: what makes a figure comes through here too
    for figsize, draw in waiting:
        _leave(figsize, draw)
    return module


def in_notebook() -> bool:
    """Whether this code runs in a Jupyter kernel."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell is not None and getattr(shell, "kernel", None) is not None


def has_window(figure: "matplotlib.figure.Figure") -> bool:
    """Whether the figure was made by a backend that shows it in a window."""
    return getattr(figure.canvas, "required_interactive_framework", None) is not None


def is_lazy(figure: "matplotlib.figure.Figure") -> bool:
    """Whether the figure is an Animator's, or one left open."""
    from .lazy_figure import LazyFigure

    return isinstance(figure, LazyFigure)


def lazy_figure(figsize: tuple[float, float]) -> "LazyFigure":
    """A figure of pyplot, of `figsize` inches, that is drawn when somebody looks at it."""
    from .lazy_figure import LazyFigure

    figure: LazyFigure = pyplot().figure(FigureClass=LazyFigure, figsize=figsize, layout="constrained")
    return figure


def keep_open(figure: "LazyFigure") -> None:
    """Leave the figure with pyplot, for `plt.savefig` and `plt.show()`; of those kept so, the oldest go."""
    from matplotlib._pylab_helpers import Gcf  # pyplot's own list, which matplotlib_inline reads too

    _kept.append(weakref.ref(figure))
    managed = {id(manager.canvas.figure) for manager in Gcf.get_all_fig_managers()}
    still = [one for one in _alive(_kept) if id(one) in managed]  # the others were closed by their reader
    for oldest in still[:-MOST_OPEN]:
        pyplot().close(oldest)
    _kept[:] = map(weakref.ref, still[-MOST_OPEN:])


def leave_open(figsize: tuple[float, float], draw: _Draw) -> None:
    """`keep_open` a figure that `draw(figure)` fills when somebody looks at it.

    Pyplot is not loaded for that: until it is, the figure waits for `d2l.plt`. Nothing is left outside the
    main thread, where windows must not be opened, nor inside `leaving_none`.
    """
    if _nobody_looks or threading.current_thread() is not threading.main_thread():
        return
    if "matplotlib.pyplot" in sys.modules:
        pyplot()  # those that wait come first
        _leave(figsize, draw)
    else:
        _waiting.append((figsize, draw))


def _leave(figsize: tuple[float, float], draw: _Draw) -> None:
    figure = lazy_figure(figsize)
    figure.refresh = partial(draw, figure)
    keep_open(figure)
    _left[:] = map(weakref.ref, [*_alive(_left), figure])


def _alive(references: list["weakref.ref[LazyFigure]"]) -> list["LazyFigure"]:
    return [figure for reference in references if (figure := reference()) is not None]


@contextmanager
def leaving_none() -> Iterator[None]:
    """Inside, `leave_open` does nothing: nobody will look before this process ends."""
    global _nobody_looks
    before, _nobody_looks = _nobody_looks, True
    try:
        yield
    finally:
        _nobody_looks = before


def release(figure: "matplotlib.figure.Figure") -> None:
    """Let pyplot forget a figure that nobody will see in a notebook or window; it can still be saved."""
    plt = sys.modules.get("matplotlib.pyplot")
    if plt is not None and not in_notebook() and not has_window(figure):
        plt.close(figure)


def release_left() -> None:
    """Let pyplot forget the figures of `leave_open`."""
    _waiting.clear()
    for figure in _alive(_left):
        pyplot().close(figure)
    _left.clear()
