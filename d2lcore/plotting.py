"""Curves and images, and the axes around them."""

import itertools
import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import blaming, brief, check_counts, check_numbers, require
from .figures import in_notebook, is_lazy, pyplot

if TYPE_CHECKING:
    from matplotlib import pyplot as plt  # noqa: F401 - at run time, `__getattr__` below

FMTS = ("-", "m--", "g-.", "r:")


def __getattr__(name: str) -> Any:
    if name != "plt":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return pyplot()


def use_svg_display() -> None:
    """Show figures as SVG in a notebook; elsewhere do nothing."""
    if in_notebook():
        inline = require("matplotlib_inline.backend_inline", "SVG figures in a notebook")
        inline.set_matplotlib_formats("svg")


def set_figsize(figsize: tuple[float, float] = (3.5, 2.5)) -> None:
    """Set the default size of figures, in inches."""
    check_figsize(figsize)
    use_svg_display()
    pyplot().rcParams["figure.figsize"] = figsize


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
    names = [] if legend is None else names_of("legend", legend)
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


def names_of(argument: str, names: Any) -> list[str]:
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
    fmts: Sequence[str] = FMTS,
    figsize: tuple[float, float] = (3.5, 2.5),
    axes: Any = None,
) -> None:
    """Draw one curve or several: `plot(x, y)`, `plot(x, [y1, y2])`, `plot([x1, x2], [y1, y2])`, `plot(y)`.

    X, Y: sequences, arrays, tensors, or anything one can iterate over, of numbers; of a matrix one row is
    one curve. fmts: matplotlib formats, used in turn.
    axes: where to draw; what they held is cleared. By default the current axes if nothing is in them, such as
    those that `plt.subplot(1, 2, 1)` has just made, and else a new figure of `figsize` inches.
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
    check_fmts(fmts)
    if axes is None:
        check_figsize(figsize)
        use_svg_display()
        axes = _empty_axes(figsize)
    elif not hasattr(axes, "plot") or isinstance(axes, type):
        raise TypeError(f"axes: expected the axes of a figure, got {brief(axes)}")
    if axes.has_data():
        axes.clear()
    for x, y, fmt in zip(xs, ys, itertools.cycle(fmts)):
        with blaming("fmts", fmt):
            axes.plot(x, y, fmt)
    set_axes(axes, xlabel, ylabel, xlim, ylim, xscale, yscale, legend)


def check_fmts(fmts: Any) -> None:
    """Raise TypeError unless these are formats of curves."""
    if isinstance(fmts, str) or not isinstance(fmts, Sequence) or not fmts:
        raise TypeError(f"fmts: expected a list of formats such as ('-', 'r:'), got {brief(fmts)}")


def _empty_axes(figsize: tuple[float, float]) -> Any:
    """The current axes, unless something is drawn in them or will be; then those of a new figure."""
    plt = pyplot()
    if plt.get_fignums() and not is_lazy(plt.gcf()):
        axes = plt.gca()
        if axes.axison and not axes.has_data():  # a place that `show_images` left free is no place for curves
            return axes
    return plt.subplots(figsize=figsize)[1]


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

    imgs: images of shape (h, w), (1, h, w), (3, h, w) or (h, w, 3); tensors, arrays or PIL images. Of more
        than num_rows * num_cols the first are drawn. scale: size of one image in inches.
    """
    check_counts(num_rows=num_rows, num_cols=num_cols)
    if isinstance(imgs, (str, dict, type)) or not isinstance(imgs, Iterable):
        raise TypeError(f"imgs: expected a list of images, got {brief(imgs)}")
    images = []
    for image in itertools.islice(imgs, num_rows * num_cols):
        with blaming("imgs", image):
            images.append(_drawable(image))
    names = [] if titles is None else names_of("titles", titles)
    check_numbers(scale=scale)
    with blaming("scale", scale):
        check_figsize((num_cols * scale, num_rows * scale))
    use_svg_display()
    size = (num_cols * scale, num_rows * scale)
    _, grid = pyplot().subplots(num_rows, num_cols, figsize=size, squeeze=False, layout="constrained")
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
