"""The figure in which edition 1.0 follows a training: curves by name, points that are means (3.2.1)."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from ..animator import Animator
from ..plotting import set_axes
from .hyperparameters import HyperParameters, restorable


class Point(NamedTuple):
    """A point of a curve."""

    x: float
    y: float


@restorable
class ProgressBoard(HyperParameters):
    """Curves that grow while something runs: `board.draw(x, y, "loss")`.

    `data[label]` is the list of the points of a curve, with `x` and `y`. Every argument can be changed until
    the next point is drawn, such as `board.yscale = "log"`. In a notebook the figure is redrawn in place;
    elsewhere it is a figure of pyplot like any other, `board.fig`.
    ls, colors: line styles and colors of the curves, in order; curves beyond are not drawn.
    axes, or fig: where to draw, instead of a figure of its own of `figsize` inches.
    display: False draws nothing; the points are kept.
    """

    xlabel: str | None
    ylabel: str | None
    xlim: Sequence[float] | None
    ylim: Sequence[float] | None
    xscale: str
    yscale: str
    ls: Sequence[Any]
    colors: Sequence[Any]
    fig: Any
    axes: Any
    figsize: tuple[float, float]
    display: bool
    _growing: "_Figure | None" = None

    def __init__(
        self,
        xlabel: str | None = None,
        ylabel: str | None = None,
        xlim: Sequence[float] | None = None,
        ylim: Sequence[float] | None = None,
        xscale: str = "linear",
        yscale: str = "linear",
        ls: Sequence[Any] = ("-", "--", "-.", ":"),
        colors: Sequence[Any] = ("C0", "C1", "C2", "C3"),
        fig: Any = None,
        axes: Any = None,
        figsize: tuple[float, float] = (3.5, 2.5),
        display: bool = True,
    ) -> None:
        self.save_hyperparameters()
        self.raw_points: dict[str, list[Point]] = {}
        self.data: dict[str, list[Point]] = {}
        self._lines: dict[str, Any] = {}
        self._look: tuple = ()

    def draw(self, x: Any, y: Any, label: str, every_n: int = 1) -> None:
        """Add a value to the curve `label`; every `every_n` of them are drawn as one point, their mean."""
        points = self.raw_points.setdefault(label, [])
        curve = self.data.setdefault(label, [])
        points.append(Point(float(x), float(y)))
        if len(points) < every_n:
            return
        curve.append(Point(*(sum(values) / len(points) for values in zip(*points, strict=True))))
        points.clear()
        if not self.display:
            return
        if self.axes is None and self.fig is None:
            self._growing = _Figure(self)
            self.fig = self._growing.fig
        if self._growing is None:
            self._update(self.axes or self.fig.gca())
        else:
            self._growing.add(*curve[-1])  # which draws when somebody looks

    def _update(self, axes: Any) -> None:
        """Bring the lines up to the points, and the axes to the attributes, where these have changed."""
        for (label, points), ls, color in zip(self.data.items(), self.ls, self.colors, strict=False):
            if label not in self._lines:
                self._lines[label] = axes.plot([], [], linestyle=ls, color=color, label=label)[0]
            self._lines[label].set_data(*zip(*points, strict=True) if points else ((), ()))
        look = (self.xlabel, self.ylabel, self.xlim, self.ylim, self.xscale, self.yscale, [*self._lines])
        if look != self._look:
            self._look = look
            set_axes(axes, *look)
        axes.relim()
        axes.autoscale_view()


class _Figure(Animator):
    """The figure of a board, shown and redrawn as that of an Animator is."""

    def __init__(self, board: ProgressBoard) -> None:
        self._board = board
        super().__init__(figsize=board.figsize)

    def update(self) -> None:
        self._board._update(self.axes[0])
