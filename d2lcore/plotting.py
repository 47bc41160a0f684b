"""Figures: one place to draw that fits a notebook, a window, and a machine without either."""

import io
import itertools
import math
import os
import sys
import time
from collections.abc import Iterable, Sequence
from numbers import Number
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import blaming, brief, check_counts, check_numbers, require

if TYPE_CHECKING:
    from matplotlib import pyplot as plt  # noqa: F401 - at run time, `__getattr__` below

_FMTS = ("-", "m--", "g-.", "r:")


def __getattr__(name: str) -> Any:
    if name != "plt":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return require("matplotlib.pyplot", "plotting")


def _pyplot() -> Any:
    return __getattr__("plt")


def in_notebook() -> bool:
    """Whether this code runs in a Jupyter kernel."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell is not None and getattr(shell, "kernel", None) is not None


def use_svg_display() -> None:
    """Show figures as SVG in a notebook; elsewhere do nothing."""
    if in_notebook():
        inline = require("matplotlib_inline.backend_inline", "SVG figures in a notebook")
        inline.set_matplotlib_formats("svg")


def set_figsize(figsize: tuple[float, float] = (3.5, 2.5)) -> None:
    """Set the default size of figures, in inches."""
    check_figsize(figsize)
    use_svg_display()
    _pyplot().rcParams["figure.figsize"] = figsize


def check_figsize(figsize: Any) -> None:
    """Raise TypeError or ValueError unless these are a width and a height in inches."""
    with blaming("figsize", figsize):
        width, height = figsize
        if not (0 < width < math.inf and 0 < height < math.inf):
            raise ValueError("a width and a height above 0, in inches, are needed")


def set_axes(
    axes: Any,
    xlabel: str | None = None,
    ylabel: str | None = None,
    xlim: Sequence[float] | None = None,
    ylim: Sequence[float] | None = None,
    xscale: str = "linear",
    yscale: str = "linear",
    legend: Sequence[str] | None = None,
) -> None:
    """Label `axes`, set its limits and scales ('linear', 'log', ...) and draw the legend, if given."""
    if not hasattr(axes, "set_xlim") or isinstance(axes, type):
        raise TypeError(
            f"axes: expected the axes of a figure, got {brief(axes)}; several are axes[0], axes[1]"
        )
    _check_texts(xlabel=xlabel, ylabel=ylabel)
    names = [] if legend is None else _names("legend", legend)
    axes.set(xlabel=xlabel or "", ylabel=ylabel or "")
    for name, value in {"xscale": xscale, "yscale": yscale}.items():
        with blaming(name, value):
            axes.set(**{name: value})
    for name, limits in {"xlim": xlim, "ylim": ylim}.items():
        if limits is not None:
            with blaming(name, limits):
                if isinstance(limits, str):
                    raise TypeError("two numbers are needed")
                low, high = limits
                axes.set(**{name: (low, high)})
    if names:
        axes.legend(names)
    axes.grid(True)


def _check_texts(**texts: Any) -> None:
    for name, text in texts.items():
        if text is not None and not isinstance(text, str):
            raise TypeError(f"{name}: expected a text, got {brief(text)}")


def _names(argument: str, names: Any) -> list[str]:
    """The names of curves or images; one text is one name."""
    if isinstance(names, str):
        return [names]
    if isinstance(names, (dict, type)) or not isinstance(names, Sequence):
        raise TypeError(f"{argument}: expected a list of texts, got {brief(names)}")
    return [str(name) for name in names]


def plot(
    X: Any,
    Y: Any = None,
    xlabel: str | None = None,
    ylabel: str | None = None,
    legend: Sequence[str] | None = None,
    xlim: Sequence[float] | None = None,
    ylim: Sequence[float] | None = None,
    xscale: str = "linear",
    yscale: str = "linear",
    fmts: Sequence[str] = _FMTS,
    figsize: tuple[float, float] = (3.5, 2.5),
    axes: Any = None,
) -> None:
    """Draw one curve or several: `plot(x, y)`, `plot(x, [y1, y2])`, `plot([x1, x2], [y1, y2])`, `plot(y)`.

    X, Y: sequences, arrays, tensors, or anything one can iterate over, of numbers; of a matrix one row is
    one curve. fmts: matplotlib formats, used in turn.
    axes: where to draw, by default a new figure of `figsize` inches.
    Raises TypeError for what is no numbers, ValueError if the numbers of X and Y curves, or of their points,
    do not match, and for a tall matrix alone, whose columns are more likely meant than its rows.
    """
    xs, ys = _curves("X", X), _curves("Y", Y) if Y is not None else None
    if ys is None:
        xs, ys = [np.arange(len(curve)) for curve in xs], xs
    if len(xs) == 1:
        xs = xs * len(ys)
    if [len(x) for x in xs] != [len(y) for y in ys]:
        counts = [_in_short([len(curve) for curve in curves]) for curves in (xs, ys)]
        turned = Y is not None and len(ys) == len(xs[0]) and "; one row is one curve, try Y.T"
        raise ValueError(f"X, Y: curves of {counts[0]} x and {counts[1]} y values do not match{turned or ''}")
    if Y is None and len(ys) > 10 and all(len(y) < len(ys) and len(y) == len(ys[0]) for y in ys):
        raise ValueError(
            f"X: {len(ys)} rows of {len(ys[0])} values would be as many curves; for a curve a column pass X.T"
        )
    if isinstance(fmts, str) or not isinstance(fmts, Sequence) or not fmts:
        raise TypeError(f"fmts: expected a list of formats such as ('-', 'r:'), got {brief(fmts)}")
    if axes is None:
        check_figsize(figsize)
        use_svg_display()
        axes = _pyplot().subplots(figsize=figsize)[1]
    elif not hasattr(axes, "plot") or isinstance(axes, type):
        raise TypeError(f"axes: expected the axes of a figure, got {brief(axes)}")
    for x, y, fmt in zip(xs, ys, itertools.cycle(fmts)):
        with blaming("fmts", fmt):
            axes.plot(x, y, fmt)
    set_axes(axes, xlabel, ylabel, xlim, ylim, xscale, yscale, legend)


def _in_short(counts: list[int]) -> str:
    return (
        str(counts) if len(counts) <= 6 else f"[{', '.join(map(str, counts[:6]))}, ... {len(counts)} in all]"
    )


def _curves(name: str, values: Any) -> list[np.ndarray]:
    """One curve, or several given as a list or as the rows of a matrix, each as an array."""
    if isinstance(values, (str, bytes, dict, type)):
        raise TypeError(f"{name}: expected numbers, got {brief(values)}")
    if isinstance(values, Iterable) and not hasattr(values, "__array__"):
        values = list(values)  # a generator, a zip, the values of a dict
    with blaming(name, values):
        if not isinstance(values, list):
            array = as_array(values)
            curves = list(array) if array.ndim == 2 else [array]
        elif all(np.ndim(as_array(value)) == 0 for value in values):
            curves = [np.array([as_array(value) for value in values])]
        else:
            curves = [as_array(value) for value in values]
        for curve in curves:
            if curve.ndim != 1 or not len(curve) or curve.dtype.kind not in "biufM":
                raise ValueError("curves are sequences of numbers")
    return curves


def as_array(values: Any) -> np.ndarray:
    """A tensor of any device and type, or anything NumPy takes, as an array."""
    if not hasattr(values, "detach"):
        return np.asarray(values)
    values = values.detach().cpu()
    try:
        return values.numpy()
    except TypeError:  # bfloat16, which NumPy does not have
        return values.float().numpy()


class _Axes(np.ndarray):
    """An array of matplotlib axes that a notebook does not echo below the figure."""

    def _ipython_display_(self) -> None:
        pass


def show_images(
    imgs: Iterable[Any],
    num_rows: int,
    num_cols: int,
    titles: Sequence[str] | None = None,
    scale: float = 1.5,
) -> np.ndarray:
    """Draw images in a grid, in grey where they have one channel; the array of axes (book 3.5).

    imgs: at most num_rows * num_cols images of shape (h, w), (1, h, w), (3, h, w) or (h, w, 3); tensors,
        arrays or PIL images. scale: size of one image in inches.
    Raises ValueError if there are more images than places.
    """
    check_counts(num_rows=num_rows, num_cols=num_cols)
    if isinstance(imgs, (str, dict, type)) or not isinstance(imgs, Iterable):
        raise TypeError(f"imgs: expected a list of images, got {brief(imgs)}")
    images = []
    for image in imgs:
        with blaming("imgs", image):
            images.append(_drawable(image))
    names = [] if titles is None else _names("titles", titles)
    check_numbers(scale=scale)
    with blaming("scale", scale):
        check_figsize((num_cols * scale, num_rows * scale))
    if len(images) > num_rows * num_cols:
        raise ValueError(f"imgs: {len(images)} images do not fit {num_rows} x {num_cols} places")
    use_svg_display()
    size = (num_cols * scale, num_rows * scale)
    _, grid = _pyplot().subplots(num_rows, num_cols, figsize=size, squeeze=False, layout="constrained")
    axes = grid.flatten()
    for i, place in enumerate(axes):
        place.set_axis_off()
        if i < len(images):
            place.imshow(images[i], cmap="gray" if images[i].ndim == 2 else None)
            if i < len(names):
                place.set_title(names[i], fontsize="small")
    return axes.view(_Axes)


def _drawable(image: Any) -> np.ndarray:
    pixels = as_array(image)
    if pixels.ndim not in (2, 3) or not pixels.size or pixels.dtype.kind not in "biuf":
        raise ValueError("an image has shape (h, w), (1, h, w), (3, h, w) or (h, w, 3)")
    if pixels.ndim == 3 and pixels.shape[0] in (1, 3) and pixels.shape[2] not in (1, 3):
        pixels = pixels.transpose(1, 2, 0)
    return pixels.squeeze(2) if pixels.ndim == 3 and pixels.shape[2] == 1 else pixels


class Animator:
    """Curves that grow point by point (004 3.5.2): `animator.add(epoch, (train_loss, test_acc))`.

    In a notebook the figure is redrawn in place, at most five times a second; with a window it follows in
    the window; without either nothing is drawn until `save`. The points stay readable: `X[i]` and `Y[i]`
    are those of curve i. `fig` is the matplotlib figure, `axes` the list of its axes; curves go to the first.
    fmts: matplotlib formats, used in turn. live: False draws nothing until `save`, wherever this runs.
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
        fmts: Sequence[str] = _FMTS,
        nrows: int = 1,
        ncols: int = 1,
        figsize: tuple[float, float] = (3.5, 2.5),
        *,
        live: bool = True,
    ) -> None:
        self.X: list[list[float]] = []
        self.Y: list[list[float]] = []
        check_counts(nrows=nrows, ncols=ncols)
        check_figsize(figsize)
        if isinstance(fmts, str) or not isinstance(fmts, Sequence) or not fmts:
            raise TypeError(f"fmts: expected a list of formats such as ('-', 'r:'), got {brief(fmts)}")
        self.fmts = fmts
        self.legend = None if legend is None else _names("legend", legend)
        self.fig = _pyplot().figure(figsize=figsize, layout="constrained")
        self._place = "file"
        if live and (in_notebook() or has_window(self.fig)):
            self._place = "notebook" if in_notebook() else "window"
        if self._place != "window":
            _pyplot().close(self.fig)  # pyplot forgets it, and will not show it a second time
        self.axes = list(self.fig.subplots(nrows, ncols, squeeze=False).flat)
        set_axes(self.axes[0], xlabel, ylabel, xlim, ylim, xscale, yscale)
        self._lines: list[Any] = []
        self._display: Any = None
        self._drawn_at = -math.inf
        self._waiting = False

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
        if self._place == "notebook":
            self._draw_in_notebook()
        elif self._place == "window":
            self._draw_in_window()

    def save(self, path: str | os.PathLike) -> Path:
        """Write the figure; the ending of `path` (.png, .svg, .pdf) is its format."""
        self.update()
        self.fig.savefig(path, dpi=150)
        return Path(path)

    def update(self) -> None:
        """Bring the curves of `fig` up to the points added; `save` and a live display do so themselves."""
        axes = self.axes[0]
        if len(self._lines) != len(self.Y):
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
        if time.monotonic() - self._drawn_at >= 0.2:
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
        self.update()
        png = io.BytesIO()
        self.fig.savefig(png, format="png", dpi=110)
        image = Image(data=png.getvalue(), format="png")
        if self._display is None:
            self._display = display(image, display_id=True)
        else:
            self._display.update(image)
        self._drawn_at = time.monotonic()

    def _draw_in_window(self) -> None:
        self.update()
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


def has_window(figure: Any) -> bool:
    """Whether the figure was made by a backend that shows it in a window."""
    return figure.canvas.required_interactive_framework is not None


def release(figure: Any) -> None:
    """Let pyplot forget a figure that nobody will see in a notebook or window; it can still be saved."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None and not in_notebook() and not has_window(figure):
        pyplot.close(figure)
