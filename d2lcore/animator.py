"""Curves that grow while something is trained: in a notebook, in a window, and without either."""

import io
import itertools
import math
import os
import time
from collections.abc import Sequence
from numbers import Number
from pathlib import Path
from typing import Any

import numpy as np

from .errors import blaming, brief, check_counts
from .figures import has_window, in_notebook, keep_open, lazy_figure, pyplot
from .plotting import FMTS, check_figsize, check_fmts, names_of, set_axes


class Animator:
    """Curves that grow point by point (004 3.5.2): `animator.add(epoch, (train_loss, test_acc))`.

    In a notebook the figure is redrawn in place, at most five times a second; with a window it follows in
    the window; without either it is drawn when somebody looks: `save`, `plt.savefig`, `fig`, `axes`. Then
    pyplot keeps the last ten such figures. The points stay readable: `X[i]` and `Y[i]` are those of curve i.
    `fig` is the matplotlib figure, `axes` the list of its axes; curves go to the first.
    fmts: matplotlib formats, used in turn.
    """

    def __init__(
        self,
        xlabel: str | None = None,
        ylabel: str | None = None,
        legend: Sequence[str] | None = None,
        xlim: Sequence[float] | None = None,
        ylim: Sequence[float] | None = None,
        xscale: str = "linear",
        yscale: str = "linear",
        fmts: Sequence[str] = FMTS,
        nrows: int = 1,
        ncols: int = 1,
        figsize: tuple[float, float] = (3.5, 2.5),
    ) -> None:
        self.X: list[list[float]] = []
        self.Y: list[list[float]] = []
        check_counts(nrows=nrows, ncols=ncols)
        check_figsize(figsize)
        check_fmts(fmts)
        self.fmts = fmts
        self.legend = None if legend is None else names_of("legend", legend)
        self.fig = lazy_figure(figsize)
        self._place = "file"
        if in_notebook():
            self._place = "notebook"
            pyplot().close(self.fig)  # pyplot forgets it, and will not show it a second time
        elif has_window(self.fig):
            self._place = "window"
        else:
            keep_open(self.fig)
        self._axes = list(self.fig.subplots(nrows, ncols, squeeze=False).flat)
        self._settings = (xlabel, ylabel, xlim, ylim, xscale, yscale)
        self.config_axes()
        self._lines: list[Any] = []
        self._display: Any = None
        self._draw_from = -math.inf
        self._waiting = False

    @property
    def axes(self) -> list[Any]:
        """The axes of `fig`, row by row, with the curves of the points so far."""
        self.fig.look()
        return self._axes

    def config_axes(self) -> None:
        """Label the first axes, and set their limits and scales, as this Animator was told to."""
        axes = self._axes[0]
        set_axes(axes, *self._settings, legend=self.legend if axes.lines else None)

    def add(self, x: Any, y: Any) -> None:
        """Add a point to each curve: `x` one number or one a curve, `y` one number or one a curve.

        None in place of a number leaves its curve as it is. Raises ValueError if the number of curves
        differs from that of the points before.
        """
        ys = _points("y", y)
        xs = _points("x", x)
        xs = xs * len(ys) if len(xs) == 1 else xs
        if len(xs) != len(ys) or (self.Y and len(ys) != len(self.Y)):
            raise ValueError(f"add: {len(xs)} x and {len(ys)} y values for {len(self.Y) or len(ys)} curves")
        if not self.Y:
            self.X, self.Y = [[] for _ in ys], [[] for _ in ys]
        for i, (a, b) in enumerate(zip(xs, ys, strict=True)):
            if a is not None and b is not None:
                self.X[i].append(a)
                self.Y[i].append(b)
        self.fig.refresh = self.update
        if self._place == "notebook":
            self._draw_in_notebook()
        elif self._place == "window":
            self._draw_in_window()

    def save(self, path: str | os.PathLike) -> Path:
        """Write the figure; the ending of `path` (.png, .svg, .pdf) is its format."""
        self.fig.savefig(path, dpi=150)
        return Path(path)

    def update(self) -> None:
        """Bring the curves of `fig` up to the points added, which looking at it does too."""
        axes = self._axes[0]
        cleared = any(line.axes is None for line in self._lines)  # by `axes.cla()`
        if cleared:
            self.config_axes()
        if cleared or len(self._lines) != len(self.Y):
            self._lines = [axes.plot([], [], fmt)[0] for _, fmt in zip(self.Y, itertools.cycle(self.fmts))]
            if self.legend:
                axes.legend(self._lines, self.legend)
        for line, x, y in zip(self._lines, self.X, self.Y, strict=True):
            line.set_data(x, y)
        axes.relim()
        axes.autoscale_view()

    def _draw_in_notebook(self) -> None:
        from IPython import get_ipython

        events = get_ipython().events
        if time.monotonic() >= self._draw_from:
            self._show()
        elif not self._waiting:  # show what the last points added when the cell ends
            self._waiting = True
            events.register("post_run_cell", self._show)

    def _show(self, *_: Any) -> None:
        from IPython import get_ipython
        from IPython.display import Image, display

        if self._waiting:
            self._waiting = False
            get_ipython().events.unregister("post_run_cell", self._show)
        began, png = time.monotonic(), io.BytesIO()
        self.fig.savefig(png, format="png", dpi=110)
        image = Image(data=png.getvalue(), format="png")
        if self._display is None:
            self._display = display(image, display_id=True)
        else:
            self._display.update(image)
        now = time.monotonic()
        self._draw_from = now + max(0.2, 4 * (now - began))  # a fifth of the time at most goes into drawing

    def _draw_in_window(self) -> None:
        self.fig.look()
        self.fig.show()
        self.fig.canvas.draw_idle()
        self.fig.canvas.flush_events()


def _points(name: str, values: Any) -> list[float | None]:
    """One number, or one a curve; None stays."""
    if isinstance(values, (str, dict, type)):
        raise TypeError(f"{name}: expected a number or one a curve, got {brief(values)}")
    several = np.ndim(values) if hasattr(values, "ndim") else hasattr(values, "__len__")
    with blaming(name, values):
        numbers = [_number(value) for value in values] if several else [_number(values)]
        if not numbers:
            raise ValueError("there is no number in it")
    return numbers


def _number(value: Any) -> float | None:
    if value is None or isinstance(value, Number):
        return value  # type: ignore[return-value]
    return float(value.detach() if hasattr(value, "detach") else value)
