"""The figures of the chapter cnn."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from torch import Tensor

import d2lcore as d2l
from d2lcore.plotting import as_array


def draw_kernels(photo: Tensor, seen: Mapping[str, Tensor]) -> Figure:
    """The photo, and what each kernel makes of it; where that has both signs, grey is zero."""
    figure, axes = d2l.plt.subplots(2, 2, figsize=(7, 5), layout="constrained")
    for place, (name, image) in zip(axes.flat, {"the photo": photo, **seen}.items(), strict=True):
        largest = float(image.abs().max())
        lowest = -largest if float(image.min()) < 0 else 0
        place.imshow(as_array(image), cmap="gray", vmin=lowest, vmax=largest)
        place.set_title(name, fontsize="small")
        place.set_axis_off()
    return figure


def draw_features(image: Tensor, kernels: Tensor, maps: Sequence[Tensor]) -> Figure:
    """The image, the first layer's kernels (blue below 0, red above), the maps of both layers, in rows."""
    columns = len(kernels)
    rows = 3 + -(-len(maps[1]) // columns)
    figure, axes = d2l.plt.subplots(rows, columns, figsize=(0.75 * columns, 0.8 * rows), layout="constrained")
    for place in axes.flat:
        place.set(xticks=[], yticks=[])
        place.set_frame_on(False)
    axes[0, 0].imshow(as_array(image), cmap="gray")
    largest = float(kernels.abs().max())
    for place, kernel in zip(axes[1], kernels[:, 0], strict=True):
        place.imshow(as_array(kernel), cmap="coolwarm", vmin=-largest, vmax=largest)
    for place, one in zip(axes[2:].flat, [*maps[0], *maps[1]], strict=True):
        place.imshow(as_array(one), cmap="viridis", vmin=0)
    for row, name in enumerate(("image", "kernels", "layer 1", "layer 2")):
        axes[row, 0].set_ylabel(name, fontsize="small")
    return figure


def draw_shifts(accuracies: Mapping[str, float]) -> Figure:
    """The accuracy over the pixels that the test images are moved by; a curve for each "name, moved by"."""
    curves: dict[str, list[float]] = {}
    for name, accuracy in accuracies.items():
        curves.setdefault(name.split(",")[0], []).append(accuracy)
    figure, axes = d2l.plt.subplots(figsize=(5, 3.2), layout="constrained")
    pixels = range(max(map(len, curves.values())))
    d2l.plot(pixels, list(curves.values()), "test images moved by, in pixels", "accuracy", list(curves),
             ylim=(0, 1.02), fmts=["o-", "ms--"], axes=axes)  # fmt: skip
    axes.set_xticks(pixels)
    return figure
